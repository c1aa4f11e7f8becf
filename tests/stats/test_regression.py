"""Least squares against statsmodels (tests only), and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm

from cxmetrics.errors import DataError, UsageError
from cxmetrics.stats.regression import least_squares


def made(n: int = 120) -> dict[str, Any]:
    rng = np.random.default_rng(1)
    columns = np.array([5, 1e4, 0]) + rng.normal(size=(n, 3))
    columns[:, 2] += columns[:, 0]
    outcome = columns @ [1, 0.002, 0.3] + rng.normal(size=n) * (1 + abs(columns[:, 0] - 5))
    return {
        "y": outcome,
        "X": columns,
        "weights": rng.uniform(0.2, 3, n),
        "clusters": rng.integers(0, 15, n),
    }


@pytest.mark.parametrize(
    ("used", "options", "covariance"),
    [
        ((), {}, {}),
        ((), {"errors": "robust"}, {"cov_type": "HC3", "use_t": True}),
        (("weights",), {}, {"cov_type": "HC3", "use_t": True}),
        (("clusters",), {}, {"cov_type": "cluster", "use_t": True}),
        (("weights", "clusters"), {}, {"cov_type": "cluster", "use_t": True}),
    ],
)
def test_agrees_with_statsmodels(
    used: tuple[str, ...], options: dict[str, Any], covariance: dict[str, Any]
) -> None:
    data = made()
    mine = least_squares(data["y"], data["X"], **{name: data[name] for name in used}, **options)
    design = sm.add_constant(data["X"])
    if "clusters" in used:
        covariance = {**covariance, "cov_kwds": {"groups": data["clusters"]}}
    if "weights" in used:
        theirs = sm.WLS(data["y"], design, weights=data["weights"]).fit(**covariance)
    else:
        theirs = sm.OLS(data["y"], design).fit(**covariance)
    assert mine.coefficients == pytest.approx(theirs.params, rel=1e-8)
    assert mine.standard_errors == pytest.approx(theirs.bse, rel=1e-6)
    assert mine.r2 == pytest.approx(theirs.rsquared)
    effect = mine.effect("x1")
    assert effect.p_value == pytest.approx(theirs.pvalues[1])
    low, high = theirs.conf_int()[1]
    assert (effect.interval.low, effect.interval.high) == pytest.approx((low, high))
    contrast = theirs.t_test([0, 1, 0, -1])
    assert mine.effect([0, 1, 0, -1]).standard_error == pytest.approx(float(contrast.sd[0, 0]))


def test_shares_sum_to_r2_and_do_not_depend_on_units() -> None:
    data = made()
    first = least_squares(data["y"], data["X"])
    second = least_squares(-7 * data["y"] + 3, data["X"] * [1e-6, 10, -1])
    assert first.shares.sum() == pytest.approx(first.r2)
    assert second.shares == pytest.approx(first.shares)


@pytest.mark.parametrize(
    ("y", "columns", "options", "error", "words"),
    [
        ([1, 2, 3], [[1, 2], [2, 4], [3, 7]], {}, DataError, "3 rows for 3 coefficients"),
        ([1, 2, 3, 5, 4], [1, 1, 1, 1, 1], {"names": ["touch"]}, DataError, "touch has no var"),
        ([2, 2, 2, 2], [1, 2, 3, 5], {}, DataError, "the outcome has no variance"),
        ([1, 2, 4, 3, 1], [[k, 2 * k] for k in range(5)], {}, DataError, "'x1' and 'x2' say the"),
        ([1, 2, 3, 4], [3, 5, 7, 9], {"names": ["touch"]}, DataError, "touch tell the outcome ex"),
        ([1, 2, np.nan, 3], [1, 2, 3, 4], {}, DataError, "the outcome is missing .* index 2"),
        ([1, 2, 4, 3], [1, 2, 3, 4], {"weights": [1, 0, 1, 1]}, DataError, "not above 0"),
        ([1, 2, 4, 3], [1, 2, 3, 4], {"clusters": [1, 1, 1, 1]}, DataError, "one cluster"),
        ([1, 2, 4, 3], [1, 2, 3], {}, UsageError, "shape"),
        ([1, 2, 4, 3], [1, 2, 3, 4], {"errors": "cluster"}, UsageError, "needs clusters"),
        ([1, 2, 4, 3], [1, 2, 3, 4], {"errors": "clasic"}, UsageError, "did you mean 'classic'"),
    ],
)
def test_refuses(y: Any, columns: Any, options: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        least_squares(y, columns, **options)


def test_unknown_column_says_the_close_one() -> None:
    found = least_squares([1, 2, 4, 3], [1, 2, 3, 4], names=["peak"])
    with pytest.raises(UsageError, match="did you mean 'peak'"):
        found.effect("peek")
