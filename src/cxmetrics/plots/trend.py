"""The score over time, with the band of its interval."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, Self

from attrs import frozen

from cxmetrics.errors import UsageError
from cxmetrics.metrics import Metric, Score, Scores
from cxmetrics.metrics.text import number
from cxmetrics.plots._base import Plot
from cxmetrics.plots.extra import extra
from cxmetrics.plots.groups import (
    Group,
    groups_of,
    headline,
    label_of,
    level_of,
    row,
    score_axis,
    spaced,
)
from cxmetrics.plots.moments import days_of, in_order, moment_of
from cxmetrics.plots.theme import LIGHT, finished
from cxmetrics.summaries import Label

if TYPE_CHECKING:
    from altair.typing import ChartType

_WIDTH, _NARROW, _HEIGHT = 680, 235, 250
_PANEL, _PANEL_HEIGHT = 240, 120
_TEXT_HEIGHT = 16
_MOST_BANDS, _DODGE = 2, 7
_FLOOR: Final = 0.16
"""Part of the height kept free under the lowest band, for the numbers of answers."""


@frozen
class _Axis:
    """Where each label of time stands, from 0 to 1.

    Attributes:
        dim: the dimension.
        places: for each label, in order, its place.
        named: the labels whose text fits under the axis.
        width: the width of the panel, in pixels.
    """

    dim: str
    places: dict[Label, float]
    named: tuple[Label, ...]
    width: int

    @classmethod
    def of(cls, dim: str, labels: list[Label], width: int) -> Self:
        """Space labels by their dates if they are dates, else evenly."""
        at = days_of(labels) or list(range(len(labels)))
        span = (max(at) - min(at)) or 1
        margin = {1: 0.5, 2: 0.2}.get(len(labels), 0.06)
        places = {
            label: margin + (1 - 2 * margin) * (x - min(at)) / span
            for label, x in zip(labels, at, strict=True)
        }
        room = 6.5 * max(max(len(label_of({dim: label})) for label in labels), 7) + 10
        named = labels
        for stride in range(2, len(labels) + 1):
            if all((places[b] - places[a]) * width >= room for a, b in pairwise(named)):
                break
            named = labels[::-1][::stride][::-1]  # the last one counts most: it keeps its name
        return cls(dim, places, tuple(named), width)

    def when(self, group: Group) -> Label:
        """Return the label of time of a group."""
        return group.score.group[self.dim]

    def place(self, group: Group) -> float:
        """Return the place of a group."""
        return self.places[self.when(group)]

    def adjacent(self, first: Group, second: Group) -> bool:
        """Say whether no other label stands between two groups."""
        order = list(self.places)
        return order.index(self.when(second)) - order.index(self.when(first)) == 1


def trend(result: Score | Scores, *, time: str | None = None, narrow: bool = False) -> ChartType:
    """Draw a score over time.

    Args:
        result: scores by a dimension of time, and at most one more: one line for each of its
            labels.
        time: the dimension of time; the one whose labels are years, ISO dates, weeks or months if
            left out, or else the last one.
        narrow: for a phone.

    Raises:
        UsageError: there is no dimension to follow, or too many.
    """
    if isinstance(result, Score):
        raise UsageError("a trend needs several waves: measure with by= the column of time.")
    dims = result.cube.dims
    if len(dims) > 2:
        raise UsageError(f"a trend follows time and at most one more dimension, not {dims}.")
    dim = time or _time_of(result)
    known = [group for group in groups_of(result) if group.score.group[dim] is not None]
    left_out = len(result) - len(known)
    if not known:
        raise UsageError(f"no group has a label in {dim!r}: there is no time to follow.")
    lines: dict[str, list[Group]] = {}
    for group in known:
        rest = {other: label for other, label in group.score.group.items() if other != dim}
        lines.setdefault(label_of(rest) if rest else "", []).append(group)
    many = len(lines) > len(LIGHT.lines)
    labels = in_order(group.score.group[dim] for group in known)
    wide = _PANEL if many else _NARROW if narrow else _WIDTH
    axis = _Axis.of(dim, labels, wide)
    domain = _domain(known, result.metric)
    drawn = "bars" if _MOST_BANDS < len(lines) <= len(LIGHT.lines) else "band"
    subtitle = f"{score_axis(result.metric)}; {drawn}: {level_of(result)} interval of each wave"
    if len(lines) == 1:
        subtitle += "; n: answers"
    if left_out:
        subtitle += f"; answers without {spaced(dim)} left out"
    if many:
        chart = _panels(result.metric, lines, axis, domain, columns=1 if narrow else 3)
    else:
        chart = _one(result.metric, lines, axis, domain)
    return finished(chart, title=headline(result), subtitle=subtitle)


def _time_of(scores: Scores) -> str:
    """Return the dimension whose labels are moments, or else the last one."""
    for axis, dim in enumerate(scores.cube.dims):
        labels = {group[axis] for group in scores.cube.groups} - {None}
        if labels and all(moment_of(label) is not None for label in labels):
            return dim
    return scores.cube.dims[-1]


def _domain(groups: list[Group], metric: Metric) -> list[float]:
    """Return the range of the score axis: all bands, and room for the numbers of answers."""
    ends = []
    for group in groups:
        interval = group.score.interval_or_none
        if not group.gap:
            ends += [group.score.value] * 2
        if interval is not None:
            ends += [interval.low, interval.high]
    if not ends:
        return [-100.0, 100.0] if metric.unit == "points" else [0.0, 100.0]
    least = {"points": 8.0, "percent": 4.0, "rating": 0.2}[metric.unit]
    span = max(max(ends) - min(ends), least)
    middle = (max(ends) + min(ends)) / 2
    return [middle - span / 2 - span * _FLOOR / (1 - _FLOOR), middle + span * 0.56]


def _one(metric: Metric, lines: dict[str, list[Group]], axis: _Axis, domain: list[float]) -> Any:
    """Draw all lines in one panel, each named at its end."""
    alt = extra("altair")
    layers = []
    ends: list[tuple[float, str, str]] = []
    crowded = len(lines) > _MOST_BANDS
    for place, (name, groups) in enumerate(lines.items()):
        colour = LIGHT.lines[place]
        aside = _DODGE * (place - (len(lines) - 1) / 2) / axis.width if crowded else 0.0
        layers += _line(
            metric, groups, axis, domain, colour, _HEIGHT, aside=aside, area=not crowded
        )
        last = _last(groups)
        if last is not None:
            text = number(last.score.value, metric.unit)
            ends.append((_pixel(last.score.value, domain), f"{text}  {name}".strip(), colour))
    layers.append(_times(axis, _HEIGHT))
    if len(lines) == 1:
        layers.append(_answers(next(iter(lines.values())), axis))
    right = axis.width * max(axis.places.values()) + (30 if crowded else 14)
    for (_, text, colour), height in zip(ends, _apart([end[0] for end in ends]), strict=True):
        layers.append(
            alt.Chart(alt.Data(values=[{"text": text}]))
            .mark_text(align="left", color=colour, fontSize=13, fontWeight=600)
            .encode(x=alt.value(right), y=alt.value(height), text="text:N")
        )
    return alt.layer(*layers).properties(width=axis.width, height=_HEIGHT)


def _panels(
    metric: Metric,
    lines: dict[str, list[Group]],
    axis: _Axis,
    domain: list[float],
    *,
    columns: int,
) -> Any:
    """Draw one small panel a line: more than a few lines in one can't be told apart."""
    alt = extra("altair")
    panels = []
    for name, groups in lines.items():
        last = _last(groups)
        about = "no answers" if last is None else number(last.score.value, metric.unit)
        title = alt.TitleParams(name, subtitle=about, fontSize=12, subtitleFontSize=12, offset=6)
        layers = _line(metric, groups, axis, domain, LIGHT.positive, _PANEL_HEIGHT)
        layers.append(_times(axis, _PANEL_HEIGHT))
        panels.append(
            alt.layer(*layers).properties(width=_PANEL, height=_PANEL_HEIGHT, title=title)
        )
    return alt.concat(*panels, columns=columns, spacing=30)


