"""Variants: the distinct paths, how often each is walked, and how far the first few reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from attrs import frozen

from cxmetrics.errors import Caution, UsageError
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import count, number
from cxmetrics.summaries.sequences import distinct, ranked, taken

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxmetrics.journeys.path import Paths

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

_SHOWN = 10


@frozen(kw_only=True, eq=False, repr=False)
class Variants:
    """Distinct sequences of steps, the most frequent first; ties in the order of their codes.

    Attributes:
        steps: the labels of the codes.
        codes: shape (steps of all variants,): variant v is `codes[starts[v]:starts[v + 1]]`.
        starts: shape (variants + 1,).
        counts: shape (variants,): paths that are it.
        of: shape (paths,): the variant of each path.
        censored: shape (variants,): how many of those paths may go on.
    """

    steps: tuple[str, ...]
    codes: NDArray[Any]
    starts: Ints
    counts: Ints
    of: Ints
    censored: Ints
    cautions: tuple[Caution, ...] = ()

    @classmethod
    def of_paths(cls, paths: Paths) -> Self:
        """Count the variants of paths."""
        group, first = distinct(paths.codes, paths.starts)
        counts = np.bincount(group, minlength=len(first))
        order = ranked(paths.codes, paths.starts, first, counts)
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        codes, starts = taken(paths.codes, paths.starts, first[order])
        of = place[group]
        return cls(
            steps=paths.steps,
            codes=codes,
            starts=starts,
            counts=counts[order],
            of=of,
            censored=np.bincount(of[paths.censored], minlength=len(order)),
            cautions=tuple(c for c in paths.cautions if c.code == "CENSORED"),
        )

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def lengths(self) -> Ints:
        """Shape (variants,): steps of each."""
        return np.diff(self.starts)

    def sequence(self, number: int) -> tuple[str, ...]:
        """Return the steps of one variant.

        Raises:
            UsageError: there is no such variant.
        """
        if not 0 <= number < len(self):
            raise UsageError(f"there is no variant {number}: there are {len(self)}, from 0.")
        part = self.codes[self.starts[number] : self.starts[number + 1]]
        return tuple(self.steps[code] for code in part.tolist())

    @property
    def coverage(self) -> Floats:
        """Shape (variants,): share of the paths that the first 1, 2, 3 ... variants are."""
        found: Floats = np.cumsum(self.counts) / max(int(self.counts.sum()), 1)
        return found

    def smallest(self, *, share: float = 0.8) -> int:
        """Return how many variants it takes to be at least that share of the paths.

        Raises:
            UsageError: the share is not above 0 and at most 1.
        """
        if not 0 < share <= 1:
            raise UsageError(f"a share is above 0 and at most 1, not {share!r}.")
        needed = int(np.ceil(share * int(self.counts.sum()) - 1e-9))
        return int(np.searchsorted(np.cumsum(self.counts), needed)) + 1 if len(self) else 0

    def sheet(self) -> Sheet:
        """Return the most frequent variants as a table."""
        coverage = self.coverage
        total = max(int(self.counts.sum()), 1)
        rows = [
            (
                " → ".join(self.sequence(v)),
                count(int(self.counts[v])),
                number(100 * self.counts[v] / total, "percent"),
                number(100 * coverage[v], "percent"),
            )
            for v in range(min(_SHOWN, len(self)))
        ]
        notes = []
        if len(self):
            few = ", ".join(
                f"{k} are {number(100 * coverage[k - 1], 'percent')}"
                for k in (3, 4, 5)
                if k <= len(self)
            )
            least = self.smallest()
            told = "1 variant is" if least == 1 else f"{count(least)} variants are"
            notes = [f"{told} 80 % of the paths{few and f'; the first {few}'}."]
        return Sheet(
            title=f"{count(len(self))} variants of {count(int(self.counts.sum()))} paths",
            head=("variant", "paths", "share", "together"),
            rows=rows,
            notes=notes,
            cautions=self.cautions,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values: every variant with its count."""
        return {
            "steps": list(self.steps),
            "paths": int(self.counts.sum()),
            "variants": [
                {"codes": self.codes[a:b].tolist(), "count": n, "censored": c}
                for a, b, n, c in zip(
                    self.starts[:-1].tolist(),
                    self.starts[1:].tolist(),
                    self.counts.tolist(),
                    self.censored.tolist(),
                    strict=True,
                )
            ],
            "smallest_80": self.smallest(),
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __str__(self) -> str:
        return str(self.sheet())

    def _repr_html_(self) -> str:
        return self.sheet().html()

    def __repr__(self) -> str:
        return f"<Variants: {len(self)} of {int(self.counts.sum())} paths>"
