"""How far sequences are apart: edit and optimal-matching distances, of many pairs at once.

Sequences are whole numbers laid end to end (`codes`); sequence s is `codes[starts[s]:starts[s+1]]`.

The distance is the cheapest way to turn one sequence into the other by inserting and deleting steps
(`indel` each) and replacing steps (`substitution`). A replacement never costs more than a deletion
and an insertion, so with the saving g = 2 - substitution / indel of two steps that are aligned,

    distance = indel * (length of a + length of b - largest total saving of an alignment),

which leaves one addition and two maxima for each pair of steps, for thousands of pairs at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np

from cxmetrics.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.signedinteger[Any]]

Normalisation = Literal["none", "length", "max"]
Substitution: TypeAlias = "float | Floats"
"""What replacing a step costs: one number, or a symmetric table, shape (steps, steps)."""

_TILE, _SHORT = 128, 4
_CELLS = _TILE * _TILE
_FEW = 256


def edit_distance(
    a: Sequence[Any],
    b: Sequence[Any],
    *,
    indel: float = 1.0,
    substitution: float = 2.0,
    normalise: Normalisation = "none",
) -> float:
    """Return the distance of two sequences of labels; see `distances`.

    Example:
        >>> path = ["aware", "appeal", "ask", "act"]
        >>> edit_distance(path, ["aware", "ask", "ask", "act", "advocate"])
        3.0
        >>> edit_distance(path, ["aware", "ask", "ask", "act", "advocate"], substitution=1)
        2.0
    """
    known = {step: code for code, step in enumerate(dict.fromkeys([*a, *b]))}
    codes = np.array([known[step] for step in [*a, *b]], dtype=np.int64)
    ends = np.array([0, len(a), len(a) + len(b)])
    found = distances(codes, ends, indel=indel, substitution=substitution, normalise=normalise)
    return float(found[0, 1])


def distances(
    codes: Ints,
    starts: Ints,
    *,
    indel: float = 1.0,
    substitution: Substitution = 2.0,
    normalise: Normalisation = "none",
) -> Floats:
    """Return the distances among n sequences, shape (n, n), symmetric, 0 on the diagonal.

    With indel 1 and substitution 2 it is the number of steps of both that are not shared in the
    same order (longest common subsequence); with 1 and 1 Levenshtein's. A metric, if the costs of
    substitution are one; "length" and "max" keep symmetry and 0, not the triangle inequality.

    Args:
        codes: the steps, 0 or more, laid end to end.
        starts: shape (n + 1,): where each sequence starts, and the end.
        indel: what inserting or deleting one step costs, above 0.
        substitution: what replacing a step costs, one number or a symmetric table by code. What is
            above twice `indel` is not used: deleting and inserting is cheaper.
        normalise: `"none"`; `"length"` divides by the longer length; `"max"` divides by the largest
            distance that sequences of these lengths can have: 0 is the same, 1 nothing in common.

    Raises:
        UsageError: a cost is out of range, or the normalisation unknown.

    References:
        Levenshtein 1966; Needleman & Wunsch 1970; Abbott & Tsay 2000, Sociological Methods &
        Research 29:3-33 (optimal matching).

    Example:
        >>> flat, starts = np.array([0, 1, 2, 0, 2, 3]), np.array([0, 3, 5, 6])
        >>> distances(flat, starts)
        array([[0., 1., 4.],
               [1., 0., 3.],
               [4., 3., 0.]])
        >>> distances(flat, starts, normalise="max").round(2).tolist()[0]
        [0.0, 0.2, 1.0]
    """
    size, lengths = len(starts) - 1, np.diff(starts)
    order = np.argsort(lengths, kind="stable")
    pieces = [order[first:after] for first, after in _tiles(lengths[order])]
    gain, least = _savings(codes, indel, substitution)
    found: Floats = np.zeros((size, size))
    for place, rows in enumerate(pieces):
        for columns in pieces[place:]:
            piece = _tile(*_padded(codes, starts, rows), *_padded(codes, starts, columns), gain)
            found[np.ix_(rows, columns)] = piece
            found[np.ix_(columns, rows)] = piece.T
    return _cost(found, lengths, lengths, indel, least, normalise)


def distances_to(
    codes: Ints,
    starts: Ints,
    targets: Ints,
    *,
    among: Ints | None = None,
    indel: float = 1.0,
    substitution: Substitution = 2.0,
    normalise: Normalisation = "none",
) -> Floats:
    """Return the distances of sequences to a few of them, shape (sequences, targets).

    Args:
        codes: the steps, laid end to end.
        starts: where each sequence starts, and the end.
        targets: the indices of the few.
        among: the indices of the sequences asked about; all if left out.
        indel: as in `distances`.
        substitution: as in `distances`.
        normalise: as in `distances`.

    Raises:
        UsageError: as in `distances`.

    Example:
        >>> flat, starts = np.array([0, 1, 2, 0, 2, 3]), np.array([0, 3, 5, 6])
        >>> distances_to(flat, starts, np.array([1])).tolist()
        [[1.0], [0.0], [3.0]]
    """
    lengths = np.diff(starts)
    asked = np.arange(len(lengths)) if among is None else np.asarray(among)
    order = np.argsort(lengths[asked], kind="stable")
    gain, least = _savings(codes, indel, substitution)
    few = _padded(codes, starts, targets)
    found: Floats = np.zeros((len(asked), len(targets)))
    step = max(_CELLS // max(len(targets), 1), 1)
    for first in range(0, len(asked), step):
        places = order[first : first + step]
        found[places] = _tile(*few, *_padded(codes, starts, asked[places]), gain).T
    return _cost(found, lengths[asked], lengths[targets], indel, least, normalise)


def transition_costs(
    codes: Ints, starts: Ints, *, size: int, weights: Ints | Floats | None = None
) -> Floats:
    """Return substitution costs from how often steps follow each other: 2 - p_ij - p_ji.

    Steps that often follow each other are near. p_ij is the share of the transitions out of i that
    go to j, without start and end; of a step that is never left it is 0. The costs lie between 0
    and 2, 0 on the diagonal; they need not obey the triangle inequality.

    Args:
        codes: the steps, laid end to end.
        starts: where each sequence starts, and the end.
        size: the number of different steps.
        weights: how often each sequence occurs; once if left out.

    References:
        Gabadinho, Ritschard, Müller & Studer 2011, Journal of Statistical Software 40(4)
        (TraMineR, method TRATE).

    Example:
        >>> transition_costs(np.array([0, 1, 0, 2]), np.array([0, 2, 4]), size=3)
        array([[0. , 1.5, 1.5],
               [1.5, 0. , 2. ],
               [1.5, 2. , 0. ]])
    """
    lengths = np.diff(starts)
    times = np.repeat(np.ones(len(lengths)) if weights is None else weights, lengths)
    inside = np.ones(len(codes), dtype=np.bool_)
    inside[starts[1:][lengths > 0] - 1] = False  # nothing follows a last step
    here = np.flatnonzero(inside)
    pairs = codes[here].astype(np.int64) * size + codes[here + 1]
    counts = np.bincount(pairs, weights=times[here], minlength=size * size).reshape(size, size)
    out = counts.sum(axis=1, keepdims=True)
    share = counts / np.where(out > 0, out, 1.0)
    costs: Floats = 2.0 - (share + share.T)
    np.fill_diagonal(costs, 0.0)
    return costs


def _savings(codes: Ints, indel: float, substitution: Substitution) -> tuple[Floats, float]:
    """Return what aligning two steps saves, shape (steps, steps), and the least; units `indel`."""
    if not (np.isfinite(indel) and indel > 0):
        raise UsageError(f"indel={indel!r}: inserting a step has to cost something.")
    size = int(codes.max(initial=-1)) + 1
    costs = np.asarray(substitution, dtype=np.float64)
    dearest = float(costs.max(initial=0.0))
    if costs.ndim == 0:
        costs = np.full((size, size), costs)
        np.fill_diagonal(costs, 0.0)
    elif costs.ndim != 2 or costs.shape[0] != costs.shape[1] or len(costs) < size:
        raise UsageError(
            f"a table of substitution costs needs a row and a column for each of {size} steps; it "
            f"has the shape {costs.shape}."
        )
    if not (costs >= 0).all() or np.diagonal(costs).any() or (costs != costs.T).any():
        raise UsageError("substitution costs are 0 or more, symmetric, and 0 for the same step.")
    return 2.0 - costs / indel, max(2.0 - dearest / indel, 0.0)


def _tiles(lengths: Ints) -> Iterator[tuple[int, int]]:
    """Cut ascending lengths where they double, so that little is filled up."""
    first = 0
    while first < len(lengths):
        after = int(np.searchsorted(lengths, 2 * max(lengths[first], _SHORT), side="right"))
        after = min(after, first + _TILE)
        yield first, after
        first = after


def _padded(codes: Ints, starts: Ints, which: Ints) -> tuple[Ints, Ints]:
    """Return sequences as rows filled up with step 0, and their lengths."""
    lengths = starts[which + 1] - starts[which]
    places = starts[which][:, None] + np.arange(lengths.max(initial=0))
    inside = np.arange(places.shape[1]) < lengths[:, None]
    return np.where(inside, codes[np.where(inside, places, 0)], 0), lengths


def _tile(a: Ints, a_long: Ints, b: Ints, b_long: Ints, gain: Floats) -> Floats:
    """Return the largest saving of each pair, shape (rows of a, rows of b).

    `best[j]` is the largest saving of the steps of a so far with the first j steps of b. The fill
    comes after the end of a sequence, where nothing is read any more.
    """
    rows, columns, width = len(a), len(b), b.shape[1]
    used, place = np.unique(a, return_inverse=True)
    place = place.reshape(a.shape)
    saved = gain[used][:, b.T].transpose(1, 0, 2)  # (steps of b, steps used, columns)
    best: Floats = np.zeros((width + 1, rows, columns))
    after = np.zeros_like(best)
    found: Floats = np.zeros((rows, columns))
    ends = np.arange(columns)
    for step in range(a.shape[1]):
        np.add(best[:-1], saved[:, place[:, step]], out=after[1:])
        np.maximum(after[1:], best[1:], out=after[1:])
        if rows * columns < _FEW:
            np.maximum.accumulate(after, axis=0, out=after)
        else:  # five times as fast, where each row is worth a call
            for j in range(2, width + 1):
                np.maximum(after[j], after[j - 1], out=after[j])
        best, after = after, best
        done = np.flatnonzero(a_long == step + 1)
        if len(done):
            found[done] = best[b_long, done[:, None], ends]
    return found


def _cost(
    saved: Floats, rows: Ints, columns: Ints, indel: float, least: float, normalise: Normalisation
) -> Floats:
    """Turn savings into distances, in place."""
    known = get_args(Normalisation)
    if normalise not in known:
        raise UsageError(f"no normalisation {normalise!r}; {did_you_mean(normalise, known)}")
    np.subtract(np.add.outer(rows, columns), saved, out=saved)
    if normalise == "none":
        saved *= indel
        return saved
    longer = np.maximum.outer(rows, columns).astype(np.float64)
    if normalise == "length":
        saved *= indel
    else:  # all steps of the shorter one replaced at the dearest, if that is worth it
        longer += np.minimum.outer(rows, columns) * (1.0 - least)
    np.divide(saved, np.where(longer > 0, longer, 1.0), out=saved)
    return saved
