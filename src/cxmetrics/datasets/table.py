"""Compact columns: codes and numbers inside, texts and times only when they are read."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, get_args

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from cxmetrics.datasets.ladder import Ints
from cxmetrics.errors import ColumnError, UsageError, did_you_mean

_CHUNK: Final = 50_000
Backend: TypeAlias = Literal["pandas", "polars", "pyarrow"]
"""The data frame libraries a table can be handed to."""
_BACKENDS: Final[tuple[Backend, ...]] = get_args(Backend)


@frozen
class Coded:
    """A text column: `words[code]` in each row, None where the code is -1."""

    codes: Ints
    words: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.codes)

    def at(self, rows: Ints) -> Coded:
        """Return the column of the given rows."""
        return Coded(self.codes[rows], self.words)

    def read(self, rows: slice) -> NDArray[Any]:
        """Return the texts of `rows`, an object array."""
        return np.array([*self.words, None], dtype=object)[self.codes[rows]]


@frozen
class Numbered:
    """An identifier column: the prefix and eight digits; None where the number is -1.

    The digits are computed in whole columns: formatting millions of numbers one by one would
    take longer than the whole simulation.
    """

    prefix: str
    numbers: Ints

    def __len__(self) -> int:
        return len(self.numbers)

    def at(self, rows: Ints) -> Numbered:
        """Return the column of the given rows."""
        return Numbered(self.prefix, self.numbers[rows])

    def read(self, rows: slice) -> NDArray[Any]:
        """Return the identifiers of `rows`, an object array."""
        numbers = self.numbers[rows]
        letters = np.empty((len(numbers), 9), dtype=np.uint8)
        letters[:, 0] = ord(self.prefix)
        for place in range(8):
            letters[:, 8 - place] = ord("0") + numbers // 10**place % 10
        texts = letters.view("S9").ravel().astype("U9").astype(object)
        texts[numbers < 0] = None
        return texts


Column: TypeAlias = Coded | Numbered | NDArray[Any]


def _checked(columns: Mapping[str, Column]) -> dict[str, Column]:
    for column in columns.values():
        if isinstance(column, np.ndarray):
            column.setflags(write=False)
    return dict(columns)


@frozen(eq=False, repr=False)
class Table(Mapping[str, NDArray[Any]]):
    """Columns by name. Reading one, `table["rating"]`, makes a numpy array of it.

    Missing values: None in texts (object arrays), NaN in numbers, NaT in times. Times are
    `datetime64[us]` in UTC (numpy knows no time zones; `to_native`, `rows` and `write` say UTC).
    Texts are built at each reading: keep the array where you need it twice.
    """

    _columns: dict[str, Column] = field(converter=_checked)

    def __getitem__(self, name: str) -> NDArray[Any]:
        column = self.column(name)
        return column if isinstance(column, np.ndarray) else column.read(slice(None))

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __contains__(self, name: object) -> bool:
        return name in self._columns

    def __repr__(self) -> str:
        return f"<Table {self.height:,} rows: {', '.join(self._columns)}>"

    @property
    def height(self) -> int:
        """The number of rows."""
        return len(next(iter(self._columns.values())))

    def column(self, name: str) -> Column:
        """Return a column in its compact form.

        Raises:
            ColumnError: the table has no such column.
        """
        if name not in self._columns:
            raise ColumnError(f"No column {name!r}: {did_you_mean(name, self._columns)}")
        return self._columns[name]

    def at(self, rows: Ints) -> Table:
        """Return the table of the given rows, in that order."""
        return Table(
            {
                name: column[rows] if isinstance(column, np.ndarray) else column.at(rows)
                for name, column in self._columns.items()
            }
        )

    def rows(self, *, start: int = 0, stop: int | None = None) -> Iterator[dict[str, Any]]:
        """Yield one dict a row: Python values, aware times, None for everything missing.

        Args:
            start: the first row.
            stop: the row after the last; None for the end.
        """
        for lists in self._chunks(start, self.height if stop is None else min(stop, self.height)):
            for values in zip(*lists, strict=True):
                yield dict(zip(self._columns, values, strict=True))

    def _chunks(self, begin: int, end: int) -> Iterator[list[list[Any]]]:
        for start in range(begin, end, _CHUNK):
            rows = slice(start, min(start + _CHUNK, end))
            yield [_python(column, rows) for column in self._columns.values()]

    def to_native(self, *, backend: Backend = "polars") -> Any:
        """Return a data frame of pandas, polars or pyarrow.

        Missing numbers become null (NaN in pandas), times are aware, in UTC.

        Raises:
            UsageError: the backend is none of the three.
        """
        if backend not in _BACKENDS:
            raise UsageError(f"backend={backend!r}: {did_you_mean(backend, _BACKENDS)}")
        import narwhals as nw

        data = {name: _plain(self[name]) for name in self}
        frame = nw.from_dict(data, backend=backend)
        kinds = {
            name: column.dtype.kind
            for name, column in self._columns.items()
            if isinstance(column, np.ndarray)
        }
        times = [nw.col(name) for name, kind in kinds.items() if kind == "M"]
        floats = [nw.col(name) for name, kind in kinds.items() if kind == "f"]
        texts = [nw.col(name).cast(nw.String) for name in self if name not in kinds]
        return frame.with_columns(
            *(column.dt.replace_time_zone("UTC") for column in times),
            *(column.fill_nan(None) for column in floats),
            *texts,
        ).to_native()

    def write(self, path: Path) -> None:
        """Write a CSV file: UTF-8, a header, empty for missing, times as ISO 8601 in UTC."""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(self._columns)
            for lists in self._chunks(0, self.height):
                writer.writerows(zip(*(map(_spell, values) for values in lists), strict=True))


def _plain(values: NDArray[Any]) -> Any:
    # Frame libraries guess the kind of an object array less surely than that of a list.
    return values.tolist() if values.dtype == object else values


def _python(column: Column, rows: slice) -> list[Any]:
    if not isinstance(column, np.ndarray):
        return list(column.read(rows))
    values: list[Any] = column[rows].tolist()
    if column.dtype.kind == "M":
        return [None if value is None else value.replace(tzinfo=UTC) for value in values]
    if column.dtype.kind == "f":
        return [None if value != value else value for value in values]
    return values


def _spell(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value.isoformat() if isinstance(value, datetime) else value
