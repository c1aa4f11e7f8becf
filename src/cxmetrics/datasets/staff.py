"""The employees: eNPS and the items that mirror those asked of customers."""

from __future__ import annotations

from typing import Final

import numpy as np
from attrs import frozen

from cxmetrics.datasets import blueprint as plan
from cxmetrics.datasets.ladder import Floats, Ints, mirror, zero_to_ten
from cxmetrics.datasets.paths import Calendar
from cxmetrics.datasets.population import choose, stream

QUESTIONS: Final = ("enps", *(f"mirror_{item}" for item in plan.MIRROR))
SCALES: Final = ("0:10", "1:5", "1:5", "1:5")

recommending = zero_to_ten(plan.TEAM_NOISE)
mirrored = mirror(plan.TEAM_NOISE)


@frozen(kw_only=True, eq=False)
class Staff:
    """The whole staff (`team`, one row an employee) and the answers (one row a question).

    Attributes:
        team: index into `TEAMS` of every employee, whether answering or not.
        respondent: number of the employee of each answer: anonymous, not in any other table.
        question: index into `QUESTIONS`.
        rating: the rating, NaN where the question was left out.
        asked_at, answered_at: seconds since 1970.
        weight: 1 / the probability that the employee's team member answers.
    """

    team: Ints
    respondent: Ints
    question: Ints
    rating: Floats
    asked_at: Ints
    answered_at: Ints
    weight: Floats


def employ(customers: int, months: Calendar, *, seed: int) -> Staff:
    """Ask every employee once, in the middle of the period."""
    rng = stream(seed, "staff")
    size = max(40, customers // 50)
    team = choose(rng, np.array([[t.share for t in plan.TEAMS]]), np.zeros(size, dtype=np.int8))
    odds = np.array([t.response for t in plan.TEAMS])[team]
    who = np.flatnonzero(rng.random(size) < odds)
    mean = np.array([t.recommend for t in plan.TEAMS])[team[who]]
    ratings = [recommending.draw(rng, mean)]
    ratings += [mirrored.draw(rng, mean + shift) for shift in plan.TEAM_SHIFT]
    rating = np.column_stack(ratings).ravel()
    rating[rng.random(len(rating)) < plan.UNRATED] = np.nan
    questions = len(QUESTIONS)
    middle = int(months.bounds[len(months.names) // 2]) + 8 * 3_600
    delay = rng.integers(3_600, 10 * 86_400, len(who))
    return Staff(
        team=team,
        respondent=np.repeat(who, questions),
        question=np.tile(np.arange(questions, dtype=np.int8), len(who)),
        rating=rating,
        asked_at=np.full(len(rating), middle),
        answered_at=np.repeat(middle + delay, questions),
        weight=np.repeat(1.0 / odds[who], questions),
    )
