"""Reading: columns and frames, languages, personal data, what is counted."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from cxmetrics.batch import Batch
from cxmetrics.datasets import blueprint
from cxmetrics.records import Response
from cxmetrics.scale import zero_to_ten
from cxmetrics.verbatims import Dictionary, read

TEXTS = [
    "We waited for ages",
    None,
    "Personnel aimable",
    "  ",
    "Mucha demora en la entrada",
    "Wifi",
]
TAGS = ["en-GB", None, "fr_CA", "fr", None, "und"]


@pytest.mark.parametrize(
    "data",
    [
        {"why": TEXTS, "tag": TAGS},
        {"why": np.array(TEXTS, dtype=object), "tag": np.array(TAGS, dtype=object)},
        pd.DataFrame({"why": TEXTS, "tag": TAGS}),
        pl.DataFrame({"why": TEXTS, "tag": TAGS}),
        pl.DataFrame({"why": TEXTS, "tag": TAGS}).lazy(),
        pl.DataFrame({"why": TEXTS, "tag": TAGS}).to_arrow(),
    ],
)
def test_every_kind_of_columns(data: Any) -> None:
    found = read(data, text="why", language="tag")
    assert found.languages == ("en", "", "fr", "", "es", "und")
    assert [each.themes for each in found] == [("waiting",), (), ("staff",), (), (), ("wifi",)]
    assert (found.n, found.n_empty, found.detected) == (3, 2, 2)
    assert found.unread == {"es": 1}
    assert [caution.code for caution in found.cautions] == ["UNKNOWN_LANGUAGE", "UNKNOWN_LANGUAGE"]


@pytest.mark.parametrize("texts", [TEXTS, np.array(TEXTS), pd.Series(TEXTS), pl.Series(TEXTS)])
def test_every_kind_of_texts(texts: Any) -> None:
    assert read(texts).languages == ("en", "", "fr", "", "es", "und")


def test_one_tag_for_all_and_a_tag_that_no_dictionary_speaks() -> None:
    assert read(["Wifi", None], language="fr").languages == ("fr", "")
    found = read(["Wifi"], language="zh")
    assert (found.n, found.unread, found[0].themes) == (0, {"zh": 1}, ())
    assert np.isnan(found.covered)


def test_a_text_of_unclear_language_is_read_in_each_language() -> None:
    found = read(["Tarif", "Chat", "No wifi"])
    assert found.languages == ("und", "und", "und")
    assert [each.themes for each in found] == [("price",), ("contact",), ("wifi",)]
    assert len(found[1].mentions) == 1  # "chat" is a word of both languages: one mention
    assert len(found[2].mentions) == 1  # and what says more is kept


def test_personal_data_is_masked_before_anything_else() -> None:
    given = "Waited! Call 06 12 34 56 78 or ana@example.test, card 4111 1111 1111 1111"
    masked = "Waited! Call <PHONE> or <EMAIL>, card <CARD>"
    found = read([given])
    assert found.texts == found.masked == (masked,)
    assert "phone" not in {m.text.lower() for m in found[0].mentions}
    for mention in found[0].mentions:
        assert masked[mention.start : mention.end] == mention.text
    assert "06 12" not in json.dumps(found.to_dict()) + found.explain(0) + repr(found)


def test_what_is_kept() -> None:
    given = "Waited, call 06 12 34 56 78"
    whole = read([given, None], keep="original")
    assert (whole.texts, whole.masked) == ((given, None), ("Waited, call <PHONE>", None))
    nothing = read([given], keep="nothing")
    assert nothing.texts == nothing.masked == (None,)
    assert nothing[0].themes == whole[0].themes
    assert nothing[0].mentions[0].text == ""


def test_columns_and_single_readings_agree() -> None:
    texts = [*TEXTS, "Rude staff, no wifi", "No waiting", "La vendeuse se souvenait de moi"]
    found = read(texts)
    for row, each in enumerate(found):
        named = {key for key, has in zip(found.keys, found.themes[row], strict=True) if has}
        assert named == set(each.themes)
    assert found.themes.sum() == len(
        {(r, t) for r, t in zip(found.row[found.counts], found.theme[found.counts], strict=True)}
    )
    assert found[-1] == found[len(texts) - 1]
    assert [each.themes for each in found[-2:]] == [(), ("staff", "recognition")]
    waiting = found.keys.index("waiting")
    assert found.toned("positive")[7, waiting]
    assert not found.themes[7, waiting]
    assert found.positive.tolist()[6:] == [0, 1, 1]
    assert found.negative.tolist()[6:] == [2, 0, 0]


def test_texts_do_not_touch_each_other() -> None:
    texts = ["No", "waiting", "not", "friendly staff", "Endless", "queue", "never", "again"] * 3
    alone = [read([text], language="en")[0] for text in texts]
    together = list(read(texts, language="en"))
    assert together == alone


def test_long_texts_and_odd_ones() -> None:
    long = "slow " * 30_000
    found = read([long, "\x00 rude\r\nstaff", "😡😡😡", "ＲＵＤＥ ＳＴＡＦＦ"])
    assert found[0].mentions[-1].end <= 100_000
    assert [each.themes for each in found][1:] == [("staff",), (), ("staff",)]
    assert found[3].mentions[0].text == "ＲＵＤＥ"


def test_the_result_shows_itself() -> None:
    found = read(["Waited 45 minutes", "Rude staff", "Rude staff again", "Hm"])
    assert "Staff and service      2" in str(found)
    assert found.title in found._repr_html_()
    made = found.to_dict()
    assert made == json.loads(json.dumps(made))
    assert made["themes"][0]["texts"] == 2
    assert made["dictionary"]["fingerprint"] == Dictionary.default().fingerprint


def test_little_covered_is_said() -> None:
    assert [c.code for c in read(["The moon", "The sun is up", "Rude staff"]).cautions] == [
        "LOW_COVERAGE"
    ]


def test_the_generated_company_is_read_as_it_was_written() -> None:
    """Each problem and each surprise of the company has its theme, in both languages."""
    themes = {
        "hidden_fees": "hidden_fees",
        "waiting": "waiting",
        "repeat_story": "repeat",
        "late_parcel": "delivery",
        "till_queue": "checkout",
        "not_ready": None,  # "my order was not ready", "I had to come back": two themes
        "handwritten_card": "recognition",
        "recognised": "recognition",
        "called_back": "contact",
    }
    for event in (*blueprint.IRRITANTS, *blueprint.WOWS):
        for language in ("en", "fr"):
            texts = [text.format(n=11) for text in getattr(event, language)]
            for each in read(texts, language=language):
                wanted = themes[event.id]
                assert each.themes
                assert wanted is None or wanted in each.themes, (event.id, each)


def test_problems_at_an_airport(shared: Path) -> None:
    """347 real texts in capitals, with spelling errors: nearly all speak of a theme."""
    with (shared / "data/sfo/sfo_2017_2018_tidy.csv").open(encoding="utf-8") as file:
        rows = csv.DictReader(file)
        texts = [row["problem_verbatim"] for row in rows if row["problem_verbatim"].strip()]
    found = read(texts)
    assert len(texts) == 347
    assert found.unread == {"es": 3}
    assert found.covered > 0.90
    shares = dict(zip(found.keys, found.themes[found.read].mean(axis=0), strict=True))
    assert 0.30 < shares["security"] < 0.40
    assert 0.20 < shares["waiting"] < 0.30
    assert (found.negative > 0).sum() > 4 * (found.positive > 0).sum()


def test_responses_in_a_batch_are_a_frame_away() -> None:
    rows = [
        {"id": "a", "rating": 2, "scale": zero_to_ten, "verbatim": "Rude staff", "language": "en"},
        {"id": "b", "rating": 9, "scale": zero_to_ten},
    ]
    frame = Batch.of(Response, rows).to_native("polars")
    found = read(frame, text="verbatim", language="language")
    assert [each.themes for each in found] == [("staff",), ()]
