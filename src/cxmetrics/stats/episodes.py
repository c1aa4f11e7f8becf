"""Episodes: the peak, the end, the mean and the trend of moments that belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from attrs import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_TIES: Final = 1e-9


@frozen(kw_only=True, eq=False)
class Episodes:
    """Each episode in a few numbers; all of shape (episodes,), NaN without moments.

    Attributes:
        n: moments.
        peak: the value farthest from the middle of the scale, the later of equals.
        end: the last value; peak and end are one where there is one moment.
        mean: of the values.
        trend: least-squares slope, points from one moment to the next; NaN with one moment.
        low: the lowest value.
        first: the first value.
    """

    n: Ints
    peak: Floats
    end: Floats
    mean: Floats
    trend: Floats
    low: Floats
    first: Floats


def episodes(values: Floats, episode: Ints, *, size: int, middle: float) -> Episodes:
    """Sum up moments by episode.

    Args:
        values: shape (moments,): by episode, in the order of time; none is missing.
        episode: shape (moments,): to which each belongs, ascending from 0.
        size: the number of episodes.
        middle: of the scale, from which the peak is farthest.

    References:
        Kahneman, Fredrickson, Schreiber & Redelmeier 1993, Psychological Science 4:401-405.

    Example:
        >>> found = episodes(np.array([2.0, -4.0, 4.0]), np.zeros(3, int), size=2, middle=0)
        >>> found.peak.tolist(), found.trend.tolist(), found.n.tolist()
        ([4.0, nan], [1.0, nan], [3, 0])
    """
    n = np.bincount(episode, minlength=size)
    some = n > 0
    if not some.any():
        nothing = np.full(size, np.nan)
        return Episodes(
            n=n, peak=nothing, end=nothing, mean=nothing, trend=nothing, low=nothing, first=nothing
        )
    many = n[some]
    starts = (np.cumsum(n) - n)[some]
    away = np.abs(values - middle)
    extreme = away >= np.repeat(np.maximum.reduceat(away, starts), many) - _TIES
    peak = np.maximum.reduceat(np.where(extreme, np.arange(values.size), -1), starts)
    place = np.arange(values.size) - np.repeat(starts + (many - 1) / 2, many)
    with np.errstate(invalid="ignore"):  # one moment has no trend
        trend = np.add.reduceat(place * values, starts) / np.add.reduceat(place**2, starts)

    def whole(own: Floats) -> Floats:
        found = np.full(size, np.nan)
        found[some] = own
        return found

    return Episodes(
        n=n,
        peak=whole(values[peak]),
        end=whole(values[starts + many - 1]),
        mean=whole(np.add.reduceat(values, starts) / many),
        trend=whole(trend),
        low=whole(np.minimum.reduceat(values, starts)),
        first=whole(values[starts]),
    )
