"""Walks over pages: nothing lost, nothing endless, nothing elsewhere, whatever the vendor does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics.errors import (
    DriftError,
    LimitError,
    OriginError,
    PagingError,
    RefusedError,
    SourceError,
    UsageError,
)
from cxmetrics.sources._base import Since, Source
from cxmetrics.sources.http import Http, connect
from cxmetrics.sources.message import Answer, Request
from cxmetrics.sources.paging import (
    Cursor,
    LastId,
    LinkHeader,
    NextUrl,
    Offset,
    PageNumber,
    Paginator,
    Whole,
    connection,
    walk,
)
from cxmetrics.sources.transport.vault import Vault
from cxmetrics.testing import faults
from cxmetrics.testing.clock import FakeClock
from cxmetrics.testing.paged import PagedVendor
from cxmetrics.testing.vendor import Reply, Vendor

WAYS: dict[str, Paginator] = {
    "cursor": Cursor(at="$.next_cursor", more="$.has_more"),
    "url": NextUrl(at="$.next"),
    "link": LinkHeader(),
    "page": PageNumber(),
    "offset": Offset(),
    "after": LastId(id="$.id", param="after"),
    "graphql": connection("$.data.list"),
    "whole": Whole(),
}


class Probe(Source[str]):
    """A source that is nothing but an address."""

    name, title, streams = "probe", "A probe", ()

    def base(self) -> str:
        return f"{self.config}/"

    def pages(self, http: Http, stream: Any, since: Since) -> Iterator[Any]:
        raise NotImplementedError


OPEN: list[Http] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


def asking(vendor: Vendor, *, below: str = "") -> Http:
    OPEN.append(connect(Probe(vendor.url + below), Vault(), clock=FakeClock()))
    return OPEN[-1]


def pages_of(vendor: PagedVendor, **changes: Any) -> Iterator[Any]:
    graphql = vendor.way == "graphql"
    details: dict[str, Any] = {
        "ask": Request("responses", method="POST", json={"query": "{ list }", "variables": {}})
        if graphql
        else Request("responses", params={"survey": "s1"}),
        "records": "$.data.list.nodes" if graphql else "$.data",
        "total": "" if graphql else "$.total",
    }
    paginator = changes.pop("by", WAYS[vendor.way])
    return walk(asking(vendor), paginator, **(details | changes))


def ids(pages: Any) -> list[str]:
    return [record["id"] for page in pages for record in page.records]


def told(pages: Iterator[Any]) -> tuple[list[str], SourceError]:
    """Return what a walk handed over, and how it ended."""
    found: list[str] = []
    try:
        for page in pages:
            found += ids([page])
    except SourceError as error:
        return found, error
    pytest.fail("the walk ended as if nothing were wrong")


# ---------------------------------------------------------------- every way to page


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 10])
def test_every_record_comes_once_and_in_order(way: str, count: int) -> None:
    with PagedVendor(count, way=way, size=2) as vendor:  # type: ignore[arg-type]
        assert ids(pages_of(vendor)) == [f"r{i}" for i in range(1, count + 1)]


@pytest.mark.parametrize("way", [way for way in WAYS if way != "graphql"])
def test_the_filter_stays_on_every_page(way: str) -> None:
    with PagedVendor(5, way=way, size=2) as vendor:  # type: ignore[arg-type]
        if way in {"url", "link"}:  # the vendor's own address holds what it needs
            vendor.misbehave(
                lambda asked, reply: Reply(
                    reply.body.replace(b"?cursor", b"?survey=s1&cursor"),
                    headers={k: v.replace("?", "?survey=s1&") for k, v in reply.headers.items()},
                )
            )
        list(pages_of(vendor))
        assert [asked.query.get("survey") for asked in vendor.log] == ["s1"] * len(vendor.log)


def test_parameters_are_not_doubled_on_the_vendors_own_addresses() -> None:
    """dlt 1514: a parameter of the request was added to the next link once more."""
    with Vendor() as vendor:
        vendor.on("GET", "/list", {"data": [1], "next": f"{vendor.url}/list?a=1&cursor=2"})
        vendor.on("GET", "/list?cursor=2", {"data": [2], "next": None})
        ask = Request("list", params={"a": 1})
        list(walk(asking(vendor), NextUrl(at="$.next"), ask=ask, records="$.data"))
        assert [asked.target for asked in vendor.log] == ["/list?a=1", "/list?a=1&cursor=2"]


@pytest.mark.parametrize("address", ["list?page=2", "/v1/list?page=2", "?page=2"])
def test_relative_addresses_lead_below_the_base(address: str) -> None:
    with Vendor() as vendor:
        vendor.on("GET", "/v1/list", {"data": [1], "next": address})
        vendor.on("GET", "/v1/list?page=2", {"data": [2], "next": None})
        pages = list(
            walk(asking(vendor, below="/v1"), NextUrl(at="$.next"), ask="list", records="$.data")
        )
        assert [record for page in pages for record in page.records] == [1, 2]


def test_a_cursor_in_a_json_body_keeps_the_rest_of_the_body() -> None:
    asked = Request("search", method="POST", json={"query": {"a": 1}, "paging": {"size": 2}})
    answer = Answer(200, {}, b'{"next": "c2"}', asked)
    following = Cursor(at="$.next", param="$.paging.cursor").next(answer, [1])
    assert following is not None
    assert following.json == {"query": {"a": 1}, "paging": {"size": 2, "cursor": "c2"}}
    assert asked.json == {"query": {"a": 1}, "paging": {"size": 2}}


def test_positions_in_a_json_body_count_up() -> None:
    bodies = [[{"id": 1}, {"id": 2}], [{"id": 2}, {"id": 3}], [{"id": 3}]]
    with Vendor() as vendor:
        vendor.pages("/search", *({"data": data} for data in bodies), method="POST")
        ask = Request("search", method="POST", json={"q": "nps"}, repeatable=True)
        pages = walk(asking(vendor), Offset(param="$.paging.from"), ask=ask, records="$.data")
        assert ids(pages) == [1, 2, 3]
        assert [asked.json() for asked in vendor.log] == [
            {"q": "nps", "paging": {"from": position}} for position in (0, 1, 2)
        ]


def test_the_total_may_stand_in_a_header() -> None:
    with Vendor() as vendor:
        vendor.on("GET", "/list", Reply.of([1, 2], headers={"X-Total-Count": "3"}))
        pages = walk(
            asking(vendor),
            Whole(),
            ask="list",
            records="$",
            total=lambda answer: int(answer.headers["x-total-count"]),
        )
        with pytest.raises(PagingError, match="3 announced, 2 received"):
            list(pages)


def test_what_is_no_json_is_found_by_a_function() -> None:
    with Vendor() as vendor:
        vendor.on("GET", "/answers.csv", Reply(b"a\nb\n", headers={"Content-Type": "text/csv"}))
        ask = Request("answers.csv", as_json=False)
        pages = list(
            walk(asking(vendor), Whole(), ask=ask, records=lambda answer: answer.text.split())
        )
    assert [list(page.records) for page in pages] == [["a", "b"]]


# ---------------------------------------------------------------- where a walk ends


@pytest.mark.parametrize("flag", [{"more": "$.more"}, {"end": "$.end"}])
def test_the_flag_decides_the_end_whatever_the_cursor_says(flag: dict[str, str]) -> None:
    """Zendesk gives a next address on the last page too: zenpy 451 ignored the flag."""
    with Vendor() as vendor:
        last = {"data": [1], "next": "c", "more": False, "end": True}
        vendor.on("GET", "/list", last)
        pages = list(
            walk(asking(vendor), Cursor(at="$.next", **flag), ask="list", records="$.data")
        )
    assert len(pages) == 1


def test_more_to_follow_without_a_cursor_is_drift_not_the_end() -> None:
    with Vendor() as vendor:
        vendor.on("GET", "/list", {"data": [1], "next": None, "more": True})
        by = Cursor(at="$.next", more="$.more")
        with pytest.raises(DriftError, match=r"\$\.next"):
            list(walk(asking(vendor), by, ask="list", records="$.data"))


def test_a_renamed_cursor_is_drift_not_the_end() -> None:
    with PagedVendor(10, way="url", size=2) as vendor:
        vendor.misbehave(faults.changed(lambda page: {k: page[k] for k in ("data", "total")}), at=2)
        found, error = told(pages_of(vendor))
    assert isinstance(error, DriftError)
    assert error.path == "$.next"
    assert found == ["r1", "r2"]


@pytest.mark.parametrize("end", [{}, {"paging": None}, {"paging": {}}, {"paging": {"next": None}}])
def test_a_vendor_may_leave_the_cursor_away_at_the_end_where_that_is_declared(end: Any) -> None:
    """HubSpot leaves `paging` away, Intercom makes it null."""
    with Vendor() as vendor:
        vendor.on("GET", "/list", {"data": [1]} | end)
        by = Cursor(at="$.paging.next.after", absent_at_end=True)
        assert len(list(walk(asking(vendor), by, ask="list", records="$.data"))) == 1


def test_a_cursor_of_another_kind_is_drift_even_where_it_may_be_absent() -> None:
    with Vendor() as vendor:
        vendor.on("GET", "/list", {"data": [1], "paging": {"next": ["c2"]}})
        by = Cursor(at="$.paging.next.after", absent_at_end=True)
        with pytest.raises(DriftError, match=r"\$\.paging\.next"):
            list(walk(asking(vendor), by, ask="list", records="$.data"))


def test_a_short_page_is_not_the_last_one() -> None:
    """airbyte 34883: a page shortened by a filter of the vendor ended the pull in silence."""
    short = [{"id": "r1"}, {"id": "r2"}], [{"id": "r3"}], [{"id": "r4"}, {"id": "r5"}], []
    with Vendor() as vendor:
        for number, data in enumerate(short, 1):
            vendor.on("GET", f"/list?page={number}", {"data": data})
        assert ids(walk(asking(vendor), PageNumber(), ask="list", records="$.data")) == [
            *("r1", "r2", "r3", "r4", "r5")
        ]


def test_a_short_page_is_the_last_one_where_that_is_declared() -> None:
    with PagedVendor(5, way="page", size=2) as vendor:
        assert len(ids(pages_of(vendor, by=PageNumber(full=2)))) == 5
        assert len(vendor.log) == 3


def test_the_number_of_pages_ends_the_walk() -> None:
    with Vendor() as vendor:
        for number in (1, 2):
            vendor.on("GET", f"/list?page={number}", {"data": [{"id": number}], "pages": 2})
        pages = list(
            walk(asking(vendor), PageNumber(pages="$.pages"), ask="list", records="$.data")
        )
    assert len(pages) == 2


def test_an_empty_page_with_more_to_follow_is_not_the_end() -> None:
    with Vendor() as vendor:
        bodies = [[{"id": "r1"}], [], [], [], [{"id": "r2"}]]
        vendor.pages(
            "/list", *({"data": d, "next": str(i) if i < 4 else None} for i, d in enumerate(bodies))
        )
        assert ids(walk(asking(vendor), Cursor(at="$.next"), ask="list", records="$.data")) == [
            *("r1", "r2")
        ]


def test_empty_pages_without_end_are_an_error() -> None:
    with Vendor() as vendor:
        new_cursors = iter(range(1_000))
        vendor.on("GET", "/list", lambda _: {"data": [], "next": str(next(new_cursors))})
        with pytest.raises(PagingError, match=r"list: 4 pages in a row brought nothing new"):
            list(walk(asking(vendor), Cursor(at="$.next"), ask="list", records="$.data"))
        assert len(vendor.log) == 4


def test_the_end_before_the_announced_number_is_an_error() -> None:
    with PagedVendor(120, way="cursor", size=60) as vendor:
        vendor.misbehave(faults.changed(lambda page: page | {"has_more": False}), at=1)
        found, error = told(pages_of(vendor))
    assert isinstance(error, PagingError)
    assert "120 announced, 60 received" in str(error)
    assert len(found) == 60


@pytest.mark.parametrize("way", ["page", "offset"])
def test_pages_that_end_early_by_number_are_an_error(way: str) -> None:
    with PagedVendor(9, way=way, size=2) as vendor:  # type: ignore[arg-type]
        vendor.misbehave(faults.changed(lambda page: page | {"data": page["data"][:1]}), at=3)
        _, error = told(
            pages_of(vendor, by=PageNumber(full=2) if way == "page" else Offset(full=2))
        )
    assert "9 announced" in str(error)


def test_a_list_that_grows_under_a_cursor_is_no_error() -> None:
    with PagedVendor(6, way="cursor", size=2) as vendor:
        vendor.misbehave(faults.changed(lambda page: page | {"total": 9}), at=3)
        pages = list(pages_of(vendor))
    assert len(ids(pages)) == pages[-1].total == 6


@pytest.mark.parametrize("total", [-1, None])
def test_a_total_that_was_not_counted_proves_nothing(total: int | None) -> None:
    """EspoCRM says -1 or -2."""
    with Vendor() as vendor:
        vendor.on("GET", "/list", {"data": [1], "total": total})
        pages = list(walk(asking(vendor), Whole(), ask="list", records="$.data", total="$.total"))
    assert pages[0].total is None


# ---------------------------------------------------------------- loops


def test_more_to_follow_an_empty_page_without_an_id_to_go_on_from_is_an_error() -> None:
    with Vendor() as vendor:
        vendor.on("GET", "/list", {"data": [], "more": True})
        by = LastId(id="$.id", param="after", more="$.more")
        with pytest.raises(DriftError, match="nothing to go on from"):
            list(walk(asking(vendor), by, ask="list", records="$.data"))


def test_an_empty_page_of_a_filtered_list_is_stepped_over_by_a_full_page() -> None:
    with Vendor() as vendor:
        for position, data in {0: [1, 2], 2: [], 4: [3]}.items():
            body = {"data": [{"id": i} for i in data], "more": position < 4}
            vendor.on("GET", f"/list?offset={position}", body)
        by = Offset(more="$.more", full=2, overlap=0)
        assert ids(walk(asking(vendor), by, ask="list", records="$.data")) == [1, 2, 3]


@pytest.mark.parametrize("length", [1, 2, 3, 7])
def test_a_cycle_of_cursors_of_any_length_is_an_error(length: int) -> None:
    """Only the last cursor was compared elsewhere: A, B, A, B looped for ever."""
    with Vendor() as vendor:
        for place in range(length):
            body = {"data": [{"id": place}], "next": f"c{(place + 1) % length}"}
            vendor.on("GET", f"/list?cursor=c{place}", body)
        vendor.on("GET", "/list", {"data": [{"id": "first"}], "next": "c0"}, when=no_cursor)
        pages = walk(asking(vendor), Cursor(at="$.next"), ask="list", records="$.data")
        found, error = told(pages)
        assert isinstance(error, PagingError)
        assert "list: page" in str(error)
        assert "leads back to an earlier one" in str(error)
        assert len(found) == len(vendor.log) == length + 1


def no_cursor(asked: Any) -> bool:
    return "cursor" not in asked.query


def test_a_time_as_cursor_that_does_not_advance_is_an_error() -> None:
    """PostHog 59215: more records than a page share one second, and the next page is this one."""
    with Vendor() as vendor:
        body = {"data": [{"id": 1}, {"id": 2}], "next": f"{vendor.url}/list?start_time=100"}
        vendor.on("GET", "/list?start_time=100", body)
        ask = Request("list", params={"start_time": 100})
        with pytest.raises(PagingError, match="leads back"):
            list(walk(asking(vendor), NextUrl(at="$.next"), ask=ask, records="$.data"))
        assert len(vendor.log) == 2


def test_a_vendor_who_ignores_the_page_is_an_error() -> None:
    """airbyte PR 31914, steam-crawler 2: every page is the first one."""
    with Vendor() as vendor:
        vendor.on("GET", "/list", {"data": [{"id": 1}, {"id": 2}]})
        found, error = told(walk(asking(vendor), PageNumber(), ask="list", records="$.data"))
    assert isinstance(error, PagingError)
    assert found == [1, 2]


def test_pages_that_came_twice_are_an_error_unless_a_total_proves_the_rest() -> None:
    def bodies(**more: Any) -> list[Any]:
        data = [[1, 2], [1, 2], [3, 4]]
        return [
            {"data": [{"id": i} for i in page], "next": str(n) if n < 2 else None, **more}
            for n, page in enumerate(data)
        ]

    with Vendor() as vendor:
        vendor.pages("/list", *bodies())
        vendor.pages("/counted", *bodies(total=4))
        http = asking(vendor)
        with pytest.raises(PagingError, match="came twice"):
            list(walk(http, Cursor(at="$.next"), ask="list", records="$.data"))
        counted = walk(http, Cursor(at="$.next"), ask="counted", records="$.data", total="$.total")
        assert ids(counted) == [1, 2, 3, 4]


def test_one_record_may_come_again_on_the_last_page() -> None:
    """A cursor that includes its own record."""
    with Vendor() as vendor:
        one = {"data": [{"id": 1}]}
        vendor.pages("/list", one | {"next": "a"}, one | {"next": None})
        assert ids(walk(asking(vendor), Cursor(at="$.next"), ask="list", records="$.data")) == [1]


def test_pages_without_end_stop_at_the_cap() -> None:
    with Vendor() as vendor:
        numbers = iter(range(1_000))
        vendor.on("GET", "/list", lambda _: {"data": [n := next(numbers)], "next": str(n)})
        pages = walk(
            asking(vendor), Cursor(at="$.next"), ask="list", records="$.data", most_pages=5
        )
        with pytest.raises(LimitError, match="more than 5 pages"):
            list(pages)
        assert len(vendor.log) == 5


# ---------------------------------------------------------------- elsewhere


@pytest.mark.parametrize("way", ["url", "link"])
def test_the_next_page_on_another_host_is_never_asked(way: str) -> None:
    """dlt and Policy-Weaver 112 sent the token wherever the vendor pointed."""
    with PagedVendor(9, way=way, size=2) as vendor, Vendor() as foreign:  # type: ignore[arg-type]
        elsewhere = foreign.url
        vendor.misbehave(
            lambda _, reply: Reply(
                reply.body.replace(vendor.url.encode(), elsewhere.encode()),
                headers={k: v.replace(vendor.url, elsewhere) for k, v in reply.headers.items()},
            ),
            at=2,
        )
        found, error = told(pages_of(vendor))
        assert isinstance(error, OriginError)
        assert foreign.log == []
    assert found == ["r1", "r2"]


@pytest.mark.parametrize(
    "address",
    [
        "http://localhost.example.test/list",
        "http://eve@{host}/list",
        "https://{host}/list",
        "//example.test/list",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "http://{host}\\@example.test/",
    ],
)
def test_addresses_that_only_look_right_are_refused(address: str) -> None:
    with Vendor() as vendor:
        host = vendor.url.removeprefix("http://")
        vendor.on("GET", "/list", {"data": [1], "next": address.replace("{host}", host)})
        with pytest.raises(OriginError):
            list(walk(asking(vendor), NextUrl(at="$.next"), ask="list", records="$.data"))
        assert len(vendor.log) == 1


# ---------------------------------------------------------------- answers that are none


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"error": {"code": 17}}, "$.data"),
        ({"data": None}, "$.data"),
        ({"data": {"r1": {}}}, "$.data"),
        ({"data": "none found"}, "$.data"),
        (None, "$"),
        ([], "$"),
        ("No surveys found", "$"),
    ],
)
def test_an_answer_without_records_is_drift_not_zero_records(body: Any, path: str) -> None:
    with Vendor() as vendor:
        vendor.on("GET", "/list", body)
        with pytest.raises(DriftError) as caught:
            list(walk(asking(vendor), Whole(), ask="list", records="$.data"))
    assert caught.value.path == path
    assert path in str(caught.value)


@pytest.mark.parametrize(
    "fault", [faults.html(), faults.body(b""), faults.body(b"{"), faults.no_content()]
)
def test_what_is_no_json_never_counts_as_zero_records(fault: Any) -> None:
    with PagedVendor(4, size=2) as vendor:
        vendor.misbehave(fault)
        with pytest.raises(SourceError):
            list(pages_of(vendor))


def test_errors_of_graphql_are_not_zero_records() -> None:
    with Vendor() as vendor:
        vendor.on("POST", "/graphql", {"data": {"list": None}, "errors": [{"message": "no"}]})
        ask = Request("graphql", method="POST", json={"query": "{ list }"}, repeatable=True)
        with pytest.raises(DriftError, match=r"\$\.data\.list"):
            list(
                walk(
                    asking(vendor), connection("$.data.list"), ask=ask, records="$.data.list.nodes"
                )
            )


def test_a_record_without_an_id_is_drift_where_positions_are_proved() -> None:
    with Vendor() as vendor:
        vendor.on("GET", "/list", {"data": [{"key": 1}]})
        with pytest.raises(DriftError, match=r"\$\.id"):
            list(walk(asking(vendor), Offset(), ask="list", records="$.data"))


# ---------------------------------------------------------------- data that move


def removing(vendor: PagedVendor) -> Any:
    return faults.meanwhile(lambda: vendor.records.pop(0))


@pytest.mark.parametrize("total", ["$.total", ""])
def test_a_record_deleted_during_an_offset_walk_costs_no_other(total: str) -> None:
    """Without a seam record r5 would slip to a page that was read already."""
    with PagedVendor(10, way="offset", size=4) as vendor:
        vendor.misbehave(removing(vendor), at=1)
        found = ids(pages_of(vendor, total=total))
    assert set(found) == {f"r{i}" for i in range(1, 11)}
    assert found[-9:] == [f"r{i}" for i in range(2, 11)]


def test_a_record_deleted_during_a_walk_by_page_number_costs_no_other() -> None:
    with PagedVendor(10, way="page", size=4) as vendor:
        vendor.misbehave(removing(vendor), at=1)
        assert ids(pages_of(vendor))[-9:] == [f"r{i}" for i in range(2, 11)]


@pytest.mark.parametrize("way", ["page", "offset"])
@pytest.mark.parametrize("total", ["$.total", ""])
def test_a_record_that_moves_to_pages_already_read_is_not_lost(way: str, total: str) -> None:
    """intercom-node 211: an edit moves a record to the front of a list sorted by updates."""
    with PagedVendor(10, way=way, size=4) as vendor:  # type: ignore[arg-type]

        def edit() -> None:
            vendor.records.insert(0, vendor.records.pop(7))

        vendor.misbehave(faults.meanwhile(edit), at=1)
        assert set(ids(pages_of(vendor, total=total))) == {f"r{i}" for i in range(1, 11)}


@pytest.mark.parametrize("way", ["page", "offset"])
def test_a_walk_whose_data_never_rest_stops_after_two_new_starts(way: str) -> None:
    with PagedVendor(20, way=way, size=4) as vendor:  # type: ignore[arg-type]
        vendor.misbehave(removing(vendor))
        _, error = told(pages_of(vendor))
        assert isinstance(error, PagingError)
        assert "the data moved while they were read, 3 times" in str(error)
        starts = [a for a in vendor.log if a.query.get("page", a.query.get("offset")) in {"0", "1"}]
        assert len(starts) == 3


def test_offsets_advance_by_what_came_not_by_what_was_asked() -> None:
    """A vendor who gives at most 2 where 5 are asked: offset 5 would skip three."""
    with PagedVendor(9, way="offset", size=2) as vendor:
        ask = Request("responses", params={"limit": 5})
        assert len(ids(pages_of(vendor, ask=ask))) == 9


def test_offsets_without_overlap_for_vendors_who_want_multiples() -> None:
    with PagedVendor(9, way="offset", size=2) as vendor:
        assert len(ids(pages_of(vendor, by=Offset(overlap=0)))) == 9
        assert [a.query["offset"] for a in vendor.log] == ["0", "2", "4", "6", "8", "9"]


@given(
    count=st.integers(0, 12),
    size=st.integers(2, 5),
    way=st.sampled_from(["page", "offset"]),
    changes=st.lists(
        st.tuples(st.integers(1, 6), st.integers(0, 11), st.booleans()),
        max_size=3,
        unique_by=lambda change: change[0],  # two at once can hide each other
    ),
)
def test_whatever_moves_all_that_stayed_came_or_the_walk_says_so(
    count: int, size: int, way: Any, changes: list[tuple[int, int, bool]]
) -> None:
    with PagedVendor(count, way=way, size=size) as vendor:
        stayed = {record["id"] for record in vendor.records}

        def move(place: int, away: bool) -> None:
            if place < len(vendor.records):
                record = vendor.records.pop(place)
                if away:
                    stayed.discard(record["id"])
                else:
                    vendor.records.insert(0, record)

        for at, place, away in changes:
            vendor.misbehave(faults.meanwhile(lambda p=place, a=away: move(p, a)), at=at)
        found: list[str] = []
        try:
            for page in pages_of(vendor, by=WAYS[way]):
                found += ids([page])
        except PagingError:
            return
    assert stayed <= set(found)


# ---------------------------------------------------------------- resuming


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("after", range(6))
def test_a_walk_goes_on_from_any_page(way: str, after: int) -> None:
    with PagedVendor(7, way=way, size=2) as vendor:  # type: ignore[arg-type]
        whole = ids(pages_of(vendor))
        first = []
        for page in pages_of(vendor):
            first.append(page)
            if len(first) > after:
                break
        cursor = json.loads(json.dumps(first[-1].cursor))
        rest = ids(pages_of(vendor, since=Since(resume=cursor)))
    assert ids(first) + rest == whole


def test_a_cursor_is_small_and_says_nothing_of_the_records() -> None:
    with PagedVendor(
        [{"id": f"anna.{i}@example.test"} for i in range(50)], way="offset", size=2
    ) as vendor:
        last = list(pages_of(vendor))[-2]
    text = json.dumps(last.cursor)
    assert len(text) < 300
    assert "example.test" not in text


def test_a_resumed_walk_keeps_counting() -> None:
    with PagedVendor(6, way="cursor", size=2) as vendor:
        pages = pages_of(vendor)
        cursor = next(pages).cursor
        vendor.misbehave(faults.changed(lambda page: page | {"has_more": False}))
        _, error = told(pages_of(vendor, since=Since(resume=cursor)))
        assert "6 announced, 4 received" in str(error)
        vendor.behave()
        with pytest.raises(LimitError):
            list(pages_of(vendor, since=Since(resume=cursor), most_pages=2))


def test_data_that_moved_before_an_offset_walk_was_resumed_are_noticed() -> None:
    with PagedVendor(8, way="offset", size=4) as vendor:
        cursor = next(pages_of(vendor, total="")).cursor
        vendor.records.pop(0)
        found = ids(pages_of(vendor, total="", since=Since(resume=cursor)))
    assert found == [f"r{i}" for i in range(2, 9)]


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_cursor_the_vendor_forgot_starts_the_walk_anew(status: int) -> None:
    with PagedVendor(6, way="cursor", size=2) as vendor:
        cursor = next(pages_of(vendor)).cursor
        vendor.misbehave(faults.status(status), when=lambda a: a.query.get("cursor") == "2", at=1)
        assert len(ids(pages_of(vendor, since=Since(resume=cursor)))) == 6


def test_a_refusal_in_the_middle_is_no_new_start() -> None:
    with PagedVendor(6, way="cursor", size=2) as vendor:
        vendor.misbehave(faults.status(400), at=2)
        found, error = told(pages_of(vendor))
    assert isinstance(error, RefusedError)
    assert found == ["r1", "r2"]


def test_after_an_error_of_the_walk_itself_the_next_one_starts_anew() -> None:
    """Else each pull would go on into the same loop."""
    with PagedVendor(6, way="cursor", size=2) as vendor:
        vendor.misbehave(faults.changed(lambda page: page | {"next_cursor": "2"}), at=2)
        pages = pages_of(vendor)
        assert next(pages).cursor is not None
        assert next(pages).cursor is None
        with pytest.raises(PagingError):
            next(pages)


def test_a_resumed_cycle_is_still_a_cycle() -> None:
    with Vendor() as vendor:
        for here, there in ("ab", "ba"):
            vendor.on("GET", f"/list?cursor={here}", {"data": [{"id": here}], "next": there})
        vendor.on("GET", "/list", {"data": [{"id": 0}], "next": "a"}, when=no_cursor)

        def walking(resume: Any = None) -> Iterator[Any]:
            return walk(
                asking(vendor),
                Cursor(at="$.next"),
                ask="list",
                records="$.data",
                since=Since(resume=resume),
            )

        pages = walking()
        next(pages)
        with pytest.raises(PagingError, match="leads back"):
            list(walking(next(pages).cursor))
        assert len(vendor.log) == 4


# ---------------------------------------------------------------- asking ahead


@pytest.mark.parametrize("way", ["page", "offset", "cursor", "url"])
@pytest.mark.parametrize("total", ["$.total", ""])
def test_asking_ahead_changes_nothing(way: str, total: str) -> None:
    with PagedVendor(23, way=way, size=3) as vendor:  # type: ignore[arg-type]
        assert ids(pages_of(vendor, ahead=8, total=total)) == [f"r{i}" for i in range(1, 24)]


@pytest.mark.parametrize("by", [PageNumber(more="$.has_more"), Offset(more="$.has_more")])
def test_asking_ahead_with_a_total_asks_nothing_in_vain(by: Paginator) -> None:
    way: Any = "page" if isinstance(by, PageNumber) else "offset"
    with PagedVendor(20, way=way, size=4) as vendor:
        pages = list(pages_of(vendor, by=by, ahead=8))
        assert len(pages) == len(vendor.log) == (5 if way == "page" else 7)


def test_asking_ahead_has_several_under_way() -> None:
    most = 0
    with PagedVendor(60, way="page", size=4) as vendor:
        vendor.misbehave(faults.late(0.02))
        under_way: set[int] = set()
        http = asking(vendor)
        send = http.send

        def counted(request: Request) -> Answer:
            nonlocal most
            under_way.add(id(request))
            most = max(most, len(under_way))
            answer = send(request)
            under_way.discard(id(request))
            return answer

        http.send = counted  # type: ignore[method-assign]
        pages = walk(
            http, PageNumber(), ask="responses", records="$.data", total="$.total", ahead=5
        )
        assert len(ids(pages)) == 60
    assert 2 < most <= 5


def test_asking_ahead_survives_pages_shorter_than_guessed() -> None:
    with PagedVendor(30, way="offset", size=4) as vendor:
        vendor.misbehave(
            faults.changed(lambda page: page | {"data": page["data"][:2]}),
            when=lambda asked: asked.query["offset"] == "6",
        )
        assert ids(pages_of(vendor, ahead=4)) == [f"r{i}" for i in range(1, 31)]


def test_asking_ahead_raises_an_error_where_its_page_is_due() -> None:
    with PagedVendor(30, way="page", size=3) as vendor:
        vendor.misbehave(faults.status(400), when=lambda asked: asked.query["page"] == "4")
        found, error = told(pages_of(vendor, ahead=8))
    assert isinstance(error, RefusedError)
    assert found == [f"r{i}" for i in range(1, 10)]


def test_numbers_below_one_are_refused() -> None:
    with PagedVendor(1) as vendor, pytest.raises(UsageError):
        list(pages_of(vendor, ahead=0))
