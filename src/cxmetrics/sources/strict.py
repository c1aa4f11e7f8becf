"""Strict reading: JSON that means one thing only, numbers and times that are never guessed."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Any, Final, Literal, NoReturn, TypeVar, overload
from zoneinfo import ZoneInfo

from attrs import frozen

from cxmetrics.errors import ConfigError, DataError, DriftError, UsageError

T = TypeVar("T")

DEPTH: Final = 200
"""How deep values may be nested; the same on every machine and at every depth of the call stack."""

DIGITS: Final = 20
"""How many digits a whole number may have."""


class JsonError(DriftError):
    """An answer is no JSON, or JSON that two programs would read differently.

    Attributes:
        path: where, as a JSON path; "$" where it is no JSON at all.
        broken: whether it is no JSON at all, as after a cut or from an error page.
    """

    def __init__(self, message: str, path: str = "$", *, broken: bool = False) -> None:
        super().__init__(message, path)
        self.broken = broken


# A hook in Python for every number and object doubles the time of a page. So it is read by the C
# parser with one hook that counts keys, and looked over as bytes: only a page that gives a reason
# for doubt (some are innocent) is read again slowly, which also finds the place.

_CLASSES: Final = bytes(
    ord("0") if byte in b"0123456789" else ord("e") if byte in b"eE" else byte
    for byte in range(256)
)
_EXPONENT: Final = re.compile(rb"[:,\[\s]-?[0-9]+(?:\.[0-9]+)?[eE]\+?[0-9]{3}")
_LONE: Final = re.compile(
    rb"\\u[dD][89abAB]..(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..)\\u[dD][c-fC-F]", re.DOTALL
)
_NO_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
_ONE_KIND: Final = bytes.maketrans(b"{}", b"[]")
_TEXTS: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_BLANKS: Final = (b" ", b"\t", b"\n", b"\r")


def parse(data: bytes | str) -> Any:
    """Read JSON strictly.

    Refused beside what is no JSON: NaN and infinities, numbers too large for a float, whole numbers
    of more than 20 digits, a key twice in one object, lone surrogates, NUL, a byte order mark,
    anything but UTF-8, nesting deeper than 200, text after the end.

    Args:
        data: the whole text, or its bytes in UTF-8.

    Raises:
        JsonError: with the JSON path, or the position.

    Example:
        >>> parse(b'{"id": 1, "score": 9}')
        {'id': 1, 'score': 9}
        >>> parse('[{"id": 1, "id": 2}]')
        Traceback (most recent call last):
        cxmetrics.sources.strict.JsonError: $[0]: a key comes twice.
    """
    try:
        raw, text = (data, data.decode()) if isinstance(data, bytes) else (data.encode(), data)
    except UnicodeDecodeError as error:
        raise JsonError(f"no JSON: not UTF-8 at byte {error.start}.", broken=True) from None
    except UnicodeEncodeError as error:
        raise JsonError(f"a lone surrogate at character {error.start}.") from None
    if _deeper(raw):
        raise JsonError(f"nested deeper than {DEPTH}.")
    keys = 0

    def count(found: dict[str, Any]) -> dict[str, Any]:
        nonlocal keys
        keys += len(found)
        return found

    try:
        value = _read(text, object_hook=count, parse_constant=_constant)
    except _DoubtError:
        return _slowly(text)
    return _slowly(text) if _doubtful(raw, keys) else value


class _DoubtError(Exception):
    """A page is to be read slowly."""


def _constant(_: str) -> NoReturn:
    raise _DoubtError


def _read(text: str, **hooks: Any) -> Any:
    """Run the parser, its errors said in our words: without a piece of the text."""
    try:
        return json.loads(text, **hooks)
    except json.JSONDecodeError as error:
        if not text.strip():
            raise JsonError("no JSON: the body is empty.", broken=True) from None
        if text.startswith("\ufeff"):
            raise JsonError("no JSON: it starts with a byte order mark.", broken=True) from None
        raise JsonError(
            f"no JSON: {error.msg} at character {error.pos} (line {error.lineno}).", broken=True
        ) from None
    except RecursionError:
        raise JsonError(f"nested deeper than {DEPTH}.") from None
    except ValueError:  # a whole number of thousands of digits
        raise _DoubtError from None


def _doubtful(raw: bytes, keys: int) -> bool:
    """Tell whether a page may hold what is refused; False is certain, True is not."""
    classes = raw.translate(_CLASSES)
    if b"0" * (DIGITS + 1) in classes:
        return True
    if (b"0e000" in classes or b"0e+000" in classes) and _EXPONENT.search(raw):
        return True
    if b"\\u" in raw:
        if b"\\u0000" in raw:
            return True
        if (b"\\ud" in raw or b"\\uD" in raw) and (b"\\\\u" in raw or _LONE.search(raw)):
            return True
    # Every key ends in `":`, unless a blank comes between; a key that came twice is one too many.
    spaced = any(blank + b":" in raw for blank in _BLANKS) and any(
        b'"' + blank in raw for blank in _BLANKS
    )
    return spaced or raw.count(b'":') != keys


def _deeper(raw: bytes) -> bool:
    """Tell whether values are nested too deep, before the parser meets them."""
    found = _too_deep(raw.translate(_ONE_KIND, _NO_BRACKETS))
    if found is False:
        return False
    # Texts hold brackets as well: look at those outside.
    return _too_deep(_TEXTS.sub(b"", raw).translate(_ONE_KIND, _NO_BRACKETS)) is True


def _too_deep(brackets: bytes) -> bool | None:
    """Tell whether a nest of brackets is too deep; None where they don't match."""
    for _ in range(DEPTH):
        if len(brackets) - len(brackets.lstrip(b"[")) > DEPTH:
            return True
        left = brackets.replace(b"[]", b"")  # the innermost level
        if not left:
            return False
        if len(left) == len(brackets):
            return None
        brackets = left
    return True


