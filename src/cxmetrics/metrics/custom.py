"""One's own metric, in one line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cxmetrics.errors import ScaleError, UsageError
from cxmetrics.metrics._base import Metric, Part, Tone
from cxmetrics.metrics.boxes import points_text
from cxmetrics.metrics.text import Unit
from cxmetrics.scale import Scale
from cxmetrics.stats.sample import SmoothFunction


def linear(
    name: str,
    scale: Scale,
    points: Mapping[Any, float],
    *,
    unit: Unit = "points",
    title: str = "",
    direction: str = "higher",
) -> Metric:
    """Define a metric that gives every answer a value and takes the mean.

    Args:
        name: what to call it.
        scale: the points of the scale.
        points: value by point, or by range `(low, high)` of points, both ends included; every point
            of the scale exactly once.
        unit: `"points"`, `"percent"` or `"rating"`, for how it is written.
        title: its name for people; the name if left out.
        direction: `"higher"` or `"lower"`, which way is good.

    Returns:
        A metric like the built-in ones: intervals, comparisons, charts and JSON follow. Two
        distinct values make a share (Wilson), three equally spaced ones a net score (adjusted
        Wald), more a mean (t).

    Raises:
        ScaleError: a point is left out, named twice, or not on the scale.

    Example:
        >>> from cxmetrics.scale import zero_to_ten
        >>> strict = linear("strict", zero_to_ten, {(0, 7): -100, (8, 9): 0, 10: 100})
        >>> round(strict([10, 10, 9, 3]).value)
        25
    """
    values: dict[float, float] = {}
    boxes: list[tuple[float, tuple[float, ...]]] = []
    for key, worth in points.items():
        low, high = key if isinstance(key, tuple) and len(key) == 2 else (_only(key),) * 2
        inside = tuple(point for point in scale.points if low <= point <= high)
        if not inside or low not in scale.points or high not in scale.points:
            raise ScaleError(f"{name}: {key!r} is no point or range of the scale {scale}.")
        twice = [point for point in inside if point in values]
        if twice:
            raise ScaleError(f"{name}: {twice[0]:g} is given two values.")
        values |= dict.fromkeys(inside, float(worth))
        boxes.append((float(worth), inside))
    left_out = [point for point in scale.points if point not in values]
    if left_out:
        raise ScaleError(f"{name}: {points_text(left_out)} on {scale} has no value.")
    if direction not in {"higher", "lower"}:
        raise UsageError(f"direction is 'higher' or 'lower', not {direction!r}.")
    sign = 1 if direction == "higher" else -1
    worst, best = (f(sign * worth for worth in values.values()) for f in (min, max))
    boxes.sort(key=lambda box: sign * box[0])
    keys = {(p[0], p[-1]): worth for worth, p in boxes}
    return Metric(
        name=name,
        title=title or name,
        unit=unit,
        scale=scale,
        values=tuple(values[point] for point in scale.points),
        parts=tuple(
            Part(points_text(p), p, _tone(sign * worth, worst, best)) for worth, p in boxes
        ),
        direction="higher" if sign == 1 else "lower",
        formula="Mean of "
        + ", ".join(f"{worth:g} for {points_text(p)}" for worth, p in boxes)
        + f" on {scale}.",
        options={
            "scale": scale,
            "points": keys,
            "unit": unit,
            "title": title,
            "direction": direction,
        },
    )


def _only(key: Any) -> Any:
    return key[0] if isinstance(key, tuple) and len(key) == 1 else key


def _tone(worth: float, worst: float, best: float) -> Tone:
    if worth == best:
        return "positive"
    return "negative" if worth == worst else "neutral"


def smooth(
    name: str,
    scale: Scale,
    value: SmoothFunction,
    *,
    unit: Unit = "points",
    title: str = "",
    formula: str = "",
) -> Metric:
    """Define a metric that is a smooth function of the shares.

    Args:
        name: what to call it.
        scale: the points of the scale.
        value: from shares of shape (..., points), summing to 1 along the last axis, to scores of
            shape (...). It must not change when all counts are doubled.
        unit: `"points"`, `"percent"` or `"rating"`, for how it is written.
        title: its name for people.
        formula: the formula in words.

    Returns:
        A metric whose interval comes from the bootstrap (BCa), or, with weights, units or strata,
        from linearisation. It is rebuilt from JSON only if a plugin registers it.

    Raises:
        UsageError: the function does not return one score for each row of shares.

    Example:
        >>> from cxmetrics.scale import one_to_five
        >>> split = smooth("split", one_to_five, lambda s: 100 * (1 - (s**2).sum(axis=-1)))
        >>> round(split([1, 1, 5, 5]).value)
        50
    """
    try:
        shape = np.shape(value(np.full((2, scale.size), 1 / scale.size)))
    except Exception as error:
        raise UsageError(f"{name}: the function fails on even shares: {error}") from error
    if shape != (2,):
        raise UsageError(
            f"{name}: for shares of shape (2, {scale.size}) the function returns shape {shape}, "
            "not (2,): work along the last axis, for instance s[..., -1] - s[..., 0]."
        )
    return Metric(
        name=name, title=title or name, unit=unit, scale=scale, function=value, formula=formula
    )
