"""When to come back: `Retry-After`, the vendors' own headers, and backoff."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from attrs import frozen

from cxmetrics.sources.message import http_date

_DIGITS: Final = re.compile(r"[0-9]{1,12}", re.ASCII)
_NUMBER: Final = re.compile(r"[0-9]{1,15}", re.ASCII)  # milliseconds since 1970 have 13
_USAGE: Final = re.compile(r"\s*([0-9]{1,12})\s*/\s*([0-9]{1,12})\s*", re.ASCII)
_BASE: Final = 1.0
_CEILING: Final = 60.0


@frozen
class Reset:
    """A header by which a vendor says when it may be asked again.

    Attributes:
        header: its name.
        reads: what it holds: "seconds" left, an "epoch" in seconds or "milliseconds", an "iso"
            time, a "usage" such as `10/40`, or what is "remaining". Of the last two, only an
            exhausted one makes wait, and then also before the next request.
        per: how long to wait where usage or what remains is exhausted.
        key: where the header is a list such as `user-hour-lim:3600;user-hour-rem:0`, whose part.

    Example:
        >>> reset = Reset("X-Ratelimit-Reset", "epoch")
        >>> reset.wait({"x-ratelimit-reset": "60"}, datetime(1970, 1, 1, tzinfo=UTC))
        60.0
    """

    header: str
    reads: Literal["seconds", "epoch", "milliseconds", "iso", "usage", "remaining"] = "seconds"
    per: timedelta = timedelta(seconds=60)
    key: str = ""

    @property
    def early(self) -> bool:
        """Whether it is worth reading before the vendor refuses."""
        return self.reads in ("usage", "remaining")

    def wait(self, headers: Mapping[str, str], now: datetime) -> float | None:
        """Return the seconds to wait; None where the header says nothing."""
        text = headers.get(self.header.lower(), "")
        if self.key:
            parts = (part.partition(":") for part in text.replace("=", ":").split(";"))
            text = next((value for key, _, value in parts if key.strip() == self.key), "")
        text = text.strip()
        if self.reads == "usage":
            used = _USAGE.fullmatch(text)
            exhausted = used is not None and int(used[1]) >= int(used[2])
            return self.per.total_seconds() if exhausted else None
        if self.reads == "iso":
            return _until(text, now)
        if not _NUMBER.fullmatch(text):
            return None
        number = int(text)
        match self.reads:
            case "seconds":
                return float(number)
            case "remaining":
                return None if number else self.per.total_seconds()
            case "milliseconds":
                return max(0.0, number / 1000 - now.timestamp())
            case _:
                return max(0.0, number - now.timestamp())


def retry_after(text: str, now: datetime) -> float | None:
    """Return the seconds that a `Retry-After` header asks for; None where it says nothing usable.

    Args:
        text: of the header: digits, or a date of HTTP in any of its three forms.
        now: aware.

    Example:
        >>> now = datetime(2026, 1, 1, tzinfo=UTC)
        >>> retry_after("30", now), retry_after("Thu, 01 Jan 2026 00:01:00 GMT", now)
        (30.0, 60.0)
        >>> retry_after("-1", now), retry_after("1.5", now), retry_after("soon", now)
        (None, None, None)
    """
    text = text.strip()
    if _DIGITS.fullmatch(text):
        return float(text)
    date = None if text[:1].isdigit() or not text.isascii() else http_date(text)
    return None if date is None else max(0.0, (date - now).total_seconds())


def told_wait(headers: Mapping[str, str], resets: Sequence[Reset], now: datetime) -> float | None:
    """Return how long the vendor asks to wait: `Retry-After`, else the first header that says."""
    waits = [retry_after(headers.get("retry-after", ""), now)]
    waits += [reset.wait(headers, now) for reset in resets]
    # 0 or a moment in the past is no time to wait: back off instead of asking at once.
    return next((wait for wait in waits if wait), None)


def backoff(attempt: int, uniform: Callable[[float, float], float]) -> float:
    """Return a random wait below a ceiling that doubles with every try ("full jitter").

    Args:
        attempt: how many tries there were, from 1.
        uniform: draws from a range.
    """
    return uniform(0.0, min(_CEILING, _BASE * 2.0 ** min(attempt - 1, 16)))


def moment(now: datetime, seconds: float) -> datetime:
    """Return the time so many seconds from now, or the end of time."""
    try:
        return now + timedelta(seconds=seconds)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def _until(text: str, now: datetime) -> float | None:
    try:
        at = datetime.fromisoformat(text)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
        return max(0.0, (at - now).total_seconds())
    except (ValueError, OverflowError):
        return None
