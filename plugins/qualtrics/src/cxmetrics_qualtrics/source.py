"""The source: configuration, the export job, and the reading of what it holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from types import NoneType
from typing import IO, Any, ClassVar, Final, Literal

from attrs import frozen

from cxmetrics.errors import AuthError, ConfigError, DriftError, RefusedError
from cxmetrics.records import FrozenMap
from cxmetrics.sources import Page, Read, Since, Source, Stream, StreamName
from cxmetrics.sources.auth import Auth, HeaderToken
from cxmetrics.sources.config import Secret, Zone, option
from cxmetrics.sources.http import Answer, Http, Policy, Rate, Request
from cxmetrics.sources.jobs import Job, export, unzip
from cxmetrics.sources.paging import NextUrl, walk
from cxmetrics.sources.policy import RETRY_ON
from cxmetrics.sources.strict import instant, member, parse
from cxmetrics_qualtrics.questions import Rating, ratings

_MOST: Final = 1_800 * 2**20
"""What Qualtrics puts into one export, unpacked."""
_UNREAL: Final = {
    1: "survey preview",
    2: "survey test",
    8: "spam",
    9: "spam preview",
    17: "preview",
}
"""Statuses of responses that nobody gave."""


@frozen(kw_only=True)
class Config:
    """The settings of Qualtrics."""

    datacenter: str = option(
        help="The data centre of the account, such as fra1: what stands before .qualtrics.com."
    )
    token: Secret = option(secret=True, help="An API token.")
    survey: str = option(help="The survey, such as SV_0a1b2c3d4e5f6g7.")
    questions: Mapping[str, str] = option(
        default=FrozenMap(),
        help="The ratings to read by question, and their names: QID1=nps,QID4_2=csat. Left out: "
        "all that have a scale, by their export tags.",
    )
    scales: Mapping[str, str] = option(
        default=FrozenMap(),
        help="The scale of questions that don't tell it: QID7=1:7. 1:5! where low is good.",
    )
    comments: Mapping[str, str] = option(
        default=FrozenMap(),
        help="The rating that a text question goes with: QID2=QID1. Left out: the one before it.",
    )
    dims: tuple[str, ...] = option(
        default=("distributionChannel",),
        help="Fields of the response to keep, embedded data among them.",
    )
    touchpoint: str | None = option(default=None, help="The touchpoint the survey is about.")
    touchpoint_field: str | None = option(
        default=None, help="The embedded data field that holds the touchpoint."
    )
    interaction_field: str | None = option(
        default=None, help="The embedded data field that holds the id of the interaction."
    )
    customer: str = option(
        default="externalDataReference",
        help="The field that tells the customer: externalDataReference, recipientEmail, or "
        "embedded data.",
    )
    unfinished: bool = option(default=False, help="Whether to read responses not finished.")
    edits: bool = option(
        default=True,
        help="Ask by the last change, so that edited responses come again; no: by when they were "
        "recorded.",
    )
    directory: str | None = option(
        default=None, help="The directory of contacts (POOL_…): without it there are no customers."
    )
    contact: Literal["extRef", "email", "contactId"] = option(
        default="extRef", help="What tells a contact of the directory, and who was invited."
    )
    contact_dims: tuple[str, ...] = option(
        default=("language",), help="Fields of contacts to keep, embedded data among them."
    )
    zone: Zone = option(
        default="UTC", help="The time zone of times without an offset; the API writes UTC."
    )
    per_minute: int = option(default=300, help="How many requests a minute the account allows.")

    def __attrs_post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})?", self.datacenter):
            raise ConfigError("datacenter is what stands before .qualtrics.com, such as fra1")
        for name in ("survey", "directory"):
            value = getattr(self, name)
            if value is not None and not re.fullmatch("[A-Za-z]+_[A-Za-z0-9]+", value):
                raise ConfigError(f"{name} is an id such as SV_0a1b2c3d4e5f6g7 or POOL_0a1b2c3d4e5")


class Qualtrics(Source[Config]):
    """Qualtrics: the responses of one survey by export, its invitations, and contacts."""

    name = "qualtrics"
    title = "Qualtrics: answers and invitations of one survey, and contacts"
    Config = Config
    version = 1
    origin = "https://{datacenter}.qualtrics.com"
    reference = "https://api.qualtrics.com/"
    skips: ClassVar[Mapping[str, str]] = {
        "test_a_rating_that_is_gone_is_told": "Qualtrics leaves out what was not answered.",
        **dict.fromkeys(
            (f"test_drift_of_an_answer_is_told[{name}]" for name in ("customers", "invitations")),
            "Qualtrics leaves out the address of the next page at the end of some lists.",
        ),
    }
    streams: ClassVar[tuple[Stream, ...]] = (
        Stream(name="responses", follows="updated"),
        Stream(name="customers", follows="nothing"),
        Stream(name="invitations", follows="nothing"),
    )

    @property
    def account(self) -> str:
        """The survey: ids of surveys are unique."""
        return self.config.survey

    def base(self) -> str:
        """Return the address of the API: another data centre than the account's refuses tokens."""
        return f"https://{self.config.datacenter}.qualtrics.com/API/v3/"

    def auth(self) -> Auth:
        """Sign with the token."""
        return HeaderToken("X-API-TOKEN", "token")

    def policy(self) -> Policy:
        """Return the budget, and the largest export."""
        return Policy(
            rate=(Rate(self.config.per_minute, per=timedelta(minutes=1)),),
            most_download=_MOST,
            judge=judge,
        )

    def filters(self, stream: StreamName) -> Mapping[str, Any]:
        """Return which responses come."""
        if stream != "responses":
            return {"directory": self.config.directory}
        return {"unfinished": self.config.unfinished, "edits": self.config.edits}

    # -- walks -------------------------------------------------------------------------------------

    def pages(self, http: Http, stream: StreamName, since: Since) -> Iterator[Page]:
        """Walk over an export, the histories of distributions, or the contacts of a directory."""
        if stream == "responses":
            yield from self._responses(http, since)
        elif stream == "invitations":
            yield from self._invitations(http, since)
        elif self.config.directory is not None:
            yield from self._contacts(http, since)

    def _responses(self, http: Http, since: Since) -> Iterator[Page]:
        found = http.get(f"survey-definitions/{self.config.survey}").json()
        asked = ratings(
            member(found, "$.result", dict),
            names=self.config.questions,
            scales=self.config.scales,
            comments=self.config.comments,
        )
        body: dict[str, Any] = {"format": "ndjson", "compress": True}
        if self.config.edits:
            body["sortByLastModifiedDate"] = True
        if since.at:
            body["startDate"] = f"{since.at:%Y-%m-%dT%H:%M:%SZ}"
        where = f"surveys/{self.config.survey}/export-responses"
        job = Job(
            start=Request(where, method="POST", json=body, repeatable=True),
            job="$.result.progressId",
            poll=f"{where}/{{job}}",
            state="$.result.status",
            file="$.result.fileId",
            download=f"{where}/{{file}}/file",
            why=("$.meta.requestId", "$.result.errorCode", "$.result.errorMessage"),
        )
        context = {"ratings": [each.to_dict() for each in asked]}
        yield from export(http, job, read=_lines, since=since, context=context)

    def _invitations(self, http: Http, since: Since) -> Iterator[Page]:
        """Walk over the recipients of every invitation that was sent for the survey."""
        people = self._people(http)
        ask = Request(
            "distributions",
            params={"surveyId": self.config.survey, "useNewPaginationScheme": True},
        )
        sent = [each for page in _listed(http, ask) for each in page.records]
        ids = sorted(str(member(each, "$.id", str)) for each in sent if _invites(each))
        resume = since.resume or {"distribution": "", "at": None}
        for name in ids:
            if name < resume["distribution"]:
                continue
            at = resume["at"] if name == resume["distribution"] else None
            history = Request(f"distributions/{name}/history")
            for page in _listed(http, history, Since(resume=at)):
                rows = [
                    {**row, "distribution": name, "customer": people.get(str(row.get("contactId")))}
                    for row in page.records
                ]
                yield Page(rows, {"distribution": name, "at": page.cursor})

    def _people(self, http: Http) -> dict[str, str]:
        """Return what tells each contact of the directory, by the contact's id."""
        if self.config.directory is None or self.config.contact == "contactId":
            return {}
        return {
            str(raw.get("contactId")): str(raw[self.config.contact])
            for page in self._contacts(http, Since())
            for raw in page.records
            if raw.get(self.config.contact)
        }

    def _contacts(self, http: Http, since: Since) -> Iterator[Page]:
        ask = Request(
            f"directories/{self.config.directory}/contacts",
            params={"pageSize": 100, "useNewPaginationScheme": True},
        )
        yield from _listed(http, ask, since)

    # -- reading -----------------------------------------------------------------------------------

    def read(self, stream: StreamName, raw: Any, context: Mapping[str, Any]) -> Read:
        """Read a response, a contact, or a line of a distribution's history."""
        if stream == "responses":
            return self._response(raw, [Rating.from_dict(each) for each in context["ratings"]])
        return self._invitation(raw) if stream == "invitations" else self._contact(raw)

    def ident(self, stream: StreamName, raw: Any) -> str:
        """Return the id of an object that could not be read."""
        if stream == "invitations":
            return f"{raw['distribution']}:{raw['contactId']}"
        return str(raw["responseId" if stream == "responses" else "contactId"])

    def _response(self, raw: Any, asked: list[Rating]) -> Read:
        name = member(raw, "$.responseId", str)
        values: dict[str, Any] = member(raw, "$.values", dict)
        recorded = self._time(values, "recordedDate")
        updated = self._time(values, "_lastModifiedDate") or recorded
        status = values.get("status")
        why = _UNREAL.get(status) if isinstance(status, int) else None
        if why is None and values.get("distributionChannel") == "preview":
            why = "survey preview"
        if why is None and not self.config.unfinished and values.get("finished") == 0:
            why = "not finished"
        if why is None and not asked:
            why = "the survey has no question on a known scale"
        if why is not None:
            return Read(id=name, updated_at=updated, skipped=why)
        started = self._time(values, "startDate")
        answered = self._time(values, "endDate") or recorded
        field = self.config.touchpoint_field
        shared = {
            "customer": _text(values.get(self.config.customer)),
            "asked_at": started if started and answered and started <= answered else None,
            "answered_at": answered,
            "language": _language(values.get("userLanguage")),
            "touchpoint": (_text(values.get(field)) if field else None) or self.config.touchpoint,
            "interaction": _text(values.get(self.config.interaction_field or "")),
            "dims": {"survey": self.config.survey}
            | {dim: values[dim] for dim in self.config.dims if _text(values.get(dim))},
        }
        records = [
            shared
            | {
                "id": f"{name}:{each.key}",
                "question": each.question,
                "scale": each.scale,
                "rating": None if str(values.get(each.key)) in each.apart else values.get(each.key),
                "verbatim": "\n".join(filter(None, (_text(values.get(c)) for c in each.comments)))
                or None,
            }
            for each in asked
        ]
        return Read(id=name, records=records, updated_at=updated)

    def _contact(self, raw: Any) -> Read:
        name = member(raw, "$.contactId", str)
        customer = _text(raw.get(self.config.contact))
        if customer is None:
            return Read(id=name, skipped=f"no {self.config.contact}")
        told = {**(raw.get("embeddedData") or {}), **raw}
        dims = {dim: str(told[dim]) for dim in self.config.contact_dims if _text(told.get(dim))}
        return Read(id=name, records=[{"id": customer, "dims": dims}])

    def _invitation(self, raw: Any) -> Read:
        contact = _text(member(raw, "$.contactId", (str, NoneType)))
        customer = _text(raw.get("customer")) or contact
        sent = self._time(raw, "sentAt")
        name = f"{member(raw, '$.distribution', str)}:{contact}"
        status = _text(raw.get("status")) or ""
        if customer is None or sent is None:
            return Read(id=name, skipped="not sent")
        answered = self._time(raw, "responseCompletedAt")
        record = {
            "id": name,
            "customer": customer,
            "survey": self.config.survey,
            "sent_at": sent,
            "delivered": _delivered(status),
            "answered_at": answered if answered and answered >= sent else None,
            "touchpoint": self.config.touchpoint,
            "dims": {"status": status} if status else {},
        }
        return Read(id=name, records=[record])

    def _time(self, values: Mapping[str, Any], name: str) -> datetime | None:
        text = member(values, f"$.{name}", (str, NoneType), default=None)
        return instant(text, zone=self.config.zone) if text else None


