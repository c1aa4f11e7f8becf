"""How a felt or remembered intensity becomes a rating, with probabilities known exactly."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from attrs import frozen
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.signedinteger[Any]]
Bools: TypeAlias = NDArray[np.bool_]


def chance(log_odds: ArrayLike) -> Floats:
    """Return the probability of log odds: the logistic distribution function.

    Example:
        >>> float(chance(0.0))
        0.5
    """
    return np.asarray(0.5 + 0.5 * np.tanh(np.asarray(log_odds, np.float64) / 2))


@frozen(kw_only=True)
class Ladder:
    """An ordinal rating: the rung a noisy intensity reaches.

    The rating is `low` plus the number of thresholds below `intensity + noise * L`, `L` standard
    logistic. The logistic distribution is chosen over the normal one because its distribution
    function has a closed form: the probability of every rating is exact, without a library.

    Attributes:
        low: the lowest rating.
        thresholds: ascending, one less than there are ratings, in units of the intensity.
        noise: scale of the logistic noise.

    Example:
        >>> ladder = Ladder(low=1, thresholds=(-1.0, 1.0), noise=0.5)
        >>> ladder.at_least(np.array([-1.0, 1.0]), rating=3).round(3).tolist()
        [0.018, 0.5]
        >>> float(ladder.shares(np.array([0.3])).sum())
        1.0
    """

    low: int
    thresholds: tuple[float, ...]
    noise: float

    def draw(self, rng: np.random.Generator, intensity: Floats) -> Floats:
        """Return one rating for each intensity."""
        latent = intensity + rng.logistic(0.0, self.noise, size=intensity.shape)
        return self.low + np.searchsorted(self.thresholds, latent).astype(np.float64)

    def at_least(self, intensity: Floats, *, rating: int) -> Floats:
        """Return the probability of `rating` or more at each intensity."""
        return chance((intensity - self.thresholds[rating - self.low - 1]) / self.noise)

    def shares(self, intensity: Floats) -> Floats:
        """Return the probability of each rating, shape (intensities, ratings)."""
        above = chance((intensity[:, None] - np.array(self.thresholds)) / self.noise)
        bounded = np.pad(above, ((0, 0), (1, 1)), constant_values=((0, 0), (1, 0)))
        return bounded[:, :-1] - bounded[:, 1:]

    def net_promoter(self, intensity: Floats) -> Floats:
        """Return the expected net promoter code, -1 to 1, of a 0 to 10 ladder."""
        return self.at_least(intensity, rating=9) + self.at_least(intensity, rating=7) - 1.0


csat = Ladder(low=1, thresholds=(-2.4, -0.7, 0.8, 2.6), noise=0.6)
"""Satisfaction 1 to 5 from felt points."""
ces2 = Ladder(low=1, thresholds=(-3.0, -1.8, -0.8, 0.2, 1.2, 2.6), noise=0.6)
"""Agreement 1 to 7 that it was easy, from felt points."""


def zero_to_ten(noise: float) -> Ladder:
    """Return the ladder of a 0 to 10 rating whose intensity is in its own points."""
    return Ladder(low=0, thresholds=tuple(k + 0.5 for k in range(10)), noise=noise)


def mirror(noise: float) -> Ladder:
    """Return the ladder of a mirrored item, 1 to 5, from an intensity in points of 0 to 10."""
    return Ladder(low=1, thresholds=(2.5, 4.5, 6.5, 8.5), noise=noise)
