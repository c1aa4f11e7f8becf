"""Design-based variance, against a loop over the rows written from the textbook formula."""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings

import cxmetrics as cx
from cxmetrics.testing import strategies as cxst

FIVE = cx.one_to_five
NET = cx.net_box()
PAIR = cx.smooth("pair", FIVE, lambda s: 100 * (s[..., 3] + s[..., 4]) ** 2)


def influences(
    columns: dict[str, Any], worth: dict[float, float], inside: list[bool]
) -> tuple[list[float], float]:
    """Influence of every row on the mean of the rows inside the domain, and that mean."""
    pairs = [
        (w, worth[r]) if r is not None and i else None
        for w, r, i in zip(columns["weight"], columns["rating"], inside, strict=True)
    ]
    total = sum(pair[0] for pair in pairs if pair)
    mean = sum(pair[0] * pair[1] for pair in pairs if pair) / total
    return [pair[0] * (pair[1] - mean) / total if pair else 0.0 for pair in pairs], mean


def design_covariance(
    first: list[float], second: list[float], unit: list[Any], stratum: list[Any]
) -> float:
    """Cochran 1977: between the totals of the units, within strata, with replacement."""
    a: dict[Any, dict[Any, float]] = defaultdict(lambda: defaultdict(float))
    b: dict[Any, dict[Any, float]] = defaultdict(lambda: defaultdict(float))
    for x, y, u, h in zip(first, second, unit, stratum, strict=True):
        a[h][u] += x
        b[h][u] += y
    found = 0.0
    for h in a:
        n = len(a[h])
        mean_a, mean_b = sum(a[h].values()) / n, sum(b[h].values()) / n
        found += n / (n - 1) * sum((a[h][u] - mean_a) * (b[h][u] - mean_b) for u in a[h])
    return found


def answer_once(units: list[Any], weights: list[float]) -> bool:
    answering = [unit for unit, weight in zip(units, weights, strict=True) if weight]
    return len(set(answering)) == len(answering)


def carriers(units: list[Any], strata: list[Any], weights: list[float]) -> int:
    """Units minus strata, units counted by Kish's formula on their total weights, rounded up."""
    totals: dict[Any, dict[Any, float]] = defaultdict(lambda: defaultdict(float))
    for unit, stratum, weight in zip(units, strata, weights, strict=True):
        totals[stratum][unit] += weight
    found = 0
    for own in totals.values():
        squares = sum(total**2 for total in own.values())
        if squares:
            found += math.ceil(sum(own.values()) ** 2 / squares - 1e-9) - 1
    return found


def lonely(units: list[Any], strata: list[Any]) -> bool:
    homes = defaultdict(set)
    for unit, stratum in zip(units, strata, strict=True):
        homes[stratum].add(unit)
    return min(map(len, homes.values())) < 2


@pytest.mark.parametrize("metric", [cx.csat, NET, cx.mean_rating], ids=lambda m: m.name)
@pytest.mark.parametrize(
    ("named", "stratified"),
    [(True, True), (True, False), (False, True)],
    ids=["units in strata", "units", "strata"],
)
@given(columns=cxst.rows(FIVE, weighted=True, units=True, strata=True, min_rows=5))
@settings(max_examples=25)
def test_weights_strata_units_and_domains(
    metric: cx.Metric, named: bool, stratified: bool, columns: cxst.Columns
) -> None:
    rows = len(columns["rating"])
    units = columns["unit"] if named else list(range(rows))
    strata = columns["stratum"] if stratified else ["all"] * rows
    assume(not lonely(units, strata))
    scores = metric(
        columns,
        rating="rating",
        by="wave",
        weight="weight",
        unit="unit" if named else None,
        strata="stratum" if stratified else None,
    )
    worth = dict(zip(FIVE.points, metric.values or (), strict=True))
    found = {}
    for wave, score in (*scores.items(), (None, scores.overall)):
        if score.n < 2 or not score.tally.total:
            continue
        inside = [wave is None or own == wave for own in columns["wave"]]
        own, mean = influences(columns, worth, inside)
        weights = [
            w if i and r is not None else 0.0
            for w, r, i in zip(columns["weight"], columns["rating"], inside, strict=True)
        ]
        single = not stratified and answer_once(units, weights)
        if single:
            expected, df = score.n / (score.n - 1) * sum(z * z for z in own), score.n - 1
        else:
            expected = design_covariance(own, own, units, strata)
            df = carriers(units, strata, weights)
        assert score.value == pytest.approx(mean)
        assert score.sample.variance == pytest.approx(expected, rel=1e-9, abs=1e-9)
        assert score.sample.degrees_of_freedom == df
        answers = [
            (w, worth[r])
            for w, r, i in zip(columns["weight"], columns["rating"], inside, strict=True)
            if i and r is not None
        ]
        simple = sum(w * (v - mean) ** 2 for w, v in answers) / score.tally.total / (score.n - 1)
        if single:  # nothing but the weights: Kish's
            assert score.deff == pytest.approx(score.tally.deff)
        elif simple > 1e-9 and expected > 1e-9:
            assert score.deff == pytest.approx(expected / simple, rel=1e-6)
        found[wave] = (own, design_covariance(own, own, units, strata))
    waves = [wave for wave in found if wave is not None]
    for a, b in pairwise(waves):
        both = design_covariance(found[a][0], found[b][0], units, strata)
        expected = found[a][1] + found[b][1] - 2 * both
        if expected > 1e-9 and all(
            metric.sample(scores[w].tally).degrees_of_freedom >= 1 for w in (a, b)
        ):
            difference = scores[a].compare(scores[b]).difference
            if difference.interval.method == "mover":  # a wave that is all alike
                assert not all(scores[w].sample.variance for w in (a, b))
                continue
            assert difference.standard_error == pytest.approx(math.sqrt(expected), rel=1e-6)


