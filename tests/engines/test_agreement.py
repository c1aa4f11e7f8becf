"""Every engine gives the tallies of a loop over the rows: counts exactly, weights to 1e-12."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from itertools import count
from typing import Any

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

import cxmetrics as cx
from cxmetrics.testing import strategies as cxst

FIVE = cx.one_to_five
TEXTS = {"group", "unit", "stratum"}
Table = dict[str, list[Any]]


def lists(table: Table) -> Any:
    return table


def arrays(table: Table) -> Any:
    return {
        name: np.array(values, dtype=object)
        if name in TEXTS
        else np.array([np.nan if v is None else float(v) for v in values])
        for name, values in table.items()
    }


def pandas(table: Table) -> Any:
    return pd.DataFrame(
        {
            name: pd.Series(values, dtype=object if name in TEXTS or decimal(values) else None)
            if values
            else pd.Series(values, dtype=object if name in TEXTS else float)
            for name, values in table.items()
        }
    )


def nullable(table: Table) -> Any:
    def kind(name: str, values: list[Any]) -> str:
        if name in TEXTS:
            return "string"
        return "Int64" if all(v is None or float(v).is_integer() for v in values) else "Float64"

    return pd.DataFrame(
        {
            n: pd.array(
                [None if v is None else (v if n in TEXTS else float(v)) for v in values],
                dtype=kind(n, values),
            )
            for n, values in table.items()
        }
    )


def categorical(table: Table) -> Any:
    frame = nullable(table)
    return frame.assign(**{n: frame[n].astype("category") for n in TEXTS & set(table)})


def arrow_backed(table: Table) -> Any:
    return pyarrow(table).to_pandas(types_mapper=pd.ArrowDtype)


def polars(table: Table) -> Any:
    def kind(name: str, values: list[Any]) -> Any:
        if name in TEXTS:
            return pl.String
        if name == "wave":
            return pl.Int64
        return pl.Decimal(10, 3) if decimal(values) else pl.Float64

    return pl.DataFrame(
        {n: pl.Series(n, v, dtype=kind(n, v), strict=False) for n, v in table.items()}
    )


def polars_categorical(table: Table) -> Any:
    return polars(table).with_columns(
        pl.col(name).cast(pl.Categorical) for name in sorted(TEXTS & set(table))
    )


def polars_small(table: Table) -> Any:
    def small(values: list[Any]) -> bool:
        return all(v is None or (0 <= float(v) < 100 and float(v).is_integer()) for v in values)

    frame = polars(table)
    return frame.with_columns(
        pl.col(n).cast(pl.UInt8) for n, v in table.items() if n not in TEXTS and small(v)
    )


def lazy(table: Table) -> Any:
    return polars(table).lazy()


def pyarrow(table: Table) -> Any:
    def kind(name: str, values: list[Any]) -> Any:
        if name in TEXTS:
            return pa.string()
        return pa.decimal128(10, 3) if decimal(values) else pa.float64()

    return pa.table(
        {
            n: pa.array(
                values if n in TEXTS or decimal(values) else [v and float(v) for v in values],
                type=kind(n, values),
            )
            for n, values in table.items()
        }
    )


def pyarrow_dictionary(table: Table) -> Any:
    found = pyarrow(table)
    for name in sorted(TEXTS & set(table)):
        place = found.schema.get_field_index(name)
        found = found.set_column(place, name, found[name].dictionary_encode())
    return found


CONNECTION = duckdb.connect()
NUMBERS = count()


def relation(table: Table) -> Any:
    return CONNECTION.from_arrow(pyarrow(table))


@cache
def lite() -> sa.Engine:
    return sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)


def sqlite(table: Table) -> Any:
    return sql(lite(), table)


POSTGRESQL: list[sa.Engine] = []


@pytest.fixture(autouse=True, scope="module")
def _postgresql(server: sa.URL) -> None:
    POSTGRESQL[:] = [sa.create_engine(server)]


def postgresql(table: Table) -> Any:
    return sql(POSTGRESQL[0], table)


def sql(engine: sa.Engine, table: Table) -> Any:
    def kind(name: str, values: list[Any]) -> Any:
        if name in TEXTS:
            return sa.Text
        return sa.Numeric(10, 3) if decimal(values) and engine is not lite() else sa.Double

    columns = [sa.Column(name, kind(name, values)) for name, values in table.items()]
    made = sa.Table(f"t{next(NUMBERS)}", sa.MetaData(), *columns)
    plain = {n: [float(v) if decimal([v]) else v for v in values] for n, values in table.items()}
    rows = [dict(zip(plain, row, strict=True)) for row in zip(*plain.values(), strict=True)]
    with engine.begin() as connection:
        made.create(connection)
        if rows:
            connection.execute(sa.insert(made), rows)
    return cx.sql_table(engine, made.name)


def decimal(values: list[Any]) -> bool:
    return any(isinstance(value, Decimal) for value in values)


ENGINES: list[Callable[[Table], Any]] = [
    lists,
    arrays,
    pandas,
    nullable,
    categorical,
    arrow_backed,
    polars,
    polars_categorical,
    polars_small,
    lazy,
    pyarrow,
    pyarrow_dictionary,
    relation,
    sqlite,
    postgresql,
]


def looped(table: Table, rated: list[str], by: list[str], weight: str | None) -> dict[Any, Any]:
    """Count row by row, the way one would explain it: group -> (counts, weights, missing)."""
    found: dict[Any, Any] = {}
    for place in range(len(table[rated[0]])):
        for name in rated:
            labels = [table[dim][place] for dim in by]
            plain = tuple(None if v is None or str(v).strip() == "" else v for v in labels)
            key = (name, *plain) if len(rated) > 1 else plain
            own = found.setdefault(key, {"n": {}, "w": {}, "w2": {}, "missing": 0})
            rating = table[name][place]
            if rating is None:
                own["missing"] += 1
                continue
            point = float(rating)
            w = 1.0 if weight is None else table[weight][place]
            own["n"][point] = own["n"].get(point, 0) + 1
            own["w"][point] = own["w"].get(point, 0.0) + w
            own["w2"][point] = own["w2"].get(point, 0.0) + w * w
    return found


def same_as_loop(cube: cx.Cube, expected: dict[Any, Any], dims: int) -> None:
    keys = {key[0] if dims == 1 else key for key in expected}
    assert set(cube) == (keys if dims else {()})
    for key, tally in cube.items():
        own = expected[(key,) if dims == 1 else key]
        points = tally.scale.points
        assert tally.counts.tolist() == [own["n"].get(point, 0) for point in points]
        assert tally.missing == own["missing"]
        assert tally.weights == pytest.approx([own["w"].get(p, 0) for p in points], rel=1e-12)
        assert tally.squares == pytest.approx([own["w2"].get(p, 0) for p in points], rel=1e-12)


def spread(cube: cx.Cube, metric: cx.Metric) -> dict[Any, float]:
    """The linearised variance of every group that has one."""
    found = {}
    for key, tally in (*cube.items(), ("all", cube.overall)):
        sample = metric.sample(tally)
        if sample.n > 1 and sample.tally.total:
            found[key] = sample.variance
    return found


# -- the same tallies ------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.__name__)
@pytest.mark.parametrize("by", [[], ["group"], ["group", "wave"]], ids=len)
@given(table=cxst.rows(FIVE, weighted=True, min_rows=1), weighted=st.booleans())
@settings(max_examples=12)
def test_groups_and_weights(
    engine: Callable[[Table], Any], by: list[str], table: Table, weighted: bool
) -> None:
    weight = "weight" if weighted else None
    cube = cx.tally(engine(table), FIVE, rating="rating", by=by, weight=weight)
    same_as_loop(cube, looped(table, ["rating"], by, weight), len(by))
    assert cube.overall.weighted == weighted


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.__name__)
@given(
    table=cxst.rows(FIVE, weighted=True, units=True, strata=True, min_rows=3),
    stratified=st.booleans(),
    named=st.booleans(),
)
@settings(max_examples=15, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_units_and_strata(
    engine: Callable[[Table], Any], table: Table, stratified: bool, named: bool
) -> None:
    assume(len(set(table["unit"])) > 1)
    sizes = [table["stratum"].count(name) for name in set(table["stratum"])]
    assume(min(sizes) > 1)
    options: dict[str, Any] = {
        "unit": "unit" if named else None,
        "strata": "stratum" if stratified else None,
        "weight": "weight",
        "by": ["group"],
    }
    cube = cx.tally(engine(table), FIVE, rating="rating", **options)
    same_as_loop(cube, looped(table, ["rating"], ["group"], "weight"), 1)
    if not (named or stratified):
        return
    reference = cx.tally(table, FIVE, rating="rating", **options)
    known, design = reference.overall.design, cube.overall.design
    assert (design is None) == (known is None)  # units that all answer once add nothing
    if design is not None and known is not None:
        assert design.strata == known.strata
        assert design.units.tolist() == known.units.tolist()
        assert design.degrees_of_freedom == known.degrees_of_freedom
    assert spread(cube, cx.mean_rating) == pytest.approx(
        spread(reference, cx.mean_rating), rel=1e-12, abs=1e-12
    )


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.__name__)
@given(table=cxst.rows(FIVE, items=3, weighted=True, min_rows=3))
@settings(max_examples=12)
def test_wide_items(engine: Callable[[Table], Any], table: Table) -> None:
    items = ["item3", "item1", "item2"]
    cube = cx.tally(engine(table), FIVE, rating=items, by="wave", weight="weight")
    same_as_loop(cube, looped(table, items, ["wave"], "weight"), 2)
    assert list(dict.fromkeys(item for item, _ in cube)) == items
    reference = cx.tally(table, FIVE, rating=items, by="wave", weight="weight")
    assert spread(cube, cx.mean_rating) == pytest.approx(
        spread(reference, cx.mean_rating), rel=1e-12, abs=1e-12
    )


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.__name__)
def test_missing_codes_and_off_scale(engine: Callable[[Table], Any]) -> None:
    table: Table = {"rating": [5, 99, None, 3, 7, 99, -1], "wave": [1, 1, 1, 1, 2, 2, 2]}
    table["group"] = ["a"] * 7
    cube = cx.tally(
        engine({**table, "rating": [5, 99, None, 3, 7, 99, 88]}),
        FIVE,
        rating="rating",
        by="wave",
        missing=[99, 88],
        off_scale="set_aside",
    )
    assert [(t.n, t.missing, t.off_scale) for t in cube.values()] == [(2, 2, 0), (0, 2, 1)]
    with pytest.raises(cx.CxError, match=r"1 of \d+ ratings in 'rating' .*1-5: 7"):
        cx.tally(engine({**table, "rating": [5, 7, None, 3, 4, 5, 1]}), FIVE, rating="rating")


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.__name__)
def test_whole_float_and_decimal_ratings(engine: Callable[[Table], Any]) -> None:
    halves = cx.Scale(1, 5, step=0.5)
    for table, scale in (
        ({"rating": [1, 5, 5, 3]}, FIVE),
        ({"rating": [1.0, 5.0, 5.0, 3.0]}, FIVE),
        ({"rating": [Decimal("1.0"), Decimal("5.000"), Decimal(5), Decimal(3)]}, FIVE),
        ({"rating": [1.5, 4.5, 4.5, None]}, halves),
        ({"rating": [Decimal("1.5"), Decimal("4.5"), Decimal("4.50"), None]}, halves),
    ):
        expected = looped(table, ["rating"], [], None)
        same_as_loop(cx.tally(engine(table), scale, rating="rating"), expected, 0)


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.__name__)
def test_where_keeps_rows(engine: Callable[[Table], Any]) -> None:
    table: Table = {
        "rating": [5, 4, 3, 2, 1, None],
        "group": ["a", "b", "c", "a", None, "a"],
        "wave": [1, 2, 3, 3, 2, 1],
    }
    data = engine(table)

    def n(**where: Any) -> int:
        return cx.tally(data, FIVE, rating="rating", where=where).n

    assert n(group="a") == 2
    assert n(group=["a", "b"]) == 3
    assert n(group=("a", "b"), wave=[1, 2]) == 2
    assert n(wave=3) == 2
    with pytest.raises(cx.CxError, match=r"no column 'grup'; did you mean 'group'"):
        n(grup="a")


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.__name__)
def test_where_compares_numbers_by_value(engine: Callable[[Table], Any]) -> None:
    # Once: polars refuses to look for whole numbers among floats with its own exception.
    table: Table = {"rating": [5, 4, 3], "price": [1.0, 2.5, 3.0]}
    assert cx.tally(engine(table), FIVE, rating="rating", where={"price": [1, 2.5]}).n == 2
    assert cx.tally(engine(table), FIVE, rating="rating", where={"price": [1, 3]}).n == 2


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.__name__)
def test_where_finds_the_missing_label(engine: Callable[[Table], Any]) -> None:
    # Once: lists and pandas keep the row, polars, lazy frames and DuckDB keep none, and pyarrow
    # raises ArrowTypeError.
    table: Table = {"rating": [5, 4, 3], "group": ["a", None, "b"]}
    data = engine(table)
    assert cx.tally(data, FIVE, rating="rating", where={"group": None}).n == 1
    assert cx.tally(data, FIVE, rating="rating", where={"group": ["a", None]}).n == 2


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.__name__)
def test_where_takes_any_collection_of_labels(engine: Callable[[Table], Any]) -> None:
    # Once: a set or an array of labels silently keeps no row at all (lists, pandas), or raises the
    # backend's own error; keep the rows, or refuse with a UsageError that says "a list".
    table: Table = {"rating": [5, 4, 3], "group": ["a", "c", "b"]}
    for labels in ({"a", "b"}, np.array(["a", "b"]), pd.Series(["a", "b"])):
        try:
            found = cx.tally(engine(table), FIVE, rating="rating", where={"group": labels}).n
        except cx.CxError:
            continue
        assert found == 2


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.__name__)
@pytest.mark.parametrize("options", [{}, {"by": "group"}, {"unit": "unit"}, {"strata": "stratum"}])
def test_no_rows_left(engine: Callable[[Table], Any], options: dict[str, str]) -> None:
    # Once: with strata= (unit= too) nothing left is a numpy ValueError instead of an empty tally.
    table: Table = {"rating": [5, 4], "group": ["a", "b"], "unit": ["1", "2"]}
    table["stratum"] = ["x", "x"]
    cube = cx.tally(engine(table), FIVE, rating="rating", where={"group": "zzz"}, **options)  # type: ignore[arg-type]
    assert cube.overall.n == 0
    assert math.isnan(cx.csat.of(cube.overall).value)
    assert "not defined" in str(cx.csat.of(cube.overall))


# -- ratings and labels of every kind --------------------------------------------------------------

BOOLEANS = {
    "list": lambda v: v,
    "numpy": lambda v: np.array([x is True for x in v]),
    "pandas": lambda v: pd.Series(v, dtype=object),
    "pandas boolean": lambda v: pd.Series(v, dtype="boolean"),
    "pandas arrow": lambda v: pd.Series(v, dtype="bool[pyarrow]"),
    "polars": lambda v: pl.Series(v, dtype=pl.Boolean),
    "pyarrow": lambda v: pa.chunked_array([pa.array(v, pa.bool_())]),
}


@pytest.mark.parametrize("kind", BOOLEANS)
def test_booleans_answer_yes_or_no(kind: str) -> None:
    values = [True, False, True, True, None]
    found = cx.tally(BOOLEANS[kind](values), cx.yes_no).overall
    missing = 0 if kind == "numpy" else 1
    assert found.counts.tolist() == [2 - missing, 3]
    assert found.missing == missing


@pytest.mark.parametrize("kind", BOOLEANS)
def test_booleans_rate_nothing_else(kind: str) -> None:
    with pytest.raises(cx.CxError, match=r"'rating' holds True \(bool\) at index 0"):
        cx.tally(BOOLEANS[kind]([True, False]), cx.zero_to_ten)


@pytest.mark.parametrize("engine", [polars, lazy, pyarrow, relation], ids=lambda e: e.__name__)
def test_booleans_of_frames(engine: Callable[[Table], Any]) -> None:
    table = pl.DataFrame({"rating": [True, False, None, True], "group": ["a", "a", "b", "b"]})
    data: Any = {
        "polars": table,
        "lazy": table.lazy(),
        "pyarrow": table.to_arrow(),
        "relation": CONNECTION.from_arrow(table.to_arrow()),
    }[engine.__name__]
    cube = cx.tally(data, cx.yes_no, rating="rating", by="group")
    assert [(t.counts.tolist(), t.missing) for t in cube.values()] == [([1, 1], 0), ([0, 1], 1)]
    with pytest.raises(cx.CxError, match="'rating' holds"):
        cx.tally(data, cx.zero_to_ten, rating="rating")


LABELS: dict[str, tuple[list[Any], list[Any]]] = {
    "whole": ([3, 1, 2, 1], [1, 2, 3]),
    "float": ([1.5, 1.0, 2.0, 1.5], [1, 1.5, 2]),
    "bool": ([True, False, True, True], [False, True]),
    "text": (["b", "a", " ", "B"], ["B", "a", "b", None]),
    "date": ([dt.date(2024, 2, 1), dt.date(2024, 1, 1)] * 2, ["2024-01-01", "2024-02-01"]),
    "datetime": (
        [dt.datetime(2024, 2, 1), dt.datetime(2024, 1, 1, 12, 30)] * 2,
        ["2024-01-01T12:30:00", "2024-02-01"],
    ),
}
KEEPERS: dict[str, Callable[[list[Any]], Any]] = {
    "list": lambda v: {"r": [5] * 4, "g": v},
    "numpy": lambda v: {
        "r": np.full(4, 5),
        "g": np.array(v, dtype="M8[ns]" if isinstance(v[0], dt.date) else None),
    },
    "pandas": lambda v: pd.DataFrame({"r": [5] * 4, "g": v}),
    "pandas datetime": lambda v: pd.DataFrame(
        {"r": [5] * 4, "g": pd.to_datetime(v) if isinstance(v[0], dt.date) else v}
    ),
    "polars": lambda v: pl.DataFrame({"r": [5] * 4, "g": v}),
    "lazy": lambda v: pl.LazyFrame({"r": [5] * 4, "g": v}),
    "pyarrow": lambda v: pa.table({"r": [5] * 4, "g": v}),
    "duckdb": lambda v: CONNECTION.from_arrow(pa.table({"r": [5] * 4, "g": v})),
}


@pytest.mark.parametrize("keeper", KEEPERS)
@pytest.mark.parametrize("kind", LABELS)
def test_labels_of_every_kind(kind: str, keeper: str) -> None:
    # Once: dates in a numpy array (datetime64[ns]) become nanoseconds, 1704067200000000000; in
    # every other container they are the text 2024-01-01.
    values, expected = LABELS[kind]
    cube = cx.tally(KEEPERS[keeper](values), FIVE, rating="r", by="g")
    assert list(cube) == expected
    assert [type(label) for label in cube] == [type(label) for label in expected]
    assert cube.n == 4


def test_missing_labels_are_one_group() -> None:
    labels = ["a", None, "", "  ", float("nan"), np.nan, pd.NA, pd.NaT, "a"]
    cube = cx.tally([5] * 9, FIVE, by={"g": labels})
    assert {label: tally.n for label, tally in cube.items()} == {"a": 2, None: 7}


def test_dictionaries_of_arrow_in_pandas() -> None:
    # Once: AttributeError from pandas: `.cat` exists only for its own categories.
    kind = pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))
    frame = pd.DataFrame({"r": [5, 4, 3], "g": pd.Series(["b", "a", None]).astype(kind)})
    assert list(cx.tally(frame, FIVE, rating="r", by="g")) == ["a", "b", None]


def test_ordered_categories_and_enums() -> None:
    ordered = pd.Categorical(["b", "a", None], categories=["b", "a", "unused"], ordered=True)
    frame = pd.DataFrame({"r": [5, 4, 3], "g": ordered})
    assert list(cx.tally(frame, FIVE, rating="r", by="g")) == ["a", "b", None]
    enum = pl.DataFrame(
        {"r": [5, 4, 3], "g": pl.Series(["b", "a", None], dtype=pl.Enum(["b", "a", "unused"]))}
    )
    for data in (enum, enum.lazy()):
        assert list(cx.tally(data, FIVE, rating="r", by="g")) == ["a", "b", None]


CATEGORIES: dict[str, Callable[[list[str]], Any]] = {
    "pandas": lambda v: pd.DataFrame({"r": [5] * len(v), "u": pd.Categorical(v)}),
    "polars": lambda v: pl.DataFrame({"r": [5] * len(v), "u": pl.Series(v, dtype=pl.Categorical)}),
    "polars enum": lambda v: pl.DataFrame({"r": [5] * len(v), "u": pl.Series(v, dtype=pl.Enum(v))}),
}


@pytest.mark.parametrize("kind", CATEGORIES)
def test_units_are_those_of_the_rows_not_of_the_categories(kind: str) -> None:
    # Once: the fingerprints of units cover every category of the column, used or not, so that the
    # disjoint halves of one frame refuse to merge: "4 units (customers) are in both".
    frame = CATEGORIES[kind](["ann", "bob", "cyd", "dan"])
    halves = [cx.tally(half, FIVE, rating="r", unit="u").overall for half in (frame[:2], frame[2:])]
    assert halves[0] + halves[1] == cx.tally(frame, FIVE, rating="r", unit="u").overall


@pytest.mark.parametrize("what", ["unit", "strata"])
@pytest.mark.parametrize("dtype", [pl.String, pl.Categorical], ids=str)
def test_texts_elsewhere_are_no_labels_here(what: str, dtype: Any) -> None:
    # Once: polars keeps one pool of texts for all its categorical columns. A blank in any
    # other column counts as a missing label of this one: "0 rows do not say which unit", "some rows
    # have no stratum".
    elsewhere = pl.Series([" "], dtype=pl.Categorical)
    frame = pl.DataFrame({"r": [5, 4], "s": pl.Series(["x", "y"], dtype=dtype)})
    kept = {"unit": {"unit": "s"}, "strata": {"strata": "s"}}[what]
    assert cx.tally(frame, FIVE, rating="r", **kept).n == 2  # type: ignore[arg-type]
    assert len(elsewhere) == 1


@pytest.mark.parametrize(
    "dtype", ["int8", "uint8", "int16", "int64", "uint64", "float32", "float64", "object"]
)
def test_numbers_of_every_width(dtype: str) -> None:
    values = np.array([1, 5, 5, 3, 2, 5, 1], dtype=dtype)
    plain = cx.tally(values, FIVE).overall
    assert plain.counts.tolist() == [2, 1, 1, 0, 3]
    weighted = cx.tally(values, FIVE, weight=np.full(7, 0.5, dtype="float32")).overall
    assert weighted.counts.tolist() == plain.counts.tolist()
    assert weighted.weights.tolist() == [1, 0.5, 0.5, 0, 1.5]


@given(st.lists(st.integers(-3, 14) | st.just(99), max_size=300), st.sampled_from(["i1", "u1"]))
def test_one_byte_ratings_are_counted_in_pairs(values: list[int], kind: str) -> None:
    values = [value for value in values if value >= 0 or kind == "i1"]
    options: dict[str, Any] = {"missing": [99], "off_scale": "set_aside"}
    fast = cx.tally(np.array(values, dtype=kind), cx.zero_to_ten, **options)
    slow = cx.tally(values, cx.zero_to_ten, **options)
    assert fast == slow


def test_long_data_are_summed_in_chunks() -> None:
    rng = np.random.default_rng(1)
    size = (1 << 18) * 2 + 17
    ratings, groups = rng.integers(1, 6, size), rng.integers(0, 3, size)
    weights = rng.integers(0, 9, size) / 8
    cube = cx.tally({"r": ratings, "g": groups, "w": weights}, FIVE, rating="r", by="g", weight="w")
    for group, tally in cube.items():
        own = groups == group
        expected = np.bincount(ratings[own], minlength=6)[1:]
        assert tally.counts.tolist() == expected.tolist()
        sums = np.bincount(ratings[own], weights[own], minlength=6)[1:]
        assert tally.weights.tolist() == sums.tolist()


def test_many_sparse_groups() -> None:
    rng = np.random.default_rng(2)
    table = {f"g{d}": rng.integers(0, 400, 3000) for d in range(3)}
    table["r"] = rng.integers(1, 6, 3000)
    cube = cx.tally(table, FIVE, rating="r", by=["g0", "g1", "g2"])
    keys = set(zip(*(table[f"g{d}"].tolist() for d in range(3)), strict=True))
    assert set(cube) == keys
    assert cube.n == 3000
    assert cube.roll_up("g1") == cx.tally(table, FIVE, rating="r", by="g1")


def test_series_beside_a_list() -> None:
    for build in (pd.Series, pl.Series, np.array, list, lambda v: pa.chunked_array([v])):
        cube = cx.tally(
            build([5, 4, 1]), FIVE, by=build(["a", "b", "a"]), weight=build([1.0, 2.0, 3.0])
        )
        assert {k: (t.n, t.total) for k, t in cube.items()} == {"a": (2, 4.0), "b": (1, 2.0)}


def test_narwhals_expressions_filter_frames() -> None:
    frame = pl.DataFrame({"r": [5, 4, 1], "g": ["a", "b", "a"]})
    for data in (frame, frame.lazy()):
        assert cx.tally(data, FIVE, rating="r", where=nw.col("r") > 3).n == 2


def test_where_does_not_hide_columns_of_unequal_length() -> None:
    for columns in ({"r": [5, 4, 3, 1], "g": ["a", "b"]}, {"r": [5, 4], "g": ["a", "b", "a"]}):
        with pytest.raises(cx.CxError, match=r"the columns differ in length: r \d, g \d"):
            cx.tally(columns, FIVE, rating="r", where={"g": "a"})


def test_an_object_may_count_itself() -> None:
    class Warehouse:
        def __cx_tally__(self, query: cx.Query) -> cx.Cube:
            assert query.rating == ("score",)
            assert query.by == ("shop",)
            return cx.tally(
                {"score": [9, 3], "shop": ["n", "s"]}, query.scale, rating="score", by="shop"
            )

    assert list(cx.nps(Warehouse(), rating="score", by="shop")) == ["n", "s"]