def _line(
    metric: Metric,
    groups: list[Group],
    axis: _Axis,
    domain: list[float],
    colour: str,
    height: int,
    *,
    aside: float = 0.0,
    area: bool = True,
) -> list[Any]:
    """Draw band, line and points; a wave without a score breaks the line."""
    alt = extra("altair")
    groups = sorted(groups, key=axis.place)
    values, run = [], 0
    for place, group in enumerate(groups):
        before = groups[place - 1]
        if place and (before.gap or not axis.adjacent(before, group)):
            run += 1
        if not group.gap:
            when = label_of({axis.dim: axis.when(group)})
            values.append(row(group, at=axis.place(group) + aside, when=when, run=run))
    x = _x(axis)
    scale = alt.Scale(domain=domain, nice=False, zero=False)
    y_axis = alt.Axis(title=score_axis(metric), grid=True, tickCount=max(height // 50, 3))
    y = alt.Y("value:Q", axis=y_axis, scale=scale)
    low = alt.Y("low:Q", axis=y_axis, scale=scale)
    base = alt.Chart(alt.Data(values=values)).encode(x=x, detail="run:N")
    banded = base.transform_filter("isValid(datum.low)")
    band = banded.mark_area(color=colour, opacity=0.16, line=False).encode(y=low, y2="high:Q")
    return [
        *([band] if area else []),
        banded.mark_rule(color=colour, opacity=0.4, strokeWidth=1.5).encode(y=low, y2="high:Q"),
        base.mark_line(color=colour, strokeWidth=2.5).encode(y=y),
        base.mark_point(
            filled=True, color=colour, opacity=1, size=75, stroke=LIGHT.paper, strokeWidth=1.5
        ).encode(y=y),
    ]


def _x(axis: _Axis) -> Any:
    """Return the horizontal position: ticks where labels are named."""
    alt = extra("altair")
    return alt.X(
        "at:Q",
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(
            title=spaced(axis.dim),
            titlePadding=30,  # under the labels, which are drawn as marks
            values=[axis.places[label] for label in axis.named],
            labels=False,
            domain=True,
            domainColor=LIGHT.muted,
            ticks=True,
            tickColor=LIGHT.muted,
            tickSize=4,
        ),
    )


def _times(axis: _Axis, height: int) -> Any:
    """Draw the labels of time: as marks, because labels of an axis would be code."""
    alt = extra("altair")
    names = [
        {"at": axis.places[label], "text": label_of({axis.dim: label})} for label in axis.named
    ]
    chart = alt.Chart(alt.Data(values=names)).mark_text(
        color=LIGHT.ink, baseline="top", fontSize=11
    )
    return chart.encode(x=_x(axis), y=alt.value(height + 9), text="text:N")


def _answers(groups: list[Group], axis: _Axis) -> Any:
    """Write the answers under each named wave, or why it is empty."""
    alt = extra("altair")
    values = [
        row(
            group,
            at=axis.place(group),
            text=group.gap.split(":")[0] or f"n {group.score.n_text}",
        )
        for group in groups
        if axis.when(group) in axis.named
    ]
    chart = alt.Chart(alt.Data(values=values)).mark_text(
        color=LIGHT.muted, fontSize=11, baseline="bottom"
    )
    return chart.encode(x="at:Q", y=alt.value(_HEIGHT - 6), text="text:N")


def _last(groups: list[Group]) -> Group | None:
    return next((group for group in reversed(groups) if not group.gap), None)


def _pixel(value: float, domain: list[float]) -> float:
    low, high = domain
    return _HEIGHT * (1 - (value - low) / (high - low))


def _apart(heights: list[float]) -> list[float]:
    """Push labels apart until none touches the next, keeping their order.

    Example:
        >>> _apart([100.0, 104.0, 200.0])
        [94.0, 110.0, 200.0]
    """
    order = sorted(range(len(heights)), key=lambda place: heights[place])
    found = list(heights)
    for _ in range(len(heights) ** 2):
        for above, below in pairwise(order):
            overlap = max(_TEXT_HEIGHT - (found[below] - found[above]), 0.0)
            found[above] -= overlap / 2
            found[below] += overlap / 2
    return found


plots = (Plot(name="trend", title="the score over time", draw=trend),)