@frozen
class _Refused:
    """Stands in the values where something is refused."""

    why: str


def _slowly(text: str) -> Any:
    def whole(digits: str) -> Any:
        if len(digits.lstrip("-")) > DIGITS:
            return _Refused(f"a whole number of more than {DIGITS} digits.")
        return int(digits)

    def real(digits: str) -> Any:
        found = float(digits)
        return found if math.isfinite(found) else _Refused("a number too large.")

    def pairs(found: list[tuple[str, Any]]) -> Any:
        members = dict(found)
        return members if len(members) == len(found) else _Refused("a key comes twice.")

    value = _read(
        text,
        object_pairs_hook=pairs,
        parse_int=whole,
        parse_float=real,
        parse_constant=lambda name: _Refused(f"{name} is no number."),
    )
    left: list[tuple[str, Any]] = [("$", value)]
    while left:
        path, item = left.pop()
        if isinstance(item, _Refused):
            raise JsonError(f"{path}: {item.why}", path)
        if isinstance(item, dict):
            for key in item:
                _check_text(path, key)
            left += reversed([(path + step(key), member) for key, member in item.items()])
        elif isinstance(item, list):
            left += reversed([(f"{path}[{n}]", member) for n, member in enumerate(item)])
        elif isinstance(item, str):
            _check_text(path, item)
    return value


def _check_text(path: str, text: str) -> None:
    if "\0" in text:
        raise JsonError(f"{path}: a text with NUL.", path)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise JsonError(f"{path}: a lone surrogate.", path) from None


def step(key: str) -> str:
    """Return a key as a step of a JSON path; one that may be personal data is not shown.

    Example:
        >>> step("elements"), step("two words"), step("ann@example.test")
        ('.elements', '["two words"]', '["…"]')
    """
    if _NAME.fullmatch(key):
        return f".{key}"
    return f'["{key}"]' if _HARMLESS.fullmatch(key) else '["…"]'


# --- members of an answer -------------------------------------------------------------------------

