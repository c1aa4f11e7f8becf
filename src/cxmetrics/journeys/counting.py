"""From paths to their flow: linear passes over blocks of events that stay in the cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cxmetrics.journeys.instants import EPOCH, MICROSECOND
from cxmetrics.summaries.flow import Flow
from cxmetrics.summaries.sequences import over_blocks
from cxmetrics.summaries.waits import BUCKETS, Waits, buckets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cxmetrics.journeys.path import Paths
    from cxmetrics.journeys.variant import Variants

    Ints = NDArray[np.int64]

_DENSE = 1 << 18  # bins of a histogram that a block may have of its own


def flow_of(paths: Paths, variants: Variants) -> Flow:
    """Count the flow of paths whose variants are known."""
    k = len(paths.steps)
    last = paths.codes[paths.starts[1:] - 1]
    moves, waits = _moves(paths)
    counts = np.zeros((k + 1, k + 1), dtype=np.int64)
    counts[:k, :k] = moves
    counts[k, :k] = np.bincount(paths.codes[paths.starts[:-1]], minlength=k)
    open_ = np.bincount(last[paths.censored], minlength=k)
    counts[:k, k] = np.bincount(last, minlength=k) - open_
    ever, repeated = ever_at(paths)
    reached, climbs = _reach(paths, range(k)) if paths.declared else (ever * 0, _NONE)
    return Flow(
        steps=paths.steps,
        declared=paths.declared,
        paths=len(paths),
        customers=len(paths.customers),
        counts=counts,
        open=open_,
        ever=ever,
        repeated=repeated,
        reached=reached,
        returning=_returning(paths) if paths.declared else 0,
        waits=waits,
        climbs=climbs,
        codes=variants.codes,
        starts=variants.starts,
        variants=variants.counts,
        gap=None if paths.gap is None else paths.gap // MICROSECOND,
        who=paths.customers,
        cautions=paths.cautions,
    )


_NONE = Waits(np.zeros(0, np.int64), np.zeros(0, np.int64))


def _moves(paths: Paths) -> tuple[Ints, Waits]:
    """Count transitions and, in the same pass, how long each took."""
    k, starts = len(paths.steps), paths.starts
    width = _width(paths)
    total = np.zeros((k + 1) * (k + 1) * width, dtype=np.int64)
    dense = len(total) <= _DENSE

    def block(first: int, stop: int) -> list[Any]:
        events = slice(starts[first], starts[stop])
        codes = paths.codes[events]
        cell = codes[:-1].astype(np.int64)
        cell *= k + 1
        cell += codes[1:]
        wait = np.diff(paths.at[events])
        between = starts[first + 1 : stop] - events.start - 1  # not a move: another path begins
        wait[between] = 0
        cell[between] = k * (k + 1) + k  # from START to END: no path does that
        cell *= width
        cell += buckets(wait)
        if dense:
            return [np.bincount(cell, minlength=len(total))]
        np.add.at(total, cell, 1)
        return []

    for (found,) in filter(None, over_blocks(starts, block, threads=dense)):
        total += found
    total[-width:] = 0
    waiting = np.flatnonzero(paths.censored)
    if len(waiting):
        ends = starts[waiting + 1] - 1
        place = paths.codes[ends].astype(np.int64) * (k + 1) + k
        np.add.at(total, place * width + buckets(_end(paths) - paths.at[ends]), 1)
    moves = total.reshape(k + 1, k + 1, width)[:k, :k].sum(axis=2)
    return moves, Waits.counted(total, width=width)


def _end(paths: Paths) -> int:
    return 0 if paths.until is None else (paths.until - EPOCH) // MICROSECOND


def _width(paths: Paths) -> int:
    """Return how many buckets the longest wait of these paths needs."""
    if not len(paths):
        return 1
    longest = int((paths.at[paths.starts[1:] - 1] - paths.at[paths.starts[:-1]]).max())
    if paths.gap is not None:
        gap = paths.gap // MICROSECOND
        longest = gap if paths.censored.any() else min(longest, gap)
    return int(buckets(np.array([longest]))[0]) + 1


def ever_at(paths: Paths) -> tuple[Ints, Ints]:
    """Count paths that were at each step, and those that were there again."""
    k, starts = len(paths.steps), paths.starts
    lengths = paths.lengths

    def block(first: int, stop: int) -> list[Ints]:
        key = np.repeat(np.arange(0, (stop - first) * k, k), lengths[first:stop])
        key += paths.codes[starts[first] : starts[stop]]
        table = np.bincount(key, minlength=(stop - first) * k).reshape(stop - first, k)
        return [np.count_nonzero(table, axis=0), np.count_nonzero(table > 1, axis=0)]

    total = np.zeros((2, k), dtype=np.int64)
    for found in over_blocks(starts, block):
        total += found
    return total[0], total[1]


def _returning(paths: Paths) -> int:
    def block(first: int, stop: int) -> int:
        codes = paths.codes[paths.starts[first] : paths.starts[stop]]
        starts = paths.starts[first:stop] - paths.starts[first]
        back = np.zeros(len(codes), dtype=np.bool_)
        np.less(codes[1:], codes[:-1], out=back[1:])
        back[starts] = False
        return int(np.logical_or.reduceat(back, starts).sum())

    return sum(over_blocks(paths.starts, block))


def reached_in(paths: Paths, chain: Sequence[int]) -> Ints:
    """Count paths that reach steps in order: see `Flow.reached`."""
    return _reach(paths, chain)[0]


def _reach(paths: Paths, chain: Sequence[int]) -> tuple[Ints, Waits]:
    """Follow paths through steps in order, each the first time after the one before.

    Args:
        paths: the paths.
        chain: codes of the steps, in order.

    Returns:
        How many paths reached each, and the waits between: see `Flow.climbs`.
    """
    end, many = _end(paths), len(chain)
    cells = 2 * many * BUCKETS

    def block(first: int, stop: int) -> list[Ints]:
        events = slice(paths.starts[first], paths.starts[stop])
        codes, at = paths.codes[events], paths.at[events]
        starts = paths.starts[first : stop + 1] - events.start
        reached, keys = np.zeros(many, dtype=np.int64), []
        # One step past the end, so that a path without the step finds no path's event.
        alive, place = np.arange(stop - first), starts[:-1]
        for level, code in enumerate(chain):
            here = np.append(np.flatnonzero(codes == code), len(codes))
            found = here[np.searchsorted(here, place)]
            there = found < starts[alive + 1]
            if level and len(alive):
                since = at[place - 1]
                took = at[found[there]] - since[there]
                keys.append(level * BUCKETS + buckets(took))
                still = paths.censored[first + alive] & ~there
                if still.any():
                    keys.append((many + level) * BUCKETS + buckets(end - since[still]))
            alive, place = alive[there], found[there] + 1
            reached[level] = len(alive)
        waits = np.concatenate(keys) if keys else np.zeros(0, dtype=np.int64)
        return [reached, np.bincount(waits, minlength=cells)]

    reached, waits = np.zeros(many, dtype=np.int64), np.zeros(cells, dtype=np.int64)
    for got, took in over_blocks(paths.starts, block):
        reached += got
        waits += took
    return reached, Waits.counted(waits, width=BUCKETS)
