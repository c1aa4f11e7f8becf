"""Whole columns of wide data, one row a respondent, whatever holds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cxmetrics.batch import Batch
from cxmetrics.engines.arrays import column_of, kept_rows
from cxmetrics.engines.declared import Declared
from cxmetrics.engines.encode import no_column
from cxmetrics.errors import ColumnError, UsageError


def columns_of(data: Any, names: Iterable[str], *, where: Any = None) -> dict[str, Any]:
    """Return columns by name: narwhals series, numpy arrays or sequences of one length.

    Args:
        data: columns by name, or a data frame. A frame that lives elsewhere (polars lazy, DuckDB,
            Dask, PySpark) is asked for these columns only.
        names: the columns.
        where: rows to keep: `{column: label or labels}`; for frames also a narwhals expression.

    Raises:
        ColumnError: a column is missing, or of another length.
        UsageError: the data have no columns side by side.
    """
    if isinstance(data, Declared):
        return columns_of(data.data, names, where=where)
    chosen = where if isinstance(where, Mapping) else {}
    wanted = list(dict.fromkeys(names))
    used = list(dict.fromkeys((*wanted, *chosen)))
    if isinstance(data, Mapping):
        if not isinstance(where, Mapping | None):
            raise UsageError("where= is {column: label or labels} for plain columns.")
        columns = {name: column_of(data, name) for name in used}
    else:
        columns = _frame_columns(data, used, None if isinstance(where, Mapping) else where)
    if len({len(column) for column in columns.values()}) > 1:
        sizes = ", ".join(f"{name} {len(column)}" for name, column in columns.items())
        raise ColumnError(f"the columns differ in length: {sizes}.")
    if chosen:
        columns = kept_rows(columns, chosen)
    return {name: columns[name] for name in wanted}


def _frame_columns(data: Any, names: list[str], where: Any) -> dict[str, Any]:
    import narwhals as nw  # loads no data frame library, but costs a tenth of a second

    if isinstance(data, Batch) or hasattr(data, "__cx_tally__"):
        raise UsageError(
            f"a {type(data).__name__} holds one rating a row; several items of one respondent are "
            "columns side by side: hand over a frame with one row a respondent."
        )
    try:
        frame: Any = nw.from_native(data)
    except TypeError:
        raise UsageError(
            f"can't take columns from a {type(data).__name__}: hand over columns by name or a data "
            "frame (pandas, polars, pyarrow, DuckDB, Dask, PySpark), one row a respondent."
        ) from None
    schema = frame.collect_schema()
    for name in names:
        if name not in schema:
            raise no_column(name, schema)
    if where is not None:
        frame = frame.filter(where)
    if isinstance(frame, nw.LazyFrame):
        frame = frame.select(*names).collect()
    return {name: frame[name] for name in names}
