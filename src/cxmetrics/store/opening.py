"""Opening a store: where it is, whether it is one, and who may read its files."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError

from cxmetrics.errors import StoreError, StoreLockedError, StoreVersionError, UsageError
from cxmetrics.store.database import Database, postgresql_engine, sqlite_engine
from cxmetrics.store.faults import told
from cxmetrics.store.migrations import prepare
from cxmetrics.store.places import keep_private, make_folder, refuse_open_folder
from cxmetrics.store.store import Store

_MAGIC: Final = b"SQLite format 3\0"
_APPLICATION: Final = 0x43584D53  # "CXMS"
_MEMORY: Final = ":memory:"
_VARIABLE: Final = "CXMETRICS_STORE"
_FILE: Final = "cxmetrics.db"
_OLDEST: Final = (3, 38)  # from then on it reads the values of JSON as they were written
_WAIT: Final = 30  # seconds that a second process waits for the first to create the file


def opened(
    target: str | os.PathLike[str] | None, zone: str, now: Callable[[], datetime] | None
) -> Store:
    """Open a store; see `cxmetrics.store.open_store`."""
    if sqlite3.sqlite_version_info < _OLDEST:
        raise UsageError(
            f"a store needs SQLite 3.38 or newer; this Python has {sqlite3.sqlite_version}."
        )
    asked = os.fspath(target) if target is not None else os.environ.get(_VARIABLE) or _FILE
    return Store(
        database=_database(asked),
        zone=_zone(zone),
        now=now or (lambda: datetime.now(UTC)),
    )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):  # unknown; no name at all; a directory
        raise UsageError(
            f"there is no time zone {name!r}: name one as Europe/Paris, America/New_York or UTC."
        ) from None


def _database(asked: str) -> Database:
    if asked == _MEMORY:
        database = Database(
            engine=sqlite_engine(sa.make_url("sqlite://"), memory=True),
            where="the store in memory",
            guard=threading.RLock(),
        )
    elif "://" not in asked:
        return _file(Path(asked))
    else:
        url = _url(asked)
        if url.get_backend_name() == "sqlite":
            return _database(url.database or _MEMORY)
        where = f"the store {url.render_as_string(hide_password=True)}"
        database = Database(engine=postgresql_engine(url), where=where)
    return _prepared(database)


def _prepared(database: Database) -> Database:
    try:
        with told(database.where):
            prepare(database)
    except BaseException:
        database.close()
        raise
    return database


def _url(asked: str) -> sa.URL:
    try:
        url = sa.make_url(asked)
    except (ArgumentError, ValueError):  # a port that is no number
        raise UsageError(
            "the store's address can't be read: write a path, or "
            "postgresql://user@host:5432/database (its password from PGPASSWORD or a service)."
        ) from None
    if url.drivername == "postgres":
        url = url.set(drivername="postgresql")
    if url.get_backend_name() not in {"sqlite", "postgresql"}:
        raise UsageError(
            f"a store is an SQLite file or a PostgreSQL database, not {url.get_backend_name()}; to "
            "measure a table of another database where it stands: cxmetrics.sql_table."
        )
    if url.drivername == "postgresql":
        known = [name for name in ("psycopg", "pg8000") if find_spec(name)]
        if not known:
            raise UsageError(
                "PostgreSQL needs a driver, and none is here: install cxmetrics[postgres]."
            )
        url = url.set(drivername=f"postgresql+{known[0]}")
    socket = url.query.get("host")
    if url.get_driver_name() == "pg8000" and isinstance(socket, str) and socket.startswith("/"):
        place = f"{socket}/.s.PGSQL.{url.query.get('port', url.port or 5432)}"  # as libpq has it
        url = url.difference_update_query(["host", "port"]).update_query_dict({"unix_sock": place})
    return url


# -- files -----------------------------------------------------------------------------------------


def _file(path: Path) -> Database:
    path = path.expanduser().absolute()
    where = f"the store {str(path)!r}"
    try:
        make_folder(path.parent)
        refuse_open_folder(path.parent)
        _refuse_others(path, where)
        with _alone(path, where):
            keep_private(path)
            _mark(path, where)
            database = Database(
                engine=sqlite_engine(sa.URL.create("sqlite", database=str(path)), memory=False),
                where=where,
                path=path,
            )
            _prepared(database)
    except OSError as error:
        raise StoreError(
            f"{where} can't be opened: {error.strerror or error}. The file and its directory must "
            "be writable, SQLite keeps a log beside the file."
        ) from None
    return database


def _refuse_others(path: Path, where: str) -> None:
    """Refuse a file that is no store, without touching it."""
    if not path.exists() or not path.stat().st_size:
        return
    if not path.is_file():
        raise StoreError(f"{where} is no file: name a file.")
    with path.open("rb") as file:
        head = file.read(100)
    application = int.from_bytes(head[68:72], "big")
    if not head.startswith(_MAGIC):
        what = "it is not an SQLite file, or its first bytes are damaged"
    elif len(head) < 100:
        what = "it was cut off after its first bytes"
    elif application != _APPLICATION:
        what = "it is an SQLite file of another program, or its header is damaged"
    else:
        return
    raise StoreVersionError(
        f"{where} is no store: {what}. Name another file, or put a backup in its place."
    )


def _mark(path: Path, where: str) -> None:
    """Write into a new file whose it is, before anything else."""
    if path.stat().st_size:
        return
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)), hide_parameters=True)
    with told(where), engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA application_id = {_APPLICATION}")
    engine.dispose()


@contextmanager
def _alone(path: Path, where: str) -> Iterator[None]:
    """Keep other processes from creating or migrating the store at the same time."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(path.with_name(f"{path.name}.lock"), timeout=_WAIT, mode=0o600):
            yield
    except Timeout:
        raise StoreLockedError(
            f"{where} is being opened or migrated by another process: try again when it is done."
        ) from None
