"""Paths: what every customer did, in order, in a few arrays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from attrs import evolve, field, frozen

from cxmetrics.engines.encode import encode
from cxmetrics.engines.instants import EPOCH, MICROSECOND
from cxmetrics.errors import Caution, UsageError
from cxmetrics.journeys.counting import flow_of
from cxmetrics.journeys.variant import Variants
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import count, number
from cxmetrics.summaries import Label
from cxmetrics.summaries.design import label_order
from cxmetrics.summaries.flow import Flow, open_ends

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

_SHOWN = 5


@frozen(kw_only=True, eq=False, repr=False)
class Paths:
    """An event log in order: the path of each customer, as columns of small integers.

    Path `p` is the events `starts[p]:starts[p + 1]` of `codes`, `at` and `rows`. Repeats and loops
    are kept: real paths are not straight.

    Attributes:
        steps: the labels of the codes: in the order declared, else sorted.
        codes: shape (events,): the step of each event, the smallest signed integers that fit.
        at: shape (events,): microseconds since 1970 UTC.
        rows: shape (events,): the row of the data that each event came from, so that any other
            column can be joined; counted after `where`.
        starts: shape (paths + 1,): where each path begins, and the number of events.
        owner: shape (paths,): place of its customer in `customers`.
        customers: labels of the customers, sorted.
        journey: shape (paths,): label of the journey column; None without one.
        censored: shape (paths,): whether the path may go on: its last event is nearer to the end of
            observation than the gap. Never without a gap.
        gap: the inactivity that ends a path; None where only customer (and journey) part paths.
        until: the end of observation; None in an empty log without a stated end.
        level: the name of the column the steps came from.
        declared: whether the order of the steps was declared, so that "back" means something.
        left_out: events that are in no path, by reason.
        height: rows of the data the paths were made of (after `where`), so that a column of other
            data is not taken for one of these.
        cautions: what a reader has to know.
    """

    steps: tuple[str, ...]
    codes: NDArray[Any]
    at: Ints
    rows: Ints
    starts: Ints
    owner: Ints
    customers: NDArray[Any]
    journey: NDArray[Any] | None = None
    censored: Bools
    gap: dt.timedelta | None = None
    until: dt.datetime | None = None
    level: str = "stage"
    declared: bool = False
    left_out: Mapping[str, int] = field(factory=dict)
    height: int | None = None
    cautions: tuple[Caution, ...] = ()

    def __len__(self) -> int:
        return len(self.owner)

    @property
    def events(self) -> int:
        """How many events all paths have."""
        return len(self.codes)

    @property
    def lengths(self) -> Ints:
        """Shape (paths,): events of each path, at least 1."""
        return np.diff(self.starts)

    def path(self, number: int) -> tuple[str, ...]:
        """Return the steps of one path.

        Raises:
            UsageError: there is no such path.
        """
        if not -len(self) <= number < len(self):
            raise UsageError(f"there is no path {number}: there are {len(self)}, from 0.")
        number %= len(self)
        part = self.codes[self.starts[number] : self.starts[number + 1]]
        return tuple(self.steps[code] for code in part.tolist())

    def times(self, number: int) -> tuple[dt.datetime, ...]:
        """Return the moments of one path, UTC."""
        part = self.at[self.starts[number] : self.starts[number + 1]]
        return tuple(EPOCH + moment * MICROSECOND for moment in part.tolist())

    def variants(self) -> Variants:
        """Count the distinct sequences of steps."""
        return Variants.of_paths(self)

    def flow(self) -> Flow:
        """Count transitions, reach, waits and variants.

        Returns:
            A summary that can be added to those of other customers, and asked by `transitions`,
            `funnel`, `durations`, `dependence` and `compare_flows`.
        """
        return flow_of(self, self.variants())

    def flows(self, by: Any) -> dict[Label, Flow]:
        """Count a flow a group: a persona, a period, a journey.

        Args:
            by: shape (paths,): the label of each path, such as `paths.journey`, or those of a
                column of the data, `column[paths.rows[paths.starts[:-1]]]` (of the first event).

        Returns:
            The flows by label, sorted; None is the group of paths without a label.

        Raises:
            UsageError: it does not have one label a path.
        """
        if len(by) != len(self):
            raise UsageError(f"by= takes one label a path: {len(by)} for {len(self)} paths.")
        groups = encode(np.asarray(by))
        order = sorted(range(len(groups.labels)), key=lambda g: label_order(groups.labels[g]))
        found = {groups.labels[g]: self.only(groups.codes == g) for g in order}
        return {label: part.flow() for label, part in found.items() if len(part)}

    def collapsed(self) -> Self:
        """Return the paths with immediate repeats folded into the first of them.

        It changes every count of events and every time between steps; ask for it only where a
        repeat means nothing.
        """
        first = np.ones(self.events, dtype=np.bool_)
        np.not_equal(self.codes[1:], self.codes[:-1], out=first[1:])
        first[self.starts[:-1]] = True
        kept = np.zeros(self.events + 1, dtype=np.int64)
        np.cumsum(first, out=kept[1:])
        return evolve(
            self,
            codes=self.codes[first],
            at=self.at[first],
            rows=self.rows[first],
            starts=kept[self.starts],
        )

    def reversed(self) -> Self:
        """Return every path backwards: the last step first.

        Times are mirrored within the path, so that the time between two neighbours stays. Nothing
        is censored: it is not known what the first event came after.
        """
        lengths = self.lengths
        mirror = np.repeat(self.starts[:-1] + self.starts[1:] - 1, lengths)
        mirror -= np.arange(self.events)
        ends = np.repeat(self.at[self.starts[:-1]] + self.at[self.starts[1:] - 1], lengths)
        return evolve(
            self,
            codes=self.codes[mirror],
            at=ends - self.at[mirror],
            rows=self.rows[mirror],
            censored=np.zeros(len(self), dtype=np.bool_),
            cautions=tuple(caution for caution in self.cautions if caution.code != "CENSORED"),
        )

    def only(self, mask: Any) -> Self:
        """Return some of the paths.

        Args:
            mask: shape (paths,): true for those to keep.

        Raises:
            UsageError: it does not have one value a path.
        """
        keep = np.asarray(mask)
        if keep.shape != (len(self),) or keep.dtype != np.bool_:
            raise UsageError(f"only() takes one true or false a path: there are {len(self)}.")
        lengths = self.lengths
        events = np.repeat(keep, lengths)
        present, owner = np.unique(self.owner[keep], return_inverse=True)
        return evolve(
            self,
            codes=self.codes[events],
            at=self.at[events],
            rows=self.rows[events],
            starts=np.concatenate([[0], np.cumsum(lengths[keep])]),
            owner=owner,
            customers=self.customers[present],
            journey=None if self.journey is None else self.journey[keep],
            censored=self.censored[keep],
            cautions=(
                *(caution for caution in self.cautions if caution.code != "CENSORED"),
                *open_ends(int(self.censored[keep].sum()), int(keep.sum())),
            ),
        )

    def sheet(self) -> Sheet:
        """Return the most frequent variants as a table."""
        variants = self.variants()
        share = variants.counts / max(len(self), 1)
        rows = [
            (
                " → ".join(variants.sequence(i)),
                count(int(variants.counts[i])),
                number(100 * share[i], "percent"),
            )
            for i in range(min(_SHOWN, len(variants)))
        ]
        notes = []
        if self.gap is not None:
            days = self.gap / dt.timedelta(days=1)
            span = f"{days:g} days" if days >= 1 else f"{24 * days:g} hours"
            notes.append(f"A path ends after {span} without an event.")
        notes += [f"{count(n)} events left out: {why}." for why, n in self.left_out.items() if n]
        return Sheet(
            title=f"{count(len(self))} paths of {count(len(self.customers))} customers, "
            f"{count(self.events)} events at {len(self.steps)} steps ({self.level})",
            head=("path", "paths", "share"),
            rows=rows,
            notes=notes,
            cautions=self.cautions,
        )

    def __str__(self) -> str:
        return str(self.sheet())

    def _repr_html_(self) -> str:
        return self.sheet().html()

    def __repr__(self) -> str:
        return f"<Paths: {len(self)} of {len(self.customers)} customers, {self.events} events>"
