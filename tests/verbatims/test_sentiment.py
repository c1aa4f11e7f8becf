"""Tone is asked of an engine that a plugin brings; what it can't judge is no zero."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

import cxmetrics as cx
from cxmetrics.errors import DataError, NotFoundError, UsageError
from cxmetrics.plugins import registry
from cxmetrics.verbatims import Sentiment, sentiment


class Words:
    """An engine that knows two words, and counts how often it is asked."""

    name = "words"
    languages = ("en", "fr-CA")
    reference = "nobody"
    licence = "none"

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def score(self, texts: Sequence[str], language: str) -> list[float]:
        self.asked += [(text, language) for text in texts]
        return [1.0 if "good" in t else -0.5 if "bad" in t else math.nan for t in texts]


class Broken(Words):
    """An engine with a defect of our choice."""

    name = "broken"

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.answer = answer

    def score(self, texts: Sequence[str], language: str) -> Any:
        return self.answer


@pytest.fixture
def offer() -> Iterator[Any]:
    plugins: list[Any] = []

    def make(engine: Any) -> Any:
        class Plugin:
            @cx.hookimpl
            def cxmetrics_sentiments(self) -> list[Any]:
                return [engine]

        plugins.append(Plugin())
        registry.register(plugins[-1], f"plugin-{len(plugins)}")
        return engine

    yield make
    for plugin in plugins:
        registry.unregister(plugin)


def test_nothing_is_built_in_and_the_error_says_how_to_install() -> None:
    with pytest.raises(NotFoundError, match="pip install cxmetrics-sentiment"):
        sentiment(["fine"], language="en", engine="oracle")


def test_each_text_is_judged_in_its_own_language(offer: Any) -> None:
    engine = offer(Words())
    assert isinstance(engine, Sentiment)
    texts = ["good", "bad", "good", "plain", None, " ", "good", "good"]
    spoken = ["en", "en-GB", "EN", "en", "en", "en", "fr", None]
    found = sentiment(texts, language=spoken, engine="words")
    np.testing.assert_array_equal(found.values[:4], [1, -0.5, 1, math.nan])
    assert np.isnan(found.values[4:6]).all()  # blank
    assert found.values[6] == 1  # made for fr-CA: French all the same
    assert np.isnan(found.values[7])
    assert (found.other, found.blind, found.empty) == ({"": 1}, 1, 2)
    # The same words are asked about once a language.
    assert engine.asked == [("good", "en"), ("bad", "en"), ("plain", "en"), ("good", "fr-CA")]


def test_a_language_it_was_not_made_for_is_never_zero(offer: Any) -> None:
    offer(Words())
    found = sentiment(["bad", "bad"], language="de", engine="words")
    assert np.isnan(found.values).all()
    assert found.other == {"de": 2}
    codes = [caution.code for caution in found.cautions]
    assert "UNKNOWN_LANGUAGE" in codes
    assert "Tone of 0 of 2 texts" in str(found)
    told = found.to_dict()
    assert told["values"] == [None, None]
    json.dumps(told, allow_nan=False)


@pytest.mark.parametrize(
    ("answer", "words"), [([2.0], "not between"), ([0.1, 0.2], "2 numbers for 1 texts")]
)
def test_a_defect_of_an_engine_is_named(offer: Any, answer: Any, words: str) -> None:
    offer(Broken(answer))
    with pytest.raises(DataError, match=words):
        sentiment(["fine"], language="en", engine="broken")


def test_as_many_languages_as_texts(offer: Any) -> None:
    offer(Words())
    with pytest.raises(UsageError, match="2 languages for 1 texts"):
        sentiment(["fine"], language=["en", "en"], engine="words")


def test_what_is_no_engine_is_refused_by_its_hook(offer: Any) -> None:
    class Nothing:
        name = "nothing"
        languages = ("en",)

    offer(Nothing())
    with pytest.raises(NotFoundError, match="has no 'score'"):
        sentiment(["fine"], language="en", engine="nothing")


def test_the_table_counts_and_says_what_is_not_judged(offer: Any) -> None:
    offer(Words())
    found = sentiment(["good", "bad", "bad", "plain"], language="en", engine="words")
    text = str(found)
    assert "negative      2  66.7 %" in text
    assert "positive      1  33.3 %" in text
    assert "Mean +0.00" in text
    assert "1 without a word that words knows" in " ".join(text.split())
    assert "<table" in found._repr_html_()
