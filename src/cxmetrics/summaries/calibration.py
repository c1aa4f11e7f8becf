"""What a design must remember when its weights were calibrated on known totals.

Calibrated weights are estimates: they move with the sample, so that the totals they were calibrated
on do not. The variance of a score is then that of its *residuals*: what the margins do not explain.
With gradient g over the cells, X the membership of each cell in the categories of the margins and D
the weights before calibration, the residual is `g - X b`, `b = (X' D X)^-1 X' D g` (Deville &
Särndal 1992, Journal of the American Statistical Association 87:376-382).

`b` is linear in g, so it is enough to keep the matrix that makes it (`loading`), and how the
categories covary with the cells (`coupling`) and with each other (`core`). All three follow a cube
through roll-ups and slices by plain sums, as the design itself does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from attrs import evolve, frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxmetrics.summaries.design import Design

    Floats = NDArray[np.float64]


@frozen(eq=False, kw_only=True)
class Calibration:
    """The margins that weights were calibrated on, as the variance needs them.

    Attributes:
        margins: the names of the columns.
        loading: shape (categories, cells): from a gradient to its regression on the categories.
        coupling: shape (strata, categories, cells): sums over the units of a stratum of the product
            of their weight in a category and in a cell.
        core: shape (strata, categories, categories): the same between categories.
        totals: shape (strata, categories): weight of the units, by category.
        rank: how many free totals were fitted.
    """

    margins: tuple[str, ...]
    rank: int
    loading: Floats
    coupling: Floats
    core: Floats
    totals: Floats

    @classmethod
    def of(
        cls,
        design: Design,
        *,
        margins: tuple[str, ...],
        membership: Floats,
        respondents: Floats,
        before: Floats,
    ) -> Self:
        """Build the calibration of a design that holds the calibrated weights.

        Args:
            design: units and strata, with weights after calibration.
            margins: the names of the columns.
            membership: shape (cells, categories): which categories the rows of a cell are in.
            respondents: shape (cells,): 1 where the cell counts towards the calibrated totals. A
                cube of answers: everywhere; a cube that holds every respondent beside the answers:
                only in the cells of the respondents.
            before: shape (cells,): the weights before calibration.
        """
        from scipy.sparse import coo_array  # heavy: only where weights are calibrated

        counted = membership * respondents[:, None]
        normal = membership.T @ (counted * before[:, None])
        # The categories of each margin add up to everybody, so the matrix is singular by nature;
        # the projection does not depend on which inverse is taken.
        sizes = np.linalg.eigvalsh(normal)
        inverse = np.linalg.pinv(normal, rcond=1e-10, hermitian=True)
        cells = len(before)
        coupling, core = [], []
        for h in range(len(design.strata)):
            own = design.stratum == h
            entries = (design.value[own], (design.row[own], design.column[own]))
            product = coo_array(entries, (cells, cells)).tocsr() @ counted
            coupling.append(product.T)
            core.append(counted.T @ product)
        return cls(
            margins=margins,
            rank=int((sizes > 1e-10 * sizes.max()).sum()),
            loading=inverse @ (membership * before[:, None]).T,
            coupling=np.array(coupling),
            core=np.array(core),
            totals=design.totals @ counted,
        )

    def corrections(self, gradient: Floats) -> tuple[Floats, Floats]:
        """Return what the regression on the margins takes from each stratum.

        Args:
            gradient: shape (groups, points).

        Returns:
            What to add to the products, shape (strata, groups, groups), and to the sums, shape
            (strata, groups).
        """
        groups, points = gradient.shape
        slope = self.loading.reshape(-1, groups, points)
        fitted = np.einsum("qgp,gp->gq", slope, gradient)
        coupling = self.coupling.reshape(*self.coupling.shape[:2], groups, points)
        mixed = np.einsum("hqgp,gp,iq->hgi", coupling, gradient, fitted, optimize=True)
        between = np.einsum("iq,hqr,jr->hij", fitted, self.core, fitted, optimize=True)
        return between - mixed - mixed.transpose(0, 2, 1), -self.totals @ fitted.T

    def mapped(self, move: Any) -> Self:
        """Move cells by a sparse matrix of shape (new cells, old cells)."""
        many, old = self.coupling.shape[:2], self.coupling.shape[2]
        flat = self.coupling.reshape(-1, old)
        return evolve(
            self,
            loading=np.asarray((move @ self.loading.T).T),
            coupling=np.asarray((move @ flat.T).T).reshape(*many, -1),
        )

    def block(self, low: int, high: int) -> Self:
        """Keep the cells from `low` up to, not including, `high`."""
        return evolve(
            self, loading=self.loading[:, low:high], coupling=self.coupling[:, :, low:high]
        )

    def scaled(self, factor: float) -> Self:
        """Multiply all weights by `factor`; which residuals are taken does not depend on it."""
        return evolve(
            self,
            coupling=self.coupling * factor**2,
            core=self.core * factor**2,
            totals=self.totals * factor,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        arrays = ("loading", "coupling", "core", "totals")
        return {
            "margins": list(self.margins),
            "rank": self.rank,
            **{name: getattr(self, name).tolist() for name in arrays},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build what `to_dict` wrote."""
        arrays = ("loading", "coupling", "core", "totals")
        return cls(
            margins=tuple(data["margins"]),
            rank=data["rank"],
            **{name: np.array(data[name], dtype=float) for name in arrays},
        )
