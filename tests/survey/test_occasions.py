"""One row an occasion: nothing is lost, nothing is joined that does not belong together."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

import cxmetrics as cx
from cxmetrics.datasets import company
from cxmetrics.errors import DataError, UsageError
from cxmetrics.records import Response
from cxmetrics.scale import one_to_five
from cxmetrics.store import open_store

LONG = {
    "customer": ["a", "a", "b", None, None],
    "asked_at": [1, 1, 1, 1, 1],
    "question": ["ease", "nps", "nps", "nps", "nps"],
    "rating": [4, 9, None, 10, 2],
    "segment": ["x", "x", "y", "z", "z"],
    "touchpoint": ["t", "u", "t", "t", "t"],
    "verbatim": [None, "fine", " ", None, "bad"],
}


@pytest.mark.parametrize("make", [dict, pd.DataFrame, pl.DataFrame])
def test_answers_of_one_occasion_share_a_row(make):
    found = cx.wide(make(LONG))
    assert found["customer"] == ["a", "b", None, None]
    np.testing.assert_array_equal(found["nps"], [9, np.nan, 10, 2])
    np.testing.assert_array_equal(found["ease"], [4, np.nan, np.nan, np.nan])
    assert found["segment"] == ["x", "y", "z", "z"]
    assert found["verbatim"] == ["fine", None, None, "bad"]
    assert "touchpoint" not in found  # differs within the occasion of a


def test_a_question_twice_on_one_occasion_is_not_guessed():
    rows = {**LONG, "question": ["nps", "nps", "nps", "nps", "nps"]}
    with pytest.raises(DataError, match="customer='a', asked_at=1"):
        cx.wide(rows)
    assert len(cx.wide(rows, per=["customer", "touchpoint"])["nps"]) == 5


def test_a_question_that_is_called_like_a_column_is_told():
    with pytest.raises(UsageError, match="'segment' is called like a column"):
        cx.wide({**LONG, "question": ["segment", "nps", "nps", "nps", "nps"]})
    with pytest.raises(UsageError, match="what makes an occasion"):
        cx.wide(LONG, per=[])


def test_it_is_the_wide_table_of_the_made_up_company(tmp_path):
    shop = company(customers=300, seed=4)
    with open_store(tmp_path / "s.db") as store:
        store.put(shop.records("responses"), source="shop")
        found = cx.wide(store.batch(Response))
    own = shop.wide()
    asked = ~np.isnan(found["nps"]) | ~np.isnan(found["mirror_trust"])
    mine = dict(zip(np.asarray(found["customer"])[asked], found["nps"][asked], strict=True))
    theirs = dict(zip(own["customer"], own["recommend"], strict=True))
    known = [name for name in theirs if not np.isnan(theirs[name])]
    assert all(mine[name] == theirs[name] for name in known)
    score = cx.csat(found, rating="csat_purchase", weight="weight", scale=one_to_five)
    assert score.n == cx.csat(own, rating="csat_purchase", weight="weight").n
