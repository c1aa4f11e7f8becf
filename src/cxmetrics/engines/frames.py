"""The engine for data frames of any library, through narwhals.

Frames in memory hand their columns to the array engine. Frames that live elsewhere (polars lazy,
DuckDB, Dask, PySpark) are asked one `GROUP BY`; only distinct rows come back, never the data.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from attrs import evolve

from cxmetrics.engines.arrays import count_columns
from cxmetrics.engines.encode import no_column, wanted
from cxmetrics.engines.groups import count_groups
from cxmetrics.engines.query import Query
from cxmetrics.errors import ColumnError
from cxmetrics.summaries import Cube, Label


def count_frame(frame: Any, query: Query) -> Cube:
    """Answer a query from a narwhals DataFrame or LazyFrame.

    Raises:
        ColumnError: a column is missing or of the wrong kind.
        ScaleError: a rating is no point of the scale and is not to be set aside.
    """
    import narwhals as nw  # here a frame has been handed over, so it is loaded already

    schema = frame.collect_schema()
    chosen = query.where if isinstance(query.where, Mapping) else {}
    names = dict.fromkeys((*query.columns, *chosen))
    for name in names:
        if name not in schema:
            raise no_column(name, schema)
    if query.where is not None and not isinstance(query.where, Mapping):
        frame, query = frame.filter(query.where), evolve(query, where=None)
    if isinstance(frame, nw.DataFrame):
        return count_columns({name: frame[name] for name in names}, query)
    for name, value in chosen.items():
        frame = frame.filter(_is_among(name, wanted(value), schema[name]))
    return _count_lazy(frame, query, schema)


def _is_among(name: str, labels: Sequence[Label], kind: Any) -> Any:
    """Return the expression "the label is one of these", by value and not by type."""
    import narwhals as nw  # see count_frame

    column = nw.col(name)
    present: list[Any] = [label for label in labels if label is not None]
    if kind.is_numeric():
        column = column.cast(nw.Float64)
        present = [float(label) for label in present if not isinstance(label, str)]
    elif kind == nw.Date:
        present = [dt.date.fromisoformat(str(label)) for label in present]
    elif kind == nw.Datetime:
        present = [dt.datetime.fromisoformat(str(label)) for label in present]
    elif kind != nw.Boolean:
        column = column.cast(nw.String)
        present = [label for label in present if isinstance(label, str)]
    found = column.is_in(present) if present else nw.lit(value=False)
    if len(present) < len(labels) and None in labels:
        found = found | column.is_null()
        if kind in {nw.String, nw.Categorical, nw.Enum}:
            found = found | (column.str.strip_chars() == "")
    return found.fill_null(value=False)


def _count_lazy(frame: Any, query: Query, schema: Mapping[str, Any]) -> Cube:
    import narwhals as nw  # see count_frame

    boolean = query.scale.points == (0, 1)
    for name in query.rating:
        kind = schema[name]
        if not (kind.is_numeric() or (kind == nw.Boolean and boolean)):
            raise ColumnError(
                f"{name!r} holds {kind} values: convert the column to numbers first; nothing is "
                "converted in silence."
            )
    frame = frame.select(*query.columns)
    number, weight, square, bad = "__cx_n", "__cx_w", "__cx_w2", "__cx_bad"
    found = [nw.len().alias(number)]
    if query.weight is not None:
        if not schema[query.weight].is_numeric():
            raise ColumnError(
                f"{query.weight!r} holds {schema[query.weight]}: a weight is a number."
            )
        given = nw.col(query.weight).cast(nw.Float64)
        usable = (given >= 0) & (given < float("inf"))
        frame = frame.with_columns(given.alias(weight), (given * given).alias(square)).with_columns(
            nw.when(usable.fill_null(value=False)).then(0).otherwise(1).alias(bad)
        )
        found += [nw.col(name).sum() for name in (weight, square, bad)]
    keys = [name for name in query.columns if name != query.weight]
    table = frame.group_by(*keys).agg(*found).collect()
    weighted = query.weight is not None
    return count_groups(
        query,
        {name: table[name] for name in keys},
        table[number].to_numpy().astype(np.int64),
        weight=table[weight].to_numpy().astype(float) if weighted else None,
        square=table[square].to_numpy().astype(float) if weighted else None,
        bad=int(table[bad].sum()) if weighted and len(table) else 0,
    )
