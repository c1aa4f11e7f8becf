"""Increments: nothing is lost to sorting, ties, late records, clocks, crashes or other settings.

Where it is cheap, the test holds the way others do it, `Naive`, and shows what that loses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import Factory, define, evolve
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics.errors import TransportError, UsageError
from cxmetrics.sources import Page, Read, Since, Stream
from cxmetrics.sources.increments import LEAST_OVERLAP, start
from cxmetrics.sources.state import State, filters_hash
from cxmetrics.sources.walk import Walk
from cxmetrics.testing.clock import FakeClock
from cxmetrics.testing.scripted import scripted

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NONE = filters_hash({})
UPDATED = Stream(name="responses")
ORDERED = Stream(name="responses", ordered=True, overlap=timedelta(0))


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


@define
class Vendor:
    """Objects with a stamp, listed as the vendor lists them.

    Attributes:
        rows: id to (stamp, rating).
        newest_first: how the list is sorted.
        size: of a page.
        stream: what is known of it.
        resumable: whether a page has a cursor.
        before_page: called with the number of the page that is about to be given.
    """

    rows: dict[str, tuple[datetime, int]] = Factory(dict)
    newest_first: bool = False
    size: int = 2
    stream: Stream = UPDATED
    resumable: bool = False
    before_page: Callable[[int], object] = lambda _: None
    asked: list[Since] = Factory(list)

    def pages(self, since: Since) -> Iterator[Page]:
        self.asked.append(since)
        listed = sorted(
            (stamp, ident)
            for ident, (stamp, _) in self.rows.items()
            if not since.at or stamp >= since.at
        )
        order = [ident for _, ident in (reversed(listed) if self.newest_first else listed)]
        first = since.resume or 0
        for page in range(first, -(-len(order) // self.size)):
            self.before_page(page)
            part = order[page * self.size : (page + 1) * self.size]
            rows = [(ident, *self.rows[ident]) for ident in part]
            objects = [{"id": i, "at": stamp.isoformat(), "rating": r} for i, stamp, r in rows]
            yield Page(objects, cursor=page + 1 if self.resumable else None)

    def feed(self, **how: Any) -> Any:
        return scripted(self.pages, self.stream, **how)


@define
class Books:
    """The smallest store: objects, and the state that is written with them."""

    kept: dict[str, tuple[datetime | None, int]] = Factory(dict)
    state: State | None = None
    notes: tuple[str, ...] = ()

    def pull(self, feed: Any, now: datetime = NOON + timedelta(days=1), **how: Any) -> str:
        clock = FakeClock(now)
        walk = Walk(feed, None, "responses", self.state, clock=clock, **how)
        try:
            for portion in walk:
                for entry in portion.entries:
                    held = self.kept.get(entry.object)
                    if held and held[0] and entry.updated_at and entry.updated_at < held[0]:
                        continue
                    if entry.records:
                        rating = entry.records[0].rating  # type: ignore[attr-defined]
                        self.kept[entry.object] = (entry.updated_at, rating)
                    else:
                        self.kept.pop(entry.object, None)
                self.state = portion.state
        except TransportError:
            pass
        receipt = walk.receipt()
        self.notes = receipt.notes
        return receipt.status

    @property
    def ratings(self) -> dict[str, int]:
        return {ident: rating for ident, (_, rating) in self.kept.items()}


class Naive(Books):
    """Saves the highest stamp with every page, and asks for what is later."""

    def pull(self, feed: Any, now: datetime = NOON, **how: Any) -> str:
        mark = self.state.mark if self.state else None
        later = None if mark is None else mark + timedelta(microseconds=1)  # type: ignore[operator]
        try:
            for page in feed.source.pages(None, "responses", Since(mark=later)):
                for raw in page.records:
                    stamp = datetime.fromisoformat(raw["at"])
                    self.kept[raw["id"]] = (stamp, raw["rating"])
                    mark = max(mark or stamp, stamp)  # type: ignore[type-var]
                self.state = State(field="updated", mark=mark)
        except TransportError:
            return "failed"
        return "complete"


def fails_at(page: int) -> Callable[[int], None]:
    def before(number: int) -> None:
        if number == page:
            raise TransportError("the vendor is down")

    return before


def truth(vendor: Vendor) -> dict[str, int]:
    return {ident: rating for ident, (_, rating) in vendor.rows.items()}


# -- the five nastiest, as far as they are about increments ---------------------------------------


@pytest.mark.parametrize("resumable", [False, True])
@pytest.mark.parametrize(("books", "loses"), [(Books, set()), (Naive, {"a", "b"})])
def test_newest_first_and_an_error_in_the_middle_lose_nothing(
    books: type[Books], loses: set[str], resumable: bool
) -> None:
    """Vendor bug 1, incidents 3 and 13: a running maximum over an unsorted list."""
    vendor = Vendor({i: (at(n), n) for n, i in enumerate("abcdef")}, newest_first=True)
    vendor.resumable = resumable
    vendor.before_page = fails_at(2)
    store = books()
    assert store.pull(vendor.feed()) == "failed"
    vendor.before_page = lambda _: None
    assert store.pull(vendor.feed()) == "complete"
    assert truth(vendor).keys() - store.ratings.keys() == loses


@pytest.mark.parametrize(("books", "loses"), [(Books, set()), (Naive, {"c"})])
def test_the_second_record_of_a_second_that_appears_later_is_found(
    books: type[Books], loses: set[str]
) -> None:
    """Vendor bug 2, incident 1, D1: strict `>` drops it."""
    vendor = Vendor({"a": (at(0), 1), "b": (at(1), 2)})
    store = books()
    store.pull(vendor.feed())
    vendor.rows["c"] = (at(1), 3)
    store.pull(vendor.feed())
    assert truth(vendor).keys() - store.ratings.keys() == loses


@pytest.mark.parametrize("stream", [UPDATED, ORDERED])
@pytest.mark.parametrize("resumable", [False, True])
def test_more_than_a_page_of_one_stamp_neither_loops_nor_loses(
    stream: Stream, resumable: bool
) -> None:
    """Vendor bug 2 and incident 9: the watermark is the stamp of all of them."""
    vendor = Vendor({i: (at(0), n) for n, i in enumerate("abcdefg")}, stream=stream)
    vendor.resumable = resumable
    store = Books()
    for page in (1, 2, 3):
        vendor.before_page = fails_at(page)
        assert store.pull(vendor.feed()) == "failed"
    vendor.before_page = lambda _: None
    assert store.pull(vendor.feed()) == "complete"
    assert store.ratings == truth(vendor)
    assert len(vendor.asked) == 4


@pytest.mark.parametrize(("books", "loses"), [(Books, set()), (Naive, {"a"})])
def test_a_record_that_moves_during_the_walk_is_found_by_the_next_pull(
    books: type[Books], loses: set[str]
) -> None:
    """Vendor bug 3, incident 2: edited after its page was given, and before the last stamp seen.

    The walk takes five days, so that no overlap of one day would help.
    """
    vendor = Vendor({i: (at(n), n) for n, i in enumerate("abcd")}, size=1)

    def edit(page: int) -> None:
        if page == 3:
            vendor.rows |= {"a": (NOON + timedelta(days=3), 9), "d": (NOON + timedelta(days=5), 8)}

    vendor.before_page = edit
    store = books()
    store.pull(vendor.feed(), now=at(10))
    assert store.ratings == {**truth(vendor), "a": 0}
    vendor.before_page = lambda _: None
    store.pull(vendor.feed(), now=NOON + timedelta(days=6))
    assert {i for i, r in truth(vendor).items() if store.ratings[i] != r} == loses


def test_a_stamp_in_the_future_does_not_move_the_watermark_there() -> None:
    """Vendor bug, runner-up: tap-typeform set its bookmark in the future and went blind."""
    vendor = Vendor({"a": (at(0), 1), "clock": (NOON + timedelta(days=400), 2)})
    for books, finds in ((Books(), True), (Naive(), False)):
        vendor.rows.pop("b", None)
        books.pull(vendor.feed(), now=at(5))
        vendor.rows["b"] = (at(10), 3)
        books.pull(vendor.feed(), now=at(15))
        assert ("b" in books.ratings) is finds


# -- what becomes visible late, clocks ------------------------------------------------------------


def test_a_record_that_becomes_visible_after_its_stamp_is_found() -> None:
    """Incidents 2 and 8, D1: the overlap is 24 hours, and one hour at least."""
    for overlap, late, found in [
        (timedelta(hours=24), timedelta(hours=23), True),
        (timedelta(hours=24), timedelta(hours=25), False),  # said in the promises
        (timedelta(0), timedelta(minutes=59), True),
    ]:
        vendor = Vendor({"a": (at(0), 1)}, stream=evolve(UPDATED, overlap=overlap))
        books = Books()
        books.pull(vendor.feed(), now=at(1))
        vendor.rows["late"] = (at(0) - late, 2)
        books.pull(vendor.feed(), now=at(2))
        assert ("late" in books.ratings) is found


def test_an_edit_replaces_the_version_before() -> None:
    vendor = Vendor({"a": (at(0), 1), "b": (at(1), 2)})
    books = Books()
    books.pull(vendor.feed())
    vendor.rows["a"] = (at(5), 9)
    books.pull(vendor.feed())
    assert books.ratings == {"a": 9, "b": 2}


def test_the_watermark_comes_from_the_data_and_not_from_the_clock() -> None:
    """Incident 7: a state of `now()` skips what the vendor still holds back."""
    vendor = Vendor({"a": (at(0), 1)})
    books = Books()
    books.pull(vendor.feed(), now=at(10_000))
    assert books.state is not None
    assert books.state.mark == at(0)


class VendorsClock:
    """What `Http` says of time: the earlier of our clock and the vendor's."""

    def __init__(self, clock: FakeClock, behind: timedelta) -> None:
        self.clock, self.behind = clock, behind

    def now(self) -> datetime:
        return self.clock.now() - max(self.behind, timedelta(0))


