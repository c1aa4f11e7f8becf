"""What was felt at each moment: answers to the transactional survey, and their words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

import cxmetrics as cx
from cxmetrics.datasets import blueprint as plan
from cxmetrics.datasets import clientele, text
from cxmetrics.verbatims import impact, mismatch, read

from ._company import (
    FELT,
    MIRROR,
    PERSONAS,
    PHASES,
    SATISFACTION,
    TOLD,
    TOUCHPOINTS,
    Lived,
    Row,
    felt_from,
    means,
    planted_felt,
)

WAYS: Final = 4
"""Sentences of each kind and language in the generator's bank."""


def emotion_curve(c: Lived) -> Iterator[Row]:
    felt, m = c.log["felt"].astype(float), c.moments
    options: dict[str, Any] = {"rating": "emotion", "scale": FELT, **TOLD}
    order = list(TOUCHPOINTS)
    true = means(felt, c.log["touchpoint"])
    curve = cx.concept("emotion_curve")(c.hot, step="touchpoint", order=order, **options)
    own = curve.curves[None]
    for step, one in own.steps.items():
        yield step, true[step], one.interval
    for gap in own.changes:
        later, earlier = gap.name.split(" − ")
        yield gap.name, true[later] - true[earlier], gap.interval
    by = cx.concept("emotion_curve")(
        c.hot, step="stage", order=list(PHASES), by="persona", **options
    )
    persona = c.people.persona[m.customer]
    for (name, step), one in by.emotions.items():
        here = (PERSONAS[persona] == name) & (c.log["stage"] == step)
        yield f"{name} {step}", float(felt[here].mean()), one.interval


def peak_and_low(c: Lived) -> Iterator[Row]:
    """The set of steps that may be the peak holds the true one (one-sided, so more often)."""
    true = means(c.log["felt"].astype(float), c.log["touchpoint"])
    found = cx.concept("emotion_curve")(
        c.hot, rating="emotion", step="touchpoint", order=list(TOUCHPOINTS), **TOLD
    ).curves[None]
    for name, extreme, own in (
        ("peak", max(true, key=true.__getitem__), found.peak),
        ("low", min(true, key=true.__getitem__), found.low),
    ):
        yield name, 1.0, {1.0} if extreme in {own.step, *own.rivals} else set()


def emotion_ratio(c: Lived) -> Iterator[Row]:
    felt, stage = c.log["felt"], c.log["stage"]
    found = cx.concept("emotion_ratio")(
        c.hot, rating="emotion", scale=FELT, by="stage", order=list(PHASES), **TOLD
    )
    every = {"all": np.ones(len(felt), dtype=bool)} | {s: stage == s for s in PHASES}
    ratio = {s: (felt[here] > 0).sum() / (felt[here] < 0).sum() for s, here in every.items()}
    for name, one in {"all": found.overall, **found.groups}.items():
        yield str(name), ratio[name], one.interval
        yield f"{name} net", 100 * (ratio[name] - 1) / (ratio[name] + 1), one.net.interval
    for factor in found.factors:
        first, second = factor.name.split(" over ")
        yield factor.name, ratio[first] / ratio[second], factor.interval


def good_experience(c: Lived) -> Iterator[Row]:
    truth, good = c.shop.truth, cx.concept("good_experience")
    found = good(c.hot, items=["csat"], scale=cx.one_to_five, at_least=4, by="touchpoint", **TOLD)
    for name, one in found.groups.items():
        yield name, 100 * truth.csat_by_touchpoint[name], one.interval
    positive = c.mirrored()[:, :, 3:].sum(2)  # independent of each other, given the memory
    all_three = positive.prod(0)
    none = (1 - positive).prod(0)
    one_only = sum(
        positive[k] * np.delete(1 - positive, k, axis=0).prod(0) for k in range(len(MIRROR))
    )
    true = {"all": all_three, "any": 1 - none, "most": 1 - none - one_only}
    for need, chance in true.items():
        one = good(
            c.wide, items=MIRROR, scale=cx.one_to_five, at_least=4, need=need, weight="weight"
        )
        yield f"mirrored, {need}", 100 * float(chance.mean()), one.overall.interval


