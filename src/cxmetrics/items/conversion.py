"""Scale conversion: ratings given on one scale, told on another, and marked as such for good."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

import numpy as np
from attrs import evolve, frozen

from cxmetrics.engines.columns import columns_of
from cxmetrics.engines.encode import weights
from cxmetrics.engines.ratings import points_of
from cxmetrics.errors import Caution, DataError, ScaleError, UsageError
from cxmetrics.metrics.sheet import grid
from cxmetrics.metrics.text import count, limits, number
from cxmetrics.scale import Scale
from cxmetrics.stats.distributions import check_level
from cxmetrics.stats.intervals import Interval
from cxmetrics.summaries import Cube, Tally
from cxmetrics.summaries.cube import to_frame

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

How = Literal["linear", "dawes", "equipercentile"]
_Counted = TypeVar("_Counted", Tally, Cube)

DAWES: Final = -0.3
"""Ratings asked on 10 points were so much lower than rescaled 5- and 7-point ones (Dawes 2008)."""

_SEED: Final = 20_080_101
_FEW: Final = 100
_EVEN: Final = 1e-9


@frozen(kw_only=True)
class Converted:
    """Converted ratings, each with its mark.

    Attributes:
        values: one a rating; None where it was missing.
        conversion: how they were made.
    """

    values: tuple[float | None, ...]
    conversion: Conversion

    @property
    def converted(self) -> tuple[bool, ...]:
        """For each value whether it is a conversion (missing ones are not)."""
        return tuple(value is not None for value in self.values)

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """What a reader of the values has to know."""
        return self.conversion.cautions

    def to_native(self, backend: str = "polars") -> Any:
        """Return a data frame: `rating`, `converted` (the mark), `conversion` (how)."""
        return to_frame(
            {
                "rating": self.values,
                "converted": self.converted,
                "conversion": [self.conversion.told if mark else None for mark in self.converted],
            },
            backend,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "values": list(self.values),
            "converted": list(self.converted),
            "conversion": self.conversion.to_dict(),
        }


@frozen(kw_only=True, slots=False, eq=False)
class Conversion:
    """A table from the points of one scale to values on another; call it with ratings.

    Attributes:
        source: the scale the ratings were given on.
        target: the scale they are told on.
        how: `"linear"`, `"dawes"` or `"equipercentile"`.
        values: shape (source points,): where each point goes.
        intervals: of the values; only a bridge sample has them.
        n: ratings of the bridge sample, on the source and on the target scale.
    """

    source: Scale
    target: Scale
    how: How
    values: tuple[float, ...]
    intervals: tuple[Interval, ...] | None = None
    n: tuple[int, int] | None = None

    @property
    def told(self) -> str:
        """The conversion in words: what the marked scale carries."""
        return f"from {self.source} ({self.how})"

    @cached_property
    def scale(self) -> Scale:
        """The marked scale of converted ratings.

        Raises:
            ScaleError: the values are not evenly spaced.
        """
        step = np.diff(self.values)
        if np.ptp(step) > _EVEN or step[0] <= 0:
            raise ScaleError(
                f"a conversion {self.told} is not evenly spaced, so it makes values, not ratings "
                "on a scale: convert the rows, or take mean()."
            )
        return Scale(
            self.values[0],
            self.values[-1],
            step=float(step[0]),
            reverse=self.target.reverse,
            converted=self.told,
        )

    def __call__(self, ratings: Sequence[Any], *, missing: Sequence[Any] = ()) -> Converted:
        """Convert ratings one by one.

        Raises:
            ScaleError: a rating is no point of the source scale.
        """
        codes, _ = points_of(ratings, "rating", self.source, missing=missing)
        table = (*self.values, None)
        return Converted(values=tuple(table[code] for code in codes.tolist()), conversion=self)

    def counted(self, tally: _Counted) -> _Counted:
        """Return a tally or cube on the marked scale: its scores carry CONVERTED_SCALE.

        Raises:
            ScaleError: it is on another scale, or the conversion is not evenly spaced.
        """
        if not tally.scale.same_points(self.source):
            raise ScaleError(f"this converts ratings on {self.source}, not on {tally.scale}.")
        return evolve(tally, scale=self.scale)

    def mean(self, tally: Tally) -> float:
        """Return the mean of a tally's ratings after conversion; NaN without answers."""
        if not tally.scale.same_points(self.source):
            raise ScaleError(f"this converts ratings on {self.source}, not on {tally.scale}.")
        return float(tally.share @ np.array(self.values))

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """What a reader of converted ratings has to know."""
        found = [
            Caution(
                "CONVERTED_SCALE",
                f"ratings converted {self.told}: don't compare with ratings that were given on "
                f"{self.target}.",
            )
        ]
        if self.n is not None and min(self.n) < _FEW:
            found.append(
                Caution("SMALL_SAMPLE", f"the bridge has {min(self.n)} ratings, under {_FEW}.")
            )
        return tuple(found)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "source": self.source.to_dict(),
            "target": self.target.to_dict(),
            "how": self.how,
            "values": list(self.values),
            "intervals": self.intervals and [interval.to_dict() for interval in self.intervals],
            "n": None if self.n is None else list(self.n),
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Conversion) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]  # equal by value, like the other results

    def __repr__(self) -> str:
        return f"<Conversion {self.title}>"

    def _rows(self) -> list[tuple[str, str, str]]:
        ends = [""] * len(self.values)
        if self.intervals is not None:
            ends = [limits(interval.low, interval.high, "rating") for interval in self.intervals]
        return [
            (f"{point:g}", number(value, "rating"), end)
            for point, value, end in zip(self.source.points, self.values, ends, strict=True)
        ]

    @property
    def title(self) -> str:
        """Both scales, and how."""
        bridge = "" if self.n is None else f", bridge of {count(self.n[0])} and {count(self.n[1])}"
        return f"{self.source} to {self.target} ({self.how}{bridge})"

    def __str__(self) -> str:
        lines = [self.title] + [
            f"  {point} -> {value}{f'  ({ends})' if ends else ''}"
            for point, value, ends in self._rows()
        ]
        return "\n".join([*lines, *(f"  ! {caution}" for caution in self.cautions)])

    def _repr_html_(self) -> str:
        head = (str(self.source), str(self.target), "interval")
        return grid(self.title, head, self._rows(), cautions=self.cautions)


