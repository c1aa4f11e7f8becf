"""What a drawing consists of, and whether two parts of it collide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from attrs import frozen

from cxmetrics.plots.drawing.lettering import width_of

LEADING: Final = 1.27
"""The distance of two lines, in sizes of their letters."""
_ASCENT: Final = 0.98
ICON: Final = 8.5
"""Half the size of an icon."""
Anchor = Literal["start", "middle", "end"]


@frozen
class Box:
    """A rectangle in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box, *, gap: float = 0.0) -> bool:
        """Say whether two boxes overlap, or come nearer than a gap."""
        return (
            min(self.right, other.right) - max(self.left, other.left) > -gap
            and min(self.bottom, other.bottom) - max(self.top, other.top) > -gap
        )

    def inside(self, other: Box) -> bool:
        """Say whether it lies wholly in another."""
        return (
            self.left >= other.left
            and self.top >= other.top
            and self.right <= other.right
            and self.bottom <= other.bottom
        )

    def crossed(self, x1: float, y1: float, x2: float, y2: float) -> bool:
        """Say whether a straight line passes through it (Liang & Barsky 1984)."""
        enters, leaves = 0.0, 1.0
        for step, room in (
            (x1 - x2, x1 - self.left),
            (x2 - x1, self.right - x1),
            (y1 - y2, y1 - self.top),
            (y2 - y1, self.bottom - y1),
        ):
            if step == 0:
                if room <= 0:
                    return False
            elif step < 0:
                enters = max(enters, room / step)
            else:
                leaves = min(leaves, room / step)
        return enters < leaves


@frozen(kw_only=True)
class Label:
    """Text in a drawing.

    Attributes:
        lines: its lines.
        x: where they are anchored.
        top: of the first line.
        size: of the letters, in pixels.
        anchor: which end of the lines is at `x`.
        weight: 400, or 600 for what leads.
        role: the colour of the theme.
        part: what it is, for tests and style sheets.
    """

    lines: tuple[str, ...]
    x: float
    top: float
    size: float = 11.0
    anchor: Anchor = "middle"
    weight: int = 400
    role: str = "ink"
    part: str = ""

    @property
    def width(self) -> float:
        """Of the longest line."""
        return block_width(self.lines, self.size, weight=self.weight)

    @property
    def height(self) -> float:
        """Of all lines."""
        return block_height(self.lines, self.size)

    @property
    def box(self) -> Box:
        """What it covers."""
        left = self.x - {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor] * self.width
        return Box(left, self.top, left + self.width, self.top + self.height)

    @property
    def baselines(self) -> tuple[tuple[float, str], ...]:
        """Each line with the height it stands on."""
        return tuple(
            (self.top + self.size * (_ASCENT + at * LEADING), line)
            for at, line in enumerate(self.lines)
        )


def block_width(lines: Sequence[str], size: float, *, weight: int = 400) -> float:
    """Return the width of lines of text."""
    return max((width_of(line, size, weight=weight) for line in lines), default=0.0)


def block_height(lines: Sequence[str], size: float) -> float:
    """Return the height of lines of text."""
    return len(lines) * size * LEADING


@frozen(kw_only=True)
class Disc:
    """A circle with a number in it.

    Attributes:
        x: of its middle.
        y: of its middle.
        r: the radius.
        fill: a role, or `"none"`.
        label: the number, or None.
        dashed: whether its rim is.
        told: in words, for a pointer that rests on it.
    """

    x: float
    y: float
    r: float
    fill: str
    label: Label | None = None
    dashed: bool = False
    told: str = ""

    @property
    def box(self) -> Box:
        """What it covers."""
        return Box(self.x - self.r, self.y - self.r, self.x + self.r, self.y + self.r)


@frozen(kw_only=True)
class Icon:
    """A star, a triangle or a heart.

    Attributes:
        kind: `"moment_of_truth"`, `"pain_point"` or `"wow"`.
        x: of its middle.
        y: of its middle.
        told: in words.
    """

    kind: str
    x: float
    y: float
    told: str = ""

    @property
    def box(self) -> Box:
        """What it covers."""
        return Box(self.x - ICON, self.y - ICON, self.x + ICON, self.y + ICON)


@frozen(kw_only=True)
class Line:
    """A line of straight pieces, whose corners may be rounded when it is drawn.

    Attributes:
        points: (x, y) of its ends and corners.
        role: the colour.
        width: in pixels.
        dash: of SVG, or empty.
        radius: of its corners.
        part: what it is.
    """

    points: tuple[tuple[float, float], ...]
    role: str = "muted"
    width: float = 1.0
    dash: str = ""
    radius: float = 0.0
    part: str = ""

    @property
    def d(self) -> str:
        """The path."""
        return rounded(self.points, self.radius)

    def crosses(self, box: Box) -> bool:
        """Say whether it passes through a box."""
        return any(box.crossed(*a, *b) for a, b in zip(self.points, self.points[1:], strict=False))


def rounded(points: Sequence[tuple[float, float]], radius: float) -> str:
    """Return a path of straight pieces with rounded corners."""
    text = f"M{_at(points[0])}"
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        first, second = (_towards(corner, end, radius) for end in (before, after))
        text += f"L{_at(first)}Q{_at(corner)} {_at(second)}"
    return f"{text}L{_at(points[-1])}"


def _towards(
    corner: tuple[float, float], end: tuple[float, float], radius: float
) -> tuple[float, float]:
    length = ((end[0] - corner[0]) ** 2 + (end[1] - corner[1]) ** 2) ** 0.5
    share = 0.0 if length == 0 else min(radius, length / 2) / length
    return (
        corner[0] + share * (end[0] - corner[0]),
        corner[1] + share * (end[1] - corner[1]),
    )


def _at(point: tuple[float, float]) -> str:
    return f"{point[0]:.1f},{point[1]:.1f}"


@frozen(kw_only=True)
class Card:
    """A box with text in it.

    Attributes:
        box: its rim.
        labels: what it says.
    """

    box: Box
    labels: tuple[Label, ...]
