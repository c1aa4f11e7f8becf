"""Means by part against scipy's Welch and BCa; the scenario is arithmetic and says so."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxmetrics as cx
from cxmetrics.links import value_of_parts
from cxmetrics.stats.multiplicity import adjust

DICE = np.random.default_rng(0)
RATING = DICE.integers(0, 11, 400)
SPENT = np.exp(3 + RATING / 10 + DICE.normal(size=400))
ROWS = {"rating": RATING, "spent": SPENT}
PARTS = {
    "detractors": SPENT[RATING <= 6],
    "passives": SPENT[(RATING == 7) | (RATING == 8)],
    "promoters": SPENT[RATING >= 9],
}


def test_means_and_differences_are_scipys() -> None:
    found = value_of_parts(ROWS, rating="rating", outcome="spent")
    assert list(found) == list(PARTS)
    for name, own in PARTS.items():
        interval = stats.ttest_1samp(own, 0).confidence_interval()
        assert found[name].mean == pytest.approx(own.mean())
        assert found[name].total == pytest.approx(own.sum())
        assert (found[name].interval.low, found[name].interval.high) == pytest.approx(
            (interval.low, interval.high)
        )
    for pair in found.differences:
        test = stats.ttest_ind(PARTS[pair.first], PARTS[pair.second], equal_var=False)
        assert pair.p_value == pytest.approx(test.pvalue)
        interval = test.confidence_interval()
        assert (pair.interval.low, pair.interval.high) == pytest.approx(
            (interval.low, interval.high)
        )
    raw = [pair.p_value for pair in found.differences]
    assert [pair.p_adjusted for pair in found.differences] == adjust(raw, "holm")
    json.dumps(found.to_dict(), allow_nan=False)


def test_bca_is_longer_where_revenue_is() -> None:
    found = value_of_parts(ROWS, rating="rating", outcome="spent", method="bca")
    again = value_of_parts(ROWS, rating="rating", outcome="spent", method="bca")
    part = found["promoters"]
    assert found == again
    assert part.interval.method == "bca"
    assert part.interval.high - part.mean > part.mean - part.interval.low


def test_scenario_is_a_multiple_of_the_difference() -> None:
    found = value_of_parts(ROWS, rating="rating", outcome="spent")
    up = found.scenario(50, start="passives", end="promoters")
    gap = PARTS["promoters"].mean() - PARTS["passives"].mean()
    assert up.value == pytest.approx(50 * gap)
    assert up.interval.low < up.value < up.interval.high
    down = found.scenario(50, start="promoters", end="passives")
    assert (down.value, down.interval.low) == pytest.approx((-up.value, -up.interval.high))
    assert "A scenario, not an effect." in str(up)


def test_other_metrics_and_missing_codes() -> None:
    rows = {"stars": [5, 4, 99, 2, 1, 5, 2, None], "visits": [9, 8, 7, 3, 1, 7, 2, 5]}
    found = value_of_parts(rows, rating="stars", outcome="visits", metric=cx.csat, missing=[99])
    assert [part.n for part in found.values()] == [3, 0, 3]
    assert found["neutral"].mean is None
    assert {caution.code for caution in found.cautions} == {"INCOMPLETE_ROWS", "SMALL_SAMPLE"}
    assert "neutral –  (no interval; n = 0)" in str(found)


def test_frames() -> None:
    plain = value_of_parts(ROWS, rating="rating", outcome="spent")
    assert value_of_parts(pd.DataFrame(ROWS), rating="rating", outcome="spent") == plain
