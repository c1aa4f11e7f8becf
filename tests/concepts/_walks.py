"""What customers did: their paths, mostly those of a sample beside those of the whole company."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

import cxmetrics as cx
from cxmetrics.datasets import blueprint as plan
from cxmetrics.journeys import (
    along,
    durations,
    finals,
    funnel,
    pain_points,
    path_moments,
    paths,
    recall,
    transitions,
    typical_journeys,
)
from cxmetrics.stats.intervals import Interval
from cxmetrics.stats.sequences import distances_to

from ._company import FELT, PHASES, SATISFACTION, TOLD, Lived, Row

ENOUGH: Final = 5


def five_a(c: Lived) -> Iterator[Row]:
    """Of a sample of 250 customers; the true values are those of the whole company."""
    names = ("aware", "appeal", "ask", "act", "advocate")
    stage = np.array([names.index(t.five_a) for t in plan.TOUCHPOINTS])[c.moments.touchpoint]
    reached = np.zeros((c.people.size, 5), dtype=bool)
    reached[c.moments.customer, stage] = True
    drawn = reached[c.sample(250)]
    found = cx.concept("five_a")({name: drawn[:, k].astype(int) for k, name in enumerate(names)})
    share = dict(zip(names, reached.mean(0).tolist(), strict=True))
    for name, one in found.reached.items():
        yield name, 100 * share[name], one.interval
    for one in (*found.ratios, found.par, found.bar):
        yield one.name, share[one.later] / share[one.earlier], one.interval


def sampled(c: Lived, step: str, *, of: str, **options: Any) -> tuple[Any, Any]:
    """Return all journeys, and a sample: those of 250 customers, or 400 journeys."""
    whole = paths(c.log, step=step, journey="case", zone="UTC", **options)
    if of == "customers":
        who = np.array([int(name[1:]) for name in whole.customers])[whole.owner]
        return whole, whole.only(c.sample(250)[who])
    drawn = np.zeros(len(whole), dtype=bool)
    drawn[c.dice.choice(len(whole), 400, replace=False)] = True
    return whole, whole.only(drawn)


def reach(c: Lived) -> Iterator[Row]:
    """Funnel, moves and times take journeys for independent, so journeys are drawn here.

    Of all journeys of 250 customers, 1.5 each, the funnel's intervals held the truth 93 times in
    100: those of one customer are alike.
    """
    whole, drawn = sampled(c, "stage", of="journeys", order=list(PHASES))
    for own, true in zip(funnel(drawn).rows, funnel(whole).rows, strict=True):
        yield f"{own.step} ever", true.ever_share, own.ever_interval
        yield f"{own.step} in order", true.reached_share, own.reached_interval
        if true.conversion is not None:
            yield f"{own.step} conversion", true.conversion, own.conversion_interval
    share = {(one.source, one.target): one.share for one in transitions(whole.flow()).rows}
    for move in transitions(drawn.flow()).rows:
        pair = move.source, move.target
        if share[pair] * move.exits >= ENOUGH:  # by its true share, so that luck does not choose
            yield " to ".join(pair), share[pair], move.interval
    median = {(one.source, one.target): one.median for one in durations(whole.flow()).rows}
    for wait in durations(drawn.flow()).rows:
        true_median = median[wait.source, wait.target]
        if wait.n >= 4 * ENOUGH and None not in wait.interval and true_median is not None:
            low, high = (time.total_seconds() for time in wait.interval if time is not None)
            held = Interval(low, high, wait.level, "brookmeyer_crowley")
            yield f"{wait.source} to {wait.target}, time", true_median.total_seconds(), held


def types(c: Lived) -> Iterator[Row]:
    """Types found in the journeys of 250 customers, beside the same types in all journeys."""
    whole, drawn = sampled(c, "touchpoint", of="customers")
    found = typical_journeys(drawn, k=4, bootstrap=0, patternless=0)
    assert drawn.steps == whole.steps
    every = whole.variants()
    medoids = [drawn.variants().codes[slice(*drawn.variants().starts[v : v + 2])]
               for v in found.grouping.medoids]  # fmt: skip
    codes = np.concatenate([every.codes, *medoids])
    starts = np.concatenate([every.starts, every.starts[-1] + np.cumsum([len(m) for m in medoids])])
    n = len(every.counts)
    far = distances_to(codes, starts, np.arange(n, n + 4), among=np.arange(n), normalise="max")
    nearest, inside = far.argmin(1), far.min(1) <= found.radius + 1e-9
    for place, one in enumerate(found):
        own = (nearest == place) * every.counts
        yield f"type {place + 1}", float(own.sum() / every.counts.sum()), one.share_interval
        covered = float((own * inside).sum() / own.sum())
        yield f"type {place + 1}, coverage", covered, one.coverage_interval
    covered = float((inside * every.counts).sum() / every.counts.sum())
    yield "coverage", covered, found.choice.coverage_interval


def scores_along(c: Lived) -> Iterator[Row]:
    walked = paths(c.log, step="touchpoint", journey="case", zone="UTC")
    scores = along(
        walked, c.shop.responses, cx.csat, data=c.shop.interactions, zone="UTC",
        where={"question": "csat"}, **TOLD,
    )  # fmt: skip
    satisfied = 100 * SATISFACTION[c.log["felt"] + 5, 3:].sum(1)
    for step, score in scores.items():
        here = c.log["touchpoint"] == step
        yield str(step), float(satisfied[here].mean()), score.interval_or_none
    for step, verdict in pain_points(scores).steps.items():
        here = c.log["touchpoint"] == step
        gap = satisfied[here].mean() - satisfied[~here].mean()
        yield f"{step} − others", float(gap), verdict.comparison.interval


def memory(c: Lived) -> Iterator[Row]:
    log = c.log
    walked = paths(log, step="touchpoint", journey="case", zone="UTC")
    moments = path_moments(
        walked, log["felt"], scale=FELT, failure=log["failure"], repair=log["recovered"]
    )
    final = finals(walked, c.shop.responses, journey="case", where={"question": "nps"})
    found = recall(moments, final, model="bounded", scale="0:10")
    planted = {
        "peak": plan.MEMORY_PEAK, "end": plan.MEMORY_END, "mean": plan.MEMORY_MEAN,
        "recovered": plan.MEMORY_RECOVERY,
    }  # fmt: skip
    for name, value in planted.items():
        yield name, value, found[name].interval


TARGETS: Final = (five_a, reach, types, scores_along, memory)
