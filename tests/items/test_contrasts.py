"""Penalty-reward contrasts: against statsmodels, roles, weights."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from cxmetrics.errors import DataError
from cxmetrics.items import penalty_reward


def survey(n: int = 900, *, seed: int = 2) -> pd.DataFrame:
    """Return an attribute that only hurts, one that only helps, and one that does both."""
    dice = np.random.default_rng(seed)
    frame = pd.DataFrame({name: dice.integers(1, 6, n) for name in ("base", "wow", "both")})
    frame["y"] = (
        6
        - 2.0 * (frame.base <= 2)
        + 2.0 * (frame.wow == 5)
        + 1.0 * ((frame.both == 5).astype(int) - (frame.both <= 2))
        + dice.normal(size=n)
    )
    frame["w"] = dice.choice([0.5, 1.0, 3.0], n)
    return frame


def fitted(frame: pd.DataFrame, weight: Any = 1.0) -> Any:
    dummies = {}
    for name in ("base", "wow", "both"):
        dummies[f"{name} low"] = frame[name].isin([1, 2]).astype(float)
        dummies[f"{name} high"] = (frame[name] == 5).astype(float)
    return sm.WLS(frame["y"], sm.add_constant(pd.DataFrame(dummies)), weights=weight).fit()


OPTIONS: dict[str, Any] = {
    "outcome": "y",
    "items": ["base", "wow", "both"],
    "low": {1, 2},
    "high": {5},
}


def test_effects_are_those_of_least_squares() -> None:
    frame = survey()
    found, theirs = penalty_reward(frame, **OPTIONS), fitted(frame)
    limits = theirs.conf_int()
    for name, contrast in found.items():
        for what, effect in (("low", contrast.penalty), ("high", contrast.reward)):
            key = f"{name} {what}"
            assert effect.value == pytest.approx(theirs.params[key])
            assert effect.standard_error == pytest.approx(theirs.bse[key])
            assert effect.p_value == pytest.approx(theirs.pvalues[key], abs=1e-12)
            assert [effect.interval.low, effect.interval.high] == pytest.approx(limits.loc[key])
        test = theirs.t_test([-float(k.startswith(f"{name} ")) for k in theirs.params.index])
        assert contrast.contrast.standard_error == pytest.approx(float(test.sd[0, 0]))
        assert contrast.contrast.p_value == pytest.approx(float(test.pvalue), abs=1e-12)
    assert found.r2 == pytest.approx(theirs.rsquared)
    assert {name: contrast.role for name, contrast in found.items()} == {
        "base": "basic",
        "wow": "excitement",
        "both": "performance",
    }
    assert found["base"].asymmetry < -0.8
    assert found["wow"].asymmetry > 0.8


def test_weights_move_the_effects_and_robust_errors_follow() -> None:
    frame = survey(3000)
    found = penalty_reward(frame, weight="w", **OPTIONS)
    theirs = fitted(frame, frame["w"])
    robust = theirs.get_robustcov_results("HC1")
    errors = dict(zip(theirs.params.index, robust.bse, strict=True))
    for name, contrast in found.items():
        assert contrast.penalty.value == pytest.approx(theirs.params[f"{name} low"])
        assert contrast.penalty.standard_error == pytest.approx(errors[f"{name} low"], rel=0.12)
        assert contrast.penalty.n == int((frame[name] <= 2).sum())


def test_respondents_without_an_answer_may_be_drawn() -> None:
    rows = {
        "who": list(range(14)) + list(range(14)),
        "base": [1, 3, 5, 3, *[None] * 10] * 2,
        "y": [2, 5, 9, 8, *([None] * 10), 1, 6, 8, 7, *([None] * 10)],
    }
    found = penalty_reward(rows, outcome="y", items=["base"], low=[1], high=[5], unit="who")
    assert found["base"].penalty.interval.width > 0


def test_single_respondents_make_no_interval_without_width() -> None:
    rows = {"who": [1, 2, 3, 4], "base": [1, 3, 5, 5], "y": [2, 5, 9, 6]}
    asked: dict[str, Any] = {"outcome": "y", "items": ["base"], "low": [1], "high": [5]}
    with pytest.raises(DataError, match="nothing is left to judge effects by"):
        penalty_reward(rows, unit="who", **asked)
    exact = {"base": [1, 1, 3, 3, 5, 5], "y": [2, 2, 5, 5, 9, 9]}
    with pytest.raises(DataError, match="nothing is left to judge effects by"):
        penalty_reward(exact, **asked)


def test_missing_codes_and_gaps_leave_rows_out() -> None:
    frame = survey()
    coded = frame.astype({"base": float})
    coded.loc[::9, "base"] = 99
    coded.loc[1::50, "y"] = np.nan
    kept = coded[(coded["base"] != 99) & coded["y"].notna()]
    found = penalty_reward(coded, missing=[99], **OPTIONS)
    assert found.n == len(kept)
    assert found["wow"].reward.value == pytest.approx(fitted(kept).params["wow high"])
    assert [caution.code for caution in found.cautions] == ["INCOMPLETE_ROWS"]
    json.dumps(found.to_dict(), allow_nan=False)
    assert found._repr_html_().count("<tr>") == 4
