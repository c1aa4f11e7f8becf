"""The row of the emotions: curves, marks, and whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from attrs import evolve

from cxmetrics.journeys import JourneyMap
from cxmetrics.journeys.map_touchpoint import EVERYONE
from cxmetrics.journeys.wording import amount, level_in, said, word
from cxmetrics.plots.drawing.columns import ABOUT, Column
from cxmetrics.plots.drawing.lettering import wrapped
from cxmetrics.plots.drawing.map_rows import HEAD, HEADS, Row, row_head
from cxmetrics.plots.drawing.shapes import Box, Icon, Label, Line, block_height, block_width
from cxmetrics.plots.drawing.voices import (
    HEIGHT,
    Axis,
    Curve,
    Voice,
    curve_of,
    icons_at,
    mark_path,
    spread,
)

TICKS: Final = 40.0
"""The width of the numbers beside the emotions."""

_NAMES: Final = 116.0
_SAMPLE: Final = 30.0


def heads_width(journey_map: JourneyMap, language: str) -> float:
    """Return the width that the heads of the rows need."""
    heads = [journey_map.channel_name(lane, language) for lane in journey_map.lanes]
    heads += [word("Irritants", language), said(journey_map.emotion.title, language)]
    lines = [line for head in heads for line in wrapped(head, HEADS, HEAD, weight=600)]
    about = [line for text, _ in _scale_lines(journey_map, language)[1:]
             for line in wrapped(text, HEADS, ABOUT)]  # fmt: skip
    return max(block_width(lines, HEAD, weight=600), block_width(about, ABOUT), 70.0)


def names_width(voices: Sequence[Voice]) -> float:
    """Return the width that the keys and names of the personas need."""
    if not voices:
        return 0.0
    lines = [line for voice in voices for line in wrapped(voice.name, _NAMES, HEAD, weight=600)]
    return 14 + _SAMPLE + 6 + block_width(lines, HEAD, weight=600)


def emotion_row(
    journey_map: JourneyMap,
    voices: Sequence[Voice],
    columns: Sequence[Column],
    language: str,
    *,
    top: float,
    ends: tuple[float, float],
) -> Row:
    """Draw the emotion curves, and the marks above and below them.

    Args:
        journey_map: the map.
        voices: how the lines look.
        columns: of the touchpoints.
        language: of the words.
        top: of the row.
        ends: left and right of the stages.
    """
    gauge, places = journey_map.emotion, [column.x for column in columns]
    axis = Axis.of(gauge, [f for column in columns for f in column.one.emotions.values()])
    curves = [
        curve_of(
            voice,
            axis,
            places,
            [column.one.emotions.get(voice.persona) for column in columns],
            [_felt(column, voice, journey_map, language) for column in columns],
        )
        for voice in voices
    ]
    icons = [
        icon
        for column in columns
        for icon in icons_at(column.x, column.one.marks, curves, _marks(column, language))
    ]
    above = min([0.0, *(icon.box.top for icon in icons)])
    below = max([HEIGHT, *(icon.box.bottom for icon in icons)])
    shift = top - above
    texts: list[Label] = []
    grid = []
    for tick in axis.ticks:
        y = shift + axis.y(tick)
        sign = "points" if gauge.low < 0 < gauge.high and tick else "percent"
        text = _tick(tick, sign, language)
        texts.append(
            Label(
                lines=(text,), x=ends[0] - 8, top=y - 0.64 * ABOUT, size=ABOUT, anchor="end",
                role="muted", part="tick",
            )
        )  # fmt: skip
        middle = tick == gauge.middle
        grid.append(
            Line(
                points=((ends[0], y), (ends[1], y)), role="neutral" if middle else "faint",
                width=1.2 if middle else 1.0, part="grid",
            )
        )  # fmt: skip
    lines = _scale_lines(journey_map, language)
    texts += row_head(lines, shift + HEIGHT / 2, "row head")
    keys, names = _voices(curves, shift, ends[1])
    return Row(
        bottom=shift + below,
        texts=(*texts, *names),
        grid=tuple(grid),
        curves=tuple(curves),
        keys=keys,
        icons=tuple(evolve(icon, y=icon.y + shift) for icon in icons),
        shift=shift,
    )


def _voices(
    curves: Sequence[Curve], shift: float, right: float
) -> tuple[tuple[tuple[Line, str, str], ...], list[Label]]:
    """Name the lines at their right ends, each beside a piece of it."""
    names = [wrapped(one.voice.name, _NAMES, HEAD, weight=600) for one in curves]
    heights = [block_height(lines, HEAD) + 4 for lines in names]
    tops = spread([one.last for one in curves], heights, Box(0, 0, 0, HEIGHT))
    keys, labels = [], []
    for one, lines, top, high in zip(curves, names, tops, heights, strict=True):
        middle, x = shift + top + high / 2, right + 14
        keys.append(
            (
                Line(
                    points=((x, middle), (x + _SAMPLE, middle)), role=one.voice.role, width=2.25,
                    dash=one.voice.dash, part="key",
                ),
                mark_path(one.voice.mark, x + _SAMPLE / 2, middle),
                one.voice.role,
            )
        )  # fmt: skip
        labels.append(
            Label(
                lines=lines, x=x + _SAMPLE + 6, top=shift + top + 2, size=HEAD, anchor="start",
                weight=600, role=one.voice.role, part="persona",
            )
        )  # fmt: skip
    return tuple(keys), labels


def mark_row(columns: Sequence[Column], language: str, *, top: float) -> Row:
    """Draw the marks in a row of their own, where there are no emotions to set them at."""
    most = max(len(column.one.marks) for column in columns)
    icons = tuple(
        Icon(kind=mark, x=column.x, y=top + 10 + 19 * at, told=told)
        for column in columns
        for at, (mark, told) in enumerate(
            zip(column.one.marks, _marks(column, language), strict=True)
        )
    )
    bottom = top + max(19 * most, 20)
    head = row_head([(word("Moments", language), "ink")], (top + bottom) / 2, "row head")
    return Row(bottom=bottom, texts=tuple(head), icons=icons)


def _scale_lines(journey_map: JourneyMap, language: str) -> list[tuple[str, str]]:
    """Return what the head of the emotions says, with the colour roles."""
    gauge = journey_map.emotion
    unit = "points" if gauge.low < 0 else "percent"
    low, high = (_tick(end, unit, language) for end in (gauge.low, gauge.high))
    lines = [
        (said(gauge.title, language), "ink"),
        (word("scale", language, low=low, high=high), "muted"),
    ]
    felt = (f for one in journey_map.touchpoints for f in one.emotions.values())
    sure = next((figure for figure in felt if figure.low is not None), None)
    if sure is not None:
        level = level_in(sure.level, language)
        lines.append((word("band", language, level=level), "muted"))
    return lines


def _tick(value: float, unit: str, language: str) -> str:
    decimals = 0 if value == int(value) else 1
    text = amount(value, unit, language, finer=decimals)
    return text.rstrip("%\u00a0\u202f")


def _marks(column: Column, language: str) -> list[str]:
    name = said(column.one.name, language)
    colon = word("colon", language)
    return [f"{name}{colon}{word(mark.replace('_', ' '), language)}" for mark in column.one.marks]


def _felt(column: Column, voice: Voice, journey_map: JourneyMap, language: str) -> str:
    figure = column.one.emotions.get(voice.persona)
    if figure is None:
        return ""
    who = "" if voice.persona == EVERYONE else f"{voice.name}, "
    value = figure.text(journey_map.emotion.unit, language)
    interval = figure.interval_text(journey_map.emotion.unit, language)
    about = f" ({interval})" if interval else ""
    return f"{who}{said(column.one.name, language)}{word('colon', language)}{value}{about}"
