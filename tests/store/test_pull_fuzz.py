"""Ten thousand pages that no vendor documents: never a crash, half a page, or a rating off scale."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from cxmetrics.errors import DriftError, RecordError
from cxmetrics.records import Response
from cxmetrics.sources import Page, Read, Since
from cxmetrics.sources.portion import Portion
from cxmetrics.sources.strict import instant, member, parse
from cxmetrics.store import open_store
from cxmetrics.store.pull import pull
from cxmetrics.testing.clock import FakeClock
from cxmetrics.testing.scripted import scripted

PAGES = 10_000
NOW = datetime(2026, 6, 1, tzinfo=UTC)
ODD: list[Any] = [
    *(None, True, False, -1, 0, 10, 11, 9.5, 9.0, -0.0, 1e300, 10**19, 0.1 + 0.2),
    *("9", "9.0", "11", "9,0", " 9 ", "9_0", "1e1", "NaN", "٩", "", " ", "good", "x" * 600),
    *([], {}, [9], {"value": 9}, [[[[]]]], {"a": {"b": {"c": None}}}),
    *("2026-01-01", "2026-01-01T00:00:00", "9999-12-31T23:59:59-14:00", "not a time"),
]
JUNK = [b"", b"{", b"}", b"null", b"\x00", b"\xff", b'"', b"NaN", b"1e999", b'"id":1,', b"[" * 300]
PLAIN = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")


def page(number: int) -> dict[str, Any]:
    answers = [
        {
            "id": f"p{number}-{n}",
            "updated": "2026-05-01T10:00:00Z",
            "answers": {"nps": {"value": (number + n) % 11}},
            "customer": {"id": 1000 + n},
            "text": "Très bien",
        }
        for n in range(3)
    ]
    return {"data": answers, "more": True}


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield way
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from places(each, (*way, key))


def spoiled(number: int, dice: random.Random) -> bytes:
    """Return a page with one to three things wrong: values, keys, repetitions, bytes."""
    body: Any = page(number)
    for _ in range(dice.randint(1, 3)):
        *above, key = dice.choice([way for way in places(body) if way] or [("data",)])
        holder = body
        for step in above:
            holder = holder[step]
        what = dice.random()
        if what < 0.7:
            holder[key] = dice.choice(ODD)
        elif what < 0.8:
            del holder[key]
        elif what < 0.9 and isinstance(holder, dict):
            holder[dice.choice(["id", "Id", "value", "neu"])] = holder.pop(key)
        elif isinstance(holder, list):
            holder.insert(0, holder[key])
    told = json.dumps(body, ensure_ascii=dice.random() < 0.5).encode()
    if dice.random() < 0.05:
        at = dice.randrange(len(told))
        told = told[:at] + dice.choice(JUNK) + told[at + dice.randrange(3) :]
    return told


def careful(raw: Any, _: Mapping[str, Any]) -> Read:
    ident = member(raw, "id", str)
    if ident.endswith("2"):
        return sloppy(raw, _)
    value = member(raw, "answers.nps.value", object)
    customer = member(raw, "customer.id", object)
    if not isinstance(customer, int | str) or isinstance(customer, bool):
        raise RecordError("a customer that is none", "customer is none")
    row = {"id": ident, "rating": value, "scale": "0:10", "customer": str(customer)}
    return Read(id=ident, updated_at=instant(raw["updated"]), records=[row])


def sloppy(raw: Any, _: Mapping[str, Any]) -> Read:
    """Read as hurried people do: every drift is a KeyError, a TypeError, an AttributeError."""
    return Read(
        id=raw["id"],
        updated_at=datetime.fromisoformat(raw["updated"].replace("Z", "+00:00")),
        records=[
            {
                "id": raw["id"],
                "rating": raw["answers"]["nps"]["value"],
                "scale": "0:10",
                "customer": str(raw["customer"]["id"]),
                "verbatim": raw["text"].strip() or None,
                "dims": {"extra": raw.get("neu")},
            }
        ],
    )


def is_point(value: Any) -> bool:
    """Say whether a rating may be stored, in other words than the library's."""
    if isinstance(value, str):
        return bool(PLAIN.fullmatch(value)) and float(value) in range(11)
    return value is None or (type(value) in (int, float) and value in range(11))


def test_ten_thousand_mutated_pages() -> None:
    dice = random.Random(20260601)  # noqa: S311
    bodies = [spoiled(number, dice) for number in range(PAGES)]
    given: dict[str, set[str]] = {}  # id to the ratings it came with
    skipped: set[int] = set()
    portions: list[Portion] = []

    def pages(since: Since) -> Iterator[Page]:
        for number in range(since.resume or 0, PAGES):
            if number in skipped:
                continue
            failing[0] = number
            rows = member(parse(bodies[number]), "data", list)
            for row in rows:
                if isinstance(row, dict) and isinstance(row.get("id"), str):
                    nps = row.get("answers")
                    nps = nps.get("nps") if isinstance(nps, dict) else None
                    value = nps.get("value") if isinstance(nps, dict) else None
                    if is_point(value):
                        rating = None if value is None else float(value)
                        given.setdefault(row["id"], set()).add(repr(rating))
            yield Page(rows, cursor=number + 1)

    failing = [0]
    feed = scripted(pages, read=careful)
    statuses: dict[str, int] = {}
    with open_store(":memory:") as store:
        write = store.write
        store.__class__.write = lambda self, *told: portions.append(told[-1]) or write(*told)  # type: ignore[method-assign]
        try:
            while True:
                receipt = pull(store, feed, clock=FakeClock(NOW))
                statuses[receipt.status] = statuses.get(receipt.status, 0) + 1
                if receipt.status != "failed":
                    break
                (why, *_) = receipt.streams[0].reasons
                assert why.startswith(("JsonError:", "DriftError:")), why
                skipped.add(failing[0])
        finally:
            del store.__class__.write
        kept = {r.id: r for r in store.batch(Response)}
    assert kept
    for ident, record in kept.items():
        rating = None if record.rating is None else float(record.rating)
        assert repr(rating) in given[ident]
