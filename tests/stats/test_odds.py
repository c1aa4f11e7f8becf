"""Ratios of two kinds of events: the corners that the emotion ratio does not reach."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from scipy import stats

from cxmetrics.stats import odds
from cxmetrics.stats.averages import averages


def test_units_that_all_say_the_same_have_the_exact_interval_of_the_units() -> None:
    sign, unit = np.array([1.0, 0.0] * 10), np.repeat(np.arange(10), 2)
    found = averages(sign, units=unit)
    assert odds.linearised_interval(found) == odds.exact_interval(5, 5)
    assert odds.linearised_p(found, ratio=1.0) == pytest.approx(1.0)
    lone = averages(np.array([1.0, 0.0]), units=np.array([0, 0]))
    assert odds.linearised_interval(lone) is None
    assert odds.linearised_p(lone, ratio=1.0) is None


def test_shared_units_make_the_factor_surer() -> None:
    dice = np.random.default_rng(4)
    mood = np.repeat(dice.normal(size=60), 2)
    sign = (mood + 0.4 * dice.normal(size=120) > 0).astype(float)
    group, unit = np.tile([0, 1], 60), np.repeat(np.arange(60), 2)
    together = averages(sign, groups=group, size=2, units=unit)
    apart = averages(sign, groups=group, size=2)
    paired, free = (odds.linearised_factor(found, 0, 1) for found in (together, apart))
    assert paired is not None
    assert free is not None
    assert paired[0] == pytest.approx(free[0])
    assert paired[1].high / paired[1].low < free[1].high / free[1].low


def test_a_group_of_one_kind_has_no_linearised_factor() -> None:
    sign, group = np.array([1.0, 1.0, 1.0, 0.0, 1.0, 0.0]), np.array([0, 0, 0, 1, 1, 1])
    assert odds.linearised_factor(averages(sign, groups=group, size=2), 0, 1) is None


def test_exact_p_of_counts_without_one_kind() -> None:
    assert odds.exact_p(7, 0, ratio=1.0) == pytest.approx(2 * 0.5**7)
    assert odds.exact_p(0, 7, ratio=3.0) == pytest.approx(2 * 0.25**7)
    assert odds.exact_p(30, 10, ratio=3.0) == 1.0
    assert odds.odds(1.0) == inf
    cdf = stats.binom.cdf(4, 9, 0.8)
    assert odds.exact_p(4, 5, ratio=4.0) == pytest.approx(2 * cdf)
