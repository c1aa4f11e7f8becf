"""Boxes: the ratings that count as good or as bad."""

from __future__ import annotations

from collections.abc import Collection

from cxmetrics.errors import UsageError
from cxmetrics.scale import Scale


def reaches(boxes: Collection[float], point: float, scale: Scale, name: str) -> None:
    """Check that boxes hold the end of the scale, as all that are good or bad do.

    The usual ones of a scale of five are none of a scale of seven: 4 and 5 would count as good
    there, 6 and 7 not.

    Args:
        boxes: the ratings that count.
        point: the end of the scale that is among them.
        scale: what the ratings are on.
        name: of the argument.

    Raises:
        UsageError: they don't.

    Example:
        >>> reaches({4, 5}, 5, Scale(1, 5), "positive")
    """
    if point not in boxes:
        told = ", ".join(f"{box:g}" for box in sorted(boxes)) or "nothing"
        raise UsageError(
            f"on {scale} the end {point:g} is not among the boxes {told}: say {name}={{…}} for "
            "this scale."
        )
