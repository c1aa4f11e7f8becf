"""`cxmetrics measure`: the numbers, the shapes of the output, every bad input."""

from __future__ import annotations

import csv
import io
import json

import pytest

import cxmetrics as cx

NPS = ("--metric", "nps", "--rating", "score")
KEYS = [
    "metric",
    "group",
    "value",
    "unit",
    "interval",
    "standard_error",
    "n",
    "n_missing",
    "n_effective",
    "deff",
    "parts",
    "cautions",
]


def test_json_is_a_list_of_score_objects_with_stable_keys_and_nothing_else(run, answers):
    result = run("measure", answers(), *NPS, "--by", "shop", "--by", "wave", "--format", "json")
    assert result.exit_code == 0
    assert result.stderr == ""
    found = json.loads(result.stdout)
    assert [score["group"] for score in found] == [
        {"shop": "Lyon", "wave": 2017},
        {"shop": "Nice", "wave": 2018},
        {"shop": "Paris", "wave": 2018},
    ]
    for score in found:
        assert list(score) == KEYS
        assert list(score["parts"]) == ["detractors", "passives", "promoters"]
    assert list(found[0]["interval"]) == ["low", "high", "level", "method"]
    assert list(found[0]["cautions"][0]) == ["code", "message"]
    assert found[1]["interval"] is None  # a group of one
    assert found[1]["standard_error"] is None
    assert {caution["code"] for caution in found[1]["cautions"]} >= {"NO_INTERVAL", "SMALL_SAMPLE"}


def test_json_is_what_the_library_says(run, answers):
    data = {"score": [9, 10, 3, 8, 7], "w": [1, 2, 0.5, 1, 1], "who": list("abacd")}
    score = cx.nps(data, rating="score", weight="w", unit="who", level=0.9)
    result = run(
        *("measure", answers(), *NPS, "--weight", "w", "--unit", "who", "--level", ".9"),
        *("--format", "json"),
    )
    assert json.loads(result.stdout) == [score.summary()]


@pytest.mark.parametrize(("wave", "points"), [(2017, 40.4), (2018, 35.1)])
def test_real_survey_weighted(run, shared, wave, points):
    file = str(shared / "data" / "sfo" / "sfo_2017_2018_tidy.csv")
    common = ("measure", file, "--metric", "nps", "--rating", "recommend", "--weight", "weight")
    one = json.loads(run(*common, "--where", f"wave={wave}", "--format", "json").stdout)
    assert [round(score["value"], 1) for score in one] == [points]
    both = json.loads(run(*common, "--by", "wave", "--format", "json").stdout)
    assert next(s for s in both if s["group"] == {"wave": wave})["value"] == one[0]["value"]
    assert f"+{points}" in run(*common, "--by", "wave").stdout


