"""The constants of the made-up company: what its customers go through and what was planted.

Every number a user may want to recover is written once, here or in `clientele`; the generator
reads it and `cxmetrics.datasets.truth` reports it. *Felt points* are points of the momentary
emotion scale -5 to 5, *recommendation points* those of the scale 0 to 10.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from attrs import frozen

START: Final = datetime(2025, 1, 1, tzinfo=UTC)
"""First instant of the first month; fixed, so that the same seed gives the same bytes."""
PHASES: Final = ("anticipation", "purchase", "delivery", "use", "support")
SUPPORT: Final = PHASES.index("support")
JOURNEY: Final = "five_phases"
"""Identifier of the ready-made journey whose stages `interactions.stage` names."""


@frozen(kw_only=True)
class TouchpointPlan:
    """A touchpoint, and how it is lived.

    Attributes:
        id: stable key.
        name: English name; `name_fr` the French one.
        channel: web, store, phone, home or social.
        stage: one of the five phases.
        five_a: one of the five stages aware, appeal, ask, act, advocate.
        felt: mean felt points before anything else happens.
        gap: mean hours since the previous interaction of the journey.
        invited: probability that an interaction is followed by an invitation.
        failure: probability of a service failure.
    """

    id: str
    name: str
    name_fr: str
    channel: str
    stage: str
    five_a: str
    felt: float
    gap: float
    invited: float
    failure: float = 0.0


def _touchpoint(
    key: str,
    name: str,
    name_fr: str,
    channel: str,
    stage: str,
    five_a: str,
    *,
    felt: float,
    gap: float,
    invited: float,
    failure: float = 0.0,
) -> TouchpointPlan:
    return TouchpointPlan(
        id=key, name=name, name_fr=name_fr, channel=channel, stage=stage, five_a=five_a,
        felt=felt, gap=gap, invited=invited, failure=failure,
    )  # fmt: skip


TOUCHPOINTS: Final = (
    _touchpoint("social_post", "Social post", "Publication sociale", "social", "anticipation",
                "aware", felt=1.2, gap=10.0, invited=0.05),
    _touchpoint("website", "Website", "Site web", "web", "anticipation",
                "appeal", felt=1.6, gap=14.0, invited=0.15),
    _touchpoint("reviews", "Reviews read", "Avis lus", "social", "anticipation",
                "ask", felt=1.5, gap=12.0, invited=0.08),
    _touchpoint("store_visit", "Store visit", "Visite en magasin", "store", "anticipation",
                "ask", felt=2.1, gap=40.0, invited=0.20),
    _touchpoint("checkout", "Web checkout", "Paiement en ligne", "web", "purchase",
                "act", felt=1.9, gap=8.0, invited=0.35),
    _touchpoint("till", "Store till", "Caisse du magasin", "store", "purchase",
                "act", felt=2.0, gap=2.0, invited=0.30),
    _touchpoint("parcel", "Parcel at home", "Colis à domicile", "home", "delivery",
                "act", felt=2.3, gap=60.0, invited=0.40, failure=0.09),
    _touchpoint("collect", "Click and collect", "Retrait en magasin", "store", "delivery",
                "act", felt=2.0, gap=30.0, invited=0.35, failure=0.05),
    _touchpoint("first_use", "First use at home", "Première utilisation", "home", "use",
                "act", felt=2.5, gap=36.0, invited=0.25, failure=0.04),
    _touchpoint("write_review", "Review written", "Avis déposé", "social", "use",
                "advocate", felt=2.0, gap=50.0, invited=0.10),
    _touchpoint("hotline", "Hotline", "Service client par téléphone", "phone", "support",
                "act", felt=0.8, gap=24.0, invited=0.55),
    _touchpoint("chat", "Chat", "Messagerie du SAV", "web", "support",
                "act", felt=1.3, gap=20.0, invited=0.50),
)  # fmt: skip


@frozen(kw_only=True)
class Step:
    """One step of a typical journey: a touchpoint and the probability that it happens."""

    touchpoint: str
    probability: float


@frozen(kw_only=True)
class Habit:
    """A typical journey: its steps in order. A touchpoint that comes twice is a planted loop."""

    id: str
    name: str
    name_fr: str
    steps: tuple[Step, ...]


def _habit(key: str, name: str, name_fr: str, **steps: float) -> Habit:
    # A trailing digit tells the second passage at a touchpoint from the first.
    return Habit(
        id=key,
        name=name,
        name_fr=name_fr,
        steps=tuple(
            Step(touchpoint=touchpoint.rstrip("2"), probability=probability)
            for touchpoint, probability in steps.items()
        ),
    )


HABITS: Final = (
    _habit("home_delivery", "Ordered online, delivered at home", "Commande livrée à domicile",
           social_post=0.5, website=1.0, reviews=0.7, website2=0.35, checkout=1.0, parcel=1.0,
           first_use=0.9, write_review=0.35),
    _habit("web_to_store", "Looked up online, bought in store", "Du site au magasin",
           website=0.9, reviews=0.6, store_visit=1.0, website2=0.3, store_visit2=0.25, till=1.0,
           first_use=0.8, write_review=0.15),
    _habit("click_and_collect", "Click and collect", "Retrait en magasin",
           website=1.0, website2=0.25, checkout=1.0, collect=1.0, first_use=0.7,
           write_review=0.1),
    _habit("help_seeker", "Bought, then needed help", "Achat puis SAV",
           website=0.6, checkout=1.0, parcel=1.0, first_use=1.0, chat=0.6, hotline=0.8,
           hotline2=0.3, write_review=0.3),
)  # fmt: skip
VARIED: Final = "varied"
"""Habit of the customers who follow no typical journey: a random walk over the touchpoints."""
WALK_ENDS: Final = 0.16
WALK_STEPS: Final = 10


@frozen(kw_only=True)
class Irritant:
    """Something small that annoys at one touchpoint.

    Attributes:
        id: stable key, value of the column `irritant`.
        touchpoint: where it happens.
        incidence: probability at each interaction with that touchpoint.
        severity: felt points lost.
        en, fr: two ways to say it in each language; `{n}` is a number.
    """

    id: str
    touchpoint: str
    incidence: float
    severity: float
    en: tuple[str, str]
    fr: tuple[str, str]


IRRITANTS: Final = (
    Irritant(id="hidden_fees", touchpoint="checkout", incidence=0.22, severity=2.0,
             en=("delivery fees shown only at the end", "the price went up at the last step"),
             fr=("frais de livraison affichés à la fin", "le prix augmente à la dernière étape")),
    Irritant(id="waiting", touchpoint="hotline", incidence=0.40, severity=2.2,
             en=("{n} minutes waiting on the phone", "I waited {n} minutes to reach someone"),
             fr=("{n} minutes d'attente au téléphone", "j'ai attendu {n} minutes avant de parler")),
    Irritant(id="repeat_story", touchpoint="chat", incidence=0.25, severity=1.6,
             en=("I had to repeat my story three times", "they asked me the same thing again"),
             fr=("j'ai dû répéter mon histoire trois fois", "on me redemande la même chose")),
    Irritant(id="late_parcel", touchpoint="parcel", incidence=0.15, severity=2.4,
             en=("the parcel came {n} days late", "no news of my parcel for {n} days"),
             fr=("le colis est arrivé avec {n} jours de retard",
                 "aucune nouvelle de mon colis pendant {n} jours")),
    Irritant(id="till_queue", touchpoint="till", incidence=0.20, severity=1.4,
             en=("one till open and a long queue", "{n} people in front of me at the till"),
             fr=("une seule caisse ouverte et une longue file",
                 "{n} personnes devant moi à la caisse")),
    Irritant(id="not_ready", touchpoint="collect", incidence=0.12, severity=1.8,
             en=("my order was not ready", "I had to come back for my order"),
             fr=("ma commande n'était pas prête", "j'ai dû revenir pour ma commande")),
)  # fmt: skip
NUMBERS: Final = (11, 6)
"""What `{n}` becomes in the first and in the second way to say it."""


@frozen(kw_only=True)
class Wow:
    """A pleasant surprise at one touchpoint: the mirror of `Irritant`, `lift` in felt points."""

    id: str
    touchpoint: str
    incidence: float
    lift: float
    en: tuple[str, str]
    fr: tuple[str, str]


WOWS: Final = (
    Wow(id="handwritten_card", touchpoint="parcel", incidence=0.06, lift=2.2,
        en=("a handwritten card in the parcel", "a small gift in the box, what a surprise"),
        fr=("une carte écrite à la main dans le colis", "un petit cadeau, quelle surprise")),
    Wow(id="recognised", touchpoint="store_visit", incidence=0.08, lift=1.8,
        en=("the seller remembered me", "the seller knew what I had bought last time"),
        fr=("la vendeuse se souvenait de moi", "le vendeur savait ce que j'avais déjà acheté")),
    Wow(id="called_back", touchpoint="hotline", incidence=0.10, lift=2.4,
        en=("they called me back within the hour", "solved in one call, with a smile"),
        fr=("on m'a rappelé dans l'heure", "résolu en un appel, avec le sourire")),
)  # fmt: skip

FELT_NOISE: Final = 1.3
"""Standard deviation of the normal noise of a moment, in felt points."""
FAILURE_FELT: Final = -4.0
CONTACTS: Final = 0.70
"""Probability that a customer contacts support after a failure."""
BY_PHONE: Final = 0.60
RECOVERED: Final = 0.60
"""Probability that such a contact repairs the failure."""
RESCUE_FELT: Final = (-1.0, 2.0)
"""Felt points of that contact when it does not, and when it does, repair the failure."""
STEP_FELT: Final = -0.5
"""Felt points added to every moment from the first day of the step month on."""

MEMORY_INTERCEPT: Final = 6.2
MEMORY_PEAK: Final = 0.35
MEMORY_END: Final = 0.30
MEMORY_MEAN: Final = 0.25
MEMORY_RECOVERY: Final = 0.9
MEMORY_NOISE: Final = 0.9
"""Scale of the logistic noise of the remembered score, in recommendation points."""

FATIGUE: Final = 0.85
"""Factor of the response propensity for each invitation sent in the last `RECENT_DAYS`."""
FATIGUE_CAP: Final = 5
RECENT_DAYS: Final = 90
BOUNCED: Final = 0.04
UNRATED: Final = 0.04
"""Share of the questions an answering person leaves without a rating."""
TEXTED: Final = 0.40
"""Share of the recommendation and satisfaction ratings that come with a verbatim."""
CONTRARY: Final = 0.06
"""Share of the verbatims of clearly good or bad ratings that say the opposite."""

CHURN_AT_7: Final = -2.0
CHURN_PER_POINT: Final = -0.35
REPURCHASE_AT_7: Final = 0.2
REPURCHASE_PER_POINT: Final = 0.22
REVENUE: Final = (60.0, 140.0)
"""Mean revenue of a repurchase at rating 7, standard and premium segment."""
REVENUE_PER_POINT: Final = 0.06
OUTCOME_DAYS: Final = 90

MIRROR: Final = ("trust", "listening", "consideration")
MIRROR_SHIFT: Final = (0.6, -0.8, 0.1)
"""Recommendation points added to the remembered score behind each mirrored item."""


@frozen(kw_only=True)
class TeamPlan:
    """A team of employees: share, probability to answer, mean of the eNPS score and items."""

    id: str
    share: float
    response: float
    recommend: float


TEAMS: Final = (
    TeamPlan(id="stores", share=0.40, response=0.70, recommend=7.9),
    TeamPlan(id="hotline", share=0.20, response=0.55, recommend=5.9),
    TeamPlan(id="web", share=0.15, response=0.85, recommend=8.3),
    TeamPlan(id="logistics", share=0.25, response=0.60, recommend=7.0),
)
TEAM_NOISE: Final = 1.0
TEAM_SHIFT: Final = (0.2, -1.2, 0.9)
"""Points added to a team's mean behind each mirrored item."""
