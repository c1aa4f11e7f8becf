"""What a database says when something is wrong, as one sentence with a way on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from cxmetrics.engines.sql import said
from cxmetrics.errors import (
    CxError,
    RecordError,
    StoreDamagedError,
    StoreError,
    StoreLockedError,
    StoreVersionError,
)

_CORRUPT, _NO_DATABASE = sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB
_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}


@contextmanager
def told(where: str) -> Iterator[None]:
    """Turn what a database raises into an error of ours, without the values of the statement."""
    try:
        yield
    except DBAPIError as error:
        raise _told(error.orig, where) from None


@contextmanager
def reading_back(where: str) -> Iterator[None]:
    """Turn what can only come of damaged values into an error that says so."""
    try:
        yield
    except CxError as error:
        if not isinstance(error, RecordError):
            raise
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError):
        pass
    else:
        return
    raise _damaged(where, "a value can't be read back")


def _damaged(where: str, why: str) -> StoreDamagedError:
    return StoreDamagedError(
        f"{where} is damaged ({why}): `cxmetrics store check` says where. Put a backup in its "
        "place, or move it away and pull again."
    )


def _told(fault: BaseException | None, where: str) -> StoreError:
    code = getattr(fault, "sqlite_errorcode", 0) & 0xFF
    if code == _NO_DATABASE:
        return StoreVersionError(
            f"{where} is no store: it is not an SQLite file, or its first bytes are damaged. Name "
            "another file, or put a backup in its place."
        )
    if code == _CORRUPT or "decode to UTF-8" in said(fault):
        return _damaged(where, said(fault))
    if code in _FULL:
        return StoreError(
            f"{where} can't be written ({said(fault)}): is the disk full? Nothing of this step "
            "was kept, and what was stored before is safe; make room and do it again."
        )
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StoreLockedError(
            f"{where} is being written by another process, for longer than the waiting time: "
            "try again when it is done."
        )
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}:
        return StoreError(
            f"{where} can't be opened for writing ({said(fault)}): the file and its directory "
            "must be writable, SQLite keeps a log beside the file."
        )
    return StoreError(f"{where}: {said(fault)}.")
