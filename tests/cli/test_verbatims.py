"""`cxmetrics verbatims`: the numbers of the library, quotes without personal data."""

from __future__ import annotations

import csv
import json

import pytest

import cxmetrics as cx
from cxmetrics.datasets import company
from cxmetrics.records import Response
from cxmetrics.verbatims import Dictionary, impact, mismatch, quotes

ROWS = [
    (
        1,
        "Waited 40 minutes on the phone, call me: 06 12 34 56 78",
        "en",
        "Lyon",
        "waiting; contact",
    ),
    (2, "J'ai attendu 40 minutes au téléphone", "fr", "Lyon", "waiting"),
    (0, "An endless queue at the till", "en", "Paris", "waiting"),
    (10, "Friendly staff, thank you", "en", "Paris", "staff"),
    (9, "Personnel aimable, merci", "fr", "Lyon", "staff"),
    (10, "I waited for an hour", "en", "Paris", "-"),
    (8, "", "", "Paris", ""),
] * 4
ASKED = ("--text", "why", "--rating", "score")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "answers.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["score", "why", "tag", "shop", "said"])
        writer.writerows(ROWS)
    return str(path)


@pytest.fixture
def columns():
    names = ("score", "why", "tag", "shop", "said")
    return {n: list(v) for n, v in zip(names, zip(*ROWS, strict=True), strict=True)}


def test_json_is_what_the_library_says(run, file, columns):
    options = ("--theme", "waiting", "--quotes", "2", "--mismatch", "--by", "shop")
    result = run("verbatims", file, *ASKED, *options, "--format", "json")
    assert (result.exit_code, result.stderr) == (0, "")
    printed = json.loads(result.stdout)
    own = {"text": "why", "rating": "score"}
    expected = {
        "impact": impact(columns, by="shop", **own),
        "quotes": quotes(columns, theme="waiting", number=2, by="shop", **own),
        "mismatches": mismatch(columns, **own),
    }
    assert printed == json.loads(json.dumps({k: v.to_dict() for k, v in expected.items()}))
    assert "12 34 56" not in result.stdout


def test_tables_one_below_the_other(run, file):
    result = run("verbatims", file, *ASKED, "--mismatch", "--quotes", "1", "--by", "shop")
    text = " ".join(result.stdout.split())
    assert result.stdout.startswith("What goes with a worse score: Waiting")
    for part in ("Burden by shop", "as they were written", "<PHONE>", "say the opposite",
                 "line 7, rated 10, only blame: Waiting", "! NOT_EVALUATED"):  # fmt: skip
        assert part in text, part
    assert all(len(line) <= 80 for line in result.stdout.splitlines())


def test_a_language_and_a_dictionary_of_ones_own(run, file, tmp_path, columns):
    path = tmp_path / "own.toml"
    path.write_text('[themes.phone]\nen.patterns = ["phone"]\n', "utf-8")
    words = ("--dictionary", str(path), "--language", "tag")
    result = run("verbatims", file, *ASKED, *words, "--format", "json")
    printed = json.loads(result.stdout)["impact"]
    found = impact(columns, text="why", rating="score", language="tag",
                   dictionary=Dictionary.from_toml(path))  # fmt: skip
    assert printed == json.loads(json.dumps(found.to_dict()))
    assert printed["unread"] == 8  # French, which this dictionary does not speak
    told = run("verbatims", file, *ASKED, "--language", "en", "--format", "json")
    assert json.loads(told.stdout)["impact"]["unread"] == 0


def test_labels_say_how_far_people_agree(run, file):
    result = run("verbatims", file, *ASKED, "--labels", "said", "--format", "json")
    printed = json.loads(result.stdout)
    assert printed["evaluation"]["n"] == 24  # those without a text were not labelled
    waiting = next(t for t in printed["evaluation"]["themes"] if t["key"] == "waiting")
    assert (waiting["both"], waiting["read_only"], waiting["label_only"]) == (12, 4, 0)
    codes = [caution["code"] for caution in printed["impact"]["cautions"]]
    assert "NOT_EVALUATED" not in codes
    assert "24 labelled texts" in run("verbatims", file, *ASKED, "--labels", "said").stdout


