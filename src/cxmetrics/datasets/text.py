"""Verbatims in English and French, picked by an index into a small bank of sentences."""

from __future__ import annotations

from typing import Final

import numpy as np

from cxmetrics.datasets import blueprint as plan
from cxmetrics.datasets import clientele
from cxmetrics.datasets.ladder import Bools, Floats, Ints
from cxmetrics.datasets.paths import Moments
from cxmetrics.datasets.population import Population, stream
from cxmetrics.datasets.surveys import QUESTIONS, Asked, Ratings

_NPS, _CSAT = QUESTIONS.index("nps"), QUESTIONS.index("csat")
_BAD, _MIXED, _GOOD = 0, 1, 2
_FAILURE_SEVERE: Final = len(plan.IRRITANTS)
_OTHER_IRRITANT: Final = _FAILURE_SEVERE + 1
_OTHER_WOW: Final = len(plan.WOWS)

# Two frames around two ways to say a thing make the four sentences of each kind.
_BAD_FRAMES: Final = (
    ("{}. Not acceptable.", "Disappointed: {}, again."),
    ("{}. Ce n'est pas acceptable.", "Déçu : {}, encore une fois."),
)
_MIXED_FRAMES: Final = (
    ("Fine overall, but {}.", "Not bad. Still, {}."),
    ("Bien dans l'ensemble, mais {}.", "Pas mal. Cependant, {}."),
)
_GOOD_FRAMES: Final = (
    ("{}. Thank you, I am delighted!", "What I loved: {}."),
    ("{}. Merci, je suis ravie !", "Ce que j'ai adoré : {}."),
)
_FAILURES: Final = (
    ("it arrived broken and did not work", "the product never worked"),
    ("le produit est arrivé cassé et ne marche pas", "le produit n'a jamais fonctionné"),
)
_DULL: Final = (
    ("it was all rather complicated", "nobody seemed to care"),
    ("tout était plutôt compliqué", "personne ne semblait s'en soucier"),
)
_FAIR: Final = (
    ("nothing special to tell", "it could be simpler"),
    ("rien de spécial à dire", "cela pourrait être plus simple"),
)
_NICE: Final = (
    ("everything went well and quickly", "a friendly and competent team"),
    ("tout s'est bien passé, et vite", "une équipe aimable et compétente"),
)


def _sentences(frames: tuple[str, ...], phrases: tuple[str, ...]) -> list[str]:
    said = [p.format(n=n) for p, n in zip(phrases, plan.NUMBERS, strict=True)]
    texts = [frame.format(phrase) for frame in frames for phrase in said]
    return [text[0].upper() + text[1:] for text in texts]


def _bank() -> tuple[str, ...]:
    """Return the sentences: kind, then language, then four ways to say it."""
    problems = [(i.en, i.fr) for i in plan.IRRITANTS] + [_FAILURES]
    kinds = [(_BAD_FRAMES, phrases) for phrases in [*problems, _DULL]]
    kinds += [(_MIXED_FRAMES, phrases) for phrases in [*problems, _FAIR]]
    kinds += [(_GOOD_FRAMES, phrases) for phrases in [*((w.en, w.fr) for w in plan.WOWS), _NICE]]
    return tuple(
        sentence
        for frames, phrases in kinds
        for language in range(len(clientele.LANGUAGES))
        for sentence in _sentences(frames[language], phrases[language])
    )


BANK: Final = _bank()
_TONE_START: Final = np.array([0, _OTHER_IRRITANT + 1, 2 * (_OTHER_IRRITANT + 1)])


def comment(
    people: Population, moments: Moments, asked: Asked, ratings: Ratings, *, seed: int
) -> Ints:
    """Return the index into `BANK` of each answer's verbatim, -1 where there is none.

    Only rated recommendation and satisfaction questions carry one. The tone follows the rating
    (but for a planted share of contrary ones); the subject is what really happened: the
    irritant, failure or wow of the interaction, or of the remembered journey.
    """
    rng = stream(seed, "text")
    nps, csat = ratings.question == _NPS, ratings.question == _CSAT
    spoken = (nps | csat) & ~np.isnan(ratings.rating)
    rows = np.flatnonzero(spoken & (rng.random(len(spoken)) < plan.TEXTED))
    invitation = ratings.invitation[rows]
    customer = asked.customer[invitation]
    about = asked.interaction[invitation]
    problem, surprise = _subjects(moments)
    # For a relational answer: the last problem and surprise of the remembered journey.
    past = moments.reference[customer]
    relational = about < 0
    problem_of = np.where(relational, _latest(problem, moments)[past], problem[about])
    surprise_of = np.where(relational, _latest(surprise, moments)[past], surprise[about])
    tone = _tones(rng, ratings.rating[rows], nps[rows])
    kind = _TONE_START[tone] + np.where(
        tone == _GOOD,
        np.where(surprise_of < 0, _OTHER_WOW, surprise_of),
        np.where(problem_of < 0, _OTHER_IRRITANT, problem_of),
    )
    chosen = np.full(len(spoken), -1, dtype=np.int16)
    ways = rng.integers(0, 4, len(rows))
    chosen[rows] = (kind * len(clientele.LANGUAGES) + people.language[customer]) * 4 + ways
    return chosen


def _tones(rng: np.random.Generator, rating: Floats, nps: Bools) -> Ints:
    bad = np.where(nps, rating <= 6, rating <= 2)
    good = np.where(nps, rating >= 9, rating >= 4)
    tone = np.where(bad, _BAD, np.where(good, _GOOD, _MIXED))
    contrary = rng.random(len(tone)) < plan.CONTRARY
    return np.where(contrary, 2 - tone, tone)


def _subjects(moments: Moments) -> tuple[Ints, Ints]:
    """Return the problem and the surprise of each interaction, -1 where there was none."""
    names = [t.id for t in plan.TOUCHPOINTS]
    irritants, wows = np.full((2, len(names)), -1, dtype=np.int8)
    for index, irritant in enumerate(plan.IRRITANTS):
        irritants[names.index(irritant.touchpoint)] = index
    for index, wow in enumerate(plan.WOWS):
        wows[names.index(wow.touchpoint)] = index
    problem = np.where(moments.irritant, irritants[moments.touchpoint], -1)
    problem[moments.failure] = _FAILURE_SEVERE
    return problem, np.where(moments.wow, wows[moments.touchpoint], -1)


def _latest(subject: Ints, moments: Moments) -> Ints:
    """Return the subject of the last interaction of each journey that has one, else -1."""
    place = np.where(subject < 0, -1, np.arange(len(subject)))
    last = np.maximum.reduceat(place, moments.first)
    return np.where(last < 0, -1, subject[last])
