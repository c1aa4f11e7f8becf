"""Partitions around medoids of a weighted distance matrix, and how well they separate.

A weight is a frequency: an item of weight 3 counts as three items at distance 0 of each other.
Nothing is drawn at random; ties go to the lower index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from cxmetrics.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.signedinteger[Any]]

_TIE = 12  # decimals of the total cost, under which two candidates are equal
_AT_ONCE = 64


@frozen(kw_only=True, eq=False)
class Partition:
    """Items in groups, each around one of them.

    Attributes:
        medoids: shape (k,): the index of the item in the middle of each group, ascending.
        of: shape (items,): the group of each item, the one with the nearest medoid.
        cost: the sum of the weighted distances to the medoids.
    """

    medoids: Ints
    of: Ints
    cost: float


def pam(distances: Floats, k: int, *, weights: Ints | Floats | None = None) -> Partition:
    """Choose k medoids with a small sum of distances, by BUILD and SWAP.

    BUILD takes the most central item, then each time the item that saves most. SWAP exchanges the
    medoid and the item that save most together, until nothing saves: a local minimum, in practice
    mostly the best.

    Args:
        distances: shape (items, items), symmetric, 0 on the diagonal.
        k: the number of medoids.
        weights: frequencies above 0; once if left out.

    Raises:
        UsageError: k is not within 1 and the number of items, or a weight is not above 0.

    References:
        Kaufman & Rousseeuw 1990, Finding Groups in Data, ch. 2; Schubert & Rousseeuw 2021,
        Information Systems 101:101804 (all exchanges of an item at once).

    Example:
        >>> points = np.array([0.0, 1.0, 2.0, 10.0, 11.0, 13.0])
        >>> found = pam(np.abs(points[:, None] - points), 2)
        >>> found.medoids.tolist(), found.of.tolist(), found.cost
        ([1, 4], [0, 0, 0, 1, 1, 1], 5.0)
    """
    times = _weights(distances, weights)
    if not 1 <= k <= len(times):
        raise UsageError(f"k={k}: give 1 to {len(times)}, the number of items.")
    chosen = _build(distances, k, times)
    scale = float(distances[chosen[0]] @ times) or 1.0
    while True:
        near = distances[chosen]
        order = np.argsort(near, axis=0, kind="stable")
        first = np.take_along_axis(near, order[:1], axis=0)[0]
        if k == 1:
            break
        second = np.take_along_axis(near, order[1:2], axis=0)[0]
        change = _exchanges(distances, first, second, order[0], times, k) / scale
        item, medoid = np.unravel_index(int(np.argmin(np.round(change, _TIE))), change.shape)
        if np.round(change[item, medoid], _TIE) >= 0:
            break
        chosen[medoid] = item
    medoids = np.sort(chosen)
    of = distances[medoids].argmin(axis=0)
    of[medoids] = np.arange(k)  # two medoids at distance 0 of each other
    return Partition(medoids=medoids, of=of, cost=float(first @ times))


def silhouettes(distances: Floats, of: Ints, *, weights: Ints | Floats | None = None) -> Floats:
    """Return how much nearer each item is to its own group than to the next one, -1 to 1.

    `s = (b - a) / max(a, b)`: a is the mean distance to the other items of the group, b to those of
    the nearest other group. 0 for an item that is alone in its group, or where all distances are 0.
    The average is weighted too: `np.average(found, weights=weights)`. Rousseeuw read over .5 as
    structure and under .25 as none.

    Args:
        distances: shape (items, items).
        of: the group of each item, 0 to k - 1, each in use.
        weights: frequencies; an item of weight w has w - 1 others at distance 0.

    Raises:
        UsageError: there is only one group, or a weight is not above 0.

    References:
        Rousseeuw 1987, Journal of Computational and Applied Mathematics 20:53-65; Studer 2013,
        WeightedCluster manual (frequencies).

    Example:
        >>> points = np.array([0.0, 1.0, 10.0, 11.0])
        >>> silhouettes(np.abs(points[:, None] - points), np.array([0, 0, 1, 1])).round(3).tolist()
        [0.905, 0.895, 0.895, 0.905]
    """
    times = _weights(distances, weights)
    size = int(of.max(initial=0)) + 1
    if size < 2:
        raise UsageError("a silhouette compares groups: give two or more.")
    member = (of[:, None] == np.arange(size)) * times[:, None]
    weight = member.sum(axis=0)
    sums = distances @ member
    items = np.arange(len(of))
    others = weight[of] - 1
    own = sums[items, of] / np.where(others > 0, others, 1.0)
    away = sums / weight
    away[items, of] = np.inf
    next_one = away.min(axis=1)
    wider = np.maximum(own, next_one)
    found: Floats = np.where(
        (others > 0) & (wider > 0), (next_one - own) / np.where(wider > 0, wider, 1.0), 0.0
    )
    return found


def jaccard(of: Ints, other: Ints, *, size: int, weights: Ints | Floats | None = None) -> Floats:
    """Return how well each group of one partition is found again in another, 0 to 1.

    For each group the largest of: items in both over items in either, weighted.

    Args:
        of: the group of each item, 0 to size - 1.
        other: the groups of the other partition.
        size: the number of groups.
        weights: frequencies; once if left out.

    References:
        Hennig 2007, Computational Statistics & Data Analysis 52:258-271 (mean over a bootstrap:
        over .75 stable, under .6 not to be trusted).

    Example:
        >>> jaccard(np.array([0, 0, 0, 1]), np.array([1, 1, 0, 0]), size=2).round(3).tolist()
        [0.667, 0.5]
    """
    theirs = int(other.max(initial=0)) + 1
    cell = of * theirs + other
    both = np.bincount(cell, weights=weights, minlength=size * theirs).reshape(size, theirs)
    either = both.sum(axis=1, keepdims=True) + both.sum(axis=0) - both
    found: Floats = (both / np.where(either > 0, either, 1.0)).max(axis=1)
    return found


def _weights(distances: Floats, weights: Ints | Floats | None) -> Floats:
    times = np.ones(len(distances)) if weights is None else np.asarray(weights, dtype=np.float64)
    if times.shape != (len(distances),) or not (times > 0).all():
        raise UsageError(f"give {len(distances)} weights above 0, one for each item.")
    return times


def _build(distances: Floats, k: int, times: Floats) -> Ints:
    total = np.einsum("ij,j", distances, times)  # one thread: two wait for each other
    scale = float(total.min()) or 1.0
    chosen = [int(np.argmin(np.round(total / scale, _TIE)))]
    nearest = distances[chosen[0]]
    for _ in range(k - 1):
        left = np.concatenate(
            [
                np.einsum("ij,j", np.minimum(distances[at : at + _AT_ONCE], nearest), times)
                for at in range(0, len(times), _AT_ONCE)
            ]
        )
        left[chosen] = np.inf
        chosen.append(int(np.argmin(np.round(left / scale, _TIE))))
        nearest = np.minimum(nearest, distances[chosen[-1]])
    return np.array(chosen)


def _exchanges(
    distances: Floats, first: Floats, second: Floats, nearest: Ints, times: Floats, k: int
) -> Floats:
    """Return what the cost changes when an item takes the place of a medoid, (items, medoids).

    The new medoid draws in the items that are nearer to it, whichever medoid goes; those whose own
    medoid goes fall to the new or to their second.
    """
    member = (nearest[:, None] == np.arange(k)) * times[:, None]
    others = times[:, None] - member
    found: Floats = np.empty((len(times), k))
    for at in range(0, len(times), _AT_ONCE):
        piece = distances[at : at + _AT_ONCE]
        found[at : at + _AT_ONCE] = (
            np.minimum(piece, first) @ others + np.minimum(piece, second) @ member
        )
    found -= first @ times
    return found
