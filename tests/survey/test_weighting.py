"""Weights: their laws, a loop over the rows as oracle, coverage, a real survey."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxmetrics as cx
from cxmetrics.stats import raking
from cxmetrics.survey import calibrate, composition, finite_population, poststratify, rake

SEX, AGE = ("F", "M"), ("18-34", "35-54", "55+")


@st.composite
def people(draw: st.DrawFn) -> dict[str, Any]:
    """Respondents with every combination of sex and age, so that any targets can be met."""
    cells = [(s, a) for s in SEX for a in AGE]
    more = draw(st.lists(st.sampled_from(cells), max_size=25))
    rows = cells * 2 + more
    size = len(rows)
    return {
        "sex": [row[0] for row in rows],
        "age": [row[1] for row in rows],
        "q": draw(st.lists(st.integers(0, 10) | st.none(), min_size=size, max_size=size)),
        "w": draw(st.lists(st.integers(1, 24).map(lambda x: x / 8), min_size=size, max_size=size)),
        "shop": draw(st.lists(st.sampled_from("abcdefg"), min_size=size, max_size=size)),
    }


def shares(labels: tuple[str, ...]) -> st.SearchStrategy[dict[str, float]]:
    sizes = st.lists(st.integers(1, 20), min_size=len(labels), max_size=len(labels))
    return sizes.map(lambda s: {k: v / sum(s) for k, v in zip(labels, s, strict=True)})


targets = st.fixed_dictionaries({"sex": shares(SEX), "age": shares(AGE)})


def margin(rows: dict[str, Any], weights: Any, dim: str) -> dict[str, float]:
    found = dict.fromkeys(rows[dim], 0.0)
    for label, weight in zip(rows[dim], weights, strict=True):
        found[label] += weight / sum(weights)
    return found


def raked_by_hand(rows: dict[str, Any], known: dict[str, dict[str, float]]) -> list[float]:
    """Deming and Stephan's loop, one row at a time."""
    weights = list(rows["w"])
    total = sum(weights)
    for _ in range(400):
        for dim, wanted in known.items():
            have = margin(rows, weights, dim)
            scale = sum(weights) / total
            weights = [
                w * wanted[label] / have[label] / scale
                for w, label in zip(weights, rows[dim], strict=True)
            ]
    return weights


def greg_variance(
    rows: dict[str, Any], before: list[float], after: Any, inside: list[bool]
) -> tuple[float, float]:
    """The NPS of a domain and its variance, from the residuals of a regression over the rows."""
    code = [0 if q is None else 100 * ((q >= 9) - (q <= 6)) for q in rows["q"]]
    own = np.array([i and q is not None for i, q in zip(inside, rows["q"], strict=True)])
    total = float(after[own].sum())
    score = float((after[own] * np.array(code)[own]).sum()) / total
    u = np.where(own, (np.array(code) - score) / total, 0.0)
    x = np.array(
        [
            [float(s == name) for name in SEX] + [float(a == name) for name in AGE]
            for s, a in zip(rows["sex"], rows["age"], strict=True)
        ]
    )
    root = np.sqrt(np.array(before))[:, None]
    slope = np.linalg.lstsq(root * x, root[:, 0] * u, rcond=None)[0]
    z = after * (u - x @ slope)
    n = len(z)
    return score, n / (n - 1) * float(((z - z.mean()) ** 2).sum())


@given(rows=people(), known=targets)
def test_raked_margins_hit_their_targets_and_equal_the_loop(rows: Any, known: Any) -> None:
    found = rake(rows, targets=known, weight="w")
    assert found.converged
    assert found.total == pytest.approx(sum(rows["w"]))
    weights = found.weights()
    for dim, wanted in known.items():
        assert margin(rows, weights, dim) == pytest.approx(wanted, abs=1e-8)
    assert weights == pytest.approx(raked_by_hand(rows, known), rel=1e-6)


@given(rows=people(), known=targets)
@settings(max_examples=30)
def test_the_order_of_margins_does_not_matter(rows: Any, known: Any) -> None:
    for make in (rake, calibrate):
        one = make(rows, targets=known, weight="w").weights()
        turned = make(rows, targets=dict(reversed(known.items())), weight="w").weights()
        assert one == pytest.approx(turned, rel=1e-6)


