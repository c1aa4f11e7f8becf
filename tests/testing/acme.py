"""A vendor of three pages, a source that reads it well, and sources that do one thing wrong."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from attrs import evolve, frozen

from cxmetrics.errors import AuthError, CxError
from cxmetrics.records import Response
from cxmetrics.sources import Page, Read, Since, Source, Stream
from cxmetrics.sources.config import Secret, option
from cxmetrics.sources.http import Request
from cxmetrics.sources.paging import Cursor, walk
from cxmetrics.sources.strict import instant, member
from cxmetrics.testing import SourceSuite

HOST = "https://api.acme.example"


def told(number: int, rating: int | None) -> dict[str, Any]:
    stamp = f"2026-03-0{number}T09:00:00Z"
    return {"id": f"a{number}", "score": rating, "at": stamp, "words": "Très bien"}


def page(number: int, *objects: dict[str, Any], more: bool = True) -> dict[str, Any]:
    following = f"{HOST}/v1/responses?limit=2&page={number + 1}"
    return {
        "data": list(objects),
        "next": following if more else None,
        "cursor": f"p{number + 1}" if more else None,
    }


PAGES = [
    page(1, told(1, 9), told(2, 4)),
    page(2, told(3, None), told(4, 10)),
    page(3, told(5, 0), more=False),
]
RATINGS = {"a1": 9, "a2": 4, "a3": None, "a4": 10, "a5": 0}


@frozen(kw_only=True)
class Config:
    token: Secret = option(secret=True, help="A token.")


class Acme(Source[Config]):
    """Without fault."""

    name = "acme"
    title = "Acme"
    Config = Config
    streams = (Stream(name="responses", ordered=True),)
    origin = HOST
    reference = "https://docs.acme.example"

    def base(self) -> str:
        return f"{HOST}/v1/"

    def auth(self) -> Any:
        from cxmetrics.sources.auth import HeaderToken

        return HeaderToken("Authorization", "token", prefix="Bearer ")

    def ask(self, since: Since) -> Request:
        return Request("responses", params={"since": since.at and since.at.isoformat()})

    def pages(self, http: Any, stream: str, since: Since) -> Iterator[Page]:
        by = Cursor(at="$.cursor")
        yield from walk(http, by, ask=self.ask(since), records="$.data", since=since)

    def read(self, stream: str, raw: Any, context: Mapping[str, Any]) -> Read:
        key = member(raw, "$.id", str)
        answer = {
            "id": key,
            "rating": member(raw, "$.score", (int, type(None))),
            "scale": "0:10",
            "verbatim": member(raw, "$.words", (str, type(None)), default=None),
            "answered_at": self.time(raw),
        }
        return Read(id=key, records=[answer], updated_at=self.time(raw))

    def time(self, raw: Any) -> datetime:
        return instant(member(raw, "$.at", str))


class Well(SourceSuite):
    """A suite without fault."""

    source: ClassVar[type[Source[Any]]] = Acme
    pages: ClassVar[Any] = {"responses": PAGES}
    expect: ClassVar[Any] = {"responses": 5}


class Careless(Well):
    """Its recordings hold what may be somebody's."""

    pages: ClassVar[Any] = {
        "responses": [{**PAGES[0], "by": "ana@acme-shop.com, 06 12 34 56 78"}, *PAGES[1:]]
    }


class Leaky(Well):
    """Its recordings hold the token."""

    settings: ClassVar[Any] = {"token": "an-invented-token"}
    pages: ClassVar[Any] = {"responses": [{**PAGES[0], "by": "an-invented-token"}, *PAGES[1:]]}


class Exact(Well):
    """It says which records come."""


def answers(ratings: Mapping[str, int | None]) -> list[Response]:
    return [
        Response(
            id=key,
            rating=rating,
            scale="0:10",  # type: ignore[arg-type]
            verbatim="Très bien",
            answered_at=datetime.fromisoformat(f"2026-03-0{key[1]}T09:00:00+00:00"),
        )
        for key, rating in ratings.items()
    ]


# -- each does one thing wrong ---------------------------------------------------------------------


class ForgetsPaging(Acme):
    def pages(self, http: Any, stream: str, since: Since) -> Iterator[Page]:
        yield Page(member(http.send(self.ask(since)).json(), "$.data", list))


class DropsTheLastPage(Acme):
    def pages(self, http: Any, stream: str, since: Since) -> Iterator[Page]:
        for found in super().pages(http, stream, since):
            if found.cursor is None or found.cursor["next"] is not None:
                yield found


class CursorGoesBack(Acme):
    def pages(self, http: Any, stream: str, since: Since) -> Iterator[Page]:
        start = Since(mark=since.mark)  # whatever the cursor says
        for number, found in enumerate(super().pages(http, stream, start)):
            yield evolve(found, cursor={"page": number})


