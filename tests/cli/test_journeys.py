"""`cxmetrics journeys`: the numbers of the library, from files, event logs and stores."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from cxmetrics.cli import app as program
from cxmetrics.cli.journeys import journeys
from cxmetrics.datasets import company
from cxmetrics.journeys import durations, funnel, paths, transitions, write_xes
from cxmetrics.journeys.types import typical_journeys
from cxmetrics.records import Interaction, five_phases
from cxmetrics.store import open_store

LOG = """customer,stage,at,channel
a,ask,2026-03-01T09:00:00+01:00,web
a,buy,2026-03-02T09:00:00+01:00,shop
b,ask,2026-03-01T10:00:00+01:00,web
a,ask,2026-05-01T09:00:00+01:00,shop
,ask,2026-05-02T09:00:00+01:00,web
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    made = company(200, seed=3)
    folder = tmp_path_factory.mktemp("shop")
    made.write(folder)
    return made, folder


@pytest.fixture
def log(tmp_path):
    """Write the events, changed where asked, and return the path."""

    def write(*changes, name="events.csv"):
        text = LOG
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return write


@pytest.fixture
def run(monkeypatch):
    known = program._Program.get_command
    monkeypatch.setattr(
        program._Program,
        "get_command",
        lambda self, ctx, name: journeys if name == "journeys" else known(self, ctx, name),
    )

    def invoke(*arguments):
        return CliRunner().invoke(
            program.app, ["journeys", *map(str, arguments)], env={"COLUMNS": "100"},
            catch_exceptions=False,
        )  # fmt: skip

    return invoke


def test_json_is_what_the_library_says(run, shop):
    made, folder = shop
    options = ("--order", "five_phases", "--gap", "30d", "--types", "--format", "json")
    result = run(folder / "interactions.csv", *options)
    assert (result.exit_code, result.stderr) == (0, "")
    printed = json.loads(result.stdout)
    walked = paths(made.interactions, order=five_phases, gap=timedelta(days=30), zone="UTC")
    flow, variants = walked.flow(), walked.variants()
    assert printed["paths"]["paths"] == len(walked)
    assert printed["paths"]["censored"] == walked.censored.sum()
    assert printed["variants"]["count"] == len(variants)
    assert printed["variants"]["smallest_80"] == variants.smallest()
    assert tuple(printed["variants"]["top"][0]["steps"]) == variants.sequence(0)
    for name, part in (
        ("transitions", transitions(flow)),
        ("funnel", funnel(flow)),
        ("durations", durations(flow)),
        ("types", typical_journeys(walked)),
    ):
        assert printed[name] == json.loads(json.dumps(part.to_dict())), name


def test_tables_say_what_was_left_out_and_a_caution_once(run, log):
    result = run(log(), "--gap", "30d", "--order", "ask,buy")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "3 paths of 2 customers, 4 events at 2 steps (stage)"
    text = " ".join(result.stdout.split())
    assert "1 events left out: without a customer." in text
    assert "a path ends after 30 days without an event; 33.3 % may go on" in text
    assert text.count("CENSORED") == 1
    assert "ask → buy" in text
    assert "How far 3 paths get" in text


def test_files_that_know_types_are_read_alike(run, shop, tmp_path):
    made, folder = shop
    plain = run(folder / "interactions.csv", "--format", "json").stdout
    frame = made.table("interactions")
    frame.write_parquet(tmp_path / "typed.parquet")
    texts = frame.with_columns(frame["at"].dt.to_string("iso:strict"))
    texts.write_parquet(tmp_path / "texts.parquet")
    texts.write_ndjson(tmp_path / "texts.jsonl")
    for name in ("typed.parquet", "texts.parquet", "texts.jsonl"):
        result = run(tmp_path / name, "--format", "json")
        assert result.stdout == plain, (name, result.stderr)


def test_groups_are_those_of_the_first_event(run, log):
    result = run(log(), "--gap", "30d", "--by", "channel", "--format", "json")
    groups = json.loads(result.stdout)["groups"]["groups"]
    assert {g["group"]: (g["paths"], tuple(g["commonest"])) for g in groups} == {
        "web": (2, ("ask",)),
        "shop": (1, ("ask",)),
    }


def test_where_until_and_unknown(run, log):
    file = log()
    assert "2 paths of 2" in run(file, "--where", "channel=web").stdout
    assert "3 events at" in run(file, "--until", "2026-04-01T00:00+01:00").stdout
    result = run(file, "--order", "ask", "--unknown", "set-aside")
    assert "1 events left out: at an undeclared step." in result.stdout
    assert "UNKNOWN_STAGE" in result.stdout


def test_long_paths_go_on_below_beside_their_numbers(run, shop):
    _, folder = shop
    result = run(folder / "interactions.csv", "--step", "touchpoint", "--top", "60")
    assert max(map(len, result.stdout.splitlines())) <= 100  # as COLUMNS says
    head = next(line for line in result.stdout.splitlines() if line.startswith("variant"))
    assert head.split() == ["variant", "paths", "share", "together"]


