"""The control chart: the score of each period between the limits that chance draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cxmetrics.errors import UsageError
from cxmetrics.metrics.text import number
from cxmetrics.plots._base import Plot
from cxmetrics.plots.extra import extra
from cxmetrics.plots.groups import printable, spaced
from cxmetrics.plots.theme import LIGHT, finished
from cxmetrics.trends import ControlChart

if TYPE_CHECKING:
    from altair.typing import ChartType

_WIDTH, _HEIGHT = 640, 260
_LETTER: Final = 6.5
_UNITS: Final = {"points": "points", "percent": "%", "rating": "rating"}


def control(result: Any) -> ChartType:
    """Draw the periods, those outside their limits in orange and named.

    Limits step from period to period, for each has its own answers.

    Raises:
        UsageError: the result is no control chart.
    """
    if not isinstance(result, ControlChart):
        raise UsageError(f"this chart draws a control chart, not a {type(result).__name__}.")
    alt = extra("altair")
    values: list[dict[str, Any]] = [
        {
            "at": place,
            "from": place - 0.5,
            "to": place + 0.5,
            "label": printable(point.label),
            "value": point.value,
            "low": point.low,
            "high": point.high,
            "out": point.out,
            "text": "" if point.value is None else number(point.value, result.unit),
        }
        for place, point in enumerate(result.points)
    ]
    known = [row for row in values if row["value"] is not None]
    ends = [row[name] for row in known for name in ("low", "high", "value")]
    room = 0.12 * (max(ends) - min(ends))
    scale = alt.Scale(domain=[min(ends) - room, max(ends) + room], nice=False, zero=False)
    title = f"{result.title}, {_UNITS[result.unit]}"
    axis = alt.Axis(title=title, grid=True, tickCount=6)
    across = alt.Scale(domain=[-0.5, len(values) - 0.5], nice=False)
    widest = max(len(str(row["label"])) for row in values) * _LETTER + 10
    step = max(1, -int(-widest * len(values) // _WIDTH))
    named = values[::-1][::step]
    below = alt.Axis(
        title=spaced(result.dim),
        titlePadding=30,  # under the labels, which are drawn as marks
        values=[row["at"] for row in named],
        labels=False,
        ticks=True,
        tickColor=LIGHT.muted,
        tickSize=4,
        domain=True,
        domainColor=LIGHT.muted,
    )
    x = alt.X("at:Q", scale=across, axis=below)
    y = alt.Y("value:Q", scale=scale, axis=axis)
    base = alt.Chart(alt.Data(values=known))
    box = {
        "x": alt.X("from:Q", scale=across, axis=below),
        "x2": "to:Q",
        "y": alt.Y("low:Q", scale=scale, axis=axis),
    }
    layers = [
        base.mark_rect(color=LIGHT.neutral, opacity=0.22).encode(**box, y2="high:Q"),
        *(
            base.mark_rule(color=LIGHT.muted, strokeWidth=1).encode(
                x=box["x"], x2="to:Q", y=alt.Y(f"{limit}:Q", scale=scale, axis=axis)
            )
            for limit in ("low", "high")
        ),
        alt.Chart(alt.Data(values=[{"value": result.centre}]))
        .mark_rule(color=LIGHT.ink, strokeWidth=1, strokeDash=[4, 3])
        .encode(y=y),
        base.mark_line(color=LIGHT.positive, strokeWidth=1.5).encode(x=x, y=y),
        base.mark_point(
            filled=True, size=70, opacity=1, stroke=LIGHT.paper, strokeWidth=1.5
        ).encode(
            x=x,
            y=y,
            color=alt.condition("datum.out", alt.value(LIGHT.negative), alt.value(LIGHT.positive)),
        ),
        *(
            base.transform_filter(f"datum.out && datum.value {side} {result.centre}")
            .mark_text(color=LIGHT.negative, fontWeight=600, dy=away)
            .encode(x=x, y=y, text="text:N")
            for side, away in (("<", 15), (">=", -15))
        ),
        alt.Chart(alt.Data(values=named))
        .mark_text(color=LIGHT.ink, baseline="top", fontSize=11)
        .encode(x=x, y=alt.value(_HEIGHT + 9), text="label:N"),
    ]
    outside = f"{len(result.out)} of {len(values)} periods outside their limits"
    return finished(
        alt.layer(*layers).properties(width=_WIDTH, height=_HEIGHT),
        title=f"{result.title} over time: {outside}",
        subtitle=f"dashed: centre {number(result.centre, result.unit)}; grey: 3 sigma of "
        f"each period × {result.sigma_z:.2f}, how much more than chance periods differ (Laney)",
    )


plots = (Plot(name="control", title="periods between their control limits", draw=control),)
