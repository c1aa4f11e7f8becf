"""Who and what: columns of labels as small integers, fast enough for ten million events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve, frozen

from cxmetrics.engines.encode import encode, is_series
from cxmetrics.errors import ColumnError, did_you_mean
from cxmetrics.summaries.design import label_order

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WIDE = 2**40
_CHUNK = 1 << 16

MISSING, UNKNOWN = -1, -2
_NONE = object()  # the stage of what has none


@frozen(eq=False)
class Identities:
    """A column that says whose an event is.

    Attributes:
        codes: shape (rows,): integers from 0, in the order of the labels; -1 where missing.
        size: codes are below it.
        labels: the labels, sorted, by code; None where a label is its code plus `low`.
        low: see `labels`.
    """

    codes: NDArray[Any]
    size: int
    labels: NDArray[Any] | None = None
    low: int = 0

    def named(self, codes: NDArray[Any]) -> NDArray[Any]:
        """Return the labels of codes."""
        return codes + self.low if self.labels is None else self.labels[codes]

    def at(self, rows: NDArray[Any]) -> Identities:
        """Return those of some rows."""
        return evolve(self, codes=self.codes[rows])

    def dense(self) -> Identities:
        """Return the same with a label for every code, and no label without a row."""
        present, codes = np.unique(self.codes, return_inverse=True)
        return Identities(codes, len(present), self.named(present))

    def kept_missing(self) -> Identities:
        """Return the same with None as a label like others, the last."""
        if self.labels is None or not (self.codes == MISSING).any():
            return self
        codes = np.where(self.codes == MISSING, self.size, self.codes)
        none = np.array([None], dtype=object)
        return Identities(codes, self.size + 1, np.concatenate([self.labels, none]))


def identities(column: Any) -> Identities:
    """Number the owners of events; whole numbers are taken as they are, not looked up."""
    if is_series(column):
        if column.dtype.is_integer() and not column.is_null().any():
            column = column.to_numpy()
        else:
            found = _texts(column)
            if found is not None:
                return found
    if isinstance(column, np.ndarray) and column.dtype.kind in "iu" and column.size:
        low, high = int(column.min()), int(column.max())
        if high - low < _WIDE and high < 2**63:
            codes = column if not low else np.subtract(column, low, dtype=np.int64)
            return Identities(codes, high - low + 1, low=low)
        labels, codes = np.unique(column, return_inverse=True)
        return Identities(codes, len(labels), labels)
    plain = encode(column)
    return _sorted(plain.codes, list(plain.labels))


def _texts(series: Any) -> Identities | None:
    """Number texts with the encoder of the library that holds them, and sort them with Arrow."""
    import narwhals as nw  # here a frame has been handed over, so it is loaded already

    if series.dtype != nw.String:
        return None
    try:
        import pyarrow as pa
        import pyarrow.compute as pc
    except ImportError:
        return None
    native = series.to_native()
    if hasattr(native, "factorize"):  # pandas
        codes, distinct = native.factorize()
        labels: Any = pa.array(distinct, pa.large_string())
    else:
        array: Any = pc.dictionary_encode(series.to_arrow())
        if isinstance(array, pa.ChunkedArray):
            array = array.unify_dictionaries().combine_chunks()
        indices = array.indices.fill_null(MISSING) if array.null_count else array.indices
        codes, labels = indices.to_numpy(zero_copy_only=False), array.dictionary
    order = pc.sort_indices(labels).to_numpy()
    said = pc.utf8_length(pc.utf8_trim_whitespace(labels)).to_numpy() > 0
    order = order[said[order]]
    return _placed(codes, order, len(labels), labels.take(order).to_numpy(zero_copy_only=False))


def _sorted(codes: NDArray[Any], labels: Sequence[Any]) -> Identities:
    """Bring codes into the order of their labels, blank ones and None to -1."""
    known = [at for at, label in enumerate(labels) if label is not None and _says(label)]
    try:
        order = sorted(known, key=labels.__getitem__)
    except TypeError:  # texts and numbers
        order = sorted(known, key=lambda at: label_order(labels[at]))
    names = np.empty(len(order), dtype=object)
    names[:] = [labels[at] for at in order]
    return _placed(codes, np.array(order, dtype=np.int64), len(labels), names)


def _placed(codes: NDArray[Any], order: NDArray[Any], size: int, names: NDArray[Any]) -> Identities:
    """Renumber codes below `size` in an order; those that are not in it are missing."""
    places = np.full(size + 1, MISSING, dtype=np.int32)  # the last one serves code -1
    places[order] = np.arange(len(order), dtype=np.int32)
    return Identities(places[codes], len(order), names)


def _says(label: Any) -> bool:
    return not isinstance(label, str) or bool(label.strip())


def _present(codes: NDArray[Any], size: int) -> NDArray[np.bool_]:
    """Say which codes below `size` there are, a chunk at a time: a count widens what it counts."""
    there = np.zeros(size, dtype=np.bool_)
    for first in range(0, len(codes), _CHUNK):
        there |= np.bincount(codes[first : first + _CHUNK], minlength=size) > 0
    return there


def step_codes(
    column: Any,
    *,
    name: str,
    order: Sequence[str] | None,
    stages: Mapping[Any, str] | None,
    unknown: str,
) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Number the steps.

    Returns:
        Codes of the smallest signed type that fits: -1 where missing, -2 where the step is not one
        of `order` or has no stage; and the labels by code.

    Raises:
        ColumnError: a step is not one of `order`, and unknown ones are not to be set aside.
    """
    found = encode(column)
    # A categorical column may know labels that no row has; they are no steps.
    there = _present(found.codes, len(found.labels))
    names = [
        None if not said else label if label is None or stages is None else stages.get(label, _NONE)
        for label, said in zip(found.labels, there.tolist(), strict=True)
    ]
    if order is None:
        order = sorted({str(name) for name in names if name is not None and name is not _NONE})
    places = {step: at for at, step in enumerate(order)}
    final = [MISSING if name is None else places.get(str(name), UNKNOWN) for name in names]
    lost = [label for label, code in zip(found.labels, final, strict=True) if code == UNKNOWN]
    if lost and unknown == "error":
        shown = str(lost[0])
        source = order if stages is None else map(str, stages)
        raise ColumnError(
            f"{name!r} holds {len(lost)} step(s) that are not declared, the first {shown!r}; "
            f"{did_you_mean(shown, source)} Declare it, or pass unknown='set_aside' to count "
            "such events and go on without them."
        )
    small = np.min_scalar_type(-len(order) - 2)
    return np.array(final, dtype=small)[found.codes], tuple(order)
