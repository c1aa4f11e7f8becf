"""XES, the XML of process mining (IEEE 1849-2016), in and out; a file is read as a stream."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final
from uuid import UUID
from xml.sax.saxutils import quoteattr

from cxmetrics.errors import DataError
from cxmetrics.journeys.eventlog import (
    ACTIVITY,
    OF_CASES,
    TIME,
    Cases,
    EventLog,
    Roles,
    cases_of,
    opened,
    replaced,
)
from cxmetrics.journeys.xes_reader import Reader

_NAMESPACE: Final = "http://www.xes-standard.org/"
_EXTENSIONS: Final = {
    "concept": "Concept",
    "time": "Time",
    "org": "Organizational",
    "lifecycle": "Lifecycle",
    "cost": "Cost",
    "identity": "Identity",
}
"""The standard extensions, by the prefix of their attributes."""
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 can't hold, not even escaped."""
_LONG: Final = 1 << 63
_SHORT: Final = 64
_MOST: Final = 10_000


def read_xes(
    path: str | Path,
    *,
    case: str = "customer",
    activity: str = "touchpoint",
    at: str = "at",
    resource: str | None = None,
) -> EventLog:
    """Read an event log in XES, `.xes` or `.xes.gz`.

    The name of a trace becomes the column `case`, the name of an event `activity`, its time `at`;
    other attributes keep their names, those of traces with `case:` before them. Values keep their
    types; ids are texts. Attributes inside attributes and lists are not kept; `notes` counts them.
    The file is read as a stream; document type declarations, and so entities, are refused.

    Args:
        path: the file.
        case: what to call the column of the cases.
        activity: what to call the column of the activities.
        at: what to call the column of the times; aware where the file says the offset.
        resource: what to call `org:resource`; left as it is by default.

    Raises:
        DataError: the file is no XES, is damaged, or holds a value that does not fit its type; says
            the line.
        UsageError: the file can't be read.

    References:
        IEEE Std 1849-2016, eXtensible Event Stream.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "log.xes")
        ...     write_xes({"customer": ["a", "b"], "touchpoint": ["shop", "till"],
        ...                "at": [datetime(2026, 3, 1, 9), datetime(2026, 3, 2, 9)]}, path)
        ...     log = read_xes(path)
        >>> log["customer"], log["at"][0].isoformat()
        (['a', 'b'], '2026-03-01T09:00:00')
    """
    roles = Roles(case=case, activity=activity, at=at, resource=resource)
    name = Path(path).name
    reader = Reader(name)
    with opened(path) as file:
        reader.read(file)
    return EventLog(
        columns=roles.own(reader.finished(), repr(name)),
        attributes=reader.attributes,
        notes=tuple(reader.notes()),
    )


# -- out -------------------------------------------------------------------------------------------


