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
from cxmetrics.stats.sequences import Normalisation, distances, distances_to, transition_costs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Ints = NDArray[np.signedinteger[Any]]
    Floats = NDArray[np.float64]

Distance = Literal["optimal_matching", "levenshtein"]

_STEPS: Final = 64_000  # of the variants compared with each other: four seconds at the worst


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

    def _named(self, variants: Variants) -> dict[str, Any]:
        fee: float | Floats
        if self.distance == "levenshtein":
            fee = 1.0
        elif self.substitution == "rates":
            fee = transition_costs(
                variants.codes, variants.starts, size=len(variants.steps), weights=variants.counts
            )
        else:
            fee = float(self.substitution)
        normalise: Normalisation = self.normalise or "none"
        return {"indel": self.indel, "substitution": fee, "normalise": normalise}

    def among(self, variants: Variants, kept: int) -> Floats:
        """Return the distances among the `kept` most frequent variants."""
        starts = variants.starts[: kept + 1]
        return distances(variants.codes[: starts[-1]], starts, **self._named(variants))

    def to(self, variants: Variants, few: Ints, among: Ints) -> Floats:
        """Return the distances of variants to a few of them."""
        named = self._named(variants)
        return distances_to(variants.codes, variants.starts, few, among=among, **named)

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
        stability: mean Jaccard coefficient of each group over the bootstrap; None where none was.
    """

    medoids: Ints
    of: Ints
    distance: Floats
    silhouette: float | None
    silhouettes: tuple[float, ...] | None
    stability: tuple[float, ...] | None = None

    @property
    def k(self) -> int:
        """The number of groups."""
        return len(self.medoids)


def compared(variants: Variants, most: int) -> int:
    """Return how many of the most frequent variants are compared with each other."""
    return max(min(most, int(np.searchsorted(variants.starts, _STEPS, side="right")) - 1), 1)


def group(variants: Variants, costs: Costs, near: Floats, k: int) -> Grouping:
    """Choose k medoids among the variants compared; the others join the nearest."""
    kept = len(near)
    counts = variants.counts[:kept]
    found = pam(near, k, weights=counts)
    of = np.empty(len(variants), dtype=np.int64)
    distance = np.empty(len(variants))
    of[:kept], distance[:kept] = found.of, near[found.medoids[found.of], np.arange(kept)]
    if kept < len(variants):
        rest = np.arange(kept, len(variants))
        apart = costs.to(variants, found.medoids, rest)
        of[kept:], distance[kept:] = apart.argmin(axis=1), apart.min(axis=1)
    size = np.bincount(of, weights=variants.counts, minlength=k)
    order = np.lexsort((found.medoids, -size))
    place = np.argsort(order)
    of = place[of]
    whole, parts = None, None
    if k > 1:
        own = silhouettes(near, of[:kept], weights=counts)
        whole = float(np.average(own, weights=counts))
        sums = np.bincount(of[:kept], weights=own * counts, minlength=k)
        parts = tuple((sums / np.bincount(of[:kept], weights=counts, minlength=k)).tolist())
    return Grouping(
        medoids=found.medoids[order],
        of=of,
        distance=distance,
        silhouette=whole,
        silhouettes=parts,
    )


def stabilities(
    groupings: list[Grouping],
    variants: Variants,
    near: Floats,
    *,
    owner: Ints | None,
    replicates: int,
    seed: int,
) -> list[tuple[float, ...]]:
    """Return how well each group is found again in other draws of customers.

    Customers are drawn with all their journeys (journeys, where customers are not known), medoids
    are chosen anew among the variants drawn, and all variants compared join the nearest. Of each
    group: the Jaccard coefficient with the most similar new group, journeys in both over journeys
    in either, averaged over the draws (Hennig 2007).
    """
    rng = np.random.default_rng(seed)
    kept, total = len(near), int(variants.counts.sum())
    counts = variants.counts[:kept]
    clients = 0 if owner is None else int(owner.max()) + 1
    sums = [np.zeros(grouping.k) for grouping in groupings]
    for _ in range(replicates):
        if owner is None:
            drawn = rng.multinomial(total, variants.counts / total)[:kept]
        else:
            times = np.bincount(rng.integers(0, clients, clients), minlength=clients)
            drawn = np.bincount(variants.of, weights=times[owner], minlength=len(variants))[:kept]
        there = np.flatnonzero(drawn)
        if not len(there):  # only rare variants were drawn: nothing is found again
            continue
        part = near[np.ix_(there, there)]
        for grouping, total_of in zip(groupings, sums, strict=True):
            anew = pam(part, min(grouping.k, len(there)), weights=drawn[there])
            of = near[there[anew.medoids]].argmin(axis=0)
            total_of += jaccard(grouping.of[:kept], of, size=grouping.k, weights=counts)
    return [tuple((total_of / replicates).tolist()) for total_of in sums]


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
