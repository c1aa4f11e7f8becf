"""What is remembered, and what follows: answers to the relational survey, employees, outcomes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

import cxmetrics as cx
from cxmetrics.datasets import blueprint as plan
from cxmetrics.datasets.outcomes import repurchase_odds
from cxmetrics.links import churn

from ._company import ITEM, MIRROR, PERSONAS, PHASES, RATINGS, Lived, Row, means


def nps(c: Lived) -> Iterator[Row]:
    truth = c.shop.truth
    options: dict[str, Any] = {"rating": "recommend", "weight": "weight"}
    yield "all", truth.nps, cx.nps(c.wide, **options).interval()
    for by, known in (("persona", truth.nps_by_persona), ("region", truth.nps_by_region)):
        for name, score in cx.nps(c.wide, by=by, **options).items():
            yield str(name), known[str(name)], score.interval_or_none


def enps(c: Lived) -> Iterator[Row]:
    truth = c.shop.truth
    options: dict[str, Any] = {"rating": "enps", "weight": "weight"}
    yield "all", truth.enps, cx.enps(c.crew, **options).interval()
    for name, score in cx.enps(c.crew, by="team", **options).items():
        yield str(name), truth.enps_by_team[str(name)], score.interval_or_none


def service_recovery(c: Lived) -> Iterator[Row]:
    said = {"none": "no failure", "recovered": "recovered", "unrecovered": "not recovered"}
    found = cx.concept("service_recovery")(
        c.wide, rating="recommend", outcomes=["bought", "revenue"], weight="weight"
    )
    known = c.shop.truth.nps_by_recovery
    for fate, score in found.scores.items():
        yield fate, known[fate], score.interval_or_none
    true = {said[fate]: value for fate, value in known.items()}
    for gap in found.gaps:
        first, second = gap.name.split(" − ")
        yield gap.name, true[first] - true[second], gap.interval
    # Planted, whoever failed: a contact, and one that repairs.
    yield "rate", 100 * plan.CONTACTS * plan.RECOVERED, found.rate.interval
    chance = c.recommending * repurchase_odds(RATINGS)
    basket = np.array(plan.REVENUE)[c.people.segment][:, None]
    spent = chance * basket * (1 + plan.REVENUE_PER_POINT * (RATINGS - 7))
    fate = np.where(
        c.memory.recovered, "recovered", np.where(c.memory.failed, "unrecovered", "none")
    )
    sums = {"bought": 100 * chance.sum(1), "revenue": spent.sum(1)}
    for outcome in found.outcomes:
        mean = means(sums[outcome.name], fate)
        for name, one in outcome.means.items():
            yield f"{outcome.name}, {name}", mean[name], one.interval
        if outcome.gap is not None:
            gap_true = mean["recovered"] - mean["none"]
            yield f"{outcome.name}, gap", gap_true, outcome.gap.interval


def mirror(c: Lived) -> Iterator[Row]:
    truth = c.shop.truth
    found = cx.concept("mirror")(
        c.wide, employees=c.crew, dimensions={item: [f"mirror_{item}"] for item in plan.MIRROR},
        weight="weight", employee_weight="weight",
    )  # fmt: skip
    for item in plan.MIRROR:
        own = found[item]
        ours, theirs = 100 * truth.mirror_employees[item], 100 * truth.mirror_customers[item]
        yield f"{item}, employees", ours, own.employees.interval
        yield f"{item}, customers", theirs, own.customers.interval
        yield f"{item}, gap", ours - theirs, own.gap and own.gap.interval


def delivery_gap(c: Lived) -> Iterator[Row]:
    truth, sizes = c.shop.truth, [len(c.crew["team"]), len(c.wide["customer"])]
    for item in plan.MIRROR:
        column = f"mirror_{item}"
        found = cx.concept("delivery_gap")(
            {
                "side": np.repeat(["company", "customers"], sizes),
                "rating": np.concatenate([c.crew[column], c.wide[column]]),
                "weight": np.concatenate([c.crew["weight"], c.wide["weight"]]),
            },
            weight="weight",
        )
        ours, theirs = truth.mirror_employees[item], truth.mirror_customers[item]
        yield item, 100 * (ours - theirs), found.gap.interval
        yield f"{item}, ratio", ours / theirs, found.ratio_interval


def customer_orientation(c: Lived) -> Iterator[Row]:
    mean = 25 * (c.mirrored_crew() @ ITEM - 1).mean(1)
    found = cx.concept("customer_orientation")(
        c.crew, pillars={"trust": MIRROR[:1], "link": MIRROR[1:]}, scale=cx.one_to_five,
        weight="weight",
    )  # fmt: skip
    true = {"trust": mean[0], "link": mean[1:].mean()}
    for name, value in {**true, "total": (true["trust"] + true["link"]) / 2}.items():
        yield name, float(value), found.parts[name].interval


def index(c: Lived) -> Iterator[Row]:
    weights = dict(zip(MIRROR, (0.5, 0.3, 0.2), strict=True))
    mean = 25 * (c.mirrored() @ ITEM - 1).mean(1)
    found = cx.concept("index")(
        c.wide, items=MIRROR, scale=cx.one_to_five, weights=weights, weight="weight"
    )
    yield "index", float(mean @ list(weights.values())), found.overall.interval
    for name, value in zip(MIRROR, mean, strict=True):
        yield name, float(value), found.parts[name].interval


def satisfaction_index(c: Lived) -> Iterator[Row]:
    weights = {"satisfaction": 0.5, "expectancy": 0.3, "ideal": 0.2}
    mean = 25 * (c.mirrored() @ ITEM - 1).mean(1)
    found = cx.concept("satisfaction_index")(
        c.wide, **dict(zip(weights, MIRROR, strict=True)), scale=cx.one_to_five, weights=weights,
        weight="weight",
    )  # fmt: skip
    yield "index", float(mean @ list(weights.values())), found.overall.interval


def cxi(c: Lived) -> Iterator[Row]:
    """Net scores of three phases, of the customers who went through all of them."""
    phases = ("anticipation", "purchase", "delivery")
    chance = np.stack([c.phase(name) for name in phases])
    went = ~np.isnan(chance).any(axis=(0, 2))
    net = 100 * (chance[:, went, 3:].sum(2) - chance[:, went, :2].sum(2)).mean(1)
    items = [f"csat_{name}" for name in phases]
    found = cx.concept("cxi")(c.wide, items=items, weight="weight")
    yield "index", float(net.mean()), found.overall.interval
    for name, value in zip(items, net, strict=True):
        yield name, float(value), found.parts[name].interval


def barometer(c: Lived) -> Iterator[Row]:
    """Satisfaction by phase, each persona beside all others."""
    found = cx.concept("barometer")(
        c.wide, criteria={name: [f"csat_{name}"] for name in PHASES}, scale=cx.one_to_five,
        player="persona", weight="weight",
    )  # fmt: skip
    persona = PERSONAS[c.people.persona]
    for phase in PHASES:
        mean = 2.5 * (c.phase(phase) @ ITEM - 1)
        for name in PERSONAS:
            standing = found.of(name)[phase]
            own, rest = (
                float(np.nanmean(mean[(persona == name) == side])) for side in (True, False)
            )
            yield f"{phase} {name}", own, standing.estimate.interval
            if standing.gap is not None:
                yield f"{phase} {name}, gap", own - rest, standing.gap.interval


def advocacy(c: Lived) -> Iterator[Row]:
    chance, again = c.recommending, repurchase_odds(RATINGS)
    found = cx.concept("advocacy")(
        c.wide, acts=["bought"], intent="recommend", by="persona", weight="weight"
    )
    each = 100 * chance @ again
    yield "all", 100 * c.shop.truth.outcomes.repurchase, found.overall.interval
    for name, value in means(each, PERSONAS[c.people.persona]).items():
        yield name, value, found.groups[name].interval
    kinds = {"promoters": slice(9, 11), "passives": slice(7, 9), "detractors": slice(0, 7)}
    acted = {
        kind: 100 * float((chance[:, own] @ again[own]).sum() / chance[:, own].sum())
        for kind, own in kinds.items()
    }
    for kind, value in acted.items():
        yield kind, value, found.acted[kind].interval
    (gap,) = found.said
    yield gap.name, acted["promoters"] - acted["detractors"], gap.interval


def links(c: Lived) -> Iterator[Row]:
    for name, column, slope in (
        ("churn", "left", plan.CHURN_PER_POINT),
        ("repurchase", "bought", plan.REPURCHASE_PER_POINT),
    ):
        found = churn(c.wide, left=column, by="recommend")["recommend"]
        yield f"{name}, odds ratio of a point", math.exp(slope), found.interval


TARGETS: Final = (
    nps,
    enps,
    service_recovery,
    mirror,
    delivery_gap,
    customer_orientation,
    index,
    satisfaction_index,
    cxi,
    barometer,
    advocacy,
    links,
)
