"""The weighted count: what happened, counted by category, some categories counting more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from attrs import frozen

from cxmetrics.concepts._base import Concept, Worked
from cxmetrics.concepts.breakdown import Group, group_name
from cxmetrics.concepts.estimate import Estimate, small
from cxmetrics.engines.arrays import joint_groups
from cxmetrics.engines.columns import columns_of
from cxmetrics.engines.encode import encode, numeric
from cxmetrics.errors import Caution, ColumnError, DataError, UsageError, did_you_mean
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import MINUS, label_text
from cxmetrics.metrics.text import count as written
from cxmetrics.stats.averages import averages
from cxmetrics.stats.distributions import check_level
from cxmetrics.summaries.design import label_order


@frozen(kw_only=True)
class WeightedCount:
    """Counts by category, weighted.

    Attributes:
        total: the sum of weight times count.
        mean: `total` for each thing counted, with its interval.
        counts: by category.
        weights: by category.
        groups: the same by group; empty without `by`.
        cautions: what a reader has to know.
    """

    total: float
    mean: Estimate
    counts: Mapping[str, int]
    weights: Mapping[str, float]
    groups: Mapping[Group, WeightedCount]
    cautions: tuple[Caution, ...] = ()

    @property
    def title(self) -> str:
        """Total and mean."""
        mean, ends, n = self.mean.texts()
        return f"Weighted count: {_sum(self.total)} for {n} counted, {mean} each (interval {ends})"

    def sheet(self) -> Sheet:
        """Return the table: all, categories, groups."""

        def line(name: str, own: WeightedCount) -> tuple[str, ...]:
            return (name, *own.mean.texts(), _sum(own.total))

        rows = [line("all", self)]
        rows += [
            (f"· {name} (× {_sum(weight)})", "", "", written(self.counts[name]),
             _sum(weight * self.counts[name]))
            for name, weight in self.weights.items()
        ]  # fmt: skip
        rows += [line(group_name(label), own) for label, own in self.groups.items()]
        return Sheet(
            title=self.title,
            head=("", "mean", "interval", "n", "weight × count"),
            rows=rows,
            notes=("Weights are declared; a total grows with what was counted, so compare means.",),
            cautions=self.cautions,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "total": self.total,
            "mean": self.mean.to_dict(),
            "counts": dict(self.counts),
            "weights": dict(self.weights),
            "groups": [
                {"group": group_name(label), **own.to_dict()} for label, own in self.groups.items()
            ],
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __str__(self) -> str:
        return str(self.sheet())

    def _repr_html_(self) -> str:
        return self.sheet().html()


def _sum(value: float) -> str:
    return f"{value:,.12g}".replace("-", MINUS)


def weighted_count(
    data: Any,
    *,
    category: str,
    weights: Mapping[str, float],
    counts: str | None = None,
    by: str | Sequence[str] | None = None,
    unit: str | None = None,
    where: Any = None,
    level: float = 0.95,
) -> WeightedCount:
    """Count things by category, some counting more than others: the sum of weight times count.

    A score of demerits (faults by gravity), or of preference votes. The total depends on how many
    were counted; `mean` does not, and has an interval.

    Interval: t of the weights of what was counted, clustered with `unit`; none of the total.

    Args:
        data: columns by name or a data frame, one row a thing counted.
        category: the column that says what it is.
        weights: of each category, by name; 0 for one that does not count.
        counts: the column of how many, where a row stands for several.
        by: the column or columns that make groups.
        unit: the column that says which rows belong together (customer, inspection).
        where: rows to keep.
        level: of the interval.

    Raises:
        ColumnError: a column is missing (the close names are said), or a count is no whole number.
        DataError: nothing is counted.
        UsageError: a category has no weight.

    References:
        ASQ, Ask the Standards Experts 2012 (weighted category score); demerits: Dodge 1928.

    Example:
        >>> faults = {"gravity": ["minor", "major", "minor"]}
        >>> weighted_count(faults, category="gravity", weights={"minor": 1, "major": 5}).total
        7.0
    """
    check_level(level)
    dims = () if by is None else (by,) if isinstance(by, str) else tuple(by)
    extra = [name for name in (counts, unit) if name is not None]
    columns = columns_of(data, (category, *dims, *extra), where=where)
    kinds = encode(columns[category])
    names = [label_text(label) for label in kinds.labels]
    present = {names[code] for code in np.unique(kinds.codes)} - {label_text(None)}
    for name in sorted(present):
        if name not in weights:
            raise UsageError(
                f"{name!r} in {category!r} has no weight; {did_you_mean(name, weights)} "
                "Give 0 to one that does not count."
            )
    worth = np.array([weights.get(name, np.nan) for name in names], float)[kinds.codes]
    times = np.ones(len(worth), np.intp)
    if counts is not None:
        read = numeric(columns[counts], counts).astype(float)
        if not ((read >= 0) & (read == np.floor(read))).all():
            raise ColumnError(f"{counts!r} has to hold whole numbers from 0, none missing.")
        times = read.astype(np.intp)
    lost = int(times[np.isnan(worth)].sum())
    if not times[~np.isnan(worth)].sum():
        raise DataError(f"{category!r} holds nothing to count.")
    group, labels = joint_groups([encode(columns[name]) for name in dims], len(worth))
    codes = np.zeros(len(worth), np.intp) if group is None else group.astype(np.intp)
    owner = np.arange(len(worth)) if unit is None else encode(columns[unit]).codes
    ends = min(weights.values()), max(weights.values())
    bounds = ends if ends[0] < ends[1] else None  # what can't differ has no interval

    def measured(keep: Any, groups: Mapping[Group, WeightedCount]) -> WeightedCount:
        rows = np.repeat(np.flatnonzero(keep), times[keep])
        found = averages(worth[rows], units=None if unit is None else owner[rows])
        own = dict.fromkeys(weights, 0)
        for name, number in zip(
            names, np.bincount(kinds.codes[rows], minlength=len(names)), strict=True
        ):
            if name in own:
                own[name] += int(number)
        mean = Estimate.of(found, unit="rating", level=level, bounds=bounds)
        said = f"{written(lost)} without a category are left out."
        return WeightedCount(
            total=float(sum(weights[name] * number for name, number in own.items())),
            mean=mean,
            counts=own,
            weights=dict(weights),
            groups=groups,
            cautions=(
                *small(mean.n, "all"),
                *((Caution("NO_INTERVAL", "all weigh the same."),) if bounds is None else ()),
                *((Caution("UNMATCHED", said),) if lost and keep.all() else ()),
            ),
        )

    parts = {
        labels[place][0] if len(dims) == 1 else labels[place]: measured(codes == place, {})
        for place in sorted(
            np.unique(codes).tolist(), key=lambda place: [label_order(x) for x in labels[place]]
        )
        if dims
    }
    return measured(np.full(len(worth), fill_value=True), parts)


CONCEPTS = (
    Concept(
        name="weighted_count",
        title="Weighted count (demerits)",
        french="score pondéré par catégorie (démérites)",
        topic="index",
        call="cxmetrics.concepts.catalogue.demerits:weighted_count",
        unit="as the weights",
        direction="none",
        scale="categories with declared weights",
        formula="sum over categories of weight * count",
        interval="t interval of the mean weight of what was counted (clustered with unit=)",
        reference="ASQ, Ask the Standards Experts 2012; demerits: Dodge 1928",
        limits=(
            "The total grows with how many were counted; compare means.",
            "The weights are a choice, and another choice gives another order.",
        ),
        example=Worked(
            code=(
                "votes = {\n"
                '    "place": ["1st", "2nd", "3rd", "4th", "5th", "6th"],\n'
                '    "votes": [20, 25, 25, 15, 12, 3],\n'
                "}\n"
                'weights = {"1st": 6, "2nd": 5, "3rd": 4, "4th": 3, "5th": 2, "6th": 1}\n'
                'count = cx.concept("weighted_count")\n'
                'found = count(votes, category="place", counts="votes", weights=weights)\n'
                "print(found.total)"
            ),
            shows="417.0",
            source="ASQ 2012: 6*20 + 5*25 + 4*25 + 3*15 + 2*12 + 1*3 = 417",
        ),
    ),
)