def test_event_logs_and_stores_are_read_too(run, shop, tmp_path):
    made, _ = shop
    xes = tmp_path / "log.xes.gz"
    write_xes(made.interactions, xes, case="case")
    result = run(xes, "--zone", "UTC", "--step", "touchpoint", "--format", "json")
    assert result.exit_code == 0
    assert "touchpoint is concept:name of the event log" in result.stderr
    walked = paths(made.interactions, step="touchpoint", zone="UTC")
    from_xes = json.loads(result.stdout)
    assert from_xes["paths"]["paths"] == len(walked), "the customer is an attribute of the events"
    store = tmp_path / "store.db"
    with open_store(store) as opened:
        opened.put(made.records("interactions"), source="made")
    result = run("--store", store, "--step", "touchpoint", "--format", "json")
    assert result.exit_code == 0, result.stderr
    from_store = json.loads(result.stdout)
    for name in ("transitions", "variants", "durations"):
        assert from_store[name] == from_xes[name]
    few = run("--store", store, "--where", "channel=web", "--step", "touchpoint")
    assert few.stdout.splitlines()[0] != result.stdout.splitlines()[0]
    assert Interaction.__name__ not in few.stdout


def test_pictures_are_drawn(run, shop, tmp_path):
    _, folder = shop
    flow, chart = tmp_path / "flow.svg", tmp_path / "map.png"
    result = run(
        folder / "interactions.csv", "--order", "five_phases", "--plot", flow, "--map", chart,
        "--felt", "felt", "--responses", folder / "responses.csv",
        "--responses-where", "question=csat",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    assert flow.read_text().startswith("<svg")
    assert "delivery" in flow.read_text()
    assert chart.read_bytes()[:4] == b"\x89PNG"
    assert str(chart) in result.stderr
    svg = tmp_path / "map.svg"
    result = run(
        folder / "interactions.csv", "--map", svg, "--responses", folder / "responses.csv",
        "--responses-where", "question=csat",
    )  # fmt: skip
    assert "hotline" in svg.read_text()


@pytest.mark.parametrize(
    ("change", "options", "code", "words"),
    [
        ((), ("--customer", "custmer"), 1, "did you mean 'customer'"),
        ((), ("--order", "ask,by"), 1, "--unknown set-aside"),
        ((), ("--plot", "x.svg"), 1, "say --order a,b,c"),
        ((), ("--gap", "3q"), 2, "write 30d, 12h, 45m or 2w"),
        ((), ("--until", "soon"), 2, "is no moment"),
        ((), ("--order", "ask,,buy"), 2, "with commas between"),
        ((), ("--where", "stage=nope"), 1, "no row has it"),
        ((), ("--map", "m.svg"), 1, "--map needs a column 'touchpoint'"),
        ((("+01:00", ""),), (), 1, "--zone Europe/Paris"),
        ((("2026-03-02T09:00:00+01:00", "2 March"),), (), 1, "'2 March' on line 3, no moment"),
        ((("\na,", "\n,"), ("\nb,", "\n,")), (), 1, "there is no path"),
    ],
)
def test_errors_say_what_to_do(run, log, change, options, code, words):
    result = run(log(*change), *options)
    assert result.exit_code == code
    assert words in " ".join(result.stderr.split())
    assert result.stdout == ""


def test_a_file_or_a_store_is_needed(run):
    result = run()
    assert result.exit_code == 2
    assert "Name a FILE, or say --store" in result.stderr


def test_help_has_examples(run):
    assert "cxmetrics journeys events.csv" in run("--help").stdout


@pytest.mark.parametrize(
    ("rows", "options", "words"),
    [
        ("a,2026-01-01,x\n", ("--zone", "Paris"), "'Paris' is no time zone"),
        ("a,2026-01-01T10:00Z,x\na,2026-01-02T10:00,x\n", (), "line 3 has none"),
    ],
)
def test_times_that_are_not_clear_are_told_with_their_line(run, tmp_path, rows, options, words):
    path = tmp_path / "log.csv"
    path.write_text("customer,at,stage\n" + rows, encoding="utf-8")
    result = run(path, *options)
    assert result.exit_code in {1, 2}
    assert words in result.stderr


def test_columns_of_other_names_are_asked_for_by_their_options(run, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("client,date,etape\na,2026-01-01,x\nb,2026-01-02,x\n", encoding="utf-8")
    options = ["--zone", "UTC"]
    for option, column in (("--customer", "client"), ("--step", "etape"), ("--at", "date")):
        result = run(path, *options)
        assert result.exit_code == 1
        assert f"Say {option} COL for another." in result.stderr
        options += [option, column]
    result = run(path, *options)
    assert result.exit_code == 0
    assert "1 variant is 80 % of the paths." in " ".join(result.stdout.split())
