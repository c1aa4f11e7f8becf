"""Where everything of a stage flow stands.

The names stand in a line above everything that moves. Moves forward over a stage pass between its
name and its bar, moves back run in rows below the bars, each with its count in a place that no
other line comes through.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from typing import Final

from attrs import frozen

from cxmetrics.journeys.stage_flow import Move, StageFlow
from cxmetrics.journeys.wording import count_text, said, share_text, word
from cxmetrics.plots.drawing.flow_legend import ABOUT, COUNT, PAD, THINNEST, legend_of, notes_of
from cxmetrics.plots.drawing.lettering import width_of, wrapped
from cxmetrics.plots.drawing.ribbons import (
    BAR,
    STUB,
    Arc,
    Place,
    Ports,
    Ribbon,
    Stub,
    offsets,
    ports_of,
    reach,
    rows_of,
)
from cxmetrics.plots.drawing.shapes import Box, Label, Line, block_width

_HIGH: Final = 220.0
_WIDE: Final = 640.0
_MIDDLE: Final = 64.0
_AIR: Final = 12.0
_TITLE: Final = 20.0
_SUBTITLE: Final = 12.5
_NAME: Final = 13.0
_NAMES: Final = 132.0
_THICKEST: Final = 60.0
"""No return is thicker: where most moves are returns, all else is drawn smaller."""
_LOOP: Final = 32.0
"""No repeat is thicker, however many there are."""


@frozen(kw_only=True)
class FlowLayout:
    """Everything of a stage flow, with its place.

    Attributes:
        width: of the drawing, in pixels.
        height: of the drawing.
        texts: titles, names of the stages, legend and notes.
        guides: from the name of a stage to its bar.
        bars: of the stages.
        ribbons: moves forward, the largest first, so that small ones stay visible.
        arcs: returns and repeats.
        stubs: beginnings and ends.
        swatches: of the legend: box and what it is for.
    """

    width: float
    height: float
    texts: tuple[Label, ...]
    guides: tuple[Line, ...]
    bars: tuple[Box, ...]
    ribbons: tuple[Ribbon, ...]
    arcs: tuple[Arc, ...]
    stubs: tuple[Stub, ...]
    swatches: tuple[tuple[Box, str], ...]

    @property
    def labels(self) -> list[Label]:
        """Every text."""
        counts = [ribbon.label for ribbon in self.ribbons if ribbon.label is not None]
        return [*self.texts, *counts, *(arc.label for arc in self.arcs)]


def laid_out(flow: StageFlow, language: str) -> FlowLayout:
    """Place everything of a stage flow."""
    size = len(flow.stages)
    unit, thick = _scaled(flow)
    heads = [_head(flow, at, language) for at in range(size)]
    xs, befores, afters, off = _across(flow, thick, heads, language)
    titles = _titles(flow, language, xs[-1] + BAR + afters[-1] - PAD)
    tops = [-high for high in _bars(flow, unit, thick)]
    ports = ports_of(thick, tops, air=_AIR)
    names, under = _names(heads, xs, titles[-1].box.bottom + 16)
    base = under + 14 - min([*tops, *ports.ways.values()])
    places = [
        Place(x=x, top=base + top, base=base, before=before, after=after, off=off)
        for x, top, before, after in zip(xs, tops, befores, afters, strict=True)
    ]
    arcs, bottom = _arcs(flow, thick, ports, places, language)
    right = max(
        places[-1].right + afters[-1],
        *(label.box.right for label in (*names, *titles)),
    )
    swatches, legend = legend_of(flow, language, bottom + 24, right)
    notes = notes_of(flow, thick, unit, language, legend[-1].box.bottom + 10, right)
    guides = tuple(
        Line(points=((p.middle, under + 4), (p.middle, p.top - 3)), role="faint", part="guide")
        for p in places
    )
    return FlowLayout(
        width=right + PAD,
        height=[*legend, *notes][-1].box.bottom + PAD,
        texts=(*titles, *names, *legend, *notes),
        guides=guides,
        bars=tuple(Box(p.x, p.top, p.right, p.base) for p in places),
        ribbons=tuple(_ribbons(flow, thick, ports, places, language)),
        arcs=tuple(arcs),
        stubs=tuple(_stubs(flow, ports, places, unit, language)),
        swatches=swatches,
    )


def _scaled(flow: StageFlow) -> tuple[float, dict[Move, float]]:
    """Return the pixels of one visit, and how thick each move is that is thick enough to draw.

    Repeats may be more than all else together; then they are drawn thinner, and a note says so.
    """
    repeats = [row[at] for at, row in enumerate(flow.transitions)]
    most = max(visits - own for visits, own in zip(flow.visits, repeats, strict=True))
    back = max((move.count for move in flow.moves if move.kind == "returns"), default=0)
    unit = min(_HIGH / (most or 1), _THICKEST / (back or 1))
    most_of = {"forward": inf, "returns": inf, "repeats": _LOOP}
    thick = {move: min(move.count * unit, most_of[move.kind]) for move in flow.moves}
    return unit, {move: width for move, width in thick.items() if width >= THINNEST}


def _bars(flow: StageFlow, unit: float, thick: Mapping[Move, float]) -> list[float]:
    """Return how high the bars are: visits, with repeats as thick as they are drawn."""
    found = []
    for at, visits in enumerate(flow.visits):
        own = Move(at, at, flow.transitions[at][at])
        found.append((visits - own.count) * unit + thick.get(own, own.count * unit))
    return found


def _head(flow: StageFlow, at: int, language: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the name of a stage, wrapped, and what is told of it."""
    visits = flow.visits[at]
    told = [f"{count_text(visits, language)} {word(flow.unit, language)}"]
    for key, counts in (("began", flow.starts), ("left", flow.ends), ("stand", flow.open)):
        if counts[at]:
            share = share_text(counts[at] / visits, language)
            told.append(f"{word(key, language)} {share}")
    return wrapped(flow.name(at, language), _NAMES, _NAME, weight=600), tuple(told)


