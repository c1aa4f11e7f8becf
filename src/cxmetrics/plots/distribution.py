"""How often each rating was given."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from cxmetrics.errors import UsageError
from cxmetrics.metrics import Metric, Score, Scores
from cxmetrics.metrics.text import number
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
    title_of,
)
from cxmetrics.plots.theme import LIGHT, bands, finished
from cxmetrics.summaries import Key

if TYPE_CHECKING:
    from altair.typing import ChartType

_MOST = 6
_HEIGHT, _BAR, _THIN_BAR = 170, 34, 14
_SHORTEST, _WIDEST, _WIDEST_NARROW = 150, 400, 330
_LABELLED_POINTS = 16
_LONGEST_LABEL = 8


def distribution(
    result: Score | Scores, *, only: Collection[Key] | None = None, narrow: bool = False
) -> ChartType:
    """Draw the share of each point of the scale, a panel a group.

    Args:
        result: a score, or scores of up to 6 groups.
        only: the groups to draw; all if left out.
        narrow: for a phone: the panels stand one below the other.

    Raises:
        UsageError: there are more than 6 groups.
    """
    alt = extra("altair")
    groups = [group for group in groups_of(result) if only is None or group.key in only]
    if len(groups) > _MOST:
        raise UsageError(
            f"a distribution shows at most {_MOST} groups side by side, these are {len(groups)}: "
            "slice the cube, or take plot('shares')."
        )
    metric = result.metric
    every = [share for group in groups for share in _shares(group) if share == share]
    top = 100 * max(every, default=1.0) * 1.14 or 1.0
    widest = _WIDEST_NARROW if narrow else _WIDEST * (2 if len(groups) == 1 else 1)
    panels = [_panel(metric, group, top, widest) for group in groups]
    columns = 1 if narrow else 2 if len(panels) in {2, 4} else 3
    chart = alt.concat(*panels, columns=columns, spacing=34)
    legend = " · ".join(band.name for band in bands(metric)) if metric.parts else ""
    subtitle = f"{share_axis(result).capitalize()}, at each point of {metric.scale}"
    return finished(
        chart,
        title=f"{headline(result)}: ratings given",
        subtitle=f"{subtitle}; {legend}" if legend else subtitle,
    )


def _shares(group: Group) -> list[float]:
    return [share_of(group.score, [point]) for point in group.score.tally.scale.points]


def _panel(metric: Metric, group: Group, top: float, widest: int) -> Any:
    """Draw the bars of one group."""
    alt = extra("altair")
    scale = metric.scale
    step = _BAR if scale.size <= _LABELLED_POINTS else _THIN_BAR
    width = min(max(step * scale.size, _SHORTEST), widest)
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
    look = {"fontSize": 13, "subtitleFontSize": 12, "offset": 8}
    alone = not group.score.group  # a score of everybody needs no name
    title = (
        alt.TitleParams(_about(group), **look)
        if alone
        else alt.TitleParams(group.label, subtitle=_about(group), **look)
    )
    return alt.layer(*layers).properties(title=title)


def _about(group: Group) -> str:
    """Return score and answers; never empty, so that the panels of a row stand level."""
    if group.gap:
        return group.gap.split(":")[0]
    score = group.score
    value = number(score.value, score.metric.unit)
    return f"{title_of(score.metric)} {value} · n = {score.n_text}"


def _labels_fit(metric: Metric) -> bool:
    labels = [printable(label) for label in metric.scale.labels]
    distinct = len(set(labels)) == len(labels) and all(labels)
    return bool(labels) and distinct and max(map(len, labels)) <= _LONGEST_LABEL


def _point_text(metric: Metric, point: float) -> str:
    return printable(metric.scale.label(point)) if _labels_fit(metric) else f"{point:g}"


def _rating_axis(metric: Metric) -> str:
    """Return what the ends of the scale mean, where that is known and not on the bars."""
    scale = metric.scale
    if not scale.labels or _labels_fit(metric):
        return "rating"
    low, high = printable(scale.labels[0]), printable(scale.labels[-1])
    return f"rating: {scale.low:g} {low} … {scale.high:g} {high}"


plots = (Plot(name="distribution", title="how often each rating was given", draw=distribution),)
