"""The composite: several items made into one number for each respondent, then averaged.

The number is made for the respondent first, so the spread between respondents holds how the items
go together: taking the items for independent would understate the error.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
from attrs import evolve, field, frozen

from cxmetrics.concepts.answers import Answers, Scales, answers
from cxmetrics.concepts.cells import averaged, ordered, tabled
from cxmetrics.concepts.coherence import consistency
from cxmetrics.concepts.composed import Index
from cxmetrics.concepts.estimate import Estimate
from cxmetrics.concepts.item import Item
from cxmetrics.engines.query import OffScale
from cxmetrics.errors import UsageError, did_you_mean
from cxmetrics.scale import Scale
from cxmetrics.stats.distributions import check_level
from cxmetrics.stats.intervals import Interval
from cxmetrics.stats.intervals.adjusted_wald import adjusted_wald

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]
    Truths = NDArray[np.bool_]

_EXACT: Final = 1e-9


def _tuple(items: Iterable[Item]) -> tuple[Item, ...]:
    return tuple(items)


def _named(_: object, __: object, items: tuple[Item, ...]) -> None:
    if not items:
        raise UsageError("no item is named.")
    names = [item.name for item in items]
    twice = [name for place, name in enumerate(names) if name in names[:place]]
    if twice:
        raise UsageError(f"{twice[0]!r} is named twice.")
    total = sum(item.weight for item in items)
    if abs(total - 1) > _EXACT:
        raise UsageError(f"the weights sum to {total:g}, not to 1: divide each by {total:g}.")


@frozen(kw_only=True, slots=False)
class Composite:
    """A recipe: which items, on which scales, with which weights, rescaled to what.

    Call it with data. It holds no data, and can be kept as JSON.

    Attributes:
        title: what to call the result.
        items: the questions.
        low: what the worst answers to all of them make.
        high: what the best make.
        minimum: with at least so many items answered a respondent counts, the others filled in by
            the weighted mean of their own (flagged `IMPUTED`); None wants all.

    Raises:
        UsageError: the weights do not sum to 1, or an argument makes no sense.

    Example:
        >>> from cxmetrics.scale import one_to_five
        >>> house = Composite.of(["wifi", "signs"], scale=one_to_five, weights={
        ...     "wifi": 0.25, "signs": 0.75})
        >>> round(house({"wifi": [1, 5, 4], "signs": [3, 5, 4]}).value, 1)
        70.8
        >>> Composite.from_dict(house.to_dict()) == house
        True
    """

    items: tuple[Item, ...] = field(converter=_tuple, validator=_named)
    title: str = "index"
    low: float = 0.0
    high: float = 100.0
    minimum: int | None = None

    def __attrs_post_init__(self) -> None:
        if not (isfinite(self.low) and isfinite(self.high) and self.low < self.high):
            raise UsageError(f"low={self.low!r} has to be a number below high={self.high!r}.")
        if self.minimum is not None and self.minimum not in range(1, len(self.items) + 1):
            raise UsageError(
                f"minimum={self.minimum!r}: give a number of items from 1 to {len(self.items)}, or "
                "leave it out to want all."
            )

    @classmethod
    def of(
        cls,
        items: Sequence[str],
        *,
        scale: Scales,
        weights: Mapping[str, float] | None = None,
        reverse: Collection[str] = (),
        positive: Collection[float] = (),
        negative: Collection[float] = (),
        **options: Any,
    ) -> Self:
        """Build one from names.

        Args:
            items: the columns.
            scale: of all items, or by name.
            weights: by name, summing to 1; equal where left out.
            reverse: the items whose wording runs against the others.
            positive: the boxes that count +1; see `Item`.
            negative: the boxes that count -1.
            **options: the other attributes.
        """
        names = tuple(items)
        scales = scale if isinstance(scale, Mapping) else dict.fromkeys(names, scale)
        for what, given in (("weights", weights or ()), ("reverse", reverse), ("scale", scales)):
            for name in given:
                if name not in names:
                    raise UsageError(f"{what}= names {name!r}; {did_you_mean(name, names)}")
        for name in names:
            if scales.get(name) is None:
                raise UsageError(
                    f"{name!r} has no scale, so it can't be rescaled: give scale=, for instance "
                    "one_to_five (1:5)."
                )
            if weights is not None and name not in weights:
                raise UsageError(f"{name!r} has no weight: weigh all items or none.")
        return cls(
            items=tuple(
                Item(
                    name=name,
                    scale=scales[name],  # type: ignore[arg-type]  # checked above
                    weight=1 / len(names) if weights is None else weights[name],
                    reverse=name in reverse,
                    positive=tuple(positive),
                    negative=tuple(negative),
                )
                for name in names
            ),
            **options,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The columns."""
        return tuple(item.name for item in self.items)

    @property
    def bounds(self) -> tuple[float, float]:
        """The lowest and the highest possible value."""
        return self.low, self.high

    @property
    def net(self) -> bool:
        """Whether all items count boxes."""
        return all(item.net for item in self.items)

    @property
    def unit(self) -> str:
        """How values are written."""
        return "points" if self.net and self.bounds == (-100.0, 100.0) else "rating"

    @property
    def equal(self) -> bool:
        """Whether all items weigh the same."""
        return all(abs(item.weight * len(self.items) - 1) < _EXACT for item in self.items)

    def worth(self, found: Answers) -> Floats:
        """Return each item between `low` and `high`, shape (rows, items); NaN where missing."""
        shares = np.column_stack([item.share(found.items[item.name]) for item in self.items])
        return self.low + (self.high - self.low) * shares

    def joined(self, worth: Floats) -> tuple[Floats, Truths]:
        """Return the composite of each row, NaN where too few items, and which are filled in."""
        weight = np.array([item.weight for item in self.items])
        weight /= weight.max()  # equal weights add up without rounding
        there = ~np.isnan(worth)
        needed = len(self.items) if self.minimum is None else self.minimum
        counts = there.sum(axis=1) >= needed
        total = there @ weight
        with np.errstate(invalid="ignore"):
            value = np.where(there, worth, 0.0) @ weight / total
        return np.where(counts, value, np.nan), counts & ~there.all(axis=1)

    def respondents(
        self,
        data: Any,
        *,
        where: Any = None,
        missing: Sequence[Any] = (),
        off_scale: OffScale = "error",
    ) -> Floats:
        """Return the composite of each row, NaN where it does not count."""
        found = self._read(data, where=where, missing=missing, off_scale=off_scale)
        return self.joined(self.worth(found))[0]

    def _read(self, data: Any, **options: Any) -> Answers:
        scales = {item.name: item.scale for item in self.items}
        return ordered(answers(data, self.names, scale=scales, **options))

    def __call__(
        self,
        data: Any,
        *,
        by: str | Sequence[str] | None = None,
        weight: str | None = None,
        unit: str | None = None,
        strata: str | None = None,
        where: Any = None,
        missing: Sequence[Any] = (),
        off_scale: OffScale = "error",
        bands: Mapping[str, float] | None = None,
        floor: int = 0,
        level: float = 0.95,
    ) -> Index:
        """Measure it.

        Args:
            data: columns by name or a data frame, one row a respondent.
            by: the column or columns that make groups.
            weight: the column of survey weights.
            unit: the column that says who answered, where one may answer more than once.
            strata: the column of sampling strata.
            where: rows to keep.
            missing: values that stand for "no answer".
            off_scale: `"error"`, or `"set_aside"` to treat ratings off their scale as missing.
            bands: names of levels with their lower limit; there are none by default.
            floor: groups of fewer respondents are hidden (employees), at least two of them.
            level: of the intervals.

        Raises:
            ColumnError: a column is missing (the close names are said) or holds the wrong values.
            ScaleError: a rating is no point of its scale.
            UsageError: an argument makes no sense.
        """
        check_level(level)
        found = self._read(
            data,
            by=by,
            weight=weight,
            unit=unit,
            strata=strata,
            where=where,
            missing=missing,
            off_scale=off_scale,
        )
        worth = self.worth(found)
        value, filled = self.joined(worth)
        counts = ~np.isnan(value)
        worth = np.where(counts[:, None], worth, np.nan)
        table = tabled(value[:, None], found, grouped=by, floor=floor)
        if table.withheld:
            worth = np.full_like(worth, np.nan)
        return Index(
            recipe=self,
            labels=table.labels,
            secret=table.secret,
            whole=table.whole[0],
            parts=self._parts(worth, found, level),
            cells=table.cells[0],
            rests=table.rests,
            consistency=consistency(worth, self.names, found, level=level),
            rows=found.rows,
            filled=int(filled.sum()),
            floor=floor,
            withheld=table.withheld,
            bands=dict(bands or {}),
            level=level,
            noticed=found.cautions,
        )

    def _parts(self, worth: Floats, found: Answers, level: float) -> dict[str, Estimate]:
        """Return each item, over the respondents who count."""
        middle, half = (self.low + self.high) / 2, (self.high - self.low) / 2
        code = (worth - middle) / half
        means = averaged(np.hstack([worth, np.abs(code)]), found)
        parts = {}
        for place, item in enumerate(self.items):
            own = Estimate.of(means[place], unit=self.unit, level=level, bounds=self.bounds)
            if item.net and own.interval is not None:
                net, either = (own.value - middle) / half, means[len(self.items) + place].mean[0]
                spread = (either - net**2) * own.n / (own.n - 1)
                variance = means[place].covariance[0, 0] / half**2
                alike = min(own.n_effective, float(means[place].units_effective[0]))
                designed = found.unit is not None or found.strata is not None
                n = min(spread / variance, own.n) if designed and variance else alike
                low, high = adjusted_wald(
                    n * (either + net) / 2, n * (either - net) / 2, n, level=level
                )
                low, high = max(-1.0, min(low, net)), min(1.0, max(high, net))
                ends = middle + half * low, middle + half * high
                own = evolve(own, interval=Interval(*ends, level, "adjusted_wald"))
            parts[item.name] = own
        return parts

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "title": self.title,
            "items": [item.to_dict() for item in self.items],
            "low": self.low,
            "high": self.high,
            "minimum": self.minimum,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build the recipe that `to_dict` wrote."""
        items = tuple(
            Item(**{**item, "scale": Scale.from_dict(item["scale"])}) for item in data["items"]
        )
        return cls(**{**data, "items": items})
