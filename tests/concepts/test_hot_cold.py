"""Hot and cold: by the delay of the answer, never added up, with the right test."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

import cxmetrics as cx
from cxmetrics.concepts.catalogue.timing import hot_cold
from cxmetrics.datasets import company
from cxmetrics.errors import ColumnError, DataError, UsageError

START = datetime(2026, 3, 1, 9, tzinfo=UTC)


def answers(*given):
    """Rows of (hours, rating, customer)."""
    return {
        "happened_at": [START for _ in given],
        "answered_at": [None if h is None else START + timedelta(hours=h) for h, *_ in given],
        "rating": [one[1] for one in given],
        "customer": [one[2] if len(one) > 2 else str(i) for i, one in enumerate(given)],
    }


def test_the_limit_itself_is_hot_and_a_missing_time_is_neither():
    found = hot_cold(answers((48, 10), (48.001, 0), (1, 9), (90, 2), (None, 10)))
    assert (found.hot.n, found.cold.n) == (2, 2)
    assert (found.hot.value, found.cold.value) == (100, -100)
    assert "UNDATED" in [caution.code for caution in found.cautions]


def test_the_gap_is_that_of_the_metric_and_paired_for_the_same_customers():
    rng = np.random.default_rng(3)
    mood = rng.normal(0, 2, 60)
    hot = np.clip(np.rint(7 + mood + rng.normal(0, 1, 60)), 0, 10)
    cold = np.clip(np.rint(6 + mood + rng.normal(0, 1, 60)), 0, 10)
    data = answers(
        *((1, int(x), f"c{i}") for i, x in enumerate(hot)),
        *((99, int(x), f"c{i}") for i, x in enumerate(cold)),
    )
    options = {"metric": "mean_rating", "scale": cx.zero_to_ten}
    apart = hot_cold(data, **options)
    paired = hot_cold(data, **options, unit="customer")
    assert paired.gap.value == pytest.approx((cold - hot).mean())
    assert paired.gap.interval.method == "paired"
    assert paired.gap.interval.width < 0.7 * apart.gap.interval.width
    spread = (cold - hot).std(ddof=1) / np.sqrt(60)
    assert paired.gap.interval.width == pytest.approx(2 * 2.0009954 * spread, rel=1e-3)


def test_groups_are_told_apart_and_adjusted_together():
    rows = answers(*[(1, 10), (1, 9), (99, 8), (99, 5)] * 20, *[(2, 9), (98, 9)] * 20)
    rows["touchpoint"] = ["parcel"] * 80 + ["chat"] * 40
    found = hot_cold(rows, by="touchpoint")
    assert set(found.by_group) == {"parcel", "chat"}
    assert found.by_group["chat"].value == 0
    assert found.by_group["parcel"].p_adjusted == pytest.approx(
        2 * found.by_group["parcel"].p_value
    )


def test_at_equal_mix_who_answers_late_does_not_matter():
    # in each touchpoint hot equals cold, but the bad touchpoint answers late
    rows = answers(*[(1, 10)] * 80, *[(99, 10)] * 20, *[(1, 2)] * 20, *[(99, 2)] * 80)
    rows["touchpoint"] = ["parcel"] * 100 + ["chat"] * 100
    found = hot_cold(rows, mix="touchpoint")
    assert found.gap.value == pytest.approx(-120)
    assert found.at_equal_mix.value == pytest.approx(0)


def test_delays_are_classes_in_order():
    found = hot_cold(answers((0.5, 9), (3, 9), (30, 9), (60, 9), (200, 9), (2_000, 9)))
    assert list(found.delays) == [
        "up to 1 h", "1 h to 1 d", "1 d to 2 d", "2 d to 7 d", "7 d to 30 d", "over 30 d"
    ]  # fmt: skip
    json.dumps(found.to_dict(), allow_nan=False)


@pytest.mark.parametrize(
    ("change", "options", "error", "words"),
    [
        ({}, {"hot_max_delay": timedelta(0)}, UsageError, "above 0"),
        ({}, {"answered": "answerd_at"}, ColumnError, "did you mean 'answered_at'"),
        ({"answered_at": [START - timedelta(hours=1)] * 4}, {}, DataError, "before their event"),
        ({"answered_at": [START] * 4}, {}, DataError, "no cold answer"),
        ({"answered_at": ["2026-03-01"] * 4}, {}, ColumnError, "nothing is parsed in silence"),
    ],
)
def test_refused(change, options, error, words):
    data = {**answers((1, 9), (2, 9), (99, 9), (98, 9)), **change}
    with pytest.raises(error, match=words):
        hot_cold(data, **options)


def test_the_made_up_company_has_no_gap_at_equal_mix():
    """Delays are drawn apart from ratings there: the true gap is 0."""
    hits = 0
    for seed in range(20):
        shop = company(customers=1_500, seed=seed)
        answers_ = shop.table("responses", backend="pandas")
        hot = answers_[(answers_.question == "csat") & answers_.interaction.notna()]
        events = shop.table("interactions", backend="pandas").set_index("id")["at"]
        rows = hot.assign(happened_at=events.reindex(hot.interaction).to_numpy())
        found = hot_cold(pd.DataFrame(rows), metric="csat", mix="touchpoint", unit="customer")
        hits += 0 in found.at_equal_mix.interval
    assert hits >= 17
