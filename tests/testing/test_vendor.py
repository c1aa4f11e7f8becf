"""The misbehaving vendor misbehaves as it says: seen by a client without any protection."""

from __future__ import annotations

import json
import threading
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from cxmetrics.errors import UsageError
from cxmetrics.testing import faults
from cxmetrics.testing.faults import Fault
from cxmetrics.testing.paged import PagedVendor, SurveyVendor
from cxmetrics.testing.vendor import Asked, Reply, Vendor

RIGHT = {"data": [{"id": i, "comment": "Très bien"} for i in range(100)]}


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=5, trust_env=False) as opened:
        yield opened


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with Vendor() as opened:
        opened.on("GET", "/list", RIGHT)
        yield opened


def faulty(vendor: Vendor, client: httpx.Client, fault: Fault) -> httpx.Response:
    vendor.misbehave(fault)
    return client.get(f"{vendor.url}/list")


# ---------------------------------------------------------------- what it answers


def test_it_answers_with_values_replies_and_functions(client: httpx.Client) -> None:
    with Vendor() as vendor:
        vendor.on("GET", "/value", [1, 2])
        vendor.on("GET", "/reply", Reply(b"<x/>", 201, {"Content-Type": "application/xml"}))
        vendor.on("POST", "/echo", lambda asked: {"got": asked.json()})
        assert client.get(f"{vendor.url}/value").json() == [1, 2]
        assert client.get(f"{vendor.url}/reply").status_code == 201
        assert client.get(f"{vendor.url}/reply").headers["content-type"] == "application/xml"
        assert client.post(f"{vendor.url}/echo", json={"a": 1}).json() == {"got": {"a": 1}}
        assert client.post(f"{vendor.url}/value").status_code == 404


def test_a_route_may_name_parameters_and_a_condition(client: httpx.Client) -> None:
    with Vendor() as vendor:
        vendor.on("GET", "/list", "any")
        vendor.on("GET", "/list?page=2", "second")
        vendor.on("GET", "/list", "mine", when=lambda asked: asked.headers.get("x-me") == "1")
        assert client.get(f"{vendor.url}/list").json() == "any"
        assert client.get(f"{vendor.url}/list?a=b&page=2").json() == "second"
        assert client.get(f"{vendor.url}/list?page=2", headers={"X-Me": "1"}).json() == "mine"


def test_several_answers_come_in_turn(client: httpx.Client) -> None:
    with Vendor() as vendor:
        vendor.on("GET", "/job", "running", "complete")
        assert [client.get(f"{vendor.url}/job").json() for _ in range(3)] == [
            *("running", "complete", "complete")
        ]


def test_pages_come_in_order_and_again_for_the_same_request(client: httpx.Client) -> None:
    with Vendor() as vendor:
        vendor.pages("/list", "one", "two")
        vendor.misbehave(faults.cut(), at=2)
        client.get(f"{vendor.url}/list")
        with pytest.raises(httpx.RemoteProtocolError):
            client.get(f"{vendor.url}/list?cursor=2")
        told = [client.get(f"{vendor.url}/list{c}").json() for c in ("?cursor=2", "", "?cursor=2")]
        assert told == ["two", "one", "two"]
        assert client.get(f"{vendor.url}/list?cursor=3").status_code == 404


def test_it_notes_every_request_failed_ones_too(vendor: Vendor, client: httpx.Client) -> None:
    vendor.misbehave(faults.closed(), at=1)
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(f"{vendor.url}/list?b=%20c&b=d", headers={"X-API-Token": "t"})
    client.get(f"{vendor.url}/list")
    first, second = vendor.log
    assert (first.target, first.path, first.query) == ("/list?b=%20c&b=d", "/list", {"b": "d"})
    assert first.headers["x-api-token"] == "t"
    assert second.query == {}


def test_it_asks_for_its_token(client: httpx.Client) -> None:
    with Vendor(token="t", header="X-Key", prefix="") as vendor:
        vendor.on("GET", "/list", RIGHT)
        assert client.get(f"{vendor.url}/list").status_code == 401
        assert client.get(f"{vendor.url}/list", headers={"X-Key": "no"}).status_code == 401
        assert client.get(f"{vendor.url}/list", headers={"x-key": "t"}).status_code == 200


def test_recorded_addresses_lead_to_it(client: httpx.Client) -> None:
    with Vendor(origin="https://api.acme.com") as vendor:
        link = '<https://api.acme.com/list?page=2>; rel="next"'
        body = {"next": "https://api.acme.com/list?page=2"}
        vendor.on("GET", "/list", Reply.of(body, headers={"Link": link}))
        answer = client.get(f"{vendor.url}/list")
    assert answer.json()["next"] == answer.links["next"]["url"] == f"{vendor.url}/list?page=2"


def test_it_answers_several_clients_at_once(vendor: Vendor) -> None:
    vendor.misbehave(faults.late(0.1))
    with httpx.Client(trust_env=False) as client, ThreadPoolExecutor(8) as pool:
        start = time.monotonic()
        answers = list(pool.map(lambda _: client.get(f"{vendor.url}/list"), range(16)))
        assert time.monotonic() - start < 1.2  # one after another it is 1.6
    assert [answer.json() for answer in answers] == [RIGHT] * 16


