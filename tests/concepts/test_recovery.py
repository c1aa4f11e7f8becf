"""Service recovery: satisfaction and outcomes apart, and the planted effect is found."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import cxmetrics as cx
from cxmetrics.concepts.catalogue.recovery import FATES, service_recovery
from cxmetrics.datasets import company
from cxmetrics.errors import DataError, ScaleError
from cxmetrics.stats.compare import newcombe


def rows(none, recovered, unrecovered, **more):
    sizes = [len(none), len(recovered), len(unrecovered)]
    return {
        "failed": np.repeat([0, 1, 1], sizes).tolist(),
        "recovered": np.repeat([0, 1, 0], sizes).tolist(),
        "rating": [*none, *recovered, *unrecovered],
        **more,
    }


def test_groups_are_scored_by_the_metric():
    found = service_recovery(rows([9, 8, 3] * 20, [10] * 30 + [8] * 10, [2] * 20 + [9] * 5))
    assert [found.scores[fate].n for fate in FATES] == [60, 40, 25]
    assert found.scores["recovered"].value == cx.nps([10] * 30 + [8] * 10).value
    assert found.rate.value == pytest.approx(100 * 40 / 65)
    assert found.paradox


def test_where_low_is_good_less_is_better():
    rows = {
        "failed": [0] * 60 + [1] * 60,
        "recovered": [0] * 60 + [1] * 40 + [0] * 20,
        "rating": [3, 2, 4] * 20 + [1, 2] * 20 + [5, 4] * 10,
    }
    found = service_recovery(rows, metric="ces1")
    assert next(iter(found.scores.values())).metric.direction == "lower"
    assert found.gaps[0].value < 0
    assert found.paradox
    rows["rating"] = [6 - rating for rating in rows["rating"]]
    assert not service_recovery(rows, metric="ces1").paradox


def test_no_paradox_is_claimed_of_chance():
    found = service_recovery(rows([9, 8, 3] * 20, [10, 9, 8], [2, 3]))
    assert found.gaps[0].value > 0
    assert not found.paradox


def test_outcomes_are_told_apart_from_satisfaction():
    data = rows([9, 5] * 50, [9] * 40 + [10] * 20, [3] * 40)
    data["bought"] = [1, 0] * 50 + [1] * 20 + [0] * 40 + [0] * 40
    data["revenue"] = list(np.linspace(10, 90, 200))
    found = service_recovery(data, outcomes=["bought", "revenue"])
    assert found.paradox
    bought, revenue = found.outcomes
    assert bought.gap.value == pytest.approx(100 * (20 / 60 - 0.5))
    low, high = newcombe(20, 60, 50, 100)
    assert bought.gap.interval.low == pytest.approx(100 * low)
    assert bought.gap.interval.high == pytest.approx(100 * high)
    assert revenue.gap.interval.method == "welch"
    json.dumps(found.to_dict(), allow_nan=False)


def test_unknown_fates_are_counted_and_in_no_group():
    data = rows([9] * 10, [8] * 10, [3] * 10)
    data["recovered"][-1] = None
    data["failed"][0] = None
    found = service_recovery(data)
    assert [score.n for score in found.scores.values()] == [9, 10, 9]
    assert found.cautions[0].code == "INCOMPLETE_ROWS"


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"failed": [0] * 6}, DataError, "something went wrong"),
        ({"recovered": [None] * 6}, DataError, "put right"),
        ({"failed": [2] * 6}, ScaleError, "no point"),
    ],
)
def test_refused(change, error, words):
    with pytest.raises(error, match=words):
        service_recovery({**rows([9, 9], [8, 8], [3, 3]), **change})


def remembered(shop):
    """One row an answer to the recommendation question, with what befell the journey before it."""
    answers = shop.table("responses", backend="pandas")
    asked = answers[answers.question == "nps"].sort_values("asked_at")
    events = shop.table("interactions", backend="pandas")
    cases = events.groupby(["customer", "case"], as_index=False).agg(
        failed=("failure", "any"), recovered=("recovered", "any"), ended=("at", "max")
    )
    return pd.merge_asof(
        asked, cases.sort_values("ended"), left_on="asked_at", right_on="ended",
        by="customer", suffixes=("", "_of"),
    )  # fmt: skip


def test_the_planted_recovery_is_found():
    hits = total = 0
    for seed in range(15):
        shop = company(customers=2_000, seed=seed)
        found = service_recovery(remembered(shop), weight="weight")
        for fate, truth in shop.truth.nps_by_recovery.items():
            hits += truth in found.scores[fate].interval()
            total += 1
    assert hits >= 0.88 * total
