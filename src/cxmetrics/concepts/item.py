"""One question of a composite: its scale, its weight, its boxes."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from attrs import field, frozen

from cxmetrics.errors import ScaleError, UsageError
from cxmetrics.scale import Scale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Truths = NDArray[np.bool_]

_STEPS: Final = 1e-6


def _boxes(points: Iterable[float]) -> tuple[float, ...]:
    return tuple(sorted(points))


@frozen(kw_only=True)
class Item:
    """One question of a composite.

    Attributes:
        name: its column.
        scale: what it is answered on. Where low is good it is turned round.
        weight: its part of the composite; the weights of all items sum to 1.
        reverse: whether its wording runs against the others: then it is turned round too.
        positive: the boxes that count +1, as points of the item once it is turned; with them the
            item counts +1, 0 or -1 in place of its rating (a net score).
        negative: the boxes that count -1.

    Raises:
        ScaleError: a box is no point of the scale, or positive and negative at once.
        UsageError: the weight is not above 0, or the item would be turned twice.
    """

    name: str
    scale: Scale
    weight: float
    reverse: bool = False
    positive: tuple[float, ...] = field(default=(), converter=_boxes)
    negative: tuple[float, ...] = field(default=(), converter=_boxes)

    def __attrs_post_init__(self) -> None:
        if not (isfinite(self.weight) and self.weight > 0):
            raise UsageError(f"{self.name!r} weighs {self.weight!r}: leave the item out.")
        if self.reverse and self.scale.reverse:
            raise UsageError(
                f"{self.name!r} is on a scale where low is good, so it is turned round already: "
                "leave it out of reverse=."
            )
        for box in (*self.positive, *self.negative):
            if box not in self.scale.points:
                raise ScaleError(f"box {box:g} of {self.name!r} is no point of {self.scale}.")
        for box in self.positive:
            if box in self.negative:
                raise ScaleError(f"{box:g} is both a positive and a negative box.")

    @property
    def turned(self) -> bool:
        """Whether low ratings are the good ones."""
        return self.reverse or self.scale.reverse

    @property
    def net(self) -> bool:
        """Whether boxes count, not ratings."""
        return bool(self.positive or self.negative)

    def share(self, ratings: Floats) -> Floats:
        """Return where ratings lie between the worst (0) and the best (1); NaN where missing."""
        low, high = self.scale.low, self.scale.high
        up = high - ratings if self.turned else ratings - low
        if not self.net:
            return np.asarray(up / (high - low))

        def inside(boxes: tuple[float, ...]) -> Truths:
            reached = (np.array(boxes, float) - low)[:, None]
            near: Truths = np.abs(up - reached) < _STEPS * self.scale.step
            return np.asarray(near.any(axis=0))

        found = 0.5 + 0.5 * inside(self.positive) - 0.5 * inside(self.negative)
        return np.where(np.isnan(ratings), np.nan, found)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "name": self.name,
            "scale": self.scale.to_dict(),
            "weight": self.weight,
            "reverse": self.reverse,
            "positive": list(self.positive),
            "negative": list(self.negative),
        }
