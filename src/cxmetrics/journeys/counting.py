"""From paths to their flow: a few linear passes over the events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxmetrics.journeys.instants import EPOCH, MICROSECOND
from cxmetrics.summaries.flow import Flow
from cxmetrics.summaries.waits import Waits, buckets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cxmetrics.journeys.path import Paths
    from cxmetrics.journeys.variant import Variants

    Ints = NDArray[np.int64]

_CHUNK = 1 << 18
_BINS = 1 << 16


def flow_of(paths: Paths, variants: Variants) -> Flow:
    """Count the flow of paths whose variants are known."""
    k = len(paths.steps)
    last = paths.codes[paths.starts[1:] - 1]
    counts, waits = _moves(paths, k)
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


def _moves(paths: Paths, k: int) -> tuple[Ints, Waits]:
    """Count transitions and, in the same pass, how long each took."""
    codes, at, starts = paths.codes, paths.at, paths.starts
    counts = np.zeros((k + 1, k + 1), dtype=np.int64)
    width = _width(paths)
    cells = (k + 1) * (k + 1)
    histogram = np.zeros(cells * width, dtype=np.int64)
    dense = len(histogram) <= _CHUNK
    for begin in range(0, len(codes) - 1, _CHUNK):
        here = slice(begin, min(begin + _CHUNK, len(codes) - 1))
        then = slice(here.start + 1, here.stop + 1)
        wait = at[then] - at[here]
        low, high = np.searchsorted(starts, [then.start, then.stop])
        between = starts[low:high] - then.start  # not a move: another path begins
        wait[between] = 0
        cell = codes[here].astype(np.int64)
        cell *= k + 1
        cell += codes[then]
        cell[between] = cells - 1  # from START to END: no path does that
        cell *= width
        cell += buckets(wait)
        if dense:
            histogram += np.bincount(cell, minlength=len(histogram))
        else:
            np.add.at(histogram, cell, 1)
    histogram[-width:] = 0
    waiting = np.flatnonzero(paths.censored)
    if len(waiting) and paths.until is not None:
        ends = starts[waiting + 1] - 1
        elapsed = (paths.until - EPOCH) // MICROSECOND - at[ends]
        place = codes[ends].astype(np.int64) * (k + 1) + k
        np.add.at(histogram, place * width + buckets(elapsed), 1)
    table = histogram.reshape(k + 1, k + 1, width)
    counts[:k, :k] = table[:k, :k].sum(axis=2)
    return counts, Waits.counted(histogram, width=width)


def _width(paths: Paths) -> int:
    """Return how many buckets the longest wait of these paths needs."""
    if not len(paths):
        return 1
    longest = int((paths.at[paths.starts[1:] - 1] - paths.at[paths.starts[:-1]]).max())
    if paths.gap is not None:
        longest = min(longest, paths.gap // MICROSECOND)
        longest = max(longest, paths.gap // MICROSECOND if paths.censored.any() else 0)
    return int(buckets(np.array([longest]))[0]) + 1


def ever_at(paths: Paths) -> tuple[Ints, Ints]:
    """Count paths that were at each step, and those that were there again."""
    k = len(paths.steps)
    ever, again = np.zeros(k, dtype=np.int64), np.zeros(k, dtype=np.int64)
    block = max(_BINS // max(k, 1), 1)
    lengths = paths.lengths
    for begin in range(0, len(paths), block):
        end = min(begin + block, len(paths))
        events = slice(paths.starts[begin], paths.starts[end])
        key = np.repeat(np.arange(0, (end - begin) * k, k), lengths[begin:end])
        key += paths.codes[events]
        table = np.bincount(key, minlength=(end - begin) * k).reshape(end - begin, k)
        ever += np.count_nonzero(table, axis=0)
        again += np.count_nonzero(table > 1, axis=0)
    return ever, again


def _returning(paths: Paths) -> int:
    back = np.zeros(len(paths.codes), dtype=np.bool_)
    np.less(paths.codes[1:], paths.codes[:-1], out=back[1:])
    back[paths.starts[:-1]] = False
    if not back.any():
        return 0
    return int(np.logical_or.reduceat(back, paths.starts[:-1]).sum())


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
    end = None if paths.until is None else (paths.until - EPOCH) // MICROSECOND
    reached = np.zeros(len(chain), dtype=np.int64)
    cells, waits = [], []
    alive = np.arange(len(paths))
    place = paths.starts[:-1]
    for level, code in enumerate(chain):
        events = np.flatnonzero(paths.codes == code)
        if not len(events):
            found = np.full(len(alive), len(paths.codes))
        else:
            next_ = np.searchsorted(events, place)
            found = events[np.minimum(next_, len(events) - 1)]
            found = np.where(next_ < len(events), found, len(paths.codes))
        there = found < paths.starts[alive + 1]
        if level and len(alive):
            since = paths.at[place - 1]
            took = paths.at[found[there]] - since[there]
            still = paths.censored[alive] & ~there
            cells += [np.full(len(took), level), np.full(int(still.sum()), len(chain) + level)]
            waits += [took, (end or 0) - since[still]]
        alive, place = alive[there], found[there] + 1
        reached[level] = len(alive)
    if not cells:
        return reached, _NONE
    return reached, Waits.of(np.concatenate(cells), np.concatenate(waits))
