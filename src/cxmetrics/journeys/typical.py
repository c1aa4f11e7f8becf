"""Typical journeys: the few real journeys around which the others lie, and how many really do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from attrs import asdict, evolve, frozen

from cxmetrics.errors import Caution, UsageError
from cxmetrics.journeys.grouping import Costs, Grouping, share_of
from cxmetrics.journeys.journey_type import Choice, JourneyType
from cxmetrics.journeys.variant import Variants
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import count, interval_text, level_text, number
from cxmetrics.stats.intervals import Interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.signedinteger[Any]]

_NOTHING, _CLEAR = 0.25, 0.5
_UNSTABLE: Final = 0.6
_ROUNDING: Final = 1e-9
_FEW: Final = 30


@frozen(kw_only=True, slots=False, eq=False, repr=False)
class TypicalJourneys:
    """The typical journeys of one number of types, and what the other numbers would give.

    A journey is *characterised* when its distance to the nearest medoid is at most the radius.

    Attributes:
        variants: the evidence: distinct journeys and how often they were made.
        owner: shape (paths,): the customer of each journey; None where not known.
        groupings: by number of types, the variants in groups.
        k: the number of types shown; `at` shows another.
        compared: the number of variants among which the medoids were chosen.
        costs: of the distance.
        radius: see above.
        aim: the share of the journeys that the types should characterise.
        level: of the intervals.
        names: of the types, if they were named.
        told: what the paths have to say of themselves.
    """

    variants: Variants
    owner: Ints | None = None
    groupings: Mapping[int, Grouping]
    k: int
    compared: int
    costs: Costs
    radius: float
    aim: float
    level: float = 0.95
    names: tuple[str, ...] = ()
    told: tuple[Caution, ...] = ()

    def __len__(self) -> int:
        return self.k

    def __iter__(self) -> Iterator[JourneyType]:
        return iter(self.types)

    def __getitem__(self, place: int) -> JourneyType:
        return self.types[place]

    @property
    def n(self) -> int:
        """Journeys."""
        return len(self.variants.of)

    @property
    def grouping(self) -> Grouping:
        """The groups of the number of types shown."""
        return self.groupings[self.k]

    @cached_property
    def of(self) -> Ints:
        """Shape (paths,): the type of each journey, 0 the largest."""
        found: Ints = self.grouping.of[self.variants.of]
        return found

    @cached_property
    def distance(self) -> Floats:
        """Shape (paths,): from each journey to the medoid of its type."""
        found: Floats = self.grouping.distance[self.variants.of]
        return found

    @property
    def characterised(self) -> Bools:
        """Shape (paths,): whether each journey lies within the radius."""
        found: Bools = self.distance <= self.radius + _ROUNDING
        return found

    def labels(self, *, outside: str | None = None) -> list[str | None]:
        """Return the name of the type of each journey, to measure scores by type.

        Args:
            outside: the label of journeys beyond the radius. They belong to no type: left out, they
                are None, a group of its own in every metric.
        """
        names = [one.name for one in self.types]
        inside = self.characterised
        return [
            names[place] if near else outside
            for place, near in zip(self.of.tolist(), inside.tolist(), strict=True)
        ]

    def at(self, k: int) -> TypicalJourneys:
        """Return the same journeys with another number of types.

        Raises:
            UsageError: that number was not looked at.
        """
        if k not in self.groupings:
            known = ", ".join(map(str, self.groupings))
            raise UsageError(f"k={k} was not looked at; there are {known}.")
        return self if k == self.k else evolve(self, k=k, names=())

    def named(self, *names: str) -> TypicalJourneys:
        """Return the same types under names of your own, the largest type first.

        Raises:
            UsageError: there is not one name a type, or one comes twice.
        """
        if len(names) != self.k or len(set(names)) < self.k:
            raise UsageError(f"give {self.k} different names, not {len(names)}: {names!r}.")
        return evolve(self, names=names)

    @cached_property
    def types(self) -> tuple[JourneyType, ...]:
        """The typical journeys, the most frequent first."""
        return tuple(self._type(place) for place in range(self.k))

    def _type(self, place: int) -> JourneyType:
        own, grouping = self.of == place, self.grouping
        counts, group = self.variants.counts, grouping.of == place
        medoid = int(grouping.medoids[place])
        steps = self.variants.sequence(medoid)
        owner = None if self.owner is None else self.owner[own]
        inside = self.characterised[own]
        return JourneyType(
            name=self.names[place] if self.names else " → ".join(steps),
            steps=steps,
            variant=medoid,
            exact=int(counts[medoid]),
            paths=int(own.sum()),
            customers=None if owner is None else len(np.unique(owner)),
            share=float(own.mean()),
            share_interval=share_of(own, self.owner, self.level),
            coverage=float(inside.mean()),
            coverage_interval=share_of(inside, owner, self.level),
            mean_distance=float(np.average(grouping.distance[group], weights=counts[group])),
            silhouette=None if grouping.silhouettes is None else grouping.silhouettes[place],
            stability=None if grouping.stability is None else grouping.stability[place],
        )

    @cached_property
    def choices(self) -> tuple[Choice, ...]:
        """Every number of types that was looked at."""
        return tuple(self._choice(grouping) for grouping in self.groupings.values())

    def _choice(self, grouping: Grouping) -> Choice:
        inside = (grouping.distance <= self.radius + _ROUNDING)[self.variants.of]
        whole = None
        if self.owner is not None:
            whole = np.bincount(self.owner, weights=~inside)[np.unique(self.owner)] == 0
        counts, k = self.variants.counts, grouping.k
        return Choice(
            k=k,
            silhouette=grouping.silhouette,
            noise=grouping.noise,
            coverage=float(inside.mean()),
            coverage_interval=share_of(inside, self.owner, self.level),
            customers=None if whole is None else float(whole.mean()),
            customers_interval=None if whole is None else share_of(whole, None, self.level),
            exact=float(self.variants.coverage[k - 1]),
            smallest=float(np.bincount(grouping.of, weights=counts, minlength=k).min() / self.n),
            mean_distance=float(np.average(grouping.distance, weights=counts)),
            stability=None if grouping.stability is None else min(grouping.stability),
        )

    @property
    def choice(self) -> Choice:
        """What the number of types shown is worth."""
        return next(choice for choice in self.choices if choice.k == self.k)

    @property
    def silhouette(self) -> float | None:
        """The weighted average silhouette; None for one type."""
        return self.grouping.silhouette

    @property
    def structure(self) -> Literal["no", "weak", "clear"]:
        """How well the types separate.

        No structure is an average silhouette under .25, or not above that of journeys without any
        pattern; a clear one is .5 or more (Rousseeuw 1987). One type has none.
        """
        value, noise = self.silhouette, self.grouping.noise
        if value is None or value < _NOTHING or (noise is not None and value <= noise):
            return "no"
        return "clear" if value >= _CLEAR else "weak"

    @property
    def coverage(self) -> float:
        """The share of all journeys that the types characterise, 0 to 1."""
        return self.choice.coverage

    @property
    def coverage_interval(self) -> Interval:
        """Its interval, on the effective number of journeys."""
        return self.choice.coverage_interval

    @cached_property
    def cautions(self) -> tuple[Caution, ...]:
        """What a reader of the types has to know."""
        return (*self.told, *_cautions(self))

    @property
    def title(self) -> str:
        """What the types cover, against the aim."""
        choice = self.choice
        ends = interval_text(choice.coverage_interval, "percent", times=100)
        reached = "reached" if choice.coverage >= self.aim else "not reached"
        subject = "journey characterises" if self.k == 1 else "journeys characterise"
        return (
            f"{self.k} typical {subject} {_percent(choice.coverage)} of {count(self.n)} journeys "
            f"({ends}; {level_text(self.level)} interval): the aim of {_percent(self.aim)} is "
            f"{reached}"
        )

    @property
    def method(self) -> str:
        """How it was computed, in sentences."""
        every = count(len(self.variants))
        among = f"the {every} variants"
        if self.compared < len(self.variants):
            among = f"{count(self.compared)} variants that stand for all {every}"
        return (
            f"Characterised: at most {self.radius:g} from the medoid by {self.costs.text}. "
            f"Medoids (PAM) among {among}, weighted by frequency."
        )

    def sheet(self) -> Sheet:
        """Return the types as a table, and the other numbers of types below."""
        return Sheet(
            title=self.title,
            head=("type", "share", "customers", "within", "distance", "silhouette", "stability"),
            rows=[
                (
                    one.name,
                    _percent(one.share),
                    "–" if one.customers is None else count(one.customers),
                    _percent(one.coverage),
                    f"{one.mean_distance:.2f}",
                    _rating(one.silhouette),
                    _rating(one.stability),
                )
                for one in self.types
            ],
            notes=[*self._notes(), *map(_line, self.choices), self.method],
            cautions=self.cautions,
        )

    def _notes(self) -> Iterator[str]:
        choice = self.choice
        if choice.customers is not None and choice.customers_interval is not None:
            yield (
                f"Customers all of whose journeys are characterised: {_percent(choice.customers)} "
                f"({interval_text(choice.customers_interval, 'percent', times=100)})."
            )
        if choice.silhouette is not None:
            yield (
                f"Average silhouette {_rating(choice.silhouette)}, of journeys without any pattern "
                f"{_rating(choice.noise)}: {self.structure} structure."
            )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values, without the type of each journey."""
        return {
            "k": self.k,
            "n": self.n,
            "variants": len(self.variants),
            "compared": self.compared,
            "structure": self.structure,
            "radius": self.radius,
            "aim": self.aim,
            "costs": self.costs.to_dict(),
            "types": [{**asdict(one), "steps": list(one.steps)} for one in self.types],
            "choices": [asdict(choice) for choice in self.choices],
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __str__(self) -> str:
        return str(self.sheet())

    def __repr__(self) -> str:
        return f"<TypicalJourneys: {self.k} characterise {self.coverage:.1%} of {self.n} journeys>"

    def _repr_html_(self) -> str:
        return self.sheet().html()


def _percent(share: float) -> str:
    return number(100 * share, "percent")


def _rating(value: float | None) -> str:
    return "–" if value is None else number(value, "rating")


def _line(choice: Choice) -> str:
    return (
        f"k = {choice.k}: {_percent(choice.coverage)} characterised, silhouette "
        f"{_rating(choice.silhouette)}; the {choice.k} most frequent variants are "
        f"{_percent(choice.exact)}"
    )


def _cautions(found: TypicalJourneys) -> Iterator[Caution]:
    choice, aim = found.choice, _percent(found.aim)
    if choice.silhouette is not None and found.structure == "no":
        why = (
            f"under {_NOTHING}"
            if choice.silhouette < _NOTHING
            else f"and {_rating(choice.noise)} without any pattern"
        )
        yield Caution(
            "NO_STRUCTURE",
            f"average silhouette {_rating(choice.silhouette)}, {why}: the journeys do not fall "
            "into types. Show variants and transitions.",
        )
    if choice.coverage < found.aim:
        enough = [other for other in found.choices if other.coverage >= found.aim]
        more = (
            f"{enough[0].k} types reach it, with silhouette {_rating(enough[0].silhouette)}."
            if enough
            else f"up to {max(other.k for other in found.choices)} types do not either."
        )
        yield Caution(
            "LOW_COVERAGE",
            f"{_percent(choice.coverage)} are characterised, not {aim}; {more}",
        )
    elif choice.coverage_interval.low < found.aim:
        yield Caution(
            "LOW_COVERAGE",
            f"the aim of {aim} is reached here, but the interval begins at "
            f"{_percent(choice.coverage_interval.low)}.",
        )
    shaky = [one for one in found.types if one.stability is not None and one.stability < _UNSTABLE]
    if shaky:
        told = ", ".join(f"{one.name} ({_rating(one.stability)})" for one in shaky)
        yield Caution(
            "UNSTABLE",
            f"other draws of customers do not find it again (under {_UNSTABLE}): {told}.",
        )
    few = [one.name for one in found.types if one.paths < _FEW]
    if few:
        yield Caution("SMALL_SAMPLE", f"under {_FEW} journeys: {', '.join(few)}.")
