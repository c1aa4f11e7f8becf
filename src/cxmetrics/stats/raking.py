"""Weights that reproduce known totals, found on cells: raking and linear calibration.

Respondents of one cell (one combination of categories) get one factor, so the search never sees a
row: it costs as much for a million respondents as for a thousand.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

TOLERANCE = 1e-10
ROUNDS = 2_000


@frozen(eq=False, kw_only=True)
class Fit:
    """Factors, and how well they reproduce the totals.

    Attributes:
        factor: shape (cells,): what to multiply the weights of a cell by.
        rounds: how many rounds were made.
        gap: the largest distance of a category from its target, as a share of the total.
        converged: whether the gap is within the tolerance.
    """

    factor: Floats
    rounds: int
    gap: float
    converged: bool


def gap_of(weights: Floats, codes: Sequence[Ints], targets: Sequence[Floats]) -> float:
    """Return the largest distance of a category from its target, as a share of the total."""
    total = float(targets[0].sum())
    return max(
        float(np.abs(np.bincount(code, weights, minlength=len(target)) - target).max()) / total
        for code, target in zip(codes, targets, strict=True)
    )


def rake(
    base: Floats,
    codes: Sequence[Ints],
    targets: Sequence[Floats],
    *,
    tolerance: float = TOLERANCE,
    rounds: int = ROUNDS,
) -> Fit:
    """Fit margins one after the other until all hold (iterative proportional fitting).

    The odds ratios of the sample are kept. One margin needs one round: post-stratification.
    Deming & Stephan 1940, Annals of Mathematical Statistics 11:427-444.

    Args:
        base: shape (cells,): weights to start from.
        codes: a margin each, shape (cells,): the category of each cell.
        targets: a margin each, shape (categories,): the totals; every margin has the same sum.
        tolerance: the gap to stop at.
        rounds: the most rounds.

    Example:
        >>> sex, age = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
        >>> fit = rake(np.array([4.0, 2, 2, 2]), [sex, age], [np.array([5.0, 5])] * 2)
        >>> fit.converged, (np.array([4, 2, 2, 2]) * fit.factor).round(3).tolist()
        (True, [2.929, 2.071, 2.071, 2.929])
    """
    weights, done, gap = base.astype(float), 0, inf
    while gap > tolerance and done < rounds:
        for code, target in zip(codes, targets, strict=True):
            sums = np.bincount(code, weights, minlength=len(target))
            weights *= np.divide(target, sums, out=np.zeros_like(target), where=sums > 0)[code]
        gap, done = gap_of(weights, codes, targets), done + 1
    return Fit(factor=_ratio(weights, base), rounds=done, gap=gap, converged=gap <= tolerance)


def calibrate(
    base: Floats,
    codes: Sequence[Ints],
    targets: Sequence[Floats],
    *,
    bounds: tuple[float, float] = (-inf, inf),
    tolerance: float = TOLERANCE,
    rounds: int = ROUNDS,
) -> Fit:
    """Find factors `1 + x' lambda` that reproduce the totals (linear calibration, GREG).

    The weights nearest to `base` by chi-square distance. Without bounds one step is exact, and
    factors may be negative; within bounds the factors are cut off and the equations solved by
    Newton's method. Deville & Särndal 1992, Journal of the American Statistical Association
    87:376-382.

    Args:
        base: shape (cells,): weights to start from.
        codes: a margin each, shape (cells,): the category of each cell.
        targets: a margin each, shape (categories,): the totals; every margin has the same sum.
        bounds: the lowest and the highest factor.
        tolerance: the gap to stop at.
        rounds: the most rounds.
    """
    member = membership(codes, [len(target) for target in targets])
    wanted = np.concatenate(targets)
    # Factors are bounded around the overall growth, so that counts as targets need other bounds
    # than shares neither for themselves nor for their users.
    growth = float(targets[0].sum() / base.sum())
    start = base * growth
    slopes, factor, done = np.zeros(member.shape[1]), np.ones(len(base)), 0
    gap = gap_of(start, codes, targets)
    while gap > tolerance and done < rounds:
        inside = (factor > bounds[0]) & (factor < bounds[1])
        normal = member.T @ (member * (start * inside)[:, None])
        missing = wanted - member.T @ (start * factor)
        slopes += np.linalg.pinv(normal, rcond=1e-10, hermitian=True) @ missing
        factor = np.clip(1 + member @ slopes, *bounds)
        before, gap, done = gap, gap_of(start * factor, codes, targets), done + 1
        if done > 20 and gap > before * (1 - 1e-6):
            break  # the bounds leave no solution
    return Fit(factor=growth * factor, rounds=done, gap=gap, converged=gap <= tolerance)


def membership(codes: Sequence[Ints], sizes: Sequence[int]) -> Floats:
    """Return which categories of all margins each cell is in, shape (cells, categories)."""
    return np.hstack([np.eye(size)[code] for code, size in zip(codes, sizes, strict=True)])


def _ratio(weights: Floats, base: Floats) -> Floats:
    return np.divide(weights, base, out=np.zeros_like(weights), where=base > 0)
