"""The embedded store: what was pulled, kept so that it can be measured and defended."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from cxmetrics.errors import UsageError

if TYPE_CHECKING:
    from cxmetrics.store.store import Store

__all__ = ["open_store"]


def open_store(
    target: str | os.PathLike[str] | None = None,
    *,
    zone: str = "UTC",
    now: Callable[[], datetime] | None = None,
) -> Store:
    """Open a store, and make it where there is none.

    A store is one SQLite file, which other processes can read while it is written, or the schema
    `cxmetrics` of a PostgreSQL database for a team. Files and directories it makes are for their
    owner only (0600, 0700); a directory in which everybody may replace files is refused, unless it
    is sticky as `/tmp` is. Network file systems are no place for an SQLite file.

    Args:
        target: a path; a URL such as `postgresql://user@host/database` (the driver is psycopg where
            it is installed, else pg8000); `":memory:"` for a store that ends with the program. Left
            out: the environment variable `CXMETRICS_STORE`, else `cxmetrics.db` in the working
            directory.
        zone: the time zone in which days, weeks and months begin, such as "Europe/Paris".
        now: tells the time, for tests.

    Raises:
        StoreError: the file can't be opened; it is of another program or of a newer cxmetrics
            (`StoreVersionError`), damaged (`StoreDamagedError`), or busy (`StoreLockedError`).
        UsageError: the target can't be read, the zone is unknown, or the extra is not installed.

    Example:
        >>> import cxmetrics as cx
        >>> from cxmetrics.records import Response
        >>> answers = [Response(id=f"r{n}", rating=n, scale="0:10") for n in (3, 7, 9, 10)]
        >>> with open_store(":memory:") as store:
        ...     print(store.put(answers).new, store.put(answers).unchanged)
        ...     print(cx.nps(store).value)
        4 4
        25.0
    """
    try:
        from cxmetrics.store.opening import opened  # SQLAlchemy, only for who has a store
    except ModuleNotFoundError as error:
        if error.name not in {"sqlalchemy", "filelock"}:
            raise
        raise UsageError(
            f"a store needs {error.name}, which is not here: install cxmetrics[store]."
        ) from error
    return opened(target, zone, now)
