"""The arrays behind tallies and cubes, and the few linear moves that both are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from attrs import evolve, frozen

from cxmetrics.errors import MergeError
from cxmetrics.summaries.design import Design

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


@frozen(eq=False)
class Cells:
    """Weighted histograms of some groups over the points of one scale.

    Attributes:
        counts: shape (groups, points): answers.
        missing: shape (groups,): asked, not answered.
        off_scale: shape (groups,): set aside because they are no point of the scale.
        sums: shape (groups, points): weights; None where nothing is weighted.
        squares: shape (groups, points): squared weights; None where nothing is weighted.
        design: units and strata; None where every answer is independent.
    """

    counts: Ints
    missing: Ints
    off_scale: Ints
    sums: Floats | None = None
    squares: Floats | None = None
    design: Design | None = None

    @property
    def weights(self) -> Floats:
        """The weight in each cell: the counts where nothing is weighted."""
        return self.counts.astype(float) if self.sums is None else self.sums

    def _squares(self) -> Floats:
        return self.counts.astype(float) if self.squares is None else self.squares

    def joined(self, other: Self, sign: int) -> Self:
        """Put the groups of `other`, times `sign`, after these."""
        if (self.design is None) != (other.design is None):
            raise MergeError(
                "one tally knows its units or strata and the other does not: collect both with "
                "the same `unit` and `strata`, or both without."
            )
        weighted = self.sums is not None or other.sums is not None
        design = None
        if self.design is not None and other.design is not None:
            design = self.design.joined(other.design, sign)
        return evolve(
            self,
            counts=np.concatenate([self.counts, sign * other.counts]),
            missing=np.concatenate([self.missing, sign * other.missing]),
            off_scale=np.concatenate([self.off_scale, sign * other.off_scale]),
            sums=np.concatenate([self.weights, sign * other.weights]) if weighted else None,
            squares=np.concatenate([self._squares(), sign * other._squares()])
            if weighted
            else None,
            design=design,
        )

    def mapped(self, source: Sequence[int], target: Sequence[int], groups: int) -> Self:
        """Add group `source[i]` into group `target[i]` of `groups` new ones, for every i."""
        start, end = np.asarray(source, np.int64), np.asarray(target, np.int64)

        def move(array: Any) -> Any:
            moved = np.zeros((groups, *array.shape[1:]), dtype=array.dtype)
            np.add.at(moved, end, array[start])
            return moved

        return evolve(
            self,
            counts=move(self.counts),
            missing=move(self.missing),
            off_scale=move(self.off_scale),
            sums=None if self.sums is None else move(self.sums),
            squares=None if self.squares is None else move(self.squares),
            design=None
            if self.design is None
            else self.design.mapped(start, end, groups, self.counts.shape[1]),
        )

    def scaled(self, factor: float) -> Self:
        """Multiply every weight by `factor`; the counts stay."""
        return evolve(
            self,
            sums=self.weights * factor,
            squares=self._squares() * factor**2,
            design=None if self.design is None else self.design.scaled(factor),
        )

    @property
    def units(self) -> Design:
        """Units and strata; where none are known, every answer is a unit of its own."""
        if self.design is not None:
            return self.design
        place = np.arange(self.counts.size)
        entries = (np.zeros_like(place), place, place, self._squares().ravel())
        answers = np.array([self.counts.sum()])
        return Design.of((None,), answers, self.weights.reshape(1, -1), entries, identity="rows")

    def reweighted(self, factor: Floats) -> Self:
        """Multiply the weights of each group by its own factor; shape (groups,)."""
        each = factor[:, None]
        design = self.design
        if design is not None:
            design = design.reweighted(np.repeat(factor, self.counts.shape[1]))
        return evolve(
            self, sums=self.weights * each, squares=self._squares() * each**2, design=design
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "counts": self.counts.tolist(),
            "missing": self.missing.tolist(),
            "off_scale": self.off_scale.tolist(),
            "sums": None if self.sums is None else self.sums.tolist(),
            "squares": None if self.squares is None else self.squares.tolist(),
            "design": None if self.design is None else self.design.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build what `to_dict` wrote."""

        def floats(name: str) -> Floats | None:
            return None if data.get(name) is None else np.array(data[name], dtype=float)

        return cls(
            counts=np.array(data["counts"], dtype=np.int64),
            missing=np.array(data["missing"], dtype=np.int64),
            off_scale=np.array(data["off_scale"], dtype=np.int64),
            sums=floats("sums"),
            squares=floats("squares"),
            design=Design.from_dict(data["design"]) if data.get("design") else None,
        )
