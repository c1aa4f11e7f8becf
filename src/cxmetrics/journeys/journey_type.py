"""What is said of one typical journey, and of one number of them."""

from __future__ import annotations

from attrs import frozen

from cxmetrics.stats.intervals import Interval


@frozen(kw_only=True)
class JourneyType:
    """One typical journey: the medoid of its group, a journey that customers really made.

    Attributes:
        name: given with `named`, else the steps.
        steps: of the medoid.
        variant: the place of the medoid among the variants.
        exact: journeys that are exactly the medoid.
        paths: journeys of the group.
        customers: who made one of them, some beside journeys of other types; None where customers
            are not known.
        share: of all journeys, 0 to 1.
        share_interval: of it.
        coverage: the share of the group's journeys that lie within the radius, 0 to 1.
        coverage_interval: of it.
        mean_distance: of the group's journeys to the medoid.
        silhouette: average of the group; None where there is only one group.
        stability: mean Jaccard coefficient over the bootstrap: 1 is found again each time; None
            where none was drawn.
    """

    name: str
    steps: tuple[str, ...]
    variant: int
    exact: int
    paths: int
    customers: int | None
    share: float
    share_interval: Interval
    coverage: float
    coverage_interval: Interval
    mean_distance: float
    silhouette: float | None
    stability: float | None


@frozen(kw_only=True)
class Choice:
    """What one number of types is worth.

    Attributes:
        k: the number of types.
        silhouette: weighted average; None for one type.
        noise: the largest silhouette of journeys without any pattern; None where none was drawn.
        coverage: share of all journeys within the radius of their medoid, 0 to 1.
        coverage_interval: of it.
        customers: share of the customers all of whose journeys are; None where not known.
        customers_interval: of it.
        exact: share of all journeys that are one of the k most frequent variants, exactly.
        smallest: share of the smallest type.
        mean_distance: of all journeys to their medoid.
        stability: of the least stable type; None where no bootstrap was drawn.
    """

    k: int
    silhouette: float | None
    noise: float | None
    coverage: float
    coverage_interval: Interval
    customers: float | None
    customers_interval: Interval | None
    exact: float
    smallest: float
    mean_distance: float
    stability: float | None
