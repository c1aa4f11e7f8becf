"""Differences: antisymmetric, consistent with their test, and paired where customers are shared."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy import stats

import cxmetrics as cx
from cxmetrics.errors import IntervalError, UsageError
from cxmetrics.testing import strategies as cxst

FIVE = cx.one_to_five
NET = cx.net_box()
PAIR = cx.smooth("pair", FIVE, lambda s: 100 * (s[..., 3] + s[..., 4]) ** 2)
CASES = [
    (NET, ("adjusted_wald", "welch", "mover", "wald")),
    (cx.csat, ("newcombe", "agresti_caffo", "welch", "mover", "wald")),
    (cx.mean_rating, ("welch", "mann_whitney", "mover", "wald")),
    (PAIR, ("wald",)),  # mover of a smooth score bootstraps for every step of its p-value
]
METHODS = [(metric, method) for metric, methods in CASES for method in (None, *methods)]


@pytest.mark.parametrize(
    ("metric", "method"), METHODS, ids=lambda x: getattr(x, "name", x) or "default"
)
@given(
    first=cxst.tallies(FIVE, weighted=True, min_rows=2),
    second=cxst.tallies(FIVE, weighted=True, min_rows=2),
    plain=st.booleans(),
)
@settings(max_examples=25)
def test_differences_are_antisymmetric(
    metric: cx.Metric, method: str | None, first: cx.Tally, second: cx.Tally, plain: bool
) -> None:
    if plain or method == "mann_whitney":
        first, second = (cx.Tally.of(FIVE, tally.counts.tolist()) for tally in (first, second))
    assume(min(first.n, second.n) > 1)
    a, b = metric(first), metric(second)
    there, back = a.compare(b, method=method), b.compare(a, method=method)
    assert there.value == a.value - b.value == -back.value
    assert there.interval.low == pytest.approx(-back.interval.high, abs=1e-9)
    assert there.interval.high == pytest.approx(-back.interval.low, abs=1e-9)
    assert there.p_value == pytest.approx(back.p_value, abs=1e-9)
    assert 0 <= there.p_value <= 1
    assert there.interval.width > 0
    assert there.significant == (there.p_value <= 0.05)
    assert math.isfinite(there.difference.standard_error)
    itself = a.compare(a, method=method)
    assert itself.value == 0
    assert itself.p_value >= 0.5
    assert 0 in itself.interval


@pytest.mark.parametrize("method", ["adjusted_wald", "welch", "mover", "wald"])
@given(cxst.tallies(FIVE, min_rows=2), cxst.tallies(FIVE, min_rows=2))
@settings(max_examples=40)
def test_test_and_interval_agree(method: str, first: cx.Tally, second: cx.Tally) -> None:
    assume(min(first.n, second.n) > 1)
    found = NET(first).compare(NET(second), method=method)
    if abs(found.p_value - 0.05) > 1e-6:
        assert found.significant == (0 not in found.interval)


@pytest.mark.parametrize("metric", [NET, cx.csat, cx.mean_rating], ids=lambda m: m.name)
@given(first=cxst.tallies(FIVE, min_rows=2), second=cxst.tallies(FIVE, min_rows=2))
@example(first=cx.Tally.of(FIVE, {5: 3}), second=cx.Tally.of(FIVE, {1: 3}))
@settings(max_examples=40)
def test_the_interval_of_a_difference_holds_the_difference(
    metric: cx.Metric, first: cx.Tally, second: cx.Tally
) -> None:
    # Once: a net score of 3 promoters minus one of 3 detractors is +200, with the interval +20 to
    # +180: it is centred on the shrunken difference, and (unlike the one-sample interval) neither
    # widened to hold the estimate nor kept within -200 to 200; Welch's is not clipped either.
    assume(min(first.n, second.n) > 1)
    a, b = metric(first), metric(second)
    found = a.compare(b)
    span = a.sample.bounds[1] - a.sample.bounds[0]
    assert found.value in found.interval
    assert found.interval.low >= -span - 1e-9
    assert found.interval.high <= span + 1e-9


def test_shares_without_any_difference_have_no_evidence_of_one() -> None:
    # Once: two groups without a single satisfied customer: the only possible table has mid-P .5,
    # though the difference is 0 and any other table is impossible; p should be 1.
    found = cx.csat([1] * 10).compare(cx.csat([2] * 12))
    assert found.value == 0
    assert found.p_value == pytest.approx(1)


# -- several ---------------------------------------------------------------------------------------


@given(cxst.cubes(FIVE, by=("group", "wave"), min_rows=8), st.sampled_from(["holm", "bh", "by"]))
@settings(max_examples=40)
def test_adjusted_p_values_are_monotone_and_larger(cube: cx.Cube, adjustment: Any) -> None:
    scores = cx.mean_rating.of(cube)
    pairs = scores.compare(adjustment=adjustment)
    raw = [pair.difference.p_value for pair in pairs]
    adjusted = [pair.p_value for pair in pairs]
    able = sum(score.interval_or_none is not None for score in scores.values())
    assert len(pairs) == able * (able - 1) // 2
    for small, large in zip(raw, adjusted, strict=True):
        assert small - 1e-12 <= large <= 1
    for i in range(len(raw)):
        for j in range(len(raw)):
            if raw[i] <= raw[j]:
                assert adjusted[i] <= adjusted[j] + 1e-12
    for pair in pairs.significant:
        high, low = (pair.first, pair.second) if pair.value > 0 else (pair.second, pair.first)
        keys = {
            side: next(k for k, s in scores.items() if s.group == group)
            for side, group in (("high", high), ("low", low))
        }
        assert pairs.names[keys["low"]] in pairs.letters[keys["high"]].split()
    letters = sum(len(text.split()) for text in pairs.letters.values())
    assert letters == len(pairs.significant)


def test_a_trend_compares_neighbours_only() -> None:
    waves = {"r": [5, 4, 4, 2] * 4 + [1, 2, 2, 3] * 4 + [1, 2, 2, 3] * 4, "w": [1] * 16}
    waves["w"] = [1] * 16 + [2] * 16 + [3] * 16
    scores = cx.mean_rating(waves, rating="r", by="w")
    trend = scores.trend()
    assert [(dict(p.first)["w"], dict(p.second)["w"]) for p in trend] == [(2, 1), (3, 2)]
    assert [round(p.value, 3) for p in trend] == [-1.75, 0]
    assert trend[0].p_value == pytest.approx(2 * trend[0].difference.p_value)
    two = cx.mean_rating({**waves, "g": ["a", "b"] * 24}, rating="r", by=["w", "g"])
    with pytest.raises(UsageError, match=r"one dimension.*measure by the time column only"):
        two.trend()


# -- the same customers ----------------------------------------------------------------------------

SEVEN = cx.one_to_seven
MEAN = cx.mean_rating.using(scale=SEVEN)


@given(st.lists(st.tuples(st.integers(1, 7), st.integers(1, 7)), min_size=3, max_size=30))
def test_paired_comparison_is_the_paired_t_test(pairs: list[tuple[int, int]]) -> None:
    before, after = np.array(pairs).T
    assume(np.ptp(after - before) > 0)
    people = list(range(len(pairs)))
    scores = MEAN(
        {
            "r": [*before, *after],
            "wave": ["before"] * len(pairs) + ["after"] * len(pairs),
            "who": people + people,
        },
        rating="r",
        by="wave",
        unit="who",
    )
    found = scores["after"].compare(scores["before"])
    expected = stats.ttest_rel(after, before)
    low, high = expected.confidence_interval(0.95)
    assert found.difference.interval.method == "paired"
    assert found.value == pytest.approx(float((after - before).mean()), abs=1e-12)
    assert found.difference.df == len(pairs) - 1
    assert found.difference.statistic == pytest.approx(
        float(expected.statistic), rel=1e-9, abs=1e-9
    )
    assert found.p_value == pytest.approx(float(expected.pvalue), rel=1e-8)
    assert (found.interval.low, found.interval.high) == pytest.approx(
        (max(low, -6), min(high, 6)), rel=1e-8, abs=1e-9
    )
    back = scores["before"].compare(scores["after"])
    assert back.value == -found.value
    assert back.interval.low == pytest.approx(-found.interval.high)
    assert back.p_value == pytest.approx(found.p_value)
    # A wide table says the same: each row is one customer.
    wide = MEAN({"a": before, "b": after}, rating=["a", "b"])
    assert wide["b"].compare(wide["a"]).p_value == pytest.approx(found.p_value)


@pytest.mark.parametrize("metric", [NET, cx.csat, cx.mean_rating], ids=lambda m: m.name)
@given(
    columns=cxst.rows(FIVE, missing=False, weighted=True, units=True, min_rows=6),
    weighted=st.booleans(),
)
@settings(max_examples=40)
def test_partly_overlapping_waves_follow_the_direct_formula(
    metric: cx.Metric, columns: cxst.Columns, weighted: bool
) -> None:
    columns["wave"] = [2024 if place % 2 else 2025 for place in range(len(columns["wave"]))]
    weights = columns["weight"] if weighted else [1.0] * len(columns["wave"])
    assume(all(any(weights[place] for place in range(k, len(weights), 2)) for k in (0, 1)))
    scores = metric(
        columns, rating="rating", by="wave", unit="unit", weight="weight" if weighted else None
    )
    worth = dict(zip(FIVE.points, metric.values or (), strict=True))
    means = {wave: score.value for wave, score in scores.items()}
    totals = dict.fromkeys(means, 0.0)
    for wave, weight in zip(columns["wave"], weights, strict=True):
        totals[wave] += weight
    influence: dict[Any, float] = dict.fromkeys(columns["unit"], 0.0)
    for rating, wave, unit, weight in zip(
        columns["rating"], columns["wave"], columns["unit"], weights, strict=True
    ):
        sign = 1 if wave == 2025 else -1
        influence[unit] += sign * weight * (worth[rating] - means[wave]) / totals[wave]
    units = len(influence)
    assume(units > 2)
    assume(all(score.sample.degrees_of_freedom >= 1 for score in scores.values()))
    average = sum(influence.values()) / units
    variance = units / (units - 1) * sum((z - average) ** 2 for z in influence.values())
    assume(variance > 1e-12)
    found = scores[2025].compare(scores[2024])
    assert found.value == pytest.approx(means[2025] - means[2024])
    if found.interval.method == "mover":  # a wave that is all alike is no sure thing
        assert not all(score.sample.variance for score in scores.values())
        return
    assert found.difference.standard_error == pytest.approx(math.sqrt(variance), rel=1e-9)
    # Customers who answer in one wave only carry less than those who answer in both.
    weight_of = dict.fromkeys(influence, 0.0)
    for unit, weight in zip(columns["unit"], weights, strict=True):
        weight_of[unit] += weight
    carriers = sum(weights) ** 2 / sum(w * w for w in weight_of.values())
    assert found.difference.df == max(math.ceil(carriers - 1e-9) - 1, 1)


def test_shared_customers_refuse_methods_that_take_them_for_independent() -> None:
    data = {"r": [5, 4, 2, 3, 3, 1], "w": [1, 1, 1, 2, 2, 2], "u": [1, 2, 3, 1, 2, 3]}
    paired = cx.mean_rating(data, rating="r", by="w", unit="u")
    with pytest.raises(UsageError, match=r"share units .* leave method out"):
        paired[1].compare(paired[2], method="welch")
    apart = cx.mean_rating(data, rating="r", by="w")
    with pytest.raises(UsageError, match=r"paired comparison needs .* unit="):
        apart[1].compare(apart[2], method="paired")


def test_shared_customers_who_all_move_alike_still_have_an_interval() -> None:
    # Once: the variance of the difference is the sum of four rounded terms, here -1e-17:
    # ValueError, math domain error.
    data = {"r": [2, 3, 4, 3, 4, 5], "w": [1, 1, 1, 2, 2, 2], "u": [1, 2, 3, 1, 2, 3]}
    scores = cx.mean_rating(data, rating="r", by="w", unit="u")
    found = scores[2].compare(scores[1])
    assert found.value == pytest.approx(1)
    assert found.interval.low < 1 < found.interval.high
    assert found.p_value > 0


def test_comparing_needs_two_answers_a_side() -> None:
    with pytest.raises(IntervalError, match="at least 2 answers; there is 1"):
        cx.nps([9, 3]).compare(cx.nps([9]))


def test_only_scores_of_one_metric_are_compared() -> None:
    with pytest.raises(UsageError, match=r"csat and mean_rating .* differ"):
        cx.csat([5, 4]).compare(cx.mean_rating([5, 4]))
    with pytest.raises(UsageError, match="or their options"):
        cx.csat([5, 4]).compare(cx.csat([5, 4], positive={5}))
    with pytest.raises(UsageError, match=r"no comparison 'welsh'; did you mean 'welch'"):
        cx.csat([5, 4]).compare(cx.csat([5, 4]), method="welsh")
    with pytest.raises(UsageError, match="for a share score use one of: newcombe"):
        cx.csat([5, 4]).compare(cx.csat([5, 4]), method="adjusted_wald")
