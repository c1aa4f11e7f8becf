"""Correlations, leads and units against scipy, statsmodels and formulas written out."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.tsa.stattools import ccf

import cxmetrics as cx
from cxmetrics.links import correlate, leads, link_units
from cxmetrics.stats.correlation import cross_correlation
from cxmetrics.stats.multiplicity import adjust

DICE = np.random.default_rng(0)
X = DICE.integers(0, 11, 200).astype(float)
ROWS = {
    "score": X,
    "spent": np.exp(X / 5 + DICE.normal(size=200)),
    "visits": DICE.poisson(3, 200),
    "weight": DICE.uniform(0.2, 3, 200),
}


def test_pearson_is_scipys_with_its_interval() -> None:
    found = correlate(ROWS, rating="score", outcomes="spent")["spent"]
    oracle = stats.pearsonr(X, ROWS["spent"])
    assert (found.value, found.p_value) == pytest.approx((oracle.statistic, oracle.pvalue))
    interval = oracle.confidence_interval()
    assert (found.interval.low, found.interval.high) == pytest.approx((interval.low, interval.high))


@pytest.mark.parametrize(
    ("method", "oracle"), [("spearman", stats.spearmanr), ("kendall", stats.kendalltau)]
)
def test_ranks_are_scipys(method, oracle) -> None:
    found = correlate(ROWS, rating="score", outcomes="visits", method=method)["visits"]
    expected = oracle(X, ROWS["visits"])
    assert (found.value, found.p_value) == pytest.approx((expected.statistic, expected.pvalue))
    assert found.interval.low < found.value < found.interval.high


def test_weighted_is_the_correlation_of_repeated_rows() -> None:
    weight = DICE.integers(1, 4, 200)
    found = correlate({**ROWS, "w": weight}, rating="score", outcomes="spent", weight="w")["spent"]
    repeated = np.corrcoef(np.repeat(X, weight), np.repeat(ROWS["spent"], weight))[0, 1]
    assert found.value == pytest.approx(repeated)
    assert found.n_effective == pytest.approx(weight.sum() ** 2 / (weight**2).sum())


def test_several_results_share_the_adjustment_and_gaps_are_their_own() -> None:
    gaps = np.where(np.arange(200) < 40, np.nan, ROWS["visits"])
    found = correlate({**ROWS, "visits": gaps}, rating="score", outcomes=["spent", "visits"])
    assert [pair.n for pair in found.values()] == [200, 160]
    raw = [pair.p_value for pair in found.values()]
    assert [pair.p_adjusted for pair in found.values()] == adjust(raw, "holm")
    assert [c.code for c in found["visits"].cautions] == ["INCOMPLETE_ROWS"]
    json.dumps(found.to_dict(), allow_nan=False)
    assert "holm-adjusted over 2" in str(found)


def test_every_frame_and_scale_gives_the_same() -> None:
    frame = pd.DataFrame(ROWS)
    plain = correlate(ROWS, rating="score", outcomes="spent")
    assert correlate(frame, rating="score", outcomes="spent") == plain
    moved = {**ROWS, "spent": -3 * ROWS["spent"] + 7}
    turned = correlate(moved, rating="score", outcomes="spent")["spent"]
    assert turned.value == pytest.approx(-plain["spent"].value)


def test_large_and_small_numbers_do_not_overflow() -> None:
    for factor in (1e300, 1e-300):
        moved = {**ROWS, "spent": ROWS["spent"] * factor / 1e3}
        found = correlate(moved, rating="score", outcomes="spent")["spent"]
        assert found.value == pytest.approx(np.corrcoef(X, ROWS["spent"])[0, 1])


def test_perfect_correlation_has_no_nan() -> None:
    found = correlate({"a": [1, 2, 3, 4, 5], "b": [2, 4, 6, 8, 10]}, rating="a", outcomes="b")["b"]
    assert (found.value, found.p_value, found.statistic) == (pytest.approx(1), 0, None)
    assert found.interval.width < 1e-6


def test_ccf_is_statsmodels_with_the_direction_turned() -> None:
    y = np.roll(X, 2) + DICE.normal(size=200)
    # statsmodels: lag k is cor(x[t + k], y[t]), k >= 0
    assert cross_correlation(X, y, most=5)[5:] == pytest.approx(ccf(X, y, adjusted=False)[:6])
    assert cross_correlation(X, y, most=5)[5::-1] == pytest.approx(ccf(y, X, adjusted=False)[:6])
    assert cross_correlation(X, y, most=5).argmax() == 5 - 2  # x leads: negative lag


def test_a_result_that_follows_is_found_at_its_lead() -> None:
    noise = np.random.default_rng(1).normal(size=(2, 80))
    score = noise[0]
    later = np.concatenate([[0.0, 0.0], score[:-2]]) + 0.5 * noise[1]
    found = leads(score, later, both_ways=True)
    assert found.best.lead == 2
    significant = [lead.lead for lead in found if lead.p_adjusted <= 0.05]
    assert significant == [2]
    assert not found.cautions


def test_independent_walks_do_not_correlate_more_often_than_they_should() -> None:
    naive = honest = 0
    for seed in range(300):
        steps = np.random.default_rng(seed).normal(size=(2, 60))
        x, y = np.zeros(60), np.zeros(60)
        for t in range(1, 60):
            x[t], y[t] = 0.7 * x[t - 1] + steps[0, t], 0.7 * y[t - 1] + steps[1, t]
        naive += stats.pearsonr(x, y).pvalue <= 0.05
        honest += leads(x, y, most=0)[0].p_value <= 0.05
    assert naive > 45  # 5 % would be 15
    assert honest < 30


def test_trends_are_told_and_taken_out() -> None:
    noise = np.random.default_rng(2).normal(size=(2, 40))
    x, y = np.arange(40) + noise[0], np.arange(40) + noise[1]
    raw = leads(x, y)
    assert "TRENDING" in {caution.code for caution in raw.cautions}
    assert raw.best.value > 0.95
    for transform in ("difference", "detrend"):
        found = leads(x, y, transform=transform)
        assert all(lead.p_adjusted > 0.05 for lead in found)
        assert "TRENDING" not in {caution.code for caution in found.cautions}
    detrended = leads(x, y, transform="detrend", most=0)[0].value
    time = np.arange(40)
    rest = [s - np.polyval(np.polyfit(time, s, 1), time) for s in (x, y)]
    assert detrended == pytest.approx(np.corrcoef(*rest)[0, 1])


def test_scores_and_results_meet_by_period() -> None:
    dice = np.random.default_rng(3)
    months = [f"2025-{m:02}" for m in range(1, 13)]
    rows, by = dice.choice([3, 8, 10], 600), np.repeat(months, 50)
    scores = cx.nps(rows, by=by)
    sales = {month: float(i + dice.normal()) for i, month in enumerate([*months, "2026-01"])}
    found = leads(scores, sales, most=2)
    values = [scores[m].value for m in months]
    after = [sales[m] for m in [*months[1:], "2026-01"]]
    assert found.first == "NPS"
    assert found.at(1).n == 12  # the result of January 2026 has a score a month earlier
    assert found.at(1).value == pytest.approx(np.corrcoef(values, after)[0, 1])


def test_units_count_by_their_answers() -> None:
    dice = np.random.default_rng(4)
    sizes = dice.integers(20, 200, 12)
    rows = np.concatenate(
        [
            dice.choice([3, 8, 10], n, p=[0.5 - s, 0.3, 0.2 + s])
            for n, s in zip(sizes, np.linspace(0, 0.4, 12), strict=True)
        ]
    )
    scores = cx.nps(rows, by=np.repeat(np.arange(12), sizes))
    sales = {store: 10.0 * store + dice.normal(0, 20) for store in range(12)}
    found = link_units(scores, {"sales": {**sales, 99: 5.0}})
    x, y = np.array([scores[i].value for i in range(12)]), np.array(list(sales.values()))
    cov = np.cov(x, y, aweights=sizes, bias=True)
    assert found["sales"].value == pytest.approx(cov[0, 1] / math.sqrt(cov[0, 0] * cov[1, 1]))
    assert found.unmatched == (99,)
    assert [caution.code for caution in found.cautions] == ["ECOLOGICAL", "UNMATCHED"]
    even = link_units(scores, {"sales": sales}, weighted=False)["sales"]
    assert even.value == pytest.approx(np.corrcoef(x, y)[0, 1])


def test_units_can_turn_the_sign_of_customers() -> None:
    stores, ratings, spent = [], [], []
    for store in range(5):
        for rating in range(3 + store, 6 + store):
            stores += [store] * 10
            ratings += [rating] * 10
            spent += [100 * store - 20 * rating] * 10
    within = [
        correlate(
            {"r": ratings, "s": spent, "store": stores},
            rating="r",
            outcomes="s",
            where={"store": store},
        )["s"].value
        for store in range(5)
    ]
    scores = cx.mean_rating(ratings, scale=cx.zero_to_ten, by=stores)
    sums = pd.Series(spent).groupby(stores).mean().to_dict()
    assert link_units(scores, {"spent": sums})["spent"].value > 0.99
    assert max(within) < -0.99
