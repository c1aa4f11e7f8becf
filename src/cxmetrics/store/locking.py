"""One pull of a source at a time: a lock that its holder's death lets go of."""

from __future__ import annotations

import hashlib
import json
import os
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from cxmetrics.errors import StoreLockedError
from cxmetrics.store.database import Database
from cxmetrics.store.faults import told

_NO_LOCK: Final = "55P03"  # what PostgreSQL says when a lock is not had in time
_in_memory: Final[set[tuple[int, str]]] = set()
_guard: Final = threading.Lock()


def locked(
    database: Database, source: str, wait: float, now: Callable[[], datetime]
) -> AbstractContextManager[None]:
    """Hold the lock of a source; see `Store.lock`."""
    since = now().isoformat(timespec="seconds")
    if not database.sqlite:
        return _on_server(database, source, wait, since)
    if database.path is None:
        return _in_process(database, source)
    return _beside(database.path, database.where, source, wait, since)


def _refused(source: str, where: str, holder: str) -> StoreLockedError:
    return StoreLockedError(
        f"{source!r} is being pulled into {where} already, by {holder}: wait for it, or end it."
    )


# -- SQLite: a file beside the store, locked by the operating system ----------------------------


@contextmanager
def _beside(path: Path, where: str, source: str, wait: float, since: str) -> Iterator[None]:
    from filelock import FileLock, Timeout

    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", source)[:60]
    digest = hashlib.blake2b(source.encode(), digest_size=4).hexdigest()
    file = path.with_name(f"{path.name}.{readable}-{digest}.lock")
    holder = file.with_suffix(".holder")
    lock = FileLock(file, timeout=wait, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        raise _refused(source, where, _holder(holder)) from None
    try:
        _write(holder, {"pid": os.getpid(), "host": socket.gethostname(), "since": since})
        yield
    finally:
        with suppress(OSError):
            holder.unlink()
        lock.release()


def _write(file: Path, told: dict[str, object]) -> None:
    """Say who holds the lock; only read by who does not get it."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
        json.dump(told, opened)


def _holder(file: Path) -> str:
    try:
        told = json.loads(file.read_text())
        return f"process {told['pid']} on {told['host']} since {told['since']}"
    except (OSError, ValueError, KeyError, TypeError):  # it is just being taken or let go
        return "another process"


# -- in memory -----------------------------------------------------------------------------------


@contextmanager
def _in_process(database: Database, source: str) -> Iterator[None]:
    key = (id(database), source)
    with _guard:
        if key in _in_memory:
            raise _refused(source, database.where, "another thread of this process")
        _in_memory.add(key)
    try:
        yield
    finally:
        _in_memory.discard(key)


# -- PostgreSQL: a lock of the session -----------------------------------------------------------


@contextmanager
def _on_server(database: Database, source: str, wait: float, since: str) -> Iterator[None]:
    key = int.from_bytes(
        hashlib.blake2b(source.encode(), digest_size=8, person=b"cxm:lock:v1").digest(),
        "big",
        signed=True,
    )
    engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
    me = f"cxmetrics {os.getpid()}@{socket.gethostname()[:24]} {since}"
    with told(database.where), engine.connect() as connection:
        if not _taken(connection, key, wait):
            raise _refused(source, database.where, _holder_on_server(connection, key))
        connection.execute(sa.select(sa.func.set_config("application_name", me, False)))  # noqa: FBT003
        try:
            yield
        finally:
            connection.execute(sa.select(sa.func.pg_advisory_unlock(key)))
            connection.execute(sa.text("RESET application_name"))


def _taken(connection: sa.Connection, key: int, wait: float) -> bool:
    if wait <= 0:
        return bool(connection.execute(sa.select(sa.func.pg_try_advisory_lock(key))).scalar())
    patience = f"{max(1, round(wait * 1000))}ms"
    connection.execute(sa.select(sa.func.set_config("lock_timeout", patience, False)))  # noqa: FBT003
    try:
        connection.execute(sa.select(sa.func.pg_advisory_lock(key)))
    except DBAPIError as error:
        if _NO_LOCK not in str(error.orig):
            raise
        return False
    finally:
        connection.execute(sa.text("RESET lock_timeout"))
    return True


def _holder_on_server(connection: sa.Connection, key: int) -> str:
    question = sa.text(
        "SELECT a.pid, a.application_name FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid "
        "WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 "
        "AND ((l.classid::bigint << 32) | l.objid::bigint) = :key"
    )
    found = connection.execute(question, {"key": key}).first()
    if found is None:
        return "another process"
    name = str(found[1] or "")
    if not name.startswith("cxmetrics "):
        return f"the session {found[0]} of the database"
    process, _, since = name.removeprefix("cxmetrics ").rpartition(" ")
    pid, _, host = process.partition("@")
    return f"process {pid} on {host} since {since}"