_NAME: Final = re.compile(r"[A-Za-z_$][\w$-]{0,63}", re.ASCII)
_HARMLESS: Final = re.compile(r"[\w$ .:/-]{1,40}", re.ASCII)
_STEP: Final = re.compile(r"\.([\w$-]+)|\[([0-9]+)\]|\[\"([^\"]+)\"\]", re.ASCII)
_KINDS: Final[dict[type, str]] = {
    dict: "an object",
    list: "an array",
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}
_ABSENT: Final = object()


@lru_cache(maxsize=1024)
def _steps(path: str) -> tuple[tuple[str, str | int], ...]:
    """Return the steps of a JSON path, each with the path that leads to it."""
    found: list[tuple[str, str | int]] = []
    at = 1
    while at < len(path):
        match = _STEP.match(path, at) if path[0] == "$" else None
        if match is None:
            raise UsageError(f"{path!r} is no JSON path such as '$.result.elements[0]'.")
        key, index, quoted = match.groups()
        found.append((path[:at], int(index) if index else key or quoted))
        at = match.end()
    return tuple(found)


@overload
def member(value: Any, path: str, kind: type[T], *, default: Any = ...) -> T: ...
@overload
def member(
    value: Any, path: str, kind: tuple[type, ...] | None = None, *, default: Any = ...
) -> Any: ...
def member(
    value: Any, path: str, kind: type | tuple[type, ...] | None = None, *, default: Any = _ABSENT
) -> Any:
    """Return the member of JSON values at a path, of the documented kind.

    Args:
        value: what `Answer.json()` gave, or a part of it.
        path: such as `$.result.elements[0].id`; names of other letters in brackets, `$["a b"]`.
        kind: its type, or several; `float` takes whole numbers too, `bool` is no number. None for
            any.
        default: what to return where the last step is absent; without it that is drift.

    Raises:
        DriftError: it is not there, or of another kind.

    Example:
        >>> member({"result": {"elements": [1]}}, "$.result.elements", list)
        [1]
        >>> member({"result": {}}, "$.result.elements", list)
        Traceback (most recent call last):
        cxmetrics.errors.DriftError: $.result.elements: missing, expected an array.
    """
    at: Any
    steps = _steps(path)
    for n, (so_far, at) in enumerate(steps):
        container = list if isinstance(at, int) else dict
        if not isinstance(value, container):
            raise DriftError(
                f"{so_far}: expected {_KINDS[container]}, found {_kind(value)}.", so_far
            )
        try:
            value = value[at]
        except LookupError:
            if default is not _ABSENT and n == len(steps) - 1:
                return default
            wanted = _names(kind) if n == len(steps) - 1 else "more below it"
            missing = steps[n + 1][0] if n + 1 < len(steps) else path
            raise DriftError(f"{missing}: missing, expected {wanted}.", missing) from None
    if kind is None:
        return value
    kinds = kind if isinstance(kind, tuple) else (kind,)
    # bool is an int to Python, a whole number is a number to JSON.
    if type(value) in kinds or (type(value) is int and float in kinds):
        return value
    raise DriftError(f"{path}: expected {_names(kind)}, found {_kind(value)}.", path)


def _names(kind: type | tuple[type, ...] | None) -> str:
    kinds = kind if isinstance(kind, tuple) else (kind,) if kind else ()
    return " or ".join(_KINDS.get(k, k.__name__) for k in kinds) or "something"


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), type(value).__name__)


# --- numbers and times ----------------------------------------------------------------------------

_NUMBER: Final = {
    mark: re.compile(rf"-?(?:0|[1-9][0-9]{{0,14}})(?:{re.escape(mark)}[0-9]{{1,15}})?", re.ASCII)
    for mark in ".,"
}
_INSTANT: Final = re.compile(
    r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})"
    r"(?:[T ]([0-9]{2}):?([0-9]{2})(?::?([0-9]{2})(?:[.,]([0-9]{1,12}))?)?"
    r" ?(Z|z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?)?)?",
    re.ASCII,
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PER_UNIT: Final = {"s": 1_000_000, "ms": 1_000, "us": 1}
_DIGITAL: Final = re.compile(r"-?[0-9]{1,18}", re.ASCII)


