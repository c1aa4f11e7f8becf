"""Tango's score interval of a net score (a difference of paired proportions)."""

from __future__ import annotations

from math import copysign, inf, sqrt

from cxmetrics.stats.distributions import two_sided_z
from cxmetrics.stats.intervals._base import IntervalMethod, on_net


def tango(
    positive: float, negative: float, n: float, *, level: float = 0.95
) -> tuple[float, float]:
    """Return the score interval of (positive - negative) / n.

    The limits solve (P - D - n t) / sqrt(n (2q + t (1 - t))) = +-z, where q is the constrained
    maximum likelihood estimate (Tango 1998).

    Example:
        >>> low, high = tango(3, 0, 3)
        >>> round(low, 4), high
        (-0.123, 1.0)
    """
    z = two_sided_z(level)
    estimate = (positive - negative) / n

    def score(t: float) -> float:
        a = 2 * n
        b = -negative - positive + (2 * n - positive + negative) * t
        c = -negative * t * (1 - t)
        q = (sqrt(max(b * b - 4 * a * c, 0.0)) - b) / (2 * a)
        variance = n * (2 * q + t * (1 - t))
        distance = positive - negative - n * t
        if variance <= 1e-15 * n:
            return copysign(inf, distance) if abs(distance) > 1e-12 * n else 0.0
        return distance / sqrt(variance)

    def solve(inside: float, outside: float, target: float) -> float:
        """Bisect between the estimate, where the score is 0, and the end of the range."""
        if abs(score(outside)) <= abs(target):
            return outside
        for _ in range(200):
            middle = (inside + outside) / 2
            if middle in {inside, outside}:
                break
            if abs(score(middle)) <= abs(target):
                inside = middle
            else:
                outside = middle
        return inside

    return solve(estimate, -1.0, z), solve(estimate, 1.0, z)


methods = (
    IntervalMethod(
        name="tango",
        title="Tango score",
        kinds=frozenset({"net"}),
        reference="Tango 1998, Statistics in Medicine 17:891-908",
        caution="A little wider than adjusted Wald; choose it where coverage must not fall short.",
        compute=on_net(tango),
    ),
)
