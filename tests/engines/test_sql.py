"""Tables of a database: what databases do in their own way, and what is said when they refuse."""

from __future__ import annotations

import datetime as dt
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cxmetrics as cx

FIVE = cx.one_to_five
Make = Callable[..., Any]


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[sa.Engine]:
    if request.param == "sqlite":
        made = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    else:
        made = sa.create_engine(request.getfixturevalue("server"))
    yield made
    made.dispose()


@pytest.fixture
def make(engine: sa.Engine) -> Make:
    """Make a table of columns `name=(type, values)`, and return it to be measured."""

    def make_(name: str | None = None, **columns: tuple[Any, list[Any]]) -> Any:
        name = name or f"t{uuid.uuid4().hex}"
        table = sa.Table(name, sa.MetaData(), *(sa.Column(n, k) for n, (k, _) in columns.items()))
        rows = zip(*(values for _, values in columns.values()), strict=True)
        with engine.begin() as connection:
            table.drop(connection, checkfirst=True)
            table.create(connection)
            connection.execute(sa.insert(table), [dict(zip(columns, r, strict=True)) for r in rows])
        return cx.sql_table(engine, name)

    return make_


# -- names and values ------------------------------------------------------------------------------

quotes = st.text(st.sampled_from("\"'`[]();:%?-\\ .é$a"), min_size=1, max_size=12)


@given(table=quotes, rating=quotes, group=quotes, label=quotes)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_names_are_quoted_and_values_bound(
    engine: sa.Engine, table: str, rating: str, group: str, label: str
) -> None:
    # S11
    if len({rating, group, "w"}) < 3 or "%" in table + rating + group:
        return  # drivers with percent signs as marks can't create such columns
    columns = [sa.Column(rating, sa.Integer), sa.Column(group, sa.Text), sa.Column("w", sa.Double)]
    made = sa.Table(table, sa.MetaData(), *columns)
    with engine.begin() as connection:
        made.drop(connection, checkfirst=True)
        made.create(connection)
        connection.execute(sa.insert(made).values([(5, label, 1.0), (4, "other", 1.0)]))
    try:
        data = cx.sql_table(engine, table)
        found = cx.tally(data, FIVE, rating=rating, by=group, weight="w", where={group: label})
        plain = None if not label.strip() else label
        assert {key: tally.n for key, tally in found.items()} == {plain: 1}
        assert cx.tally(data, FIVE, rating=rating, where={group: f"{label}' OR '1'='1"}).n == 0
    finally:
        with engine.begin() as connection:
            made.drop(connection)


def test_dims_of_the_store_are_quoted_too() -> None:
    with cx.open_store(":memory:") as store:
        name = """x') OR 1=1; DROP TABLE responses; --"""
        from cxmetrics.records import Response

        store.put([Response(id="r", rating=9, scale="0:10", dims={name: name})])
        assert list(cx.nps(store, by=name, where={name: name})) == [name]
        assert len(store.batch(Response)) == 1


# -- kinds of values -------------------------------------------------------------------------------


def test_blank_texts_and_nan_are_missing(make: Make, engine: sa.Engine) -> None:
    blanks = ["a", "", " ", "\t\n", "\u00a0\u3000", None]
    data = make(r=(sa.Double, [5.0, 4.0, 3.0, 2.0, 1.0, None]), g=(sa.Text, blanks))
    cube = cx.tally(data, FIVE, rating="r", by="g")
    assert {k: (t.n, t.missing) for k, t in cube.items()} == {"a": (1, 0), None: (4, 1)}
    assert cx.tally(data, FIVE, rating="r", where={"g": None}).n == 4
    assert cx.tally(data, FIVE, rating="r", where={"g": ["a", None]}).n == 5
    nan = float("nan")
    data = make(r=(sa.Double, [5.0, nan, 3.0]), g=(sa.Double, [1.0, 1.5, nan]))
    cube = cx.tally(data, FIVE, rating="r", by="g")
    assert {k: (t.n, t.missing) for k, t in cube.items()} == {1: (1, 0), 1.5: (0, 1), None: (1, 0)}
    assert cx.tally(data, FIVE, rating="r", where={"g": None}).n == 1


def test_texts_are_told_apart_by_their_characters() -> None:
    engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE cased (r INTEGER, g TEXT COLLATE NOCASE)")
        connection.exec_driver_sql("INSERT INTO cased VALUES (5, 'Shop'), (4, 'shop'), (3, 'SHOP')")
    data = cx.sql_table(engine, "cased")
    assert list(cx.tally(data, FIVE, rating="r", by="g")) == ["SHOP", "Shop", "shop"]
    assert cx.tally(data, FIVE, rating="r", where={"g": "shop"}).n == 1