def test_an_error_in_a_function_is_raised_at_the_end(client: httpx.Client) -> None:
    def broken(_: Asked) -> Any:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), Vendor() as vendor:  # noqa: PT012
        vendor.on("GET", "/list", broken)
        assert client.get(f"{vendor.url}/list").status_code == 500


def test_closing_ends_what_is_under_way(client: httpx.Client) -> None:
    with ThreadPoolExecutor(1) as pool:
        with Vendor() as vendor:
            before = threading.active_count()
            vendor.on("GET", "/list", RIGHT)
            vendor.misbehave(faults.stall(after=20))
            waiting = pool.submit(client.get, f"{vendor.url}/list")
            while not vendor.log:
                time.sleep(0.001)
        assert isinstance(waiting.exception(timeout=2), httpx.TransportError)
        assert threading.active_count() == before  # the server's thread left, the pool's came


# ---------------------------------------------------------------- when it misbehaves


def test_faults_befall_the_requests_they_are_meant_for(client: httpx.Client) -> None:
    def statuses(**which: Any) -> list[int]:
        with Vendor() as vendor:
            vendor.on("GET", "/a", 1)
            vendor.on("GET", "/b", 1)
            vendor.misbehave(faults.status(503), **which)
            targets = ("/a", "/b", "/a", "/b?x=1", "/a", "/b")
            return [client.get(vendor.url + target).status_code for target in targets]

    assert statuses() == [503] * 6
    assert statuses(at=2) == [200, 503, 200, 200, 200, 200]
    assert statuses(at={1, 6}) == [503, 200, 200, 200, 200, 503]
    assert statuses(every=2) == [200, 503, 200, 503, 200, 503]
    assert statuses(path="/b", at=1) == [200, 503, 200, 200, 200, 200]
    assert statuses(when=lambda asked: "x" in asked.query) == [200, 200, 200, 503, 200, 200]


def test_it_can_be_told_to_behave(vendor: Vendor, client: httpx.Client) -> None:
    assert faulty(vendor, client, faults.status(500)).status_code == 500
    vendor.behave()
    assert client.get(f"{vendor.url}/list").json() == RIGHT


# ---------------------------------------------------------------- each fault


def test_status(vendor: Vendor, client: httpx.Client) -> None:
    answer = faulty(vendor, client, faults.status(429, retry_after="Wed, 21 Oct 2026 07:28:00 GMT"))
    assert answer.status_code == 429
    assert answer.headers["retry-after"].startswith("Wed")
    assert "html" in answer.headers["content-type"]


@pytest.mark.parametrize("data", [b"", b"null", b"{}", b'{"error": 1}', b'{"data": '])
def test_body(vendor: Vendor, client: httpx.Client, data: bytes) -> None:
    answer = faulty(vendor, client, faults.body(data))
    assert (answer.status_code, answer.content) == (200, data)


def test_html_with_status_200(vendor: Vendor, client: httpx.Client) -> None:
    answer = faulty(vendor, client, faults.html())
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html")


def test_no_content(vendor: Vendor, client: httpx.Client) -> None:
    answer = faulty(vendor, client, faults.no_content())
    assert (answer.status_code, answer.content) == (204, b"")
    assert client.get(f"{vendor.url}/list").status_code == 204  # the connection is still good


def test_changed(vendor: Vendor, client: httpx.Client) -> None:
    answer = faulty(vendor, client, faults.changed(lambda page: {"rows": page["data"]}))
    assert answer.json() == {"rows": RIGHT["data"]}


def test_headers(vendor: Vendor, client: httpx.Client) -> None:
    told = faults.headers(Date="Mon, 01 Jan 2035 00:00:00 GMT", Content_Type="text/plain")
    answer = faulty(vendor, client, told)
    assert answer.headers["date"].endswith("2035 00:00:00 GMT")
    assert answer.headers["content-type"] == "text/plain"
    assert answer.json() == RIGHT


def test_redirect_to_another_host(vendor: Vendor, client: httpx.Client) -> None:
    with Vendor() as foreign:
        answer = faulty(vendor, client, faults.redirect(f"{foreign.url}/list"))
        assert answer.headers["location"] == f"{foreign.url}/list"
        assert foreign.log == []


def test_meanwhile(client: httpx.Client) -> None:
    with PagedVendor(4, way="offset", size=2) as vendor:
        vendor.misbehave(faults.meanwhile(lambda: vendor.records.pop(0)), at=1)
        pages = [client.get(f"{vendor.url}/responses?offset={o}").json() for o in (0, 2)]
    assert [[record["id"] for record in page["data"]] for page in pages] == [["r1", "r2"], ["r4"]]


@pytest.mark.parametrize(
    "fault",
    [
        faults.closed(),
        faults.reset(),
        faults.reset(after=400),
        faults.cut(),
        faults.cut(keep=0),
        faults.cut_chunks(),
        faults.bad_chunk(),
    ],
)
def test_a_broken_connection(vendor: Vendor, client: httpx.Client, fault: Fault) -> None:
    vendor.misbehave(fault, at=1)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        client.get(f"{vendor.url}/list")
    assert client.get(f"{vendor.url}/list").json() == RIGHT


