"""Drivers as a list: the share of each with its interval, the most important first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cxmetrics.errors import UsageError
from cxmetrics.items import Drivers
from cxmetrics.metrics.text import MINUS, count, level_text, limits, number
from cxmetrics.plots._base import Plot
from cxmetrics.plots.extra import extra
from cxmetrics.plots.groups import spaced
from cxmetrics.plots.theme import LIGHT, finished

if TYPE_CHECKING:
    from altair.typing import ChartType

_WIDTH: Final = 360
_ROW: Final = 24
_NUMBERS: Final = 190


def drivers(result: Any) -> ChartType:
    """Draw the share of each driver, blue where it goes up with the outcome, orange where down.

    Raises:
        UsageError: the result is no drivers.
    """
    if not isinstance(result, Drivers):
        raise UsageError(f"this chart draws drivers, not a {type(result).__name__}.")
    alt = extra("altair")
    values = []
    for place, driver in enumerate(result.values()):
        interval = driver.interval
        values.append(
            {
                "place": place,
                "label": spaced(driver.name),
                "value": driver.percent,
                "low": None if interval is None else interval.low,
                "high": None if interval is None else interval.high,
                "up": driver.correlation >= 0,
                "share_text": number(driver.percent, "percent"),
                "interval_text": "–"
                if interval is None
                else limits(interval.low, interval.high, "percent"),
                "r_text": f"{driver.correlation:+.2f}".replace("-", MINUS),
            }
        )
    rows = alt.Y("label:N", sort=alt.SortField("place"), axis=alt.Axis(title=None, labelLimit=220))
    height = _ROW * len(values)
    base = alt.Chart(alt.Data(values=values), width=_WIDTH, height=height).encode(y=rows)
    axis = alt.Axis(title="share of R², %", grid=True, tickCount=5)
    bars = base.mark_bar(height=12).encode(
        x=alt.X("value:Q", axis=axis),
        color=alt.condition("datum.up", alt.value(LIGHT.positive), alt.value(LIGHT.negative)),
    )
    whiskers = base.mark_rule(color=LIGHT.ink, strokeWidth=1.5).encode(
        x=alt.X("low:Q", axis=axis), x2="high:Q"
    )
    numbers = alt.Chart(alt.Data(values=values), width=_NUMBERS, height=height).encode(
        y=alt.Y("label:N", sort=alt.SortField("place"), axis=None)
    )
    heads = alt.Chart(alt.Data(values=[{}]))
    columns = []
    for field, head, x in (
        ("share_text", "share", 40),
        ("interval_text", f"{level_text(result.level)} interval", 140),
        ("r_text", "r", 186),
    ):
        columns += [
            numbers.mark_text(align="right").encode(x=alt.value(x), text=f"{field}:N"),
            heads.mark_text(
                align="right", baseline="bottom", dy=-3, fontSize=11, color=LIGHT.muted
            ).encode(x=alt.value(x), y=alt.value(0), text=alt.value(head)),
        ]
    weighted = ", weighted" if result.moments.weighted else ""
    ends = ""
    if result.interval is not None:
        ends = f" ({limits(result.interval.low, result.interval.high, 'rating')})"
    return finished(
        alt.hconcat(alt.layer(bars, whiskers), alt.layer(*columns), spacing=14),
        title=f"What goes with {spaced(result.outcome)}",
        subtitle=f"R² {number(result.r2, 'rating')}{ends}, n = {count(result.n)}{weighted}; "
        "associated with, not cause of",
    )


plots = (Plot(name="drivers", title="shares of the drivers with their intervals", draw=drivers),)
