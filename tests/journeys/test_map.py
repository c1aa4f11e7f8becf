"""The journey map: what it refuses, what it keeps, and what it takes from scores."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxmetrics as cx
from cxmetrics.datasets import Company, company
from cxmetrics.errors import DataError, UsageError
from cxmetrics.journeys import Figure, Gauge, JourneyMap, MapTouchpoint, PainRule
from cxmetrics.records import Journey, Persona, Touchpoint, five_phases


def one(**parts: Any) -> MapTouchpoint:
    return MapTouchpoint(**{"id": "pay", "channel": "web", "stage": "buy", **parts})


def shown(*touchpoints: MapTouchpoint, **parts: Any) -> JourneyMap:
    found = {"title": "Shop", "journey": ["buy", "use"], "touchpoints": touchpoints or [one()]}
    return JourneyMap(**{**found, **parts})


# -- what is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"title": " "}, "title of the map is blank"),
        ({"title": {}}, "texts by language"),
        ({"title": {"english": "Shop"}}, "no language tag"),
        ({"title": {"en": ""}}, "missing or blank"),
        ({"journey": "buy"}, "a Journey or a list of stages"),
        ({"touchpoints": []}, "at least one touchpoint"),
        ({"touchpoints": ["pay"]}, "it takes MapTouchpoint"),
        ({"touchpoints": [one(stage="by")]}, "did you mean 'buy'"),
        ({"touchpoints": [one(), one(stage="use")]}, "given twice: a second visit needs an id"),
        ({"personas": ["ann", "ann"]}, "persona 'ann' is given twice"),
        ({"personas": ["ann"], "touchpoints": [one(emotions={"anne": 1})]}, "did you mean 'ann'"),
        ({"touchpoints": [one(emotions=7)]}, "is 7, outside -5 to 5"),
        ({"touchpoints": [one(score=(99, 90, 120))]}, "is 120, outside 0 to 100"),
        ({"touchpoints": [one(score={"value": 9, "unit": "points"})]}, "one kind of number"),
        ({"stage_scores": {"bye": 3}}, "did you mean 'buy'"),
        ({"channels": {"web": ""}}, "name of channel 'web' is blank"),
        ({"notes": [""]}, "a note is blank"),
    ],
)
def test_bad_maps_say_what_is_wrong(parts: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=re.escape(words)):
        shown(**parts)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"id": ""}, "id of touchpoint '' must be text"),
        ({"channel": None}, "channel of touchpoint 'pay' must be text"),
        ({"wow": 1}, "wow of touchpoint 'pay' must be True or False"),
        ({"irritants": [""]}, "an irritant of touchpoint 'pay' is blank"),
        ({"score": "high"}, "value must be a finite number, not 'high'"),
        ({"score": True}, "not True"),
        ({"score": float("nan")}, "not nan"),
        ({"score": (3, 4, 2)}, "reversed: 4 to 2"),
        ({"score": (9, 2, 4)}, "2 to 4 does not hold 9"),
        ({"score": (9, 2)}, "(value, low, high)"),
        ({"score": {"value": 3, "low": 2}}, "two limits"),
        ({"score": {"worth": 3}}, "a figure has value"),
        ({"score": {"value": 3, "n": 1.5}}, "whole number of answers"),
        ({"score": {"value": 3, "unit": "percents"}}, "did you mean 'percent'"),
        ({"score": cx.csat([], scale="1:5")}, "undefined or hidden"),
    ],
)
def test_bad_touchpoints_say_what_is_wrong(parts: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=re.escape(words)):
        one(**parts)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"low": 3, "high": 3}, "low=3 must be below high=3"),
        ({"low": None}, "finite numbers, not None"),
        ({"unit": "stars"}, "no unit is called 'stars'"),
        ({"direction": "up"}, "'higher' or 'lower'"),
    ],
)
def test_bad_gauges_say_what_is_wrong(parts: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=re.escape(words)):
        Gauge(**{"title": "score", **parts})


# -- by hand ---------------------------------------------------------------------------------------


def test_a_workshop_needs_no_numbers() -> None:
    made = shown(one(), one(id="unpack", stage="use", channel="home", wow=True))
    assert made.voices == ()
    assert made.lanes == ("web", "home")
    assert "unpack" in made.plot().svg
    assert str(made).splitlines()[1].split() == ["touchpoint", "stage", "channel", "marks"]


def test_touchpoints_stand_by_stage_in_the_order_given() -> None:
    made = shown(one(id="c", stage="use"), one(id="b"), one(id="a"))
    assert [t.id for t in made.ordered] == ["b", "a", "c"]


def test_names_follow_the_language() -> None:
    made = shown(
        one(name={"en": "Pays", "fr": "Paie"}, stage="purchase", emotions={"p": 1}),
        journey=five_phases,
        channels={"web": {"en": "Web", "fr": "Site"}, "shop": "Shop"},
        personas=[Persona(id="p", name="Regular", dims={"name_fr": "La fidèle"})],
    )
    assert made.stage_name("purchase", "fr-CA") == "achat"
    assert made.stage_name("purchase") == "purchase"
    assert made.persona_name("p", "fr") == "La fidèle"
    assert made.channel_name("web", "fr") == "Site"
    assert made.lanes == ("web", "shop")  # an empty lane too
    assert made.sheet("fr").rows[0][:3] == ["Paie", "achat", "Site"]


def test_the_sheet_holds_intervals_and_whole_stages() -> None:
    made = shown(
        one(score={"value": 67, "low": 64, "high": 70, "n": 400}, emotions=(-1, -2, 0)),
        stage_scores={"use": {"value": 18, "low": 9, "high": 27, "title": "NPS", "unit": "points"}},
    )
    rows = made.sheet().rows
    assert rows[0][3:] == ["67.0\u00a0%", "64.0–70.0", "400", "−1.00 (−2.00\u00a0to\u00a00.00)"]
    assert rows[1][:5] == ["(whole stage)", "use", "", "NPS +18.0", "+9.0\u00a0to\u00a0+27.0"]


def test_numbers_of_numpy_are_numbers() -> None:
    made = shown(one(score=Figure(value=np.float32(67.5), n=np.int64(12)), emotions=np.int8(-2)))
    assert JourneyMap.from_json(made.to_json()) == made
    assert made.touchpoints[0].score == Figure(value=67.5, n=12)


# -- JSON ------------------------------------------------------------------------------------------

words = st.text(min_size=1, max_size=12).filter(lambda text: text.strip())
texts = words | st.dictionaries(st.sampled_from(["en", "fr", "de"]), words, min_size=1)


@st.composite
def figures(draw: st.DrawFn, low: float, high: float) -> Figure:
    ends = sorted(draw(st.lists(st.floats(low, high), min_size=3, max_size=3)))
    limits = {"low": ends[0], "high": ends[2]} if draw(st.booleans()) else {}
    return Figure(value=ends[1], n=draw(st.none() | st.integers(0, 9_999)), **limits)


@st.composite
def maps(draw: st.DrawFn) -> JourneyMap:
    people = draw(st.lists(words, max_size=3, unique=True))
    touchpoints = [
        one(
            id=name,
            name=draw(texts),
            channel=draw(st.sampled_from(["web", "shop"])),
            stage=draw(st.sampled_from(["buy", "use"])),
            score=draw(st.none() | figures(0, 100)),
            emotions={who: draw(figures(-5, 5)) for who in people},
            pain_point=draw(st.booleans()),
            irritants=draw(st.lists(texts, max_size=2)),
        )
        for name in draw(st.lists(words, min_size=1, max_size=4, unique=True))
    ]
    return shown(*touchpoints, title=draw(texts), notes=draw(st.lists(texts, max_size=2)))


@given(maps())
def test_json_loses_nothing(made: JourneyMap) -> None:
    again = JourneyMap.from_json(made.to_json())
    assert again == made
    assert again.to_dict() == made.to_dict()
    assert hash(again) == hash(made)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "x"}, "does not say format='cxmetrics.journey_map'"),
        ({"version": 2}, "of version 2, this cxmetrics reads 1"),
        ({"titel": "x"}, "did you mean 'title'"),
        ({"touchpoints": [{"id": "a", "stage": "buy"}]}, "touchpoint 'a' has no channel"),
        (
            {"touchpoints": [{"id": "a", "stage": "buy", "channel": "w", "skore": 1}]},
            "did you mean 'score'",
        ),
    ],
)
def test_bad_json_says_what_is_wrong(change: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=re.escape(words)):
        JourneyMap.from_dict({**shown().to_dict(), **change})


def test_no_json_at_all() -> None:
    with pytest.raises(DataError, match="no JSON"):
        JourneyMap.from_json("{")
    with pytest.raises(DataError, match="no journey map"):
        JourneyMap.from_json("[1]")
    short = {"format": "cxmetrics.journey_map", "version": 1, "title": "t"}
    with pytest.raises(DataError, match="has no 'journey'"):
        JourneyMap.from_json(json.dumps(short))


# -- Mermaid ---------------------------------------------------------------------------------------

# The lines that Mermaid's own grammar of a journey knows (journey.jison, version 11), once the
# entities `#58;` are letters, as Mermaid makes them before it reads.
LINE = re.compile(
    r"journey|\s*%%(?!\{)[^\n]*|\s*title\s[^#\n;]+|\s*section\s[^#:\n;]+"
    r"|\s*(?!title\b|section\b|journey\b|acctitle|accdescr)[^#:\n;%]+:\s*[1-5](: [^#:\n;]+)?",
    re.IGNORECASE,
)


@given(maps())
def test_mermaid_reads_it(made: JourneyMap) -> None:
    text = made.mermaid()
    for line in text.split("\n"):
        assert LINE.fullmatch(re.sub(r"#\d+;", "x", line)), line
    tasks = [line for line in text.split("\n") if line.startswith("      ")]
    assert len(tasks) == len(made.touchpoints)


def test_mermaid_turns_the_ends_into_one_and_five() -> None:
    felt = {"a": -5, "b": -2.6, "c": -2.4, "d": 0, "e": 5}
    made = shown(*(one(id=name, emotions={"Ann": value}) for name, value in felt.items()))
    lines = made.mermaid().splitlines()
    assert [line.strip() for line in lines if ": Ann" in line] == [
        "a: 1: Ann", "b: 2: Ann", "c: 2: Ann", "d: 3: Ann", "e: 5: Ann"
    ]  # fmt: skip
    assert "Emotion from -5 to 5 (good)" in lines[1]
    easy = Gauge(title="effort", unit="rating", low=1, high=7, direction="lower")
    made = shown(one(score=1), one(id="b", score=7), one(id="c"), score=easy)
    text = made.mermaid(numbers="score")
    assert "pay: 5\n" in text
    assert "b: 1\n" in text
    assert "c (no rating): 3" in text
    assert "No rating: 1" in text
    assert "from 7 to 1 (good)" in text


def test_mermaid_of_one_persona_or_the_mean() -> None:
    made = shown(one(emotions={"Ann": 5, "Bob": -5}), one(id="b", emotions={"Bob": 5}))
    assert "pay: 3: Ann, Bob" in made.mermaid()
    assert "mean of the personas named" in made.mermaid()
    assert "pay: 5: Ann" in made.mermaid(persona="Ann")
    with pytest.raises(UsageError, match="did you mean 'Ann'"):
        made.mermaid(persona="Anne")
    with pytest.raises(UsageError, match="'emotion' or 'score'"):
        made.mermaid(numbers="nps")


def test_mermaid_escapes_its_own_marks() -> None:
    made = shown(one(id="Section: 50%% #1; <b>\nnext", emotions={"Ann, Bob": 1}))
    line = made.mermaid().splitlines()[-1]
    assert line.count(":") == 2
    assert line.strip().startswith("#83;ection#58; 50#37;#37; #35;1#59; #60;b#62; next: 3: Ann#44;")


# -- from data -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shop() -> Company:
    return company(2_000, seed=2026)


def drawn(shop: Company, **parts: Any) -> JourneyMap:
    answers = {"rating": "rating", "weight": "weight"}
    found: dict[str, Any] = {
        "title": "The shop",
        "journey": five_phases,
        "touchpoints": [r for r in shop.records("touchpoints") if isinstance(r, Touchpoint)],
        "scores": cx.csat(
            shop.responses, by="touchpoint", where={"question": "csat"}, scale="1:5", **answers
        ),
        "emotions": cx.mean_rating(
            shop.responses,
            by=["persona", "touchpoint"],
            where={"question": "emotion"},
            scale="-5:5",
            **answers,
        ),
        "personas": [r for r in shop.records("personas") if isinstance(r, Persona)],
    }
    return JourneyMap.of(**{**found, **parts})


def test_scores_bring_their_intervals(shop: Company) -> None:
    made = drawn(shop)
    scores = cx.csat(
        shop.responses, rating="rating", weight="weight", by="touchpoint", scale="1:5",
        where={"question": "csat"},
    )  # fmt: skip
    for point in made.touchpoints:
        score = scores[point.id]
        assert point.score == Figure(
            value=score.value, low=score.interval().low, high=score.interval().high, n=score.n
        )
    assert made.score == Gauge.of(cx.csat, title=scores.metric.title)
    assert (made.emotion.low, made.emotion.high) == (-5, 5)
    assert made.touchpoints[0].name == {"en": "Social post", "fr": "Publication sociale"}
    assert made.voices == ("loyal", "hurried", "explorer", "cautious")
    assert "SMALL_SAMPLE" in {caution.code for caution in made.cautions}
    assert JourneyMap.from_json(made.to_json()) == made


def test_emotions_of_all_customers_and_their_dims_in_any_order(shop: Company) -> None:
    felt = cx.mean_rating(
        shop.responses, rating="rating", scale="-5:5", where={"question": "emotion"},
        by="touchpoint",
    )  # fmt: skip
    assert drawn(shop, emotions=felt).voices == ("",)
    turned = cx.mean_rating(
        shop.responses, rating="rating", scale="-5:5", where={"question": "emotion"},
        by=["touchpoint", "persona"], weight="weight",
    )  # fmt: skip
    assert drawn(shop, emotions=turned).touchpoints == drawn(shop).touchpoints


def test_a_pain_rule_marks_and_is_told(shop: Company) -> None:
    felt = shop.responses
    low = cx.mean_rating(
        felt, rating="rating", scale="-5:5", where={"question": "emotion"}, by="touchpoint"
    )
    limit = sorted(score.interval().high for score in low.values())[2] + 1e-6
    made = drawn(shop, emotions=low, pain_points=PainRule(emotion=limit))
    assert sum(point.pain_point for point in made.touchpoints) == 3
    assert "with its whole interval" in made.sheet().notes[0]
    assert "intervalle compris" in made.sheet("fr").notes[0]


def test_groups_that_are_not_on_the_map_are_told(shop: Company) -> None:
    some = [r for r in shop.records("touchpoints") if isinstance(r, Touchpoint)][:4]
    made = drawn(shop, touchpoints=some, personas=[Persona(id="loyal", name="Loyal")])
    told = next(caution for caution in made.cautions if caution.code == "UNMATCHED")
    assert "checkout" in told.message
    assert made.voices == ("loyal",)
    with pytest.raises(DataError, match="compare the labels"):
        drawn(shop, touchpoints=[Touchpoint(id="x", name="X", channel="web", stage="use")])


def test_a_hidden_or_empty_group_has_no_number() -> None:
    answers = {"rating": [5, 4, None], "where": ["a", "a", "b"]}
    spots = [Touchpoint(id=k, name=k, channel="web", stage="buy") for k in "ab"]
    made = JourneyMap.of(
        title="t",
        journey=["buy"],
        touchpoints=spots,
        scores=cx.csat(answers, rating="rating", by="where", scale="1:5"),
    )
    assert made.touchpoints[1].score is None
    assert "NO_ANSWERS" in {caution.code for caution in made.cautions}


def test_scores_of_stages_keep_their_name_and_unit() -> None:
    answers = {"rating": [10, 9, 3, 0], "stage": ["buy", "buy", "use", "gone"]}
    stages = cx.nps(answers, rating="rating", by="stage")
    spots = [Touchpoint(id="a", name="a", channel="web", stage="buy")]
    made = JourneyMap.of(title="t", journey=["buy", "use"], touchpoints=spots, stages=stages)
    assert (made.stage_scores["buy"].title, made.stage_scores["buy"].unit) == ("NPS", "points")
    assert "gone" in next(c.message for c in made.cautions if c.code == "UNMATCHED")


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"wows": ["hotlin"]}, "did you mean 'hotline'"),
        ({"moments_of_truth": ["x"]}, "moments_of_truth has 'x'"),
        ({"irritants": {"y": ["z"]}}, "irritants has 'y'"),
        ({"journey": Journey(id="j", name="J", stages=["buy"])}, "which 'j' does not have"),
        ({"touchpoints": [Touchpoint(id="hotline", name="H", channel="c")]}, "has no stage"),
    ],
)
def test_bad_parts_of_data_say_what_is_wrong(
    shop: Company, parts: dict[str, Any], words: str
) -> None:
    with pytest.raises(DataError, match=re.escape(words)):
        drawn(shop, **parts)


def test_scores_by_something_else_are_refused(shop: Company) -> None:
    by_two = cx.csat(
        shop.responses, rating="rating", by=["touchpoint", "region"], scale="1:5",
        where={"question": "csat"},
    )  # fmt: skip
    with pytest.raises(DataError, match="measure them by the touchpoint alone"):
        drawn(shop, scores=by_two)


def test_a_pain_rule_needs_a_limit_and_knows_where_less_is_better() -> None:
    with pytest.raises(UsageError, match="needs a limit"):
        PainRule()
    effort = Gauge(title="effort", unit="rating", low=1, high=7, direction="lower")
    rule = PainRule(score=4)
    assert rule.holds(one(score=(5, 4.2, 6)), effort)
    assert not rule.holds(one(score=(5, 3.9, 6)), effort)
    assert not rule.holds(one(), effort)
    assert "above 4.0" in rule.text(effort, effort, "en")
