"""Whatever an adapter does: the pull ends, says so, stores what is valid, and heals."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import pytest

import cxmetrics as cx
from cxmetrics.errors import NotFoundError, PluginConflictError, PluginError, PluginLoadError
from cxmetrics.plugins import Registry
from cxmetrics.records import Response
from cxmetrics.sources.config import configure
from cxmetrics.testing.clock import FakeClock
from cxmetrics.testing.vendor import Vendor

hostile = pytest.importorskip(
    "cxmetrics_hostile", reason="the plugin plugins/hostile is not installed"
)

SECRET = "CANARY-hostile-secret"
HONEST = {f"r{at}": at % 11 for at in range(10)}

FAILS = {
    "repeats a page": "brought nothing new",
    "cycles": "brought nothing new",
    "endless pages": "more than 50 pages",
    "endless empty pages": "brought nothing new",
    "claims an order": "ConnectionError",
    "raises in the middle": "ZeroDivisionError",
    "stops without an end": "RecursionError",
    "no pages": "TypeError",
    "odd pages": "AttributeError",
    "other records": "delivers a Customer",
    "odd cursors": "cursor",
    "elsewhere": "OriginError",
    "carries the secret elsewhere": "OriginError",
    "shows the secret": "RefusedError",
    "reveals": "PermissionError",
}
PARTIAL = {
    "total too high": "1000 objects announced, 10 received",
    "off scale": "rating",
    "no ids": "id",
    "raises in reading": "does not expect",
    "odd reads": "kept raw",
}
COMPLETE = [
    "honest",
    "total too low",
    "duplicates",
    "edits twice",
    "future stamps",
    "other ids",
    "huge page",
    "digs in the transport",
]
ASKING = {"elsewhere", "carries the secret elsewhere", "shows the secret", "digs in the transport"}


@pytest.fixture
def clock():
    return FakeClock(time=datetime(2026, 3, 1, tzinfo=UTC))


@pytest.fixture
def feed():
    def make(mode="honest", **given):
        return configure(hostile.Hostile, {"mode": mode, "token": SECRET, **given}, environ={})

    return make


@pytest.fixture
def vendor():
    """Repeats what it is asked, as a careless vendor does, and refuses."""

    def echo(asked):
        from cxmetrics.datasets.loopback import Reply

        return Reply.of({"error": f"no such thing: {asked.target}"}, status=400)

    with Vendor() as running:
        running.on("GET", "/echo", echo)
        yield running


@pytest.fixture
def store(tmp_path):
    with cx.open_store(tmp_path / "store.db") as opened:
        yield opened


def held(store):
    """Return the ratings of the honest objects in the store."""
    batch = store.batch(Response)
    return {r.id: r.rating for r in batch if r.id in HONEST}


def test_every_mode_is_looked_at():
    known = {*FAILS, *PARTIAL, *COMPLETE, "exits"}
    assert known == set(hostile.MODES)


def pulled(store, feed, mode, clock, vendor, monkeypatch):
    monkeypatch.setattr("cxmetrics.sources.walk.MOST_PAGES", 50)
    monkeypatch.setattr("cxmetrics.sources.walk._FRUITLESS", 10)
    given = {"url": vendor.url} if mode in ASKING else {}
    return store.pull(feed(mode, **given), clock=clock)


@pytest.mark.parametrize("mode", [*FAILS, *PARTIAL, *COMPLETE])
def test_the_pull_ends_says_so_and_the_next_honest_one_heals(
    store, feed, clock, vendor, monkeypatch, caplog, capsys, tmp_path, mode
):
    caplog.set_level(logging.DEBUG)
    receipt = pulled(store, feed, mode, clock, vendor, monkeypatch)
    shown = f"{receipt} {receipt.to_dict()} {caplog.text} {capsys.readouterr()}"
    for path in tmp_path.iterdir():
        shown += path.read_bytes().decode("latin-1")
    assert SECRET not in shown
    assert "CANARY-in-an-error" not in shown
    (told,) = receipt.streams
    expected = "failed" if mode in FAILS else "partial" if mode in PARTIAL else "complete"
    assert (told.status, receipt.status) == (expected, expected), told.reasons
    if mode not in COMPLETE:
        assert (FAILS | PARTIAL)[mode] in " ".join(told.reasons)
    for rating in (r.rating for r in store.batch(Response)):
        assert rating in range(11)
    for ident, rating in held(store).items():
        assert rating == HONEST[ident] or mode == "edits twice"
    state = store.cursor(feed().key, "responses")
    if state is not None and state.mark is not None:
        assert state.mark <= clock.now()
    clock.advance(3600)
    healed = store.pull(feed(), clock=clock)
    if mode not in PARTIAL:  # what is refused stays refused until it comes again
        assert healed.status == "complete", healed.streams[0].reasons
    assert held(store) == HONEST


@pytest.mark.parametrize("mode", ["duplicates", "edits twice"])
def test_what_comes_twice_is_stored_once_in_its_latest_version(store, feed, clock, mode):
    receipt = store.pull(feed(mode), clock=clock)
    assert receipt.streams[0].repeated > 0
    assert held(store) == HONEST
    assert len(store.batch(Response)) == len(HONEST)


def test_a_number_and_its_text_are_one_id(store, feed, clock):
    store.pull(feed("other ids"), clock=clock)
    assert len(store.batch(Response)) == 20  # 0 … 9, and r0 … r9


def test_the_watermark_does_not_follow_stamps_into_the_future(store, feed, clock):
    store.pull(feed("future stamps"), clock=clock)
    assert store.cursor(feed().key, "responses").mark <= clock.now()


def test_an_order_that_is_claimed_and_not_kept_loses_nothing(store, feed, clock):
    store.pull(feed("claims an order"), clock=clock)
    assert len(held(store)) == 9
    store.pull(feed(), clock=clock)
    assert held(store) == HONEST


def test_an_exit_is_no_end_of_the_pull(store, feed, clock):
    with pytest.raises(SystemExit):
        store.pull(feed("exits"), clock=clock)
    assert store.receipts()[-1].status == "failed"
    assert store.pull(feed(), clock=clock).status == "complete"
    assert held(store) == HONEST


def test_an_impostor_does_not_get_the_name_of_a_built_in_source():
    from cxmetrics.sources.catalogue.files import Files
    from cxmetrics_hostile import impostor

    registry = Registry()
    registry.register(impostor, "impostor")
    assert registry.find("source", "files") is Files
    with pytest.raises(PluginConflictError, match="files"):
        registry.every("source")


def test_a_plugin_for_other_hooks_is_refused():
    from cxmetrics_hostile import stale

    registry = Registry()
    with pytest.raises(PluginLoadError, match="999"):
        registry.register(stale, "stale")
    with pytest.raises((NotFoundError, PluginError)):
        registry.find("source", "stale")
