"""Links that can't be made: the right error, naming the column and what to do."""

from __future__ import annotations

from typing import Any

import pytest

import cxmetrics as cx
from cxmetrics.errors import ColumnError, DataError, ScaleError, UsageError
from cxmetrics.links import churn, correlate, leads, link_units, value_of_parts

ROWS: dict[str, Any] = {
    "score": [1, 5, 9, 10, 3, 7],
    "sales": [10, 20, 30, 25, 15, 22],
    "same": [4] * 6,
    "empty": [None] * 6,
    "text": list("abcdef"),
    "endless": [1, 2, float("inf"), 3, 4, 5],
    "left": [1, 0, 0, 1, 1, 0],
    "nobody": [0] * 6,
    "double": [2, 10, 18, 20, 6, 14],
}
STORES = cx.nps([9, 3, 8, 10, 7, 2], by=list("aabbcc"))


def pair(**options: Any) -> Any:
    return correlate(ROWS, **{"rating": "score", "outcomes": "sales", **options})


def gone(**options: Any) -> Any:
    return churn(ROWS, **{"left": "left", "by": "score", **options})


def worth(rows: dict[str, Any] = ROWS, **options: Any) -> Any:
    return value_of_parts(rows, **{"rating": "score", "outcome": "sales", **options})


REFUSED: dict[str, tuple[Any, type[Exception], tuple[str, ...]]] = {
    "correlate: column": (lambda: pair(outcomes="sale"), ColumnError, ("did you mean 'sales'",)),
    "correlate: texts": (lambda: pair(outcomes="text"), ColumnError, ("'text'", "'a'")),
    "correlate: infinite": (lambda: pair(outcomes="endless"), ColumnError, ("infinite", "2")),
    "correlate: constant": (lambda: pair(outcomes="same"), DataError, ("'same'", "no variance")),
    "correlate: empty": (lambda: pair(outcomes="empty"), DataError, ("0 rows", "at least 3")),
    "correlate: itself": (lambda: pair(outcomes="score"), UsageError, ("at once",)),
    "correlate: none": (lambda: pair(outcomes=[]), UsageError, ("no result",)),
    "correlate: twice": (lambda: pair(outcomes=["sales"] * 2), UsageError, ("twice",)),
    "correlate: method": (lambda: pair(method="pearsen"), UsageError, ("'pearson'",)),
    "correlate: level": (lambda: pair(level=95), UsageError, ("0.95",)),
    "correlate: two": (
        lambda: correlate({"a": [1, 2], "b": [2, 1]}, rating="a", outcomes="b"),
        DataError,
        ("2 rows", "at least 3"),
    ),
    "correlate: weighted ranks": (
        lambda: pair(method="kendall", weight="sales"),
        UsageError,
        ("no weights",),
    ),
    "correlate: weights": (lambda: pair(weight="nobody"), ColumnError, ("zero",)),
    "correlate: a list": (
        lambda: correlate([1, 2], rating="a", outcomes="b"),
        UsageError,
        ("list",),
    ),
    "leads: too long": (lambda: leads([1, 2, 3, 5], [2, 1, 4, 3], most=9), UsageError, ("most 1",)),
    "leads: constant": (lambda: leads([1] * 9, [2, 1] * 4 + [3]), DataError, ("no variance",)),
    "leads: length": (lambda: leads([1, 2], [1, 2, 3]), UsageError, ("length",)),
    "leads: one": (lambda: leads([1], [2], most=0), DataError, ("1 periods",)),
    "leads: negative": (lambda: leads([1, 2, 3], [3, 1, 2], most=-1), UsageError, ("at least 0",)),
    "leads: transform": (
        lambda: leads([1, 2, 3], [3, 1, 2], transform="diff"),
        UsageError,
        ("difference",),
    ),
    "leads: a line": (
        lambda: leads([1, 2, 3, 4, 5, 6.0], [3, 1, 2, 5, 2, 4], most=1, transform="detrend"),
        DataError,
        ("no variance",),
    ),
    "leads: mixed": (lambda: leads({1: 2.0}, [1.0]), UsageError, ("by period",)),
    "leads: strangers": (
        lambda: leads({1: 2.0, 2: 3.0}, {7: 1.0}),
        DataError,
        ("no period has both",),
    ),
    "leads: not tried": (
        lambda: leads([1, 2, 4, 3], [2, 1, 4, 3], most=1).at(5),
        UsageError,
        ("0 to 1",),
    ),
    "units: two": (
        lambda: link_units(STORES, {"sales": {"a": 1.0, "b": 2.0}}),
        DataError,
        ("2 units",),
    ),
    "units: numbers": (
        lambda: link_units(STORES, {"sales": {"a": "x", "b": 2, "c": 1}}),
        ColumnError,
        ("'x'",),
    ),
    "units: no mapping": (lambda: link_units(STORES, {"sales": [1, 2]}), UsageError, ("group",)),
    "units: score": (lambda: link_units(cx.nps([9]), {"s": {}}), UsageError, ("by=",)),
    "units: nothing": (lambda: link_units(STORES, {}), UsageError, ("no result",)),
    "churn: column": (lambda: gone(by="scor"), ColumnError, ("did you mean 'score'",)),
    "churn: nobody": (lambda: gone(left="nobody"), DataError, ("nobody of 6",)),
    "churn: no outcome": (lambda: gone(left="sales"), ColumnError, ("10", "true or false")),
    "churn: constant": (lambda: gone(by="same"), DataError, ("'same'", "no variance")),
    "churn: combination": (lambda: gone(by=["score", "double"]), DataError, ("combination",)),
    "churn: empty": (lambda: gone(by="empty"), DataError, ("0 of 6 rows",)),
    "churn: itself": (lambda: gone(by="left"), UsageError, ("at once",)),
    "value: column": (lambda: worth(outcome="sals"), ColumnError, ("did you mean 'sales'",)),
    "value: off scale": (
        lambda: worth({**ROWS, "score": [11, 1, 2, 3, 4, 5]}),
        ScaleError,
        ("11",),
    ),
    "value: two": (lambda: worth({"score": [9, 3], "sales": [1, 2]}), DataError, ("detractors 1",)),
    "value: constant": (lambda: worth(outcome="same"), DataError, ("differs",)),
    "value: method": (lambda: worth(method="bootstrap"), UsageError, ("bca",)),
    "value: parts": (lambda: worth(metric=cx.mean_rating), UsageError, ("no named parts",)),
    "value: part": (
        lambda: worth().scenario(1, start="passive", end="promoters"),
        UsageError,
        ("'passives'",),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    call, kind, words = REFUSED[case]
    with pytest.raises(kind) as caught:
        call()
    for word in words:
        assert word in str(caught.value)
