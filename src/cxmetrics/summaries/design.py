"""What a tally must remember when answers are not independent: units and strata.

A *unit* is what was drawn: a respondent who answers several times, a store, a day at a gate. Its
answers move together, so the variance of a score comes from the spread of the units' totals, not
from the answers one by one. For every stratum this keeps the number of units, the units' totals
summed over each cell (group x scale point), and `cross[k, l] = sum over units of t_k * t_l`,
sparse. That is enough for the linearised (Taylor) variance of every smooth score and for the
covariance of any two groups, and it is additive as long as no unit is in two parts.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from attrs import evolve, frozen

from cxmetrics.errors import DataError, MergeError

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

    @classmethod
    def from_units(
        cls,
        matrices: Mapping[Any, csr_array[Any]],
        units: Mapping[Any, int],
        *,
        members: NDArray[np.uint64] | None,
    ) -> Self:
        """Build the design from one sparse (units x cells) matrix of weights a stratum."""
        crosses = [(matrix.T @ matrix).tocoo() for matrix in matrices.values()]
        return cls(
            strata=tuple(matrices),
            units=np.array([units[label] for label in matrices], dtype=np.int64),
            totals=np.stack([np.asarray(m.sum(axis=0), float).ravel() for m in matrices.values()]),
            stratum=np.repeat(np.arange(len(crosses)), [c.nnz for c in crosses]),
            row=np.concatenate([c.row for c in crosses]).astype(np.int64),
            column=np.concatenate([c.col for c in crosses]).astype(np.int64),
            value=np.concatenate([c.data for c in crosses]).astype(np.float64),
            identity="rows" if members is None else "known",
            members=members,
        )

    @property
    def degrees_of_freedom(self) -> int:
        """Units minus strata."""
        return int(self.units.sum()) - len(self.strata)

    @property
    def independent(self) -> bool:
        """Whether it says no more than the tally: one stratum, rows as units, one answer each."""
        one = self.identity == "rows" and self.strata == (None,)
        return one and bool((self.row == self.column).all())

    def shares_units(self, other: Design) -> bool:
        """Say whether both are known to hold answers of the same unit."""
        if self.members is None or other.members is None:
            return False
        return bool(np.isin(other.members, self.members, assume_unique=True).any())

    def _factors(self) -> Floats:
        """Return units / (units - 1) of each stratum."""
        lonely = [self.strata[h] for h in np.flatnonzero(self.units == 1)]
        if lonely:
            where = "the sample" if lonely == [None] else f"stratum {lonely[0]!r}"
            raise DataError(
                f"{where} has a single unit, so its variance can't be estimated: "
                "merge it with a neighbouring stratum, or measure without strata or units."
            )
        units = self.units.astype(float)
        factors: Floats = np.divide(units, units - 1, out=np.zeros_like(units), where=units > 0)
        return factors

    def covariance(self, gradient: Floats) -> Floats:
        """Return the linearised covariance matrix of the groups' scores.

        Args:
            gradient: shape (groups, points): derivative of each group's score with respect to the
                weight in each of its cells.

        Returns:
            Shape (groups, groups), in squared units of the score.

        Raises:
            DataError: a stratum has a single unit.
        """
        groups, points = gradient.shape
        flat = gradient.ravel()
        factors = self._factors()
        terms = self.value * flat[self.row] * flat[self.column] * factors[self.stratum]
        where = (self.row // points) * groups + self.column // points
        matrix = np.bincount(where, terms, minlength=groups * groups).reshape(groups, groups)
        sums = (self.totals * flat).reshape(len(self.strata), groups, points).sum(axis=2)
        shrink = np.divide(factors, self.units, out=np.zeros_like(factors), where=self.units > 0)
        centred: Floats = matrix - np.einsum("h,hi,hj->ij", shrink, sums, sums)
        return centred

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
            parts.append((move @ cross.tocsr() @ move.T).tocoo())
        return evolve(
            self,
            totals=np.asarray((move @ self.totals.T).T),
            stratum=np.repeat(np.arange(len(parts)), [p.nnz for p in parts]),
            row=np.concatenate([p.row for p in parts]).astype(np.int64),
            column=np.concatenate([p.col for p in parts]).astype(np.int64),
            value=np.concatenate([p.data for p in parts]),
        )

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
        )

    def scaled(self, factor: float) -> Self:
        """Return the design after all weights are multiplied by `factor`."""
        return evolve(self, totals=self.totals * factor, value=self.value * factor**2)

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
        members = self._united(other, sign)
        strata = tuple(dict.fromkeys((*self.strata, *other.strata)))
        places = [np.array([strata.index(s) for s in d.strata]) for d in (self, other)]
        width = self.totals.shape[1]
        units = np.zeros(len(strata), dtype=np.int64)
        totals = np.zeros((len(strata), width + other.totals.shape[1]))
        units[places[0]] += self.units
        units[places[1]] += sign * other.units
        totals[places[0], :width] = self.totals
        totals[places[1], width:] = sign * other.totals
        return evolve(
            self,
            strata=strata,
            units=units,
            totals=totals,
            stratum=np.concatenate([places[0][self.stratum], places[1][other.stratum]]),
            row=np.concatenate([self.row, other.row + width]),
            column=np.concatenate([self.column, other.column + width]),
            value=np.concatenate([self.value, sign * other.value]),
            members=members,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values, in a fixed order, without anything that names a unit."""
        keep = np.flatnonzero(self.value)
        order = keep[np.lexsort((self.column[keep], self.row[keep], self.stratum[keep]))]
        return {
            "rows": self.identity == "rows",
            "strata": list(self.strata),
            "units": self.units.tolist(),
            "totals": self.totals.tolist(),
            "cross": [
                [int(h), int(i), int(j), float(v)]
                for h, i, j, v in zip(
                    self.stratum[order],
                    self.row[order],
                    self.column[order],
                    self.value[order],
                    strict=True,
                )
            ],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build what `to_dict` wrote; named units are sealed, so it merges with nothing."""
        cross = np.array(data["cross"], dtype=float).reshape(-1, 4)
        return cls(
            strata=tuple(data["strata"]),
            units=np.array(data["units"], dtype=np.int64),
            totals=np.array(data["totals"], dtype=float),
            stratum=cross[:, 0].astype(np.int64),
            row=cross[:, 1].astype(np.int64),
            column=cross[:, 2].astype(np.int64),
            value=cross[:, 3],
            identity="rows" if data["rows"] else "sealed",
        )
