"""A profile: a total and its parts, part by part and group by group, of the same respondents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from cxmetrics.concepts.answers import Answers
from cxmetrics.concepts.breakdown import Group, group_name
from cxmetrics.concepts.cells import against_others, tabled
from cxmetrics.concepts.coherence import agreement, doubts
from cxmetrics.concepts.composed import concealed, few, left_out
from cxmetrics.concepts.estimate import Estimate, Gap, small
from cxmetrics.errors import Caution
from cxmetrics.items.consistency import Reliability
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import count, level_text, limits, number
from cxmetrics.stats.averages import Averages

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@frozen(kw_only=True)
class Column:
    """One number of a respondent.

    Attributes:
        name: what it is called.
        depth: 0 for the total, 1 for its parts, 2 for theirs.
        low: the lowest possible value.
        high: the highest.
    """

    name: str
    depth: int
    low: float
    high: float


@frozen(kw_only=True, slots=False, eq=False)
class Profile:
    """The total of a questionnaire and its parts, with intervals, by group where asked.

    Attributes:
        name: what was measured.
        columns: the total first.
        labels: the groups, hidden ones too.
        secret: the groups that are hidden.
        whole: of each column, the mean.
        cells: of each column, the means of the groups.
        rests: for each group the total beside that of all others.
        consistencies: by part, alpha and omega of its items, or why there is none.
        rows: rows read.
        filled: respondents with some of the items, the others filled in by their own mean.
        floor: groups of fewer respondents are hidden.
        withheld: whether there are so few respondents that nothing is shown.
        thin: the columns that so few answered that they are not shown.
        level: of the intervals.
        notes: how it was computed.
        noticed: what was set aside.
    """

    name: str
    columns: tuple[Column, ...]
    labels: tuple[Group, ...]
    secret: frozenset[Group]
    whole: tuple[Averages, ...]
    cells: tuple[Averages, ...]
    rests: tuple[Averages, ...]
    consistencies: Mapping[str, Reliability | str]
    rows: int
    filled: int
    floor: int
    withheld: bool
    thin: tuple[str, ...]
    level: float
    notes: tuple[str, ...]
    noticed: tuple[Caution, ...]

    def _estimates(self, found: tuple[Averages, ...], group: int = 0) -> dict[str, Estimate]:
        return {
            column.name: Estimate.of(
                means, group, unit="rating", level=self.level, bounds=(column.low, column.high)
            )
            for column, means in zip(self.columns, found, strict=True)
        }

    @cached_property
    def parts(self) -> dict[str, Estimate]:
        """The total and its parts, all respondents."""
        return self._estimates(self.whole)

    @property
    def overall(self) -> Estimate:
        """The total."""
        return self.parts[self.columns[0].name]

    @property
    def value(self) -> float:
        """The total; NaN where nobody counts, or too few to be shown."""
        return self.overall.value

    @cached_property
    def groups(self) -> dict[Group, dict[str, Estimate]]:
        """The total and its parts by group; hidden groups are left out."""
        return {
            label: self._estimates(self.cells, place)
            for place, label in enumerate(self.labels)
            if label not in self.secret
        }

    @cached_property
    def against_rest(self) -> dict[Group, Gap]:
        """The total of each group minus that of all others, Holm-adjusted; not where one hides."""
        total = self.columns[0]
        bounds = total.low, total.high
        return against_others(
            self.labels, self.rests, unit="rating", level=self.level, bounds=bounds
        )

    @cached_property
    def cautions(self) -> tuple[Caution, ...]:
        """What a reader of the numbers has to know."""
        return (*self.noticed, *self._found())

    def _found(self) -> Iterator[Caution]:
        total = self.overall
        if self.withheld:
            yield Caution("SUPPRESSED", f"under {self.floor} respondents: nothing is shown.")
            return
        if self.thin:
            yield Caution("SUPPRESSED", f"under {self.floor} respondents: {', '.join(self.thin)}.")
        if not total.n and self.columns[0].name not in self.thin:
            yield Caution("NO_ANSWERS", "no respondent answered enough of the items.")
            return
        if total.n:
            yield from small(total.n, "all")
        name = self.columns[0].name
        yield from few({group_name(label): own[name].n for label, own in self.groups.items()})
        secret = [group_name(label) for label in self.labels if label in self.secret]
        yield from concealed(secret, self.floor)
        yield from left_out({"all": (self.rows, total.n, self.filled)})
        for name, own in self.consistencies.items():
            yield from doubts(own, name)

    @property
    def title(self) -> str:
        """The total with its interval."""
        if self.withheld:
            return f"{self.name}: hidden"
        own = self.overall.interval
        ends = (
            "no interval"
            if own is None
            else f"{level_text(self.level)} interval {limits(own.low, own.high, 'rating')}"
        )
        told = number(self.value, "rating")
        return f"{self.name}: {told} ({ends}), n = {count(self.overall.n)}"

    def sheet(self) -> Sheet:
        """Return the table: the total and its parts, of all and of each group."""
        compared = bool(self.against_rest)
        blank: tuple[str, ...] = ("", "") if compared else ()
        depth = {column.name: column.depth for column in self.columns}

        def lines(
            first: str, own: Mapping[str, Estimate], beside: tuple[str, ...], deepest: int
        ) -> Iterator[tuple[str, ...]]:
            for name, part in own.items():
                if not depth[name]:
                    yield (first, *part.texts(), *beside)
                elif depth[name] <= deepest:
                    yield (f"{'  ' * (depth[name] - 1)}· {name}", *part.texts(), *blank)

        rows = list(lines("all", self.parts, blank, 2))
        for label, own in self.groups.items():
            gap = self.against_rest.get(label)
            beside = ("–", "–") if gap is None else (gap.texts()[0], gap.texts()[2])
            rows += lines(group_name(label), own, beside if compared else (), 1)
        for label in self.labels:
            if label in self.secret:
                rows.append((group_name(label), "hidden", "", "", *blank))
        told = [f"{name}: {agreement(own)}." for name, own in self.consistencies.items()]
        head = ("", "score", "interval", "n")
        return Sheet(
            title=self.title,
            head=(*head, "minus the others", "Holm") if compared else head,
            rows=rows,
            notes=() if self.withheld else (*self.notes, *told),
            cautions=self.cautions,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "name": self.name,
            **self.overall.to_dict(),
            "rows": self.rows,
            "filled": self.filled,
            "parts": {name: part.to_dict() for name, part in self.parts.items()},
            "groups": [
                {
                    "group": group_name(label),
                    "parts": {name: part.to_dict() for name, part in own.items()},
                    "against_rest": self.against_rest[label].to_dict()
                    if label in self.against_rest
                    else None,
                }
                for label, own in self.groups.items()
            ],
            "hidden": [group_name(label) for label in self.labels if label in self.secret],
            "reliability": {
                name: None if isinstance(own, str) else own.to_dict()
                for name, own in self.consistencies.items()
            },
            "notes": list(self.notes),
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __str__(self) -> str:
        return str(self.sheet())

    def __repr__(self) -> str:
        return f"<{self.title}>"

    def _repr_html_(self) -> str:
        return self.sheet().html()


def profile(
    values: Floats,
    found: Answers,
    *,
    grouped: object,
    floor: int,
    columns: tuple[Column, ...],
    consistencies: Mapping[str, Reliability | str],
    filled: int,
    **about: Any,
) -> Profile:
    """Measure the columns of respondents.

    Args:
        values: shape (rows, columns), the total first; NaN where missing.
        found: whose rows they are, groups in order.
        grouped: the `by` of the call, None for one group.
        floor: groups of fewer respondents are hidden.
        columns: what the values are.
        consistencies: alpha and omega, by part.
        filled: respondents with items filled in.
        **about: the other attributes of the profile.
    """
    table = tabled(values, found, grouped=grouped, floor=floor)
    return Profile(
        labels=table.labels,
        secret=table.secret,
        whole=table.whole,
        cells=table.cells,
        rests=table.rests,
        columns=columns,
        consistencies={
            name: own
            for name, own in ({} if table.withheld else consistencies).items()
            if isinstance(own, str) or own.n >= floor
        },
        filled=0 if 0 in table.thin else filled,
        rows=found.rows,
        floor=floor,
        withheld=table.withheld,
        thin=tuple(columns[place].name for place in table.thin),
        noticed=found.cautions,
        **about,
    )