def effort(c: Lived) -> Iterator[Row]:
    """Ease after support: the share of the upper boxes, by touchpoint."""
    answers = {
        name: c.shop.responses[name]
        for name in ("question", "rating", "touchpoint", *TOLD.values())
    }
    found = cx.concept("good_experience")(
        answers, items=["rating"], at_least=5, by="touchpoint", where={"question": "ces2"}, **TOLD
    )
    for name, one in found.groups.items():
        if name is not None:
            yield name, 100 * c.shop.truth.ces2_by_touchpoint[name], one.interval


def calm_effect(c: Lived, trait: str) -> dict[str, float]:
    """Return felt points won by what is planted at each touchpoint, as they can be measured."""
    m, calm = c.moments, c.log["calm"]
    cost = -planted_felt("severity", plan.IRRITANTS)
    gain = planted_felt("lift", plan.WOWS)
    base, here = c.calm_mean()[calm], m.touchpoint[calm]
    if trait == "severity":
        base, size = base + gain[here] * m.wow[calm], cost
    else:
        base, size = base + cost[here] * m.irritant[calm], gain
    effect = felt_from(base + size[here]) - felt_from(base)
    return means(effect, TOUCHPOINTS[here])


def irritants(c: Lived) -> Iterator[Row]:
    """Of all interactions at a touchpoint; and of those asked about, all issues in one model."""
    effect = calm_effect(c, "severity")
    here = c.log["touchpoint"][c.log["calm"]]
    options: dict[str, Any] = {"issue": "irritant", "scale": FELT, "unit": "customer"}
    together = cx.concept("irritants")(
        c.hot, score="emotion", adjust="others", control=["touchpoint"], where={"calm": True},
        weight="weight", **options,
    )  # fmt: skip
    for planted in plan.IRRITANTS:
        place = {"touchpoint": planted.touchpoint, "calm": True}
        alone = cx.concept("irritants")(c.log, score="felt", where=place, **options)
        severity = -effect[planted.touchpoint]
        share = (here == planted.touchpoint).mean()
        for name, found, met in (
            ("lived", alone, planted.incidence),
            ("asked", together, planted.incidence * share),
        ):
            own = found.issues.get(planted.id)
            if own is None or own.severity is None:
                continue
            yield f"{planted.id} met, {name}", 100 * met, own.incidence.interval
            yield f"{planted.id} severity, {name}", severity, own.severity.interval
            yield f"{planted.id} burden, {name}", met * severity, own.burden_interval


def wow(c: Lived) -> Iterator[Row]:
    effect = calm_effect(c, "lift")
    for planted in plan.WOWS:
        for name, rows, felt, extra in (
            ("lived", c.log, "felt", {"unit": "customer"}),
            ("asked", c.hot, "emotion", TOLD),
        ):
            found = cx.concept("wow")(
                {**rows, "surprised": [one is not None for one in rows["wow"]]},
                surprise="surprised",
                outcome=felt,
                outcome_scale=FELT,
                where={"touchpoint": planted.touchpoint, "calm": True},
                **extra,
            )
            yield f"{planted.id}, {name}", 100 * planted.incidence, found.overall.interval
            if found.lift is not None:
                yield f"{planted.id} lift, {name}", effect[planted.touchpoint], found.lift.interval


def wow_by_rating(c: Lived) -> Iterator[Row]:
    """The top box of satisfaction, and what was felt where it was given."""
    felt = c.log["felt"].astype(float)
    boxes = SATISFACTION[c.log["felt"] + 5]
    share = {"wow": boxes[:, 4], "kept": boxes[:, 2:4].sum(1), "broken": boxes[:, :2].sum(1)}
    mean = {kind: float(chance @ felt / chance.sum()) for kind, chance in share.items()}
    found = cx.concept("wow")(
        c.hot, rating="csat", scale=cx.one_to_five, outcome="emotion", outcome_scale=FELT, **TOLD
    )
    # An answer without emotion still has a box: ratings are left out by chance alone.
    for kind, one in found.kinds.items():
        yield kind, 100 * float(share[kind].mean()), one.interval
    for kind, one in found.outcomes.items():
        yield f"felt, {kind}", mean[kind], one.interval
    yield "lift", mean["wow"] - mean["kept"], found.lift.interval


