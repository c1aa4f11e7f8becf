"""Both engines: published values, what they can't read, and that they ask nobody."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cxmetrics.plugins import installed
from cxmetrics.verbatims import sentiment
from cxmetrics_sentiment import TextblobFr, Vader

TRUTH = Path(__file__).resolve().parents[4] / "shared" / "reference" / "truth.json"


def published(name: str) -> dict[str, Any]:
    if not TRUTH.exists():
        pytest.skip("the folder shared/ beside the repository is absent")
    return next(each for each in json.loads(TRUTH.read_text("utf-8")) if each["id"] == name)


def test_the_published_value_of_textblob_fr() -> None:
    vector = published("pub-textblob-fr")
    found = TextblobFr().score([vector["input"]["text"]], "fr")
    assert found[0] == pytest.approx(vector["expected"][0], abs=vector["tol"])


def test_the_published_value_of_vader_fr() -> None:
    vector = published("pub-vader-fr")
    library = pytest.importorskip(
        "vaderSentiment_fr.vaderSentiment",
        reason="vaderSentiment-fr is no dependency: it needs two packages under the GPL",
    )
    found = library.SentimentIntensityAnalyzer().polarity_scores(vector["input"]["text"])
    assert found["compound"] == pytest.approx(vector["expected"], abs=vector["tol"])


def test_the_published_value_of_vader() -> None:
    # README of vaderSentiment: "VADER is smart, handsome, and funny."
    assert Vader().score(["VADER is smart, handsome, and funny."], "en")[0] == 0.8316
    assert Vader().score(["VADER is not smart, handsome, nor funny."], "en")[0] == -0.7424


@pytest.mark.parametrize("engine", [Vader(), TextblobFr()], ids=lambda engine: engine.name)
def test_what_it_does_not_know_is_not_neutral(engine: Vader | TextblobFr) -> None:
    assert math.isnan(engine.score(["Zzyzx 12"], engine.languages[0])[0])


def test_through_the_hook_other_languages_are_not_judged() -> None:
    texts = ["Awful service", "Service horrible", "Very bad"]
    spoken = ["en", "fr", None]
    english = sentiment(texts, language=spoken, engine="vader")
    assert [value < 0 for value in english.values] == [True, False, False]
    assert english.other == {"": 1, "fr": 1}
    french = sentiment(texts, language=spoken, engine="textblob-fr")
    assert [value < 0 for value in french.values] == [False, True, False]


def test_each_engine_is_a_plugin_of_its_name() -> None:
    offers = {info.name: info.offers for info in installed() if "sentiment" in info.distribution}
    assert offers == {name: {"sentiment": (name,)} for name in ("textblob-fr", "vader")}


def test_no_network_and_no_corpus() -> None:
    """Scoring opens no connection, and asks for no data of nltk."""
    code = """
import sys
def hear(event, args):
    if event in {"socket.connect", "socket.getaddrinfo"}:
        raise RuntimeError(event)
    if event == "open" and "nltk_data" in str(args[0]):
        raise RuntimeError(str(args[0]))
sys.addaudithook(hear)
from cxmetrics_sentiment import TextblobFr, Vader
print(Vader().score(["Awful"], "en")[0] < 0, TextblobFr().score(["Horrible"], "fr")[0] < 0)
"""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert ran.stdout.split() == ["True", "True"], ran.stderr
