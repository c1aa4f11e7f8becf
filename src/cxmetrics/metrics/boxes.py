"""Metrics made of boxes: groups of points that count for, against, or not at all."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise
from typing import Any

from cxmetrics.errors import ScaleError
from cxmetrics.metrics._base import Metric, Part, Tone
from cxmetrics.scale import Scale


def box_points(scale: Scale, points: Collection[float], what: str) -> tuple[float, ...]:
    """Return the points of a box, ascending.

    Raises:
        ScaleError: the box is empty, or holds something that is no point of the scale.
    """
    if not points:
        raise ScaleError(f"{what} is {points!r}: name the points, for instance {what}={{4, 5}}.")
    strange = [point for point in points if point not in scale.points]
    if strange:
        raise ScaleError(f"{what}: {strange[0]!r} is no point of the scale {scale}.")
    return tuple(point for point in scale.points if point in points)


def points_text(points: Collection[float]) -> str:
    """Write the points of a box: a run as `9–10`, others one by one.

    Example:
        >>> points_text((9, 10)), points_text((1, 3)), points_text((5,))
        ('9–10', '1, 3', '5')
    """
    found = sorted(points)
    steps = {round(b - a, 9) for a, b in pairwise(found)}
    if len(found) > 1 and len(steps) == 1 and (len(found) > 2 or steps == {1}):
        return f"{found[0]:g}–{found[-1]:g}"
    return ", ".join(f"{point:g}" for point in found)


def share(
    scale: Scale,
    counted: Collection[float],
    *,
    parts: tuple[Part, ...],
    **about: Any,
) -> Metric:
    """Build the metric "percent of the answers in these boxes"."""
    return Metric(
        scale=scale,
        unit="percent",
        values=tuple(100.0 if point in counted else 0.0 for point in scale.points),
        parts=parts,
        **about,
    )


def net(
    scale: Scale,
    good: Collection[float],
    bad: Collection[float],
    *,
    names: tuple[str, str, str],
    **about: Any,
) -> Metric:
    """Build the metric "percent in the good boxes minus percent in the bad ones".

    Args:
        scale: the points.
        good: the boxes that count +100.
        bad: the boxes that count -100.
        names: the names of the bad, the neutral and the good part.
        **about: the other attributes of the metric.

    Raises:
        ScaleError: a point is in both.
    """
    both = sorted(set(good) & set(bad))
    if both:
        raise ScaleError(f"{both[0]:g} is both a positive and a negative box.")
    return Metric(
        scale=scale,
        unit="points",
        values=tuple(
            100.0 if point in good else -100.0 if point in bad else 0.0 for point in scale.points
        ),
        parts=three_parts(scale, good, bad, names),
        **about,
    )


def three_parts(
    scale: Scale,
    good: Collection[float],
    bad: Collection[float],
    names: tuple[str, str, str],
) -> tuple[Part, ...]:
    """Return the bad, neutral and good part of a scale; an empty one is left out."""
    tones: tuple[Tone, ...] = ("negative", "neutral", "positive")
    rest = tuple(p for p in scale.points if p not in good and p not in bad)
    boxes = (
        tuple(p for p in scale.points if p in bad),
        rest,
        tuple(p for p in scale.points if p in good),
    )
    return tuple(
        Part(name, points, tone)
        for name, points, tone in zip(names, boxes, tones, strict=True)
        if points
    )
