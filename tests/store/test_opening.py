"""Where a store may be, who may read it, and what it says when it is none."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import cxmetrics as cx
from cxmetrics.errors import StoreDamagedError, StoreError, StoreLockedError, StoreVersionError
from cxmetrics.records import Response
from cxmetrics.store import open_store

ROWS = [Response(id=f"r{n}", rating=n, scale="0:10", verbatim=f"comment {n}") for n in range(11)]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A store with some records, closed."""
    path = tmp_path / "cx.db"
    with open_store(path) as store:
        store.put(ROWS)
    return path


# -- where -----------------------------------------------------------------------------------------


def test_the_default_is_a_file_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CXMETRICS_STORE", raising=False)
    open_store().close()
    assert (tmp_path / "cxmetrics.db").exists()
    monkeypatch.setenv("CXMETRICS_STORE", str(tmp_path / "other.db"))
    open_store().close()
    assert (tmp_path / "other.db").exists()


def test_addresses_of_sqlite(tmp_path: Path) -> None:
    for target in (tmp_path / "a b.db", f"sqlite:///{tmp_path}/c.db", ":memory:", "sqlite://"):
        with open_store(target) as store:
            assert store.put(ROWS).new == 11
    assert (tmp_path / "a b.db").exists()
    assert (tmp_path / "c.db").exists()


def test_memory_is_shared_by_threads() -> None:
    from concurrent.futures import ThreadPoolExecutor

    with open_store(":memory:") as store, ThreadPoolExecutor(8) as threads:
        done = list(threads.map(lambda n: store.put(ROWS, source=str(n)).new, range(16)))
        assert done == [11] * 16
        assert len(store.batch(Response)) == 16 * 11


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("mysql://u:s3cr3t@host/db", "not mysql; to measure a table"),
        ("://", "address can't be read"),
        ("postgresql://u:s3cr3t@host:notaport/db", "address can't be read"),
    ],
)
def test_addresses_that_make_no_sense(target: str, words: str) -> None:
    with pytest.raises(cx.CxError, match=words) as caught:
        open_store(target)
    assert "s3cr3t" not in str(caught.value)


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    with pytest.raises(StoreError, match="the store postgresql") as caught:
        open_store("postgresql://ana:s3cr3t@127.0.0.1:1/db")
    assert "s3cr3t" not in f"{caught.value!r} {caught.value.__cause__!r}"


def test_the_driver_of_postgresql(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from cxmetrics.store import opening

    url = sa.make_url(database)
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    libpq = url.set(
        drivername="postgresql",
        query={"host": os.path.dirname(str(url.query["unix_sock"]))},  # noqa: PTH120
    ).render_as_string(hide_password=False)
    for target in (plain, plain.replace("postgresql://", "postgres://"), libpq):
        with open_store(target) as store:
            assert "pg8000" in repr(store)
    monkeypatch.setattr(opening, "find_spec", lambda name: None)
    with pytest.raises(cx.CxError, match=r"install cxmetrics\[postgres\]"):
        open_store(plain)


def test_an_old_sqlite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 37, 2))
    with pytest.raises(cx.CxError, match="a store needs SQLite"):
        open_store(":memory:")


@pytest.mark.parametrize("zone", ["Europe/Pariss", "", "/etc", "../UTC", "a\0b"])
def test_unknown_zones(zone: str) -> None:
    with pytest.raises(cx.CxError, match="there is no time zone"):
        open_store(":memory:", zone=zone)


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in sys.modules if n.startswith(("sqlalchemy", "cxmetrics.store."))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(cx.CxError, match=r"a store needs sqlalchemy.*install cxmetrics\[store\]"):
        open_store(":memory:")
    with pytest.raises(cx.CxError, match=r"needs sqlalchemy.*install cxmetrics\[store\]"):
        cx.sql_table("sqlite://", "t")


# -- S18: who may read -----------------------------------------------------------------------------

posix = pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX")


