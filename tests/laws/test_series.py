"""Laws of series: order within a period, names, direction, and mirrors do not matter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import cxmetrics as cx
from cxmetrics.links import leads
from cxmetrics.stats.changepoint import likelihood_ratios
from cxmetrics.stats.correlation import cross_correlation
from cxmetrics.trends import control_chart

PERIODS = st.lists(
    st.lists(st.integers(0, 10), min_size=1, max_size=12), min_size=3, max_size=10
).filter(lambda periods: len({(r > 8) - (r < 7) for own in periods for r in own}) > 1)
NUMBERS = st.lists(st.integers(-50, 50).map(float), min_size=8, max_size=15)


def scores_of(periods):
    rows = [rating for own in periods for rating in own]
    return cx.nps(rows, by=[place for place, own in enumerate(periods) for _ in own])


@given(PERIODS, st.randoms())
def test_shuffling_within_a_period_changes_nothing(periods, dice) -> None:
    before = control_chart(scores_of(periods))
    assert control_chart(scores_of([dice.sample(own, len(own)) for own in periods])) == before


@given(PERIODS)
def test_a_mirrored_score_has_mirrored_limits(periods) -> None:
    chart = control_chart(scores_of(periods))
    worth = {3: 10, 8: 7, 10: 3}
    turned = [[worth[3 if r < 7 else 8 if r < 9 else 10] for r in own] for own in periods]
    mirror = control_chart(scores_of(turned))
    assert mirror.centre == pytest.approx(-chart.centre, abs=1e-9)
    assert mirror.sigma_z == pytest.approx(chart.sigma_z)
    assert [p.low for p in mirror.points] == pytest.approx([-p.high for p in chart.points])


@given(PERIODS)
def test_time_reversed_finds_the_same_split(periods) -> None:
    counts = np.array([[sum(r < 7 for r in own), sum(r > 6 for r in own)] for own in periods])
    assert likelihood_ratios(counts[::-1])[::-1] == pytest.approx(likelihood_ratios(counts))
    assert likelihood_ratios(counts[:, ::-1]) == pytest.approx(likelihood_ratios(counts))


@given(NUMBERS, st.randoms())
def test_leads_are_symmetric(x, dice) -> None:
    y = [value + dice.randint(-20, 20) for value in x]
    for series in (x, y):
        assume(all(len(set(series[k:])) > 1 and len(set(series[:-k])) > 1 for k in (1, 2, 3)))
    there, back = leads(x, y, both_ways=True), leads(y, x, both_ways=True)
    for lead in range(-3, 4):
        assert there.at(lead).value == pytest.approx(back.at(-lead).value, abs=1e-9)
        assert there.at(lead).p_adjusted == pytest.approx(back.at(-lead).p_adjusted, abs=1e-9)
    assert cross_correlation(x, y, most=3) == pytest.approx(
        cross_correlation(y, x, most=3)[::-1], abs=1e-9
    )
