"""CSV and its relatives: the delimiter looked for and said, numbers read strictly."""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from cxmetrics.errors import ColumnError, DataError, UsageError
from cxmetrics.sources.files._base import FileTable, Wish, decoded, wanted

if TYPE_CHECKING:
    import pyarrow as pa

_NAMES: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
_PEEK: Final = 1 << 16
_NUMBER: Final = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$"
_WHOLE: Final = r"^[+-]?[0-9]{1,18}$"
_LABEL: Final = r"^(0|-?[1-9][0-9]{0,17})$"
"""Whole numbers that lose nothing when they become integers: no leading zero, no sign but minus."""


def read(data: bytes, name: str, wish: Wish) -> FileTable:
    """Read delimited text.

    Raises:
        DataError: no rows, a ragged row, an open quote, two columns of one name.
        ColumnError: a column is missing, or holds something else than numbers.
        UsageError: two delimiters are equally likely.
    """
    text = decoded(data, name, wish.encoding)
    blank = len(text) - len(text.lstrip("\r\n"))
    skipped = text.count("\n", 0, blank)  # blank lines above the header still count as lines
    text = text[blank:]
    delimiter = wish.delimiter or _sniffed(text[:_PEEK], name)
    notes = []
    if wish.delimiter is None and delimiter != ",":
        notes.append(f"read as {_NAMES[delimiter]}-separated")
    header = _header(text, delimiter)
    for nameless in (at for at, column in enumerate(header) if not column):
        header[nameless] = f"column {nameless + 1}"  # pandas writes its index so
        notes.append(f"column {nameless + 1} has no name; it is called {header[nameless]!r}")
    use = wanted(header, wish, name)

    lines: list[int] = []

    def place(row: int) -> str:
        if not lines:  # found once, where somebody asks
            lines.extend(_lines(text, delimiter))
        line = lines[row + 1] if row + 1 < len(lines) else row + 2
        return f"line {line + skipped}"

    table = _table(text, delimiter, header, use, name, skipped)
    if not table.num_rows:
        raise DataError(f"{name!r} has a header and no rows: there is nothing to measure.")
    found = {
        column: _numbers(table[column], column, wish, place)
        if column in wish.numeric
        else _labels(table[column])
        for column in use
    }
    if wish.decimal == ",":
        notes.append("the comma is read as decimal sign")
    import pyarrow as pa  # the readers are only called where it is installed

    return FileTable(table=pa.table(found), notes=tuple(notes), place=place)


# -- layout ----------------------------------------------------------------------------------------


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line on which it starts, fields) of each record, blank lines apart.

    In a file of one column a blank line is a missing answer.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    start, alone = 1, False
    for fields in reader:
        if fields or alone:
            yield start, fields
        if start == 1:
            alone = len(fields) == 1
        start = reader.line_num + 1


def _sniffed(text: str, name: str) -> str:
    """Return the delimiter that cuts the header, and the row below it, into most columns."""
    found: list[tuple[bool, int, str]] = []
    for delimiter in _NAMES:
        try:
            rows = [fields for _, fields in zip(range(2), _rows(text, delimiter), strict=False)]
        except csv.Error:
            continue
        if rows and len(rows[0]) > 1:
            found.append((len(rows[-1]) == len(rows[0]), len(rows[0]), delimiter))
    found.sort(reverse=True)
    if len(found) > 1 and found[0][:2] == found[1][:2]:
        both = " or the ".join(_NAMES[delimiter] for *_, delimiter in found[:2])
        raise UsageError(
            f"the header of {name!r} does not say whether the {both} separates the columns: say "
            "--delimiter ';' (in Python delimiter=';')."
        )
    return found[0][2] if found else ","


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    return (fields for _, fields in _records(text, delimiter))


def _header(text: str, delimiter: str) -> list[str]:
    try:
        return [column.strip() for column in next(_rows(text, delimiter))]
    except csv.Error as error:
        raise DataError(f"the header can't be read (line 1): {error}.") from error


def _lines(text: str, delimiter: str) -> Iterator[int]:
    """Yield the line on which each record starts, the header's first."""
    with suppress(csv.Error):
        for start, _ in _records(text, delimiter):
            yield start


