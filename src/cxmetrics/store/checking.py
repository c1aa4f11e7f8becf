"""Checking: is every record still what was written?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import sqlalchemy as sa
from attrs import frozen
from sqlalchemy.exc import DBAPIError

from cxmetrics.engines.sql import said
from cxmetrics.store.database import Database
from cxmetrics.store.migrations import tables_digest
from cxmetrics.store.rows import seal
from cxmetrics.store.tables import META, METADATA

_MOST: Final = 100  # faults that are listed


@frozen(kw_only=True)
class Damage:
    """Something that is not as it was written.

    Attributes:
        table: where; "" for the file as a whole.
        key: which row, as far as its key can be read: `source` and `id` of a record.
        fault: what is wrong.
    """

    table: str
    key: tuple[str, ...] = ()
    fault: str

    def __str__(self) -> str:
        where = " ".join(filter(None, (self.table, "/".join(self.key))))
        return f"{where or 'the file'}: {self.fault}"


@frozen(kw_only=True)
class Check:
    """What a check found.

    Attributes:
        rows: how many rows were looked at.
        damage: what is damaged, the first 100; none where all is well.
    """

    rows: int
    damage: tuple[Damage, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether all is as it was written."""
        return not self.damage

    def __str__(self) -> str:
        if self.sound:
            return f"{self.rows} rows are as they were written."
        listed = "\n".join(f"  {each}" for each in self.damage)
        return f"{self.rows} rows looked at, and damage found:\n{listed}"


def check(database: Database) -> Check:
    """Look at every row of a store; see `Store.check`."""
    rows, damage = 0, list[Damage]()
    with database.reading() as connection:
        if database.sqlite:
            driver: Any = connection.connection.driver_connection
            driver.text_factory = lambda data: data.decode(errors="replace")
            try:
                damage += _structure(connection)
                rows += _rows(connection, damage)
            finally:
                driver.text_factory = str
        else:
            rows += _rows(connection, damage)
    return Check(rows=rows, damage=tuple(damage[:_MOST]))


def _structure(connection: sa.Connection) -> Iterator[Damage]:
    """Yield what SQLite finds wrong with the file, and tables that are not as they were made."""
    try:
        found = connection.exec_driver_sql(f"PRAGMA integrity_check({_MOST})").scalars()
        for fault in found.all():
            if fault != "ok":
                yield Damage(table="", fault=str(fault).replace("\n", "; "))
        made = connection.execute(sa.select(META.c.value).where(META.c.name == "tables")).scalar()
        if made != tables_digest(connection):
            yield Damage(table="", fault="the tables are not as they were made")
    except DBAPIError as error:
        yield Damage(table="", fault=said(error.orig))


def _rows(connection: sa.Connection, damage: list[Damage]) -> int:
    """Compare every row with its checksum."""
    rows = 0
    for table in METADATA.sorted_tables:
        columns = table.columns.keys()
        key = [columns.index(column.name) for column in table.primary_key]
        plain = sa.select(*(sa.type_coerce(c, sa.types.NullType) for c in table.columns))
        try:
            for row in connection.execute(plain.execution_options(yield_per=5_000)):
                rows += 1
                *values, checksum = (int(v) if isinstance(v, bool) else v for v in row)
                if seal(tuple(values)) != checksum:
                    own = tuple(str(values[place]) for place in key)
                    fault = "the row is not what was written"
                    damage.append(Damage(table=table.name, key=own, fault=fault))
        except DBAPIError as error:
            damage.append(Damage(table=table.name, fault=said(error.orig)))
            connection.rollback()
    return rows
