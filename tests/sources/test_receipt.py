"""Receipts: what came, what changed, and whether it is everything."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics.sources.portion import Changes
from cxmetrics.sources.receipt import Receipt, StreamReceipt

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
counts = st.integers(0, 10**9)
words = st.text(max_size=20)
moments = st.datetimes(timezones=st.just(UTC))
streams = st.builds(
    StreamReceipt,
    stream=st.sampled_from(["responses", "customers"]),
    status=st.sampled_from(["complete", "partial", "failed"]),
    reasons=st.lists(words, max_size=3).map(tuple),
    notes=st.lists(words, max_size=3).map(tuple),
    pages=counts,
    objects=counts,
    repeated=counts,
    total=st.none() | counts,
    changes=st.builds(Changes, new=counts, changed=counts, refused=counts, gone=counts),
    skipped=st.dictionaries(words, counts, max_size=3),
    resume_at=st.none() | moments,
)
receipts = st.builds(
    Receipt,
    source=words,
    started_at=moments,
    ended_at=moments,
    streams=st.lists(streams, max_size=3).map(tuple),
)


@given(receipts)
def test_a_receipt_goes_to_json_and_back(receipt: Receipt) -> None:
    assert Receipt.from_dict(json.loads(json.dumps(receipt.to_dict()))) == receipt


@given(receipts)
def test_the_whole_is_the_sum_of_its_streams_and_as_bad_as_the_worst(receipt: Receipt) -> None:
    assert receipt.changes.new == sum(s.changes.new for s in receipt.streams)
    assert receipt.pages == sum(s.pages for s in receipt.streams)
    statuses = {s.status for s in receipt.streams}
    worst = next((s for s in ("failed", "partial") if s in statuses), "complete")
    assert receipt.status == worst
    assert receipt.exit_code == {"complete": 0, "partial": 3, "failed": 4}[worst]
    told = str(receipt)
    assert told.startswith(f"{receipt.source}: {worst}\n" if receipt.streams else receipt.source)


def test_the_keys_of_the_json_are_a_promise() -> None:
    stream = StreamReceipt(stream="responses", status="complete")
    told = Receipt(source="a", started_at=NOON, ended_at=NOON, streams=(stream,)).to_dict()
    assert sorted(told) == [
        *("changes", "ended_at", "source", "started_at", "status", "streams"),
    ]
    assert sorted(told["streams"][0]) == [
        *("changes", "notes", "objects", "pages", "reasons", "repeated", "resume_at", "skipped"),
        *("status", "stream", "total"),
    ]
    assert sorted(told["changes"]) == [
        *("changed", "erased", "gone", "new", "refused", "stale", "unchanged"),
    ]


@pytest.mark.parametrize(
    ("receipt", "says"),
    [
        (
            StreamReceipt(
                stream="responses",
                status="partial",
                reasons=("120 objects announced, 60 received",),
                notes=("goes on where the walk before was interrupted",),
                pages=1,
                objects=60,
                repeated=2,
                total=120,
                changes=Changes(new=50, unchanged=10),
                skipped={"not answered": 3},
                resume_at=NOON,
            ),
            [
                "responses: partial",
                "  came: 60 objects on 1 page, 2 of them again, the vendor counts 120",
                "  written: 50 new · 10 unchanged",
                "  left out: not answered 3",
                "  ! 120 objects announced, 60 received",
                "  come back at 2026-03-01 12:00 UTC",
                "  (goes on where the walk before was interrupted)",
            ],
        ),
        (
            StreamReceipt(stream="customers", status="complete", pages=2, objects=1),
            ["customers: complete", "  came: 1 object on 2 pages", "  written: nothing"],
        ),
    ],
)
def test_people_read_what_came_and_why_it_is_not_all(
    receipt: StreamReceipt, says: list[str]
) -> None:
    assert str(receipt).splitlines() == says
