"""A connection to the database of a store, in the way a store needs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from attrs import Factory, frozen
from sqlalchemy import event

from cxmetrics.store.faults import told

SCHEMA_NAME = "cxmetrics"
"""The schema that holds the tables on PostgreSQL, apart from those of other programs."""

_PRAGMAS = (
    "PRAGMA busy_timeout = 30000",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -32768",
)


@frozen(kw_only=True, eq=False)
class Database:
    """The database of a store.

    Attributes:
        engine: the SQLAlchemy engine.
        where: how to call it in messages; no password is in it.
        path: the file, or None.
        guard: held while the database is used; a lock where it has one connection only.
    """

    engine: sa.Engine
    where: str
    path: Path | None = None
    guard: AbstractContextManager[object] = Factory(nullcontext)

    @property
    def sqlite(self) -> bool:
        """Whether it is SQLite; else it is PostgreSQL."""
        return self.engine.dialect.name == "sqlite"

    @property
    def size(self) -> int | None:
        """The bytes of the file and its log; None where it is no file."""
        if self.path is None:
            return None
        files = (self.path, self.path.with_name(f"{self.path.name}-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Open a connection that sees one state of the store, and never keeps a writer waiting."""
        with self.guard, told(self.where), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Open a transaction: all of it is stored, or nothing."""
        with (
            self.guard,
            told(self.where),
            self.engine.connect().execution_options(cxm_writes=True) as connection,
            connection.begin(),
        ):
            yield connection

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()


def sqlite_engine(url: sa.URL, *, memory: bool) -> sa.Engine:
    """Return an engine for SQLite that commits when we say so, and waits for its turn."""
    options: dict[str, Any] = {"poolclass": sa.pool.StaticPool} if memory else {}
    engine = sa.create_engine(
        url, hide_parameters=True, connect_args={"check_same_thread": False}, **options
    )

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # BEGIN is ours to say
        for pragma in _PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def _begun(connection: sa.Connection) -> None:
        # A deferred transaction that turns into a writing one fails at once, without waiting.
        writes = connection.get_execution_options().get("cxm_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def postgresql_engine(url: sa.URL) -> sa.Engine:
    """Return an engine for PostgreSQL whose tables live in a schema of their own."""
    engine = sa.create_engine(url, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(f"SET search_path TO {SCHEMA_NAME}")
        cursor.close()
        connection.commit()

    return engine
