"""Distinct sequences of small integers, counted: hashed as arrays, every collision checked."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Words = NDArray[np.uint64]

T = TypeVar("T")

_SEED = 20_260_301
_EVENTS = 1 << 16
_PARALLEL = 1 << 19


def over_blocks(
    starts: Ints, work: Callable[[int, int], T], *, threads: bool = True
) -> Iterator[T]:
    """Do work on blocks of sequences that fit the cache, in order: `work(first, stop)`.

    Many blocks are handed to threads; numpy lets go of the interpreter while it counts.
    """
    events = int(starts[-1])
    marks = np.searchsorted(starts, np.arange(0, events, _EVENTS)).tolist()
    bounds = sorted({*marks, len(starts) - 1})
    firsts, stops = bounds[:-1], bounds[1:]
    if not threads or events < _PARALLEL:
        yield from map(work, firsts, stops)
        return
    with ThreadPoolExecutor(min(os.cpu_count() or 1, 8)) as pool:
        yield from pool.map(work, firsts, stops)


def over_chunks(size: int, step: int, work: Callable[[int], T]) -> list[T]:
    """Do work on chunks of rows, in order, by several threads where they are many."""
    firsts = range(0, size, step)
    if size < _PARALLEL:
        return [work(first) for first in firsts]
    with ThreadPoolExecutor(min(os.cpu_count() or 1, 8)) as pool:
        return list(pool.map(work, firsts))


def distinct(codes: NDArray[Any], starts: Ints) -> tuple[Ints, Ints]:
    """Group sequences that are the same.

    Args:
        codes: shape (events,): integers from 0.
        starts: shape (sequences + 1,): sequence s is `codes[starts[s]:starts[s + 1]]`; none is
            empty.

    Returns:
        The number of the group of each sequence, and one sequence of each group: the first.
    """
    if len(starts) < 2:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    group, first = _grouped(hashes(codes, starts))
    wrong = _differ(codes, starts, first[group])
    if wrong.any():
        # Two sequences share a hash: those that differ from the first of their group are grouped
        # again by what they say, letter by letter. Astronomically rare, but then right.
        place = {int(f): g for g, f in enumerate(first)}
        said: dict[bytes, int] = {}
        for s in np.flatnonzero(wrong).tolist():
            key = codes[starts[s] : starts[s + 1]].tobytes()
            leader = said.setdefault(key, s)
            group[s] = place.setdefault(leader, len(place))
        first = np.array(list(place), dtype=np.int64)
    return group, first


def hashes(codes: NDArray[Any], starts: Ints) -> Words:
    """Return a 64-bit hash of each sequence: random numbers by place times those by letter.

    Multilinear hashing (Carter & Wegman 1979): two sequences rarely share a hash.
    """
    lengths = np.diff(starts)
    rng = np.random.default_rng(_SEED)
    letters = rng.integers(0, 2**64, int(codes.max()) + 1, dtype=np.uint64)
    places = rng.integers(0, 2**64, int(lengths.max()), dtype=np.uint64)

    def block(first: int, stop: int) -> Words:
        own = starts[first : stop + 1] - starts[first]
        words: Words = places[_places(own, lengths[first:stop])]
        words *= letters[codes[starts[first] : starts[stop]]]
        return np.add.reduceat(words, own[:-1])

    return np.concatenate(list(over_blocks(starts, block)))


def _places(starts: Ints, lengths: Ints) -> Ints:
    """Return the place of each event in its sequence, from 0."""
    found = np.arange(starts[-1])
    found -= np.repeat(starts[:-1], lengths)
    return found


def _grouped(words: Words) -> tuple[Ints, Ints]:
    """Number equal hashes; as values are sorted much faster than indices, both share a word."""
    below = max(len(words) - 1, 1).bit_length()
    keys = words >> np.uint64(below) << np.uint64(below)
    keys |= np.arange(len(words), dtype=np.uint64)
    keys.sort()
    at = (keys & np.uint64((1 << below) - 1)).astype(np.int64)
    sorted_ = words[at]
    fresh = np.ones(len(words), dtype=np.bool_)
    np.not_equal(sorted_[1:], sorted_[:-1], out=fresh[1:])
    keys >>= np.uint64(below)
    if (fresh[1:] & (keys[1:] == keys[:-1])).any():  # what was cut off the hash is needed
        _, first, group = np.unique(words, return_index=True, return_inverse=True)
        return group, first
    group = np.empty(len(words), dtype=np.int64)
    group[at] = np.cumsum(fresh) - 1
    return group, at[fresh]


def _differ(codes: NDArray[Any], starts: Ints, like: Ints) -> NDArray[np.bool_]:
    """Say which sequences differ from the one they are said to be like."""
    lengths = np.diff(starts)
    differ: NDArray[np.bool_] = lengths != lengths[like]

    def block(first: int, stop: int) -> None:
        own = starts[first:stop]
        shift = np.repeat(starts[like[first:stop]] - own, lengths[first:stop])
        shift += np.arange(starts[first], starts[stop])
        np.minimum(shift, len(codes) - 1, out=shift)
        unlike = codes[shift] != codes[starts[first] : starts[stop]]
        if unlike.any():
            differ[first:stop] |= np.logical_or.reduceat(unlike, own - own[0])

    deque(over_blocks(starts, block), maxlen=0)
    return differ


def ranked(codes: NDArray[Any], starts: Ints, which: Ints, counts: Ints) -> Ints:
    """Return distinct sequences, most frequent first, ties by their codes.

    A sequence comes before those that begin with it.

    Args:
        codes: of all sequences.
        starts: of all sequences.
        which: shape (distinct,): the sequences to rank.
        counts: shape (distinct,): how often each is there.

    Returns:
        Shape (distinct,): places in `which`, in order.
    """
    starts, lengths = starts[which], np.diff(starts)[which]
    width = max(int(codes.max(initial=0)) + 1, 1).bit_length()
    letters = max(62 // width, 1)
    order = _stable(int(counts.max(initial=0)) - counts)
    same = np.zeros(len(order), dtype=np.int64)  # the number of the tie each place is in
    same[1:] = np.cumsum(np.diff(counts[order]) != 0)
    places = np.arange(len(order))
    at = 0
    while len(places):
        members = order[places]
        begins = starts[members] + at
        key = _packed(codes, begins, np.clip(lengths[members] - at, 0, letters), width, letters)
        sorting = np.argsort(key)
        sorting = sorting[_stable(same[sorting])]
        order[places], key, same = members[sorting], key[sorting], same[sorting]
        apart = np.ones(len(places) + 1, dtype=np.bool_)
        apart[1:-1] = (np.diff(key) != 0) | (np.diff(same) != 0)
        tied = ~(apart[:-1] & apart[1:])
        places, same = places[tied], np.cumsum(apart[:-1], dtype=np.int64)[tied]
        at += letters
    return order


def _stable(values: Ints) -> Ints:
    """Sort indices of whole numbers from 0; numpy sorts small ones by their digits."""
    small = np.min_scalar_type(int(values.max(initial=0)))
    return np.argsort(values.astype(small), kind="stable")


def _packed(codes: NDArray[Any], begins: Ints, lengths: Ints, width: int, letters: int) -> Ints:
    """Return some letters of each sequence in one integer, in the order of sequences."""
    key = np.zeros(len(begins), dtype=np.int64)
    there = lengths > 0
    begins, lengths = begins[there], lengths[there]
    ends = np.concatenate([[0], np.cumsum(lengths)])
    place = _places(ends, lengths)
    weights = np.int64(1) << (width * np.arange(letters - 1, -1, -1))
    words = codes[np.repeat(begins, lengths) + place] + np.int64(1)
    words *= weights[place]
    if len(words):
        key[there] = np.add.reduceat(words, ends[:-1])
    return key


def taken(codes: NDArray[Any], starts: Ints, which: Ints) -> tuple[NDArray[Any], Ints]:
    """Return the codes and starts of some sequences, in the order asked for."""
    lengths = np.diff(starts)[which]
    begins = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    shift = np.repeat(starts[which] - begins[:-1], lengths)
    return codes[shift + np.arange(begins[-1])], begins


def picked(values: NDArray[Any], order: Ints) -> NDArray[Any]:
    """Return `values[order]`, by several hands where it is long: memory takes the time."""
    found = np.empty(len(order), dtype=values.dtype)

    def chunk(first: int) -> None:
        here = slice(first, first + _EVENTS)
        np.take(values, order[here], out=found[here], mode="clip")

    over_chunks(len(order), _EVENTS, chunk)
    return found


def merged(
    first: tuple[NDArray[Any], Ints, Ints], second: tuple[NDArray[Any], Ints, Ints]
) -> tuple[NDArray[Any], Ints, Ints]:
    """Add the counts of two lists of distinct sequences (codes, starts, counts), ranked again."""
    codes = np.concatenate([first[0], second[0]])
    starts = np.concatenate([first[1], second[1][1:] + first[1][-1]])
    return counted(codes, starts, np.concatenate([first[2], second[2]]))


def counted(codes: NDArray[Any], starts: Ints, weights: Ints) -> tuple[NDArray[Any], Ints, Ints]:
    """Return the distinct sequences, ranked: codes, starts, and the sum of their weights."""
    group, first = distinct(codes, starts)
    counts = np.zeros(len(first), dtype=np.int64)
    np.add.at(counts, group, weights)
    order = ranked(codes, starts, first, counts)
    return *taken(codes, starts, first[order]), counts[order]
