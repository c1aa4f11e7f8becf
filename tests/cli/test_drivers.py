"""`cxmetrics drivers`: the numbers of the library, its errors in the words of the program."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import cxmetrics as cx
from cxmetrics.items import drivers

ASKED = ("--outcome", "recommend", "--driver", "wifi", "--driver", "restaurants")
SCALES = ("--scale", "1:5", "--outcome-scale", "0:10")


@pytest.fixture
def sfo(shared):
    return str(shared / "data" / "sfo" / "sfo_2017_2018_tidy.csv")


def test_json_is_what_the_library_says(run, sfo):
    options = ("--weight", "weight", "--gaps", "pairwise", "--where", "wave=2018", *SCALES)
    result = run("drivers", sfo, *ASKED, *options, "--format", "json")
    assert (result.exit_code, result.stderr) == (0, "")
    printed = json.loads(result.stdout)
    found = drivers(
        pd.read_csv(sfo),
        outcome="recommend",
        items=["wifi", "restaurants"],
        scale=cx.one_to_five,
        outcome_scale=cx.zero_to_ten,
        weight="weight",
        where={"wave": 2018},
        gaps="pairwise",
    )
    priorities = printed.pop("priorities")
    assert printed == json.loads(json.dumps(found.summary()))
    assert [row["name"] for row in priorities] == list(found)


def test_table_has_a_row_a_driver_and_says_how(run, sfo):
    result = run("drivers", sfo, *ASKED, *SCALES)
    lines = result.stdout.splitlines()
    assert lines[0].startswith("Drivers of recommend: R² 0.")
    assert [line.split()[0] for line in lines[4:6]] == ["restaurants", "wifi"]
    text = " ".join(result.stdout.split())
    assert "Association, not cause." in text
    assert "of the rows miss an item" in text


def test_a_chart_is_written(run, sfo, tmp_path):
    path = tmp_path / "matrix.svg"
    result = run("drivers", sfo, *ASKED, *SCALES, "--plot", str(path))
    assert result.exit_code == 0
    assert "improve first" in path.read_text("utf-8")
    assert str(path) in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--outcome", "score"), 2, "--driver COL"),
        (("--driver", "stars"), 2, "--outcome"),
        (("--outcome", "score", "--driver", "score"), 2, "the outcome and a driver at once"),
        (("--outcome", "score", "--driver", "star"), 1, "did you mean 'stars'?"),
        (("--outcome", "score", "--driver", "shop"), 1, "no number"),
        (("--outcome", "score", "--driver", "stars", "--scale", "1:4"), 1, "5 (line 2)"),
        (("--outcome", "score", "--driver", "stars", "--level", "95"), 2, "did you mean 0.95"),
        (("--outcome", "score", "--driver", "stars", "--where", "shop=Lyon"), 1, "at least 3"),
    ],
)
def test_errors_say_what_to_do(run, answers, arguments, code, words):
    result = run("drivers", answers(), *arguments)
    assert result.exit_code == code
    assert words in result.stderr
    assert result.stdout == ""
