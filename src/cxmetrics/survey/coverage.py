"""Coverage: the sample beside the population, category by category."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from cxmetrics.plugins import registry
from cxmetrics.summaries import Key
from cxmetrics.summaries.cube import to_frame
from cxmetrics.survey.margins import Margin, key_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@frozen(kw_only=True)
class CoverageRow:
    """One category.

    Attributes:
        margin: the column, or columns.
        key: the category.
        n: respondents.
        sample: their share of the respondents, 0 to 1.
        before: their share of the weights before weighting.
        after: their share of the weights after weighting.
        population: the share in the population.
    """

    margin: str
    key: Key
    n: int
    sample: float
    before: float
    after: float
    population: float

    @property
    def gap(self) -> float:
        """Sample minus population: above 0 the category answers too often."""
        return self.before - self.population


@frozen(kw_only=True)
class Coverage:
    """How well the respondents cover the population.

    Attributes:
        rows: one a category.
    """

    rows: tuple[CoverageRow, ...]

    @property
    def worst(self) -> CoverageRow:
        """The category that is furthest from the population."""
        return max(self.rows, key=lambda row: abs(row.gap))

    @property
    def dissimilarity(self) -> dict[str, float]:
        """By margin, the share of respondents that are in the wrong category (Duncan 1955)."""
        found: dict[str, float] = {}
        for row in self.rows:
            found[row.margin] = found.get(row.margin, 0.0) + abs(row.gap) / 2
        return found

    def to_native(self, backend: str = "polars") -> Any:
        """Return one row a category, in the data frame library of your choice."""
        names = ("margin", "n", "sample", "before", "after", "population", "gap")
        columns: dict[str, Any] = {n: [getattr(row, n) for row in self.rows] for n in names}
        columns["category"] = [key_text(row.key) for row in self.rows]
        return to_frame(columns, backend)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values: the categories of each margin."""
        margins: dict[str, list[dict[str, Any]]] = {}
        for row in self.rows:
            margins.setdefault(row.margin, []).append(
                {
                    "category": list(row.key) if isinstance(row.key, tuple) else row.key,
                    "n": row.n,
                    "sample": row.sample,
                    "before": row.before,
                    "after": row.after,
                    "population": row.population,
                }
            )
        return {"margins": margins}

    def plot(self) -> Any:
        """Return a chart (altair); the extra `report` has to be installed."""
        return registry.find("plot", "coverage").draw(self)

    def __str__(self) -> str:
        heads = ("margin", "category", "n", "sample", "before", "after", "population")
        table = [heads] + [
            (
                row.margin,
                key_text(row.key),
                f"{row.n:,}",
                *(f"{100 * s:.1f} %" for s in (row.sample, row.before, row.after, row.population)),
            )
            for row in self.rows
        ]
        widths = [max(len(line[i]) for line in table) for i in range(len(heads))]
        return "\n".join(
            "  ".join(
                cell.ljust(width) if i < 2 else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in table
        )


def coverage_of(
    margins: Sequence[Margin], *, n: NDArray[np.int64], before: Floats, after: Floats
) -> Coverage:
    """Compare cells of respondents with the margins of the population.

    Args:
        margins: what is known of the population.
        n: shape (cells,): respondents.
        before: shape (cells,): their weights before weighting.
        after: shape (cells,): their weights after weighting.
    """
    rows = []
    for margin in margins:
        size = len(margin.keys)
        counts = np.bincount(margin.code, n, minlength=size)
        shares = [
            np.bincount(margin.code, values, minlength=size) / values.sum()
            for values in (n.astype(float), before, after)
        ]
        rows += [
            CoverageRow(
                margin=margin.name,
                key=key,
                n=int(counts[place]),
                sample=float(shares[0][place]),
                before=float(shares[1][place]),
                after=float(shares[2][place]),
                population=float(margin.share[place]),
            )
            for place, key in enumerate(margin.keys)
        ]
    return Coverage(rows=tuple(rows))
