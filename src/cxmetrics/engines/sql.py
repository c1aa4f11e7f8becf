"""The engine for tables of a database: one `GROUP BY`, run where the rows are.

Only distinct rows come back, never the data. Every name is quoted by SQLAlchemy and every value
bound. What databases do in their own way is not left to them: texts are told apart by their
characters, sums are those of doubles, blank texts and NaN are missing.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import field, frozen

from cxmetrics.engines.encode import no_column, wanted
from cxmetrics.engines.groups import count_groups
from cxmetrics.errors import ColumnError, DataError, NotFoundError, UsageError, did_you_mean
from cxmetrics.summaries import Cube, Label

if TYPE_CHECKING:
    import sqlalchemy as sa

    from cxmetrics.engines.query import Query

    Column = sa.ColumnElement[Any]

_BLANKS = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())


@frozen(repr=False)
class SqlTable:
    """A table of a database that can be measured where it is; made by `sql_table`."""

    _engine: sa.Engine
    _table: sa.FromClause
    _name: str = field(default="a selection")

    def __cx_tally__(self, query: Query) -> Cube:
        """Answer a query with one `GROUP BY`."""
        with _told(), self._engine.connect() as connection:
            return count(connection, dict(self._table.columns), query)

    def __repr__(self) -> str:
        where = self._engine.url.render_as_string(hide_password=True)
        return f"<SqlTable: {self._name} of {where}>"


def sql_table(
    engine: sa.Engine | sa.URL | str, table: str | Any, *, schema: str | None = None
) -> SqlTable:
    """Return a table of any database that SQLAlchemy knows, to be measured where it is.

    Args:
        engine: an SQLAlchemy engine, or the URL of a database.
        table: the name of a table or view, or an SQLAlchemy table, selection or subquery.
        schema: the schema the table is in; left out: the one the database looks in first.

    Raises:
        DataError: the database can't be reached.
        NotFoundError: it has no such table; says the close names.
        UsageError: the URL can't be read, or SQLAlchemy is not installed.

    Example:
        >>> import sqlalchemy as sa
        >>> import cxmetrics as cx
        >>> engine = sa.create_engine("sqlite://")
        >>> with engine.begin() as connection:
        ...     _ = connection.exec_driver_sql("CREATE TABLE answers (q1 INTEGER, shop TEXT)")
        ...     _ = connection.exec_driver_sql("INSERT INTO answers VALUES (9, 'N'), (3, 'S')")
        >>> scores = cx.nps(cx.sql_table(engine, "answers"), rating="q1", by="shop")
        >>> [(shop, score.value) for shop, score in scores.items()]
        [('N', 100.0), ('S', -100.0)]
    """
    try:
        import sqlalchemy as sa  # heavy, and not installed with every cxmetrics
        from sqlalchemy.exc import NoSuchTableError
    except ModuleNotFoundError:
        raise UsageError(
            "a table of a database needs sqlalchemy, which is not here: install cxmetrics[store]."
        ) from None
    own = engine if isinstance(engine, sa.Engine) else _engine(engine)
    if isinstance(table, sa.FromClause):
        return SqlTable(own, table, getattr(table, "name", None) or "a selection")
    if isinstance(table, sa.SelectBase):
        return SqlTable(own, table.subquery())
    if not isinstance(table, str):
        raise UsageError(
            f"a {type(table).__name__} is no table: give its name, or an SQLAlchemy selection."
        )
    with _told():
        try:
            found = sa.Table(
                table, sa.MetaData(), schema=schema, autoload_with=own, resolve_fks=False
            )
        except NoSuchTableError:
            known = sa.inspect(own)
            names = [*known.get_table_names(schema=schema), *known.get_view_names(schema=schema)]
            raise NotFoundError(
                f"there is no table {table!r} in that database; {did_you_mean(table, names)}"
            ) from None
    return SqlTable(own, found, table)


def _engine(url: sa.URL | str) -> sa.Engine:
    import sqlalchemy as sa
    from sqlalchemy.exc import ArgumentError

    try:
        read = sa.make_url(url)
        engine = sa.create_engine(read, hide_parameters=True, poolclass=sa.pool.NullPool)
    except (ArgumentError, ValueError):  # their messages may hold the password
        raise UsageError(
            "the address of the database can't be read: write it as "
            "postgresql+pg8000://user@host:5432/database."
        ) from None
    except ModuleNotFoundError as error:
        raise UsageError(f"the driver {error.name!r} of that database is not installed.") from None
    file = read.database if read.get_backend_name() == "sqlite" else None
    if file and not file.startswith((":memory:", "file:")) and not Path(file).exists():
        raise UsageError(f"there is no file {file!r}.")
    return engine


@contextmanager
def _told() -> Iterator[None]:
    from sqlalchemy.exc import DBAPIError

    try:
        yield
    except DBAPIError as error:
        raise DataError(f"the database refuses: {said(error.orig)}.") from None


def said(fault: BaseException | None) -> str:
    """Return a driver's message alone: its details may hold values of a row."""
    told: Any = fault.args[0] if fault is not None and fault.args else ""
    if isinstance(told, dict):  # pg8000: M is the message, D the detail
        told = f"{told.get('M', '')} [{told.get('C', '')}]"
    lines = str(told).splitlines()
    return lines[0][:200].rstrip(".") if lines else type(fault).__name__