def weighted_count(c: Lived) -> Iterator[Row]:
    weights = {one.id: float(k + 1) for k, one in enumerate(plan.IRRITANTS)}
    met = planted_felt("incidence", plan.IRRITANTS)
    demerit = np.zeros(len(TOUCHPOINTS))
    for one in plan.IRRITANTS:
        demerit[one.touchpoint == TOUCHPOINTS] = weights[one.id]
    here = c.moments.touchpoint
    annoyed = {"irritant": c.log["irritant"], "customer": c.log["customer"]}
    there = np.array([one is not None for one in annoyed["irritant"]])
    found = cx.concept("weighted_count")(
        {name: column[there] for name, column in annoyed.items()},
        category="irritant", weights=weights, unit="customer",
    )  # fmt: skip
    yield "mean", float((met * demerit)[here].sum() / met[here].sum()), found.mean.interval


def hot_cold(c: Lived) -> Iterator[Row]:
    """Delays are drawn apart from ratings, so hot and cold answers have one true score."""
    found = cx.concept("hot_cold")(
        c.hot, rating="csat", happened="at", answered="answered_at", metric="csat",
        mix="touchpoint", **TOLD,
    )  # fmt: skip
    true = 100 * float(SATISFACTION[c.log["felt"] + 5, 3:].sum(1).mean())
    yield "hot", true, found.hot.interval()
    yield "cold", true, found.cold.interval()
    yield "gap", 0.0, found.gap.interval
    yield "gap at equal mix", 0.0, found.at_equal_mix.interval


def contrary(c: Lived) -> Iterator[Row]:
    """In English the built-in words tell the tone of every sentence, so nothing is left out."""
    answers = {
        name: c.shop.responses[name] for name in ("question", "rating", "verbatim", "language")
    }
    for question, metric in (("nps", cx.nps), ("csat", cx.csat)):
        found = mismatch(
            answers, text="verbatim", rating="rating", metric=metric, language="language",
            where={"question": question, "language": "en"},
        )  # fmt: skip
        assert not found.untold
        yield question, 100 * plan.CONTRARY, found.rate.interval_or_none


def bank() -> dict[str, np.ndarray[Any, Any]]:
    """Return by theme the share of the ways to say each kind of thing that mention it.

    Shape (kinds, languages).
    """
    said = read(list(text.BANK))
    return {
        key: column.reshape(-1, len(clientele.LANGUAGES), WAYS).mean(2)
        for key, column in zip(said.keys, np.asarray(said.themes, dtype=float).T, strict=True)
        if 0 < column.sum() < len(column)
    }


BANK: Final = bank()


def themes(c: Lived) -> Iterator[Row]:
    """Themes of the texts of satisfaction, crossed with it: expected over all interactions."""
    m = c.moments
    problem, surprise = text._subjects(m)
    spoken = c.people.language[m.customer]
    chance = SATISFACTION[m.felt + 5]
    bad, mixed, good = chance[:, :2].sum(1), chance[:, 2], chance[:, 3:].sum(1)
    none = len(plan.IRRITANTS) + 1
    kinds = {
        "bad": np.where(problem < 0, none, problem),
        "mixed": none + 1 + np.where(problem < 0, none, problem),
        "good": 2 * (none + 1) + np.where(surprise < 0, len(plan.WOWS), surprise),
    }
    found = impact(
        c.hot, text="verbatim", rating="csat", metric=cx.csat, language="language", **TOLD
    )
    q = plan.CONTRARY
    for key, own in found.items():
        if key not in BANK:
            continue
        b, x, g = (BANK[key][kind, spoken] for kind in kinds.values())
        happy = good * ((1 - q) * g + q * b)  # satisfied, and mentions it
        said = happy + mixed * x + bad * ((1 - q) * b + q * g)
        share, inside = said.mean(), happy.sum() / said.sum()
        outside = (good - happy).sum() / (1 - said).sum()
        yield f"{key}, share", 100 * float(share), own.share.interval_or_none
        yield f"{key}, score", 100 * float(inside), own.mentioned.interval_or_none
        if own.comparison is not None:
            gap = 100 * float(inside - outside)
            yield f"{key}, difference", gap, own.comparison.interval
        yield f"{key}, burden", 100 * float(outside - good.mean()), own.burden_interval


TARGETS: Final = (
    emotion_curve,
    peak_and_low,
    emotion_ratio,
    good_experience,
    effort,
    irritants,
    wow,
    wow_by_rating,
    weighted_count,
    hot_cold,
    contrary,
    themes,
)
