"""SIGKILL at random moments of a pull over HTTP: nothing lost, nothing twice, nothing corrupt.

`CXMETRICS_KILLS=200 pytest tests/store/test_kill.py --log-cli-level=INFO` kills that often on each
database and shows the figures; without it a few kills have to do.
"""

from __future__ import annotations

import json
import logging
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import Factory, define

from cxmetrics.records import Response
from cxmetrics.store import open_store
from cxmetrics.testing.vendor import Asked, Vendor

PAGES, SIZE = 60, 20
KILLS = int(os.environ.get("CXMETRICS_KILLS", "0"))
START = datetime(2026, 3, 1, tzinfo=UTC)
log = logging.getLogger(__name__)

# Starts a process for every pull by fork: Python and its libraries are loaded once.
PULLER = """
import json, os, signal, sys
import cxmetrics, cxmetrics.sources.http, cxmetrics.store.opening, cxmetrics.store.pull
from cxmetrics.errors import StoreLockedError
from cxmetrics.sources.config import source

def run(target, url):
    try:
        with cxmetrics.open_store(target) as store:
            feed = source("demo", url=url, token="secret-token", page_size=20)
            return store.pull(feed, streams=["responses"]).to_dict()
    except StoreLockedError as error:
        return {"status": "locked", "why": str(error)}

for line in sys.stdin:
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        os.write(write, json.dumps(run(*json.loads(line))).encode())
        os._exit(0)
    os.close(write)
    print(json.dumps(["started", pid]), flush=True)
    if os.fork():
        os.close(read)
    else:  # tells how it ended, while the next one may be started already
        with os.fdopen(read, "rb") as pipe:
            told = pipe.read().decode() or '{"status": "killed"}'
        print(json.dumps(["ended", [pid, json.loads(told)]]), flush=True)
        os._exit(0)
"""


def objects(page: int) -> list[dict[str, Any]]:
    rows = []
    for number in range(page * SIZE, page * SIZE + SIZE):
        at = (START + timedelta(seconds=number)).isoformat()
        rows.append(
            {
                "id": f"r{number}",
                "score": number % 11,
                "scale": {"min": 0, "max": 10},
                "question": "nps",
                "comment": "à bientôt " * (number % 9),
                "contact": f"c{number % 97}",
                "tags": {"shop": f"s{number % 7}"},
                "asked_at": at,
                "answered_at": at,
                "updated_at": at,
                **dict.fromkeys(["language", "touchpoint", "interaction"]),
                "weight": 1.0,
            }
        )
    return rows


TRUTH = {row["id"]: row["score"] for page in range(PAGES) for row in objects(page)}


@define
class Bomb:
    """Kills the process that pulls, some moment after the answer to one of its requests."""

    left: int
    delay: float
    pid: int = 0
    armed: threading.Event = Factory(threading.Event)

    def tick(self) -> None:
        self.left -= 1
        if self.left == 0:
            self.armed.wait()
            threading.Timer(self.delay, self.go_off).start()

    def go_off(self) -> None:
        with suppress(ProcessLookupError):  # it has ended already
            os.kill(self.pid, signal.SIGKILL)


class Puller:
    """Starts pulls, each in a process of its own."""

    def __init__(self) -> None:
        self.heard: dict[str, list[Any]] = {"started": [], "ended": []}
        self.process = subprocess.Popen(
            [sys.executable, "-c", PULLER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def start(self, target: str, url: str) -> int:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([target, url]) + "\n")
        self.process.stdin.flush()
        return self._heard("started")

    def ended(self) -> tuple[int, dict[str, Any]]:
        pid, told = self._heard("ended")
        return pid, told

    def _heard(self, what: str) -> Any:
        assert self.process.stdout is not None
        while not self.heard[what]:
            kind, told = json.loads(self.process.stdout.readline())
            self.heard[kind].append(told)
        return self.heard[what].pop(0)


@pytest.fixture
def puller() -> Iterator[Puller]:
    puller = Puller()
    yield puller
    assert puller.process.stdin is not None
    puller.process.stdin.close()
    puller.process.wait(10)
    assert puller.process.stdout is not None
    puller.process.stdout.close()


@contextmanager
def shop(asked: Any) -> Iterator[Vendor]:
    """A vendor on loopback in the form of the demo; `asked` hears of every request."""

    def answer(request: Asked) -> Any:
        asked(request)
        page = int(request.query.get("cursor", "0"))
        last = page == PAGES - 1
        following = None if last else str(page + 1)
        rows = objects(page)
        told = {"data": rows, "total": PAGES * SIZE}
        return told | {"has_more": not last, "next_cursor": following}

    with Vendor(token="secret-token") as vendor:
        vendor.on("GET", "/v1/responses", answer)
        yield vendor


def look(target: str) -> int:
    """Return how many records are stored, after making sure that they are whole pages."""
    with open_store(target) as store:
        assert store.check().sound
        kept = {r.id: r.rating for r in store.batch(Response)}
        state = store.cursor("demo", "responses")
    assert kept.items() <= TRUTH.items()
    if state is None:
        assert not kept
    elif state.resume is not None:
        assert state.objects == len(kept)  # the page and its cursor, or neither
        assert len(kept) % SIZE == 0
    return len(kept)


def test_killed_and_resumed_pulls_lose_nothing(target: str, puller: Puller) -> None:
    """D2."""
    wanted = KILLS or (8 if "://" not in target else 4)
    dice = random.Random(7)
    bomb = Bomb(0, 0)
    counts: Counter[str] = Counter()
    with shop(lambda _: bomb.tick()) as vendor:
        while counts["killed"] < wanted or counts["complete"] == 0:
            live = counts["killed"] < wanted
            bomb = Bomb(dice.randint(1, PAGES // 3) if live else 0, dice.uniform(0, 0.008))
            bomb.pid = puller.start(target, vendor.url)
            bomb.armed.set()
            _, told = puller.ended()
            counts[told["status"]] += 1
            if told["status"] == "locked":
                continue  # the server has not noticed yet that the one before is gone
            assert told["status"] in {"killed", "complete"}, told
            stored = look(target)
            counts["kills that left records"] += told["status"] == "killed" and stored > 0
            if told["status"] == "complete":
                assert stored == len(TRUTH)
            if live and stored == len(TRUTH):  # also where it was killed when all was done
                _start_anew(target)
    log.info("%s: %s", "PostgreSQL" if "://" in target else "SQLite", dict(counts))
    assert counts["kills that left records"] > wanted // 4


def _start_anew(target: str) -> None:
    """Empty the store, for the next kills."""
    with open_store(target) as store, store._database.writing() as connection:
        for table in ("responses", "states", "refused"):
            connection.exec_driver_sql(f"DELETE FROM {table}")


def test_of_two_pulls_at_once_the_second_is_told_who_is_at_work(
    target: str, puller: Puller
) -> None:
    """D5: in processes of their own; and a holder who is killed holds nothing any more."""
    under_way, go_on = threading.Event(), threading.Event()

    def asked(request: Asked) -> None:
        if request.query.get("cursor") == "3":
            under_way.set()
            go_on.wait(30)

    with shop(asked) as vendor:
        first = puller.start(target, vendor.url)
        assert under_way.wait(30)
        others = {puller.start(target, vendor.url) for _ in range(3)}
        for _ in others:
            pid, told = puller.ended()
            assert pid in others
            assert told["status"] == "locked"
            assert f"process {first} " in told["why"]
        go_on.set()
        assert puller.ended()[1]["status"] == "complete"
    assert look(target) == len(TRUTH)
