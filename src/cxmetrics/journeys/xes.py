"""XES, the XML of process mining (IEEE 1849-2016), in and out; a file is read as a stream."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from math import isnan
from pathlib import Path
from typing import IO, Any, Final
from uuid import UUID
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from cxmetrics.errors import DataError
from cxmetrics.journeys.eventlog import (
    ACTIVITY,
    CASE,
    OF_CASES,
    TIME,
    Cases,
    EventLog,
    Roles,
    cases_of,
    opened,
    replaced,
)
from cxmetrics.metrics.text import count

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
_TIME: Final = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_WHOLE: Final = re.compile(r"[+-]?\d+", re.ASCII)
_DOUBLE: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?inf|nan", re.ASCII | re.I)
"""INF and NaN by the standard; tools in Python write inf and nan."""
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 can't hold, not even escaped."""
_SUBSECONDS: Final = re.compile(r"\.\d{6}\d*[1-9]")
_LONG: Final = 1 << 63
_CONTAINERS: Final = frozenset({"list", "container", "values"})
_SHORT: Final = 64
_MAIN: Final = "lifecycle:transition"


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
    reader = _Reader(name)
    with opened(path) as file:
        reader.read(file)
    return EventLog(
        columns=roles.own(reader.finished(), repr(name)),
        attributes=reader.attributes,
        notes=tuple(reader.notes()),
    )


