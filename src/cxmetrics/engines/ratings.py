"""One column of ratings, as points of its scale or as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cxmetrics.engines.encode import missing_numbers, numeric, point_codes, refuse_off_scale
from cxmetrics.engines.query import OffScale
from cxmetrics.scale import Scale

if TYPE_CHECKING:
    from numpy.typing import NDArray


def points_of(
    column: Any,
    name: str,
    scale: Scale,
    *,
    missing: Sequence[Any] = (),
    off_scale: OffScale = "error",
) -> tuple[NDArray[np.intp], int]:
    """Return the number of each rating's point, and how many ratings are no point.

    0 to size-1; the size of the scale where it is missing, one more where it is no point.

    Args:
        column: of the data.
        name: what to call it in errors.
        scale: of the ratings.
        missing: values that stand for "no answer".
        off_scale: `"error"`, or `"set_aside"`.

    Raises:
        ColumnError: the column holds no numbers.
        ScaleError: a rating is no point of the scale.
    """
    values = numeric(column, name, missing=missing, boolean=scale.points == (0, 1))
    coded = missing_numbers(missing)
    codes = point_codes(values, scale, coded)
    off = int((codes == scale.size + 1).sum())
    if off and off_scale == "error":
        refuse_off_scale(values, name, scale, coded, off)
    return codes, off


def rated(
    column: Any,
    name: str,
    scale: Scale,
    *,
    missing: Sequence[Any] = (),
    off_scale: OffScale = "error",
) -> tuple[NDArray[np.float64], int]:
    """Return ratings as numbers, NaN where there is none, and how many were no point.

    As `points_of`.
    """
    codes, off = points_of(column, name, scale, missing=missing, off_scale=off_scale)
    return np.array([*scale.points, np.nan, np.nan])[codes], off
