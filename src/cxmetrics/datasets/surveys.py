"""Who was asked what, who answered, and what: invitations and ratings, as compact arrays."""

from __future__ import annotations

from typing import Final

import numpy as np
from attrs import frozen

from cxmetrics.datasets import blueprint as plan
from cxmetrics.datasets import clientele
from cxmetrics.datasets.ladder import Bools, Floats, Ints, ces2, csat, mirror, zero_to_ten
from cxmetrics.datasets.paths import Moments
from cxmetrics.datasets.population import Population, stream

SURVEYS: Final = ("transactional", "relational")
QUESTIONS: Final = (
    "nps",
    *(f"csat_{phase}" for phase in plan.PHASES),
    "ease",
    *(f"mirror_{item}" for item in plan.MIRROR),
    "csat",
    "emotion",
    "ces2",
)
"""Values of `responses.question`: the relational questionnaire, then the transactional one."""
SCALES: Final = ("0:10", *["1:5"] * 5, "1:7", *["1:5"] * 3, "1:5", "-5:5", "1:7")
"""The scale of each question."""
_CSAT, _EMOTION, _CES2 = (QUESTIONS.index(name) for name in ("csat", "emotion", "ces2"))
_DAY: Final = 86_400

remembered = zero_to_ten(plan.MEMORY_NOISE)
"""The recommendation 0 to 10 from the remembered intensity."""
mirrored = mirror(plan.MEMORY_NOISE)
"""A mirrored item 1 to 5 from the remembered intensity plus `MIRROR_SHIFT`."""


@frozen(kw_only=True, eq=False)
class Memory:
    """What each customer keeps of the reference journey.

    Attributes:
        peak, end, mean: felt points of the most extreme, of the last and of the mean moment.
        recovered: whether a failure of the journey was repaired.
        failed: whether there was a failure.
        phase: mean felt points by phase, shape (customers, 5); NaN where not visited.
        intensity: location of the remembered score, in recommendation points.
        rating: the 0 to 10 rating the customer gives if asked.
    """

    peak: Floats
    end: Floats
    mean: Floats
    recovered: Bools
    failed: Bools
    phase: Floats
    intensity: Floats
    rating: Floats


def remember(people: Population, moments: Moments, *, seed: int) -> Memory:
    """Form every customer's memory by the planted peak-end rule, asked or not."""
    rng = stream(seed, "memory")
    felt = moments.felt.astype(np.int64)
    length = moments.last - moments.first + 1
    # Most extreme moment, ties to the later one: the largest of |felt| then position.
    place = np.arange(len(felt)) - moments.first[moments.case]
    extreme = np.maximum.reduceat(np.abs(felt) * 64 + place, moments.first) % 64
    ref = moments.reference
    peak = felt[moments.first[ref] + extreme[ref]].astype(np.float64)
    end = felt[moments.last[ref]].astype(np.float64)
    mean = (np.add.reduceat(felt, moments.first) / length)[ref]
    recovered = moments.recovered[moments.last[ref]]
    failed = np.logical_or.reduceat(moments.failure, moments.first)[ref]
    intensity = (
        plan.MEMORY_INTERCEPT
        + plan.MEMORY_PEAK * peak
        + plan.MEMORY_END * end
        + plan.MEMORY_MEAN * mean
        + plan.MEMORY_RECOVERY * recovered
        + np.array([region.loyalty for region in clientele.REGIONS])[people.region]
    )
    return Memory(
        peak=peak,
        end=end,
        mean=mean,
        recovered=recovered,
        failed=failed,
        phase=_by_phase(people, moments),
        intensity=intensity,
        rating=remembered.draw(rng, intensity),
    )


def _by_phase(people: Population, moments: Moments) -> Floats:
    rows = np.flatnonzero(moments.case == moments.reference[moments.customer])
    cell = moments.customer[rows] * len(plan.PHASES) + moments.stage[rows]
    cells = people.size * len(plan.PHASES)
    count = np.bincount(cell, minlength=cells)
    total = np.bincount(cell, weights=moments.felt[rows], minlength=cells)
    mean = np.divide(total, count, out=np.full(cells, np.nan), where=count > 0)
    return np.asarray(mean).reshape(people.size, len(plan.PHASES))


@frozen(kw_only=True, eq=False)
class Asked:
    """The invitations, by customer and time.

    Attributes:
        customer: index of the customer.
        survey: index into `SURVEYS`.
        interaction: index of the interaction asked about, -1 for the relational survey.
        sent_at: seconds since 1970.
        solicitations: invitations sent to the customer in the 90 days before.
        delivered, answered: what became of it.
        answered_at: seconds since 1970; meaningless where not answered.
        weight: 1 / probability that this invitation was sent, delivered and answered.
        relational_inclusion: that probability for the relational survey, of every customer.
    """

    customer: Ints
    survey: Ints
    interaction: Ints
    sent_at: Ints
    solicitations: Ints
    delivered: Bools
    answered: Bools
    answered_at: Ints
    weight: Floats
    relational_inclusion: Floats


def propensity(persona: Ints, solicitations: Ints) -> Floats:
    """Return the probability that a delivered invitation is answered."""
    base = np.array([p.response for p in clientele.PERSONAS])[persona]
    tired: Floats = plan.FATIGUE ** np.minimum(solicitations, plan.FATIGUE_CAP)
    return np.asarray(base * tired)