def count(
    connection: sa.Connection,
    columns: Mapping[str, Column],
    query: Query,
    *,
    where: Sequence[sa.ColumnElement[bool]] = (),
    read: Mapping[str, Callable[[Any], Any]] = {},
    watch: Mapping[str, Callable[[set[Any]], None]] = {},
) -> Cube:
    """Answer a query from the columns of a table, with one `GROUP BY`.

    Args:
        connection: to the database that holds the table.
        columns: by name, expressions over one table.
        query: what to count.
        where: further conditions.
        read: for some columns, what turns their values into labels.
        watch: for some columns, what may object to the values that the rows have.

    Raises:
        ColumnError: a column is missing or of the wrong kind.
        ScaleError: a rating is no point of the scale and is not to be set aside.
    """
    import sqlalchemy as sa

    conditions = [*where, *_conditions(columns, query.where, connection.dialect.name)]
    for name in query.columns:
        if name not in columns:
            raise no_column(name, columns)
    boolean = query.scale.points == (0, 1)
    for name in query.rating:
        kind = columns[name].type
        if not (_is_number(kind) or (isinstance(kind, sa.Boolean) and boolean) or _unknown(kind)):
            raise ColumnError(
                f"{name!r} holds {kind} values: convert the column to numbers first; nothing is "
                "converted in silence."
            )
    own = [name for name in query.columns if name != query.weight]
    names = list(dict.fromkeys([*own, *watch]))
    dialect = connection.dialect.name
    # Named in a subquery first: in GROUP BY an expression with bound values would be another one.
    used = [_key(columns[name], dialect).label(f"cx_{n}") for n, name in enumerate(names)]
    if query.weight is not None:
        used += _weighed(columns[query.weight], query.weight, dialect)
    rows_ = sa.select(*used).where(*conditions).subquery("cx_rows")
    keys = [rows_.c[f"cx_{n}"] for n in range(len(names))]
    sums: list[Any] = [sa.func.count(), *map(sa.func.sum, rows_.c[len(names) :])]
    rows = connection.execute(sa.select(*keys, *sums).group_by(*keys)).fetchall()
    found = list(zip(*rows, strict=True)) if rows else [()] * (len(names) + len(sums))
    number, *weighed = found[len(names) :]
    for name, judge in watch.items():
        judge(set(found[names.index(name)]))
    return count_groups(
        query,
        {n: _read(values, read.get(n)) for n, values in zip(names, found, strict=False)},
        np.array(number, dtype=np.int64),
        weight=np.array(weighed[0], dtype=float) if weighed else None,
        square=np.array(weighed[1], dtype=float) if weighed else None,
        bad=sum(weighed[2]) if weighed else 0,
    )


def _read(values: Sequence[Any], read: Callable[[Any], Any] | None) -> list[Any]:
    if read is None:
        return list(values)
    labels = {value: read(value) for value in set(values)}
    return [labels[value] for value in values]


def _is_number(kind: Any) -> bool:
    import sqlalchemy as sa

    return isinstance(kind, sa.Integer | sa.Numeric | sa.Float)


def _is_text(kind: Any) -> bool:
    import sqlalchemy as sa

    return isinstance(kind, sa.String) and not isinstance(kind, sa.Enum)


