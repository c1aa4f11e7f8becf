"""The tally: a weighted histogram of ratings, from which every score is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from attrs import evolve, frozen

from cxmetrics.errors import MergeError, ScaleError
from cxmetrics.scale import Scale
from cxmetrics.summaries.cells import Cells

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxmetrics.summaries.design import Design


@frozen(eq=False)
class Tally:
    """How many answers, and how much weight, each point of a scale received.

    A tally is a *sufficient statistic*: every score, interval and test of these ratings follows
    from it, exactly, without the rows. Tallies form a commutative group under `+` and `-`, so
    streams, late edits and erasures are arithmetic. Multiplying scales the weights.

    Attributes:
        scale: the points, in the order of all arrays.

    Example:
        >>> from cxmetrics.scale import zero_to_ten
        >>> monday = Tally.of(zero_to_ten, {10: 3, 8: 1, 4: 1}, missing=2)
        >>> week = monday + Tally.of(zero_to_ten, {9: 2})
        >>> week.n, week.missing, int(week.counts[10])
        (7, 2, 3)
        >>> week - monday == Tally.of(zero_to_ten, {9: 2})
        True
    """

    scale: Scale
    _cells: Cells
    _row: int = 0
    suppressed: bool = False

    @classmethod
    def of(
        cls,
        scale: Scale,
        counts: Mapping[float, int] | Sequence[int] = (),
        *,
        missing: int = 0,
    ) -> Self:
        """Build an unweighted tally from counts.

        Args:
            scale: the points.
            counts: answers by point (points left out have none), or one count a point.
            missing: asked, not answered.

        Raises:
            ScaleError: a key is no point of the scale, a count is no whole number, or the counts
                are not one a point.
        """
        row = np.zeros(scale.size, dtype=np.int64)
        if isinstance(counts, Mapping):
            unknown = [point for point in counts if point not in scale.points]
            if unknown:
                raise ScaleError(f"{unknown[0]!r} is no point of the scale {scale}.")
            pairs = {scale.points.index(point): count for point, count in counts.items()}
        else:
            if len(counts) not in {0, scale.size}:
                raise ScaleError(
                    f"{len(counts)} counts for the {scale.size} points of {scale}: give one each."
                )
            pairs = dict(enumerate(counts))
        for place, count in pairs.items():
            if int(count) != count:
                raise ScaleError(
                    f"{count!r} answers at {scale.points[place]:g}: a count is a whole number; "
                    "weighted answers are collected from rows with `weight=`."
                )
            row[place] = count
        nothing = np.zeros(1, dtype=np.int64)
        return cls(scale, Cells(row[None, :], nothing + missing, nothing))

    @property
    def counts(self) -> NDArray[np.int64]:
        """Shape (points,): unweighted answers."""
        row: NDArray[np.int64] = self._cells.counts[self._row]
        return row

    @property
    def weights(self) -> NDArray[np.float64]:
        """Shape (points,): weight of the answers; the counts where nothing is weighted."""
        sums = self._cells.sums
        return self.counts.astype(float) if sums is None else sums[self._row]

    @property
    def squares(self) -> NDArray[np.float64]:
        """Shape (points,): sum of squared weights."""
        squares = self._cells.squares
        return self.counts.astype(float) if squares is None else squares[self._row]

    @property
    def weighted(self) -> bool:
        """Whether weights were given."""
        return self._cells.sums is not None

    @property
    def missing(self) -> int:
        """Ratings that were asked for and not given."""
        return int(self._cells.missing[self._row])

    @property
    def off_scale(self) -> int:
        """Ratings set aside because they are no point of the scale."""
        return int(self._cells.off_scale[self._row])

    @property
    def n(self) -> int:
        """Valid answers."""
        return int(self.counts.sum())

    @property
    def total(self) -> float:
        """Sum of the weights of the valid answers."""
        return float(self.weights.sum())

    @property
    def share(self) -> NDArray[np.float64]:
        """Shape (points,): weighted share of each point, 0 to 1; NaN without answers."""
        total = self.total
        return self.weights / total if total else np.full(self.scale.size, np.nan)

    @property
    def n_effective(self) -> float:
        """Kish's effective sample size, `(sum w)^2 / sum w^2` (Kish 1965)."""
        squares = float(self.squares.sum())
        return self.total**2 / squares if squares else 0.0

    @property
    def deff(self) -> float:
        """Kish's design effect of the weights, `n / n_effective`; NaN without answers."""
        return self.n / self.n_effective if self.n and self.n_effective else float("nan")

    @property
    def design(self) -> Design | None:
        """Units and strata of this tally alone; None where answers are independent."""
        design = self._design
        return None if design is None or design.independent(self.squares) else design

    @property
    def _design(self) -> Design | None:
        design = self._cells.design
        if design is None or len(self._cells.counts) == 1:
            return design
        return design.block(self._row, self.scale.size)

    def covaries_with(self, other: Tally) -> bool:
        """Say whether both are groups of one sample whose units they share."""
        return (
            self._cells is other._cells
            and self._cells.design is not None
            and self._row != other._row
        )

    def beside(self, other: Tally) -> Design:
        """Return the joint design of this tally (group 0) and `other` (group 1).

        Raises:
            MergeError: they are not groups of one sample with units.
        """
        design = self._cells.design
        if design is None or not self.covaries_with(other):
            raise MergeError("these tallies are not groups of one sample with units.")
        rows, places = np.array([self._row, other._row]), np.arange(2)
        return design.mapped(rows, places, 2, self.scale.size)

    def alone(self) -> Cells:
        """Return the arrays of this tally only, with groups = 1."""
        if len(self._cells.counts) == 1:
            return self._cells
        one = slice(self._row, self._row + 1)
        cells = self._cells
        return evolve(
            cells,
            counts=cells.counts[one],
            missing=cells.missing[one],
            off_scale=cells.off_scale[one],
            sums=None if cells.sums is None else cells.sums[one],
            squares=None if cells.squares is None else cells.squares[one],
            design=self._design,
        )

    def _combined(self, other: Tally, sign: int) -> Tally:
        if not self.scale.same_points(other.scale):
            raise MergeError(
                f"a tally on {self.scale} and one on {other.scale} can't be added: "
                "convert the ratings first, and say so in the result."
            )
        if self.suppressed or other.suppressed:
            raise MergeError("a suppressed tally has no counts to add: collect again.")
        both = self.alone().joined(other.alone(), sign)
        return Tally(self.scale, both.mapped([0, 1], [0, 0], 1))

    def __add__(self, other: object) -> Tally:
        return self._combined(other, 1) if isinstance(other, Tally) else NotImplemented

    def __sub__(self, other: object) -> Tally:
        return self._combined(other, -1) if isinstance(other, Tally) else NotImplemented

    def __neg__(self) -> Tally:
        if self._cells.design is not None:
            raise MergeError(
                "a tally with units or strata has no negative: subtract it from one that holds "
                "its units."
            )
        return Tally.of(self.scale) - self

    def __mul__(self, factor: float) -> Tally:
        return Tally(self.scale, self.alone().scaled(float(factor)), suppressed=self.suppressed)

    __rmul__ = __mul__

    def __radd__(self, other: object) -> Tally:
        return self if other == 0 else NotImplemented  # so that sum(tallies) works

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Tally):
            return NotImplemented
        return self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]  # holds arrays: equal by value, not hashable

    def __repr__(self) -> str:
        weighted = f", weight={self.total:g}" if self.weighted else ""
        return f"<Tally {self.scale}: n={self.n}{weighted}, missing={self.missing}>"

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values; units are counted in them, never named."""
        return {
            "scale": self.scale.to_dict(),
            "suppressed": self.suppressed,
            **self.alone().to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build the tally that `to_dict` wrote."""
        return cls(
            Scale.from_dict(data["scale"]),
            Cells.from_dict(data),
            suppressed=data.get("suppressed", False),
        )
