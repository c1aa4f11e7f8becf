"""Change points: the places, the false alarms, the parts that are searched."""

from __future__ import annotations

import json
import math
from itertools import permutations

import numpy as np
import pytest

import cxmetrics as cx
from cxmetrics.datasets import company
from cxmetrics.stats.changepoint import best_split, likelihood_ratios
from cxmetrics.trends import change_points

CALM, ROUGH = (0.2, 0.3, 0.5), (0.35, 0.3, 0.35)


def drawn(shares, n=100, *, seed=0):
    dice = np.random.default_rng(seed)
    return np.array([dice.multinomial(n, p) for p in shares])


def scores_of(counts, metric=cx.nps):
    rows = np.concatenate([np.repeat((3, 8, 10), own) for own in counts])
    by = np.repeat(np.arange(len(counts)), counts.sum(axis=1))
    return metric(rows, by=by)


def test_ratios_are_those_of_a_loop() -> None:
    counts = drawn([CALM] * 7, seed=1)

    def log(c):
        return sum(x * math.log(x / c.sum()) for x in c if x)

    by_hand = [
        2 * (log(counts[:k].sum(0)) + log(counts[k:].sum(0)) - log(counts.sum(0)))
        for k in range(1, 7)
    ]
    assert likelihood_ratios(counts) == pytest.approx(by_hand)


def test_few_periods_are_shuffled_in_every_order() -> None:
    counts = drawn([CALM] * 3 + [ROUGH] * 3, seed=2)
    found = best_split(counts, least=2)
    tops = [likelihood_ratios(counts[list(o)])[1:-1].max() for o in permutations(range(6))]
    assert found.exact
    assert found.p_value == pytest.approx(np.mean(np.array(tops) >= found.ratio * (1 - 1e-9)))


def test_false_alarms_keep_the_level_though_periods_differ() -> None:
    alarms = 0
    for seed in range(200):
        dice = np.random.default_rng(seed)
        shares = [(0.2 + s, 0.3, 0.5 - s) for s in dice.normal(0, 0.04, 16)]
        alarms += best_split(drawn(shares, 800, seed=seed), permutations=199).p_value <= 0.05
    assert 2 <= alarms <= 20  # 5 % of 200 is 10


def test_two_steps_are_found_with_what_lies_between() -> None:
    counts = drawn([CALM] * 10 + [ROUGH] * 10 + [(0.5, 0.3, 0.2)] * 10, 300, seed=3)
    scores = scores_of(counts)
    found = change_points(scores)
    assert [change.at for change in found] == [10, 20]
    down, further = found
    assert down.change.value < 0 > further.change.value
    assert down.after.n == further.before.n == 3000
    assert down.after.value == cx.nps(scores.cube.slice(group=list(range(10, 20))).overall).value
    assert found.tested >= 3
    json.dumps(found.to_dict(), allow_nan=False)
    assert "2 steps" in str(found)


def test_a_calm_series_has_no_step() -> None:
    found = change_points(scores_of(drawn([CALM] * 20, seed=7)))
    assert not found
    assert found.tested == 1
    assert "no step" in str(found)


def test_shares_and_means_are_searched_by_what_points_are_worth() -> None:
    counts = drawn([CALM] * 8 + [ROUGH] * 8, 300, seed=5)
    box = cx.top_box(1, scale=cx.zero_to_ten)
    for metric in (box, cx.mean_rating):
        rows = np.concatenate([np.repeat((3, 8, 10), own) for own in counts])
        by = np.repeat(np.arange(16), counts.sum(axis=1))
        made = metric(rows, by=by, **({} if metric is box else {"scale": cx.zero_to_ten}))
        assert change_points(made)[0].at == 8


def test_shared_customers_keep_their_covariance() -> None:
    counts = drawn([CALM] * 8 + [ROUGH] * 8, 300, seed=6)
    rows = np.concatenate([np.repeat((3, 8, 10), own) for own in counts])
    by, who = np.repeat(np.arange(16), 300), np.tile(np.arange(300), 16)
    found = change_points(cx.nps(rows, by=by, unit=who))
    assert found[0].change.difference.test == "t with covariance of shared units"


def test_six_periods_can_prove_nothing() -> None:
    found = change_points(scores_of(drawn([CALM] * 3 + [(0.8, 0.1, 0.1)] * 3, 500)))
    assert found.p_value == pytest.approx(0.1)
    assert not found
    assert "SHORT_SERIES" in {caution.code for caution in found.cautions}


def test_the_generated_company_took_its_step_in_august() -> None:
    survey = company(12_000, seed=2026).wide()
    found = change_points(cx.nps(survey, rating="recommend", weight="weight", by="month"))
    assert [change.at for change in found] == ["2025-08"]
    assert found[0].change.interval.high < 0
