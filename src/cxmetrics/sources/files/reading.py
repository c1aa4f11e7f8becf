"""Files of answers into a pyarrow table, nothing guessed silently."""

from __future__ import annotations

import difflib
import gzip
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final, Literal, get_args

from cxmetrics.errors import DataError, UsageError
from cxmetrics.sources.files import delimited, objects, parquet, workbook
from cxmetrics.sources.files._base import FileTable, Wish

Format = Literal["csv", "json", "jsonl", "parquet", "xlsx"]
FORMATS: Final[dict[str, Format]] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
}
"""The format that each extension stands for; the texts among them may carry `.gz` after it."""
_BINARY: Final = frozenset({"parquet", "xlsx"})


def read_file(
    path: str | Path,
    *,
    format: Format | None = None,  # noqa: A002  # the word every reader of files uses
    encoding: str = "utf-8",
    delimiter: str | None = None,
    decimal: str | None = None,
    missing: Collection[Any] = (),
    numeric: Collection[str] = (),
    columns: Collection[str] | None = None,
    sheet: str | None = None,
) -> FileTable:
    r"""Read a file of answers, one row a respondent (or an answer).

    A CSV knows no types: `9` and `"9"` are the same there. Columns of whole numbers become
    integers (not where a number starts with 0, as post codes do), columns named in `numeric` become
    numbers, all others stay text as it is written, dates included. JSON, Parquet and XLSX know
    types: there a text `"9"` is no number.

    Args:
        path: the file; the ending says the format: csv, tsv, txt, jsonl, ndjson, json (a list of
            objects), each also with `.gz`, or parquet, xlsx, xlsm.
        format: the format where the ending does not say it.
        encoding: how texts are encoded, for instance `"cp1252"`. A byte order mark of
            UTF-8 is skipped.
        delimiter: what separates columns of a CSV; None to take the one of `, ; tab |` that the
            header shows, which `notes` says if it is not the comma.
        decimal: the decimal sign of a CSV, `"."` (default) or `","`. Thousands separators are
            never guessed.
        missing: codes that stand for "no answer". Texts among them become missing in `numeric`
            columns; numbers are left for `cxmetrics.tally(missing=…)`.
        numeric: columns that have to hold numbers: ratings and weights.
        columns: the columns to read; None for all.
        sheet: the sheet of a workbook; None for the first one that is shown and not empty, which
            `notes` says if there are others.

    Raises:
        DataError: the file is empty, has no rows, is not in its encoding, or is malformed; says
            the line. In a workbook also an error (`#DIV/0!`), merged cells, and a formula whose
            result is not stored.
        ColumnError: a column is missing, or holds something else than numbers; says the line.
        UsageError: there is no such file or sheet, its format is unknown, or the package that
            reads it is not installed.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "answers.csv")
        ...     _ = path.write_text("shop;score;weight\nLyon;9;0,8\nParis;;1,2\n")
        ...     found = read_file(path, numeric=["score", "weight"], decimal=",")
        >>> found.table.to_pydict()
        {'shop': ['Lyon', 'Paris'], 'score': [9, None], 'weight': [0.8, 1.2]}
        >>> found.notes
        ('read as semicolon-separated', 'the comma is read as decimal sign')
    """
    try:
        import pyarrow as pa  # noqa: F401  # the extra; the readers import what they need of it
    except ImportError:
        raise UsageError(
            'reading files needs pyarrow: pip install "cxmetrics[cli]" (or hand over a data frame '
            "of your own)."
        ) from None
    file = Path(path)
    if isinstance(columns, str) or isinstance(numeric, str):
        raise UsageError("columns= and numeric= take several names: put the one in a list.")
    if isinstance(missing, str | bytes) or not isinstance(missing, Collection):
        raise UsageError(f"missing={missing!r}: give a list of codes, for instance missing=[99].")
    wish = Wish(
        encoding=encoding,
        delimiter=_delimiter(delimiter),
        decimal=_decimal(decimal),
        missing=tuple(missing),
        numeric=tuple(numeric),
        columns=None if columns is None else tuple(dict.fromkeys((*columns, *numeric))),
        sheet=sheet,
    )
    _there(file)
    kind = format_of(file, format)
    if sheet is not None and kind != "xlsx":
        raise UsageError(f"sheet={sheet!r}: only a workbook has sheets, {file.name!r} has none.")
    if kind in _BINARY:
        return {"parquet": parquet.read, "xlsx": workbook.read}[kind](file, wish)
    reader = {"csv": delimited.read, "json": objects.read_list, "jsonl": objects.read_lines}[kind]
    return reader(_bytes(file), file.name, wish)


def _there(file: Path) -> None:
    if file.is_dir():
        raise UsageError(f"{file} is a folder: name one file in it.")
    if not file.exists():
        folder = file.parent
        known = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
        close = difflib.get_close_matches(file.name, known, n=2, cutoff=0.6)
        hint = f" Did you mean {' or '.join(map(repr, close))}?" if close else ""
        raise UsageError(f"there is no file {str(file)!r}.{hint}")


def format_of(file: Path, given: str | None) -> Format:
    """Return the format of a file: the one that is said, else the one its ending stands for.

    Raises:
        UsageError: there is none.
    """
    if given is not None:
        if given not in get_args(Format):
            raise UsageError(f"format={given!r}: it is one of {', '.join(get_args(Format))}.")
        return given  # type: ignore[return-value]  # checked by the line above
    suffixes = [suffix.lower() for suffix in file.suffixes]
    packed = suffixes[-1:] == [".gz"]
    ending = (suffixes[:-1] if packed else suffixes)[-1:]
    kind = FORMATS.get(ending[0]) if ending else None
    if kind is None or (packed and kind in _BINARY):
        old = ending[:1] in ([".xls"], [".xlsb"], [".ods"])
        excel = " Save the workbook as XLSX, or the sheet as 'CSV UTF-8'." if old else ""
        raise UsageError(
            f"the ending of {file.name!r} does not say a format that is read here: rename the file "
            f"to one of {' '.join(FORMATS)}, or in Python say format='csv'.{excel}"
        )
    return kind


def _bytes(file: Path) -> bytes:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{str(file)!r} can't be read: {error.strerror}.") from error
    if data[:2] == b"\x1f\x8b":
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError) as error:
            raise DataError(f"{file.name!r} is a damaged gzip file: {error}.") from error
    if not data.strip(b"\xef\xbb\xbf \t\r\n"):
        raise DataError(f"{file.name!r} is empty: there is nothing to measure.")
    return data


def _delimiter(given: str | None) -> str | None:
    names = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|"}
    found = None if given is None else names.get(given, given)
    if found is not None and (len(found) != 1 or found in '"\r\n' or ord(found) > 127):
        raise UsageError(f"delimiter {given!r}: give one character, for instance ';' or 'tab'.")
    return found


def _decimal(given: str | None) -> str:
    if given not in {None, ".", ","}:
        raise UsageError(f"decimal {given!r}: the decimal sign is '.' or ','.")
    return given or "."
