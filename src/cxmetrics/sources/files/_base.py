"""What every reader of files shares: what was asked, what was read, and the first checks."""

from __future__ import annotations

import codecs
import shlex
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from cxmetrics.errors import ColumnError, DataError, UsageError, did_you_mean

if TYPE_CHECKING:
    import pyarrow as pa


@frozen(kw_only=True)
class Wish:
    """What the caller says about a file, checked; every reader takes one.

    Attributes:
        encoding: of texts; ignored by Parquet and XLSX.
        delimiter: of columns, or None to look.
        decimal: the decimal sign of numbers in a CSV.
        missing: codes that stand for "no answer".
        numeric: the columns that have to hold numbers.
        columns: the columns to read, or None for all.
        sheet: of a workbook, or None for the first one.
    """

    encoding: str
    delimiter: str | None
    decimal: str
    missing: tuple[Any, ...]
    numeric: tuple[str, ...]
    columns: tuple[str, ...] | None
    sheet: str | None = None

    @property
    def missing_texts(self) -> list[str]:
        """The missing codes as they stand in a text file, numbers left to the counting engine."""
        return [code for code in self.missing if isinstance(code, str)]


@frozen(kw_only=True)
class FileTable:
    """A file that has been read.

    Attributes:
        table: the columns, a `pyarrow.Table`: measure it as it is.
        notes: what a person should know about the reading, such as the delimiter that was found.
    """

    table: pa.Table
    notes: tuple[str, ...] = ()
    _place: Callable[[int], str] = field(repr=False, alias="place")

    @property
    def rows(self) -> int:
        """The number of rows."""
        return int(self.table.num_rows)

    def place(self, row: int) -> str:
        """Say where a row (counted from 0) stands in the file, for instance `line 12`."""
        return self._place(row)


def decoded(data: bytes, name: str, encoding: str) -> str:
    """Return the bytes of a text file as text.

    Raises:
        DataError: they are not in that encoding; says the byte and the line.
        UsageError: there is no such encoding.
    """
    try:
        plain = codecs.lookup(encoding).name == "utf-8"
        text = data.decode("utf-8-sig" if plain else encoding)
    except LookupError:
        raise UsageError(
            f"there is no encoding {encoding!r}: try utf-8, cp1252, latin-1 or utf-16."
        ) from None
    except UnicodeError as error:
        start = error.start if isinstance(error, UnicodeDecodeError) else 0
        line = data.count(b"\n", 0, start) + 1
        wide = data[:2] in {b"\xff\xfe", b"\xfe\xff"}
        other = "utf-16" if wide else "latin-1" if encoding.lower() == "cp1252" else "cp1252"
        raise DataError(
            f"{name!r} is not {encoding}: byte {start} (line {line}) can't be read. If it comes "
            f"from a spreadsheet, say --encoding {other} (in Python encoding={other!r}), or save "
            "it as UTF-8."
        ) from error
    if "\0" in text:
        raise DataError(
            f"{name!r} holds a NUL byte (line {text.count(chr(10), 0, text.index(chr(0))) + 1}): "
            "it is no text file, or its encoding is utf-16 (--encoding utf-16)."
        )
    return text


def wanted(known: Sequence[str], wish: Wish, name: str) -> list[str]:
    """Return the columns to read, in the order of the file.

    Raises:
        ColumnError: a column is not there; says the close names.
        DataError: two columns share a name.
    """
    twice = [column for place, column in enumerate(known) if column in known[:place]]
    if twice:
        raise DataError(
            f"{name!r} has two columns called {twice[0]!r}: rename one, so that it is clear which "
            "is meant."
        )
    for column in (*(wish.columns or ()), *wish.numeric):
        if column not in known:
            raise ColumnError(f"there is no column {column!r}; {did_you_mean(column, known)}")
    return [column for column in known if wish.columns is None or column in wish.columns]


def strict_numbers(
    values: Sequence[Any], column: str, wish: Wish, place: Callable[[int], str]
) -> list[Any]:
    """Return the values of a typed file (JSON, Parquet, XLSX) that have to be numbers.

    Raises:
        ColumnError: one is something else; says where, and what to do.
    """
    missing = set(wish.missing_texts)
    kept = [
        None
        if isinstance(value, str) and (not value.strip() or value.strip() in missing)
        else value
        for value in values
    ]
    truths = all(value is None or isinstance(value, bool) for value in kept)
    for row, value in enumerate(kept):
        if value is None or (isinstance(value, bool) and truths):
            continue
        if isinstance(value, bool) or not isinstance(value, int | float):
            kind = "a text" if isinstance(value, str) else f"a {type(value).__name__}"
            code = shlex.quote(str(value).strip())
            raise ColumnError(
                f"column {column!r} holds {value!r} on {place(row)}: {kind}, no number, and this "
                f"format knows the difference. If it stands for no answer, say --missing {code} "
                f"(in Python missing=[{value!r}]); else write numbers into the file."
            )
    return kept
