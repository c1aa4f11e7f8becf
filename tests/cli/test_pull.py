"""`cxmetrics pull`: settings, receipts, exit codes, being stopped; then `measure --store`."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

import cxmetrics as cx
from cxmetrics.cli.pull import MarkType
from cxmetrics.cli.steps import step_of
from cxmetrics.errors import ConfigError, CxError, NotFoundError, UsageError
from cxmetrics.testing import faults
from cxmetrics.testing.vendor import Vendor

TOKEN = "an-invented-token"


def answer(number, **more):
    stamp = f"2026-0{1 + number // 10}-{1 + number % 10:02}T09:00:00+00:00"
    return {
        "id": f"r{number}",
        "score": number % 11,
        "scale": {"min": 0, "max": 10},
        "question": "nps",
        "contact": f"c{number % 7}",
        "comment": f"comment {number}",
        "language": "en",
        "weight": 1,
        "touchpoint": "shop",
        "interaction": None,
        "tags": {"shop": "Lyon" if number % 2 else "Paris"},
        "asked_at": stamp,
        "answered_at": stamp,
        "updated_at": stamp,
        **more,
    }


def serve(vendor, answers, *, size=5, total=None):
    """Let the vendor answer with pages of these, by their cursor."""
    cut = [answers[at : at + size] for at in range(0, len(answers), size)] or [[]]

    def page(asked):
        number = int(asked.query.get("cursor", "page-0").removeprefix("page-"))
        last = number + 1 == len(cut)
        return {
            "data": cut[number],
            "total": len(answers) if total is None else total,
            "has_more": not last,
            "next_cursor": None if last else f"page-{number + 1}",
        }

    vendor.on("GET", "/v1/responses", page)


@pytest.fixture
def vendor():
    with Vendor(token=TOKEN) as vendor:
        serve(vendor, [answer(n) for n in range(12)])
        yield vendor


@pytest.fixture
def store(tmp_path):
    return str(tmp_path / "cx.db")


@pytest.fixture
def pull(run, vendor, store):
    """Pull the answers of the vendor; what the environment says comes as keywords."""

    def pulled(*arguments, **environment):
        command = ("--safe", "pull", "demo", "--url", vendor.url, "--store", store)
        environment = {"CXMETRICS_DEMO_TOKEN": TOKEN, **environment}
        return run(*command, "--stream", "responses", *arguments, **environment)

    return pulled


def count(run, store, *arguments):
    done = run("measure", "--store", store, "--metric", "nps", "--format", "json", *arguments)
    return json.loads(done.stdout)[0]


def test_a_pull_tells_what_came_and_exits_0(run, pull, store):
    done = pull()
    assert done.exit_code == 0, done.output
    assert done.stdout == (
        "demo: complete\nresponses: complete\n"
        "  came: 12 objects on 3 pages, the vendor counts 12\n  written: 12 new\n"
    )
    assert done.stderr == ""  # progress is for terminals
    assert count(run, store)["n"] == 12


def test_a_second_pull_changes_nothing_and_json_is_the_receipt(run, pull, vendor):
    pull()
    serve(vendor, [answer(n) for n in range(11, 12)])
    done = pull("--format", "json")
    receipt = json.loads(done.stdout)
    assert (receipt["source"], receipt["status"]) == ("demo", "complete")
    assert receipt["streams"][0]["changes"]["unchanged"] == 1
    assert receipt["streams"][0]["changes"]["new"] == 0


def test_what_is_refused_makes_it_partial_exit_3(run, pull, vendor, store):
    bad = [answer(0), answer(1, score=11), answer(2)]
    serve(vendor, bad)
    done = pull()
    assert done.exit_code == 3
    assert "demo: partial" in done.stdout
    assert "1 refused" in done.stdout
    assert count(run, store)["n"] == 2


def test_fewer_than_the_vendor_counts_is_not_complete(pull, vendor):
    serve(vendor, [answer(0)], total=120)
    done = pull()
    assert done.exit_code in {3, 4}
    assert "120" in done.stdout
    assert "complete" not in done.stdout


def test_a_refused_token_fails_exit_4(pull):
    done = pull(CXMETRICS_DEMO_TOKEN="wrong-token")
    assert done.exit_code == 4
    assert "demo: failed" in done.stdout
    assert "AuthError" in done.stdout
    assert "wrong-token" not in done.output


def test_a_pull_that_breaks_goes_on_where_it_was(run, pull, vendor, store):
    vendor.misbehave(faults.status(404), at=3)
    broken = pull()
    assert broken.exit_code == 4
    assert count(run, store)["n"] == 10
    vendor.behave()
    again = pull()
    assert again.exit_code == 0, again.output
    assert count(run, store)["n"] == 12
    assert vendor.log[-1].query["cursor"] == "page-2"
    assert len(vendor.log) == 4


def test_settings_are_options_and_variables_and_strict(pull, vendor):
    pull("--page-size", "7")
    assert vendor.log[-1].query["limit"] == "7"
    pull(CXMETRICS_DEMO_PAGE_SIZE="8")
    assert vendor.log[-1].query["limit"] == "8"
    for wrong in (pull("--page-size", "many"), pull(CXMETRICS_DEMO_PAGE_SIZE="many")):
        assert wrong.exit_code == 2
        assert "page_size is a whole number, such as 30, not 'many'" in wrong.stderr
    assert pull("--page-sise", "7").exit_code == 2


def test_what_must_be_given_is_told_at_once(run, store):
    done = run("--safe", "pull", "demo", "--store", store)
    assert done.exit_code == 2
    for part in ("say --url", "CXMETRICS_DEMO_URL", "CXMETRICS_DEMO_TOKEN_FILE"):
        assert part in done.stderr
    assert "in Python" not in done.stderr
    assert not Path(store).exists()


def test_no_option_takes_a_secret(run, pull):
    assert "--token" not in run("--safe", "pull", "demo", "--help").stdout
    done = pull("--token", TOKEN)
    assert done.exit_code == 2
    assert "No such option" in done.stderr


def test_a_password_in_the_address_of_the_store_is_refused_and_not_shown(run):
    for command in (("pull", "demo", "--store"), ("measure", "--metric", "nps", "--store")):
        done = run("--safe", *command, "postgresql://user:s3cr3t@host/db")
        assert done.exit_code == 2
        assert "PGPASSWORD" in done.stderr
        assert "s3cr3t" not in done.output


def test_the_help_of_a_source_names_its_options_and_its_secrets(run):
    text = " ".join(run("--safe", "pull", "demo", "--help").stdout.split())
    for part in ("--page-size WHOLE NUMBER", "[default: 100]", "Required.", "CXMETRICS_DEMO_TOKEN"):
        assert part in text
    listed = run("--safe", "pull", "--help").stdout
    assert "demo" in listed
    assert "files" in listed


def test_since_and_full(pull, vendor):
    pull()
    pull("--since", "2026-01-05")
    assert vendor.log[-1].query["updated_since"] == "2026-01-05T00:00:00+00:00"
    for wrong in ("yesterday", "2026-13-01", "2026-01-05T09:00"):
        done = pull("--since", wrong)
        assert done.exit_code == 2
        assert "write a day (2026-03-01" in done.stderr
    both = pull("--since", "2026-01-05", "--full")
    assert both.exit_code == 2
    full = pull("--full")
    assert full.exit_code == 0
    assert "updated_since" not in vendor.log[-1].query


def test_marks():
    read = MarkType().convert
    assert read("12", None, None) == 12
    assert read("2026-03-01T09:00:00+01:00", None, None).isoformat() == "2026-03-01T09:00:00+01:00"


def test_a_shrink_is_not_believed_until_it_is_accepted(run, pull, vendor, store):
    pull()
    serve(vendor, [answer(n) for n in range(6)])
    done = pull("--full")
    assert done.exit_code == 3
    assert "--accept-shrink" in done.stdout
    assert "accept_shrink=True" not in done.stdout
    assert count(run, store)["n"] == 12
    serve(vendor, [answer(n) for n in range(6)])
    assert pull("--full", "--accept-shrink").exit_code == 0
    assert count(run, store)["n"] == 6


def test_an_unknown_stream_is_wrong_usage(run, vendor, store):
    done = run("--safe", "pull", "demo", "--stream", "answers", "--store", store)
    assert done.exit_code == 2
    assert "responses" in done.stderr


# -- steps -----------------------------------------------------------------------------------------


def test_steps_happen_before_anything_is_stored(pull, store):
    done = pull("--step", "drop:fields=verbatim", "--step", "label:by=question,nps=checkout")
    assert done.exit_code == 0, done.output
    with cx.open_store(store) as opened:
        kept = list(opened.batch(cx.records.Response))
    assert {each.verbatim for each in kept} == {None}


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("redakt", NotFoundError, "did you mean 'redact'"),
        ("drop", UsageError, "write --step drop:fields=…"),
        ("drop:verbatim", UsageError, "NAME:SETTING=VALUE"),
        ("drop:field=x", UsageError, "did you mean 'fields'"),
        ("label", UsageError, "by=FIELD,VALUE=TOUCHPOINT"),
        ("redact:kinds=emails", CxError, "email"),
        ("deduplicate:within=x", UsageError, "is a number of days"),
        ("pseudonymise", ConfigError, "CXMETRICS_PSEUDONYMISE_KEY_FILE"),
        ("pseudonymise:key=0123456789abcdef0123", UsageError, "is a secret"),
    ],
)
def test_a_step_that_makes_no_sense(monkeypatch, text, error, says):
    monkeypatch.delenv("CXMETRICS_PSEUDONYMISE_KEY", raising=False)
    with pytest.raises(error) as caught:
        step_of(text)
    assert says in str(caught.value)
    assert "0123456789abcdef" not in str(caught.value).replace(text, "")


def test_values_of_a_step_go_on_after_a_comma(monkeypatch):
    assert step_of("drop:fields=a,b,keys=c").fields == ("a", "b")
    assert step_of("label:by=survey,S1=shop,S2=web").rules[1] == ({"survey": "S2"}, "web")
    monkeypatch.setenv("CXMETRICS_PSEUDONYMISE_KEY", "0123456789abcdef0123")
    assert step_of("pseudonymise:dims=email").dims == ("email",)


# -- measure and report ----------------------------------------------------------------------------


def test_a_store_is_measured_like_a_file(run, pull, store):
    pull()
    assert count(run, store)["value"] == -50  # 9 and 10; 0 to 6, and 0 again
    by_month = json.loads(
        run(
            *("measure", "--store", store, "--metric", "nps", "--where", "question=nps"),
            *("--by", "month", "--format", "json"),
        ).stdout
    )
    assert [score["group"] for score in by_month] == [{"month": "2026-01"}, {"month": "2026-02"}]
    assert count(run, store, "--where", "shop=Lyon")["n"] == 6
    environment = {"CXMETRICS_STORE": store}
    done = run("measure", "--store", "--metric", "nps", **environment)
    assert "NPS of rating · cx.db" in done.stdout


def test_complete_data_say_nothing_of_it(run, pull, store, tmp_path):
    pull()
    assert "ncomplete" not in run("measure", "--store", store, "--metric", "nps").output
    page = tmp_path / "report.html"
    assert run("report", "--store", store, "--metric", "nps", "-o", str(page)).exit_code == 0
    assert 'class="banner"' not in page.read_text("utf-8")


def test_comparisons_and_trends_of_incomplete_data_say_so_first(run, pull, vendor, store):
    # Once: only on stderr, so a table that was copied said nothing of it.
    serve(vendor, [answer(0), answer(1, score=11), *(answer(n) for n in range(2, 12))])
    assert pull().exit_code == 3
    asked = ("--store", store, "--metric", "nps")
    split = ("--time", "month", "--segment", "shop")
    for command in (("compare", *asked, "--by", "shop"), ("trend", *asked, *split)):
        done = run(*command)
        assert done.stdout.startswith("! Incomplete data: the last pull of demo (20"), done.output
        told = run(*command, "--format", "json")
        assert "Incomplete data" in told.stderr
        json.loads(told.stdout)


def test_incomplete_data_say_so_on_the_first_line_everywhere(run, pull, vendor, store, tmp_path):
    serve(vendor, [answer(0), answer(1, score=11), answer(2)])
    assert pull().exit_code == 3
    command = ("--store", store, "--metric", "nps")
    table = run("measure", *command)
    assert table.stdout.startswith("! Incomplete data: the last pull of demo (20")
    assert "was partial: 1 refused" in " ".join(table.stdout.split())
    told = json.loads(run("measure", *command, "--format", "json").stdout)
    assert "INCOMPLETE_DATA" in {caution["code"] for caution in told[0]["cautions"]}
    csv = run("measure", *command, "--format", "csv")
    assert "INCOMPLETE_DATA" in csv.stdout
    assert csv.stderr.startswith("Incomplete data:")
    page = tmp_path / "report.html"
    assert run("report", *command, "-o", str(page)).exit_code == 0
    body = page.read_text("utf-8").split("<body>")[1]
    assert body.lstrip().startswith('<p class="banner" role="note">Incomplete data: the last pull')
    other = run("measure", *command, "--where", "source=files:x.csv")
    assert "Incomplete" not in other.output


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (("--metric", "nps", "--where", "question=npss"), 1, "did you mean 'nps'"),
        (("--metric", "nps", "--where", "shop=Lyon", "--where", "question=x"), 1, "no answer has"),
        (("--metric", "nps", "--by", "shp"), 1, "did you mean 'shop'"),
        (("--metric", "csat"), 1, "0-10"),
        (("--metric", "nps", "--encoding", "cp1252"), 2, "--encoding is for files"),
        (("--metric", "nps", "--rating", "a", "--rating", "b"), 2, "--by question"),
        (("--metric", "nps", "--zone", "Europe/Pari"), 2, "time zone"),
        (("a.csv", "--metric", "nps"), 2, "only one of them"),
    ],
)
def test_questions_a_store_can_not_answer(run, pull, store, options, code, says):
    pull()
    done = run("measure", "--store", store, *options)
    assert (done.exit_code, done.stdout) == (code, "")
    assert says in done.stderr


def test_no_store_and_no_answers(run, pull, vendor, store):
    nothing = run("measure", "--metric", "nps")
    assert nothing.exit_code == 2
    assert "--store" in nothing.stderr
    missing = run("measure", "--store", store, "--metric", "nps")
    assert missing.exit_code == 2
    assert "cxmetrics pull SOURCE" in missing.stderr
    assert not Path(store).exists()
    serve(vendor, [])
    pull()
    empty = run("measure", "--store", store, "--metric", "nps")
    assert empty.exit_code == 1
    assert "holds no answers yet" in empty.stderr


def test_items_are_for_files(run, pull, store, tmp_path):
    pull()
    done = run(
        *("report", "--store", store, "--metric", "nps", "--item", "wifi"),
        *("-o", str(tmp_path / "r.html")),
    )
    assert done.exit_code == 2
    assert "--by touchpoint" in done.stderr


# -- on a terminal ---------------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="terminals of POSIX")
def test_on_a_terminal_a_secret_is_asked_for_unseen_and_progress_is_shown(vendor, store):
    import pty

    child, terminal = pty.fork()
    if child == 0:
        os.environ.pop("CXMETRICS_DEMO_TOKEN", None)
        program = (sys.executable, "-c", "from cxmetrics.cli import main; main()", "--safe")
        command = ("pull", "demo", "--url", vendor.url, "--store", store, "--stream", "responses")
        os.execv(sys.executable, [*program, *command])
    shown, answered = b"", False
    while True:
        try:
            shown += (part := os.read(terminal, 4096))
        except OSError:  # the other end is closed
            break
        if not part:
            break
        if b"An" not in shown and b"token" in shown and not answered:
            os.write(terminal, f"{TOKEN}\n".encode())
            answered = True
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, shown
    assert TOKEN.encode() not in shown
    assert b"12 of 12" in shown
    assert b"demo: complete" in shown


def test_two_pulls_at_once(pull, store):
    with cx.open_store(store) as opened, opened.lock("demo"):
        done = pull()
    assert done.exit_code == 4
    assert "is being pulled" in done.stderr
    assert str(os.getpid()) in done.stderr
    assert pull().exit_code == 0


# -- being stopped ---------------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
@pytest.mark.parametrize("where", ["silence", "waiting", "busy store"])
def test_a_pull_that_is_stopped_ends_in_5_seconds_and_loses_nothing(
    run, vendor, store, number, code, where
):
    stuck = faults.stall() if where == "silence" else faults.status(429, retry_after="200")
    cx.open_store(store).close()
    other = sqlite3.connect(store, isolation_level=None, check_same_thread=False)
    if where == "busy store":
        vendor.misbehave(faults.meanwhile(lambda: other.execute("begin immediate")), at=2)
    else:
        vendor.misbehave(stuck, at=range(2, 10))
    command = (
        *(sys.executable, "-c", "from cxmetrics.cli import main; main()", "--safe", "pull", "demo"),
        *("--url", vendor.url, "--store", store, "--stream", "responses"),
    )
    with subprocess.Popen(
        command,
        env={**os.environ, "CXMETRICS_DEMO_TOKEN": TOKEN},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        end = time.monotonic() + 30
        while len(vendor.log) < 2 and time.monotonic() < end:
            time.sleep(0.01)
        assert len(vendor.log) >= 2
        time.sleep(0.3)  # it comes to the place where it waits
        process.send_signal(number)
        began = time.monotonic()
        _, err = process.communicate(timeout=30)
        took = time.monotonic() - began
    assert process.returncode == code, err
    assert took < 5
    other.close()
    if where != "busy store":  # there the database is not to be interrupted
        assert b"the next pull goes on from there" in err
    assert b"Traceback" not in err
    vendor.behave()
    again = run(
        *("--safe", "pull", "demo", "--url", vendor.url, "--store", store),
        *("--stream", "responses"),
        CXMETRICS_DEMO_TOKEN=TOKEN,
    )
    assert again.exit_code == 0, again.output
    assert count(run, store)["n"] == 12
