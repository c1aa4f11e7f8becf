"""What several items together must be before anything is made of them."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan
from typing import Final

import numpy as np

from cxmetrics.errors import Caution, DataError
from cxmetrics.metrics.text import count
from cxmetrics.summaries import Moments

_LOST: Final = 0.1
_ROUNDING: Final = 1e-9


def refuse_items(found: Moments, *, least: int) -> None:
    """Refuse moments with an empty or constant item, or of too few rows.

    Raises:
        DataError: always says which column, and what to do.
    """
    names, rows = found.items, count(found.rows)
    if not found.rows:
        raise DataError("there is no row: does where= keep none?")
    gone = found.missing + found.off_scale
    most = int(np.argmax(gone))
    if gone[most] == found.rows:
        raise DataError(f"{names[most]!r} has no answer in {rows} rows: leave it out.")
    if found.n < least:
        hint = (
            f" {names[most]!r} is missing most often ({count(int(gone[most]))} rows): leave it out."
            if gone[most]
            else ""
        )
        raise DataError(
            f"{len(names)} items need at least {least} complete rows; there are {count(found.n)} "
            f"of {rows}.{hint}"
        )
    if found.n_effective < least - _ROUNDING:
        raise DataError(
            f"{len(names)} items need answers worth at least {least}; with their weights these are "
            f"worth {found.n_effective:.1f}."
        )
    whole = found.correlation
    for name, own, mean in zip(names, np.diag(whole), found.mean, strict=True):
        if isnan(own):
            raise DataError(
                f"{name!r} has no variance: all {count(found.n)} rows hold {mean:g}. Leave it out."
            )
    if np.isnan(whole).any():
        row, column = np.argwhere(np.isnan(whole))[0]
        raise DataError(
            f"{names[row]!r} and {names[column]!r} have no correlation: in the rows that hold both "
            "one is constant. Leave one out."
        )


def lost_rows(moments: Moments) -> Iterator[Caution]:
    """Say how many rows listwise deletion left out, if that is many."""
    lost = 1 - moments.n / moments.rows
    if moments.gaps == "listwise" and lost > _LOST:
        most = moments.items[int(np.argmax(moments.missing))]
        yield Caution(
            "INCOMPLETE_ROWS",
            f"{100 * lost:.0f} % of the rows miss an item and are left out ({most} is missing most "
            "often): the result is about those who rated everything.",
        )