@pytest.mark.parametrize(
    ("stamp", "behind", "mark"),
    [
        (at(3), timedelta(0), at(3)),
        (at(30), timedelta(0), at(10)),  # the vendor's clock is ahead: capped at the walk's begin
        (at(9), timedelta(minutes=5), at(5)),  # ours is ahead: capped at the vendor's time
        (NOON + timedelta(days=900), timedelta(minutes=5), at(5)),
    ],
)
def test_the_watermark_never_passes_the_earlier_of_both_clocks(
    stamp: datetime, behind: timedelta, mark: datetime
) -> None:
    """T19."""
    clock = FakeClock(at(10))
    vendor = Vendor({"a": (stamp, 1)})
    http: Any = VendorsClock(clock, behind)
    *_, last = Walk(vendor.feed(), http, "responses", None)
    assert last.state.mark == mark


def test_a_watermark_in_the_future_is_not_believed() -> None:
    """Written by an older program, or with a clock that was wrong."""
    vendor = Vendor({"a": (at(0), 1)})
    state = State(field="updated", filters=NONE, mark=NOON + timedelta(days=500))
    books = Books(state=state)
    books.pull(vendor.feed(), now=at(10))
    assert books.ratings == {"a": 1}
    assert "lies in the future" in books.notes[0]
    assert books.state is not None
    assert books.state.mark == at(0)


