"""The Agresti-Coull interval of a proportion."""

from __future__ import annotations

from math import sqrt

from cxmetrics.stats.distributions import two_sided_z
from cxmetrics.stats.intervals._base import IntervalMethod, on_share


def agresti_coull(x: float, n: float, *, level: float = 0.95) -> tuple[float, float]:
    """Return the Wald interval after adding z^2/2 successes and failures, clipped to 0..1.

    Example:
        >>> low, high = agresti_coull(1, 29)
        >>> low, round(high, 4)
        (0.0, 0.1863)
    """
    z = two_sided_z(level)
    more = n + z * z
    p = (x + z * z / 2) / more
    margin = z * sqrt(p * (1 - p) / more)
    return max(p - margin, 0.0), min(p + margin, 1.0)


methods = (
    IntervalMethod(
        name="agresti_coull",
        title="Agresti-Coull",
        kinds=frozenset({"share"}),
        reference="Agresti & Coull 1998, The American Statistician 52:119-126",
        caution="Fine above 40 answers; wider than Wilson near 0 and 1.",
        compute=on_share(agresti_coull),
    ),
)
