"""Cells of a table: columns of numbers by group, what is hidden, each group beside the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve

from cxmetrics.concepts.answers import Answers
from cxmetrics.concepts.breakdown import in_order
from cxmetrics.stats.averages import Averages, averages

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
    unit = np.arange(len(values)) if found.unit is None else found.unit
    pair = np.unique(np.column_stack([unit, found.groups]), axis=0, return_inverse=True)[1].ravel()
    group = np.zeros(pair.max() + 1, np.intp)
    group[pair] = found.groups
    counted = [
        np.bincount(group[np.unique(pair[~np.isnan(column)])], minlength=size)
        for column in values.T
    ]
    return np.column_stack(counted)


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
        if small.sum() > 1 and not ((together > 0) & (together < floor)).any():
            break
        small[place] |= n[place].any()
    return small


def stacked(values: Floats, found: Answers, groups: Ints | None = None, size: int = 1) -> Averages:
    """Return the means of columns by group, with the covariance of those of one respondent.

    Args:
        values: shape (rows, columns); NaN where missing.
        found: whose rows they are.
        groups: shape (rows,): below 0 for none; one group where left out.
        size: the number of groups.

    Returns:
        Column c of group g is number g * columns + c.
    """
    rows, many = values.shape
    own = np.zeros(rows, np.intp) if groups is None else groups
    code = np.where(own[:, None] < 0, -1, own[:, None] * many + np.arange(many))
    unit = np.arange(rows) if found.unit is None else found.unit
    return averages(
        values.ravel(),
        groups=code.ravel().astype(np.intp),
        size=size * many,
        weights=None if found.weight is None else np.repeat(found.weight, many),
        units=np.repeat(unit, many),
        strata=None if found.strata is None else np.repeat(found.strata, many),
    )


def beside(values: Floats, found: Answers, groups: Ints, place: int) -> Averages:
    """Return the means of a group (0) and of all other groups together (1), as `stacked` does."""
    side = np.where(groups < 0, -1, (groups != place).astype(np.intp))
    return stacked(values, found, side, 2)
