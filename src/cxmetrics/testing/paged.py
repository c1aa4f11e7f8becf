"""Vendors who page: one in every known way, and one with as many records as you like."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, get_args

from cxmetrics.datasets.loopback import Asked, Reply
from cxmetrics.errors import UsageError, did_you_mean
from cxmetrics.testing.vendor import Vendor

Way = Literal["cursor", "url", "link", "page", "offset", "after", "graphql", "whole"]


class PagedVendor(Vendor):
    """A vendor with one list, paged in one of the known ways; a context manager.

    The answer is `{"data": [...], "total": n, "has_more": true}` and, by its way,

    * "cursor": `"next_cursor"`, which `cursor=` takes,
    * "url": `"next"`, an address with a query,
    * "link": a header `Link: <...>; rel="next"`,
    * "page": nothing; `page=` counts from 1,
    * "offset": nothing; `offset=` counts records from 0,
    * "after": nothing; `after=` takes the id of the last record,
    * "graphql": `{"data": {"list": {"nodes": [...], "pageInfo": {...}}}}`,
    * "whole": all records at once.

    Args:
        records: mappings with an `id`, or how many to make up.
        way: how it pages.
        size: how many records a page has, where `limit=` does not ask for fewer.
        path: of the list.
        **details: of `Vendor`.

    Attributes:
        records: what it has; change it and the next page shows it.

    Example:
        >>> from urllib.request import urlopen
        >>> with PagedVendor(3, way="page", size=2) as vendor:
        ...     page = json.load(urlopen(f"{vendor.url}/responses?page=2"))
        >>> page
        {'data': [{'id': 'r3', 'score': 3}], 'total': 3, 'has_more': False}
    """

    def __init__(
        self,
        records: int | Iterable[Mapping[str, Any]],
        *,
        way: Way = "cursor",
        size: int = 100,
        path: str = "/responses",
        **details: Any,
    ) -> None:
        if way not in get_args(Way):
            raise UsageError(f"way={way!r}: {did_you_mean(way, get_args(Way))}")
        super().__init__(**details)
        if isinstance(records, int):
            records = ({"id": f"r{i}", "score": i % 11} for i in range(1, records + 1))
        self.records = [dict(record) for record in records]
        self.way, self.size, self.path = way, size, path
        self.on("POST" if way == "graphql" else "GET", path, self._page)

    def _page(self, asked: Asked) -> Reply:
        where: Mapping[str, Any] = asked.query
        if self.way == "graphql":
            where = asked.json().get("variables", {})
        size = min(self.size, int(where.get("limit", self.size)))
        start, stop = self._bounds(where, size)
        data, more = self.records[start:stop], stop < len(self.records)
        told: dict[str, Any] = {"data": data, "total": len(self.records), "has_more": more}
        if self.way == "graphql":
            info = {"hasNextPage": more, "endCursor": str(stop)}
            return Reply.of({"data": {"list": {"nodes": data, "pageInfo": info}}})
        if self.way == "cursor":
            told["next_cursor"] = str(stop) if more else None
        url = f"{self.url}{self.path}?cursor={stop}"
        if self.way == "url":
            told["next"] = url if more else None
        links = {"Link": f'<{url}>; rel="next"'} if self.way == "link" and more else {}
        return Reply.of(told, headers=links)

    def _bounds(self, where: Mapping[str, Any], size: int) -> tuple[int, int]:
        if self.way == "whole":
            return 0, len(self.records)
        start = int(where.get("cursor") or where.get("offset") or 0)
        if self.way == "page":
            start = (int(where.get("page", 1)) - 1) * size
        if where.get("after"):
            start = int(where["after"]) if self.way == "graphql" else self._after(where["after"])
        return start, start + size

    def _after(self, key: str) -> int:
        return next(i for i, record in enumerate(self.records, 1) if str(record["id"]) == key)


_ID: Final = b"@@@@@@@"
_TIME: Final = b"@@@@-@@-@@T@@:@@"
_START: Final = datetime(2025, 1, 1, tzinfo=UTC)
_QUESTIONS: Final = (("nps", 0, 10), ("csat", 1, 5), ("ces2", 1, 7))


class SurveyVendor(Vendor):
    """A survey vendor with any number of responses, for measuring speed; a context manager.

    It speaks as the demo vendor does (`cxmetrics.datasets.vendor`), so the source `demo` reads
    it. A page is one text in which ids and times are put: a million records need no memory here,
    and little time. All records of a page have one time, a minute after the page before.

    Args:
        records: how many.
        size: how many a page has.
        token: what a client has to show.

    Example:
        >>> from urllib.request import Request, urlopen
        >>> with SurveyVendor(250, token="t0ken") as vendor:
        ...     ask = Request(f"{vendor.url}/v1/responses?cursor=2")
        ...     ask.add_header("Authorization", "Bearer t0ken")
        ...     page = json.load(urlopen(ask))
        >>> len(page["data"]), page["total"], page["has_more"], page["data"][0]["id"]
        (50, 250, False, 'R000000200')
    """

    def __init__(self, records: int, *, size: int = 100, token: str = "demo") -> None:  # noqa: S107
        if not 1 <= size <= 100:
            raise UsageError("size is a number from 1 to 100.")
        super().__init__(token=token)
        self.count, self.size = records, size
        self._texts = [_text(place) for place in range(size)]
        self._full = b",".join(self._texts)
        self.on("GET", "/v1/responses", self._page)

    def _page(self, asked: Asked) -> Reply:
        pages = -(-self.count // self.size)
        first = self._first(asked.query.get("updated_since"))
        number = int(asked.query.get("cursor", first))
        here = min(self.size, self.count - number * self.size)
        text = self._full if here == self.size else b",".join(self._texts[: max(here, 0)])
        time = f"{_START + timedelta(minutes=number):%Y-%m-%dT%H:%M}".encode()
        more = number + 1 < pages
        return Reply(
            b'{"data":[%b],"total":%d,"has_more":%b,"next_cursor":%b}'
            % (
                text.replace(_ID, b"%07d" % number).replace(_TIME, time),
                max(0, self.count - first * self.size),
                b"true" if more else b"false",
                b'"%d"' % (number + 1) if more else b"null",
            )
        )

    def _first(self, since: str | None) -> int:
        if since is None:
            return 0
        return max(0, -((_START - datetime.fromisoformat(since)) // timedelta(minutes=1)))


def _text(place: int) -> bytes:
    key, time = f"{_ID.decode()}{place:02d}", f"{_TIME.decode()}:00Z"
    question, low, high = _QUESTIONS[place % len(_QUESTIONS)]
    record = {
        "id": f"R{key}",
        "updated_at": time,
        "question": question,
        "scale": {"min": low, "max": high},
        "score": low + place * 7 % (high - low + 1),
        "comment": "Très bien, merci." if place % 5 == 0 else None,
        "language": "fr",
        "contact": f"C{key}",
        "weight": 1.0,
        "asked_at": time,
        "answered_at": time,
        "touchpoint": ("website", "store", "support")[place // 3 % 3],
        "interaction": None,
        "tags": {"region": ("north", "south")[place % 2]},
    }
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()
