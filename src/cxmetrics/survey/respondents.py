"""Respondents: who answered, counted in cells, and their rows where they are at hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from attrs import evolve, frozen

from cxmetrics.batch import Batch
from cxmetrics.engines.arrays import column_of, count_columns, joint_groups
from cxmetrics.engines.encode import encode, no_column, weights
from cxmetrics.engines.query import Query
from cxmetrics.errors import DataError, UsageError
from cxmetrics.summaries import Cube, Label
from cxmetrics.survey.margins import key_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

EVERYBODY = "__cx_respondent"
_WEIGHT = "__cx_weight"


@frozen(eq=False, kw_only=True)
class Respondents:
    """Respondents in cells: the combinations of labels that occur.

    Attributes:
        dims: the columns the cells are made of.
        groups: the labels of each cell.
        n: shape (cells,): respondents.
        base: shape (cells,): their weights before weighting.
        squares: shape (cells,): squared weights.
        cube: the answers, where they were counted already.
        data: the rows, where they were not.
        code: shape (rows,): the cell of each row.
        weight: shape (rows,): weights before weighting; None where all are 1.
    """

    dims: tuple[str, ...]
    groups: tuple[tuple[Label, ...], ...]
    n: Ints
    base: Floats
    squares: Floats
    cube: Cube | None = None
    data: Any = None
    code: NDArray[Any] | None = None
    weight: Floats | None = None

    @classmethod
    def of(cls, data: Any, *, dims: Sequence[str], weight: str | None) -> Self:
        """Count the respondents of rows, or take those of a cube.

        Raises:
            ColumnError: a column is missing, or the weights are no weights.
            DataError: there are no respondents, or all weights are zero.
            UsageError: rows that live elsewhere, or weights beside a cube.
        """
        found = (
            cls._of_cube(data, weight)
            if isinstance(data, Cube)
            else cls._of_rows(data, dims, weight)
        )
        if not found.n.sum() or not found.base.sum():
            raise DataError("there is nobody to weight: no respondent, or all weights are zero.")
        return found

    @classmethod
    def _of_cube(cls, cube: Cube, weight: str | None) -> Self:
        if weight is not None:
            raise UsageError("a cube holds its weights already: collect it with weight=….")
        design = cube.cells.design
        if design is not None and design.calibration is not None:
            raise UsageError("these weights are calibrated already: start from the cube before.")
        if cube.hidden:
            raise UsageError("suppressed groups can't be weighted: weight first, then suppress.")
        axis = cube.dims.index("item") if "item" in cube.dims and design is not None else None
        if axis is not None and len({group[axis] for group in cube.groups}) > 1:
            raise UsageError(
                "a cube of several items counts a respondent several times: weight the rows, "
                "cx.nps(weighting, rating=[…]) then counts the items."
            )
        cells = cube.cells
        squares = cells.weights if cells.squares is None else cells.squares
        return cls(
            dims=cube.dims,
            groups=cube.groups,
            n=cells.counts.sum(axis=1),
            base=cells.weights.sum(axis=1),
            squares=squares.sum(axis=1),
            cube=cube,
        )

    @classmethod
    def _of_rows(cls, data: Any, dims: Sequence[str], weight: str | None) -> Self:
        columns = columns_of(data, [*dims, *([] if weight is None else [weight])])
        own = None if weight is None else weights(columns[weight], str(weight))
        labels = [encode(columns[dim]) for dim in dims]
        joint, groups = joint_groups(labels, len(labels[0].codes))
        assert joint is not None  # noqa: S101  # there is at least one column
        n = np.bincount(joint, minlength=len(groups))
        present = np.flatnonzero(n)
        if len(present) < len(groups):
            place = np.zeros(len(groups), joint.dtype)
            place[present] = np.arange(len(present))
            joint = place[joint]
        n = n[present]
        ones = n.astype(float)
        return cls(
            dims=tuple(dims),
            groups=tuple(groups[place] for place in present),
            n=n,
            base=ones if own is None else sums(joint, own, len(n)),
            squares=ones if own is None else sums(joint, own * own, len(n)),
            data=data,
            code=joint,
            weight=own,
        )

    @property
    def even(self) -> bool:
        """Whether all respondents of a cell weigh the same."""
        return bool(np.allclose(self.squares * self.n, self.base**2, rtol=1e-12, atol=0))

    def rows(self, factor: Floats) -> Floats:
        """Return the weight of each row after multiplying by the factor of its cell.

        Raises:
            UsageError: there are no rows.
        """
        if self.code is None:
            raise UsageError(
                "this weighting was made from a cube, which has no rows: hand over the rows, "
                "weighting.weights(data)."
            )
        each: Floats = factor[self.code]
        return each if self.weight is None else each * self.weight

    def matched(self, data: Any, factor: Floats, *, weight: str | None) -> Floats:
        """Return the weights of other rows, by the cells they are in.

        Raises:
            DataError: a row is in none of the cells.
        """
        columns = columns_of(data, [*self.dims, *([] if weight is None else [weight])])
        labels = [encode(columns[dim]) for dim in self.dims]
        joint, groups = joint_groups(labels, len(labels[0].codes))
        assert joint is not None  # noqa: S101  # there is at least one column
        known = dict(zip(self.groups, factor.tolist(), strict=True))
        found: Floats = np.array([known.get(group, np.nan) for group in groups])[joint]
        if np.isnan(found).any():
            row = int(np.isnan(found).argmax())
            raise DataError(
                f"row {row} ({key_text(groups[int(joint[row])])}) is in no cell that was weighted: "
                "weight these rows themselves."
            )
        return found if weight is None else found * weights(columns[weight], weight)

    def collected(self, query: Query, row_weights: Floats) -> Cube:
        """Count the answers to a query, with everybody beside them as the last item.

        Every respondent is an answer to the item `EVERYBODY`, whether the question was answered or
        not: so units, strata and the weights of those who did not answer are known to the design.
        """
        where = query.where or {}
        if not isinstance(where, Mapping):
            raise UsageError("where= is {column: label or labels} for weighted respondents.")
        by = tuple(dict.fromkeys((*self.dims, *query.by, *where)))
        asked = evolve(query, rating=(*query.rating, EVERYBODY), by=by, weight=_WEIGHT, where=None)
        names = [name for name in asked.columns if name not in {EVERYBODY, _WEIGHT}]
        columns = columns_of(self.data, names)
        low = query.scale.low
        columns[EVERYBODY] = np.full(len(row_weights), low)
        columns[_WEIGHT] = row_weights
        return count_columns(columns, asked)


def answers(cube: Cube, query: Query) -> Cube:
    """Drop everybody and the columns that were only needed for weighting."""
    where: Mapping[str, Any] = query.where or {}
    if where:
        cube = cube.slice(**where)
    axis = cube.dims.index("item")
    axes = [cube.dims.index(dim) for dim in query.dims]
    rank = {name: place for place, name in enumerate(query.rating)}
    kept = [place for place, group in enumerate(cube.groups) if group[axis] in rank]
    targets = [tuple(cube.groups[place][a] for a in axes) for place in kept]
    narrowed = cube.roll_up(*query.dims) if query.dims else None
    known: list[tuple[Label, ...]]
    known = [()] if narrowed is None else [g for g in narrowed.groups if g in set(targets)]
    if len(query.rating) > 1:  # items keep the order in which they were asked for
        known.sort(key=lambda group: rank[str(group[0])])
    places = {group: place for place, group in enumerate(known)}
    moved = cube.cells.mapped(kept, [places[target] for target in targets], len(known))
    return Cube(query.scale, query.dims, tuple(known), moved)


def sums(codes: NDArray[Any], values: Floats, size: int) -> Floats:
    """Add the values of each code; shape (size,)."""
    return np.bincount(codes, values, minlength=size).astype(np.float64, copy=False)


def columns_of(data: Any, names: Iterable[str]) -> dict[str, Any]:
    """Return columns by name from rows in memory.

    Raises:
        ColumnError: a column is missing.
        UsageError: the rows are not in memory, or no rows at all.
    """
    if isinstance(data, Batch):
        data = data.require().native()
    if isinstance(data, Mapping):
        return {name: column_of(data, name) for name in names}
    import narwhals as nw  # loads no data frame library, but costs a tenth of a second

    try:
        frame: Any = nw.from_native(data)
    except TypeError:
        frame = None
    if not isinstance(frame, nw.DataFrame):
        raise UsageError(
            f"can't weight the rows of a {type(data).__name__}: hand over columns by name, a data "
            "frame in memory (pandas, polars, pyarrow), a Batch, or a cube: "
            "cx.tally(data, scale, rating='…', by=[the margins])."
        )
    for name in names:
        if name not in frame.columns:
            raise no_column(name, frame.columns)
    return {name: frame[name] for name in names}
