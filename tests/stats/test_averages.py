"""Means by group: against loops over the rows, R's survey package and scipy; laws."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import cxmetrics as cx
from cxmetrics.errors import IntervalError
from cxmetrics.stats.averages import Averages, averages

SIZE = 3


@st.composite
def samples(draw: st.DrawFn) -> dict[str, Any]:
    """Rows of three groups with gaps, weights (some 0), units that repeat, and strata of units."""
    rows = draw(st.integers(4, 25))

    def many(what: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(what, min_size=rows, max_size=rows))

    unit = np.array(many(st.integers(0, 7)))
    home = np.array(draw(st.lists(st.integers(0, 1), min_size=8, max_size=8)))
    return {
        "values": np.array(many(st.sampled_from([np.nan, 0.0, 1.5, 2.25, 4.0, 10.0]))),
        "groups": np.array(many(st.integers(-1, SIZE - 1))),
        "weights": np.array(many(st.sampled_from([0.0, 0.5, 1.0, 2.0]))),
        "units": unit,
        "strata": home[unit],
    }


def by_loop(
    values: Any, groups: Any, weights: Any, units: Any, strata: Any
) -> tuple[list[float], list[list[float]]]:
    """Means and their covariance, from the formula: unit totals within strata, one at a time."""
    rows = [
        (g, x, w, u, h)
        for g, x, w, u, h in zip(groups, values, weights, units, strata, strict=True)
        if g >= 0 and not math.isnan(x) and w > 0
    ]
    mean, total = [math.nan] * SIZE, [0.0] * SIZE
    for group in range(SIZE):
        own = [(x, w) for g, x, w, _, _ in rows if g == group]
        total[group] = sum(w for _, w in own)
        if own:
            mean[group] = sum(x * w for x, w in own) / total[group]
    z: dict[Any, dict[Any, list[float]]] = defaultdict(dict)
    carries: dict[Any, set[Any]] = defaultdict(set)
    for g, x, w, u, h in rows:
        z[h].setdefault(u, [0.0] * SIZE)[g] += w * (x - mean[g]) / total[g]
        carries[h, g].add(u)
    found = [[0.0] * SIZE for _ in range(SIZE)]
    for g in range(SIZE):
        for k in range(SIZE):
            for h, own_z in z.items():
                a, b = carries[h, g], carries[h, k]
                if len(a) == 1 or len(b) == 1:
                    found[g][k] = math.nan
                if not a or not b:
                    continue
                centre = sum(own_z[u][g] for u in a) / len(a), sum(own_z[u][k] for u in b) / len(b)
                factor = math.sqrt(len(a) / max(len(a) - 1, 1) * len(b) / max(len(b) - 1, 1))
                found[g][k] += factor * sum(
                    (own_z[u][g] - centre[0]) * (own_z[u][k] - centre[1]) for u in a & b
                )
            if math.isnan(mean[g]) or math.isnan(mean[k]):
                found[g][k] = math.nan
    return mean, found


@given(rows=samples())
@settings(max_examples=150)
def test_the_formula_row_by_row(rows: dict[str, Any]) -> None:
    mean, covariance = by_loop(**rows)
    found = averages(**rows, size=SIZE)
    assert found.mean == pytest.approx(mean, nan_ok=True)
    assert found.covariance == pytest.approx(np.array(covariance), nan_ok=True, abs=1e-9)
    there = ~np.isnan(rows["values"]) & (rows["weights"] > 0)
    for group in range(SIZE):
        own = rows["groups"] == group
        assert found.n[group] == (own & there).sum()
        assert found.missing[group] == (own & ~there).sum()
        assert found.units[group] == len(set(rows["units"][own & there]))


@given(rows=samples(), shift=st.sampled_from([-3.0, 0.5, 1e6]), factor=st.sampled_from([0.5, -2.0]))
def test_moving_stretching_and_weighing(rows: dict[str, Any], shift: float, factor: float) -> None:
    found = averages(**rows, size=SIZE)
    moved = averages(**{**rows, "values": factor * rows["values"] + shift}, size=SIZE)
    assert moved.mean == pytest.approx(factor * found.mean + shift, nan_ok=True)
    assert moved.covariance == pytest.approx(
        factor**2 * found.covariance, nan_ok=True, rel=1e-6, abs=1e-9
    )
    heavier = averages(**{**rows, "weights": 8 * rows["weights"]}, size=SIZE)
    assert heavier.covariance == pytest.approx(found.covariance, nan_ok=True)
    assert heavier.df == pytest.approx(found.df)
    order = np.random.default_rng(1).permutation(len(rows["values"]))
    mixed = averages(**{name: column[order] for name, column in rows.items()}, size=SIZE)
    assert mixed.covariance == pytest.approx(found.covariance, nan_ok=True, abs=1e-9)


@given(rows=samples())
def test_what_is_not_said_is_the_plain_case(rows: dict[str, Any]) -> None:
    plain = {name: rows[name] for name in ("values", "groups")}
    same = np.zeros(len(rows["values"]), np.intp)
    said = averages(
        **plain, size=SIZE, weights=np.ones(len(same)), units=np.arange(len(same)) * 7, strata=same
    )
    silent = averages(**plain, size=SIZE)
    for name in ("mean", "covariance", "df", "n_effective", "units"):
        assert getattr(said, name) == pytest.approx(getattr(silent, name), nan_ok=True)


def test_plain_rows_are_the_textbook() -> None:
    dice = np.random.default_rng(3)
    a, b = dice.normal(5, 1, 12), dice.normal(4, 3, 9)
    groups = np.repeat([0, 1], [12, 9])
    found = averages(np.concatenate([a, b]), groups=groups, size=2)
    welch = stats.ttest_ind(a, b, equal_var=False)
    difference = found.difference(0, 1, level=0.9)
    assert difference.p_value == pytest.approx(welch.pvalue)
    assert difference.df == pytest.approx(welch.df)
    assert [difference.interval.low, difference.interval.high] == pytest.approx(
        list(welch.confidence_interval(0.9))
    )
    own = found.interval(0, level=0.9)
    theirs = stats.t.interval(0.9, 11, loc=a.mean(), scale=stats.sem(a))
    assert own is not None
    assert [own.low, own.high] == pytest.approx(list(theirs))


def test_the_same_respondents_twice_are_the_paired_t() -> None:
    dice = np.random.default_rng(4)
    before = dice.normal(5, 2, 15)
    after = before + dice.normal(0.4, 0.5, 15)
    found = averages(
        np.concatenate([after, before]),
        groups=np.repeat([0, 1], 15),
        size=2,
        units=np.tile(np.arange(15), 2),
    )
    paired = stats.ttest_rel(after, before)
    difference = found.difference(0, 1)
    assert difference.interval.method == "paired"
    assert difference.p_value == pytest.approx(paired.pvalue)
    assert difference.interval.low == pytest.approx(paired.confidence_interval().low)


def coded(vector: dict[str, Any], *names: str) -> dict[str, Any]:
    data = vector["input"]["data"]
    net = np.array([1.0 if s >= 9 else -1.0 if s <= 6 else 0.0 for s in data["score"]])
    codes = {name: np.unique(data[name], return_inverse=True)[1] for name in names}
    return {"values": net, "weights": np.array(data["weight"], float), **codes}


def test_rs_survey_package(shared: Path) -> None:
    vectors = json.loads((shared / "reference" / "truth.json").read_text("utf-8"))
    by_id = {vector["id"]: vector for vector in vectors}
    expected = by_id["svy-weights-only"]["expected"]
    rows = coded(by_id["svy-weights-only"], "cluster", "stratum", "segment")
    segment, unit, strata = rows.pop("segment"), rows.pop("cluster"), rows.pop("stratum")
    plain = averages(**rows)
    assert plain.mean[0] == pytest.approx(expected["nps"])
    assert plain.standard_error(0) == pytest.approx(expected["se"])
    expected = by_id["svy-strat-cluster"]["expected"]
    whole = averages(**rows, units=unit, strata=strata)
    assert whole.standard_error(0) == pytest.approx(expected["se"])
    assert whole.df[0] == expected["df"] - 1  # units of unequal weight count less than R says
    expected = by_id["svy-domain"]["expected"]
    parts = averages(**rows, groups=segment, size=2, units=unit, strata=strata)
    assert parts.mean == pytest.approx([expected["x"], expected["y"]])
    assert parts.standard_error(0) == pytest.approx(expected["se_x"])
    assert parts.standard_error(1) == pytest.approx(expected["se_y"])
    assert parts.covariance[0, 1] == pytest.approx(expected["cov"])
    assert parts.difference(0, 1).standard_error == pytest.approx(expected["se_diff"])


def test_a_tally_says_the_same_of_ratings(shared: Path) -> None:
    dice = np.random.default_rng(5)
    rows = {
        "rating": dice.integers(1, 6, 200),
        "weight": dice.choice([0.5, 1.0, 2.0], 200),
        "unit": dice.integers(0, 60, 200),
    }
    score = cx.mean_rating(rows, rating="rating", weight="weight", unit="unit")
    found = averages(rows["rating"].astype(float), weights=rows["weight"], units=rows["unit"])
    own, theirs = found.interval(0), score.interval()
    assert own is not None
    assert [own.low, own.high] == pytest.approx([theirs.low, theirs.high])


# -- too little to say ---------------------------------------------------------------------------


@pytest.mark.parametrize("value", [0.1, 0.7, 1 / 3, 10.0])
def test_unanimous_groups_have_no_narrow_interval(value: float) -> None:
    rows = np.array([value] * 8 + [0.2] * 6)
    found = averages(rows, groups=np.repeat([0, 1], [8, 6]), size=2)
    assert found.covariance.tolist() == [[0, 0], [0, 0]]  # no rounding taken for a spread
    assert found.interval(0) is None
    interval = found.interval(0, bounds=(0, 10))
    assert interval is not None
    assert interval.method == "unanimous"
    most = 1 - 0.025 ** (1 / 8)  # Clopper-Pearson: none of 8
    assert interval.low == pytest.approx(value - most * value)
    assert interval.high == pytest.approx(value + most * (10 - value))
    with pytest.raises(IntervalError, match="no respondent differs"):
        found.difference(0, 1)
    difference = found.difference(0, 1, bounds=(0, 10))
    assert difference.interval.width > 1
    assert difference.value in difference.interval
    assert (difference.p_value < 0.05) == (0 not in difference.interval)


def test_who_says_the_same_again_makes_nobody_surer() -> None:
    people = np.arange(5)
    once = averages(np.full(5, 10.0), units=people)
    often = averages(np.full(100, 10.0), units=np.tile(people, 20))
    assert often.units_effective.tolist() == once.units_effective.tolist() == [5]
    assert often.interval(0, bounds=(0, 10)) == once.interval(0, bounds=(0, 10))
    for metric, rating in ((cx.csat, 5), (cx.nps, 10), (cx.mean_rating, 5)):
        alone = metric([rating] * 5)
        again = metric([rating] * 100, unit=people.tolist() * 20)
        assert again.n_effective == alone.n
        assert again.interval() == alone.interval()


def test_one_group_that_does_not_vary_makes_no_difference_surer() -> None:
    rows = np.array([10.0] * 4 + [1, 2, 4, 3])
    found = averages(rows, groups=np.repeat([0, 1], 4), size=2)
    bounded = found.difference(0, 1, bounds=(0, 10)).interval
    alone = [found.interval(group, bounds=(0, 10)) for group in (0, 1)]
    assert alone[0] is not None
    assert alone[1] is not None
    assert bounded.low == pytest.approx(
        7.5 - math.hypot(10 - alone[0].low, alone[1].high - 2.5)
    )  # MOVER
    assert bounded.high == pytest.approx(7.5 + 2.5 - alone[1].low)
    assert found.difference(0, 1).interval.method == "welch"


def test_bounds_keep_intervals_possible() -> None:
    found = averages(np.array([10.0, 10, 10, 2, 0, 0, 0, 3]), groups=np.repeat([0, 1], 4), size=2)
    interval = found.interval(0, bounds=(0, 10))
    assert interval is not None
    assert interval.high == 10
    assert found.difference(0, 1, bounds=(0, 10)).interval.high == 10


def test_one_unit_says_nothing_of_the_spread() -> None:
    values = np.array([1.0, 3.0, 4.0, 5.0])
    found = averages(values, groups=np.array([0, 0, 1, 1]), size=3, units=np.array([0, 0, 1, 2]))
    assert found.units.tolist() == [1, 2, 0]
    assert found.interval(0, bounds=(0, 10)) is None
    assert found.interval(2, bounds=(0, 10)) is None
    assert np.isnan(found.mean[2])
    with pytest.raises(IntervalError, match="at least 2 different respondents"):
        found.difference(0, 1)


def test_nobody() -> None:
    found: Averages = averages(np.array([np.nan, np.nan]))
    assert found.n.tolist() == [0]
    assert found.missing.tolist() == [2]
    assert np.isnan(found.mean[0])
    assert found.interval(0) is None
