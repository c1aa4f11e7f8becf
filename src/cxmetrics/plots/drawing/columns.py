"""The columns of a journey map: a place for each touchpoint, wide enough for what it says."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from attrs import frozen

from cxmetrics.journeys import Gauge, JourneyMap, MapTouchpoint
from cxmetrics.journeys.wording import amount, said
from cxmetrics.plots.drawing.lettering import width_of, wrapped
from cxmetrics.plots.drawing.shapes import block_height, block_width

NAME: Final = 11.0
ABOUT: Final = 10.0
STAGE: Final = 13.0
STAGE_ABOUT: Final = 11.0
BLANK: Final = 9.0
"""The radius of a circle without a number."""

_INNER: Final = 600.0
_STAGE_LEAST: Final = 96.0
_STAGE_AIR: Final = 8.0
_NOTCH: Final = 12.0
_COLUMN_AIR: Final = 16.0
_LEAST_R: Final = 12.0
_MOST_R: Final = 21.0
_TARGETS: Final = ((5, 124.0), (14, 88.0), (22, 80.0))
_NARROWEST: Final = 72.0


@frozen(kw_only=True)
class Column:
    """One touchpoint, and where it stands.

    Attributes:
        one: the touchpoint.
        name: its name, wrapped.
        about: its interval, or empty.
        number: what stands in the circle, or empty.
        r: the radius of the circle.
        left: where the column begins.
        width: of the column.
    """

    one: MapTouchpoint
    name: tuple[str, ...]
    about: str
    number: str
    r: float
    left: float = 0.0
    width: float = 0.0

    @property
    def x(self) -> float:
        """The middle."""
        return self.left + self.width / 2

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.left + self.width

    @property
    def height(self) -> float:
        """Of name and interval."""
        return block_height(self.name, NAME) + (
            block_height([self.about], ABOUT) if self.about else 0
        )

    @property
    def needed(self) -> float:
        """The least width."""
        own = max(block_width(self.name, NAME), width_of(self.about, ABOUT), 2 * self.r, 2 * BLANK)
        return own + _COLUMN_AIR


@frozen(kw_only=True)
class StageColumn:
    """One stage, over its touchpoints.

    Attributes:
        name: wrapped.
        about: its score and interval, wrapped; empty where it has none.
        left: where it begins.
        width: how wide it is.
        columns: of its touchpoints.
    """

    name: tuple[str, ...]
    about: tuple[str, ...]
    left: float
    width: float
    columns: tuple[Column, ...]

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.left + self.width

    @property
    def height(self) -> float:
        """Of its texts."""
        return block_height(self.name, STAGE) + block_height(self.about, STAGE_ABOUT)


def stages_of(journey_map: JourneyMap, language: str, *, left: float) -> list[StageColumn]:
    """Place stages and touchpoints side by side, as wide as their texts need.

    Args:
        journey_map: the map.
        language: of the words.
        left: where the first stage begins.
    """
    ordered = journey_map.ordered
    target = next((width for many, width in _TARGETS if len(ordered) <= many), _NARROWEST)
    most = max((one.score.n or 0 for one in ordered if one.score is not None), default=0)
    made: list[tuple[str, list[Column], float]] = []
    for stage in journey_map.journey.stages:
        columns = [
            _column(one, journey_map.score, language, target, most)
            for one in ordered
            if one.stage == stage
        ]
        own = sum(column.needed for column in columns) + 2 * _STAGE_AIR
        made.append((stage, columns, max(own, _header(journey_map, stage, language, own))))
    total = sum(width for *_, width in made)
    more = max(1.0, _INNER / total)
    widths = [width * more for *_, width in made]
    lefts = [left, *(left + end for end in accumulate(widths))]
    found = []
    for (stage, columns, _), start, width in zip(made, lefts, widths, strict=False):
        name, about = _texts(journey_map, stage, language, width - 3 * _NOTCH)
        found.append(
            StageColumn(
                name=name,
                about=about,
                left=start,
                width=width,
                columns=tuple(_placed(columns, start + _STAGE_AIR, width - 2 * _STAGE_AIR)),
            )
        )
    return found


def _column(one: MapTouchpoint, gauge: Gauge, language: str, target: float, most: int) -> Column:
    number, about, r = "", "", BLANK
    if one.score is not None:
        number = amount(one.score.value, gauge.unit, language).rstrip("%\u00a0\u202f")
        about = one.score.interval_text(gauge.unit, language)
        r = max(_LEAST_R, width_of(number, NAME, weight=600) / 2 + 4)
        if one.score.n is not None and most:
            r = (r**2 + (_MOST_R**2 - min(r, _MOST_R) ** 2) * one.score.n / most) ** 0.5
    # A long word widens its column a little before it is broken.
    word = max(width_of(word, NAME) for word in said(one.name, language).split())
    name = wrapped(said(one.name, language), max(target, min(word, 1.5 * target)), NAME)
    return Column(one=one, name=name, about=about, number=number, r=r)


def _placed(columns: Sequence[Column], left: float, width: float) -> list[Column]:
    more = width / sum(column.needed for column in columns) if columns else 1.0
    found = []
    for column in columns:
        own = column.needed * more
        found.append(
            Column(
                one=column.one, name=column.name, about=column.about, number=column.number,
                r=column.r, left=left, width=own,
            )
        )  # fmt: skip
        left += own
    return found


def _header(journey_map: JourneyMap, stage: str, language: str, own: float) -> float:
    """Return the width that the header of a stage needs: its longest word, or number."""
    inner = max(own, _STAGE_LEAST) - 3 * _NOTCH
    words = journey_map.stage_name(stage, language).split()
    widest = max(width_of(word, STAGE, weight=600) for word in words)
    numbers = max(
        (width_of(p, STAGE_ABOUT) for p in _about(journey_map, stage, language)), default=0
    )
    return max(inner, min(widest, 160.0), numbers) + 3 * _NOTCH


def _texts(
    journey_map: JourneyMap, stage: str, language: str, width: float
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    name = wrapped(journey_map.stage_name(stage, language), width, STAGE, weight=600)
    about = " ".join(_about(journey_map, stage, language))
    return name, wrapped(about, width, STAGE_ABOUT) if about else ()


def _about(journey_map: JourneyMap, stage: str, language: str) -> list[str]:
    """Return the score of a stage in pieces that must not be broken."""
    figure = journey_map.stage_scores.get(stage)
    if figure is None:
        return []
    pieces = said(figure.title, language).split()
    pieces.append(figure.text(journey_map.score.unit, language))
    interval = figure.interval_text(journey_map.score.unit, language)
    return [*pieces, f"({interval})"] if interval else pieces