def test_csv_has_one_row_a_group(run, answers):
    result = run("measure", answers(), *NPS, "--by", "shop", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [(row["shop"], float(row["value"]), row["n"]) for row in rows] == [
        ("Lyon", 100.0, "2"),
        ("Nice", 0.0, "1"),
        ("Paris", -50.0, "2"),
    ]
    assert rows[1]["low"] == ""
    assert "SMALL_SAMPLE" in rows[0]["cautions"].split()


def test_a_group_column_that_a_csv_can_not_name_twice(run, answers):
    path = answers(("wave", "n"))
    refused = run("measure", path, *NPS, "--by", "n", "--format", "csv")
    assert refused.exit_code == 2
    assert "a column 'n' of its own: rename yours" in refused.stderr
    found = json.loads(run("measure", path, *NPS, "--by", "n", "--format", "json").stdout)
    assert [score["group"] for score in found] == [{"n": 2017}, {"n": 2018}]


def test_several_metrics_share_one_pass(run, answers):
    result = run(
        *("measure", answers(), "--metric", "csat", "--metric", "mean_rating"),
        *("--rating", "stars", "--format", "json"),
    )
    found = json.loads(result.stdout)
    assert [(s["metric"], round(s["value"], 2)) for s in found] == [
        ("csat", 60.0),
        ("mean_rating", 3.6),
    ]


def test_several_rating_columns_are_items(run, answers):
    result = run(
        *("measure", answers(), "--metric", "top_box", "--scale", "0:10", "--option", "boxes=2"),
        *("--rating", "score", "--rating", "stars", "--format", "json"),
    )
    assert [(s["group"], s["value"]) for s in json.loads(result.stdout)] == [
        ({"item": "score"}, 40.0),
        ({"item": "stars"}, 0.0),
    ]


@pytest.mark.parametrize(
    ("asked", "value"),
    [
        (("--metric", "csat", "--scale", "0:10", "--option", "positive=9,10"), 40.0),
        (("--metric", "csat", "--scale", "0:10", "--option", "positive=10"), 20.0),
        (("--metric", "mean_rating", "--scale", "0:10", "--option", "percent=true"), 74.0),
        (("--metric", "nps", "--missing", "3"), None),
        (("--metric", "nps", "--where", "shop=Lyon", "--where", "shop=Nice"), 200 / 3),
        (("--metric", "nps", "--where", "shop=Paris", "--where", "wave=2018"), -50.0),
        (("--metric", "mean_rating", "--scale", "0:10!"), 7.4),
    ],
)
def test_options(run, answers, asked, value):
    result = run("measure", answers(), *asked, "--rating", "score", "--format", "json")
    if value is None:  # a code on the scale can't also mean "no answer"
        assert result.exit_code == 2
        assert "missing code 3" in result.stderr
    else:
        assert json.loads(result.stdout)[0]["value"] == pytest.approx(value)


def test_missing_codes_are_counted_and_left_out(run, answers):
    path = answers(("Paris,8", "Paris,99"), ("Nice,7", "Nice,n/a"))
    result = run("measure", path, *NPS, "--missing", "99", "--missing", "n/a", "--format", "json")
    score = json.loads(result.stdout)[0]
    assert (score["n"], score["n_missing"]) == (3, 2)
    assert score["value"] == pytest.approx(100 / 3)


def test_off_scale_is_refused_or_set_aside_and_said(run, answers):
    path = answers(("Paris,8", "Paris,11"))
    result = run("measure", path, *NPS, "--off-scale", "set-aside", "--format", "json")
    score = json.loads(result.stdout)[0]
    assert (score["n"], score["value"]) == (4, 25.0)
    assert [c["code"] for c in score["cautions"]] == ["SMALL_SAMPLE", "OFF_SCALE"]


def test_semicolons_and_decimal_commas(run, answers):
    path = answers(("0.5", "0.25"), (",", ";"), (".", ","))
    command = ("measure", path, *NPS, "--weight", "w", "--format", "json")
    refused = run(*command)
    assert refused.exit_code == 1
    assert refused.stdout == ""
    for part in ("'w'", "'0,25'", "line 4", "--decimal ,"):
        assert part in refused.stderr
    read = run(*command, "--decimal", ",")
    assert json.loads(read.stdout)[0]["value"] == pytest.approx(100 * 2.75 / 5.25)
    assert "read as semicolon-separated" in read.stderr


def test_latin_1(run, answers):
    path = answers(("Lyon", "Orléans"), encoding="latin-1")
    refused = run("measure", path, *NPS, "--by", "shop")
    assert refused.exit_code == 1
    assert "line 2" in refused.stderr
    assert "--encoding cp1252" in refused.stderr
    for encoding in ("latin-1", "cp1252"):
        read = run("measure", path, *NPS, "--by", "shop", "--encoding", encoding)
        assert "Orléans" in read.stdout


@pytest.mark.parametrize(
    ("change", "options", "says"),
    [
        (("Paris,8", "Paris,11"), (), ["'score'", "11 (line 5)", "--off-scale set-aside"]),
        (("Paris,8", "Paris,11"), ("--where", "wave=2018"), ["11 (line 5)"]),
        (("Paris,8", "Paris,8.5"), (), ["'score'", "8.5 (line 5)", "0-10"]),
        (("Paris,8", "Paris,ten"), (), ["'score'", "'ten' on line 5", "--missing ten"]),
        (("Paris,8", "Paris,NaN"), (), ["'NaN' on line 5", "--missing NaN"]),
        (("Paris,8", "Paris,inf"), (), ["'inf' on line 5"]),
        (("Paris,8", "Paris,-1"), (), ["-1 (line 5)"]),
        (("0.5", "-0.5"), ("--weight", "w"), ["'w'", "negative", "line 4", "--where COL=VALUE"]),
        (("0.5", ""), ("--weight", "w"), ["'w'", "missing", "line 4"]),
        (("0.5", "inf"), ("--weight", "w"), ["'inf' on line 4"]),
        (("", ""), ("--by", "shp"), ["'shp'", "did you mean 'shop'"]),
        (("", ""), ("--weight", "weight"), ["'weight'"]),
        (("", ""), ("--where", "shop=Pris"), ["shop=Pris", "did you mean 'Paris'"]),
        (("", ""), ("--where", "shop=Nice", "--where", "wave=2017"), ["no row is left"]),
        (("", ""), ("--scale", "1:10"), ["1-10", "--option detractor_max=6"]),
        (("wave", "shop"), (), ["two columns called 'shop'"]),
        (("Paris,8,4", "Paris,8"), (), ["line 5", "5 columns"]),
    ],
)
def test_data_that_cant_be_measured_exit_1_and_say_what_where_and_what_to_do(
    run, answers, change, options, says
):
    result = run("measure", answers(change), *NPS, *options)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.stderr
    assert "in Python" not in result.stderr
    for part in says:
        assert part in result.stderr


def test_all_weights_zero(run, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("score,w\n9,0\n8,0\n")
    result = run("measure", str(path), *NPS, "--weight", "w")
    assert result.exit_code == 1
    assert "all weights in 'w' are zero" in result.stderr


@pytest.mark.parametrize(("content", "says"), [("", "empty"), ("score\n", "no rows")])
def test_nothing_to_measure(run, tmp_path, content, says):
    path = tmp_path / "a.csv"
    path.write_text(content)
    result = run("measure", str(path), *NPS)
    assert result.exit_code == 1
    assert says in result.stderr


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), "which metric? Say --metric NAME"),
        (("--metric", "nps"), "--rating COL, one of: shop, score"),
        (("--metric", "npss", "--rating", "score"), "did you mean 'nps'"),
        ((*NPS, "--scale", "high"), "low:high"),
        ((*NPS, "--level", "95"), "did you mean 0.95"),
        ((*NPS, "--method", "wilsn"), "did you mean 'wilson'"),
        ((*NPS, "--method", "wilson"), "adjusted_wald"),
        ((*NPS, "--option", "detractor_mx=5"), "did you mean 'detractor_max'"),
        ((*NPS, "--option", "detractor_max"), "--option headline=share"),
        ((*NPS, "--option", "detractor_max=low"), "detractor_max is a number"),
        (("--metric", "top_box", "--option", "boxes=1.5"), "boxes is a whole number"),
        (("--metric", "mean_rating", "--option", "percent=maybe"), "percent is true or false"),
        ((*NPS, "--where", "shop"), "--where shop=Lyon"),
        ((*NPS, "--metric", "nps"), "two metrics are called 'nps'"),
        ((*NPS, "--decimal", "'"), "decimal sign"),
        ((*NPS, "--delimiter", "ab"), "delimiter 'ab'"),
        ((*NPS, "--encoding", "utf-99"), "utf-99"),
        ((*NPS, "--fomat", "json"), "--format"),
    ],
)
def test_wrong_usage_exits_2(run, answers, options, says):
    result = run("measure", answers(), *options)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert says in result.stderr


def test_more_groups_than_can_be_compared(run, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("shop,score\n" + "".join(f"s{i // 3},{i % 11}\n" for i in range(330)))
    command = ("measure", str(path), *NPS, "--by", "shop")
    result = run(*command)
    assert result.exit_code == 0
    assert "110 groups: not compared" in result.stdout
    assert run(*command, "--compare").exit_code == 2


def test_the_where_of_a_missing_label_and_of_a_truth(run, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"score": 9, "ok": true, "x": null}\n{"score": 3, "ok": false, "x": 1.5}\n'
        '{"score": 8, "ok": true, "x": 2.0}\n'
    )
    for where, value in (("x=", 100), ("x=1.5", -100), ("ok=TRUE", 50), ("x=2", 0)):
        result = run("measure", str(path), *NPS, "--where", where, "--format", "json")
        assert json.loads(result.stdout)[0]["value"] == value
