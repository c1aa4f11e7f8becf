"""A Zendesk in memory, reached through a transport instead of the network."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import httpx
import pytest

from cxmetrics.datasets.loopback import Asked, Reply
from cxmetrics.sources.config import configure
from cxmetrics.testing.clock import FakeClock
from cxmetrics_zendesk import Zendesk

TOKEN = "CANARY-zendesk-token"  # invented
HOST = "https://acme.zendesk.com"
START = 1_767_225_600  # 2026-01-01


class FakeZendesk:
    """Ratings, survey responses, tickets and users, with stamps of one second."""

    token = TOKEN
    start = START

    def __init__(self):
        self.ratings: list[dict] = []
        self.surveys: dict[str, dict] = {}
        self.responses: list[dict] = []
        self.tickets: list[dict] = []
        self.users: list[dict] = []
        self.size = 100
        self.barred: dict[str, int] = {}

    # -- objects

    def rate(self, number, score, *, at=START, **more):
        stamp = _stamp(at)
        self.ratings.append(
            {
                "id": number,
                "url": f"{HOST}/api/v2/satisfaction_ratings/{number}.json",
                "assignee_id": 7,
                "group_id": 8,
                "requester_id": 100 + number,
                "ticket_id": 1000 + number,
                "score": score,
                "comment": None,
                "reason": None,
                "created_at": stamp,
                "updated_at": stamp,
                **more,
            }
        )

    def survey(self, name, version, points, kind="rating_scale_emoji"):
        self.surveys[f"{name}/{version}"] = {
            "id": name,
            "version": version,
            "state": "enabled",
            "questions": [
                {
                    "id": "Q1",
                    "type": kind,
                    "sub_type": "customer_satisfaction",
                    "options": [
                        {"rating": p, "label": {"type": "static", "value": f"level {p}"}}
                        for p in points
                    ],
                },
                {
                    "id": "Q2",
                    "type": "closed_ended",
                    "options": [
                        {"id": "O1", "label": {"type": "dynamic", "key": "k", "value": "Too slow"}}
                    ],
                },
                {"id": "Q3", "type": "open_ended"},
            ],
        }

    def respond(self, name, rating=None, *, survey="S1", version=1, at=START, words=None,
                reason=None, **more):  # fmt: skip
        stamps = {"created_at": _stamp(at), "updated_at": _stamp(at)}
        question = {"id": "Q1", "sub_type": "customer_satisfaction", "type": "rating_scale_emoji"}
        answers = []
        if rating is not None:
            answers.append(
                {"type": "rating_scale", "rating": rating, "rating_category": "good",
                 "question": question, **stamps}
            )  # fmt: skip
        if reason:
            chosen = [{"type": "predefined", "option_id": reason}]
            asked = {"id": "Q2", "type": "closed_ended"}
            answers.append({"type": "closed_ended", "selections": chosen, "question": asked,
                            **stamps})  # fmt: skip
        if words is not None:
            asked = {"id": "Q3", "type": "open_ended"}
            answers.append({"type": "open_ended", "value": words, "question": asked, **stamps})
        else:
            asked = {"id": "Q3", "type": "open_ended"}
            answers.append({"type": "skipped", "question": asked, **stamps})
        self.responses.append(
            {
                "id": name,
                "responder_id": 501,
                "expires_at": _stamp(at + 28 * 86_400),
                "subject_zrns": ["zen:ticket:99"],
                "subjects": [{"id": "99", "type": "ticket", "zrn": "zen:ticket:99"}],
                "survey": {"id": survey, "version": version, "state": "enabled"},
                "answers": answers,
                **more,
            }
        )

    def ticket(self, number, *, at=START, **more):
        self.tickets.append(
            {
                "id": number,
                "requester_id": 501,
                "status": "solved",
                "priority": "high",
                "type": None,
                "via": {"channel": "email"},
                "created_at": _stamp(START),
                "updated_at": _stamp(START),
                "generated_timestamp": at,
                "custom_fields": [{"id": 360, "value": "north"}],
                "tags": ["vip", "fr"],
                **more,
            }
        )

    def user(self, number, *, at=START, **more):
        self.users.append(
            {
                "id": number,
                "name": f"Client {number}",
                "email": f"client{number}@example.test",
                "role": "end-user",
                "active": True,
                "locale": "fr-FR",
                "organization_id": 31,
                "user_fields": {"plan": "pro"},
                "created_at": _stamp(START),
                "updated_at": _stamp(at),
                **more,
            }
        )

    # -- answers

    def __call__(self, asked: Asked) -> Reply:
        path = asked.path.removeprefix("/api/v2/")
        for start, status in self.barred.items():
            if path.startswith(start):
                return Reply.of({"error": "Forbidden"}, status=status)
        query = asked.query
        if path == "satisfaction_ratings":
            since = int(query["start_time"])
            found = [r for r in self.ratings if _epoch(r["created_at"]) >= since]
            return self._page(path, found, query)
        if path == "guide/survey_responses":
            since = int(query["filter[created_at_start]"]) / 1000
            found = [r for r in self.responses if _epoch(r["answers"][0]["created_at"]) >= since]
            return self._page("survey_responses", found, query)
        if path.startswith("guide/en-us/surveys/"):
            survey = self.surveys.get(path.removeprefix("guide/en-us/surveys/"))
            if survey is None:
                return Reply.of({"errors": [{"code": "NotFound", "status": "404"}]}, status=404)
            return Reply.of({"survey": survey})
        if path in {"incremental/tickets/cursor", "incremental/users/cursor"}:
            name = path.split("/")[1]
            stamp = (lambda t: t["generated_timestamp"]) if name == "tickets" else (
                lambda u: _epoch(u["updated_at"])
            )  # fmt: skip
            return self._export(name, getattr(self, name), stamp, query)
        return Reply.of({"error": "InvalidEndpoint"}, status=404)

    def _page(self, name, found, query):
        after = query.get("page[after]", "after-0")
        if not after.startswith("after-"):
            return Reply.of({"error": "InvalidPaginationParameter"}, status=400)
        start = int(after.removeprefix("after-"))
        size = min(int(query["page[size]"]), self.size)
        more = start + size < len(found)
        meta = {"has_more": more, "after_cursor": f"after-{start + size}" if found else None}
        return Reply.of({name: found[start : start + size], "meta": meta})

    def _export(self, name, objects, stamp, query):
        """An opaque cursor says where in (stamp, id) the export is: a stamp shared by more than a
        page is no matter."""
        assert ("cursor" in query) != ("start_time" in query)
        if "cursor" in query:
            after = tuple(json.loads(query["cursor"]))
            found = [o for o in objects if (stamp(o), o["id"]) > after]
        else:
            found = [o for o in objects if stamp(o) >= int(query["start_time"])]
            after = (int(query["start_time"]), 0)
        found.sort(key=lambda o: (stamp(o), o["id"]))
        page = found[: self.size]
        if page:
            after = (stamp(page[-1]), page[-1]["id"])
        cursor = json.dumps(after).replace(" ", "")
        return Reply.of(
            {
                name: page,
                "after_cursor": cursor,
                "after_url": f"{HOST}/api/v2/incremental/{name}/cursor?cursor={cursor}",
                "end_of_stream": len(found) <= self.size,
            }
        )


def _stamp(epoch):
    return f"{datetime.fromtimestamp(epoch, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _epoch(text):
    return int(datetime.fromisoformat(text).timestamp())


@pytest.fixture
def desk():
    return FakeZendesk()


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
        assert request.url.host == "acme.zendesk.com"
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
def vendor(desk):
    return Wire(desk)


@pytest.fixture
def feed():
    def make(**given):
        signed = {} if "oauth" in given else {"email": "agent@example.test", "token": TOKEN}
        told = {"subdomain": "acme", **signed, **given}
        return configure(Zendesk, told, environ={})

    return make


@pytest.fixture
def seams(vendor):
    clock = FakeClock(time=datetime(2026, 3, 1, tzinfo=UTC))
    return {"transport": httpx.MockTransport(vendor), "clock": clock}
