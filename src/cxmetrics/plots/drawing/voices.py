"""The emotion curves of a journey map: one line a persona, with the band of its intervals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import ceil, floor
from typing import Final

from attrs import frozen

from cxmetrics.errors import UsageError
from cxmetrics.journeys import Gauge, JourneyMap
from cxmetrics.journeys.figure import Figure
from cxmetrics.plots.drawing import curve
from cxmetrics.plots.drawing.shapes import ICON, Box, Icon

HEIGHT: Final = 210.0
_MARK: Final = 4.5
_AIR: Final = 5.0
_STYLES: Final = (
    ("positive", "", "disc"),
    ("series-2", "7 4", "square"),
    ("series-1", "10 3 2 3", "diamond"),
    ("series-3", "3 3", "triangle"),
    ("series-4", "14 4", "ring"),
)
"""Colour, dash and mark: each alone tells the lines apart."""


@frozen(kw_only=True)
class Voice:
    """How the line of a persona looks.

    Attributes:
        persona: its id.
        name: for people.
        role: the colour.
        dash: of the line, as SVG writes it.
        mark: the shape of a reading.
    """

    persona: str
    name: str
    role: str
    dash: str
    mark: str


@frozen(kw_only=True)
class Curve:
    """The line of a persona.

    Attributes:
        voice: how it looks.
        lines: paths through readings that follow each other.
        bands: areas of the intervals.
        whiskers: (x, y1, y2) of the interval of a reading that stands alone.
        bridges: (x1, y1, x2, y2) between lines, where there is no reading.
        marks: (x, y, path of the mark, words) of each reading.
        samples: points that the line and its band pass through.
    """

    voice: Voice
    lines: tuple[str, ...]
    bands: tuple[str, ...]
    whiskers: tuple[tuple[float, float, float], ...]
    bridges: tuple[tuple[float, float, float, float], ...]
    marks: tuple[tuple[float, float, str, str], ...]
    samples: tuple[curve.Point, ...]

    @property
    def last(self) -> float:
        """The height of the last reading."""
        return self.marks[-1][1]


@frozen(kw_only=True)
class Axis:
    """The scale of the emotions, from 0 (top) to `HEIGHT`.

    Attributes:
        gauge: what they are.
        low: the value at one end.
        high: the value at the other.
        step: between ticks.
    """

    gauge: Gauge
    low: float
    high: float
    step: float

    @classmethod
    def of(cls, gauge: Gauge, figures: Sequence[Figure]) -> Axis:
        """Return the axis that holds all figures and the middle, cut at whole ticks."""
        ends = [end for figure in figures for end in figure.ends]
        part = (gauge.high - gauge.low) / 10
        low = min(*ends, gauge.middle - part)
        high = max(*ends, gauge.middle + part)
        step = part if high - low <= 6 * part else 2 * part
        middle = gauge.middle
        return cls(
            gauge=gauge,
            low=max(gauge.low, middle + step * floor((low - middle) / step + 1e-9)),
            high=min(gauge.high, middle + step * ceil((high - middle) / step - 1e-9)),
            step=step,
        )

    def y(self, value: float) -> float:
        """Return the height of a value; the good end is at the top."""
        share = (value - self.low) / (self.high - self.low)
        return HEIGHT * (share if self.gauge.direction == "lower" else 1 - share)

    @property
    def ticks(self) -> list[float]:
        """The values with a grid line, the middle among them."""
        middle = self.gauge.middle
        first = ceil((self.low - middle) / self.step - 1e-9)
        last = floor((self.high - middle) / self.step + 1e-9)
        return [middle + place * self.step for place in range(first, last + 1)]


def voices_of(journey_map: JourneyMap, language: str) -> list[Voice]:
    """Return how the personas that have emotions look.

    Raises:
        UsageError: they are more than can be told apart.
    """
    found = journey_map.voices
    if len(found) > len(_STYLES):
        raise UsageError(
            f"{len(found)} emotion curves can't be told apart: draw at most {len(_STYLES)} "
            "personas on one map."
        )
    return [
        Voice(persona=who, name=journey_map.persona_name(who, language), role=r, dash=d, mark=m)
        for who, (r, d, m) in zip(found, _STYLES, strict=False)
    ]


def curve_of(
    voice: Voice,
    axis: Axis,
    places: Sequence[float],
    figures: Sequence[Figure | None],
    told: Sequence[str],
) -> Curve:
    """Return the line of a persona through its readings.

    Where a touchpoint has no reading the line is broken: nothing is interpolated, and a dotted
    bridge only leads the eye.
    """
    known = {at: figure for at, figure in enumerate(figures) if figure is not None}
    runs = _runs(known)
    sure = _runs([at for at, figure in known.items() if figure.low is not None])

    def points(run: Sequence[int], end: int | None = None) -> list[curve.Point]:
        """The values of a run, or the lower (0) or upper (1) limits."""
        return [
            (places[at], axis.y(known[at].value if end is None else known[at].ends[end]))
            for at in run
        ]

    bridges = [(*points([a[-1]])[0], *points([b[0]])[0]) for a, b in pairwise(runs)]
    samples = [
        point for run in runs for end in (None, 0, 1) for point in curve.sampled(points(run, end))
    ]
    for x1, y1, x2, y2 in bridges:
        pieces = max(2, ceil((x2 - x1) / 6))
        samples += [
            (x1 + (x2 - x1) * k / pieces, y1 + (y2 - y1) * k / pieces) for k in range(pieces + 1)
        ]
    return Curve(
        voice=voice,
        lines=tuple(curve.path(points(run)) for run in runs if len(run) > 1),
        bands=tuple(curve.band(points(run, 0), points(run, 1)) for run in sure if len(run) > 1),
        whiskers=tuple(
            (places[run[0]], points(run, 1)[0][1], points(run, 0)[0][1])
            for run in sure
            if len(run) == 1
        ),
        bridges=tuple(bridges),
        marks=tuple(
            (x, y, mark_path(voice.mark, x, y), told[at]) for at in known for x, y in points([at])
        ),
        samples=tuple(samples),
    )


def _runs(places: Iterable[int]) -> list[list[int]]:
    """Return places that follow each other together."""
    runs: list[list[int]] = []
    for at in places:
        if runs and runs[-1][-1] == at - 1:
            runs[-1].append(at)
        else:
            runs.append([at])
    return runs


def mark_path(mark: str, x: float, y: float) -> str:
    """Return the path of a mark around a point."""
    r = _MARK
    if mark in ("disc", "ring"):
        r -= 0.3
        return f"M{x - r:.1f},{y:.1f}a{r},{r} 0 1 0 {2 * r},0a{r},{r} 0 1 0 {-2 * r},0Z"
    if mark == "square":
        r -= 0.6
        return f"M{x - r:.1f},{y - r:.1f}h{2 * r}v{2 * r}h{-2 * r}Z"
    if mark == "diamond":
        r += 0.8
        return f"M{x:.1f},{y - r:.1f}l{r},{r}l{-r},{r}l{-r},{-r}Z"
    r += 0.4
    return f"M{x:.1f},{y - r:.1f}l{r},{1.7 * r:.1f}h{-2 * r}Z"


def icons_at(
    x: float, marks: Sequence[str], curves: Sequence[Curve], told: Sequence[str]
) -> list[Icon]:
    """Place the icons of a touchpoint: delight and truth above all lines, pain below them."""
    near = [
        y
        for one in curves
        for px, y in (*one.samples, *((mx, my + d) for mx, my, *_ in one.marks for d in (-5, 5)))
        if abs(px - x) <= ICON + 7
    ] or [HEIGHT / 2]
    above, below = min(near) - _AIR - ICON, max(near) + _AIR + ICON
    found = []
    for mark, words in zip(marks, told, strict=True):
        if mark == "pain_point":
            found.append(Icon(kind=mark, x=x, y=below, told=words))
        else:
            found.append(Icon(kind=mark, x=x, y=above, told=words))
            above -= 2 * ICON + 2
    return found


def spread(wanted: Sequence[float], heights: Sequence[float], room: Box) -> list[float]:
    """Return tops of blocks near where they are wanted, in that order, none over another."""
    order = sorted(range(len(wanted)), key=lambda at: wanted[at])
    tops = {at: wanted[at] - heights[at] / 2 for at in order}
    floor_ = room.top
    for at in order:
        tops[at] = floor_ = max(tops[at], floor_)
        floor_ += heights[at]
    ceiling = max(room.bottom, room.top + sum(heights))
    for at in reversed(order):
        tops[at] = min(tops[at], ceiling - heights[at])
        ceiling = tops[at]
    return [tops[at] for at in range(len(wanted))]
