"""A pull: from a source into the store, stream by stream, and the receipt of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from attrs import define, evolve, field

from cxmetrics.errors import AuthError, RetryError, StoreError
from cxmetrics.plugins import registry
from cxmetrics.sources._base import Mark, StreamName
from cxmetrics.sources.clock import SystemClock
from cxmetrics.sources.portion import Changes, Portion, Refusal
from cxmetrics.sources.receipt import Receipt, StreamReceipt
from cxmetrics.sources.walk import Walk, stream_of
from cxmetrics.store.ledger import Ledger
from cxmetrics.store.store import Store
from cxmetrics.store.tables import RECORDS, REFUSED

if TYPE_CHECKING:
    from cxmetrics.sources.feed import Feed
    from cxmetrics.sources.http import Http
    from cxmetrics.sources.steps import Step

Progress = Callable[[StreamName, int, int | None], None]
"""Called after every page: the stream, the objects so far, and the vendor's own count."""

MOST_GONE: Final = 0.05
"""The share of the stored objects that a full pull may find gone without `accept_shrink`."""

_CHUNK: Final = 1_000


def pull(
    store: Store,
    feed: Feed,
    *,
    streams: Sequence[StreamName] | None = None,
    since: Mark | None = None,
    full: bool = False,
    accept_shrink: bool = False,
    steps: Sequence[Step] = (),
    progress: Progress | None = None,
    **seams: Any,
) -> Receipt:
    """Pull a source into a store; see `Store.pull`."""
    names: list[StreamName] = [stream.name for stream in feed.streams]
    if streams:
        names = [stream_of(feed, name).name for name in streams]
    done: list[StreamReceipt] = []
    with store.lock(feed.key), _connected(feed, seams) as http:
        clock = seams.get("clock") or getattr(http, "clock", None) or SystemClock()
        walks = [  # all of them first: what makes no sense is refused before anything is asked
            Walk(
                feed,
                http,
                name,
                store.cursor(feed.key, name),
                since=since,
                full=full,
                steps=steps,
                clock=clock,
            )
            for name in dict.fromkeys(names)
        ]
        started = clock.now()

        def receipt() -> Receipt:
            return Receipt(
                source=feed.key, started_at=started, ended_at=clock.now(), streams=tuple(done)
            )

        barred: BaseException | None = None
        try:
            for walk in walks:
                if barred is not None:
                    done.append(_not_asked(walk, barred))
                    continue
                one = _Stream(store, feed, walk, full, accept_shrink, progress)
                try:
                    barred = one.pull()
                finally:
                    done.append(one.receipt())
        except BaseException:
            with suppress(StoreError):
                store.save(receipt())
            raise
        ended = receipt()
        store.save(ended)
    registry.pulled(ended)
    return ended


def retry(store: Store, feed: Feed, *, steps: Sequence[Step] = ()) -> Changes:
    """Read again what an older version of the adapter refused; see `Store.retry`."""
    changes = Changes()
    with store.lock(feed.key):
        for stream in feed.streams:
            state = store.cursor(feed.key, stream.name)
            walk = Walk(feed, None, stream.name, state, steps=steps)
            one = _Stream(store, feed, walk, full=False, accept_shrink=False, progress=None)
            one._read_again()
            changes += one.changes
    return changes


def _connected(feed: Feed, seams: dict[str, Any]) -> AbstractContextManager[Http | None]:
    return feed.connect(**seams) or nullcontext()


def _not_asked(walk: Walk, error: BaseException) -> StreamReceipt:
    """Return the receipt of a stream after an error that holds for the whole source."""
    wait = error.resume_at if isinstance(error, RetryError) else None
    why = "the vendor asked to wait" if wait else "the vendor refused the credentials"
    return StreamReceipt(
        stream=walk.stream.name, status="failed", reasons=(f"not asked: {why}",), resume_at=wait
    )