def test_decimals_are_summed_as_doubles(make: Make, engine: sa.Engine) -> None:
    kind = sa.Numeric(12, 3, asdecimal=engine.dialect.name != "sqlite")
    weights: list[Any] = [Decimal("0.125"), Decimal("2.5"), Decimal("1.375")]
    if engine.dialect.name == "sqlite":
        weights = list(map(float, weights))
    data = make(r=(sa.Integer, [5, 5, 4]), w=(kind, weights), g=(kind, weights))
    cube = cx.tally(data, FIVE, rating="r", by="g", weight="w")
    assert cx.tally(data, FIVE, rating="r", weight="w").overall.weights.tolist() == [
        0,
        0,
        0,
        1.375,
        2.625,
    ]
    assert list(cube) == [0.125, 1.375, 2.5]
    assert cx.tally(data, FIVE, rating="r", where={"g": [2.5]}).n == 1


def test_weights_of_whole_numbers_are_not_divided_as_such(make: Make) -> None:
    data = make(r=(sa.Integer, [5, 1, 1]), w=(sa.Integer, [1, 1, 1]))
    found = cx.csat(data, rating="r", weight="w", scale=FIVE)
    assert found.value == pytest.approx(100 / 3)
    assert cx.tally(data, FIVE, rating="r", weight="w").overall.squares.sum() == 3


def test_booleans(make: Make) -> None:
    data = make(
        r=(sa.Boolean, [True, False, None, True]), g=(sa.Boolean, [True, True, False, None])
    )
    cube = cx.tally(data, cx.yes_no, rating="r", by="g")
    assert {k: (t.counts.tolist(), t.missing) for k, t in cube.items()} == {
        False: ([0, 0], 1),
        True: ([1, 1], 0),
        None: ([0, 1], 0),
    }
    assert [type(key) for key in cube] == [bool, bool, type(None)]
    for wanted, n in ((True, 2), (1, 2), ([False], 0), (None, 1), ("True", 0)):
        assert cx.tally(data, cx.yes_no, rating="r", where={"g": wanted}).n == n
    with pytest.raises(cx.CxError, match="'r' holds BOOLEAN"):
        cx.tally(data, FIVE, rating="r")


def test_dates_and_other_kinds(make: Make) -> None:
    day, moment = dt.date(2026, 3, 1), dt.datetime(2026, 3, 1, 12, 30)
    data = make(
        r=(sa.Integer, [5, 4]),
        d=(sa.Date, [day, None]),
        m=(sa.DateTime, [moment, None]),
        u=(sa.Uuid, [uuid.UUID(int=1), None]),
        e=(sa.Enum("a", "b", name=f"e{uuid.uuid4().hex}"), ["a", None]),
    )
    for name, label in {
        "d": "2026-03-01",
        "m": "2026-03-01T12:30:00",
        "e": "a",
    }.items():
        assert list(cx.tally(data, FIVE, rating="r", by=name)) == [label, None]
        assert cx.tally(data, FIVE, rating="r", where={name: label}).n == 1
        assert cx.tally(data, FIVE, rating="r", where={name: None}).n == 1
        assert cx.tally(data, FIVE, rating="r", where={name: ["spring"]}).n == 0
    assert len(cx.tally(data, FIVE, rating="r", by="u")) == 2


def test_texts_in_columns_of_numbers() -> None:
    # SQLite holds anything in any column.
    engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (r INTEGER, w REAL, x)")
        connection.exec_driver_sql(
            "INSERT INTO t VALUES (5, 1, 'a'), ('N/A', 'two', 1), (3, 1, 1.0)"
        )
    data = cx.sql_table(engine, "t")
    with pytest.raises(cx.CxError, match="'r' holds 'N/A'"):
        cx.tally(data, FIVE, rating="r")
    assert cx.tally(data, FIVE, rating="r", missing=["N/A"]).n == 2
    with pytest.raises(cx.CxError, match="1 weight in 'w' is missing, negative or infinite"):
        cx.tally(data, FIVE, rating="r", missing=["N/A"], weight="w")
    assert cx.tally(data, FIVE, rating="r", missing=["N/A"], where={"x": [1]}).n == 1
    assert list(cx.tally(data, FIVE, rating="r", missing=["N/A"], by="x")) == [1, "a"]


