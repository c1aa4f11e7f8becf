"""What a composite found: the index, its items, its groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import combinations
from math import isnan
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from cxmetrics.concepts.breakdown import Group, group_name
from cxmetrics.concepts.cells import MOST, against_others
from cxmetrics.concepts.coherence import agreement, doubts
from cxmetrics.concepts.estimate import Estimate, Gap, adjusted, small
from cxmetrics.errors import Caution, UsageError
from cxmetrics.items.consistency import Reliability
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import count, level_text, limits, listed, number
from cxmetrics.stats.averages import Averages
from cxmetrics.stats.intervals import Interval
from cxmetrics.stats.multiplicity import Adjustment

if TYPE_CHECKING:
    from cxmetrics.concepts.composite import Composite

_LOST: Final = 0.1
_NAMED: Final = 8
"""Groups that a caution names."""


@frozen(kw_only=True, slots=False, eq=False)
class Index:
    """A composite of respondents: its mean, its items and its groups, with intervals.

    Attributes:
        recipe: what was measured.
        labels: the groups, hidden ones too.
        secret: the groups that are hidden.
        whole: the mean of all respondents.
        parts: by item, its own mean (or net score) over the respondents who count.
        cells: the means of the groups, in the order of `labels`.
        rests: for each group its mean beside that of all others.
        consistency: alpha and omega of the values that were averaged, or why there is none.
        rows: rows read.
        filled: respondents with some of the items, the others filled in by their own mean.
        floor: groups of fewer respondents are hidden.
        withheld: whether there are so few respondents that nothing is shown.
        bands: names of levels with their lower limits.
        level: of the intervals.
        noticed: what was set aside.
    """

    recipe: Composite
    labels: tuple[Group, ...]
    secret: frozenset[Group]
    whole: Averages
    parts: Mapping[str, Estimate]
    cells: Averages
    rests: tuple[Averages, ...]
    consistency: Reliability | str
    rows: int
    filled: int
    floor: int
    withheld: bool
    bands: Mapping[str, float]
    level: float
    noticed: tuple[Caution, ...]

    @property
    def _options(self) -> dict[str, Any]:
        return {"unit": self.recipe.unit, "level": self.level, "bounds": self.recipe.bounds}

    @cached_property
    def overall(self) -> Estimate:
        """The index of all respondents."""
        return Estimate.of(self.whole, **self._options)

    @property
    def value(self) -> float:
        """The index; NaN where nobody counts, or too few to be shown."""
        return self.overall.value

    @property
    def interval(self) -> Interval | None:
        """Its interval; None under two respondents."""
        return self.overall.interval

    @property
    def standard_error(self) -> float:
        """From the spread of the respondents' composites."""
        return self.whole.standard_error(0)

    @property
    def n(self) -> int:
        """Respondents who count."""
        return self.overall.n

    @cached_property
    def groups(self) -> dict[Group, Estimate]:
        """The index by group; hidden groups are left out."""
        return {
            label: Estimate.of(self.cells, place, **self._options)
            for place, label in enumerate(self.labels)
            if label not in self.secret
        }

    @cached_property
    def against_rest(self) -> dict[Group, Gap]:
        """Each group minus all others together, Holm-adjusted.

        Never minus the total, which holds the group itself. Empty where a group is hidden, and for
        a single group.
        """
        return against_others(self.labels, self.rests, **self._options)

    def compare(self, *, adjustment: Adjustment = "holm") -> tuple[Gap, ...]:
        """Compare every group with every other: Welch's t, or paired where they share respondents.

        Args:
            adjustment: for the number of comparisons.

        Raises:
            UsageError: there are more than 100 groups.
        """
        places = [p for p, label in enumerate(self.labels) if label not in self.secret]
        if len(places) > MOST:
            raise UsageError(f"{len(places)} groups: compare at most {MOST}, with where=.")
        gaps = [
            Gap.between(
                f"{group_name(self.labels[a])} minus {group_name(self.labels[b])}",
                self.cells,
                a,
                b,
                **self._options,
            )
            for a, b in combinations(places, 2)
        ]
        return tuple(adjusted([gap for gap in gaps if gap is not None], adjustment))

    @property
    def reliability(self) -> Reliability | None:
        """Alpha and omega of the items, as they enter the index."""
        return None if isinstance(self.consistency, str) else self.consistency

    def band(self, value: float) -> str | None:
        """Return the name of the band a value lies in; None below the lowest."""
        under = [name for name, low in self.bands.items() if value >= low]
        return max(under, key=lambda name: self.bands[name], default=None)

    @cached_property
    def cautions(self) -> tuple[Caution, ...]:
        """What a reader of the numbers has to know."""
        return (*self.noticed, *_cautions(self))

    @property
    def title(self) -> str:
        """The index with its interval."""
        if self.interval is None:
            ends = "no interval"
        else:
            told = limits(self.interval.low, self.interval.high, self.recipe.unit)
            ends = f"{level_text(self.level)} interval {told}"
        if self.withheld:
            return f"{self.recipe.title}: hidden"
        return (
            f"{self.recipe.title}: {number(self.value, self.recipe.unit)} ({ends}), "
            f"n = {count(self.n)}"
        )

    def sheet(self) -> Sheet:
        """Return the table: items, then groups."""
        compared = bool(self.against_rest)
        head = ("", "score", "interval", "n")
        blank: tuple[str, ...] = ("", "") if compared else ()
        rows = [("all", *self.overall.texts(), *blank)]
        rows += [(f"· {name}", *part.texts(), *blank) for name, part in self.parts.items()]
        for label, own in self.groups.items():
            gap = self.against_rest.get(label)
            beside = ("–", "–") if gap is None else (gap.texts()[0], gap.texts()[2])
            rows.append((group_name(label), *own.texts(), *(beside if compared else ())))
        rows += [(group_name(label), "hidden", "", "", *blank) for label in self.labels
                 if label in self.secret]  # fmt: skip
        return Sheet(
            title=self.title,
            head=(*head, "minus the others", "Holm") if compared else head,
            rows=rows,
            notes=() if self.withheld else tuple(_notes(self)),
            cautions=self.cautions,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        own = self.reliability
        return {
            "recipe": self.recipe.to_dict(),
            **self.overall.to_dict(),
            "standard_error": None if isnan(self.standard_error) else self.standard_error,
            "rows": self.rows,
            "filled": self.filled,
            "items": {name: part.to_dict() for name, part in self.parts.items()},
            "groups": [
                {
                    "group": group_name(label),
                    **estimate.to_dict(),
                    "against_rest": self.against_rest[label].to_dict()
                    if label in self.against_rest
                    else None,
                }
                for label, estimate in self.groups.items()
            ],
            "hidden": [group_name(label) for label in self.labels if label in self.secret],
            "reliability": None if own is None else own.to_dict(),
            "bands": dict(self.bands),
            "band": self.band(self.value),
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __str__(self) -> str:
        return str(self.sheet())

    def __repr__(self) -> str:
        return f"<{self.title}>"

    def _repr_html_(self) -> str:
        return self.sheet().html()


def left_out(counted: Mapping[str, tuple[int, int, int]]) -> Iterator[Caution]:
    """Say how many respondents do not count, and for how many items were filled in.

    Args:
        counted: by name: rows, those that count, those with items filled in.
    """
    lost = [
        f"{name} {100 * (1 - n / rows):.0f} %"
        for name, (rows, n, _) in counted.items()
        if n and rows - n > _LOST * rows
    ]
    if lost:
        yield Caution(
            "INCOMPLETE_ROWS", f"rows that miss too many items are left out: {', '.join(lost)}."
        )
    filled = [
        f"{name} {count(some)} of {count(n)}" for name, (_, n, some) in counted.items() if some
    ]
    if filled:
        yield Caution(
            "IMPUTED",
            "respondents who answered some of the items, the mean of their own standing for the "
            f"others: {', '.join(filled)}.",
        )


def concealed(labels: list[str], floor: int) -> Iterator[Caution]:
    """Say that groups are hidden."""
    if labels:
        yield Caution(
            "SUPPRESSED",
            f"under {floor} respondents, or telling of such a group: {', '.join(labels)}.",
        )


def few(groups: Mapping[str, int]) -> Iterator[Caution]:
    """Say which groups have few answers."""
    short = [name for name, n in groups.items() if 0 < n < 30]
    if short:
        names = listed(short, _NAMED)
        yield Caution("SMALL_SAMPLE", f"under 30 answers, read the interval: {names}.")


def _cautions(found: Index) -> Iterator[Caution]:
    if found.withheld:
        yield Caution("SUPPRESSED", f"under {found.floor} respondents: nothing is shown.")
        return
    if not found.n:
        yield Caution("NO_ANSWERS", "no respondent answered enough of the items.")
        return
    yield from small(found.n, "all")
    yield from few({group_name(label): own.n for label, own in found.groups.items()})
    yield from concealed([group_name(label) for label in found.labels if label in found.secret],
                         found.floor)  # fmt: skip
    yield from left_out({"all": (found.rows, found.n, found.filled)})
    yield from doubts(found.consistency, "the items")


def _notes(found: Index) -> Iterator[str]:
    recipe = found.recipe
    ends = f"{recipe.low:g} to {recipe.high:g}"
    item = recipe.items[0]
    how = f"rescaled to {ends}"
    if recipe.net:
        good, bad = (", ".join(f"{b:g}" for b in boxes) for boxes in (item.positive, item.negative))
        how = f"% good ({good}) minus % bad ({bad})" + (
            "" if recipe.unit == "points" else f", {how}"
        )
    weights = (
        "equal weights"
        if recipe.equal
        else "weights " + ", ".join(f"{item.name} {item.weight:g}" for item in recipe.items)
    )
    yield f"Mean of the respondents' composites; each item {how}; {weights}."
    turned = [item.name for item in recipe.items if item.turned]
    if turned:
        yield f"Turned round: {', '.join(turned)}."
    many = len(recipe.items)
    needed = many if recipe.minimum is None else recipe.minimum
    yield (
        f"A respondent counts with {'all' if needed == many else f'at least {needed} of'} {many} "
        f"items: {count(found.n)} of {count(found.rows)} rows do."
    )
    yield f"Consistency of what is averaged: {agreement(found.consistency)}."
    if found.bands and found.n:
        band = found.band(found.value) or "below all bands"
        reach = [] if found.interval is None else [found.interval.low, found.interval.high]
        names = list(dict.fromkeys(found.band(end) or "below all bands" for end in reach))
        yield f"Band: {band}" + (
            f"; the interval reaches from {names[0]} to {names[1]}." if len(names) > 1 else "."
        )