class _Reader:
    """What has been read so far; its methods are called by the parser."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.attributes: dict[str, Any] = {}
        self.columns: dict[str, list[Any]] = {CASE: [], ACTIVITY: [], TIME: []}
        self.events = 0
        self.cut = 0  # times with more than microseconds
        self._kinds: dict[str, Callable[[str], Any]] = {
            "string": self._text,
            "id": self._text,
            "int": _int,
            "float": _float,
            "boolean": _boolean,
            "date": self._date,
        }
        self._stack: list[str] = []
        self._skipped = 0  # depth inside something that is not kept
        self._counting = False
        self._nested = self._unknown = self._loose = self._nameless = self._empty = 0
        self._here: dict[str, Any] = {}
        self._trace: dict[str, Any] = {}
        self._first = 0
        self._cases: dict[str, int] = {}
        self._texts: dict[str, str] = {}
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._doctype

    def read(self, file: IO[bytes]) -> None:
        try:
            self._parser.ParseFile(file)
        except expat.ExpatError as error:
            what = expat.ErrorString(error.code)
            raise DataError(
                f"{self.name!r} is no well-formed XML: {what} (line {error.lineno}). Is it cut off?"
            ) from error

    def finished(self) -> dict[str, list[Any]]:
        """Return the columns, padded to one length."""
        for column in self.columns.values():
            column.extend([None] * (self.events - len(column)))
        return self.columns

    def notes(self) -> list[str]:
        """Say what was not kept."""
        twice = sum(many - 1 for many in self._cases.values())
        transitions = set(self.columns.get(_MAIN, ())) - {None}
        told = (
            (self._nested, "attributes inside attributes or lists are not kept"),
            (self._unknown, "elements that are no XES are not kept"),
            (self._loose, "events outside any trace are not kept"),
            (self._empty, "traces without events are not kept"),
            (
                self._nameless,
                "traces without a name are called by their place: 'trace 3'",
            ),
            (twice, "traces have a name that was there before: their events are one case"),
            (self.cut, "times are cut to microseconds"),
        )
        found = [f"{count(many)} {what}" for many, what in told if many]
        if len(transitions) > 1:
            shown = ", ".join(sorted(map(str, transitions))[:5])
            found.append(
                f"an activity may be several events, by {_MAIN} ({shown}): keep one with where="
            )
        return found

    def _refuse(self, message: str) -> DataError:
        return DataError(f"{self.name!r}, line {self._parser.CurrentLineNumber}: {message}")

    def _doctype(self, *_: Any) -> None:
        raise self._refuse(
            "a document type declaration. XES has none, and entities can be a trap: they are not "
            "read. Take it out if you trust the file."
        )

    def _start(self, tag: str, given: dict[str, str]) -> None:
        tag = tag.rpartition(" ")[2]
        if self._skipped:
            self._skipped += 1
            self._nested += self._counting and tag in self._kinds
            return
        parent = self._stack[-1] if self._stack else ""
        if not parent:
            if tag != "log":
                raise self._refuse(f"it begins with <{tag}>, not with <log>: it is no XES.")
            self._stack.append(tag)
            self._here = self.attributes
            return
        if tag in self._kinds:
            self._put(tag, given)
            self._skipped, self._counting = 1, True
        elif tag == "event" and parent in {"log", "trace"}:
            self._stack.append(tag)
            self._here = {}
        elif tag == "trace" and parent == "log":
            self._stack.append(tag)
            self._trace = self._here = {}
            self._first = self.events
        else:
            kept_apart = parent == "log" and tag in {"extension", "global", "classifier"}
            self._nested += tag in _CONTAINERS
            self._unknown += not kept_apart and tag not in _CONTAINERS
            self._skipped, self._counting = 1, not kept_apart

    def _put(self, kind: str, given: dict[str, str]) -> None:
        key, value = given.get("key"), given.get("value")
        if key is None or value is None:
            raise self._refuse(f"<{kind}> without a {'key' if key is None else 'value'}.")
        if key in self._here:
            raise self._refuse(f"the attribute {key!r} comes twice in one {self._stack[-1]}.")
        try:
            self._here[key] = self._kinds[kind](value)
        except (ValueError, KeyError):
            raise self._refuse(f"the attribute {key!r} holds {value!r}, no {kind}.") from None

    def _end(self, _: str) -> None:
        if self._skipped:
            self._skipped -= 1
            return
        tag = self._stack.pop()
        if tag == "event":
            self._event()
        elif tag == "trace":
            self._close()

    def _event(self) -> None:
        own, self._here = self._here, self._trace
        if self._stack[-1] == "log":
            self._loose += 1
            self._here = self.attributes
            return
        for key, value in own.items():
            if key == CASE:
                raise self._refuse(f"an event has the attribute {CASE!r}, the name of the trace.")
            self._column(key, self.events).append(value)
        self.events += 1

    def _close(self) -> None:
        many = self.events - self._first
        self._here = self.attributes
        if not many:
            self._empty += 1
            return
        trace = {OF_CASES + key: value for key, value in self._trace.items()}
        name = trace.get(CASE)
        if name is None:
            self._nameless += 1
            name = trace[CASE] = f"trace {len(self._cases) + 1}"
        elif not isinstance(name, str):
            raise self._refuse(f"the name of a trace is {name!r}, no string.")
        self._cases[name] = self._cases.get(name, 0) + 1
        for key, value in trace.items():
            column = self._column(key, self._first)
            if len(column) > self._first:
                raise self._refuse(
                    f"the attribute {key!r} of an event has the name that {key[5:]!r} of its trace "
                    "gets: rename one."
                )
            column.extend([value] * many)

    def _column(self, key: str, length: int) -> list[Any]:
        column = self.columns.setdefault(key, [])
        if len(column) < length:
            column.extend([None] * (length - len(column)))
        return column

    def _text(self, value: str) -> str:
        if len(value) > _SHORT:
            return value
        return self._texts.setdefault(value, value)  # one object for all that are equal

    def _date(self, value: str) -> datetime:
        text = value.strip()
        if not _TIME.fullmatch(text):
            raise ValueError
        if _SUBSECONDS.search(text):
            self.cut += 1
        return datetime.fromisoformat(text)


def _int(value: str) -> int:
    if not _WHOLE.fullmatch(value.strip()):
        raise ValueError
    return int(value)


def _float(value: str) -> float | None:
    """Return a number; not a number is missing."""
    if not _DOUBLE.fullmatch(value.strip()):
        raise ValueError
    number = float(value)
    return None if isnan(number) else number


def _boolean(value: str) -> bool:
    return {"true": True, "false": False, "1": True, "0": False}[value.strip()]


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
    attributes of the event; missing ones are left out. Of `Paths` each path is a trace: its name is
    the customer's, with a number behind it where the customer has several.

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
    for name, start, end in zip(laid.names, laid.starts, laid.starts[1:], strict=False):
        first = laid.order[start]
        lines = [f"<trace>\n{_spelled(ACTIVITY, name, f'the case {name!r}')}\n"]
        for key, values in of_cases.items():
            if values[first] is not None:
                lines.append(_spelled(key, values[first], f"the case {name!r}") + "\n")
        for row in laid.order[start:end]:
            lines.append("<event>")
            for key, values in of_events.items():
                if values[row] is not None:
                    lines.append(_spelled(key, values[row], f"index {row}"))
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
