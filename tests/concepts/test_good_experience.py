"""The share with a good experience: the rule, the rest of it, the airport, and planted truth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import cxmetrics as cx
from cxmetrics.concepts.catalogue.good_experience import good_experience
from cxmetrics.datasets import company
from cxmetrics.errors import DataError, UsageError

MADE: dict[str, Any] = {
    "easy": [5, 4, 2, 5, 1, 4],
    "warm": [4, 2, 5, None, 2, 4],
    "quick": [5, 5, 4, 5, 1, 3],
    "shop": ["x", "x", "y", "y", "y", "x"],
}
ITEMS = ["easy", "warm", "quick"]


@pytest.mark.parametrize(("need", "hits"), [("all", 1), ("most", 4), ("any", 4)])
def test_the_rule_decides(need: Any, hits: int) -> None:
    found = good_experience(MADE, items=ITEMS, at_least=4, need=need)
    assert found.overall.value == pytest.approx(100 * hits / 5)
    assert found.incomplete == 1
    boxes = good_experience(MADE, items=ITEMS, good=[4, 5], need=need)
    assert boxes.overall == found.overall
    assert "in {4, 5}" in boxes.rule


def test_half_is_not_most() -> None:
    data = {"a": [5, 5, 1, 5], "b": [5, 1, 1, 5]}
    found = good_experience(data, items=["a", "b"], at_least=4, need="most")
    assert found.overall.value == 50


def test_share_and_groups_are_those_of_top_box() -> None:
    found = good_experience(MADE, items=["easy"], scale=cx.one_to_five, at_least=4, by="shop")
    oracle = cx.top_box(2)(MADE, rating="easy", by="shop")
    values = {group: one.value for group, one in found.groups.items()}
    assert values == pytest.approx({group: score.value for group, score in oracle.items()})
    own, same = found.overall.interval, oracle.overall.interval()
    assert own is not None
    assert [own.low, own.high] == pytest.approx([same.low, same.high])
    rest = oracle.against_rest()
    assert [gap.value for gap in found.gaps] == pytest.approx([pair.value for pair in rest])
    p_values = [pair.p_value for pair in rest]
    assert [gap.p_adjusted for gap in found.gaps] == pytest.approx(p_values)
    json.dumps(found.to_dict(), allow_nan=False)
    assert "+66.7 pts" in str(found)


def test_nobody_and_everybody_have_an_interval() -> None:
    for rating, end in ((5, 100.0), (1, 0.0)):
        own = good_experience({"r": [rating] * 12}, items=["r"], at_least=4).overall
        assert own.value == end
        assert own.interval is not None
        assert own.interval.width > 20


def test_several_answers_of_one_respondent_are_less_evidence() -> None:
    dice = np.random.default_rng(2)
    who = np.repeat(np.arange(40), 5)
    rating = np.where(dice.normal(size=40) > 0, 5, 2)[who]
    data = {"rating": rating, "who": who}
    plain = good_experience(data, items=["rating"], at_least=4).overall
    units = good_experience(data, items=["rating"], at_least=4, unit="who").overall
    assert plain.interval is not None
    assert units.interval is not None
    assert units.value == plain.value
    assert units.interval.width > 1.8 * plain.interval.width


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({}, UsageError, "say what is good"),
        ({"at_least": 4, "good": [5]}, UsageError, "one of the two"),
        ({"at_least": 4, "need": "some"}, UsageError, "no need='some'"),
        ({"at_least": 2, "scale": cx.Scale(1, 5, reverse=True)}, UsageError, "low rating is good"),
        ({"at_least": 4, "where": {"shop": "z"}}, DataError, "no row"),
    ],
)
def test_errors_say_what_to_do(options: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        good_experience(MADE, items=ITEMS, **options)
    with pytest.raises(DataError, match="'warm' is missing most often"):
        good_experience({"easy": [1, 2], "warm": [None, None]}, items=["easy", "warm"], at_least=4)


def test_the_airport_by_boarding_area(shared: Path) -> None:
    sfo = pd.read_csv(shared / "data" / "sfo" / "sfo_2017_2018_tidy.csv")
    asked: dict[str, Any] = {"items": ["airport_overall"], "scale": cx.one_to_five, "at_least": 4}
    found = good_experience(sfo, by="boarding_area", weight="weight", **asked)
    known = sfo.dropna(subset=["airport_overall"])
    good = known.airport_overall >= 4
    assert found.overall.value == pytest.approx(100 * np.average(good, weights=known.weight))
    assert list(found.groups) == list("ABCDEFG")
    assert found.overall.n == len(known) == 5313
    assert found.overall.interval is not None
    assert 2 < found.overall.interval.width < 3
    assert not [gap for gap in found.gaps if gap.significant]  # no area stands out, after Holm
    plain = good_experience(sfo, by="boarding_area", **asked)
    assert plain.overall.value == pytest.approx(100 * good.mean())


def test_planted_satisfaction_is_recovered() -> None:
    hits = cells = 0
    for seed in range(20):
        shop = company(customers=300, seed=seed)
        found = good_experience(
            dict(shop.responses),
            items=["rating"],
            scale=cx.one_to_five,
            at_least=4,
            by="touchpoint",
            weight="weight",
            unit="customer",
            where={"question": "csat"},
        )
        for touchpoint, true in shop.truth.csat_by_touchpoint.items():
            one = found.groups.get(touchpoint)
            if one is not None and one.interval is not None:
                cells += 1
                hits += 100 * true in one.interval
    assert cells > 200
    assert 0.92 < hits / cells < 0.99
