"""Boxes of a scale of five are refused on any other, where they would count the wrong ratings."""

from __future__ import annotations

import pytest

import cxmetrics as cx
from cxmetrics.errors import UsageError
from cxmetrics.scale import Scale

SEVEN = Scale(1, 7)
ANSWERS = {
    "needs": [7, 6, 4, 1, 5],
    "ease": [7, 5, 4, 2, 6],
    "side": ["company", "customers", "company", "customers", "customers"],
}
SIDES = {"side": "side", "customer": "customers", "employee": "company", "floor": 1}


@pytest.mark.parametrize(
    ("name", "options", "own"),
    [
        ("cxi", {"items": ["needs", "ease"]}, {"positive": (6, 7), "negative": (1, 2)}),
        ("delivery_gap", {"rating": "needs"}, {"positive": (6, 7)}),
        ("mirror", {"dimensions": {"needs": "needs"}, **SIDES}, {"positive": (6, 7)}),
    ],
)
def test_the_usual_boxes_are_of_a_scale_of_five(name, options, own):
    concept = cx.concept(name)
    with pytest.raises(UsageError, match="on 1-7 the end 7 is not among the boxes 4, 5"):
        concept(ANSWERS, scale=SEVEN, **options)
    assert concept(ANSWERS, scale=SEVEN, **options, **own).title


def test_bad_boxes_reach_the_other_end_and_low_may_be_good():
    asked = {"items": ["needs"], "scale": SEVEN, "positive": (6, 7)}
    with pytest.raises(UsageError, match="end 1 is not among the boxes 2: say negative="):
        cx.concept("cxi")(ANSWERS, negative=(2,), **asked)
    options = {"rating": "needs", "scale": Scale(1, 7, reverse=True)}
    with pytest.raises(UsageError, match="the end 1 is not"):
        cx.concept("delivery_gap")(ANSWERS, positive=(6, 7), **options)
    assert cx.concept("delivery_gap")(ANSWERS, positive=(1, 2), **options).title
