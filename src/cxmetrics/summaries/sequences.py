"""Distinct sequences of small integers, counted: hashed as arrays, every collision checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Words = NDArray[np.uint64]

_SEED = 20_260_301


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
    """Return a 64-bit hash of each sequence: a polynomial whose letters are random numbers."""
    rng = np.random.default_rng(_SEED)
    letters = rng.integers(0, 2**64, int(codes.max()) + 1, dtype=np.uint64)
    base = int(rng.integers(0, 2**62)) * 4 + 3
    inverse = pow(base, -1, 2**64)
    powers = _powers(base, len(codes))
    powers *= letters[codes]
    sums = np.add.reduceat(powers, starts[:-1])
    sums *= _powers(inverse, len(codes))[starts[:-1]]
    return sums


def _powers(base: int, many: int) -> Words:
    """Return base to the power of 0, 1, 2 ..., modulo 2^64."""
    found = np.full(many, base, dtype=np.uint64)
    found[:1] = 1
    return np.multiply.accumulate(found)


def _grouped(words: Words) -> tuple[Ints, Ints]:
    _, first, group = np.unique(words, return_index=True, return_inverse=True)
    return group, first


def _differ(codes: NDArray[Any], starts: Ints, like: Ints) -> NDArray[np.bool_]:
    """Say which sequences differ from the one they are said to be like."""
    lengths = np.diff(starts)
    differ: NDArray[np.bool_] = lengths != lengths[like]
    shift = np.repeat(starts[like] - starts[:-1], lengths)
    shift += np.arange(len(codes))
    np.minimum(shift, len(codes) - 1, out=shift)
    unlike = codes[shift] != codes
    if unlike.any():
        differ |= np.logical_or.reduceat(unlike, starts[:-1])
    return differ


def ranked(codes: NDArray[Any], starts: Ints, counts: Ints) -> Ints:
    """Return the order of distinct sequences: most frequent first, ties by their codes.

    A sequence comes before those that begin with it.
    """
    lengths = np.diff(starts)
    width = max(int(codes.max(initial=0)) + 1, 1).bit_length()
    letters = max(62 // width, 1)
    order = np.argsort(-counts, kind="stable")
    same = np.zeros(len(order), dtype=np.int64)  # the number of the tie each place is in
    same[1:] = np.cumsum(np.diff(counts[order]) != 0)
    at = 0
    places = np.arange(len(order))
    while len(places):
        members = order[places]
        key = np.zeros(len(members), dtype=np.int64)
        for letter in range(at, at + letters):
            key <<= width
            there = lengths[members] > letter
            key[there] += codes[starts[members[there]] + letter] + 1
        sorting = np.lexsort((key, same))
        order[places], key, same = members[sorting], key[sorting], same[sorting]
        apart = np.ones(len(places) + 1, dtype=np.bool_)
        apart[1:-1] = (np.diff(key) != 0) | (np.diff(same) != 0)
        tied = ~(apart[:-1] & apart[1:])
        places, same = places[tied], np.cumsum(apart[:-1], dtype=np.int64)[tied]
        at += letters
    return order


def taken(codes: NDArray[Any], starts: Ints, which: Ints) -> tuple[NDArray[Any], Ints]:
    """Return the codes and starts of some sequences, in the order asked for."""
    lengths = np.diff(starts)[which]
    begins = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    shift = np.repeat(starts[which] - begins[:-1], lengths)
    return codes[shift + np.arange(begins[-1])], begins


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
    codes, starts = taken(codes, starts, first)
    order = ranked(codes, starts, counts)
    return *taken(codes, starts, order), counts[order]