def judge(answer: Answer) -> None:
    """Tell a refusal in the words of the vendor, with the id its support asks for.

    Raises:
        AuthError: the token is refused; another data centre refuses it too.
        RefusedError: the request is.
    """
    if answer.status in RETRY_ON or not 400 <= answer.status < 500:
        return
    meta = member(answer.json(), "$.meta", dict)
    found = meta.get("error")
    error = found if isinstance(found, dict) else {}
    told = f"{error.get('errorCode', answer.status)}: {error.get('errorMessage', 'no message')}"
    said = f"qualtrics refuses: {_line(told)} (request {_line(meta.get('requestId', 'unknown'))})"
    if answer.status == 401:
        raise AuthError(f"{said}: renew the token, or correct the data centre.")
    raise RefusedError(f"{said}.", answer.status)


def _line(text: Any) -> str:
    return " ".join(str(text).split())[:200]


def _lines(file: IO[bytes]) -> Iterator[Any]:
    """Yield the responses of an export: one JSON object a line in the only file of a zip."""
    with unzip(file, most=_MOST) as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                found = parse(line)
                if not isinstance(found, dict):
                    raise DriftError(f"line {number} of the export is no object.", f"$[{number}]")
                yield found


def _listed(http: Http, ask: Request, since: Since | None = None) -> Iterator[Page]:
    paginator = NextUrl(at="$.result.nextPage", absent_at_end=True)
    return walk(http, paginator, ask=ask, records="$.result.elements", since=since)


def _invites(distribution: Mapping[str, Any]) -> bool:
    """Say whether a distribution invites: thanks and reminders go to people invited before."""
    return str(distribution.get("requestType", "")) in {"Invite", "GeneratedInvite", "PortalInvite"}


def _delivered(status: str) -> bool | None:
    lowered = status.lower()
    if any(word in lowered for word in ("bounce", "fail", "block", "skip", "duplicate")):
        return False
    return True if lowered in {"opened", "surveystarted", "surveyfinished", "complaint"} else None


def _text(value: Any) -> str | None:
    return None if value is None else str(value).strip() or None


def _language(value: Any) -> str | None:
    text = str(value or "").replace("_", "-").lower()
    return text if re.fullmatch("[a-z]{2,3}(-[a-z0-9]{1,8})*", text) else None
