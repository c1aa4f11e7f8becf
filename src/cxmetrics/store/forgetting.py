"""Erasure: a customer leaves the store, and it is shown that nothing stayed behind.

A deleted row is not erased: SQLite keeps its bytes in free space and in the log beside the file.
`secure_delete` overwrites the first, a truncated log removes the second, and then the files are
searched byte by byte. What is still found is put down by rewriting the whole file.
"""

from __future__ import annotations

import json
import mmap
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from attrs import Factory, evolve, field, frozen
from sqlalchemy.exc import DBAPIError

from cxmetrics.errors import StoreError
from cxmetrics.sources.state import State
from cxmetrics.store.database import Database
from cxmetrics.store.faults import told
from cxmetrics.store.keys import bury
from cxmetrics.store.measuring import moment_of
from cxmetrics.store.rows import json_of, sealed
from cxmetrics.store.statements import upsert
from cxmetrics.store.tables import EXPORTS, METADATA, RECEIPTS, RECORDS, REFUSED, STATES

_SHORTEST: Final = 6  # bytes; what is shorter is found everywhere
_PIECE: Final = 40  # characters; a long text lies in pieces on several pages
_ENDS: Final = ("", "-wal", "-shm", "-journal")
_BEYOND: Final = (
    "backups and copies of the store",
    "reports and exports that were handed on",
    "what the vendor itself keeps",
)
_DISK: Final = "blocks of the disk that the file system has let go of, and its snapshots"
_SERVER: Final = (
    "dead rows in the tables until VACUUM (VACUUM FULL rewrites the files now), the server's log "
    "of changes, its replicas and archives"
)