@define
class _Stream:
    """The pull of one stream."""

    store: Store
    feed: Feed
    walk: Walk
    full: bool
    accept_shrink: bool
    progress: Progress | None
    changes: Changes = field(factory=Changes)
    unkept: int = 0
    reasons: list[str] = field(factory=list)
    notes: list[str] = field(factory=list)

    def pull(self) -> BaseException | None:
        """Read and write to the end, or to an error of the source; return one that bars others."""
        portions = iter(self.walk)
        while True:
            try:
                portion = next(portions, None)
            except Exception as error:  # noqa: BLE001  # whatever a vendor makes an adapter raise
                # The walk remembers it, for the receipt.
                return error if isinstance(error, AuthError | RetryError) else None
            if portion is None:
                break
            self._write(self._reconciled(portion) if portion.last and self.full else portion)
            if self.progress:
                self.progress(self.walk.stream.name, self.walk.objects, self.walk.total)
        self._read_again()
        waiting = self._waiting() - self.walk.refused
        if waiting > 0:
            kept = f"{waiting} refused by earlier pulls are kept raw"
            # Of a walk that was interrupted they may be the first part.
            (self.reasons if self.walk.resumed else self.notes).append(kept)
        return None

    def receipt(self) -> StreamReceipt:
        """Return what was done."""
        told = self.walk.receipt(self.changes)
        reasons = [*told.reasons, *self.reasons]
        if self.unkept:
            reasons.append(f"{self.unkept} can't be kept by the database as they are")
        status = "partial" if told.status == "complete" and reasons else told.status
        return evolve(told, status=status, reasons=tuple(reasons), notes=(*told.notes, *self.notes))

    def _write(self, portion: Portion) -> None:
        changes = self.store.write(self.feed.key, self.walk.stream.name, portion)
        self._count(changes, portion.refused)

    def _count(self, changes: Changes, refused: Sequence[Refusal]) -> None:
        self.changes += changes
        own = len({refusal.object or id(refusal) for refusal in refused})
        self.unkept += max(0, changes.refused - own)

    # -- what the vendor has no longer -------------------------------------------------------------

    def _reconciled(self, portion: Portion) -> Portion:
        """Add what is stored and did not come to what is gone; not if it is suspiciously much."""
        if not self.walk.whole:
            self.notes.append("what is missing at the vendor was not looked for: not all was met")
            return portion
        known, missing = 0, list[str]()
        for idents in self._objects():
            known += len(idents)
            missing += self.walk.missing(idents)
        if len(missing) > MOST_GONE * known and not self.accept_shrink:
            self.reasons.append(
                f"{len(missing)} of {known} stored objects did not come, more than "
                f"{MOST_GONE:.0%}: none was marked as gone. If the vendor did delete them, pull "
                "again with accept_shrink=True (--accept-shrink)"
            )
            return portion
        return evolve(portion, gone=[*portion.gone, *missing])

    def _objects(self) -> Iterator[list[str]]:
        """Yield the ids of the stored objects that are not gone, some at a time."""
        table = RECORDS[self.walk.stream.name]
        own = (table.c.source == self.feed.key) & table.c.gone_at.is_(None)
        wanted = sa.select(table.c.object).where(own).distinct()
        with self.store._database.reading() as connection:
            rows = connection.execution_options(yield_per=_CHUNK).execute(wanted)
            for part in rows.partitions():
                yield [row[0] for row in part]

    # -- what was refused --------------------------------------------------------------------------

    def _waiting(self) -> int:
        """Count what is kept raw."""
        wanted = sa.select(sa.func.count()).select_from(REFUSED).where(self._own())
        with self.store._database.reading() as connection:
            return int(connection.execute(wanted).scalar_one())

    def _own(self) -> sa.ColumnElement[bool]:
        return (REFUSED.c.source == self.feed.key) & (REFUSED.c.stream == self.walk.stream.name)

    def _read_again(self) -> None:
        """Read again what an older version of the adapter refused."""
        older = self._own() & (REFUSED.c.version < self.feed.source.version)
        columns = [REFUSED.c[name] for name in ("object", "digest", "raw", "context")]
        wanted = sa.select(*columns).where(older).distinct().limit(_CHUNK)
        read = made = 0
        while True:
            with self.store._database.reading() as connection:
                rows: Any = connection.execute(wanted).fetchall()
            if not rows:
                break
            found = [
                self.walk.reader.read(json.loads(raw), json.loads(context))
                for _, _, raw, context in rows
            ]
            entries = [each.entry for each in found if each.entry is not None]
            refused = [refusal for each in found for refusal in each.refused]
            version = self.feed.source.version
            write = partial(Ledger.enter, entries=entries, refused=refused, version=version)
            self._count(self.store._enter(self.feed.key, self.walk.stream.name, write), refused)
            # What is refused again has the version of today by now; the rest is settled.
            with self.store._database.writing() as connection:
                for object_, digest, *_ in rows:
                    one = (REFUSED.c.object == object_) & (REFUSED.c.digest == digest)
                    connection.execute(sa.delete(REFUSED).where(older, one))
            read, made = read + len(rows), made + len(entries)
        if read:
            self.notes.append(f"{read} refused before were read again, {made} of them are kept now")
