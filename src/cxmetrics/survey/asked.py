"""Invitations as columns: who was asked, when, how, and whether an answer came."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from cxmetrics.engines.encode import Labels, encode, is_missing, is_series
from cxmetrics.errors import ColumnError
from cxmetrics.survey.respondents import columns_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DAY = 86_400.0


def named(data: Any, names: list[str], *, maybe: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return columns of invitations; those in `maybe` only where they are there."""
    columns = columns_of(data, names)
    for name in maybe:
        try:
            columns |= columns_of(data, [name])
        except ColumnError:
            continue
    return columns


def given(column: Any) -> NDArray[np.bool_]:
    """Say where a column holds a value."""
    found: NDArray[np.bool_]
    if is_series(column):
        found = ~column.is_null().to_numpy()
    elif isinstance(column, np.ndarray) and column.dtype.kind == "M":
        found = ~np.isnat(column)
    else:
        found = np.array([not is_missing(value) for value in column], dtype=bool)
    return found


def truths(column: Any, name: str) -> Floats:
    """Return True as 1, False as 0, missing as NaN.

    Raises:
        ColumnError: a value is none of them.
    """
    if is_series(column):
        column = column.to_list()
    found = np.full(len(column), np.nan)
    for row, value in enumerate(column):
        if is_missing(value):
            continue
        if value not in (0, 1):
            raise ColumnError(f"{name!r} holds {value!r} (row {row}): true, false or nothing.")
        found[row] = float(value)
    return found


def seconds(column: Any, name: str) -> Floats:
    """Return moments as seconds.

    Raises:
        ColumnError: a value is missing or no moment.
    """
    if is_series(column):
        column = column.to_list()
    if isinstance(column, np.ndarray) and column.dtype.kind == "M":
        found = column.astype("datetime64[us]").astype(np.int64) / 1e6
        if np.isnat(column).any():
            raise ColumnError(f"{name!r} is empty in row {int(np.isnat(column).argmax())}.")
        return found
    values = list(column)
    times = np.empty(len(values))
    for row, value in enumerate(values):
        if isinstance(value, dt.datetime) and value == value:  # NaT differs from itself
            moment = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
        elif isinstance(value, dt.date) and value == value:  # the same
            moment = dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC)
        else:
            raise ColumnError(
                f"{name!r} holds {value!r} (row {row}): a moment is a datetime or a date."
            )
        times[row] = moment.timestamp()
    return times


def customers(column: Any) -> Labels:
    """Number the customers.

    Raises:
        ColumnError: an invitation has none.
    """
    found = encode(column)
    if None in found.labels and (found.codes == found.labels.index(None)).any():
        nameless = int((found.codes == found.labels.index(None)).sum())
        raise ColumnError(f"{nameless} invitations do not say which customer was asked.")
    return found