class CursorSkips(Acme):
    """The cursor of a page is that of the one after it."""

    def pages(self, http: Any, stream: str, since: Since) -> Iterator[Page]:
        request: Request | None = self.ask(since)
        if since.resume:
            request = evolve(request, params={"cursor": since.resume})
        while request is not None:
            body = http.send(request).json()
            found = member(body, "$.data", list)
            cursor = member(body, "$.cursor", (str, type(None)))
            later = cursor and f"p{min(int(cursor[1:]) + 1, 3)}"
            yield Page(found, later)
            request = None if cursor is None else Request("responses", params={"cursor": cursor})


class LeaksTheToken(Acme):
    def pages(self, http: Any, stream: str, since: Since) -> Iterator[Page]:
        try:
            yield from super().pages(http, stream, since)
        except AuthError:
            token = http._vault.reveal("token")
            raise AuthError(f"acme refuses the token {token}.") from None


class Converts(Acme):
    """11 becomes 10."""

    def read(self, stream: str, raw: Any, context: Mapping[str, Any]) -> Read:
        found = super().read(stream, raw, context)
        (answer,) = map(dict, found.records)
        if answer["rating"] is not None:
            answer["rating"] = max(0, min(10, answer["rating"]))
        return evolve(found, records=[answer])


class NaiveTimes(Acme):
    def time(self, raw: Any) -> datetime:
        return super().time(raw).replace(tzinfo=None)


class AsksAnotherHost(Acme):
    def pages(self, http: Any, stream: str, since: Since) -> Iterator[Page]:
        import http.client as client

        with contextlib.suppress(OSError):
            client.HTTPConnection("127.0.0.1", 9, timeout=1).request("GET", "/count")
        yield from super().pages(http, stream, since)


class CrashesOnUnknownFields(Acme):
    def read(self, stream: str, raw: Any, context: Mapping[str, Any]) -> Read:
        found = super().read(stream, raw, context)
        if set(raw) - {"id", "score", "at", "words"}:
            raise KeyError("a field that is not known")
        return found


class MakesUpIds(Acme):
    def read(self, stream: str, raw: Any, context: Mapping[str, Any]) -> Read:
        found = super().read(stream, raw, context)
        return evolve(found, records=[{**r, "id": str(uuid.uuid4())} for r in found.records])  # type: ignore[union-attr]


class TellsTheTimeOfNow(Acme):
    def read(self, stream: str, raw: Any, context: Mapping[str, Any]) -> Read:
        found = super().read(stream, raw, context)
        dims = {"read": str(uuid.uuid4())}
        return evolve(found, records=[{**r, "dims": dims} for r in found.records])  # type: ignore[union-attr]


class NotInOrder(Acme):
    def pages(self, http: Any, stream: str, since: Since) -> Iterator[Page]:
        for found in super().pages(http, stream, since):
            yield evolve(found, records=list(found.records)[::-1])


class IgnoresSince(Acme):
    def ask(self, since: Since) -> Request:
        return Request("responses")


class HasNoMark(Acme):
    def read(self, stream: str, raw: Any, context: Mapping[str, Any]) -> Read:
        return evolve(super().read(stream, raw, context), updated_at=None)


class SwallowsErrors(Acme):
    def pages(self, http: Any, stream: str, since: Since) -> Iterator[Page]:
        with contextlib.suppress(CxError):
            yield from super().pages(http, stream, since)


class GivesUp(Acme):
    """One fault is enough for it."""

    def policy(self) -> Any:
        from cxmetrics.sources.http import Policy

        return Policy(tries=1)


class Crashes(Acme):
    def read(self, stream: str, raw: Any, context: Mapping[str, Any]) -> Read:
        if isinstance(raw, dict):
            raw["words"].upper()
        return super().read(stream, raw, context)


class LosesTheRating(Acme):
    def read(self, stream: str, raw: Any, context: Mapping[str, Any]) -> Read:
        return super().read(
            stream, {"score": None, **raw} if isinstance(raw, dict) else raw, context
        )


class TakesTheEndForGranted(Acme):
    """A page without a cursor is the last one, says who?"""

    def pages(self, http: Any, stream: str, since: Since) -> Iterator[Page]:
        by = Cursor(at="$.cursor", absent_at_end=True)
        yield from walk(http, by, ask=self.ask(since), records="$.data", since=since)


@frozen(kw_only=True)
class Undocumented:
    token: Secret = option(secret=True, help=" ")


class HasNoHelp(Acme):
    Config = Undocumented


@frozen(kw_only=True)
class Open:
    token: Secret = option(secret=True, help="A token.")
    api_key: str = option(default="none", help="A key.")


class HasAnOpenSecret(Acme):
    Config = Open


class TellsDeletions(Acme):
    streams = (Stream(name="responses", ordered=True, deletes=True),)


class SkipsWithoutReason(Acme):
    skips: ClassVar[Any] = {"test_all_records_come": " "}


class SkipsTheUnknown(Acme):
    skips: ClassVar[Any] = {"test_al_records_come": "A typing error."}


class HasAnotherStream(Acme):
    streams = (*Acme.streams, Stream(name="customers"))


class LeavesOut(HasNoMark):
    skips: ClassVar[Any] = {"test_the_watermark_moves": "Acme sends no order."}


Exact.expect = {"responses": answers(RATINGS)}
