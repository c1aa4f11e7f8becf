"""A store of an older version opens, whole or not at all; versions are never between."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import cxmetrics as cx
from cxmetrics.errors import StoreVersionError
from cxmetrics.records import Invitation, Response
from cxmetrics.store import migrations, open_store

# A store of version 1 as SQLite dumped it: never to be made again, whatever tables.py says later.
VERSION_1 = Path(__file__).with_name("version_1.sql")


@pytest.fixture
def next_version(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Pretend that this program knows one more version."""

    def pretend(migrate: Callable[[sa.Connection], None]) -> None:
        known = {**migrations.MIGRATIONS, migrations.SCHEMA + 1: migrate}
        monkeypatch.setattr(migrations, "MIGRATIONS", known)
        monkeypatch.setattr(migrations, "SCHEMA", migrations.SCHEMA + 1)

    return pretend


def add_a_table(connection: sa.Connection) -> None:
    connection.exec_driver_sql("CREATE TABLE fresh (id TEXT)")
    connection.exec_driver_sql("INSERT INTO fresh VALUES ('made by the migration')")


def fail_half_way(connection: sa.Connection) -> None:
    add_a_table(connection)
    connection.exec_driver_sql("UPDATE responses SET rating = 0")
    raise RuntimeError("half way")


def fill(store: Any) -> None:
    store.put([Response(id=f"r{n}", rating=n, scale="0:10") for n in range(11)])


def test_an_older_store_is_brought_to_the_version_of_today(
    reopen: Callable[..., Any], next_version: Callable[..., None]
) -> None:
    first = reopen()
    fill(first)
    first.close()
    next_version(add_a_table)
    store = reopen()
    with store._database.reading() as connection:
        found = connection.execute(sa.text("SELECT id FROM fresh")).scalars().all()
        version = sa.text("SELECT value FROM meta WHERE name = 'schema'")
        assert connection.execute(version).scalar() == str(migrations.SCHEMA)
    assert found == ["made by the migration"]
    assert len(store.batch(Response)) == 11
    assert store.check().sound
    assert len(reopen().batch(Response)) == 11  # and not again


def test_a_migration_that_fails_leaves_the_old_version(
    reopen: Callable[..., Any], next_version: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = reopen()
    fill(first)
    first.close()
    with monkeypatch.context() as patch:
        next_version(fail_half_way)
        with pytest.raises(RuntimeError, match="half way"):
            reopen()
        patch.undo()
    monkeypatch.undo()
    store = reopen()
    assert cx.tally(store, cx.zero_to_ten).overall.counts.tolist() == [1] * 11
    assert store.check().sound


def test_an_older_program_refuses_what_a_newer_one_has_migrated(
    reopen: Callable[..., Any], next_version: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(reopen())
    next_version(add_a_table)
    reopen()
    monkeypatch.undo()
    with pytest.raises(StoreVersionError, match="newer cxmetrics"):
        reopen()


def test_a_store_of_version_1(tmp_path: Path, now: Any) -> None:
    path = tmp_path / "cx.db"
    connection = sqlite3.connect(path)
    connection.executescript(VERSION_1.read_text(encoding="utf-8"))
    connection.close()
    with open_store(path, now=now) as store:
        rows = {r.id: r for r in store.batch(Response)}
        assert rows["r1"] == Response(
            id="r1",
            rating=9,
            scale=cx.zero_to_ten,
            customer="c1",
            verbatim="Très bien",
            asked_at=datetime(2026, 3, 1, tzinfo=UTC),
            dims={"shop": "N", "n": 1.5},
        )
        assert rows["r2"].scale == cx.yes_no
        assert len(store.batch(Invitation)) == 1
        state = store.cursor("v", "responses")
        assert (state.field, state.resume) == ("updated", {"page": 2})
        assert [each.object for each in store.refused()] == ["x"]
        assert store.check().sound
        assert cx.nps(store, by="shop", where={"scale": "0:10"}).overall.n == 1
        assert store.put([rows["r1"]], source="v").unchanged == 1
