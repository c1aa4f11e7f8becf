"""Answers as columns: what is missing, set aside, or a label that no row has."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

from cxmetrics.concepts.answers import answers
from cxmetrics.errors import ColumnError, DataError, ScaleError, UsageError
from cxmetrics.scale import one_to_five

ROWS = {"q": [1, None, 5, 99, 7], "g": ["a", "b", "a", None, "b"], "w": [1.0, 2.0, 1.0, 1.0, 0.0]}


def test_missing_is_nan_and_what_is_set_aside_is_counted():
    found = answers(ROWS, ["q"], scale=one_to_five, missing=[99], off_scale="set_aside")
    np.testing.assert_array_equal(found.items["q"], [1, np.nan, 5, np.nan, np.nan])
    assert found.off_scale == {"q": 1}
    assert [caution.code for caution in found.cautions] == ["OFF_SCALE"]


def test_labels_that_no_row_has_are_no_groups():
    frame = pl.DataFrame({"q": [1, 2], "g": ["p", "q"], "other": ["x", "y"]}).with_columns(
        pl.col("g", "other").cast(pl.Categorical)
    )
    assert set(answers(frame, ["q"], by="g").labels) == {"p", "q"}
    kinds = pd.Series(pd.Categorical(["p", "p"], categories=["p", "never"]))
    assert answers(pd.DataFrame({"q": [1, 2], "g": kinds}), ["q"], by="g").labels == ("p",)
    found = answers(ROWS, ["w"], by=["g", "w"])
    assert [found.labels[group] for group in found.groups] == [
        ("a", 1), ("b", 2), ("a", 1), (None, 1), ("b", 0)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"items": []}, UsageError, "no item"),
        ({"items": ["q", "q"]}, UsageError, "twice"),
        ({"items": ["qq"]}, ColumnError, "did you mean 'q'"),
        ({"items": ["g"]}, ColumnError, "'g'"),
        ({"items": ["q"], "scale": one_to_five}, ScaleError, "no point of the scale"),
        ({"items": ["q"], "where": {"g": "z"}}, DataError, "where="),
        ({"items": ["q"], "weight": "q"}, ColumnError, "weight"),
    ],
)
def test_refused(options, error, words):
    with pytest.raises(error, match=words):
        answers(ROWS, **options)
