"""What is really true of the made-up company, so that an estimate can be checked.

Two kinds of truth, and no other:

* **planted**: a constant of `blueprint` or `clientele`, the same for every seed and size;
* **expected**: the exact expectation of the statistic over *this* generated population, given
  what its customers lived: the mean, over all customers (or interactions, or employees),
  answering or not, of the probability that the model gives to each rating. No drawn rating
  enters it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from attrs import field, frozen

from cxmetrics.datasets import blueprint as plan
from cxmetrics.datasets import clientele, staff, surveys
from cxmetrics.datasets.ladder import Bools, Floats, Ints, ces2, csat
from cxmetrics.datasets.outcomes import churn_odds, repurchase_odds
from cxmetrics.datasets.paths import Calendar, Moments
from cxmetrics.datasets.population import Population

_CHUNK = 250_000


def _immutable(mapping: Mapping[str, float]) -> Mapping[str, float]:
    return MappingProxyType(dict(mapping))


def _shares() -> Mapping[str, float]:
    value: Mapping[str, float] = field(converter=_immutable)
    return value


@frozen(kw_only=True)
class MemoryTruth:
    """How a remembered score is made (planted).

    rating = round(intercept + peak * P + end * E + mean * M + recovery * R + region + noise * L),
    kept within 0 to 10: P, E and M are the peak, end and mean of `interactions.felt` over the
    remembered journey, R is 1 where a failure was repaired, L is standard logistic. The peak is
    the moment farthest from 0, the later one of equals.
    """

    intercept: float
    peak: float
    end: float
    mean: float
    recovery: float
    noise: float
    region: Mapping[str, float] = _shares()


@frozen(kw_only=True)
class ResponseTruth:
    """Who answers (planted): `base[persona] * fatigue ** min(solicitations, cap)`.

    Attributes:
        base: probability to answer a delivered invitation, by persona, without solicitation.
        fatigue: factor for each invitation sent in the last `days` days.
        cap: solicitations above which nothing changes any more.
        days: length of the window of solicitations.
        bounced: share of invitations not delivered.
        unrated: share of the questions of an answer left without a rating.
        sampled: share of customers the relational survey is sent to, by region.
        invited: share of interactions followed by an invitation, by touchpoint.
    """

    fatigue: float
    cap: int
    days: int
    bounced: float
    unrated: float
    base: Mapping[str, float] = _shares()
    sampled: Mapping[str, float] = _shares()
    invited: Mapping[str, float] = _shares()


@frozen(kw_only=True)
class OutcomeTruth:
    """What a remembered point is worth.

    Attributes:
        churn_at_7, churn_per_point: log odds at rating 7, and log odds ratio a point (planted).
        repurchase_at_7, repurchase_per_point: the same for repurchase (planted).
        revenue_at_7: mean revenue of a customer who buys again, by segment (planted).
        revenue_per_point: share of it added by each point above 7 (planted).
        churn, repurchase: share of all customers (expected).
    """

    churn_at_7: float
    churn_per_point: float
    repurchase_at_7: float
    repurchase_per_point: float
    revenue_per_point: float
    churn: float
    repurchase: float
    revenue_at_7: Mapping[str, float] = _shares()


@frozen(kw_only=True)
class Truth:
    """The true values behind a company. *Planted* and *expected* as in the module's text.

    Attributes:
        nps: population NPS, -100 to 100, all customers (expected). The estimator that targets
            it weights the ratings of question `nps` by `weight`.
        nps_unweighted: what the unweighted NPS of the answers tends to: each customer counts by
            the probability to be sampled, reached and to answer (expected).
        nps_by_persona, nps_by_region: as `nps` (expected, weighted).
        nps_by_month: as `nps`, of the customers whose remembered score falls into the month
            "2025-01" ... of asking (expected, weighted); empty months are left out.
        nps_by_recovery: "none" (no failure), "recovered", "unrecovered" (expected, weighted).
        csat_by_touchpoint: top-2-box share of question `csat`, all interactions (expected,
            weighted).
        csat_by_month: the same by month of the interaction (expected, weighted).
        ces2_by_touchpoint: share of ratings 5 to 7 of question `ces2`, all support interactions
            (expected, weighted).
        ces2_mean: mean of that rating over all support interactions (expected, weighted).
        step_month: first month of the planted step of satisfaction.
        step_felt: felt points added to every moment from then on (planted).
        typical_share: share of customers who follow a typical journey (planted).
        journeys: the typical journeys, with the steps' probabilities (planted).
        journey_shares: expected share of customers by habit, `varied` among them (planted).
        irritants, wows: incidence at their touchpoint, and felt points lost or won (planted).
        failure: probability of a service failure, by touchpoint (planted).
        failure_felt: felt points of a failure (planted).
        memory: the peak-end rule (planted).
        responses: who answers (planted).
        outcomes: the link with behaviour.
        enps: eNPS of the whole staff (expected, weighted).
        enps_by_team: the same by team (expected, weighted).
        mirror_customers, mirror_employees: share of ratings 4 and 5 of the mirrored items
            (expected, weighted).
    """

    nps: float
    nps_unweighted: float
    ces2_mean: float
    step_month: str
    step_felt: float
    typical_share: float
    failure_felt: float
    enps: float
    journeys: tuple[plan.Habit, ...]
    irritants: tuple[plan.Irritant, ...]
    wows: tuple[plan.Wow, ...]
    memory: MemoryTruth
    responses: ResponseTruth
    outcomes: OutcomeTruth
    nps_by_persona: Mapping[str, float] = _shares()
    nps_by_region: Mapping[str, float] = _shares()
    nps_by_month: Mapping[str, float] = _shares()
    nps_by_recovery: Mapping[str, float] = _shares()
    csat_by_touchpoint: Mapping[str, float] = _shares()
    csat_by_month: Mapping[str, float] = _shares()
    ces2_by_touchpoint: Mapping[str, float] = _shares()
    journey_shares: Mapping[str, float] = _shares()
    failure: Mapping[str, float] = _shares()
    enps_by_team: Mapping[str, float] = _shares()
    mirror_customers: Mapping[str, float] = _shares()
    mirror_employees: Mapping[str, float] = _shares()


def reveal(
    people: Population,
    moments: Moments,
    memory: surveys.Memory,
    asked: surveys.Asked,
    crew: staff.Staff,
    months: Calendar,
) -> Truth:
    """Compute every true value."""
    promoter = 100 * surveys.remembered.net_promoter(memory.intensity)
    inclusion = asked.relational_inclusion
    fate = np.where(memory.recovered, 1, np.where(memory.failed, 2, 0))
    touchpoints = [t.id for t in plan.TOUCHPOINTS]
    personas, regions = [p.id for p in clientele.PERSONAS], [r.id for r in clientele.REGIONS]
    # A moment is one of eleven felt values: its probabilities are looked up.
    felt = np.arange(-5.0, 6.0)
    satisfied = csat.at_least(felt, rating=4)[moments.felt + 5]
    helped = moments.stage == plan.SUPPORT
    helped_felt, helped_at = moments.felt[helped] + 5, moments.touchpoint[helped]
    easy = ces2.at_least(felt, rating=5)[helped_felt]
    effort = (ces2.shares(felt) @ np.arange(1.0, 8.0))[helped_felt]
    mean = np.array([t.recommend for t in plan.TEAMS])
    loyal = 100 * staff.recommending.net_promoter(mean)
    shares = np.array([p.share for p in clientele.PERSONAS])
    habits = shares @ np.array([p.habits for p in clientele.PERSONAS])
    return Truth(
        nps=float(promoter.mean()),
        nps_unweighted=float(promoter @ inclusion / inclusion.sum()),
        nps_by_persona=_means(promoter, people.persona, personas),
        nps_by_region=_means(promoter, people.region, regions),
        nps_by_month=_means(promoter, months.month(moments.remembered_at), months.names),
        nps_by_recovery=_means(promoter, fate, ("none", "recovered", "unrecovered")),
        csat_by_touchpoint=_means(satisfied, moments.touchpoint, touchpoints),
        csat_by_month=_means(satisfied, months.month(moments.at), months.names),
        ces2_by_touchpoint=_means(easy, helped_at, touchpoints),
        ces2_mean=float(effort.mean()),
        step_month=months.names[months.step],
        step_felt=plan.STEP_FELT,
        typical_share=float(habits.sum()),
        journeys=plan.HABITS,
        journey_shares={
            **{h.id: float(share) for h, share in zip(plan.HABITS, habits, strict=True)},
            plan.VARIED: float(1 - habits.sum()),
        },
        irritants=plan.IRRITANTS,
        wows=plan.WOWS,
        failure={t.id: t.failure for t in plan.TOUCHPOINTS if t.failure},
        failure_felt=plan.FAILURE_FELT,
        memory=MemoryTruth(
            intercept=plan.MEMORY_INTERCEPT,
            peak=plan.MEMORY_PEAK,
            end=plan.MEMORY_END,
            mean=plan.MEMORY_MEAN,
            recovery=plan.MEMORY_RECOVERY,
            noise=plan.MEMORY_NOISE,
            region={r.id: r.loyalty for r in clientele.REGIONS},
        ),
        responses=ResponseTruth(
            base={p.id: p.response for p in clientele.PERSONAS},
            fatigue=plan.FATIGUE,
            cap=plan.FATIGUE_CAP,
            days=plan.RECENT_DAYS,
            bounced=plan.BOUNCED,
            unrated=plan.UNRATED,
            sampled={r.id: r.sampled for r in clientele.REGIONS},
            invited={t.id: t.invited for t in plan.TOUCHPOINTS},
        ),
        outcomes=OutcomeTruth(
            churn_at_7=plan.CHURN_AT_7,
            churn_per_point=plan.CHURN_PER_POINT,
            repurchase_at_7=plan.REPURCHASE_AT_7,
            repurchase_per_point=plan.REPURCHASE_PER_POINT,
            revenue_at_7=dict(zip(clientele.SEGMENTS, plan.REVENUE, strict=True)),
            revenue_per_point=plan.REVENUE_PER_POINT,
            churn=_expected(memory, churn_odds),
            repurchase=_expected(memory, repurchase_odds),
        ),
        enps=float(loyal[crew.team].mean()),
        enps_by_team=_means(loyal[crew.team], crew.team, [t.id for t in plan.TEAMS]),
        mirror_customers={
            item: float(surveys.mirrored.at_least(memory.intensity + shift, rating=4).mean())
            for item, shift in zip(plan.MIRROR, plan.MIRROR_SHIFT, strict=True)
        },
        mirror_employees={
            item: float(staff.mirrored.at_least(mean + shift, rating=4)[crew.team].mean())
            for item, shift in zip(plan.MIRROR, plan.TEAM_SHIFT, strict=True)
        },
    )


def _means(
    values: Floats, group: Ints | Bools, names: list[str] | tuple[str, ...]
) -> dict[str, float]:
    """Return the mean of each group that has members."""
    count = np.bincount(group, minlength=len(names))
    total = np.bincount(group, weights=values, minlength=len(names))
    return {name: float(t / n) for name, t, n in zip(names, total, count, strict=True) if n}


def _expected(memory: surveys.Memory, odds: Callable[[Floats], Floats]) -> float:
    """Return the mean over customers of `odds` of the rating each one may give."""
    by_rating = odds(np.arange(11.0))
    total = 0.0
    for start in range(0, len(memory.intensity), _CHUNK):
        rows = memory.intensity[start : start + _CHUNK]
        total += float((surveys.remembered.shares(rows) @ by_rating).sum())
    return total / len(memory.intensity)
