"""XLSX: cells know their types; errors, merged cells and formulas never computed are refused."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cxmetrics.errors import DataError, UsageError, did_you_mean
from cxmetrics.sources.files._base import FileTable, Wish, strict_numbers, wanted

if TYPE_CHECKING:
    import pyarrow as pa
    from python_calamine import CalamineSheet, CalamineWorkbook

_MOST: Final = 1 << 30
"""Bytes of a workbook when it is unpacked: more is no table of answers, or a zip bomb."""
_CELL: Final = re.compile(rb"<(?:\w+:)?c\s([^<>]*[^<>/])>(.*?)</(?:\w+:)?c>", re.DOTALL)
_PLACE: Final = re.compile(rb"\br=[\"']([A-Z]{1,3}[0-9]+)[\"']")
_FORMULA: Final = re.compile(rb"<(?:\w+:)?f[\s/>]")
_RESULT: Final = re.compile(rb"<(?:\w+:)?v[^<>/]*>[^<]")
_SHEET: Final = re.compile(r"<(?:\w+:)?sheet\s([^<>]*)>")
_RELATION: Final = re.compile(r"<(?:\w+:)?Relationship\s([^<>]*)>")
_SAVED: Final = 1 << 53
"""The largest whole number that a cell keeps exactly."""


def read(file: Path, wish: Wish) -> FileTable:
    """Read one sheet of a workbook: its first row that is not blank holds the names.

    Raises:
        DataError: it is no workbook, has no rows, or a cell can't be right; says which.
        ColumnError: a column is missing, or holds something else than numbers.
        UsageError: there is no such sheet, or the package that reads workbooks is not installed.
    """
    try:
        import python_calamine as calamine
    except ImportError:
        raise UsageError(
            'reading a workbook needs python-calamine: pip install "cxmetrics[xlsx]" (or save the '
            "sheet as 'CSV UTF-8')."
        ) from None
    _safe(file)
    try:
        book = calamine.CalamineWorkbook.from_path(str(file))
        sheet, notes = _chosen(book, wish, file.name)
        rows = sheet.to_python(skip_empty_area=False)
    except calamine.CalamineError as error:
        raise DataError(f"{file.name!r} is no workbook that can be read: {error}.") from error
    head = next((at for at, row in enumerate(rows) if _said(row)), None)
    if head is None:
        raise DataError(f"{file.name!r}: the sheet {sheet.name!r} is empty.")
    names, more = _names(rows, head)
    notes += more
    alone = len(names) == 1  # a blank row is a missing answer there, as in a CSV of one column
    lines = [at for at in range(head + 1, len(rows)) if alone or _said(rows[at])]
    if not lines:
        raise DataError(f"{file.name!r}: the sheet {sheet.name!r} has a header and no rows.")
    known = list(names.values())
    use = set(wanted(known, wish, file.name))
    merged = _merged(sheet, head, {at for at, name in names.items() if name in use})
    if merged:
        raise DataError(
            f"{file.name!r}: the cells {merged} are merged, so only the first of them has a value. "
            "Unmerge them and fill each row; a title above the table has to go."
        )
    _computed(file, sheet.name, {_letters(at) for at, name in names.items() if name in use})

    def place(row: int) -> str:
        return f"row {lines[row] + 1}"

    found: dict[str, Any] = {}
    for at, name in names.items():
        if name in use:
            cells = [rows[line][at] if rows[line][at] != "" else None for line in lines]
            found[name], note = _column(cells, name, wish, place)
            notes += note
    import pyarrow as pa  # the readers are only called where it is installed

    return FileTable(table=pa.table(found), notes=tuple(notes), place=place)


# -- layout ----------------------------------------------------------------------------------------


def _said(row: Sequence[Any]) -> bool:
    return any(cell != "" for cell in row)


def _chosen(book: CalamineWorkbook, wish: Wish, name: str) -> tuple[CalamineSheet, list[str]]:
    """Return the sheet asked for, or the first one that is shown and not empty."""
    if wish.sheet is not None:
        if wish.sheet not in book.sheet_names:
            close = did_you_mean(wish.sheet, book.sheet_names)
            raise UsageError(f"{name!r} has no sheet {wish.sheet!r}; {close}")
        return book.get_sheet_by_name(wish.sheet), []
    shown = [
        found
        for each in book.sheets_metadata
        if str(each.visible).endswith(".Visible")
        and str(each.typ).endswith(".WorkSheet")
        and (found := book.get_sheet_by_name(each.name)).start is not None
    ]
    if not shown:
        raise DataError(f"{name!r} is empty: there is nothing to measure.")
    if len(shown) == 1:
        return shown[0], []
    others = ", ".join(repr(each.name) for each in shown[1:])
    return shown[0], [f"read the sheet {shown[0].name!r}, not {others}"]


def _names(rows: Sequence[Sequence[Any]], head: int) -> tuple[dict[int, str], list[str]]:
    """Return the names by column; a column without name and values is none."""
    names, notes = {}, []
    for at, cell in enumerate(rows[head]):
        name = str(int(cell) if isinstance(cell, float) and cell.is_integer() else cell).strip()
        if not name:
            if all(row[at] == "" for row in rows[head + 1 :]):
                continue
            name = f"column {at + 1}"
            notes.append(f"column {at + 1} has no name; it is called {name!r}")
        names[at] = name
    return names, notes


def _merged(sheet: CalamineSheet, head: int, use: set[int]) -> str:
    """Say which merged cells touch the table, or ""."""
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if bottom >= head and use & set(range(left, right + 1)):
            return f"{_letters(left)}{top + 1}:{_letters(right)}{bottom + 1}"
    return ""


def _letters(column: int) -> str:
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


# -- what the reader of workbooks does not tell ----------------------------------------------------


def _safe(file: Path) -> None:
    """Refuse what is no zip archive, and what would fill the memory when it is unpacked."""
    try:
        with zipfile.ZipFile(file) as packed:
            size = sum(member.file_size for member in packed.infolist())
    except (zipfile.BadZipFile, ValueError) as error:
        with file.open("rb") as opened:
            old = opened.read(4) == b"\xd0\xcf\x11\xe0"
        hint = (
            " It is encrypted, or of the format of before 2007: save it as XLSX without a password."
            if old
            else ""
        )
        raise DataError(f"{file.name!r} is no XLSX workbook: {error}.{hint}") from error
    except OSError as error:
        raise UsageError(f"{str(file)!r} can't be read: {error.strerror}.") from error
    if size > _MOST:
        raise DataError(
            f"{file.name!r} unpacks to {size >> 20} MiB, more than {_MOST >> 20}: split it."
        )


def _computed(file: Path, sheet: str, use: set[str]) -> None:
    """Refuse errors and formulas without a result: both look like blank cells to the reader."""
    for cell, fault in _faults(_part(file, sheet)):
        if cell.rstrip("0123456789") in use:
            raise DataError(f"{file.name!r}: the cell {cell} of the sheet {sheet!r} holds {fault}.")


def _faults(xml: bytes) -> Iterator[tuple[str, str]]:
    if b"<f" not in xml and b":f" not in xml and b't="e"' not in xml and b"t='e'" not in xml:
        return
    for match in _CELL.finditer(xml):
        attributes, content = match.groups()
        place = _PLACE.search(attributes)
        cell = place.group(1).decode() if place else "?"
        if b't="e"' in attributes or b"t='e'" in attributes:
            error = re.search(rb"<(?:\w+:)?v[^<>]*>([^<]*)", content)
            shown = error.group(1).decode(errors="replace") if error else "an error"
            yield cell, f"the error {shown}: correct the formula, or blank the cell"
        elif (
            _FORMULA.search(content)
            and not _RESULT.search(content)
            and b't="str"' not in attributes  # a formula may well result in an empty text
        ):
            yield cell, "a formula without its result: open the file in a spreadsheet and save it"


def _part(file: Path, sheet: str) -> bytes:
    """Return the XML of a sheet; b"" where the archive does not say which it is."""
    from html import unescape

    def attribute(text: str, name: str) -> str:
        found = re.search(rf"(?:^|\s)(?:\w+:)?{name}=(?:\"([^\"]*)\"|'([^']*)')", text)
        return unescape(found.group(1) or found.group(2) or "") if found else ""

    with zipfile.ZipFile(file) as packed:
        try:
            book = packed.read("xl/workbook.xml").decode("utf-8", "replace")
            links = packed.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
            ids = {attribute(s, "name"): attribute(s, "id") for s in _SHEET.findall(book)}
            parts = {attribute(r, "Id"): attribute(r, "Target") for r in _RELATION.findall(links)}
            target = parts[ids[sheet]]
            return packed.read(target.lstrip("/") if target[:1] == "/" else f"xl/{target}")
        except (KeyError, zipfile.BadZipFile):
            return b""


# -- values ----------------------------------------------------------------------------------------


def _column(cells: list[Any], name: str, wish: Wish, place: Any) -> tuple[pa.Array[Any], list[str]]:
    import pyarrow as pa

    if name in wish.numeric:
        return pa.array(_whole(strict_numbers(cells, name, wish, place))), []
    kinds = {_kind(cell) for cell in cells} - {""}
    if kinds == {"day", "instant"}:
        kinds = {"instant"}
        cells = [datetime(c.year, c.month, c.day) if _kind(c) == "day" else c for c in cells]
    if len(kinds) > 1 or kinds == {"other"}:
        mixed = [f"column {name!r} mixes kinds of values: all are read as texts"]
        return pa.array([_text(cell) for cell in cells]), mixed if len(kinds) > 1 else []
    if kinds == {"number"}:
        return pa.array(_whole(cells)), []
    return pa.array(cells, pa.string() if not kinds else None), []


def _kind(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool | str):
        return type(cell).__name__
    if isinstance(cell, int | float):
        return "number"
    if isinstance(cell, datetime):
        return "instant"
    return "day" if isinstance(cell, date) else "other"


def _whole(cells: list[Any]) -> list[Any]:
    """Return whole numbers as integers where every number is one: a cell knows no integers."""
    if all(c is None or isinstance(c, bool) or (c == c // 1 and abs(c) < _SAVED) for c in cells):
        return [c if c is None or isinstance(c, bool) else int(c) for c in cells]
    return [c if c is None or isinstance(c, bool) else float(c) for c in cells]


def _text(cell: Any) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, float):
        return f"{cell:.0f}" if cell.is_integer() and abs(cell) < _SAVED else repr(cell)
    return cell.isoformat() if isinstance(cell, date | datetime) else str(cell)
