"""How much each driver matters: shares of the explained variance, from correlations alone.

All functions take the correlations among the drivers, shape (..., p, p), and with the outcome,
shape (..., p); leading dimensions are replicates of a bootstrap.
"""

from __future__ import annotations

from math import factorial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from cxmetrics.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST: Final = 20
"""Up to so many drivers all subsets are looked at."""

_AT_ONCE: Final = 1 << 16
SINGULAR: Final = 1e-10
"""A smallest eigenvalue under this means a linear combination."""
_NOTHING: Final = 1e-12


def subset_r2(among: Floats, outcome: Floats) -> Floats:
    """Return the R² of the regression on every subset of the drivers.

    One driver is swept out at a time, from all subsets of those before at once: the Schur
    complements of the subsets with the driver follow from those without it, so 2^p regressions cost
    about 12 operations each.

    Args:
        among: correlations among the p drivers.
        outcome: correlations with the outcome.

    Returns:
        Shape (2^p, ...): driver j belongs to the subsets whose number has bit j set.

    Example:
        >>> subset_r2(np.eye(2), np.array([0.6, 0.3])).round(2).tolist()
        [0.0, 0.36, 0.09, 0.45]
    """
    p, lead = outcome.shape[-1], outcome.shape[:-1]
    left = np.empty((p + 1, p + 1, *lead))
    left[:p, :p] = np.moveaxis(among, (-2, -1), (0, 1))
    left[:p, p] = np.moveaxis(outcome, -1, 0)
    left[p, p] = 1.0
    left = left.reshape(p + 1, p + 1, 1, *lead)
    for swept in range(p):
        size = p - swept
        pivot = left[0, 0]
        ratio = left[0, 1:] / np.where(pivot > _NOTHING, pivot, np.inf)
        after = np.empty((size, size, 2 * left.shape[2], *lead))
        half = left.shape[2]
        for row in range(size):  # the upper triangle is enough
            rest = left[row + 1, row + 1 :]
            after[row, row:, :half] = rest
            np.multiply(left[0, row + 1], ratio[row:], out=after[row, row:, half:])
            np.subtract(rest, after[row, row:, half:], out=after[row, row:, half:])
        left = after
    explained: Floats = 1.0 - left[0, 0]
    return explained


def lmg(among: Floats, outcome: Floats) -> Floats:
    """Return the LMG shares: the average increase of R² over all orders of the drivers.

    This is the Shapley value of R²; the shares are not negative and sum to R².

    Args:
        among: correlations among the drivers, shape (..., p, p).
        outcome: correlations with the outcome, shape (..., p).

    Raises:
        UsageError: there are more than 20 drivers.

    References:
        Lindeman, Merenda & Gold 1980; Grömping 2006, Journal of Statistical Software 17(1).

    Example:
        >>> lmg(np.array([[1, 0.5], [0.5, 1]]), np.array([0.6, 0.3])).round(3).tolist()
        [0.315, 0.045]
    """
    p, lead = outcome.shape[-1], outcome.shape[:-1]
    if p > MOST:
        raise UsageError(f"LMG looks at all subsets of up to {MOST} drivers, not of {p}.")
    among, outcome = among.reshape(-1, p, p), outcome.reshape(-1, p)
    step = max(_AT_ONCE >> p, 1)
    found: Floats = np.empty(outcome.shape)
    for start in range(0, len(outcome), step):
        piece = slice(start, start + step)
        found[piece] = _shapley(subset_r2(among[piece], outcome[piece])).T
    return found.reshape(*lead, p)


def _shapley(worth: Floats) -> Floats:
    """Return the Shapley values, shape (p, ...), of the worths of all subsets, shape (2^p, ...)."""
    p = len(worth).bit_length() - 1
    size = np.zeros(1, dtype=np.int64)
    for _ in range(p):
        size = np.concatenate([size, size + 1])
    orders = [factorial(s) * factorial(p - s - 1) / factorial(p) for s in range(p)]
    joining = np.array([*orders, 0.0])[size]  # weight of a subset that the driver joins
    joined = np.array([0.0, *orders])[size]  # weight of a subset that it has joined
    base = joining @ worth
    shape = (-1, *[1] * (worth.ndim - 1))
    weighted = worth * (joining + joined).reshape(shape)
    found = np.empty((p, *worth.shape[1:]))
    for driver in reversed(range(p)):  # the sum over subsets with the driver, then fold it away
        without, with_it = weighted[: 1 << driver], weighted[1 << driver :]
        found[driver] = with_it.sum(axis=0) - base
        weighted = without + with_it
    return found


