"""The difference of two scores: estimate, interval and test."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import Any, Final

import numpy as np
from attrs import asdict, evolve, frozen

from cxmetrics.errors import UsageError, did_you_mean
from cxmetrics.stats.distributions import chi_square_p, normal_p, t_p, t_quantile, two_sided_z
from cxmetrics.stats.intervals import Interval, interval_of
from cxmetrics.stats.intervals.adjusted_wald import ROCKS, adjusted
from cxmetrics.stats.intervals.wilson import wilson
from cxmetrics.stats.sample import Kind, Sample


@frozen
class Difference:
    """First score minus second.

    Attributes:
        value: the difference of the two scores as reported, sign kept.
        standard_error: of the quantity the test is made of.
        statistic: z, t, chi-square or W, as `test` says; None for an exact test.
        df: degrees of freedom; None where the normal distribution is used.
        p_value: two-sided.
        interval: of the difference.
        test: what the p-value comes from.
    """

    value: float
    standard_error: float
    statistic: float | None
    df: float | None
    p_value: float
    interval: Interval
    test: str

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return asdict(self)


DEFAULTS: Final[dict[Kind, str]] = {
    "net": "adjusted_wald",
    "share": "newcombe",
    "mean": "welch",
    "smooth": "mover",
}
"""The method for two independent groups, by kind of score."""


def difference(
    first: Sample, second: Sample, *, level: float = 0.95, method: str | None = None
) -> Difference:
    """Compare two scores of the same kind.

    Groups that share units (the same customers at two touchpoints, partly the same respondents in
    two waves) are compared with their covariance, whatever the kind: for fully paired means that is
    the paired t test. Independent groups use, by kind: `adjusted_wald` (net scores, Lewis & Sauro
    2021), `newcombe` with the N-1 chi-square test (shares; Newcombe 1998, Campbell 2007), `welch`
    (means), `mover` (smooth scores; Zou & Donner 2008). Also offered: `agresti_caffo`,
    `mann_whitney`, `wald`, and `mover` for every kind.

    Args:
        first: the evidence of the first score.
        second: of the second.
        level: the confidence level of the interval.
        method: a name above, or `paired`; None for the default.

    Raises:
        IntervalError: a group has fewer than 2 answers.
        UsageError: the method is unknown or does not fit.
    """
    for sample in (first, second):
        sample.at_least(2)
    shared = first.tally.covaries_with(second.tally)
    if not shared and first.design and second.design and first.design.shares_units(second.design):
        raise UsageError(
            "some units (respondents) are in both groups, which were measured in two calls: "
            "measure both in one call, with the group as a `by` column, so that their covariance "
            "is known."
        )
    name = method or ("paired" if shared else DEFAULTS[first.kind])
    if name not in _METHODS:
        raise UsageError(f"no comparison {name!r}; {did_you_mean(name, _METHODS)}")
    kinds, compute = _METHODS[name]
    if first.kind != second.kind or first.kind not in kinds:
        fits = ", ".join(n for n, (kinds, _) in _METHODS.items() if first.kind in kinds)
        raise UsageError(
            f"comparison {name!r} does not fit a {first.kind} and a {second.kind} score; "
            f"for a {first.kind} score use one of: {fits}."
        )
    if name == "paired" and not shared:
        raise UsageError(
            "a paired comparison needs the covariance of the two groups: measure both in one call "
            "with unit=… (who answered) and the group as a `by` column."
        )
    if shared and name != "paired":
        raise UsageError(
            f"these groups share units (respondents), so {name!r}, which takes them for "
            "independent, would be wrong: leave method out, or measure without unit=…."
        )
    return _within_reach(compute(first, second, level), first, second)


def _within_reach(found: Difference, first: Sample, second: Sample) -> Difference:
    """Keep the interval in the possible range, and around the difference it is of."""
    interval = found.interval
    low, high = min(interval.low, found.value), max(interval.high, found.value)
    if first.kind != "smooth":
        low = max(low, first.bounds[0] - second.bounds[1])
        high = min(high, first.bounds[1] - second.bounds[0])
    return evolve(found, interval=evolve(interval, low=low, high=high))


def _built(
    name: str,
    value: float,
    centre: float,
    error: float,
    level: float,
    df: float | None,
    *,
    test: str,
) -> Difference:
    quantile = two_sided_z(level) if df is None else t_quantile(0.5 + level / 2, df)
    statistic = centre / error
    p = normal_p(statistic) if df is None else t_p(statistic, df)
    low, high = centre - quantile * error, centre + quantile * error
    return Difference(value, error, statistic, df, p, Interval(low, high, level, name), test)


def _adjusted_wald(a: Sample, b: Sample, level: float) -> Difference:
    """Rocks' pseudo-counts to each group; z on the difference of the adjusted scores."""
    parts = [adjusted(*sample.trinomial(), level=0.95, pseudo=ROCKS) for sample in (a, b)]
    half = (a.bounds[1] - a.bounds[0]) / 2
    centre = half * (parts[0][0] - parts[1][0])
    error = half * sqrt(sum(variance / more for _, variance, more in parts))
    value = a.estimate - b.estimate
    return _built("adjusted_wald", value, centre, error, level, None, test="z on adjusted scores")


