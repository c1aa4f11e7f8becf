"""From paths to their flow: linear passes over blocks of events that stay in the cache.

What only depends on the sequence of steps is counted once a variant, and weighted; only times need
every event.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np

from cxmetrics.engines.instants import EPOCH, MICROSECOND
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
    ever, repeated = ever_at(variants)
    places = places_in(variants, range(k) if paths.declared else ())
    return Flow(
        steps=paths.steps,
        declared=paths.declared,
        paths=len(paths),
        customers=len(paths.customers),
        counts=counts,
        open=open_,
        ever=ever,
        repeated=repeated,
        reached=(places >= 0) @ variants.counts if paths.declared else ever * 0,
        returning=_returning(variants) if paths.declared else 0,
        waits=waits,
        climbs=_climbs(paths, variants, places),
        codes=variants.codes,
        starts=variants.starts,
        variants=variants.counts,
        gap=None if paths.gap is None else paths.gap // MICROSECOND,
        who=paths.customers,
        told=tuple(c for c in paths.cautions if c.code != "CENSORED"),
    )


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


def ever_at(variants: Variants) -> tuple[Ints, Ints]:
    """Count paths that were at each step, and those that were there again."""
    k, starts, lengths = len(variants.steps), variants.starts, variants.lengths

    def block(first: int, stop: int) -> list[Ints]:
        key = np.repeat(np.arange(0, (stop - first) * k, k), lengths[first:stop])
        key += variants.codes[starts[first] : starts[stop]]
        table = np.bincount(key, minlength=(stop - first) * k).reshape(stop - first, k)
        weights = variants.counts[first:stop]
        return [weights @ (table > 0), weights @ (table > 1)]

    total = np.zeros((2, k), dtype=np.int64)
    for found in over_blocks(starts, block):
        total += found
    return total[0], total[1]


def _returning(variants: Variants) -> int:
    """Count paths with a move to an earlier step."""

    def block(first: int, stop: int) -> int:
        codes = variants.codes[variants.starts[first] : variants.starts[stop]]
        starts = variants.starts[first:stop] - variants.starts[first]
        back = np.zeros(len(codes), dtype=np.bool_)
        np.less(codes[1:], codes[:-1], out=back[1:])
        back[starts] = False
        return int(variants.counts[first:stop] @ np.logical_or.reduceat(back, starts))

    return sum(over_blocks(variants.starts, block))


def places_in(variants: Variants, chain: Sequence[int]) -> Ints:
    """Follow variants through steps in order, each the first time after the one before.

    Returns:
        Shape (steps of the chain, variants): where in its sequence a variant reaches the step; -1
        where it does not.
    """
    places = np.full((len(chain), len(variants)), -1, dtype=np.int64)

    def block(first: int, stop: int) -> None:
        own = variants.starts[first : stop + 1]
        codes, starts = variants.codes[own[0] : own[-1]], own - own[0]
        alive, place = np.arange(stop - first), starts[:-1]
        for level, code in enumerate(chain):
            # One place past the end, so that a sequence without the step finds nobody's.
            here = np.append(np.flatnonzero(codes == code), len(codes))
            found = here[np.searchsorted(here, place)]
            there = found < starts[alive + 1]
            alive, found = alive[there], found[there]
            places[level, first + alive] = found - starts[alive]
            place = found + 1

    deque(over_blocks(variants.starts, block), maxlen=0)
    return places


def _climbs(paths: Paths, variants: Variants, places: Ints) -> Waits:
    """Return the waits from one step in order to the next: see `Flow.climbs`."""
    many = len(places)
    end, total = _end(paths), np.zeros(2 * many * BUCKETS, dtype=np.int64)
    alive = np.arange(len(paths))
    since: Ints = np.zeros(0, dtype=np.int64)
    for level, row in enumerate(places):
        place = row[variants.of[alive]]
        there = place >= 0
        reached = paths.at[paths.starts[alive[there]] + place[there]]
        if level:
            took = buckets(reached - since[there])
            here = slice(level * BUCKETS, (level + 1) * BUCKETS)
            total[here] = np.bincount(took, minlength=BUCKETS)
            still = paths.censored[alive] & ~there
            waits = buckets(end - since[still])
            total[many * BUCKETS :][here] = np.bincount(waits, minlength=BUCKETS)
        alive, since = alive[there], reached
    return Waits.counted(total, width=BUCKETS)
