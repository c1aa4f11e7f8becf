"""Labels that are moments in time: which of them are, when they were, what comes in between."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Final

from cxmetrics.summaries import Label

_WEEK: Final = re.compile(r"(\d{4})-W(\d{2})")
_QUARTER: Final = re.compile(r"(\d{4})-Q([1-4])")
_MONTH: Final = re.compile(r"(\d{4})-(\d{2})")
_DAY: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})([T ].*)?")
_YEARS: Final = range(1900, 2101)


def moment_of(label: Label) -> date | None:
    """Return the day on which a year, quarter, ISO month, ISO week or ISO date begins, or None.

    Example:
        >>> moment_of("2026-03"), moment_of("2026-W02"), moment_of(2018), moment_of("spring")
        (datetime.date(2026, 3, 1), datetime.date(2026, 1, 5), datetime.date(2018, 1, 1), None)
        >>> moment_of("2026-Q2")
        datetime.date(2026, 4, 1)
    """
    if isinstance(label, int) and not isinstance(label, bool):
        return date(label, 1, 1) if label in _YEARS else None
    if not isinstance(label, str):
        return None
    try:
        if found := _WEEK.fullmatch(label):
            return date.fromisocalendar(int(found[1]), int(found[2]), 1)
        if found := _QUARTER.fullmatch(label):
            return date(int(found[1]), 3 * int(found[2]) - 2, 1)
        if found := _MONTH.fullmatch(label):
            return date(int(found[1]), int(found[2]), 1)
        if found := _DAY.fullmatch(label):
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:  # the 30th of February is a label like any other
        return None
    return None


def days_of(labels: Iterable[Label]) -> list[int] | None:
    """Return the ordinal day of each label, or None if they are not all different moments.

    Example:
        >>> days_of(["2026-01-01", "2026-01-03"])
        [739617, 739619]
        >>> days_of(["before", "after"]) is None
        True
    """
    moments = [moment_of(label) for label in labels]
    days = [moment.toordinal() for moment in moments if moment is not None]
    return days if days and len(set(days)) == len(moments) else None


def in_order(labels: Iterable[Label]) -> list[Label]:
    """Return different labels in the order of time, or in theirs if they are no moments.

    Example:
        >>> in_order(["2026-02", "2026-01", "2026-02"]), in_order(["before", "after"])
        (['2026-01', '2026-02'], ['before', 'after'])
    """
    distinct = list(dict.fromkeys(labels))
    days = days_of(distinct)
    if days is None:
        return distinct
    return [label for _, label in sorted(zip(days, distinct, strict=True), key=lambda x: x[0])]