def _wald(a: Sample, b: Sample, level: float) -> Difference:
    centre = a.estimate - b.estimate
    error = sqrt(a.standard_error**2 + b.standard_error**2)
    if not error:
        return _mover(a, b, level)
    return _built("wald", centre, centre, error, level, None, test="z")


def _welch(a: Sample, b: Sample, level: float) -> Difference:
    """Unequal variances, Satterthwaite's degrees of freedom."""
    centre = a.estimate - b.estimate
    total = a.sure_variance + b.sure_variance
    if not total:
        return _mover(a, b, level)
    spread = sum(s.sure_variance**2 / s.degrees_of_freedom for s in (a, b))
    df = total**2 / spread
    return _built("welch", centre, centre, sqrt(total), level, df, test="Welch t")


def _paired(a: Sample, b: Sample, level: float) -> Difference:
    """The linearised variance of the difference, covariance included."""
    design = a.tally.beside(b.tally)
    together = design.mapped(np.array([0, 1]), np.array([0, 0]), 1, a.share.size)
    gradient = np.concatenate([a.influence / a.tally.total, -b.influence / b.tally.total])
    variance = float(design.covariance(gradient[None, :])[0, 0]) * design.fitting
    df = together.degrees_of_freedom
    constant = not (a.sure_variance and b.sure_variance)
    if not variance or (constant and min(a.degrees_of_freedom, b.degrees_of_freedom) < df):
        # Nothing varies, or a group that others are not paired with: its limits still speak.
        return _mover(a, b, level)
    centre = a.estimate - b.estimate
    return _built(
        "paired",
        centre,
        centre,
        sqrt(variance),
        level,
        max(df, 1),
        test="t with covariance of shared units",
    )


def _mover(a: Sample, b: Sample, level: float) -> Difference:
    """Recover the variances from the one-sample limits (Zou & Donner 2008)."""
    one = {"net": "tango", "share": "wilson"}.get(a.kind)

    def limits(at: float) -> Interval:
        mine, theirs = (interval_of(s, level=at, method=one) for s in (a, b))
        centre = a.estimate - b.estimate
        low = centre - sqrt((a.estimate - mine.low) ** 2 + (theirs.high - b.estimate) ** 2)
        high = centre + sqrt((mine.high - a.estimate) ** 2 + (b.estimate - theirs.low) ** 2)
        return Interval(low, high, at, "mover")

    p = inverted(limits)
    interval = limits(level)
    error = interval.width / (2 * two_sided_z(level))
    value = a.estimate - b.estimate
    return Difference(value, error, value / error, None, p, interval, "interval inversion")


def inverted(limits: Callable[[float], Interval]) -> float:
    """Return the p-value: 1 minus the level at which the interval first touches 0."""
    low, high = 1e-9, 1 - 1e-12
    if 0 in limits(low):
        return 1.0
    if 0 not in limits(high):
        return 1 - high
    for _ in range(60):
        middle = (low + high) / 2
        if 0 in limits(middle):
            high = middle
        else:
            low = middle
    return 1 - high


def newcombe(
    x1: float, n1: float, x2: float, n2: float, *, level: float = 0.95
) -> tuple[float, float]:
    """Return Newcombe's hybrid score interval of x1/n1 - x2/n2 (his method 10).

    Example:
        >>> low, high = newcombe(56, 70, 48, 80)
        >>> round(low, 4), round(high, 4)
        (0.0524, 0.3339)
    """
    p1, p2 = x1 / n1, x2 / n2
    low1, high1 = wilson(x1, n1, level=level)
    low2, high2 = wilson(x2, n2, level=level)
    low = p1 - p2 - sqrt((p1 - low1) ** 2 + (high2 - p2) ** 2)
    high = p1 - p2 + sqrt((high1 - p1) ** 2 + (p2 - low2) ** 2)
    return low, high


