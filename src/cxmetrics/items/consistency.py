"""Reliability: whether several items measure one thing well enough to be added up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from attrs import asdict, field, frozen

from cxmetrics.engines import OffScale
from cxmetrics.engines.products import moments as collect_moments
from cxmetrics.errors import Caution, DataError, UsageError
from cxmetrics.items.checks import lost_rows, refuse_items
from cxmetrics.metrics.sheet import grid
from cxmetrics.metrics.text import count, level_text, limits, number
from cxmetrics.scale import Scale
from cxmetrics.stats import reliability as maths
from cxmetrics.stats.distributions import check_level
from cxmetrics.stats.intervals import Interval
from cxmetrics.summaries.moments import Moments, correlated

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PARTS: Final = 1000
SEED: Final = 19_510_301
_FEW: Final = 200
_ROUGH: Final = 1e-5
_CANCELLED: Final = 1e-9


@frozen(kw_only=True)
class ReliabilityItem:
    """One item among the others.

    Attributes:
        name: its column.
        alpha_dropped: alpha of the others; None where there are two items, or the sum of the others
            does not vary.
        rest_correlation: with the sum of the others; None where that does not vary.
        loading: on the common factor; None where no factor was found.
        mean: its mean rating.
    """

    name: str
    alpha_dropped: float | None
    rest_correlation: float | None
    loading: float | None
    mean: float


@frozen(kw_only=True, slots=False, eq=False)
class Reliability:
    """Cronbach's alpha and McDonald's omega of some items.

    Attributes:
        moments: the evidence, low-is-good items turned round.
        reverse: the items that were turned round.
        level: of the intervals.
        replicates: of the bootstrap of omega.
        seed: of the bootstrap.
    """

    moments: Moments
    reverse: tuple[str, ...] = ()
    level: float = field(default=0.95)
    replicates: int = field(default=PARTS)
    seed: int = field(default=SEED)

    @property
    def n(self) -> int:
        """Complete rows."""
        return self.moments.n

    @cached_property
    def alpha(self) -> float:
        """Cronbach's alpha, of the items as they are (raw)."""
        return float(maths.alpha(self.moments.covariance))

    @cached_property
    def standardised_alpha(self) -> float:
        """Alpha of the items brought to one variance: `k r / (1 + (k - 1) r)`."""
        return float(maths.alpha(self.moments.correlation))

    @cached_property
    def alpha_interval(self) -> Interval:
        """Feldt's interval of alpha, on the effective number of rows."""
        low, high = maths.feldt(
            self.alpha, self.moments.n_effective, len(self.moments.items), level=self.level
        )
        return Interval(low, high, self.level, "feldt")

    @cached_property
    def loadings(self) -> Floats | None:
        """Shape (items,): standardised loadings on one factor (maximum likelihood).

        None for two items, for a Heywood case, and where loadings have both signs.
        """
        if len(self.moments.items) < 3:
            return None
        found = maths.one_factor(self.moments.correlation)
        return None if np.isnan(found).any() or (found < 0).any() else found

    @cached_property
    def omega(self) -> float | None:
        """McDonald's omega (total, one factor); None without loadings."""
        return None if self.loadings is None else float(maths.omega(self.loadings))

    @cached_property
    def omega_interval(self) -> Interval | None:
        """Percentile bootstrap of omega; None without loadings or without parts to draw."""
        if self.loadings is None or self.omega is None or self.moments.parts < 2:
            return None
        whole = correlated(self.moments.resampled(self.replicates, seed=self.seed))
        whole = whole[~np.isnan(whole).any(axis=(1, 2))]
        drawn = maths.omega(maths.one_factor(whole, start=self.loadings, tolerance=_ROUGH))
        drawn = drawn[~np.isnan(drawn)]
        if len(drawn) < self.replicates / 2:
            return None
        low, high = np.quantile(drawn, [(1 - self.level) / 2, (1 + self.level) / 2])
        return Interval(
            min(float(low), self.omega), max(float(high), self.omega), self.level, "bootstrap"
        )

    @cached_property
    def items(self) -> tuple[ReliabilityItem, ...]:
        """The items, in the order in which they were named."""
        without, rest = maths.dropped(self.moments.covariance)
        many = len(self.moments.items)
        return tuple(
            ReliabilityItem(
                name=name,
                alpha_dropped=_or_none(without[place]) if many > 2 else None,
                rest_correlation=_or_none(rest[place]),
                loading=None if self.loadings is None else float(self.loadings[place]),
                mean=float(self.moments.mean[place]),
            )
            for place, name in enumerate(self.moments.items)
        )

    @property
    def spearman_brown(self) -> float | None:
        """For two items, the reliability of their sum; None for more."""
        if len(self.moments.items) != 2:
            return None
        return maths.spearman_brown(float(self.moments.correlation[0, 1]))

    @cached_property
    def cautions(self) -> tuple[Caution, ...]:
        """What a reader of the numbers has to know."""
        return tuple(_cautions(self))

    @property
    def method(self) -> str:
        """How the numbers were made, in sentences."""
        weighted = ", weighted" if self.moments.weighted else ""
        turned = f" Turned round: {', '.join(self.reverse)}." if self.reverse else ""
        return (
            f"Cronbach's alpha (1951), Feldt interval (1965); omega total of one factor, maximum "
            f"likelihood (McDonald 1999), bootstrap interval. {count(self.n)} complete rows"
            f"{weighted}.{turned} Alpha rises with the number of items, and assumes that all "
            "measure the same thing equally well; omega does not."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        omega = self.omega_interval
        return {
            "alpha": self.alpha,
            "alpha_interval": self.alpha_interval.to_dict(),
            "standardised_alpha": self.standardised_alpha,
            "omega": self.omega,
            "omega_interval": None if omega is None else omega.to_dict(),
            "spearman_brown": self.spearman_brown,
            "n": self.n,
            "n_effective": self.moments.n_effective,
            "rows": self.moments.rows,
            "reverse": list(self.reverse),
            "items": [asdict(item) for item in self.items],
            "cautions": [c.to_dict() for c in self.cautions],
            "evidence": self.moments.to_dict(),
        }

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reliability) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]  # holds arrays: equal by value, not hashable

    @property
    def title(self) -> str:
        """Alpha and omega with their intervals, and the rows behind them."""

        def told(name: str, value: float, interval: Interval | None) -> str:
            ends = "" if interval is None else f" ({limits(interval.low, interval.high, 'rating')})"
            return f"{name} {number(value, 'rating')}{ends}"

        parts = [told("alpha", self.alpha, self.alpha_interval)]
        if self.omega is not None:
            parts.append(told("omega", self.omega, self.omega_interval))
        if self.spearman_brown is not None:
            parts.append(told("Spearman-Brown", self.spearman_brown, None))
        return (
            f"Reliability of {len(self.moments.items)} items: {', '.join(parts)}; "
            f"{level_text(self.level)} intervals, n = {count(self.n)}"
        )

    def _texts(self) -> list[tuple[str, str, str, str]]:
        return [
            (
                item.name,
                "–" if item.rest_correlation is None else number(item.rest_correlation, "rating"),
                "–" if item.alpha_dropped is None else number(item.alpha_dropped, "rating"),
                "–" if item.loading is None else number(item.loading, "rating"),
            )
            for item in self.items
        ]

    def __str__(self) -> str:
        wide = max(map(len, self.moments.items))
        lines = [self.title] + [
            f"  {name:<{wide}}  r with the rest {rest}, alpha without it {alpha}, loading {loading}"
            for name, rest, alpha, loading in self._texts()
        ]
        return "\n".join([*lines, *(f"  ! {caution}" for caution in self.cautions)])

    def __repr__(self) -> str:
        return (
            f"<Reliability of {len(self.moments.items)} items: alpha {self.alpha:.2f}, n={self.n}>"
        )

    def _repr_html_(self) -> str:
        head = ("item", "r with the rest", "alpha without it", "loading")
        return grid(self.title, head, self._texts(), cautions=self.cautions)


