"""The versions of the tables, and the way from each to the next."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping
from typing import Final

import sqlalchemy as sa

from cxmetrics.errors import StoreVersionError
from cxmetrics.store.database import SCHEMA_NAME, Database
from cxmetrics.store.rows import json_of, sealed
from cxmetrics.store.statements import upsert
from cxmetrics.store.tables import META, METADATA, SCHEMA

Migration = Callable[[sa.Connection], None]

MIGRATIONS: Final[Mapping[int, Migration]] = {}
"""By the version it leads to. A migration is never edited after a release: stores of version 1 may
still be somewhere. It speaks SQL, never the tables of `tables.py`, which change."""

_CREATING: Final = 0x63786D  # the advisory lock of PostgreSQL while tables are made


def prepare(database: Database) -> None:
    """Make the tables of a new store, or bring an old one to the version of today.

    All of it is one transaction: a store is of one version or of another, never between.

    Raises:
        StoreVersionError: the store is newer than this program, or the place is taken.
    """
    with database.reading() as connection:
        version = _version(connection, database)
    if version == SCHEMA:
        return
    with database.writing() as connection:
        if not database.sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_CREATING)))
        version = _version(connection, database)  # another process may have been faster
        if version is None:
            if not database.sqlite:
                connection.execute(sa.schema.CreateSchema(SCHEMA_NAME, if_not_exists=True))
            METADATA.create_all(connection)
            upsert(connection, META, [sealed("id", uuid.uuid4().hex)])
        else:
            for step in range(version + 1, SCHEMA + 1):
                MIGRATIONS[step](connection)
        upsert(connection, META, [sealed("schema", str(SCHEMA))])
        upsert(connection, META, [sealed("tables", tables_digest(connection))])


def tables_digest(connection: sa.Connection) -> str:
    """Return what shows whether the definitions of the tables are as they were made."""
    if connection.dialect.name != "sqlite":
        return ""
    made = connection.exec_driver_sql("SELECT type, name, tbl_name, sql FROM sqlite_schema")
    spelled = json_of(sorted([str(value) for value in row] for row in made))
    return hashlib.blake2b(spelled.encode(errors="replace"), digest_size=16).hexdigest()


def _version(connection: sa.Connection, database: Database) -> int | None:
    """Return the version of the store; None where there is none yet."""
    inspector = sa.inspect(connection)
    schema = None if database.sqlite else SCHEMA_NAME
    tables = inspector.get_table_names(schema=schema)
    if META.name not in tables:
        if tables:
            raise StoreVersionError(
                f"{database.where} holds tables of another program: name another place."
            )
        return None
    told = connection.execute(sa.select(META.c.value).where(META.c.name == "schema")).scalar()
    if told is None or not told.isdecimal():
        raise StoreVersionError(
            f"{database.where} does not say its version: put a backup in its place."
        )
    version = int(told)
    if version > SCHEMA:
        raise StoreVersionError(
            f"{database.where} was written by a newer cxmetrics (tables of version {version}, this "
            f"one knows {SCHEMA}): upgrade cxmetrics. Nothing was changed."
        )
    return version
