"""A store is measured where it stands, and agrees with counting its records in Python."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cxmetrics as cx
from cxmetrics.records import Response
from cxmetrics.store.days import BUCKETS, label_of

TEN = cx.zero_to_ten


def answer(ident: str, rating: float | None = 9, **fields: Any) -> Response:
    return Response(**{"id": ident, "rating": rating, "scale": TEN, **fields})


def tallied(cube: cx.Cube) -> dict[Any, Any]:
    return {key: (tally.counts.tolist(), tally.missing) for key, tally in cube.items()}


# -- names -----------------------------------------------------------------------------------------

ODD = [
    "country",
    'a"b',
    "a'b",
    "a.b",
    "$",
    "[0]",
    "é",
    "a\\b",
    "a b",
    "--",
    "%s",
    ":x",
    "?",
    "a\nb",
]


@pytest.mark.parametrize("dim", ODD)
def test_a_dim_by_any_name(store: Any, dim: str) -> None:
    values: list[Any] = ["FR", "DE", None, " ", 'q"\\', 1, 1.5, True]
    rows = [answer(f"r{n}", n, dims={dim: value}) for n, value in enumerate(values)]
    store.put([*rows, answer("none", 10)])
    cube = cx.tally(store, TEN, by=dim)
    expected = cx.tally(store.batch(Response), TEN, by=dim)
    assert tallied(cube) == tallied(expected)
    assert [type(label) for label in cube] == [type(label) for label in expected]
    for label in ["FR", 'q"\\', None, 1, 1.5, True, ["DE", None], "nobody"]:
        found = cx.tally(store, TEN, where={dim: label})
        assert found.n == cx.tally(store.batch(Response), TEN, where={dim: label}).n


def test_an_unknown_name_says_the_close_ones(store: Any) -> None:
    store.put([answer("r1", dims={"country": "FR"})])
    with pytest.raises(cx.CxError, match="no column 'cuntry'; did you mean 'country'"):
        cx.tally(store, TEN, by="cuntry")
    with pytest.raises(cx.CxError, match="no column 'monht'; did you mean 'month'"):
        cx.tally(store, TEN, where={"monht": "2026-01"})
    with pytest.raises(cx.CxError, match="a weight is a number"):
        cx.tally(store, TEN, weight="country")
    with pytest.raises(cx.CxError, match="'verbatim' holds"):
        cx.tally(store, TEN, rating="verbatim")
    for ask in (lambda w: cx.tally(store, TEN, where=w), lambda w: store.batch(Response, where=w)):
        with pytest.raises(cx.CxError, match=r"where= is {name: label or labels}"):
            ask(["country"])


def test_dims_named_like_something_else(store: Any) -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    store.put([answer("r1", asked_at=at, dims={"month": "lent", "source": "web"})])
    assert list(cx.tally(store, TEN, by=["month", "dims.month"])) == [("2026-03", "lent")]
    assert list(cx.tally(store, TEN, by=["source", "dims.source"])) == [("local", "web")]


# -- scales ----------------------------------------------------------------------------------------


def test_scales_are_measured_one_at_a_time(store: Any) -> None:
    store.put([answer("r1", 9), answer("r2", 5, scale=cx.one_to_five, question="csat")])
    with pytest.raises(
        cx.CxError, match=r"the store mixes ratings on several scales \(0:10, 1:5\)"
    ):
        cx.nps(store)
    assert cx.nps(store, where={"scale": "0:10"}).n == 1
    assert cx.csat(store, where={"question": "csat"}).n == 1
    with pytest.raises(cx.CxError, match="the store holds ratings on 1-5, the metric wants 0-10"):
        cx.nps(store, where={"question": "csat"})


def test_what_is_gone_does_not_count(store: Any) -> None:
    from cxmetrics.sources.portion import Entry, Portion
    from cxmetrics.sources.state import State

    state = State(field="updated")
    entries = [Entry(object=f"o{n}", records=(answer(f"r{n}", n),)) for n in range(4)]
    store.write("v", "responses", Portion(state=state, entries=entries))
    store.write("v", "responses", Portion(state=state, gone=["o1", "o2"]))
    assert cx.tally(store, TEN).overall.counts.tolist() == [1, 0, 0, 1, *[0] * 7]
    assert len(store.batch(Response)) == 2
    assert len(store.batch(Response, gone=True)) == 4


# -- days ------------------------------------------------------------------------------------------

ZONES = ["UTC", "Europe/Paris", "America/New_York", "America/St_Johns", "Asia/Kathmandu"]
ZONES += ["Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "America/Sao_Paulo"]


@pytest.mark.parametrize("zone", ZONES)
def test_local_days(reopen: Callable[..., Any], zone: str) -> None:
    own = ZoneInfo(zone)
    store = reopen(zone=zone)
    start = datetime(1969, 12, 31, 23, 30, tzinfo=UTC)
    moments = [start + timedelta(minutes=15 * n) for n in range(8)]
    moments += [datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=439 * n) for n in range(1150)]
    for year in (1999, 2006, 2011, 2026):  # every hour around the days on which clocks change
        for month in (3, 4, 10, 11, 12):
            first = datetime(year, month, 1, tzinfo=UTC)
            moments += [first + timedelta(minutes=59 * n + 1) for n in range(150)]
    rows = [answer(f"r{n}", n % 11, answered_at=at) for n, at in enumerate(moments)]
    store.put(rows)
    for bucket in BUCKETS:
        expected: dict[Any, int] = {}
        for at in moments:
            label = label_of(bucket, at.astimezone(own).date().toordinal())
            expected[label] = expected.get(label, 0) + 1
        assert {k: t.n for k, t in cx.tally(store, TEN, by=bucket).items()} == expected
        some = list(expected)[:3]
        found = cx.tally(store, TEN, where={bucket: some})
        assert found.n == sum(expected[label] for label in some)


def test_the_day_of_the_answer_else_of_the_question(store: Any) -> None:
    asked, answered = datetime(2026, 1, 31, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    store.put(
        [
            answer("r1", asked_at=asked, answered_at=answered),
            answer("r2", asked_at=asked),
            answer("r3"),
        ]
    )
    assert {k: t.n for k, t in cx.tally(store, TEN, by="month").items()} == {
        "2026-01": 1,
        "2026-02": 1,
        None: 1,
    }
    assert cx.tally(store, TEN, where={"month": None}).n == 1
    assert cx.tally(store, TEN, where={"month": "2026-13"}).n == 0
    assert cx.tally(store, TEN, where={"asked_at": asked}).n == 2
    assert cx.tally(store, TEN, where={"asked_at": None}).n == 1
    with pytest.raises(cx.CxError, match="needs its time zone"):
        cx.tally(store, TEN, where={"asked_at": "2026-01-31T00:00:00"})
    assert list(cx.tally(store, TEN, by="answered_at")) == ["2026-02-01T00:00:00+00:00", None]


# -- the same as in Python -------------------------------------------------------------------------

NUMBERS = count()
texts = st.sampled_from(["web", "shop", " ", "", None])
responses = st.builds(
    Response,
    id=st.uuids().map(str),
    rating=st.integers(0, 10) | st.none(),
    scale=st.just(TEN),
    customer=st.integers(0, 5).map(str),
    touchpoint=st.sampled_from(["t1", "t2"]),
    weight=st.integers(1, 32).map(lambda n: n / 8),
    dims=st.fixed_dictionaries({"channel": texts, "wave": st.sampled_from([1, 2, 2.0, True])}),
)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"by": ["channel"]},
        {"by": ["wave", "touchpoint"], "weight": "weight"},
        {"by": ["channel"], "unit": "customer", "weight": "weight"},
        {"where": {"channel": ["web", None], "wave": 2}},
        {"unit": "customer", "where": {"touchpoint": "t1"}},
    ],
    ids=str,
)
@given(rows=st.lists(responses, min_size=2, max_size=20))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_agrees_with_the_batch(store: Any, options: dict[str, Any], rows: list[Response]) -> None:
    source = str(next(NUMBERS))  # the store is the same for all examples
    store.put(rows, source=source)
    where = {"where": {**options.get("where", {}), "source": source}}
    found = cx.tally(store, TEN, **{**options, **where})
    expected = cx.tally(cx.Batch.of(Response, rows), TEN, **options)
    assert found == expected
