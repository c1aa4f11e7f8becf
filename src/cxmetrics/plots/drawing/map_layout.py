"""Where everything on a journey map stands.

Nothing collides, because nothing shares its place: each touchpoint has a column, each channel a
lane, routes run between the columns, and what is said of a stage stays in the stage. Where a text
needs more room, the drawing grows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from attrs import frozen

from cxmetrics.journeys import JourneyMap
from cxmetrics.journeys.wording import amount, count_text, level_in, said, word
from cxmetrics.metrics.score import SMALL
from cxmetrics.plots.drawing.columns import Column, stages_of
from cxmetrics.plots.drawing.emotions import TICKS, emotion_row, heads_width, mark_row, names_width
from cxmetrics.plots.drawing.lanes import irritant_row, lane_rows
from cxmetrics.plots.drawing.lettering import width_of, wrapped
from cxmetrics.plots.drawing.map_rows import PAD, Row, stage_row
from cxmetrics.plots.drawing.shapes import ICON, Card, Disc, Icon, Label, Line
from cxmetrics.plots.drawing.voices import Voice, voices_of

_TITLE: Final = 20.0
_SUBTITLE: Final = 12.5
_LEGEND: Final = 11.0
_NOTE: Final = 10.5
_AIR: Final = 14.0
_STEPS: Final = 10
_LEAST_SPREAD: Final = 0.08


_Entry: TypeAlias = tuple[tuple[Disc | Icon | Line, ...], float, str]
"""Shapes, how wide they are, and what they mean."""


@frozen(kw_only=True)
class LegendEntry:
    """One thing that the legend explains.

    Attributes:
        shapes: what is drawn.
        label: what it means.
    """

    shapes: tuple[Disc | Icon | Line, ...]
    label: Label


@frozen(kw_only=True)
class MapLayout:
    """Everything on a journey map, with its place.

    Attributes:
        width: of the drawing, in pixels.
        height: of the drawing.
        texts: title and subtitle, then the notes.
        rows: from the stages down to the irritants.
        dividers: between the stages.
        legend: what marks mean.
    """

    width: float
    height: float
    texts: tuple[Label, ...]
    rows: tuple[Row, ...]
    dividers: tuple[Line, ...]
    legend: tuple[LegendEntry, ...]

    @property
    def labels(self) -> list[Label]:
        """Every text, but the numbers within circles."""
        found = [*self.texts, *(entry.label for entry in self.legend)]
        for row in self.rows:
            found += [*row.texts, *(label for card in row.cards for label in card.labels)]
        return found

    @property
    def discs(self) -> list[Disc]:
        """The touchpoints."""
        return [disc for row in self.rows for disc in row.discs]

    @property
    def icons(self) -> list[Icon]:
        """The marks, those of the legend apart."""
        return [icon for row in self.rows for icon in row.icons]

    @property
    def cards(self) -> list[Card]:
        """The irritants."""
        return [card for row in self.rows for card in row.cards]

    @property
    def lines(self) -> list[Line]:
        """Routes, grid, keys and dividers."""
        rows = [(*row.routes, *row.grid, *(key[0] for key in row.keys)) for row in self.rows]
        return [*self.dividers, *(line for row in rows for line in row)]


def laid_out(journey_map: JourneyMap, language: str) -> MapLayout:
    """Place everything on a journey map."""
    voices = voices_of(journey_map, language)
    left = PAD + heads_width(journey_map, language) + (TICKS if voices else _AIR)
    stages = stages_of(journey_map, language, left=left)
    columns = [column for stage in stages for column in stage.columns]
    ends = (left, stages[-1].right)
    width = ends[1] + names_width(voices) + PAD
    titles = _titles(journey_map, language, width - 2 * PAD)
    rows = [stage_row(stages, titles[-1].box.bottom + _AIR)]
    marked = any(column.one.marks for column in columns)
    if voices:
        row = emotion_row(
            journey_map, voices, columns, language, top=rows[-1].bottom + _AIR + 4, ends=ends
        )
        rows.append(row)
    elif marked:
        rows.append(mark_row(columns, language, top=rows[-1].bottom + _AIR))
    fills = _fills(journey_map)
    rows.append(
        lane_rows(
            journey_map, columns, language, top=rows[-1].bottom + _AIR + 4, ends=ends, fills=fills
        )
    )
    if any(column.one.irritants for column in columns):
        rows.append(irritant_row(stages, language, top=rows[-1].bottom + _AIR))
    dividers = tuple(
        Line(
            points=((stage.left, rows[0].bottom + 4), (stage.left, rows[-1].bottom)),
            role="neutral",
            dash="2 4",
            part="divider",
        )
        for stage in stages[1:]
    )
    legend = _legend(journey_map, voices, columns, language, rows[-1].bottom + 26, width)
    bottom = max((_bottom(entry) for entry in legend), default=rows[-1].bottom)
    notes = []
    for note in journey_map.notes:
        lines = wrapped(said(note, language), width - 2 * PAD, _NOTE)
        notes.append(
            Label(
                lines=lines, x=PAD, top=bottom + 8, size=_NOTE, anchor="start", role="muted",
                part="note",
            )
        )  # fmt: skip
        bottom = notes[-1].box.bottom
    return MapLayout(
        width=width,
        height=bottom + PAD,
        texts=(*titles, *notes),
        rows=tuple(rows),
        dividers=dividers,
        legend=tuple(legend),
    )


def _titles(journey_map: JourneyMap, language: str, width: float) -> list[Label]:
    title = wrapped(said(journey_map.title, language), width, _TITLE, weight=600)
    found = [
        Label(lines=title, x=PAD, top=PAD, size=_TITLE, anchor="start", weight=600, part="title")
    ]
    subtitle = said(journey_map.subtitle, language)
    if subtitle:
        found.append(
            Label(
                lines=wrapped(subtitle, width, _SUBTITLE), x=PAD, top=found[0].box.bottom + 2,
                size=_SUBTITLE, anchor="start", role="muted", part="subtitle",
            )
        )  # fmt: skip
    return found


def _fills(journey_map: JourneyMap) -> dict[str, tuple[str, str]]:
    """Colour circles by how far they are from the mean of the map, towards the good or bad end."""
    gauge = journey_map.score
    scored = {
        one.id: gauge.good(one.score.value)
        for one in journey_map.touchpoints
        if one.score is not None
    }
    if not scored:
        return dict.fromkeys((one.id for one in journey_map.touchpoints), ("paper", "ink"))
    mean = sum(scored.values()) / len(scored)
    widest = max(_LEAST_SPREAD, *(abs(share - mean) for share in scored.values()))
    found = {}
    for one in journey_map.touchpoints:
        if one.id not in scored:
            found[one.id] = ("paper", "ink")
            continue
        place = round(_STEPS * (0.5 + (scored[one.id] - mean) / widest / 2))
        found[one.id] = step_role(place)
    return found


def step_role(place: int) -> tuple[str, str]:
    """Return the colour role of a step from 0 (bad) to 10 (good), and that of text on it."""
    if place in {0, _STEPS}:
        return ("positive" if place else "negative"), "paper"
    return f"step-{place}", "ink"


# -- the legend ------------------------------------------------------------------------------------


def _legend(
    journey_map: JourneyMap,
    voices: Sequence[Voice],
    columns: Sequence[Column],
    language: str,
    top: float,
    width: float,
) -> list[LegendEntry]:
    """Explain what is on the map, in as many lines as it takes."""
    entries: list[_Entry] = [
        *_mark_entries(columns, language),
        *_score_entries(journey_map, language),
    ]
    if len(columns) > 1:
        line = Line(points=((0, 0), (26, 0)), width=1.3, dash="1 4", part="route")
        entries.append(((line,), 26.0, word("route", language)))
    for voice in voices:
        told = [column.one.emotions.get(voice.persona) is not None for column in columns]
        if False in told[told.index(True) : len(told) - told[::-1].index(True)]:
            line = Line(points=((0, 0), (26, 0)), width=1.2, dash="1 3", part="bridge")
            entries.append(((line,), 26.0, word("bridge", language)))
            break
    found: list[LegendEntry] = []
    x, y, deepest = PAD, top, top
    for shapes, wide, text in entries:
        room = width - 2 * PAD - wide - 6
        lines = wrapped(text, room, _LEGEND)
        needed = wide + 6 + max(width_of(line, _LEGEND) for line in lines)
        if x > PAD and x + needed > width - PAD:
            x, y = PAD, deepest + 12
        label = Label(
            lines=lines, x=x + wide + 6, top=y, size=_LEGEND, anchor="start", part="legend"
        )
        middle = y + 0.64 * _LEGEND
        found.append(LegendEntry(shapes=tuple(_moved(s, x, middle) for s in shapes), label=label))
        deepest = max(deepest, label.box.bottom, _bottom(found[-1]))
        x += needed + 26
    return found


def _mark_entries(columns: Sequence[Column], language: str) -> list[_Entry]:
    used = {mark for column in columns for mark in column.one.marks}
    return [
        ((Icon(kind=mark, x=ICON, y=0),), 2 * ICON, word(mark.replace("_", " "), language))
        for mark in ("moment_of_truth", "pain_point", "wow")
        if mark in used
    ]


def _score_entries(journey_map: JourneyMap, language: str) -> list[_Entry]:
    scored = [one.score for one in journey_map.touchpoints if one.score is not None]
    if not scored:
        return []
    gauge = journey_map.score
    title = said(gauge.title, language)
    if gauge.unit == "percent" and "%" not in title:
        title += " (%)"
    sure = next((figure for figure in scored if figure.low is not None), None)
    key = "number only" if sure is None else "number"
    level = "" if sure is None else level_in(sure.level, language)
    plain = (Disc(x=8, y=0, r=8, fill=step_role(7)[0]),)
    found: list[_Entry] = [(plain, 16.0, word(key, language, title=title, level=level))]
    if len(scored) > 1:
        mean = sum(figure.value for figure in scored) / len(scored)
        ramp = tuple(
            Disc(x=7 + 11 * at, y=0, r=7, fill=step_role(place)[0])
            for at, place in enumerate((0, 3, 5, 7, 10))
        )
        text = word("ramp", language, mean=amount(mean, gauge.unit, language))
        found.append((ramp, 58.0, text))
    counts = [figure.n for figure in scored if figure.n is not None]
    if counts:
        sizes = (
            Disc(x=5, y=0, r=5, fill="none"),
            Disc(x=20, y=0, r=9, fill="none"),
        )
        least, most = (count_text(n, language) for n in (min(counts), max(counts)))
        found.append((sizes, 29.0, word("size", language, least=least, most=most)))
    if counts and min(counts) < SMALL:
        small = (Disc(x=8, y=0, r=8, fill="none", dashed=True),)
        found.append((small, 16.0, word("small", language)))
    return found


def _moved(shape: Disc | Icon | Line, x: float, y: float) -> Disc | Icon | Line:
    if isinstance(shape, Disc):
        return Disc(x=shape.x + x, y=y, r=shape.r, fill=shape.fill, dashed=shape.dashed)
    if isinstance(shape, Icon):
        return Icon(kind=shape.kind, x=shape.x + x, y=y)
    points = tuple((px + x, y) for px, _ in shape.points)
    return Line(points=points, width=shape.width, dash=shape.dash, part=shape.part)


def _bottom(entry: LegendEntry) -> float:
    shapes = [shape.box.bottom for shape in entry.shapes if not isinstance(shape, Line)]
    return max([entry.label.box.bottom, *shapes])
