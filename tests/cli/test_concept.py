"""`cxmetrics concept`: options from signatures, files without types, errors on their lines."""

from __future__ import annotations

import json
import random
import re
import shlex
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal

import pytest

import cxmetrics as cx
from cxmetrics.cli.examples import EXAMPLES, example
from cxmetrics.cli.signature import keywords, typed
from cxmetrics.datasets import company
from cxmetrics.errors import UsageError
from cxmetrics.plugins import registry
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


# -- examples --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Write the files that the examples name."""
    folder = tmp_path_factory.mktemp("files")
    company(customers=1500, seed=5).write(folder)
    draw = random.Random(5)
    truths = ("knows", "likes", "asked", "bought", "recommended", "wrote", "warned")
    rows = ["who,team,shop,q1,q2,q3,q4," + ",".join(truths)]
    for place in range(60):
        mood = draw.gauss(0, 1)
        felt = [min(5, max(1, round(3 + mood + draw.gauss(0, 0.7)))) for _ in range(4)]
        said = [draw.choice(("yes", "yes", "no")) for _ in truths]
        who = ("customer", "manager")[place % 2]
        rows.append(",".join(map(str, (who, "ab"[place % 2], "xy"[place % 2], *felt, *said))))
    (folder / "survey.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def test_every_example_of_the_help_can_be_typed(run, files, monkeypatch):
    monkeypatch.chdir(files)
    for name in [one.name for one in registry.every("concept") if not one.verb]:
        assert name in EXAMPLES
        shown = run("concept", name, "--help").stdout.partition("Example:\n")[2]
        typed = shown.partition("\n\n")[0].replace("\\\n", " ")
        result = run(*shlex.split(typed)[1:])
        assert result.exit_code == 0, (typed, result.stderr)
        assert "…" not in result.stdout


def test_a_plugins_concept_says_what_it_needs():
    class Own:
        name = "my_own"

    assert example(Own, keywords(made)) == ["cxmetrics concept my-own FILE --column COL"]


# -- the words of the command line -----------------------------------------------------------------


def test_keywords_of_python_become_options():
    known = keywords(made)
    for python, told in {
        "say column=… (a column), or many=3.": "say --column COL (a column), or --many 3.",
        "say columns=['a', 'b'].": "say --columns a --columns b.",
        "boxes={4, 5} with scale=zero_to_ten": "--boxes 4,5 with --scale 0:10",
        "word='two' needs parts=, by name": "--word two needs --parts, by name",
        "a column of parts": "a column of parts",
    }.items():
        assert typed(python, known) == told


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("good-experience", "--items q1", "say what is good: --at-least 4, or --good 4,5;"),
        ("irritants", "", "say --items COL (a column an issue) or --issue COL"),
        ("delivery-gap", "--rating q1", "Say --side COL for another."),
        ("barometer", "--criteria q1 --scale 1:5", "write --criteria NAME=COL,COL."),
        ("five-a", "", "cxmetrics concept five-a --help says which option names another."),
        ("five-a", "--stages aware=none --stages act=bought", "say --advocate one of"),
        ("wow", "--rating q1 --scale 1:5 --surprise shop", "--surprise takes a column of yes"),
        ("nps", "", "cxmetrics measure FILE --metric nps --rating COL"),
    ],
)
def test_errors_are_in_the_words_of_the_command_line(run, files, name, options, words):
    result = run("concept", name, str(files / "survey.csv"), *options.split())
    assert result.exit_code in {1, 2}
    assert words in result.stderr
    assert not re.search(r"\b\w+=[…\[{']", result.stderr)
    assert ("says which option" in result.stderr) == ("says which option" in words)


def test_notes_and_cautions_are_too(run, tmp_path):
    path = tmp_path / "turned.csv"
    rows = "".join(f"{q},{q},{q},{6 - q}\n" for q in (1, 2, 3, 4, 5) * 8)
    path.write_text("a,b,d,c\n" + rows, encoding="utf-8")
    result = run("concept", "index", str(path), "--items", "a,b,c,d", "--scale", "1:5")
    assert "REVERSED_ITEM" in result.stdout
    assert "say --reverse c" in result.stdout


