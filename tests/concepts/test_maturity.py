"""Maturity: stages by cut-points, several assessors, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics.concepts.catalogue.maturity_model import maturity
from cxmetrics.errors import DataError, ScaleError, UsageError

CUTS = [1.5, 2.5, 3.2, 4, 4.6]
FAMILIES = {"leadership": ["a", "b"], "employees": ["c"], "brand": ["d"], "customers": ["e"]}


def rows(*assessors):
    return {
        name: list(column)
        for name, column in zip("abcde", zip(*assessors, strict=True), strict=True)
    }


def test_scores_stage_and_weakest_by_hand():
    found = maturity(rows((4, 2, 2, 5, 4)), competencies=FAMILIES, cutpoints=CUTS)
    assert [one.score.value for one in found.competencies] == [3, 2, 5, 4]
    assert found.total.score.value == 3.5
    assert found.stage == 4
    assert found.weakest.name == "employees"
    assert (
        maturity(rows((4, 2, 2, 5, 4)), competencies=FAMILIES, cutpoints=CUTS, rule="weakest").stage
        == 2
    )
    assert [caution.code for caution in found.cautions] == ["NO_INTERVAL"]
    assert found.total.score.interval is None


def test_assessors_are_placed_by_the_rule():
    rated = {"vision": [1, 5], "trust": [5, 5]}
    families = {"leadership": ["vision"], "employees": ["trust"]}
    by = {
        rule: maturity(rated, competencies=families, cutpoints=CUTS, rule=rule).by_assessor
        for rule in ("total", "weakest")
    }
    assert by == {"total": {"1": 3, "2": 6}, "weakest": {"1": 1, "2": 6}}


def test_a_cut_point_that_is_met_is_reached():
    found = maturity(rows((4, 4, 4, 4, 4)), competencies=FAMILIES, cutpoints=CUTS)
    assert found.stage == 5
    assert all(one.stage == 5 for one in found.competencies)


def test_assessors_who_do_not_agree_are_not_one_number():
    data = rows((1, 1, 1, 1, 2), (5, 5, 5, 5, 5), (3, 3, 3, 3, 3)) | {"who": ["Ann", "Bo", "Cy"]}
    found = maturity(data, competencies=FAMILIES, cutpoints=CUTS, assessor="who")
    assert dict(found.by_assessor) == {"Ann": 1, "Bo": 6, "Cy": 3}
    assert (found.total.lowest, found.total.highest) == (1.25, 5)
    assert [caution.code for caution in found.cautions] == ["DISAGREEMENT"]
    assert found.total.agreement == 0
    same = maturity(rows(*[(3, 3, 3, 3, 3)] * 3), competencies=FAMILIES, cutpoints=CUTS)
    assert same.total.agreement == 1
    assert same.total.score.interval.width > 0  # three of one mind are no proof


def test_agreement_is_the_formula_of_its_source():
    data = rows((1, 1, 2, 3, 4), (3, 3, 4, 3, 2), (2, 2, 5, 3, 2))
    found = maturity(data, competencies=FAMILIES, cutpoints=CUTS)
    assert found.competencies[0].agreement == pytest.approx(1 - np.var([1, 3, 2], ddof=1) / 2)


def test_missing_items_are_left_out_and_counted():
    data = rows((4, None, 3, 3, 3), (4, 2, 3, 3, 3))
    strict = maturity(data, competencies=FAMILIES, cutpoints=CUTS)
    assert strict.total.score.n == 1
    assert "INCOMPLETE_ROWS" in [caution.code for caution in strict.cautions]
    loose = maturity(data, competencies=FAMILIES, cutpoints=CUTS, least=1)
    assert loose.competencies[0].highest == 4
    assert loose.competencies[0].lowest == 3


def test_the_radar_and_the_json_hold_the_same():
    found = maturity(rows((4, 2, 2, 5, 4), (4, 4, 3, 5, 4)), competencies=FAMILIES, cutpoints=CUTS)
    assert [spoke["competency"] for spoke in found.radar()] == list(FAMILIES)
    told = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert told["stage"] == found.stage
    assert [one["lowest"] for one in told["competencies"]] == [s["lowest"] for s in found.radar()]


@given(st.lists(st.tuples(*[st.integers(1, 5)] * 5), min_size=2, max_size=6))
def test_better_ratings_never_lower_the_stage(assessors):
    before = maturity(rows(*assessors), competencies=FAMILIES, cutpoints=CUTS)
    better = [tuple(min(5, x + 1) for x in one) for one in assessors]
    after = maturity(rows(*better), competencies=FAMILIES, cutpoints=CUTS)
    assert after.stage >= before.stage
    again = maturity(rows(*reversed(assessors)), competencies=FAMILIES, cutpoints=CUTS)
    assert again.total.score.value == pytest.approx(before.total.score.value)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"cutpoints": [2, 3]}, UsageError, "6 stages have 5 cut-points"),
        ({"cutpoints": [2, 2, 3, 4, 5]}, UsageError, "ascend"),
        ({"cutpoints": [1, 2, 3, 4, 5]}, UsageError, "above 1"),
        ({"competencies": {}}, UsageError, "no family"),
        ({"competencies": {"x": "a"}}, UsageError, "in a list"),
        ({"assessor": "who"}, DataError, "'Ann' is there twice"),
    ],
)
def test_refused(change, error, words):
    data = rows((1, 2, 3, 4, 5), (1, 2, 3, 4, 5)) | {"who": ["Ann", "Ann"]}
    with pytest.raises(error, match=words):
        maturity(data, **{"competencies": FAMILIES, "cutpoints": CUTS, **change})


def test_off_scale_and_nobody():
    with pytest.raises(ScaleError):
        maturity(rows((7, 1, 1, 1, 1)), competencies=FAMILIES, cutpoints=CUTS)
    with pytest.raises(DataError, match="no assessor"):
        maturity(rows((None, 1, 1, 1, 1)), competencies=FAMILIES, cutpoints=CUTS)
