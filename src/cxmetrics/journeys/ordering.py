"""The order of events: by owner, then time, then row, with one sort of packed integers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from cxmetrics.summaries.sequences import over_chunks, picked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

_BITS = 63
_CHUNK = 1 << 16


@frozen(eq=False)
class Ordered:
    """Sorted keys: `keys >> bits` are the owners, and the low bits say where the rows are.

    Attributes:
        keys: shape (rows,).
        bits: how many bits lie below the owner.
        mask: the bits of the row.
        rows: the rows by what the low bits say; None where they are the row itself.
    """

    keys: Ints
    bits: int
    mask: int
    rows: Ints | None = None

    def row(self, keys: Ints) -> Ints:
        """Return the rows of keys."""
        found = keys & self.mask
        return found if self.rows is None else self.rows[found]


@frozen(eq=False)
class Events:
    """Events in order, cut where the owner changes or too long a time has passed.

    Attributes:
        codes: shape (events,): of the steps.
        at: shape (events,): microseconds.
        rows: shape (events,): where each was.
        begins: shape (paths,): where each path begins.
        owner: shape (paths,): whose it is.
        ties: how many events share owner and instant with the one before.
    """

    codes: NDArray[Any]
    at: Ints
    rows: Ints
    begins: Ints
    owner: Ints
    ties: int


def arranged(
    owner: NDArray[Any], size: int, codes: NDArray[Any], at: Ints, *, gap: int | None
) -> Events:
    """Bring events into the order of owner, time and row, and cut them into paths.

    Args:
        owner: shape (rows,): integers below `size`; with the rows they fit in 63 bits.
        size: see `owner`.
        codes: shape (rows,): of the steps.
        at: shape (rows,): microseconds.
        gap: the microseconds after which a new path begins; None for never.
    """
    order = ordered(owner, size, at)
    keys = order.keys
    sorted_codes, sorted_at = np.empty_like(codes), np.empty(len(at), dtype=np.int64)
    last = keys[np.maximum(np.arange(0, len(keys), _CHUNK) - 1, 0)]  # before each chunk
    last_at = at[order.row(last)]

    def chunk(first: int) -> tuple[Ints, Ints, int]:
        here, number = slice(first, first + _CHUNK), first // _CHUNK
        mine = keys[here] >> order.bits
        rows = order.row(keys[here])
        np.take(codes, rows, out=sorted_codes[here], mode="clip")
        np.take(at, rows, out=sorted_at[here], mode="clip")
        waited = np.diff(sorted_at[here], prepend=last_at[number])
        fresh = np.diff(mine, prepend=last[number] >> order.bits) != 0
        if not first:
            fresh[0] = True
        ties = int(np.count_nonzero((waited == 0) & ~fresh))
        if gap is not None:
            fresh |= waited > gap
        keys[here] = rows  # nobody needs the key any more: its place is the row's
        return np.flatnonzero(fresh) + first, mine[fresh], ties

    done = over_chunks(len(keys), _CHUNK, chunk)
    begins = [found[0] for found in done] or [np.zeros(0, dtype=np.int64)]
    owners = [found[1] for found in done] or [np.zeros(0, dtype=np.int64)]
    return Events(
        codes=sorted_codes,
        at=sorted_at,
        rows=keys,
        begins=np.concatenate(begins),
        owner=np.concatenate(owners),
        ties=sum(found[2] for found in done),
    )


def ordered(owner: NDArray[Any], size: int, at: Ints) -> Ordered:
    """Sort rows by owner, time and row.

    Values are sorted, not indices: owner, time and row lie in one integer, which numpy sorts with
    vector instructions, ten times faster than it sorts indices. Where the three need more than 63
    bits, the rows are brought into the order of time first.

    Args:
        owner: shape (rows,): integers below `size`.
        size: see `owner`.
        at: shape (rows,): microseconds.
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
    if _bits(span) + below > _BITS:
        order = _by_time(at)
    else:
        since <<= below
        _number(since)
        if _bits(size) + _bits(span) + below <= _BITS:
            bits = _bits(span) + below
            since |= np.left_shift(owner, bits, dtype=np.int64)
            since.sort()
            return Ordered(since, bits, (1 << below) - 1)
        since.sort()
        since &= (1 << below) - 1
        order = since
    found = _by_owner(picked(owner, order), below)
    return Ordered(found.keys, found.bits, found.mask, order)


def _bits(size: int) -> int:
    return max(size - 1, 0).bit_length()


def _number(key: Ints) -> None:
    """Put the row into the low bits, a chunk at a time."""
    for first in range(0, len(key), _CHUNK):
        part = key[first : first + _CHUNK]
        part |= np.arange(first, first + len(part))


def _by_owner(owner: NDArray[Any], below: int) -> Ordered:
    key = np.left_shift(owner, below, dtype=np.int64)
    _number(key)
    key.sort()
    return Ordered(key, below, (1 << below) - 1)


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
