"""Regression of ratings that end where their scale ends, and are rounded to its points.

Whoever feels better than the best point can't say so. Least squares takes such a 10 for exactly
10, and so finds slopes that are too flat; here a rating is what it is, an interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from attrs import frozen

from cxmetrics.errors import DataError, UsageError
from cxmetrics.scale import Scale
from cxmetrics.stats.regression import Effect, effect_of, least_squares

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

_STEPS: Final = 50
_TOLERANCE: Final = 1e-9


@frozen(kw_only=True, eq=False)
class BoundedFit:
    """A fitted model of ratings.

    Attributes:
        names: of the columns, without the intercept.
        coefficients: shape (columns + 1,): the intercept, then one a column, in points of the scale
            as it would go on beyond its ends.
        covariance: shape (columns + 1, columns + 1).
        df: infinite: the normal distribution; or clusters minus 1.
        n: rows.
        spread: scale of the logistic noise, in points; its standard deviation is 1.81 times that.
        log_likelihood: at the maximum.
    """

    names: tuple[str, ...]
    coefficients: Floats
    covariance: Floats
    df: float
    n: int
    spread: float
    log_likelihood: float

    def effect(self, column: str | ArrayLike, *, level: float = 0.95) -> Effect:
        """Return a coefficient, or a sum of several, with its interval (see `effect_of`)."""
        return effect_of(self, column, level=level)


def bounded(
    y: ArrayLike,
    X: ArrayLike,  # noqa: N803  # as everybody writes it
    *,
    scale: Scale,
    names: Sequence[str] | None = None,
    clusters: ArrayLike | None = None,
) -> BoundedFit:
    """Fit what lies behind ratings: a sum of the columns and logistic noise, by maximum likelihood.

    A rating of 7 says "between 6.5 and 7.5", one at the upper end "this or more", one at the lower
    end "this or less". The log likelihood is concave in (coefficients, 1) / spread, so there is one
    maximum and Newton's method finds it. Standard errors from the inverse information, or from the
    sandwich where rows belong together (G/(G-1), t with G - 1 degrees of freedom).

    Args:
        y: shape (n,): ratings, points of the scale.
        X: shape (n, columns) or (n,), without a column of ones.
        scale: of the ratings.
        names: of the columns.
        clusters: shape (n,): labels of what belongs together.

    Raises:
        DataError: as `least_squares`, or there is no maximum: the columns separate the ratings
            perfectly.
        UsageError: a rating is no point of the scale.

    References:
        Stewart 1983, Review of Economic Studies 50:737-753 (grouped dependent variable); Tobin
        1958, Econometrica 26:24-36.

    Example:
        >>> felt = [-2, -1, 0, 1, 2, 3, 4, 5] * 5
        >>> noise = [0, 1, -1, 0, 2, -1, 1, -2, 0, 1]
        >>> rates = [min(max(5 + 2 * x + noise[k % 10], 0), 10) for k, x in enumerate(felt)]
        >>> flat = least_squares(rates, felt)
        >>> fit = bounded(rates, felt, scale=Scale(0, 10))
        >>> round(float(flat.coefficients[1]), 2), round(float(fit.coefficients[1]), 2)
        (1.33, 1.94)
    """
    start = least_squares(y, X, names=names, clusters=clusters)
    ratings, columns = np.asarray(y, dtype=float), np.asarray(X, dtype=float)
    columns = columns[:, None] if columns.ndim == 1 else columns
    if not np.isin(ratings, scale.points).all():
        raise UsageError(f"a rating is no point of the scale {scale}.")
    half = scale.step / 2
    low = np.where(ratings == scale.low, -inf, ratings - half)
    high = np.where(ratings == scale.high, inf, ratings + half)
    centre, size = columns.mean(axis=0), columns.std(axis=0)
    design = np.column_stack([np.ones(len(ratings)), (columns - centre) / size])
    slopes = start.coefficients[1:] * size
    first = np.concatenate([[start.coefficients[0] + start.coefficients[1:] @ centre], slopes])
    noise = max(start.sigma / 1.8, scale.step / 10)
    theta = np.append(first, 1.0) / noise
    value, gradient, hessian, scores = _likelihood(theta, design, low, high)
    for _ in range(_STEPS):
        step = np.linalg.solve(hessian, gradient)
        factor = 1.0
        while True:  # a step too far is halved
            proposed = theta - factor * step
            found = _likelihood(proposed, design, low, high) if proposed[-1] > 0 else None
            if found is not None and found[0] >= value - 1e-9:
                break
            factor /= 2
            if factor < 1e-8:
                raise _endless(start.names)
        theta, (value, gradient, hessian, scores) = proposed, found
        if np.abs(factor * step).max() <= _TOLERANCE * np.abs(theta).max():
            break
    else:
        raise _endless(start.names)
    if not np.isfinite(theta).all() or 1 / theta[-1] < scale.step / 100:
        raise _endless(start.names)
    middle: Floats = np.asarray(np.linalg.inv(-hessian), dtype=float)
    df = inf
    if clusters is not None:
        place = np.unique(np.asarray(clusters), return_inverse=True)[1].ravel()
        many = int(place.max()) + 1
        sums = np.stack([np.bincount(place, own) for own in scores.T], axis=1)
        middle = middle @ (sums.T @ sums) @ middle * (many / (many - 1))
        df = float(many - 1)
    return _in_points(theta, middle, centre, size, start.names, df, len(ratings), value)


def _endless(names: tuple[str, ...]) -> DataError:
    return DataError(
        f"{', '.join(names)} tell the ratings apart perfectly, so there is no best fit: use fewer "
        "columns, or more answers."
    )


def _likelihood(
    theta: Floats, design: Floats, low: Floats, high: Floats
) -> tuple[float, Floats, Floats, Floats]:
    """Return log likelihood, gradient, Hessian, and the gradient of each row.

    `theta` is (coefficients, 1) / spread. A rating lies between a and b on the standard logistic.
    """
    location, rate = design @ theta[:-1], theta[-1]
    top, bottom = np.isinf(high), np.isinf(low)
    upper, lower = np.where(top, 0.0, high), np.where(bottom, 0.0, low)
    b = np.where(top, 700.0, np.clip(rate * upper - location, -700, 700))
    a = np.where(bottom, -700.0, np.clip(rate * lower - location, -700, 700))
    width = np.maximum(b - a, 1e-300)
    inside = -np.expm1(-width)
    value = -np.logaddexp(0, -b) - np.logaddexp(0, a) + np.log(inside)
    at_b, at_a = 1 / (1 + np.exp(-b)), 1 / (1 + np.exp(-a))
    # Densities over the probability of the interval, without a difference of two tails.
    over_b = np.where(top, 0.0, np.exp(np.logaddexp(0, a) - np.logaddexp(0, b)) / inside)
    over_a = np.where(bottom, 0.0, np.exp(np.logaddexp(0, -b) - np.logaddexp(0, -a)) / inside)
    by_b = np.column_stack([-design, upper])
    by_a = np.column_stack([-design, lower])
    scores = by_b * over_b[:, None] - by_a * over_a[:, None]
    bb = over_b * (1 - 2 * at_b) - over_b**2
    aa = -over_a * (1 - 2 * at_a) - over_a**2
    ab = over_a * over_b
    hessian = by_b.T @ (by_b * bb[:, None]) + by_a.T @ (by_a * aa[:, None])
    cross = by_b.T @ (by_a * ab[:, None])
    return float(value.sum()), scores.sum(axis=0), hessian + cross + cross.T, scores


def _in_points(
    theta: Floats,
    covariance: Floats,
    centre: Floats,
    size: Floats,
    names: tuple[str, ...],
    df: float,
    n: int,
    value: float,
) -> BoundedFit:
    """Return the fit in points of the scale (delta method)."""
    spread = 1 / float(theta[-1])
    scaled = theta[:-1] * spread
    turn: Any = np.zeros((len(scaled), len(theta)))
    turn[:, :-1] = np.eye(len(scaled)) * spread
    turn[:, -1] = -scaled * spread
    back = np.eye(len(scaled))
    back[1:, 1:] = np.diag(1 / size)
    back[0, 1:] = -centre / size
    turn = back @ turn
    return BoundedFit(
        names=names,
        coefficients=back @ scaled,
        covariance=turn @ covariance @ turn.T,
        df=df,
        n=n,
        spread=spread,
        log_likelihood=value,
    )