def test_the_value_that_is_no_number_is_named_not_the_first_one(run, tmp_path):
    path = tmp_path / "mixed.csv"
    path.write_text("needs,ease\n5,4\n4,4\nn/a,2\n", encoding="utf-8")
    asked = ("concept", "cxi", str(path), "--items", "needs", "--items", "ease")
    result = run(*asked)
    assert result.exit_code == 1
    assert "'n/a' on line 4" in result.stderr
    assert "--missing n/a" in result.stderr
    assert run(*asked, "--missing", "n/a").exit_code == 0


def test_columns_may_be_typed_with_commas_unless_a_column_is_called_so(run, tmp_path):
    path = tmp_path / "odd.csv"
    path.write_text('a,b,"a,b"\n' + "5,5,1\n4,4,2\n5,4,1\n" * 4, encoding="utf-8")
    asked = ("concept", "index", str(path), "--scale", "1:5", "--format", "json", "--items")
    assert list(json.loads(run(*asked, "b, a").stdout)["items"]) == ["b", "a"]
    assert list(json.loads(run(*asked, "a,b").stdout)["items"]) == ["a,b"]


def test_a_journey_by_name_is_an_order(run, files):
    options = [
        "--rating",
        "felt",
        "--scale=-5:5",
        "--step",
        "stage",
        "--order",
        "five_phases",
        "--format",
        "json",
    ]
    result = run("concept", "emotion-curve", str(files / "interactions.csv"), *options)
    assert result.exit_code == 0, result.stderr
    assert "support" in result.stdout
    assert "UNKNOWN_STAGE" not in result.stdout


def test_every_concept_keeps_rows_and_reads_a_sheet_by_its_name(run, tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["nothing"])
    sheet = book.create_sheet("Answers")
    for row in [("who", "q", "y"), *[("customer", 4, 1), ("employee", 2, 1)] * 9, ("x", 1, 2)]:
        sheet.append(row)
    path = str(tmp_path / "two.xlsx")
    book.save(path)
    options = ("--sheet", "Answers", "--side", "who", "--dimensions", "q=q", "--where", "y=1")
    result = run("concept", "mirror", path, *options)
    assert result.exit_code == 0, result.stderr
    assert run("measure", path, "--metric", "csat", "--rating", "q").exit_code == 1
    wanted = ("measure", path, "--metric", "csat", "--rating", "q", "--sheet", "Answers")
    assert run(*wanted).exit_code == 0
    assert "--sheet is for files" in run("measure", "--store", "x", *wanted[2:]).stderr


def test_a_store_is_asked_for_answers_and_its_times_are_times(run, tmp_path):
    made = company(customers=300, seed=5)
    path = str(tmp_path / "cx.db")
    with cx.open_store(path) as store:
        store.put(made.records("responses"), source="demo")
    asked = ("concept", "hot-cold", "--store", path, "--rating", "nps", "--happened", "asked_at")
    every = run(*asked, "--format", "json")
    assert every.exit_code == 0, every.stderr
    kept = run(*asked, "--where", "question=nps", "--where", "persona=loyal", "--format", "json")
    assert kept.exit_code == 0, kept.stderr
    assert json.loads(kept.stdout) != json.loads(every.stdout)


def test_what_is_declared_of_the_sample_goes_with_every_result(run, files):
    asked = ("concept", "cxi", str(files / "survey.csv"), "--items", "q1,q2,q3")
    shown = run(*asked, "--declare", "panel").stdout
    assert shown.startswith("! the same people are asked")
    told = json.loads(run(*asked, "--declare", "panel", "--format", "json").stdout)
    assert told["cautions"][0]["code"] == "PANEL_CONDITIONING"
    assert "PANEL" not in run(*asked, "--format", "json").stdout


def test_a_concept_asked_for_as_a_metric_says_where_it_is(run, files):
    asked = ("measure", str(files / "survey.csv"), "--rating", "q1", "--metric")
    for name in ("five-a", "cxi", "themes"):
        result = run(*asked, name)
        assert result.exit_code == 2
        assert f"cxmetrics metrics {name.replace('-', '_')}" in result.stderr
    assert "did you mean 'csat'" in run(*asked, "cast").stderr
