"""A smooth line through points that never rises or falls beyond them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

Point = tuple[float, float]


def tangents(points: Sequence[Point]) -> list[float]:
    """Return the slope at each point, so that the curve keeps the order of its points.

    The harmonic mean of the slopes beside a point, weighted by their lengths, 0 at a turn (Fritsch
    & Butland 1984): between two points the curve stays between their heights, so a drawing tells
    no emotion that nobody had.
    """
    slopes = [(y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in pairwise(points)]
    if not slopes:
        return [0.0] * len(points)
    widths = [x2 - x1 for (x1, _), (x2, _) in pairwise(points)]
    found = [slopes[0]]
    for (one, two), (wide, wider) in zip(pairwise(slopes), pairwise(widths), strict=True):
        if one * two <= 0:
            found.append(0.0)
        else:
            first, second = 2 * wider + wide, wider + 2 * wide
            found.append((first + second) / (first / one + second / two))
    return [*found, slopes[-1]]


def controls(points: Sequence[Point]) -> list[tuple[Point, Point, Point]]:
    """Return the control points of a cubic Bezier curve: two and the end, for each piece."""
    found = []
    for (start, end), (out, into) in zip(pairwise(points), pairwise(tangents(points)), strict=True):
        third = (end[0] - start[0]) / 3
        found.append(
            (
                (start[0] + third, start[1] + third * out),
                (end[0] - third, end[1] - third * into),
                end,
            )
        )
    return found


def path(points: Sequence[Point], *, begin: str = "M") -> str:
    """Return the path of a curve through points."""
    x, y = points[0]
    pieces = "".join(
        "C" + " ".join(f"{px:.1f},{py:.1f}" for px, py in piece) for piece in controls(points)
    )
    return f"{begin}{x:.1f},{y:.1f}{pieces}"


def band(lows: Sequence[Point], highs: Sequence[Point]) -> str:
    """Return the area between two curves over the same places."""
    return path(highs) + path(lows[::-1], begin="L") + "Z"


def sampled(points: Sequence[Point], *, each: int = 16) -> list[Point]:
    """Return points of the curve, `each` a piece, to see what it collides with."""
    found = [points[0]] if points else []
    for start, (one, two, end) in zip(points, controls(points), strict=False):
        for place in range(1, each + 1):
            t = place / each
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
            four = (start, one, two, end)
            found.append(
                (
                    sum(w * p[0] for w, p in zip(weights, four, strict=True)),
                    sum(w * p[1] for w, p in zip(weights, four, strict=True)),
                )
            )
    return found