def reliability(
    data: Any,
    *,
    items: Sequence[str] = (),
    scale: Scale | Mapping[str, Scale] | None = None,
    reverse: Sequence[str] = (),
    weight: str | None = None,
    unit: str | None = None,
    where: Any = None,
    missing: Sequence[Any] = (),
    off_scale: OffScale = "error",
    level: float = 0.95,
    seed: int = SEED,
) -> Reliability:
    """Measure how well several items measure one thing.

    Args:
        data: columns by name or a data frame, one row a respondent; or `Moments`.
        items: the columns, two or more; of moments, all where left out.
        scale: the scale of the items, or scales by name.
        reverse: items whose wording runs against the others: they are turned round. On a scale
            where low is good together with one where high is good, that is done by itself.
        weight: the column of survey weights.
        unit: the column that says which rows belong together, for the interval of omega.
        where: rows to keep.
        missing: values that stand for "no answer".
        off_scale: `"error"`, or `"set_aside"` to treat ratings off their scale as missing.
        level: of the intervals.
        seed: of the bootstrap of omega.

    Raises:
        ColumnError: a column is missing (the close names are said) or holds the wrong values.
        DataError: there are too few complete rows, or an item has no variance.
        UsageError: there are fewer than two items, or an argument makes no sense.

    References:
        Cronbach 1951; Feldt 1965; McDonald 1999; Eisinga, te Grotenhuis & Pelzer 2013.

    Example:
        >>> made = {"a": [1, 2, 3, 4, 5, 5], "b": [2, 2, 3, 4, 4, 5], "c": [1, 3, 3, 5, 4, 5]}
        >>> found = reliability(made, items=["a", "b", "c"])
        >>> round(found.alpha, 3), found.n
        (0.957, 6)
    """
    check_level(level)
    names = tuple(items) or (data.items if isinstance(data, Moments) else ())
    if len(names) < 2:
        raise UsageError(
            f"reliability needs two items or more, not {len(names)}: one item, such as an NPS, can "
            "only be asked again (test-retest)."
        )
    if isinstance(data, Moments):
        found = data.only(names)
    else:
        found = collect_moments(
            data,
            names,
            scale=scale,
            weight=weight,
            unit=unit,
            where=where,
            missing=missing,
            off_scale=off_scale,
            parts=PARTS,
        )
    refuse_items(found, least=3)
    ways = [s is not None and s.reverse for s in found.scales]
    mixed = any(ways) and not all(ways)
    turned = tuple(
        n for n, low in zip(names, ways, strict=True) if (n in reverse) != (mixed and low)
    )
    found.only(reverse)  # an unknown name is said, with the close ones
    found = found.reversed(turned)
    if found.covariance.sum() <= _CANCELLED * found.variance.sum():
        raise DataError(
            "the items cancel each other out: one runs exactly against the others. Turn it round "
            "with reverse=[…]."
        )
    return Reliability(moments=found, reverse=turned, level=level, seed=seed)


def _or_none(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)


def _cautions(found: Reliability) -> Iterator[Caution]:
    moments = found.moments
    if moments.n < _FEW:
        yield Caution(
            "SMALL_SAMPLE", f"{count(moments.n)} complete rows, under {_FEW}: read the intervals."
        )
    if moments.deff > 2:
        yield Caution(
            "EXTREME_WEIGHTS", f"unequal weights multiply the variance by {moments.deff:.1f}."
        )
    yield from lost_rows(moments)
    against = [item.name for item in found.items if (item.rest_correlation or 0) < 0]
    if against:
        yield Caution(
            "REVERSED_ITEM",
            f"{', '.join(against)}: runs against the others. If the wording does too, say "
            f"reverse={against!r}.",
        )
    if len(moments.items) > 2 and found.omega is None:
        yield Caution(
            "NO_COMMON_FACTOR",
            "one factor does not describe these items (a loading is negative, or a unique variance "
            "runs to 0): there is no omega.",
        )
