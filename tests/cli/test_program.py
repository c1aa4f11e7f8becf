"""The program as a whole: help, exit codes, streams, the catalogue, reports and the demo."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

import cxmetrics
from cxmetrics.cli.words import spoken, visible
from cxmetrics.plugins import registry

NPS = ("--metric", "nps", "--rating", "score")


def test_version_and_help(run):
    assert run("--version").stdout == f"cxmetrics {cxmetrics.__version__}\n"
    for words in ((), ("measure",), ("report",), ("metrics",), ("demo",)):
        result = run(*words, "--help")
        assert result.exit_code == 0
        assert "cxmetrics measure answers.csv" in result.stdout or words
    assert "Exit codes: 0 ok; 1 the data" in " ".join(run("--help").stdout.split())


def test_results_and_messages_keep_to_their_streams(start, answers):
    path = answers((",", ";"), name="a.csv")
    done = start("measure", path, *NPS, "--format", "json")
    assert done.returncode == 0
    assert json.loads(done.stdout)[0]["n"] == 5
    assert done.stderr.decode() == "a.csv: read as semicolon-separated.\n"
    failed = start("measure", path, *NPS, "--by", "nowhere")
    assert (failed.returncode, failed.stdout) == (1, b"")
    assert failed.stderr.startswith(b"Error: there is no column 'nowhere'")


def test_a_pipe_gets_no_colours_and_aligned_columns(start, answers):
    done = start("measure", answers(), *NPS, "--by", "shop")
    lines = done.stdout.decode().splitlines()
    assert b"\x1b" not in done.stdout
    head = next(line for line in lines if "95 % interval" in line)
    ends = head.index(" n ") + 2
    for shop in ("Lyon", "Nice", "Paris"):
        row = next(line for line in lines if line[3:].startswith(shop))
        assert row[ends - 1].isdigit()
        assert row[ends] == "!"


def test_ascii_terminals_get_ascii(start, answers):
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    path = answers(("Lyon", "Orléans"))
    done = start("measure", path, *NPS, "--by", "shop", env=environment)
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert b"Orl?ans" in done.stdout
    written = start("measure", path, *NPS, "--by", "shop", "--format", "json", env=environment)
    assert json.loads(written.stdout)[1]["group"] == {"shop": "Orléans"}  # JSON is UTF-8 always


@pytest.mark.skipif(os.name == "nt", reason="pipes of POSIX")
@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_a_reader_that_has_seen_enough_is_no_error(tmp_path, form):
    path = tmp_path / "a.csv"
    path.write_text("who,score\n" + "".join(f"{i},{i % 11}\n" for i in range(3000)))
    code = "from cxmetrics.cli import main; main()"
    command = [sys.executable, "-c", code, "measure", str(path), *NPS, "--by", "who"]
    with subprocess.Popen(
        [*command, "--format", form], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


def test_traceback_is_shown_when_asked_for(run, answers):
    path = answers(("Paris,8", "Paris,11"))
    quiet = run("measure", path, *NPS)
    assert "Traceback" not in quiet.stderr
    for asked in (
        run("--traceback", "measure", path, *NPS),
        run("measure", path, *NPS, CXMETRICS_TRACEBACK="1"),
    ):
        assert asked.exit_code == 1
        assert "Traceback" in asked.stderr
        assert asked.stderr.rstrip().endswith(quiet.stderr.rstrip())


def test_without_the_extra_it_says_what_to_install(start):
    for name in ("click", "rich"):
        code = f"import sys; sys.modules[{name!r}] = None; from cxmetrics.cli import main; main()"
        done = start(code=code)
        assert done.returncode == 2
        assert b'pip install "cxmetrics[cli]"' in done.stderr
        assert b"Traceback" not in done.stderr


def test_the_library_alone_loads_none_of_it(start):
    heavy = ("click", "rich", "pyarrow", "scipy", "altair", "jinja2", "pandas", "polars", "httpx")
    code = f"import sys, cxmetrics; print([m for m in {heavy!r} if m in sys.modules])"
    assert start(code=code).stdout.strip() == b"[]"
    code = f"import sys, cxmetrics.cli; print([m for m in {heavy!r} if m in sys.modules])"
    assert start(code=code).stdout.strip() == b"[]"
    verbs = [m for m in (*heavy, "sqlalchemy") if m not in {"click", "rich"}]
    code = f"import sys, cxmetrics.cli.app; print([m for m in {verbs!r} if m in sys.modules])"
    assert start(code=code).stdout.strip() == b"[]"


def test_metrics_lists_the_catalogue(run):
    listed = json.loads(run("metrics", "--format", "json").stdout)
    every = [*registry.every("metric"), *registry.every("concept")]
    assert [told["name"] for told in listed] == [one.name for one in every]
    keys = {"name", "title", "scale", "unit", "direction", "default_interval", "reference"}
    assert all(all(told[key] for key in keys) for told in listed)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_catalogue_cuts_nothing_on_any_terminal(run, width):
    text = run("metrics", COLUMNS=str(width)).stdout
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    lines = text.splitlines()
    starts = {
        one.name: next(at for at, line in enumerate(lines) if line.split()[:1] == [one.name])
        for one in (*registry.every("metric"), *registry.every("concept"))
    }
    for one in (*registry.every("metric"), *registry.every("concept")):
        at = starts[one.name]
        end = min((start for start in starts.values() if start > at), default=len(lines))
        told = " ".join(" ".join(lines[at:end]).split())
        scale = one.scale if isinstance(one.scale, str) else one.scale.spell()
        good = {"higher": "high is good", "lower": "low is good"}
        for part in (one.title, one.unit, scale, one.reference, good.get(one.direction, "neither")):
            assert " ".join(part.split()) in told


@pytest.mark.parametrize("metric", registry.every("metric"), ids=lambda metric: metric.name)
def test_metrics_explains_each(run, metric):
    text = " ".join(run("metrics", metric.name).stdout.split())
    for part in (metric.formula, metric.question, metric.notes, metric.notice, metric.reference):
        assert " ".join(part.split()) in text
    assert "(default)" in text
    assert "Worked example" in text
    told = json.loads(run("metrics", metric.name, "--format", "json").stdout)
    assert told["default_interval"] in told["intervals"]


@pytest.mark.parametrize("concept", registry.every("concept"), ids=lambda concept: concept.name)
def test_metrics_explains_each_concept(run, concept):
    text = " ".join(run("metrics", concept.name).stdout.split())
    interval = concept.interval.partition("(")[0]  # in brackets may be what to type
    told = (concept.formula, interval, concept.reference, concept.notice, *concept.limits)
    for part in told:
        assert " ".join(part.split()) in text
    assert not re.search(r"\b(unit|weight|strata)=", text.partition("Worked example")[0])
    assert concept.verb or f"cxmetrics concept {concept.name.replace('_', '-')}" in text
    assert json.loads(run("metrics", concept.name, "--format", "json").stdout)["formula"]


@pytest.mark.parametrize("concept", registry.every("concept"), ids=lambda concept: concept.name)
def test_a_concept_is_reachable(run, concept):
    if concept.verb:
        verb = concept.verb.split()[1]
        assert run(verb, "--help").exit_code == 0
        return
    help_of = run("concept", concept.name.replace("_", "-"), "--help")
    assert help_of.exit_code == 0, help_of.stderr
    assert concept.interval.split()[0] in help_of.stdout


def test_an_unknown_metric_is_met_with_the_close_ones(run):
    result = run("metrics", "cast")
    assert result.exit_code == 2
    assert "did you mean 'csat'" in result.stderr


REPORT = ("--metric", "nps", "--rating", "score", "--by", "shop")


def test_a_report_is_written_and_its_place_printed(run, answers, tmp_path):
    page = tmp_path / "report.html"
    command = ("report", answers(), *REPORT, "--time", "wave", "--item", "stars", "-o", str(page))
    result = run(*command, "--title", "Our year", "--note", "Asked in <May>.")
    assert result.exit_code == 0, result.stderr
    assert result.stdout == f"{page}\n"
    html = page.read_text(encoding="utf-8")
    for part in ("Our year", "Asked in &lt;May&gt;.", "Lyon", "CSAT", "2018"):
        assert part in html
    assert run(*command).exit_code == 0  # its own report may be overwritten
    page.write_text("<html>mine</html>")
    refused = run(*command)
    assert refused.exit_code == 2
    assert "--force" in refused.stderr
    assert page.read_text() == "<html>mine</html>"
    assert run(*command, "--force").exit_code == 0


@pytest.mark.parametrize(
    ("output", "says"),
    [
        ("report.pdf", "report.html"),
        ("nowhere/report.html", "no folder"),
        ("folder.html", "is a folder"),
    ],
)
def test_where_no_report_can_be_written(run, answers, tmp_path, output, says):
    (tmp_path / "folder.html").mkdir()
    result = run("report", answers(), *REPORT, "-o", str(tmp_path / output))
    assert result.exit_code == 2
    assert says in result.stderr


def test_bad_data_leave_no_report(run, answers, tmp_path):
    page = tmp_path / "report.html"
    path = answers(("Paris,8", "Paris,11"))
    result = run("report", path, *REPORT, "-o", str(page))
    assert result.exit_code == 1
    assert "11 (line 5)" in result.stderr
    assert not page.exists()


def test_demo_takes_the_whole_road_and_says_what_is_next(run, tmp_path):
    page = tmp_path / "demo.html"
    command = ("demo", "-o", str(page), "--customers", "300", "--seed", "7")
    result = run(*command)
    assert result.exit_code == 0, result.stderr
    for part in (
        *("demo: complete", "responses: complete", "the vendor counts 300", "300 new"),
        *("NPS of the whole company · made-up data", "NPS by persona", "NPS by month"),
        "CSAT by phase",
    ):
        assert part in result.stdout
    assert result.stdout.splitlines()[-1] == str(page)
    for part in ("no real person", "http://127.0.0.1", "cxmetrics measure answers.csv"):
        assert part in result.stderr
    assert "generated" in page.read_text(encoding="utf-8")
    again = run(*command)  # in the place of the one before
    assert again.exit_code == 0, again.stderr
    assert "300 new" in again.stdout
    store = str(tmp_path / "cxmetrics-demo.db")
    measured = run(*("measure", "--store", store, "--metric", "nps", "--where", "question=nps"))
    assert measured.exit_code == 0
    few = run("demo", "-o", str(page), "--customers", "5")
    assert few.exit_code == 2
    assert "customers=5" in few.stderr


def test_demo_numbers_are_those_of_the_data(run, tmp_path):
    from cxmetrics.datasets import company

    page = tmp_path / "demo.html"
    assert run("demo", "-o", str(page), "--customers", "300", "--seed", "7").exit_code == 0
    command = ("--metric", "nps", "--where", "question=nps", "--weight", "weight")
    store = ("--store", str(tmp_path / "cxmetrics-demo.db"), "--format", "json")
    told = json.loads(run("measure", *command, *store).stdout)[0]
    wide = company(customers=300, seed=7).wide()
    data = {name: wide[name] for name in wide}
    score = cxmetrics.nps(data, rating="recommend", weight="weight")
    assert (told["n"], told["n_missing"]) == (score.n, score.n_missing)
    assert told["value"] == pytest.approx(score.value)


def test_demo_writes_over_no_other_store(run, tmp_path):
    from cxmetrics.records import Response

    place = tmp_path / "cxmetrics-demo.db"
    with cxmetrics.open_store(place) as store:
        store.put([Response(id="mine", rating=9, scale="0:10")])
    command = ("demo", "-o", str(tmp_path / "demo.html"), "--customers", "100")
    refused = run(*command)
    assert refused.exit_code == 2
    assert "--store" in refused.stderr
    with cxmetrics.open_store(place) as store:
        assert [each.id for each in store.batch(Response)] == ["mine"]
    (tmp_path / "notes.txt").write_text("not a store")
    assert run(*command, "--store", str(tmp_path / "notes.txt")).exit_code == 2
    assert (tmp_path / "notes.txt").read_text() == "not a store"


@pytest.mark.parametrize(
    ("python", "terminal"),
    [
        ("say encoding (in Python encoding='x'), or", "say encoding, or"),
        ("instance scale=Scale(1, 10).", "instance --scale 1:10."),
        ("pass scale='1:7' if", "pass --scale 1:7 if"),
        (
            "for instance detractor_max=6, passive_max=8; the",
            "for instance --option detractor_max=6, --option passive_max=8; the",
        ),
        ("instance negative={1, 2}.", "instance --option negative=1,2."),
        ("Say rating='…' (or a list of columns).", "Say --rating COL."),
    ],
)
def test_messages_speak_in_options(python, terminal):
    assert spoken(python) == terminal


def test_control_and_direction_characters_are_spelled_out():
    assert visible("a\x1b[0m\u202eb\x07\tc\n") == "a\\x1b[0m\\u202eb\\x07\tc\n"
