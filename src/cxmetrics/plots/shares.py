"""Shares of the answers, stacked, beside the score with its interval."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any

from cxmetrics.metrics import Comparisons, Score, Scores
from cxmetrics.metrics.text import limits, number
from cxmetrics.plots._base import Plot
from cxmetrics.plots.extra import extra
from cxmetrics.plots.groups import (
    Group,
    comparisons_of,
    finite,
    groups_of,
    headline,
    letters_text,
    level_of,
    reference_of,
    row,
    score_axis,
    share_axis,
    share_of,
    share_text,
)
from cxmetrics.plots.theme import LIGHT, bands, finished

if TYPE_CHECKING:
    from altair.typing import ChartType

_BARS, _INTERVALS = 330, 190
_ROW, _TIGHT_ROW, _NARROW_ROW, _MANY = 32, 24, 62, 14
_LEGEND_ROW, _NARROW_LEGEND_ROW = 60, 34
_LABELS = (24, 220)
_LEAST_LABELLED = 0.045


def shares(result: Score | Scores, *, narrow: bool = False) -> ChartType:
    """Draw shares, score and interval of each group, one row a group, in the order given.

    Args:
        result: a score, or scores by group.
        narrow: for a phone: the numbers stand over the bars instead of beside them.
    """
    alt = extra("altair")
    groups = groups_of(result)
    pairs = comparisons_of(result)
    lettered = pairs if pairs is not None and pairs.significant else None
    if narrow:
        height = len(groups) * _NARROW_ROW
        chart = alt.layer(_bars(result, groups, height, narrow=True), *_heads(groups, lettered))
    else:
        height = len(groups) * (_ROW if len(groups) <= _MANY else _TIGHT_ROW)
        chart = alt.hconcat(
            _names(groups, lettered, height),
            _bars(result, groups, height),
            _intervals(result, groups, height),
            _numbers(result, groups, lettered, height),
            spacing=24,
            bounds="flush",
        ).resolve_scale(color="independent", x="independent", y="independent")
    subtitle = f"Shares of the answers, and the score with its {level_of(result)} interval"
    if pairs is not None and not pairs.significant:
        subtitle += f"; no two groups differ significantly (Holm-adjusted, {level_of(result)})"
    elif pairs is not None:
        subtitle += (
            f"; letters: significantly higher than those groups (Holm-adjusted, {level_of(result)})"
        )
    return finished(chart, title=headline(result), subtitle=subtitle)


def _rows(groups: list[Group]) -> Any:
    """Return the vertical position that all panels share: one step a group."""
    alt = extra("altair")
    domain = [group.place for group in groups]
    return alt.Y(
        "place:O", axis=None, sort=None, scale=alt.Scale(type="band", domain=domain, padding=0.18)
    )


def _names(groups: list[Group], pairs: Comparisons | None, height: int) -> Any:
    """Draw the letter and the label of each group."""
    alt = extra("altair")
    longest = max(len(group.label) for group in groups)
    shortest, widest = _LABELS
    width = min(max(7 * longest, shortest), widest)
    indent = 0 if pairs is None else 26
    data = alt.Data(
        values=[
            row(g, letter="" if pairs is None or not g.score.defined else pairs.names[g.key])
            for g in groups
        ]
    )
    base = alt.Chart(data, width=width + indent, height=height).encode(y=_rows(groups))
    label = base.mark_text(align="left", limit=width, color=LIGHT.ink).encode(
        x=alt.value(indent), text="label:N"
    )
    if pairs is None:
        return label
    letter = base.mark_text(align="left", color=LIGHT.muted, fontSize=11).encode(
        x=alt.value(0), text="letter:N"
    )
    return letter + label


def _heads(groups: list[Group], pairs: Comparisons | None) -> list[Any]:
    """Write label, score and interval over the bar of each group, and what it is higher than."""
    alt = extra("altair")
    values = []
    for group in groups:
        interval, unit = group.score.interval_or_none, group.score.metric.unit
        name = group.label
        if pairs is not None and group.score.defined:
            name = f"{pairs.names[group.key]} · {name}"
        letters = "" if pairs is None else letters_text(pairs.letters[group.key])
        between = "" if interval is None else limits(interval.low, interval.high, unit)
        about = f"n {group.score.n_text}{' · > ' if letters else ''}{letters}"
        score = "" if group.gap else number(group.score.value, unit)
        values.append(row(group, name=name, score_text=score, interval_text=between, about=about))
    base = alt.Chart(alt.Data(values=values)).encode(y=_rows(groups))
    small = {"color": LIGHT.muted, "fontSize": 11}
    return [
        base.mark_text(align="left", dy=-21, limit=160).encode(x=alt.value(0), text="name:N"),
        base.mark_text(align="right", dy=-21, fontWeight=600).encode(
            x=alt.value(_BARS - 110), text="score_text:N"
        ),
        base.mark_text(align="right", dy=-21, **small).encode(
            x=alt.value(_BARS), text="interval_text:N"
        ),
        base.mark_text(align="right", dy=17, **small).encode(x=alt.value(_BARS), text="about:N"),
    ]


def _bars(result: Score | Scores, groups: list[Group], height: int, *, narrow: bool = False) -> Any:
    """Draw the stacked shares; a group without answers says so instead."""
    alt = extra("altair")
    pieces = bands(result.metric)
    values = []
    for group in groups:
        if group.gap:
            continue
        shares = [share_of(group.score, band.points) for band in pieces]
        ends = [0.0, *accumulate(shares)]
        for band, share, start, end in zip(pieces, shares, ends, ends[1:], strict=False):
            values.append(
                row(
                    group,
                    band=band.name,
                    share=100 * share,
                    start=100 * start,
                    end=100 * end,
                    middle=50 * (start + end),
                    ink=band.text,
                    text=share_text(share).removesuffix(" %") if share >= _LEAST_LABELLED else "",
                )
            )
    axis = alt.Axis(title=share_axis(result), values=[0, 25, 50, 75, 100])
    names = [band.name for band in pieces]
    base = alt.Chart(alt.Data(values=values), width=_BARS, height=height).encode(y=_rows(groups))
    thick = {"size": 16} if narrow else {}
    bars = base.mark_bar(stroke=LIGHT.paper, strokeWidth=1, **thick).encode(
        x=alt.X("start:Q", axis=axis, scale=alt.Scale(domain=[0, 100])),
        x2="end:Q",
        color=alt.Color(
            "band:N",
            scale=alt.Scale(domain=names, range=[band.fill for band in pieces]),
            sort=names,
            legend=alt.Legend(
                orient="top",
                direction="horizontal",
                offset=10,
                columns=_legend_columns(names, _NARROW_LEGEND_ROW if narrow else _LEGEND_ROW),
                symbolSize=110,
                symbolStrokeWidth=0,
            ),
        ),
    )
    labels = [
        base.mark_text(fontSize=11, color=ink)
        .encode(x=alt.X("middle:Q", axis=axis), text="text:N")
        .transform_filter(alt.datum.ink == ink)
        for ink in dict.fromkeys(band.text for band in pieces)
    ]
    gaps = _gaps(groups)
    return alt.layer(bars, *labels, *gaps)


def _legend_columns(names: list[str], room: int) -> int:
    """Return how many columns of equal width fit, in characters."""
    return max(min(room // (max(map(len, names)) + 1), len(names)), 1)


def _gaps(groups: list[Group]) -> list[Any]:
    alt = extra("altair")
    values = [row(group, text=group.gap) for group in groups if group.gap]
    if not values:
        return []
    chart = alt.Chart(alt.Data(values=values)).mark_text(
        align="left", color=LIGHT.muted, fontStyle="italic", fontSize=11
    )
    return [chart.encode(y=_rows(groups), x=alt.value(2), text="text:N")]


def _intervals(result: Score | Scores, groups: list[Group], height: int) -> Any:
    """Draw each score as a dot on its interval, over the line of all groups together."""
    alt = extra("altair")
    values = [row(group) for group in groups if not group.gap]
    whole = reference_of(result) if len(values) > 1 else None
    ends = [v[k] for v in values for k in ("low", "value", "high") if v[k] is not None]
    ends += [] if whole is None else [whole.value]
    scale = alt.Scale(domain=_domain(ends, result), nice=False, zero=False)
    axis = alt.Axis(
        title=f"{score_axis(result.metric)} · {level_of(result)} interval",
        grid=True,
        tickCount=5,
    )
    x = alt.X("value:Q", axis=axis, scale=scale)
    base = alt.Chart(alt.Data(values=values), width=_INTERVALS, height=height).encode(
        y=_rows(groups)
    )
    layers = [
        base.mark_rule(color=LIGHT.ink, strokeWidth=2).encode(
            x=alt.X("low:Q", axis=axis, scale=scale), x2="high:Q"
        ),
        base.mark_point(filled=True, color=LIGHT.ink, opacity=1, size=60).encode(x=x),
    ]
    if whole is not None:
        line = alt.Data(values=[{"value": finite(whole.value), "text": "all"}])
        layers.insert(
            0,
            alt.Chart(line).mark_rule(color=LIGHT.muted, strokeDash=[3, 3]).encode(x=x),
        )
        layers.append(
            alt.Chart(line)
            .mark_text(color=LIGHT.muted, fontSize=11, baseline="bottom", dy=-3)
            .encode(x=x, y=alt.value(0), text="text:N")
        )
    return alt.layer(*layers)


def _domain(ends: list[float], result: Score | Scores) -> list[float]:
    """Return the range of an axis: what there is, with air, inside what is possible."""
    metric = result.metric
    smallest = {"points": 10.0, "percent": 5.0, "rating": 0.2}[metric.unit]
    if not ends:
        return [-100.0, 100.0] if metric.unit == "points" else [0.0, 100.0]
    air = max(0.06 * (max(ends) - min(ends)), smallest / 4)
    return [min(ends) - air, max(ends) + air]


def _numbers(
    result: Score | Scores, groups: list[Group], pairs: Comparisons | None, height: int
) -> Any:
    """Draw the numbers as a table: score, interval, answers, letters."""
    alt = extra("altair")
    unit = result.metric.unit
    values = []
    for group in groups:
        interval = group.score.interval_or_none
        values.append(
            row(
                group,
                score_text=number(group.score.value, unit),
                interval_text="–"
                if interval is None
                else limits(interval.low, interval.high, unit),
                n_text=group.score.n_text,
                letters="" if pairs is None else letters_text(pairs.letters[group.key]),
            )
        )
    columns: list[tuple[str, str, float, str, dict[str, Any]]] = [
        ("score_text", "score", 46, "right", {"fontWeight": 600}),
        ("interval_text", f"{level_of(result)} interval", 160, "right", {"color": LIGHT.ink}),
        ("n_text", "n", 212, "right", {"color": LIGHT.muted}),
    ]
    if pairs is not None:
        columns.append(("letters", "higher than", 228, "left", {"color": LIGHT.ink}))
    width = 290 if pairs is not None else 212
    base = alt.Chart(alt.Data(values=values), width=width, height=height).encode(y=_rows(groups))
    heads = alt.Data(values=[{}])
    layers = []
    for field, head, x, align, look in columns:
        layers.append(base.mark_text(align=align, **look).encode(x=alt.value(x), text=f"{field}:N"))
        layers.append(
            alt.Chart(heads)
            .mark_text(align=align, color=LIGHT.muted, fontSize=11, baseline="bottom", dy=-3)
            .encode(x=alt.value(x), y=alt.value(0), text=alt.value(head))
        )
    return alt.layer(*layers)


plots = (Plot(name="shares", title="shares of the answers beside the score", draw=shares),)
