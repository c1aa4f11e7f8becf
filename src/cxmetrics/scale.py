"""Rating scales: the few points a customer can choose from.

A *rating* is what a customer gives, on a scale; a *score* is what a metric makes of ratings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from math import isfinite
from typing import Any, Self

import attrs
from attrs import field, frozen

from cxmetrics.errors import ScaleError

_LARGEST = 1001


def _number(value: float) -> float:
    """Return a whole number as `int`, so that it prints and serialises as one."""
    return int(value) if float(value).is_integer() else float(value)


def _spelled(value: float) -> str:
    """Return the shortest text that is read back as the same number."""
    short = f"{value:g}"
    return short if float(short) == value else repr(float(value))


def _texts(labels: Iterable[str]) -> tuple[str, ...]:
    return tuple(labels)


def _real(_: object, attribute: attrs.Attribute[float], value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise ScaleError(f"Scale.{attribute.name} must be a finite number, not {value!r}.")


@frozen(slots=False)
class Scale:
    """An ordinal scale with equally spaced points.

    Args:
        low: the lowest point.
        high: the highest point.
        step: the distance between points.
        reverse: True where a *low* rating is the good one (CES 1.0: effort).
        labels: one text a point, from `low` to `high`, or none.
        converted: where the ratings were not given on this scale, how they came to it. Such ratings
            never mix with native ones, and every score of them says so.

    Raises:
        ScaleError: the bounds, the step or the labels do not fit together.

    Example:
        >>> effort = Scale(1, 5, reverse=True)
        >>> effort.points
        (1, 2, 3, 4, 5)
        >>> effort.best, effort.size, str(effort)
        (1, 5, '1-5, low is good')
    """

    low: float = field(validator=_real)
    high: float = field(validator=_real)
    step: float = field(default=1.0, kw_only=True, validator=_real)
    reverse: bool = field(default=False, kw_only=True)
    labels: tuple[str, ...] = field(default=(), kw_only=True, converter=_texts)
    converted: str = field(default="", kw_only=True, repr=False)

    def __attrs_post_init__(self) -> None:
        if not self.step > 0:
            raise ScaleError(f"Scale step must be above 0, not {self.step}.")
        if not self.high > self.low:
            raise ScaleError(
                f"Scale({self.low}, {self.high}): high must be above low; "
                "for a scale on which low is good say reverse=True."
            )
        steps = min((self.high - self.low) / self.step, _LARGEST)
        if abs(steps - round(steps)) > 1e-9:
            raise ScaleError(
                f"Scale({self.low}, {self.high}, step={self.step}): "
                "high is not a whole number of steps above low."
            )
        if steps >= _LARGEST:
            raise ScaleError(
                f"Scale({self.low}, {self.high}, step={self.step}) has more than {_LARGEST} "
                "points. Is this a measurement, not a rating?"
            )
        if self.labels and len(self.labels) != self.size:
            raise ScaleError(
                f"{len(self.labels)} labels for the {self.size} points of {self}: give one a point."
            )

    @cached_property
    def size(self) -> int:
        """The number of points."""
        return round((self.high - self.low) / self.step) + 1

    @cached_property
    def points(self) -> tuple[float, ...]:
        """Every point, ascending."""
        return tuple(_number(round(self.low + i * self.step, 9)) for i in range(self.size))

    @property
    def best(self) -> float:
        """The good end."""
        return _number(self.low if self.reverse else self.high)

    @property
    def reversed(self) -> Self:
        """The same points with the good end at the other side."""
        return attrs.evolve(self, reverse=not self.reverse)

    def top(self, boxes: int) -> tuple[float, ...]:
        """Return the `boxes` points at the good end, ascending.

        Raises:
            ScaleError: `boxes` is not between 1 and one less than the number of points.

        Example:
            >>> Scale(1, 7).top(2), Scale(1, 5, reverse=True).top(2)
            ((6, 7), (1, 2))
        """
        if boxes not in range(1, self.size):
            raise ScaleError(
                f"{boxes!r} boxes of {self}: choose 1 to {self.size - 1} boxes "
                "(top_box(2) is a metric, top_box(2)(answers) its score)."
            )
        return self.points[:boxes] if self.reverse else self.points[-boxes:]

    def bottom(self, boxes: int) -> tuple[float, ...]:
        """Return the `boxes` points at the bad end, ascending."""
        return self.reversed.top(boxes)

    def same_points(self, other: Scale) -> bool:
        """Say whether both scales offer the same points in the same direction, both native."""
        return (
            self.points == other.points
            and self.reverse == other.reverse
            and self.converted == other.converted
        )

    def label(self, point: float) -> str:
        """Return the label of a point, or the point itself as text."""
        text = f"{point:g}"
        if not self.labels:
            return text
        return self.labels[self.points.index(_number(point))]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `low:high` or `low:high:step`; a trailing `!` means that low is good.

        Raises:
            ScaleError: the text is not of that form.

        Example:
            >>> Scale.parse("1:5"), Scale.parse("1:5!").reverse
            (Scale(low=1, high=5, step=1, reverse=False, labels=()), True)
        """
        bounds = text.strip().removesuffix("!").split(":")
        try:
            numbers = [float(part) for part in bounds]
        except ValueError:
            numbers = []
        if len(numbers) not in {2, 3} or not all(map(isfinite, numbers)):
            raise ScaleError(f"{text!r} is not a scale: write low:high, for instance 0:10 or 1:5.")
        step = numbers[2] if len(numbers) == 3 else 1
        low, high, step = map(_number, (numbers[0], numbers[1], step))
        return cls(low, high, step=step, reverse=text.strip().endswith("!"))

    def spell(self) -> str:
        """Return the text that `parse` reads back (labels are not part of it)."""
        step = "" if self.step == 1 else f":{_spelled(self.step)}"
        return f"{_spelled(self.low)}:{_spelled(self.high)}{step}{'!' if self.reverse else ''}"

    def to_dict(self) -> dict[str, Any]:
        """Return the scale as JSON-ready values."""
        return {
            "low": self.low,
            "high": self.high,
            "step": self.step,
            "reverse": self.reverse,
            "labels": list(self.labels),
            **({"converted": self.converted} if self.converted else {}),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build the scale that `to_dict` wrote."""
        return cls(
            data["low"],
            data["high"],
            step=data.get("step", 1),
            reverse=data.get("reverse", False),
            labels=data.get("labels", ()),
            converted=data.get("converted", ""),
        )

    def __str__(self) -> str:
        step = "" if self.step == 1 else f" by {self.step:g}"
        origin = f", converted {self.converted}" if self.converted else ""
        return f"{self.low:g}-{self.high:g}{step}{', low is good' if self.reverse else ''}{origin}"


zero_to_ten = Scale(0, 10)
"""0 to 10, eleven points: the scale of the recommendation question."""
one_to_three = Scale(1, 3)
"""1 to 3."""
one_to_five = Scale(1, 5)
"""1 to 5, high is good."""
one_to_seven = Scale(1, 7)
"""1 to 7, high is good."""
one_to_ten = Scale(1, 10)
"""1 to 10: *not* the NPS instrument, which starts at 0."""
yes_no = Scale(0, 1, labels=("no", "yes"))
"""0 for no, 1 for yes."""
stars = Scale(1, 5, labels=("★", "★★", "★★★", "★★★★", "★★★★★"))
"""1 to 5 stars, as review sites use."""
effort_one_to_five = Scale(
    1,
    5,
    reverse=True,
    labels=("very low effort", "low effort", "neutral", "high effort", "very high effort"),
)
"""CES 1.0: 1 very low effort to 5 very high effort; low is good."""
