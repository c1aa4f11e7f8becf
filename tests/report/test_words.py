from __future__ import annotations

import pytest

import cxmetrics as cx
from cxmetrics.errors import CAUTION_CODES
from cxmetrics.report.method import _COMPARISONS
from cxmetrics.report.sections import ranked
from cxmetrics.report.words import (
    EXPLAINED,
    change_sentence,
    groups_sentence,
    last_change,
    score_sentence,
    waves_of,
)
from cxmetrics.stats import compare


def two_waves(first: list[int], second: list[int], metric: cx.Metric = cx.csat) -> cx.Scores:
    return metric([*first, *second], by=["1"] * len(first) + ["2"] * len(second))


def told(scores: cx.Scores) -> tuple[str, str]:
    change = last_change(waves_of(scores, "group"))
    assert change is not None
    return change.verdict, change_sentence(change, subject="X")


def test_every_caution_is_explained() -> None:
    assert set(EXPLAINED) == set(CAUTION_CODES)


def test_every_comparison_has_a_reference() -> None:
    assert set(compare.DEFAULTS.values()) | {"paired", "mover"} <= set(_COMPARISONS)


@pytest.mark.parametrize(
    ("metric", "rise", "fall"), [(cx.csat, "better", "worse"), (cx.dsat, "worse", "better")]
)
def test_a_rise_is_better_only_where_high_is_good(metric: cx.Metric, rise: str, fall: str) -> None:
    good = 5 if metric is cx.csat else 1
    low, high = [good] * 20 + [3] * 80, [good] * 80 + [3] * 20
    assert told(two_waves(low, high, metric))[0] == rise
    verdict, sentence = told(two_waves(high, low, metric))
    assert verdict == fall
    assert "X fell by 60.0 percentage points between 1 and 2" in sentence
    assert "excludes 0" in sentence
    assert ("Low is good" in sentence) is (metric is cx.dsat)


def test_no_change_says_what_would_have_been_seen() -> None:
    scores = two_waves([5, 4, 1, 2] * 10, [5, 4, 4, 1, 2] * 8)
    verdict, sentence = told(scores)
    margin = scores["2"].compare(scores["1"]).interval.margin
    assert verdict == ""
    assert "no change can be shown between 1 and 2" in sentence
    assert f"about {margin:.1f} percentage points would have been needed" in sentence


def test_a_wave_of_one_answer_is_not_compared() -> None:
    verdict, sentence = told(two_waves([5, 4, 3], [5]))
    assert verdict == ""
    assert "can't be compared" in sentence


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (cx.nps([]), "has no answers"),
        (cx.nps([9]), "too few answers for an interval"),
        (cx.nps([9, 3]), "the 95 % interval is"),
        (cx.enps([9, 3, 3] + [8] * 9, by=["a"] * 3 + ["b"] * 9)["a"], "is hidden"),
    ],
)
def test_a_score_in_words(score: cx.Score, words: str) -> None:
    assert words in score_sentence(score)


def test_groups_in_words() -> None:
    three = cx.nps([10] * 40 + [1] * 40 + [9, 7] * 20, by=["x"] * 40 + ["y"] * 40 + ["z"] * 40)
    text = groups_sentence(three)
    assert text.startswith("Best: x (+100.0); worst: y (−100.0).")
    assert "x is higher than z" in text
    assert "can't be told apart" in groups_sentence(cx.nps([9, 3, 9, 3], by=list("aabb")))
    assert "not compared" in groups_sentence(cx.nps([9, 3], by=["a", "b"]))


def test_ranking_keeps_scores_and_covariances() -> None:
    answers = {"a": [1, 2, 5, 4, 3], "b": [5, 4, 5, 5, 4], "c": [3, None, 4, 5, 5]}
    scores = cx.csat(answers, rating=["a", "b", "c"])
    moved = ranked(scores)
    assert list(moved) == scores.rank() == ["b", "c", "a"]
    for key in scores:
        assert moved[key] == scores[key]
    first, second = moved["b"].compare(moved["a"]), scores["b"].compare(scores["a"])
    assert first.to_dict() == second.to_dict()
