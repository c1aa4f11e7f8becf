"""What a tally must remember when answers are not independent: units and strata.

A *unit* is what was drawn: a respondent who answers several times, a store, a day at a gate. Its
answers move together, so the variance of a score comes from the spread of the units' totals, not
from the answers one by one. For every stratum this keeps the number of units, the units' totals
summed over each cell (group x scale point), and `cross[k, l] = sum over units of t_k * t_l`,
sparse. That is enough for the linearised (Taylor) variance of every smooth score and for the
covariance of any two groups, and it is additive as long as no unit is in two parts.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

import numpy as np
from attrs import evolve, frozen

from cxmetrics.errors import MergeError
from cxmetrics.summaries.calibration import Calibration

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


@frozen(eq=False)
class Design:
    """Units and strata of a sample, summed.

    Attributes:
        strata: the label of each stratum; `(None,)` without strata.
        units: shape (strata,): how many units each stratum holds.
        totals: shape (strata, cells): weight of the units, by cell.
        stratum: shape (entries,): the stratum of each entry of `cross`.
        row: shape (entries,): its first cell.
        column: shape (entries,): its second cell.
        value: shape (entries,): sum over the stratum's units of `t_row * t_column`.
        identity: `"rows"` where every row of the data is its own unit, `"known"` where `members`
            tells the units, `"sealed"` after serialisation, when they are forgotten on purpose.
        members: fingerprints of the units, sorted, so that parts that share one refuse to merge.
        population: shape (strata,): how many units each stratum of a finite population holds;
            None where it is large.
        calibration: the margins that the weights were calibrated on, if they were.
    """

    strata: tuple[Hashable, ...]
    units: Ints
    totals: Floats
    stratum: Ints
    row: Ints
    column: Ints
    value: Floats
    identity: Literal["rows", "known", "sealed"] = "rows"
    members: NDArray[np.uint64] | None = None
    population: Floats | None = None
    calibration: Calibration | None = None

    @classmethod
    def of(
        cls,
        strata: Sequence[Hashable],
        units: Ints,
        totals: Floats,
        entries: tuple[Ints, Ints, Ints, Floats],
        *,
        identity: Literal["rows", "known", "sealed"],
        members: NDArray[np.uint64] | None = None,
    ) -> Self:
        """Build a design in its one canonical form: strata and entries sorted, none empty.

        Args:
            strata: the labels; the same one may come twice.
            units: shape (strata,).
            totals: shape (strata, cells).
            entries: stratum, row, column and value of the sums of products, in any order; equal
                places are added.
            identity: see the class.
            members: see the class.
        """
        labels = sorted(set(strata), key=label_order)
        place = np.array([labels.index(label) for label in strata], dtype=np.int64)
        count = np.zeros(len(labels), dtype=np.int64)
        total = np.zeros((len(labels), totals.shape[1]))
        np.add.at(count, place, units)
        np.add.at(total, place, totals)
        kept = np.flatnonzero(count)
        home = np.full(len(labels), -1, dtype=np.int64)
        home[kept] = np.arange(len(kept))
        stratum, row, column, value = entries
        stratum = home[place[stratum]]
        width = max(totals.shape[1], 1)
        keys, inverse = np.unique((stratum * width + row) * width + column, return_inverse=True)
        sums = np.bincount(inverse, value, minlength=len(keys)).astype(np.float64)
        there = (sums != 0) & (keys >= 0)
        keys = keys[there]
        return cls(
            strata=tuple(labels[h] for h in kept),
            units=count[kept],
            totals=total[kept],
            stratum=keys // (width * width),
            row=keys // width % width,
            column=keys % width,
            value=sums[there],
            identity=identity,
            members=members,
        )

    @classmethod
    def from_units(
        cls,
        matrices: Mapping[Any, csr_array[Any]],
        *,
        cells: int,
        members: NDArray[np.uint64],
    ) -> Self:
        """Build the design from one sparse (units x cells) matrix of weights a stratum."""
        crosses = [(matrix.T @ matrix).tocoo() for matrix in matrices.values()]
        totals = [np.asarray(m.sum(axis=0), float).ravel() for m in matrices.values()]
        return cls.of(
            tuple(matrices),
            np.array([matrix.shape[0] for matrix in matrices.values()], dtype=np.int64),
            np.array(totals).reshape(-1, cells),
            _joined([(np.full(c.nnz, h), c.row, c.col, c.data) for h, c in enumerate(crosses)]),
            identity="known",
            members=members,
        )

    def independent(self, squares: Floats) -> bool:
        """Say whether it adds nothing to the tally: no strata, and no unit answered twice.

        Args:
            squares: shape (cells,): the sums of squared weights of the single answers.
        """
        if self.strata != (None,) or (self.row != self.column).any():
            return False
        if self.population is not None or self.calibration is not None:
            return False
        sums = np.bincount(self.row, self.value, minlength=squares.size)
        return bool(np.allclose(sums, squares, rtol=1e-9, atol=0))

    @property
    def lonely(self) -> tuple[Hashable, ...]:
        """The strata with a single unit, whose variance can't be estimated."""
        return tuple(self.strata[h] for h in np.flatnonzero(self.units == 1))

    @property
    def carriers(self) -> int:
        """How many units carry the answers: their effective number, rounded up, by stratum.

        `(sum of unit totals)^2 / sum of squared unit totals` is at most the number of units with
        an answer, and equals it where they weigh about the same. Unlike that number it is known
        for any group of any cube without remembering who is in it.
        """
        return int(self._carriers().sum())

    @property
    def degrees_of_freedom(self) -> int:
        """The units that carry the answers, minus the strata they are in."""
        carriers = self._carriers()
        return int(carriers.sum()) - int((carriers > 0).sum())

    def _carriers(self) -> Ints:
        total = self.totals.sum(axis=1)
        squares = np.bincount(self.stratum, self.value, minlength=len(self.strata))
        effective = np.divide(total**2, squares, out=np.zeros_like(total), where=squares > 0)
        carriers: Ints = np.minimum(np.ceil(effective - 1e-9).astype(np.int64), self.units)
        return carriers

    @property
    def unseen(self) -> Floats:
        """Shape (strata,): the finite population correction, 1 minus the sampled share."""
        if self.population is None:
            return np.ones(len(self.strata))
        return 1 - self.units / self.population

    @property
    def fitting(self) -> float:
        """What to multiply a variance of residuals by: residuals of a fit are too small.

        The jackknife's `(m / (m - p))^2` for p totals fitted to m units (MacKinnon & White 1985,
        Journal of Econometrics 29:305-325); 1 where nothing was calibrated, NaN without a unit to
        spare.
        """
        if self.calibration is None:
            return 1.0
        units, spare = float(self.units.sum()), float(self.units.sum() - self.calibration.rank)
        return (units / spare) ** 2 if spare >= 1 else float("nan")

    def reweighted(self, factor: Floats) -> Self:
        """Return the design after the weights of each cell are multiplied; shape (cells,)."""
        value = self.value * factor[self.row] * factor[self.column]
        return evolve(self, totals=self.totals * factor, value=value)

    def shares_units(self, other: Design) -> bool:
        """Say whether both are known to hold answers of the same unit."""
        if self.members is None or other.members is None:
            return False
        return bool(np.isin(other.members, self.members, assume_unique=True).any())

    def covariance(self, gradient: Floats) -> Floats:
        """Return the linearised covariance matrix of the groups' scores.

        Args:
            gradient: shape (groups, points): derivative of each group's score with respect to the
                weight in each of its cells.

        Returns:
            Shape (groups, groups), in squared units of the score; NaN where a stratum has a single
            unit.
        """
        groups, points = gradient.shape
        flat = gradient.ravel()
        units = self.units.astype(float)
        factors = np.divide(units, units - 1, out=np.full_like(units, np.nan), where=units > 1)
        factors = factors * self.unseen
        terms = self.value * flat[self.row] * flat[self.column] * factors[self.stratum]
        where = (self.row // points) * groups + self.column // points
        matrix = np.bincount(where, terms, minlength=groups * groups).reshape(groups, groups)
        sums = (self.totals * flat).reshape(len(self.strata), groups, points).sum(axis=2)
        scale = np.bincount(where, np.abs(terms), minlength=groups * groups)
        if self.calibration is not None:
            products, shifts = self.calibration.corrections(gradient)
            matrix, sums = matrix + np.einsum("h,hij->ij", factors, products), sums + shifts
        centred: Floats = matrix - np.einsum("h,hi,hj->ij", factors / units, sums, sums)
        # Rounding may leave a trifle of either sign where nothing varies.
        noise = 1e-12 * scale.reshape(groups, groups)
        return np.where(np.abs(centred) <= noise, 0.0, centred)

    def mapped(self, source: Ints, target: Ints, groups: int, points: int) -> Self:
        """Move groups: group `source[i]` is added into group `target[i]` of `groups` new ones."""
        from scipy.sparse import coo_array  # heavy: only where a design is combined

        old = self.totals.shape[1]
        offsets = np.arange(points)
        rows = (target[:, None] * points + offsets).ravel()
        columns = (source[:, None] * points + offsets).ravel()
        new = groups * points
        move = coo_array((np.ones(rows.size), (rows, columns)), shape=(new, old)).tocsr()
        parts = []
        for h in range(len(self.strata)):
            own = self.stratum == h
            cross = coo_array((self.value[own], (self.row[own], self.column[own])), (old, old))
            moved = (move @ cross.tocsr() @ move.T).tocoo()
            parts.append((np.full(moved.nnz, h), moved.row, moved.col, moved.data))
        moved_design = type(self).of(
            self.strata,
            self.units,
            np.asarray((move @ self.totals.T).T).reshape(-1, new),
            _joined(parts),
            identity=self.identity,
            members=self.members,
        )
        calibration = None if self.calibration is None else self.calibration.mapped(move)
        return evolve(moved_design, population=self.population, calibration=calibration)

    def block(self, group: int, points: int) -> Self:
        """Return the design of one group alone: its cells, all units (a domain keeps them all)."""
        low, high = group * points, (group + 1) * points
        own = (self.row >= low) & (self.row < high) & (self.column >= low) & (self.column < high)
        return evolve(
            self,
            totals=self.totals[:, low:high],
            stratum=self.stratum[own],
            row=self.row[own] - low,
            column=self.column[own] - low,
            value=self.value[own],
            calibration=None if self.calibration is None else self.calibration.block(low, high),
        )

    def scaled(self, factor: float) -> Self:
        """Return the design after all weights are multiplied by `factor`."""
        return evolve(
            self,
            totals=self.totals * factor,
            value=self.value * factor**2,
            calibration=None if self.calibration is None else self.calibration.scaled(factor),
        )

    def _united(self, other: Self, sign: int) -> NDArray[np.uint64] | None:
        """Return the members after adding or removing; refuse what can't be known to be right."""
        verb = "added" if sign > 0 else "subtracted"
        if "sealed" in (self.identity, other.identity) or self.identity != other.identity:
            raise MergeError(
                f"these tallies can't be {verb}: after serialisation, or when only one of them "
                "names its units, nobody knows which customers they share. "
                "Collect both from the rows in one call, with the same unit column."
            )
        if self.members is None or other.members is None:
            return None
        shared = np.isin(other.members, self.members, assume_unique=True)
        if sign > 0 and shared.any():
            raise MergeError(
                f"{int(shared.sum())} units (customers) are in both tallies, so their answers "
                "would be counted as independent: collect both parts in one call instead, "
                "with the part as a `by` column."
            )
        if sign < 0 and not shared.all():
            raise MergeError(
                f"{int((~shared).sum())} units (customers) of the subtracted tally are not in the "
                "other: only whole units can be taken away."
            )
        if sign > 0:
            return np.union1d(self.members, other.members)
        return np.setdiff1d(self.members, other.members, assume_unique=True)

    def joined(self, other: Self, sign: int) -> Self:
        """Put the cells of `other`, times `sign`, after those of this design.

        Raises:
            MergeError: the two share units (adding), or `other` holds units of its own
                (subtracting).
        """
        for design in (self, other):
            if design.calibration is not None or design.population is not None:
                raise MergeError(
                    "weights that were calibrated, or a finite population, belong to one whole "
                    "sample: add the parts first, then calibrate."
                )
        members = self._united(other, sign)
        width, more = self.totals.shape[1], other.totals.shape[1]
        mine, theirs = ((d.stratum, d.row, d.column, d.value) for d in (self, other))
        return type(self).of(
            (*self.strata, *other.strata),
            np.concatenate([self.units, sign * other.units]),
            np.block(
                [
                    [self.totals, np.zeros((len(self.strata), more))],
                    [np.zeros((len(other.strata), width)), sign * other.totals],
                ]
            ),
            _joined(
                [
                    mine,
                    (
                        theirs[0] + len(self.strata),
                        theirs[1] + width,
                        theirs[2] + width,
                        sign * theirs[3],
                    ),
                ]
            ),
            identity=self.identity,
            members=members,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values, without anything that names a unit."""
        return {
            "rows": self.identity == "rows",
            "strata": list(self.strata),
            "units": self.units.tolist(),
            "totals": self.totals.tolist(),
            "cross": [
                list(entry)
                for entry in zip(
                    self.stratum.tolist(),
                    self.row.tolist(),
                    self.column.tolist(),
                    self.value.tolist(),
                    strict=True,
                )
            ],
            "population": None if self.population is None else self.population.tolist(),
            "calibration": None if self.calibration is None else self.calibration.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build what `to_dict` wrote; named units are sealed, so it merges with nothing."""
        cross = np.array(data["cross"], dtype=float).reshape(-1, 4)
        return cls(
            strata=tuple(data["strata"]),
            units=np.array(data["units"], dtype=np.int64),
            totals=np.array(data["totals"], dtype=float).reshape(len(data["units"]), -1),
            stratum=cross[:, 0].astype(np.int64),
            row=cross[:, 1].astype(np.int64),
            column=cross[:, 2].astype(np.int64),
            value=cross[:, 3],
            identity="rows" if data["rows"] else "sealed",
            population=None if data.get("population") is None else np.array(data["population"]),
            calibration=Calibration.from_dict(data["calibration"])
            if data.get("calibration")
            else None,
        )


Entries: TypeAlias = "tuple[Any, Any, Any, Any]"


def _joined(parts: Sequence[Entries]) -> tuple[Ints, Ints, Ints, Floats]:
    """Concatenate entries (stratum, row, column, value)."""
    if not parts:
        return (*(np.zeros(0, np.int64) for _ in range(3)), np.zeros(0))  # type: ignore[return-value]  # three and one
    columns = [np.concatenate([part[i] for part in parts]) for i in range(4)]
    stratum, row, column = (array.astype(np.int64) for array in columns[:3])
    return stratum, row, column, columns[3].astype(np.float64)


def label_order(label: Any) -> tuple[int, float, str]:
    """Sort numbers by size, then texts, then the missing label."""
    if label is None:
        return (2, 0.0, "")
    if isinstance(label, str):
        return (1, 0.0, label)
    return (0, float(label), "")
