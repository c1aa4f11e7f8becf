"""When to come back: every form of Retry-After, vendors' headers, budgets (T3, T4)."""

from __future__ import annotations

import random
import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics.errors import RetryError, TransportError, UsageError
from cxmetrics.sources.policy import Policy, Rate
from cxmetrics.sources.transport.rate import Budget
from cxmetrics.sources.transport.retry import Reset, retry_after, told_wait
from cxmetrics.testing.clock import FakeClock

NOW = datetime(2026, 1, 1, tzinfo=UTC)

FORMS = [
    ("0", 0.0),
    ("30", 30.0),
    (" 30 ", 30.0),
    ("030", 30.0),
    ("978307200", 978307200.0),
    ("999999999999", 999999999999.0),
    ("Thu, 01 Jan 2026 00:02:00 GMT", 120.0),
    ("Thursday, 01-Jan-26 00:02:00 GMT", 120.0),  # RFC 850
    ("Thu Jan  1 00:02:00 2026", 120.0),  # asctime, in UTC by definition
    ("Thu, 01 Jan 2026 00:02:00 -0000", 120.0),
    ("Thu, 01 Jan 2026 01:02:00 +0100", 120.0),
    ("Wed, 31 Dec 2025 23:00:00 GMT", 0.0),  # past
    ("Sunday, 06-Nov-94 08:49:37 GMT", 0.0),
]
NO_FORMS = ["-1", "1.5", "soon", "", " ", "١٢", "1e3", "5, 10", "0x10", "+5", "1_0", "9" * 13,
            "2026-01-01T00:02:00Z", "Thu, 99 Foo 2026 00:02:00 GMT", "\x00", "½"]  # fmt: skip


@pytest.mark.parametrize(("text", "seconds"), FORMS)
def test_t3_every_form_of_retry_after_is_read(text, seconds):
    assert retry_after(text, NOW) == seconds


@pytest.mark.parametrize("text", NO_FORMS)
def test_t3_what_is_none_of_them_means_nothing(text):
    assert retry_after(text, NOW) is None


@given(st.text(max_size=40))
def test_t3_no_text_at_all_raises_or_goes_below_zero(text):
    found = retry_after(text, NOW)
    assert found is None or found >= 0


@pytest.mark.parametrize("text", [text for text, wait in FORMS if wait < 300] + NO_FORMS[:8])
@pytest.mark.parametrize("status", [429, 503])
def test_t3_the_wait_is_obeyed_or_backed_off_and_the_page_comes(scene, text, status):
    vendor = scene((status, {"Retry-After": text.encode()}), {"ok": 1})
    assert vendor.http.get("x").json() == {"ok": 1}
    told = dict(FORMS).get(text)
    assert vendor.clock.slept == [told or 1.0]  # 0 and the past: backed off, not hammered


@pytest.mark.parametrize("status", [429, 503])
def test_t4_told_to_wait_31_years_stops_and_says_so(scene, status):
    vendor = scene((status, {"Retry-After": "978307200"}))
    with pytest.raises(RetryError, match="told to wait 978307200 s: come back at 2057") as caught:
        vendor.http.get("x")
    assert caught.value.resume_at == NOW + timedelta(seconds=978307200)
    assert (vendor.clock.slept, len(vendor.asked)) == ([], 1)


def test_t4_a_wait_beyond_the_end_of_time_is_no_crash(scene):
    with pytest.raises(RetryError) as caught:
        scene((429, {"Retry-After": "999999999999"})).http.get("x")
    assert caught.value.resume_at.year == 9999


def test_t4_waits_add_up_to_the_budget_and_not_beyond(scene):
    vendor = scene((429, {"Retry-After": "120"}))
    with pytest.raises(RetryError, match="told to wait 120 s") as caught:
        vendor.http.get("x")
    assert vendor.clock.slept == [120, 120]
    assert caught.value.resume_at == vendor.clock.now() + timedelta(seconds=120)


def test_a_vendor_that_asks_for_patience_gets_it_from_every_thread(scene):
    vendor = scene((429, {"Retry-After": "60"}), {})
    vendor.http.get("x")
    assert vendor.clock.slept == [60.0]
    vendor.http.get("y")
    assert vendor.clock.slept == [60.0]  # the time has passed


HEADERS = [
    (Reset("X-Ratelimit-App-Global-Minute-Reset"), "42", 42.0),  # SurveyMonkey
    (Reset("X-RateLimit-Reset", "epoch"), str(int(NOW.timestamp()) + 7), 7.0),  # Intercom
    (Reset("X-RateLimit-Reset", "epoch"), "1", 0.0),
    (Reset("X-Reset", "milliseconds"), str(int(NOW.timestamp()) * 1000 + 500), 0.5),
    (Reset("RateLimit-ResetTime", "iso"), "2026-01-01T01:00:00+00:00", 3600.0),  # Yelp
    (Reset("RateLimit-ResetTime", "iso"), "2026-01-01T00:00:09Z", 9.0),
    (Reset("RateLimit-ResetTime", "iso"), "9999-12-31T23:59:59-14:00", 251635125599.0),
    (Reset("X-Gorgias-Account-Api-Call-Limit", "usage", timedelta(seconds=20)), "40/40", 20.0),
    (Reset("X-Gorgias-Account-Api-Call-Limit", "usage", timedelta(seconds=20)), "10/40", None),
    (Reset("X-Rate-Limit", "remaining", timedelta(hours=1), key="user-hour-rem"),
     "user-hour-lim:3600;user-hour-rem:0;", 3600.0),  # App Store
    (Reset("X-Rate-Limit", "remaining", timedelta(hours=1), key="user-hour-rem"),
     "user-hour-lim:3600;user-hour-rem:545;", None),
    (Reset("RateLimit-Req10s-Remaining", "remaining", timedelta(seconds=10)), "0", 10.0),
]  # fmt: skip


