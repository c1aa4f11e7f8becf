"""The made-up company behind a survey vendor's REST API, on this machine.

`GET /v1/{stream}` with `Authorization: Bearer TOKEN`, where a stream is `responses`, `customers`,
`interactions`, `invitations` or `outcomes`, and the query may hold

* `updated_since`: an ISO 8601 time with an offset; only what was updated then or later,
* `limit`: objects a page, at most 1,000,
* `cursor`: the `next_cursor` of the page before; the filter has to stay the same.

An answer is `{"data": [...], "total": n, "has_more": true, "next_cursor": "..."}`, its objects
ordered by `updated_at`; the last page has `has_more: false`. Other statuses are 400, 401 and 404.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from cxmetrics.datasets.company import Company
from cxmetrics.datasets.loopback import Asked, Loopback, Reply
from cxmetrics.datasets.table import Table

PREFIX: Final = "/v1/"
LARGEST: Final = 1_000
"""The most objects a page."""

Row: TypeAlias = dict[str, Any]


class DemoVendor(Loopback):
    """A survey vendor with one client: the company; a context manager.

    Args:
        company: whose data it serves.
        token: what a client has to show; made up where it is not given.

    Attributes:
        url: the address, such as "http://127.0.0.1:49152".
        token: what a client has to show.

    Example:
        >>> import json, urllib.request
        >>> from cxmetrics.datasets import company
        >>> with DemoVendor(company(customers=100)) as vendor:
        ...     ask = urllib.request.Request(f"{vendor.url}/v1/customers?limit=1")
        ...     ask.add_header("Authorization", f"Bearer {vendor.token}")
        ...     page = json.load(urllib.request.urlopen(ask))
        >>> len(page["data"]), page["total"], page["has_more"]
        (1, 100, True)
    """

    def __init__(self, company: Company, *, token: str | None = None) -> None:
        super().__init__(self.respond)
        self.token = token or secrets.token_urlsafe(24)
        self._shelves = {name: _shelve(getattr(company, name), name) for name in _STREAMS}

    def respond(self, asked: Asked) -> Reply:
        """Answer one request."""
        shown = asked.headers.get("authorization", "")
        if not hmac.compare_digest(shown.encode(), f"Bearer {self.token}".encode()):
            return refusal(401, "unauthorized", "Show the token as Authorization: Bearer.")
        shelf = self._shelves.get(asked.path.removeprefix(PREFIX))
        if asked.method != "GET" or not asked.path.startswith(PREFIX) or shelf is None:
            return refusal(404, "not_found", "There is no such stream.")
        try:
            return shelf.page(asked.query)
        except ValueError as error:
            return refusal(400, "bad_request", str(error))


def refusal(status: int, code: str, message: str) -> Reply:
    """Return an answer that refuses a request."""
    return Reply.of({"error": {"code": code, "message": message}}, status=status)


def page(data: list[Row], *, total: int, following: str | None) -> Reply:
    """Return one page as an answer."""
    more = following is not None
    return Reply.of({"data": data, "total": total, "has_more": more, "next_cursor": following})


@frozen(kw_only=True, eq=False)
class _Shelf:
    """One stream, ordered by its updates."""

    table: Table
    updated: NDArray[np.datetime64]
    show: Callable[[Row, str], Row]

    def page(self, query: Mapping[str, str]) -> Reply:
        limit = int(query.get("limit", 100))
        if not 1 <= limit <= LARGEST:
            raise ValueError(f"limit is a number from 1 to {LARGEST}.")
        first = self._first(query.get("updated_since"))
        start = _opened(query["cursor"], first) if "cursor" in query else first
        stop = min(start + limit, self.table.height)
        times = self.updated[start:stop].tolist()
        rows = self.table.rows(start=start, stop=stop)
        return page(
            [self.show(row, _spelled(time)) for row, time in zip(rows, times, strict=True)],
            total=self.table.height - first,
            following=_sealed(first, stop) if stop < self.table.height else None,
        )

    def _first(self, since: str | None) -> int:
        if since is None:
            return 0
        at = datetime.fromisoformat(since)
        if at.tzinfo is None:
            raise ValueError("updated_since is a time with an offset.")
        naive = np.datetime64(at.astimezone(UTC).replace(tzinfo=None), "us")
        return int(np.searchsorted(self.updated, naive))


def _shelve(table: Table, name: str) -> _Shelf:
    names, show = _STREAMS[name]
    updated = table[names[0]]
    for other in names[1:]:
        updated = np.where(np.isnat(updated), table[other], updated)
    order = np.argsort(updated, kind="stable")
    return _Shelf(table=table.at(order), updated=updated[order], show=show)


def _sealed(first: int, stop: int) -> str:
    return base64.urlsafe_b64encode(f"{first}:{stop}".encode()).decode()


def _opened(cursor: str, first: int) -> int:
    try:
        told, start = map(int, base64.urlsafe_b64decode(cursor).decode().split(":"))
    except (binascii.Error, ValueError):
        raise ValueError("cursor is none that was given.") from None
    if told != first:
        raise ValueError("cursor belongs to another updated_since.")
    return start


def _spelled(time: datetime | None) -> str:
    """Spell a time of the tables, aware or in UTC, the vendor's way."""
    return f"{time:%Y-%m-%dT%H:%M:%S}Z" if time else ""


