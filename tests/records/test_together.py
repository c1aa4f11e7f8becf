"""Records are checked in one go, and say what the rules of their fields say one by one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics.errors import RecordError
from cxmetrics.records import Invitation, Record, Response
from cxmetrics.rules import KEPT
from cxmetrics.scale import zero_to_ten

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANYTHING = st.one_of(
    st.sampled_from([None, "", " ", "a", "fr", "0:10", "customer", 0, 9, 11, 9.5, -1, True]),
    st.sampled_from([float("nan"), [], {}, {"id": 1}, {"a": "x"}, {" ": 1}, zero_to_ten]),
    st.sampled_from([NOON, NOON - timedelta(days=1), datetime(2026, 3, 1)]),
)


def said(check: Callable[[], object]) -> str:
    try:
        check()
    except RecordError as error:
        return str(error)
    return ""


def one_by_one(made: Record) -> None:
    for field in attrs.fields(type(made)):
        field.metadata[KEPT](made, field, getattr(made, field.name))


@pytest.mark.parametrize("record", [Response, Invitation])
@given(data=st.data())
def test_checked_at_once_or_one_by_one_the_same_is_said(record: type[Any], data: Any) -> None:
    right = {"id": "r", "rating": 9, "scale": "0:10", "customer": "c", "survey": "s"}
    right["sent_at"] = NOON
    names = [field.name for field in attrs.fields(record)]
    given_values = {name: right[name] for name in names if name in right}
    given_values |= data.draw(st.dictionaries(st.sampled_from(names), ANYTHING, max_size=3))
    with attrs.validators.disabled():
        made = record(**given_values)
    assert said(lambda: record(**given_values)) == said(lambda: one_by_one(made))
