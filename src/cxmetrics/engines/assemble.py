"""From encoded rows to a cube; every engine ends here, so no engine holds statistics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from cxmetrics.engines.encode import Labels, fingerprints
from cxmetrics.errors import ColumnError, DataError
from cxmetrics.summaries import Cube, Design, Label
from cxmetrics.summaries.cells import Cells
from cxmetrics.summaries.design import label_order

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxmetrics.engines.query import Query

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_DENSE = 1 << 22


@frozen(kw_only=True)
class Rows:
    """Encoded rows, or groups of equal rows.

    Attributes:
        points: shape (rows, items): point numbers; `size` is missing, `size` + 1 off scale.
        groups: shape (rows,): the place of each row's group in `labels`.
        labels: the label tuples of the groups.
        number: shape (rows,): how many rows stand behind each; None for one.
        weight: shape (rows,): sum of their weights; None where nothing is weighted.
        square: shape (rows,): sum of their squared weights; None where each row is one row.
        unit: who answered; None where every row is its own unit.
        strata: the sampling stratum.
    """

    points: NDArray[np.intp]
    groups: NDArray[Any]
    labels: list[tuple[Label, ...]]
    number: Ints | None = None
    weight: Floats | None = None
    square: Floats | None = None
    unit: Labels | None = None
    strata: Labels | None = None


def cube_of(
    query: Query,
    labels: list[tuple[Label, ...]],
    counts: Ints,
    sums: Floats | None,
    squares: Floats | None,
    design: Design | None = None,
) -> Cube:
    """Build the cube from histograms of shape (groups, points + 2), dropping empty groups."""
    size = query.scale.size
    if sums is not None and counts[:, :size].any() and not sums[:, :size].any():
        raise ColumnError(f"all weights in {query.weight!r} are zero: there is nothing to measure.")
    cells = Cells(
        counts=counts[:, :size].astype(np.int64),
        missing=counts[:, size].astype(np.int64),
        off_scale=counts[:, size + 1].astype(np.int64),
        sums=None if sums is None else sums[:, :size],
        squares=None if squares is None else squares[:, :size],
        design=design,
    )
    present = np.flatnonzero(counts.any(axis=1)) if query.dims else np.array([0])
    order = sorted(present.tolist(), key=lambda place: [label_order(x) for x in labels[place]])
    if len(query.rating) > 1:  # items keep the order in which they were asked for
        place_of = {name: place for place, name in enumerate(query.rating)}
        order.sort(key=lambda place: place_of[str(labels[place][0])])
    groups = tuple(labels[place] for place in order)
    if order != list(range(len(labels))):
        cells = cells.mapped(order, range(len(order)), len(order))
    return Cube(query.scale, query.dims, groups, cells)


def assemble(query: Query, rows: Rows) -> Cube:
    """Build the cube of rows that share units, have strata, or answer several items.

    Raises:
        DataError: a unit has no name, or is in two strata.
    """
    size, width = query.scale.size, query.scale.size + 2
    items, groups = rows.points.shape[1], len(rows.labels)
    many = items * groups
    each = np.ones(len(rows.points), np.int64) if rows.number is None else rows.number
    weight = each.astype(float) if rows.weight is None else rows.weight
    square = rows.square
    if square is None:
        square = weight**2 if rows.weight is not None else each.astype(float)
    shape = (many, width)
    counts, sums, squares = np.zeros(shape, np.int64), np.zeros(shape), np.zeros(shape)
    group_of = rows.groups.astype(np.int64)
    for item in range(items):
        joint = group_of * width + rows.points[:, item]
        block = slice(item * groups, (item + 1) * groups)
        for array, values in ((counts, each), (sums, weight), (squares, square)):
            found = np.bincount(joint, values, minlength=groups * width)
            array[block] = found.reshape(groups, width).astype(array.dtype)
    design = None
    if len(rows.points) and (items > 1 or rows.unit is not None or rows.strata is not None):
        stratum, strata = _strata(query, rows)
        cells = [  # the cell of each row's answer to each item; -1 where there is none
            np.where(
                rows.points[:, item] < size,
                (item * groups + group_of) * size + rows.points[:, item],
                -1,
            )
            for item in range(items)
        ]
        if rows.unit is None:
            design = _rows_design(cells, stratum, strata, each, weight, square, many * size)
        else:
            design = _units_design(cells, stratum, strata, weight, rows.unit, many * size)
    labels = rows.labels
    if items > 1:
        labels = [(name, *label) for name in query.rating for label in rows.labels]
    weighted = rows.weight is not None
    return cube_of(
        query,
        labels,
        counts,
        sums if weighted else None,
        squares if weighted else None,
        design,
    )


def _strata(query: Query, rows: Rows) -> tuple[Ints, tuple[Label, ...]]:
    if rows.strata is None:
        return np.zeros(len(rows.points), np.int64), (None,)
    codes, labels = _present(rows.strata)
    if None in labels:
        raise DataError(
            f"some rows have no stratum in {query.strata!r}: name it, or leave those rows out with "
            "where=…."
        )
    return codes, labels


def _present(column: Labels) -> tuple[Ints, tuple[Label, ...]]:
    """Number the labels that rows really have: a categorical column may know others."""
    used, codes = np.unique(column.codes, return_inverse=True)
    return codes.astype(np.int64), tuple(column.labels[place] for place in used)


def _rows_design(
    cells: list[Ints],
    stratum: Ints,
    strata: tuple[Label, ...],
    each: Ints,
    weight: Floats,
    square: Floats,
    width: int,
) -> Design:
    """Every row is a unit: it touches one cell an item, so `cross` is a sum over pairs of items."""
    totals = np.zeros((len(strata), width))
    entries: list[tuple[Ints, Floats]] = []
    for first, a in enumerate(cells):
        own = a >= 0
        np.add.at(totals, (stratum[own], a[own]), weight[own])
        for second, b in enumerate(cells[first:], first):
            both = own & (b >= 0)
            key = (stratum[both] * width + a[both]) * width + b[both]
            entries.append(_added(key, square[both], len(strata) * width * width))
            if second != first:
                mirror = (stratum[both] * width + b[both]) * width + a[both]
                entries.append(_added(mirror, square[both], len(strata) * width * width))
    keys = np.concatenate([key for key, _ in entries])
    return Design.of(
        strata,
        np.bincount(stratum, each, minlength=len(strata)).astype(np.int64),
        totals,
        (
            keys // (width * width),
            keys // width % width,
            keys % width,
            np.concatenate([value for _, value in entries]),
        ),
        identity="rows",
    )


def _added(keys: Ints, values: Floats, bins: int) -> tuple[Ints, Floats]:
    """Sum the values of equal keys."""
    if bins <= _DENSE:
        sums = np.bincount(keys, values, minlength=1)
        distinct = np.flatnonzero(sums).astype(np.int64)
        return distinct, sums[distinct].astype(np.float64)
    distinct, inverse = np.unique(keys, return_inverse=True)
    return distinct, np.bincount(inverse, values, minlength=len(distinct)).astype(np.float64)


def _units_design(
    cells: list[Ints],
    stratum: Ints,
    strata: tuple[Label, ...],
    weight: Floats,
    unit: Labels,
    width: int,
) -> Design:
    """Units answer several rows: their totals first, then the products of the totals."""
    from scipy.sparse import coo_array  # heavy: only where units are named

    codes, names = _present(unit)
    if None in names:
        nameless = int((codes == names.index(None)).sum())
        raise DataError(
            f"{nameless} rows do not say which unit (customer) answered: name it, or leave those "
            "rows out with where=…."
        )
    home = np.full(len(names), -1, np.int64)
    home[codes] = stratum
    astray = home[codes] != stratum
    if astray.any():
        raise DataError(
            f"unit {names[int(codes[astray][0])]!r} is in more than one stratum: a unit is "
            "drawn within one. Combine stratum and unit into one name if they are different units."
        )

    def matrices() -> Iterator[tuple[Label, Any]]:
        place = np.zeros(len(names), np.int64)
        for h, label in enumerate(strata):
            members = np.flatnonzero(home == h)
            place[members] = np.arange(len(members))
            rows = [(stratum == h) & (column >= 0) for column in cells]
            matrix = coo_array(
                (
                    np.concatenate([weight[own] for own in rows]),
                    (
                        np.concatenate([place[codes[own]] for own in rows]),
                        np.concatenate([c[own] for c, own in zip(cells, rows, strict=True)]),
                    ),
                ),
                shape=(len(members), width),
            )
            yield label, matrix.tocsr()

    return Design.from_units(dict(matrices()), cells=width, members=fingerprints(names))
