"""Cells of a table: columns of numbers by group, what is hidden, each group beside the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve

from cxmetrics.concepts.answers import Answers
from cxmetrics.concepts.breakdown import in_order
from cxmetrics.stats.averages import Averages

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]
    Truths = NDArray[np.bool_]


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


def hidden(n: Ints, floor: int) -> Truths:
    """Return which groups have to be hidden so that nobody can be singled out.

    A group under the floor is hidden. The total minus what is shown tells of the hidden ones
    together, so at least two are, and more, the smallest first, until those reach the floor too.

    Args:
        n: shape (groups, numbers): respondents behind each number that is shown of a group.
        floor: the fewest that may stand behind a number.

    Example:
        >>> hidden(np.array([[20], [3], [9], [15]]), 5).tolist()
        [False, True, True, False]
    """
    small: Truths = np.any((n > 0) & (n < floor), axis=1)
    if not small.any():
        return small
    for place in np.argsort(n.sum(axis=1), kind="stable"):
        together = n[small].sum(axis=0)
        if not ((together > 0) & (together < floor)).any():  # never of one group alone
            break
        small[place] |= n[place].any()
    return small


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
