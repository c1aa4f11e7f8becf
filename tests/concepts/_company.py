"""What is true of a generated company, beyond `Company.truth`: expectations over all it lived.

The company is made once more from the parts of the generator, so that what the tables leave out is
known too: the journey each customer remembers, asked or not, and how intensely. No drawn rating
enters a true value, save `felt`, which is what happened at a moment and not an answer about it.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from attrs import frozen
from scipy.special import ndtr

import cxmetrics as cx
from cxmetrics.datasets import blueprint as plan
from cxmetrics.datasets import clientele, company, paths, population, staff, surveys
from cxmetrics.datasets.company import Company
from cxmetrics.datasets.ladder import csat
from cxmetrics.datasets.paths import Moments
from cxmetrics.datasets.population import Population
from cxmetrics.datasets.surveys import Memory

Floats = np.ndarray[Any, np.dtype[np.float64]]
Columns = dict[str, Any]

TOUCHPOINTS: Final = np.array([t.id for t in plan.TOUCHPOINTS])
PHASES: Final = np.array(plan.PHASES)
PERSONAS: Final = np.array([p.id for p in clientele.PERSONAS])
MIRROR: Final = tuple(f"mirror_{item}" for item in plan.MIRROR)
FELT: Final = cx.Scale(-5, 5)
ITEM: Final = np.arange(1.0, 6.0)
RATINGS: Final = np.arange(11.0)
TOLD: Final[dict[str, Any]] = {"weight": "weight", "unit": "customer"}
SATISFACTION: Final = csat.shares(np.arange(-5.0, 6.0))
"""Chance of each rating 1 to 5 of satisfaction, by felt points from -5 to 5."""

Row = tuple[str, float, Any]
"""What is estimated, its true value, the interval (None where there is none)."""


def means(values: Any, groups: Any) -> dict[str, float]:
    """Return the mean of values by group."""
    return {str(name): float(values[groups == name].mean()) for name in np.unique(groups)}


def felt_from(mean: Floats) -> Floats:
    """Return the expected felt points of a moment whose noise is still to be drawn.

    Felt points are rounded and end at -5 and 5, so that a planted severity of 2.4 costs less.
    """
    found: Floats = -5 + ndtr((mean[:, None] - (np.arange(-5, 5) + 0.5)) / plan.FELT_NOISE).sum(1)
    return found


def planted_felt(trait: str, among: Any) -> Floats:
    """Return a planted number by touchpoint, 0 where nothing is planted."""
    found = {one.touchpoint: getattr(one, trait) for one in among}
    return np.array([found.get(touchpoint, 0.0) for touchpoint in TOUCHPOINTS])


@frozen(kw_only=True, eq=False)
class Lived:
    """A company, its tables as columns, and what was lived there.

    Attributes:
        shop: the company.
        people, moments, memory: what it was made from.
        log: one row an interaction; `calm` says that nothing failed in its journey.
        wide: one row a relational respondent, with `failed`, `recovered`, `bought`, `revenue`,
            `left` of the customer.
        hot: one row an answered transactional invitation: `csat`, `emotion`, and the columns of the
            interaction.
        crew: one row an employee who answered.
        dice: for samples of customers.
    """

    shop: Company
    people: Population
    moments: Moments
    memory: Memory
    log: Columns
    wide: Columns
    hot: Columns
    crew: Columns
    dice: np.random.Generator

    @classmethod
    def of(cls, customers: int, seed: int) -> Lived:
        shop = company(customers, seed=seed)
        people = population.populate(customers, seed=seed)
        moments = paths.walk(people, paths.calendar(shop.months), seed=seed)
        memory = surveys.remember(people, moments, seed=seed)
        log = {name: shop.interactions[name] for name in shop.interactions}
        assert (log["felt"] == moments.felt).all()
        failed = np.logical_or.reduceat(moments.failure, moments.first)
        log["calm"] = ~failed[moments.case]
        log["persona"] = PERSONAS[people.persona[moments.customer]]
        outcomes = shop.outcomes["value"].reshape(-1, 3)
        table = shop.wide()
        who = _numbers(table["customer"])
        wide = {name: table[name] for name in table} | {
            "failed": memory.failed[who],
            "recovered": memory.recovered[who],
            "left": outcomes[who, 0],
            "bought": outcomes[who, 1],
            "revenue": outcomes[who, 2],
        }
        ratings = shop.employees["rating"].reshape(-1, len(staff.QUESTIONS))
        crew = {name: shop.employees[name][:: len(staff.QUESTIONS)] for name in ("team", "weight")}
        return cls(
            shop=shop,
            people=people,
            moments=moments,
            memory=memory,
            log=log,
            wide=wide,
            hot=_hot(shop, log),
            crew=crew | dict(zip(staff.QUESTIONS, ratings.T, strict=True)),
            dice=np.random.default_rng([seed, 5]),
        )

    @property
    def recommending(self) -> Floats:
        """Chance of each rating 0 to 10 of the recommendation, shape (customers, 11)."""
        return surveys.remembered.shares(self.memory.intensity)

    def mirrored(self) -> Floats:
        """Chance of each rating 1 to 5 of a mirrored item, shape (items, customers, 5)."""
        shifts = plan.MIRROR_SHIFT
        return np.stack([surveys.mirrored.shares(self.memory.intensity + s) for s in shifts])

    def mirrored_crew(self) -> Floats:
        """The same of all employees, shape (items, employees, 5)."""
        size = max(40, self.people.size // 50)
        rng = population.stream(self.shop.seed, "staff")
        shares = np.array([[t.share for t in plan.TEAMS]])
        team = population.choose(rng, shares, np.zeros(size, dtype=np.int8))
        mean = np.array([t.recommend for t in plan.TEAMS])[team]
        return np.stack([staff.mirrored.shares(mean + shift) for shift in plan.TEAM_SHIFT])

    def phase(self, name: str) -> Floats:
        """Chance of each rating 1 to 5 of a phase, shape (customers, 5); NaN where not visited."""
        felt = self.memory.phase[:, list(PHASES).index(name)]
        return np.where(np.isnan(felt)[:, None], np.nan, csat.shares(np.nan_to_num(felt)))

    def calm_mean(self) -> Floats:
        """Mean felt points of each interaction, without its noise, irritant and wow.

        Of journeys without failure; in the others a contact with support feels otherwise.
        """
        m, months = self.moments, paths.calendar(self.shop.months)
        mood = np.array([p.mood for p in clientele.PERSONAS])[self.people.persona[m.customer]]
        place = np.array([t.felt for t in plan.TOUCHPOINTS])[m.touchpoint]
        found: Floats = place + mood + plan.STEP_FELT * (m.at >= months.bounds[months.step])
        return found

    def sample(self, size: int) -> Any:
        """Return a random sample of customers: shape (customers,), true where drawn."""
        found = np.zeros(self.people.size, dtype=bool)
        found[self.dice.choice(self.people.size, size, replace=False)] = True
        return found


def _numbers(ids: Any) -> Any:
    return np.array([int(name[1:]) for name in ids])


def _hot(shop: Company, log: Columns) -> Columns:
    answers = {name: shop.responses[name] for name in shop.responses}
    kept = answers["question"] == "csat"  # opens each transactional questionnaire; emotion follows
    following = np.roll(kept, 1)
    assert (answers["question"][following] == "emotion").all()
    about = _numbers(answers["interaction"][kept])
    copied = ("touchpoint", "stage", "five_a", "irritant", "wow", "calm", "persona", "at")
    told = ("customer", "interaction", "weight", "answered_at", "verbatim", "language")
    return (
        {name: answers[name][kept] for name in told}
        | {name: log[name][about] for name in copied}
        | {"csat": answers["rating"][kept], "emotion": answers["rating"][following]}
    )