@frozen(kw_only=True)
class Erasure:
    """What an erasure removed, and the proof.

    Attributes:
        removed: rows that are no longer there, by table; states are counted where ids were struck
            from them.
        proof: "bytes": the files were searched for the customer's id and comments; "query": the
            tables were.
        searched: how many bytes were searched.
        left: where something was found all the same; empty where nothing remains.
        exports: folders of exports made by this store that still exist: make them again.
        beyond: what can't be reached from here.
    """

    removed: Mapping[str, int] = Factory(dict)
    proof: str = "bytes"
    searched: int = 0
    left: tuple[str, ...] = ()
    exports: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether nothing of the customer was found any more."""
        return not self.left

    def to_dict(self) -> dict[str, Any]:
        """Return the erasure as JSON-ready values."""
        return {
            "complete": self.complete,
            "removed": dict(self.removed),
            "proof": self.proof,
            "searched": self.searched,
            "left": list(self.left),
            "exports": list(self.exports),
            "beyond": list(self.beyond),
        }

    def __str__(self) -> str:
        rows = ", ".join(f"{count} {table}" for table, count in self.removed.items() if count)
        lines = [f"Removed: {rows or 'nothing was stored'}."]
        searched = f"{self.searched} bytes of its files" if self.proof == "bytes" else "its tables"
        found = "; ".join(self.left) or "nothing of the customer"
        lines.append(f"Searched {searched}: {found}.")
        if self.exports:
            lines.append(f"Make these exports again, or delete them: {', '.join(self.exports)}.")
        lines.append(f"Out of reach: {'; '.join(self.beyond)}.")
        return "\n".join(lines)


@frozen
class _Trace:
    """What was removed, as far as it has to be looked for afterwards."""

    customer: str
    removed: dict[str, int] = field(factory=dict)
    texts: set[str] = field(factory=set)
    objects: set[tuple[str, str, str]] = field(factory=set)

    @property
    def long(self) -> bool:
        """Whether the id is long enough to mean something wherever it stands."""
        return len(self.customer.encode()) >= _SHORTEST

    @property
    def pieces(self) -> list[str]:
        """What to look for: the id, and the comments, in pieces that lie on one page."""
        known = {self.customer, json.dumps(self.customer)[1:-1], *self.texts}
        cut = {t[at : at + _PIECE] for t in known for at in range(0, len(t), _PIECE)}
        whole = {piece for piece in cut if len(piece) == _PIECE} | {t[:_PIECE] for t in known}
        return sorted(piece for piece in whole if len(piece.encode()) >= _SHORTEST)

    def is_of(self, stream: str, own: str, row: Any) -> bool:
        """Say whether a record is of the customer, and remember it if it is."""
        named = self.long and self.customer in json.loads(row["dims"]).values()
        if row[own] != self.customer and not named:
            return False
        self.objects.add((row["source"], stream, row["object"]))
        self.texts.add(row.get("verbatim") or "")
        return True

    def is_raw_of(self, row: Any) -> bool:
        """Say whether a refused object is of the customer, and remember it if it is."""
        hit = (
            (row["source"], row["stream"], row["object"]) in self.objects
            or (row["stream"] == "customers" and self.customer in {row["object"], row["record"]})
            or any(self.names(json.loads(row[each])) for each in ("raw", "context"))
        )
        if hit:
            self.texts.update((row["raw"], row["context"]))
        return hit

    def names(self, value: Any) -> bool:
        """Say whether JSON values name the customer: a long id as a word, a short as a value."""
        word = re.compile(rf"(?<!\w){re.escape(self.customer)}(?!\w)")
        left = [value]
        while left:
            each = left.pop()
            if isinstance(each, Mapping):
                left += [*each.keys(), *each.values()]
            elif isinstance(each, list | tuple):
                left += each
            elif each is not None and (
                word.search(str(each)) if self.long else str(each) == self.customer
            ):
                return True
        return False


def forget(database: Database, customer: str, now: int) -> Erasure:
    """Erase a customer; see `Store.forget`."""
    trace = _Trace(customer)
    with database.writing() as connection:
        bury(connection, customer, now)
        _remove(connection, trace)
        folders = connection.execute(sa.select(EXPORTS.c.folder).order_by(EXPORTS.c.folder))
        exports = tuple(folder for folder in folders.scalars() if Path(folder).exists())
    if database.path is None:
        with database.reading() as connection:
            left = tuple(_mentions(connection, trace))
        beyond = _BEYOND if database.sqlite else (*_BEYOND, _SERVER)
        erasure = Erasure(proof="query", left=left, beyond=beyond)
    else:
        erasure = _proved(database, database.path, trace)
    return evolve(erasure, removed=trace.removed, exports=exports)


def expire(database: Database, stream: str, before: int) -> int:
    """Delete what is older than a moment; see `Store.expire`."""
    table = RECORDS[stream]
    with database.writing() as connection:
        old = sa.delete(table).where(moment_of(table) < before)
        count = connection.execute(old).rowcount
        raw = (REFUSED.c.stream == stream) & (REFUSED.c.refused_at < before)
        connection.execute(sa.delete(REFUSED).where(raw))
    return int(count)


# -- removing --------------------------------------------------------------------------------------


def _remove(connection: sa.Connection, trace: _Trace) -> None:
    for stream, table in RECORDS.items():
        own = table.c.id if stream == "customers" else table.c.customer
        may_be = (own == trace.customer) | _holds(connection, table.c.dims, json_of(trace.customer))
        hit = partial(trace.is_of, stream, own.name)
        trace.removed[stream] = _delete(connection, table, hit, may_be)
    trace.removed["refused"] = _delete(connection, REFUSED, trace.is_raw_of)
    trace.removed["receipts"] = _delete(
        connection, RECEIPTS, lambda row: trace.long and trace.names(json.loads(row["receipt"]))
    )
    trace.removed["states"] = _strike(connection, trace)


def _holds(connection: sa.Connection, column: Any, text: str) -> sa.ColumnElement[bool]:
    """Return the condition that a text column holds a text somewhere."""
    place = sa.func.instr if connection.dialect.name == "sqlite" else sa.func.strpos
    found: sa.ColumnElement[bool] = place(column, text) > 0
    return found


def _delete(
    connection: sa.Connection,
    table: sa.Table,
    hit: Callable[[Any], bool],
    may_be: sa.ColumnElement[bool] | None = None,
) -> int:
    """Delete the rows that are hit, and say how many."""
    key = [column.name for column in table.primary_key]
    wanted = (
        sa.select(table)
        .where(sa.true() if may_be is None else may_be)
        .execution_options(yield_per=1_000)
    )
    rows = connection.execute(wanted).mappings()
    keys = [{f"k_{name}": row[name] for name in key} for row in rows if hit(row)]
    if keys:
        own = sa.and_(*(table.c[name] == sa.bindparam(f"k_{name}") for name in key))
        connection.execute(sa.delete(table).where(own), keys)
    return len(keys)


def _strike(connection: sa.Connection, trace: _Trace) -> int:
    """Take what was erased out of the states; a cursor that names the customer is given up."""
    struck = 0
    rows = connection.execute(sa.select(STATES.c.source, STATES.c.stream, STATES.c.state))
    for source, stream, spelled in rows.fetchall():
        state = State.from_dict(json.loads(spelled))
        at_mark = tuple(i for i in state.at_mark if (source, stream, i) not in trace.objects)
        changed = evolve(state, at_mark=at_mark)
        if trace.names(changed.resume):  # the walk under way starts anew
            changed = evolve(changed, resume=None, seen=None, start=None, began=None, objects=0)
        if changed != state:
            struck += 1
            told_ = json.dumps(changed.to_dict(), sort_keys=True)
            upsert(connection, STATES, [sealed(source, stream, told_)])
    return struck


# -- proving ---------------------------------------------------------------------------------------


def _proved(database: Database, path: Path, trace: _Trace) -> Erasure:
    """Search the files; where something is found, rewrite the store and search again."""
    left: list[str] = []
    try:
        _cut(database)
        if _found(path, trace.pieces):
            _run(database, "VACUUM")
            _cut(database)
    except StoreError as error:  # somebody reads; the disk is full
        left.append(str(error))
    found = _found(path, trace.pieces)
    with database.reading() as connection:
        if found:
            left += _mentions(connection, trace)
        unknown = [piece for piece in found if not _explained(connection, piece)]
    if unknown:
        left.append(f"{len(unknown)} pieces of text in the bytes of {path.name}")
    beyond = [*_BEYOND, _DISK]
    if not trace.long:
        beyond.append(f"bytes: an id of fewer than {_SHORTEST} of them is found everywhere")
    searched = sum(file.stat().st_size for file in _files(path))
    return Erasure(searched=searched, left=tuple(left), beyond=tuple(beyond))


def _cut(database: Database) -> None:
    """Move the log into the file and cut it.

    Raises:
        StoreError: somebody reads from it.
    """
    busy, *_ = _run(database, "PRAGMA wal_checkpoint(TRUNCATE)")
    if busy:
        raise StoreError(
            f"{database.where} is being read by another connection, which keeps what was erased "
            "in the log beside the file: forget again when it is done."
        )


def _run(database: Database, statement: str) -> Any:
    """Run a statement that no transaction may surround."""
    with told(database.where), database.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        try:
            return driver.execute(statement).fetchone()
        except driver.Error as error:
            raise DBAPIError(statement, None, error) from None


def _files(path: Path) -> list[Path]:
    return [file for end in _ENDS if (file := path.with_name(path.name + end)).exists()]


def _found(path: Path, pieces: Sequence[str]) -> list[str]:
    """Return the pieces that are in the bytes of the files."""
    found: set[str] = set()
    for file in _files(path):
        with file.open("rb") as opened:
            if not file.stat().st_size:
                continue
            with mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
                found |= {piece for piece in pieces if data.find(piece.encode()) >= 0}
    return sorted(found)


def _mentions(connection: sa.Connection, trace: _Trace) -> Iterator[str]:
    """Yield the rows of others that name the customer."""
    if not trace.long:
        return
    for table in METADATA.sorted_tables:
        texts = _texts(table)
        any_ = sa.or_(*(_holds(connection, column, trace.customer) for column in texts))
        for row in connection.execute(sa.select(table).where(any_)).mappings().fetchall():
            columns = [column.name for column in texts if trace.names(row[column.name])]
            if columns:
                key = "/".join(str(row[column.name]) for column in table.primary_key)
                yield f"{table.name} {key} names the customer in {', '.join(columns)}"


def _explained(connection: sa.Connection, piece: str) -> bool:
    """Say whether a row of somebody else holds the text: two customers may say the same."""
    for table in METADATA.sorted_tables:
        any_ = sa.or_(*(_holds(connection, column, piece) for column in _texts(table)))
        if connection.execute(sa.select(1).select_from(table).where(any_).limit(1)).first():
            return True
    return False


def _texts(table: sa.Table) -> list[sa.Column[Any]]:
    return [column for column in table.columns if isinstance(column.type, sa.Text)]
