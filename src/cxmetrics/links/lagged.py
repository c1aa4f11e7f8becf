"""Leads: whether a score goes with a result that comes some periods later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from attrs import asdict, frozen

from cxmetrics.errors import Caution, DataError, UsageError, did_you_mean
from cxmetrics.links.correlating import ends, signed
from cxmetrics.links.results import lost, measured, numbers_by_key
from cxmetrics.metrics import Scores
from cxmetrics.metrics.text import count, p_text
from cxmetrics.stats.correlation import associate, independent_pairs, overlap, spread_or_refuse
from cxmetrics.stats.distributions import check_level
from cxmetrics.stats.intervals import Interval
from cxmetrics.stats.multiplicity import Adjustment, adjust
from cxmetrics.summaries.design import label_order

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Transform = Literal["none", "difference", "detrend"]

_LEAST = 3
_SHORT = 20
_TREND = 0.05


@frozen(kw_only=True)
class Lead:
    """The correlation at one lead.

    Attributes:
        lead: periods by which the score comes before the result; below 0 it comes after.
        value: cor(score[t], result[t + lead]).
        interval: on the effective pairs; None under 4.
        n: pairs of periods.
        n_effective: what they are worth, for neighbouring periods are alike.
        p_value: two-sided, of this lead alone.
        p_adjusted: for the number of leads.
    """

    lead: int
    value: float
    interval: Interval | None
    n: int
    n_effective: float
    p_value: float
    p_adjusted: float


@frozen(kw_only=True)
class Leads(Sequence[Lead]):
    """The correlations at several leads.

    Attributes:
        first: the name of the score.
        second: the name of the result.
        tried: one a lead, in order.
        transform: what was done to both series first.
        adjustment: how the p-values were adjusted.
        level: of the intervals.
        cautions: what a reader has to know.
    """

    first: str
    second: str
    tried: tuple[Lead, ...]
    transform: str
    adjustment: str
    level: float
    cautions: tuple[Caution, ...] = ()

    def __getitem__(self, place: Any) -> Any:
        return self.tried[place]

    def __len__(self) -> int:
        return len(self.tried)

    def __iter__(self) -> Iterator[Lead]:
        return iter(self.tried)

    def at(self, lead: int) -> Lead:
        """Return the correlation at a lead.

        Raises:
            UsageError: it was not tried.
        """
        for found in self.tried:
            if found.lead == lead:
                return found
        raise UsageError(
            f"lead {lead} was not tried: {self.tried[0].lead} to {self.tried[-1].lead} were."
        )

    @property
    def best(self) -> Lead:
        """The lead with the strongest correlation. It was chosen: read its adjusted p-value."""
        return max(self.tried, key=lambda found: (abs(found.value), -abs(found.lead)))

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {**asdict(self), "best": self.best.lead}

    def __str__(self) -> str:
        done = {"none": "", "difference": ", differences", "detrend": ", without trend"}
        lines = [f"{self.first} ahead of {self.second}{done[self.transform]}"]
        lines += [
            f"  {found.lead:+d}: r {signed(found.value)}  ({ends(found.interval, self.level)}; "
            f"n = {count(found.n)}, worth {found.n_effective:.1f}; {p_text(found.p_adjusted)})"
            for found in self.tried
        ]
        if len(self) > 1:
            lines.append(f"  p {self.adjustment}-adjusted over {len(self)} leads")
        return "\n".join([*lines, *(f"  ! {caution}" for caution in self.cautions)])


def leads(
    score: Scores | Sequence[float | None] | Mapping[Any, float | None],
    outcome: Sequence[float | None] | Mapping[Any, float | None],
    *,
    most: int = 3,
    both_ways: bool = False,
    transform: Transform = "none",
    names: tuple[str, str] | None = None,
    level: float = 0.95,
    adjustment: Adjustment = "holm",
) -> Leads:
    """Correlate a score with a result some periods later, at each lead from 0 to `most`.

    `lead = k` is cor(score[t], result[t + k]) over the periods that both have: a positive lead says
    that the score comes first. (R's `ccf` counts the other way: its lag -k.) Neighbouring periods
    are alike, so n pairs are worth `n (1 - r1 r2) / (1 + r1 r2)`, r1 and r2 the autocorrelations
    (Bartlett 1935; Bretherton et al. 1999); tests and intervals use that. Two series that both rise
    always correlate: take differences, or remove the straight line.

    Args:
        score: scores by one column of time, `{period: number}`, or numbers in order.
        outcome: `{period: number}` with the same periods, or as many numbers in order.
        most: the longest lead.
        both_ways: whether leads below 0 (the result comes first) are tried too.
        transform: `"difference"` (from period to period) or `"detrend"` (around a straight line).
        names: of score and result, for people.
        level: the confidence level.
        adjustment: for the number of leads.

    Raises:
        ColumnError: a value is no number.
        DataError: a series has no variance, or too few periods have both.
        UsageError: a lead leaves fewer than 3 pairs, or the series do not fit together.

    Example:
        >>> nps = [20, 22, 25, 21, 27, 30, 28, 33, 31, 36, 34, 38]
        >>> sales = [100, 101, 103, 106, 102, 109, 113, 110, 117, 115, 121, 119]
        >>> found = leads(nps, sales)
        >>> found.best.lead, round(found.best.value, 3), round(found.best.n_effective, 1)
        (1, 0.998, 4.9)
        >>> [caution.code for caution in found.cautions]
        ['TRENDING', 'SHORT_SERIES']
        >>> leads(nps, sales, transform="difference").best.lead
        1
    """
    check_level(level)
    if transform not in get_args(Transform):
        raise UsageError(
            f"no transform {transform!r}; {did_you_mean(transform, get_args(Transform))}"
        )
    if most < 0:
        raise UsageError(f"the longest lead is at least 0, not {most}.")
    told, x, y, periods = _aligned(score, outcome)
    first, second = names or told
    cautions = lost(int((~np.isnan(x) & ~np.isnan(y)).sum()), periods, "periods")
    if transform == "none" and _trends(x) and _trends(y):
        cautions.append(
            Caution(
                "TRENDING",
                "both series have a trend, and two trends always correlate: use "
                "transform='difference' or 'detrend'.",
            )
        )
    x, y = _transformed(x, transform), _transformed(y, transform)
    for name, series in ((first, x), (second, y)):
        known = series[~np.isnan(series)]
        if known.size < _LEAST:
            raise DataError(f"{name} has {known.size} periods: leads need at least {_LEAST}.")
        spread_or_refuse(known, name)
    if x.size - most < _LEAST:
        raise UsageError(
            f"a lead of {most} over {x.size} periods leaves {max(x.size - most, 0)} pairs: at most "
            f"{x.size - _LEAST} makes sense."
        )
    if np.isfinite(x).sum() < _SHORT:
        cautions.append(Caution("SHORT_SERIES", f"under {_SHORT} periods: read the intervals."))
    tried = [
        (lead, *_pairs(x, y, lead, first, second)) for lead in range(-most * both_ways, most + 1)
    ]
    found = [
        (lead, len(a), associate(a, b, n_effective=independent_pairs(a, b), level=level))
        for lead, a, b in tried
    ]
    p = adjust([estimate.p_value for *_, estimate in found], adjustment)
    return Leads(
        first=first,
        second=second,
        tried=tuple(
            Lead(
                lead=lead,
                value=estimate.r,
                interval=estimate.interval,
                n=n,
                n_effective=estimate.n_effective,
                p_value=estimate.p_value,
                p_adjusted=1.0 if own is None else own,
            )
            for (lead, n, estimate), own in zip(found, p, strict=True)
        ),
        transform=transform,
        adjustment=adjustment,
        level=level,
        cautions=tuple(cautions),
    )


def _aligned(score: Any, outcome: Any) -> tuple[tuple[str, str], Floats, Floats, int]:
    """Return names, and both series over the same periods, NaN where there is none."""
    told = ("score", "outcome")
    if isinstance(score, Scores):
        if len(score.cube.dims) != 1:
            raise UsageError(f"a lead follows one dimension, these scores have {score.cube.dims}.")
        told = (score.metric.title, "outcome")
        score = {key: own.value for key, own in score.items() if key is not None}
    if isinstance(score, Mapping) != isinstance(outcome, Mapping):
        raise UsageError("give both by period ({period: number}), or both as numbers in order.")
    if isinstance(score, Mapping):
        periods = list(score)
        known = numbers_by_key(outcome)
        if not known.keys() & set(periods):
            raise DataError(
                f"no period has both: scores know {periods[:3]}, results know {list(outcome)[:3]}."
            )
        later = [period for period in known if period not in score]
        if later:  # the result is known longer than the score: after it, in the order given
            periods = sorted({*periods, *later}, key=label_order)
        x = measured([score.get(period) for period in periods], "the score")
        return told, x, np.array([known.get(period, np.nan) for period in periods]), len(periods)
    x, y = measured(list(score), "the score"), measured(list(outcome), "the result")
    if x.size != y.size:
        raise UsageError(f"the series differ in length: {x.size} and {y.size}.")
    return told, x, y, x.size


def _trends(series: Floats) -> bool:
    """Say whether a series goes up or down with time, beyond chance."""
    known = np.flatnonzero(~np.isnan(series))
    if known.size < 4 or np.ptp(series[known]) == 0:
        return False
    return associate(known, series[known], method="spearman").p_value < _TREND


def _transformed(series: Floats, transform: Transform) -> Floats:
    if transform == "difference":
        return np.diff(series)
    known = ~np.isnan(series)
    if transform == "none" or known.sum() < _LEAST:
        return series
    time = np.arange(series.size)
    line = np.polynomial.Polynomial.fit(time[known], series[known], 1)(time)
    rest: Floats = series - line
    rest[np.abs(rest) <= 1e-12 * np.abs(series)] = 0.0  # rounding of a straight line
    return rest


def _pairs(x: Floats, y: Floats, lead: int, first: str, second: str) -> tuple[Floats, Floats]:
    a, b = overlap(x, y, lead)
    both = ~(np.isnan(a) | np.isnan(b))
    if both.sum() < _LEAST:
        raise DataError(f"lead {lead}: {int(both.sum())} pairs of periods, under {_LEAST}.")
    spread_or_refuse(a[both], f"{first} at lead {lead}")
    spread_or_refuse(b[both], f"{second} at lead {lead}")
    return a[both], b[both]
