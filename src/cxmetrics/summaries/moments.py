"""Moments: the sums and products of several items, from which their correlations follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, Self

import numpy as np
from attrs import evolve, frozen

from cxmetrics.errors import ColumnError, MergeError, did_you_mean
from cxmetrics.scale import Scale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

Gaps = Literal["listwise", "pairwise"]
"""What to do with a row in which some items are missing: leave it out, or use its other pairs."""

_ARRAYS: Final = ("counts", "weights", "squares", "sums", "powers", "products")
_NOTHING: Final = 1e-12
"""A variance below this share of the mean square is the rounding of a constant."""


@frozen(kw_only=True, eq=False, slots=False)
class Moments:
    """Weighted sums and products of items, pair by pair.

    What a tally is for one rating, moments are for several together: enough for means, variances,
    correlations, regressions, factor models and reliability, exactly, without the rows. They can be
    added and subtracted. All sums are taken about `origin`, which keeps them small and exact.

    The arrays have shape (parts, items, items). Entry `[i, j]` is over the rows that have *both*
    items; with `gaps="listwise"` over the rows that have all. More than one part means random parts
    of the sample, which `resampled` draws for the bootstrap; moments that were added up or read
    from JSON have one.

    Attributes:
        items: the names.
        scales: the scale of each item; None for a measurement.
        gaps: how missing items were treated.
        weighted: whether weights were given.
        rows: rows read, complete or not.
        missing: shape (items,): rows without the item.
        off_scale: shape (items,): ratings set aside because they are no point of the scale.
        origin: shape (items,): what was taken off every value of the item.
        counts: rows.
        weights: sum of their weights w.
        squares: sum of w squared.
        sums: sum of w times item i.
        powers: sum of w times item i squared.
        products: sum of w times item i times item j.

    Example:
        >>> from cxmetrics.engines.products import moments
        >>> found = moments({"wifi": [1, 2, 4, 5], "signs": [2, 1, 5, 4]}, ["wifi", "signs"])
        >>> found.n, found.mean.tolist(), round(float(found.correlation[0, 1]), 2)
        (4, [3.0, 3.0], 0.8)
        >>> found + found - found == found
        True
    """

    items: tuple[str, ...]
    scales: tuple[Scale | None, ...]
    gaps: Gaps
    weighted: bool
    rows: int
    missing: Ints
    off_scale: Ints
    origin: Floats
    counts: Floats
    weights: Floats
    squares: Floats
    sums: Floats
    powers: Floats
    products: Floats

    @property
    def parts(self) -> int:
        """The number of parts."""
        return len(self.counts)

    @cached_property
    def _total(self) -> dict[str, Floats]:
        return {name: getattr(self, name).sum(axis=0) for name in _ARRAYS}

    @property
    def n(self) -> int:
        """Rows behind the pair of items that has the fewest; the complete rows when listwise."""
        return int(self._total["counts"].min(initial=self.rows))

    @property
    def n_effective(self) -> float:
        """Kish's effective sample size of the pair that has the lowest, `(sum w)^2 / sum w^2`."""
        weights, squares = self._total["weights"], self._total["squares"]
        return float((weights**2 / np.where(squares > 0, squares, 1)).min())

    @property
    def deff(self) -> float:
        """Kish's design effect of the weights; NaN without rows."""
        return self.n / self.n_effective if self.n_effective else float("nan")

    @cached_property
    def mean(self) -> Floats:
        """Shape (items,): weighted means; NaN without rows."""
        with np.errstate(invalid="ignore"):
            centre: Floats = np.diag(self._total["sums"]) / np.diag(self._total["weights"])
        return centre + self.origin

    @cached_property
    def variance(self) -> Floats:
        """Shape (items,): weighted variances, divisor n - 1; NaN for under two rows."""
        return np.diag(self.covariance)

    @cached_property
    def covariance(self) -> Floats:
        """Shape (items, items): weighted covariances, divisor n - 1, as R's `cov.wt` scales them.

        With weights the factor is `1 / (1 - sum w^2 / (sum w)^2)`, which is n / (n - 1) without.
        """
        total = self._total
        with np.errstate(invalid="ignore", divide="ignore"):
            factor = 1 / (1 - total["squares"] / total["weights"] ** 2)
            found: Floats = _spread(total)[0] * factor
        return found

    @cached_property
    def correlation(self) -> Floats:
        """Shape (items, items): weighted Pearson correlations; NaN where an item is constant."""
        return correlated(self._total)

    def resampled(self, number: int, *, seed: int) -> dict[str, Floats]:
        """Draw the parts with replacement: arrays of shape (number, items, items) by name.

        With one row a part this is the bootstrap of the rows; with random parts of several rows it
        has the same expectation and, from some hundred parts on, the same spread. Only what means
        and correlations need is drawn.

        Raises:
            MergeError: there is one part only.
        """
        if self.parts < 2:
            raise MergeError(
                "these moments were added up, so there are no parts to draw: collect them from "
                "rows with parts= for intervals."
            )
        chosen = np.random.default_rng(seed).multinomial(
            self.parts, np.full(self.parts, 1 / self.parts), size=number
        )
        draws, many = chosen.astype(float), len(self.items)

        def added(name: str) -> Floats:
            flat = getattr(self, name).reshape(self.parts, -1)
            return np.asarray(draws @ flat).reshape(number, many, many)

        drawn = {"products": added("products")}
        if self.gaps == "pairwise":
            return drawn | {name: added(name) for name in ("weights", "sums", "powers")}
        # listwise all pairs share their rows, so vectors say what matrices would repeat
        shape = (number, many, many)
        weight = np.asarray(draws @ self.weights[:, 0, 0])[:, None, None]
        sums = np.asarray(draws @ self.sums[:, :, 0])[:, :, None]
        powers = np.einsum("bii->bi", drawn["products"])[:, :, None]
        return drawn | {
            "weights": np.broadcast_to(weight, shape),
            "sums": np.broadcast_to(sums, shape),
            "powers": np.broadcast_to(powers, shape),
        }

    def only(self, items: Sequence[str]) -> Self:
        """Return the moments of some items, in that order (listwise: of the same rows).

        Raises:
            ColumnError: a name is none of the items.
        """
        for name in items:
            if name not in self.items:
                raise ColumnError(
                    f"{name!r} is no item of these moments; {did_you_mean(name, self.items)}"
                )
        places = [self.items.index(name) for name in items]
        block = np.ix_(range(self.parts), places, places)
        arrays: dict[str, Any] = {name: getattr(self, name)[block] for name in _ARRAYS}
        return evolve(
            self,
            items=tuple(items),
            scales=tuple(self.scales[place] for place in places),
            missing=self.missing[places],
            off_scale=self.off_scale[places],
            origin=self.origin[places],
            **arrays,
        )

    def reversed(self, items: Sequence[str]) -> Self:
        """Return the moments with some items turned round: low + high - x on a scale, else -x.

        Raises:
            ColumnError: a name is none of the items.
        """
        self.only(items)
        sign = np.array([-1.0 if name in items else 1.0 for name in self.items])
        ends = np.array([0.0 if s is None else float(s.low + s.high) for s in self.scales])
        return evolve(
            self,
            origin=np.where(sign < 0, ends - self.origin, self.origin),
            sums=self.sums * sign[:, None],
            products=self.products * np.outer(sign, sign),
        )

    def _about(self, origin: Floats) -> Self:
        """Return the same moments about another origin."""
        if np.array_equal(origin, self.origin):
            return self
        step = (self.origin - origin)[:, None]
        across = np.swapaxes(self.sums, -1, -2)
        return evolve(
            self,
            origin=origin,
            sums=self.sums + step * self.weights,
            powers=self.powers + 2 * step * self.sums + step**2 * self.weights,
            products=self.products
            + step * across
            + self.sums * step.T
            + step * step.T * self.weights,
        )

    def _combined(self, other: Moments, sign: int) -> Moments:
        for what, mine, theirs in (
            ("items", self.items, other.items),
            ("gaps", self.gaps, other.gaps),
        ):
            if mine != theirs:
                raise MergeError(f"moments of {what} {mine} and of {theirs} can't be added.")
        for name, mine_, theirs_ in zip(self.items, self.scales, other.scales, strict=True):
            if (mine_ is None) != (theirs_ is None) or (
                mine_ is not None and theirs_ is not None and not mine_.same_points(theirs_)
            ):
                raise MergeError(f"{name!r} is on {mine_} here and on {theirs_} there.")
        moved = other._about(self.origin)
        pairs = {name: (getattr(self, name), getattr(moved, name)) for name in _ARRAYS}
        arrays: dict[str, Any]
        if sign > 0 and self.parts > 1 and other.parts > 1:
            arrays = {name: np.concatenate(pair) for name, pair in pairs.items()}
        else:
            arrays = {
                name: (a.sum(axis=0) + sign * b.sum(axis=0))[None] for name, (a, b) in pairs.items()
            }
        return evolve(
            self,
            weighted=self.weighted or other.weighted,
            rows=self.rows + sign * other.rows,
            missing=self.missing + sign * other.missing,
            off_scale=self.off_scale + sign * other.off_scale,
            **arrays,
        )

    def __add__(self, other: object) -> Moments:
        return self._combined(other, 1) if isinstance(other, Moments) else NotImplemented

    def __sub__(self, other: object) -> Moments:
        return self._combined(other, -1) if isinstance(other, Moments) else NotImplemented

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Moments) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]  # holds arrays: equal by value, not hashable

    def __repr__(self) -> str:
        return f"<Moments of {len(self.items)} items, {self.gaps}: n={self.n} of {self.rows} rows>"

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values, the parts added up."""
        return {
            "items": list(self.items),
            "scales": [None if scale is None else scale.to_dict() for scale in self.scales],
            "gaps": self.gaps,
            "weighted": self.weighted,
            "rows": self.rows,
            "missing": self.missing.tolist(),
            "off_scale": self.off_scale.tolist(),
            "origin": self.origin.tolist(),
            **{name: array.tolist() for name, array in self._total.items()},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build what `to_dict` wrote."""
        return cls(
            items=tuple(data["items"]),
            scales=tuple(None if s is None else Scale.from_dict(s) for s in data["scales"]),
            gaps=data["gaps"],
            weighted=data["weighted"],
            rows=data["rows"],
            missing=np.array(data["missing"], np.int64),
            off_scale=np.array(data["off_scale"], np.int64),
            origin=np.array(data["origin"], float),
            **{name: np.array(data[name], float)[None] for name in _ARRAYS},
        )


def _spread(sums: Mapping[str, Floats]) -> tuple[Floats, Floats]:
    """Return covariances, and variances of item i over the rows it shares with item j."""
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = sums["sums"] / sums["weights"]
        covariance = sums["products"] / sums["weights"] - mean * np.swapaxes(mean, -1, -2)
        square = sums["powers"] / sums["weights"]
        variance = square - mean**2
    return covariance, np.where(variance > _NOTHING * square, variance, np.nan)


def correlated(sums: Mapping[str, Floats]) -> Floats:
    """Return Pearson correlations of shape (..., items, items) from arrays of moments by name."""
    covariance, variance = _spread(sums)
    found: Floats = covariance / np.sqrt(variance * np.swapaxes(variance, -1, -2))
    return found