def rescale(
    source: Scale, target: Scale, *, method: Literal["linear", "dawes"] = "linear"
) -> Conversion:
    """Return the linear conversion `(x - a) / (b - a) (d - c) + c`, ends to ends.

    Args:
        source: the scale the ratings were given on.
        target: the scale to tell them on.
        method: `"dawes"` takes off another 0.3, which is what people asked on 1-10 rated lower
            than those asked on 5 or 7 points. It is right for means, and only to 1-10.

    Raises:
        ScaleError: one scale is good at the other end, or the method does not fit.

    References:
        Dawes 2008, International Journal of Market Research 50(1):61-77.

    Example:
        >>> from cxmetrics.scale import one_to_five, one_to_ten, zero_to_ten
        >>> rescale(one_to_five, one_to_ten).values
        (1.0, 3.25, 5.5, 7.75, 10.0)
        >>> from cxmetrics import mean_rating, Tally
        >>> answers = Tally.of(one_to_five, {4: 60, 5: 40})
        >>> told = rescale(one_to_five, zero_to_ten).counted(answers)
        >>> score = mean_rating.using(scale=told.scale)(told)
        >>> score.value, [caution.code for caution in score.cautions]
        (8.5, ['CONVERTED_SCALE'])
    """
    _same_way(source, target)
    if method not in {"linear", "dawes"}:
        raise UsageError(f"method is 'linear' or 'dawes', not {method!r}.")
    if method == "dawes" and not (
        (target.low, target.high) == (1, 10) and source.low == 1 and source.size in {5, 7}
    ):
        raise ScaleError(
            f"Dawes measured 5 and 7 points against 1-10, not {source} against {target}: use "
            "method='linear', or a bridge sample (equipercentile)."
        )
    offset = DAWES if method == "dawes" else 0.0
    ratio = (target.high - target.low) / (source.high - source.low)
    values = tuple(float((x - source.low) * ratio + target.low + offset) for x in source.points)
    return Conversion(source=source, target=target, how=method, values=values)


