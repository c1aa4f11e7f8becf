"""The swimlanes of the channels, with the touchpoints in them, and the irritants below."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final

from cxmetrics.journeys import JourneyMap
from cxmetrics.journeys.wording import said, word
from cxmetrics.metrics.score import SMALL
from cxmetrics.plots.drawing.columns import ABOUT, BLANK, NAME, Column, StageColumn
from cxmetrics.plots.drawing.lettering import wrapped
from cxmetrics.plots.drawing.map_rows import GAP, Row, head_height, row_head
from cxmetrics.plots.drawing.shapes import Box, Card, Disc, Label, Line

_CARD: Final = 10.5
_CARD_AIR: Final = 7.0
_CARD_WIDE: Final = 190.0


def lane_rows(
    journey_map: JourneyMap,
    columns: Sequence[Column],
    language: str,
    *,
    top: float,
    ends: tuple[float, float],
    fills: Mapping[str, tuple[str, str]],
) -> Row:
    """Draw the channels as swimlanes, the touchpoints in them, and the route through them.

    Args:
        journey_map: the map.
        columns: of the touchpoints.
        language: of the words.
        top: of the first lane.
        ends: left and right of the stages.
        fills: by touchpoint the colour of its circle, and of the number in it.
    """
    texts: list[Label] = []
    boxes, discs, heights = [], [], {}
    for lane in journey_map.lanes:
        inside = [column for column in columns if column.one.channel == lane]
        name = journey_map.channel_name(lane, language)
        r = max((column.r for column in inside), default=BLANK)
        under = max((column.height for column in inside), default=0.0)
        high = max(10 + 2 * r + 4 + under + 8, head_height(name) + 14, 44.0)
        box = Box(ends[0], top, ends[1], top + high)
        boxes.append(box)
        texts += row_head([(name, "ink")], top + high / 2, "channel")
        for column in inside:
            y = top + 10 + r
            heights[column.one.id] = y
            texts += _said_below(column, y)
            discs.append(_disc(column, journey_map, language, y, fills[column.one.id]))
        top += high + GAP
    routes = tuple(
        _route(one, two, heights[one.one.id], heights[two.one.id]) for one, two in pairwise(columns)
    )
    return Row(
        bottom=top - GAP, texts=tuple(texts), lanes=tuple(boxes), discs=tuple(discs), routes=routes
    )


def _said_below(column: Column, y: float) -> Iterable[Label]:
    label = Label(lines=column.name, x=column.x, top=y + column.r + 4, size=NAME, part="touchpoint")
    yield label
    if column.about:
        yield Label(
            lines=(column.about,), x=column.x, top=label.box.bottom, size=ABOUT, role="muted",
            part="interval",
        )  # fmt: skip


def _disc(
    column: Column, journey_map: JourneyMap, language: str, y: float, fill: tuple[str, str]
) -> Disc:
    score = column.one.score
    label = None
    if score is not None:
        label = Label(
            lines=(column.number,), x=column.x, top=y - 0.64 * NAME, size=NAME, weight=600,
            role=fill[1], part="number",
        )  # fmt: skip
    few = score is not None and score.n is not None and score.n < SMALL
    return Disc(
        x=column.x, y=y, r=column.r, fill=fill[0], label=label, dashed=few,
        told=_told(column, journey_map, language),
    )  # fmt: skip


def _route(one: Column, two: Column, y1: float, y2: float) -> Line:
    """Go from circle to circle, down or up between their columns, where nothing is written."""
    start, end = (one.x + one.r, y1), (two.x - two.r, y2)
    between = one.right - 3
    corners = () if y1 == y2 else ((between, y1), (between, y2))
    return Line(
        points=(start, *corners, end), role="muted", width=1.3, dash="1 4", radius=10, part="route"
    )


def _told(column: Column, journey_map: JourneyMap, language: str) -> str:
    name, score = said(column.one.name, language), column.one.score
    if score is None:
        return name
    interval = score.interval_text(journey_map.score.unit, language)
    about = f" ({interval})" if interval else ""
    answers = "" if score.n is None else f", n\u00a0=\u00a0{score.n}"
    value = score.text(journey_map.score.unit, language)
    return f"{name}{word('colon', language)}{value}{about}{answers}"


def irritant_row(stages: Sequence[StageColumn], language: str, *, top: float) -> Row:
    """Draw the irritants as cards below their stage, one a touchpoint."""
    cards: list[Card] = []
    bottom = top
    for stage in stages:
        wide = stage.width - 2 * GAP
        many = max(1, int(wide // _CARD_WIDE))
        own = (wide - (many - 1) * GAP) / many
        ends = [top] * many
        for column in stage.columns:
            if not column.one.irritants:
                continue
            at = ends.index(min(ends))
            left = stage.left + GAP + at * (own + GAP)
            card = _card(column, language, left, ends[at], own)
            cards.append(card)
            ends[at] = card.box.bottom + GAP
        bottom = max(bottom, *ends)
    head = row_head(
        [(word("Irritants", language), "ink")], top + head_height("x") / 2 + 6, "row head"
    )
    return Row(bottom=max(bottom - GAP, top + 28), texts=tuple(head), cards=tuple(cards))


def _card(column: Column, language: str, left: float, top: float, width: float) -> Card:
    inner, y = width - 2 * _CARD_AIR, top + _CARD_AIR - 1
    labels: list[Label] = []
    texts = [(said(column.one.name, language), "muted", ABOUT)]
    texts += [(said(text, language), "ink", _CARD) for text in column.one.irritants]
    for text, role, size in texts:
        lines = wrapped(text, inner, size)
        labels.append(
            Label(
                lines=lines, x=left + _CARD_AIR, top=y, size=size, anchor="start", role=role,
                part="irritant",
            )
        )  # fmt: skip
        y = labels[-1].box.bottom + 2
    return Card(box=Box(left, top, left + width, y + _CARD_AIR - 3), labels=tuple(labels))
