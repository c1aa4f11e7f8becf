"""The store: records, where each stream has been read to, and what was refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar
from zoneinfo import ZoneInfo

import attrs
import sqlalchemy as sa
from attrs import define, field

from cxmetrics.batch import Batch
from cxmetrics.engines.query import Query
from cxmetrics.errors import UsageError
from cxmetrics.records import Record
from cxmetrics.sources._base import STREAMS
from cxmetrics.sources.portion import Changes, Entry, Portion
from cxmetrics.sources.receipt import Receipt
from cxmetrics.sources.state import State
from cxmetrics.store.database import Database
from cxmetrics.store.ledger import Ledger
from cxmetrics.store.locking import locked
from cxmetrics.store.measuring import View
from cxmetrics.store.reading import batch_of
from cxmetrics.store.rows import micros, sealed
from cxmetrics.store.tables import RECEIPTS, RECORDS, STATES
from cxmetrics.summaries import Cube

R = TypeVar("R", bound=Record)


@define(kw_only=True, eq=False, repr=False)
class Store:
    """What was pulled, in a database; open one with `cxmetrics.store.open_store`.

    Attributes:
        zone: the time zone in which days begin.
    """

    zone: ZoneInfo
    _database: Database = field(alias="database")
    _now: Callable[[], datetime] = field(alias="now")
    _names: dict[str, frozenset[str]] = field(factory=dict, init=False)

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
        return f"<Store: {self._database.where}>"

    def close(self) -> None:
        """Let go of the database; what was written is stored already."""
        self._database.close()

    # -- writing -----------------------------------------------------------------------------------

    def write(self, source: str, stream: str, portion: Portion) -> Changes:
        """Write what a page became, and where it leaves off, in one transaction."""
        return self._enter(source, stream, lambda ledger: ledger.write(portion))

    def put(
        self,
        records: Iterable[Record],
        *,
        source: str = "local",
        updated_at: datetime | None = None,
    ) -> Changes:
        """Store records that do not come from a source."""
        if isinstance(records, Batch):
            records.require()
        by_class: dict[type[Record], list[Record]] = {}
        for record in records:
            by_class.setdefault(type(record), []).append(record)
        totals = Changes()
        for stream, rows in {_stream_of(record): rows for record, rows in by_class.items()}.items():
            entries = [Entry(object=r.id, records=(r,), updated_at=updated_at) for r in rows]  # type: ignore[attr-defined]
            write = partial(Ledger.enter, entries=entries)
            totals = added(totals, self._enter(source, stream, write))
        return totals

    def lock(self, source: str, *, wait: float = 0) -> AbstractContextManager[None]:
        """Keep others from pulling a source, until the block ends or the process dies.

        Args:
            source: the key of the source.
            wait: for how many seconds to wait for another pull to end.

        Raises:
            StoreLockedError: somebody else holds it; says who, where and since when.
        """
        return locked(self._database, source, wait, self._now)

    def save(self, receipt: Receipt) -> None:
        """Keep the receipt of a pull."""
        row = (receipt.source, receipt.status, json.dumps(receipt.to_dict()))
        with self._database.writing() as connection:
            connection.execute(
                sa.insert(RECEIPTS).values(
                    dict(
                        zip(("source", "status", "receipt", "checksum"), sealed(*row), strict=True)
                    )
                )
            )

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
                known=self._names.get(stream, frozenset()),
            )
            changes = write(ledger)
        self._names[stream] = frozenset(ledger.known | ledger.fresh)
        return changes

    # -- reading -----------------------------------------------------------------------------------

    def batch(
        self,
        record: type[R],
        *,
        source: str | None = None,
        where: Mapping[str, Any] | None = None,
        gone: bool = False,
    ) -> Batch[R]:
        """Return the records of a class, sorted by source and id."""
        table = RECORDS[_stream_of(record)]
        wanted = sa.select(table).order_by(table.c.source, table.c.id)
        if source is not None:
            wanted = wanted.where(table.c.source == source)
        if not gone:
            wanted = wanted.where(table.c.gone_at.is_(None))
        with self._database.reading() as connection:
            wanted = wanted.where(*self._view(connection, table.name).conditions(where))
            rows = connection.execute(wanted).fetchall()
        return batch_of(record, rows)

    def cursor(self, source: str, stream: str) -> State | None:
        """Return where a stream has been read to; None where it was never read."""
        wanted = (STATES.c.source == source) & (STATES.c.stream == stream)
        with self._database.reading() as connection:
            told = connection.execute(sa.select(STATES.c.state).where(wanted)).scalar()
        return None if told is None else State.from_dict(json.loads(told))

    def __cx_tally__(self, query: Query) -> Cube:
        """Count ratings of responses with one `GROUP BY`, those that are gone left out."""
        with self._database.reading() as connection:
            return self._view(connection, "responses").cube(query)

    def _view(self, connection: sa.Connection, stream: str) -> View:
        return View(connection=connection, stream=stream, zone=self.zone, now=self._now())

    def receipts(self, source: str | None = None) -> tuple[Receipt, ...]:
        """Return the receipts of the pulls, the latest last."""
        wanted = sa.select(RECEIPTS.c.receipt).order_by(RECEIPTS.c.number)
        if source is not None:
            wanted = wanted.where(RECEIPTS.c.source == source)
        with self._database.reading() as connection:
            told = connection.execute(wanted).scalars().all()
        return tuple(Receipt.from_dict(json.loads(each)) for each in told)


def _stream_of(record: type[Record]) -> str:
    for stream, known in STREAMS.items():
        if known is record:
            return stream
    kept = ", ".join(known.__name__ for known in STREAMS.values())
    raise UsageError(f"a store keeps no {record.__name__}: it keeps {kept}.")


def added(one: Changes, other: Changes) -> Changes:
    """Return the sum of two accounts."""
    return Changes(**{name: n + getattr(other, name) for name, n in attrs.asdict(one).items()})
