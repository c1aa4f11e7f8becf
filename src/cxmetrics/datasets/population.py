"""The customers: persona, region, segment, age band, language and habit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import frozen

from cxmetrics.datasets import blueprint as plan
from cxmetrics.datasets import clientele
from cxmetrics.datasets.ladder import Floats, Ints


def stream(seed: int, part: str) -> np.random.Generator:
    """Return the random numbers of one part of the company.

    Each part has its own, so that drawing more in one leaves the others as they were.
    """
    return np.random.default_rng([seed, *part.encode()])


def choose(rng: np.random.Generator, odds: Floats, rows: Ints) -> Ints:
    """Draw one column of `odds`, shape (kinds, choices), for each row; `rows` says its kind."""
    cumulated = np.cumsum(odds, axis=1)[:, :-1]
    drawn = rng.random(len(rows))
    chosen = np.zeros(len(rows), dtype=np.int8)
    for bounds in cumulated.T:
        chosen += drawn > bounds[rows]
    return chosen


@frozen(kw_only=True, eq=False)
class Population:
    """One array a trait, one row a customer; every trait is an index into the blueprint.

    Attributes:
        persona: index into `PERSONAS`.
        region: index into `REGIONS`.
        segment: index into `SEGMENTS`.
        age: index into `AGES`.
        language: index into `LANGUAGES`.
        habit: index into `HABITS`; one more for `VARIED`.
        since: day the relation began, seconds since 1970.
    """

    persona: Ints
    region: Ints
    segment: Ints
    age: Ints
    language: Ints
    habit: Ints
    since: Ints

    @property
    def size(self) -> int:
        """The number of customers."""
        return len(self.persona)


def populate(customers: int, *, seed: int) -> Population:
    """Draw the customers. Region is independent of persona, so weights have two tasks."""
    rng = stream(seed, "population")
    one = np.zeros(customers, dtype=np.int8)
    persona = choose(rng, _odds([p.share for p in clientele.PERSONAS]), one)
    region = choose(rng, _odds([r.share for r in clientele.REGIONS]), one)
    premium = np.array([p.premium for p in clientele.PERSONAS])
    habits = np.array([(*p.habits, 1 - sum(p.habits)) for p in clientele.PERSONAS])
    spoken = np.array([clientele.LANGUAGES.index(r.language) for r in clientele.REGIONS])
    other = rng.random(customers) < clientele.OTHER_LANGUAGE
    days = rng.integers(30, 3_000, customers)
    return Population(
        persona=persona,
        region=region,
        segment=(rng.random(customers) < premium[persona]).astype(np.int8),
        age=choose(rng, np.array([p.ages for p in clientele.PERSONAS]), persona),
        language=np.where(other, 1 - spoken[region], spoken[region]),
        habit=choose(rng, habits, persona),
        since=int(plan.START.timestamp()) - days * 86_400,
    )


def _odds(shares: Sequence[float]) -> Floats:
    return np.array([shares])
