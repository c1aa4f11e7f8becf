"""The moves of a stage flow: ribbons forward, arcs back, stubs where paths begin and end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from attrs import frozen

from cxmetrics.journeys.stage_flow import Move
from cxmetrics.plots.drawing.shapes import Box, Label, Line

BAR: Final = 18.0
"""The width of the bar of a stage."""
STUB: Final = 24.0
"""The length of a stub."""

_SLOT: Final = 4.0


@frozen(kw_only=True)
class Place:
    """Where the bar of a stage stands.

    Attributes:
        x: its left side.
        top: its upper end.
        base: its lower end, the same for all stages.
        before: how far to its left lines run flat.
        after: how far to its right.
        off: the distance of the first arc.
    """

    x: float
    top: float
    base: float
    before: float
    after: float
    off: float

    @property
    def right(self) -> float:
        """Its right side."""
        return self.x + BAR

    @property
    def middle(self) -> float:
        """Between its sides."""
        return self.x + BAR / 2


@frozen(kw_only=True)
class Ribbon:
    """A move forward.

    Attributes:
        move: which.
        spots: (x, y) through which its upper edge runs: flat from an even one to the next, curved
            from an odd one to the next.
        thick: how high it is.
        label: its count, or None where it is too thin for one.
        told: in words.
    """

    move: Move
    spots: tuple[tuple[float, float], ...]
    thick: float
    label: Label | None
    told: str

    @property
    def d(self) -> str:
        """The area."""
        there = _edge(self.spots)
        back = _edge([(x, y + self.thick) for x, y in reversed(self.spots)])
        return f"M{there}L{back}Z"

    def sampled(self, each: int = 12) -> list[tuple[float, float]]:
        """Return points of the upper edge."""
        found = [self.spots[0]]
        for at, ((x1, y1), (x2, y2)) in enumerate(pairwise(self.spots)):
            if at % 2 == 0:
                found.append((x2, y2))
                continue
            for k in range(1, each + 1):
                t = k / each
                found.append(
                    (
                        x1 + (x2 - x1) * (1.5 * t * (1 - t) ** 2 + 1.5 * t**2 * (1 - t) + t**3),
                        y1 + (y2 - y1) * (3 * t**2 * (1 - t) + t**3),
                    )
                )
        return found


def _edge(spots: Sequence[tuple[float, float]]) -> str:
    text = f"{spots[0][0]:.1f},{spots[0][1]:.1f}"
    for at, ((x1, y1), (x2, y2)) in enumerate(pairwise(spots)):
        if at % 2 == 0:
            text += f"L{x2:.1f},{y2:.1f}"
        else:
            half = (x1 + x2) / 2
            text += f"C{half:.1f},{y1:.1f} {half:.1f},{y2:.1f} {x2:.1f},{y2:.1f}"
    return text


@frozen(kw_only=True)
class Arc:
    """A return or a repeat: out of the right side, below the bars, into the left side.

    Attributes:
        move: which.
        line: its middle.
        head: where its arrow points: x, y and half the size.
        label: its count.
        told: in words.
    """

    move: Move
    line: Line
    head: tuple[float, float, float]
    label: Label
    told: str

    @property
    def arrow(self) -> str:
        """The path of the arrow, which points back."""
        x, y, half = self.head
        return f"M{x - half:.1f},{y:.1f}L{x + half:.1f},{y - half:.1f}V{y + half:.1f}Z"


@frozen(kw_only=True)
class Stub:
    """Where paths begin, end, or stand open.

    Attributes:
        kind: `"began"`, `"left"` or `"stand"`.
        box: what it covers.
        told: in words.
    """

    kind: str
    box: Box
    told: str

    @property
    def d(self) -> str:
        """The area: a block, with a tip where it leaves."""
        box = self.box
        tip = 0.0 if self.kind == "began" else min(6.0, (box.bottom - box.top) / 2)
        middle = (box.top + box.bottom) / 2
        return (
            f"M{box.left:.1f},{box.top:.1f}H{box.right - tip:.1f}L{box.right:.1f},{middle:.1f}"
            f"L{box.right - tip:.1f},{box.bottom:.1f}H{box.left:.1f}Z"
        )


@frozen(kw_only=True)
class Ports:
    """Where moves leave and enter the bars, so that few of them cross.

    At a bar the moves forward are at the top, those over the longest way first, because they pass
    above the bars between; then what begins or ends there; then the moves back, the longest first,
    because they pass deepest below. So lines that need not cross do not.

    Attributes:
        leaves: for each move, the height of its upper edge at the stage it leaves.
        enters: the same at the stage it goes to.
        began: for each stage, the upper edge of what begins there.
        left: the same of what ends there; what stands open follows it.
        ways: for each move forward and each stage it passes, its upper edge above that stage.
    """

    leaves: Mapping[Move, float]
    enters: Mapping[Move, float]
    began: Sequence[float]
    left: Sequence[float]
    ways: Mapping[tuple[Move, int], float]


def ports_of(
    thick: Mapping[Move, float],
    tops: Sequence[float],
    *,
    air: float,
) -> Ports:
    """Find where moves leave, pass and enter, from the lower end of the bars.

    Args:
        thick: how thick each move is drawn.
        tops: the upper ends of the bars.
        air: between a bar and what passes above it.
    """
    leaves: dict[Move, float] = {}
    enters: dict[Move, float] = {}
    began, left = [], []
    ways: dict[tuple[Move, int], float] = {}
    moves = list(thick)
    for at, top in enumerate(tops):
        y = top
        for move in sorted((m for m in moves if m.end == at > m.start), key=_by_start):
            enters[move] = y
            y += thick[move]
        began.append(y)
        y = top
        for move in sorted((m for m in moves if m.start == at < m.end), key=_by_end, reverse=True):
            leaves[move] = y
            y += thick[move]
        left.append(y)
        for ports, back in (
            (leaves, [m for m in moves if m.start == at >= m.end]),
            (enters, [m for m in moves if m.end == at <= m.start]),
        ):
            y = 0.0
            for move in sorted(back, key=_span):
                y -= thick[move]
                ports[move] = y
        y = top - air
        over = [m for m in moves if m.start < at < m.end]
        for move in sorted(over, key=lambda m: (m.end, -m.start)):
            y -= thick[move]
            ways[move, at] = y
            y -= 2
    return Ports(leaves=leaves, enters=enters, began=began, left=left, ways=ways)


def _by_start(move: Move) -> int:
    return move.start


def _by_end(move: Move) -> int:
    return move.end


def _span(move: Move) -> int:
    return abs(move.start - move.end)


def _back(thick: Mapping[Move, float], at: int, side: str) -> list[Move]:
    """Return the arcs on the `"left"` or `"right"` side of a stage, the shortest first."""
    own = [m for m in thick if m.kind != "forward" and (m.end if side == "left" else m.start) == at]
    return sorted(own, key=_span)


def reach(thick: Mapping[Move, float], at: int, *, side: str) -> float:
    """Return how much room the arcs of a stage take on a side."""
    return sum(thick[move] + _SLOT for move in _back(thick, at, side))


def offsets(thick: Mapping[Move, float], at: int, *, side: str) -> dict[Move, float]:
    """Return how far from the bar the middle of each arc goes down or up."""
    found, far = {}, 0.0
    for move in _back(thick, at, side):
        found[move] = far + thick[move] / 2
        far += thick[move] + _SLOT
    return found


def rows_of(spans: Mapping[Move, tuple[float, float]]) -> list[list[Move]]:
    """Share arcs among rows below the bars: short ones above, none over another.

    Args:
        spans: from where to where each arc runs.
    """
    rows: list[list[Move]] = []
    order = sorted(spans, key=lambda move: (_span(move), move.start))
    depth: dict[Move, int] = {}
    for move in order:
        left, right = spans[move]
        under = [
            depth[other] for other in depth if spans[other][0] < right and left < spans[other][1]
        ]
        depth[move] = max(under, default=-1) + 1
        if depth[move] == len(rows):
            rows.append([])
        rows[depth[move]].append(move)
    return rows
