"""`cxmetrics store`: what is kept, whether it is sound, out of it and away from it."""

from __future__ import annotations

import csv
import json
import sqlite3
from datetime import UTC, datetime

import pytest

import cxmetrics as cx
from cxmetrics.records import Response
from cxmetrics.sources.portion import Portion, Refusal
from cxmetrics.sources.receipt import Receipt, StreamReceipt
from cxmetrics.sources.state import State

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CUSTOMER = "customer-000017"


@pytest.fixture
def path(tmp_path, monkeypatch):
    """Make a store with answers, a refusal and a receipt."""
    monkeypatch.setenv("CXMETRICS_KEY", str(tmp_path / "key"))
    place = tmp_path / "cx.db"
    answers = [
        Response(id="r1", rating=9, scale="0:10", customer=CUSTOMER, verbatim="=1+1 is a formula"),
        Response(id="r2", rating=3, scale="0:10", verbatim="fine\x1b[31m"),
    ]
    refusal = Refusal(object="r\x1b3", raw={"mail": "a@example.test"}, reasons=("rating is odd.",))
    receipt = StreamReceipt(stream="responses", status="partial", reasons=("1 refused",))
    with cx.open_store(place) as store:
        store.put(answers, source="acme:eu")
        state = State(field="updated", mark=NOON)
        store.write("acme:eu", "responses", Portion(state=state, refused=[refusal]))
        store.save(Receipt(source="acme:eu", started_at=NOON, ended_at=NOON, streams=(receipt,)))
    return str(place)


@pytest.fixture
def ask(run, path):
    def asked(verb, *arguments, **options):
        return run("--safe", "store", verb, *arguments, "--store", path, **options)

    return asked


def test_info_counts_by_source_and_stream(ask, path):
    told = json.loads(ask("info", "--format", "json").stdout)
    assert told["streams"][0] == {
        "source": "acme:eu",
        "stream": "responses",
        "records": 2,
        "gone": 0,
        "refused": 1,
        "read_to": NOON.isoformat(),
        "pulled_at": NOON.isoformat(),
        "status": "partial",
    }
    text = ask("info").stdout
    for part in (path, "acme:eu", "2026-03-01 12:00", "partial"):
        assert part in text


def test_check_finds_what_is_not_as_it_was_written(ask, path):
    sound = ask("check")
    assert sound.exit_code == 0
    assert "are as they were written" in sound.stdout
    with sqlite3.connect(path) as connection:
        connection.execute("update responses set rating = 10 where id = 'r2'")
    connection.close()
    damaged = ask("check")
    assert damaged.exit_code == 1
    assert "r2" in damaged.stdout


def test_export_writes_files_and_prints_their_paths(ask, tmp_path):
    folder = tmp_path / "out"
    done = ask("export", str(folder), "--as", "csv")
    assert done.stdout == f"{folder / 'responses.csv'}\n"
    with (folder / "responses.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["verbatim"] == "'=1+1 is a formula"
    ask("export", str(folder), "--as", "csv", "--raw")
    with (folder / "responses.csv").open(newline="") as file:
        assert next(csv.DictReader(file))["verbatim"] == "=1+1 is a formula"


def test_refused_says_why_and_shows_what_came_only_when_asked(ask):
    text = ask("refused").stdout
    assert "rating is odd." in text
    assert "r\\x1b3" in text
    assert "\x1b" not in text
    plain = json.loads(ask("refused", "--format", "json").stdout)
    assert [each["reasons"] for each in plain] == [["rating is odd."]]
    assert "example.test" not in json.dumps(plain)
    raw = json.loads(ask("refused", "--format", "json", "--raw").stdout)
    assert raw[0]["raw"] == {"mail": "a@example.test"}
    assert ask("refused", "--source", "other").stdout == "Nothing is refused.\n"


def test_receipts_are_printed_the_latest_last(ask):
    text = ask("receipts").stdout
    assert text.startswith("2026-03-01 12:00:00 UTC\nacme:eu: partial\n")
    told = json.loads(ask("receipts", "--format", "json", "--last", "1").stdout)
    assert [each["source"] for each in told] == ["acme:eu"]
    assert ask("receipts", "--source", "other").stdout == "Nothing was pulled.\n"


def test_forget_asks_erases_and_proves(ask, path, tmp_path):
    refused = ask("forget", CUSTOMER)
    assert refused.exit_code == 2
    assert "--yes" in refused.stderr
    done = ask("forget", CUSTOMER, "--yes", "--format", "json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["complete"]) == (0, True)
    assert told["removed"]["responses"] == 1
    assert not [file for file in tmp_path.glob("cx.db*") if CUSTOMER.encode() in file.read_bytes()]
    again = ask("forget", CUSTOMER, "--yes")
    assert again.exit_code == 0
    assert "nothing was stored" in again.stdout


def test_forget_reads_the_id_from_stdin_and_computes_pseudonyms(ask, path, monkeypatch):
    from click.testing import CliRunner

    from cxmetrics.cli.app import app
    from cxmetrics.cli.steps import step_of

    monkeypatch.setenv("CXMETRICS_PSEUDONYMISE_KEY", "0123456789abcdef0123")
    pseudonym = step_of("pseudonymise").pseudonym("ana@example.test")
    with cx.open_store(path) as store:
        store.put([Response(id="r9", rating=9, scale="0:10", customer=pseudonym)])
    command = ["store", "forget", "-", "--pseudonymised", "--yes", "--store", path]
    done = CliRunner().invoke(app, command, input="ana@example.test\n")
    assert done.exit_code == 0, done.output
    with cx.open_store(path) as store:
        assert "r9" not in {each.id for each in store.batch(Response)}


def test_expire_deletes_what_is_old(ask, path):
    with cx.open_store(path) as store:
        old = datetime(2020, 1, 1, tzinfo=UTC)
        store.put([Response(id="old", rating=9, scale="0:10", answered_at=old)])
    assert ask("expire", "responses", "--older-than", "365").exit_code == 2
    assert ask("expire", "responses", "--older-than", "365", "--yes").stdout == "1 deleted.\n"


@pytest.mark.parametrize("verb", ["info", "check", "refused", "receipts"])
def test_no_store_is_made_by_looking_for_it(run, tmp_path, verb):
    done = run("store", verb, "--store", str(tmp_path / "nowhere.db"))
    assert done.exit_code == 2
    assert "cxmetrics pull SOURCE" in done.stderr
    assert not (tmp_path / "nowhere.db").exists()


def test_what_is_no_store_is_refused(run, tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text("a,b\n1,2\n" * 100)
    done = run("store", "info", "--store", str(path))
    assert done.exit_code == 1
    assert "Traceback" not in done.output
    assert done.stderr.startswith("Error: ")


def test_refused_answers_of_an_earlier_pull_are_told_by_measure(run, path):
    with cx.open_store(path) as store:
        complete = StreamReceipt(stream="responses", status="complete")
        store.save(Receipt(source="acme:eu", started_at=NOON, ended_at=NOON, streams=(complete,)))
    done = run("measure", "--store", path, "--metric", "nps")
    first = " ".join(done.stdout.split())
    assert first.startswith("! Incomplete data: 1 object of acme:eu refused, and kept raw")
