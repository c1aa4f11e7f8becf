"""Waves against waves: the comparisons that were planned, and the same period a year before."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from cxmetrics.errors import DataError, UsageError, did_you_mean
from cxmetrics.metrics import Comparison, Comparisons, Scores
from cxmetrics.metrics.comparison import adjusted_pairs
from cxmetrics.stats.distributions import normal_quantile, two_sided_z
from cxmetrics.stats.multiplicity import Adjustment
from cxmetrics.summaries import Key, Label
from cxmetrics.trends.series import Series

_DATED: Final = re.compile(r"(\d{4})(-.+)")
_YEARS: Final = range(1900, 2101)


def planned(
    scores: Scores,
    pairs: Iterable[tuple[Key, Key]],
    *,
    adjustment: Adjustment = "holm",
    level: float | None = None,
    method: str | None = None,
) -> Comparisons:
    """Compare the pairs of groups that were named before the data were seen.

    A few planned comparisons share the adjustment, so they find more than all pairs would. For
    exploration, `scores.compare(adjustment="bh")` compares all pairs.

    Args:
        scores: by group.
        pairs: keys of the groups, `(first, second)` for first minus second.
        adjustment: for the number of comparisons.
        level: the confidence level; the scores' own if left out.
        method: see `cxmetrics.stats.compare.difference`.

    Raises:
        IntervalError: a group has fewer than 2 answers.
        UsageError: a group is unknown, a pair is named twice, or none is named.

    Example:
        >>> from cxmetrics import csat
        >>> shops = csat([5, 4, 5, 2, 1, 4, 5, 3], by=list("aaabbbcc"))
        >>> print(planned(shops, [("a", "b")])[0])
        a minus b: +66.7 pts  (95 % interval −5.9 to +93.9 pts; p = 0.114 (holm-adjusted))
    """
    asked = [tuple(pair) for pair in pairs]
    if not asked:
        raise UsageError("which groups? Say pairs=[(first, second), …].")
    for pair in asked:
        if len(pair) != 2 or pair[0] == pair[1]:
            raise UsageError(f"a comparison is of two different groups, not {pair!r}.")
        for key in pair:
            if key not in scores:
                known = did_you_mean(str(key), map(str, scores))
                raise UsageError(f"there is no group {key!r}; {known}")
    if len({frozenset(pair) for pair in asked}) < len(asked):
        raise UsageError("a pair of groups is named twice: each comparison counts once.")
    found = [
        scores[first].compare(scores[second], level=level, method=method) for first, second in asked
    ]
    return Comparisons(adjusted_pairs(found, adjustment), {}, {}, adjustment)


def year_on_year(
    scores: Scores,
    *,
    adjustment: Adjustment = "holm",
    level: float | None = None,
    method: str | None = None,
) -> Comparisons:
    """Compare each period with the same one a year before, so that seasons do not mislead.

    Args:
        scores: by one column of years, or of ISO quarters, months, weeks or days (2026-Q1,
            2026-03, 2026-W09, 2026-03-01).
        adjustment: for the number of comparisons.
        level: the confidence level; the scores' own if left out.
        method: see `cxmetrics.stats.compare.difference`.

    Raises:
        DataError: no period has one a year before, both with 2 answers or more.
        UsageError: the scores have several dimensions.

    Example:
        >>> from cxmetrics import nps
        >>> months = ["2025-05"] * 40 + ["2025-12"] * 40 + ["2026-05"] * 40
        >>> scores = nps([9, 9, 8, 3] * 10 + [9, 3, 3, 3] * 10 + [9, 9, 9, 3] * 10, by=months)
        >>> print(year_on_year(scores)[0])
        2026-05 minus 2025-05: +25.0  (95 % interval ...; p = ... (holm-adjusted))
    """
    series = Series.of(scores, least=1)
    pairs: list[Comparison] = []
    for label in series.answered:
        earlier = _year_before(label)
        if earlier not in series.answered:
            continue
        now, then = series.score(label), series.score(earlier)
        if now.interval_or_none is not None and then.interval_or_none is not None:
            pairs.append(now.compare(then, level=level, method=method))
    if not pairs:
        raise DataError(
            f"no period of {series.dim!r} has the same one a year before it; labels are years, or "
            f"like 2026-Q1, 2026-03, 2026-W09, 2026-03-01, not {series.labels[0]!r} … "
            f"{series.labels[-1]!r}."
        )
    return Comparisons(adjusted_pairs(pairs, adjustment), {}, {}, adjustment)


def _year_before(label: Label) -> Label:
    """Return the label of the same period a year before; None where there is none.

    Example:
        >>> _year_before("2026-03"), _year_before(2018), _year_before("spring")
        ('2025-03', 2017, None)
    """
    if isinstance(label, str) and (found := _DATED.fullmatch(label)):
        return f"{int(found[1]) - 1:04}{found[2]}"
    if isinstance(label, int) and not isinstance(label, bool) and label in _YEARS:
        return label - 1
    return None


def minimum_detectable(comparison: Comparison, *, power: float = 0.8) -> float:
    """Return the difference that a comparison of this precision would have found.

    `(z_(alpha/2) + z_power) * standard error`, in the unit of the score: "no significant change"
    means that a change this large would probably have been seen, not that there was none.

    Args:
        comparison: two scores, compared.
        power: the chance of finding it.

    Raises:
        UsageError: the power is not between 0 and 1.

    Example:
        >>> from cxmetrics import csat
        >>> shops = csat([5, 4, 5, 2, 1, 4, 5, 3] * 10, by=list("aaabbbcc") * 10)
        >>> round(minimum_detectable(shops["a"].compare(shops["b"])), 1)
        24.1
    """
    if not 0 < power < 1:
        raise UsageError(f"the power is between 0 and 1, not {power!r}.")
    z = two_sided_z(comparison.interval.level) + normal_quantile(power)
    return z * comparison.difference.standard_error
