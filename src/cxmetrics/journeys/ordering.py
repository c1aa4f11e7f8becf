"""The order of events: by owner, then time, then row, with one sort of packed integers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxmetrics.summaries.sequences import picked

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

_BITS = 63
_CHUNK = 1 << 16


def _bits(size: int) -> int:
    return max(size - 1, 0).bit_length()


def ordered(owner: NDArray[Any], size: int, at: Ints) -> tuple[Ints, int, Ints]:
    """Return the owners, sorted, and the rows in that order.

    Values are sorted, not indices: owner, time and row lie in one integer, which numpy sorts with
    vector instructions, ten times faster than it sorts indices. Where the three need more than 63
    bits, the rows are brought into the order of time first.

    Args:
        owner: shape (rows,): integers below `size`.
        size: see `owner`.
        at: shape (rows,): microseconds.

    Returns:
        Sorted keys and the bits to shift them by, `keys >> bits` being the owners; and the rows.
    """
    rows = len(owner)
    below = _bits(rows)
    if rows == 0 or (at[1:] >= at[:-1]).all():
        return _by_owner(owner, below)
    low, unit = int(at.min()), 1
    since = at - low
    for coarse in (1_000_000, 1_000):
        if not (since % coarse).any():
            unit = coarse
            break
    span = (int(at.max()) - low) // unit + 1
    if unit > 1:
        since //= unit
    if _bits(size) + _bits(span) + below <= _BITS:
        since <<= below
        _number(since)
        since |= np.left_shift(owner, _bits(span) + below, dtype=np.int64)
        since.sort()
        return since, _bits(span) + below, since & ((1 << below) - 1)
    if _bits(span) + below <= _BITS:
        since <<= below
        _number(since)
        since.sort()
        since &= (1 << below) - 1
        order = since
    else:
        order = _by_time(at)
    keys, bits, places = _by_owner(picked(owner, order), below)
    return keys, bits, picked(order, places)


def _number(key: Ints) -> None:
    """Put the row into the low bits, a chunk at a time."""
    for first in range(0, len(key), _CHUNK):
        part = key[first : first + _CHUNK]
        part |= np.arange(first, first + len(part))


def _by_owner(owner: NDArray[Any], below: int) -> tuple[Ints, int, Ints]:
    key = np.left_shift(owner, below, dtype=np.int64)
    _number(key)
    key.sort()
    return key, below, key & ((1 << below) - 1)


def _by_time(at: Ints) -> Ints:
    """Sort rows by time, equal times by row, without a stable sort of everything."""
    order: Ints = np.argsort(at)
    sorted_ = at[order]
    same = sorted_[1:] == sorted_[:-1]
    if same.any():
        tied = np.zeros(len(at), dtype=np.bool_)
        tied[1:] |= same
        tied[:-1] |= same
        members = order[tied]
        order[tied] = members[np.lexsort((members, at[members]))]
    return order
