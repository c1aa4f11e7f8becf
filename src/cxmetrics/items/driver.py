"""One driver beside the others, and the difference of two."""

from __future__ import annotations

from typing import Any

from attrs import asdict, frozen

from cxmetrics.metrics.text import level_text, limits, number
from cxmetrics.stats.intervals import Interval


@frozen(kw_only=True)
class Driver:
    """One driver, beside the others.

    Attributes:
        name: its column.
        share: its part of R², 0 to 1; the shares of all drivers sum to R².
        percent: the same in percent of R².
        interval: of `percent`; None without parts to draw.
        relative_weight: Johnson's weight, a part of R² too.
        first: R² of the driver alone, the squared correlation.
        last: R² that is lost when it is left out of all.
        correlation: with the outcome; its sign is the direction of the association.
        beta: the standardised coefficient beside all other drivers.
        vif: variance inflation factor: over 10, the other drivers nearly say the same.
        performance: its mean rating.
        performance_interval: of the mean; None without parts to draw.
        above_noise: whether the interval of its share of R² lies above what a driver of pure noise
            would get.
        missing: rows without it.
    """

    name: str
    share: float
    percent: float
    interval: Interval | None
    relative_weight: float
    first: float
    last: float
    correlation: float
    beta: float
    vif: float
    performance: float
    performance_interval: Interval | None
    above_noise: bool | None
    missing: int

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return asdict(self)


@frozen(kw_only=True)
class DriverDifference:
    """The share of one driver minus that of another, in percent of R².

    Attributes:
        first: the name of the first driver.
        second: the name of the second.
        value: first minus second.
        interval: from the same replicates, so it knows that the two shares move together.
    """

    first: str
    second: str
    value: float
    interval: Interval

    @property
    def significant(self) -> bool:
        """Whether the interval leaves out 0."""
        return 0 not in self.interval

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "first": self.first,
            "second": self.second,
            "value": self.value,
            "interval": self.interval.to_dict(),
            "significant": self.significant,
        }

    def __str__(self) -> str:
        interval = limits(self.interval.low, self.interval.high, "percent", difference=True)
        return (
            f"{self.first} minus {self.second}: {number(self.value, 'percent', difference=True)}  "
            f"({level_text(self.interval.level)} interval {interval})"
        )
