"""Who the customers of the made-up company are: personas, regions and what each brings."""

from __future__ import annotations

from typing import Final

from attrs import frozen

LANGUAGES: Final = ("en", "fr")


@frozen(kw_only=True)
class PersonaPlan:
    """A kind of customer.

    Attributes:
        id: stable key.
        name: English name; `name_fr` the French one.
        description: English description; `description_fr` the French one.
        goals: what such a customer is after.
        share: expected share of customers.
        mood: felt points added to every moment.
        again: probability of each of two further journeys within the period.
        response: probability to answer a delivered invitation when none was sent in 90 days.
        premium: probability of the segment `premium`.
        ages: probabilities of the age bands `AGES`.
        habits: probabilities of the four typical journeys; the rest is `varied`.
    """

    id: str
    name: str
    name_fr: str
    description: str
    description_fr: str
    goals: tuple[str, ...]
    share: float
    mood: float
    again: float
    response: float
    premium: float
    ages: tuple[float, ...]
    habits: tuple[float, ...]


AGES: Final = ("18-29", "30-44", "45-59", "60+")
SEGMENTS: Final = ("standard", "premium")

PERSONAS: Final = (
    PersonaPlan(
        id="loyal",
        name="Loyal regular",
        name_fr="La fidèle",
        description="Knows the shop and its people, buys often, forgives easily, likes to answer.",
        description_fr="Connaît le magasin et l'équipe, achète souvent, pardonne, aime répondre.",
        goals=("be recognised", "find usual products fast"),
        share=0.30,
        mood=0.7,
        again=0.35,
        response=0.62,
        premium=0.45,
        ages=(0.10, 0.30, 0.35, 0.25),
        habits=(0.22, 0.34, 0.16, 0.10),
    ),
    PersonaPlan(
        id="hurried",
        name="Hurried parent",
        name_fr="Le parent pressé",
        description="Orders between two tasks, hates waiting and surprises, seldom answers.",
        description_fr="Commande entre deux tâches, déteste attendre, répond peu.",
        goals=("save time", "no surprise at checkout"),
        share=0.30,
        mood=-0.3,
        again=0.25,
        response=0.34,
        premium=0.25,
        ages=(0.15, 0.60, 0.23, 0.02),
        habits=(0.32, 0.10, 0.28, 0.12),
    ),
    PersonaPlan(
        id="explorer",
        name="Young explorer",
        name_fr="La jeune exploratrice",
        description="Discovers on social media, compares reviews, tells everyone.",
        description_fr="Découvre sur les réseaux, compare les avis, raconte tout.",
        goals=("discover", "share", "pay a fair price"),
        share=0.25,
        mood=0.1,
        again=0.30,
        response=0.28,
        premium=0.15,
        ages=(0.70, 0.25, 0.04, 0.01),
        habits=(0.40, 0.14, 0.18, 0.10),
    ),
    PersonaPlan(
        id="cautious",
        name="Cautious senior",
        name_fr="Le senior prudent",
        description="Wants a person to talk to, calls support, remembers it long.",
        description_fr="Veut un humain, appelle le SAV, s'en souvient longtemps.",
        goals=("be reassured", "reach a person"),
        share=0.15,
        mood=-0.6,
        again=0.12,
        response=0.55,
        premium=0.30,
        ages=(0.01, 0.04, 0.25, 0.70),
        habits=(0.12, 0.34, 0.06, 0.30),
    ),
)


@frozen(kw_only=True)
class RegionPlan:
    """A region: its share, the language spoken, the sampling rate and the loyalty it adds."""

    id: str
    share: float
    language: str
    sampled: float
    loyalty: float


REGIONS: Final = (
    RegionPlan(id="paris", share=0.25, language="fr", sampled=0.50, loyalty=-0.5),
    RegionPlan(id="north", share=0.18, language="fr", sampled=0.70, loyalty=0.2),
    RegionPlan(id="south", share=0.22, language="fr", sampled=0.80, loyalty=0.3),
    RegionPlan(id="london", share=0.22, language="en", sampled=0.60, loyalty=-0.2),
    RegionPlan(id="scotland", share=0.13, language="en", sampled=0.90, loyalty=0.5),
)
OTHER_LANGUAGE: Final = 0.06
"""Share of customers who prefer the language that is not their region's."""