@given(rows=people(), known=targets, factor=st.sampled_from([0.125, 3.0, 1000.0]))
@settings(max_examples=30)
def test_design_effect_and_scores_do_not_depend_on_the_scale_of_weights(
    rows: Any, known: Any, factor: float
) -> None:
    one = rake(rows, targets=known, weight="w")
    more = rake({**rows, "w": [factor * w for w in rows["w"]]}, targets=known, weight="w")
    assert more.deff == pytest.approx(one.deff, rel=1e-9)
    a, b = (cx.nps(weighting, rating="q") for weighting in (one, more))
    if a.n > 1:
        assert b.value == pytest.approx(a.value, abs=1e-9)
        assert b.sample.variance == pytest.approx(a.sample.variance, rel=1e-7, abs=1e-12)


@given(rows=people(), known=targets)
@settings(max_examples=30)
def test_raking_the_cube_equals_raking_the_rows(rows: Any, known: Any) -> None:
    answered = [q is not None for q in rows["q"]]
    valid = {k: [x for x, own in zip(v, answered, strict=True) if own] for k, v in rows.items()}
    if len(set(zip(valid["sex"], valid["age"], strict=True))) < 6:
        return  # some targets may be out of reach
    cube = cx.tally(valid, cx.zero_to_ten, rating="q", by=["sex", "age", "shop"], weight="w")
    by_cube, by_rows = rake(cube, targets=known), rake(valid, targets=known, weight="w")
    assert by_cube.weights(valid, weight="w") == pytest.approx(by_rows.weights(), rel=1e-9)
    assert by_cube.deff == pytest.approx(by_rows.deff, rel=1e-9)
    for dim in ("sex", "shop"):
        ours, theirs = cx.nps(by_cube, by=dim), cx.nps(by_rows, rating="q", by=dim)
        assert list(ours) == list(theirs)
        for key, score in ours.items():
            other = theirs[key]
            assert score.value == pytest.approx(other.value, abs=1e-9)
            if score.n > 1:
                assert score.sample.variance == pytest.approx(
                    other.sample.variance, rel=1e-7, abs=1e-9
                )


@given(rows=people(), known=targets)
@settings(max_examples=40)
def test_variance_is_that_of_the_residuals_row_by_row(rows: Any, known: Any) -> None:
    found = rake(rows, targets=known, weight="w")
    scores = cx.nps(found, rating="q", by="shop")
    for shop, score in (*scores.items(), (None, cx.nps(found, rating="q"))):
        if score.n < 2:
            continue
        inside = [shop is None or own == shop for own in rows["shop"]]
        value, variance = greg_variance(rows, rows["w"], found.weights(), inside)
        assert score.value == pytest.approx(value, abs=1e-9)
        assert score.sample.variance == pytest.approx(variance, rel=1e-6, abs=1e-9)


@given(rows=people())
@settings(max_examples=30)
def test_targets_that_are_met_change_no_weight(rows: Any) -> None:
    met = {dim: margin(rows, rows["w"], dim) for dim in ("sex", "age")}
    for make in (rake, calibrate):
        found = make(rows, targets=met, weight="w")
        assert found.weights() == pytest.approx(rows["w"], rel=1e-9)
    cell = {(s, a): 0.0 for s in SEX for a in AGE}
    for s, a, w in zip(rows["sex"], rows["age"], rows["w"], strict=True):
        cell[s, a] += w / sum(rows["w"])
    joint = poststratify(rows, targets={("sex", "age"): cell}, weight="w")
    assert joint.weights() == pytest.approx(rows["w"], rel=1e-9)


