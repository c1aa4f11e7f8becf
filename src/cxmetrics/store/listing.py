"""What is in a store: counts by stream, and what was refused."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs
import sqlalchemy as sa
from attrs import frozen

from cxmetrics.sources.state import State
from cxmetrics.store.database import Database
from cxmetrics.store.receipts import latest_of
from cxmetrics.store.rows import moment
from cxmetrics.store.tables import ERASED, RECORDS, REFUSED, SCHEMA, STATES


@frozen(kw_only=True)
class Refused:
    """An object of a vendor, or one record of it, that broke rules and is kept as it came.

    Attributes:
        source: the key of the source.
        stream: the stream it was to be part of.
        object: the vendor's id; "" where even that is missing.
        record: the id of the record that was refused; "" for the whole object.
        raw: what the vendor sent, after the steps that take personal data out.
        context: what reading it needed beside it.
        reasons: the rules it broke.
        version: of the adapter that read it.
        refused_at: when.
    """

    source: str
    stream: str
    object: str
    record: str
    raw: Any
    context: Mapping[str, Any]
    reasons: tuple[str, ...]
    version: int
    refused_at: datetime


@frozen(kw_only=True)
class Kept:
    """What a store keeps of one stream of one source.

    Attributes:
        source: the key of the source.
        stream: the name of the stream.
        records: how many there are.
        gone: how many more there were; they are kept, and left out of every score.
        refused: how many objects or records are kept raw.
        read_to: the watermark: everything up to it was read; None before a walk was complete.
        pulled_at: when the last pull of the source ended; None where it is no source.
        status: of that pull: "complete", "partial", "failed".
    """

    source: str
    stream: str
    records: int = 0
    gone: int = 0
    refused: int = 0
    read_to: datetime | int | None = None
    pulled_at: datetime | None = None
    status: str | None = None


@frozen(kw_only=True)
class Info:
    """What a store keeps.

    Attributes:
        where: the store, without a password.
        version: of its tables.
        size: bytes of the file and its log; None where it is no file.
        streams: what it keeps, by source and stream.
        erased: how many customers were forgotten.
    """

    where: str
    version: int
    size: int | None
    streams: tuple[Kept, ...]
    erased: int

    def to_dict(self) -> dict[str, Any]:
        """Return the account as JSON-ready values."""
        told = attrs.asdict(self, value_serializer=_told)
        told["streams"] = list(told["streams"])
        return told


def refused(database: Database, source: str | None, stream: str | None) -> tuple[Refused, ...]:
    """Return what was refused; see `Store.refused`."""
    key = (REFUSED.c.source, REFUSED.c.stream, REFUSED.c.object, REFUSED.c.record)
    wanted = sa.select(REFUSED).order_by(*key, REFUSED.c.digest)
    for column, value in ((REFUSED.c.source, source), (REFUSED.c.stream, stream)):
        if value is not None:
            wanted = wanted.where(column == value)
    with database.reading() as connection:
        rows = connection.execute(wanted).mappings().all()
    return tuple(
        Refused(
            **{name: row[name] for name in ("source", "stream", "object", "record", "version")},
            **{name: json.loads(row[name]) for name in ("raw", "context")},
            reasons=tuple(json.loads(row["reasons"])),
            refused_at=moment(row["refused_at"]),
        )
        for row in rows
    )


def info(database: Database) -> Info:
    """Return what a store keeps; see `Store.info`."""
    found: dict[tuple[str, str], dict[str, Any]] = {}

    def told(source: str, stream: str) -> dict[str, Any]:
        return found.setdefault((source, stream), {"source": source, "stream": stream})

    with database.reading() as connection:
        for stream, table in RECORDS.items():
            counts = sa.func.count(), sa.func.count(table.c.gone_at)
            by_source = sa.select(table.c.source, *counts).group_by(table.c.source)
            for source, rows, gone in connection.execute(by_source):
                told(source, stream).update(records=rows - gone, gone=gone)
        own = (REFUSED.c.source, REFUSED.c.stream)
        refused_ = sa.select(*own, sa.func.count()).group_by(*own)
        for source, stream, count in connection.execute(refused_):
            told(source, stream)["refused"] = count
        states = sa.select(STATES.c.source, STATES.c.stream, STATES.c.state)
        for source, stream, state in connection.execute(states):
            told(source, stream)["read_to"] = State.from_dict(json.loads(state)).mark
        for (source, stream), (ended_at, latest) in latest_of(connection).items():
            told(source, stream).update(pulled_at=ended_at, status=latest["status"])
        erased = connection.execute(sa.select(sa.func.count()).select_from(ERASED)).scalar_one()
    return Info(
        where=database.where.removeprefix("the store "),
        version=SCHEMA,
        size=database.size,
        streams=tuple(Kept(**found[key]) for key in sorted(found)),
        erased=erased,
    )


def incomplete(database: Database, stream: str, sources: Sequence[str] | None) -> str:
    """Say why a stream is not all there is; see `Store.incomplete`."""
    said: dict[str, str] = {}
    with database.reading() as connection:
        own = sa.select(STATES.c.source, STATES.c.state).where(STATES.c.stream == stream)
        under_way = {
            source: json.loads(state)["resume"] is not None
            for source, state in connection.execute(own)
        }
        aside = sa.select(REFUSED.c.source, sa.func.count()).where(REFUSED.c.stream == stream)
        for source, count in connection.execute(aside.group_by(REFUSED.c.source)):
            few = "1 object" if count == 1 else f"{count:,} objects"
            said[source] = f"{few} of {source} refused, and kept raw (cxmetrics store refused)"
        latest = latest_of(connection)
    for source, going in under_way.items():
        ended_at, receipt = latest.get((source, stream), (None, None))
        if going and (receipt is None or receipt["status"] == "complete"):
            said[source] = f"a pull of {source} did not end: the next one goes on where it was"
        elif ended_at is None or receipt is None:
            said.setdefault(source, f"no pull of {source} has ended")
        elif receipt["status"] != "complete":
            why = "; ".join(reason.rstrip(".") for reason in receipt["reasons"])
            when = f"{ended_at:%Y-%m-%d %H:%M %Z}"
            said[source] = f"the last pull of {source} ({when}) was {receipt['status']}: {why}"
    told = [why for source, why in said.items() if sources is None or source in sources]
    return f"Incomplete data: {'. '.join(told)}." if told else ""


def _told(_: object, __: object, value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