def test_the_cursor_never_goes_back() -> None:
    vendor = Vendor({"a": (at(0), 1), "b": (at(9), 1)})
    books = Books()
    books.pull(vendor.feed())
    del vendor.rows["b"]
    for how in ({}, {"full": True}, {"since": at(-5)}):
        books.pull(vendor.feed(), **how)
        assert books.state is not None
        assert books.state.mark == at(9)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2026-03-01T10:00:00+02:00", "2026-03-01T08:30:00Z"),
        ("2026-03-01T08:00:00Z", "2026-03-01T08:00:00.500Z"),
        ("2026-03-01T08:00:00+00:00", "2026-03-01T08:00:00.000001+00:00"),
        ("2026-10-25T02:30:00+02:00", "2026-10-25T02:10:00+01:00"),
    ],
)
def test_stamps_are_instants_whatever_offset_they_are_told_in(first: str, second: str) -> None:
    """Incident 17: compared as texts, the later one is the smaller one, and hours are skipped."""
    rows = [{"id": "a", "at": second, "rating": 2}, {"id": "a", "at": first, "rating": 1}]
    books = Books()
    books.pull(scripted([Page(rows)]), now=datetime(2027, 1, 1, tzinfo=UTC))
    assert books.ratings == {"a": 2}
    assert books.state is not None
    assert books.state.mark == datetime.fromisoformat(second)
    told = State.from_dict(books.state.to_dict())
    assert told.mark == books.state.mark
    assert str(told.to_dict()["mark"]).endswith("+00:00")


def test_no_record_leaves_the_state_alone() -> None:
    """Incident 19: a run without records wiped the state."""
    vendor = Vendor({"a": (at(0), 1)})
    books = Books()
    books.pull(vendor.feed())
    before = books.state
    vendor.rows.clear()
    assert books.pull(vendor.feed()) == "complete"
    assert books.state == before


# -- order ----------------------------------------------------------------------------------------