@given(rows=people(), known=targets)
@settings(max_examples=30)
def test_trimming_keeps_the_sum_and_the_bounds(rows: Any, known: Any) -> None:
    for source, column in ((rows, "w"), ({**rows, "w": [1.0] * len(rows["w"])}, None)):
        whole = rake(source, targets=known, weight=column)
        cut = whole.trim(upper=1.5, of="mean", lower=0.3)
        weights = cut.weights()
        mean = whole.total / whole.n
        assert cut.total == pytest.approx(whole.total)
        assert weights.max() <= 1.5 * mean * (1 + 1e-9)
        assert weights.min() >= 0.3 * mean * (1 - 1e-9)
        assert cut.deff <= whole.deff + 1e-9
        assert cut.deff_before == whole.deff
        counted = cx.tally({**source, "final": weights}, cx.zero_to_ten, rating="q", weight="final")
        if counted.overall.n:
            assert cx.nps(cut, rating="q").value == pytest.approx(cx.nps(counted.overall).value)


def test_trim_and_rake_in_turns() -> None:
    rng = np.random.default_rng(3)
    rows = {"a": rng.choice(list("xyz"), 600, p=[0.7, 0.2, 0.1]), "b": rng.choice(list("uv"), 600)}
    known = {"a": {"x": 0.4, "y": 0.3, "z": 0.3}, "b": {"u": 0.3, "v": 0.7}}
    whole = rake(rows, targets=known)
    cut = whole.trim(upper=4, of="mean", rake_again=True)
    assert cut.gap < 1e-6
    assert cut.converged
    assert cut.weights().max() <= 4 * (1 + 1e-9) < whole.weights().max()
    with pytest.raises(cx.CxError, match="meet the margins"):
        whole.trim(upper=3.5, of="mean", rake_again=True)


def test_design_weights_are_not_dropped() -> None:
    rows = {"g": list("aaabbb"), "w": [1, 2, 3, 1, 1, 4], "q": [9, 3, 8, 10, 7, 2]}
    weights = rake(rows, targets={"g": {"a": 0.5, "b": 0.5}}, weight="w").weights()
    assert weights == pytest.approx([1, 2, 3, 1, 1, 4])
    assert rake(rows, targets={"g": {"a": 50, "b": 50}}).weights() == pytest.approx([1] * 6)


def test_clusters_strata_and_json_keep_the_calibrated_variance() -> None:
    rng = np.random.default_rng(8)
    rows = {
        "sex": rng.choice(SEX, 300),
        "region": np.repeat(["n", "s"], 150),
        "who": np.arange(300) // 3,
        "q": rng.integers(0, 11, 300),
        "shop": rng.choice(list("ab"), 300),
    }
    found = rake(rows, targets={"sex": {"F": 0.3, "M": 0.7}})
    options: dict[str, Any] = {"rating": "q", "unit": "who", "strata": "region"}
    score = cx.nps(found, **options)
    w, q = found.weights(), np.where(rows["q"] >= 9, 100, np.where(rows["q"] <= 6, -100, 0))
    u = w * (q - np.average(q, weights=w)) / w.sum()
    for sex in SEX:  # residuals from the mean of each category, as the only margin has two
        own = rows["sex"] == sex
        u[own] -= w[own] * (u[own].sum() / w[own].sum())
    expected = 0.0
    for region in ("n", "s"):
        own = rows["region"] == region
        totals = np.bincount(rows["who"][own] - rows["who"][own].min(), u[own])
        expected += 50 / 49 * ((totals - totals.mean()) ** 2).sum()
    assert score.sample.variance == pytest.approx(expected, rel=1e-9)
    assert "calibrated on sex" in score.method
    again = cx.Score.from_dict(json.loads(json.dumps(score.to_dict())))
    assert again == score
    assert again.interval().to_dict() == score.interval().to_dict()
    shops = cx.nps(found, by="shop", **options)
    pair = shops["a"].compare(shops["b"])
    assert pair.interval.method == "paired"
    assert math.isfinite(pair.p_value)
    total = finite_population(
        cx.tally(rows, cx.zero_to_ten, rating="q", unit="who", strata="region"),
        population={"n": 100, "s": 60},
    )
    plain = cx.nps(rows, **options)
    finite = cx.nps(total.overall)
    assert finite.standard_error < plain.standard_error
    half = plain.sample.variance * 0.5  # stratum n: 1 - 50/100, stratum s: 1 - 50/60
    assert plain.sample.variance / 6 < finite.sample.variance < half


