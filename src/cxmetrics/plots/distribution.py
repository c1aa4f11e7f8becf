"""How often each rating was given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cxmetrics.errors import UsageError
from cxmetrics.metrics import Metric, Score, Scores
from cxmetrics.metrics.text import count, number
from cxmetrics.plots._base import Plot
from cxmetrics.plots.extra import extra
from cxmetrics.plots.groups import (
    Group,
    groups_of,
    headline,
    printable,
    row,
    share_axis,
    share_of,
    share_text,
)
from cxmetrics.plots.theme import LIGHT, bands, finished

if TYPE_CHECKING:
    from altair.typing import ChartType

_MOST = 6
_HEIGHT, _BAR, _NARROW = 170, 34, 14
_WIDTH = (150, 400)
_LABELLED_POINTS = 16
_LONGEST_LABEL = 8


def _draw(result: Score | Scores) -> ChartType:
    alt = extra("altair")
    groups = groups_of(result)
    if len(groups) > _MOST:
        raise UsageError(
            f"a distribution shows at most {_MOST} groups side by side, these are {len(groups)}: "
            "slice the cube, or take plot('shares')."
        )
    metric = result.metric
    every = [share for group in groups for share in _shares(group) if share == share]
    top = 100 * max(every, default=1.0) * 1.14 or 1.0
    panels = [_panel(metric, group, top, alone=len(groups) == 1) for group in groups]
    chart = alt.concat(*panels, columns=2 if len(panels) in {2, 4} else 3, spacing=34)
    legend = " · ".join(band.name for band in bands(metric)) if metric.parts else ""
    subtitle = f"{share_axis(result).capitalize()}, at each point of {metric.scale}"
    return finished(
        chart,
        title=f"Ratings behind {headline(result)}",
        subtitle=f"{subtitle}; {legend}" if legend else subtitle,
    )


def _shares(group: Group) -> list[float]:
    return [share_of(group.score, [point]) for point in group.score.tally.scale.points]


def _panel(metric: Metric, group: Group, top: float, *, alone: bool) -> Any:
    """Draw the bars of one group."""
    alt = extra("altair")
    scale = metric.scale
    shortest, widest = _WIDTH
    step = _BAR if scale.size <= _LABELLED_POINTS else _NARROW
    width = min(max(step * scale.size, shortest), widest * (2 if alone else 1))
    fills = {point: band for band in bands(metric) for point in band.points}
    labelled = scale.size <= _LABELLED_POINTS
    values = [
        row(
            group,
            rating=_point_text(metric, point),
            share=100 * share,
            text=share_text(share).removesuffix(" %") if labelled else "",
            band=fills[point].name if point in fills else "",
            fill=fills[point].fill if point in fills else LIGHT.neutral,
        )
        for point, share in zip(scale.points, _shares(group), strict=True)
        if not group.gap
    ]
    domain = [_point_text(metric, point) for point in scale.points]
    shown = domain if labelled else domain[:: -(-len(domain) // 11)]
    x = alt.X(
        "rating:O",
        sort=None,
        scale=alt.Scale(domain=domain, paddingInner=0.16, paddingOuter=0.1),
        axis=alt.Axis(
            title=_rating_axis(metric),
            values=shown,
            labelAngle=0,
            domain=True,
            domainColor=LIGHT.muted,
        ),
    )
    y = alt.Y("share:Q", axis=None, scale=alt.Scale(domain=[0, top]))
    base = alt.Chart(alt.Data(values=values), width=width, height=_HEIGHT).encode(x=x, y=y)
    layers = [
        base.mark_bar().encode(color=alt.Color("fill:N", scale=None)),
        base.mark_text(baseline="bottom", dy=-3, fontSize=11, color=LIGHT.ink).encode(
            text="text:N"
        ),
    ]
    if group.gap:
        note = alt.Chart(alt.Data(values=[row(group, text=group.gap)]))
        layers = [
            base.mark_bar(),
            note.mark_text(color=LIGHT.muted, fontStyle="italic").encode(
                x=alt.value(width / 2), y=alt.value(_HEIGHT / 2), text="text:N"
            ),
        ]
    return alt.layer(*layers).properties(
        title=alt.TitleParams(
            group.label, subtitle=_about(group), fontSize=13, subtitleFontSize=12, offset=8
        )
    )


def _about(group: Group) -> str:
    if group.gap:
        return ""
    score = group.score
    value = number(score.value, score.metric.unit)
    return f"{printable(score.metric.title)} {value} · n = {count(score.n)}"


def _labels_fit(metric: Metric) -> bool:
    labels = metric.scale.labels
    return bool(labels) and max(map(len, labels)) <= _LONGEST_LABEL


def _point_text(metric: Metric, point: float) -> str:
    return printable(metric.scale.label(point)) if _labels_fit(metric) else f"{point:g}"


def _rating_axis(metric: Metric) -> str:
    """Return what the ends of the scale mean, where that is known and not on the bars."""
    scale = metric.scale
    if not scale.labels or _labels_fit(metric):
        return "rating"
    low, high = printable(scale.labels[0]), printable(scale.labels[-1])
    return f"rating: {scale.low:g} {low} … {scale.high:g} {high}"


plots = (Plot(name="distribution", title="how often each rating was given", draw=_draw),)