@pytest.mark.parametrize("bad", [-1.0, None, float("inf"), float("nan")])
def test_weights_that_cannot_be_used(make: Make, bad: float | None) -> None:
    data = make(r=(sa.Integer, [5, 4]), w=(sa.Double, [1.0, bad]), t=(sa.Text, ["1", "2"]))
    with pytest.raises(cx.CxError, match="1 weight in 'w' is missing, negative or infinite"):
        cx.tally(data, FIVE, rating="r", weight="w")
    with pytest.raises(cx.CxError, match="'t' holds TEXT: a weight is a number"):
        cx.tally(data, FIVE, rating="r", weight="t")
    with pytest.raises(cx.CxError, match="'t' holds TEXT values: convert the column to numbers"):
        cx.tally(data, FIVE, rating="t")


# -- what may be measured --------------------------------------------------------------------------


def test_views_selections_and_conditions(make: Make, engine: sa.Engine) -> None:
    data = make("answers", r=(sa.Integer, [5, 4, 1]), g=(sa.Text, ["a", "b", "a"]))
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP VIEW IF EXISTS good")
        connection.exec_driver_sql("CREATE VIEW good AS SELECT r, g || '!' AS g FROM answers")
    assert list(cx.tally(cx.sql_table(engine, "good"), FIVE, rating="r", by="g")) == ["a!", "b!"]
    table = sa.Table("answers", sa.MetaData(), autoload_with=engine)
    chosen = sa.select(table.c.r, (table.c.r * 2).label("twice")).where(table.c.g == "a")
    cube = cx.tally(cx.sql_table(engine, chosen), FIVE, rating="r", by="twice")
    assert list(cube) == [2, 10]
    with pytest.raises(cx.CxError, match="for other conditions give a selection"):
        cx.tally(data, FIVE, rating="r", where=table.c.r > 3)
    assert cx.tally(cx.sql_table(engine, table), FIVE, rating=["r"], by="g").overall.n == 3
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP VIEW good")


def test_a_schema(engine: sa.Engine) -> None:
    if engine.dialect.name == "sqlite":
        schema = "main"
        prepare = []
    else:
        schema = "other"
        prepare = ["CREATE SCHEMA IF NOT EXISTS other"]
    with engine.begin() as connection:
        for each in (*prepare, f"DROP TABLE IF EXISTS {schema}.deep"):
            connection.exec_driver_sql(each)
        connection.exec_driver_sql(f"CREATE TABLE {schema}.deep (r INTEGER)")
        connection.exec_driver_sql(f"INSERT INTO {schema}.deep VALUES (5)")
    assert cx.tally(cx.sql_table(engine, "deep", schema=schema), FIVE, rating="r").n == 1


def test_a_url(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (r INTEGER)")
    connection.execute("INSERT INTO t VALUES (5)")
    connection.commit()
    connection.close()
    data = cx.sql_table(f"sqlite:///{path}", "t")
    assert cx.tally(data, FIVE, rating="r").n == 1
    assert repr(data) == f"<SqlTable: t of sqlite:///{path}>"


# -- what is said ----------------------------------------------------------------------------------


def test_errors(make: Make, engine: sa.Engine) -> None:
    data = make("answers", r=(sa.Integer, [5, 9]), g=(sa.Text, ["a", "b"]))
    with pytest.raises(cx.CxError, match=r"no table 'anwers' .* did you mean 'answers'"):
        cx.sql_table(engine, "anwers")
    with pytest.raises(cx.CxError, match="no column 'gg'; did you mean 'g'"):
        cx.tally(data, FIVE, rating="r", by="gg")
    with pytest.raises(cx.CxError, match="no column 'h'"):
        cx.tally(data, FIVE, rating="r", where={"h": 1})
    with pytest.raises(cx.CxError, match="1 of 2 ratings in 'r' are no point of the scale"):
        cx.tally(data, FIVE, rating="r")
    with pytest.raises(cx.CxError, match="a int is no table"):
        cx.sql_table(engine, 5)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nothing", "address of the database can't be read"),
        ("postgresql+pg8000://u:s3cr3t@h:port/db", "address of the database can't be read"),
        ("sqlite:////no/such/file.db", "there is no file '/no/such/file.db'"),
        ("oracle+cx_oracle://u:s3cr3t@h/db", "driver .* is not installed"),
        ("nobody+knows://u:s3cr3t@h/db", "address of the database can't be read"),
        ("postgresql+pg8000://u:s3cr3t@127.0.0.1:1/db", "the database refuses"),
    ],
)
def test_addresses(url: str, words: str) -> None:
    with pytest.raises(cx.CxError, match=words) as caught:
        cx.sql_table(url, "t")
    assert "s3cr3t" not in repr(caught.value) + repr(caught.value.__cause__)
    assert not Path("/no").exists()


def test_importing_loads_no_database() -> None:
    program = (
        "import sys, cxmetrics as cx; cx.nps([9]); "
        "print([n for n in ('sqlalchemy', 'filelock', 'sqlite3') if n in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert found.stdout == "[]\n"
