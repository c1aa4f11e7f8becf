"""D5: one pull of a source at a time, and who is in the way is named."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from cxmetrics.errors import StoreLockedError

HOLD = """
import sys, cxmetrics as cx
with cx.open_store(sys.argv[1]) as store, store.lock(sys.argv[2]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def held(target: str, program: dict[str, str]) -> Any:
    """Start a process that holds the lock of a source, and return it."""
    started = []

    def hold(source: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, target, source],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=program,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        return process

    yield hold
    for process in started:
        process.kill()
        for pipe in (process.stdin, process.stdout):
            pipe.close()
        process.wait()


def test_another_process_is_named(store: Any, held: Callable[[str], Any]) -> None:
    process = held("zendesk:acme")
    host = socket.gethostname()[:24]
    refused = pytest.raises(StoreLockedError, match=f"process {process.pid} on {host}.* since 20")
    with refused, store.lock("zendesk:acme"):
        pass
    with store.lock("zendesk:other"), store.lock("a/b\\c:é" * 40):  # other sources are free
        pass


def test_death_lets_go(store: Any, held: Callable[[str], Any]) -> None:
    process = held("v")
    process.send_signal(signal.SIGKILL)
    process.wait()
    with store.lock("v", wait=10):
        pass


def test_a_waiting_pull_gets_its_turn(store: Any, held: Callable[[str], Any]) -> None:
    process = held("v")
    with pytest.raises(StoreLockedError, match=str(process.pid)), store.lock("v", wait=0.1):
        pass
    process.stdin.close()  # it ends
    with store.lock("v", wait=30):
        pass


def test_within_one_process(reopen: Callable[..., Any]) -> None:
    one, two = reopen(), reopen()
    with one.lock("v"):
        for other in (one, two):
            refused = pytest.raises(StoreLockedError, match=f"process {os.getpid()}|another")
            with refused, other.lock("v"):
                pass
    with two.lock("v"):
        pass


def test_in_memory() -> None:
    from cxmetrics.store import open_store

    with open_store(":memory:") as store, open_store(":memory:") as other:
        with (
            store.lock("v"),
            other.lock("v"),
            pytest.raises(StoreLockedError),
            store.lock("v"),
        ):
            pass
        with store.lock("v"):
            pass


def test_an_error_inside_lets_go(store: Any) -> None:
    with pytest.raises(ValueError, match="inside"), store.lock("v"):
        raise ValueError("inside")
    with store.lock("v"):
        store.put([])


MANY = """
import sys, cxmetrics as cx
from cxmetrics.records import Response
with cx.open_store(sys.argv[1]) as store, store.lock(sys.argv[2]):
    for page in range(20):
        rows = [Response(id=f"r{page}-{n}", rating=5, scale="0:10") for n in range(50)]
        assert store.put(rows, source=sys.argv[2]).new == 50
"""


def test_four_processes_write_at_once(store: Any, target: str, program: dict[str, str]) -> None:
    from cxmetrics.records import Response

    command = [sys.executable, "-c", MANY, target]
    many = [
        subprocess.Popen([*command, f"source {n}"], stderr=subprocess.PIPE, env=program)
        for n in range(4)
    ]
    counts = [len(store.batch(Response)) for _ in range(5)]  # reading all the while
    for each in many:
        _, error = each.communicate()
        assert each.returncode == 0, error.decode()
    assert counts == sorted(counts)
    assert len(store.batch(Response)) == 4 * 20 * 50
    assert store.check().sound
