"""Ratings as intervals: against the likelihood written out, and what was planted."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import approx_fprime, minimize
from scipy.special import expit

from cxmetrics.errors import DataError, UsageError
from cxmetrics.scale import Scale
from cxmetrics.stats.bounded import bounded
from cxmetrics.stats.regression import least_squares

TEN = Scale(0, 10)


def made(n: int, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    columns = rng.normal(size=(n, 2)) * [2, 1] + [1, 50]
    behind = 6 + columns @ [0.9, -1.5] + 75 + rng.logistic(size=n)
    return np.clip(np.rint(behind), 0, 10), columns


def minus_log_likelihood(theta: np.ndarray, y: np.ndarray, columns: np.ndarray) -> float:
    *beta, spread = theta
    location = beta[0] + columns @ beta[1:]
    above = np.where(y == 10, 1.0, expit((y + 0.5 - location) / spread))
    below = np.where(y == 0, 0.0, expit((y - 0.5 - location) / spread))
    return float(-np.log(above - below).sum())


def test_is_the_maximum_of_the_likelihood_written_out() -> None:
    y, columns = made(300)
    fit = bounded(y, columns, scale=TEN)
    own = np.append(fit.coefficients, fit.spread)
    found = minimize(
        minus_log_likelihood, own + 0.02, (y, columns), method="Nelder-Mead",
        options={"xatol": 1e-7, "fatol": 1e-10, "maxiter": 20_000, "maxfev": 20_000},
    )  # fmt: skip
    assert fit.log_likelihood == pytest.approx(-found.fun, abs=1e-6)
    assert fit.log_likelihood == pytest.approx(-minus_log_likelihood(own, y, columns))

    def slope(theta: np.ndarray) -> np.ndarray:
        return np.asarray(approx_fprime(theta, minus_log_likelihood, 1e-5, y, columns))

    steps = 1e-4 * np.eye(4)
    hessian = np.array([(slope(own + step) - slope(own - step)) / 2e-4 for step in steps])
    errors = np.sqrt(np.diag(np.linalg.inv(hessian)))[:3]
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(errors, rel=0.02)


def test_finds_the_slopes_that_the_ends_of_the_scale_hide() -> None:
    y, columns = made(4000)
    assert (y == 10).mean() > 0.15
    flat = least_squares(y, columns, names=["a", "b"]).effect("a")
    fit = bounded(y, columns, scale=TEN, names=["a", "b"])
    assert flat.interval.high < 0.85, "least squares misses the planted 0.9"
    assert 0.9 in fit.effect("a").interval
    assert -1.5 in fit.effect("b").interval
    assert fit.spread == pytest.approx(1, abs=0.05)


def test_coverage_is_nominal() -> None:
    inside = 0
    for seed in range(200):
        y, columns = made(150, seed)
        inside += 0.9 in bounded(y, columns, scale=TEN, names=["a", "b"]).effect("a").interval
    assert 182 <= inside <= 197  # 95 % of 200, three standard errors to each side


def test_clusters_of_copies_give_the_errors_of_the_originals() -> None:
    y, columns = made(200)
    once = bounded(y, columns, scale=TEN, clusters=np.arange(200))
    twice = bounded(
        np.repeat(y, 2), np.repeat(columns, 2, axis=0), scale=TEN,
        clusters=np.repeat(np.arange(200), 2),
    )  # fmt: skip
    assert twice.covariance == pytest.approx(once.covariance, rel=1e-5)
    assert twice.df == 199


def test_units_of_a_column_do_not_matter() -> None:
    y, columns = made(200)
    first = bounded(y, columns, scale=TEN)
    second = bounded(y, columns * [1e6, 1e-3] + [0, 7], scale=TEN)
    assert second.coefficients[1:] * [1e6, 1e-3] == pytest.approx(first.coefficients[1:])


def test_refuses() -> None:
    with pytest.raises(UsageError, match="no point of the scale"):
        bounded([1, 2, 11, 4], [1, 3, 2, 4], scale=TEN)
    with pytest.raises(DataError, match="tell the ratings apart perfectly"):
        bounded([0, 0, 0, 10, 10, 10], [1, 2, 3, 7, 8, 9], scale=TEN)
