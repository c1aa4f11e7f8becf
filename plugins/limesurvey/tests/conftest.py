"""A LimeSurvey in memory, as version 6 answers, with what it may do wrong."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from cxmetrics.datasets.loopback import Asked, Reply
from cxmetrics.sources.config import configure
from cxmetrics.testing.clock import FakeClock
from cxmetrics.testing.vendor import Vendor
from cxmetrics_limesurvey import LimeSurvey

SHARED = Path(__file__).resolve().parents[4] / "shared"
PATH = "/index.php/admin/remotecontrol"
PASSWORD = "CANARY-limesurvey-password"  # invented


def options(*codes):
    """Return answer options as PHP writes them: a list where the codes are 0, 1, 2 …"""
    listed = {code: {"answer": f"answer {code}", "order": at} for at, code in enumerate(codes)}
    if list(codes) == [str(at) for at in range(len(codes))]:
        return list(listed.values())
    return listed or "No available answer options"


def question(qid, code, kind, **more):
    return {"id": qid, "qid": qid, "parent_qid": 0, "title": code, "type": kind, "gid": 1,
            "question_order": qid, "question": f"Question {code}?", **more}  # fmt: skip


class FakeLime:
    """One survey, 1234, of 'Client n' who answered or not."""

    password = PASSWORD
    path = PATH
    question = staticmethod(question)
    options = staticmethod(options)

    def __init__(self):
        self.questions = [
            question(1, "NPS", "L"),
            question(2, "WHY", "T"),
            question(3, "CSAT", "5"),
            question(4, "EFFORT", "N"),
        ]
        self.properties = {1: {"answeroptions": options(*map(str, range(11)))}}
        self.responses: dict[int, dict] = {}
        self.people: list[dict] = []
        self.active = True
        self.keys: set[str] = set()
        self.logins = 0
        self.calls: list[tuple] = []
        self.wrapped = False
        self.on = True
        self.expire_at: set[int] = set()

    def add(self, number, **answers):
        row = {
            "id": number,
            "submitdate": "2026-03-01 10:00:00",
            "lastpage": 1,
            "startlanguage": "fr",
            "seed": "1",
            "startdate": "2026-03-01 09:58:00",
            "datestamp": "2026-03-01 10:00:00",
            **{each["title"]: "" for each in self.questions},
        }
        self.responses[number] = row | answers

    def invite(self, number, **more):
        self.people.append(
            {
                "tid": number,
                "token": f"tok{number}",
                "participant_info": {
                    "firstname": "Client",
                    "lastname": str(number),
                    "email": f"client{number}@example.test",
                },
                "sent": "2026-02-20 08:00",
                "completed": "N",
                "emailstatus": "OK",
                "remindercount": 0,
                "attribute_1": f"seg{number % 2}",
                **more,
            }
        )

    def __call__(self, asked: Asked) -> Reply:
        if not self.on or "json" not in asked.headers.get("content-type", ""):
            return Reply(b"", headers={"Content-Type": "text/html"})
        call = asked.json()
        method, params = call["method"], call["params"]
        self.calls.append((method, *params[1:]))
        if len(self.calls) in self.expire_at:
            self.keys.clear()
        handler = getattr(self, f"_{method}", None)
        if handler is None:
            return Reply(b"<html><h1>TypeError</h1></html>", 500, {"Content-Type": "text/html"})
        if method not in {"get_session_key"} and params[0] not in self.keys:
            return self.told({"status": "Invalid session key"}, call)
        return self.told(handler(*params), call)

    def told(self, result, call):
        return Reply.of({"id": call["id"], "result": result, "error": None})

    def _get_session_key(self, user, password, plugin="Authdb"):
        if (user, password) != ("demo", PASSWORD):
            return {"status": "Invalid user name or password"}
        self.logins += 1
        key = f"key{self.logins}EXAMPLE0000000000000000000"
        self.keys.add(key)
        return key

    def _release_session_key(self, key):
        self.keys.discard(key)
        return "OK"

    def _list_questions(self, key, sid, group=None, language=None):
        return self.questions or {"status": "No questions found"}

    def _get_question_properties(self, key, qid, wanted, language=None):
        return {
            "answeroptions": "No available answer options",
            "subquestions": "No available answers",
            "attributes": "No available attributes",
            **self.properties.get(qid, {}),
        }

    def _export_responses(self, key, sid, kind, language, state, heading, style, first=None,
                          last=None, fields=None):  # fmt: skip
        assert (kind, heading, style) == ("json", "code", "short")
        if not self.active:
            return {"status": "No Data, survey table does not exist."}
        if not self.responses:
            return {"status": "No Data, could not get max id."}
        rows = [
            row if fields is None else {name: row[name] for name in fields}
            for number, row in sorted(self.responses.items())
            if number >= (first or 1) and (last is None or number <= last)
            if state == "all" or bool(row["submitdate"]) == (state == "complete")
        ]
        shown = [{str(row["id"]): row} for row in rows] if self.wrapped else rows
        return base64.b64encode(json.dumps({"responses": shown}).encode()).decode()

    def _list_participants(self, key, sid, start, limit, unused, attributes):
        if not self.people:
            return {"status": "Error: No survey participants table"}
        base = {"tid", "token", "participant_info", *(attributes or ())}
        page = self.people[start : start + limit]
        if not page:
            return {"status": "No survey participants found."}
        return [{name: each[name] for name in each if name in base} for each in page]


@pytest.fixture
def lime():
    return FakeLime()


@pytest.fixture
def vendor(lime):
    with Vendor() as running:
        running.on("POST", PATH, lime)
        yield running


@pytest.fixture
def feed(vendor):
    def make(**given):
        told = {"url": vendor.url, "user": "demo", "password": PASSWORD, "survey": "1234",
                "zone": "Europe/Paris", **given}  # fmt: skip
        return configure(LimeSurvey, told, environ={})

    return make


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture(scope="session")
def recorded():
    """The exchanges beside the repository, by name: request and answer as they were."""
    folder = SHARED / "fixtures" / "limesurvey"
    if not folder.is_dir():
        pytest.skip("the folder shared/ beside the repository is absent")
    return {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json")}