def test_in_order_the_watermark_moves_with_every_page() -> None:
    vendor = Vendor({i: (at(n), n) for n, i in enumerate("abcdef")}, stream=ORDERED)
    vendor.before_page = fails_at(2)
    books = Books()
    books.pull(vendor.feed())
    assert books.state is not None
    assert books.state.mark == at(3)
    vendor.before_page = lambda _: None
    books.pull(vendor.feed())
    assert vendor.asked[-1].mark == at(3)  # without an overlap: the order is guaranteed
    assert books.ratings == truth(vendor)
    assert books.notes == ()


@pytest.mark.parametrize("resumable", [False, True])
def test_a_guarantee_that_does_not_hold_is_noticed_and_costs_nothing(resumable: bool) -> None:
    """Marks fall where the vendor promised that they don't: the watermark goes back."""
    vendor = Vendor({i: (at(n), n) for n, i in enumerate("abcdef")}, stream=ORDERED)
    vendor.newest_first, vendor.resumable = True, resumable
    vendor.before_page = fails_at(2)
    books = Books()
    books.pull(vendor.feed())
    assert books.state is not None
    assert books.state.mark is None
    vendor.before_page = lambda _: None
    assert books.pull(vendor.feed()) == "complete"
    assert books.ratings == truth(vendor)
    assert "in order was not" in books.notes[-1]


def test_order_lost_after_an_interruption_takes_the_watermark_back() -> None:
    stream = evolve(ORDERED, overlap=timedelta(minutes=1))
    state = State(
        field="updated", filters=NONE, mark=at(8), resume=1, seen=at(8), start=at(0), began=at(9)
    )
    late = {"id": "late", "at": at(4).isoformat(), "rating": 5}
    walk = Walk(scripted([Page([late], cursor=2)], stream), None, "responses", state)
    assert next(iter(walk)).state.mark == at(0)


# -- interruptions --------------------------------------------------------------------------------


def test_an_interrupted_walk_goes_on_where_it_was_and_counts_both_parts() -> None:
    vendor = Vendor({i: (at(n), n) for n, i in enumerate("abcde")}, resumable=True)
    listed = vendor.pages

    def pages(since: Since) -> Iterator[Page]:
        for page in listed(since):
            yield evolve(page, total=5)

    vendor.before_page = fails_at(2)
    books = Books()
    assert books.pull(scripted(pages)) == "failed"
    vendor.before_page = lambda _: None
    assert books.pull(scripted(pages)) == "complete"
    assert vendor.asked[-1] == Since(mark=None, resume=2)
    assert books.ratings == truth(vendor)
    assert books.notes == ("goes on where the walk before was interrupted",)


def test_the_highest_mark_of_the_first_part_counts() -> None:
    vendor = Vendor({i: (at(n), n) for n, i in enumerate("abcde")}, resumable=True)
    vendor.newest_first, vendor.before_page = True, fails_at(1)
    books = Books()
    books.pull(vendor.feed())
    vendor.before_page = lambda _: None
    books.pull(vendor.feed())
    assert books.state is not None
    assert books.state.mark == at(4)


def test_what_changes_between_interruption_and_return_is_found_by_the_next_pull() -> None:
    """The watermark does not pass the moment the first part began."""
    vendor = Vendor({i: (at(n), n) for n, i in enumerate("abcde")}, resumable=True)
    vendor.before_page = fails_at(2)
    books = Books()
    books.pull(vendor.feed(), now=at(10))
    vendor.before_page = lambda _: None
    vendor.rows |= {"a": (at(4000), 7), "z": (at(9000), 8)}  # "a" was read already
    books.pull(vendor.feed(), now=at(9001))
    books.pull(vendor.feed(), now=at(9002))
    assert books.ratings == truth(vendor)


def test_an_interrupted_walk_keeps_its_filter() -> None:
    """A cursor belongs to the question it came from."""
    vendor = Vendor({i: (at(n), n) for n, i in enumerate("abcdef")}, resumable=True)
    vendor.before_page = fails_at(1)
    books = Books()
    books.pull(vendor.feed(), since=at(1))
    vendor.before_page = lambda _: None
    books.pull(vendor.feed())
    assert vendor.asked[-1] == Since(mark=at(1), resume=1)
    assert books.ratings == {i: r for i, r in truth(vendor).items() if i != "a"}


def test_the_state_goes_to_json_and_back() -> None:
    state = State(
        field="updated",
        mark=at(1),
        at_mark=("a",),
        filters="f",
        version=2,
        resume={"page": [1]},
        seen=at(2),
        start=at(0),
        began=at(3),
        objects=5,
    )
    assert State.from_dict(state.to_dict()) == state
    number = State(field="id", mark=7, seen=9, start=3)
    assert State.from_dict(number.to_dict()) == number


