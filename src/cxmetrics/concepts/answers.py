"""Answers as columns: several ratings of one respondent, with groups, weights and units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from cxmetrics.engines.arrays import joint_groups
from cxmetrics.engines.columns import columns_of
from cxmetrics.engines.encode import (
    encode,
    missing_numbers,
    numeric,
    weights,
)
from cxmetrics.engines.query import OffScale
from cxmetrics.engines.ratings import rated
from cxmetrics.errors import Caution, ColumnError, DataError, UsageError
from cxmetrics.metrics.text import count
from cxmetrics.scale import Scale
from cxmetrics.stats.averages import Averages, averages
from cxmetrics.summaries import Label

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

Scales = Scale | Mapping[str, Scale] | None


@frozen(kw_only=True, eq=False)
class Answers:
    """What was read.

    Attributes:
        items: by name, shape (rows,): ratings, NaN where missing.
        labels: the groups: the label of each, or a tuple of labels for several columns.
        groups: shape (rows,): index into `labels`.
        weight: shape (rows,), or None.
        unit: shape (rows,): codes of who answered, or None where each row is a respondent.
        strata: shape (rows,), or None.
        off_scale: by name, ratings that were set aside.
        cautions: what was set aside, and what the data say of themselves.
    """

    items: dict[str, Floats]
    labels: tuple[Label | tuple[Label, ...], ...]
    groups: Ints
    weight: Floats | None
    unit: Ints | None
    strata: Ints | None
    off_scale: dict[str, int]
    cautions: tuple[Caution, ...]

    @property
    def rows(self) -> int:
        """Rows read."""
        return len(self.groups)

    def matrix(self, names: Sequence[str]) -> Floats:
        """Return items side by side, shape (rows, items)."""
        return np.column_stack([self.items[name] for name in names])

    def averages(self, values: Floats, *, groups: Ints | None = None, size: int = 1) -> Averages:
        """Return the means of a column, with these weights, units and strata.

        Args:
            values: shape (rows,); NaN where missing.
            groups: shape (rows,): below 0 for none; one group where left out.
            size: the number of groups.
        """
        return averages(
            values,
            groups=groups,
            size=size,
            weights=self.weight,
            units=self.unit,
            strata=self.strata,
        )


def answers(
    data: Any,
    items: Sequence[str],
    *,
    scale: Scales = None,
    by: str | Sequence[str] | None = None,
    weight: str | None = None,
    unit: str | None = None,
    strata: str | None = None,
    where: Any = None,
    missing: Sequence[Any] = (),
    off_scale: OffScale = "error",
) -> Answers:
    """Read columns of ratings, one row a respondent.

    Args:
        data: columns by name, or a data frame.
        items: the columns of ratings, or of measurements where they have no scale.
        scale: of all items, or by name.
        by: the column or columns that make groups.
        weight: the column of survey weights.
        unit: the column that says who answered.
        strata: the column of sampling strata.
        where: rows to keep.
        missing: values that stand for "no answer".
        off_scale: `"error"`, or `"set_aside"` to count ratings that are no point of the scale and
            treat them as missing.

    Raises:
        ColumnError: a column is missing (the close names are said) or holds the wrong values.
        DataError: there is no row.
        ScaleError: a rating is no point of its scale.
        UsageError: no item is named, or one twice.
    """
    names = tuple(items)
    if not names:
        raise UsageError("no item is named.")
    if len(set(names)) < len(names):
        raise UsageError(f"an item is named twice: {', '.join(names)}.")
    dims = () if by is None else (by,) if isinstance(by, str) else tuple(by)
    extra = [name for name in (weight, unit, strata) if name is not None]
    columns = columns_of(data, (*names, *dims, *extra), where=where)
    rows = len(columns[names[0]])
    if not rows:
        raise DataError("there is no row: does where= keep none?")
    found: dict[str, Floats] = {}
    aside: dict[str, int] = {}
    for name in names:
        own = scale.get(name) if isinstance(scale, Mapping) else scale
        found[name], aside[name] = _item(columns[name], name, own, missing, off_scale)
    joint, every = joint_groups([encode(columns[name]) for name in dims], rows)
    # a categorical column may name labels that no row has
    present, group = np.unique(np.zeros(rows) if joint is None else joint, return_inverse=True)
    labels = [every[int(place)] for place in present]
    weighted = None if weight is None else weights(columns[weight], weight)
    if weighted is not None and not weighted.any():
        raise ColumnError(f"all weights in {weight!r} are zero: there is nothing to measure.")
    says = getattr(data, "__cx_cautions__", None)
    told: tuple[Caution, ...] = () if says is None else tuple(says(where))
    lost = sum(aside.values())
    said = f"{count(lost)} ratings are no point of their scale and were set aside."
    return Answers(
        items=found,
        labels=tuple(label[0] if len(dims) < 2 and label else label for label in labels),
        groups=group.astype(np.intp),
        weight=weighted,
        unit=None if unit is None else encode(columns[unit]).codes,
        strata=None if strata is None else encode(columns[strata]).codes,
        off_scale=aside,
        cautions=(*told, *((Caution("OFF_SCALE", said),) if lost else ())),
    )


def _item(
    column: Any, name: str, scale: Scale | None, missing: Sequence[Any], off_scale: OffScale
) -> tuple[Floats, int]:
    if scale is not None:
        return rated(column, name, scale, missing=missing, off_scale=off_scale)
    found = numeric(column, name, missing=missing, boolean=True).astype(np.float64)
    found[np.isin(found, missing_numbers(missing))] = np.nan
    if np.isinf(found).any():
        raise ColumnError(f"{name!r} is infinite at index {int(np.isinf(found).argmax())}.")
    return found, 0
