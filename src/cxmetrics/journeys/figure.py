"""A number of a journey map, with its interval, and what numbers of its kind are."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any, Final, Literal, Self, get_args

from attrs import field, frozen

from cxmetrics.errors import DataError, did_you_mean
from cxmetrics.journeys.wording import Text, amount, check_text, frozen_text, plain_text, span
from cxmetrics.metrics import Metric, Score
from cxmetrics.metrics.text import Unit
from cxmetrics.records._base import FrozenMap, frozen_map
from cxmetrics.stats.distributions import check_level

UNITS: Final = get_args(Unit)


def figures(given: Mapping[str, Any]) -> FrozenMap[Figure]:
    """Read the figures of a mapping."""
    return frozen_map({key: Figure.read(value) for key, value in given.items()})


def _number(value: Any) -> Any:
    """Take whole and numpy numbers as float; leave anything else to be refused."""
    if isinstance(value, bool) or value is None:
        return value
    try:
        return float(value)
    except (TypeError, ValueError):
        return value


def _count(value: Any) -> Any:
    """Take numpy's numbers as Python's."""
    return value.item() if hasattr(value, "item") else value


@frozen(kw_only=True)
class Gauge:
    """What the numbers of a map are.

    Attributes:
        title: their name, for people.
        unit: `"percent"`, `"points"` or `"rating"`.
        low: the least value there can be.
        high: the greatest value there can be.
        direction: which way is good.

    Example:
        >>> from cxmetrics.metrics import csat
        >>> Gauge.of(csat).unit
        'percent'
    """

    title: Text = field(converter=frozen_text)
    unit: Unit = "percent"
    low: float = field(default=0.0, converter=_number)
    high: float = field(default=100.0, converter=_number)
    direction: Literal["higher", "lower"] = "higher"

    def __attrs_post_init__(self) -> None:
        check_text(self.title, "the title of the numbers")
        if self.unit not in UNITS:
            raise DataError(f"no unit is called {self.unit!r}: {did_you_mean(self.unit, UNITS)}")
        if self.direction not in ("higher", "lower"):
            raise DataError(f"direction must be 'higher' or 'lower', not {self.direction!r}.")
        ends: tuple[Any, ...] = (self.low, self.high)
        for end in ends:
            if not isinstance(end, float) or not isfinite(end):
                raise DataError(f"the ends of a gauge must be finite numbers, not {end!r}.")
        if self.low >= self.high:
            raise DataError(f"low={self.low:g} must be below high={self.high:g}.")

    @classmethod
    def of(cls, metric: Metric, *, title: Text = "") -> Self:
        """Return what the scores of a metric are."""
        ends = {"percent": (0, 100), "points": (-100, 100)}
        low, high = ends.get(metric.unit, (metric.scale.low, metric.scale.high))
        return cls(
            title=title or metric.title,
            unit=metric.unit,
            low=low,
            high=high,
            direction=metric.direction,
        )

    @property
    def middle(self) -> float:
        """Halfway between the ends: 0 for emotions from -5 to 5."""
        return (self.low + self.high) / 2

    def good(self, value: float) -> float:
        """Return where a value lies between the bad end (0) and the good one (1)."""
        share = (value - self.low) / (self.high - self.low)
        return 1 - share if self.direction == "lower" else share

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "title": plain_text(self.title),
            "unit": self.unit,
            "low": self.low,
            "high": self.high,
            "direction": self.direction,
        }


@frozen(kw_only=True)
class Figure:
    """One number, with its interval where there is one.

    Attributes:
        value: the number.
        low: the lower limit of its interval, or None.
        high: the upper limit, or None.
        level: the confidence level of the interval.
        n: the answers behind it, or None where it was estimated by hand.
        title: its name, where it is not one of the map's usual numbers: `"NPS"`.
        unit: its unit, where it is another than the map's.

    Raises:
        DataError: the value is not finite, or the interval is reversed or does not hold it.

    Example:
        >>> Figure.read((67, 64, 70))
        Figure(value=67.0, low=64.0, high=70.0, level=0.95, n=None, title='', unit='')
        >>> Figure.read(2).text("rating", "en")
        '2.0'
    """

    value: float = field(converter=_number)
    low: float | None = field(default=None, converter=_number)
    high: float | None = field(default=None, converter=_number)
    level: float = 0.95
    n: int | None = field(default=None, converter=_count)
    title: Text = field(default="", converter=frozen_text)
    unit: Unit | Literal[""] = ""

    def __attrs_post_init__(self) -> None:
        for name in ("value", "low", "high"):
            given = getattr(self, name)
            if given is None and name != "value":
                continue
            if not isinstance(given, float) or not isfinite(given):
                raise DataError(f"{name} must be a finite number, not {given!r}.")
        if (self.low is None) != (self.high is None):
            raise DataError("an interval has two limits: give both low and high, or neither.")
        if self.low is not None and self.high is not None:
            if self.low > self.high:
                raise DataError(f"the interval is reversed: {self.low:g} to {self.high:g}.")
            if not self.low <= self.value <= self.high:
                raise DataError(
                    f"the interval {self.low:g} to {self.high:g} does not hold {self.value:g}."
                )
        n: Any = self.n
        if n is not None and (isinstance(n, bool) or not isinstance(n, int) or n < 0):
            raise DataError(f"n must be a whole number of answers, not {self.n!r}.")
        check_level(self.level)
        check_text(self.title, "the title of a figure", blank="yes")
        if self.unit and self.unit not in UNITS:
            raise DataError(f"no unit is called {self.unit!r}: {did_you_mean(self.unit, UNITS)}")

    @classmethod
    def read(cls, given: Any) -> Figure:
        """Return a figure from a number, `(value, low, high)`, a mapping, or a `Score`.

        Raises:
            DataError: it is none of these, or a score without value.
        """
        if isinstance(given, Figure):
            return given
        if isinstance(given, Score):
            found = cls.of(given)
            if found is None:
                raise DataError("the score is undefined or hidden: leave it out.")
            return found
        if isinstance(given, Mapping):
            unknown = set(given) - {"value", "low", "high", "level", "n", "title", "unit"}
            if unknown or "value" not in given:
                raise DataError(f"a figure has value, low, high, level, n, not {dict(given)!r}.")
            return cls(**given)
        if isinstance(given, tuple | list):
            if len(given) != 3:
                raise DataError(f"a figure is (value, low, high), not {given!r}.")
            return cls(value=given[0], low=given[1], high=given[2])
        return cls(value=given)

    @classmethod
    def of(cls, score: Score, *, titled: Literal["yes", "no"] = "no") -> Figure | None:
        """Return a score as a figure; None where it is undefined or hidden.

        Args:
            score: the score.
            titled: `"yes"` to keep the name and the unit of its metric.
        """
        if not score.defined:
            return None
        interval = score.interval_or_none
        return cls(
            value=score.value,
            low=None if interval is None else interval.low,
            high=None if interval is None else interval.high,
            level=score.level,
            n=score.n,
            title=score.metric.title if titled == "yes" else "",
            unit=score.metric.unit if titled == "yes" else "",
        )

    @property
    def ends(self) -> tuple[float, float]:
        """The limits of the interval, or the value twice."""
        if self.low is None or self.high is None:
            return self.value, self.value
        return self.low, self.high

    def text(self, unit: str, language: str, *, finer: int = 0) -> str:
        """Write the value; `unit` is the map's."""
        return amount(self.value, self.unit or unit, language, finer=finer)

    def interval_text(self, unit: str, language: str, *, finer: int = 0) -> str:
        """Write the interval; empty where there is none."""
        if self.low is None or self.high is None:
            return ""
        return span(self.low, self.high, self.unit or unit, language, finer=finer)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values; what is not there is left out."""
        found: dict[str, Any] = {"value": self.value}
        if self.low is not None:
            found |= {"low": self.low, "high": self.high, "level": self.level}
        elif self.level != 0.95:
            found["level"] = self.level
        if self.n is not None:
            found["n"] = self.n
        if self.title:
            found["title"] = plain_text(self.title)
        if self.unit:
            found["unit"] = self.unit
        return found
