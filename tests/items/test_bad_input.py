"""Bad data and bad calls: the right error class, naming the column and what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import cxmetrics as cx
from cxmetrics.engines.products import moments
from cxmetrics.errors import (
    ColumnError,
    CxError,
    DataError,
    MergeError,
    NotFoundError,
    ScaleError,
    UsageError,
)
from cxmetrics.items import drivers, equipercentile, kano, penalty_reward, reliability, rescale

DICE = np.random.default_rng(0)
N = 60
ROWS: dict[str, Any] = {name: DICE.integers(1, 6, N).astype(float) for name in "abcy"}
ODD = np.arange(N) % 2 == 1


def driven(**changes: Any) -> Any:
    options = {"outcome": "y", "items": ["a", "b", "c"]}
    known = {
        "outcome",
        "items",
        "weight",
        "gaps",
        "scale",
        "level",
        "method",
        "replicates",
        "where",
    }
    return drivers(
        {**ROWS, **{k: v for k, v in changes.items() if k not in known}},
        **{**options, **{k: v for k, v in changes.items() if k in known}},
    )


def contrasted(**changes: Any) -> Any:
    rows = {**ROWS, **{k: v for k, v in changes.items() if k in ROWS}}
    options = {"outcome": "y", "items": ["a"], "low": {1, 2}, "high": {5}}
    return penalty_reward(
        rows, **{**options, **{k: v for k, v in changes.items() if k not in rows}}
    )


REFUSED: dict[str, tuple[Callable[[], Any], type[CxError], tuple[str, ...]]] = {
    # drivers
    "a driver without variance": (
        lambda: driven(a=np.full(N, 4.0)),
        DataError,
        ("'a' has no variance", "all 60 rows hold 4", "Leave it out"),
    ),
    "an outcome without variance": (
        lambda: driven(y=np.full(N, 4.0)),
        DataError,
        ("'y' has no variance",),
    ),
    "a sum of the others": (
        lambda: driven(c=ROWS["a"] + ROWS["b"]),
        DataError,
        ("'a', 'b' and 'c' say the same", "Leave one out"),
    ),
    "a twin": (lambda: driven(c=ROWS["a"]), DataError, ("'a' and 'c' say the same",)),
    "two respondents": (
        lambda: drivers({k: v[:2] for k, v in ROWS.items()}, outcome="y", items=["a", "b", "c"]),
        DataError,
        ("at least 5 complete rows", "2 of 2"),
    ),
    "all missing": (lambda: driven(b=[None] * N), DataError, ("'b' has no answer in 60 rows",)),
    "no row": (
        lambda: driven(s=["x"] * N, where={"s": "q"}),
        DataError,
        ("there is no row", "where="),
    ),
    "no complete row": (
        lambda: driven(a=np.where(ODD, 1.0, np.nan), b=np.where(ODD, np.nan, ROWS["b"])),
        DataError,
        ("there are 0 of 60", "'a' is missing most often (30 rows)"),
    ),
    "no pair of answers": (
        lambda: driven(
            a=np.where(ODD, ROWS["a"], np.nan), b=np.where(ODD, np.nan, ROWS["b"]), gaps="pairwise"
        ),
        DataError,
        ("there are 0 of 60",),
    ),
    "pairs that contradict each other": (
        lambda: drivers(
            {
                "y": [1, 2, 3, 4, 5] * 3 + [None] * 10,
                "a": [1, 2, 3, 4, 5] + [None] * 5 + [1, 2, 3, 4, 5] * 3,
                "b": [None] * 5 + [1, 2, 3, 4, 5] * 2 + [5, 4, 3, 2, 1] * 2,
            },
            outcome="y",
            items=["a", "b"],
            gaps="pairwise",
        ),
        DataError,
        ("contradict each other", "gaps='listwise'"),
    ),
    "no relation at all": (
        lambda: drivers({"y": [1, 2] * 8, "a": [1, 1, 2, 2] * 4}, outcome="y", items=["a"]),
        DataError,
        ("nothing to split",),
    ),
    "weights worth too little": (
        lambda: driven(w=(np.arange(N) < 3) * 1.0, weight="w"),
        DataError,
        ("worth 3.0",),
    ),
    "weights of zero": (lambda: driven(w=np.zeros(N), weight="w"), ColumnError, ("'w' are zero",)),
    "the outcome is a driver": (
        lambda: driven(items=["a", "y"]),
        UsageError,
        ("'y' is the outcome and a driver",),
    ),
    "an unknown column": (
        lambda: drivers({**ROWS, "wifi": ROWS["a"]}, outcome="y", items=["wify"]),
        ColumnError,
        ("no column 'wify'", "did you mean 'wifi'?"),
    ),
    "a driver twice": (lambda: driven(items=["a", "a"]), UsageError, ("'a' is named twice",)),
    "no driver": (lambda: driven(items=[]), UsageError, ("no driver",)),
    "a text": (lambda: driven(a=["x"] * N), ColumnError, ("'a' holds 'x' (str) at index 0",)),
    "infinity": (
        lambda: driven(a=np.where(np.arange(N) == 3, np.inf, 1.0)),
        ColumnError,
        ("'a' holds an infinite number at index 3",),
    ),
    "off the scale": (
        lambda: driven(a=np.where(np.arange(N) == 3, 7, ROWS["a"]), scale=cx.one_to_five),
        ScaleError,
        ("1 of 60 ratings in 'a'", "7 (index 3)"),
    ),
    "an outcome off its scale": (
        lambda: drivers(ROWS, outcome="y", items=["a"], outcome_scale=cx.one_to_three),
        ScaleError,
        ("ratings in 'y'", "1-3"),
    ),
    "a scale for nobody": (
        lambda: driven(scale={"z": cx.one_to_five}),
        UsageError,
        ("scale names 'z'",),
    ),
    "a weight that is a driver": (lambda: driven(weight="a"), ColumnError, ("'a' is the weight",)),
    "an unknown way with gaps": (lambda: driven(gaps="pair"), UsageError, ("not 'pair'",)),
    "an unknown method": (lambda: driven(method="shap"), UsageError, ("'lmg' or 'johnson'",)),
    "a level of 95": (lambda: driven(level=95), UsageError, ("did you mean 0.95",)),
    "three replicates": (lambda: driven(replicates=3), UsageError, ("100 or more",)),
    "LMG of 21": (
        lambda: drivers(
            {f"x{i}": DICE.normal(size=99) for i in range(22)},
            outcome="x0",
            items=[f"x{i}" for i in range(1, 22)],
            method="lmg",
        ),
        UsageError,
        ("up to 20 drivers, not of 21", "method='johnson'"),
    ),
    "columns of unequal length": (
        lambda: driven(a=ROWS["a"][:5]),
        ColumnError,
        ("y 60", "a 5"),
    ),
    "a list": (lambda: drivers([1, 2], outcome="y", items=["a"]), UsageError, ("from a list",)),
    "weights of moments": (
        lambda: drivers(moments(ROWS, list("yabc")), outcome="y", weight="w"),
        UsageError,
        ("weight= is for rows",),
    ),
    "an unknown driver to compare": (
        lambda: driven().compare("a", "z"),
        NotFoundError,
        ("'z' is no driver", "Known: a, b, c"),
    ),
    # moments
    "other items": (
        lambda: moments(ROWS, ["a"]) + moments(ROWS, ["b"]),
        MergeError,
        ("items ('a',)", "('b',)"),
    ),
    "other scales": (
        lambda: moments(ROWS, ["a"], scale=cx.one_to_five) + moments(ROWS, ["a"]),
        MergeError,
        ("'a' is on 1-5 here",),
    ),
    # reliability
    "one item": (lambda: reliability(ROWS, items=["a"]), UsageError, ("two items", "test-retest")),
    "items that cancel out": (
        lambda: reliability({"a": ROWS["a"], "b": -ROWS["a"]}, items=["a", "b"]),
        DataError,
        ("reverse=",),
    ),
    "an unknown reversed item": (
        lambda: reliability(ROWS, items=["a", "b"], reverse=["q"]),
        ColumnError,
        ("'q' is no item",),
    ),
    # contrasts
    "low and high overlap": (lambda: contrasted(low={1, 5}), UsageError, ("must lie below",)),
    "nobody rated low": (lambda: contrasted(low={0}), DataError, ("nobody rated 'a' low (0)",)),
    "nobody in the middle": (
        lambda: contrasted(a=np.where(ROWS["a"] < 3, 1.0, 5.0)),
        DataError,
        ("no middle",),
    ),
    "an attribute twice over": (
        lambda: contrasted(b=ROWS["a"], items=["a", "b"]),
        DataError,
        ("same rows",),
    ),
    "an attribute all missing": (
        lambda: contrasted(a=[None] * N),
        DataError,
        ("'a' is missing most often",),
    ),
    "no attribute": (lambda: contrasted(items=[]), UsageError, ("one attribute or more",)),
    # Kano
    "an answer that is none": (
        lambda: kano({"f": [1, 9], "d": [1, 2]}, attributes={"x": ("f", "d")}),
        ColumnError,
        ("'f' holds 9 at index 1", "answers="),
    ),
    "four answers": (
        lambda: kano({"f": [1], "d": [1]}, attributes={"x": ("f", "d")}, answers=[1, 2, 3, 4]),
        UsageError,
        ("5 different answers",),
    ),
    "no pair": (
        lambda: kano({"f": [None], "d": [1]}, attributes={"x": ("f", "d")}),
        DataError,
        ("'x' has no pair",),
    ),
    # conversion
    "scales good at other ends": (
        lambda: rescale(cx.effort_one_to_five, cx.one_to_ten),
        ScaleError,
        ("different ends",),
    ),
    "a bridge with one bank": (
        lambda: equipercentile(
            {"f": [None] * 5, "t": [1, 2, 3, 4, 5]},
            source="f",
            target="t",
            source_scale=cx.one_to_five,
            target_scale=cx.one_to_ten,
        ),
        DataError,
        ("'f' holds no rating",),
    ),
    "a rating off the source": (
        lambda: rescale(cx.one_to_five, cx.one_to_ten)([9]),
        ScaleError,
        ("9 (index 0)",),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    call, kind, words = REFUSED[name]
    with pytest.raises(kind) as caught:
        call()
    assert type(caught.value) is kind
    for word in words:
        assert word in str(caught.value), str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"y": ROWS["a"] * 2 + ROWS["b"]},
        {"a": ROWS["a"] * 1e12 + 1e15},
        {"a": 1 + ROWS["a"] * 1e-9},
        {"a": ROWS["a"] > 2},
    ],
    ids=["explained to the last digit", "huge", "hardly any spread", "yes or no"],
)
def test_strange_but_sound(changes: dict[str, Any]) -> None:
    found = driven(**changes)
    assert "nan" not in str(found.to_dict()).lower()
    assert found["a"].interval is not None
    assert sum(driver.share for driver in found.values()) == pytest.approx(found.r2)