@pytest.mark.parametrize(("reset", "text", "seconds"), HEADERS)
def test_the_headers_of_vendors_are_read(reset, text, seconds):
    assert reset.wait({reset.header.lower(): text}, NOW) == seconds


@pytest.mark.parametrize("reads", ["seconds", "epoch", "milliseconds", "iso", "usage", "remaining"])
def test_headers_that_hold_something_else_mean_nothing(reads):
    reset = Reset("X-Reset", reads)
    for text in ("", "x", "-1", "1.5", "١٢", "10/", "/", "9" * 16, "2026-13-01", "1:2"):
        assert reset.wait({"x-reset": text}, NOW) is None
    assert reset.wait({}, NOW) is None


def test_retry_after_goes_before_the_headers_of_the_vendor():
    resets = (Reset("A"), Reset("B"))
    assert told_wait({"retry-after": "5", "a": "7"}, resets, NOW) == 5
    assert told_wait({"retry-after": "soon", "b": "9"}, resets, NOW) == 9
    assert told_wait({}, resets, NOW) is None


def test_a_wait_of_23_hours_by_a_header_of_the_vendor_is_not_slept(scene):
    reset = Reset("X-Ratelimit-App-Global-Day-Reset")
    vendor = scene((429, {reset.header: "82800"}), policy={"resets": (reset,)})
    with pytest.raises(RetryError) as caught:
        vendor.http.get("x")
    assert caught.value.resume_at == NOW + timedelta(hours=23)
    assert vendor.clock.slept == []


def test_an_exhausted_budget_of_the_vendor_is_waited_for_before_it_refuses(scene):
    reset = Reset("X-Calls", "usage", timedelta(seconds=20))
    vendor = scene((200, {"X-Calls": "40/40"}), {}, policy={"resets": (reset,)})
    vendor.http.get("x")
    vendor.http.get("y")
    assert vendor.clock.slept == [20.0]


# --- declared budgets -----------------------------------------------------------------------------


@given(
    st.lists(st.floats(0, 30), min_size=1, max_size=60),
    st.integers(1, 5),
    st.integers(6, 12),
)
def test_no_window_ever_holds_more_than_declared(pauses, few, many):
    clock, sent = FakeClock(), []
    rates = (Rate(few, per=timedelta(seconds=1)), Rate(many, per=timedelta(seconds=60)))
    budget = Budget(rates, clock)
    for pause in pauses:
        clock.advance(pause)
        clock.sleep(budget.take(1e9))
        sent.append(clock.monotonic())
    for rate in rates:
        for first, last in zip(sent, sent[rate.n :], strict=False):
            assert last - first >= rate.per.total_seconds() - 1e-6


def test_requests_wait_for_a_declared_budget(scene):
    vendor = scene({}, policy={"rate": (Rate(2, per=timedelta(seconds=1)),)})
    for _ in range(5):
        vendor.http.get("x")
    assert sum(vendor.clock.slept) == pytest.approx(2.0)


def test_retries_count_against_a_declared_budget(scene):
    rate = (Rate(1, per=timedelta(seconds=10)),)
    vendor = scene(500, {}, policy={"rate": rate}, uniform=lambda low, high: low)
    vendor.http.get("x")
    assert vendor.clock.slept == [0.0, 10.0]


def test_a_daily_budget_that_is_used_up_is_said_and_not_slept(scene):
    vendor = scene({}, policy={"rate": (Rate(3, per=timedelta(days=1)),)})
    for _ in range(3):
        vendor.http.get("x")
    for _ in range(2):
        with pytest.raises(RetryError, match="declared budget") as caught:
            vendor.http.get("x")
        assert caught.value.resume_at == NOW + timedelta(days=1)
    assert (len(vendor.asked), vendor.clock.slept) == (3, [])


def test_a_budget_is_kept_by_all_threads_together():
    clock = FakeClock()
    budget = Budget((Rate(4, per=timedelta(seconds=1)),), clock)
    waits: list[float] = []
    threads = [
        threading.Thread(target=lambda: waits.extend(budget.take(1e9) for _ in range(10)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits) == [float(n // 4) for n in range(80)]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Rate(0, per=timedelta(1)),
        lambda: Rate(1, per=timedelta(0)),
        lambda: Policy(tries=0),
        lambda: Policy(most_bytes=-1),
        lambda: Policy(deadline=timedelta(0)),
        lambda: Policy().replace(trys=3),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(UsageError):
        wrong()


def test_one_try_is_one_try(scene):
    vendor = scene(500, tries=1)
    with pytest.raises(TransportError):
        vendor.http.get("x")
    assert len(vendor.asked) == 1


def test_waits_leave_the_random_state_of_the_program_alone():
    from inspect import signature

    from cxmetrics.sources.http import connect

    before = random.getstate()
    draw = signature(connect).parameters["uniform"].default
    assert all(0 <= draw(0, 2) <= 2 for _ in range(20))
    assert random.getstate() == before
