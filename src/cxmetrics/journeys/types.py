"""The question "which 3 to 5 journeys tell 80 % of the story", and an honest answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Literal

from attrs import evolve

from cxmetrics.errors import DataError, UsageError
from cxmetrics.journeys.grouping import Costs, Distance, compare, group, noise, stabilities
from cxmetrics.journeys.journey_type import Choice
from cxmetrics.journeys.path import Paths
from cxmetrics.journeys.typical import TypicalJourneys
from cxmetrics.journeys.variant import Variants
from cxmetrics.stats.distributions import check_level

SEED: Final = 19_870_401
FIELD: Final = (3, 4, 5)
"""The numbers of types that are always reported."""
_RADIUS: Final = 0.25
_AS_GOOD: Final = 0.05


def typical_journeys(
    data: Paths | Variants,
    *,
    k: int | Iterable[int] = range(2, 9),
    aim: float = 0.8,
    radius: float | None = None,
    distance: Distance = "optimal_matching",
    indel: float = 1.0,
    substitution: float | Literal["rates"] = 2.0,
    normalise: Literal["max", "length"] | None = "max",
    most: int = 1_000,
    bootstrap: int = 50,
    patternless: int = 19,
    level: float = 0.95,
    seed: int = SEED,
) -> TypicalJourneys:
    """Find the few real journeys that describe most of the others, and say how many they do.

    Distances are computed among the distinct journeys, and k medoids are chosen that make the sum
    of the distances, weighted by frequency, small (PAM). That 3 to 5 journeys describe 80 % of the
    customers has no known source: what they do describe is reported, whatever it is.

    By default a distance is the share of the steps of two journeys that they do not have in common
    in the same order: 0 for the same journey, 1 for nothing in common. A journey within 0.25 of a
    medoid is *characterised* by it: three quarters of the steps of both are shared. Around a
    medoid of five steps that allows for up to three steps more (3/13), two less (2/8) or another
    one in place of one (2/10), not for two others (4/10).

    The number of types: of 3, 4 and 5 (of those looked at, if none of these was) the ones whose
    silhouette is at most 0.05 under the best separate equally well; among them the smallest that
    reaches the aim is shown or, if none does, the one that covers most.

    Args:
        data: paths, or their variants; then customers are not known, and journeys stand for them.
        k: the numbers of types to look at; 3, 4 and 5 always are. One number is shown as it is.
        aim: the share of the journeys to be characterised, above 0 and at most 1.
        radius: the distance up to which a journey is characterised; 0.25 where distances are shares
            (`normalise="max"`), else it has to be said.
        distance: `"optimal_matching"`, or `"levenshtein"` (all costs 1).
        indel: what one step more or less costs.
        substitution: what another step in its place costs. 2 is one less and one more; `"rates"`,
            2 - p_ij - p_ji, brings steps nearer that often follow each other.
        normalise: `"max"`, `"length"` or None: see `cxmetrics.stats.sequences.distances`.
        most: so many variants are compared with each other (and together at most 64,000 steps):
            half of them the most frequent ones, half an even choice that stands for the others,
            which then join the nearest medoid and count. It takes about 24 bytes times `most`
            squared: 24 MB for 1,000.
        bootstrap: draws of customers that the stability is measured with, for 3, 4, 5 types and the
            number shown; 0 for none.
        patternless: draws of journeys with the same lengths and steps, without any pattern, whose
            silhouettes show what is structure; 0 for none. With 19 the risk to take noise for
            structure is 5 %.
        level: of the intervals.
        seed: of the draws.

    Raises:
        DataError: there is no journey.
        UsageError: an argument makes no sense, or k is more than there are variants.

    References:
        Abbott & Tsay 2000 (optimal matching); Kaufman & Rousseeuw 1990 (PAM); Rousseeuw 1987
        (silhouette: over .5 structure, under .25 none); Studer 2021, Sociological Methodology
        51:290-318 (journeys without pattern); Hennig 2007 (stability); Wilson 1927, on the
        effective number of journeys.

    Example:
        >>> from cxmetrics.journeys import paths
        >>> from datetime import UTC, datetime
        >>> walks = ["web till", "web till till", "web call", "web call call", "web till"] * 20
        >>> rows = [
        ...     (customer, step, datetime(2026, 3, 1, hour, tzinfo=UTC))
        ...     for customer, walk in enumerate(walks)
        ...     for hour, step in enumerate(walk.split())
        ... ]
        >>> log = dict(zip(("customer", "touchpoint", "at"), zip(*rows)))
        >>> found = typical_journeys(paths(log, step="touchpoint"), k=2)
        >>> [(one.name, one.paths) for one in found]
        [('web → till', 60), ('web → call', 40)]
        >>> found.coverage, round(found.silhouette, 2)
        (1.0, 0.84)
    """
    check_level(level)
    asked = _asked(k)
    _check(aim=aim, most=most, bootstrap=bootstrap, patternless=patternless)
    costs = Costs(distance=distance, indel=indel, substitution=substitution, normalise=normalise)
    if radius is None:
        if normalise != "max":
            raise UsageError(
                "a radius of 0.25 is meant for distances from 0 to 1: say radius= for distances "
                f"with normalise={normalise!r}."
            )
        radius = _RADIUS
    if not 0 <= radius < float("inf"):
        raise UsageError(f"radius={radius!r}: a distance is 0 or more.")
    if not isinstance(data, Paths | Variants):
        raise UsageError(
            f"typical journeys are those of paths, not of a {type(data).__name__}: "
            "typical_journeys(paths(data, …))."
        )
    variants = data.variants() if isinstance(data, Paths) else data
    if not len(variants):
        raise DataError("there is no journey: were all events left out?")
    compared = compare(variants, costs, most)
    size = len(compared.which)
    if isinstance(k, int) and k > size:
        raise UsageError(f"k={k}: there are {size} variants to choose from.")
    ks = [number for number in sorted({*asked, *FIELD}) if number <= size] or [size]
    found = TypicalJourneys(
        variants=variants,
        owner=data.owner if isinstance(data, Paths) else None,
        groupings={number: group(variants, compared, number) for number in ks},
        k=ks[0],
        compared=size,
        costs=costs,
        radius=float(radius),
        aim=float(aim),
        level=level,
        told=tuple(data.cautions),
    )
    found = found.at(k if isinstance(k, int) else _chosen(found.choices, aim))
    tested = [number for number in ks if number in {*FIELD, found.k}]
    groupings = dict(found.groupings)
    if patternless:
        drawn = noise(tested, variants, compared, draws=patternless, seed=seed)
        for number, silhouette in zip(tested, drawn, strict=True):
            groupings[number] = evolve(groupings[number], noise=silhouette)
    if bootstrap:
        shown = [groupings[number] for number in tested]
        again = stabilities(
            shown, variants, compared, owner=found.owner, draws=bootstrap, seed=seed
        )
        for number, stability in zip(tested, again, strict=True):
            groupings[number] = evolve(groupings[number], stability=stability)
    return evolve(found, groupings=groupings)


def _chosen(choices: Sequence[Choice], aim: float) -> int:
    """Return the number of types to show; the rule is in the docstring of `typical_journeys`."""
    field = [choice for choice in choices if choice.k in FIELD] or choices

    def separation(choice: Choice) -> float:
        return -1.0 if choice.silhouette is None else choice.silhouette

    best = max(map(separation, field))
    close = [choice for choice in field if separation(choice) >= best - _AS_GOOD]
    enough = [choice for choice in close if choice.coverage >= aim]
    return enough[0].k if enough else max(close, key=lambda choice: (choice.coverage, -choice.k)).k


def _asked(k: int | Iterable[int]) -> set[int]:
    asked = {k} if isinstance(k, int) else set(k)
    if not asked or any(type(n) is not int or n < 1 for n in asked):
        raise UsageError(f"k={k!r}: give whole numbers of types, from 1.")
    return asked


def _check(*, aim: float, most: int, **draws: int) -> None:
    if not 0 < aim <= 1:
        hint = f": did you mean {aim / 100:g}?" if 1 < aim <= 100 else "."
        raise UsageError(f"aim is a share above 0 and at most 1, not {aim!r}{hint}")
    if most < 2:
        raise UsageError(f"most={most}: two variants at least are compared.")
    for name, many in draws.items():
        if many < 0:
            raise UsageError(f"{name}={many}: a number of draws, 0 for none.")
