"""The statements of a store that run once a page, compiled once, in the dialect of its database.

They take all their rows as one JSON text where the database has no fast way of its own, and go to
the driver as they are: SQLAlchemy's way of binding values would cost more than the database.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from cxmetrics.store.rows import UNKEPT, Row, json_of

_ROWS = 5_000  # as many go to PostgreSQL at a time


def among(
    column: sa.ColumnElement[Any], texts: sa.BindParameter[str], dialect: str
) -> sa.ColumnElement[bool]:
    """Return the condition that a text column is one of the texts in a JSON list."""
    if dialect == "sqlite":
        return column.in_(sa.select(sa.func.json_each(texts).table_valued("value").c.value))
    each = sa.func.json_array_elements_text(sa.cast(texts, postgresql.JSON))
    return column.in_(sa.select(each.table_valued("value").c.value))


def in_order(table: sa.Table, dialect: str) -> list[sa.ColumnElement[Any]]:
    """Return what to sort records by, so that every database gives them in one order."""
    plain = "BINARY" if dialect == "sqlite" else "C"
    return [sa.collate(column, plain) for column in (table.c.source, table.c.id)]


def upsert(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    """Write whole rows; one with the key of another takes its place. No key may come twice."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_upsert_sqlite(table), list(rows))
        return
    names = table.columns.keys()
    statement = _upsert_postgresql(table)
    for start in range(0, len(rows), _ROWS):
        part = [dict(zip(names, row, strict=True)) for row in rows[start : start + _ROWS]]
        connection.execute(statement, {"rows": json_of(part)})


def find(
    connection: sa.Connection,
    table: sa.Table,
    columns: Sequence[str],
    source: str,
    key: str,
    wanted: AbstractSet[str],
) -> Sequence[Row]:
    """Return columns of the rows of a source of which a column is among the texts."""
    texts = _listed(wanted)
    statement = _find(table, tuple(columns), key, connection.dialect.name)
    if connection.dialect.name == "sqlite":
        return connection.exec_driver_sql(statement[1], (source, texts)).fetchall()
    return connection.execute(statement[0], {"source": source, "texts": texts}).fetchall()


def _listed(texts: AbstractSet[str]) -> str:
    """Return texts as a JSON list, without those that no database keeps: it holds none of them."""
    listed = json.dumps(list(texts))
    if "\\u0000" in listed or "\\ud" in listed:
        listed = json.dumps([text for text in texts if not UNKEPT.search(text)])
    return listed


@cache
def _find(
    table: sa.Table, columns: tuple[str, ...], key: str, dialect: str
) -> tuple[sa.Select[Any], str]:
    statement = sa.select(*(table.c[name] for name in columns)).where(
        table.c.source == sa.bindparam("source"),
        among(table.c[key], sa.bindparam("texts", type_=sa.Text), dialect),
    )
    if key == "object":  # the others are found by their id
        statement = statement.where(table.c.object != table.c.id)
        hint = f"INDEXED BY {table.name}_of_object"  # it knows no better without statistics
        statement = statement.with_hint(table, hint, "sqlite")
    return statement, str(statement.compile(dialect=sqlite.dialect()))


@cache
def _upsert_sqlite(table: sa.Table) -> str:
    statement = sqlite.insert(table)
    statement = statement.on_conflict_do_update(
        index_elements=table.primary_key.columns,
        set_={name: statement.excluded[name] for name in _others(table)},
    )
    return str(statement.compile(dialect=sqlite.dialect()))


@cache
def _upsert_postgresql(table: sa.Table) -> Any:
    given = (
        sa.func.json_to_recordset(sa.cast(sa.bindparam("rows", type_=sa.Text), postgresql.JSON))
        .table_valued(*(sa.column(c.name, c.type) for c in table.columns), name="given")
        .render_derived(with_types=True)
    )
    statement = postgresql.insert(table).from_select(table.columns.keys(), sa.select(given))
    return statement.on_conflict_do_update(
        index_elements=table.primary_key.columns,
        set_={name: statement.excluded[name] for name in _others(table)},
    )


def _others(table: sa.Table) -> list[str]:
    return [column.name for column in table.columns if not column.primary_key]