def equipercentile(
    data: Any,
    *,
    source: str,
    target: str,
    source_scale: Scale,
    target_scale: Scale,
    weight: str | None = None,
    where: Any = None,
    missing: Sequence[Any] = (),
    level: float = 0.95,
    replicates: int = 1000,
    seed: int = _SEED,
) -> Conversion:
    """Learn a conversion from a bridge sample: equal percentile ranks are equal ratings.

    The bridge holds people who rated on both scales, or a random split of which each half rated on
    one (the other column is then missing). It is the only conversion with an error of its own: rows
    are drawn for its intervals (both designs are one multinomial over the joint table).

    Args:
        data: columns by name or a data frame.
        source: the column of ratings on the scale to convert from.
        target: the column of ratings on the scale to convert to.
        source_scale: the first scale.
        target_scale: the second scale.
        weight: the column of survey weights.
        where: rows to keep.
        missing: values that stand for "no answer".
        level: of the intervals.
        replicates: of the bootstrap.
        seed: of the bootstrap.

    Raises:
        ColumnError: a column is missing, or holds the wrong values.
        DataError: nobody rated on one of the scales.
        ScaleError: a rating is no point of its scale, or one scale is good at the other end.

    References:
        Kolen & Brennan 2014, Test Equating, Scaling, and Linking, 3rd ed., chapter 2.

    Example:
        >>> from cxmetrics.scale import one_to_three, one_to_five
        >>> made = {"short": [1, 2, 2, 3] * 30, "long": [1, 3, 3, 5] * 30}
        >>> found = equipercentile(
        ...     made, source="short", target="long", source_scale=one_to_three,
        ...     target_scale=one_to_five,
        ... )
        >>> found.values
        (1.0, 3.0, 5.0)
    """
    check_level(level)
    _same_way(source_scale, target_scale)
    if source == target:
        raise UsageError(f"{source!r} is both columns: name one a scale.")
    extra = [] if weight is None else [weight]
    columns = columns_of(data, (source, target, *extra), where=where)
    first, _ = points_of(columns[source], source, source_scale, missing=missing)
    second, _ = points_of(columns[target], target, target_scale, missing=missing)
    heavy = np.ones(len(first)) if weight is None else weights(columns[weight], weight)
    shape = (source_scale.size + 1, target_scale.size + 1)  # the last row and column: missing
    joint = np.bincount(first * shape[1] + second, heavy, minlength=shape[0] * shape[1])
    rated = int((first < source_scale.size).sum()), int((second < target_scale.size).sum())
    table = joint.reshape(shape)
    if not table[:-1].sum() > 0 or not table[:, :-1].sum() > 0:
        empty = source if not table[:-1].sum() > 0 else target
        raise DataError(f"{empty!r} holds no rating (or no weight): a bridge needs both scales.")

    def linked(tables: NDArray[Any]) -> Floats:
        return _linked(tables[..., :-1, :].sum(-1), tables[..., :-1].sum(-2), target_scale)

    values = linked(table)
    worth = max(round(float(heavy.sum() ** 2 / (heavy @ heavy))), 1)
    share = joint / joint.sum()
    drawn = np.random.default_rng(seed).multinomial(worth, share, size=replicates)
    replicas = linked(drawn.reshape(-1, *shape))
    replicas = replicas[~np.isnan(replicas).any(axis=1)]
    intervals = None
    if len(replicas) > replicates / 2:
        ends = np.quantile(replicas, [(1 - level) / 2, (1 + level) / 2], axis=0)
        intervals = tuple(
            Interval(min(low, value), max(high, value), level, "bootstrap")
            for low, high, value in zip(*ends.tolist(), values.tolist(), strict=True)
        )
    return Conversion(
        source=source_scale,
        target=target_scale,
        how="equipercentile",
        values=tuple(values.tolist()),
        intervals=intervals,
        n=rated,
    )


def _linked(source: NDArray[Any], target: NDArray[Any], scale: Scale) -> Floats:
    """Return where each source point goes, from counts of shape (..., points) on both scales.

    A rating stands for the interval of half a step around it; its rank is that of its middle.
    """
    with np.errstate(invalid="ignore"):
        mine = source / source.sum(axis=-1, keepdims=True)
        theirs = np.cumsum(target, axis=-1) / target.sum(axis=-1, keepdims=True)
    rank = np.cumsum(mine, axis=-1) - mine / 2
    below = np.concatenate([np.zeros_like(theirs[..., :1]), theirs[..., :-1]], axis=-1)
    reached = theirs[..., None, :] >= rank[..., None] - 1e-12
    place = np.argmax(reached, axis=-1)
    start = np.take_along_axis(below, place, axis=-1)
    width = np.take_along_axis(theirs, place, axis=-1) - start
    with np.errstate(invalid="ignore", divide="ignore"):
        inside = np.where(width > 0, (rank - start) / width, 0.5)
    found = scale.low + scale.step * (place - 0.5 + inside)
    clipped: Floats = np.clip(found, scale.low, scale.high)
    return np.where(np.isnan(rank) | np.isnan(theirs[..., :1]), np.nan, clipped)


def _same_way(source: Scale, target: Scale) -> None:
    if source.reverse != target.reverse:
        raise ScaleError(
            f"{source} and {target} are good at different ends: two instruments, not two scales. "
            "Turn the ratings round first if they really ask the same."
        )
    if source.converted:
        raise ScaleError(f"ratings on {source} are converted already: convert the original ones.")
