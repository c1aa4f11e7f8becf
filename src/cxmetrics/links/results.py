"""Columns of results: numbers beside ratings, with their gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cxmetrics.engines.columns import columns_of
from cxmetrics.engines.encode import missing_numbers, numeric, weights
from cxmetrics.errors import Caution, ColumnError, DataError, UsageError
from cxmetrics.metrics.text import count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_LOST = 0.1


def several(names: str | Sequence[str], what: str) -> tuple[str, ...]:
    """Return names as a tuple, each once.

    Raises:
        UsageError: none is named, or one twice.
    """
    found = (names,) if isinstance(names, str) else tuple(names)
    if not found:
        raise UsageError(f"no {what} is named.")
    if len(set(found)) < len(found):
        raise UsageError(f"a {what} is named twice: {', '.join(found)}.")
    return found


def measured(column: Any, name: str, missing: Sequence[Any] = ()) -> Floats:
    """Return a column of numbers as floats, NaN where there is none.

    Raises:
        ColumnError: it holds texts, or something infinite.
    """
    values = numeric(column, name, missing=missing, boolean=True).astype(np.float64)
    values[np.isin(values, missing_numbers(missing))] = np.nan
    if np.isinf(values).any():
        raise ColumnError(f"{name!r} is infinite at index {int(np.isinf(values).argmax())}.")
    return values


def read(
    data: Any,
    names: Sequence[str],
    *,
    weight: str | None = None,
    where: Any = None,
    missing: Sequence[Any] = (),
) -> tuple[dict[str, Floats], Floats | None]:
    """Return columns of numbers, and the weights; rows of weight 0 are no rows.

    Raises:
        ColumnError: a column is not there, or holds no numbers.
        DataError: there is no row.
    """
    asked = [*names, *([] if weight is None else [weight])]
    columns = columns_of(data, asked, where=where)
    own = None if weight is None else weights(columns[weight], weight)
    found = {name: measured(columns[name], name, missing) for name in names}
    if not len(next(iter(found.values()))):
        raise DataError("there is no row: does where= keep none?")
    if own is not None and not own.any():
        raise ColumnError(f"all weights in {weight!r} are zero.")
    return found, own


def lost(kept: int, rows: int, what: str) -> list[Caution]:
    """Say how many rows are left out for a gap, if that is many."""
    if rows - kept <= _LOST * rows:
        return []
    return [
        Caution(
            "INCOMPLETE_ROWS",
            f"{count(rows - kept)} of {count(rows)} {what} miss a value and are left out: the "
            "result is about the others.",
        )
    ]


def numbers_by_key(outcome: Any) -> dict[Any, float]:
    """Return results by group as numbers; a missing one is left out.

    Raises:
        ColumnError: one is no number, or infinite.
        UsageError: these are no results by group.
    """
    if not isinstance(outcome, Mapping):
        raise UsageError(
            f"results are {{group: number}}, with the groups of the scores, not a "
            f"{type(outcome).__name__}."
        )
    keys = list(outcome)
    values = measured(list(outcome.values()), "the result")
    return {key: value for key, value in zip(keys, values.tolist(), strict=True) if value == value}
