"""Kano: the table, coefficients, the test of the category."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from scipy import stats

import cxmetrics as cx
from cxmetrics.items import kano
from cxmetrics.items.kano_model import KanoAttribute


def attribute(n: int = 200, **shares: float) -> KanoAttribute:
    whole: Any = {"M": 0.0, "O": 0.0, "A": 0.0, "I": 0.0, "R": 0.0, "Q": 0.0, **shares}
    return KanoAttribute(name="x", shares=whole, n=n, n_effective=float(n), missing=0)


def test_every_pair_of_answers_goes_where_the_table_says() -> None:
    expected = ["QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ"]
    for with_it in range(1, 6):
        for without in range(1, 6):
            found = kano({"f": [with_it], "d": [without]}, attributes={"x": ("f", "d")})
            assert found["x"].category == expected[with_it - 1][without - 1]


def test_better_worse_and_strength() -> None:
    found = attribute(A=0.3, O=0.2, M=0.1, I=0.2, R=0.1, Q=0.1)
    assert found.better == pytest.approx(0.5 / 0.8)
    assert found.worse == pytest.approx(-0.3 / 0.8)
    assert found.total_strength == pytest.approx(0.6)
    assert found.strength == pytest.approx(0.1)
    yes = cx.top_box(1, scale=cx.yes_no)(cx.Tally.of(cx.yes_no, [60, 100]))
    wilson = yes.interval(method="wilson")
    assert found.better_interval is not None
    assert found.worse_interval is not None
    assert found.better_interval.low == pytest.approx(wilson.low / 100)
    assert found.better_interval.high == pytest.approx(wilson.high / 100)
    assert -1 <= found.worse_interval.low < found.worse < found.worse_interval.high <= 0  # type: ignore[operator]
    only = attribute(R=0.5, Q=0.5)
    assert (only.better, only.worse) == (None, None)
    json.dumps(only.to_dict(), allow_nan=False)


@pytest.mark.parametrize(("tied", "first"), [("MOAI", "M"), ("OAI", "O"), ("AI", "A")])
def test_ties_go_to_what_is_taken_for_granted(tied: str, first: str) -> None:
    found = attribute(**dict.fromkeys(tied, 1 / len(tied)))
    assert found.category == first
    assert found.ambiguous
    assert found.p_value == 1


def test_the_test_rejects_as_often_as_it_says_and_fongs_does_not() -> None:
    dice = np.random.default_rng(4)
    drawn = dice.multinomial(100, [0.4, 0.4, 0.2], size=2000) / 100
    found = [attribute(100, A=a, O=o, I=i) for a, o, i in drawn.tolist()]
    assert np.mean([one.p_value < 0.05 for one in found]) == pytest.approx(0.05, abs=0.015)
    assert np.mean([one.fong_p_value < 0.05 for one in found]) > 0.1
    sure = attribute(100, A=0.5, O=0.3, I=0.2)
    exact = stats.binomtest(50, 80).pvalue
    assert sure.p_value == pytest.approx(exact, abs=0.02)


def test_weights_texts_and_missing_answers() -> None:
    words = ["like", "must", "neutral", "live", "dislike"]
    rows = {
        "f": ["like", "must", "like", None, "n/a", "like"],
        "d": ["dislike", "dislike", "live", "like", "live", ""],
        "w": [1.0, 2.0, 1.0, 5.0, 5.0, 5.0],
    }
    found = kano(rows, attributes={"x": ("f", "d")}, answers=words, weight="w", missing=["n/a"])[
        "x"
    ]
    assert (found.n, found.missing) == (3, 3)
    assert found.shares["M"] == pytest.approx(0.5)
    assert found.category == "M"
    assert found.n_effective == pytest.approx(16 / 6)
    assert {caution.code for caution in found.cautions} == {"SMALL_SAMPLE", "AMBIGUOUS_CATEGORY"}


def test_several_attributes_print_in_order() -> None:
    dice = np.random.default_rng(1)
    rows = {name: dice.integers(1, 6, 80) for name in ("f1", "d1", "f2", "d2")}
    found = kano(rows, attributes={"wifi": ("f1", "d1"), "seats": ("f2", "d2")})
    assert list(found) == ["wifi", "seats"]
    assert "wifi" in str(found).splitlines()[1]
    assert found._repr_html_().count("<tr>") == 3
    assert found == kano(rows, attributes={"wifi": ("f1", "d1"), "seats": ("f2", "d2")})
