"""Variants in groups around real journeys: what `typical_journeys` computes for each k."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import numpy as np
from attrs import asdict, frozen

from cxmetrics.errors import UsageError, did_you_mean
from cxmetrics.journeys.variant import Variants
from cxmetrics.stats.intervals import Interval
from cxmetrics.stats.intervals.wilson import wilson
from cxmetrics.stats.medoids import jaccard, pam, silhouettes
from cxmetrics.stats.sequences import distances, distances_to, transition_costs
from cxmetrics.summaries.sequences import taken

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Ints = NDArray[np.signedinteger[Any]]
    Floats = NDArray[np.float64]

Distance = Literal["optimal_matching", "levenshtein"]

_STEPS: Final = 64_000  # of the variants compared with each other: four seconds at the worst
_DRAWN, _DRAWN_STEPS = 400, 6_000


@frozen(kw_only=True)
class Costs:
    """How the distance of two journeys is computed.

    Attributes:
        distance: `"optimal_matching"`, or `"levenshtein"`: both costs are then 1.
        indel: what one step more or less costs.
        substitution: what another step in its place costs; `"rates"`: 2 - p_ij - p_ji, so that
            steps which often follow each other are near.
        normalise: `"max"`, a share of the largest distance possible at these lengths; `"length"`,
            divided by the longer length; None, as it is.
    """

    distance: Distance = "optimal_matching"
    indel: float = 1.0
    substitution: float | Literal["rates"] = 2.0
    normalise: Literal["max", "length"] | None = "max"

    def __attrs_post_init__(self) -> None:
        if self.distance not in get_args(Distance):
            raise UsageError(
                f"no distance {self.distance!r}; {did_you_mean(self.distance, get_args(Distance))}"
            )
        if self.distance == "levenshtein" and (self.indel, self.substitution) != (1.0, 2.0):
            raise UsageError("levenshtein costs 1 a step: leave out indel and substitution.")
        if isinstance(self.substitution, str) and self.substitution != "rates":
            raise UsageError(f"substitution={self.substitution!r}: give a number, or 'rates'.")

    def arguments(self, variants: Variants) -> dict[str, Any]:
        """Return what the distances of these variants are computed with."""
        fee: float | Floats
        if self.distance == "levenshtein":
            fee = 1.0
        elif self.substitution == "rates":
            fee = transition_costs(
                variants.codes, variants.starts, size=len(variants.steps), weights=variants.counts
            )
        else:
            fee = float(self.substitution)
        return {"indel": self.indel, "substitution": fee, "normalise": self.normalise or "none"}

    @property
    def text(self) -> str:
        """The costs in words."""
        if self.distance == "levenshtein":
            text = "Levenshtein distance (a step more, less or another costs 1)"
        elif self.substitution == "rates":
            text = f"optimal matching (indel {self.indel:g}, substitution 2 - p(ij) - p(ji))"
        else:
            text = f"optimal matching (indel {self.indel:g}, substitution {self.substitution:g})"
        if self.normalise is None:
            return text
        by = "the largest possible at these lengths" if self.normalise == "max" else "the longer"
        return f"{text}, divided by {by}"

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return asdict(self)


@frozen(kw_only=True, eq=False)
class Grouping:
    """All variants around k of them, the largest group first.

    Attributes:
        medoids: shape (k,): the variant in the middle of each group.
        of: shape (variants,): the group of each variant, the one with the nearest medoid.
        distance: shape (variants,): to that medoid.
        silhouette: the weighted average over the variants compared; None for one group.
        silhouettes: the same of each group.
        noise: the largest silhouette of journeys without any pattern; None where none was drawn.
        stability: mean Jaccard coefficient of each group over the bootstrap; None where none was.
    """

    medoids: Ints
    of: Ints
    distance: Floats
    silhouette: float | None
    silhouettes: tuple[float, ...] | None
    noise: float | None = None
    stability: tuple[float, ...] | None = None

    @property
    def k(self) -> int:
        """The number of groups."""
        return len(self.medoids)


@frozen(kw_only=True, eq=False)
class Compared:
    """The variants whose distances to each other are computed.

    Attributes:
        which: shape (compared,): their places, ascending.
        stands: shape (variants,): the place in `which` of the variant that stands for each.
        weights: shape (compared,): the journeys each stands for.
        near: shape (compared, compared): the distances.
        arguments: of the distances.
    """

    which: Ints
    stands: Ints
    weights: Ints
    near: Floats
    arguments: dict[str, Any]


def compare(variants: Variants, costs: Costs, most: int) -> Compared:
    """Compute the distances among variants, or among `most` of them that stand for all.

    Half of the places go to the most frequent variants. The others are cut, in their order (by
    frequency, then by their steps), into runs of as many journeys, and the variant in the middle
    stands for its run: without them the types would be made of, and judged by, the journeys that
    many customers share.
    """
    size = len(variants)
    which = stands = np.arange(size)
    while len(which) > most or (len(which) > 2 and variants.lengths[which].sum() > _STEPS):
        most = min(most, 3 * len(which) // 4) if len(which) <= most else most
        head = most // 2
        counts = variants.counts[head:]
        middle = np.cumsum(counts) - counts / 2
        run = (middle * (most - head) / counts.sum()).astype(np.int64)
        _, first, run = np.unique(run, return_index=True, return_inverse=True)
        after = np.append(first[1:], len(counts))
        which = np.concatenate([np.arange(head), head + (first + after) // 2])
        stands = np.concatenate([np.arange(head), head + run])
    codes, starts = taken(variants.codes, variants.starts, which)
    arguments = costs.arguments(variants)
    return Compared(
        which=which,
        stands=stands,
        weights=np.bincount(stands, weights=variants.counts).astype(np.int64),
        near=distances(codes, starts, **arguments),
        arguments=arguments,
    )


def group(variants: Variants, compared: Compared, k: int) -> Grouping:
    """Choose k medoids among the variants compared; each of the others joins the nearest."""
    found = pam(compared.near, k, weights=compared.weights)
    medoids = compared.which[found.medoids]
    own = np.arange(len(compared.which))
    of = np.empty(len(variants), dtype=np.int64)
    distance = np.empty(len(variants))
    of[compared.which] = found.of
    distance[compared.which] = compared.near[found.medoids[found.of], own]
    rest = np.setdiff1d(np.arange(len(variants)), compared.which, assume_unique=True)
    if len(rest):
        apart = distances_to(
            variants.codes, variants.starts, medoids, among=rest, **compared.arguments
        )
        of[rest], distance[rest] = apart.argmin(axis=1), apart.min(axis=1)
    size = np.bincount(of, weights=variants.counts, minlength=k)
    order = np.lexsort((medoids, -size))
    of = np.argsort(order)[of]
    whole, parts = None, None
    if k > 1:
        among, weights = of[compared.which], compared.weights
        each = silhouettes(compared.near, among, weights=weights)
        whole = float(np.average(each, weights=weights))
        sums = np.bincount(among, weights=each * weights, minlength=k)
        parts = tuple((sums / np.bincount(among, weights=weights, minlength=k)).tolist())
    return Grouping(
        medoids=medoids[order], of=of, distance=distance, silhouette=whole, silhouettes=parts
    )


def noise(
    ks: list[int], variants: Variants, compared: Compared, *, draws: int, seed: int
) -> list[float | None]:
    """Return the largest silhouette that journeys without any pattern have, for each k.

    They have the lengths of the real ones and their steps as often, in random order and company
    (Studer 2021). Short journeys with few steps fall into groups by themselves.
    """
    rng = np.random.default_rng(seed)
    total = int(variants.counts.sum())
    long = float(variants.lengths @ variants.counts) / total
    size = min(_DRAWN, total, max(int(_DRAWN_STEPS / long), 8))
    often = np.bincount(variants.codes, weights=np.repeat(variants.counts, variants.lengths))
    found: list[float | None] = [None] * len(ks)
    for _ in range(draws):
        like = rng.choice(len(variants), size, p=variants.counts / total)
        starts = np.concatenate([[0], np.cumsum(variants.lengths[like])])
        codes = rng.choice(len(often), starts[-1], p=often / often.sum())
        near = distances(codes, starts, **compared.arguments)
        for place, k in enumerate(ks):
            if 1 < k <= size:
                anew, best = float(silhouettes(near, pam(near, k).of).mean()), found[place]
                found[place] = anew if best is None else max(anew, best)
    return found


def stabilities(
    groupings: list[Grouping],
    variants: Variants,
    compared: Compared,
    *,
    owner: Ints | None,
    draws: int,
    seed: int,
) -> list[tuple[float, ...]]:
    """Return how well each group is found again in other draws of customers.

    Customers are drawn with all their journeys (journeys, where customers are not known), medoids
    are chosen anew among the variants drawn, and all variants compared join the nearest. Of each
    group: the Jaccard coefficient with the most similar new group, journeys in both over journeys
    in either, averaged over the draws (Hennig 2007).
    """
    rng = np.random.default_rng(seed)
    near, weights, size = compared.near, compared.weights, len(compared.which)
    total = int(weights.sum())
    stands = compared.stands[variants.of]
    clients = 0 if owner is None else int(owner.max()) + 1
    sums = [np.zeros(grouping.k) for grouping in groupings]
    for _ in range(draws):
        if owner is None:
            drawn = rng.multinomial(total, weights / total)
        else:
            times = np.bincount(rng.integers(0, clients, clients), minlength=clients)
            drawn = np.bincount(stands, weights=times[owner], minlength=size)
        there = np.flatnonzero(drawn)
        part = near[np.ix_(there, there)]
        for grouping, found in zip(groupings, sums, strict=True):
            anew = pam(part, min(grouping.k, len(there)), weights=drawn[there])
            of = near[there[anew.medoids]].argmin(axis=0)
            found += jaccard(grouping.of[compared.which], of, size=grouping.k, weights=weights)
    return [tuple((found / draws).tolist()) for found in sums]


def share_of(hit: Bools, owner: Ints | None, level: float) -> Interval:
    """Return Wilson's interval of a share of journeys, on their effective number.

    Journeys of one customer are alike: with the variance of a ratio over customers the effective
    number is n over the design effect, never more than n; where all journeys are the same in this,
    it is the number of customers.
    """
    n, p = float(len(hit)), float(hit.mean())
    if owner is not None:
        customers = len(np.unique(owner))
        spread = p * (1 - p) * n * n / max(n - 1, 1.0)
        if spread and customers > 1:
            residual = np.bincount(owner, weights=hit - p)
            deff = customers / (customers - 1) * float(residual @ residual) / spread
            n /= max(deff, 1.0)
        else:
            n = float(customers)
    low, high = wilson(p * n, n, level=level)
    return Interval(min(low, p), max(high, p), level, "wilson")
