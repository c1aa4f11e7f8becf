"""The source: configuration and walks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar, Final, Literal

from attrs import evolve, frozen

from cxmetrics.errors import ConfigError, RefusedError
from cxmetrics.sources import Page, Read, Since, Source, Stream, StreamName
from cxmetrics.sources.auth import Auth, Basic, HeaderToken
from cxmetrics.sources.config import Secret, option
from cxmetrics.sources.http import Http, Policy, Rate, Request
from cxmetrics.sources.paging import Cursor, NextUrl, walk
from cxmetrics.sources.policy import RETRY_ON
from cxmetrics.sources.slot import Slot
from cxmetrics.sources.strict import member
from cxmetrics_zendesk import reading

_LATE: Final = timedelta(days=31)
"""A customer may answer, or change the answer, for 28 days after being asked."""
_SETTLED: Final = timedelta(minutes=2)
"""Exports don't take a start within the last minute."""
_LISTS: Final = {"legacy": "satisfaction_ratings", "surveys": "guide/survey_responses"}


@frozen(kw_only=True)
class Config:
    """The settings of Zendesk."""

    subdomain: str = option(help="What stands before .zendesk.com.")
    email: str | None = option(default=None, help="The address of the agent the API token is of.")
    token: Secret | None = option(default=None, secret=True, help="An API token.")
    oauth: Secret | None = option(
        default=None, secret=True, help="An OAuth access token, in place of address and API token."
    )
    csat: Literal["auto", "legacy", "surveys"] = option(
        default="auto",
        help="Which ratings: good or bad of before 2024 (legacy), survey responses (surveys), or "
        "those that the account has (auto).",
    )
    touchpoint: str = option(default="support", help="The touchpoint of answers and tickets.")
    ticket_dims: tuple[str, ...] = option(
        default=("status", "priority", "type"),
        help="Fields of tickets to keep, by name; custom fields by their number.",
    )
    user_dims: tuple[str, ...] = option(
        default=("locale", "organization_id"),
        help="Fields of users to keep, by name; user fields by their key.",
    )
    start: date | None = option(default=None, help="Read nothing from before this day (UTC).")
    locale: str = option(default="en-us", help="The language of the reasons customers choose.")
    per_minute: int = option(default=200, help="How many requests a minute the plan allows.")

    def __attrs_post_init__(self) -> None:
        if not re.fullmatch("[A-Za-z0-9][A-Za-z0-9-]{0,62}", self.subdomain):
            raise ConfigError("subdomain is what stands before .zendesk.com: letters, digits, -")
        if not re.fullmatch("[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?", self.locale):
            raise ConfigError("locale is a language such as en-us")
        if (self.oauth is None) == (self.token is None):
            raise ConfigError(
                "give either an API token (token, with email) or an OAuth one (oauth)"
            )
        if self.token is not None and self.email is None:
            raise ConfigError("email must be given with an API token")