def _response(row: Row, updated_at: str) -> Row:
    low, high = row["scale"].split(":")
    return {
        "id": row["id"],
        "updated_at": updated_at,
        "question": row["question"],
        "scale": {"min": int(low), "max": int(high)},
        "score": None if row["rating"] is None else int(row["rating"]),
        "comment": row["verbatim"],
        "language": row["language"],
        "contact": row["customer"],
        "weight": row["weight"],
        "asked_at": _spelled(row["asked_at"]),
        "answered_at": _spelled(row["answered_at"]),
        "touchpoint": row["touchpoint"],
        "interaction": row["interaction"],
        "tags": _rest(row, "invitation", "case", "month", "persona", "region", "segment"),
    }


def _customer(row: Row, updated_at: str) -> Row:
    return {
        "id": row["id"],
        "updated_at": updated_at,
        "persona": row["persona"],
        "since": _spelled(row["since"]),
        "tags": _rest(row, "region", "segment", "age", "language", "habit"),
    }


def _interaction(row: Row, updated_at: str) -> Row:
    return {
        "id": row["id"],
        "updated_at": updated_at,
        "contact": row["customer"],
        "touchpoint": row["touchpoint"],
        "at": _spelled(row["at"]),
        "journey": row["journey"],
        "stage": row["stage"],
        "channel": row["channel"],
        "tags": _rest(row, "five_a", "case", "felt", "irritant", "wow", "failure", "recovered"),
    }


def _invitation(row: Row, updated_at: str) -> Row:
    return {
        "id": row["id"],
        "updated_at": updated_at,
        "contact": row["customer"],
        "survey": row["survey"],
        "sent_at": _spelled(row["sent_at"]),
        "channel": row["channel"],
        "delivered": row["delivered"],
        "answered_at": _spelled(row["answered_at"]) or None,
        "touchpoint": row["touchpoint"],
        "tags": _rest(row, "interaction", "solicitations"),
    }


def _outcome(row: Row, updated_at: str) -> Row:
    return {
        "id": row["id"],
        "updated_at": updated_at,
        "contact": row["customer"],
        "kind": row["kind"],
        "value": row["value"],
        "at": _spelled(row["at"]),
        "tags": {},
    }


def _rest(row: Row, *names: str) -> Row:
    return {name: row[name] for name in names}


_STREAMS: Final[Mapping[str, tuple[tuple[str, ...], Callable[[Row, str], Row]]]] = {
    "responses": (("answered_at",), _response),
    "customers": (("since",), _customer),
    "interactions": (("at",), _interaction),
    "invitations": (("answered_at", "sent_at"), _invitation),
    "outcomes": (("at",), _outcome),
}
"""By stream, the columns that tell the last update (the first that is not missing), and the shape
of its objects."""
