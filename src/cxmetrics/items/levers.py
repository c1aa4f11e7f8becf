"""Drivers: which ratings go with the outcome, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from attrs import field, frozen

from cxmetrics.errors import Caution, DataError, NotFoundError, did_you_mean
from cxmetrics.items.checks import lost_rows
from cxmetrics.items.driver import Driver, DriverDifference
from cxmetrics.metrics.sheet import grid
from cxmetrics.metrics.text import count, level_text, limits, number
from cxmetrics.plugins import registry
from cxmetrics.stats import importance
from cxmetrics.stats.distributions import check_level
from cxmetrics.stats.intervals import Interval
from cxmetrics.summaries.moments import Moments, correlated

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxmetrics.items.priorities import Priorities

    Floats = NDArray[np.float64]

Method = Literal["lmg", "johnson"]

PARTS: Final = 1000
SEED: Final = 20_060_101
_FEW: Final = 200
_FEW_EACH: Final = 15
_INFLATED: Final = 10
_LOST: Final = 0.1
_NOT_POSITIVE: Final = -1e-9
_FREE: Final = 16  # up to so many drivers a thousand replicates of all subsets take a second or two


@frozen(kw_only=True, slots=False, eq=False)
class Drivers(Mapping[str, Driver]):
    """The drivers of an outcome, the most important first.

    Attributes:
        moments: the evidence: the outcome first, then the drivers.
        importance: `"lmg"` or `"johnson"`.
        level: of the intervals.
        replicates: of the bootstrap.
        seed: of the bootstrap.
    """

    moments: Moments
    importance: Method
    level: float = field(default=0.95)
    replicates: int = field(default=PARTS)
    seed: int = field(default=SEED)

    # -- what the sample says ----------------------------------------------------------------------

    @property
    def outcome(self) -> str:
        """The name of the outcome."""
        return self.moments.items[0]

    @property
    def names(self) -> tuple[str, ...]:
        """The drivers in the order in which they were named."""
        return self.moments.items[1:]

    @property
    def n(self) -> int:
        """Rows behind the correlations: the complete ones, or those of the emptiest pair."""
        return self.moments.n

    @cached_property
    def _correlations(self) -> tuple[Floats, Floats]:
        return _split(self.moments.correlation)

    @cached_property
    def shares(self) -> Floats:
        """Shape (drivers,): part of R² of each driver, in the order of `names`."""
        return _shares(self.importance, *self._correlations)

    @cached_property
    def r2(self) -> float:
        """Share of the outcome's variance that goes with the drivers, 0 to 1."""
        among, outcome = self._correlations
        return float(importance.coefficients(among, outcome) @ outcome)

    @cached_property
    def noise(self) -> float:
        """Part of R² that a driver of pure noise stays under at the level."""
        return importance.noise(
            *self._correlations, self.moments.n_effective, level=self.level, seed=self.seed
        )

    # -- how sure that is --------------------------------------------------------------------------

    @cached_property
    def _draws(self) -> dict[str, Floats] | None:
        if self.moments.parts < 2:
            return None
        drawn = self.moments.resampled(self.replicates, seed=self.seed)
        whole = correlated(drawn)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.einsum("bii->bi", drawn["sums"]) / np.einsum("bii->bi", drawn["weights"])
        usable = np.flatnonzero(~np.isnan(whole).any(axis=(1, 2)))
        apart = np.linalg.eigvalsh(_split(whole[usable])[0])[:, 0] > importance.SINGULAR
        if self.moments.gaps == "pairwise":  # correlations of no sample give no replicate
            apart &= np.linalg.eigvalsh(whole[usable])[:, 0] > -importance.SINGULAR
        usable = usable[apart]
        if len(usable) < self.replicates / 2:  # most replicates hold no regression
            return None
        among, outcome = _split(whole[usable])
        shares = _shares(self.importance, among, outcome)
        some = shares.sum(axis=1) > 0  # else there are no percentages
        among, outcome, usable = among[some], outcome[some], usable[some]
        return {
            "shares": shares[some],
            "beta": importance.coefficients(among, outcome),
            "mean": mean[usable, 1:] + self.moments.origin[1:],
        }

    def _interval(self, drawn: Floats, estimate: float, level: float | None = None) -> Interval:
        """Return the percentiles of replicates, widened where they leave out the estimate."""
        level = self.level if level is None else check_level(level)
        low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
        return Interval(min(float(low), estimate), max(float(high), estimate), level, "bootstrap")

    @cached_property
    def interval(self) -> Interval | None:
        """The interval of R²; None without parts to draw."""
        if self._draws is None:
            return None
        return self._interval(self._draws["shares"].sum(axis=1), self.r2)

    @cached_property
    def _drivers(self) -> dict[str, Driver]:
        among, outcome = self._correlations
        draws, total = self._draws, self.r2
        other = (
            self.shares
            if self.importance == "johnson"
            else importance.relative_weights(among, outcome)
        )
        beta, vif = importance.coefficients(among, outcome), importance.inflation(among)
        lost = importance.last(among, outcome)
        found = []
        for place, name in enumerate(self.names):
            share, mean = float(self.shares[place]), float(self.moments.mean[place + 1])
            interval = own = above = None
            percent = 100 * share / total
            if draws is not None:
                parts = draws["shares"]
                interval = self._interval(100 * parts[:, place] / parts.sum(axis=1), percent)
                own = self._interval(draws["mean"][:, place], mean)
                above = self._interval(parts[:, place], share).low > self.noise
            found.append(
                Driver(
                    name=name,
                    share=share,
                    percent=percent,
                    interval=interval,
                    relative_weight=float(other[place]),
                    first=float(outcome[place] ** 2),
                    last=float(lost[place]),
                    correlation=float(outcome[place]),
                    beta=float(beta[place]),
                    vif=float(vif[place]),
                    performance=mean,
                    performance_interval=own,
                    above_noise=above,
                    missing=int(self.moments.missing[place + 1]),
                )
            )
        return {driver.name: driver for driver in sorted(found, key=lambda d: -d.share)}

    def __getitem__(self, name: str) -> Driver:
        return self._drivers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._drivers)

    def __len__(self) -> int:
        return len(self._drivers)

    def compare(self, first: str, second: str, *, level: float | None = None) -> DriverDifference:
        """Return the share of one driver minus that of another, with its bootstrap interval.

        Raises:
            NotFoundError: a name is no driver.
            DataError: there are no parts to draw.
        """
        for name in (first, second):
            if name not in self.names:
                raise NotFoundError(f"{name!r} is no driver here; {did_you_mean(name, self.names)}")
        if self._draws is None:
            raise DataError(
                "these drivers come from added-up moments, or from too few rows: there is nothing "
                "to draw. Call drivers with the rows."
            )
        parts = self._draws["shares"]
        percent = 100 * parts / parts.sum(axis=1, keepdims=True)
        a, b = self.names.index(first), self.names.index(second)
        value = self[first].percent - self[second].percent
        interval = self._interval(percent[:, a] - percent[:, b], value, level)
        return DriverDifference(first=first, second=second, value=value, interval=interval)

    def priorities(self) -> Priorities:
        """Return the importance-performance matrix of the drivers."""
        from cxmetrics.items.priorities import Priorities  # it imports this module

        return Priorities(drivers=self)

    def plot(self, kind: str | None = None) -> Any:
        """Return a chart (altair): `"drivers"`, the default, or `"quadrant"`."""
        return registry.find("plot", kind or "drivers").draw(self)

    @cached_property
    def cautions(self) -> tuple[Caution, ...]:
        """What a reader of the shares has to know."""
        return tuple(_cautions(self))

    @property
    def method(self) -> str:
        """How the numbers were made, in sentences."""
        how = {
            "lmg": "Shares of R²: average increase over all orders of the drivers (LMG, Shapley "
            "value; Lindeman, Merenda & Gold 1980).",
            "johnson": "Shares of R²: relative weights (Johnson 2000).",
        }[self.importance]
        rows = {
            "listwise": f"{count(self.n)} complete rows of {count(self.moments.rows)}",
            "pairwise": f"all pairs of answers, the emptiest pair {count(self.n)} of "
            f"{count(self.moments.rows)} rows",
        }[self.moments.gaps]
        weighted = ", weighted" if self.moments.weighted else ""
        draws = ""
        if self._draws is not None:
            draws = (
                f" {level_text(self.level)} intervals: percentile bootstrap, "
                f"{count(len(self._draws['shares']))} replicates of {count(self.moments.parts)} "
                "parts."
            )
        return f"{how} {rows}{weighted}.{draws} Association, not cause."

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values; `evidence` rebuilds the shares, without intervals."""
        return {**self.summary(), "evidence": self.moments.to_dict()}

    def summary(self) -> dict[str, Any]:
        """Return the JSON object without the evidence."""
        return {
            "outcome": self.outcome,
            "importance": self.importance,
            "r2": self.r2,
            "interval": None if self.interval is None else self.interval.to_dict(),
            "noise": self.noise,
            "n": self.n,
            "n_effective": self.moments.n_effective,
            "rows": self.moments.rows,
            "gaps": self.moments.gaps,
            "drivers": [driver.to_dict() for driver in self.values()],
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Drivers) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]  # holds arrays: equal by value, not hashable

    @property
    def title(self) -> str:
        """The outcome, R² with its interval, and the rows behind it."""
        about = f"n = {count(self.n)} of {count(self.moments.rows)}"
        if self.interval is not None:
            ends = limits(self.interval.low, self.interval.high, "rating")
            about = f"{level_text(self.level)} interval {ends}; {about}"
        return f"Drivers of {self.outcome}: R² {number(self.r2, 'rating')}  ({about})"

    def __str__(self) -> str:
        wide = max(map(len, self.names))
        lines = [self.title]
        for driver in self.values():
            about = f"r {driver.correlation:+.2f}".replace("-", "\N{MINUS SIGN}")
            if driver.interval is not None:
                about = f"{limits(driver.interval.low, driver.interval.high, 'percent')}; {about}"
            lines.append(f"  {driver.name:<{wide}}  {number(driver.percent, 'percent')}  ({about})")
        return "\n".join([*lines, *(f"  ! {caution}" for caution in self.cautions)])

    def __repr__(self) -> str:
        return f"<Drivers of {self.outcome}: {len(self)}, R² {self.r2:.2f}, n={self.n}>"

    def _repr_html_(self) -> str:
        rows = [
            (
                driver.name,
                number(driver.percent, "percent"),
                "–"
                if driver.interval is None
                else limits(driver.interval.low, driver.interval.high, "percent"),
                f"{driver.correlation:+.2f}",
                number(driver.performance, "rating"),
            )
            for driver in self.values()
        ]
        head = ("driver", "share of R²", f"{level_text(self.level)} interval", "r", "mean")
        return grid(self.title, head, rows, cautions=self.cautions)


def _split(whole: Floats) -> tuple[Floats, Floats]:
    return whole[..., 1:, 1:], whole[..., 0, 1:]


def _shares(method: Method, among: Floats, outcome: Floats) -> Floats:
    return (importance.lmg if method == "lmg" else importance.relative_weights)(among, outcome)


def _cautions(found: Drivers) -> Iterator[Caution]:
    moments, many = found.moments, len(found)
    enough = max(_FEW, _FEW_EACH * many)
    if moments.n < enough:
        yield Caution(
            "SMALL_SAMPLE",
            f"{count(moments.n)} answers for {many} drivers, under {enough}: read the intervals, "
            "not the shares.",
        )
    elif moments.n_effective < enough:
        yield Caution(
            "LOW_EFFECTIVE_N",
            f"{count(moments.n)} answers are worth {moments.n_effective:.0f} independent ones.",
        )
    if moments.deff > 2:
        yield Caution(
            "EXTREME_WEIGHTS", f"unequal weights multiply the variance by {moments.deff:.1f}."
        )
    yield from lost_rows(moments)
    if moments.off_scale.any():
        yield Caution("OFF_SCALE", f"{count(int(moments.off_scale.sum()))} ratings set aside.")
    inflated = [driver.name for driver in found.values() if driver.vif > _INFLATED]
    if inflated:
        yield Caution(
            "COLLINEAR",
            f"{', '.join(inflated)}: nearly a combination of the other drivers, so the split "
            "between them is arbitrary.",
        )
    draws = found._draws
    if draws is None:
        yield Caution("NO_INTERVAL", "added-up moments or too few rows: no intervals.")
        return
    low, high = np.quantile(draws["beta"], [(1 - found.level) / 2, (1 + found.level) / 2], axis=0)
    turned = [
        name
        for name, r, a, b in zip(found.names, found._correlations[1], low, high, strict=True)
        if (r > 0 > b) or (r < 0 < a)
    ]
    if turned:
        yield Caution(
            "SUPPRESSOR",
            f"{', '.join(turned)}: the association turns its sign beside the other drivers; don't "
            "read the share as a lever.",
        )
