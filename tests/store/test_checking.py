"""D6: damage to a file is found, and the damaged record is named."""

from __future__ import annotations

import random
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import cxmetrics as cx
from cxmetrics.errors import CxError, StoreError
from cxmetrics.records import Customer, Response
from cxmetrics.sources.portion import Entry, Portion, Refusal
from cxmetrics.sources.receipt import Receipt
from cxmetrics.sources.state import State
from cxmetrics.store import open_store
from cxmetrics.store.checking import Check

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FLIPS = 200


def fill(store: Any) -> None:
    """Put something into every table."""
    rows = [
        Response(
            id=f"r{n:05d}",
            rating=n % 11,
            scale="0:10",
            customer=f"customer-{n % 50}",
            verbatim=f"comment number {n}, with some words" if n % 3 else None,
            answered_at=NOON + timedelta(minutes=n),
            dims={"channel": "web" if n % 2 else "shop", "n": n},
        )
        for n in range(400)
    ]
    entries = [
        Entry(object=f"o{n // 2}", records=rows[n : n + 2], updated_at=NOON)
        for n in range(0, 400, 2)
    ]
    aside = [Refusal(object=f"x{n}", raw={"n": n}, reasons=("off",)) for n in range(40)]
    state = State(field="updated", mark=NOON, resume={"page": 3})
    portion = Portion(state=state, entries=entries, refused=aside, gone=["o7"])
    store.write("v", "responses", portion)
    store.put([Customer(id=f"customer-{n}", since=NOON) for n in range(50)])
    store.save(Receipt(source="v", started_at=NOON, ended_at=NOON, streams=()))
    store.forget("customer-49")


def contents(store: Any) -> Any:
    """Everything a store tells."""
    return (
        [list(store.batch(kind, gone=True)) for kind in (Response, Customer)],
        len(store.batch(Response)),
        store.refused(),
        store.receipts(),
        store.cursor("v", "responses"),
        cx.tally(store, cx.zero_to_ten, by=["channel", "month"]),
        store.put([Customer(id="customer-49")]).erased,
    )


def test_a_sound_store(store: Any) -> None:
    fill(store)
    check = store.check()
    assert check.sound
    assert check.rows > 480
    assert str(check) == f"{check.rows} rows are as they were written."


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ("UPDATE responses SET rating = 1 WHERE id = 'r00005'", "responses v/r00005"),
        ("UPDATE responses SET gone_at = 5 WHERE id = 'r00006'", "responses v/r00006"),
        ("UPDATE responses SET verbatim = NULL WHERE id = 'r00007'", "responses v/r00007"),
        ("UPDATE responses SET source = 'w' WHERE id = 'r00008'", "responses w/r00008"),
        ("UPDATE refused SET raw = '{}' WHERE object = 'x3'", "refused v/responses/x3"),
        ("UPDATE states SET state = '{}'", "states v/responses"),
        ("UPDATE receipts SET status = 'failed'", "receipts 1"),
        ("UPDATE erased SET digest = 'x'", "erased x"),
        ("UPDATE names SET dim = 'm' WHERE dim = 'n'", "names responses/m"),
        ("UPDATE meta SET value = 'x' WHERE name = 'id'", "meta id"),
    ],
)
def test_the_damaged_row_is_named(store: Any, change: str, where: str) -> None:
    fill(store)
    with store._database.writing() as connection:
        connection.execute(sa.text(change))
    (damage,) = store.check().damage
    assert str(damage).startswith(where)
    assert str(damage).endswith("the row is not what was written")
    assert not store.check().sound


def test_single_bits_never_change_what_a_checked_store_says(tmp_path: Path) -> None:
    path = tmp_path / "cx.db"
    with open_store(path) as store:
        fill(store)
        truth = contents(store)
    whole = path.read_bytes()
    rng = random.Random(7)  # where the bits are
    silent, found = [], 0
    for _ in range(FLIPS):
        place, bit = rng.randrange(len(whole)), 1 << rng.randrange(8)
        damaged = bytearray(whole)
        damaged[place] ^= bit
        path.write_bytes(damaged)
        for end in ("-wal", "-shm"):
            path.with_name(path.name + end).unlink(missing_ok=True)
        try:
            with open_store(path) as store:
                check: Check = store.check()
                if not check.sound:
                    found += 1
                elif contents(store) != truth:
                    silent.append((place, bit))
        except StoreError:
            found += 1
    assert silent == []
    assert found > FLIPS / 4  # the other bits are in unused space


def test_a_damaged_store_never_crashes_in_another_way(tmp_path: Path) -> None:
    path = tmp_path / "cx.db"
    with open_store(path) as store:
        fill(store)
    whole = path.read_bytes()
    rng = random.Random(8)  # where the bits are
    for _ in range(60):
        damaged = bytearray(whole)
        for _ in range(20):
            damaged[rng.randrange(100, len(whole))] ^= 1 << rng.randrange(8)
        path.write_bytes(damaged)
        try:
            with open_store(path) as store:
                store.check()
                contents(store)
        except CxError:
            continue


def test_a_changed_table_is_found(tmp_path: Path) -> None:
    path = tmp_path / "cx.db"
    with open_store(path) as store:
        fill(store)
    connection = sqlite3.connect(path)
    connection.execute("DROP INDEX responses_of_object")
    connection.commit()
    connection.close()
    with open_store(path) as store:
        (damage,) = store.check().damage
    assert str(damage) == "the file: the tables are not as they were made"
