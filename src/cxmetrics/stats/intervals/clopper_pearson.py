"""The Clopper-Pearson ("exact") interval of a proportion."""

from __future__ import annotations

from cxmetrics.stats.distributions import beta_quantile, check_level
from cxmetrics.stats.intervals._base import IntervalMethod, on_share


def clopper_pearson(x: float, n: float, *, level: float = 0.95) -> tuple[float, float]:
    """Return the interval whose coverage is never below the level.

    Example:
        >>> low, high = clopper_pearson(0, 20)
        >>> low, round(high, 4)
        (0.0, 0.1684)
    """
    tail = (1 - check_level(level)) / 2
    low = beta_quantile(tail, x, n - x + 1) if x > 0 else 0.0
    high = beta_quantile(1 - tail, x + 1, n - x) if x < n else 1.0
    return low, high


methods = (
    IntervalMethod(
        name="clopper_pearson",
        title="Clopper-Pearson",
        kinds=frozenset({"share"}),
        reference="Clopper & Pearson 1934, Biometrika 26:404-413",
        caution="Conservative: choose it for guarantees, such as service levels in a contract.",
        compute=on_share(clopper_pearson),
    ),
)
