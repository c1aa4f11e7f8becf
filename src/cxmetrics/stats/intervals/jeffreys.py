"""The Jeffreys interval of a proportion."""

from __future__ import annotations

from cxmetrics.stats.distributions import beta_quantile, check_level
from cxmetrics.stats.intervals._base import IntervalMethod, on_share


def jeffreys(x: float, n: float, *, level: float = 0.95) -> tuple[float, float]:
    """Return the equal-tailed posterior interval under the prior beta(1/2, 1/2).

    The lower limit is 0 when there is no success, the upper 1 when there is no failure.

    Example:
        >>> low, high = jeffreys(81, 263)
        >>> round(low, 4), round(high, 4)
        (0.2545, 0.3656)
    """
    tail = (1 - check_level(level)) / 2
    low = beta_quantile(tail, x + 0.5, n - x + 0.5) if x > 0 else 0.0
    high = beta_quantile(1 - tail, x + 0.5, n - x + 0.5) if x < n else 1.0
    return low, high


methods = (
    IntervalMethod(
        name="jeffreys",
        title="Jeffreys",
        kinds=frozenset({"share"}),
        reference="Brown, Cai & DasGupta 2001, Statistical Science 16:101-133",
        compute=on_share(jeffreys),
    ),
)
