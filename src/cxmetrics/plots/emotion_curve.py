"""The emotion curve: a line a group over the steps of the journey, with its intervals."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from cxmetrics.concepts.emotion_curve import Curve, EmotionCurve
from cxmetrics.errors import UsageError
from cxmetrics.metrics.text import count, level_text, number
from cxmetrics.plots._base import Plot
from cxmetrics.plots.extra import extra
from cxmetrics.plots.groups import printable, spaced
from cxmetrics.plots.theme import LIGHT, finished

if TYPE_CHECKING:
    from altair.typing import ChartType

_WIDTH: Final = 680
_HEIGHT: Final = 280
_STEP: Final = 78  # least room of a step, so that its name can be read
_DODGE: Final = 9
_LETTER: Final = 6.2
_LINE: Final = 13


def emotion_curve(result: Any) -> ChartType:
    """Draw the mean emotion of each step, peak and low named.

    A step that a group did not rate breaks its line.

    Raises:
        UsageError: the result is no emotion curve, or has more groups than there are colours.
    """
    if not isinstance(result, EmotionCurve):
        raise UsageError(f"this chart draws an emotion curve, not a {type(result).__name__}.")
    curves = list(result.curves.values())
    if len(curves) > len(LIGHT.lines):
        raise UsageError(
            f"{len(curves)} curves can't be told apart in one chart: keep {len(LIGHT.lines)} "
            "groups at most with where=…."
        )
    alt = extra("altair")
    width = max(_WIDTH, _STEP * len(result.order))
    across = alt.Scale(domain=[-0.5, len(result.order) - 0.5], nice=False)
    domain = _domain(result)
    layers: list[Any] = [*_middle(domain)] if domain[0] < 0 < domain[1] else []
    for place, curve in enumerate(curves):
        aside = _DODGE * (place - (len(curves) - 1) / 2) * len(result.order) / width
        layers += _line(curve, result.order, LIGHT.lines[place], aside, across, domain)
    layers += _steps(result, across, width)
    one = len(curves) == 1
    bars = "band and bars" if one else "bars"
    n = sum(own.n for curve in curves for own in curve.steps.values())
    legend = [] if one else _legend(curves)
    return finished(
        alt.layer(*legend, *layers).properties(width=width, height=_HEIGHT),
        title=spaced(result.title),
        subtitle=f"mean emotion by step; {bars}: {level_text(result.level)} intervals; "
        f"n = {count(n)} ratings",
    )


def _domain(result: EmotionCurve) -> list[float]:
    """Return the range of the axis: all intervals, with room for the names of peak and low."""
    ends = [0.0] if result.scale is not None and result.scale.low < 0 < result.scale.high else []
    for curve in result.curves.values():
        for own in curve.steps.values():
            ends.append(own.value)
            if own.interval is not None:
                ends += [own.interval.low, own.interval.high]
    room = 0.14 * (max(ends) - min(ends)) or 1.0
    return [min(ends) - room, max(ends) + room]


def _axes(across: Any, domain: list[float]) -> tuple[Any, dict[str, Any]]:
    alt = extra("altair")
    x = alt.X("at:Q", scale=across, axis=None)
    scale = alt.Scale(domain=domain, nice=False, zero=False)
    axis = alt.Axis(title="mean emotion", grid=True, tickCount=6)
    return x, {
        name: alt.Y(f"{name}:Q", scale=scale, axis=axis) for name in ("value", "low", "zero")
    }


def _middle(domain: list[float]) -> list[Any]:
    """Draw the line between good and bad, of a scale around 0."""
    alt = extra("altair")
    _, y = _axes(None, domain)
    chart = alt.Chart(alt.Data(values=[{"zero": 0}]))
    return [chart.mark_rule(color=LIGHT.muted, strokeDash=[4, 3]).encode(y=y["zero"])]


def _line(
    curve: Curve,
    order: tuple[str, ...],
    colour: str,
    aside: float,
    across: Any,
    domain: list[float],
) -> list[Any]:
    """Draw one group: intervals, line, points, and what its peak and low are."""
    alt = extra("altair")
    values: list[dict[str, Any]] = []
    for at, step in enumerate(order):
        own = curve.steps.get(step)
        if own is not None:
            ends = own.interval
            values.append(
                {
                    "at": at + aside,
                    "place": at,
                    "step": printable(step),
                    "curve": printable(curve.name),
                    "value": own.value,
                    "low": None if ends is None else ends.low,
                    "high": None if ends is None else ends.high,
                    "n": own.n,
                }
            )
    for run, (_, part) in enumerate(
        groupby(enumerate(values), lambda pair: pair[1]["place"] - pair[0])
    ):
        for _, row in part:
            row["run"] = run
    x, y = _axes(across, domain)
    base = alt.Chart(alt.Data(values=values)).encode(x=x, detail="run:N")
    sure = base.transform_filter("isValid(datum.low)")
    layers = [
        sure.mark_rule(color=colour, opacity=0.5, strokeWidth=1.5).encode(y=y["low"], y2="high:Q"),
        base.mark_line(color=colour, strokeWidth=2.5, interpolate="monotone").encode(y=y["value"]),
        base.mark_point(
            filled=True, color=colour, opacity=1, size=75, stroke=LIGHT.paper, strokeWidth=1.5
        ).encode(y=y["value"]),
    ]
    if not curve.name:
        band = sure.mark_area(color=colour, opacity=0.14, interpolate="monotone")
        layers.insert(0, band.encode(y=y["low"], y2="high:Q"))
        layers += _extremes(curve, values, x, y)
    return layers


def _extremes(curve: Curve, values: list[dict[str, Any]], x: Any, y: dict[str, Any]) -> list[Any]:
    """Write the value at the peak and at the low, a question mark where others may be it."""
    alt = extra("altair")
    layers = []
    for word, extreme, up, colour in (
        ("peak", curve.peak, True, LIGHT.positive),
        ("low", curve.low, False, LIGHT.negative),
    ):
        row = next(row for row in values if row["step"] == printable(extreme.step))
        end = row["high" if up else "low"]
        doubt = "?" if extreme.rivals else ""
        text = f"{word}{doubt} {number(extreme.value, 'rating')}"
        place = row["value"] if end is None else end
        named = [{"at": row["at"], "value": place, "text": text}]
        layers.append(
            alt.Chart(alt.Data(values=named))
            .mark_text(color=colour, fontWeight=600, dy=-10 if up else 12)
            .encode(x=x, y=y["value"], text="text:N")
        )
    return layers


def _steps(result: EmotionCurve, across: Any, width: int) -> list[Any]:
    """Write the steps under the chart, over several lines: labels of an axis would be code."""
    alt = extra("altair")
    room = int(width / len(result.order) / _LETTER)
    names = [_broken(spaced(step), room) for step in result.order]
    layers = []
    for line in range(max(map(len, names))):
        values = [{"at": at, "text": own[line]} for at, own in enumerate(names) if own[line:]]
        layers.append(
            alt.Chart(alt.Data(values=values))
            .mark_text(color=LIGHT.ink, baseline="top", fontSize=11)
            .encode(
                x=alt.X("at:Q", scale=across, axis=None),
                y=alt.value(_HEIGHT + 9 + _LINE * line),
                text="text:N",
            )
        )
    return layers


def _broken(text: str, room: int) -> list[str]:
    """Break a text between words; what is longer than the room is cut.

    Example:
        >>> _broken("click and collect", 10), _broken("extraordinarily", 10)
        (['click and', 'collect'], ['extraordi…'])
    """
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word if len(word) <= room else f"{word[: room - 1]}…")
    return lines


def _legend(curves: list[Curve]) -> list[Any]:
    """Name the curves above the chart, each in its colour."""
    alt = extra("altair")
    layers, left = [], 0.0
    for place, curve in enumerate(curves):
        name = printable(curve.name)
        layers.append(
            alt.Chart(alt.Data(values=[{"text": f"● {name}"}]))
            .mark_text(align="left", baseline="bottom", color=LIGHT.lines[place], fontWeight=600)
            .encode(x=alt.value(left), y=alt.value(-4), text="text:N")
        )
        left += _LETTER * (len(name) + 4) + 8
    return layers


plots = (
    Plot(name="emotion_curve", title="the emotion of each step of a journey", draw=emotion_curve),
)
