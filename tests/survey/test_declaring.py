"""What is declared of a sample goes with every result made of it."""

from __future__ import annotations

import json

import pandas as pd
import polars as pl
import pytest

import cxmetrics as cx
from cxmetrics.errors import UsageError
from cxmetrics.items import drivers

ROWS = {"q": [10, 9, 3, 8, 7] * 20, "s": list("aabbb") * 20}


def codes(result):
    return [caution.code for caution in result.cautions]


@pytest.mark.parametrize("data", [ROWS, pd.DataFrame(ROWS), pl.DataFrame(ROWS).lazy()])
def test_every_result_says_it_and_no_number_changes(data):
    told = cx.declare(data, ["self_selected", "panel"])
    score, plain = cx.nps(told, rating="q"), cx.nps(data, rating="q")
    assert score.tally == plain.tally
    assert codes(score) == ["SELF_SELECTED", "PANEL_CONDITIONING", *codes(plain)]
    for group in cx.nps(told, rating="q", by="s").values():
        assert codes(group)[0] == "SELF_SELECTED"
    measured = cx.measure(told, [cx.nps, cx.top_box(scale=cx.zero_to_ten)], rating="q")
    assert all("SELF_SELECTED" in codes(one) for one in measured.values())


def test_it_survives_json_and_a_bare_list():
    score = cx.nps(cx.declare([10, 9, 3] * 20, "mixed_timing"))
    assert codes(score) == ["POOLED_TIMING"]
    assert codes(cx.Score.from_dict(json.loads(json.dumps(score.to_dict())))) == ["POOLED_TIMING"]


def test_declared_twice_says_both_and_columns_come_through():
    told = cx.declare(cx.declare(ROWS, "panel"), "self_selected")
    assert codes(cx.nps(told, rating="q")) == ["PANEL_CONDITIONING", "SELF_SELECTED"]
    wide = {"y": [1, 2, 3, 4, 5] * 8, "a": [1, 2, 3, 5, 4] * 8, "b": [5, 3, 4, 1, 2] * 8}
    told = cx.declare(wide, "panel")
    assert drivers(told, outcome="y", items=["a", "b"]) == drivers(
        wide, outcome="y", items=["a", "b"]
    )


def test_an_unknown_fact_is_met_with_the_close_ones():
    with pytest.raises(UsageError, match="did you mean 'panel'"):
        cx.declare(ROWS, "pannel")
