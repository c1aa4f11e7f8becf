"""The whole road from a vendor's API to records, on this machine: real HTTP, a real adapter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from attrs import fields

import cxmetrics as cx
from cxmetrics.datasets import Company, company
from cxmetrics.datasets.vendor import DemoVendor
from cxmetrics.errors import AuthError, DriftError, RefusedError
from cxmetrics.records import Response
from cxmetrics.sources._base import STREAMS, Since, StreamName
from cxmetrics.sources.catalogue.demo import DemoSource
from cxmetrics.sources.config import configure
from cxmetrics.sources.feed import Feed
from cxmetrics.sources.http import Http
from cxmetrics.sources.message import Request
from cxmetrics.sources.strict import instant
from cxmetrics.testing.clock import FakeClock
from cxmetrics.testing.paged import SurveyVendor

NAMES: list[StreamName] = list(STREAMS)


@pytest.fixture(scope="module")
def shop() -> Company:
    return company(customers=300, seed=11)


@pytest.fixture(scope="module")
def vendor(shop: Company) -> Iterator[DemoVendor]:
    with DemoVendor(shop) as opened:
        yield opened


def feed_of(url: str, token: str, **settings: Any) -> Feed:
    return configure(DemoSource, {"url": url, "token": token, **settings}, environ={})


@pytest.fixture(scope="module")
def feed(vendor: DemoVendor) -> Feed:
    return feed_of(vendor.url, vendor.token)


@pytest.fixture(scope="module")
def http(feed: Feed) -> Iterator[Http]:
    opened = feed.connect(clock=FakeClock())
    assert opened is not None
    with opened:
        yield opened


def objects(feed: Feed, http: Http, stream: StreamName, since: Since | None = None) -> list[Any]:
    pages = feed.source.pages(http, stream, since or Since())
    return [record for page in pages for record in page.records]


def records(feed: Feed, stream: StreamName, raws: list[Any]) -> list[Any]:
    reads = [feed.source.read(stream, raw, {}) for raw in raws]
    return [STREAMS[stream](**dict(record)) for read in reads for record in read.records]


@pytest.mark.parametrize("stream", NAMES)
def test_what_is_pulled_is_what_the_company_has(
    shop: Company, feed: Feed, http: Http, stream: StreamName
) -> None:
    raws = objects(feed, http, stream)
    assert sorted(records(feed, stream, raws), key=lambda r: r.id) == list(shop.records(stream))


@pytest.mark.parametrize("stream", NAMES)
def test_updates_come_in_order_as_the_stream_says(
    feed: Feed, http: Http, stream: StreamName
) -> None:
    assert next(s for s in feed.streams if s.name == stream).ordered
    marks = [feed.source.read(stream, r, {}).updated_at for r in objects(feed, http, stream)]
    assert None not in marks
    assert marks == sorted(marks)  # type: ignore[type-var]


def test_the_score_is_that_of_the_company(shop: Company, feed: Feed, http: Http) -> None:
    answers = records(feed, "responses", objects(feed, http, "responses"))
    ours = [a.rating for a in answers if a.question == "nps"]
    table = shop.responses
    theirs = table["rating"][table["question"] == "nps"]
    assert cx.nps(ours).value == cx.nps(theirs).value


@pytest.mark.parametrize("stream", NAMES)
def test_an_increment_is_what_was_updated_then_or_later(
    feed: Feed, http: Http, stream: StreamName
) -> None:
    whole = objects(feed, http, stream)
    mark = instant(whole[len(whole) // 2]["updated_at"])
    later = objects(feed, http, stream, Since(mark=mark))
    assert later == [raw for raw in whole if instant(raw["updated_at"]) >= mark]
    assert 0 < len(later) < len(whole)


def test_an_increment_goes_on_after_an_interruption(feed: Feed, http: Http) -> None:
    whole = objects(feed, http, "responses")
    mark = instant(whole[300]["updated_at"])
    page = next(feed.source.pages(http, "responses", Since(mark=mark)))
    rest = objects(feed, http, "responses", Since(mark=mark, resume=page.cursor))
    assert [*page.records, *rest] == objects(feed, http, "responses", Since(mark=mark))


def test_nothing_lies_in_the_future(feed: Feed, http: Http) -> None:
    mark = instant("2100-01-01T00:00:00Z")
    assert objects(feed, http, "responses", Since(mark=mark)) == []


def test_the_vendor_wants_its_token(vendor: DemoVendor) -> None:
    feed = feed_of(vendor.url, "wrong-one")
    http = feed.connect(clock=FakeClock())
    assert http is not None
    with http, pytest.raises(AuthError) as caught:
        objects(feed, http, "customers")
    assert "wrong-one" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        ("surveys", {}, 404),
        ("responses", {"limit": 0}, 400),
        ("responses", {"limit": 1_001}, 400),
        ("responses", {"limit": "x"}, 400),
        ("responses", {"cursor": "bogus"}, 400),
        ("responses", {"updated_since": "2025-06-01T00:00:00"}, 400),
        ("responses", {"updated_since": "soon"}, 400),
    ],
)
def test_the_vendor_refuses_what_it_does_not_know(
    http: Http, path: str, params: dict[str, Any], status: int
) -> None:
    with pytest.raises(RefusedError) as caught:
        http.send(Request(path, params=params))
    assert caught.value.status == status


def test_the_vendor_wants_the_same_filter_on_every_page(http: Http) -> None:
    cursor = http.send(Request("responses")).json()["next_cursor"]
    with pytest.raises(RefusedError):
        http.send(
            Request("responses", params={"cursor": cursor, "updated_since": "2025-09-01T00:00:00Z"})
        )


def raw_response(feed: Feed, http: Http) -> dict[str, Any]:
    return dict(objects(feed, http, "responses")[0])


@pytest.mark.parametrize("lost", ["id", "updated_at", "score", "scale", "contact", "tags"])
def test_a_field_that_is_gone_is_drift(feed: Feed, http: Http, lost: str) -> None:
    raw = raw_response(feed, http)
    del raw[lost]
    with pytest.raises(DriftError) as caught:
        feed.source.read("responses", raw, {})
    assert caught.value.path == f"$.{lost}"


def test_a_field_that_is_new_is_no_drift(feed: Feed, http: Http) -> None:
    raw = raw_response(feed, http) | {"sentiment": "glad"}
    read = feed.source.read("responses", raw, {})
    assert {name for record in read.records for name in record} <= {
        f.name for f in fields(Response)
    }


@pytest.mark.parametrize("raw", [None, [], "text", 7])
def test_what_is_no_object_is_drift(feed: Feed, raw: Any) -> None:
    with pytest.raises(DriftError):
        feed.source.read("responses", raw, {})


def test_the_token_shows_nowhere(vendor: DemoVendor, feed: Feed, http: Http) -> None:
    assert vendor.token not in repr((feed, feed.source.config, http, feed.vault))


def test_the_survey_vendor_of_the_testing_kit_speaks_the_same() -> None:
    with SurveyVendor(250, token="t0ken") as many:
        feed = feed_of(many.url, "t0ken")
        http = feed.connect(clock=FakeClock())
        assert http is not None
        with http:
            raws = objects(feed, http, "responses")
    answers = records(feed, "responses", raws)
    assert len({answer.id for answer in answers}) == 250
    assert {str(answer.scale.spell()) for answer in answers} == {"0:10", "1:5", "1:7"}
