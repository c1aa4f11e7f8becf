"""The store: records, where each stream has been read to, and what was refused."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from attrs import define, field

from cxmetrics.batch import Batch
from cxmetrics.engines.encode import wanted
from cxmetrics.engines.query import Query
from cxmetrics.errors import Caution, UsageError
from cxmetrics.records import Record, Response
from cxmetrics.sources._base import Mark, StreamName
from cxmetrics.sources.portion import Changes, Entry, Portion
from cxmetrics.sources.receipt import Receipt
from cxmetrics.sources.state import State
from cxmetrics.store.checking import Check, check
from cxmetrics.store.database import Database
from cxmetrics.store.exporting import Format, export
from cxmetrics.store.faults import reading_back
from cxmetrics.store.forgetting import Erasure, expire, forget
from cxmetrics.store.keys import Tombstones
from cxmetrics.store.ledger import Ledger
from cxmetrics.store.listing import Info, Refused, incomplete, info, refused
from cxmetrics.store.locking import locked
from cxmetrics.store.measuring import View
from cxmetrics.store.reading import batch_of
from cxmetrics.store.receipts import receipts, save
from cxmetrics.store.rows import micros
from cxmetrics.store.statements import in_order
from cxmetrics.store.tables import RECORDS, STATES, stream_of
from cxmetrics.summaries import Cube

if TYPE_CHECKING:
    from cxmetrics.sources.feed import Feed
    from cxmetrics.sources.steps import Step
    from cxmetrics.store.pull import Progress

R = TypeVar("R", bound=Record)


@define(kw_only=True, eq=False, repr=False)
class Store:
    """What was pulled, in a database; open one with `cxmetrics.open_store`.

    A store can be measured as it is: `cxmetrics.nps(store, by=["channel", "month"])`. A column is a
    field of `Response`, `source`, a dim, or a date in the store's time zone: `day`, `week`,
    `month`, `quarter`, `year`, of the moment of the answer, else of the question. A dim with the
    name of one of these is asked for as `dims.name`. Ratings on several scales are refused until
    `where={"scale": "0:10"}` or a question chooses; records that are gone are left out.

    Attributes:
        zone: the time zone in which days begin.
    """

    zone: ZoneInfo
    _database: Database = field(alias="database")
    _now: Callable[[], datetime] = field(alias="now")
    _names: dict[str, frozenset[str]] = field(factory=dict, init=False)
    _tombstones: Tombstones = field(factory=Tombstones, init=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Store: {self._database.where.removeprefix('the store ')}>"

    def close(self) -> None:
        """Let go of the database; what was written is stored already."""
        self._database.close()

    # -- pulling -----------------------------------------------------------------------------------

    def pull(
        self,
        source: str | Feed,
        *,
        streams: Iterable[StreamName] | None = None,
        since: Mark | None = None,
        full: bool = False,
        accept_shrink: bool = False,
        steps: Iterable[Step] = (),
        progress: Progress | None = None,
        **settings: Any,
    ) -> Receipt:
        """Read what is new at a vendor into the store.

        Args:
            source: the name of a source, with its settings, or a feed from `cxmetrics.source`.
            streams: which of its streams; all by default.
            since: from when, the first time; later pulls go on where the last one ended.
            full: read everything again, and mark as gone what the vendor has no longer.
            accept_shrink: let a full pull mark more than 5 % as gone.
            steps: what is done to each record on the way, in order.
            progress: called after every page with the stream, the objects so far and the vendor's
                own count.
            **settings: those of the source, where it is named; else what tests put in the place of
                the network and the clock, see `Feed.connect`.

        Returns:
            What came, what changed, what was refused, and whether it is "complete", "partial" or
            "failed"; it is kept, see `receipts`.

        Raises:
            ConfigError: a setting is missing or wrong.
            StoreLockedError: another pull of the source is under way.
        """
        from cxmetrics.sources.config import source as feed_of
        from cxmetrics.store.pull import pull

        named = isinstance(source, str)
        return pull(
            self,
            feed_of(source, **settings) if isinstance(source, str) else source,
            streams=None if streams is None else list(streams),
            since=since,
            full=full,
            accept_shrink=accept_shrink,
            steps=list(steps),
            progress=progress,
            **({} if named else settings),
        )

    def retry(self, feed: Feed, *, steps: Iterable[Step] = ()) -> Changes:
        """Read again what an older version of an adapter refused; nobody is asked for it.

        A pull does the same when it has read what is new.

        Args:
            feed: the adapter and its settings, from `cxmetrics.source`.
            steps: those of the pulls.

        Raises:
            StoreLockedError: a pull of the source is under way.
        """
        from cxmetrics.store.pull import retry

        return retry(self, feed, steps=list(steps))

    def lock(self, source: str, *, wait: float = 0) -> AbstractContextManager[None]:
        """Keep others from pulling a source, until the block ends or the process dies.

        Args:
            source: the key of the source.
            wait: for how many seconds to wait for another pull to end.

        Raises:
            StoreLockedError: somebody else holds it; says who, where and since when.
        """
        return locked(self._database, source, wait, self._now)

    # -- writing -----------------------------------------------------------------------------------

    def write(self, source: str, stream: str, portion: Portion) -> Changes:
        """Write what a page became, and where it leaves off, in one transaction.

        Of two versions of an object the later one wins, by the vendor's stamp, then by arrival.
        Records that a newer version of their object no longer holds are marked as gone. Refused
        objects are kept raw until a later version of theirs is good. A record that no database can
        keep as it is (NUL characters, halves of surrogate pairs) is refused too.

        Args:
            source: the key of the source.
            stream: the name of the stream.
            portion: what the page became.

        Raises:
            StoreError: it can't be written; nothing of it was.
        """
        return self._enter(source, stream, lambda ledger: ledger.write(portion))

    def put(
        self,
        records: Iterable[Record],
        *,
        source: str = "local",
        updated_at: datetime | None = None,
    ) -> Changes:
        """Store records that come from no source; one with the id of another takes its place.

        Args:
            records: of one or several classes, or a batch.
            source: what to call where they come from.
            updated_at: the time of their last change; an older version than the stored one is
                left alone.

        Raises:
            InvalidRecordsError: the batch holds offenders.
            StoreError: they can't be written; none of them was, per class.
            UsageError: the store keeps no such records.
        """
        if isinstance(records, Batch):
            records.require()
        if updated_at is not None and updated_at.utcoffset() is None:
            raise UsageError("updated_at= needs a time zone: datetime.now(UTC).")
        by_class: dict[type[Record], list[Record]] = {}
        for record in records:
            by_class.setdefault(type(record), []).append(record)
        totals = Changes()
        for stream, rows in {stream_of(record): rows for record, rows in by_class.items()}.items():
            entries = [Entry(object=r.id, records=(r,), updated_at=updated_at) for r in rows]  # type: ignore[attr-defined]
            write = partial(Ledger.enter, entries=entries)
            totals += self._enter(source, stream, write)
        return totals

    def _enter(self, source: str, stream: str, write: Callable[[Ledger], Changes]) -> Changes:
        with self._database.writing() as connection:
            if not self._database.sqlite:
                connection.execute(
                    sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(source)))
                )
            ledger = Ledger(
                connection=connection,
                source=source,
                stream=stream,
                now=micros(self._now()),
                forgotten=self._tombstones.asked(connection),
                known=self._names.get(stream, frozenset()),
            )
            changes = write(ledger)
        self._names[stream] = frozenset(ledger.known | ledger.fresh)
        return changes

    def save(self, receipt: Receipt) -> None:
        """Keep the receipt of a pull."""
        save(self._database, receipt)

    # -- reading -----------------------------------------------------------------------------------

    def batch(
        self,
        record: type[R],
        *,
        source: str | None = None,
        where: Mapping[str, Any] | None = None,
        gone: bool = False,
    ) -> Batch[R]:
        """Return the records of a class, sorted by source and id.

        Args:
            record: the class, such as `Response`.
            source: of one source only.
            where: `{column: label or labels}`, the columns as they are measured by.
            gone: with those that are gone.

        Raises:
            ColumnError: there is no such column; says the close names.
        """
        table = RECORDS[stream_of(record)]
        wanted = sa.select(table).order_by(*in_order(table, self._database.engine.dialect.name))
        if source is not None:
            wanted = wanted.where(table.c.source == source)
        if not gone:
            wanted = wanted.where(table.c.gone_at.is_(None))
        with self._database.reading() as connection:
            wanted = wanted.where(*self._view(connection, table.name).conditions(where))
            rows = connection.execute(wanted).fetchall()
        with reading_back(self._database.where):
            return batch_of(record, rows)

    def cursor(self, source: str, stream: str) -> State | None:
        """Return where a stream has been read to; None where it was never read."""
        wanted = (STATES.c.source == source) & (STATES.c.stream == stream)
        with self._database.reading() as connection:
            told = connection.execute(sa.select(STATES.c.state).where(wanted)).scalar()
        with reading_back(self._database.where):
            return None if told is None else State.from_dict(json.loads(told))

    def receipts(self, source: str | None = None) -> tuple[Receipt, ...]:
        """Return the receipts of the pulls, the latest last."""
        with reading_back(self._database.where):
            return receipts(self._database, source)

    def refused(
        self, source: str | None = None, *, stream: str | None = None
    ) -> tuple[Refused, ...]:
        """Return what broke rules and is kept as it came, with the reasons."""
        with reading_back(self._database.where):
            return refused(self._database, source, stream)

    def info(self) -> Info:
        """Return what the store keeps, by source and stream."""
        with reading_back(self._database.where):
            return info(self._database)

    def incomplete(
        self, record: type[Record] = Response, *, sources: Sequence[str] | None = None
    ) -> str:
        """Say why the records of a class are not all there is; "" where nothing speaks for it.

        They are not while a pull is under way or was cut off, where the last pull of the stream
        did not end complete, and while objects are refused.

        Args:
            record: the class.
            sources: only these; None for all.
        """
        with reading_back(self._database.where):
            return incomplete(self._database, stream_of(record), sources)

    def __cx_cautions__(self, where: Any = None) -> tuple[Caution, ...]:
        """Say to every score of the store that its data are incomplete."""
        asked = where.get("source") if isinstance(where, Mapping) else None
        sources = None if asked is None else [str(label) for label in wanted(asked)]
        told = self.incomplete(sources=sources)
        return (Caution("INCOMPLETE_DATA", told),) if told else ()

    def __cx_tally__(self, query: Query) -> Cube:
        """Count ratings of responses with one `GROUP BY`, those that are gone left out."""
        with self._database.reading() as connection, reading_back(self._database.where):
            return self._view(connection, "responses").cube(query)

    def _view(self, connection: sa.Connection, stream: str) -> View:
        return View(connection=connection, stream=stream, zone=self.zone, now=self._now())

    # -- keeping -----------------------------------------------------------------------------------

    def check(self) -> Check:
        """Compare every row with its checksum, and let SQLite look at its file.

        Damage that a failing disk does to a file shows here, and not by itself: most flipped bits
        give other values, not errors. A damaged log beside the file (`-wal`) is not damage but a
        step back: SQLite then goes on from the last page that is whole, and so does the next pull.
        """
        return check(self._database)

    def forget(self, customer: str) -> Erasure:
        """Erase a customer, and prove that nothing stayed behind.

        Removes what the customer is named in: records, refused objects, receipts, ids in the
        states. On SQLite the files are then searched byte by byte for the id and the comments. A
        tombstone, which is a keyed hash, keeps later pulls from bringing the customer back; its key
        is outside the store, in the file that `CXMETRICS_KEY` names, else
        `~/.config/cxmetrics/erasure.key`. Keep that file: without it the store takes no records.

        Args:
            customer: the id as it is stored; where a pull has pseudonymised it, the pseudonym
                (`Pseudonymise.pseudonym`).

        Raises:
            StoreError: the key can't be read, or is another one.
            UsageError: the id is blank.
        """
        if not customer.strip():
            raise UsageError("which customer is to be forgotten? Give the id.")
        return forget(self._database, customer, micros(self._now()))

    def expire(self, record: type[Record], older_than: timedelta) -> int:
        """Delete the records of a class that are older, by the moment that says their day.

        Records without such a moment are kept. A later full pull may bring others back: expire
        after each pull.

        Args:
            record: the class, such as `Response`.
            older_than: how long records are kept.

        Returns:
            How many were deleted.
        """
        before = micros(self._now() - older_than)
        return expire(self._database, stream_of(record), before)

    def export(
        self,
        folder: str | os.PathLike[str],
        *,
        format: Format = "parquet",  # noqa: A002  # what everybody calls it
        raw: bool = False,
    ) -> dict[str, Path]:
        """Write the records that are not gone, one file a stream; a dim is a column.

        A file is written beside its place, brought to the disk and then put there: a reader sees
        the old one or the new one, whole. The same records give the same bytes. Parquet pages carry
        checksums; in a CSV texts that a spreadsheet would run as formulas get an apostrophe, which
        `files` takes off again.

        Args:
            folder: where; made where it is missing.
            format: "parquet" or "csv".
            raw: leave the texts of a CSV as they are.

        Returns:
            The files by stream; streams without records have none.

        Raises:
            StoreError: a file can't be written.
        """
        return export(self._database, folder, format, micros(self._now()), raw=raw)
