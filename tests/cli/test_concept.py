"""`cxmetrics concept`: options from signatures, files without types, errors on their lines."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal

import pytest

import cxmetrics as cx
from cxmetrics.cli.signature import keywords
from cxmetrics.errors import UsageError
from cxmetrics.scale import Scale


@pytest.fixture
def survey(tmp_path):
    path = tmp_path / "survey.csv"
    path.write_text(
        "aware,appeal,ask,act,advocate,shop\n"
        "yes,yes,no,yes,no,Lyon\n"
        "yes,no,no,no,no,Lyon\n"
        "no,no,no,no,no,Lille\n"
        "True,false,,true,yes,Lille\n",
        encoding="utf-8",
    )
    return str(path)


def test_yes_and_no_are_read_as_what_they_are(run, survey):
    result = run("concept", "five-a", survey, "--format", "json")
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert told["par"]["value"] == 0.5  # the row without an answer is left out
    assert told["cautions"][0]["code"] == "INCOMPLETE_ROWS"


def test_the_table_says_what_the_library_says(run, tmp_path):
    path = tmp_path / "both.csv"
    path.write_text("who;q\n" + "firm;4,0\n" * 30 + "us;2,0\n" * 30, encoding="utf-8")
    options = ("--side", "who", "--company", "firm", "--customers", "us", "--rating", "q")
    result = run("concept", "delivery-gap", str(path), *options, "--decimal", ",")
    assert result.exit_code == 0, result.stderr
    assert "+100.0 pts" in result.stdout
    assert "semicolon" in result.stderr


def test_times_are_read_as_times(run, tmp_path):
    path = tmp_path / "times.csv"
    path.write_text(
        "rating,happened_at,answered_at\n"
        + "10,2026-03-01T09:00,2026-03-01 10:00\n" * 5
        + "3,2026-03-01T09:00,2026-03-08 10:00\n" * 5,
        encoding="utf-8",
    )
    result = run("concept", "hot-cold", str(path), "--format", "json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["gap"]["value"] == -200


def test_errors_name_the_line_and_the_close_words(run, survey, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text("who,q\ncompany,4\ncustomers,9\n", encoding="utf-8")
    result = run("concept", "delivery-gap", str(path), "--side", "who", "--rating", "q")
    assert result.exit_code == 1
    assert "line 3" in result.stderr
    result = run("concept", "fiveA", survey)
    assert result.exit_code == 2
    assert "did you mean 'five_a'" in result.stderr
    result = run("concept", "five-a", survey, "--stages", "aware")
    assert result.exit_code == 2
    assert "NAME=" in result.stderr


def test_a_concept_with_a_verb_of_its_own_says_it(run, monkeypatch):
    from cxmetrics.plugins import registry

    own = [one for one in registry.every("concept") if one.verb]
    for concept in own:
        result = run("concept", concept.name, "--help")
        assert result.exit_code == 2
        assert concept.verb in result.stderr


# -- signatures ------------------------------------------------------------------------------------


def made(
    data: Any,
    *,
    column: str,
    columns: Sequence[str] = (),
    boxes: Collection[float] = (4, 5),
    parts: Mapping[str, Sequence[str]] | None = None,
    weights: Mapping[str, float] | None = None,
    scale: Scale | Mapping[str, Scale] | None = None,
    word: Literal["one", "two"] = "one",
    span: timedelta = timedelta(days=2),
    many: int = 3,
    thing: object = None,
) -> None:
    """Do it.

    Args:
        data: the rows.
        column: the column of ratings; there is one.
        columns: more of them.
        boxes: what counts. And more.
        parts: by name.
        weights: by name.
        scale: of it.
        word: one of two.
        span: how long.
        many: how many.
        thing: not for the command line.
    """


def test_keywords_say_kind_default_and_the_first_sentence():
    found = {keyword.name: keyword for keyword in keywords(made)}
    kinds = {name: keyword.kind for name, keyword in found.items()}
    assert kinds == {
        "column": "text",
        "columns": "texts",
        "boxes": "numbers",
        "parts": "lists",
        "weights": "weights",
        "scale": "scale",
        "word": "choice",
        "span": "span",
        "many": "whole",
    }
    assert found["column"].help == "The column of ratings."
    assert found["boxes"].help == "What counts."
    assert found["column"].option().required
    assert found["boxes"].read("1,2.5") == (1, 2.5)
    assert found["parts"].read(("a=x,y", "b=z")) == {"a": ("x", "y"), "b": ("z",)}
    assert found["weights"].read(("a=.5",)) == {"a": 0.5}
    assert found["span"].read("90min") == timedelta(minutes=90)
    assert "[default: 48h]" in str(found["span"].option().help)


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("boxes", "1,two", "no number"),
        ("span", "2 fortnights", "such as 48h"),
        ("weights", ("a=x",), "no number"),
        ("parts", ("a=x", "a=y"), "twice"),
        ("parts", ("ax",), "NAME="),
    ],
)
def test_what_is_typed_wrong_is_told(name, typed, words):
    keyword = {keyword.name: keyword for keyword in keywords(made)}[name]
    with pytest.raises(UsageError, match=words):
        keyword.read(typed)


def test_a_keyword_that_must_be_given_and_cannot_be_typed_is_a_fault():
    def wrong(data: Any, *, thing: cx.Batch[Any]) -> None:
        """Do it."""

    with pytest.raises(TypeError, match="can't be typed"):
        keywords(wrong)
