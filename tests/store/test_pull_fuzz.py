"""Ten thousand pages that no vendor documents: no crash, no half page, no rating off its scale."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from cxmetrics.errors import RecordError
from cxmetrics.records import Response
from cxmetrics.sources import Page, Read, Since
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
    if not isinstance(value, dict | list):
        return
    for key, each in value.items() if isinstance(value, dict) else enumerate(value):
        yield from places(each, (*way, key))


def spoiled(number: int, dice: random.Random) -> bytes:
    """Return a page with one to three things wrong: values, keys, repetitions, bytes."""
    body: Any = page(number)
    for _ in range(dice.randint(1, 3)):
        least = 0 if dice.random() < 0.01 else 2  # the page itself, or something in an answer
        *above, key = dice.choice([way for way in places(body) if len(way) > least] or [("data",)])
        holder = body
        for step in above:
            holder = holder[step]
        what = dice.random()
        if what < 0.7:
            holder[key] = deepcopy(dice.choice(ODD))
        elif what < 0.8:
            del holder[key]
        elif what < 0.9 and isinstance(holder, dict):
            holder[dice.choice(["id", "Id", "value", "neu"])] = holder.pop(key)
        elif isinstance(holder, list):
            holder.insert(0, deepcopy(holder[key]))
    told = json.dumps(body, ensure_ascii=dice.random() < 0.5).encode()
    if dice.random() < 0.02:
        at = dice.randrange(len(told))
        told = told[:at] + dice.choice(JUNK) + told[at + dice.randrange(3) :]
    return told


def careful(raw: Any, _: Mapping[str, Any]) -> Read:
    ident = member(raw, "$.id", str)
    if ident.endswith("2"):
        return sloppy(raw, _)
    value = member(raw, "$.answers.nps.value")
    customer = member(raw, "$.customer.id")
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


class Shelf:
    """The vendor's pages, ten in one; those that can't be read at all are taken out one by one."""

    def __init__(self) -> None:
        dice = random.Random(20260601)
        self.bodies = [spoiled(number, dice) for number in range(PAGES)]
        self.broken: set[int] = set()
        self.at = 0

    def rows(self, number: int) -> list[Any]:
        found: list[Any] = member(parse(self.bodies[number]), "$.data", list)
        return found

    def pages(self, since: Since) -> Iterator[Page]:
        for first in range(since.resume or 0, PAGES, 10):
            rows = []
            for self.at in range(first, first + 10):
                if self.at not in self.broken:
                    rows += self.rows(self.at)
            yield Page(rows, cursor=first + 10)


def test_ten_thousand_mutated_pages() -> None:
    shelf = Shelf()
    feed, clock = scripted(shelf.pages, read=careful), FakeClock(NOW)
    came = 0
    with open_store(":memory:") as store:
        while (receipt := pull(store, feed, clock=clock).streams[0]).status == "failed":
            assert receipt.reasons[0].startswith(("JsonError:", "DriftError:")), receipt
            came += receipt.objects + receipt.repeated
            shelf.broken.add(shelf.at)
        came += receipt.objects + receipt.repeated
        kept = {r.id: r.rating for r in store.batch(Response)}
    whole = {number: shelf.rows(number) for number in range(PAGES) if number not in shelf.broken}
    assert came == sum(map(len, whole.values()))
    assert 100 < len(shelf.broken) < PAGES / 10

    # No rating that is off its scale, and none that did not come for that very answer.
    told: dict[str, list[Any]] = {}
    for row in chain(*whole.values()):
        with suppress(LookupError, TypeError):
            told.setdefault(str(row["id"]), []).append(row["answers"]["nps"]["value"])
    for ident, kept_rating in kept.items():
        ratings = [None if v is None else float(v) for v in told[ident] if is_point(v)]
        assert kept_rating in ratings

    # No page by half: what nobody touched is there if its page is, and else is not.
    for number in range(PAGES):
        for row in page(number)["data"]:
            if number in shelf.broken:
                assert row["id"] not in kept
            elif repr(row) in map(repr, whole[number]):  # True is not 1 here
                assert row["id"] in kept
