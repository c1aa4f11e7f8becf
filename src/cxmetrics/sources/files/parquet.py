"""Parquet: types are known, so nothing has to be read into them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cxmetrics.errors import DataError, UsageError
from cxmetrics.sources.files._base import FileTable, Wish, strict_numbers, wanted


def read(file: Path, wish: Wish) -> FileTable:
    """Read a Parquet file.

    Raises:
        DataError: it is no Parquet file, or has no rows.
        ColumnError: a column is missing, or holds something else than numbers.
        UsageError: it can't be opened.
    """
    import pyarrow as pa  # the readers are only called where it is installed
    from pyarrow import parquet as pq

    try:
        with pq.ParquetFile(file) as opened:
            use = wanted(opened.schema_arrow.names, wish, file.name)
            table = opened.read(columns=use)
    except pa.ArrowInvalid as error:
        raise DataError(f"{file.name!r} is no Parquet file that can be read: {error}") from error
    except OSError as error:
        raise UsageError(f"{str(file)!r} can't be read: {error}") from error
    if not table.num_rows:
        raise DataError(f"{file.name!r} holds no rows: there is nothing to measure.")
    for column in wish.numeric:
        kind = table.schema.field(column).type
        number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
        if not (number or pa.types.is_decimal(kind) or pa.types.is_boolean(kind)):
            values = strict_numbers(table[column].to_pylist(), column, wish, _place)
            at = table.schema.get_field_index(column)
            numbers: Any = pa.array(values, pa.float64())
            table = table.set_column(at, column, numbers)
    return FileTable(table=table, place=_place)


def _place(row: int) -> str:
    return f"row {row + 1}"
