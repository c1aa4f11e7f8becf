"""Correlation of two series, together or one ahead of the other, and what it is worth."""

from __future__ import annotations

from collections.abc import Sequence
from math import atanh, inf, sqrt, tanh
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np
from attrs import frozen

from cxmetrics.errors import DataError, UsageError, did_you_mean
from cxmetrics.stats.distributions import t_p, two_sided_z
from cxmetrics.stats.intervals import Interval

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

Association = Literal["pearson", "spearman", "kendall"]

_NOISE: Final = 1e-12


@frozen
class Estimate:
    """One correlation.

    Attributes:
        r: from -1 to 1.
        n_effective: the independent pairs it is worth.
        statistic: t, or z for Kendall's tau.
        df: degrees of freedom of t; None for z.
        p_value: two-sided.
        interval: by Fisher's z; None under 4 effective pairs.
    """

    r: float
    n_effective: float
    statistic: float
    df: float | None
    p_value: float
    interval: Interval | None


def spread_or_refuse(values: Floats, name: str) -> None:
    """Refuse a series that does not vary.

    Raises:
        DataError: all values are the same.
    """
    if np.ptp(values) <= _NOISE * max(float(np.abs(values).max()), 1e-300):
        raise DataError(
            f"{name} has no variance: all {values.size} values are {values[0]:g}, so it goes with "
            "nothing."
        )


