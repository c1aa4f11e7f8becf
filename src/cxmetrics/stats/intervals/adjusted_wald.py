"""Adjusted Wald intervals of a net score: add a few imaginary answers, then Wald."""

from __future__ import annotations

from functools import partial
from math import sqrt

from cxmetrics.stats.distributions import two_sided_z
from cxmetrics.stats.intervals._base import IntervalMethod, on_net

ROCKS = (0.75, 1.5, 0.75)
"""Pseudo-counts (negative, neutral, positive) of Rocks 2016, made for 95 %."""


def adjusted(
    positive: float, negative: float, n: float, *, level: float, pseudo: tuple[float, float, float]
) -> tuple[float, float, float]:
    """Return the shrunken score, its variance per answer and the enlarged n.

    The pseudo-counts are multiplied by z^2 / 1.96^2: at 95 % they are as published, and at other
    levels the interval keeps its coverage and contains its own estimate.
    """
    factor = two_sided_z(level) ** 2 / two_sided_z(0.95) ** 2
    more = n + sum(pseudo) * factor
    p = (positive + pseudo[2] * factor) / more
    d = (negative + pseudo[0] * factor) / more
    return p - d, p + d - (p - d) ** 2, more


def adjusted_wald(
    positive: float,
    negative: float,
    n: float,
    *,
    level: float = 0.95,
    pseudo: tuple[float, float, float] = ROCKS,
) -> tuple[float, float]:
    """Return the adjusted Wald interval of (positive - negative) / n, not clipped to -1..1.

    Example:
        >>> low, high = adjusted_wald(6, 4, 15)
        >>> round(low, 4), round(high, 4)
        (-0.2546, 0.4768)
    """
    centre, variance, more = adjusted(positive, negative, n, level=level, pseudo=pseudo)
    margin = two_sided_z(level) * sqrt(variance / more)
    return centre - margin, centre + margin


def _method(
    name: str, title: str, pseudo: tuple[float, float, float], reference: str
) -> IntervalMethod:
    return IntervalMethod(
        name=name,
        title=title,
        kinds=frozenset({"net"}),
        reference=reference,
        caution="Centred on a score shrunken towards 0, clipped to the possible range.",
        compute=on_net(partial(adjusted_wald, pseudo=pseudo)),
    )


methods = (
    _method(
        "adjusted_wald",
        "adjusted Wald, pseudo-counts (.75, 1.5, .75)",
        ROCKS,
        "Rocks 2016, The American Statistician 70(4):365-372",
    ),
    _method(
        "agresti_min",
        "adjusted Wald, pseudo-counts (.5, 1, .5)",
        (0.5, 1.0, 0.5),
        "Agresti & Min 2005, Statistics in Medicine 24:729-740",
    ),
    _method(
        "bonett_price",
        "adjusted Wald, pseudo-counts (1, 0, 1)",
        (1.0, 0.0, 1.0),
        "Bonett & Price 2012, Journal of Educational and Behavioral Statistics 37(4):479-488",
    ),
)
