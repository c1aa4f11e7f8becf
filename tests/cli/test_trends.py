"""`cxmetrics compare` and `trend`: the numbers of the library, in tables and JSON."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import cxmetrics as cx
from cxmetrics.trends import control_chart, decompose, minimum_detectable, year_on_year

NPS = ("--metric", "nps", "--rating", "score")


@pytest.fixture
def sfo(shared):
    return str(shared / "data" / "sfo" / "sfo_2017_2018_tidy.csv")


@pytest.fixture
def months(tmp_path):
    """Two years of months; the last four are worse."""
    dice = np.random.default_rng(0)
    labels = [f"{year}-{month:02}" for year in (2024, 2025) for month in range(1, 13)]
    frame = pd.DataFrame(
        {
            "month": np.repeat(labels, 80),
            "score": np.concatenate(
                [
                    dice.choice([3, 8, 10], 80, p=[0.2, 0.3, 0.5] if i < 20 else [0.5, 0.3, 0.2])
                    for i in range(24)
                ]
            ),
            "shop": dice.choice(["Lyon", "Nice"], 24 * 80),
        }
    )
    path = tmp_path / "months.csv"
    frame.to_csv(path, index=False)
    return str(path), frame


def test_compare_prints_what_the_library_says(run, sfo):
    asked = ("--metric", "nps", "--rating", "recommend", "--by", "wave", "--weight", "weight")
    result = run("compare", sfo, *asked, "--format", "json")
    assert (result.exit_code, result.stderr) == (0, "")
    (found,) = json.loads(result.stdout)
    scores = cx.nps(pd.read_csv(sfo), rating="recommend", by="wave", weight="weight")
    pairs = scores.compare()
    assert found["pairs"] == [
        {**pair, "detectable": minimum_detectable(own)}
        for pair, own in zip(json.loads(json.dumps(pairs.to_dict()["pairs"])), pairs, strict=True)
    ]
    table = " ".join(run("compare", sfo, *asked).stdout.split())
    assert "2017 − 2018 +5.3 +1.1 to +9.5 0.014*" in table


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (("--by", "month"), 24 * 23 // 2),
        (("--by", "month", "--with", "before"), 23),
        (("--by", "month", "--with", "rest"), 24),
        (("--by", "month", "--with", "year-before"), 12),
        (("--by", "month", "--pair", "2025-12", "2025-01"), 1),
        (("--by", "shop", "--by", "month", "--where", "month=2025-12"), 1),
    ],
)
def test_compare_what_is_asked(run, months, options, count):
    result = run("compare", months[0], *NPS, *options, "--adjust", "bh", "--format", "json")
    (found,) = json.loads(result.stdout)
    assert (found["adjustment"], len(found["pairs"])) == ("bh", count)


def test_compare_with_the_year_before(run, months):
    path, frame = months
    result = run(
        "compare", path, *NPS, "--by", "month", "--with", "year-before", "--format", "json"
    )
    expected = year_on_year(cx.nps(frame, rating="score", by="month"))
    (found,) = json.loads(result.stdout)
    assert [p["p_adjusted"] for p in found["pairs"]] == [p.p_adjusted for p in expected]
    assert (
        "2025-01 − 2024-01"
        in run("compare", path, *NPS, "--by", "month", "--with", "year-before").stdout
    )


def test_compare_items_of_wide_data(run, answers):
    result = run(
        "compare", answers(("stars", "other")), *NPS, "--rating", "other", "--format", "json"
    )
    (found,) = json.loads(result.stdout)
    assert found["pairs"][0]["test"] == "t with covariance of shared units"


def test_trend_prints_what_the_library_says(run, months):
    path, frame = months
    options = ("--time", "month", "--segment", "shop", "--baseline", "20")
    result = run("trend", path, *NPS, *options, "--format", "json")
    assert (result.exit_code, result.stderr) == (0, "")
    (found,) = json.loads(result.stdout)
    scores = cx.nps(frame, rating="score", by="month")
    expected = control_chart(scores, baseline=20).to_dict()
    assert found["control"] == json.loads(json.dumps(expected))
    assert found["cusum"]["first"] in {"2025-09", "2025-10"}
    assert [change["at"] for change in found["change_points"]["changes"]] == ["2025-09"]
    by_shop = cx.nps(frame, rating="score", by=["month", "shop"])
    assert found["decomposition"]["rate"] == pytest.approx(decompose(by_shop, time="month").rate)
    assert found["notes"] == []


def test_trend_table(run, months):
    text = run("trend", months[0], *NPS, "--time", "month", "--baseline", "20").stdout
    lines = text.splitlines()
    assert lines[0].startswith("NPS of score by month")
    assert sum(line.endswith("out") for line in lines) >= 2
    assert "first signal 2025-" in text
    assert "1 step" in text


def test_two_waves_leave_notes_and_the_split(run, sfo):
    asked = ("--metric", "nps", "--rating", "recommend", "--time", "wave")
    result = run("trend", sfo, *asked, "--segment", "boarding_area", "--format", "json")
    (found,) = json.loads(result.stdout)
    assert found["control"] is None
    assert found["change_points"] is None
    assert round(found["decomposition"]["change"], 1) == -8.9
    assert any("'wave' has 2 periods with answers (2017, 2018)" in note for note in found["notes"])
    assert run("trend", sfo, *asked).exit_code == 1


def test_a_chart_is_written(run, months, tmp_path):
    path = tmp_path / "chart.svg"
    result = run("trend", months[0], *NPS, "--time", "month", "--plot", str(path))
    assert result.exit_code == 0
    assert "outside their limits" in path.read_text("utf-8")


@pytest.mark.parametrize(
    ("verb", "arguments", "code", "words"),
    [
        ("compare", (*NPS,), 2, "--by COL"),
        ("compare", (*NPS, "--by", "shp"), 1, "did you mean 'shop'?"),
        ("compare", (*NPS, "--by", "shop", "--pair", "Lion", "Nice"), 2, "did you mean 'Lyon'?"),
        ("compare", (*NPS, "--by", "shop", "--test", "welsh"), 2, "did you mean 'welch'?"),
        ("compare", (*NPS, "--by", "shop", "--with", "year-before"), 1, "a year before"),
        ("compare", (*NPS, "--by", "shop", "--by", "wave", "--pair", "a", "b"), 2, "--by once"),
        ("trend", (*NPS,), 2, "--time"),
        ("trend", (*NPS, "--time", "wav"), 1, "did you mean 'wave'?"),
        ("trend", (*NPS, "--time", "wave"), 1, "2 periods"),
        ("trend", (*NPS, "--rating", "stars", "--time", "wave"), 2, "--rating once"),
        ("trend", (*NPS, "--time", "wave", "--segment", "wave"), 2, "at once"),
        ("trend", ("--rating", "score", "--time", "wave"), 2, "--metric NAME"),
    ],
)
def test_errors_say_what_to_do(run, answers, verb, arguments, code, words):
    result = run(verb, answers(), *arguments)
    assert result.exit_code == code
    assert words in result.stderr
    assert result.stdout == ""