def _unknown(kind: Any) -> bool:
    import sqlalchemy as sa

    return isinstance(kind, sa.types.NullType)


def _key(column: Column, dialect: str) -> Column:
    """Return what to group by: texts by their characters, decimals as doubles."""
    import sqlalchemy as sa

    if isinstance(column.type, sa.Numeric | sa.Float):
        return sa.type_coerce(column, sa.Double)
    collation = {"sqlite": "BINARY", "postgresql": "C"}.get(dialect)
    if collation and _is_text(column.type):
        return sa.collate(column, collation)
    return column


def _weighed(column: Column, name: str, dialect: str) -> list[sa.Label[Any]]:
    """Return a weight, its square, and 1 where it can't be used."""
    import sqlalchemy as sa

    if not (_is_number(column.type) or _unknown(column.type)):
        raise ColumnError(f"{name!r} holds {column.type}: a weight is a number.")
    weight = sa.cast(column, sa.Double)
    usable = (weight >= 0) & (weight <= sys.float_info.max)
    if dialect == "sqlite":  # its columns hold anything, and a cast makes a text 0
        usable &= sa.func.typeof(column).in_(["integer", "real"])
    bad = sa.case((usable, 0), else_=1)
    return [weight.label("cx_w"), (weight * weight).label("cx_w2"), bad.label("cx_bad")]


# -- where -----------------------------------------------------------------------------------------


def _conditions(
    columns: Mapping[str, Column], where: Any, dialect: str
) -> Iterator[sa.ColumnElement[bool]]:
    if not isinstance(where, Mapping | None):
        raise UsageError(
            "where= is {column: label or labels} for a table of a database; for other conditions "
            "give a selection: sql_table(engine, sqlalchemy.select(table).where(...))."
        )
    for name, value in (where or {}).items():
        if name not in columns:
            raise no_column(name, columns)
        yield is_among(columns[name], wanted(value), dialect)


def is_among(column: Column, labels: Sequence[Label], dialect: str) -> sa.ColumnElement[bool]:
    """Return the condition "the label is one of these", by value and not by type."""
    import sqlalchemy as sa

    kind = column.type
    texts = [label for label in labels if isinstance(label, str)]
    numbers = [float(label) for label in labels if isinstance(label, int | float)]
    found: list[sa.ColumnElement[bool]] = []
    if _is_number(kind):
        found.append(sa.type_coerce(column, sa.Double).in_(numbers))
    elif isinstance(kind, sa.Boolean):
        found += [column.is_(bool(number)) for number in numbers if number in {0, 1}]
    elif isinstance(kind, sa.DateTime | sa.Date):
        read = dt.datetime if isinstance(kind, sa.DateTime) else dt.date
        found.append(column.in_([moment for text in texts for moment in _moments(text, read)]))
    elif _unknown(kind):
        found += [
            sa.type_coerce(column, sa.Double).in_(numbers),
            sa.type_coerce(column, sa.Text).in_(texts),
        ]
    else:
        plain = column if _is_text(kind) else sa.cast(column, sa.Text)
        found.append(_key(sa.type_coerce(plain, sa.Text), dialect).in_(texts))
    if None in labels:
        found.append(is_blank(column, dialect))
    return sa.or_(sa.false(), *found)


def is_blank(column: Column, dialect: str) -> sa.ColumnElement[bool]:
    """Return the condition "there is nothing": NULL, a blank text, NaN."""
    import sqlalchemy as sa

    blank = column.is_(None)
    enum = isinstance(column.type, sa.Enum)
    if (isinstance(column.type, sa.String) and not enum) or (
        _unknown(column.type) and dialect == "sqlite"
    ):
        text = sa.type_coerce(column, sa.Text)
        trim = {"sqlite": sa.func.trim, "postgresql": sa.func.btrim, "duckdb": sa.func.trim}
        bare = trim[dialect](text, _BLANKS) if dialect in trim else sa.func.trim(text)
        return blank | (bare == "")
    if isinstance(column.type, sa.Numeric | sa.Float) and dialect == "postgresql":
        return blank | (sa.cast(column, sa.Text) == "NaN")
    return blank


def _moments(text: str, kind: type[dt.date]) -> list[dt.date]:
    try:
        return [kind.fromisoformat(text)]
    except ValueError:
        return []