def _across(
    flow: StageFlow,
    thick: Mapping[Move, float],
    heads: Sequence[tuple[tuple[str, ...], tuple[str, ...]]],
    language: str,
) -> tuple[list[float], list[float], list[float], float]:
    """Return the bars' left sides, the flat room before and after each, and that of repeats."""
    size = len(flow.stages)
    counts = {move: width_of(count_text(move.count, language), COUNT) for move in thick}
    again = max((wide for move, wide in counts.items() if move.kind == "repeats"), default=0.0)
    off = max(8.0, (again + 10 - BAR) / 2)
    befores, afters = [], []
    for at in range(size):
        inside = max(
            (w for m, w in counts.items() if m.start == at and m.kind == "forward"), default=0
        )
        befores.append(max(STUB + 4, off + reach(thick, at, side="left") + 4))
        afters.append(max(STUB + 4, inside + 14, off + reach(thick, at, side="right") + 4))
    middle = max(_MIDDLE, *(wide + 16 for wide in counts.values())) if counts else _MIDDLE
    wide = [
        max(block_width(name, _NAME, weight=600), block_width(told, ABOUT)) for name, told in heads
    ]
    fixed = befores[0] + sum(BAR + a + b for a, b in zip(afters, [*befores[1:], 0], strict=True))
    middle = max(middle, (_WIDE - fixed) / max(size - 1, 1))
    x = PAD + max(befores[0], wide[0] / 2)
    xs = [x]
    for at in range(1, size):
        gap = afters[at - 1] + middle + befores[at]
        x += BAR + max(gap, (wide[at - 1] + wide[at]) / 2 + 16 - BAR)
        xs.append(x)
    return xs, befores, afters, off


def _titles(flow: StageFlow, language: str, width: float) -> list[Label]:
    title = said(flow.title, language) or word("flow", language)
    subtitle = word("flow how", language, unit=word(flow.unit, language))
    lines = wrapped(title, max(width, _WIDE), _TITLE, weight=600)
    first = Label(
        lines=lines, x=PAD, top=PAD, size=_TITLE, anchor="start", weight=600, part="title"
    )
    second = Label(
        lines=wrapped(subtitle, max(width, _WIDE), _SUBTITLE), x=PAD, top=first.box.bottom + 2,
        size=_SUBTITLE, anchor="start", role="muted", part="subtitle",
    )  # fmt: skip
    return [first, second]


def _names(
    heads: Sequence[tuple[tuple[str, ...], tuple[str, ...]]], xs: Sequence[float], top: float
) -> tuple[list[Label], float]:
    """Place the names in one line, and return where it ends."""
    found = []
    lines = max(len(name) for name, _ in heads)
    for (name, told), x in zip(heads, xs, strict=True):
        padded = (*name, *[""] * (lines - len(name)))  # so that the figures stand in a line too
        own = Label(lines=padded, x=x + BAR / 2, top=top, size=_NAME, weight=600, part="stage")
        found.append(own)
        found.append(
            Label(
                lines=told, x=x + BAR / 2, top=own.box.bottom + 1, size=ABOUT, role="muted",
                part="about",
            )
        )  # fmt: skip
    return found, max(label.box.bottom for label in found)


