"""How long: waiting times in logarithmic buckets, which add up and know their error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
from attrs import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

_PARTS: Final = 6  # bits: buckets an octave, 64
_ZERO: Final = (1023 << _PARTS) - 1
BUCKETS: Final = 4096
"""Buckets from 0 and 1 microsecond to a few million years."""
ERROR: Final = 1 / 128
"""The largest relative error of a quantile of waits: half the width of a bucket."""


def buckets(waits: Ints) -> Ints:
    """Return the bucket of each wait in microseconds: 0 for none, else 64 an octave.

    The exponent and the first six bits of a floating number are the bucket, so there is no
    logarithm to take.
    """
    found: Ints = waits.astype(np.float64).view(np.int64)
    found >>= 52 - _PARTS
    found -= _ZERO
    np.maximum(found, 0, out=found)
    return found


def middle(bucket: Ints) -> Floats:
    """Return what a wait in a bucket is taken for, in microseconds: the middle of its bounds."""
    edges = (np.stack([bucket, bucket + 1]) + _ZERO) << (52 - _PARTS)
    found: Floats = np.where(bucket > 0, edges.view(np.float64).mean(axis=0), 0.0)
    return found


@frozen(eq=False)
class Waits:
    """Waiting times by cell, in buckets whose bounds are 1/64 apart.

    Attributes:
        keys: `cell * BUCKETS + bucket`, sorted.
        counts: shape (keys,): how many waits.
    """

    keys: Ints
    counts: Ints

    @classmethod
    def counted(cls, histogram: Ints, *, width: int) -> Self:
        """Take a dense histogram of shape (cells, width)."""
        places = np.flatnonzero(histogram)
        return cls(places // width * BUCKETS + places % width, histogram.ravel()[places])

    def cell(self, number: int) -> tuple[Ints, Ints]:
        """Return the buckets and counts of a cell."""
        low, high = np.searchsorted(self.keys, [number * BUCKETS, (number + 1) * BUCKETS])
        return self.keys[low:high] % BUCKETS, self.counts[low:high]

    def __add__(self, other: Waits) -> Waits:
        keys, place = np.unique(np.concatenate([self.keys, other.keys]), return_inverse=True)
        counts = np.zeros(len(keys), dtype=np.int64)
        np.add.at(counts, place, np.concatenate([self.counts, other.counts]))
        return Waits(keys, counts)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {"keys": self.keys.tolist(), "counts": self.counts.tolist()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build what `to_dict` wrote."""
        return cls(np.array(data["keys"], np.int64), np.array(data["counts"], np.int64))
