"""Plans: classic numbers, statsmodels, and the tests of the library itself by simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.power import TTestIndPower

import cxmetrics as cx
from cxmetrics.stats import planning
from cxmetrics.stats.power import Worth, detectable, of_difference, power_of
from cxmetrics.survey import plan

TYPICAL = {10: 40, 9: 15, 8: 15, 7: 10, 5: 20}


def test_the_classic_numbers() -> None:
    assert plan(cx.nps, margin=10).n == 382  # MeasuringU 2021
    assert plan(cx.csat, margin=5).n == planning.answers_for_share(0.05) == 385
    assert plan(cx.csat, margin=5, population=1000).n == 278  # Krejcie & Morgan 1970
    half = {10: 0.4, 8: 0.2, 0: 0.4}  # variance .8
    expected = planning.answers_to_tell_nets_apart(0.1, variances=(0.8, 0.8))
    assert plan(cx.nps, difference=10, expected=half).n == expected
    # Two shares: (1.96 + 0.84)^2 (.75 .25 + .79 .21) / .04^2
    found = plan(cx.csat, difference=4, expected={5: 40, 4: 35, 2: 25})
    assert found.n == 1734


def test_two_means_against_statsmodels() -> None:
    found = plan(cx.mean_rating, difference=0.5, expected={1: 1, 2: 1, 3: 1, 4: 1, 5: 1})
    deviation = 2**0.5
    exact = TTestIndPower().solve_power(0.5 / deviation, alpha=0.05, power=0.8)
    assert abs(found.n - exact) <= 1
    power = TTestIndPower().power(0.5 / deviation, 80, 0.05)
    asked = plan(cx.mean_rating, n=80, difference=0.5, expected={1: 1, 2: 1, 3: 1, 4: 1, 5: 1})
    assert asked.power == pytest.approx(power, abs=0.005)


@pytest.mark.parametrize(
    "metric",
    [
        cx.nps,
        cx.mean_rating.using(scale=cx.zero_to_ten),
        cx.top_box(2, scale=cx.zero_to_ten),
        cx.smooth("even", cx.zero_to_ten, lambda s: 100 * (1 - (s**2).sum(axis=-1))),
    ],
    ids=lambda metric: metric.name,
)
def test_the_margin_is_the_one_that_comes_out(metric: cx.Metric) -> None:
    found = plan(metric, n=1_000, expected=TYPICAL)
    answers = cx.Tally.of(cx.zero_to_ten, {point: 10 * own for point, own in TYPICAL.items()})
    assert found.margin == pytest.approx(metric(answers).interval().margin, rel=0.03)
    again = plan(metric, margin=found.margin, expected=metric(answers))
    assert abs(again.n - 1_000) <= 1


def test_the_power_is_the_one_that_comes_out() -> None:
    first, second = np.array([0.2, 0.25, 0.55]), np.array([0.25, 0.3, 0.45])
    found = plan(cx.nps, n=300, difference=15, expected={3: 0.2, 7: 0.25, 10: 0.55})
    rng = np.random.default_rng(4)
    hits, draws = 0, 1_000
    for _ in range(draws):
        a, b = (
            cx.nps(cx.Tally.of(cx.zero_to_ten, dict(zip((3, 7, 10), c, strict=True))))
            for c in (rng.multinomial(300, first).tolist(), rng.multinomial(300, second).tolist())
        )
        hits += a.compare(b).significant
    assert found.power == pytest.approx(hits / draws, abs=0.04)


@given(
    variance=st.floats(0.01, 4),
    deff=st.floats(1, 3),
    error=st.floats(0.01, 0.1),
    population=st.integers(50, 100_000) | st.just(float("inf")),
)
def test_answers_and_errors_are_inverse(
    variance: float, deff: float, error: float, population: float
) -> None:
    worth = Worth(variance=variance, deff=deff, population=population)
    n = worth.answers(error)
    assert n <= population
    assert worth.error(n) <= error * (1 + 1e-9)
    if n > 2:
        assert worth.error(n - 1) > error * (1 - 1e-9)


def test_panels_designs_and_detectable_differences() -> None:
    assert of_difference(1, 1, overlap=1, correlation=0.5) == 1
    alone = plan(cx.nps, difference=5)
    panel = plan(cx.nps, difference=5, overlap=1, correlation=0.6)
    assert panel.n == pytest.approx(0.4 * alone.n, rel=0.01)
    assert plan(cx.nps, margin=5, deff=1.5).n == pytest.approx(
        1.5 * plan(cx.nps, margin=5).n, abs=1
    )
    error = 3.0
    least = detectable(error, power=0.9)
    assert power_of(least, error=error) == pytest.approx(0.9, abs=1e-6)
    given = plan(cx.nps, n=500)
    assert plan(cx.nps, n=500, difference=given.difference).power == pytest.approx(0.8, abs=1e-3)
    assert plan(cx.nps, margin=5, response_rate=0.2).invitations == 5 * 1534
    few = plan(cx.nps, margin=5, response_rate=0.2, population=3000)
    assert "more than the 3,000 customers" in str(few)
    assert plan(cx.nps, n=200, difference=10, population=200).power == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "say what you want"),
        ({"margin": 5, "difference": 4}, "say what you want"),
        ({"margin": 5, "n": 4}, "say what you want"),
        ({"margin": 0}, "above 0"),
        ({"margin": 300}, "under 200"),
        ({"n": 1}, "at least 2"),
        ({"n": 300, "population": 200}, "of a population"),
        ({"margin": 5, "deff": 0}, "deff must be above 0"),
        ({"margin": 5, "level": 95}, "did you mean 0.95"),
        ({"difference": 5, "power": 80}, "did you mean 0.8"),
        ({"difference": 5, "overlap": 2}, "from 0 to 1"),
        ({"margin": 5, "response_rate": 20}, "at most 1"),
        ({"margin": 5, "expected": {10: 5}}, "worth the same"),
        ({"margin": 5, "expected": {11: 5}}, "no point of the scale"),
        ({"margin": 5, "expected": {10: -5, 0: 6}}, "at least 0"),
        ({"margin": 5, "expected": {10: float("nan")}}, "at least 0"),
        ({"margin": 5, "expected": {}}, "none"),
    ],
)
def test_plans_that_make_no_sense(options: Any, says: str) -> None:
    with pytest.raises(cx.CxError, match=says):
        plan(cx.nps, **options)


def test_a_smooth_metric_has_no_worst_case() -> None:
    even = cx.smooth("even", cx.one_to_five, lambda s: (s**2).sum(axis=-1))
    with pytest.raises(cx.CxError, match="smooth"):
        plan(even, margin=0.1)
