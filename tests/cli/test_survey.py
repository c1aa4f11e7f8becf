"""`cxmetrics weight` and `cxmetrics plan`: the numbers, the shapes, every bad input."""

from __future__ import annotations

import csv
import json

import pytest

import cxmetrics as cx
from cxmetrics.survey import plan, rake

TARGETS = ("--target", "shop:Lyon=30", "--target", "shop:Paris=40", "--target", "shop:Nice=30")
ROWS = {
    "shop": ["Lyon", "Lyon", "Paris", "Paris", "Nice"],
    "score": [9, 10, 3, 8, 7],
    "w": [1, 2, 0.5, 1, 1],
    "wave": [2017, 2017, 2018, 2018, 2018],
}


def test_weight_says_what_the_library_says(run, answers):
    known = {"shop": {"Lyon": 0.3, "Paris": 0.4, "Nice": 0.3}}
    expected = rake(ROWS, targets=known, weight="w")
    command = ("weight", answers(), *TARGETS, "--weight", "w", "--metric", "nps")
    result = run(*command, "--rating", "score", "--format", "json")
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["score"] == cx.nps(expected, rating="score").summary()
    assert found["deff"] == expected.deff
    assert [row["category"] for row in found["margins"]["shop"]] == ["Lyon", "Nice", "Paris"]
    text = run(*command, "--rating", "score")
    assert "Raking on shop" in text.stdout
    assert "if the weights were taken for known" in text.stdout


def test_weights_go_back_to_the_rows(run, answers, tmp_path):
    book, out = tmp_path / "known.json", tmp_path / "out.csv"
    book.write_text(json.dumps({"wave": {"2017": 1, "2018": 99}}))
    result = run("weight", answers(), "--targets", str(book), "-o", str(out), "--name", "final")
    assert result.exit_code == 0, result.stderr
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["shop"] for row in rows] == ROWS["shop"]
    expected = rake(ROWS, targets={"wave": {2017: 0.01, 2018: 0.99}}).weights()
    assert [float(row["final"]) for row in rows] == pytest.approx(expected)
    again = run("measure", str(out), "--metric", "nps", "--rating", "score", "--weight", "final")
    assert again.exit_code == 0
    trimmed = run("weight", answers(), "--targets", str(book), "--trim", "2", "--format", "json")
    assert json.loads(trimmed.stdout)["trimmed"] >= 0


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        ((), 2, "--target COL:LABEL=SHARE"),
        (("--target", "shop"), 2, "--target sex:F=0.52"),
        (("--target", "shop:Lyon=.5"), 2, "add up to 0.5"),
        (("--target", "shpo:Lyon=1"), 1, "did you mean 'shop'"),
        (("--target", "shop:Lyon=.5", "--target", "shop:Paris=.5"), 1, "'Nice'"),
        ((*TARGETS[:4], "--target", "shop:Lille=30"), 1, "no target"),
        ((*TARGETS, "--metric", "nps"), 2, "belong together"),
        ((*TARGETS, "--metric", "nsp", "--rating", "score"), 2, "did you mean 'nps'"),
        ((*TARGETS, "--name", "w", "-o", "x.csv"), 2, "has a column 'w' already"),
        ((*TARGETS, "--trim", "0.1"), 2, "keeps the sum"),
        (("--targets", "absent.json"), 2, "can't be read"),
        ((*TARGETS, "--weight", "ww"), 1, "'ww'"),
    ],
)
def test_weight_refuses(run, answers, options, code, says):
    result = run("weight", answers(), *options)
    assert result.exit_code == code, result.stderr
    assert result.stdout == ""
    assert says in result.stderr
    assert "Traceback" not in result.stderr


def test_plan_says_what_the_library_says(run):
    result = run("plan", "--metric", "nps", "--margin", "5", "--response-rate", ".2")
    assert result.stdout == f"{plan(cx.nps, margin=5, response_rate=0.2)}\n"
    found = run("plan", "--metric", "csat", "--difference", "4", "--expect", "5=75", "--expect")
    assert found.exit_code == 2
    told = run(
        *("plan", "--metric", "csat", "--difference", "4", "--expect", "5=75", "--expect", "2=25"),
        *("--format", "json"),
    )
    expected = plan(cx.csat, difference=4, expected={5: 75, 2: 25})
    assert json.loads(told.stdout) == json.loads(json.dumps(expected.to_dict()))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), "--margin, --difference or --answers"),
        (("--margin", "5", "--difference", "4"), "say what you want"),
        (("--margin", "5", "--expect", "ten=1"), "--expect 9=0.25"),
        (("--margin", "5", "--metric", "nsp"), "did you mean 'nps'"),
        (("-n", "1"), "at least 2"),
        (("--margin", "5", "--level", "95"), "did you mean 0.95"),
    ],
)
def test_plan_refuses(run, options, says):
    result = run("plan", *options)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert says in result.stderr


def test_what_is_declared_of_the_sample_is_repeated(run, answers):
    asked = ("measure", answers(), "--metric", "nps", "--rating", "score")
    result = run(*asked, "--declare", "self-selected", "--format", "json")
    assert result.exit_code == 0, result.stderr
    assert "SELF_SELECTED" in result.stdout
    assert "SELF_SELECTED" not in run(*asked, "--format", "json").stdout
    assert "! people chose themselves" in run(*asked, "--declare", "self-selected").stdout
