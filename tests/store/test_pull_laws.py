"""Killing and repeating a pull any number of times gives the store of one undisturbed pull.

The vendor is a stranger's database: its records come late, are edited while they are read, share
stamps and vanish; it pages in one of four ways. The pulls are stopped at any page, by the vendor or
by the user, and go on later.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
from attrs import Factory, define
from hypothesis import given, settings
from hypothesis import strategies as st

from cxmetrics.errors import TransportError
from cxmetrics.records import Response
from cxmetrics.sources import Page, Since, Stream
from cxmetrics.sources.receipt import StreamReceipt
from cxmetrics.sources.state import State
from cxmetrics.sources.walk import Walk
from cxmetrics.store import open_store
from cxmetrics.store.pull import pull
from cxmetrics.testing.clock import FakeClock
from cxmetrics.testing.scripted import scripted

START = datetime(2026, 3, 1, tzinfo=UTC)
Way = Literal["ordered", "keyset", "snapshot", "newest first"]
WAYS: list[Way] = ["ordered", "keyset", "snapshot", "newest first"]


@define
class Shop:
    """A vendor whose data never stand still."""

    way: Way
    clock: FakeClock
    rows: dict[int, tuple[datetime, int]] = Factory(dict)
    meanwhile: list[list[tuple[str, int]]] = Factory(list)
    fails_at: int | None = None
    stops: type[BaseException] = TransportError
    size: int = 2
    born: int = 0

    @property
    def stream(self) -> Stream:
        ordered = self.way == "ordered"
        overlap = timedelta(0) if ordered else timedelta(hours=1)
        return Stream(name="responses", ordered=ordered, overlap=overlap)

    # -- what happens at the vendor ----------------------------------------------------------------

    def do(self, what: str, number: int) -> None:
        now = self.clock.now()
        self.born += 1
        if what == "tick":
            self.clock.advance(number * 7200)
        elif what == "add":
            self.rows[self.born] = (now, number)
        elif what == "late" and self.way != "ordered":  # visible up to 50 minutes after its stamp
            self.rows[-self.born] = (now - timedelta(minutes=number * 5), number)
        elif what == "edit" and self.rows:
            key = sorted(self.rows)[number % len(self.rows)]
            self.rows[key] = (now, (self.rows[key][1] + 1) % 11)
        elif what == "delete" and self.rows:
            del self.rows[sorted(self.rows)[number % len(self.rows)]]

    # -- how it is read ----------------------------------------------------------------------------

    def pages(self, since: Since) -> Iterator[Page]:
        asked = since.at or datetime.min.replace(tzinfo=UTC)
        fixed = sorted((s, k) for k, (s, _) in self.rows.items() if s >= asked)
        if self.way == "newest first":
            fixed.reverse()
        after: Any = since.resume
        for number in range(1000):
            if number == self.fails_at:
                raise self.stops
            for event in self.meanwhile.pop() if self.meanwhile and number else ():
                self.do(*event)
            if self.way == "ordered":
                due = sorted((s, k) for k, (s, _) in self.rows.items() if s >= asked)
                due = [d for d in due if after is None or d > (at(after[0]), after[1])]
            elif self.way == "keyset":  # by id, whatever the stamp
                ids = sorted(k for k, (s, _) in self.rows.items() if s >= asked)
                due = [(START, k) for k in ids if after is None or k > after]
            else:
                due = [d for d in fixed[number * self.size :] if d[1] in self.rows]
            part = due[: self.size]
            if part:
                stamp, key = part[-1]
                after = [stamp.isoformat(), key] if self.way == "ordered" else key
            cursor = after if self.way in ("ordered", "keyset") else None
            yield Page([self._object(key) for _, key in part], cursor=cursor)
            if len(due) <= self.size:
                return

    def _object(self, key: int) -> dict[str, Any]:
        stamp, rating = self.rows[key]
        return {"id": f"r{key}", "at": stamp.isoformat(), "rating": rating}

    @property
    def truth(self) -> dict[str, float]:
        return {f"r{key}": rating for key, (_, rating) in self.rows.items()}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@define
class Model:
    """The smallest store: what a walk hands on, in a dictionary."""

    rows: dict[str, tuple[datetime, float | None]] = Factory(dict)
    state: State | None = None

    def pull(self, feed: Any, clock: FakeClock, *, full: bool = False) -> StreamReceipt:
        walk = Walk(feed, None, "responses", self.state, full=full, clock=clock)
        with suppress(TransportError):
            for portion in walk:
                for entry in portion.entries:
                    stamp, (record,) = entry.updated_at, entry.records
                    held = self.rows.get(entry.object)
                    assert stamp is not None
                    if held is None or stamp >= held[0]:
                        self.rows[entry.object] = (stamp, record.rating)  # type: ignore[attr-defined]
                self.state = portion.state
            for gone in walk.missing(list(self.rows)) if full else ():
                del self.rows[gone]
        return walk.receipt()

    @property
    def kept(self) -> dict[str, float | None]:
        return {ident: rating for ident, (_, rating) in self.rows.items()}


@define
class Real:
    """The store itself."""

    store: Any = Factory(lambda: open_store(":memory:"))

    def pull(self, feed: Any, clock: FakeClock, *, full: bool = False) -> StreamReceipt:
        return pull(self.store, feed, clock=clock, full=full, accept_shrink=full).streams[0]

    @property
    def kept(self) -> dict[str, float | None]:
        return {r.id: r.rating for r in self.store.batch(Response)}


what = st.sampled_from(["tick", "tick", "add", "late", "edit", "edit", "delete"])
events = st.tuples(what, st.integers(0, 10))
pulls = st.fixed_dictionaries(
    {
        "fails_at": st.none() | st.integers(0, 4),
        "stops": st.sampled_from([TransportError, KeyboardInterrupt]),
        "meanwhile": st.lists(st.lists(events, max_size=3), max_size=4),
    }
)
scenes = st.lists(events | pulls, max_size=12)


def tell(keeper: type[Model | Real], way: Way, story: list[Any]) -> None:
    """Play a story, and look at what is kept in the end."""
    clock = FakeClock(START)
    shop, books, undisturbed = Shop(way, clock), keeper(), keeper()
    feed = scripted(shop.pages, shop.stream)
    for number in range(6):
        shop.do("add", number)
    for scene in story:
        if isinstance(scene, tuple):
            shop.do(*scene)
            continue
        shop.fails_at, shop.stops = scene["fails_at"], scene["stops"]
        shop.meanwhile = [*scene["meanwhile"]]
        with suppress(KeyboardInterrupt):
            books.pull(feed, clock)
    shop.fails_at, shop.meanwhile = None, []
    receipt = books.pull(feed, clock)
    assert receipt.status == "complete"
    if receipt.notes:  # it went on where it was: the next one is an increment
        books.pull(feed, clock)
    assert shop.truth.items() <= books.kept.items()
    books.pull(feed, clock, full=True)
    undisturbed.pull(feed, clock)
    assert books.kept == undisturbed.kept == shop.truth


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=200)
@given(story=scenes)
def test_any_interruptions_end_as_one_undisturbed_walk(way: Way, story: list[Any]) -> None:
    tell(Model, way, story)


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=12)
@given(story=scenes)
def test_any_interruptions_end_in_the_store_of_one_undisturbed_pull(
    way: Way, story: list[Any]
) -> None:
    tell(Real, way, story)
