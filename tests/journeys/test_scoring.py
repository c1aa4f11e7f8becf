"""Scores along the path: matching, timing, pain points, moments of truth, crossings."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

import cxmetrics as cx
from cxmetrics.datasets import company
from cxmetrics.errors import ColumnError, DataError, UsageError
from cxmetrics.journeys import Paths, paths
from cxmetrics.journeys.complement import pain_points
from cxmetrics.journeys.crossing import crossings
from cxmetrics.journeys.finals import finals
from cxmetrics.journeys.scoring import along, path_answers
from cxmetrics.journeys.truth_moments import moments_of_truth

START = datetime(2026, 3, 1, tzinfo=UTC)


def hours(*values: float) -> list[datetime]:
    return [START + timedelta(hours=value) for value in values]


LOG: dict[str, list[Any]] = {
    "id": ["i1", "i2", "i3", "i4"],
    "customer": ["a", "a", "b", "b"],
    "stage": ["ask", "buy", "ask", "ask"],
    "channel": ["web", "shop", "web", "phone"],
    "at": hours(0, 10, 0, 100),
}
SAID: dict[str, list[Any]] = {
    "interaction": ["i1", "i2", "i2", "i4", None, "i9"],
    "customer": ["a", "a", "a", "b", "b", "z"],
    "rating": [5, 4, 1, 2, 5, 5],
    "asked_at": hours(1, 11, 12, 101, 50, 60),
    "answered_at": hours(2, 11, 100, 102, 51, 61),
    "segment": ["s", "s", "t", "t", "t", "s"],
}


def codes(scores: Any) -> set[str]:
    return {caution.code for caution in scores.overall.cautions} - {"SMALL_SAMPLE"}


# -- matching --------------------------------------------------------------------------------------


def test_answers_find_their_event_by_id() -> None:
    found = path_answers(paths(LOG), SAID, data=LOG)
    assert found["step"].tolist() == ["ask", "buy", "buy", "ask"]
    assert found["channel"].tolist() == ["web", "shop", "shop", "phone"]
    assert found["segment"] == ["s", "s", "t", "t"]
    assert found["path"].tolist() == [0, 0, 0, 1]
    assert found["delay"].tolist() == [2, 1, 90, 2]
    assert found["timing"].tolist() == ["hot", "hot", "cold", "hot"]
    assert found.unmatched == 2


def test_scores_along_the_path_are_those_of_the_matched_rows() -> None:
    walked = paths(LOG)
    scores = along(walked, SAID, cx.csat, data=LOG, by=["channel", "segment"])
    assert {key: score.n for key, score in scores.items() if score.n} == {
        ("phone", "t"): 1,
        ("shop", "s"): 1,
        ("shop", "t"): 1,
        ("web", "s"): 1,
    }
    assert codes(scores) == {"UNMATCHED", "POOLED_TIMING"}
    assert codes(along(walked, SAID, cx.csat, data=LOG, by="timing")) == {"UNMATCHED"}
    found = path_answers(walked, SAID, data=LOG)
    assert codes(cx.csat(found, rating="rating", by="step")) == {"UNMATCHED", "POOLED_TIMING"}
    hot = cx.csat(found, rating="rating", by="step", where={"timing": "hot"})
    assert codes(hot) == {"UNMATCHED"}
    assert hot.overall.n == 3
    again = cx.Scores.from_dict(json.loads(json.dumps(scores.to_dict())))
    assert codes(again) == codes(scores), "cautions survive JSON"


def test_labels_of_paths_make_groups() -> None:
    scores = along(paths(LOG), SAID, cx.csat, data=LOG, by="type", labels={"type": ["x", "y"]})
    assert {key: score.n for key, score in scores.items()} == {"x": 3, "y": 1}
    with pytest.raises(UsageError, match="labels 'type': 1 for 2 paths"):
        path_answers(paths(LOG), SAID, data=LOG, labels={"type": ["x"]})


@given(st.data())
def test_nearest_earlier_event_agrees_with_a_loop(data: st.DataObject) -> None:
    when = st.integers(0, 12)
    events = data.draw(st.lists(st.tuples(st.sampled_from("ab"), when), min_size=1, max_size=6))
    asked = data.draw(st.lists(st.tuples(st.sampled_from("abz"), when), min_size=1, max_size=6))
    window = data.draw(st.integers(1, 6))
    log = {
        "customer": [who for who, _ in events],
        "stage": [str(k) for k in range(len(events))],
        "at": hours(*(at for _, at in events)),
    }
    said = {
        "customer": [who for who, _ in asked],
        "asked_at": hours(*(at for _, at in asked)),
        "rating": [5] * len(asked),
    }
    expected = []
    for who, at in asked:
        before = [(t, k) for k, (own, t) in enumerate(events) if own == who and t <= at]
        last = max(before, default=(-99, -1))
        expected.append(str(last[1]) if at - last[0] <= window else None)
    walked = paths(log)
    within = timedelta(hours=window)
    if not any(expected):
        with pytest.raises(DataError, match="none of"):
            path_answers(walked, said, within=within)
        return
    found = path_answers(walked, said, within=within)
    assert found["step"].tolist() == [step for step in expected if step is not None]
    assert found.unmatched == expected.count(None)


def test_events_without_an_id_and_answers_about_nothing_do_not_meet() -> None:
    log = {**LOG, "id": ["i1", None, "i3", "i4"]}
    found = path_answers(paths(log), SAID, data=log)
    assert found["step"].tolist() == ["ask", "ask"]


def test_matching_says_what_is_wrong() -> None:
    walked = paths(LOG)
    with pytest.raises(UsageError, match="needs the data"):
        path_answers(walked, SAID)
    with pytest.raises(DataError, match="'i1' is that of several events"):
        path_answers(walked, SAID, data={**LOG, "id": ["i1", "i1", "i3", "i4"]})
    with pytest.raises(DataError, match="none of 6 answers"):
        path_answers(walked, {**SAID, "interaction": ["x"] * 6}, data=LOG)
    with pytest.raises(ColumnError, match="did you mean 'segment'"):
        path_answers(walked, SAID, data=LOG)["segmnt"]
    with pytest.raises(UsageError, match="above 0"):
        path_answers(walked, SAID, within=timedelta(0))
    with pytest.raises(UsageError, match="matched already"):
        along(walked, path_answers(walked, SAID, data=LOG), cx.csat, data=LOG)


@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow"])
def test_frames_are_matched_like_columns(backend: Any) -> None:
    import narwhals as nw

    log, said = (nw.from_dict(own, backend=backend).to_native() for own in (LOG, SAID))
    scores = along(paths(log), said, cx.csat, data=log, by=["step", "segment"])
    plain = along(paths(LOG), SAID, cx.csat, data=LOG, by=["step", "segment"])
    assert scores.cube == plain.cube


# -- the company -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shop() -> Any:
    return company(6_000, seed=11)


@pytest.fixture(scope="module")
def walked(shop: Any) -> Paths:
    return paths(shop.interactions, step="touchpoint", journey="case", zone="UTC")


def test_score_at_each_touchpoint_is_the_true_one(shop: Any, walked: Paths) -> None:
    scores = along(
        walked, shop.responses, cx.csat, data=shop.interactions, zone="UTC",
        where={"question": "csat"}, unit="customer", level=0.9999,
    )  # fmt: skip
    truth = shop.truth.csat_by_touchpoint
    assert set(scores) == set(truth)
    for touchpoint, score in scores.items():
        assert 100 * truth[touchpoint] in score.interval(), touchpoint
    found = pain_points(scores, level=0.95)
    assert found.of("pain point")[0] == "hotline", "long waits were planted there"
    assert "first_use" in found.of("strength")
    verdict = found["hotline"]
    others = [score for key, score in scores.items() if key != "hotline"]
    counted = sum(own.n for own in others)
    rest = sum(own.value * own.n for own in others) / counted
    assert verdict.rest == pytest.approx(rest), "the complement, not the total"
    json.dumps(found.to_dict())


def test_pain_points_need_answers_and_respect_the_margin() -> None:
    answers = {
        "rating": [5, 4] * 40 + [1, 2, 4] * 20 + [1] * 5,
        "step": ["use"] * 80 + ["wait"] * 60 + ["rare"] * 5,
    }
    scores = cx.csat(answers, rating="rating", by="step")
    found = pain_points(scores)
    assert found.of("pain point") == ("wait",)
    assert list(found.omitted) == ["rare"]
    assert [c.code for c in found.cautions] == ["SPARSE"]
    assert "Not judged: rare, 5 answers, under 30." in str(found)
    assert pain_points(scores, margin=80).of("pain point") == ()
    with pytest.raises(UsageError, match="steps of one thing"):
        pain_points(cx.csat(answers, rating="rating", by=["step", "rating"]))
    with pytest.raises(DataError, match="no step has 999 answers"):
        pain_points(scores, least=999)


def test_moments_of_truth_of_the_company(shop: Any, walked: Paths) -> None:
    felt = shop.interactions["felt"]
    final = finals(walked, shop.responses, journey="case", where={"question": "nps"})
    found = moments_of_truth(walked, felt, final)
    # Of the touchpoints the hotline comes last most often, and what is felt there varies most.
    assert next(iter(found)) == "hotline"
    assert "hotline" in found.decisive
    assert found.outcome == "nps"
    assert [c.code for c in found.cautions] == ["SURVIVORS"]
    outcome = finals(
        walked, shop.outcomes, value="value", at="at", where={"kind": "churn"}, zone="UTC"
    )
    churned = moments_of_truth(walked, felt, outcome)
    assert churned.yes_no
    hotline = churned["hotline"].odds_ratio
    assert hotline is not None
    assert hotline.high < 1, "who feels better there leaves less often"
    json.dumps([found.to_dict(), churned.to_dict()], allow_nan=False)


def simple(n: int, seed: int) -> tuple[Paths, np.ndarray, np.ndarray]:
    """Each path holds the steps 0 (always), 1 (one of two) and 2 (one of three), felt -3 to 3."""
    rng = np.random.default_rng(seed)
    log: dict[str, list[Any]] = {"customer": [], "stage": [], "at": []}
    felt: list[float] = []
    means = np.full((n, 3), np.nan)
    for k in range(n):
        for step in range(3):
            if k % (step + 1):
                continue
            log["customer"].append(k)
            log["stage"].append(str(step))
            log["at"].append(START + timedelta(hours=step))
            felt.append(float(rng.integers(-3, 4)))
            means[k, step] = felt[-1]
    return paths(log), np.array(felt), means


def model(means: np.ndarray) -> np.ndarray:
    there = ~np.isnan(means)
    centred = np.where(there, means - np.nanmean(means, axis=0), 0)
    found: np.ndarray = sm.add_constant(np.column_stack([centred, there[:, 1:].astype(float)]))
    return found


def test_moments_of_truth_agree_with_statsmodels() -> None:
    walked, felt, means = simple(240, 4)
    rng = np.random.default_rng(5)
    filled = np.nan_to_num(means)
    score = 6 + filled @ [0.2, 0.7, 0.0] + rng.normal(size=240)
    found = moments_of_truth(walked, felt, score)
    theirs = sm.OLS(score, model(means)).fit(cov_type="HC3", use_t=True)
    for step in range(3):
        own = found[str(step)]
        assert own.effect.value == pytest.approx(theirs.params[1 + step])
        assert own.effect.standard_error == pytest.approx(theirs.bse[1 + step])
        assert own.impact == pytest.approx(own.effect.value * own.spread)
        assert own.p_adjusted >= own.effect.p_value
    assert found["0"].visit is None, "everybody was there"
    assert found["1"].visit is not None
    assert found["1"].visit.value == pytest.approx(theirs.params[4])
    assert list(found) == ["1", "0", "2"]
    assert found.decisive == ("1", "0")
    assert 0.7 in found["1"].effect.interval
    left = (rng.random(240) < 1 / (1 + np.exp(1 + filled @ [0.1, 0.8, 0.0]))).astype(float)
    odds = moments_of_truth(walked, felt, left)
    logit = sm.Logit(left, model(means)).fit(disp=0)
    assert odds["1"].effect.value == pytest.approx(logit.params[2], rel=1e-5)
    assert odds["1"].effect.standard_error == pytest.approx(logit.bse[2], rel=1e-4)
    assert "FEW_EVENTS" in {caution.code for caution in odds.cautions} or left.sum() >= 50


def test_customers_with_several_paths_are_clusters() -> None:
    walked, felt, means = simple(240, 4)
    score = 6 + np.nan_to_num(means) @ [0.2, 0.7, 0.0] + np.random.default_rng(5).normal(size=240)
    left = (score > 6).astype(float)
    import attrs

    owner = np.arange(240) // 3
    shared = attrs.evolve(walked, owner=owner, customers=np.arange(80))
    found = moments_of_truth(shared, felt, score)["1"].effect
    theirs = sm.OLS(score, model(means)).fit(
        cov_type="cluster", cov_kwds={"groups": owner}, use_t=True
    )
    assert found.standard_error == pytest.approx(theirs.bse[2])
    odds = moments_of_truth(shared, felt, left)["1"].effect
    logit = sm.Logit(left, model(means)).fit(
        disp=0, cov_type="cluster", cov_kwds={"groups": owner, "use_correction": False}
    )
    assert odds.standard_error == pytest.approx(logit.bse[2] * np.sqrt(80 / 79), rel=1e-4)


def test_sparse_and_useless_steps_are_left_out_with_reasons() -> None:
    walked, felt, _ = simple(120, 4)
    score = np.random.default_rng(5).normal(size=120)
    found = moments_of_truth(walked, felt, score, least=50)
    assert found.omitted == {"2": "40 paths with something felt there, under 50"}
    flat = moments_of_truth(
        walked, np.where(walked.codes[np.argsort(walked.rows)] == 1, 2, felt), score
    )
    assert flat.omitted == {"1": "the same is felt there on every path"}
    assert [c.code for c in flat.cautions] == ["SPARSE"]
    with pytest.raises(DataError, match="does not vary"):
        moments_of_truth(walked, felt, np.ones(120))
    with pytest.raises(DataError, match="no step has 999"):
        moments_of_truth(walked, felt, score, least=999)
    with pytest.raises(UsageError, match="one a path"):
        moments_of_truth(walked, felt, [1, 2])


def test_steps_that_always_come_together_have_no_visit_of_their_own() -> None:
    log: dict[str, list[Any]] = {"customer": [], "stage": [], "at": []}
    for k in range(100):
        for step in ("a", "b", "c") if k % 2 else ("a",):
            log["customer"].append(k)
            log["stage"].append(step)
            log["at"].append(START + timedelta(hours=ord(step)))
    rng = np.random.default_rng(0)
    felt = rng.integers(-3, 4, len(log["at"])).astype(float)
    found = moments_of_truth(paths(log), felt, rng.normal(size=100))
    assert {step: own.visit is None for step, own in found.items()} == {
        "a": True,
        "b": False,
        "c": True,
    }


# -- crossings -------------------------------------------------------------------------------------

STEPS = st.lists(st.sampled_from("ab"), min_size=1, max_size=5)


@given(st.lists(st.tuples(STEPS, st.integers(0, 10)), min_size=4, max_size=14))
def test_crossings_agree_with_a_loop(walks: list[tuple[list[str], int]]) -> None:
    log: dict[str, list[Any]] = {"customer": [], "stage": [], "at": []}
    for k, (steps, _) in enumerate(walks):
        for place, step in enumerate(steps):
            log["customer"].append(k)
            log["stage"].append(step)
            log["at"].append(START + timedelta(hours=place))
    final = [float(score) for _, score in walks]
    gap = timedelta(hours=2, minutes=30)
    walked = paths(log, gap=gap)  # those whose last event is near the end of all are censored
    end = max(log["at"])
    expected: dict[tuple[str, str], Any] = {}
    for start in "ab":
        for stop in "ab":
            took, stayed = [], []
            for steps, score in walks:
                moves = list(pairwise(steps))
                over = end - (START + timedelta(hours=len(steps) - 1)) > gap
                could = start in steps[:-1] or (over and steps[-1] == start)
                if (start, stop) in moves:
                    took.append(score)
                elif could:
                    stayed.append(score)
            if len(took) >= 2 and len(stayed) >= 2:
                expected[start, stop] = (len(took), len(stayed), np.mean(took) - np.mean(stayed))
    try:
        found = crossings(walked, final, metric=cx.mean_rating.using(scale="0:10"), least=2)
    except DataError:
        assert not expected
        return
    assert {k: (v.took, v.stayed, pytest.approx(v.value)) for k, v in found.items()} == expected
    for own in found.values():
        assert own.interval.low < own.interval.high
        assert own.p_adjusted >= own.p_value


def test_crossings_of_the_company(shop: Any, walked: Paths) -> None:
    final = finals(walked, shop.responses, journey="case", where={"question": "nps"})
    found = crossings(walked, final, metric=cx.nps)
    # Who asks for help after the first use was annoyed, or needed it.
    assert found["first_use", "hotline"].interval.high < 0
    assert {caution.code for caution in found.cautions} == {"SURVIVORS", "SPARSE"}
    assert "choose it" in str(found)
    outcome = finals(
        walked, shop.outcomes, value="value", at="at", where={"kind": "churn"}, zone="UTC"
    )
    shares = crossings(walked, outcome)
    assert shares.unit == "percent"
    revenue = finals(walked, shop.outcomes, value="value", where={"kind": "revenue"})
    amounts = crossings(walked, revenue)
    assert amounts.unit == "rating"
    json.dumps([found.to_dict(), shares.to_dict(), amounts.to_dict()])


def test_sides_without_spread_have_no_interval() -> None:
    walked, _, _ = simple(80, 1)
    took = np.arange(80) % 2 == 0  # the step 1 is on these
    found = crossings(walked, np.where(took, 10.0, 5.5) + (np.arange(80) % 3 == 0), least=10)
    assert all(own.interval.low < own.interval.high for own in found.values())
    with pytest.raises(DataError, match="no transition"):
        crossings(walked, np.where(took, 10.0, 5.5), least=20)


def test_crossings_say_why_there_are_none() -> None:
    walked, _, _ = simple(20, 1)
    with pytest.raises(DataError, match="no transition was taken by 30 paths"):
        crossings(walked, np.arange(20.0))
    with pytest.raises(UsageError, match="one a path"):
        crossings(walked, [1.0])
    few = np.full(20, np.nan)
    few[:12] = np.arange(12)
    found = crossings(walked, few, least=2)
    assert "SURVIVORS" in {caution.code for caution in found.cautions}


def test_an_answer_before_its_event_is_neither_hot_nor_cold() -> None:
    said = {**SAID, "answered_at": hours(2, 1, 100, 102, 51, 61)}
    found = path_answers(paths(LOG), said, data=LOG)
    assert found["timing"].tolist() == ["hot", None, "cold", "hot"]
    scores = cx.csat(found, rating="rating", by="step")
    assert "UNDATED" in codes(scores)
    assert "UNDATED" not in codes(
        cx.csat(path_answers(paths(LOG), SAID, data=LOG), rating="rating", by="step")
    )
