"""Remembering which objects came, in eight bytes each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from attrs import Factory, define

_RECENT: Final = 1 << 15

Fingerprints = np.ndarray[Any, np.dtype[np.int64]]


@define
class Seen:
    """A set of texts that keeps 64-bit fingerprints of them, of this process only.

    It takes 8 bytes a text and a few MB beside. Two texts of a million have the same fingerprint
    with a chance of one in forty million; the later one then counts as seen.

    Attributes:
        count: how many distinct texts there were.

    Example:
        >>> seen = Seen()
        >>> seen.add(["a", "b", "a"]), seen.add(["b", "c"]), seen.missing(["a", "x", "c"])
        (2, 1, ['x'])
    """

    count: int = 0
    _recent: set[int] = Factory(set)
    _sorted: list[Fingerprints] = Factory(list)

    def add(self, texts: Iterable[str]) -> int:
        """Note texts, and return how many were not there before."""
        fresh = set(map(hash, texts))
        fresh -= self._recent
        if fresh and self._sorted:
            prints = np.fromiter(fresh, np.int64, len(fresh))
            fresh = set(prints[~self._known(prints)].tolist())
        self._recent |= fresh
        self.count += len(fresh)
        if len(self._recent) >= _RECENT:
            self._settle()
        return len(fresh)

    def missing(self, texts: Sequence[str]) -> list[str]:
        """Return those of the texts that never came."""
        prints = np.fromiter(map(hash, texts), np.int64, len(texts))
        known = self._known(prints).tolist()
        return [
            text
            for text, print_, is_known in zip(texts, prints.tolist(), known, strict=True)
            if not is_known and print_ not in self._recent
        ]

    def _known(self, prints: Fingerprints) -> np.ndarray[Any, np.dtype[np.bool_]]:
        found = np.zeros(len(prints), dtype=bool)
        for part in self._sorted:
            places = np.searchsorted(part, prints)
            found |= part[np.minimum(places, len(part) - 1)] == prints
        return found

    def _settle(self) -> None:
        """Turn the recent ones into a sorted array, and merge arrays of like size."""
        part = np.fromiter(self._recent, np.int64, len(self._recent))
        part.sort()
        self._recent = set()
        while self._sorted and len(self._sorted[-1]) < 2 * len(part):
            part = np.concatenate([self._sorted.pop(), part])
            part.sort(kind="stable")  # merges what is sorted already
        self._sorted.append(part)
