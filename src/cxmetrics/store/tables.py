"""The tables of a store: one a stream, with a column a field, and a few for the bookkeeping.

Times are whole microseconds since 1970, UTC. Every row of every table carries a checksum over its
other columns, so that damage is found row by row (`cxmetrics.store.checking`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa

from cxmetrics.errors import UsageError
from cxmetrics.records import Record
from cxmetrics.records._base import fields_of
from cxmetrics.rules import rules_of
from cxmetrics.sources._base import STREAMS

SCHEMA: Final = 1
"""The version of the tables below; a change of them is a migration."""

ENVELOPE: Final = ("source", "object", "updated_at", "gone_at")
"""What is known of a record beside its fields: who delivered it, as part of which object of the
vendor, the vendor's stamp of that object's last change, and when it was found to be deleted."""

_TYPES: Final[Mapping[str, type[sa.types.TypeEngine[Any]]]] = {
    "text": sa.Text,
    "number": sa.Double,
    "boolean": sa.Boolean,
    "datetime": sa.BigInteger,
}


def stream_of(record: type[Record]) -> str:
    """Return the stream that keeps the records of a class.

    Raises:
        UsageError: none does.
    """
    for stream, known in STREAMS.items():
        if known is record:
            return stream
    kept = ", ".join(known.__name__ for known in STREAMS.values())
    raise UsageError(f"a store keeps no {record.__name__}: it keeps {kept}.")


def kinds_of(record: type[Record]) -> dict[str, str]:
    """Return what each field holds: text, number, boolean, datetime, scale or dims."""
    found = {}
    for name, field in fields_of(record).items():
        rule = rules_of(field)[0]
        special = {"is_scale": "scale", "dims": "dims"}.get(rule.code)
        found[name] = special or next(iter(rule.kinds))
    return found


def columns_of(record: type[Record]) -> dict[str, str]:
    """Return the columns that hold the fields and what each holds; a scale takes two."""
    columns: dict[str, str] = {}
    for name, kind in kinds_of(record).items():
        columns[name] = "text" if kind in {"scale", "dims"} else kind
        if kind == "scale":
            columns[f"{name}_labels"] = "text"
    return columns


def _column(name: str, kind: str, *, optional: bool) -> sa.Column[object]:
    return sa.Column(name, _TYPES[kind], nullable=optional, primary_key=name in {"source", "id"})


def _stream(name: str, record: type[Record], metadata: sa.MetaData) -> sa.Table:
    mandatory = {"id", "respondent", "dims"} | {
        name for name, field in fields_of(record).items() if rules_of(field)[0].optional is False
    }
    table = sa.Table(
        name,
        metadata,
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("object", sa.Text, nullable=False),
        sa.Column("updated_at", sa.BigInteger),
        sa.Column("gone_at", sa.BigInteger),
        *(
            _column(column, kind, optional=column not in mandatory)
            for column, kind in columns_of(record).items()
        ),
        sa.Column("checksum", sa.BigInteger, nullable=False),
    )
    # Most objects are one record and bear its id: the others only need a second index.
    apart = table.c.object != table.c.id
    sa.Index(
        f"{name}_of_object",
        table.c.source,
        table.c.object,
        sqlite_where=apart,
        postgresql_where=apart,
    )
    return table


def _kept(name: str, metadata: sa.MetaData, *columns: sa.Column[object]) -> sa.Table:
    return sa.Table(name, metadata, *columns, sa.Column("checksum", sa.BigInteger, nullable=False))


def _key(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Text, primary_key=True)


def _text(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Text, nullable=False)


def _whole(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.BigInteger, nullable=False)


METADATA: Final = sa.MetaData()

RECORDS: Final[Mapping[str, sa.Table]] = {
    name: _stream(name, record, METADATA) for name, record in STREAMS.items()
}
META: Final = _kept("meta", METADATA, _key("name"), _text("value"))
STATES: Final = _kept("states", METADATA, _key("source"), _key("stream"), _text("state"))
REFUSED: Final = _kept(
    "refused",
    METADATA,
    *map(_key, ("source", "stream", "object", "record", "digest")),
    *map(_text, ("raw", "context", "reasons")),
    _whole("version"),
    _whole("refused_at"),
)
RECEIPTS: Final = _kept(
    "receipts",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True),
    *map(_text, ("source", "status", "receipt")),
)
ERASED: Final = _kept("erased", METADATA, _key("digest"), _whole("erased_at"))
NAMES: Final = _kept("names", METADATA, _key("stream"), _key("dim"))
EXPORTS: Final = _kept("exports", METADATA, _key("folder"), _text("format"), _whole("exported_at"))