def test_another_metric_and_scale(run, file, columns):
    options = ("--metric", "csat", "--scale", "0:10", "--option", "positive=9,10")
    result = run("verbatims", file, *ASKED, *options, "--format", "json")
    metric = cx.csat.using(scale=cx.zero_to_ten, positive={9, 10})
    found = impact(columns, text="why", rating="score", metric=metric)
    printed = json.loads(result.stdout)["impact"]
    assert printed == json.loads(json.dumps(found.to_dict()))


def test_a_store_knows_its_columns(run, tmp_path, monkeypatch):
    monkeypatch.setenv("CXMETRICS_KEY", str(tmp_path / "key"))
    made = [each for each in company(400, seed=1).records("responses") if each.verbatim]
    with cx.open_store(tmp_path / "cx.db") as store:
        store.put([each for each in made if isinstance(each, Response)], source="made")
        found = impact(store, where={"question": "nps"})
    asked = ("--store", str(tmp_path / "cx.db"), "--where", "question=nps")
    result = run("verbatims", *asked, "--mismatch", "--format", "json")
    assert result.exit_code == 0, result.stderr
    printed = json.loads(result.stdout)
    assert printed["impact"] == json.loads(json.dumps(found.to_dict()))
    assert printed["impact"]["texts"] == sum(each.question == "nps" for each in made)
    assert all(each["label"].startswith("R") for each in printed["mismatches"]["mismatches"])


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--rating", "score"), 2, "--text COL"),
        ((*ASKED, "--rating", "tag"), 2, "one column of ratings at a time"),
        ((*ASKED, "--metric", "nps", "--metric", "mean_rating"), 2, "one metric at a time"),
        ((*ASKED, "--theme", "wating"), 2, "did you mean 'waiting'"),
        (("--text", "wy", "--rating", "score"), 1, "did you mean 'why'"),
        ((*ASKED, "--sentiment", "oracle"), 2, "pip install cxmetrics-sentiment"),
        ((*ASKED, "--language", "de"), 1, "none of the 24 texts"),
        ((*ASKED, "--labels", "shop"), 2, "there is no theme 'Lyon'"),
        (("--text", "score", "--rating", "score"), 1, "is no text"),
    ],
)
def test_what_is_wrong_is_said_in_the_words_of_the_program(run, file, options, code, words):
    result = run("verbatims", file, *options)
    assert result.exit_code == code
    assert words in " ".join(result.stderr.split())


def test_a_label_that_is_no_theme_is_told_with_its_line(run, tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("q,t,l\n9,Great service,staff\n2,I waited,nonsense\n", encoding="utf-8")
    result = run("verbatims", str(path), "--text", "t", "--rating", "q", "--labels", "l")
    assert result.exit_code == 2
    assert "line 3: there is no theme 'nonsense'" in result.stderr


def test_without_a_rating_every_column_is_offered(run, tmp_path):
    path = tmp_path / "few.csv"
    path.write_text("q,t\n9,Great service\n", encoding="utf-8")
    assert "one of: q, t." in run("verbatims", str(path), "--text", "t").stderr


def test_ratings_of_a_satisfaction_are_not_taken_for_nps(run, tmp_path):
    path = tmp_path / "five.csv"
    path.write_text("q,t\n5,Great service\n,nothing\n2,I waited for hours\n", encoding="utf-8")
    asked = ("verbatims", str(path), "--text", "t", "--rating", "q")
    result = run(*asked)
    assert result.exit_code == 2
    assert "--metric csat" in result.stderr
    for metric in ("csat", "nps"):
        assert run(*asked, "--metric", metric).exit_code == 0
