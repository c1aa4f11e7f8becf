"""How numbers and groups are written for people; results themselves are never rounded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isnan
from typing import Literal

from cxmetrics.stats.intervals import Interval
from cxmetrics.summaries import Label

Unit = Literal["points", "percent", "rating"]

MINUS = "\N{MINUS SIGN}"


def number(value: float, unit: str, *, difference: bool = False) -> str:
    """Write a score: points signed, percent with one decimal, ratings with two.

    A difference of two percentages is in points, not in percent.

    Example:
        >>> number(40.44, "points"), number(72.5, "percent"), number(3.925, "rating")
        ('+40.4', '72.5 %', '3.92')
        >>> number(-0.31, "rating", difference=True), number(2.0, "percent", difference=True)
        ('−0.31', '+2.0 pts')
    """
    if isnan(value):
        return "–"
    decimals = 2 if unit == "rating" else 1
    sign = "+" if unit == "points" or difference else ""
    text = f"{value:{sign}.{decimals}f}"
    if float(text) == 0:
        text = text.replace("-", "+" if sign else "")
    return text.replace("-", MINUS) + _sign(unit, difference=difference)


def _sign(unit: str, *, difference: bool) -> str:
    if unit != "percent":
        return ""
    return " pts" if difference else " %"


def limits(low: float, high: float, unit: str, *, difference: bool = False) -> str:
    """Write an interval.

    Example:
        >>> limits(37.6, 43.2, "points")
        '+37.6 to +43.2'
    """
    start = number(low, unit, difference=difference)
    start = start.removesuffix(_sign(unit, difference=difference))
    return f"{start} to {number(high, unit, difference=difference)}"


def interval_text(
    interval: Interval | None, unit: str, *, difference: bool = False, times: float = 1.0
) -> str:
    """Write an interval, a dash where there is none.

    Args:
        interval: the interval.
        unit: of the number.
        difference: whether it is one.
        times: what makes the limits of the unit, such as 100 for proportions in percent.

    Example:
        >>> interval_text(None, "points")
        '–'
    """
    if interval is None:
        return "–"
    return limits(times * interval.low, times * interval.high, unit, difference=difference)


def count(value: float) -> str:
    """Write a number of answers.

    Example:
        >>> count(2746), count(20.0495)
        ('2,746', '20.0')
    """
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"


def level_text(level: float) -> str:
    """Write a confidence level.

    Example:
        >>> level_text(0.95), level_text(0.999)
        ('95 %', '99.9 %')
    """
    return f"{100 * level:g} %"


def p_text(p: float) -> str:
    """Write a p-value.

    Example:
        >>> p_text(0.0330), p_text(0.00001)
        ('p = 0.033', 'p < 0.001')
    """
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def p_cell(p: float) -> str:
    """Write a p-value in a column that says so.

    Example:
        >>> p_cell(0.0330), p_cell(0.00001)
        ('0.033', '< 0.001')
    """
    return p_text(p).removeprefix("p = ").removeprefix("p ")


def label_text(label: Label) -> str:
    """Write one label; the missing one in brackets."""
    return "(missing)" if label is None else str(label)


def listed(labels: Iterable[Label], most: int) -> str:
    """Write labels, of many the first.

    Example:
        >>> listed(["fees", "queue", None], 6), listed(["fees", "queue", "parcel"], 1)
        ('fees, queue, (missing)', 'fees and 2 more')
    """
    names = [label_text(label) for label in labels]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def group_text(group: Mapping[str, Label]) -> str:
    """Write a group: its labels, or "all".

    Example:
        >>> group_text({"wave": 2018, "area": None})
        '2018 · (missing)'
    """
    return " · ".join(label_text(label) for label in group.values()) or "all"
