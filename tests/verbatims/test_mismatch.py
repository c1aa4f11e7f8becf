"""Texts that contradict their rating: found where they were planted, masked, never guessed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

import cxmetrics as cx
from cxmetrics.batch import Batch
from cxmetrics.datasets import company, text
from cxmetrics.datasets.blueprint import CONTRARY
from cxmetrics.errors import NotFoundError, UsageError
from cxmetrics.plugins import registry
from cxmetrics.records import Response
from cxmetrics.stats.intervals.wilson import wilson
from cxmetrics.verbatims import mismatch
from cxmetrics.verbatims.dictionary import Dictionary

WORDS = Dictionary.from_dict(
    {
        "themes": {
            "staff": {"en": {"patterns": ["staff"], "negative": ["rude"], "positive": ["kind"]}},
            "waiting": {"polarity": "irritant", "en": {"negative": ["waited"]}},
        }
    }
)
ROWS = {
    "why": [
        "kind staff",  # 10: as it should be
        "rude staff, I waited, mail me: a.b@example.org",  # 10
        "kind but rude",  # 9: both
        "staff",  # 9: nothing said
        "waited",  # 3: as it should be
        "kind",  # 0
        "rude",  # 8: neither good nor bad
        None,  # 10
        "rude",  # not rated
    ],
    "score": [10, 10, 9, 9, 3, 0, 8, 10, None],
}
OWN: dict[str, Any] = {"text": "why", "rating": "score", "language": "en", "dictionary": WORDS}


def test_only_the_opposite_and_nothing_else_counts() -> None:
    found = mismatch(ROWS, **OWN)
    assert [(each.row, each.rating, each.part) for each in found] == [
        (1, 10, "promoters"),
        (5, 0, "detractors"),
    ]
    assert found[0].text == "rude staff, I waited, mail me: <EMAIL>"
    assert found[0].reason == "only blame: staff, waiting"
    assert found[1].reason == "only praise: staff"
    assert (found.rate.n, found.untold) == (4, 2)  # 0, 1, 4, 5 judged; 2, 3 say nothing clear
    interval = found.rate.interval()
    assert [interval.low / 100, interval.high / 100] == pytest.approx(wilson(2, 4))
    assert "2 of 4 texts" in found.title
    assert "a.b@example" not in json.dumps(found.to_dict(), allow_nan=False) + str(found)


def test_an_answer_is_called_as_the_data_call_it() -> None:
    assert {each.label for each in mismatch(ROWS, **OWN)} == {None}
    named = {**ROWS, "who": [f"r{row}" for row in range(9)]}
    assert [each.label for each in mismatch(named, label="who", **OWN)] == ["r1", "r5"]
    batch = Batch.of(
        Response,
        [
            {"id": name, "rating": score, "scale": "0:10", "verbatim": text, "language": "en"}
            for name, score, text in zip(named["who"], ROWS["score"], ROWS["why"], strict=True)
        ],
    )
    found = mismatch(batch, dictionary=WORDS)
    assert [each.label for each in found] == ["r1", "r5"]
    assert "r1, rated 10, only blame" in str(found)


def test_another_metric_has_other_ends() -> None:
    stars = {"why": ROWS["why"], "score": [5, 5, 4, 4, 1, 1, 3, 5, None]}
    assert [each.part for each in mismatch(stars, metric=cx.csat, **OWN)] == [
        "satisfied",
        "dissatisfied",
    ]
    found = mismatch(stars, metric=cx.dsat, **OWN)  # low is good for the score, not for people
    assert [each.row for each in found] == [1, 5]


def test_a_metric_without_ends_and_employee_texts_are_refused() -> None:
    with pytest.raises(UsageError, match="no good and bad end"):
        mismatch(ROWS, metric=cx.mean_rating.using(scale=cx.zero_to_ten), **OWN)
    with pytest.raises(UsageError, match="employees"):
        mismatch(ROWS, metric=cx.enps, **OWN)


def test_nothing_to_judge_is_no_rate() -> None:
    found = mismatch({"why": ["staff"] * 3, "score": [10, 9, 0]}, **OWN)
    assert (len(found), found.rate.defined, found.untold) == (0, False, 3)
    assert found.to_dict()["rate"]["value"] is None
    assert "0 of 0 texts" in str(found)


# -- an engine -------------------------------------------------------------------------------------


class Words:
    """An engine that knows four words of English."""

    name = "words"
    languages = ("en",)
    reference = "nobody"
    licence = "none"

    def score(self, texts: Sequence[str], language: str) -> list[float]:
        tones = {"rude": -0.8, "waited": -0.05, "kind": 0.8}
        return [
            next((tone for word, tone in tones.items() if word in each), float("nan"))
            for each in texts
        ]


@pytest.fixture
def engine() -> Iterator[None]:
    class Plugin:
        @cx.hookimpl
        def cxmetrics_sentiments(self) -> list[Any]:
            return [Words()]

    plugin = Plugin()
    registry.register(plugin, "words")
    yield
    registry.unregister(plugin)


@pytest.mark.usefixtures("engine")
def test_an_engine_may_tell_the_tone() -> None:
    found = mismatch(ROWS, engine="words", **OWN)
    assert [each.row for each in found] == [1, 2, 5]  # "kind but rude" is rude to this engine
    assert found[0].reason == "tone −0.80 (words)"
    assert "NOT_EVALUATED" in {caution.code for caution in found.cautions}
    assert found.untold == 2  # nothing known of "staff"; "waited" is within the neutral band
    assert [each.row for each in mismatch(ROWS, engine="words", neutral=0.8, **OWN)] == []


@pytest.mark.usefixtures("engine")
def test_an_engine_is_not_asked_about_languages_it_was_not_made_for() -> None:
    found = mismatch(ROWS, engine="words", **{**OWN, "language": "fr"})
    assert (len(found), found.rate.n, found.untold) == (0, 0, 6)
    assert "UNKNOWN_LANGUAGE" in {caution.code for caution in found.cautions}


def test_an_engine_that_is_not_there_says_how_to_get_one() -> None:
    with pytest.raises(NotFoundError, match="pip install cxmetrics-sentiment"):
        mismatch(ROWS, engine="oracle", **OWN)


# -- the generated company -------------------------------------------------------------------------


@pytest.mark.parametrize("spoken", ["en", "fr"])
def test_planted_contrary_texts_are_found(spoken: str) -> None:
    """6 in 100 texts of clearly good or bad ratings say the opposite, as the generator wrote."""
    found = company(40_000, seed=2026).responses
    keep = np.array([q == "nps" for q in found["question"]])
    keep &= np.array([each == spoken for each in found["language"]])
    keep &= np.array([each is not None for each in found["verbatim"]])
    data = {name: found[name][keep] for name in ("rating", "verbatim", "language")}
    kind = {said: place // 8 for place, said in enumerate(text.BANK)}  # 2 languages, 4 ways
    kinds = np.array([kind[each] for each in data["verbatim"]])
    tone = np.searchsorted(text._TONE_START, kinds, side="right") - 1  # 0 bad, 1 mixed, 2 good
    rating = data["rating"]
    contrary = ((rating >= 9) & (tone == 0)) | ((rating <= 6) & (tone == 2))
    assert 0.04 < contrary[(rating >= 9) | (rating <= 6)].mean() < 0.08
    told = mismatch(data, text="verbatim", rating="rating", language="language")
    rows = [each.row for each in told]
    recall = contrary[rows].sum() / contrary.sum()
    precision = contrary[rows].mean()
    assert recall > 0.75  # measured: 1.00 in English, 0.81 in French
    assert precision > 0.95  # measured: 1.00 in both
    interval = told.rate.interval()
    assert interval.low < 100 * CONTRARY < interval.high
