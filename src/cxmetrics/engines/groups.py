"""From the rows of a `GROUP BY` to a cube: what every engine ends with that asks a database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cxmetrics.engines.arrays import joint_groups
from cxmetrics.engines.assemble import Rows, assemble
from cxmetrics.engines.encode import (
    encode,
    missing_numbers,
    numeric,
    point_codes,
    refuse_off_scale,
    refuse_weights,
)
from cxmetrics.summaries import Cube

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxmetrics.engines.query import Query


def count_groups(
    query: Query,
    keys: Mapping[str, Any],
    number: NDArray[np.int64],
    *,
    weight: NDArray[np.float64] | None = None,
    square: NDArray[np.float64] | None = None,
    bad: int = 0,
) -> Cube:
    """Answer a query from groups of rows that are equal in every column it reads.

    Args:
        query: what to count.
        keys: the columns of the query but the weight, one value a group: narwhals series, arrays or
            lists.
        number: shape (groups,): how many rows each stands for.
        weight: shape (groups,): the sum of their weights; None where nothing is weighted.
        square: shape (groups,): the sum of their squared weights.
        bad: how many rows have a weight that is missing, negative or infinite.

    Raises:
        ColumnError: weights can't be used, or a rating is no number.
        ScaleError: a rating is no point of the scale and is not to be set aside.
    """
    if query.weight is not None and bad:
        refuse_weights(query.weight, "missing, negative or infinite", bad)
    boolean = query.scale.points == (0, 1)
    missing = missing_numbers(query.missing)
    ratings = [
        numeric(keys[name], name, missing=query.missing, boolean=boolean) for name in query.rating
    ]
    codes = [point_codes(values, query.scale, missing) for values in ratings]
    if query.off_scale == "error":
        for values, name, own in zip(ratings, query.rating, codes, strict=True):
            off = int(number[own == query.scale.size + 1].sum())
            if off:
                refuse_off_scale(values, name, query.scale, missing, off)
    groups, labels = joint_groups([encode(keys[name]) for name in query.by], len(number))
    return assemble(
        query,
        Rows(
            points=np.stack(codes, axis=1),
            groups=np.zeros(len(number), np.intp) if groups is None else groups,
            labels=labels,
            number=number,
            weight=weight,
            square=square,
            unit=None if query.unit is None else encode(keys[query.unit]),
            strata=None if query.strata is None else encode(keys[query.strata]),
        ),
    )
