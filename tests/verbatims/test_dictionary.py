"""Dictionaries: read, changed, written; what they refuse, and what it says."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics.errors import ColumnError, NotFoundError, UsageError
from cxmetrics.verbatims import Dictionary, Idiom, Theme, read
from cxmetrics.verbatims.normalise import normalise
from cxmetrics.verbatims.patterns import BadPatternError, prepared

OWN = """
name = "airport"
version = "2"
[themes.luggage]
label.en = "Luggage"
polarity = "irritant"
en.patterns = ["bags?", "lugg~"]
en.negative = ["lost ~ bags?"]
en.excludes = ["bag of"]
fr.patterns = ["bagages?"]
[tones.en]
negative = ["awful"]
[[idioms]]
language = "en"
tone = "positive"
theme = "luggage"
patterns = ["bag and baggage"]
"""


def test_a_theme_in_one_line() -> None:
    own = Dictionary.default().add("luggage_cart", en=["trolleys?", "carts?"], fr=["chariots?"])
    found = read(["No trolley anywhere", "Pas de chariot", "Rien à redire"], dictionary=own)
    assert [("luggage_cart" in each.themes) for each in found] == [True, True, False]
    assert own.fingerprint != Dictionary.default().fingerprint


def test_a_dictionary_of_ones_own() -> None:
    own = Dictionary.from_toml(OWN)
    texts = [
        "They lost my bag",
        "A bag of sweets",
        "Nice luggage",
        "Sac et bagage",
        "bag and baggage",
    ]
    found = read(texts, dictionary=own, language=["en", "en", "en", "fr", "en"])
    said = [[(m.text, m.tone, m.counts) for m in each.mentions] for each in found]
    assert said == [
        [("lost my bag", "negative", True)],
        [],
        [("luggage", "negative", True)],  # "nice" is no word of this dictionary
        [("bagage", "negative", True)],
        [("bag and baggage", "positive", False)],
    ]


def test_toml_and_values_and_back(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(OWN, encoding="utf-8")
    for made in (Dictionary.from_toml(file), Dictionary.default()):
        assert Dictionary.from_toml(made.to_toml()) == made
        assert Dictionary.from_dict(made.to_dict()).fingerprint == made.fingerprint


def test_every_theme_has_both_languages_and_names() -> None:
    own = Dictionary.default()
    assert own.languages == ("en", "fr")
    for theme in own:
        assert set(theme.languages) == set(theme.labels) == {"en", "fr"}, theme.key
    assert len(own) >= 30


def test_patterns_are_added_and_themes_overridden() -> None:
    own = Dictionary.default()
    more = own.add("noise", en=["hullabaloo"])
    assert "noise" in more["noise"].negative["en"]
    assert more["noise"].patterns["en"] == ("hullabaloo",)
    instead = own.without("noise").add(Theme(key="noise", patterns={"en": ["hullabaloo"]}))
    assert read(["noise"], dictionary=instead, language="en")[0].themes == ()
    assert read(["Hullabaloo"], dictionary=instead, language="en")[0].themes == ("noise",)
    assert len(own.without("overall").idioms) < len(own.idioms)


def test_merging_keeps_what_both_say() -> None:
    both = Dictionary.default().merge(Dictionary.from_toml(OWN))
    assert both.keys == (*Dictionary.default().keys, "luggage")
    assert both.merge(both) == both


def test_accents_and_capitals_in_patterns_do_not_matter() -> None:
    own = Dictionary(themes=[Theme(key="delay", patterns={"fr": ["Délai dépassé"]})])
    assert read(["DELAI DEPASSE"], dictionary=own, language="fr")[0].themes == ("delay",)


def test_a_third_language_is_read_too() -> None:
    own = Dictionary.default().add("waiting", es=["colas?", "esper~"])
    assert read(["La cola era demasiado larga, hay que esperar mucho"], dictionary=own)[
        0
    ].themes == ("waiting",)


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(", "not closed"),
        ("a)", "not opened"),
        ("[a", "not closed"),
        ("*a", "nothing to repeat"),
        ("a{3,1}", "repeats"),
        ("a{2,100000}", "repeats"),
        ("a*", "everywhere"),
        (" ", "empty"),
        (r"(a)\1", r"escape \1"),
        ("(?P<x>a)", "named groups"),
        ("(?i)a", "flags"),
        (r"\p{L}", r"escape \p"),
        ("(a+)+b", "too many ways"),
        ("(a|a)*b", "too many ways"),
        ("(a?){60}b", "too many ways"),
        (r"\w*\w*\w*x", "too many ways"),
        ("(?=(a+)+b)a", "too many ways"),
        ("a" * 3000, "longer"),
    ],
)
def test_a_bad_pattern_is_named(pattern: str, why: str) -> None:
    with pytest.raises(UsageError, match=r"theme 'bags', negative, en: the pattern") as caught:
        Dictionary.default().add("bags", en={"negative": ["fine", pattern]})
    assert repr(pattern) in str(caught.value)
    assert why in str(caught.value)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Theme(key="Bags", patterns={"en": ["x"]}), "small letters"),
        (lambda: Theme(key="bags"), "no pattern"),
        (lambda: Theme(key="bags", patterns={"english": ["x"]}), "'english' is no language"),
        (lambda: Theme(key="bags", patterns={"en": [3]}), "a pattern is a text"),
        (lambda: Theme(key="bags", patterns={"en": ["x"]}, polarity="bad"), "polarity"),
        (lambda: Idiom(language="en", patterns=["x"], tone="fine"), "an idiom is"),
        (lambda: Dictionary.from_toml("themes = ["), "no TOML"),
        (lambda: Dictionary.from_dict({"theme": {}}), "did you mean 'themes'"),
        (lambda: Dictionary.from_dict({"themes": {"a": {"en": {"negativ": ["x"]}}}}), "'negative'"),
        (lambda: Dictionary.from_dict({"idioms": [{"patterns": ["x"]}]}), "needs a language"),
        (lambda: Dictionary.from_dict({"themes": {"a": "x"}}), "is a table"),
        (lambda: Dictionary(themes=[], tones={"en": {"nice": ["x"]}}), "not 'nice'"),
        (lambda: Dictionary(themes=[Theme(key="a", patterns={"en": ["x"]})] * 2), "two themes"),
        (lambda: Dictionary.default()["wating"], "did you mean 'waiting'"),
        (lambda: Dictionary.default().without("wating"), "did you mean 'waiting'"),
        (lambda: read("one text"), "many texts"),
        (lambda: read({"a": ["x"]}), "text="),
        (lambda: read({"a": ["x"]}, text="b"), "no column 'b'"),
        (lambda: read([3]), "row 0 holds 3"),
        (lambda: read(["x"], language=["en", "fr"]), "1 texts have 2 languages"),
        (lambda: read(["x"], language="anglais"), "no language"),
        (lambda: read(["x"], keep="all"), "keep is one of"),
        (lambda: read(["x"]).toned("bad"), "a tone is one of"),
    ],
)
def test_an_error_says_what_and_where(call: object, words: str) -> None:
    with pytest.raises((UsageError, NotFoundError, ColumnError)) as caught:
        call()  # type: ignore[operator]
    assert words in str(caught.value)


@pytest.mark.parametrize("pattern", ["(?:ab|a){1,3}b", r"a\w*b\w*c", "a ~ b ~ c", "(?:a?b?){0,6}c"])
@pytest.mark.parametrize("text", ["a" * 20_000, "ab" * 10_000, "a " * 10_000])
def test_patterns_that_pass_stay_fast(pattern: str, text: str) -> None:
    """Texts made to be hard for the worst patterns that are let through."""
    own = Dictionary(themes=[Theme(key="hard", patterns={"en": [pattern]})])
    started = time.process_time()
    read([text], dictionary=own, language="en")
    assert time.process_time() - started < 2


def test_signs_are_patterns_too() -> None:
    own = Dictionary(themes=[Theme(key="sign", patterns={"en": ["👍", r"\+1", "-ish"]})])
    found = read(["great👍👍", "+1", "quick-ish", "1"], dictionary=own, language="en")
    assert [len(each.mentions) for each in found] == [2, 1, 1, 0]


def test_a_pattern_does_not_run_into_the_next_text() -> None:
    own = Dictionary(themes=[Theme(key="both", patterns={"en": [r"wait[^.]{0,20}long", "wait"]})])
    found = read(["wait", "long", "wait so long"], dictionary=own, language="en")
    assert [[m.text for m in each.mentions] for each in found] == [["wait"], [], ["wait so long"]]


@given(st.text(alphabet="aé œßİ\u0301ﬁoO!'’ \n👍ⅷ", max_size=30))
def test_the_way_back_to_the_original(text: str) -> None:
    made = normalise(text)
    assert made.text == made.text.lower()
    assert "\n" not in made.text
    assert "  " not in made.text
    for place in range(len(made.text)):
        start, end = made.original(place, place + 1)
        assert 0 <= start < end <= len(text)
        # The character stands where it is said to stand.
        assert made.text[place] in normalise(text[start:end]).text


@given(st.text(max_size=30))
def test_any_text_can_be_read(text: str) -> None:
    found = read([text, "Rude staff"])
    assert found[1].themes == ("staff",)
    assert all(m.text in (found.texts[0] or "") for m in found[0].mentions)


@given(st.text(alphabet="ab()|*+?{}1,[]\\.~<> ", max_size=12))
def test_a_pattern_is_refused_or_works(pattern: str) -> None:
    try:
        made = prepared(pattern)
    except BadPatternError:
        return
    assert made.heads
    own = Dictionary(themes=[Theme(key="any", patterns={"en": [pattern]})])
    read(["ab a b aab", "b"], dictionary=own, language="en")
