"""A batch keeps the valid records, and gives an account of the others."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxmetrics.batch import Batch
from cxmetrics.errors import ColumnError, InvalidRecordsError, RecordError, UsageError
from cxmetrics.records import Customer, Interaction, Invitation, Journey, Outcome, Persona, Response
from cxmetrics.scale import effort_one_to_five, stars, zero_to_ten

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FRAMES: dict[str, Callable[[dict[str, list[Any]]], Any]] = {
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "pyarrow": pa.table,
    "polars lazy": pl.LazyFrame,
    "duckdb": lambda columns: duckdb.from_arrow(pa.table(columns)),
}
COLUMNS: dict[str, list[Any]] = {
    "id": ["a", "b", " ", "d"],
    "q1": [10, 11, 3, None],
    "when": [NOON, None, NOON, NOON],
    "country": ["FR", "DE", None, "FR"],
    "note": ["x", "y", "z", ""],
}


def read(native: Any, **options: Any) -> Batch[Response]:
    return Batch.read(
        Response,
        native,
        rename={"q1": "rating", "when": "asked_at"},
        dims=["country"],
        constants={"scale": zero_to_ten},
        **options,
    )


@pytest.mark.parametrize("kind", FRAMES)
def test_reading_a_frame(kind: str) -> None:
    batch = read(FRAMES[kind](COLUMNS))
    assert list(batch) == [
        Response(id="a", rating=10, scale=zero_to_ten, asked_at=NOON, dims={"country": "FR"}),
        Response(id="d", rating=None, scale=zero_to_ten, asked_at=NOON, dims={"country": "FR"}),
    ]
    assert len(batch) == 2
    report = batch.check()
    assert (report.record, report.n, report.n_valid) == ("Response", 4, 2)
    assert [(o.field, o.rule, o.count, o.rows, o.values) for o in report.offenders] == [
        ("id", "not_blank", 1, (2,), (" ",)),
        ("rating", "on_scale", 1, (1,), (11,)),
    ]
    assert report.ignored == ("note",)
    assert str(report) == (
        "Response: 2 of 4 rows are valid.\n"
        "  id (not_blank, 1×) must be text that is not blank; rows 2: ' '\n"
        f"  rating (on_scale, 1×) must be a point of the row's scale; rows 1: "
        f"{report.offenders[1].values[0]!r}\n"
        "  columns not read: note"
    )
    assert batch.scales == (zero_to_ten,)


@pytest.mark.parametrize("kind", FRAMES)
def test_offenders_are_kept_and_explained(kind: str) -> None:
    batch = read(FRAMES[kind](COLUMNS))
    assert [(r.row, r.data["id"], r.data["country"]) for r in batch.rejected] == [
        (1, "b", "DE"),
        (2, " ", None),
    ]
    assert str(batch.rejected[1]) == "row 2: id must be text that is not blank, not ' '"
    with pytest.raises(InvalidRecordsError, match=r"2 of 4 rows are valid") as caught:
        batch.require()
    assert caught.value.report == batch.check()
    valid = batch.valid()
    assert list(valid) == list(batch)
    assert valid.rejected == ()
    assert valid.require() is valid
    assert valid.check().n == valid.check().n_valid == 2


@pytest.mark.parametrize("source", ["pandas", "polars", "pyarrow"])
@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow"])
def test_frames_go_out_as_any_frame_and_come_back(source: str, backend: Any) -> None:
    batch = read(FRAMES[source](COLUMNS))
    native = batch.to_native(backend)
    assert type(native).__module__.partition(".")[0] == backend
    assert list(Batch.read(Response, native, dims=["country"]).require()) == list(batch)


@pytest.mark.parametrize("source", ["pandas", "polars", "pyarrow"])
def test_native_is_the_frame_that_came_in_with_the_names_of_the_fields(source: str) -> None:
    native = read(FRAMES[source](COLUMNS)).native()
    assert isinstance(native, type(FRAMES[source]({"x": [1]})))
    columns = (
        pa.table(native).to_pydict()
        if source == "pyarrow"
        else native.to_dict("list")
        if (source == "pandas")
        else native.to_dict(as_series=False)
    )
    assert set(columns) == {"id", "rating", "asked_at", "country", "scale"}
    assert list(columns["id"]) == ["a", "d"]
    assert list(columns["scale"]) == ["0:10", "0:10"]


ROWS: list[Any] = [
    Response(id="a", rating=5, scale=stars, dims={"shop": "N"}),
    {"id": "b", "rating": 6, "scale": stars},
    {"id": "c", "rating": None, "scale": "1:5!", "asked_at": NOON},
    {"id": "d", "ratting": 4, "scale": stars},
]


def test_rows() -> None:
    batch = Batch.of(Response, iter(ROWS))
    assert [response.id for response in batch] == ["a", "c"]
    assert batch.scales == (stars, effort_one_to_five.__class__(1, 5, reverse=True))
    assert [(o.field, o.rule, o.rows, o.values) for o in batch.check().offenders] == [
        ("rating", "on_scale", (1,), (6,)),
        ("rating", "missing", (3,), (None,)),
        ("ratting", "unknown", (3,), (4,)),
    ]
    assert batch.rejected[1].data is ROWS[3]
    assert "did you mean 'rating'" in str(batch.rejected[1])
    assert repr(batch) == "<Batch: 2 of 4 Response rows are valid>"
    assert list(batch.valid()) == list(batch)


def test_rows_become_columns() -> None:
    native = Batch.of(Response, ROWS).native()
    assert native["id"] == ["a", "c"]
    assert native["rating"] == [5, None]
    assert native["scale"] == ["1:5", "1:5!"]
    assert native["asked_at"] == [None, NOON]
    assert native["shop"] == ["N", None]
    assert "dims" not in native


@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow"])
def test_rows_go_out_as_any_frame_and_come_back(backend: Any) -> None:
    later = NOON.astimezone() + timedelta(microseconds=1)
    sent = [
        Invitation(id="1", customer="c", survey="s", sent_at=NOON, dims={"n": 1, "x": None}),
        Invitation(
            id="2", customer="c", survey="s", sent_at=later, delivered=True, dims={"n": 0.5}
        ),
        Invitation(
            id="3", customer="c", survey="s", sent_at=NOON, delivered=False, answered_at=later
        ),
    ]
    native = Batch.of(Invitation, sent).to_native(backend)
    again = list(Batch.read(Invitation, native, dims=["n", "x"]).require())
    assert [(r.id, r.sent_at, r.delivered, r.answered_at, r.dims["n"]) for r in again] == [
        ("1", NOON, None, None, 1),
        ("2", later, True, None, 0.5),
        ("3", NOON, False, later, None),
    ]


@pytest.mark.parametrize("backend", ["polars", "pyarrow"])
def test_a_dim_of_several_kinds_is_no_column(backend: Any) -> None:
    batch = Batch.of(Customer, [Customer(id=x, dims={"k": k}) for x, k in [("a", 1), ("b", "b")]])
    with pytest.raises(ColumnError, match="'k' holds values of several kinds"):
        batch.to_native(backend)


@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow"])
@settings(max_examples=30, deadline=None)
@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {
                "id": st.sampled_from(["", "a", "é", " "]),
                "rating": st.none() | st.sampled_from([0.0, 1.0, 5.0, 0.5, float("inf")]),
                "scale": st.sampled_from(["0:10", "1:5!", "0:1:0.5", "?"]),
                "language": st.none() | st.sampled_from(["fr", "french"]),
                "weight": st.sampled_from([1.0, 0.0, -1.0]),
                "asked_at": st.none() | st.just(NOON),
                "answered_at": st.none() | st.sampled_from([NOON, NOON - timedelta(seconds=1)]),
            }
        ),
        min_size=1,
        max_size=12,
    )
)
def test_rows_and_columns_give_one_account(backend: str, rows: list[dict[str, Any]]) -> None:
    by_rows = Batch.of(Response, rows)
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    by_columns = Batch.read(Response, FRAMES[backend](columns))
    assert list(by_rows) == list(by_columns)
    accounts = [
        {(o.field, o.rule): (o.count, o.rows, o.values) for o in batch.check().offenders}
        for batch in (by_rows, by_columns)
    ]
    assert accounts[0] == accounts[1]


def test_a_mandatory_column_is_missing() -> None:
    with pytest.raises(
        ColumnError, match=r"Response needs a column 'rating': did you mean 'ratng'"
    ):
        Batch.read(Response, pl.DataFrame({"id": ["a"], "ratng": [1], "scale": ["1:5"]}))


@pytest.mark.parametrize(
    ("field", "values", "holds"),
    [
        ("rating", ["9", "10"], r"String \('9', ...\), but rating must be a finite number"),
        ("rating", [True, False], r"Boolean .*, but rating must be a finite number"),
        ("rating", [Decimal(9), None], r".*, but rating must be a finite number"),
        (
            "asked_at",
            [datetime(2026, 1, 1), None],
            r"Datetime.*, but asked_at must be .* time zone",
        ),
        ("customer", [17, 18], r"Int64 \(17, ...\), but customer must be text"),
        ("shop", [datetime(2026, 1, 1), None], r"Datetime.*, but shop must be text"),
    ],
)
@pytest.mark.parametrize("kind", ["polars", "pyarrow"])
def test_a_column_of_the_wrong_kind(kind: str, field: str, values: list[Any], holds: str) -> None:
    columns = {"id": ["a", "b"], "rating": [1, 2], "scale": ["1:5"] * 2, "shop": ["N", "S"]}
    with pytest.raises(ColumnError, match=rf"the column of '{field}' holds {holds}"):
        Batch.read(Response, FRAMES[kind]({**columns, field: values}), dims=["shop"])


def test_pandas_objects_are_judged_one_by_one() -> None:
    objects = pd.DataFrame({"id": ["a", "b", "c"], "rating": [9, "9", None]}, dtype=object)
    batch = Batch.read(Response, objects, constants={"scale": "0:10"})
    assert [response.rating for response in batch] == [9, None]
    assert [(o.rule, o.values) for o in batch.check().offenders] == [("finite", ("9",))]
    with pytest.raises(ColumnError, match="must be a finite number"):
        Batch.read(Response, objects.assign(rating="9"), constants={"scale": "0:10"})


def test_an_empty_column_of_any_kind_is_an_unanswered_one() -> None:
    for native in (
        pd.DataFrame({"id": ["a"], "rating": [3], "customer": [float("nan")]}),
        pl.DataFrame({"id": ["a"], "rating": [3], "customer": [None]}),
        pa.table({"id": ["a"], "rating": [3], "customer": [None]}),
    ):
        batch = Batch.read(Response, native, constants={"scale": "1:5"}).require()
        assert [response.customer for response in batch] == [None]


def test_a_nanosecond_is_below_what_a_record_holds() -> None:
    at = pa.array([1_700_000_000_000_000_001], pa.timestamp("ns", "UTC"))
    table = pa.table({"id": ["a"], "customer": ["c"], "touchpoint": ["t"], "at": at})
    for native in (table, table.to_pandas(), pl.from_arrow(table)):
        (contact,) = Batch.read(Interaction, native)
        assert contact.at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
        assert type(contact.at) is datetime


def test_pandas_may_name_columns_by_number_but_not_two_alike() -> None:
    numbered = pd.DataFrame({"id": ["a"], 0: [3], 1: ["x"]})
    with pytest.raises(ColumnError, match="needs a column 'rating'"):
        Batch.read(Response, numbered, constants={"scale": "1:5"})
    batch = Batch.read(Response, numbered, rename={0: "rating"}, constants={"scale": "1:5"})
    assert str(batch.check()).endswith("columns not read: 1")
    twice = pd.DataFrame([["a", 3, 4]], columns=["id", "rating", "rating"])
    with pytest.raises(ColumnError, match="two columns of the frame"):
        Batch.read(Response, twice, constants={"scale": "1:5"})


def test_constants_alone_fill_every_row() -> None:
    assert len(Batch.read(Customer, pl.DataFrame({"z": [1, 2]}), constants={"id": "c"})) == 2


def test_constants_are_judged_too() -> None:
    frame = pl.DataFrame({"id": ["a", "b"], "rating": [3, 6], "asked_at": [NOON] * 2})
    constants = {"scale": stars, "answered_at": NOON - timedelta(days=1), "wave": 2}
    batch = Batch.read(Response, frame, constants=constants, dims=["wave"])
    assert {(o.field, o.count) for o in batch.check().offenders} == {
        ("rating", 1),
        ("answered_at", 2),
    }
    (kept,) = Batch.read(Response, frame[:1], constants={"scale": stars, "question": None})
    assert kept.scale.labels == stars.labels
    with pytest.raises(RecordError, match="the constant 'scale' must be a Scale"):
        Batch.read(Response, frame, constants={"scale": "five"})
    with pytest.raises(RecordError, match="the constant 'wave' must be text, a finite"):
        Batch.read(Response, frame, constants={"scale": stars, "wave": [2]}, dims=["wave"])


GOOD = pl.DataFrame({"id": ["a"], "rating": [3], "scale": ["1:5"], "shop": ["N"]})


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"rename": {"q1": "rating"}}, ColumnError, "no column 'q1' to rename"),
        ({"rename": {"shop": "stor"}}, UsageError, "no field 'stor'"),
        ({"rename": {"shop": "rating"}}, ColumnError, "'rating' is given twice"),
        ({"constants": {"rating": 3}}, ColumnError, "'rating' is given twice"),
        ({"constants": {"scal": "1:5"}}, UsageError, "did you mean 'scale'"),
        ({"dims": ["rating"]}, UsageError, "'rating' is a field"),
        ({"dims": ["dims"]}, UsageError, "'dims' is a field"),
        ({"dims": ["shopp"]}, ColumnError, "needs a column 'shopp': did you mean 'shop'"),
    ],
)
def test_wrong_calls(options: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        Batch.read(Response, GOOD, **options)


def test_what_is_no_frame_no_row_and_no_column() -> None:
    with pytest.raises(UsageError, match=r"list is not a data frame .* Batch\.of"):
        Batch.read(Response, [{"id": "a"}])
    with pytest.raises(UsageError, match="row 0 is a Customer: give Response records"):
        Batch.of(Response, [Customer(id="c")])  # type: ignore[list-item]  # what is tested
    for record in (Persona, Journey):
        with pytest.raises(UsageError, match=f"{record.__name__}.* is no column"):
            Batch.read(record, GOOD)
    with pytest.raises(UsageError, match="no frame of 'spark'"):
        Batch.read(Response, GOOD).to_native("spark")  # type: ignore[arg-type]  # what is tested


@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow"])
def test_no_rows_are_a_batch_too(backend: Any) -> None:
    batch = Batch.of(Outcome, [])
    assert (len(batch), list(batch), batch.scales) == (0, [], ())
    again = Batch.read(Outcome, batch.to_native(backend))
    assert list(again.require()) == []
    assert str(again.check()) == "Outcome: 0 of 0 rows are valid."


def test_more_rows_than_a_chunk_come_out_in_order() -> None:
    ids = [f"r{i}" for i in range(25_000)]
    frame = pl.DataFrame({"id": ids, "rating": [i % 6 for i in range(25_000)]})
    batch = Batch.read(Response, frame, constants={"scale": stars})
    assert [response.id for response in batch] == [x for i, x in enumerate(ids) if i % 6]
    (offenders,) = batch.check().offenders
    assert (offenders.count, offenders.rows) == (4167, (0, 6, 12, 18, 24))
    assert "24: 0, …" in str(offenders)


def test_rows_need_no_frame_library() -> None:
    code = (
        "import sys; from cxmetrics.batch import Batch; from cxmetrics.records import Customer;"
        "batch = Batch.of(Customer, [{'id': 'a'}, {'id': ''}]); batch.native(); batch.check();"
        "heavy = {'narwhals', 'pandas', 'polars', 'pyarrow', 'scipy'} & set(sys.modules);"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