def relative_weights(among: Floats, outcome: Floats) -> Floats:
    """Return Johnson's relative weights, which sum to R².

    With L the symmetric square root of the correlations among the drivers, and b = L^-1 r, the
    weights are L² b² with elementwise squares. Close to LMG, equal to it for two drivers, and quick
    for any number.

    References:
        Johnson 2000, Multivariate Behavioral Research 35:1-19; Tonidandel & LeBreton 2011.

    Example:
        >>> found = relative_weights(np.array([[1, 0.5], [0.5, 1]]), np.array([0.6, 0.3]))
        >>> found.round(3).tolist()
        [0.315, 0.045]
    """
    values, vectors = np.linalg.eigh(among)
    root: Floats = np.sqrt(np.maximum(values, _NOTHING))[..., None, :]
    across = np.swapaxes(vectors, -1, -2)
    halfway = (vectors * root) @ across
    slope = (vectors / root) @ (across @ outcome[..., None])
    found: Floats = (halfway**2 @ slope**2)[..., 0]
    return found


def coefficients(among: Floats, outcome: Floats) -> Floats:
    """Return the standardised coefficients of the regression on all drivers."""
    found: Floats = np.asarray(np.linalg.solve(among, outcome[..., None])[..., 0], dtype=np.float64)
    return found


def last(among: Floats, outcome: Floats) -> Floats:
    """Return what R² loses when a driver is left out of all: b² over the diagonal of the inverse.

    Example:
        >>> last(np.array([[1, 0.5], [0.5, 1]]), np.array([0.6, 0.3])).round(3).tolist()
        [0.27, 0.0]
    """
    found: Floats = coefficients(among, outcome) ** 2 / inflation(among)
    return found


def inflation(among: Floats) -> Floats:
    """Return the variance inflation factors: 1 / (1 - R² of a driver on the others)."""
    found: Floats = np.einsum("...ii->...i", np.linalg.inv(among))
    return found


def entangled(among: Floats, *, tolerance: float = SINGULAR) -> list[int]:
    """Return the places of drivers that are a linear combination of each other; none is best.

    Example:
        >>> entangled(np.array([[1.0, 1.0, 0.2], [1.0, 1.0, 0.2], [0.2, 0.2, 1.0]]))
        [0, 1]
    """
    values, vectors = np.linalg.eigh(among)
    if values[0] > tolerance:
        return []
    part = np.abs(vectors[:, 0])
    return [int(place) for place in np.flatnonzero(part > 0.05 * part.max())]


def noise(
    among: Floats, outcome: Floats, n: float, *, level: float, draws: int = 2000, seed: int = 2009
) -> float:
    """Return the share of R² that a driver of pure noise stays under, at a level.

    A shuffled column has correlations with everything that are about normal with the correlations
    over n as their covariance; its relative weight is drawn from that (after Tonidandel, LeBreton &
    Johnson 2009, who add a random column to the data).
    """
    p = outcome.shape[-1]
    whole: Any = np.eye(p + 1)
    whole[:p, :p], whole[:p, p], whole[p, :p] = among, outcome, outcome
    values, vectors = np.linalg.eigh(whole)
    spread = vectors * np.sqrt(np.maximum(values, 0) / n)
    drawn = np.random.default_rng(seed).standard_normal((draws, p + 1)) @ spread.T
    joint = np.broadcast_to(np.eye(p + 1), (draws, p + 1, p + 1)).copy()
    joint[:, :p, :p] = among
    joint[:, :p, p] = joint[:, p, :p] = drawn[:, :p]
    all_outcome = np.concatenate([np.broadcast_to(outcome, (draws, p)), drawn[:, p:]], axis=1)
    possible = np.linalg.eigvalsh(joint)[:, 0] > _NOTHING
    weights = relative_weights(joint[possible], all_outcome[possible])[:, p]
    return float(np.quantile(weights, level)) if len(weights) else float("nan")