def agresti_caffo(
    x1: float, n1: float, x2: float, n2: float, *, level: float = 0.95
) -> tuple[float, float]:
    """Return the Wald interval of x1/n1 - x2/n2 after one success and failure more in each."""
    p1, p2 = (x1 + 1) / (n1 + 2), (x2 + 1) / (n2 + 2)
    margin = two_sided_z(level) * sqrt(p1 * (1 - p1) / (n1 + 2) + p2 * (1 - p2) / (n2 + 2))
    return p1 - p2 - margin, p1 - p2 + margin


def share_test(
    x1: float, n1: float, x2: float, n2: float
) -> tuple[float | None, float | None, float, str]:
    """N-1 chi-square; Fisher-Irwin with mid-P where an expected count is under 1."""
    n, hits = n1 + n2, x1 + x2
    if hits in {0, n}:
        return None, None, 1.0, "all the same"
    expected = min(n1, n2) * min(hits, n - hits) / n
    if expected < 1:
        return None, None, _mid_p(x1, n1, x2, n2), "Fisher-Irwin mid-P"
    crossed = x1 * (n2 - x2) - x2 * (n1 - x1)
    statistic = (n - 1) * crossed**2 / (n1 * n2 * hits * (n - hits))
    return statistic, 1.0, chi_square_p(statistic, 1), "N-1 chi-square"


def _mid_p(x1: float, n1: float, x2: float, n2: float) -> float:
    """Two-sided mid-P of Fisher's exact test, on whole (rounded effective) counts."""
    from scipy.special import gammaln

    first, m1, m2 = round(x1), round(n1), round(n2)
    hits = first + round(x2)
    x = np.arange(max(0, hits - m2), min(m1, hits) + 1)

    def choose(n: int, k: np.ndarray) -> np.ndarray:
        ways: np.ndarray = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
        return ways

    log = choose(m1, x) + choose(m2, hits - x)
    chance = np.exp(log - log.max())
    chance /= chance.sum()
    own = chance[x == first].sum()
    as_rare = chance[chance <= own * (1 + 1e-9)].sum()
    return float(min(as_rare - own / 2, 1.0))


def _shares(
    name: str, limits: Callable[..., tuple[float, float]]
) -> Callable[[Sample, Sample, float], Difference]:
    def compute(a: Sample, b: Sample, level: float) -> Difference:
        counts = (*a.proportion(), *b.proportion())
        low, high = limits(*counts, level=level)
        unit = a.bounds[1] - a.bounds[0]
        statistic, df, p, test = share_test(*counts)
        error = sqrt(a.standard_error**2 + b.standard_error**2)
        interval = Interval(low * unit, high * unit, level, name)
        return Difference(a.estimate - b.estimate, error, statistic, df, p, interval, test)

    return compute


def mann_whitney(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """Return W of the first group and the two-sided p-value.

    Normal approximation with correction for ties and continuity.

    Args:
        first: shape (points,): answers of the first group at each point of the scale, ascending.
        second: of the second group.
    """
    n1, n2 = float(first.sum()), float(second.sum())
    both = first + second
    below = np.cumsum(second) - second
    w = float((first * (below + second / 2)).sum())
    n = n1 + n2
    ties = float((both**3 - both).sum())
    variance = n1 * n2 / 12 * (n + 1 - ties / (n * (n - 1)))
    away = abs(w - n1 * n2 / 2) - 0.5
    return w, normal_p(max(away, 0.0) / sqrt(variance)) if variance > 0 else 1.0


def _mann_whitney(a: Sample, b: Sample, level: float) -> Difference:
    """The rank test beside Welch's interval, which is in the unit of the score."""
    if not (a.independent and b.independent):
        raise UsageError("mann_whitney is for unweighted, independent answers; use welch.")
    interval = _welch(a, b, level)
    w, p = mann_whitney(a.tally.counts.astype(float), b.tally.counts.astype(float))
    return Difference(
        interval.value, interval.standard_error, w, None, p, interval.interval, "Mann-Whitney"
    )


_ALL: Final[frozenset[Kind]] = frozenset({"share", "net", "mean", "smooth"})
_METHODS: Final[
    dict[str, tuple[frozenset[Kind], Callable[[Sample, Sample, float], Difference]]]
] = {
    "adjusted_wald": (frozenset({"net"}), _adjusted_wald),
    "newcombe": (frozenset({"share"}), _shares("newcombe", newcombe)),
    "agresti_caffo": (frozenset({"share"}), _shares("agresti_caffo", agresti_caffo)),
    "welch": (frozenset({"mean", "net", "share"}), _welch),
    "mann_whitney": (frozenset({"mean"}), _mann_whitney),
    "mover": (_ALL, _mover),
    "wald": (_ALL, _wald),
    "paired": (_ALL, _paired),
}
