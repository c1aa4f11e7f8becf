"""Correlation of ratings or scores with results: of people, or of units such as stores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isnan
from typing import Any

import numpy as np
from attrs import asdict, evolve, field, frozen

from cxmetrics.errors import Caution, DataError, UsageError
from cxmetrics.links.results import lost, numbers_by_key, read, several
from cxmetrics.metrics import Scores
from cxmetrics.metrics.text import MINUS, count, level_text, p_text
from cxmetrics.stats.correlation import Association, associate
from cxmetrics.stats.distributions import check_level
from cxmetrics.stats.intervals import Interval
from cxmetrics.stats.multiplicity import Adjustment, adjust

_FEW = 30


@frozen(kw_only=True)
class Correlation:
    """How strongly two columns go together.

    Attributes:
        first: the name of the rating or score.
        second: the name of the result.
        method: `pearson`, `spearman` or `kendall`.
        value: from -1 to 1.
        interval: by Fisher's z; None under 4 pairs.
        n: pairs.
        n_effective: the independent pairs they are worth.
        statistic: t, or Kendall's tau itself; None where it is infinite or undefined.
        df: degrees of freedom of t.
        p_value: two-sided, of this one alone.
        p_adjusted: for the number of correlations asked together.
        level: of the interval.
        cautions: what a reader has to know.
    """

    first: str
    second: str
    method: str
    value: float
    interval: Interval | None
    n: int
    n_effective: float
    statistic: float | None
    df: float | None
    p_value: float
    p_adjusted: float
    level: float
    cautions: tuple[Caution, ...] = ()

    @property
    def significant(self) -> bool:
        """Whether the adjusted p-value is at most 1 minus the level."""
        return self.p_adjusted <= 1 - self.level

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {**asdict(self), "significant": self.significant}

    def __str__(self) -> str:
        worth = "" if self.n_effective >= self.n - 0.05 else f", worth {self.n_effective:.1f}"
        symbol = {"pearson": "r", "spearman": "rho", "kendall": "tau"}[self.method]
        lines = [
            (
                f"{self.first} and {self.second}: {symbol} {signed(self.value)}  "
                f"({ends(self.interval, self.level)}; n = {count(self.n)}{worth}; "
                f"{p_text(self.p_adjusted)})"
            ),
            *(f"  ! {caution}" for caution in self.cautions),
        ]
        return "\n".join(lines)


def signed(value: float) -> str:
    """Write a correlation."""
    return f"{value:+.2f}".replace("-", MINUS)


def ends(interval: Interval | None, level: float) -> str:
    """Write the interval of a correlation."""
    if interval is None:
        return "no interval"
    return f"{level_text(level)} interval {signed(interval.low)} to {signed(interval.high)}"


@frozen(kw_only=True, slots=False)
class Correlations(Mapping[str, Correlation]):
    """Correlations of one rating with several results, adjusted together.

    Attributes:
        pairs: by result.
        adjustment: how the p-values were adjusted.
        unmatched: groups that have a score or a result, not both.
        cautions: what a reader has to know of all of them.
    """

    pairs: Mapping[str, Correlation]
    adjustment: str
    unmatched: tuple[Any, ...] = ()
    cautions: tuple[Caution, ...] = field(default=())

    def __getitem__(self, name: str) -> Correlation:
        return self.pairs[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "adjustment": self.adjustment,
            "correlations": [pair.to_dict() for pair in self.values()],
            "unmatched": [list(k) if isinstance(k, tuple) else k for k in self.unmatched],
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __str__(self) -> str:
        many = f"p {self.adjustment}-adjusted over {len(self)}" if len(self) > 1 else ""
        lines = [str(pair) for pair in self.values()]
        return "\n".join(
            [*lines, *([f"  {many}"] if many else []), *(f"  ! {c}" for c in self.cautions)]
        )


def correlate(
    data: Any,
    *,
    rating: str,
    outcomes: str | Sequence[str],
    method: Association = "pearson",
    weight: str | None = None,
    where: Any = None,
    missing: Sequence[Any] = (),
    level: float = 0.95,
    adjustment: Adjustment = "holm",
) -> Correlations:
    """Correlate a column with results, row by row.

    Pearson: `t = r sqrt((n - 2) / (1 - r²))`, interval `tanh(atanh r ± z / sqrt(n - 3))`; Spearman
    for skewed results such as revenue; Kendall's tau-b. Rows without one of the two are left out of
    that pair. Association, not cause.

    Args:
        data: columns by name or a data frame, one row a customer (or a store and month).
        rating: the column of ratings or scores.
        outcomes: the column or columns of results.
        method: `"pearson"`, `"spearman"` or `"kendall"`.
        weight: the column of weights (Pearson); n is then Kish's effective number.
        where: rows to keep.
        missing: values that stand for "no answer".
        level: the confidence level.
        adjustment: for the number of results; `"bh"` to explore many.

    Raises:
        ColumnError: a column is not there or holds no numbers.
        DataError: there are fewer than 3 pairs, or a column has no variance.
        UsageError: an argument makes no sense.

    Example:
        >>> rows = {"nps": [20, 35, 31, 48, 52, 60], "sales": [101, 105, 108, 110, 118, 117]}
        >>> print(correlate(rows, rating="nps", outcomes="sales"))
        nps and sales: r +0.93  (95 % interval +0.46 to +0.99; n = 6; p = 0.008)
          ! SMALL_SAMPLE: 6 pairs, under 30: read the interval.
    """
    check_level(level)
    names = several(outcomes, "result")
    if rating in names:
        raise UsageError(f"{rating!r} is the rating and a result at once.")
    columns, own = read(data, [rating, *names], weight=weight, where=where, missing=missing)
    found = {}
    for name in names:
        kept = ~(np.isnan(columns[rating]) | np.isnan(columns[name]))
        if own is not None:
            kept &= own > 0
        found[name] = _pair(
            (rating, name),
            columns[rating][kept],
            columns[name][kept],
            None if own is None else own[kept],
            method=method,
            level=level,
            rows=len(kept),
        )
    return adjusted(found, adjustment)


def _pair(
    names: tuple[str, str],
    x: Any,
    y: Any,
    weights: Any,
    *,
    method: Association,
    level: float,
    rows: int,
    what: str = "rows",
) -> Correlation:
    for name, values in zip(names, (x, y), strict=True):
        if len(values) < 3:
            raise DataError(
                f"{names[0]!r} and {names[1]!r} are both there in {len(values)} {what}: a "
                "correlation needs at least 3."
            )
        if np.ptp(values) == 0:
            raise DataError(
                f"{name!r} has no variance: all {count(len(values))} {what} hold {values[0]:g}, so "
                "it goes with nothing."
            )
    estimate = associate(x, y, method=method, weights=weights, level=level)
    cautions = lost(len(x), rows, what)
    if estimate.n_effective < _FEW:
        worth = "" if weights is None else f" (worth {estimate.n_effective:.1f})"
        cautions.append(
            Caution("SMALL_SAMPLE", f"{len(x)} pairs{worth}, under {_FEW}: read the interval.")
        )
    if estimate.interval is None:
        cautions.append(Caution("NO_INTERVAL", "too few pairs for an interval."))
    return Correlation(
        first=names[0],
        second=names[1],
        method=method,
        value=estimate.r,
        interval=estimate.interval,
        n=len(x),
        n_effective=estimate.n_effective,
        statistic=estimate.statistic if np.isfinite(estimate.statistic) else None,
        df=estimate.df,
        p_value=estimate.p_value,
        p_adjusted=estimate.p_value,
        level=level,
        cautions=tuple(cautions),
    )


def adjusted(
    found: Mapping[str, Correlation],
    adjustment: Adjustment,
    unmatched: tuple[Any, ...] = (),
    cautions: tuple[Caution, ...] = (),
) -> Correlations:
    """Adjust the p-values of correlations that were asked together."""
    p = adjust([pair.p_value for pair in found.values()], adjustment)
    pairs = {
        name: evolve(pair, p_adjusted=1.0 if own is None else own)
        for (name, pair), own in zip(found.items(), p, strict=True)
    }
    return Correlations(pairs=pairs, adjustment=adjustment, unmatched=unmatched, cautions=cautions)


def link_units(
    scores: Scores,
    outcomes: Mapping[str, Mapping[Any, float | None]],
    *,
    method: Association = "pearson",
    weighted: bool | None = None,
    level: float | None = None,
    adjustment: Adjustment = "holm",
) -> Correlations:
    """Link the scores of units (stores, teams, months) to their results.

    A store counts by its answers, for the score of few answers is mostly noise. What holds of
    stores need not hold of customers (ecological fallacy, Robinson 1950): the caution ECOLOGICAL is
    always there. For periods in their order use `leads`, which knows that neighbours are alike.

    Args:
        scores: by unit.
        outcomes: by name, `{unit: number}` with the keys of the scores.
        method: see `correlate`.
        weighted: whether a unit counts by its effective answers; if left out, for Pearson it does.
        level: the confidence level; the scores' own if left out.
        adjustment: for the number of results.

    Raises:
        ColumnError: a result is no number.
        DataError: fewer than 3 units have both, or one of the two has no variance.
        UsageError: these are no scores by unit, or an argument makes no sense.

    Example:
        >>> from cxmetrics import csat
        >>> ratings = [5, 4, 2] * 10 + [5, 5, 5, 2] * 10 + [2, 4] * 10 + [5] * 9 + [1]
        >>> stores = ["Lyon"] * 30 + ["Nice"] * 40 + ["Lens"] * 20 + ["Metz"] * 10
        >>> sales = {"sales": {"Lyon": 91, "Nice": 104, "Lens": 80, "Metz": 102, "Brest": 77}}
        >>> found = link_units(csat(ratings, by=stores), sales)
        >>> round(found["sales"].value, 2), found.unmatched
        (0.9, ('Brest',))
    """
    if not isinstance(scores, Scores):
        raise UsageError("units are groups: measure with by= the column of units.")
    if not outcomes:
        raise UsageError("no result is named: {'sales': {unit: number, …}}.")
    own = scores.level if level is None else check_level(level)
    by_answers = method == "pearson" if weighted is None else weighted
    able = {key: score for key, score in scores.items() if not isnan(score.value)}
    found: dict[str, Correlation] = {}
    strangers: dict[Any, None] = {}
    for name, results in outcomes.items():
        known = numbers_by_key(results)
        both = [key for key in able if key in known]
        strangers |= dict.fromkeys(key for key in (*scores, *known) if key not in both)
        if len(both) < 3:
            raise DataError(
                f"{len(both)} units have both a score and a value of {name!r}; a correlation needs "
                f"3. Scores know {_some(able)}, results know {_some(known)}."
            )
        found[name] = _pair(
            (scores.metric.title, name),
            np.array([able[key].value for key in both]),
            np.array([known[key] for key in both]),
            np.array([able[key].n_effective for key in both]) if by_answers else None,
            method=method,
            level=own,
            rows=len(both),
            what="units",
        )
    cautions = [
        Caution(
            "ECOLOGICAL",
            "this is about units, not about people: a customer with a higher rating need not bring "
            "more, even where stores with higher scores do.",
        )
    ]
    if strangers:
        cautions.append(
            Caution("UNMATCHED", f"without a score or a result, left out: {_some(strangers)}.")
        )
    return adjusted(found, adjustment, tuple(strangers), tuple(cautions))


def _some(keys: Mapping[Any, Any]) -> str:
    shown = ", ".join(str(key) for key in list(keys)[:5])
    return f"{shown}, … ({len(keys)})" if len(keys) > 5 else shown or "none"
