"""The importance-performance matrix: what to improve first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final, Literal

from attrs import frozen

from cxmetrics.errors import Caution, DataError
from cxmetrics.items.driver import Driver
from cxmetrics.items.levers import Drivers
from cxmetrics.metrics.sheet import grid
from cxmetrics.metrics.text import limits, number
from cxmetrics.plugins import registry
from cxmetrics.stats.intervals import Interval

Quadrant = Literal["improve first", "keep up", "low priority", "possible overkill"]
"""Important and below, important and above, the rest below, the rest above the mean rating."""

QUADRANTS: Final[tuple[Quadrant, ...]] = (
    "improve first",
    "keep up",
    "low priority",
    "possible overkill",
)


@frozen(kw_only=True)
class Priority:
    """One driver in the matrix.

    Attributes:
        driver: the driver.
        performance: its mean rating, low-is-good scales turned round, in percent of the scale where
            the drivers are on different scales.
        performance_interval: of `performance`.
        quadrant: by its point estimates.
        determined: whether both intervals stay on one side of the cuts.
    """

    driver: Driver
    performance: float
    performance_interval: Interval | None
    quadrant: Quadrant
    determined: bool

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        own, importance = self.performance_interval, self.driver.interval
        return {
            "name": self.driver.name,
            "importance": self.driver.percent,
            "importance_interval": None if importance is None else importance.to_dict(),
            "performance": self.performance,
            "performance_interval": None if own is None else own.to_dict(),
            "quadrant": self.quadrant,
            "determined": self.determined,
        }


@frozen(kw_only=True, slots=False, eq=False)
class Priorities(Mapping[str, Priority]):
    """Derived importance against performance, cut at the means of the drivers.

    Importance is the share of R²; performance the mean rating. A driver whose interval crosses a
    cut is *undetermined*: its quadrant is a guess. Source: Martilla & James 1977, Journal of
    Marketing 41:77-79.

    Attributes:
        drivers: the drivers, with their shares and means.

    Example:
        >>> from cxmetrics.datasets import company
        >>> from cxmetrics.items import drivers
        >>> survey = company(2_000, seed=2026).wide()
        >>> phases = ["csat_purchase", "csat_delivery", "csat_use"]
        >>> matrix = drivers(survey, outcome="recommend", items=phases).priorities()
        >>> set(matrix) == set(phases)
        True
    """

    drivers: Drivers

    @cached_property
    def _percent(self) -> bool:
        scales = self.drivers.moments.scales[1:]
        ends = {None if s is None else (s.low, s.high, s.reverse) for s in scales}
        if len(ends) > 1 and None in ends:
            raise DataError(
                "some drivers have a scale and some do not, so their means can't be compared: give "
                "scale= for all."
            )
        return len(ends) > 1

    def _performance(self, driver: Driver) -> tuple[float, Interval | None]:
        """Return the mean and its interval so that more is better, and comparable."""
        scale = self.drivers.moments.scales[self.drivers.moments.items.index(driver.name)]
        own, interval = driver.performance, driver.performance_interval
        if scale is None or not (self._percent or scale.reverse):
            return own, interval

        def worth(mean: float) -> float:
            share = (mean - scale.low) / (scale.high - scale.low)
            share = 1 - share if scale.reverse else share
            return 100 * share if self._percent else scale.low + share * (scale.high - scale.low)

        if interval is None:
            return worth(own), None
        low, high = sorted((worth(interval.low), worth(interval.high)))
        return worth(own), Interval(low, high, interval.level, interval.method)

    @property
    def unit(self) -> Literal["percent", "rating"]:
        """The unit of the performance."""
        return "percent" if self._percent else "rating"

    @cached_property
    def cuts(self) -> tuple[float, float]:
        """The mean importance and the mean performance of the drivers."""
        means = [self._performance(driver)[0] for driver in self.drivers.values()]
        return 100 / len(means), sum(means) / len(means)

    @cached_property
    def _found(self) -> dict[str, Priority]:
        importance, performance = self.cuts
        found = {}
        for name, driver in self.drivers.items():
            own, interval = self._performance(driver)
            high = 0 if driver.percent >= importance else 2
            crossed = [
                cut in between
                for cut, between in ((importance, driver.interval), (performance, interval))
                if between is not None
            ]
            found[name] = Priority(
                driver=driver,
                performance=own,
                performance_interval=interval,
                quadrant=QUADRANTS[high + (own >= performance)],
                determined=len(crossed) == 2 and not any(crossed),
            )
        return found

    def __getitem__(self, name: str) -> Priority:
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """Those of the drivers."""
        return self.drivers.cautions

    def plot(self, kind: str | None = None) -> Any:
        """Return the chart (altair), `"quadrant"`."""
        return registry.find("plot", kind or "quadrant").draw(self)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "outcome": self.drivers.outcome,
            "unit": self.unit,
            "cuts": {"importance": self.cuts[0], "performance": self.cuts[1]},
            "items": [priority.to_dict() for priority in self.values()],
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Priorities) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]  # holds arrays: equal by value, not hashable

    def _texts(self, priority: Priority) -> tuple[str, str, str, str]:
        own = priority.performance_interval
        mean = number(priority.performance, self.unit)
        return (
            priority.driver.name,
            number(priority.driver.percent, "percent"),
            mean if own is None else f"{mean} ({limits(own.low, own.high, self.unit)})",
            "" if priority.determined else "undetermined",
        )

    def __str__(self) -> str:
        wide = max(map(len, self))
        lines: list[str] = []
        for quadrant in QUADRANTS:
            members = [p for p in self.values() if p.quadrant == quadrant]
            lines += [quadrant] if members else []
            for priority in members:
                name, importance, mean, doubt = self._texts(priority)
                text = f"  {name:<{wide}}  importance {importance:>6}  performance {mean}"
                lines.append(f"{text}  {doubt}".rstrip())
        return "\n".join([*lines, *(f"  ! {caution}" for caution in self.cautions)])

    def _repr_html_(self) -> str:
        rows = [(*self._texts(priority), priority.quadrant) for priority in self.values()]
        head = ("driver", "importance", "performance", "", "quadrant")
        title = f"Importance and performance for {self.drivers.outcome}"
        return grid(title, head, rows, cautions=self.cautions)
