"""Measuring where the records are: names to expressions, and one `GROUP BY`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from attrs import evolve, field, frozen
from sqlalchemy.dialects import postgresql

from cxmetrics.engines.encode import no_column, wanted
from cxmetrics.engines.scales import require_scale
from cxmetrics.engines.sql import count, is_among, is_blank
from cxmetrics.errors import ColumnError, UsageError
from cxmetrics.scale import Scale
from cxmetrics.sources._base import STREAMS
from cxmetrics.store.days import BUCKETS, days_of, label_of, local_day
from cxmetrics.store.rows import json_of, micros, moment
from cxmetrics.store.statements import among
from cxmetrics.store.tables import NAMES, RECORDS, kinds_of
from cxmetrics.summaries import Cube, Label

if TYPE_CHECKING:
    from cxmetrics.engines.query import Query

_TIMES: Final[Mapping[str, tuple[str, ...]]] = {
    "responses": ("answered_at", "asked_at"),
    "customers": ("since",),
    "interactions": ("at",),
    "invitations": ("sent_at",),
    "outcomes": ("at",),
}
"""The moment that says on which day a record counts: the first that is there."""

_DIM: Final = "dims."
Condition = sa.ColumnElement[bool]


def moment_of(table: sa.Table) -> sa.ColumnElement[Any]:
    """Return the expression of the moment that says on which day a record counts."""
    own = [table.c[each] for each in _TIMES[table.name]]
    return own[0] if len(own) == 1 else sa.func.coalesce(*own)


@frozen
class _Column:
    """A name as the database and as Python have it.

    Attributes:
        expression: what to select and to group by.
        read: turns what comes back into a label.
        among: the condition that it is one of some labels.
    """

    expression: sa.ColumnElement[Any]
    read: Callable[[Any], Any] | None = None
    among: Callable[[Sequence[Label]], Condition] = field(kw_only=True)


@frozen(kw_only=True)
class View:
    """The records of one stream, by every name they can be asked for.

    A name is a field, `source`, a derived date (day, week, month, quarter, year: of the moment the
    answer was given, else asked), or a dim. A dim that is called like one of the others is asked
    for as `dims.name`.

    Attributes:
        connection: to the database.
        stream: the name of the stream.
        zone: whose days.
        now: the time.
    """

    connection: sa.Connection
    stream: str
    zone: ZoneInfo
    now: datetime

    @property
    def table(self) -> sa.Table:
        """The table of the stream."""
        return RECORDS[self.stream]

    def cube(self, query: Query) -> Cube:
        """Answer a query about what is not gone."""
        columns = {name: self.column(name) for name in query.columns}
        conditions = [self.table.c.gone_at.is_(None), *self.conditions(query.where)]
        expressions = {name: column.expression for name, column in columns.items()}
        return count(
            self.connection,
            {"scale": self.table.c.scale} | expressions,
            evolve(query, where=None),
            where=conditions,
            read={name: column.read for name, column in columns.items() if column.read},
            watch={"scale": partial(_on_one_scale, query)} if "rating" in query.rating else {},
        )

    def conditions(self, where: Any) -> Iterator[Condition]:
        """Yield the conditions that `where` asks for.

        Raises:
            ColumnError: a name stands for nothing.
            UsageError: it is no mapping of names to labels.
        """
        if not isinstance(where, Mapping | None):
            raise UsageError("where= is {name: label or labels} for a store.")
        for name, value in (where or {}).items():
            yield self.column(name).among(wanted(value))

    def column(self, name: str) -> _Column:
        """Return what a name stands for.

        Raises:
            ColumnError: it stands for nothing; says the close names.
        """
        kinds = kinds_of(STREAMS[self.stream])
        if name in BUCKETS:
            return self._date(name)
        if name == "source" or kinds.get(name) in {"text", "number", "boolean", "scale"}:
            own = self.table.c[name]
            return _Column(own, among=partial(is_among, own, dialect=self._dialect))
        if kinds.get(name) == "datetime":
            own = self.table.c[name]
            return _Column(own, moment, among=partial(_at, own))
        dims = set(
            self.connection.execute(
                sa.select(NAMES.c.dim).where(NAMES.c.stream == self.stream)
            ).scalars()
        )
        dim = name if name in dims else name.removeprefix(_DIM)
        if dim not in dims:
            fields = [each for each, kind in kinds.items() if kind != "dims"]
            raise no_column(name, [*fields, "source", *dims, *BUCKETS])
        return self._dim(dim)

    @property
    def _dialect(self) -> str:
        return self.connection.dialect.name

    def _date(self, bucket: str) -> _Column:
        day = local_day(moment_of(self.table), self.zone, self.now)

        def among_(labels: Sequence[Label]) -> Condition:
            found = [day.between(*days) for label in labels if (days := days_of(bucket, label))]
            return sa.or_(sa.false(), *found, *([day.is_(None)] if None in labels else []))

        return _Column(day, partial(_labelled, bucket), among=among_)

    # -- dims --------------------------------------------------------------------------------------

    def _dim(self, dim: str) -> _Column:
        dims = self.table.c.dims
        spelled: sa.ColumnElement[Any]
        if self._dialect != "sqlite":
            own = sa.cast(dims, postgresql.JSON)
            spelled = sa.cast(own.op("->")(sa.bindparam(None, dim, sa.Text)), sa.Text)
            plain = own.op("->>", return_type=sa.Text())(sa.bindparam(None, dim, sa.Text))
        elif '"' in dim or not dim.isprintable() or "\\" in dim:
            return self._odd_dim(dim)
        else:
            path = sa.bindparam(None, f'$."{dim}"', sa.Text)
            spelled = dims.op("->", return_type=sa.Text())(path)
            plain = dims.op("->>", return_type=sa.Text())(path)

        def among_(labels: Sequence[Label]) -> Condition:
            texts = sorted({text for label in labels for text in _spellings(label)})
            blank = [is_blank(plain, self._dialect)] if None in labels else []
            return sa.or_(sa.false(), spelled.in_(texts), *blank)

        return _Column(spelled, _unspelled, among=among_)

    def _odd_dim(self, dim: str) -> _Column:
        """Look into the dims in Python, where SQLite's paths can't name the one that is wanted."""
        dims = self.table.c.dims

        def read(text: str) -> Any:
            return json.loads(text).get(dim)

        def among_(labels: Sequence[Label]) -> Condition:
            known = self.connection.execute(sa.select(dims).distinct()).scalars()
            texts = [text for text in known if wanted([read(text)])[0] in labels]
            return among(dims, sa.literal(json.dumps(texts), sa.Text), self._dialect)

        return _Column(dims, read, among=among_)


def _on_one_scale(query: Query, spelled: set[str]) -> None:
    require_scale(map(Scale.parse, spelled), query, "the store")


def _labelled(bucket: str, day: int | None) -> Label:
    return None if day is None else label_of(bucket, day)


def _unspelled(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def _spellings(label: Label) -> Iterator[str]:
    """Yield every JSON text of what equals a label: 5, 5.0 and, for 1, true."""
    if isinstance(label, str):
        yield json_of(label)
    elif isinstance(label, int | float):
        yield json_of(float(label))
        if float(label).is_integer():
            yield json_of(int(label))
        if label in {0, 1}:
            yield json_of(bool(label))


def _at(column: sa.ColumnElement[Any], labels: Sequence[Label]) -> Condition:
    moments = []
    for label in labels:
        if label is None:
            continue
        try:
            read = datetime.fromisoformat(str(label))
        except ValueError:
            raise ColumnError(f"{column.key} holds moments: {label!r} is none.") from None
        if read.tzinfo is None:
            raise ColumnError(
                f"{column.key} holds moments: {label!r} needs its time zone; for a local day say "
                "where={'day': '2026-03-01'}."
            )
        moments.append(micros(read))
    none = [column.is_(None)] if None in labels else []
    return sa.or_(sa.false(), column.in_(moments), *none)
