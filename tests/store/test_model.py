"""The store against a dictionary: whatever is done, in whatever order, both hold the same."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import cxmetrics as cx
from cxmetrics.records import Response
from cxmetrics.sources.portion import Changes, Entry, Portion, Refusal
from cxmetrics.sources.state import State
from cxmetrics.store import ledger, open_store

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

sources = st.sampled_from(["one", "two"])
objects = st.sampled_from(["a", "b", "r1"])
stamps = st.none() | st.integers(0, 3)
records = st.builds(
    Response,
    id=st.sampled_from(["r1", "r2", "r3"]),
    rating=st.integers(0, 10),
    scale=st.just(cx.zero_to_ten),
    customer=st.sampled_from([None, "ana@example.test", "bob@example.test"]),
    dims=st.sampled_from([{}, {"shop": "N"}, {"shop": 1}]),
)
own = st.lists(records, max_size=2, unique_by=lambda record: record.id)
entries = st.lists(st.tuples(objects, stamps, own), max_size=4)
refusals = st.lists(st.tuples(objects, st.sampled_from(["", "r1", "r2"])), max_size=2)


@attrs.define
class Row:
    object: str
    stamp: int | None
    record: Response
    gone: bool = False


class Model:
    """What a store is, in the plainest words."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], Row] = {}
        self.aside: set[tuple[str, str, str]] = set()
        self.states: dict[str, State] = {}
        self.forgotten: set[str] = set()

    def write(self, source: str, given: Any, refused: Any, gone: list[str]) -> dict[str, int]:
        counts: dict[str, int] = {}

        def count(what: str, by: int = 1) -> None:
            counts[what] = counts.get(what, 0) + by

        settled = {object_ for object_, _ in refused} | set(gone)
        for object_, stamp, rows in given:
            members = {
                key[1]: row
                for key, row in self.rows.items()
                if key[0] == source and row.object == object_
            }
            stamped = [row.stamp for row in members.values() if row.stamp is not None]
            if stamp is not None and stamped and stamp < max(stamped):
                count("stale", len(rows))
                continue
            settled.add(object_)
            for record in rows:
                self._take(source, object_, stamp, record, count)
            spared = {ident for other, ident in refused if other == object_}
            for ident in members.keys() - {record.id for record in rows} - spared:
                row = self.rows[source, ident]
                count("gone", not row.gone)
                row.gone, row.stamp = True, row.stamp if stamp is None else stamp
        for object_ in set(gone):
            lost = [
                row
                for key, row in self.rows.items()
                if key[0] == source and row.object == object_ and not row.gone
            ]
            count("gone", bool(lost))
            for row in lost:
                row.gone = True
        self.aside = {a for a in self.aside if a[0] != source or a[1] not in settled}
        self.aside |= {(source, *each) for each in refused}
        count("refused", len({object_ for object_, _ in refused}))
        return {what: n for what, n in counts.items() if n}

    def _take(self, source: str, object_: str, stamp: int | None, record: Any, count: Any) -> None:
        if record.customer in self.forgotten:
            count("erased")
            return
        key = source, record.id
        old = self.rows.get(key)
        if old is None:
            count("new")
        else:
            if stamp is None:
                stamp = old.stamp
            same = not old.gone and old.object == object_ and old.record == record
            older = stamp is not None and old.stamp is not None and stamp < old.stamp
            if older:
                count("stale")
                return
            count("unchanged" if same else "changed")
        self.rows[key] = Row(object_, stamp, record)

    def forget(self, customer: str) -> None:
        self.forgotten.add(customer)
        lost = {k: row for k, row in self.rows.items() if row.record.customer == customer}
        self.rows = {k: row for k, row in self.rows.items() if k not in lost}
        gone = {(source, row.object) for (source, _), row in lost.items()}
        self.aside = {a for a in self.aside if a[:2] not in gone}


class Comparison(RuleBasedStateMachine):
    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.patch = pytest.MonkeyPatch()
        self.patch.setenv("CXMETRICS_KEY", str(self.folder / "key"))
        self.store = open_store(self.folder / "cx.db", now=lambda: NOON)
        self.store.put([Response(id="0", rating=0, scale="0:10", dims={"shop": "N"})])
        self.model = Model()

    def teardown(self) -> None:
        sound = self.store.check().sound
        self.store.close()
        self.patch.undo()
        shutil.rmtree(self.folder)
        assert sound

    def portion(self, source: str, given: Any, refused: Any, gone: list[str], page: int) -> Portion:
        return Portion(
            state=State(field="id", mark=page),
            entries=[
                Entry(
                    object=object_,
                    records=rows,
                    updated_at=None if stamp is None else NOON + timedelta(hours=stamp),
                )
                for object_, stamp, rows in given
            ],
            refused=[
                Refusal(object=object_, record=record, raw={"n": record}, reasons=("off",))
                for object_, record in refused
            ],
            gone=gone,
        )

    @rule(
        source=sources,
        given=entries,
        refused=refusals,
        gone=st.lists(objects, max_size=2),
        page=st.integers(0, 99),
    )
    def write(self, source: str, given: Any, refused: Any, gone: list[str], page: int) -> None:
        portion = self.portion(source, given, refused, gone, page)
        changes: Changes = self.store.write(source, "responses", portion)
        expected = self.model.write(source, given, refused, gone)
        self.model.states[source] = portion.state
        assert {name: n for name, n in attrs.asdict(changes).items() if n} == expected

    @rule(source=sources, rows=own)
    def put(self, source: str, rows: Any) -> None:
        self.store.put(rows, source=source)
        self.model.write(source, [(row.id, None, [row]) for row in rows], [], [])

    @rule(source=sources, given=entries, at=st.integers(0, 3))
    def crash(self, source: str, given: Any, at: int) -> None:
        """Die in the middle of a page: nothing of it stays."""
        real, left = ledger.upsert, [at]

        def dies(*arguments: Any) -> None:
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1
            real(*arguments)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ledger, "upsert", dies)
            try:
                self.store.write(source, "responses", self.portion(source, given, [], ["a"], 7))
            except KeyboardInterrupt:
                return
        self.model.write(source, given, [], ["a"])
        self.model.states[source] = State(field="id", mark=7)

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = open_store(self.folder / "cx.db", now=lambda: NOON)

    @rule(customer=st.sampled_from(["ana@example.test", "bob@example.test"]))
    def forget(self, customer: str) -> None:
        assert self.store.forget(customer).complete
        self.model.forget(customer)

    @invariant()
    def same(self) -> None:
        if not hasattr(self, "model"):
            return
        for source in ("one", "two"):
            rows = [
                (key[1], row) for key, row in sorted(self.model.rows.items()) if key[0] == source
            ]
            own_ = {"source": source}
            assert list(self.store.batch(Response, gone=True, **own_)) == [
                r.record for _, r in rows
            ]
            there = [row.record for _, row in rows if not row.gone]
            assert list(self.store.batch(Response, **own_)) == there
            assert self.store.cursor(source, "responses") == self.model.states.get(source)
            tallied = cx.tally(self.store, cx.zero_to_ten, by="shop", where=own_)
            groups = Counter((row.dims.get("shop"), row.rating) for row in there)
            assert groups == {
                (shop, point): n
                for shop, tally in tallied.items()
                for point, n in enumerate(tally.counts.tolist())
                if n
            }
        aside = {(each.source, each.object, each.record) for each in self.store.refused()}
        assert aside == self.model.aside


TestModel = Comparison.TestCase
TestModel.settings = settings(max_examples=25, stateful_step_count=20)
