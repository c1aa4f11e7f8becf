"""Numbers and times as a vendor writes them: read exactly, or refused. Nothing is guessed."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from cxmetrics.errors import ConfigError, CxError, DataError

KINDS: Final[dict[type, str]] = {
    dict: "an object",
    list: "an array",
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}
"""What JSON calls the types of its values."""
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
_USUAL: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ](?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})?",
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
    raise DataError(f"expected a number, found {kind_of(value)} that is none written plainly.")


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
            raise DataError(f"expected a time, found {kind_of(value)}.")
        if value.tzinfo is None:
            if zone is None:
                raise DataError("a time without an offset: declare the zone it is local to.")
            return value.replace(tzinfo=_zone(zone)).astimezone(UTC)
        return value.astimezone(UTC)
    except (OverflowError, ValueError) as error:
        if isinstance(error, CxError):
            raise
        raise DataError("a time that does not exist or is out of range.") from None


def _time_of(text: str) -> datetime:
    if _USUAL.fullmatch(text):
        return datetime.fromisoformat(text)  # the same, quicker
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


def kind_of(value: Any) -> str:
    """Return what JSON calls a value, such as "an object"."""
    return KINDS.get(type(value), type(value).__name__)
