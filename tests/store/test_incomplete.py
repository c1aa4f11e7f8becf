"""No silent partial result: a score of a store says when its data are incomplete."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

import cxmetrics as cx
from cxmetrics.records import Customer, Response
from cxmetrics.sources.portion import Entry, Portion, Refusal
from cxmetrics.sources.receipt import Receipt, StreamReceipt
from cxmetrics.sources.state import State

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)


def portion(*, resume: Any = None, refused: bool = False) -> Portion:
    answers = [Response(id=f"r{n}", rating=n, scale="0:10") for n in (3, 9, 10)]
    return Portion(
        state=State(field="updated", resume=resume),
        entries=[Entry(object=answer.id, records=[answer]) for answer in answers],
        refused=[Refusal(object="r4", raw={}, reasons=["rating is off its scale"])] * refused,
    )


def receipt(*streams: StreamReceipt) -> Receipt:
    return Receipt(source="acme", started_at=AT, ended_at=AT, streams=streams)


def complete(stream: Any = "responses") -> StreamReceipt:
    return StreamReceipt(stream=stream, status="complete")


def codes(store: Any, **asked: Any) -> list[str]:
    score = cx.nps(store, **asked)
    assert isinstance(score, cx.Score)
    return [caution.code for caution in score.cautions if caution.code == "INCOMPLETE_DATA"]


def test_a_complete_pull_says_nothing(store: Any) -> None:
    store.write("acme", "responses", portion())
    store.save(receipt(complete()))
    assert store.incomplete() == ""
    assert codes(store) == []


def test_records_that_were_put_are_what_there_is(store: Any) -> None:
    store.put([Response(id="r1", rating=9, scale="0:10")])
    assert store.incomplete() == ""


def test_a_pull_that_was_killed_leaves_no_receipt_and_is_told(store: Any) -> None:
    # Once: only receipts were looked at, and a pull that was killed has none.
    store.write("acme", "responses", portion(resume={"cursor": "2"}))
    assert "a pull of acme did not end" in store.incomplete()
    assert codes(store) == ["INCOMPLETE_DATA"]


def test_a_pull_that_is_killed_after_a_complete_one_is_told(store: Any) -> None:
    store.write("acme", "responses", portion())
    store.save(receipt(complete()))
    store.write("acme", "responses", portion(resume={"cursor": "2"}))
    assert "did not end" in store.incomplete()


def test_a_partial_pull_is_told_with_its_reasons(store: Any) -> None:
    store.write("acme", "responses", portion())
    short = StreamReceipt(stream="responses", status="partial", reasons=("120 announced, 60 came",))
    store.save(receipt(short))
    assert "was partial: 120 announced, 60 came." in store.incomplete()


def test_a_refused_object_is_told_until_it_is_there(store: Any) -> None:
    store.write("acme", "responses", portion(refused=True))
    store.save(receipt(complete()))
    assert "1 object of acme refused" in store.incomplete()


def test_another_stream_and_another_source_say_nothing_of_this_one(store: Any) -> None:
    store.write("acme", "responses", portion())
    store.save(receipt(complete(), StreamReceipt(stream="customers", status="failed")))
    store.write("bolt", "responses", portion(resume={"cursor": "2"}))
    assert "acme" not in store.incomplete()
    assert codes(store, where={"source": "acme"}) == []
    assert codes(store, where={"source": ["acme", "bolt"]}) == ["INCOMPLETE_DATA"]
    assert store.incomplete(Customer) == ""


def test_each_stream_keeps_its_own_last_receipt(store: Any) -> None:
    # Once: a pull of one stream made the others look as if they had never been pulled.
    store.write("acme", "customers", Portion(state=State(field="updated")))
    store.save(receipt(complete("customers")))
    store.write("acme", "responses", portion())
    store.save(receipt(complete()))
    assert {kept.stream: kept.status for kept in store.info().streams} == {
        "customers": "complete",
        "responses": "complete",
    }


@pytest.mark.parametrize("by", [None, "question"])
def test_a_score_goes_to_json_and_back_with_what_it_says_of_its_data(store: Any, by: Any) -> None:
    store.write("acme", "responses", portion(resume={"cursor": "2"}))
    found = cx.measure(store, ["nps"], by=by)["nps"]
    again = type(found).from_dict(found.to_dict())
    assert again == found
    scores = [again] if isinstance(again, cx.Score) else list(again.values())
    assert scores
    assert all("INCOMPLETE_DATA" in {c.code for c in score.cautions} for score in scores)
