"""How well several items measure one thing, from their covariances or correlations alone.

Functions take matrices of shape (..., k, k); leading dimensions are replicates of a bootstrap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from cxmetrics.stats.distributions import beta_quantile, check_level

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

HEYWOOD: Final = 0.005
"""A unique variance under this share of the item's is no solution (R's `factanal` has the same)."""

_ROUNDS: Final = 20_000


def alpha(covariance: Floats) -> Any:
    """Return Cronbach's alpha, `k/(k-1) (1 - sum of variances / variance of the sum)`.

    With correlations in place of covariances it is the standardised alpha.

    References:
        Cronbach 1951, Psychometrika 16:297-334.

    Example:
        >>> round(float(alpha(np.array([[1, 0.5], [0.5, 1]]))), 4)
        0.6667
    """
    k = covariance.shape[-1]
    total = covariance.sum(axis=(-2, -1))
    return k / (k - 1) * (1 - np.einsum("...ii->...", covariance) / total)


def dropped(covariance: Floats) -> tuple[Floats, Floats]:
    """Return, for each item, alpha without it, and its correlation with the sum of the others.

    Both are NaN where the others cancel out, so that their sum does not vary.
    """
    k = covariance.shape[-1]
    total, row, own = covariance.sum(), covariance.sum(axis=1), np.diag(covariance)
    rest = total - 2 * row + own  # the variance of the sum of the others
    rest[rest <= 1e-12 * own.sum()] = np.nan
    without: Floats = (k - 1) / max(k - 2, 1) * (1 - (own.sum() - own) / rest)
    return without, (row - own) / np.sqrt(own * rest)


def feldt(value: float, n: float, items: int, *, level: float = 0.95) -> tuple[float, float]:
    """Return Feldt's interval of alpha: `1 - (1 - alpha) F`, F with n-1 and (n-1)(k-1) df.

    Args:
        value: alpha.
        n: complete rows, or what they are worth (Kish) with weights.
        items: k.
        level: the confidence level.

    References:
        Feldt 1965, Psychometrika 30:357-370.

    Example:
        >>> [round(limit, 4) for limit in feldt(0.84314276956476, 30, 7)]
        [0.7394, 0.9158]
    """
    first, second = n - 1, (n - 1) * (items - 1)
    tail = (1 - check_level(level)) / 2

    def quantile(p: float) -> float:
        share = beta_quantile(p, first / 2, second / 2)
        return second * share / (first * (1 - share))

    return 1 - (1 - value) * quantile(1 - tail), 1 - (1 - value) * quantile(tail)


def spearman_brown(value: float, *, factor: float = 2.0) -> float:
    """Return the reliability of a questionnaire `factor` times as long: `f r / (1 + (f - 1) r)`.

    For two items, with r their correlation, it is the reliability of their sum (Eisinga, te
    Grotenhuis & Pelzer 2013).

    Example:
        >>> spearman_brown(0.5), round(spearman_brown(0.8, factor=0.5), 3)
        (0.6666666666666666, 0.667)
    """
    return factor * value / (1 + (factor - 1) * value)


def one_factor(
    correlation: Floats, *, start: Floats | None = None, tolerance: float = 1e-10
) -> Floats:
    """Return the loadings of one common factor by maximum likelihood, shape (..., k).

    Expectation-maximisation, all replicates at once. A unique variance that runs to 0 (Heywood
    case) gives NaN: one factor does not describe these items.

    Args:
        correlation: of k >= 3 items.
        start: loadings to start from.
        tolerance: the largest change of a loading in the last round.

    References:
        Lawley & Maxwell 1971; Rubin & Thayer 1982, Psychometrika 47:69-76.

    Example:
        >>> made = np.outer([0.8, 0.7, 0.6, 0.5], [0.8, 0.7, 0.6, 0.5])
        >>> np.fill_diagonal(made, 1)
        >>> one_factor(made).round(6).tolist()
        [0.8, 0.7, 0.6, 0.5]
    """
    if start is None:
        values, vectors = np.linalg.eigh(correlation)
        start = vectors[..., -1] * np.sqrt(values[..., -1:] / 2)
    loading = np.clip(start, -0.99, 0.99) * np.ones(correlation.shape[:-1])
    unique = 1 - loading**2
    heywood = np.zeros(loading.shape[:-1], dtype=bool)
    for _ in range(_ROUNDS):
        ratio = loading / unique
        score = ratio / (1 + (loading * ratio).sum(axis=-1, keepdims=True))
        with_factor = np.einsum("...ij,...j->...i", correlation, score)
        square = 1 - (score * loading).sum(-1, keepdims=True)
        square = square + (score * with_factor).sum(-1, keepdims=True)
        better = with_factor / square
        change = np.abs(better - loading).max(initial=0.0)
        loading = better
        unique = 1 - loading * with_factor
        heywood = (unique < HEYWOOD).any(axis=-1)
        unique = np.maximum(unique, HEYWOOD)
        if change < tolerance:
            break
    sign = np.where(loading.sum(axis=-1, keepdims=True) < 0, -1.0, 1.0)
    found: Floats = np.where(heywood[..., None], np.nan, loading * sign)
    return found


def omega(loadings: ArrayLike) -> Any:
    """Return McDonald's omega (total) of one factor: `(sum l)^2 / ((sum l)^2 + sum (1 - l^2))`.

    Args:
        loadings: standardised, shape (..., k).

    References:
        McDonald 1999, Test Theory.

    Example:
        >>> round(float(omega([0.8, 0.7, 0.6, 0.5])), 4)
        0.7494
    """
    own = np.asarray(loadings, dtype=float)
    common = own.sum(axis=-1) ** 2
    return common / (common + (1 - own**2).sum(axis=-1))
