"""Event logs as plain CSV, with the column names of process mining."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from cxmetrics.errors import ColumnError, DataError, did_you_mean
from cxmetrics.journeys.eventlog import (
    ACTIVITY,
    CASE,
    RESOURCE,
    TIME,
    EventLog,
    Roles,
    cases_of,
    replaced,
)
from cxmetrics.metrics.text import count


def read_event_log(
    path: str | Path,
    *,
    case: str = "customer",
    activity: str = "touchpoint",
    at: str = "at",
    resource: str | None = None,
    encoding: str = "utf-8",
    delimiter: str | None = None,
) -> EventLog:
    """Read an event log in CSV, with the columns that process-mining tools write.

    `case:concept:name` becomes the column `case`, `concept:name` `activity`, `time:timestamp` `at`,
    as in `read_xes`. A CSV knows no types: whole numbers become integers, times (ISO 8601) are read
    in `time:timestamp` only, all else stays text. For a CSV with other column names, read it with
    `read_file` and hand it to `paths(customer=…, at=…)`.

    Args:
        path: the file, `.csv` or `.csv.gz`.
        case: what to call the column of the cases.
        activity: what to call the column of the activities.
        at: what to call the column of the times.
        resource: what to call `org:resource`; left as it is by default.
        encoding: of the texts.
        delimiter: of the columns; found in the header where it is left out.

    Raises:
        ColumnError: one of the three columns is missing.
        DataError: the file can't be read, or a time is none; says the line.
        UsageError: there is no such file, or pyarrow is not installed.
    """
    from cxmetrics.sources import read_file  # loads pyarrow

    roles = Roles(case=case, activity=activity, at=at, resource=resource)
    name = Path(path).name
    file = read_file(path, format="csv", encoding=encoding, delimiter=delimiter)
    known = file.table.column_names
    for needed in (CASE, ACTIVITY, TIME, *([RESOURCE] if resource else [])):
        if needed not in known:
            raise ColumnError(
                f"{name!r} has no column {needed!r}, as event logs have; "
                f"{did_you_mean(needed, known)} Read other files with read_file and name the "
                "columns: paths(data, customer=…, at=…)."
            )
    columns = {column: file.table[column].to_pylist() for column in known}
    columns[TIME], bare = _times(columns[TIME], name, file.place)
    notes = list(file.notes)
    if bare:
        notes.append(f"{count(bare)} times are days without an hour, read as midnight")
    return EventLog(columns=roles.own(columns, repr(name)), notes=tuple(notes))


def _times(
    texts: Sequence[Any], name: str, place: Callable[[int], str]
) -> tuple[list[datetime | None], int]:
    """Return times, and how many of them are days only."""
    found: list[datetime | None] = []
    bare = 0
    for row, text in enumerate(texts):
        if text is None:
            found.append(None)
            continue
        try:
            found.append(datetime.fromisoformat(str(text).strip()))
        except ValueError:
            raise DataError(
                f"{name!r}, {place(row)}: {text!r} in {TIME!r} is no time in ISO 8601, such as "
                "2026-03-01T09:30:00+01:00."
            ) from None
        bare += ":" not in str(text)
    return found, bare


def write_event_log(
    data: Any,
    path: str | Path,
    *,
    case: str = "customer",
    activity: str = "touchpoint",
    at: str = "at",
    resource: str | None = None,
) -> None:
    """Write an event log in CSV, with the column names of process mining; `.gz` is packed.

    One row an event, case by case; `case:concept:name`, `concept:name` and `time:timestamp` first,
    then all other columns under their names. Missing values are empty, and so are blank texts: the
    two are the same in a CSV.

    Args:
        data: `Paths`, columns by name, a data frame, or a batch of interactions.
        path: the file; it is written whole or not at all.
        case: the column that says which events belong together.
        activity: the column of what happened: `touchpoint`, `stage`, or another.
        at: the column of times. Times without a zone are written without one.
        resource: the column to write as `org:resource`: who did it.

    Raises:
        ColumnError: a column is missing, an event has no case, or a time is none.
        DataError: a text can't be written.
        UsageError: the file can't be written.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> made = {"customer": ["a", "a"], "touchpoint": ["shop", "till"],
        ...         "at": [datetime(2026, 3, 1, 9), datetime(2026, 3, 1, 10)]}
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "log.csv")
        ...     write_event_log(made, path)
        ...     print(path.read_text().splitlines()[1])
        ...     dict(read_event_log(path)) == made
        a,shop,2026-03-01T09:00:00
        True
    """
    roles = Roles(case=case, activity=activity, at=at, resource=resource)
    laid = cases_of(data, roles)
    names = dict.fromkeys((ACTIVITY, TIME, *laid.columns))
    with replaced(path) as file:
        writer = csv.writer(file)  # with CR LF, so that a CR in a text is quoted
        writer.writerow([CASE, *names])
        for own, start, end in zip(laid.names, laid.starts, laid.starts[1:], strict=False):
            for row in laid.order[start:end]:
                cells = [own, *(_spelled(laid.columns[name][row], name, row) for name in names)]
                try:
                    writer.writerow(cells)
                except UnicodeEncodeError as error:
                    raise DataError(f"a text at index {row} is no Unicode: {error}.") from error


def _spelled(value: Any, name: str, row: int) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and "\0" in value:
        raise DataError(f"{name!r} holds a NUL character at index {row}: take it out first.")
    return value
