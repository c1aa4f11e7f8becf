"""Tombstones: a customer who was forgotten is known again by a keyed hash, and by nothing else.

The key lies outside the store. Without it the hashes say nothing, not even to who has a list of all
customers; with it a later pull does not bring back what was erased.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from attrs import define, field, frozen

from cxmetrics.errors import StoreError
from cxmetrics.store.rows import sealed
from cxmetrics.store.statements import upsert
from cxmetrics.store.tables import ERASED, META

_VARIABLE: Final = "CXMETRICS_KEY"
_MARK: Final = "erasure_key"


@frozen(repr=False)
class Key:
    """The key of the tombstones."""

    _bytes: bytes

    def digest(self, customer: str) -> str:
        """Return the tombstone of a customer."""
        return hashlib.blake2b(
            customer.encode("utf-8", "surrogatepass"),
            key=self._bytes,
            digest_size=16,
            person=b"cxm:erased:v1",
        ).hexdigest()

    @property
    def mark(self) -> str:
        """What shows that a store belongs to this key."""
        return hashlib.blake2b(self._bytes, digest_size=8, person=b"cxm:key-mark:v1").hexdigest()


def key_file() -> Path:
    """Return where the key is: `CXMETRICS_KEY`, else in the user's configuration directory."""
    named = os.environ.get(_VARIABLE)
    if named:
        return Path(named).expanduser()
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "cxmetrics" / "erasure.key"


def key_for(connection: sa.Connection, *, new: bool = False) -> Key:
    """Return the key a store's tombstones were made with.

    Args:
        connection: to the store.
        new: whether a key may be made, where the store has none yet.

    Raises:
        StoreError: it is missing, another one, or open to others.
    """
    path = key_file()
    known = connection.execute(sa.select(META.c.value).where(META.c.name == _MARK)).scalar()
    try:
        if known is None and new and not path.exists():
            _make(path)
        text, mode = path.read_text().strip(), path.stat().st_mode
    except OSError as error:
        raise StoreError(
            f"the key that knows erased customers again can't be read from {str(path)!r} or made "
            f"there ({error.strerror}): put it back, or name its place in {_VARIABLE}. Without it "
            "a pull would bring them back."
        ) from None
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise StoreError(f"others can read the key of the erasures: chmod 600 {str(path)!r}.")
    if len(text) < 32:
        raise StoreError(f"{str(path)!r} holds no key: it is shorter than 32 characters.")
    key = Key(hashlib.blake2b(text.encode(), digest_size=32).digest())
    if known is None and new:
        upsert(connection, META, [sealed(_MARK, key.mark)])
    elif known != key.mark:
        raise StoreError(
            f"{str(path)!r} is not the key this store's erased customers are known by: name the "
            f"right one in {_VARIABLE}. With another one a pull would bring them back."
        )
    return key


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w") as opened:
        opened.write(f"{secrets.token_hex(32)}\n")
        opened.flush()
        os.fsync(opened.fileno())


def bury(connection: sa.Connection, customer: str, now: int) -> None:
    """Set a tombstone, so that later pulls leave the customer out."""
    key = key_for(connection, new=True)
    upsert(connection, ERASED, [sealed(key.digest(customer), now)])


@define
class Tombstones:
    """Who was forgotten, as far as a store knows."""

    _digests: set[str] = field(factory=set, init=False)
    _key: Key | None = field(default=None, init=False)

    def asked(self, connection: sa.Connection) -> Callable[[str], bool] | None:
        """Return what says whether a customer was forgotten; None where nobody was.

        Tombstones only become more, and may be set by another process: their number tells.

        Raises:
            StoreError: the key that knows them is missing, or another one.
        """
        # Plain text, since it is asked once a page: SQLAlchemy's own would take ten times as long.
        count = connection.exec_driver_sql("SELECT count(*) FROM erased").scalar_one()
        if not count:
            return None
        if count != len(self._digests) or self._key is None:
            self._key = key_for(connection)
            self._digests = set(connection.execute(sa.select(ERASED.c.digest)).scalars())
        digest, digests = self._key.digest, self._digests
        return lambda customer: digest(customer) in digests
