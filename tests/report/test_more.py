"""Further sections: drawings with their tables, quotes as quotes, cautions with the others."""

from __future__ import annotations

import pytest

import cxmetrics as cx
from cxmetrics.errors import UsageError
from cxmetrics.journeys import JourneyMap, MapTouchpoint
from cxmetrics.report import render
from cxmetrics.verbatims import quotes

SCORE = cx.nps([10, 9, 3, 8, 10] * 20)


def page(more):
    return render([SCORE], title="Spring", generated="2026-03-01", more=more)


def test_a_concept_is_a_table_and_its_cautions_stand_with_the_others():
    found = cx.concept("five_a")({"aware": 20, "act": 30, "advocate": 5})
    html = page({"The 5A path": [found]})
    assert '<a href="#more-0">The 5A path</a>' in html
    assert "PAR\xa0=\xa0act / aware" in html
    assert "RATIO_ABOVE_ONE" in html
    assert "<script" not in html


def test_a_drawing_is_shown_with_its_table_behind_it():
    pays = MapTouchpoint(id="Pays <b>", channel="Web", stage="Buy", emotions=-2)
    drawn = JourneyMap(title="Shop", journey=["Buy"], touchpoints=[pays]).plot(theme="auto")
    html = page({"Journey": [drawn]})
    assert html.count("<svg") >= 2
    assert 'role="img"' in html
    assert "Pays &lt;b&gt;" in html
    assert "Pays <b>" not in html
    assert html.index("<details>", html.index('id="more-0"')) > 0


def test_quotes_are_masked_and_escaped():
    texts = ["Call me at 06 12 34 56 78 <i>now</i>", "Great staff", "Never again"] * 4
    found = quotes({"text": texts, "rating": [2, 10, 1] * 4}, text="text", rating="rating", floor=1)
    html = page({"Verbatims": [found]})
    assert "<blockquote" in html
    assert "06 12 34 56 78" not in html
    assert "<i>now" not in html


def test_nothing_is_shown_of_an_empty_section_and_strangers_are_refused():
    assert page({"Empty": []}) == page(None)
    with pytest.raises(UsageError, match="has no table to show"):
        page({"Wrong": [42]})


def test_a_quote_stands_once():
    found = quotes(
        {"text": ["Great staff", "Never again"] * 4, "rating": [10, 1] * 4},
        text="text", rating="rating", floor=1, number=1,
    )  # fmt: skip
    assert page({"Verbatims": [found]}).count("Great staff") == 1
