"""A number of a concept with its interval, and a gap between two of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Self

from attrs import asdict, evolve, frozen

from cxmetrics.errors import Caution, IntervalError
from cxmetrics.metrics.text import count, interval_text, number, p_text
from cxmetrics.stats.averages import Averages
from cxmetrics.stats.compare import Difference
from cxmetrics.stats.intervals import Interval
from cxmetrics.stats.intervals.wilson import wilson
from cxmetrics.stats.multiplicity import Adjustment, adjust

SMALL: Final = 30
"""Answers under which the interval is read, not the score."""


@frozen(kw_only=True)
class Estimate:
    """A number with its interval.

    Attributes:
        value: the number; NaN where nobody answered.
        interval: None where there is none: the concept says why.
        n: answers behind it.
        n_effective: what they are worth.
        unit: `"points"`, `"percent"` or `"rating"`, for how it is written.
    """

    value: float
    interval: Interval | None
    n: int
    n_effective: float
    unit: str

    @classmethod
    def of(
        cls,
        found: Averages,
        group: int = 0,
        *,
        unit: str,
        level: float,
        bounds: tuple[float, float] | None = None,
    ) -> Self:
        """Build one from the mean of a group."""
        return cls(
            value=float(found.mean[group]),
            interval=found.interval(group, level=level, bounds=bounds),
            n=int(found.n[group]),
            n_effective=float(found.n_effective[group]),
            unit=unit,
        )

    @classmethod
    def share(cls, found: Averages, group: int = 0, *, level: float) -> Self:
        """Build a percentage from the mean of zeros and ones: Wilson's interval.

        On the effective number of answers: Kish's, or that of the design where it is smaller; where
        all say the same, that of the units.
        """
        p, n = float(found.mean[group]), float(found.n_effective[group])
        variance = found.covariance[group, group]
        if variance > 0:
            n = min(n, p * (1 - p) / float(variance) + 1)
        else:
            n = min(n, float(found.units_effective[group]))
        known = found.units[group] >= 2 and variance == variance
        low, high = wilson(p * n, n, level=level) if known else (0.0, 0.0)
        return cls(
            value=100 * p,
            interval=Interval(100 * low, 100 * high, level, "wilson") if known else None,
            n=int(found.n[group]),
            n_effective=n,
            unit="percent",
        )

    def texts(self) -> tuple[str, str, str]:
        """Return the number, its interval and its answers, as a table shows them."""
        ends = interval_text(self.interval, self.unit)
        return number(self.value, self.unit), ends, count(self.n)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values; a number that does not exist is None."""
        known = asdict(self)
        return {**known, "value": None if self.value != self.value else self.value}


@frozen(kw_only=True)
class Gap:
    """One number minus another.

    Attributes:
        name: what is compared.
        value: the difference, in the unit of both.
        interval: of the difference; None where there is none.
        p_value: two-sided, of this one alone; None where there is no test.
        p_adjusted: for the number of comparisons.
        unit: of the difference.
    """

    name: str
    value: float
    interval: Interval | None
    p_value: float | None
    p_adjusted: float | None
    unit: str

    @classmethod
    def of(cls, name: str, found: Difference, *, unit: str) -> Self:
        """Build one from a difference, not adjusted yet."""
        return cls(
            name=name,
            value=found.value,
            interval=found.interval,
            p_value=found.p_value,
            p_adjusted=found.p_value,
            unit=unit,
        )

    @classmethod
    def between(
        cls,
        name: str,
        found: Averages,
        first: int,
        second: int,
        *,
        unit: str,
        level: float,
        bounds: tuple[float, float] | None = None,
    ) -> Self | None:
        """Build one from the means of two groups, not adjusted; None where there is no interval."""
        try:
            difference = found.difference(first, second, level=level, bounds=bounds)
        except IntervalError:
            return None
        return cls.of(name, difference, unit=unit)

    @property
    def significant(self) -> bool:
        """Whether the adjusted p-value is at most 1 minus the level."""
        if self.p_adjusted is None or self.interval is None:
            return False
        return self.p_adjusted <= 1 - self.interval.level

    def texts(self) -> tuple[str, str, str]:
        """Return the difference, its interval and its p-value, as a table shows them."""
        ends = interval_text(self.interval, self.unit, difference=True)
        p = "–" if self.p_adjusted is None else p_text(self.p_adjusted)
        return number(self.value, self.unit, difference=True), ends, p

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {**asdict(self), "significant": self.significant}


def adjusted(gaps: list[Gap], adjustment: Adjustment = "holm") -> list[Gap]:
    """Return gaps with their p-values adjusted for their number."""
    found = adjust([gap.p_value for gap in gaps], adjustment)
    return [evolve(gap, p_adjusted=p) for gap, p in zip(gaps, found, strict=True)]


def small(n: int, what: str) -> Iterator[Caution]:
    """Say that there are few answers, if there are."""
    if n < SMALL:
        verb = "answer" if n == 1 else "answers"
        yield Caution(
            "SMALL_SAMPLE",
            f"{what}: {count(n)} {verb}, under {SMALL}: read the interval, not the score.",
        )
