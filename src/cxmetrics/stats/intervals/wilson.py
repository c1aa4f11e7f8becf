"""Wilson's score interval of a proportion."""

from __future__ import annotations

from math import sqrt

from cxmetrics.stats.distributions import two_sided_z
from cxmetrics.stats.intervals._base import IntervalMethod, on_share


def wilson(x: float, n: float, *, level: float = 0.95) -> tuple[float, float]:
    """Return the score interval of x successes in n trials, no continuity correction.

    Example:
        >>> low, high = wilson(81, 263)
        >>> round(low, 4), round(high, 4)
        (0.2553, 0.3662)
    """
    z2 = two_sided_z(level) ** 2
    p = x / n
    centre = p + z2 / (2 * n)
    margin = sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n * n)))
    return max((centre - margin) / (1 + z2 / n), 0.0), min((centre + margin) / (1 + z2 / n), 1.0)


methods = (
    IntervalMethod(
        name="wilson",
        title="Wilson score",
        kinds=frozenset({"share"}),
        reference="Wilson 1927; Newcombe 1998, Statistics in Medicine 17:857-872",
        compute=on_share(wilson),
    ),
)