def _ribbons(
    flow: StageFlow,
    thick: Mapping[Move, float],
    ports: Ports,
    places: Sequence[Place],
    language: str,
) -> list[Ribbon]:
    base, found = places[0].base, []
    for move in sorted(thick, key=lambda move: -move.count):
        if move.kind != "forward":
            continue
        start, end = places[move.start], places[move.end]
        y = base + ports.leaves[move]
        spots = [(start.right, y), (start.right + start.after, y)]
        for at in range(move.start + 1, move.end):
            over, way = places[at], base + ports.ways[move, at]
            spots += [(over.x - over.before, way), (over.right + over.after, way)]
        into = base + ports.enters[move]
        spots += [(end.x - end.before, into), (end.x, into)]
        own, label = thick[move], None
        if own >= COUNT + 2:
            label = Label(
                lines=(count_text(move.count, language),), x=start.right + 7,
                top=y + own / 2 - 0.64 * COUNT, size=COUNT, anchor="start", part="count",
            )  # fmt: skip
        found.append(
            Ribbon(
                move=move, spots=tuple(spots), thick=own, label=label,
                told=_told(flow, move, language),
            )
        )  # fmt: skip
    return found


def _arcs(
    flow: StageFlow,
    thick: Mapping[Move, float],
    ports: Ports,
    places: Sequence[Place],
    language: str,
) -> tuple[list[Arc], float]:
    """Run the moves back in rows below the bars; return where the last row ends."""
    base = places[0].base
    ways: dict[Move, tuple[float, float]] = {}
    for at, place in enumerate(places):
        for move, far in offsets(thick, at, side="right").items():
            ways[move] = (0.0, place.right + place.off + far)
    for at, place in enumerate(places):
        for move, far in offsets(thick, at, side="left").items():
            ways[move] = (place.x - place.off - far, ways[move][1])
    spans = {
        move: (left - thick[move] / 2 - 3, right + thick[move] / 2 + 3)
        for move, (left, right) in ways.items()
    }
    arcs, top = [], base + 10
    for row in rows_of(spans):
        thickest = max(thick[move] for move in row)
        for move in row:
            own, (left, right) = thick[move], ways[move]
            y = top + own / 2
            leaves, enters = (base + port[move] + own / 2 for port in (ports.leaves, ports.enters))
            points = (
                (places[move.start].right, leaves),
                (right, leaves),
                (right, y),
                (left, y),
                (left, enters),
                (places[move.end].x, enters),
            )
            x = _clear(move, places)
            arcs.append(
                Arc(
                    move=move,
                    line=Line(
                        points=points, role="negative", width=round(own, 1),
                        radius=own / 2 + 5, part="arc",
                    ),
                    head=(x, y, min(max(own / 3, 4.0), 7.0)),
                    label=Label(
                        lines=(count_text(move.count, language),), x=x,
                        top=y + max(own / 2, 4) + 2, size=COUNT, part="count",
                    ),
                    told=_told(flow, move, language),
                )
            )  # fmt: skip
        top += max(thickest, 8.0) + COUNT * 1.27 + 12
    return arcs, top if arcs else base + 6


def _clear(move: Move, places: Sequence[Place]) -> float:
    """Return where below a move back no other line goes up or down."""
    if move.start == move.end:
        return places[move.start].middle
    gap = (move.start + move.end - 1) // 2
    one, two = places[gap], places[gap + 1]
    return (one.right + one.after + two.x - two.before) / 2


def _stubs(
    flow: StageFlow, ports: Ports, places: Sequence[Place], unit: float, language: str
) -> list[Stub]:
    found = []
    for at, place in enumerate(places):
        top, left = place.base + ports.began[at], place.base + ports.left[at]
        for kind, count, y, x in (
            ("began", flow.starts[at], top, place.x - STUB),
            ("left", flow.ends[at], left, place.right),
            ("stand", flow.open[at], left + flow.ends[at] * unit, place.right),
        ):
            if count:
                told = f"{flow.name(at, language)}, {word(kind, language)}{word('colon', language)}"
                found.append(
                    Stub(
                        kind=kind,
                        box=Box(x, y, x + STUB, y + count * unit),
                        told=told + count_text(count, language),
                    )
                )
    return found


def _told(flow: StageFlow, move: Move, language: str) -> str:
    count = count_text(move.count, language)
    colon = word("colon", language)
    return f"{flow.name(move.start, language)} → {flow.name(move.end, language)}{colon}{count}"