def pearson(x: ArrayLike, y: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return the product-moment correlation, weighted where weights are given.

    Raises:
        DataError: a series has no variance.

    Example:
        >>> round(pearson([1, 2, 3, 4], [1, 3, 2, 4]), 3)
        0.8
    """
    a, b = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    w = np.ones(a.size) if weights is None else np.asarray(weights, dtype=float)
    spread_or_refuse(a[w > 0], "the first series")
    spread_or_refuse(b[w > 0], "the second series")
    w = w / w.sum()
    a, b = (_centred(series, w) for series in (a, b))
    r = float(w @ (a * b)) / sqrt(float(w @ a**2) * float(w @ b**2))
    return min(max(r, -1.0), 1.0)


def _centred(series: Floats, w: Floats) -> Floats:
    """Return a series around its weighted mean, as large as 1, so that no square overflows."""
    away = series / np.abs(series).max()
    away = away - w @ away
    found: Floats = away / np.abs(away).max()
    return found


def associate(
    x: ArrayLike,
    y: ArrayLike,
    *,
    method: Association = "pearson",
    weights: ArrayLike | None = None,
    n_effective: float | None = None,
    level: float = 0.95,
) -> Estimate:
    """Correlate two series of the same length, without gaps.

    Pearson and Spearman (mid-ranks): `t = r sqrt((n - 2) / (1 - r^2))`; Kendall's tau-b: the normal
    test with ties. Intervals by Fisher's z, with the standard error `1 / sqrt(n - 3)`, Spearman
    `sqrt((1 + r^2 / 2) / (n - 3))` (Bonett & Wright 2000), Kendall `sqrt(.437 / (n - 4))` (Fieller,
    Hartley & Pearson 1957).

    Args:
        x: shape (n,).
        y: shape (n,).
        method: see above.
        weights: shape (n,), Pearson only; n is then Kish's.
        n_effective: what the pairs are worth, where that is not n.
        level: the confidence level.

    Raises:
        DataError: there are fewer than 3 pairs, or a series has no variance.
        UsageError: the method is unknown, or does not take weights.

    Example:
        >>> found = associate([1, 2, 3, 4, 5, 6], [2, 1, 4, 3, 6, 5])
        >>> round(found.r, 3), round(found.p_value, 3)
        (0.829, 0.042)
    """
    if method not in get_args(Association):
        raise UsageError(
            f"no correlation {method!r}; {did_you_mean(method, get_args(Association))}"
        )
    a, b = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if a.size < 3:
        raise DataError(f"a correlation needs at least 3 pairs; there are {a.size}.")
    n = float(a.size)
    if weights is not None:
        if method != "pearson":
            raise UsageError(f"{method} takes no weights: use method='pearson'.")
        w = np.asarray(weights, dtype=float)
        if not w.any():
            raise DataError("all weights are zero.")
        n = float(w.sum() ** 2 / (w**2).sum())
    n = n if n_effective is None else n_effective
    if method == "kendall":
        return _kendall(a, b, n, level)
    if method == "spearman":
        from scipy.stats import rankdata

        a, b = rankdata(a), rankdata(b)
    r = pearson(a, b, weights)
    df = n - 2
    if df <= 0:
        return Estimate(r, n, float("nan"), None, 1.0, None)
    left = 1 - r * r
    t = r * sqrt(df / left) if left > _NOISE else inf * r
    p = t_p(t, df) if left > _NOISE else 0.0
    widened = 1 + r * r / 2 if method == "spearman" else 1.0
    return Estimate(r, n, t, df, p, _fisher(r, widened / (n - 3) if n > 3 else inf, level))


def _kendall(a: Floats, b: Floats, n: float, level: float) -> Estimate:
    from scipy.stats import kendalltau

    spread_or_refuse(a, "the first series")
    spread_or_refuse(b, "the second series")
    tau, p = map(float, kendalltau(a, b))
    variance = 0.437 / (n - 4) if n > 4 else inf
    return Estimate(tau, n, tau, None, p, _fisher(tau, variance, level))


def _fisher(r: float, variance: float, level: float) -> Interval | None:
    if variance == inf:
        return None
    if abs(r) >= 1 - _NOISE:
        return Interval(r, r, level, "fisher")
    margin = two_sided_z(level) * sqrt(variance)
    return Interval(tanh(atanh(r) - margin), tanh(atanh(r) + margin), level, "fisher")


def cross_correlation(x: Sequence[float], y: Sequence[float], *, most: int) -> Floats:
    """Return the sample cross-correlation at lags -most to most, in R's convention.

    Lag k is cor(x[t+k], y[t]), with the means of the whole series and the divisor n: where x leads,
    it shows at *negative* lags. `leading` says the direction in its name.

    Raises:
        UsageError: a lag is as long as the series, or the series differ in length.

    Example:
        >>> found = cross_correlation([1, 2, 4, 3], [0, 1, 2, 4], most=1)
        >>> [round(float(r), 3) for r in found]
        [0.661, 0.68, -0.019]
    """
    a, b = _series(x, y, most, 1)
    a, b = a - a.mean(), b - b.mean()
    scale = sqrt(float(a @ a) * float(b @ b))
    n = a.size
    return (
        np.array(
            [
                a[max(k, 0) : n + min(k, 0)] @ b[max(-k, 0) : n - max(k, 0)]
                for k in range(-most, most + 1)
            ]
        )
        / scale
    )


def leading(x: Sequence[float], y: Sequence[float], *, lead: int) -> float:
    """Return cor(x[t], y[t + lead]) over the pairs that both series have.

    A positive lead says that x comes first.

    Example:
        >>> leading([1, 2, 4, 3], [0, 1, 2, 4], lead=1)
        1.0
    """
    a, b = _series(x, y, abs(lead), 3)
    first, second = overlap(a, b, lead)
    return pearson(first, second)


def overlap(x: Floats, y: Floats, lead: int) -> tuple[Floats, Floats]:
    """Return the pairs (x[t], y[t + lead])."""
    n = x.size
    return x[max(-lead, 0) : n - max(lead, 0)], y[max(lead, 0) : n + min(lead, 0)]


def _series(x: Sequence[float], y: Sequence[float], lag: int, least: int) -> tuple[Floats, Floats]:
    a, b = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if a.size != b.size:
        raise UsageError(f"the series differ in length: {a.size} and {b.size}.")
    if a.size - lag < least:
        raise UsageError(
            f"a lag of {lag} over {a.size} periods leaves {max(a.size - lag, 0)} pairs: at most "
            f"{max(a.size - least, 0)} make sense."
        )
    spread_or_refuse(a, "the first series")
    spread_or_refuse(b, "the second series")
    return a, b


def autocorrelation(x: ArrayLike) -> float:
    """Return the correlation of a series with itself one period later.

    Example:
        >>> round(autocorrelation([1, 2, 3, 4, 5]), 3)
        0.4
    """
    a = np.asarray(x, dtype=float)
    a = a - a.mean()
    total = float(a @ a)
    return float(a[1:] @ a[:-1]) / total if total else 0.0


def independent_pairs(x: ArrayLike, y: ArrayLike) -> float:
    """Return what the pairs of two series are worth, `n (1 - r1 r2) / (1 + r1 r2)`.

    r1 and r2 are the autocorrelations at lag 1; never more than n. Bartlett 1935; Bretherton et al.
    1999, Journal of Climate 12:1990-2009.

    Example:
        >>> round(independent_pairs(range(20), range(20)), 2)
        3.22
    """
    a, b = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    product = autocorrelation(a) * autocorrelation(b)
    return float(min(a.size * (1 - product) / (1 + product), a.size))