@posix
def test_files_are_for_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "deeper" / "cx.db"
    old = os.umask(0)
    try:
        with open_store(path) as store, store.lock("v"):
            store.put(ROWS)
            found = {each.name.partition("cx.db")[2]: mode(each) for each in path.parent.iterdir()}
            store.export(tmp_path / "out" / "here")
    finally:
        os.umask(old)
    assert {"", "-wal", "-shm", ".lock"} < found.keys()
    assert set(found.values()) == {0o600}
    assert [mode(each) for each in (path.parent, path.parent.parent)] == [0o700, 0o700]
    made = sorted((tmp_path / "out").rglob("*"))
    assert [mode(each) for each in made] == [0o700, 0o600, 0o600]


@posix
def test_an_open_file_is_closed_to_others(file: Path) -> None:
    file.chmod(0o644)
    open_store(file).close()
    assert mode(file) == 0o600


@posix
def test_a_directory_where_anybody_may_replace_the_store(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(StoreError, match="everybody may write in the directory"):
        open_store(folder / "cx.db")
    assert list(folder.iterdir()) == []
    folder.chmod(0o1777)  # sticky, as /tmp
    open_store(folder / "cx.db").close()


# -- D6: what is no store --------------------------------------------------------------------------


def refused(path: Path, kind: type[StoreError], words: str) -> None:
    before = path.read_bytes()
    with pytest.raises(kind, match=words):
        open_store(path)
    assert path.read_bytes() == before


def test_a_file_of_another_program(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE responses (id)")
    connection.commit()
    connection.close()
    refused(path, StoreVersionError, "SQLite file of another program")
    path.write_text("id,rating\n1,9\n" * 50)
    refused(path, StoreVersionError, "not an SQLite file")
    path.write_bytes(b"SQLite format 3\0")
    refused(path, StoreVersionError, "cut off after its first bytes")


def test_a_directory(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is no file"):
        open_store(tmp_path)


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    with open_store(path) as store:
        assert store.put(ROWS).new == 11


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_file(file: Path, share: float) -> None:
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * share)])
    refused(file, StoreDamagedError, "is damaged .*`cxmetrics store check`.*pull again")


def test_a_newer_store(file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute("UPDATE meta SET value = '999' WHERE name = 'schema'")
    connection.commit()
    connection.close()
    refused(file, StoreVersionError, "written by a newer cxmetrics .*999.*upgrade cxmetrics")


def test_a_schema_of_another_program_on_postgresql(database: str) -> None:
    engine = sa.create_engine(database)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA cxmetrics")
        connection.exec_driver_sql("CREATE TABLE cxmetrics.other (id int)")
        connection.exec_driver_sql("CREATE TABLE public.responses (id int)")
    with pytest.raises(StoreVersionError, match="holds tables of another program"):
        open_store(database)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE cxmetrics.other")
    with open_store(database) as store:  # tables of others in other schemas are no matter
        store.put(ROWS)
    with engine.begin() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM public.responses").scalar() == 0
    engine.dispose()


def test_a_new_store_opened_by_many_at_once(target: str, program: dict[str, str]) -> None:
    code = "import sys, cxmetrics as cx; cx.open_store(sys.argv[1]).close()"
    many = [
        subprocess.Popen([sys.executable, "-c", code, target], stderr=subprocess.PIPE, env=program)
        for _ in range(4)
    ]
    for each in many:
        _, error = each.communicate()
        assert each.returncode == 0, error.decode()


def test_a_writer_waits_and_then_says_so(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cxmetrics.store import database

    quick = tuple(p.replace("30000", "50") for p in database._PRAGMAS)
    monkeypatch.setattr(database, "_PRAGMAS", quick)
    with open_store(file) as one, open_store(file) as two, one._database.writing():
        with pytest.raises(StoreLockedError, match="being written by another process"):
            two.put(ROWS, source="other")
        assert len(two.batch(Response)) == 11


def test_errors_do_not_hold_values(store: Any) -> None:
    question = sa.text("INSERT INTO responses (id) VALUES (:value)")

    def insert() -> None:
        with store._database.writing() as connection:
            connection.execute(question, {"value": "ana@example.test"})

    with pytest.raises(StoreError) as caught:
        insert()
    assert "ana@" not in f"{caught.value!r} {caught.value.__cause__!r}"
