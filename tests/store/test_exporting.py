"""Exports: whole, the same bytes for the same records, and no formula for a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyarrow import parquet

import cxmetrics as cx
from cxmetrics.errors import StoreError, UsageError
from cxmetrics.records import Customer, Response
from cxmetrics.sources.files.formulas import guard, unguard
from cxmetrics.sources.portion import Entry, Portion
from cxmetrics.sources.state import State

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

FORMULAS = [
    "=cmd|'/c calc'!A1",
    "+1",
    "-1",
    "@x",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "＝1",
    "﹣1",
    "　＋1",
    "'=1",
    "''=1",
]
HARMLESS = ["fine", "'tis", "1+1", "a=b", "", "'", "5", "é", "5-4", "“=1”"]


def fill(store: Any) -> list[Response]:
    rows = [
        Response(
            id=f"r{n:02d}",
            rating=n % 11,
            scale="0:10",
            verbatim=text,
            asked_at=NOON,
            weight=n / 4,
            dims={"shop": "N" if n % 2 else None, "n": n, "ok": n > 3, "=x": 1.5, "source": "web"},
        )
        for n, text in enumerate([*FORMULAS, *HARMLESS])
    ]
    store.put(reversed(rows), source="v")
    store.put([Customer(id="c1", dims={"mixed": "a"}), Customer(id="c2", dims={"mixed": 2})])
    gone = Response(id="gone", rating=1, scale="0:10")
    state = State(field="id")
    store.write(
        "w", "responses", Portion(state=state, entries=[Entry(object="g", records=(gone,))])
    )
    store.write("w", "responses", Portion(state=state, gone=["g"]))
    return rows


# -- formulas --------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_are_marked(text: str) -> None:
    assert guard(text) == f"'{text}"


@pytest.mark.parametrize("text", HARMLESS)
def test_other_texts_are_left_alone(text: str) -> None:
    assert guard(text) == text == unguard(text)


@given(st.text(max_size=6) | st.text("'=+-@\t\r\n ＝x", max_size=6))
@example("'")
@example("''")
def test_the_mark_comes_off_again(text: str) -> None:
    marked = guard(text)
    assert unguard(marked) == text
    assert guard(marked) == marked or marked.startswith("'")
    assert not marked.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


# -- CSV -------------------------------------------------------------------------------------------


def test_csv(store: Any, tmp_path: Path) -> None:
    rows = fill(store)
    made = store.export(tmp_path / "out", format="csv")
    assert {stream: path.name for stream, path in made.items()} == {
        "responses": "responses.csv",
        "customers": "customers.csv",
    }
    data = made["responses"].read_bytes()
    header, *read = csv.reader(io.StringIO(data.decode(), newline=""))
    assert [unguard(name) for name in header][-5:] == ["=x", "n", "ok", "shop", "dims.source"]
    table = [dict(zip(header, row, strict=True)) for row in read]
    assert [row["id"] for row in table] == [row.id for row in rows]
    assert [unguard(row["verbatim"]) for row in table] == [row.verbatim for row in rows]
    assert not [cell for row in read for cell in row if cell.startswith(("=", "+", "@", "\t"))]
    first = table[1]
    assert (first["rating"], first["weight"], first["scale"], first["ok"]) == (
        "1",
        "0.25",
        "0:10",
        "false",
    )
    assert (first["asked_at"], first["answered_at"]) == ("2026-03-01T12:00:00+00:00", "")
    assert (first["source"], first["n"], first["'=x"], first["dims.source"]) == (
        "v",
        "1",
        "1.5",
        "web",
    )
    mixed = (tmp_path / "out" / "customers.csv").read_text().splitlines()
    assert [line.rpartition(",")[2] for line in mixed] == ["mixed", "a", "2"]
    store.export(tmp_path / "raw", format="csv", raw=True)
    assert b"\n=cmd" not in data
    assert b",=cmd|" in (tmp_path / "raw" / "responses.csv").read_bytes()


def test_numbers_below_zero_are_no_formulas(store: Any, tmp_path: Path) -> None:
    from cxmetrics.records import Outcome

    store.put([Outcome(id="o", customer="c", kind="revenue", value=-5.5, at=NOON, dims={"d": -2})])
    text = store.export(tmp_path, format="csv")["outcomes"].read_text()
    assert ",-5.5," in text
    assert text.rstrip().endswith(",-2")


# -- Parquet ---------------------------------------------------------------------------------------


def test_parquet(store: Any, tmp_path: Path) -> None:
    rows = fill(store)
    path = store.export(tmp_path)["responses"]
    table = parquet.read_table(path, page_checksum_verification=True)
    assert table.schema.field("asked_at").type == pa.timestamp("us", "UTC")
    assert [str(table.schema.field(n).type) for n in ("n", "ok", "shop", "=x")] == [
        "double",
        "bool",
        "string",
        "double",
    ]
    batch = cx.Batch.read(Response, table, dims=["shop", "n"])
    assert [(r.id, r.rating, r.verbatim) for r in batch] == [
        (r.id, r.rating, r.verbatim) for r in rows
    ]
    assert cx.tally(table, cx.zero_to_ten, rating="rating", by="shop") == cx.tally(
        store, cx.zero_to_ten, by="shop"
    )


def test_flipped_bits_never_change_what_a_parquet_file_says(tmp_path: Path) -> None:
    with cx.open_store(":memory:") as store:
        fill(store)
        path = store.export(tmp_path)["responses"]
    truth, whole = parquet.read_table(path), path.read_bytes()
    pages = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")  # behind them: the names
    rng = random.Random(7)
    found = 0
    for _ in range(300):
        data = bytearray(whole)
        data[rng.randrange(pages)] ^= 1 << rng.randrange(8)
        path.write_bytes(data)
        try:
            read = parquet.read_table(path, page_checksum_verification=True)
        except (OSError, pa.ArrowException, ValueError):
            found += 1
        else:
            assert read.equals(truth)
    assert found > 100


# -- files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("format_", ["parquet", "csv"])
def test_the_same_records_give_the_same_bytes(
    database: str, tmp_path: Path, now: Any, format_: Any
) -> None:
    found = []
    for n, target in enumerate([":memory:", ":memory:", database]):
        with cx.open_store(target, now=now) as store:
            now.later(days=1)
            if n == 1:
                store.put([Response(id="r00", rating=1, scale="0:10")], source="v")
            fill(store)
            folder = tmp_path / str(n)
            store.export(folder, format=format_)
            found.append({each.name: each.read_bytes() for each in folder.iterdir()})
    assert found[0] == found[1] == found[2]
    listed = json.loads(found[0]["export.json"])["sha256"]
    assert sorted(listed) == sorted(found[0].keys() - {"export.json"})


def test_what_was_there_is_replaced_whole_or_not_at_all(
    store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store)
    path = store.export(tmp_path, format="csv")["responses"]
    before = path.read_bytes()
    store.put([Response(id="more", rating=1, scale="0:10")])
    from cxmetrics.store import exporting

    def full(_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exporting, "_sync", full)
    with pytest.raises(StoreError, match=r"can't be written \(No space left on device\)"):
        store.export(tmp_path, format="csv")
    assert path.read_bytes() == before
    assert not list(tmp_path.glob(".*"))
    monkeypatch.undo()
    store.export(tmp_path, format="csv")
    assert path.read_bytes() != before


def test_a_stream_that_is_empty_has_no_file(store: Any, tmp_path: Path) -> None:
    (tmp_path / "outcomes.csv").write_text("of an older export")
    assert store.export(tmp_path, format="csv") == {}
    assert [each.name for each in tmp_path.glob("*.*")] == ["export.json"]


def test_unknown_formats(store: Any, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no export as 'parket': did you mean 'parquet'"):
        store.export(tmp_path, format="parket")
