"""Local days: what a moment is called in the time zone of the store.

A day is not a number of seconds: it begins when the clocks of the zone say so. The database adds
the zone's offset at each moment, out of a short list, and cuts the result into days; only then do
weeks, months and years come of it, in Python.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from attrs import frozen

from cxmetrics.store.rows import micros
from cxmetrics.summaries import Label

BUCKETS: Final[tuple[str, ...]] = ("day", "week", "month", "quarter", "year")

_YEAR_ONE: Final = 62_135_596_800_000_000  # microseconds from the year 1 to 1970
_DAY: Final = 86_400_000_000
_FIRST: Final = datetime(1900, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(2100, 1, 1, tzinfo=UTC)
_STEP: Final = timedelta(days=1)

_FORMS: Final[Mapping[str, str]] = {
    "day": r"(\d{4})-(\d\d)-(\d\d)",
    "week": r"(\d{4})-W(\d\d)",
    "month": r"(\d{4})-(\d\d)",
    "quarter": r"(\d{4})-Q([1-4])",
    "year": r"(\d{4})",
}


@frozen
class Span:
    """A stretch of time with one offset.

    Attributes:
        start: in microseconds, where it begins; None where nothing is before it.
        end: where it ends; None where nothing comes after.
        offset: what the clocks add to UTC, in microseconds.
    """

    start: int | None
    end: int | None
    offset: int


@lru_cache(maxsize=8)
def spans(zone: ZoneInfo) -> tuple[Span, ...]:
    """Return the offsets of a zone from 1900 to 2100, and the first and last for all time."""
    found: list[Span] = []
    start, before, at = None, _offset(_FIRST, zone), _FIRST
    while at < _LAST:
        after = _offset(at + _STEP, zone)
        if after != before:
            end = micros(_change(at, zone))
            found.append(Span(start, end, before))
            start, before = end, after
        at += _STEP
    return (*found, Span(start, None, before))


def local_day(column: sa.ColumnElement[Any], zone: ZoneInfo, now: datetime) -> Any:
    """Return the expression of a moment's local day, as `date.toordinal` counts.

    Args:
        column: microseconds since 1970.
        zone: whose days.
        now: the offsets around it are looked at first: most answers are young.
    """
    near = micros(now)
    known = sorted(spans(zone), key=lambda span: _distance(span, near))
    shift: Any = sa.literal(known[-1].offset, sa.BigInteger)
    if len(known) > 1:
        shift = sa.case(*((_within(column, span), span.offset) for span in known[:-1]), else_=shift)
    return (column + shift + _YEAR_ONE) // _DAY + 1


def label_of(bucket: str, day: int) -> Label:
    """Return what a day, or the week, month, quarter or year it lies in, is called.

    Example:
        >>> [label_of(bucket, date(2026, 2, 1).toordinal()) for bucket in BUCKETS]
        ['2026-02-01', '2026-W05', '2026-02', '2026-Q1', 2026]
    """
    on = date.fromordinal(day)
    if bucket == "day":
        return on.isoformat()
    if bucket == "week":
        year, week, _ = on.isocalendar()
        return f"{year:04}-W{week:02}"
    if bucket == "month":
        return f"{on.year:04}-{on.month:02}"
    return f"{on.year:04}-Q{(on.month + 2) // 3}" if bucket == "quarter" else on.year


def days_of(bucket: str, label: Label) -> tuple[int, int] | None:
    """Return the first and the last day of what a label names; None where it names nothing.

    Example:
        >>> first, last = days_of("quarter", "2026-Q1")
        >>> last - first + 1
        90
    """
    found = re.fullmatch(_FORMS[bucket], str(label), re.ASCII)
    if found is None:
        return None
    numbers = list(map(int, found.groups()))
    try:
        if bucket == "day":
            first = last = date(*numbers)
        elif bucket == "week":
            first = date.fromisocalendar(numbers[0], numbers[1], 1)
            last = first + timedelta(days=6)
        else:
            months = {"month": 1, "quarter": 3, "year": 12}[bucket]
            year, part = (*numbers, 1)[:2]
            first = date(year, (part - 1) * months + 1, 1)
            following = first.replace(day=28) + timedelta(days=31 * months - 27)
            last = following.replace(day=1) - timedelta(days=1)
    except ValueError:  # the 30th of February, the 60th week
        return None
    return first.toordinal(), last.toordinal()


def _offset(at: datetime, zone: ZoneInfo) -> int:
    offset = at.astimezone(zone).utcoffset() or timedelta()
    return offset // timedelta(microseconds=1)


def _change(at: datetime, zone: ZoneInfo) -> datetime:
    """Return the second, within the day after `at`, at which the offset changes."""
    low, high = 0, 86_400
    before = _offset(at, zone)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(at + timedelta(seconds=middle), zone) == before:
            low = middle
        else:
            high = middle
    return at + timedelta(seconds=high)


def _distance(span: Span, near: int) -> int:
    if span.start is not None and near < span.start:
        return span.start - near
    return near - span.end if span.end is not None and near >= span.end else 0


def _within(column: sa.ColumnElement[Any], span: Span) -> sa.ColumnElement[bool]:
    limits: Sequence[sa.ColumnElement[bool]] = [
        *([] if span.start is None else [column >= span.start]),
        *([] if span.end is None else [column < span.end]),
    ]
    return sa.and_(*limits)