def test_a_finite_population_of_simple_answers() -> None:
    answers = [10] * 60 + [8] * 20 + [3] * 20
    cube = finite_population(cx.tally(answers, cx.zero_to_ten), population=400)
    plain, finite = cx.nps(answers), cx.nps(cube.overall)
    assert finite.sample.variance == pytest.approx(0.75 * plain.sample.variance)
    assert finite.n_effective == pytest.approx(100 / 0.75)
    assert finite.interval().width == pytest.approx(0.75**0.5 * plain.interval().width, rel=0.01)


def test_wide_questionnaires_filters_and_frames() -> None:
    rows = {
        "sex": ["F", "F", "F", "M"] * 20,
        "a": [5, 4, 3, 2] * 20,
        "b": [1, None, 5, 4] * 20,
        "year": [1, 1, 2, 2] * 20,
    }
    known = {"sex": {"F": 0.5, "M": 0.5}}
    found = rake(rows, targets=known)
    items = cx.csat(found, rating=["b", "a"])
    assert list(items) == ["b", "a"]
    assert items["a"].value == pytest.approx(100 * (2 / 3 * 0.5))
    assert items["b"].n_missing == 20
    only = cx.csat(found, rating="a", where={"year": 2})
    assert only.n == 40
    assert only.value == pytest.approx(0)
    for frame in (pd.DataFrame(rows), pl.DataFrame(rows), pl.DataFrame(rows).to_arrow()):
        other = rake(frame, targets=known)
        assert other.weights() == pytest.approx(found.weights())
        assert cx.csat(other, rating="a").standard_error == pytest.approx(
            cx.csat(found, rating="a").standard_error
        )
    with pytest.raises(cx.CxError, match=r"cx\.tally"):
        rake(pl.DataFrame(rows).lazy(), targets=known)


def test_missing_labels_may_keep_their_share() -> None:
    rows = {"sex": ["F", "M", None, "M", "F", "F", "F", None], "q": [9] * 8}
    found = rake(rows, targets={"sex": {"F": 0.5, "M": 0.5}}, unknown="keep")
    weights = found.weights()
    assert weights[[2, 7]] == pytest.approx([1, 1])
    assert weights[[0, 4, 5, 6]].sum() == pytest.approx(3)


def test_not_converged_is_said() -> None:
    # Nobody is both x and v, nor both y and u: no weights meet these margins.
    rows = {"a": list("xxyy"), "b": list("uuvv"), "q": [9, 8, 7, 6]}
    found = rake(rows, targets={"a": {"x": 0.5, "y": 0.5}, "b": {"u": 0.9, "v": 0.1}})
    assert not found.converged
    assert found.gap == pytest.approx(0.4)
    assert "NOT_CONVERGED" in str(found)
    assert math.isfinite(cx.nps(found, rating="q").value)


def test_negative_weights_are_said_and_not_measured() -> None:
    rows = {"a": list("xxxxxxxxy"), "b": list("uvuvuvuvu"), "q": [9] * 9}
    known = {"a": {"x": 0.1, "y": 0.9}, "b": {"u": 0.05, "v": 0.95}}
    found = calibrate(rows, targets=known)
    assert found.weights().min() < 0
    assert "NEGATIVE_WEIGHTS" in str(found)
    with pytest.raises(cx.CxError, match="negative"):
        cx.nps(found, rating="q")
    rng = np.random.default_rng(0)
    some = {"a": rng.choice(["x", "y"], 400, p=[0.8, 0.2]), "b": rng.choice(["u", "v"], 400)}
    wanted = {"a": {"x": 0.6, "y": 0.4}, "b": {"u": 0.4, "v": 0.6}}
    bounded = calibrate(some, targets=wanted, bounds=(0.6, 2.3))
    assert bounded.converged
    assert bounded.weights().min() >= 0.6 - 1e-9
    assert bounded.weights().max() <= 2.3 + 1e-9
    tight = calibrate(some, targets=wanted, bounds=(0.9, 1.1))
    assert not tight.converged


