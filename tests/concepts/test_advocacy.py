"""Advocacy: acts counted by hand, said against done, and planted repurchases."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from scipy import stats

from cxmetrics.concepts.catalogue.acts import advocacy
from cxmetrics.datasets import company
from cxmetrics.errors import ColumnError, DataError, ScaleError, UsageError
from cxmetrics.stats.compare import newcombe
from cxmetrics.stats.intervals.wilson import wilson


def made(n: int = 300) -> dict[str, Any]:
    dice = np.random.default_rng(6)
    intent = dice.integers(0, 11, n).astype(float)
    return {
        "review": (dice.random(n) < 0.1 + 0.04 * intent).astype(float),
        "referred": dice.poisson(0.08 * intent).astype(float),
        "warned": (dice.random(n) < 0.3 - 0.03 * intent).astype(float),
        "intent": intent,
        "shop": np.array(["x", "y"])[dice.integers(0, 2, n)],
    }


ACTS = ["review", "referred"]


def test_shares_and_number_by_hand() -> None:
    data = made()
    found = advocacy(data, acts=ACTS, negative=["warned"])
    number = data["review"] + data["referred"]
    assert list(found.acts) == ["review", "referred", "warned"]
    assert found.acts["referred"].value == pytest.approx(100 * (data["referred"] > 0).mean())
    assert found.overall.value == pytest.approx(100 * (number > 0).mean())
    low, high = wilson((number > 0).sum(), 300)
    assert found.overall.interval is not None
    assert found.overall.interval.low == pytest.approx(100 * low)
    assert found.overall.interval.high == pytest.approx(100 * high)
    t = stats.t.interval(0.95, 299, number.mean(), stats.sem(number))
    assert found.number.value == pytest.approx(number.mean())
    assert found.number.interval is not None
    assert [found.number.interval.low, found.number.interval.high] == pytest.approx(t)
    assert found.said == ()


def test_said_against_done() -> None:
    data = made()
    found = advocacy(data, acts=ACTS, negative=["warned"], intent="intent")
    acted = (data["review"] + data["referred"]) > 0
    top, low = data["intent"] >= 9, data["intent"] <= 6
    assert found.acted["promoters"].value == pytest.approx(100 * acted[top].mean())
    assert found.acted["passives"].n == (~top & ~low).sum()
    assert found.warned["detractors"].value == pytest.approx(100 * data["warned"][low].mean())
    ends = newcombe(acted[top].sum(), top.sum(), acted[low].sum(), low.sum())
    first, second = found.said
    assert first.name == "promoters minus detractors who acted"
    assert first.interval is not None
    assert [first.interval.low, first.interval.high] == pytest.approx([100 * e for e in ends])
    assert second.name == "detractors minus promoters who warned"
    assert second.value > 0
    raw = sorted(gap.p_value or 0 for gap in found.said)
    assert sorted(gap.p_adjusted or 0 for gap in found.said) == pytest.approx(
        [2 * raw[0], max(2 * raw[0], raw[1])]
    )
    json.dumps(found.to_dict(), allow_nan=False)


def test_an_unknown_act_is_not_an_act_that_was_not_done() -> None:
    data = {"a": [1, 0, None, 0], "b": [0, 0, 1, None], "intent": [10, None, 9, 3]}
    found = advocacy(data, acts=["a", "b"], intent="intent")
    assert found.acts["a"].n == 3
    assert found.overall.n == 2
    assert found.overall.value == 50
    assert found.incomplete == 2
    assert [c.code for c in found.cautions] == ["INCOMPLETE_ROWS", "SMALL_SAMPLE"]
    assert found.acted["promoters"].n == 1
    assert "detractors" not in found.acted
    assert found.said == ()


def test_number_of_acts_stays_possible() -> None:
    few = advocacy({"a": [0] * 9 + [1]}, acts=["a"]).number
    assert few.interval is not None
    assert few.interval.low == 0
    often = advocacy({"a": [0] * 9 + [3]}, acts=["a"]).number
    assert often.interval is not None
    assert often.interval.low == 0
    none = advocacy({"a": [0] * 10, "b": [0] * 10}, acts=["a", "b"]).number
    assert none.interval is not None
    assert none.interval.low == 0
    assert 0 < none.interval.high < 2


def test_groups_against_all_others() -> None:
    data = made()
    found = advocacy(data, acts=ACTS, by="shop")
    number = data["review"] + data["referred"]
    assert found.numbers["x"].value == pytest.approx(number[data["shop"] == "x"].mean())
    difference = found.groups["x"].value - found.groups["y"].value
    assert found.gaps[0].value == pytest.approx(difference)
    assert "x, at least one" in str(found)


@pytest.mark.parametrize(
    ("data", "options", "error", "words"),
    [
        ({"a": [1]}, {"acts": []}, UsageError, "no act is named"),
        ({"a": [1, 0.5]}, {"acts": ["a"]}, ColumnError, "holds 0.5 at index 1"),
        ({"a": [1, -1]}, {"acts": ["a"]}, ColumnError, "holds -1 at index 1"),
        ({"a": [None], "b": [1]}, {"acts": ["a", "b"]}, DataError, "of nobody"),
        ({"a": [1], "i": [11]}, {"acts": ["a"], "intent": "i"}, ScaleError, "no point"),
    ],
)
def test_errors_say_what_to_do(
    data: Any, options: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        advocacy(data, **options)


def test_planted_repurchases_are_recovered() -> None:
    """All customers, whose churn and repurchase are drawn from planted chances."""
    hits = 0
    for seed in range(20):
        shop = company(customers=300, seed=seed)
        kept = shop.outcomes["kind"] == "repurchase"
        found = advocacy({"again": shop.outcomes["value"][kept]}, acts=["again"])
        assert found.overall.interval is not None
        hits += 100 * shop.truth.outcomes.repurchase in found.overall.interval
    assert hits >= 17
