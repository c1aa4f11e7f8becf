"""A weighting: how much each respondent has to count for the sample to look like the population."""

from __future__ import annotations

from functools import cached_property
from math import inf
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from attrs import evolve, frozen

from cxmetrics.errors import Caution, DataError, UsageError
from cxmetrics.metrics.text import count
from cxmetrics.stats import raking, trimming
from cxmetrics.summaries import Cube
from cxmetrics.summaries.calibration import Calibration
from cxmetrics.summaries.cube import to_frame
from cxmetrics.survey.coverage import Coverage, coverage_of
from cxmetrics.survey.margins import Margin, key_text
from cxmetrics.survey.respondents import (
    EVERYBODY,
    Respondents,
    answers,
    sums,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxmetrics.engines.query import Query

    Floats = NDArray[np.float64]

Kind = Literal["raking", "post-stratification", "linear calibration"]

THIN = 10
"""A category with fewer respondents than this is named in a caution."""


@frozen(eq=False, kw_only=True, slots=False)
class Weighting:
    """Weights that make the respondents look like the population (FR: redressement).

    Hand it to a metric in place of the data: `nps(weighting)` where it was made from a cube,
    `nps(weighting, rating="q1", by="shop")` where it was made from rows. The scores know that the
    weights were calibrated: their variance is that of the residuals from the margins.
    Build one with `rake`, `poststratify` or `calibrate`.

    Attributes:
        kind: how the weights were found.
        margins: what is known of the population.
        population: its size; None where only shares are known, and the weights then add up to
            those before.
        respondents: who answered, in cells.
        factor: shape (cells,): what weights are multiplied by.
        rounds: how many rounds it took.
        gap: the largest distance of a category from its target, as a share of all.
        converged: whether the gap is within the tolerance.
        trimmed: how many respondents were trimmed.
        deff_before: Kish's design effect before trimming.
        row_weights: shape (rows,): the weights, where they are not base times factor.
        known: whether scores take the weights for known, as most programs do.
    """

    kind: Kind
    margins: tuple[Margin, ...]
    population: float | None
    respondents: Respondents
    factor: Floats
    rounds: int
    gap: float
    converged: bool
    trimmed: int = 0
    deff_before: float | None = None
    row_weights: Floats | None = None
    known: bool = False

    # -- sums --------------------------------------------------------------------------------------

    @property
    def n(self) -> int:
        """Respondents."""
        return int(self.respondents.n.sum())

    @cached_property
    def _sums(self) -> tuple[Floats, Floats]:
        """Weights and squared weights of each cell."""
        people = self.respondents
        if self.row_weights is None or people.code is None:
            return people.base * self.factor, people.squares * self.factor**2
        size, own = len(people.n), self.row_weights
        return sums(people.code, own, size), sums(people.code, own * own, size)

    @property
    def total(self) -> float:
        """The sum of the weights."""
        return float(self._sums[0].sum())

    @property
    def deff(self) -> float:
        """Kish's design effect of the weights, `n sum w^2 / (sum w)^2` (Kish 1965)."""
        return self.n * float(self._sums[1].sum()) / self.total**2

    @property
    def n_effective(self) -> float:
        """Respondents divided by the design effect."""
        return self.n / self.deff

    @cached_property
    def coverage(self) -> Coverage:
        """Sample against population, category by category."""
        return coverage_of(
            self.margins, n=self.respondents.n, before=self.respondents.base, after=self._sums[0]
        )

    @cached_property
    def cautions(self) -> tuple[Caution, ...]:
        """What a user of the weights has to know."""
        found = []
        if not self.converged:
            found.append(
                Caution(
                    "NOT_CONVERGED",
                    f"a category is {100 * self.gap:.2g} points from its target: "
                    + ("trimming moved it." if self.trimmed else "merge small categories."),
                )
            )
        thin = [row for row in self.coverage.rows if row.n < THIN]
        if thin:
            said = ", ".join(f"{row.margin} {key_text(row.key)} ({row.n})" for row in thin[:3])
            found.append(
                Caution("SMALL_SAMPLE", f"few respondents stand for a whole category: {said}.")
            )
        if self.deff > 2:
            found.append(
                Caution(
                    "EXTREME_WEIGHTS",
                    f"unequal weights multiply the variance by {self.deff:.1f}: trim them, or "
                    "weight on fewer variables.",
                )
            )
        if self._lowest < 0:
            found.append(
                Caution(
                    "NEGATIVE_WEIGHTS",
                    "some respondents have a negative weight: rake instead, or give bounds.",
                )
            )
        return tuple(found)

    @property
    def _lowest(self) -> float:
        return float((self.factor if self.row_weights is None else self.row_weights).min())

    # -- measuring ---------------------------------------------------------------------------------

    @property
    def naive(self) -> Weighting:
        """The same weights, taken for known: what most programs report."""
        return evolve(self, known=True)

    @cached_property
    def cube(self) -> Cube:
        """The weighted answers, where the weighting was made from a cube.

        Raises:
            UsageError: it was made from rows.
        """
        source = self.respondents.cube
        if source is None:
            raise UsageError(
                "this weighting was made from rows: say which answers to weight, "
                "cx.nps(weighting, rating='…')."
            )
        everywhere = np.ones(len(source.groups))
        return self._calibrated(source, self.factor, everywhere, before=source.cells.weights)

    def _calibrated(
        self, cube: Cube, factor: Floats, respondents: Floats, *, before: Floats
    ) -> Cube:
        """Weight the groups of a cube, and tell its design that the weights are calibrated."""
        if self._lowest < 0:
            raise DataError(
                "some weights are negative, so shares and intervals make no sense: rake instead, "
                "or calibrate with bounds=(0.3, 3)."
            )
        cells = cube.cells.reweighted(factor)
        if self.known:
            return evolve(cube, cells=cells)
        points = cube.scale.size
        place = self._cells_of(cube)
        codes = [margin.code[place] for margin in self.margins]
        member = raking.membership(codes, [len(margin.keys) for margin in self.margins])
        design = cells.units
        calibration = Calibration.of(
            design,
            margins=tuple(margin.name for margin in self.margins),
            membership=np.repeat(member, points, axis=0),
            respondents=np.repeat(respondents, points),
            before=before.ravel(),
        )
        return evolve(cube, cells=evolve(cells, design=evolve(design, calibration=calibration)))

    def _cells_of(self, cube: Cube) -> NDArray[np.intp]:
        """Return the cell of respondents that each group of a cube belongs to."""
        axes = [cube.dims.index(dim) for dim in self.respondents.dims]
        places = {group: place for place, group in enumerate(self.respondents.groups)}
        return np.array([places[tuple(group[a] for a in axes)] for group in cube.groups], np.intp)

    def __cx_tally__(self, query: Query) -> Cube:
        """Answer the question of a metric with weighted answers."""
        for what in ("weight",) if self.respondents.cube is None else ("weight", "unit", "strata"):
            if getattr(query, what) is not None:
                raise UsageError(
                    f"{what}= was settled when the respondents were weighted: leave it out here, "
                    "and say it when collecting."
                )
        if self.respondents.cube is not None:
            return self._of_cube(query)
        weighted = self.weights()
        if weighted.min() < 0:
            raise DataError("some weights are negative: rake instead, or calibrate with bounds.")
        cube = self.respondents.collected(query, weighted)
        axis = cube.dims.index("item")
        people = np.array([group[axis] == EVERYBODY for group in cube.groups], dtype=float)
        factor = self._sums[0] / np.where(self.respondents.base > 0, self.respondents.base, 1)
        before = np.divide(
            cube.cells.weights,
            factor[self._cells_of(cube)][:, None],
            out=np.zeros(cube.cells.weights.shape),
            where=cube.cells.weights > 0,
        )
        cube = self._calibrated(cube, np.ones(len(cube.groups)), people, before=before)
        return answers(cube, query)

    def _of_cube(self, query: Query) -> Cube:
        if query.rating != ("rating",):
            raise UsageError("the ratings of this weighting are counted already: leave rating out.")
        cube = self.cube
        if query.where is not None:
            cube = cube.slice(**query.where)
        return cube.roll_up(*query.by)

    # -- rows --------------------------------------------------------------------------------------

    def weights(self, data: Any = None, *, weight: str | None = None) -> Floats:
        """Return the weight of each row, in the order of the rows.

        Args:
            data: other rows with the same columns, or the rows behind a cube; the rows that were
                weighted if left out.
            weight: their column of weights before weighting, if there was one.

        Raises:
            ColumnError: a column is missing.
            DataError: a row belongs to no cell that was weighted.
            UsageError: the weighting has no rows of its own, or its trimmed weights are of these
                rows only.
        """
        if data is None:
            own = self.row_weights
            return self.respondents.rows(self.factor) if own is None else own.copy()
        if self.row_weights is not None:
            raise UsageError(
                "trimmed weights belong to the rows that were trimmed: leave data out."
            )
        return self.respondents.matched(data, self.factor, weight=weight)

    def trim(
        self,
        *,
        lower: float = 0.0,
        upper: float = inf,
        of: Literal["median", "mean", "weight"] = "median",
        passes: trimming.Passes = "until_within",
        rake_again: bool = False,
    ) -> Weighting:
        """Return the weighting with its extreme weights cut, their sum kept.

        Trimming trades variance for bias: the margins no longer hold exactly (`gap`), unless they
        are raked again. Usual caps are 4 to 6 times the median (Potter 1990).

        Args:
            lower: the smallest weight.
            upper: the largest weight.
            of: what the bounds are multiples of; `"weight"`: they are weights themselves.
            passes: `"once"`, or `"until_within"`: until no weight is outside.
            rake_again: trim and rake in turns until both hold.

        Raises:
            DataError: no weights are within the bounds and meet the margins.
            UsageError: the bounds leave no room, or the weights of a cube differ within a cell.
        """
        people = self.respondents
        by_cell = people.even and self.row_weights is None
        if not by_cell and people.code is None:
            raise UsageError(
                "respondents of one cell have different weights, and a cube knows their sums "
                "only: weight the rows, then trim."
            )
        if by_cell:
            times = people.n.astype(float)
            code = np.arange(len(times))
            start = np.divide(
                people.base * self.factor,
                times,
                out=np.full(len(times), self.total / self.n),
                where=times > 0,
            )
        else:
            times, code = np.ones(self.n), np.asarray(people.code)
            start = self.weights()
        if of not in {"median", "mean", "weight"}:
            raise UsageError(f"of is 'median', 'mean' or 'weight', not {of!r}.")
        unit = {
            "weight": 1.0,
            "mean": self.total / self.n,
            "median": trimming.median(start, times),
        }[of]
        codes = [margin.code for margin in self.margins]
        targets = [margin.share * self.total for margin in self.margins]
        low, high = lower * unit, upper * unit
        found = trimming.trim(start, lower=low, upper=high, passes=passes, times=times)
        for _ in range(raking.ROUNDS if rake_again else 0):
            after = sums(code, found * times, len(people.n))
            raked = found * raking.rake(after, codes, targets).factor[code]
            found = np.clip(raked, low, high)
            if np.allclose(found, raked, rtol=1e-9, atol=0):
                break
        after = sums(code, found * times, len(people.n))
        gap = raking.gap_of(after, codes, targets)
        if rake_again and gap > 1e-6:
            raise DataError(
                f"no weights between {low:g} and {high:g} meet the margins: trim less, or leave "
                "rake_again out."
            )
        outside = (start < low) | (start > high)
        return evolve(
            self,
            factor=after / np.where(people.base > 0, people.base, 1),
            row_weights=None if by_cell else found,
            gap=gap,
            converged=gap <= 1e-6,
            trimmed=int(times[outside].sum()),
            deff_before=self.deff,
        )

    # -- showing -----------------------------------------------------------------------------------

    def to_native(self, backend: str = "polars") -> Any:
        """Return one row a cell: its labels, `n`, `before`, `after` and `factor`."""
        people = self.respondents
        columns: dict[str, Any] = {
            dim: [group[a] for group in people.groups] for a, dim in enumerate(people.dims)
        }
        columns |= {
            "n": people.n.tolist(),
            "before": people.base.tolist(),
            "after": self._sums[0].tolist(),
            "factor": self.factor.tolist(),
        }
        return to_frame(columns, backend)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "kind": self.kind,
            "margins": self.coverage.to_dict()["margins"],
            "n": self.n,
            "population": self.population,
            "total": self.total,
            "deff": self.deff,
            "deff_before_trimming": self.deff_before,
            "n_effective": self.n_effective,
            "trimmed": self.trimmed,
            "rounds": self.rounds,
            "gap": self.gap,
            "converged": self.converged,
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def plot(self) -> Any:
        """Return a chart of sample against population (altair)."""
        return self.coverage.plot()

    def __repr__(self) -> str:
        return f"<Weighting {self.kind}: n={self.n}, deff={self.deff:.2f}>"

    def __str__(self) -> str:
        names = ", ".join(margin.name for margin in self.margins)
        rounds = "1 round" if self.rounds == 1 else f"{self.rounds} rounds"
        state = f"converged in {rounds}" if not self.trimmed else f"{count(self.trimmed)} trimmed"
        head = (
            f"{self.kind.capitalize()} on {names}: n = {count(self.n)}, effective "
            f"{count(self.n_effective)}, design effect {self.deff:.2f}  "
            f"({state if self.converged or self.trimmed else 'not converged'})"
        )
        lines = [head, *(f"  {line}" for line in str(self.coverage).splitlines())]
        return "\n".join([*lines, *(f"  ! {caution}" for caution in self.cautions)])