@pytest.mark.parametrize(
    ("rows", "known", "says"),
    [
        ({"a": list("xy")}, {"a": {"x": 0.5, "y": 0.4}}, "add up to 0.9"),
        ({"a": list("xy")}, {"a": {"x": 50, "y": 49}}, "add up to 99"),
        ({"a": list("xy")}, {"a": {"x": 1.5, "y": -0.5}}, "at least 0"),
        ({"a": list("xy")}, {"a": {"x": float("nan"), "y": 1}}, "at least 0"),
        ({"a": list("xy")}, {"a": {"x": 0.5, "z": 0.5}}, "has no target"),
        ({"a": list("xx")}, {"a": {"x": 0.5, "y": 0.5}}, "no respondent is 'y'"),
        ({"a": list("xy")}, {"a": {"x": 1, "y": 0}}, "leave them out on purpose"),
        ({"a": ["x", None]}, {"a": {"x": 1}}, "unknown='keep'"),
        ({"age": list("xy")}, {"aeg": {"x": 1}}, "did you mean 'age'"),
        ({"a": list("xy")}, {}, "which margins"),
        ({"a": list("xy")}, {"a": 0.5}, "no mapping"),
        ({"a": []}, {"a": {"x": 1}}, "nobody to weight"),
        (
            {"a": list("xy"), "b": list("uv")},
            {"a": {"x": 500, "y": 500}, "b": {"u": 500, "v": 600}},
            "one population",
        ),
    ],
)
def test_targets_that_make_no_sense(rows: Any, known: Any, says: str) -> None:
    with pytest.raises(cx.CxError, match=says):
        rake(rows, targets=known)


def test_two_respondents_and_one_stratum() -> None:
    two = rake({"a": list("xy"), "q": [9, 3]}, targets={"a": {"x": 0.5, "y": 0.5}})
    score = cx.nps(two, rating="q")
    assert score.value == 0
    assert score.interval_or_none is None or score.interval().width > 100
    everyone = {"a": ["x"] * 20, "q": list(range(10)) * 2, "s": ["one"] * 20}
    one = rake(everyone, targets={"a": {"x": 1}})
    simple = cx.nps(everyone, rating="q", strata="s")
    assert cx.nps(one, rating="q", strata="s").standard_error == pytest.approx(
        simple.standard_error
    )


def test_wrong_ways_to_use_a_weighting() -> None:
    rows = {"a": list("xyxy"), "q": [9, 3, 8, 10]}
    found = rake(rows, targets={"a": {"x": 0.5, "y": 0.5}})
    cube = cx.tally(rows, cx.zero_to_ten, rating="q", by="a")
    counted = rake(cube, targets={"a": {"x": 0.5, "y": 0.5}})
    for call, says in (
        (lambda: cx.nps(found), "no column 'rating'"),
        (lambda: cx.nps(found, rating="q", weight="w"), "settled"),
        (lambda: cx.nps(counted, rating="q"), "counted already"),
        (lambda: counted.weights(), "has no rows"),
        (lambda: found.cube, "made from rows"),
        (lambda: counted.cube + counted.cube, "calibrate"),
        (lambda: rake(counted.cube, targets={"a": {"x": 0.5, "y": 0.5}}), "calibrated already"),
        (lambda: counted.weights({"a": ["z"]}), "no cell"),
        (lambda: found.trim(upper=0.5), "keeps the sum"),
        (lambda: poststratify(rows, targets={"a": {"x": 1}, "q": {9: 1}}), "joint table"),
        (lambda: calibrate(rows, targets={"a": {"x": 1}}, bounds=(1.1, 2)), "enclose 1"),
        (lambda: finite_population(cube, population=3), "at least as large"),
        (lambda: finite_population(cube, population=4), "census"),
    ):
        with pytest.raises(cx.CxError, match=says):
            call()


