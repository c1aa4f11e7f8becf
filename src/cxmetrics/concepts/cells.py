"""Cells of a table: columns of numbers by group, what is hidden, each group beside the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from attrs import evolve, frozen

from cxmetrics.concepts.answers import Answers
from cxmetrics.concepts.breakdown import Group, group_name, in_order
from cxmetrics.concepts.estimate import Gap, adjusted
from cxmetrics.stats.averages import Averages
from cxmetrics.stats.multiplicity import Adjustment
from cxmetrics.summaries.suppression import hidden

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]
    Truths = NDArray[np.bool_]

MOST: Final = 100
"""Groups up to which each is compared."""


def ordered(found: Answers) -> Answers:
    """Return answers with their groups sorted by label, empty ones left out."""
    order = in_order(found)
    number = np.zeros(len(found.labels), np.intp)
    number[order] = np.arange(len(order))
    labels = tuple(found.labels[group] for group in order)
    return evolve(found, labels=labels, groups=number[found.groups])


def heads(values: Floats, found: Answers) -> Ints:
    """Return how many respondents stand behind each column of each group.

    Args:
        values: shape (rows, columns); NaN where missing.
        found: whose rows they are.

    Returns:
        Shape (groups, columns).
    """
    size = len(found.labels)

    def counted(there: Truths) -> Ints:
        group = found.groups[there]
        if found.unit is not None:
            group = np.unique(found.unit[there].astype(np.intp) * size + group) % size
        return np.bincount(group, minlength=size)

    return np.column_stack([counted(~np.isnan(column)) for column in values.T])


def averaged(
    values: Floats, found: Answers, groups: Ints | None = None, size: int = 1
) -> tuple[Averages, ...]:
    """Return, for each column, the means of groups.

    Args:
        values: shape (rows, columns); NaN where missing.
        found: whose rows they are.
        groups: shape (rows,): below 0 for none; one group where left out.
        size: the number of groups.
    """
    return tuple(found.averages(column, groups=groups, size=size) for column in values.T)


def beside(values: Floats, found: Answers, groups: Ints, place: int) -> tuple[Averages, ...]:
    """Return, for each column, the means of a group (0) and of all other groups together (1)."""
    side = np.where(groups < 0, -1, (groups != place).astype(np.intp))
    return averaged(values, found, side, 2)


def against_others(
    labels: Sequence[Group],
    rests: Sequence[Averages],
    *,
    unit: str,
    level: float,
    bounds: tuple[float, float],
) -> dict[Group, Gap]:
    """Return each group minus all others together, Holm-adjusted.

    Args:
        labels: the groups.
        rests: each group (0) beside all others (1); empty for no comparison.
        unit: of the gaps.
        level: of the intervals.
        bounds: the lowest and the highest possible value.
    """
    found = {}
    for label, pair in zip(labels, rests, strict=False):
        name = f"{group_name(label)} minus all others"
        gap = Gap.between(name, pair, 0, 1, unit=unit, level=level, bounds=bounds)
        if gap is not None:
            found[label] = gap
    # of two groups each is the other's rest: one comparison, told twice
    method: Adjustment = "none" if len(labels) == 2 else "holm"
    return dict(zip(found, adjusted(list(found.values()), method), strict=True))


@frozen(kw_only=True, eq=False)
class Table:
    """Columns by group, of what may be shown.

    Attributes:
        labels: the groups, hidden ones too; none where nothing makes groups.
        secret: the groups that are hidden.
        withheld: whether nothing is shown, because there are fewer respondents than the floor.
        thin: the numbers of the columns with fewer respondents than the floor in all: not shown.
        whole: of each column, the mean.
        cells: of each column, the means of the groups.
        rests: for each group the first column beside that of all others; empty where a group is
            hidden, or there are too many.
    """

    labels: tuple[Group, ...]
    secret: frozenset[Group]
    withheld: bool
    thin: tuple[int, ...]
    whole: tuple[Averages, ...]
    cells: tuple[Averages, ...]
    rests: tuple[Averages, ...]


def tabled(values: Floats, found: Answers, *, grouped: object, floor: int) -> Table:
    """Return the means of columns by group, without those of fewer respondents than a floor.

    Args:
        values: shape (rows, columns), the total first; NaN where missing.
        found: whose rows they are, groups in order.
        grouped: the `by` of the call, None for one group.
        floor: the fewest respondents that may stand behind a number.
    """
    size = len(found.labels)
    # who is in two groups is one respondent
    people = heads(values, evolve(found, labels=((),), groups=np.zeros_like(found.groups)))[0]
    thin = (people > 0) & (people < floor)
    withheld = bool(thin.any() and people.max() < floor)
    values = np.where(thin, np.nan, values)
    secret = hidden(heads(values, found), floor)
    if withheld:
        secret = np.full(size, fill_value=True)
    labels = () if grouped is None else found.labels
    alone = grouped is None or secret.any() or size > MOST
    return Table(
        labels=labels,
        secret=frozenset(labels[place] for place in np.flatnonzero(secret) if labels),
        withheld=withheld,
        thin=tuple(np.flatnonzero(thin).tolist()),
        whole=averaged(values, found),
        cells=averaged(values, found, np.where(secret[found.groups], -1, found.groups), size),
        rests=()
        if alone
        else tuple(beside(values[:, :1], found, found.groups, place)[0] for place in range(size)),
    )
