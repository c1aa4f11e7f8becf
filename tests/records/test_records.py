"""What all records share, and what each refuses."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxmetrics import records
from cxmetrics.errors import RecordError
from cxmetrics.records import (
    Customer,
    FrozenMap,
    Interaction,
    Invitation,
    Journey,
    Outcome,
    Persona,
    Record,
    Response,
    Touchpoint,
    five_a,
    five_phases,
)
from cxmetrics.records._base import offences
from cxmetrics.rules import rules_of
from cxmetrics.scale import stars, zero_to_ten

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LEAST: dict[type[Record], dict[str, Any]] = {
    Customer: {"id": "c1"},
    Persona: {"id": "p1", "name": "Traveller"},
    Touchpoint: {"id": "t1", "name": "Desk", "channel": "shop"},
    Journey: {"id": "j1", "name": "Trip", "stages": ("book", "fly")},
    Interaction: {"id": "i1", "customer": "c1", "touchpoint": "t1", "at": NOON},
    Invitation: {"id": "v1", "customer": "c1", "survey": "s1", "sent_at": NOON},
    Response: {"id": "r1", "rating": 9, "scale": zero_to_ten},
    Outcome: {"id": "o1", "customer": "c1", "kind": "churn", "value": 1, "at": NOON},
}
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)
moments = st.datetimes(
    datetime(1990, 1, 1), datetime(2040, 1, 1), timezones=st.just(timezone(timedelta(hours=2)))
)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "dims": st.dictionaries(
        words.map(lambda name: f"dim {name}"), scalars.filter(lambda v: v not in {np.inf, -np.inf})
    ),
    "rating": st.none() | st.integers(1, 5),
    "scale": st.just(stars),
    "language": st.sampled_from(["en", "fr-CA", None]),
    "weight": st.floats(0, 1e9),
    "value": st.floats(allow_nan=False, allow_infinity=False),
    "respondent": st.sampled_from(["customer", "employee"]),
    "delivered": st.none() | st.booleans(),
    "goals": st.lists(words),
    "stages": st.lists(words, min_size=2, max_size=2, unique=True),
    "labels": st.dictionaries(
        st.sampled_from(["fr", "de"]), st.lists(words, min_size=2, max_size=2)
    ),
    "since": st.none() | moments,
    "asked_at": st.none() | moments,
    "sent_at": moments,
    "at": moments,
    "answered_at": st.none() | st.just(datetime(2041, 1, 1, tzinfo=UTC)),
}


def test_every_record_is_tested_here() -> None:
    exported = {getattr(records, name) for name in records.__all__}
    classes = {c for c in exported if isinstance(c, type) and issubclass(c, Record)} - {Record}
    assert classes == set(LEAST)


@pytest.mark.parametrize("record", LEAST)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_json_round_trip(record: type[Any], data: st.DataObject) -> None:
    fields = attrs.fields_dict(record)
    made = record(**{name: data.draw(VALUES.get(name, words), label=name) for name in fields})
    again = record.from_dict(json.loads(json.dumps(made.to_dict(), allow_nan=False)))
    assert again == made
    assert hash(again) == hash(made)
    assert again.to_dict() == made.to_dict()


@pytest.mark.parametrize("record", LEAST)
def test_records_are_frozen_keyword_only_slotted_and_ruled(record: type[Any]) -> None:
    made = record(**LEAST[record])
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        made.id = "other"
    with pytest.raises(TypeError):
        record(*LEAST[record].values())
    assert not hasattr(made, "__dict__")
    assert all(rules_of(field) for field in attrs.fields(record))
    assert pickle.loads(pickle.dumps(made)) == made == copy.deepcopy(made)
    assert json.dumps(made.to_dict())


@pytest.mark.parametrize("record", LEAST)
def test_every_mandatory_field_refuses_none_and_blank(record: type[Any]) -> None:
    for name, value in LEAST[record].items():
        for wrong in [
            *([""] if isinstance(value, str) else []),
            *([None] if name != "rating" else []),
        ]:
            with pytest.raises(RecordError, match=rf"^{record.__name__}\.{name} must be .* not "):
                record(**{**LEAST[record], name: wrong})


@pytest.mark.parametrize(
    ("record", "wrong"),
    [
        (Customer, {"since": datetime(2020, 1, 1)}),
        (Customer, {"dims": {"id": "x"}}),
        (Customer, {"dims": {" ": 1}}),
        (Customer, {"dims": {"country": ["FR"]}}),
        (Customer, {"dims": {"spend": float("nan")}}),
        (Customer, {"dims": "country"}),
        (Persona, {"goals": "fast"}),
        (Persona, {"goals": ["fast", ""]}),
        (Journey, {"stages": []}),
        (Journey, {"stages": ["a", "a"]}),
        (Journey, {"labels": {"fr": ["un"]}}),
        (Journey, {"labels": {"french": ["un", "deux"]}}),
        (Invitation, {"answered_at": NOON - timedelta(seconds=1)}),
        (Invitation, {"delivered": 1}),
        (Response, {"rating": "9"}),
        (Response, {"rating": True}),
        (Response, {"rating": 9.5}),
        (Response, {"rating": float("nan")}),
        (Response, {"scale": "ten"}),
        (Response, {"respondent": "manager"}),
        (Response, {"language": "french"}),
        (Response, {"weight": -0.1}),
        (Response, {"weight": None}),
        (Response, {"asked_at": NOON, "answered_at": NOON - timedelta(days=1)}),
        (Outcome, {"value": float("inf")}),
    ],
)
def test_what_records_refuse(record: type[Any], wrong: dict[str, Any]) -> None:
    field = list(wrong)[-1]
    with pytest.raises(RecordError, match=f"^{record.__name__}.{field} must "):
        record(**{**LEAST[record], **wrong})
    assert [each.field for each in offences(record, {**LEAST[record], **wrong})] == [field]


def test_an_answered_question_may_be_answered_at_once() -> None:
    assert Response(**LEAST[Response], asked_at=NOON, answered_at=NOON).answered_at == NOON


def test_dims_are_a_copy_nobody_can_change() -> None:
    given_dims = {"country": "FR"}
    customer = Customer(id="c1", dims=given_dims)
    given_dims["country"] = "DE"
    assert customer.dims == {"country": "FR"}
    assert isinstance(customer.dims, FrozenMap)
    with pytest.raises(TypeError):
        customer.dims["country"] = "DE"  # type: ignore[index]  # what the test is about
    assert len({customer, Customer(id="c1", dims={"country": "FR"})}) == 1
    assert customer != Customer(id="c1", dims={"country": "DE"})


def test_a_scale_may_be_given_by_its_text() -> None:
    assert Response(id="r", rating=1, scale="1:5!").scale.best == 1


def test_numpy_numbers_become_plain_json() -> None:
    response = Response(id="r", rating=np.int64(9), scale=zero_to_ten, dims={"vip": np.True_})
    assert json.dumps(response.to_dict()["rating"]) == "9"
    assert response.to_dict()["dims"] == {"vip": True}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ratting": 3}, r"Response\.ratting is not a field: did you mean 'rating'"),
        ({"rating": None, "scale": None}, r"Response\.scale must be a Scale"),
        ({"asked_at": "yesterday"}, r"Response\.asked_at must be a datetime .*, not 'yesterday'"),
        ({"asked_at": "2026-01-01T00:00:00"}, r"Response\.asked_at must be a datetime with a time"),
    ],
)
def test_from_dict_refuses(change: dict[str, Any], message: str) -> None:
    data = Response(**LEAST[Response]).to_dict()
    with pytest.raises(RecordError, match=message):
        Response.from_dict({**data, **change})


def test_from_dict_names_what_is_missing() -> None:
    with pytest.raises(RecordError, match=r"Response\.rating must be given"):
        Response.from_dict({"id": "r1", "scale": zero_to_ten.to_dict()})


def test_every_offence_of_a_row_is_listed() -> None:
    found = offences(Response, {"id": "", "rating": 11, "scale": "0:10", "wave": 3})
    assert {(each.field, each.rule) for each in found} == {
        ("id", "not_blank"),
        ("rating", "on_scale"),
        ("wave", "unknown"),
    }


def test_the_ready_made_journeys() -> None:
    assert five_a.stages == ("aware", "appeal", "ask", "act", "advocate")
    assert five_phases.labels["fr"][-1] == "SAV"
    assert Journey.from_dict(five_phases.to_dict()) == five_phases