def test_coverage_of_the_calibrated_interval() -> None:
    """1,000 samples whose mix is off: within 1.5 points of 95 %, where fixed weights are not."""
    rng = np.random.default_rng(5)
    size = 100_000
    age, sex = rng.choice(3, size, p=[0.3, 0.4, 0.3]), rng.choice(2, size)
    rating = np.clip(np.rint(7.2 + 1.5 * (age - 1) + 0.9 * sex + rng.normal(0, 1.8, size)), 0, 10)
    code = np.where(rating >= 9, 100, np.where(rating <= 6, -100, 0))
    truth, mean = code.mean(), rating.mean()
    known = {
        "age": {i: float((age == i).mean()) for i in range(3)},
        "sex": {i: float((sex == i).mean()) for i in range(2)},
    }
    chance = np.array([0.5, 0.8, 1.2])[age] * np.array([1, 1.3])[sex]
    edges = np.cumsum(chance / chance.sum())
    held = dict.fromkeys(("nps", "mean", "known"), 0)
    draws = 1_000
    for _ in range(draws):
        rows = np.searchsorted(edges, rng.random(120))
        data = {"age": age[rows], "sex": sex[rows], "q": rating[rows].astype(int)}
        found = rake(cx.tally(data, cx.zero_to_ten, rating="q", by=["age", "sex"]), targets=known)
        held["nps"] += truth in cx.nps(found).interval()
        held["mean"] += mean in cx.mean_rating(found, scale=cx.zero_to_ten).interval()
        held["known"] += mean in cx.mean_rating(found.naive, scale=cx.zero_to_ten).interval()
    assert abs(held["nps"] / draws - 0.95) <= 0.015
    assert abs(held["mean"] / draws - 0.95) <= 0.015
    assert held["known"] / draws > 0.965


def test_2018_raked_to_the_mix_of_2017(shared: Path) -> None:
    sfo = pd.read_csv(shared / "data" / "sfo" / "sfo_2017_2018_tidy.csv")
    margins = ["age_band", "purpose", "boarding_area"]
    cube = cx.tally(sfo, cx.zero_to_ten, rating="recommend", by=["wave", *margins], weight="weight")
    before, after = cube.slice(wave=2017), cube.slice(wave=2018)
    found = rake(after, targets=composition(before, *margins))
    assert found.converged
    assert max(abs(row.after - row.population) for row in found.coverage.rows) < 1e-9
    raked = cx.nps(found)
    assert raked.n == 2650
    plain, last = cx.nps(after.overall), cx.nps(before.overall)
    assert round(plain.value, 1) == 35.1
    assert 33 < raked.value < 37
    row = sfo[(sfo.wave == 2018) & sfo.recommend.notna()]
    weights = found.weights(row, weight="weight")
    code = np.where(row.recommend >= 9, 100, np.where(row.recommend <= 6, -100, 0))
    assert raked.value == pytest.approx(np.average(code, weights=weights))
    naive = cx.nps(found.naive)
    assert raked.standard_error < naive.standard_error
    change = raked.compare(last)
    assert change.significant
    assert change.value == pytest.approx(raked.value - last.value)


def test_cells_start_from_the_base() -> None:
    fit = raking.rake(np.array([1.0, 3]), [np.array([0, 1])], [np.array([2.0, 2])])
    assert fit.factor.tolist() == [2, 2 / 3]
    assert fit.rounds == 1


def test_a_group_is_tested_against_its_complement() -> None:
    rng = np.random.default_rng(1)
    rows = {"q": rng.integers(0, 11, 300), "shop": rng.choice(list("abc"), 300)}
    scores = cx.nps(rows, rating="q", by="shop")
    found = scores.against_rest()
    assert [dict(pair.first)["shop"] for pair in found] == ["a", "b", "c"]
    rest = rows["q"][rows["shop"] != "a"]
    by_hand = scores["a"].compare(cx.nps(rest))
    assert found[0].difference == by_hand.difference
    assert "a minus all others" in str(found[0])
    weighted = rake(rows, targets={"shop": {"a": 0.5, "b": 0.3, "c": 0.2}})
    pairs = cx.nps(weighted, rating="q", by="shop").against_rest()
    assert pairs[0].interval.method == "paired"
    hidden = cx.enps({"q": [9] * 8, "t": list("aaaaaabb")}, rating="q", by="t")
    with pytest.raises(cx.CxError, match="hidden"):
        hidden.against_rest()


def test_the_chart_shows_sample_and_population() -> None:
    found = rake({"age": list("aaab")}, targets={"age": {"a": 0.5, "b": 0.5}})
    values = found.plot().to_dict()["data"]["values"]
    assert [(row["sample"], row["population"]) for row in values] == [(75, 50), (25, 50)]
