"""What the customers did after: churn, repurchase and revenue, led by the remembered score."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from cxmetrics.datasets import blueprint as plan
from cxmetrics.datasets.ladder import Bools, Floats, chance
from cxmetrics.datasets.population import Population, stream
from cxmetrics.datasets.surveys import Memory


@frozen(kw_only=True, eq=False)
class Facts:
    """One row a customer, observed `OUTCOME_DAYS` after the remembered score."""

    churn: Bools
    repurchase: Bools
    revenue: Floats


def churn_odds(rating: Floats) -> Floats:
    """Return the probability to have left, given the remembered rating 0 to 10."""
    return chance(plan.CHURN_AT_7 + plan.CHURN_PER_POINT * (rating - 7))


def repurchase_odds(rating: Floats) -> Floats:
    """Return the probability to have bought again, given the remembered rating 0 to 10."""
    return chance(plan.REPURCHASE_AT_7 + plan.REPURCHASE_PER_POINT * (rating - 7))


def observe(people: Population, memory: Memory, *, seed: int) -> Facts:
    """Draw the outcomes of every customer, whether or not the customer ever answered."""
    rng = stream(seed, "outcomes")
    repurchase = rng.random(people.size) < repurchase_odds(memory.rating)
    basket = np.array(plan.REVENUE)[people.segment]
    basket = basket * (1 + plan.REVENUE_PER_POINT * (memory.rating - 7))
    revenue = np.round(rng.gamma(4.0, basket / 4.0), 2) * repurchase
    return Facts(
        churn=rng.random(people.size) < churn_odds(memory.rating),
        repurchase=repurchase,
        revenue=revenue,
    )