def write_xes(
    data: Any,
    path: str | Path,
    *,
    case: str = "customer",
    activity: str = "touchpoint",
    at: str = "at",
    resource: str | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> None:
    """Write an event log in XES, packed where the name ends in `.gz`.

    One trace a case, in the order of their first events; the events of a case stay in the order
    they came in. Columns whose names begin with `case:` become attributes of the trace, all others
    attributes of the event; missing ones are left out. Of `Paths` each path is a trace, by the name
    of its journey or customer (numbered where that is several paths), with both as attributes.

    Args:
        data: `Paths`, columns by name, a data frame, or a batch of interactions.
        path: the file; it is written whole or not at all.
        case: the column that says which events belong together.
        activity: the column of what happened: `touchpoint`, `stage`, or another.
        at: the column of times. Times without a zone are written without one.
        resource: the column to write as `org:resource`: who did it.
        attributes: of the log; those of an `EventLog` are kept.

    Raises:
        ColumnError: a column is missing, an event has no case, or a time is none.
        DataError: a value can't be written: a control character in a text, a kind of value that XES
            does not know, a whole number of more than 64 bits.
        UsageError: the file can't be written.
    """
    roles = Roles(case=case, activity=activity, at=at, resource=resource)
    laid = cases_of(data, roles)
    with replaced(path) as file:
        _write(file, laid, {**laid.attributes, **(attributes or {})})


def _write(file: IO[str], laid: Cases, attributes: Mapping[str, Any]) -> None:
    of_cases = {k[len(OF_CASES) :]: v for k, v in laid.columns.items() if k.startswith(OF_CASES)}
    of_events = {k: v for k, v in laid.columns.items() if not k.startswith(OF_CASES)}
    names = {key: key for key in of_events if key != ACTIVITY}
    activities = [None if value is None else str(value) for value in laid.columns[ACTIVITY]]
    of_events = {ACTIVITY: activities, **{key: of_events[key] for key in names}}
    file.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    file.write(f'<log xes.version="1849.2016" xes.features="" xmlns="{_NAMESPACE}">\n')
    keys = (*attributes, *of_cases, *of_events, ACTIVITY)
    for prefix in sorted({key.partition(":")[0] for key in keys} & set(_EXTENSIONS)):
        title = _EXTENSIONS[prefix]
        file.write(
            f'<extension name="{title}" prefix="{prefix}" uri="{_NAMESPACE}{prefix}.xesext"/>\n'
        )
    file.write('<global scope="trace"><string key="concept:name" value=""/></global>\n')
    sure = [
        line
        for key, line in (
            (ACTIVITY, '<string key="concept:name" value=""/>'),
            (TIME, '<date key="time:timestamp" value="1970-01-01T00:00:00Z"/>'),
        )
        if None not in of_events[key]
    ]
    if sure:
        file.write(f'<global scope="event">{"".join(sure)}</global>\n')
    file.write('<classifier name="Activity" keys="concept:name"/>\n')
    for key, value in attributes.items():
        file.write(_spelled(key, value, "the log") + "\n")
    known: dict[tuple[str, str] | None, str] = {}  # texts come again and again
    for name, start, end in zip(laid.names, laid.starts, laid.starts[1:], strict=False):
        first = laid.order[start]
        lines = [f"<trace>\n{_spelled(ACTIVITY, name, f'the case {name!r}')}\n"]
        for key, values in of_cases.items():
            if values[first] is not None:
                lines.append(_spelled(key, values[first], f"the case {name!r}") + "\n")
        for row in laid.order[start:end]:
            lines.append("<event>")
            for key, values in of_events.items():
                value = values[row]
                if value is None:
                    continue
                same = (key, value) if isinstance(value, str) and len(value) < _SHORT else None
                text = known.get(same)
                if text is None:
                    text = _spelled(key, value, f"index {row}")
                    if same is not None and len(known) < _MOST:
                        known[same] = text
                lines.append(text)
            lines.append("</event>\n")
        lines.append("</trace>\n")
        file.write("".join(lines))
    file.write("</log>\n")


def _spelled(key: str, value: Any, where: str) -> str:
    """Return an attribute as XML.

    Raises:
        DataError: XES can't hold it.
    """
    kind, text = "string", value
    if isinstance(value, bool):
        kind, text = "boolean", "true" if value else "false"
    elif isinstance(value, int):
        if not -_LONG <= value < _LONG:
            raise DataError(f"{key!r} holds {value} ({where}): XES ends at 64 bits.")
        kind, text = "int", str(value)
    elif isinstance(value, float):
        kind, text = "float", repr(value).replace("inf", "INF")
    elif isinstance(value, datetime):
        offset = value.utcoffset()
        if offset is not None and offset.total_seconds() % 60:  # XML knows no seconds of offset
            value = value.astimezone(UTC)
        kind, text = "date", value.isoformat()
    elif isinstance(value, UUID):
        kind, text = "id", str(value)
    elif not isinstance(value, str):
        raise DataError(
            f"{key!r} holds a {type(value).__name__} ({where}): XES knows texts, numbers, truths, "
            "times and ids. Convert the column, or leave it out."
        )
    for what in (key, text):
        if _FORBIDDEN.search(what):
            raise DataError(
                f"{key!r} holds {what!r} ({where}), with a character that XML can't hold: take it "
                "out first."
            )
    return f"<{kind} key={quoteattr(key)} value={quoteattr(text)}/>"