def test_the_state_stays_small_with_a_million_ties() -> None:
    """Incident 5: one hash a boundary row, tens of megabytes a run."""
    vendor = Vendor({f"r{n}": (at(0), n % 10) for n in range(5000)}, size=1000)
    books = Books()
    books.pull(vendor.feed())
    assert books.state is not None
    assert books.state.at_mark == ()


# -- numbers --------------------------------------------------------------------------------------


def by_number(rows: list[int], reread: int = 0) -> Any:
    def pages(since: Since) -> Iterator[Page]:
        yield Page([n for n in sorted(rows) if n >= (since.number or 0)])

    def reads(raw: Any, _: Any) -> Read:
        return Read(id=str(raw), mark=raw, records=[{"id": str(raw), "rating": 9, "scale": "0:10"}])

    return scripted(pages, Stream(name="responses", follows="id", reread=reread), read=reads)


@pytest.mark.parametrize(("reread", "found"), [(0, False), (5, True)])
def test_numbers_are_followed_and_some_are_read_again(reread: int, found: bool) -> None:
    rows = [1, 2, 9]
    books = Books()
    books.pull(by_number(rows, reread))
    rows += [5, 10]
    books.pull(by_number(rows, reread))
    assert ("5" in books.ratings) is found
    assert "10" in books.ratings
    assert books.state is not None
    assert books.state.mark == 10


def test_a_snapshot_reads_everything_every_time() -> None:
    vendor = Vendor({"a": (at(0), 1)}, stream=Stream(name="responses", follows="nothing"))
    books = Books()
    books.pull(vendor.feed())
    books.pull(vendor.feed())
    assert [since.mark for since in vendor.asked] == [None, None]
    assert books.state is not None
    assert books.state.mark is None


# -- other settings -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"filters": {"survey": "b"}}, "the settings that decide which records come have changed"),
        ({"version": 2}, "the adapter reads in another way (version 2, not 1)"),
    ],
)
def test_other_settings_or_another_adapter_read_everything_again(
    change: dict[str, Any], says: str
) -> None:
    vendor = Vendor({i: (at(n * 10_000), n) for n, i in enumerate("abc")})
    books = Books()
    books.pull(vendor.feed(filters={"survey": "a"}), now=at(40_000))
    books.kept.clear()
    how = {"filters": {"survey": "a"}, **change}
    books.pull(vendor.feed(**how), now=at(40_000))
    assert books.notes[0] == f"{says}: everything is read again"
    assert books.ratings == truth(vendor)
    books.pull(vendor.feed(**how), now=at(40_000))
    assert books.notes == ()
    assert vendor.asked[-1].mark == at(20_000) - timedelta(hours=24)


def test_a_stream_followed_in_another_way_is_read_again() -> None:
    vendor = Vendor({"a": (at(0), 1)}, stream=evolve(UPDATED, follows="created"))
    books = Books(state=State(field="updated", filters=NONE, mark=at(500)))
    books.pull(vendor.feed())
    assert "followed by 'created'" in books.notes[0]
    assert books.ratings == {"a": 1}


# -- since, in the words of the user --------------------------------------------------------------


def test_since_before_the_watermark_reads_again_from_there() -> None:
    vendor = Vendor({i: (at(n * 5000), n) for n, i in enumerate("abcd")})
    books = Books()
    books.pull(vendor.feed(), now=at(20_000))
    books.kept.clear()
    books.pull(vendor.feed(), now=at(20_000), since=at(5000))
    assert books.ratings.keys() == {"b", "c", "d"}
    assert books.state is not None
    assert books.state.mark == at(15_000)


def test_since_after_the_watermark_leaves_no_gap_behind() -> None:
    """The cursor never passes data: with the naive watermark "b" would be lost for good."""
    vendor = Vendor({"a": (at(0), 1)})
    books = Books()
    books.pull(vendor.feed())
    vendor.rows |= {"b": (at(5000), 2), "c": (at(9000), 3)}
    books.pull(vendor.feed(), now=at(9001), since=at(9000))
    assert books.ratings.keys() == {"a", "c"}
    assert "watermark stays" in books.notes[0]
    books.pull(vendor.feed(), now=at(9002))
    assert books.ratings == truth(vendor)


