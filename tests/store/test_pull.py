"""A pull: what is stored, what the receipt says of it, and what happens when it goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from cxmetrics.errors import (
    AuthError,
    RefusedError,
    RetryError,
    StoreError,
    StoreLockedError,
    TransportError,
    UsageError,
)
from cxmetrics.plugins import hookimpl, registry
from cxmetrics.records import Response
from cxmetrics.sources import Page, Read, Since, Stream
from cxmetrics.sources.receipt import Receipt
from cxmetrics.sources.steps import Pseudonymise, Redact
from cxmetrics.store import open_store
from cxmetrics.store.pull import pull
from cxmetrics.testing.clock import FakeClock
from cxmetrics.testing.scripted import scripted

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ALL = [Stream(name="responses"), Stream(name="customers"), Stream(name="interactions")]


def answer(ident: str, rating: Any = 9, minutes: float = 0, **fields: Any) -> dict[str, Any]:
    at = (NOON + timedelta(minutes=minutes)).isoformat()
    return {"id": ident, "at": at, "rating": rating, **fields}


def clocked(**how: Any) -> dict[str, Any]:
    return {"clock": FakeClock(NOON + timedelta(days=1)), **how}


def ratings(store: Any, **how: Any) -> dict[str, Any]:
    return {r.id: r.rating for r in store.batch(Response, **how)}


def by_stream(**given: Callable[[], Any]) -> Any:
    """Return a feed whose streams do what is given."""
    from cxmetrics.sources.feed import Feed

    inner = scripted([], *ALL).source

    class Several(type(inner)):  # type: ignore[misc]  # the class is made by a function
        streams = tuple(s for s in ALL if s.name in given)

        def pages(self, http: Any, stream: str, since: Since) -> Iterator[Page]:
            result = given[stream]()
            yield from result

        def read(self, stream: str, raw: Any, context: Any) -> Read:
            if stream == "responses":
                return super().read(stream, raw, context)
            return Read(id=raw["id"], records=[raw])

    return Feed(source=Several(None))


def raising(error: BaseException, *pages: Page) -> Callable[..., Iterator[Page]]:
    def give(_: object = None) -> Iterator[Page]:
        yield from pages
        raise error

    return give


# -- what is stored --------------------------------------------------------------------------------


def test_a_pull_stores_what_comes_and_a_second_one_changes_nothing(store: Any) -> None:
    pages = [Page([answer("a"), answer("b", 3)], total=3), Page([answer("c", 7)], total=3)]
    heard: list[Any] = []
    first = pull(store, scripted(pages), progress=lambda *told: heard.append(told), **clocked())
    assert ratings(store) == {"a": 9, "b": 3, "c": 7}
    assert (first.status, first.exit_code, first.changes.new) == ("complete", 0, 3)
    assert heard == [("responses", 2, 3), ("responses", 3, 3), ("responses", 3, 3)]
    second = pull(store, scripted(pages), **clocked())
    assert (second.changes.new, second.changes.unchanged) == (0, 3)
    assert store.receipts("scripted") == (first, second)
    state = store.cursor("scripted", "responses")
    assert (state.mark, state.resume) == (NOON, None)


def test_everybody_who_wants_to_hear_of_a_pull_does(store: Any) -> None:
    heard: list[Receipt] = []
    plugin = SimpleNamespace(cxmetrics_pulled=hookimpl(lambda receipt: heard.append(receipt)))
    plugin.cxmetrics_pulled.__name__ = "cxmetrics_pulled"
    registry.register(plugin, "listener")
    try:
        receipt = pull(store, scripted([Page([answer("a")])]), **clocked())
    finally:
        registry.unregister(plugin)
    assert heard == [receipt]


def test_steps_are_taken_before_anything_is_written(store: Any) -> None:
    page = Page(
        [answer("a", 9, customer="Ana", verbatim="ana@b.fr"), answer("b", 99, customer="Ana")]
    )
    steps = [Pseudonymise("a key that is long enough"), Redact()]
    receipt = pull(store, scripted([page]), steps=steps, **clocked())
    (kept,) = store.batch(Response)
    assert kept.customer.startswith("cx_")
    assert kept.verbatim == "<EMAIL>"
    with store._database.reading() as connection:
        told = connection.exec_driver_sql("SELECT raw FROM refused").scalar()
    assert "Ana" not in told
    assert receipt.status == "partial"


def test_only_the_streams_that_are_asked_for(store: Any) -> None:
    feed = by_stream(
        responses=lambda: [Page([answer("a")])], customers=lambda: [Page([{"id": "c"}])]
    )
    assert [s.stream for s in pull(store, feed, streams=["customers"], **clocked()).streams] == [
        "customers"
    ]
    assert [s.stream for s in pull(store, feed, **clocked()).streams] == ["responses", "customers"]
    with pytest.raises(UsageError, match="no stream 'invitations'"):
        pull(store, feed, streams=["invitations"], **clocked())


def test_what_makes_no_sense_is_refused_before_anything_is_asked(store: Any) -> None:
    feed = scripted(raising(AssertionError("asked")))
    with pytest.raises(UsageError, match="time zone"):
        pull(store, feed, since=datetime(2026, 1, 1), **clocked())
    with pytest.raises(UsageError, match="full"):
        pull(store, feed, since=NOON, full=True, **clocked())
    assert store.receipts("scripted") == ()


# -- when it goes wrong ----------------------------------------------------------------------------


def test_what_came_before_an_error_stays_and_the_next_pull_goes_on(store: Any) -> None:
    down = [True]

    def pages(since: Since) -> Iterator[Page]:
        if since.resume is None:
            yield Page([answer("a")], cursor="2", total=2)
            if down.pop():
                raise TransportError("the vendor is down")
        yield Page([answer("b")], cursor="3", total=2)

    first = pull(store, scripted(pages), **clocked())
    assert (first.status, first.exit_code) == ("failed", 4)
    assert first.streams[0].reasons == ("TransportError: the vendor is down",)
    assert ratings(store) == {"a": 9}
    second = pull(store, scripted(pages), **clocked())
    assert (second.status, second.streams[0].objects, second.streams[0].total) == ("complete", 1, 2)
    assert ratings(store) == {"a": 9, "b": 9}


@pytest.mark.parametrize(
    ("error", "asked_on", "says"),
    [
        (AuthError("the token is refused"), False, "not asked: the vendor refused the credentials"),
        (RetryError("told to wait", NOON), False, "not asked: the vendor asked to wait"),
        (RefusedError("GET x: 403", 403), True, ""),
        (TransportError("down"), True, ""),
        (KeyError("drifted"), True, ""),
    ],
)
def test_an_error_of_one_stream_does_not_lose_the_others(
    store: Any, error: Exception, asked_on: bool, says: str
) -> None:
    feed = by_stream(
        responses=lambda: [Page([answer("a")])],
        customers=raising(error, Page([{"id": "c"}])),
        interactions=lambda: [Page([])],
    )
    receipt = pull(store, feed, **clocked())
    statuses = [s.status for s in receipt.streams]
    assert statuses == ["complete", "failed", "complete" if asked_on else "failed"]
    assert receipt.exit_code == 4
    assert receipt.streams[2].reasons == ((says,) if says else ())
    assert ratings(store) == {"a": 9}
    assert receipt.streams[1].changes.new == 1
    assert receipt.resume_at == (NOON if isinstance(error, RetryError) else None)


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_who_stops_a_pull_finds_whole_pages_and_a_receipt(store: Any, stop: Any) -> None:
    """D3."""
    feed = by_stream(
        responses=raising(stop(), Page([answer("a"), answer("b")], cursor=1)),
        customers=lambda: [Page([{"id": "c"}])],
    )
    with pytest.raises(stop):
        pull(store, feed, **clocked())
    assert ratings(store) == {"a": 9, "b": 9}
    (receipt,) = store.receipts("scripted")
    assert [(s.stream, s.status) for s in receipt.streams] == [("responses", "failed")]
    with store.lock("scripted"):
        pass  # it was let go


def test_a_store_that_fails_leaves_no_half_page(store: Any, monkeypatch: Any) -> None:
    from cxmetrics.store import ledger

    upsert = ledger.upsert

    def full(connection: Any, table: Any, rows: Any) -> None:
        if table.name == "states":
            raise StoreError("the disk is full")
        upsert(connection, table, rows)

    feed = scripted([Page([answer("a")], cursor=1), Page([answer("b", 99)], cursor=2)])
    with monkeypatch.context() as patch:
        patch.setattr(ledger, "upsert", full)
        with pytest.raises(StoreError, match="disk is full"):
            pull(store, feed, **clocked())
    assert ratings(store) == {}
    assert store.cursor("scripted", "responses") is None
    assert store.receipts("scripted")[0].status == "failed"
    assert pull(store, feed, **clocked()).status == "partial"
    assert ratings(store) == {"a": 9}


def test_a_page_that_is_delivered_again_is_stored_once(store: Any, monkeypatch: Any) -> None:
    """Incidents 4 and 6: the data were written, something after that failed, and it came again."""
    feed = scripted([Page([answer("a"), answer("b")], cursor=1), Page([answer("b"), answer("c")])])

    def stop(*_: Any) -> None:
        raise RuntimeError("the program ends here")

    for _ in range(3):
        with pytest.raises(RuntimeError):
            pull(store, feed, progress=stop, **clocked())
    receipt = pull(store, feed, **clocked())
    assert ratings(store) == {"a": 9, "b": 9, "c": 9}
    assert receipt.streams[0].repeated == 1


def test_a_full_pull_of_one_stream_leaves_the_others_where_they_are(store: Any) -> None:
    """Incident 18: it wiped the bookmarks of all."""
    feed = by_stream(
        responses=lambda: [Page([answer("a")])], customers=lambda: [Page([{"id": "c"}])]
    )
    pull(store, feed, **clocked())
    before = store.cursor("scripted", "responses")
    pull(store, feed, streams=["customers"], full=True, **clocked())
    assert store.cursor("scripted", "responses") == before
    assert ratings(store) == {"a": 9}


def test_a_resumed_pull_is_as_partial_as_its_first_part(store: Any) -> None:
    """What the first part refused is missing from the whole, though the second part is fine."""
    down = [True]

    def pages(since: Since) -> Iterator[Page]:
        if since.resume is None:
            yield Page([answer("a", 99)], cursor="2")
            if down.pop():
                raise TransportError("the vendor is down")
        yield Page([answer("b")])

    pull(store, scripted(pages), **clocked())
    receipt = pull(store, scripted(pages), **clocked())
    assert receipt.status == "partial"
    assert receipt.streams[0].reasons == ("1 refused by earlier pulls are kept raw",)
    third = pull(store, scripted([Page([answer("b")])]), **clocked())
    assert third.status == "complete"
    assert "1 refused by earlier pulls are kept raw" in third.streams[0].notes


def test_what_no_database_can_keep_is_refused(store: Any) -> None:
    page = Page([answer("nul", verbatim="a\0b"), answer("half", verbatim="\ud800"), answer("c")])
    receipt = pull(store, scripted([page]), **clocked())
    assert ratings(store) == {"c": 9}
    assert (receipt.status, receipt.changes.refused) == ("partial", 2)
    assert "can't be kept" in receipt.streams[0].reasons[0]


@pytest.mark.parametrize("length", [500, 100_000])
def test_a_text_of_any_length_is_kept(store: Any, length: int) -> None:
    row = answer("x" * 500, customer="é" * length, verbatim="v" * length, dims={"d" * length: "e"})
    receipt = pull(store, scripted([Page([row])]), **clocked())
    assert receipt.status == "complete"
    assert len(ratings(store)) == 1


# -- deletions -------------------------------------------------------------------------------------


def many(count: int, *, without: set[int] = frozenset()) -> Any:  # type: ignore[assignment]
    rows = [answer(f"r{n}", n % 11) for n in range(count) if n not in without]
    return scripted([Page(rows, total=len(rows))])


def test_a_full_pull_finds_what_the_vendor_has_no_longer(store: Any) -> None:
    """D7 and incident 20; an increment never does."""
    pull(store, many(100), **clocked())
    assert pull(store, many(100, without={5, 50}), **clocked()).changes.gone == 0
    receipt = pull(store, many(100, without={5, 50}), full=True, **clocked())
    assert (receipt.status, receipt.changes.gone) == ("complete", 2)
    assert ratings(store).keys() == {f"r{n}" for n in range(100)} - {"r5", "r50"}
    assert len(ratings(store, gone=True)) == 100
    again = pull(store, many(100), full=True, **clocked())
    assert (again.changes.gone, again.changes.changed) == (0, 2)
    assert len(ratings(store)) == 100


def test_a_full_pull_that_finds_far_less_marks_nothing(store: Any) -> None:
    """D8 and incident 34: an archive, an outage."""
    pull(store, many(100), **clocked())
    for left in (0, 50, 94):
        feed = many(100, without=set(range(left, 100)))
        receipt = pull(store, feed, full=True, **clocked())
        assert (receipt.status, receipt.changes.gone) == ("partial", 0)
        assert f"{100 - left} of 100 stored objects did not come" in receipt.streams[0].reasons[0]
        assert len(ratings(store)) == 100
    receipt = pull(store, feed, full=True, accept_shrink=True, **clocked())
    assert (receipt.status, receipt.changes.gone) == ("complete", 6)


@pytest.mark.parametrize(
    "feed",
    [
        scripted(raising(TransportError("down"), Page([answer("r1")]))),
        scripted([Page([answer(f"r{n}") for n in range(98)], total=100)]),
        scripted([Page([*(answer(f"r{n}") for n in range(98)), {"id": None, "at": None}])]),
    ],
)
def test_nothing_is_gone_unless_everything_was_met(store: Any, feed: Any) -> None:
    """A walk that failed, one that brought less than was announced, an object nobody can name."""
    pull(store, many(100), **clocked())
    receipt = pull(store, feed, full=True, accept_shrink=True, **clocked())
    assert receipt.status != "complete"
    assert receipt.changes.gone == 0
    assert len(ratings(store)) == 100


def test_deletions_that_the_vendor_tells_need_no_full_pull(store: Any) -> None:
    pull(store, many(3), **clocked())
    receipt = pull(store, scripted([Page([], gone=["r1", "never seen"])]), **clocked())
    assert receipt.changes.gone == 1
    assert ratings(store).keys() == {"r0", "r2"}


# -- after an upgrade ------------------------------------------------------------------------------


def test_what_an_older_adapter_refused_is_read_again_by_a_newer_one(store: Any) -> None:
    def old(raw: Any, _: Any) -> Read:
        raise KeyError(raw["id"])

    def new(raw: Any, context: Any) -> Read:
        if raw["id"] == "worse":
            raise KeyError
        record = {"id": f"{context['s']}:{raw['id']}", "rating": raw["score"], "scale": "0:10"}
        return Read(id=record["id"], records=[record])

    rows = [
        {"id": "a", "score": 9},
        {"id": "worse", "score": 1},
        {"no id": 1, "id": "b", "score": 3},
    ]
    page = Page(rows, context={"s": "s"})
    first = pull(store, scripted([page], read=old), **clocked())
    assert (first.status, first.changes.refused) == ("partial", 3)
    second = pull(store, scripted([], read=new, version=2), **clocked())  # the vendor has forgotten
    assert ratings(store) == {"s:a": 9, "s:b": 3}
    assert second.streams[0].changes.new == 2
    assert "3 refused before were read again, 2 of them are kept now" in second.streams[0].notes
    third = pull(store, scripted([], read=new, version=2), **clocked())
    assert "1 refused by earlier pulls are kept raw" in third.streams[0].notes
    assert third.streams[0].changes.refused == 0


# -- several at once -------------------------------------------------------------------------------


def test_a_second_pull_of_one_source_is_refused_and_says_who_holds_it(store: Any) -> None:
    """D5 and incident 18."""
    told = []

    def pages(_: Since) -> Iterator[Page]:
        with pytest.raises(StoreLockedError) as caught:
            pull(store, scripted([]), **clocked())
        told.append(str(caught.value))
        yield Page([answer("a")])

    assert pull(store, scripted(pages), **clocked()).status == "complete"
    assert "'scripted' is being pulled" in told[0]
    assert ratings(store) == {"a": 9}


def test_sources_are_pulled_in_threads_into_one_store(store: Any) -> None:
    def feed(name: str) -> Any:
        rows = [[answer(f"r{n}", n % 11) for n in range(p * 20, p * 20 + 20)] for p in range(5)]
        return scripted([Page(part, cursor=n) for n, part in enumerate(rows)], name=name)

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda n: pull(store, feed(n), **clocked()), ["a", "b", "c", "d"]))
    assert [r.status for r in done] == ["complete"] * 4
    assert len(list(store.batch(Response))) == 400


def test_readers_see_whole_pages_while_a_pull_goes_on(store: Any, target: str) -> None:
    seen: list[int] = []

    def look(*_: Any) -> None:
        with open_store(target) as other:
            seen.append(len(other.batch(Response)))

    pages = [Page([answer(f"{p}-{n}") for n in range(10)], cursor=p) for p in range(3)]
    pull(store, scripted(pages), progress=look, **clocked())
    assert seen == [10, 20, 30, 30]
