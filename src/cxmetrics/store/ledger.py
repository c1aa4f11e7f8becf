"""Writing: what one page became and where it leaves off, in one transaction.

Of two versions of an object the later one wins, by the vendor's stamp, then by arrival; the records
a newer version no longer has are marked as gone. A record that came before in the same form costs a
look at its checksum and no write.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

import sqlalchemy as sa
from attrs import define, field

from cxmetrics.errors import DataError
from cxmetrics.records import Record
from cxmetrics.sources._base import STREAMS
from cxmetrics.sources.portion import Changes, Entry, Portion, Refusal
from cxmetrics.store.rows import Codec, Row, codec_of, micros, sealed
from cxmetrics.store.statements import among, find, upsert
from cxmetrics.store.tables import NAMES, RECORDS, REFUSED, STATES

_CHUNK: Final = 5_000  # records looked at together
_KNOWN: Final = ("id", "object", "updated_at", "gone_at", "checksum")

_Held = tuple[str, int | None, int | None, int]
"""What the store knows of a record: object, stamp, when it was found gone, checksum."""


@define(kw_only=True)
class Ledger:
    """One transaction that writes one portion of a stream.

    Attributes:
        connection: the open transaction.
        source: the key of the source.
        stream: the name of the stream.
        now: in microseconds, the time that goes with what is found gone or is refused.
        forgotten: says whether a customer was forgotten; None where nobody was.
        known: the names of dims that are listed already.
        fresh: the names of dims that were added.
    """

    connection: sa.Connection
    source: str
    stream: str
    now: int
    forgotten: Callable[[str], bool] | None = None
    known: AbstractSet[str] = frozenset()
    fresh: set[str] = field(factory=set, init=False)
    _listed: set[str] = field(init=False)
    _counts: Counter[str] = field(factory=Counter, init=False)
    _held: dict[str, _Held] = field(factory=dict, init=False)
    _members: dict[str, set[str]] = field(factory=dict, init=False)
    _rows: dict[str, Row] = field(factory=dict, init=False)
    _absent: dict[str, int | None] = field(factory=dict, init=False)
    _refused: list[Refusal] = field(factory=list, init=False)
    _settled: set[str] = field(factory=set, init=False)
    _table: sa.Table = field(init=False)
    _codec: Codec[Record] = field(init=False)
    _id: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._listed = set(self.known)
        self._table = RECORDS[self.stream]
        self._codec = codec_of(STREAMS[self.stream])
        self._id = self._codec.columns.index("id")

    def write(self, portion: Portion) -> Changes:
        """Write the entries, refusals and deletions of a portion, and its state."""
        changes = self.enter(portion.entries, portion.refused, portion.gone, portion.state.version)
        state = json.dumps(portion.state.to_dict(), sort_keys=True)
        upsert(self.connection, STATES, [sealed(self.source, self.stream, state)])
        return changes

    def enter(
        self,
        entries: Iterable[Entry],
        refused: Sequence[Refusal] = (),
        gone: Sequence[str] = (),
        version: int = 0,
    ) -> Changes:
        """Write entries, refusals and deletions."""
        spared: dict[str, set[str]] = {}  # records that came, though nobody can use them
        for refusal in refused:
            spared.setdefault(refusal.object, set()).add(refusal.record)
        for chunk in _chunks(entries):
            self._look_up(chunk)
            for entry in chunk:
                self._enter(entry, spared.get(entry.object, frozenset()))
            self._settle()
        self._forsake(gone)
        self._put_aside([*refused, *self._refused], version)
        upsert(self.connection, NAMES, [sealed(self.stream, name) for name in sorted(self.fresh)])
        return Changes(**self._counts)

    # -- entries -----------------------------------------------------------------------------------

    def _look_up(self, entries: Sequence[Entry]) -> None:
        """Fetch what the store knows of the objects, and of the records they hold now."""
        objects = {entry.object for entry in entries}
        ids = {record.id for entry in entries for record in entry.records} | objects  # type: ignore[attr-defined]
        for key, wanted in (("id", ids), ("object", objects)):
            rows = find(self.connection, self._table, _KNOWN, self.source, key, wanted)
            self._held.update({row[0]: row[1:] for row in rows})
        for id_, held in self._held.items():
            self._members.setdefault(held[0], set()).add(id_)

    def _enter(self, entry: Entry, spared: AbstractSet[str]) -> None:
        try:
            stamp = None if entry.updated_at is None else micros(entry.updated_at)
        except ValueError as error:
            for record in entry.records:
                self._refuse(entry.object, record, f"updated_at {error}.")
            return
        members = self._members.setdefault(entry.object, set())
        if stamp is not None:
            for id_ in members:
                known = self._held[id_][1]
                if known is not None and known > stamp:
                    self._counts["stale"] += len(entry.records)
                    return
        self._settled.add(entry.object)
        kept = set()
        for record in entry.records:
            kept.add(record.id)  # type: ignore[attr-defined]
            self._enter_record(entry.object, stamp, record)
        if len(members) > len(kept) or not members <= kept:
            for id_ in members - kept - spared:
                self._miss(id_, stamp)

    def _enter_record(self, object_: str, stamp: int | None, record: Any) -> None:
        id_ = record.id
        if self.forgotten:
            customer = id_ if self.stream == "customers" else record.customer
            if customer is not None and self.forgotten(customer):
                self._counts["erased"] += 1
                return
        held = self._held.get(id_)
        if held is not None and stamp is None:
            stamp = held[1]
        try:
            fields = self._codec.fields(record)
            row = self._codec.row(self.source, object_, stamp, None, fields)
        except DataError as error:
            self._refuse(object_, record, str(error))
            return
        if held is None:
            self._counts["new"] += 1
        elif held[3] == row[-1] and held[2] is None:
            self._counts["unchanged"] += 1
            return
        else:
            was, stamped, gone, checksum = held
            if stamp is not None and stamped is not None and stamp < stamped:
                self._counts["stale"] += 1  # it belongs to another object by now
                return
            same = (
                gone is None
                and was == object_
                and (self._codec.row(self.source, was, stamped, None, fields)[-1] == checksum)
            )
            self._counts["unchanged" if same else "changed"] += 1
            self._members[was].discard(id_)
            self._absent.pop(id_, None)
        self._members[object_].add(id_)
        self._held[id_] = (object_, stamp, None, row[-1])
        self._rows[id_] = row
        for name in record.dims:
            if name not in self._listed:
                self._listed.add(name)
                self.fresh.add(name)

    def _refuse(self, object_: str, record: Record, reason: str) -> None:
        self._refused.append(
            Refusal(
                object=object_,
                record=record.id,  # type: ignore[attr-defined]
                raw=record.to_dict(),
                reasons=(reason,),
            )
        )

    def _miss(self, id_: str, stamp: int | None) -> None:
        """Note that a newer version of its object does not have a record any more."""
        object_, stamped, gone, checksum = self._held[id_]
        if gone is None:
            self._counts["gone"] += 1
        stamp = stamped if stamp is None else stamp
        self._held[id_] = (object_, stamp, gone or self.now, checksum)
        self._absent[id_] = stamp

    def _settle(self) -> None:
        """Write what the chunk came to."""
        missed = self._absent.keys() - self._rows.keys()
        rows = [self._rows[id_] for id_ in self._absent if id_ in self._rows]
        if missed:
            rows += self._whole("id", missed)
        for row in rows:
            id_ = row[self._id]
            self._rows[id_] = self._codec.gone(row, self._absent[id_], self.now)
        upsert(self.connection, self._table, list(self._rows.values()))
        for kept in (self._held, self._members, self._rows, self._absent):
            kept.clear()

    def _whole(self, key: str, wanted: AbstractSet[str]) -> list[Row]:
        columns = self._codec.columns
        rows = find(self.connection, self._table, columns, self.source, key, wanted)
        return list(map(self._codec.neutral, rows))

    # -- deletions and refusals --------------------------------------------------------------------

    def _forsake(self, objects: Sequence[str]) -> None:
        """Mark the records of objects that the vendor has deleted."""
        if not objects:
            return
        self._settled.update(objects)
        rows: dict[str, Row] = {}
        for key in ("id", "object"):
            for row in self._whole(key, set(objects)):
                _, object_, stamp, gone, *_ = row
                if gone is None and object_ in objects:
                    rows[row[self._id]] = self._codec.gone(row, stamp, self.now)
        self._counts["gone"] += len({row[1] for row in rows.values()})
        upsert(self.connection, self._table, list(rows.values()))

    def _put_aside(self, refused: Sequence[Refusal], version: int) -> None:
        """Keep refusals raw, in the place of the earlier ones of the same objects."""
        settled = {*map(_kept, self._settled), *(_kept(each.object) for each in refused)} - {""}
        some = self.connection.exec_driver_sql("SELECT 1 FROM refused LIMIT 1").first()
        if settled and some:
            own = (REFUSED.c.source == self.source) & (REFUSED.c.stream == self.stream)
            objects = sa.literal(json.dumps(sorted(settled)), sa.Text)
            gone = among(REFUSED.c.object, objects, self.connection.dialect.name)
            self.connection.execute(sa.delete(REFUSED).where(own, gone))
        rows: dict[Row, Row] = {}
        for refusal in refused:
            if self.forgotten and any(map(self.forgotten, _scalars([refusal.raw, refusal.object]))):
                self._counts["erased"] += 1
                continue
            raw, context = as_json(refusal.raw), as_json(refusal.context)
            digest = hashlib.blake2b(raw.encode(), digest_size=16).hexdigest()
            key = (self.source, self.stream, _kept(refusal.object), _kept(refusal.record), digest)
            reasons = as_json(list(refusal.reasons))
            rows[key] = sealed(*key, raw, context, reasons, version, self.now)
        upsert(self.connection, REFUSED, list(rows.values()))
        self._counts["refused"] += len({key[2] or key for key in rows})


def as_json(raw: Any) -> str:
    """Return JSON text of what a vendor sent: ASCII, so that every database keeps it."""
    try:
        return json.dumps(raw, default=_told)
    except (TypeError, ValueError, RecursionError):  # odd keys, loops, endless numbers and depths
        return json.dumps(f"{type(raw).__name__}, which has no JSON form")


def _told(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)


def _kept(text: str) -> str:
    """Return an id as a database keeps it, where it is not even a proper text."""
    return text.encode(errors="backslashreplace").decode().replace("\0", "\\x00")


def _chunks(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    chunk, size = [], 0
    for entry in entries:
        chunk.append(entry)
        size += len(entry.records) + 1
        if size >= _CHUNK:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _scalars(raw: Any) -> Iterator[str]:
    """Yield every text and number of JSON values as text, without recursion."""
    left = [raw]
    while left:
        value = left.pop()
        if isinstance(value, Mapping):
            left += [*value.keys(), *value.values()]
        elif isinstance(value, list | tuple):
            left += value
        elif value is not None:
            yield str(value)
