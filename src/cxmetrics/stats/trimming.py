"""Trimmed weights: a little bias for much less variance."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Literal

import numpy as np

from cxmetrics.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Passes = Literal["once", "until_within"]

_MOST = 1_000


def trim(
    weights: Floats,
    *,
    lower: float = 0.0,
    upper: float = inf,
    passes: Passes = "until_within",
    times: Floats | None = None,
) -> Floats:
    """Return weights cut to bounds, what was cut being shared equally among the others.

    The sum of the weights is kept. One pass may push a weight over the bound again; by default it
    is repeated until none is outside. Potter 1990, Proceedings of the Survey Research Methods
    Section, American Statistical Association, 225-230; the two ways are those of R's `survey`.

    Args:
        weights: shape (weights,).
        lower: the smallest weight to end with.
        upper: the largest.
        passes: `"once"` or `"until_within"`.
        times: shape (weights,): how many respondents have each weight; 1 if left out.

    Raises:
        UsageError: the bounds are in the wrong order, or leave the sum of the weights no room.

    Example:
        >>> trim(np.array([1.0, 1, 1, 5]), upper=3).round(3).tolist()
        [1.667, 1.667, 1.667, 3.0]
    """
    many = np.ones(len(weights)) if times is None else times.astype(float)
    total, n = float((weights * many).sum()), float(many.sum())
    if not 0 <= lower < upper:
        raise UsageError(f"trimming needs 0 <= lower < upper, not {lower:g} and {upper:g}.")
    if not lower <= total / n <= upper:
        raise UsageError(
            f"the mean weight is {total / n:g}: no trimming to between {lower:g} and {upper:g} "
            "keeps the sum of the weights."
        )
    found, slack = weights.astype(float), 1e-12 * max(total / n, 1e-300)
    for _ in range(_MOST):
        cut = np.clip(found, lower, upper)
        moved = cut != found
        if not moved.any():
            break
        excess = float(((found - cut) * many).sum())
        # Where all are cut, all take a share: those at the other bound will keep it.
        takes = ~moved if many[~moved].any() else np.ones_like(moved)
        found = cut + np.where(takes, excess / float(many[takes].sum()), 0.0)
        if passes == "once" or not ((found < lower - slack) | (found > upper + slack)).any():
            break
    return found


def median(weights: Floats, times: Floats) -> float:
    """Return the median of weights that several respondents have each."""
    order = np.argsort(weights)
    reached = np.cumsum(times[order])
    return float(weights[order][np.searchsorted(reached, reached[-1] / 2)])
