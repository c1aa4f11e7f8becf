"""A walk: every page becomes a portion, and the receipt says whether everything came."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cxmetrics.batch import Batch
from cxmetrics.errors import (
    AuthError,
    DriftError,
    PagingError,
    RecordError,
    RefusedError,
    RetryError,
    ScaleError,
    UsageError,
)
from cxmetrics.records import Customer, Response
from cxmetrics.sources import Page, Read, Stream
from cxmetrics.sources.portion import Changes, Portion
from cxmetrics.sources.state import State
from cxmetrics.sources.walk import Walk, read
from cxmetrics.testing.clock import FakeClock
from cxmetrics.testing.scripted import scripted

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOW = NOON + timedelta(days=10)


def answer(ident: Any, at: datetime | str = NOON, rating: Any = 9, **fields: Any) -> dict[str, Any]:
    told = at if isinstance(at, str) else at.isoformat()
    return {"id": ident, "at": told, "rating": rating, **fields}


def walked(feed: Any, state: State | None = None, **how: Any) -> tuple[Walk, list[Portion]]:
    walk = Walk(feed, None, "responses", state, clock=FakeClock(NOW), **how)
    return walk, list(walk)


def told(portions: list[Portion]) -> list[list[tuple[str, Any]]]:
    return [
        [(e.object, *(r.rating for r in e.records)) for e in portion.entries]  # type: ignore[attr-defined]
        for portion in portions
    ]


# -- what came ------------------------------------------------------------------------------------


def test_every_page_is_a_portion_and_the_last_one_carries_the_watermark() -> None:
    pages = [
        Page([answer("a"), answer("b", NOON + timedelta(hours=1))], cursor={"page": 2}, total=3),
        Page([answer("c")], cursor={"page": 3}, total=3),
    ]
    walk, portions = walked(scripted(pages))
    assert told(portions) == [[("a", 9), ("b", 9)], [("c", 9)], []]
    assert [p.state.resume for p in portions] == [{"page": 2}, {"page": 3}, None]
    assert [p.state.mark for p in portions] == [None, None, NOON + timedelta(hours=1)]
    assert [p.state.objects for p in portions] == [2, 3, 0]
    assert [p.last for p in portions] == [False, False, True]
    assert portions[-1].state.at_mark == ("b",)
    assert [p.objects for p in portions] == [2, 1, 0]
    receipt = walk.receipt(Changes(new=3))
    assert (receipt.status, receipt.objects, receipt.pages, receipt.total) == ("complete", 3, 2, 3)
    assert (receipt.reasons, receipt.notes, receipt.changes.new) == ((), (), 3)


def test_of_two_versions_on_a_page_the_later_one_wins_and_both_are_counted() -> None:
    """T15: by the stamp, and without a difference by arrival."""
    page = Page(
        [
            answer("a", NOON, 1),
            answer("a", NOON + timedelta(seconds=1), 2),
            answer("a", NOON - timedelta(seconds=1), 3),
            answer("b", NOON, 4),
            answer("b", NOON, 5),
        ]
    )
    walk, portions = walked(scripted([page]))
    assert told(portions)[0] == [("a", 2), ("b", 5)]
    assert (walk.receipt().objects, walk.receipt().repeated) == (2, 3)


def test_stamps_are_compared_as_instants_on_the_night_the_clock_goes_back() -> None:
    again, first = "2026-10-25T02:10:00+01:00", "2026-10-25T02:40:00+02:00"
    page = Page([answer("a", again, 2), answer("a", first, 1)])
    assert told(walked(scripted([page]))[1])[0] == [("a", 2)]


def test_repeats_over_pages_are_counted() -> None:
    pages = [Page([answer("a"), answer("b")]), Page([answer("b"), answer("c")])]
    walk, _ = walked(scripted(pages))
    assert (walk.receipt().objects, walk.receipt().repeated) == (3, 1)
    assert walk.missing(["a", "c", "d"]) == ["d"]


def test_duplicates_do_not_hide_what_is_missing() -> None:
    """The vendor announces 3 and sends 3, one of them twice: a count of rows calls it whole."""
    pages = [Page([answer("a"), answer("b")], total=3), Page([answer("b")], total=3)]
    walk, portions = walked(scripted(pages))
    receipt = walk.receipt()
    assert sum(p.objects for p in portions) == receipt.total  # the naive proof
    assert receipt.status == "partial"
    assert "3 objects announced, 2 received" in receipt.reasons[0]
    assert portions[-1].state.mark is None
    assert not portions[-1].last


def test_records_that_are_finished_and_batches_are_taken_as_they_are() -> None:
    done = [Response(id=f"r{n}", rating=n, scale="0:10") for n in (8, 9)]
    rows = [{"id": "x", "rating": 7, "scale": "0:10"}, {"id": "y", "rating": 70, "scale": "0:10"}]
    snapshot = Stream(name="responses", follows="nothing")
    feed = scripted([Page(done), Page(Batch.of(Response, rows))], snapshot)
    walk, portions = walked(feed)
    assert told(portions) == [[("r8", 8), ("r9", 9)], [("x", 7)], []]
    assert [r.reasons for r in portions[1].refused] == [
        ("rating must be a point of the row's scale",)
    ]
    assert portions[1].refused[0].object == "y"
    assert walk.receipt().status == "partial"


def test_a_record_of_another_class_is_a_fault_of_the_adapter() -> None:
    walk = Walk(scripted([Page([Customer(id="c")])]), None, "responses", None)
    with pytest.raises(UsageError, match="delivers a Customer in its responses"):
        list(walk)
    assert walk.receipt().status == "failed"


# -- what was left out ----------------------------------------------------------------------------


def test_what_holds_no_record_is_counted_by_reason_and_takes_the_place_of_what_it_held() -> None:
    def reads(raw: Any, _: Any) -> Read:
        skipped = "not answered" if raw["rating"] is None else None
        records = [] if raw["rating"] in (None, 0) else [{**raw, "scale": "0:10"}]
        return Read(id=raw["id"], records=records, skipped=skipped)

    page = Page([{"id": "a", "rating": 9}, {"id": "b", "rating": None}, {"id": "c", "rating": 0}])
    walk, (portion, _) = walked(scripted([page], read=reads))
    assert portion.skipped == {"not answered": 1, "holds no record": 1}
    assert told([portion]) == [[("a", 9), ("b",), ("c",)]]
    assert walk.receipt().status == "complete"
    assert walk.receipt().skipped == portion.skipped


def test_deletions_that_the_vendor_tells_are_handed_on() -> None:
    walk, (portion, _) = walked(scripted([Page([answer("a"), answer("b")], gone=["b", "c"])]))
    assert told([portion]) == [[("a", 9)]]
    assert list(portion.gone) == ["b", "c"]
    assert walk.receipt().objects == 1


def test_what_is_told_to_be_deleted_counts_as_met() -> None:
    """A vendor that lists deletions among its objects counts them too."""
    walk, portions = walked(scripted([Page([answer("a")], gone=["b", "c"], total=3)]))
    assert walk.receipt().status == "complete"
    assert portions[-1].last


# -- what was refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rating", "says"),
    [
        ("9", None),
        ("9.0", None),
        (9.0, None),
        (None, None),
        (11, "rating must be a point of the row's scale"),
        ("11", "rating must be a point of the row's scale"),
        (-1, "rating must be a point of the row's scale"),
        (6.5, "rating must be a point of the row's scale"),
        ("9_0", "rating must be a number, and is a text that is none written plainly"),
        (" 9 ", "rating must be a number, and is a text that is none written plainly"),
        ("1e1", "rating must be a number, and is a text that is none written plainly"),
        ("٩", "rating must be a number, and is a text that is none written plainly"),
        ("very good", "rating must be a number, and is a text that is none written plainly"),
        ("", "rating must be a number, and is a text that is none written plainly"),
        (True, "rating must be a finite number"),
        (float("nan"), "rating must be a finite number"),
        (float("inf"), "rating must be a finite number"),
        (10**400, "rating must be a point of the row's scale"),
        ({"value": 9}, "rating must be a finite number"),
        ([9], "rating must be a finite number"),
    ],
)
def test_a_rating_is_on_its_scale_or_refused(rating: Any, says: str | None) -> None:
    """D10: never a guess, never the end of the pull."""
    page = Page([answer("a", rating=rating), answer("b")])
    walk, (portion, _) = walked(scripted([page]))
    if says is None:
        assert told([portion])[0][0][0] == "a"
        assert not portion.refused
        return
    assert told([portion]) == [[("b", 9)]]
    (refusal,) = portion.refused
    assert (refusal.object, refusal.record, refusal.reasons) == ("a", "a", (says,))
    assert str(refusal.raw["rating"]) == str(rating)
    assert walk.receipt().status == "partial"
    assert walk.receipt().reasons == (f"1 refused and kept raw: {says} (1×)",)


def test_the_naive_conversion_would_have_made_a_detractor_of_it() -> None:
    """`int(6.5)` is a detractor and `float("9_0")` is ninety: what the walk refuses to do."""
    assert int(6.5) == 6
    assert float("9_0") == 90.0


@pytest.mark.parametrize("ident", [None, "", "  ", True, 1.5, [1], {"id": 1}, "x" * 501])
def test_an_object_without_an_id_is_refused_and_kept(ident: Any) -> None:
    """D11."""
    walk, (portion, _) = walked(scripted([Page([answer(ident), answer("b")])]))
    assert told([portion]) == [[("b", 9)]]
    (refusal,) = portion.refused
    assert refusal.raw["rating"] == 9
    assert "id" in refusal.reasons[0]
    assert walk.receipt().objects == 2


def test_an_id_is_one_id_as_number_and_as_text() -> None:
    """D11: 12345 and "12345"."""

    def reads(raw: Any, _: Any) -> Read:
        return Read(id=raw["id"], records=[{"id": "r", "rating": 9, "scale": "0:10"}])

    walk, portions = walked(scripted([Page([{"id": 12345}]), Page([{"id": "12345"}])], read=reads))
    assert {e.object for p in portions for e in p.entries} == {"12345"}
    assert walk.receipt().objects == 1


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (DriftError("$.answers is missing.", "$.answers"), "$.answers is missing."),
        (
            RecordError("score 'Ana' is none", "score is none of five words"),
            "score is none of five",
        ),
        (RecordError("score 'Ana' is none"), "a value breaks a rule of its record"),
        (KeyError("Ana"), "the adapter does not expect this: KeyError (test_walk.py, line"),
        (RecursionError("Ana"), "does not expect this: RecursionError"),
    ],
)
def test_what_read_raises_refuses_the_object_alone_and_tells_no_value(
    error: Exception, says: str
) -> None:
    def reads(raw: Any, _: Any) -> Read:
        if raw["id"] == "bad":
            raise error
        return Read(id=raw["id"], records=[{"id": raw["id"], "rating": 9, "scale": "0:10"}])

    page = Page([{"id": "a"}, {"id": "bad", "name": "Ana"}], context={"survey": "s"})
    walk, (portion, _) = walked(scripted([page], read=reads))
    assert told([portion]) == [[("a", 9)]]
    (refusal,) = portion.refused
    assert (refusal.object, refusal.record) == ("bad", "")
    assert (refusal.raw, refusal.context) == ({"id": "bad", "name": "Ana"}, {"survey": "s"})
    assert says in refusal.reasons[0]
    assert "Ana" not in f"{refusal.reasons}{walk.receipt()}"


def test_no_reason_tells_a_value() -> None:
    secret = "ana@example.test"
    wrong = [
        answer("a", rating=secret),
        answer("b", language=secret),
        answer("c", dims={"d": [secret]}),
        answer("d", weight=secret),
        answer("e", asked_at=secret),
        answer("f", at=secret),
        answer("g", scale=secret),
        answer("h", respondent=secret),
        answer("i", customer=[secret]),
        answer({"id": secret}),
    ]
    walk, (portion, _) = walked(scripted([Page(wrong)]))
    assert len(portion.refused) == len(wrong)
    assert secret not in f"{[r.reasons for r in portion.refused]}{walk.receipt()}"


def test_one_record_of_an_object_is_refused_alone() -> None:
    def reads(raw: Any, _: Any) -> Read:
        rows = [{"id": f"o:{n}", "rating": n, "scale": "0:10"} for n in (9, 99)]
        return Read(id="o", records=rows, updated_at=NOON)

    _, (portion, _) = walked(scripted([Page([{"id": "o"}])], read=reads))
    assert told([portion]) == [[("o", 9)]]
    assert [(r.object, r.record) for r in portion.refused] == [("o", "o:99")]


def test_two_records_of_one_id_would_overwrite_each_other() -> None:
    def reads(raw: Any, _: Any) -> Read:
        return Read(id="o", records=[{"id": "r", "rating": n, "scale": "0:10"} for n in (1, 9)])

    _, (portion, _) = walked(scripted([Page([{"id": "o"}])], read=reads))
    assert portion.refused[0].reasons == ("two of its records have one id",)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"updated_at": datetime(2026, 3, 1)}, "no time with a time zone"),
        ({"updated_at": "2026-03-01"}, "no time with a time zone"),
        ({"mark": datetime(2026, 3, 1)}, "its mark is no time"),
        ({"mark": 5}, "its mark is no time"),
        ({"updated_at": datetime.max.replace(tzinfo=UTC).astimezone(UTC)}, None),
    ],
)
def test_a_stamp_without_a_time_zone_is_refused(wrong: dict[str, Any], says: str | None) -> None:
    """D13: a naive time is never one of ours by chance."""

    def reads(raw: Any, _: Any) -> Read:
        return Read(id="o", records=[{"id": "o", "rating": 9, "scale": "0:10"}], **wrong)

    _, (portion, _) = walked(scripted([Page([{}])], read=reads))
    assert (says is None) == (not portion.refused)
    if says:
        assert says in portion.refused[0].reasons[0]


def test_a_new_field_of_the_vendor_changes_nothing() -> None:
    """D9: an adapter reads what it knows."""

    def reads(raw: Any, _: Any) -> Read:
        record = {"id": raw["id"], "rating": raw["rating"], "scale": "0:10"}
        return Read(id=raw["id"], records=[record])

    old, new = ({"id": "a", "rating": 9}, {"id": "a", "rating": 9, "mood": {"deep": [1]}})
    assert told(walked(scripted([Page([old])], read=reads))[1]) == told(
        walked(scripted([Page([new])], read=reads))[1]
    )


# -- when it is given up --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (AuthError("the token is refused"), "AuthError: the token is refused"),
        (RetryError("told to wait 3600 s", NOW), "RetryError: told to wait 3600 s"),
        (ValueError("Ana"), "the adapter does not expect this: ValueError (test_walk.py"),
        (ScaleError("'Ana' is no scale"), "the adapter does not expect this: ScaleError"),
        (KeyboardInterrupt(), "interrupted"),
    ],
)
def test_what_came_before_an_error_stays(error: BaseException, says: str) -> None:
    def pages(_: Any) -> Any:
        yield Page([answer("a")], cursor=1)
        raise error

    walk, portions = Walk(scripted(pages), None, "responses", None, clock=FakeClock(NOW)), []
    with pytest.raises(type(error)):
        portions.extend(walk)
    assert told(portions) == [[("a", 9)]]
    assert (portions[0].state.resume, portions[0].state.mark) == (1, None)
    receipt = walk.receipt()
    assert receipt.status == "failed"
    assert receipt.reasons[0].startswith(says)
    assert "Ana" not in str(receipt)
    assert receipt.resume_at == (NOW if isinstance(error, RetryError) else None)


def test_a_walk_that_was_left_is_not_complete() -> None:
    walk = Walk(scripted([Page([answer("a")]), Page([answer("b")])]), None, "responses", None)
    for _ in walk:
        break
    assert walk.receipt().reasons == ("it was not read to its end",)


def test_an_unknown_stream_is_named_with_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"no stream 'answers'.*responses"):
        Walk(scripted([]), None, "answers", None)  # type: ignore[arg-type]  # what it is about


# -- without a store ------------------------------------------------------------------------------


def test_read_without_a_store_keeps_the_latest_version_of_each() -> None:
    pages = [
        Page([answer("a", NOON, 1), answer("b", NOON, 2), answer("c", NOON, 3)]),
        Page(
            [answer("a", NOON + timedelta(1), 7), answer("b", NOON - timedelta(1), 0)], gone=["c"]
        ),
    ]
    batch, receipt = read(scripted(pages))
    assert [(r.id, r.rating) for r in batch] == [("a", 7), ("b", 2)]
    assert (receipt.status, receipt.changes) == ("complete", Changes(new=2, gone=1))


def test_read_without_a_store_raises_what_stops_it() -> None:
    def pages(_: Any) -> Any:
        yield Page([answer("a")])
        raise PagingError("120 announced, 60 received")

    with pytest.raises(PagingError):
        read(scripted(pages))


def test_a_refused_page_in_the_middle_of_an_interrupted_walk_starts_it_again() -> None:
    """A cursor that the vendor forgot: without this the walk would fail on every pull."""
    asked = []

    def pages(since: Any) -> Any:
        asked.append(since.resume)
        if since.resume is not None:
            raise RefusedError("cursor expired", 410)
        yield Page([answer("a"), answer("b")], cursor=1)

    state = State(field="updated", filters=empty_filters(), resume=7, began=NOON, objects=50)
    walk, portions = walked(scripted(pages), state)
    assert asked == [7, None]
    assert told(portions) == [[("a", 9), ("b", 9)], []]
    assert portions[0].state.objects == 2
    assert walk.receipt().status == "complete"
    assert "starts again" in walk.receipt().notes[-1]


def empty_filters() -> str:
    from cxmetrics.sources.state import filters_hash

    return filters_hash({})