def _table(
    text: str, delimiter: str, header: list[str], use: list[str], name: str, skipped: int
) -> pa.Table:
    import pyarrow as pa
    from pyarrow import csv as arrow

    if text.count('"') % 2:  # an open quote would swallow the rest of the file as one value
        fault = _fault(text, delimiter, len(header), name, skipped, None)
        if fault:
            raise DataError(fault)
    try:
        return arrow.read_csv(
            io.BytesIO(text.encode()),
            read_options=arrow.ReadOptions(
                column_names=header, skip_rows_after_names=1, block_size=1 << 22
            ),
            parse_options=arrow.ParseOptions(
                delimiter=delimiter,
                newlines_in_values='"' in text,
                ignore_empty_lines=len(header) > 1,
            ),
            convert_options=arrow.ConvertOptions(
                column_types={column: pa.string() for column in header},
                include_columns=use,
                null_values=[""],
                strings_can_be_null=True,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid as error:
        raise DataError(_fault(text, delimiter, len(header), name, skipped, error)) from error


def _fault(
    text: str, delimiter: str, width: int, name: str, skipped: int, error: Exception | None
) -> str:
    """Walk through the file to the first row that breaks its shape, and say what is wrong."""
    start = 1
    try:
        for start, fields in _records(text, delimiter):
            if len(fields) != width:
                return (
                    f"{name!r}: line {start + skipped} has {len(fields)} columns, the header has "
                    f"{width}. Is a text with {delimiter!r} in it not in quotes, or is the "
                    "delimiter another one (--delimiter)?"
                )
    except csv.Error as fault:
        return (
            f"{name!r} can't be read after line {start + skipped}: {fault}. Is a quote opened "
            "there and not closed?"
        )
    return f"{name!r} can't be read as CSV: {error}" if error else ""


# -- values ----------------------------------------------------------------------------------------


def _labels(column: Any) -> Any:
    """Return whole numbers as integers where nothing is lost by it, else the texts."""
    import pyarrow as pa
    from pyarrow import compute as pc

    words = column.slice(0, 1000).drop_null()
    if not pc.all(pc.match_substring_regex(words, _LABEL), min_count=0).as_py():
        return column  # most texts show in the first rows: the others need not be looked at
    words = column.unique().drop_null()
    if len(words) and pc.all(pc.match_substring_regex(words, _LABEL)).as_py():
        return column.cast(pa.int64())
    return column


def _numbers(column: Any, name: str, wish: Wish, place: Any) -> Any:
    """Return a column of numbers, or raise the error that shows the first text which is none."""
    import pyarrow as pa
    from pyarrow import compute

    pc: Any = compute  # its stubs know less than it does
    coded: Any = column.combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    words = pc.utf8_trim_whitespace(coded.dictionary)
    gone = pc.or_(
        pc.equal(words, pa.scalar("")),
        pc.is_in(words, value_set=pa.array(wish.missing_texts, pa.string())),
    )
    words = pc.if_else(gone, None, words)
    swapped = words
    if wish.decimal == ",":
        # a point is no decimal sign here: spoil it, so that 1.234 is refused, not guessed at
        swapped = pc.replace_substring(pc.replace_substring(words, ".", "?"), ",", ".")
    good = pc.fill_null(pc.match_substring_regex(swapped, _NUMBER), True)  # noqa: FBT003
    if not pc.all(good, min_count=0).as_py():
        rows = pc.is_in(coded.indices, value_set=pc.indices_nonzero(pc.invert(good)).cast("int32"))
        first = pc.index(rows, True).as_py()
        raise ColumnError(
            _no_number(column[first].as_py(), name, place(first), pc.sum(rows).as_py(), wish)
        )
    swapped = pc.replace_substring_regex(swapped, r"^\+", "")
    whole = pc.all(pc.match_substring_regex(words, _WHOLE), min_count=0).as_py()
    return swapped.cast(pa.int64() if whole else pa.float64()).take(coded.indices)


def _no_number(value: str, name: str, where: str, count: int, wish: Wish) -> str:
    others = f" ({count} such values in all)" if count > 1 else ""
    head = f"column {name!r} holds {value!r} on {where}{others}"
    shown = value.strip()
    digits = shown.lstrip("+-").replace(".", "").replace(",", "")
    if digits.isascii() and digits.isdigit() and shown.count(",") + shown.count(".") >= 1:
        if shown.count(",") == 1 and "." not in shown and wish.decimal == ".":
            return (
                f"{head}: say --decimal , (in Python decimal=',') if the comma is the decimal sign "
                "of this file; if it separates thousands, take it out."
            )
        if shown.count(".") == 1 and "," not in shown:
            return (
                f"{head}, with a point, while the decimal sign is the comma: leave out --decimal , "
                "or correct the file."
            )
        return f"{head}: take the thousands separators out, they are never guessed."
    return (
        f"{head}, which is no number. If it stands for no answer, say --missing "
        f"{shlex.quote(shown)} (in Python missing=[{shown!r}]); else correct the file."
    )
