"""Logistic churn against statsmodels, its separation, calibration and concordance."""

from __future__ import annotations

import json

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics.datasets import company
from cxmetrics.errors import DataError
from cxmetrics.links import churn
from cxmetrics.stats.distributions import two_sided_z
from cxmetrics.stats.multiplicity import adjust

DICE = np.random.default_rng(0)
N = 800
SCORE, AGE = DICE.integers(0, 11, N), DICE.normal(45, 12, N)
LEFT = DICE.random(N) < 1 / (1 + np.exp(0.3 * SCORE + 0.02 * AGE - 1.5))
ROWS = {"score": SCORE, "age": AGE, "left": LEFT}


def test_estimates_are_statsmodels() -> None:
    found = churn(ROWS, left="left", by=["score", "age"])
    design = sm.add_constant(np.column_stack([SCORE, AGE]))
    oracle = sm.Logit(LEFT.astype(float), design).fit(disp=0, tol=1e-12)
    assert [found.intercept, *(c.value for c in found.values())] == pytest.approx(oracle.params)
    assert [c.standard_error for c in found.values()] == pytest.approx(oracle.bse[1:])
    assert [c.p_value for c in found.values()] == pytest.approx(oracle.pvalues[1:])
    ratios = np.exp(oracle.conf_int()[1:])
    assert [(c.interval.low, c.interval.high) for c in found.values()] == [
        pytest.approx(tuple(row)) for row in ratios
    ]
    assert (found.deviance, found.null_deviance) == pytest.approx(
        (-2 * oracle.llf, -2 * oracle.llnull)
    )
    assert found.p_value == pytest.approx(oracle.llr_pvalue)
    assert [c.p_adjusted for c in found.values()] == adjust([c.p_value for c in found.values()])
    chance = found.probability(score=3, age=40)
    assert chance == pytest.approx(oracle.predict([[1, 3, 40]])[0])


def test_concordance_is_that_of_all_pairs() -> None:
    found = churn(ROWS, left="left", by="score")
    gone, stayed = -SCORE[LEFT][:, None], -SCORE[~LEFT][None, :]
    pairs = (gone > stayed).mean() + (gone == stayed).mean() / 2
    assert found.concordance == pytest.approx(pairs)


def test_a_bent_relation_fits_poorly() -> None:
    score = np.repeat(np.arange(11), 200)
    left = np.concatenate(
        [
            np.arange(200) < 200 * p
            for p in [0.4, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.1, 0.2]
        ]
    )
    found = churn({"score": score, "left": left}, left="left", by="score")
    assert found.calibration_p < 0.001
    assert "POOR_FIT" in {caution.code for caution in found.cautions}
    straight = churn(ROWS, left="left", by="score")
    assert straight.calibration_p > 0.05
    assert not straight.cautions


def test_few_events_are_told() -> None:
    rows = {"s": [1, 2, 3, 4, 5] * 10, "left": [1, 0, 1, 0, 0] * 2 + [0] * 38 + [1, 0]}
    assert [c.code for c in churn(rows, left="left", by="s").cautions] == ["FEW_EVENTS"]


@pytest.mark.parametrize(
    ("score", "left"),
    [
        ([1, 2, 3, 8, 9, 10], [1, 1, 1, 0, 0, 0]),  # perfect
        ([1, 2, 5, 5, 9, 10], [1, 1, 1, 0, 0, 0]),  # quasi: all but the tie at 5
        ([0, 0, 0, 0, 1, 1], [1, 0, 1, 0, 0, 0]),  # nobody of one group left
        ([1, 2, 3, 8, 9, 10], [0, 0, 0, 1, 1, 1]),
    ],
)
def test_separation_is_refused_with_the_column(score, left) -> None:
    rows = {"score": score * 10, "other": [1, 2, 3] * 20, "left": left * 10}
    for by in ("score", ["other", "score"]):
        with pytest.raises(DataError, match="score tells perfectly"):
            churn(rows, left="left", by=by)


def test_a_strong_relation_is_no_separation() -> None:
    rows = {"s": [1] * 1000 + [10] * 1000, "left": [1] * 999 + [0] * 1000 + [1]}
    assert churn(rows, left="left", by="s")["s"].odds_ratio < 0.3


def test_far_columns_are_no_trouble() -> None:
    big = churn({**ROWS, "age": AGE * 1e6 + 1e8}, left="left", by=["score", "age"])
    small = churn(ROWS, left="left", by=["score", "age"])
    assert big["score"].value == pytest.approx(small["score"].value, rel=1e-6)
    assert big["age"].value * 1e6 == pytest.approx(small["age"].value, rel=1e-6)


@given(st.permutations(range(60)))
def test_the_order_of_rows_does_not_matter(order) -> None:
    cut = {name: np.asarray(column)[:60] for name, column in ROWS.items()}
    found = churn(cut, left="left", by="score")
    assert churn({k: v[list(order)] for k, v in cut.items()}, left="left", by="score") == found


def test_result_prints_and_serialises() -> None:
    found = churn(ROWS, left="left", by=["score", "age"], level=0.9)
    json.dumps(found.to_dict(), allow_nan=False)
    own = found["score"]
    z = two_sided_z(0.9)
    assert own.interval.low == pytest.approx(np.exp(own.value - z * own.standard_error))
    assert "odds ×" in str(found)
    assert "90 % interval" in str(found)


def test_the_generated_company_gives_back_what_was_planted() -> None:
    made = company(12_000, seed=2026)
    survey, facts = made.wide(), made.outcomes
    kinds = zip(facts["customer"], facts["kind"], facts["value"], strict=True)
    left = {customer: value for customer, kind, value in kinds if kind == "churn"}
    rows = {
        "recommend": survey["recommend"],
        "left": [left[customer] for customer in survey["customer"]],
    }
    found = churn(rows, left="left", by="recommend", level=0.99)["recommend"]
    planted = np.exp(made.truth.outcomes.churn_per_point)
    assert found.interval.low < planted < found.interval.high < 1
