"""JSON lines, and JSON files that hold one list of objects."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import chain
from typing import Any, Final

from cxmetrics.errors import ColumnError, DataError
from cxmetrics.sources.files._base import FileTable, Wish, decoded, strict_numbers, wanted

_INT64: Final = 1 << 63


def read_lines(data: bytes, name: str, wish: Wish) -> FileTable:
    """Read one JSON object a line.

    Raises:
        DataError: a line is no JSON object.
        ColumnError: a column is missing, or holds something else than numbers.
    """
    text = decoded(data, name, wish.encoding)
    rows: list[dict[str, Any]] = []
    lines: list[int] = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            row = _parsed(line, f"{name!r}, line {number}", 0)
            if not isinstance(row, dict):
                raise DataError(
                    f"{name!r}, line {number}: JSON lines hold one object a line, "
                    f'{{"score": 9}}, not a {type(row).__name__}.'
                )
            rows.append(row)
            lines.append(number)
    return _columns(rows, name, wish, lambda row: f"line {lines[row]}")


def read_list(data: bytes, name: str, wish: Wish) -> FileTable:
    """Read a JSON file that holds a list of objects.

    Raises:
        DataError: it is no such list.
        ColumnError: a column is missing, or holds something else than numbers.
    """
    text = decoded(data, name, wish.encoding)
    rows = _parsed(text, repr(name), 1)
    if not isinstance(rows, list):
        raise DataError(
            f"{name!r} holds a {type(rows).__name__}: a .json file has to hold a list of objects, "
            '[{"score": 9}, …]; for one object a line call it .jsonl.'
        )
    for place, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise DataError(f"{name!r}: entry {place} is a {type(row).__name__}, no object.")
    return _columns(rows, name, wish, lambda row: f"entry {row + 1}")


def _constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON; an answer that was not given is null")


def _parsed(text: str, where: str, first_line: int) -> Any:
    try:
        return json.loads(text, parse_constant=_constant)
    except json.JSONDecodeError as error:
        line = f", line {error.lineno}" if first_line else ""
        more = (
            " (one object a line? Then the file should be called .jsonl)"
            if error.msg == "Extra data" and first_line
            else ""
        )
        raise DataError(
            f"{where}{line}: not JSON, {error.msg.lower()} at column {error.colno}{more}."
        ) from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where}: {error}.") from error


def _columns(
    rows: list[dict[str, Any]], name: str, wish: Wish, place: Callable[[int], str]
) -> FileTable:
    import pyarrow as pa  # the readers are only called where it is installed

    if not rows:
        raise DataError(f"{name!r} holds no rows: there is nothing to measure.")
    known = list(dict.fromkeys(chain.from_iterable(rows)))
    found: dict[str, Any] = {}
    notes = []
    for column in wanted(known, wish, name):
        values = [row.get(column) for row in rows]
        nested = next((i for i, value in enumerate(values) if isinstance(value, dict | list)), None)
        if nested is not None:
            if wish.columns is not None or column in wish.numeric:
                raise ColumnError(
                    f"column {column!r} holds a {type(values[nested]).__name__} on "
                    f"{place(nested)}: give each value a column of its own first."
                )
            notes.append(f"column {column!r} holds lists or objects and was left out")
            continue
        if column in wish.numeric:
            found[column] = pa.array(strict_numbers(values, column, wish, place))
            continue
        kinds = {_kind(value) for value in values} - {None}
        if len(kinds) > 1:
            notes.append(f"column {column!r} mixes kinds of values: all are read as texts")
        texts = len(kinds) > 1 or kinds == {"huge"}
        found[column] = pa.array([_text(value) for value in values] if texts else values)
    return FileTable(table=pa.table(found), notes=tuple(notes), place=place)


def _kind(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool | str):
        return type(value).__name__
    return "huge" if isinstance(value, int) and not -_INT64 <= value < _INT64 else "number"


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)
