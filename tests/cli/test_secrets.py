"""Secrets show nowhere: every command, in success and in each failure, with everything logged.

A secret in the environment is looked for, as it is, URL-encoded and in base64, in what is printed,
in what is logged at the lowest level by anybody, in tracebacks, and in every file that was written.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from base64 import b64encode
from urllib.parse import quote

import pytest

from cxmetrics.testing import faults
from cxmetrics.testing.vendor import Reply, Vendor

CANARY = f"CANARY-{uuid.UUID(int=0x5EC2E7)}/+="
FORMS = [
    CANARY,
    quote(CANARY, safe=""),
    json.dumps(CANARY)[1:-1],
    b64encode(CANARY.encode()).decode().rstrip("="),
    b64encode(f":{CANARY}".encode()).decode()[2:-4],
    CANARY[7:43],
]
LOUD = (
    "import logging, sys; logging.basicConfig(level=1); sys.argv[0] = 'cxmetrics'\n"
    "from cxmetrics.cli import main; main(sys.argv[1:])"
)


def page(**more):
    answer = {
        "id": "r1", "score": 9, "scale": {"min": 0, "max": 10}, "question": "nps",
        "contact": "c1", "comment": None, "language": None, "weight": 1, "touchpoint": None,
        "interaction": None, "tags": {}, "asked_at": None,
        "answered_at": "2026-03-01T09:00:00Z", "updated_at": "2026-03-01T09:00:00Z",
    }  # fmt: skip
    return {"data": [answer], "total": 1, "has_more": False, "next_cursor": None, **more}


@pytest.fixture
def vendor():
    with Vendor(token=CANARY) as vendor:
        vendor.on("GET", "/v1/responses", page())
        yield vendor


@pytest.fixture
def loud(vendor, tmp_path):
    """Run a command in a process that logs everything, and return it with all it wrote."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)

    def run(*arguments, **environment):
        told = {"CXMETRICS_DEMO_TOKEN": CANARY, "CXMETRICS_DEMO_URL": vendor.url}
        told |= {"CXMETRICS_PSEUDONYMISE_KEY": CANARY, "CXMETRICS_TRACE_PLUGINS": "1"}
        told |= {"HOME": str(home), "CXMETRICS_STORE": str(home / "cx.db")} | environment
        command = [sys.executable, "-c", LOUD, "--traceback", "--verbose", *arguments]
        done = subprocess.run(
            command,
            env={**os.environ, **{name: text for name, text in told.items() if text is not None}},
            cwd=home,
            capture_output=True,
            timeout=120,
        )
        assert not [part for part in command if any(form in part for form in FORMS)]
        written = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
        written += [str(path).encode() for path in home.rglob("*")]
        for place, data in [("stdout", done.stdout), ("stderr", done.stderr)] + [
            ("a file", each) for each in written
        ]:
            for form in FORMS:
                assert form.encode() not in data, (place, form)
        return done

    return run


PULL = ("--safe", "pull", "demo", "--stream", "responses")


def test_the_canary_is_found_where_it_is(loud, tmp_path):
    (tmp_path / "home" / "leak").write_text(f"key={quote(CANARY, safe='')}")
    with pytest.raises(AssertionError, match="a file"):
        loud("limits")


def test_the_road_from_a_vendor_to_a_report(loud, vendor):
    done = loud(*PULL, "--step", "pseudonymise")
    assert done.returncode == 0, done.stderr.decode()
    assert vendor.log[0].headers["authorization"] == f"Bearer {CANARY}"  # it was sent
    assert b"cxmetrics" in done.stderr  # something was logged
    for arguments in (
        ("measure", "--store", "--metric", "nps"),
        ("report", "--store", "--metric", "nps", "-o", "report.html"),
        ("sources",),
        ("sources", "demo"),
        ("sources", "demo", "--format", "json"),
        ("plugins",),
        ("pull", "demo", "--help"),
        ("limits",),
        (*PULL, "--format", "json", "--full"),
    ):
        assert loud(*arguments).returncode == 0, arguments


ECHO = {
    "403": lambda asked: Reply.of({"error": f"no, {asked.headers['authorization']}"}, status=403),
    "401": lambda asked: Reply.of({"error": f"{quote(CANARY)} has expired"}, status=401),
    "404 of text": lambda asked: Reply(
        f"not {CANARY}".encode(), 404, {"Content-Type": "text/plain"}
    ),
    "drift": lambda asked: {"data": {CANARY: 1}, "token": CANARY},
    "no JSON": lambda asked: Reply(
        f"<html>{CANARY}".encode(), headers={"Content-Type": "text/html"}
    ),
    "half JSON": lambda asked: Reply(f'{{"data": ["{CANARY}'.encode()),
    "another host": lambda asked: Reply(
        status=302, headers={"Location": f"http://203.0.113.9/?key={quote(CANARY)}"}
    ),
    "a cursor": lambda asked: page(has_more=True, next_cursor=CANARY, total=9),
}


@pytest.mark.parametrize("fault", ECHO)
def test_a_vendor_that_echoes_the_secret_in_an_error(loud, vendor, fault):
    vendor.on("GET", "/v1/responses", ECHO[fault])
    done = loud(*PULL)
    assert done.returncode in {3, 4}, done.stderr.decode()


def test_a_wire_that_breaks(loud, vendor):
    vendor.misbehave(faults.cut(keep=0.5), at=1)
    assert loud(*PULL).returncode == 0


@pytest.mark.parametrize(
    "environment",
    [
        {"CXMETRICS_DEMO_PAGE_SIZE": "many"},
        {"CXMETRICS_DEMO_URL": None},
        {"CXMETRICS_DEMO_URL": f"https://user:{quote(CANARY, safe='')}@example.test"},
        {"CXMETRICS_DEMO_TOKEN_FILE": "/nowhere"},
        {"CXMETRICS_DEMO_TOKEN": f"{CANARY}\nwith a line"},
        {"CXMETRICS_DEMO_TOKEN": f"é{CANARY}"},
        {"CXMETRICS_STORE": f"postgresql://user:{quote(CANARY, safe='')}@127.0.0.1:9/db"},
    ],
    ids=str,
)
def test_settings_that_are_wrong(loud, environment):
    done = loud(*PULL, **environment)
    assert done.returncode in {2, 4}, done.stderr.decode()
    assert b"Error" in done.stderr or b"failed" in done.stdout


def test_a_secret_in_a_file_and_one_that_others_may_read(loud, tmp_path):
    path = tmp_path / "token"
    path.write_text(CANARY)
    told = {"CXMETRICS_DEMO_TOKEN": "", "CXMETRICS_DEMO_TOKEN_FILE": str(path)}
    path.chmod(0o644)
    assert loud(*PULL, **told).returncode == 2
    path.chmod(0o600)
    assert loud(*PULL, **told).returncode == 0