def ask(people: Population, moments: Moments, *, seed: int) -> Asked:
    """Send invitations, bounce some, and let customers answer or not."""
    rng = stream(seed, "invitations")
    invited = np.array([t.invited for t in plan.TOUCHPOINTS])
    sampled = np.array([r.sampled for r in clientele.REGIONS])[people.region]
    hot = np.flatnonzero(rng.random(len(moments.at)) < invited[moments.touchpoint])
    cold = np.flatnonzero(rng.random(people.size) < sampled)
    sent_hot = moments.at[hot] + rng.integers(300, 6 * 3_600, len(hot))
    customer = np.concatenate([moments.customer[hot], cold])
    sent = np.concatenate([sent_hot, moments.remembered_at[cold]])
    order = np.lexsort((sent, customer))
    customer, sent = customer[order], sent[order]
    interaction = np.concatenate([hot, np.full(len(cold), -1)])[order]
    relational = interaction < 0
    recent = _recent(customer, sent, of=customer, before=sent)
    answers = propensity(people.persona[customer], recent)
    chosen = np.where(
        relational, sampled[customer], invited[moments.touchpoint[np.maximum(interaction, 0)]]
    )
    delivered = rng.random(len(sent)) >= plan.BOUNCED
    answered = delivered & (rng.random(len(sent)) < answers)
    # What every customer, sampled or not, has received when the relational survey would come.
    others = ~relational
    would = _recent(
        customer[others],
        sent[others],
        of=np.arange(people.size),
        before=moments.remembered_at,
    )
    return Asked(
        customer=customer,
        survey=relational.astype(np.int8),
        interaction=interaction,
        sent_at=sent,
        solicitations=recent,
        delivered=delivered,
        answered=answered,
        answered_at=sent + _delay(rng, len(sent)),
        weight=1.0 / (chosen * (1 - plan.BOUNCED) * answers),
        relational_inclusion=sampled * (1 - plan.BOUNCED) * propensity(people.persona, would),
    )


def _delay(rng: np.random.Generator, size: int) -> Ints:
    """Return seconds to the answer: two thirds within hours (hot), the rest after days (cold)."""
    cold = rng.random(size) < 1 / 3
    hours = np.where(cold, 48 + rng.exponential(60, size), rng.exponential(5, size))
    return (60 + 3_600 * np.minimum(hours, 14 * 24)).astype(np.int64)


def _recent(customer: Ints, sent: Ints, *, of: Ints, before: Ints) -> Ints:
    """Count the invitations sent to the customers `of` in the 90 days before each time.

    `customer` and `sent` are sorted; one number for both turns the count into two searches.
    """
    window = plan.RECENT_DAYS * _DAY
    origin = int(plan.START.timestamp())
    span = int(max(sent.max(initial=0), before.max(initial=0))) - origin + 2 * window
    sorted_keys = customer.astype(np.int64) * span + (sent - origin + window)
    keys = of.astype(np.int64) * span + (before - origin + window)
    return np.searchsorted(sorted_keys, keys) - np.searchsorted(sorted_keys, keys - window)


@frozen(kw_only=True, eq=False)
class Ratings:
    """The answers: one row a question of an answered invitation.

    Attributes:
        invitation: index into `Asked`.
        question: index into `QUESTIONS`.
        rating: the rating, NaN where the question was left out.
    """

    invitation: Ints
    question: Ints
    rating: Floats


def answer(moments: Moments, memory: Memory, asked: Asked, *, seed: int) -> Ratings:
    """Fill in the questionnaires."""
    rng = stream(seed, "ratings")
    answered = np.flatnonzero(asked.answered)
    cold = answered[asked.survey[answered] == 1]
    who = asked.customer[cold]
    blocks: list[tuple[Ints, int, Floats]] = [(cold, 0, memory.rating[who])]
    for phase in range(len(plan.PHASES)):
        felt = memory.phase[who, phase]
        went = ~np.isnan(felt)
        blocks.append((cold[went], 1 + phase, csat.draw(rng, felt[went])))
        if phase == plan.SUPPORT:
            blocks.append((cold[went], 2 + phase, ces2.draw(rng, felt[went])))
    for item, shift in enumerate(plan.MIRROR_SHIFT):
        number = QUESTIONS.index(f"mirror_{plan.MIRROR[item]}")
        blocks.append((cold, number, mirrored.draw(rng, memory.intensity[who] + shift)))
    hot = answered[asked.survey[answered] == 0]
    about = asked.interaction[hot]
    felt = moments.felt[about].astype(np.float64)
    helped = moments.stage[about] == plan.SUPPORT
    blocks.append((hot, _CSAT, csat.draw(rng, felt)))
    blocks.append((hot, _EMOTION, felt))
    blocks.append((hot[helped], _CES2, ces2.draw(rng, felt[helped])))
    invitation = np.concatenate([rows for rows, _, _ in blocks])
    question = np.concatenate([np.full(len(rows), q, dtype=np.int8) for rows, q, _ in blocks])
    order = np.lexsort((question, invitation))
    rating = np.concatenate([values for _, _, values in blocks])[order]
    rating[rng.random(len(rating)) < plan.UNRATED] = np.nan
    return Ratings(invitation=invitation[order], question=question[order], rating=rating)