def number(value: Any, *, decimal: Literal[".", ","] = ".") -> int | float:
    """Return a number as it stands, or written as a text.

    Taken are "9", "-1" and "9.5"; not " 9 ", "9_0", "1e1", "+9", "09", "٩", true. Nothing is
    rounded and no scale is assumed.

    Args:
        value: a number, or the text of one.
        decimal: the decimal mark of texts.

    Raises:
        DataError: it is no number, or none that is written plainly.

    Example:
        >>> number("9"), number("9,5", decimal=","), number(7)
        (9, 9.5, 7)
    """
    if type(value) is int or (type(value) is float and math.isfinite(value)):
        return value + 0  # no minus zero
    if isinstance(value, str) and _NUMBER[decimal].fullmatch(value):
        if decimal in value:
            return float(value.replace(",", ".")) + 0.0
        return int(value)
    raise DataError(f"expected a number, found {_kind(value)} that is none written plainly.")


def instant(
    value: Any,
    *,
    zone: str | tzinfo | None = None,
    unit: Literal["s", "ms", "us"] | None = None,
) -> datetime:
    """Return a time of the vendor as an instant in UTC, to the microsecond.

    A finer fraction is cut. Of a time that a clock shows twice when summer ends the first is meant;
    one that it skips when summer begins is read with the offset before the change.

    Args:
        value: an ISO 8601 text, an aware datetime, or a number since 1970 with `unit`.
        zone: where times without an offset, and dates (their first moment), are local; for instance
            "Europe/Paris". An offset in the text goes first.
        unit: of numbers: seconds, milliseconds or microseconds.

    Raises:
        DataError: it is no time, has no offset while no zone is declared, or is out of range.
        ConfigError: the zone is unknown.

    Example:
        >>> str(instant("2026-07-01T09:00:00", zone="Europe/Paris"))
        '2026-07-01 07:00:00+00:00'
        >>> str(instant(1767225600000, unit="ms"))
        '2026-01-01 00:00:00+00:00'
    """
    try:
        if unit is not None and not isinstance(value, bool):
            if isinstance(value, str) and _DIGITAL.fullmatch(value):
                value = int(value)
            if isinstance(value, int | float):
                # Whole microseconds: a float of seconds is exact to less than one.
                return _EPOCH + timedelta(microseconds=round(value * _PER_UNIT[unit]))
        if isinstance(value, str):
            value = _time_of(value)
        if not isinstance(value, datetime):
            raise DataError(f"expected a time, found {_kind(value)}.")
        if value.tzinfo is None:
            if zone is None:
                raise DataError("a time without an offset: declare the zone it is local to.")
            value = value.replace(tzinfo=_zone(zone))
        at: datetime = value.astimezone(UTC)
        return at
    except (OverflowError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError("a time that does not exist or is out of range.") from None


def _time_of(text: str) -> datetime:
    found = _INSTANT.fullmatch(text)
    if found is None:
        raise DataError("expected a time in ISO 8601, found another text.")
    year, month, day, hour, minute, second, fraction, offset = found.groups(default="")
    zone: tzinfo | None = None
    if offset in ("Z", "z", "UTC"):
        zone = UTC
    elif offset:
        away = timedelta(hours=int(offset[1:3]), minutes=int(offset[3:].lstrip(":") or 0))
        zone = timezone(-away if offset[0] == "-" else away)
    return datetime(
        int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0),
        int(f"{fraction[:6]:0<6}"), tzinfo=zone,
    )  # fmt: skip


def _zone(zone: str | tzinfo) -> tzinfo:
    if isinstance(zone, tzinfo):
        return zone
    try:
        return ZoneInfo(zone)
    except (LookupError, ValueError, OSError):
        raise ConfigError(
            f"the time zone {zone!r} is unknown: write a name such as 'Europe/Paris' or 'UTC'."
        ) from None