def test_a_cut_that_http_can_not_notice(vendor: Vendor, client: httpx.Client) -> None:
    answer = faulty(vendor, client, faults.cut_unannounced())
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_a_cut_check_sum_that_a_client_takes_without_a_word(
    vendor: Vendor, client: httpx.Client
) -> None:
    assert faulty(vendor, client, faults.cut_gzip()).json() == RIGHT


@pytest.mark.parametrize("fault", [faults.cut_gzip(without=40), faults.mislabelled_gzip()])
def test_gzip_that_is_none(vendor: Vendor, client: httpx.Client, fault: Fault) -> None:
    with pytest.raises((httpx.DecodingError, json.JSONDecodeError)):
        faulty(vendor, client, fault).json()


def test_gzip_with_a_changed_byte(vendor: Vendor, client: httpx.Client) -> None:
    vendor.misbehave(faults.corrupt_gzip())
    with client.stream("GET", f"{vendor.url}/list") as answer:
        raw = b"".join(answer.iter_raw())
    with pytest.raises(zlib.error):
        zlib.decompress(raw, 31)


def test_stall(vendor: Vendor) -> None:
    vendor.misbehave(faults.stall(after=120))
    with httpx.Client(timeout=0.05, trust_env=False) as client, pytest.raises(httpx.ReadTimeout):
        client.get(f"{vendor.url}/list")


def test_drops_that_no_timeout_of_a_read_notices(vendor: Vendor) -> None:
    vendor.misbehave(faults.drip(bytes_each=120, seconds=0.01))
    start = time.monotonic()
    with httpx.Client(timeout=0.25, trust_env=False) as client:
        assert client.get(f"{vendor.url}/list").json() == RIGHT
    assert time.monotonic() - start > 0.25


def test_late(vendor: Vendor, client: httpx.Client) -> None:
    start = time.monotonic()
    assert faulty(vendor, client, faults.late(0.05)).json() == RIGHT
    assert time.monotonic() - start >= 0.05


@pytest.mark.parametrize(("layers", "most"), [(0, 2**24), (1, 17_000), (2, 400)])
def test_a_bomb_is_small_on_the_wire(
    vendor: Vendor, client: httpx.Client, layers: int, most: int
) -> None:
    vendor.misbehave(faults.bomb(2**24, layers=layers))
    with client.stream("GET", f"{vendor.url}/list") as answer:
        wire = b"".join(answer.iter_raw())
    for _ in range(layers):
        wire, whole = zlib.decompress(wire, 31), len(wire)
        assert whole < most or layers == 2
    assert len(wire) == 2**24


def test_a_bomb_is_made_while_it_is_sent(vendor: Vendor, client: httpx.Client) -> None:
    """A gibibyte is announced; a client that stops at the first piece costs nothing."""
    vendor.misbehave(faults.bomb(2**40, layers=0))
    with client.stream("GET", f"{vendor.url}/list") as answer:
        assert len(next(answer.iter_raw())) > 0


def test_many_encodings(vendor: Vendor, client: httpx.Client) -> None:
    answer = faulty(vendor, client, faults.encodings(5))
    assert answer.headers["content-encoding"] == "gzip, gzip, gzip, gzip, gzip"
    assert answer.json() == RIGHT


# ---------------------------------------------------------------- vendors with pages


def test_an_unknown_way_to_page_is_refused() -> None:
    with pytest.raises(UsageError, match="did you mean 'offset'"):
        PagedVendor(1, way="ofset")  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250])
def test_the_survey_vendor_has_as_many_responses_as_asked(client: httpx.Client, count: int) -> None:
    with SurveyVendor(count) as vendor:
        cursor: str | None = "0"
        found = []
        while cursor:
            told = client.get(
                f"{vendor.url}/v1/responses?cursor={cursor}",
                headers={"Authorization": "Bearer demo"},
            ).json()
            assert told["total"] == count
            found += told["data"]
            cursor = told["next_cursor"]
            assert told["has_more"] == (cursor is not None)
    assert len({record["id"] for record in found}) == len(found) == count
    assert [r["updated_at"] for r in found] == sorted(r["updated_at"] for r in found)


@pytest.mark.parametrize(
    ("since", "total"),
    [
        ("2024-12-31T00:00:00+00:00", 250),
        ("2025-01-01T00:00:00+00:00", 250),
        ("2025-01-01T00:00:01+00:00", 150),
        ("2025-01-01T01:01:00+01:00", 150),
        ("2025-01-01T00:02:00+00:00", 50),
        ("2025-01-01T00:02:01+00:00", 0),
    ],
)
def test_the_survey_vendor_filters_by_update(client: httpx.Client, since: str, total: int) -> None:
    with SurveyVendor(250) as vendor:
        told = client.get(
            f"{vendor.url}/v1/responses",
            params={"updated_since": since},
            headers={"Authorization": "Bearer demo"},
        ).json()
    assert told["total"] == total
    assert len(told["data"]) == min(total, 100)