def test_since_on_a_first_pull_is_where_the_store_begins() -> None:
    vendor = Vendor({"a": (at(0), 1), "b": (at(5000), 2)})
    books = Books()
    books.pull(vendor.feed(), now=at(6000), since=at(4000))
    books.pull(vendor.feed(), now=at(6000))
    assert books.ratings == {"b": 2}
    empty = Books()
    empty.pull(vendor.feed(), now=at(6000), since=at(5500))
    assert empty.state is not None
    assert empty.state.mark == at(5500)


def test_since_does_not_give_up_an_interrupted_first_pull() -> None:
    vendor = Vendor({i: (at(n * 5000), n) for n, i in enumerate("abcdef")}, resumable=True)
    vendor.before_page = fails_at(1)
    books, now = Books(), at(30_000)
    books.pull(vendor.feed(), now=now)
    vendor.before_page = lambda _: None
    books.pull(vendor.feed(), now=now, since=at(25_000))
    assert books.ratings.keys() == {"a", "b", "f"}
    books.pull(vendor.feed(), now=now)
    assert books.ratings == truth(vendor)


def test_since_in_the_future_brings_nothing_and_moves_nothing_there() -> None:
    vendor = Vendor({"a": (at(0), 1)})
    books = Books()
    books.pull(vendor.feed(), now=at(1), since=at(99_999))
    assert books.ratings == {}
    assert books.state is not None
    assert books.state.mark == at(1)


def test_a_since_that_makes_no_sense_is_refused_or_said() -> None:
    with pytest.raises(UsageError, match="time zone"):
        Books().pull(Vendor().feed(), since=datetime(2026, 1, 1))
    with pytest.raises(UsageError, match="full"):
        Books().pull(Vendor().feed(), since=NOON, full=True)
    books = Books()
    books.pull(by_number([1, 2]), since=NOON)
    assert "followed by its id" in books.notes[0]
    assert books.ratings.keys() == {"1", "2"}
    snapshot = Vendor({"a": (at(0), 1)}, stream=Stream(name="responses", follows="nothing"))
    books = Books()
    books.pull(snapshot.feed(), since=NOON)
    assert "not heeded" in books.notes[0]


# -- what looks wrong is said ---------------------------------------------------------------------


def test_a_filter_that_leaves_out_its_own_boundary_is_noticed() -> None:
    """Incident 7: the vendor filters by another field, or strictly, and nobody would see it."""
    vendor = Vendor({"a": (at(0), 1), "b": (at(1), 2)})
    books = Books()
    books.pull(vendor.feed())
    assert books.pull(vendor.feed()) == "complete"
    assert books.notes == ()
    vendor.rows = {"c": (at(2), 3)}
    assert books.pull(vendor.feed()) == "complete"
    assert "leaves out its own boundary" in books.notes[-1]


def test_objects_without_a_mark_are_noticed() -> None:
    def reads(raw: Any, _: Any) -> Read:
        return Read(id="a", records=[{"id": "a", "rating": 9, "scale": "0:10"}])

    books = Books()
    books.pull(scripted([Page([{}])], read=reads))
    assert "no object has a mark" in books.notes[-1]


@given(
    mark=st.datetimes(timezones=st.just(UTC)),
    now=st.datetimes(timezones=st.just(UTC)),
    overlap=st.timedeltas(min_value=timedelta(0)),
    ordered=st.booleans(),
)
def test_an_increment_starts_before_the_watermark_and_never_overflows(
    mark: datetime, now: datetime, overlap: timedelta, ordered: bool
) -> None:
    stream = Stream(name="responses", ordered=ordered, overlap=overlap)
    state = State(field="updated", filters=NONE, mark=mark)
    try:
        begun = start(stream, state, filters=NONE, version=1, now=now)
    except OverflowError:
        assert now > datetime.max.replace(tzinfo=UTC) - timedelta(days=1)
        return
    asked = begun.since.at
    if begun.state.mark is None:
        assert asked is None
        return
    assert asked is not None
    least = timedelta(0) if ordered else LEAST_OVERLAP
    floor = datetime.min.replace(tzinfo=UTC)
    assert asked <= min(mark, now)
    assert asked == floor or min(mark, now) - asked >= max(overlap, least)


def test_a_state_of_an_older_version_opens() -> None:
    # A store that knows fewer things of a walk is no reason to read everything again.
    state = State(field="updated", mark=datetime(2026, 3, 1, tzinfo=UTC), at_mark=("a",))
    written = state.to_dict()
    assert State.from_dict(written) == state
    for later in ("start", "began", "objects", "seen", "resume"):
        del written[later]
    assert State.from_dict(written) == state
