"""Both databases a store can live in: every test that asks for `store` runs on each."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from cxmetrics.store import open_store


class Now:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.at = datetime(2026, 6, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def later(self, **by: float) -> datetime:
        self.at += timedelta(**by)
        return self.at


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture(autouse=True)
def _own_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXMETRICS_KEY", str(tmp_path / "keys" / "erasure.key"))


@pytest.fixture
def database(server: sa.URL) -> Iterator[str]:
    """The address of an empty database of the server."""
    name = f"store_{uuid.uuid4().hex}"
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
    yield server.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a store can be opened, one database after the other."""
    if request.param == "sqlite":
        return str(tmp_path / "data" / "cx.db")
    address: str = request.getfixturevalue("database")
    return address


@pytest.fixture
def reopen(target: str, now: Now) -> Iterator[Callable[..., Any]]:
    """Opens the store of the test, again and again."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(open_store(target, now=now, **options))


@pytest.fixture
def store(reopen: Callable[..., Any]) -> Any:
    return reopen()


@pytest.fixture
def program() -> dict[str, str]:
    """The environment of a program that a test starts."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(["src", os.environ.get("PYTHONPATH", "")])}
