"""Ratios of one kind of event to another, such as positive to negative: odds of a share."""

from __future__ import annotations

from math import exp, inf, log, sqrt
from typing import Final

from cxmetrics.stats.averages import Averages
from cxmetrics.stats.distributions import check_level, normal_p, t_p, t_quantile, two_sided_z
from cxmetrics.stats.intervals import Interval
from cxmetrics.stats.intervals.clopper_pearson import clopper_pearson

_HALF: Final = 0.5


def odds(share: float) -> float:
    """Return share : (1 - share); infinite where there is nothing on the other side."""
    return share / (1 - share) if share < 1 else inf


def exact_interval(first: float, second: float, *, level: float = 0.95) -> Interval:
    """Return the interval of first : second, the odds of Clopper-Pearson's limits.

    Args:
        first: events of the one kind; all events are independent.
        second: of the other; where there is none the upper limit is infinite.
        level: the confidence level, never undercut.

    Example:
        >>> found = exact_interval(15, 5)
        >>> round(found.low, 2), round(found.high, 2)
        (1.04, 10.55)
    """
    low, high = clopper_pearson(first, first + second, level=level)
    return Interval(odds(low), odds(high), level, "clopper_pearson")


def exact_p(first: float, second: float, *, ratio: float) -> float:
    """Return the two-sided p-value of first : second against a ratio: twice the smaller tail.

    It agrees with `exact_interval`: the ratio is outside exactly where p is under 1 minus the
    level.

    Example:
        >>> round(exact_p(15, 5, ratio=3), 3), exact_p(15, 5, ratio=1) < 0.05
        (1.0, True)
    """
    from scipy.special import betainc

    share = ratio / (1 + ratio)
    at_least = float(betainc(first, second + 1, share)) if first > 0 else 1.0
    at_most = 1 - float(betainc(first + 1, second, share)) if second > 0 else 1.0
    return min(1.0, 2 * min(at_least, at_most))


def _evidence(found: Averages, group: int) -> tuple[float, float]:
    """Return first and second as a sample of independent events would have to count them."""
    n = float(found.units_effective[group])
    share = float(found.mean[group])
    return share * n, (1 - share) * n


def _log_error(found: Averages, group: int) -> float | None:
    """Return the standard error of the log ratio; None where nothing varies."""
    share, variance = float(found.mean[group]), float(found.covariance[group, group])
    return sqrt(variance) / (share * (1 - share)) if variance > 0 and 0 < share < 1 else None


def linearised_interval(found: Averages, group: int = 0, *, level: float = 0.95) -> Interval | None:
    """Return the interval of the odds of a mean of zeros and ones: t, on the log.

    Where nothing varies it is Clopper-Pearson's of the units that carry the mean.

    Args:
        found: shares of the first kind among all events, with their covariance.
        group: which.
        level: the confidence level.

    Returns:
        None under two units.
    """
    check_level(level)
    error = _log_error(found, group)
    if found.units[group] < 2:
        return None
    if error is None or found.df[group] < 1:
        return exact_interval(*_evidence(found, group), level=level)
    centre = log(odds(float(found.mean[group])))
    reach = t_quantile(0.5 + level / 2, float(found.df[group])) * error
    return Interval(exp(centre - reach), exp(centre + reach), level, "log_odds_t")


def linearised_p(found: Averages, group: int = 0, *, ratio: float) -> float | None:
    """Return the two-sided p-value of such odds against a ratio; None under two units."""
    error = _log_error(found, group)
    if found.units[group] < 2:
        return None
    if error is None or found.df[group] < 1:
        return exact_p(*_evidence(found, group), ratio=ratio)
    away = log(odds(float(found.mean[group]))) - log(ratio)
    return t_p(away / error, float(found.df[group]))


def factor(
    first: tuple[float, float], second: tuple[float, float], *, level: float = 0.95
) -> tuple[float, Interval, float]:
    """Return one ratio over another, its interval and p-value: z on the difference of the logs.

    Independent events. Where a kind is absent half an event is added to every count (Haldane
    1956).

    Args:
        first: events of both kinds in the first group.
        second: in the second group.
        level: the confidence level.

    Example:
        >>> value, interval, p = factor((30, 10), (20, 20))
        >>> round(value, 2), round(interval.low, 2), round(interval.high, 2), round(p, 3)
        (3.0, 1.16, 7.73, 0.023)
    """
    counts = [*first, *second]
    if min(counts) == 0:
        counts = [n + _HALF for n in counts]
    centre = log(counts[0] / counts[1]) - log(counts[2] / counts[3])
    error = sqrt(sum(1 / n for n in counts))
    reach = two_sided_z(level) * error
    interval = Interval(exp(centre - reach), exp(centre + reach), level, "log_odds_z")
    return exp(centre), interval, normal_p(centre / error)


def linearised_factor(
    found: Averages, first: int, second: int, *, level: float = 0.95
) -> tuple[float, Interval, float] | None:
    """Return the same of two shares that covary; None where a kind is absent or nothing varies."""
    check_level(level)
    errors = [_log_error(found, group) for group in (first, second)]
    df = float(min(found.df[first], found.df[second]))
    if errors[0] is None or errors[1] is None or df < 1:
        return None
    p, q = (float(found.mean[group]) for group in (first, second))
    shared = float(found.covariance[first, second]) / (p * (1 - p) * q * (1 - q))
    variance = errors[0] ** 2 + errors[1] ** 2 - 2 * shared
    if not variance > 0:
        return None
    centre, error = log(odds(p) / odds(q)), sqrt(variance)
    reach = t_quantile(0.5 + level / 2, df) * error
    interval = Interval(exp(centre - reach), exp(centre + reach), level, "log_odds_t")
    return exp(centre), interval, t_p(centre / error, df)