@given(columns=cxst.rows(FIVE, weighted=True, units=True, strata=True, min_rows=5))
@settings(max_examples=30)
def test_smooth_scores_are_linearised(columns: cxst.Columns) -> None:
    assume(not lonely(columns["unit"], columns["stratum"]))
    options: dict[str, Any] = {"weight": "weight", "unit": "unit", "strata": "stratum"}
    smooth = PAIR(columns, rating="rating", **options)
    share = cx.csat(columns, rating="rating", **options)
    assume(smooth.n > 1 and share.value > 1)
    # d(100 p^2) = 200 p dp, and the share is in percent.
    slope = 2 * share.value / 100
    assert smooth.sample.variance == pytest.approx(
        slope**2 * share.sample.variance, rel=1e-3, abs=1e-6
    )


def test_a_textbook_sample() -> None:
    # Two strata of two shops; by hand: V = sum over strata of (z1 - z2)^2, with weights of 1.
    rows = {
        "r": [5, 4, 3, 1, 2, 5, 5, 4],
        "shop": list("aabbccdd"),
        "region": ["n"] * 4 + ["s"] * 4,
    }
    score = cx.mean_rating(rows, rating="r", unit="shop", strata="region")
    mean = 29 / 8
    z = [(sum(part) - 2 * mean) / 8 for part in ([5, 4], [3, 1], [2, 5], [5, 4])]
    assert score.value == mean
    assert score.sample.variance == pytest.approx((z[0] - z[1]) ** 2 + (z[2] - z[3]) ** 2)
    assert score.sample.degrees_of_freedom == 2


def test_clusters_that_agree_within_widen_the_interval() -> None:
    rng = np.random.default_rng(7)
    shops = np.repeat(np.arange(30), 10)
    level = rng.choice([2, 3, 4], size=30)[shops]
    ratings = np.clip(level + rng.choice([-1, 0, 0, 1], size=300), 1, 5)
    clustered = cx.mean_rating({"r": ratings, "s": shops}, rating="r", unit="s")
    plain = cx.mean_rating({"r": ratings}, rating="r")
    assert clustered.value == plain.value
    assert clustered.deff > 3
    assert clustered.n_effective < 100
    assert clustered.interval().width > 1.7 * plain.interval().width
    assert "LOW_EFFECTIVE_N" not in {c.code for c in plain.cautions}


def test_real_answers_by_wave_and_day(shared: Path) -> None:
    """5,640 passengers of an airport, weighted, interviewed on 31 days that are clusters."""
    path = shared / "data" / "sfo" / "sfo_2017_2018_tidy.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = {
        "rating": [int(row["recommend"]) if row["recommend"] else None for row in rows],
        "wave": [int(row["wave"]) for row in rows],
        "weight": [float(row["weight"]) for row in rows],
        "day": [row["wave"] + "-" + row["day_of_may"] for row in rows],
    }
    worth = dict(zip(cx.zero_to_ten.points, cx.nps.values or (), strict=True))
    for data in (columns, pl.DataFrame(columns), pl.DataFrame(columns).lazy()):
        scores = cx.nps(
            data, rating="rating", by="wave", weight="weight", unit="day", strata="wave"
        )
        assert [score.n for score in scores.values()] == [2746, 2650]
        for wave, score in scores.items():
            own, mean = influences(columns, worth, [w == wave for w in columns["wave"]])
            expected = design_covariance(own, own, columns["day"], columns["wave"])
            assert score.value == pytest.approx(mean)
            assert score.sample.variance == pytest.approx(expected, rel=1e-9)
            assert score.deff > 1
        assert scores[2018].compare(scores[2017]).difference.standard_error == pytest.approx(
            math.sqrt(sum(score.sample.variance for score in scores.values()))
        )
