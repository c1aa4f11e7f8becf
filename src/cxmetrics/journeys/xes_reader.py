"""The reader of XES: what the parser says becomes columns, and what is not kept is counted."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from math import isnan
from typing import IO, Any, Final
from xml.parsers import expat

from cxmetrics.errors import DataError
from cxmetrics.journeys.eventlog import ACTIVITY, CASE, OF_CASES, TIME
from cxmetrics.metrics.text import count

_TIME: Final = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_WHOLE: Final = re.compile(r"[+-]?\d+", re.ASCII)
_DOUBLE: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?inf|nan", re.ASCII | re.I)
"""INF and NaN by the standard; tools in Python write inf and nan."""
_SUBSECONDS: Final = re.compile(r"\.\d{6}\d*[1-9]")
_CONTAINERS: Final = frozenset({"list", "container", "values"})
_SHORT: Final = 64
_MAIN: Final = "lifecycle:transition"


class Reader:
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
        """Read a file to its end.

        Raises:
            DataError: it is no XES.
        """
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