class Zendesk(Source[Config]):
    """Zendesk Support: CSAT of both kinds, tickets, users."""

    name = "zendesk"
    title = "Zendesk: CSAT answers, tickets and users"
    Config = Config
    version = 1
    origin = "https://{subdomain}.zendesk.com"
    reference = "https://developer.zendesk.com/api-reference/"
    streams: ClassVar[tuple[Stream, ...]] = (
        # Both kinds are asked by when they were created, and answered later.
        Stream(name="responses", follows="created", overlap=_LATE),
        Stream(name="customers", follows="updated", deletes=True),
        Stream(name="interactions", follows="updated", deletes=True),
    )

    @property
    def account(self) -> str:
        """The subdomain."""
        return self.config.subdomain

    def base(self) -> str:
        """Return the address of the API."""
        return f"https://{self.config.subdomain}.zendesk.com/api/v2/"

    def auth(self) -> Auth:
        """Sign with an OAuth token, or with the agent's address and an API token."""
        if self.config.oauth is not None:
            return HeaderToken("Authorization", "oauth", prefix="Bearer ")
        return Basic(Slot("email", after="/token"), "token")

    def policy(self) -> Policy:
        """Return what passes here and not elsewhere, and the budget."""
        return Policy(
            retry_on=RETRY_ON | {409, 520, 524},
            rate=(Rate(self.config.per_minute, per=timedelta(minutes=1)),),
        )

    def filters(self, stream: StreamName) -> Mapping[str, Any]:
        """Return which records come."""
        start = self.config.start.isoformat() if self.config.start else None
        return {"start": start} | ({"csat": self.config.csat} if stream == "responses" else {})

    # -- walks -------------------------------------------------------------------------------------

    def pages(self, http: Http, stream: StreamName, since: Since) -> Iterator[Page]:
        """Walk over ratings, or over an incremental export."""
        if stream == "responses":
            yield from self._responses(http, since)
        else:
            yield from self._exported(http, "users" if stream == "customers" else "tickets", since)

    def _from(self, since: Since) -> datetime:
        """Return where to start: the mark, or the day the user says."""
        day = self.config.start
        first = datetime.combine(day, time(), UTC) if day else datetime.fromtimestamp(0, UTC)
        return max(since.at, first) if since.at else first

    def _responses(self, http: Http, since: Since) -> Iterator[Page]:
        names: list[str] = list(_LISTS) if self.config.csat == "auto" else [self.config.csat]
        at = since.resume["list"] if since.resume else names[0]
        refused: RefusedError | None = None
        for name in names[names.index(at) :]:
            inner = Since(resume=since.resume["at"]) if since.resume and name == at else Since()
            started = since.resume is not None and name == at
            try:
                for page in self._list(http, name, self._from(since), inner):
                    started = True
                    yield evolve(page, cursor={"list": name, "at": page.cursor})
            except RefusedError as error:
                # One of the two is not part of the plan, or switched off: the other one counts.
                if started or error.status not in {403, 404} or refused or len(names) == 1:
                    raise
                refused = error
                yield Page([{"unavailable": name, "status": error.status}])

    def _list(self, http: Http, name: str, start: datetime, since: Since) -> Iterator[Page]:
        # ratings are asked for by seconds, survey responses by milliseconds
        seconds = int(start.timestamp())
        params: dict[str, int | str] = {"page[size]": 100}
        if name == "legacy":
            params |= {"start_time": seconds, "score": "received"}
        else:
            params |= {"filter[created_at_start]": seconds * 1000, "sort": "id"}
        ask = Request(_LISTS[name], params=params)
        found = walk(
            http,
            Cursor(at="$.meta.after_cursor", more="$.meta.has_more", param="page[after]"),
            ask=ask,
            records=f"$.{_LISTS[name].rpartition('/')[2]}",
            since=since,
        )
        if name == "legacy":
            yield from found
            return
        known: dict[str, Any] = {}
        for page in found:
            keys = {reading.survey_key(raw) for raw in page.records}
            for key in sorted(keys - known.keys()):
                known[key] = self._survey(http, key)
            yield evolve(page, context={"surveys": {key: known[key] for key in sorted(keys)}})

    def _survey(self, http: Http, key: str) -> dict[str, Any]:
        try:
            answer = http.get(f"guide/{self.config.locale}/surveys/{key}")
        except RefusedError as error:
            if error.status == 404:
                return {}  # then the scale is not known, and its answers are kept aside
            raise
        return reading.survey(member(answer.json(), "$.survey", dict))

    def _exported(self, http: Http, name: str, since: Since) -> Iterator[Page]:
        """Walk over an incremental export, by an opaque cursor: stamps of one second do no harm."""
        start = min(self._from(since), http.clock.now() - _SETTLED)
        ask = Request(
            f"incremental/{name}/cursor",
            params={"start_time": int(start.timestamp()), "per_page": 1000},
        )
        paginator = NextUrl(at="$.after_url", end="$.end_of_stream")
        for page in walk(http, paginator, ask=ask, records=f"$.{name}", since=since):
            gone = [str(raw["id"]) for raw in page.records if _deleted(raw)]
            kept = [raw for raw in page.records if not _deleted(raw)]
            yield evolve(page, records=kept, gone=gone)

    # -- reading -----------------------------------------------------------------------------------

    def read(self, stream: StreamName, raw: Any, context: Mapping[str, Any]) -> Read:
        """Read a rating, a survey response, a ticket or a user."""
        if stream == "customers":
            return reading.user(raw, self.config.user_dims)
        if stream == "interactions":
            return reading.ticket(raw, self.config.touchpoint, self.config.ticket_dims)
        if "unavailable" in member(raw, "$", dict):
            what = {"legacy": "satisfaction ratings", "surveys": "survey responses"}
            return Read(
                id=f"{raw['unavailable']}: unavailable",
                skipped=f"{what[raw['unavailable']]} are not available (HTTP {raw['status']})",
            )
        if "answers" in raw:
            return reading.answers(raw, self.config.touchpoint, context.get("surveys", {}))
        return reading.rating(raw, self.config.touchpoint)

    def ident(self, stream: StreamName, raw: Any) -> str:
        """Return the id of an object that could not be read."""
        kind = ("survey:" if "answers" in raw else "rating:") if stream == "responses" else ""
        return f"{kind}{raw['id']}"


def _deleted(raw: Any) -> bool:
    """Say whether an export tells that a ticket or a user was deleted."""
    return isinstance(raw, dict) and (raw.get("status") == "deleted" or raw.get("active") is False)
