"""The flow: how paths move between steps, in counts that add up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
from attrs import evolve, frozen

from cxmetrics.errors import Caution, MergeError
from cxmetrics.summaries.sequences import merged
from cxmetrics.summaries.waits import Waits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

START: Final = "START"
END: Final = "END"
_ADDED: Final = ("counts", "open", "ever", "repeated", "reached")


def open_ends(censored: int, paths: int) -> tuple[Caution, ...]:
    """Return the caution about paths that may go on, if there are any."""
    if not censored:
        return ()
    return (
        Caution(
            "CENSORED",
            f"{censored:,} of {paths:,} paths may go on: their last event is nearer to the end of "
            "observation than the gap.",
        ),
    )


@frozen(kw_only=True, eq=False, repr=False)
class Flow:
    """First-order transitions of paths, how far they reach, how long they wait, what they are.

    Every path leaves START once and arrives at END once, unless it may still go on: then its last
    step has no exit yet, and is counted in `open` instead of END. Flows of disjoint customers add
    up: `flow(a and b) == flow(a) + flow(b)`.

    Attributes:
        steps: the labels, in the order of all arrays.
        declared: whether that order was declared; only then "back" and "reached" say something.
        paths: how many.
        customers: how many they are of.
        counts: shape (steps + 1, steps + 1): transitions from the row to the column; the last row
            is START, the last column END.
        open: shape (steps,): paths that stand there and may go on.
        ever: shape (steps,): paths that were there at least once.
        repeated: shape (steps,): paths that were there at least twice.
        reached: shape (steps,): paths that got there in order: the first time at the first step,
            then the first time after that at the second, and so on.
        returning: paths with at least one move to an earlier step.
        waits: times between two events, in cell `row * (steps + 1) + column`; in the last column
            how long an open path has waited.
        climbs: times from reaching a step in order to reaching the next, in cell `step` of the
            later; in cell `steps + step` how long an open path has waited for it.
        codes: the distinct paths, one after the other, the most frequent first.
        starts: shape (variants + 1,): where each of them begins in `codes`.
        variants: shape (variants,): how many paths each is.
        gap: the inactivity that ends a path, in microseconds; None without one.
        who: the customers, so that flows that share one refuse to be added; None after
            serialisation, when they are forgotten on purpose.
        told: what a reader has to know of the events.
    """

    steps: tuple[str, ...]
    declared: bool
    paths: int
    customers: int
    counts: Ints
    open: Ints
    ever: Ints
    repeated: Ints
    reached: Ints
    returning: int
    waits: Waits
    climbs: Waits
    codes: NDArray[Any]
    starts: Ints
    variants: Ints
    gap: int | None = None
    who: NDArray[Any] | None = None
    told: tuple[Caution, ...] = ()

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """What a reader has to know."""
        return (*self.told, *open_ends(int(self.open.sum()), self.paths))

    @property
    def events(self) -> int:
        """Events of all paths."""
        return int(self.visits.sum())

    @property
    def visits(self) -> Ints:
        """Shape (steps,): events at each step."""
        found: Ints = self.counts[:, :-1].sum(axis=0)
        return found

    @property
    def exits(self) -> Ints:
        """Shape (steps,): events whose exit was seen, to a step or to END."""
        found: Ints = self.counts[:-1].sum(axis=1)
        return found

    @property
    def returns(self) -> int:
        """Moves to an earlier step, in the declared order; repeats are none."""
        return int(np.tril(self.counts[:-1, :-1], -1).sum()) if self.declared else 0

    def __add__(self, other: object) -> Flow:
        if not isinstance(other, Flow):
            return NotImplemented
        if (self.steps, self.declared) != (other.steps, other.declared):
            raise MergeError(
                "flows over different steps can't be added: declare the same order for both."
            )
        if self.gap != other.gap:
            raise MergeError("flows of paths that were cut by different gaps can't be added.")
        who = None
        if self.who is not None and other.who is not None:
            who = np.concatenate([self.who, other.who])
            shared = len(who) - len(np.unique(who))
            if shared:
                raise MergeError(
                    f"{shared} customers are in both flows, whose paths may be parts of the same "
                    "ones: make one flow of all their events."
                )
        codes, starts, variants = merged(
            (self.codes, self.starts, self.variants), (other.codes, other.starts, other.variants)
        )
        return evolve(
            self,
            paths=self.paths + other.paths,
            customers=self.customers + other.customers,
            **{name: getattr(self, name) + getattr(other, name) for name in _ADDED},
            returning=self.returning + other.returning,
            waits=self.waits + other.waits,
            climbs=self.climbs + other.climbs,
            codes=codes,
            starts=starts,
            variants=variants,
            who=who,
            told=tuple(dict.fromkeys((*self.told, *other.told))),
        )

    def __radd__(self, other: object) -> Flow:
        return self if other == 0 else NotImplemented  # so that sum(flows) works

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Flow):
            return NotImplemented
        mine, theirs = self.to_dict(), other.to_dict()
        del mine["told"], theirs["told"]
        return mine == theirs

    __hash__ = None  # type: ignore[assignment]  # holds arrays: equal by value, not hashable

    def __repr__(self) -> str:
        return f"<Flow: {self.paths} paths, {self.events} events, {len(self.steps)} steps>"

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values; customers are counted in them, never named."""
        return {
            "steps": list(self.steps),
            "declared": self.declared,
            "paths": self.paths,
            "customers": self.customers,
            **{name: getattr(self, name).tolist() for name in _ADDED},
            "returning": self.returning,
            "waits": self.waits.to_dict(),
            "climbs": self.climbs.to_dict(),
            "codes": self.codes.tolist(),
            "starts": self.starts.tolist(),
            "variants": self.variants.tolist(),
            "gap": self.gap,
            "told": [{"code": c.code, "message": c.message} for c in self.told],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build the flow that `to_dict` wrote."""
        small = np.min_scalar_type(-len(data["steps"]) - 2)
        names = (*_ADDED, "starts", "variants")
        return cls(
            steps=tuple(data["steps"]),
            declared=data["declared"],
            paths=data["paths"],
            customers=data["customers"],
            returning=data["returning"],
            waits=Waits.from_dict(data["waits"]),
            climbs=Waits.from_dict(data["climbs"]),
            codes=np.array(data["codes"], small),
            gap=data["gap"],
            told=tuple(Caution(c["code"], c["message"]) for c in data["told"]),
            **{name: np.array(data[name], np.int64) for name in names},
        )
