"""Control charts: how far chance alone moves a series, and sums that remember small shifts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from attrs import frozen

from cxmetrics.errors import DataError, UsageError
from cxmetrics.stats.power import positive

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

D2: Final = 1.128
"""Mean distance of two draws from a normal distribution, in standard deviations."""


def between_periods(z: ArrayLike) -> float:
    """Return Laney's sigma_z: how much more the periods differ than chance within them says.

    `mean |z_i - z_(i-1)| / 1.128` of standardised values. The moving range is hardly moved by one
    step in the series; the standard deviation of z would hide the step in the limits. Laney 2002,
    Quality Engineering 14:531-537.

    Raises:
        DataError: there are fewer than 2 periods.

    Example:
        >>> round(between_periods([0.5, -1.0, 2.0]), 4)
        1.9947
    """
    values = np.asarray(z, dtype=float)
    if values.size < 2:
        raise DataError(f"a control chart needs at least 2 periods; there is {values.size}.")
    return float(np.abs(np.diff(values)).mean() / D2)


@frozen(eq=False)
class Sums:
    """The two sums of a CUSUM chart.

    Attributes:
        up: shape (periods,): what has piled up above the target.
        down: shape (periods,): below it.
    """

    up: Floats
    down: Floats


def cusum(z: ArrayLike, *, slack: float = 0.5) -> Sums:
    """Return the tabular CUSUM of standardised values.

    `C+ = max(0, C+ + z - k)` and `C- = max(0, C- - z - k)`; a sum above h (usually 5) is a signal.
    Page 1954; Montgomery, Introduction to Statistical Quality Control.

    Args:
        z: shape (periods,): (value - target) / standard deviation.
        slack: k, half the shift to be found, in standard deviations.

    Example:
        >>> cusum([1.0, 2.0, -1.0]).up.tolist()
        [0.5, 2.0, 0.5]
    """
    positive(slack=slack)
    values = np.asarray(z, dtype=float)
    up, down = np.zeros(values.size), np.zeros(values.size)
    high = low = 0.0
    for place, value in enumerate(values):
        up[place] = high = max(0.0, high + value - slack)
        down[place] = low = max(0.0, low - value - slack)
    return Sums(up, down)


@frozen(eq=False)
class Smoothed:
    """A series smoothed by an EWMA.

    Attributes:
        mean: shape (periods,): the weighted mean so far.
        sigma: shape (periods,): its standard deviation.
    """

    mean: Floats
    sigma: Floats


def ewma(values: ArrayLike, sigma: ArrayLike, *, target: float, weight: float = 0.2) -> Smoothed:
    """Return the exponentially weighted moving average of a series.

    `E_t = weight * x_t + (1 - weight) * E_(t-1)`, starting at the target. With equal sigmas its
    variance is `sigma^2 * weight / (2 - weight) * (1 - (1 - weight)^(2 t))`; unequal ones, of
    periods with more or fewer answers, go through the same recursion. Roberts 1959.

    Args:
        values: shape (periods,).
        sigma: shape (periods,), or one number: the standard deviation of each value.
        target: where the average starts.
        weight: of the newest value, above 0 and at most 1.

    Raises:
        UsageError: the weight is none.

    Example:
        >>> ewma([12.0, 12.0], 1.0, target=10.0, weight=0.5).mean.tolist()
        [11.0, 11.5]
    """
    if not 0 < weight <= 1:
        raise UsageError(f"the weight of an EWMA is above 0 and at most 1, not {weight!r}.")
    series = np.asarray(values, dtype=float)
    own = np.broadcast_to(np.asarray(sigma, dtype=float), series.shape)
    mean, spread = np.zeros(series.size), np.zeros(series.size)
    level, variance = target, 0.0
    for place, (value, deviation) in enumerate(zip(series, own, strict=True)):
        mean[place] = level = weight * value + (1 - weight) * level
        variance = (weight * deviation) ** 2 + (1 - weight) ** 2 * variance
        spread[place] = np.sqrt(variance)
    return Smoothed(mean, spread)
