"""A Qualtrics in memory, with export jobs that run, fail, expire and lie."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from cxmetrics.datasets.loopback import Asked, Reply
from cxmetrics.sources.config import configure
from cxmetrics.testing.clock import FakeClock
from cxmetrics_qualtrics import Qualtrics

TOKEN = "CANARY-qualtrics-token"
HOST = "https://fra1.qualtrics.com"
BASE = "/API/v3/"
SURVEY = "SV_0000000000001"


def choices(*recoded, **more):
    """Return the choices of a question, with the values they are recoded to."""
    return {
        "Choices": {str(at): {"Display": f"choice {at}"} for at in range(1, len(recoded) + 1)},
        "RecodeValues": {str(at): str(value) for at, value in enumerate(recoded, 1)},
        **more,
    }


def definition(**questions):
    """Return a survey definition; questions are asked in their order."""
    return {
        "SurveyID": SURVEY,
        "Questions": {
            name: {"QuestionID": name, "DataExportTag": f"Q{name[3:]}", **question}
            for name, question in questions.items()
        },
        "Blocks": {
            "BL_1": {
                "Type": "Default",
                "ID": "BL_1",
                "BlockElements": [{"Type": "Question", "QuestionID": name} for name in questions],
            }
        },
        "SurveyFlow": {"Type": "Root", "Flow": [{"Type": "Block", "ID": "BL_1"}]},
    }


NPS = {"QuestionType": "MC", "Selector": "NPS"}
CSAT = {"QuestionType": "MC", "Selector": "SAVR", **choices(1, 2, 3, 4, 5)}
WHY = {"QuestionType": "TE", "Selector": "ML"}


class FakeQualtrics:
    """One survey, its export jobs, distributions and a directory."""

    choices = staticmethod(choices)
    definition = staticmethod(definition)
    survey = SURVEY
    token = TOKEN

    def __init__(self):
        self.definition_ = definition(QID1=NPS, QID2=WHY, QID3=CSAT)
        self.rows: list[dict] = []
        self.jobs: dict[str, dict] = {}
        self.states = ["inProgress", "inProgress", "complete"]
        self.start: list[dict] = []
        self.distributions: list[dict] = []
        self.histories: dict[str, list[dict]] = {}
        self.contacts: list[dict] = []
        self.size = 100
        self.file = None
        self.early = False

    def add(self, name, *, at="2026-03-01T10:00:00Z", **values):
        self.rows.append(
            {
                "responseId": name,
                "values": {
                    "startDate": "2026-03-01T09:58:00Z",
                    "endDate": at,
                    "recordedDate": at,
                    "_recordId": name,
                    "status": 0,
                    "finished": 1,
                    "progress": 100,
                    "distributionChannel": "email",
                    "userLanguage": "FR",
                    **values,
                },
                "labels": {},
                "displayedFields": [],
                "displayedValues": {},
            }
        )

    def told(self, result, **meta):
        return Reply.of({"result": result, "meta": {"requestId": "req-1", "httpStatus": "200 - OK",
                                                    **meta}})  # fmt: skip

    def refuse(self, status, code, message):
        error = {"errorCode": code, "errorMessage": message}
        meta = {"httpStatus": f"{status}", "requestId": "req-9", "error": error}
        return Reply.of({"meta": meta}, status=status)

    def __call__(self, asked: Asked) -> Reply:
        if asked.headers.get("x-api-token") != TOKEN:
            return self.refuse(401, "AUTH_6", "Unrecognized X-API-TOKEN.")
        parts = asked.path.removeprefix(BASE).split("/")
        if parts[0] == "survey-definitions":
            return self.told(self.definition_)
        if parts[0] == "surveys" and parts[2] == "export-responses":
            return self._export(asked, parts[3:])
        if parts[0] == "distributions" and len(parts) == 1:
            return self._listed(asked, self.distributions)
        if parts[0] == "distributions":
            return self._listed(asked, self.histories.get(parts[1], []))
        if parts[0] == "directories":
            return self._listed(asked, self.contacts)
        return self.refuse(404, "QPN_1", "The requested resource does not exist.")

    def _export(self, asked, parts):
        if asked.method == "POST":
            self.start.append(asked.json())
            name = f"ES_{len(self.start)}"
            self.jobs[name] = {"states": list(self.states), "body": asked.json()}
            return self.told({"progressId": name, "percentComplete": 0.0, "status": "inProgress"})
        if len(parts) == 1:
            if parts[0] not in self.jobs:
                return self.refuse(404, "PROGRESS_1", "The job does not exist.")
            states = self.jobs[parts[0]]["states"]
            state = states.pop(0) if len(states) > 1 else states[0]
            return self.told(self.progress(state, parts[0]))
        return Reply(self.file or self.packed(), headers={"Content-Type": "application/zip"})

    def progress(self, state, name):
        if state == "complete":
            return {"status": state, "percentComplete": 100.0, "fileId": f"file-{name}"}
        if state == "failed":
            return {"status": state, "percentComplete": 67.0, "errorCode": "E1"}
        if state == "null file":
            return {"status": "complete", "percentComplete": 100.0, "fileId": None}
        return {"status": state, "percentComplete": 100.0 if self.early else 40.0}

    def packed(self, rows=None):
        since = (self.start[-1] if self.start else {}).get("startDate", "")
        lines = "".join(
            json.dumps(row, ensure_ascii=False) + "\n"
            for row in (self.rows if rows is None else rows)
            if row["values"]["recordedDate"] >= since
        )
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("Client survey.ndjson", lines)
        return held.getvalue()

    def _listed(self, asked, found):
        start = int(asked.query.get("skipToken", 0))
        end = start + self.size
        nxt = f"{HOST}{asked.path}?skipToken={end}" if end < len(found) else None
        return self.told({"elements": found[start:end], "nextPage": nxt})


class Wire:
    """The way to the vendor: what was asked, and what goes wrong on it."""

    def __init__(self, answer):
        self.answer = answer
        self.log: list[Asked] = []
        self._faults: list[tuple] = []

    def misbehave(self, fault, *, at=None):
        """Do something wrong with every answer, or with the one of that number."""
        self._faults.append((fault, at))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert request.url.host == "fra1.qualtrics.com"
        asked = Asked(
            method=request.method,
            target=request.url.raw_path.decode(),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=request.read(),
        )
        self.log.append(asked)
        reply = self.answer(asked)
        for fault, at in self._faults:
            if at in {None, len(self.log)}:
                reply = fault(asked, reply)
        headers = {"Content-Type": "application/json", **reply.headers}
        return httpx.Response(reply.status, headers=headers, content=reply.body)


@pytest.fixture
def qualtrics():
    return FakeQualtrics()


@pytest.fixture
def vendor(qualtrics):
    return Wire(qualtrics)


@pytest.fixture
def feed():
    def make(**given):
        told = {"datacenter": "fra1", "token": TOKEN, "survey": SURVEY, **given}
        return configure(Qualtrics, told, environ={})

    return make


@pytest.fixture
def seams(vendor):
    clock = FakeClock(time=datetime(2026, 3, 10, tzinfo=UTC) + timedelta())
    return {"transport": httpx.MockTransport(vendor), "clock": clock}
