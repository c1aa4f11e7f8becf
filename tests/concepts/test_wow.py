"""Wow: what counts, what it lifts, whether it is attractive, and planted surprises."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from scipy import stats

import cxmetrics as cx
from cxmetrics.concepts.catalogue.surprise import wow
from cxmetrics.datasets import company
from cxmetrics.errors import DataError, ScaleError, UsageError
from cxmetrics.items.contrasts import penalty_reward
from cxmetrics.stats.intervals.wilson import wilson


def made(n: int = 400, *, reward: float = 3.0, penalty: float = 1.0) -> dict[str, Any]:
    dice = np.random.default_rng(8)
    expected = dice.choice([1, 2, 3, 4, 5], n, p=[0.05, 0.1, 0.4, 0.3, 0.15]).astype(float)
    lift = reward * (expected == 5) - penalty * (expected <= 2)
    expected[::50] = np.nan
    return {
        "expected": expected,
        "recommend": np.clip(np.rint(6 + lift + dice.normal(size=n)), 0, 10),
        "shop": np.array(["x", "y"])[dice.integers(0, 2, n)],
    }


def test_every_answer_is_wow_kept_or_broken() -> None:
    data = made()
    found = wow(data, rating="expected", scale=cx.one_to_five)
    known = data["expected"][~np.isnan(data["expected"])]
    assert found.incomplete == 8
    assert [one.value for one in found.kinds.values()] == pytest.approx(
        [
            100 * (known == 5).mean(),
            100 * ((known == 3) | (known == 4)).mean(),
            100 * (known <= 2).mean(),
        ]
    )
    low, high = wilson((known == 5).sum(), len(known))
    assert found.overall.interval is not None
    assert found.overall.interval.low == pytest.approx(100 * low)
    assert found.overall.interval.high == pytest.approx(100 * high)
    strict = wow(data, rating="expected", top=[5], kept=[4])
    assert strict.kinds["broken"].value == pytest.approx(100 * (known <= 3).mean())


def test_a_top_rating_without_surprise_is_a_promise_kept() -> None:
    data: dict[str, Any] = {
        "rating": [10, 10, 9, 6, 10, None, 8],
        "told": [1, 0, 1, 0, None, 1, None],
    }
    found = wow(data, rating="rating", top=[10], kept=[7, 8, 9], surprise="told")
    assert found.overall.n == 4  # who skips the code, or the rating, does not count
    assert [one.value for one in found.kinds.values()] == [25, 50, 25]
    assert "told is yes" in found.rule
    coded = wow(data, surprise="told")
    assert coded.overall.value == pytest.approx(100 * 3 / 5)
    assert list(coded.kinds) == ["wow"]


def test_low_is_good_on_a_reverse_scale() -> None:
    scale = cx.Scale(1, 5, reverse=True)
    found = wow({"r": [1, 2, 3, 4, 5]}, rating="r", scale=scale)
    assert [one.value for one in found.kinds.values()] == [20, 40, 40]


def test_lift_is_welch_and_contrast_is_penalty_reward() -> None:
    data = made()
    found = wow(data, rating="expected", scale=cx.one_to_five, outcome="recommend")
    top = data["recommend"][data["expected"] == 5]
    kept = data["recommend"][np.isin(data["expected"], [3, 4])]
    welch = stats.ttest_ind(top, kept, equal_var=False)
    assert found.lift is not None
    assert found.lift.value == pytest.approx(top.mean() - kept.mean())
    assert found.lift.p_value == pytest.approx(welch.pvalue)
    oracle = penalty_reward(data, outcome="recommend", items=["expected"], low={1, 2}, high={5})[
        "expected"
    ]
    assert found.contrast is not None
    assert found.contrast.reward.value == pytest.approx(oracle.reward.value)
    assert found.contrast.contrast.interval.low == pytest.approx(oracle.contrast.interval.low)
    assert found.attractive
    assert "an attractive attribute" in str(found)


def test_the_good_end_of_satisfaction_is_not_called_attractive() -> None:
    even = made(reward=2.0, penalty=2.0)
    found = wow(even, rating="expected", scale=cx.one_to_five, outcome="recommend")
    assert found.attractive is False
    assert "good end of satisfaction" in str(found)
    basic = made(reward=0.5, penalty=3.0)
    found = wow(basic, rating="expected", scale=cx.one_to_five, outcome="recommend")
    assert found.contrast is not None
    assert found.contrast.role == "basic"
    lucky = {"expected": [5, 5, 4, 4, 3], "recommend": [10, 9, 8, 8, 7]}
    found = wow(lucky, rating="expected", scale=cx.one_to_five, outcome="recommend")
    assert found.contrast is None
    assert found.attractive is None
    assert found.lift is not None
    json.dumps(found.to_dict(), allow_nan=False)


def test_groups_against_all_others() -> None:
    data = made()
    found = wow(data, rating="expected", scale=cx.one_to_five, by="shop")
    assert list(found.groups) == ["x", "y"]
    assert found.gaps[0].value == pytest.approx(found.groups["x"].value - found.groups["y"].value)
    assert found.gaps[0].value == pytest.approx(-found.gaps[1].value)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({}, UsageError, "say rating="),
        ({"rating": "expected"}, UsageError, "which ratings are a wow"),
        ({"surprise": "expected"}, ScaleError, "no point"),
        ({"surprise": "none"}, DataError, "nobody answered"),
    ],
)
def test_errors_say_what_to_do(options: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        wow({**made(), "none": [None] * 400}, **options)


def test_planted_surprises_are_recovered() -> None:
    shares = lifts = 0
    for seed in range(20):
        shop = company(customers=300, seed=seed)
        lived = dict(shop.interactions)
        lived["surprised"] = np.array([which is not None for which in lived["wow"]])
        for planted in shop.truth.wows:
            found = wow(
                lived,
                surprise="surprised",
                outcome="felt",
                unit="customer",
                where={"touchpoint": planted.touchpoint, "failure": False},
            )
            assert found.overall.interval is not None
            shares += 100 * planted.incidence in found.overall.interval
            if found.lift is not None and found.lift.interval is not None:
                lifts += planted.lift in found.lift.interval
    assert shares >= 53  # of 60
    assert lifts >= 52
