"""The source: configuration, walks, and the reading of responses and participants."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import NoneType
from typing import Any, ClassVar, Final, Literal
from urllib.parse import urlsplit

from attrs import frozen

from cxmetrics.errors import ConfigError, DriftError, PagingError
from cxmetrics.records import FrozenMap
from cxmetrics.sources import Page, Read, Since, Source, Stream, StreamName
from cxmetrics.sources.auth import Auth, SessionLogin
from cxmetrics.sources.config import Secret, Url, Zone, option
from cxmetrics.sources.http import Http, Policy
from cxmetrics.sources.slot import Slot
from cxmetrics.sources.strict import instant, member
from cxmetrics_limesurvey import remote
from cxmetrics_limesurvey.questions import DETAILED, Rating, ratings

_BLANK: Final = frozenset({"", "-oth-"})
"""Answers that are no rating: none, and "other"."""
_OBJECT: Final = (dict, NoneType)
_NEVER: Final = "1980-01-01"
"""The submit date of every response where the survey keeps no dates."""


@frozen(kw_only=True)
class Config:
    """The settings of LimeSurvey."""

    url: Url = option(help="The address of the site, such as https://survey.example.org.")
    user: str = option(help="A user who may export the responses of the survey.")
    password: Secret = option(secret=True, help="The user's password.")
    survey: str = option(help="The number of the survey.")
    zone: Zone = option(help="The time zone of the server: the times it writes have none.")
    language: str | None = option(default=None, help="A language of the survey; else its own.")
    state: Literal["complete", "incomplete", "all"] = option(
        default="complete", help="Which responses to read."
    )
    questions: Mapping[str, str] = option(
        default=FrozenMap(),
        help="The ratings to read by question code, and their names: NPS=nps,SAT[SQ001]=csat. Left "
        "out: all that have a scale, by their codes.",
    )
    scales: Mapping[str, str] = option(
        default=FrozenMap(),
        help="The scale of questions that don't tell it: EFFORT=1:7. 1:5! where low is good.",
    )
    comments: Mapping[str, str] = option(
        default=FrozenMap(),
        help="The rating that a text question goes with: WHY=NPS. Left out: the one before it.",
    )
    dims: tuple[str, ...] = option(
        default=(), help="Columns of the export to keep with each answer, such as refurl."
    )
    touchpoint: str | None = option(default=None, help="The touchpoint the survey is about.")
    touchpoint_column: str | None = option(
        default=None, help="The column of the export that holds the touchpoint."
    )
    customer: str = option(
        default="token",
        help="What tells a participant: token, email, or an attribute such as attribute_1.",
    )
    attributes: tuple[str, ...] = option(
        default=(), help="Attributes of participants to keep as dims of customers."
    )
    window: int = option(default=1000, help="How many responses to ask for at a time.")
    route: Literal["path", "query"] = option(
        default="path",
        help="How RemoteControl is reached: index.php/admin/… (path) or index.php?r=… (query).",
    )
    login: str = option(default="Authdb", help="The login plugin of the user.")

    def __attrs_post_init__(self) -> None:
        if not re.fullmatch("[0-9]{1,12}", self.survey):
            raise ConfigError("survey is the number of a survey, such as 126243")
        if self.window < 1:
            raise ConfigError("window is 1 or more")


class LimeSurvey(Source[Config]):
    """LimeSurvey 3 to 7, by RemoteControl 2 over JSON."""

    name = "limesurvey"
    title = "LimeSurvey: answers, participants and invitations of one survey"
    Config = Config
    version = 1
    origin = "the site in `url`"
    reference = "https://manual.limesurvey.org/RemoteControl_2_API"
    streams: ClassVar[tuple[Stream, ...]] = (
        # An id is given when somebody starts, so a late completion may have a low one.
        Stream(name="responses", follows="id", ordered=True, reread=1000),
        Stream(name="customers", follows="nothing"),
        Stream(name="invitations", follows="nothing"),
    )

    @property
    def account(self) -> str:
        """The site and the survey."""
        parts = urlsplit(self.config.url)
        return f"{parts.netloc}{parts.path.rstrip('/')}/{self.config.survey}"

    def base(self) -> str:
        """Return the address of the site."""
        return f"{self.config.url.rstrip('/')}/"

    def auth(self) -> Auth:
        """Log in for a session key, which goes into every call."""
        login = (Slot("user"), Slot("password"), self.config.login)
        return SessionLogin(
            login=remote.asked(self._path, self._query, "get_session_key", *login),
            read=remote.session,
            slot="session",
            logout=remote.asked(self._path, self._query, "release_session_key", Slot("session")),
        )

    def policy(self) -> Policy:
        """Return how success is judged; there is no declared rate."""
        return Policy(judge=remote.judge)

    def filters(self, stream: StreamName) -> Mapping[str, Any]:
        """Return which responses come."""
        return {"state": self.config.state} if stream == "responses" else {}

    @property
    def _path(self) -> str:
        return "index.php" if self.config.route == "query" else "index.php/admin/remotecontrol"

    @property
    def _query(self) -> Mapping[str, str]:
        return {"r": "admin/remotecontrol"} if self.config.route == "query" else {}

    def _call(self, http: Http, method: str, *params: Any) -> Any:
        return remote.call(http, self._path, self._query, method, *params)

    @property
    def _sid(self) -> int:
        return int(self.config.survey)

    # -- walks -------------------------------------------------------------------------------------

    def pages(self, http: Http, stream: StreamName, since: Since) -> Iterator[Page]:
        """Walk over responses by ascending id, or over participants by their position."""
        if stream == "responses":
            yield from self._responses(http, since)
        else:
            start = since.resume["start"] if since.resume else 0
            for at, people in self._participants(http, start):
                yield Page(people, {"start": at})

    def _responses(self, http: Http, since: Since) -> Iterator[Page]:
        context = {"ratings": [each.to_dict() for each in self._ratings(http)]}
        customers = None if self.config.customer == "token" else self._customers(http)
        done = since.resume or {"after": (since.number or 0) - 1, "read": 0}
        # The ids first: then a gap of any width is no end, and the vendor's own count is known.
        ids = sorted(map(_id, self._export(http, done["after"] + 1, None, ["id"])))
        total = done["read"] + len(ids)
        for at in range(0, len(ids), self.config.window):
            window = ids[at : at + self.config.window]
            rows = sorted(self._export(http, window[0], window[-1]), key=_id)
            if customers is not None:
                for row in rows:
                    row["$customer"] = customers.get(str(row.get("token") or ""))
            cursor = {"after": window[-1], "read": done["read"] + at + len(window)}
            yield Page(rows, cursor, total=total, context=context)

    def _export(
        self, http: Http, first: int, last: int | None, fields: Sequence[str] | None = None
    ) -> list[dict[str, Any]]:
        """Return the responses between two ids, both included."""
        asked = [self._sid, "json", self.config.language, self.config.state, "code", "short"]
        limits: list[Any] = [max(first, 1), last]
        result = self._call(
            http, "export_responses", *asked, *limits, *([fields] if fields else [])
        )
        return [] if result is None else remote.exported(result)

    def _ratings(self, http: Http) -> list[Rating]:
        listed = self._call(http, "list_questions", self._sid, None, self.config.language)
        questions = _objects(listed, "$.result")
        details = {}
        for question in questions:
            if str(question.get("parent_qid", 0)) != "0" or question.get("type") not in DETAILED:
                continue
            number = str(question.get("qid", question.get("id", "")))
            asked = ["answeroptions", "subquestions", "attributes"]
            found = self._call(http, "get_question_properties", int(number), asked)
            details[number] = found if isinstance(found, Mapping) else {}
        return ratings(
            questions,
            details,
            names=self.config.questions,
            scales=self.config.scales,
            comments=self.config.comments,
        )

    def _participants(self, http: Http, start: int) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        """Yield (where to go on, participants); a status ends the list, not a short page."""
        wanted = {*self.config.attributes, "sent", "completed", "emailstatus", "remindercount"}
        if self.config.customer not in {"token", "email"}:
            wanted.add(self.config.customer)
        known: set[str] = set()
        while True:
            found = self._call(
                http, "list_participants", self._sid, start, self.config.window, False,  # noqa: FBT003  # by position
                sorted(wanted),
            )  # fmt: skip
            people = _objects(found, "$.result")
            if not people:
                return
            names = {str(person.get("tid")) for person in people}
            if names <= known:
                raise PagingError("participants come again and again: the walk would never end.")
            known |= names
            start += len(people)
            yield start, people

    def _customers(self, http: Http) -> dict[str, str | None]:
        return {
            str(person.get("token", "")): self._customer(person)
            for _, people in self._participants(http, 0)
            for person in people
        }

    # -- reading -----------------------------------------------------------------------------------

    def read(self, stream: StreamName, raw: Any, context: Mapping[str, Any]) -> Read:
        """Read a response, or a participant as customer or invitation."""
        if stream == "responses":
            return self._response(raw, [Rating.from_dict(each) for each in context["ratings"]])
        return self._invitation(raw) if stream == "invitations" else self._person(raw)

    def ident(self, stream: StreamName, raw: Any) -> str:
        """Return the id of a response or a participant that could not be read."""
        return f"{self.config.survey}:{_id(raw)}" if stream == "responses" else str(raw["tid"])

    def _response(self, row: Any, asked: Sequence[Rating]) -> Read:
        number = _id(row)
        name = f"{self.config.survey}:{number}"
        submitted, started = self._time(row, "submitdate"), self._time(row, "startdate")
        stamped = self._time(row, "datestamp")
        answered = submitted or stamped
        shared = {
            "customer": row["$customer"] if "$customer" in row else row.get("token") or None,
            "answered_at": answered,
            # the server's clock may be set back between the two
            "asked_at": started if started and answered and started <= answered else None,
            "language": _language(row.get("startlanguage")),
            "touchpoint": self._touchpoint(row),
            "dims": {"survey": self.config.survey}
            | {column: _cell(row, column) for column in self.config.dims if _cell(row, column)},
        }
        records = [
            {
                **shared,
                "id": f"{name}:{each.key}",
                "question": each.question,
                "scale": each.scale,
                "rating": _rating(_cell(row, each.key), each.codes),
                "verbatim": "\n".join(filter(None, (_cell(row, c) for c in each.comments))) or None,
            }
            for each in asked
        ]
        return Read(
            id=name,
            records=records,
            updated_at=stamped or submitted,
            mark=number,
            skipped=None if records else "the survey has no question on a known scale",
        )

    def _touchpoint(self, row: Mapping[str, Any]) -> str | None:
        column = self.config.touchpoint_column
        return (_cell(row, column) if column else None) or self.config.touchpoint

    def _time(self, row: Mapping[str, Any], column: str) -> datetime | None:
        text = member(row, f"$.{column}", (str, NoneType), default=None)
        if text in {None, "", "N", "Y", "Q"} or text.startswith(_NEVER):
            return None
        return instant(text, zone=self.config.zone)

    def _customer(self, person: Mapping[str, Any]) -> str | None:
        return str(_told(person).get(self.config.customer) or "") or None

    def _person(self, person: Any) -> Read:
        number, customer = str(member(person, "$.tid", (int, str))), self._customer(person)
        if customer is None:
            return Read(id=number, skipped=f"no {self.config.customer}")
        told = _told(person)
        dims = {name: str(told[name]) for name in self.config.attributes if told.get(name)}
        return Read(id=number, records=[{"id": customer, "dims": dims}])

    def _invitation(self, person: Any) -> Read:
        number, customer = str(member(person, "$.tid", (int, str))), self._customer(person)
        sent = self._time(person, "sent")
        if customer is None or sent is None:
            return Read(id=number, skipped="not invited" if customer else "nobody to invite")
        completed = self._time(person, "completed")
        record = {
            "id": f"{self.config.survey}:{number}",
            "customer": customer,
            "survey": self.config.survey,
            "sent_at": sent,
            "channel": "email",
            "delivered": False if person.get("emailstatus") == "bounced" else None,
            "answered_at": completed if completed and completed >= sent else None,
            "touchpoint": self.config.touchpoint,
            "dims": {"reminders": int(person["remindercount"])}
            if str(person.get("remindercount", "")).isdigit()
            else {},
        }
        return Read(id=number, records=[record])


def _id(row: Mapping[str, Any]) -> int:
    """Return the id of a response: a number in short answers, a text in long ones."""
    text = str(member(row, "$.id", (int, str)))
    if not re.fullmatch("[0-9]{1,18}", text):
        raise DriftError("the id of a response is no whole number.", "$.responses[].id")
    return int(text)


def _told(person: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is told of a participant: some of it is one level below."""
    return {**person, **(member(person, "$.participant_info", _OBJECT, default=None) or {})}


def _cell(row: Mapping[str, Any], column: str) -> str | None:
    """Return an answer as text, None where there is none.

    Raises:
        DriftError: the export has no such column.
    """
    if column not in row:
        other = column.replace("[", "_").rstrip("]")
        if other == column or other not in row:
            raise DriftError(f"the export has no column {column!r}.", f"$.responses[].{column}")
        column = other
    value = row[column]
    return None if value is None else str(value).strip() or None


def _rating(text: str | None, codes: Mapping[str, float]) -> str | float | None:
    if text is None or text in _BLANK:
        return None
    return codes.get(text, text)  # what is no rating is refused, with its text


def _language(value: Any) -> str | None:
    text = str(value or "")
    return text if re.fullmatch("[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", text) else None


def _objects(result: Any, path: str) -> list[dict[str, Any]]:
    """Return a list of objects; None, an empty list said by a status, for none."""
    if result is None:
        return []
    found = member({"result": result}, "$.result", (list, dict))
    listed = list(found.values()) if isinstance(found, dict) else found
    for at, each in enumerate(listed):
        if not isinstance(each, dict):
            raise DriftError("an entry is no object.", f"{path}[{at}]")
    return listed
