"""`StoreSuite`: the tests that everything which keeps what is pulled has to pass."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cxmetrics as cx
from cxmetrics.errors import CxError, StoreLockedError
from cxmetrics.records import Customer, Interaction, Invitation, Outcome, Record, Response
from cxmetrics.scale import zero_to_ten
from cxmetrics.sources.portion import Entry, Portion, Refusal
from cxmetrics.sources.receipt import Receipt, StreamReceipt
from cxmetrics.sources.state import State
from cxmetrics.testing import records
from cxmetrics.testing.suites.base import fail

_NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
_STATE: Final = State(field="updated")
_KEY: Final = "suite"
_NUMBERS: Final = count(1)
_CLASSES: Final[Mapping[str, type[Record]]] = {
    "responses": Response,
    "customers": Customer,
    "interactions": Interaction,
    "invitations": Invitation,
    "outcomes": Outcome,
}


class StoreSuite:
    """The tests that everything which keeps what is pulled has to pass.

    Subclass it, and give it a fixture `store`, which opens an empty store for each test:

    Example:
        ```python
        class TestOurStore(StoreSuite):
            @pytest.fixture
            def store(self, tmp_path):
                with open_our_store(tmp_path / "ours") as store:
                    yield store
        ```
    """

    @pytest.mark.parametrize("stream", _CLASSES)
    @given(data=st.data())
    @settings(
        deadline=None,
        max_examples=8,
        suppress_health_check=[
            HealthCheck.differing_executors,
            HealthCheck.function_scoped_fixture,
            HealthCheck.too_slow,
        ],
    )
    def test_a_record_comes_back_as_it_was(self, store: Any, stream: str, data: Any) -> None:
        """What is written is what is read, types and time zones' instants included."""
        drawn = st.lists(getattr(records, stream)(), max_size=4, unique_by=lambda each: each.id)
        rows = data.draw(drawn)
        key = f"{_KEY}:{next(_NUMBERS)}"
        _write(store, Entry(object="o", records=rows), stream=stream, source=key)
        back = _at_instants(store.batch(_CLASSES[stream], source=key))
        _are(back, _at_instants(rows), "what comes back")

    def test_the_same_again_changes_nothing(self, store: Any) -> None:
        """A page that comes twice is there once."""
        page = [_entry(f"o{n}", _answer(f"r{n}", n), hour=n) for n in range(5)]
        _are(_write(store, *page), {"new": 5}, "a new page")
        _are(_write(store, *page), {"unchanged": 5}, "the same page again")
        _are(len(store.batch(Response, source=_KEY)), 5, "the records of a page written twice")

    def test_of_two_versions_the_later_one_wins(self, store: Any) -> None:
        """By the vendor's stamp, then by arrival; an older one is left alone, and counted."""
        for hour, rating, changes in (
            (1, 5, {"new": 1}),
            (0, 2, {"stale": 1}),
            (1, 6, {"changed": 1}),
            (None, 7, {"changed": 1}),
            (0.5, 3, {"stale": 1}),
        ):
            entry = _entry("o", _answer("r", rating), hour=hour)
            _are(_write(store, entry), changes, f"version {rating} of hour {hour}")
        _are(_ratings(store), {"r": 7}, "the version that stays")

    def test_versions_within_one_page(self, store: Any) -> None:
        """The same rules hold where two versions come on one page."""
        page = [_entry("o", _answer("r", rating), hour=hour) for hour, rating in ((2, 5), (1, 3))]
        _write(store, *page)
        _are(_ratings(store), {"r": 5}, "the version that stays")

    def test_what_an_object_no_longer_holds_is_gone(self, store: Any) -> None:
        """A record that a newer version of its object lacks is marked as gone, and may be back."""
        _write(store, _entry("o", _answer("a"), _answer("b"), hour=0))
        _are(
            _write(store, _entry("o", _answer("a"), hour=1)), {"unchanged": 1, "gone": 1}, "a loss"
        )
        _are(set(_ratings(store)), {"a"}, "what is left")
        _are(set(_ratings(store, gone=True)), {"a", "b"}, "what is left, with what is gone")
        _write(store, _entry("o", _answer("a"), _answer("b"), hour=2))
        _are(set(_ratings(store)), {"a", "b"}, "what is back")

    def test_deletions_of_the_vendor(self, store: Any) -> None:
        """The records of a deleted object are gone, once; others are not."""
        _write(store, _entry("o", _answer("a"), _answer("b")), _entry("p", _answer("c")))
        _are(_write(store, gone=["o", "nobody"]), {"gone": 1}, "a deletion")
        _are(_write(store, gone=["o"]), {}, "the same deletion again")
        _are(set(_ratings(store)), {"c"}, "what is left")

    def test_sources_and_streams_are_apart(self, store: Any) -> None:
        """One id in two sources, or in two streams, is two records, with two cursors."""
        _write(store, _entry("o", _answer("r", 1)), source="one")
        _write(store, _entry("o", _answer("r", 2)), source="two", state=State(field="id", mark=7))
        _write(store, Entry(object="o", records=(Customer(id="r"),)), stream="customers")
        found = {each.rating for each in store.batch(Response)}
        _are(found, {1, 2}, "the ratings of two sources")
        marks = [
            None if state is None else state.mark
            for state in (store.cursor(key, "responses") for key in ("one", "two", "three"))
        ]
        _are(marks, [None, 7, None], "the marks of three sources")

    def test_refused_objects_are_kept_until_a_good_version_comes(self, store: Any) -> None:
        """With raw values, context and reasons; the latest refusal of an object only."""
        raw = {"id": 7, "score": "very good", "é": [None, True, 10**15]}
        for reason in ("first", "second"):
            refusal = Refusal(object="7", raw=raw, reasons=(reason,), context={"q": [1]})
            _are(_write(store, refused=[refusal]), {"refused": 1}, "a refusal")
        (kept,) = store.refused(_KEY)
        found = (kept.raw, tuple(kept.reasons), dict(kept.context))
        _are(found, (raw, ("second",), {"q": [1]}), "what is kept of a refusal")
        _write(store, _entry("7", _answer("7")))
        _are(len(store.refused(_KEY)), 0, "refusals after a good version")

    def test_a_refused_version_leaves_the_good_one_alone(self, store: Any) -> None:
        """What was good stays, whatever comes after it."""
        _write(store, _entry("7", _answer("7", 5)))
        _write(store, refused=[Refusal(object="7", raw={}, reasons=("bad",))])
        _are(_ratings(store), {"7": 5}, "the good version")

    def test_records_and_cursor_are_one(self, store: Any) -> None:
        """A page that can't be written leaves neither its records nor its cursor."""
        state = State(field="updated", mark=_NOON, at_mark=("a",), filters="f", resume={"page": 2})
        _write(store, _entry("o", _answer("a", 1)), state=state)
        _are(store.cursor(_KEY, "responses"), state, "the cursor")
        unwritable = attrs.evolve(state, resume=object())
        page = [_entry("o", _answer("a", 9)), _entry("p", _answer("b"))]
        with pytest.raises(Exception):  # noqa: B017, PT011  # of what kind is not the question
            _write(store, *page, state=unwritable)
        _are(_ratings(store), {"a": 1}, "the records after a page that failed")
        _are(store.cursor(_KEY, "responses"), state, "the cursor after a page that failed")

    def test_a_cursor_comes_back_as_it_was(self, store: Any) -> None:
        """Every part of it, times and numbers."""
        for state in (
            State(field="id", mark=12, version=3, resume=[1, {"a": None}], seen=15, start=10),
            State(field="updated", mark=_NOON, seen=_NOON, began=_NOON, objects=4, filters="x"),
        ):
            _write(store, state=state)
            _are(store.cursor(_KEY, "responses"), state, "the cursor")

    def test_it_counts_as_a_list_does(self, store: Any) -> None:
        """A score of the store is that of its records, in groups too; what is gone is left out."""
        answers = [
            _answer(f"r{n}", None if n % 7 == 0 else n % 11, dims={"shop": "NSE"[n % 3]})
            for n in range(60)
        ]
        _write(store, *(_entry(each.id, each) for each in answers))
        _write(store, gone=[f"r{n}" for n in range(50, 60)])
        left = answers[:50]
        data = {
            "rating": [each.rating for each in left],
            "shop": [each.dims["shop"] for each in left],
        }
        _are(cx.nps(store).tally, cx.nps(data, rating="rating").tally, "the score")
        wanted = cx.nps(data, rating="rating", by="shop")
        _are(cx.nps(store, by="shop").cube, wanted.cube, "the scores by shop")
        with pytest.raises(CxError):
            cx.nps(store, by="shpo")

    def test_two_scales_are_not_mixed(self, store: Any) -> None:
        """Ratings on two scales are refused until one is chosen."""
        _write(store, _entry("a", _answer("a", 5)))
        _write(store, _entry("b", Response(id="b", rating=5, scale=cx.one_to_five)))
        with pytest.raises(CxError):
            cx.tally(store, zero_to_ten)
        chosen = cx.tally(store, zero_to_ten, where={"scale": "0:10"})
        _are(chosen.overall.n, 1, "answers on the scale that was chosen")

    def test_a_forgotten_customer_does_not_come_back(
        self, store: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Neither the records nor the refusals of a customer stay, nor does a pull restore them."""
        monkeypatch.setenv("CXMETRICS_KEY", str(tmp_path / "erasure.key"))
        page = [
            _entry("o", _answer("a", customer="Ana Example")),
            _entry("p", _answer("b", customer="Bea Example")),
        ]
        aside = [Refusal(object="x", raw={"who": "Ana Example"}, reasons=("bad",))]
        _write(store, *page, refused=aside)
        store.forget("Ana Example")
        _are(set(_ratings(store, gone=True)), {"b"}, "what is left")
        _are(len(store.refused(_KEY)), 0, "refusals that name the customer")
        changes = _write(store, *page)
        _are(changes.get("erased"), 1, "what is not stored again")
        _are(set(_ratings(store)), {"b"}, "what is left after another pull")

    def test_two_pulls_of_one_source_do_not_meet(self, store: Any) -> None:
        """The second is refused; another source is free."""
        with store.lock("one"):
            with pytest.raises(StoreLockedError), store.lock("one"):
                fail("two hold the lock of one source.")
            with store.lock("two"):
                pass
        with store.lock("one"):
            pass

    def test_receipts_are_kept_in_their_order(self, store: Any) -> None:
        """The latest last, all their parts."""
        told = [
            Receipt(
                source=_KEY,
                started_at=_NOON,
                ended_at=_NOON + timedelta(hours=n),
                streams=(StreamReceipt(stream="responses", status="complete", pages=n),),
            )
            for n in range(3)
        ]
        for receipt in told:
            store.save(receipt)
        _are(store.receipts(_KEY), tuple(told), "the receipts")
        _are(store.receipts("other"), (), "the receipts of another source")

    def test_many_at_once(self, store: Any) -> None:
        """A large page is written as a small one is."""
        entries = [_entry(f"o{n}", _answer(f"r{n}", n % 11)) for n in range(3000)]
        _are(_write(store, *entries), {"new": 3000}, "a large page")
        _are(_write(store, *entries), {"unchanged": 3000}, "the same large page")


def _answer(ident: str, rating: float | None = 9, **fields: Any) -> Response:
    return Response(**{"id": ident, "rating": rating, "scale": zero_to_ten, **fields})


def _entry(object_: str, *given_records: Response, hour: float | None = None) -> Entry:
    stamp = None if hour is None else _NOON + timedelta(hours=hour)
    return Entry(object=object_, records=given_records, updated_at=stamp)


def _write(
    store: Any, *entries: Entry, source: str = _KEY, stream: str = "responses", **portion: Any
) -> dict[str, int]:
    """Write a portion and return what is not 0 of the changes."""
    given_portion = Portion(**{"state": _STATE, "entries": entries, **portion})
    changes = store.write(source, stream, given_portion)
    return {name: number for name, number in attrs.asdict(changes).items() if number}


def _at_instants(rows: Iterable[Record]) -> dict[str, Any]:
    """Return records by id, times in UTC: in the repeated hour two zones never compare as equal."""
    return {
        each.id: {  # type: ignore[attr-defined]
            name: value.astimezone(UTC) if isinstance(value, datetime) else value
            for name, value in attrs.asdict(each, recurse=False).items()
        }
        for each in rows
    }


def _ratings(store: Any, **how: Any) -> dict[str, Any]:
    return {each.id: each.rating for each in store.batch(Response, source=_KEY, **how)}


def _are(found: Any, wanted: Any, what: str) -> None:
    __tracebackhide__ = True
    if found != wanted:
        fail(f"{what}: {found!r}, expected {wanted!r}.")
