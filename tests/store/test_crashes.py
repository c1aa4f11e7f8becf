"""D2, D4: what a death, a full disk or a locked door leaves behind can be gone on with."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cxmetrics.records import Response
from cxmetrics.store import open_store

PAGES, SIZE = 40, 25

WRITE = f"""
import sys, cxmetrics as cx
from cxmetrics.records import Response
from cxmetrics.sources.portion import Entry, Portion
from cxmetrics.sources.state import State

with cx.open_store(sys.argv[1]) as store:
    known = store.cursor("v", "responses")
    print("open", flush=True)
    for page in range(known.resume if known else 0, {PAGES}):
        rows = [
            Response(id=f"r{{n}}", rating=n % 11, scale="0:10", verbatim=f"comment {{n}}")
            for n in range(page * {SIZE}, (page + 1) * {SIZE})
        ]
        entries = [Entry(object=f"o{{r.id}}", records=(r,)) for r in rows]
        state = State(field="id", resume=page + 1)
        store.write("v", "responses", Portion(state=state, entries=entries))
"""


def started(target: str, program: dict[str, str], code: str = WRITE) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, target], stdout=subprocess.PIPE, text=True, env=program
    )


def test_killed_while_it_writes(
    target: str, program: dict[str, str], reopen: Callable[..., Any]
) -> None:
    # A few moments; the full count of a whole pull is a test of the pull.
    rng = random.Random(3)
    pages = 0
    for _ in range(6):
        process = started(target, program)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(rng.random() * 0.06)  # the moment of death is what varies
        process.send_signal(signal.SIGKILL)
        process.communicate()
        store = reopen()
        known = store.cursor("v", "responses")
        reached = known.resume if known else 0
        assert reached >= pages
        pages = reached
        rows = store.batch(Response)
        assert sorted(int(r.id[1:]) for r in rows) == list(range(pages * SIZE))  # with its pages
        assert store.check().sound
    process = started(target, program)
    process.communicate()
    assert process.returncode == 0
    assert len(reopen().batch(Response)) == PAGES * SIZE


FULL = """
import resource, signal, sys, cxmetrics as cx
from cxmetrics.errors import StoreError
from cxmetrics.records import Response

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with cx.open_store(sys.argv[1]) as store:
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
    stored = 0
    try:
        for n in range(1000):
            rows = [Response(id=f"r{n}-{k}", rating=5, scale="0:10") for k in range(100)]
            stored += store.put(rows).new
    except StoreError as error:
        print(stored, error, flush=True)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    assert store.put([Response(id="after", rating=5, scale="0:10")]).new == 1  # room again
"""


@pytest.mark.skipif(os.name != "posix", reason="limits of file sizes are POSIX")
def test_a_full_disk(tmp_path: Path, program: dict[str, str]) -> None:
    path = tmp_path / "cx.db"
    process = started(str(path), program, FULL)
    told, _ = process.communicate()
    assert process.returncode == 0
    stored, _, words = told.partition(" ")
    assert "is the disk full? Nothing of this step was kept" in words
    with open_store(path) as store:
        assert store.check().sound
        assert len(store.batch(Response)) == int(stored) + 1


LOCKED_UP = """
import os, sys, cxmetrics as cx
from cxmetrics.errors import StoreError

cx.open_store(":memory:").close()  # what it imports, another user may not read
if os.geteuid() == 0:
    os.setgid(65534), os.setuid(65534)
for target in sys.argv[1:]:
    try:
        with cx.open_store(target) as store:
            store.put([])
    except StoreError as error:
        print(error, flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX")
def test_a_directory_that_cannot_be_written(program: dict[str, str]) -> None:
    # Not below pytest's own directory, which another user can't enter.
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="cxmetrics-") as name:
        folder = Path(name)
        with open_store(folder / "cx.db") as store:
            store.put([Response(id="r", rating=5, scale="0:10")])
        (folder / "cx.db").chmod(0o444)
        folder.chmod(0o555)
        targets = [str(folder / "cx.db"), str(folder / "new.db"), str(folder / "a" / "new.db")]
        command = [sys.executable, "-c", LOCKED_UP, *targets]
        done = subprocess.run(command, capture_output=True, text=True, env=program, check=False)
        folder.chmod(0o755)
        (folder / "cx.db").chmod(0o600)
        lines = done.stdout.splitlines()
        assert len(lines) == 3, done.stderr
        assert all("must be writable" in line for line in lines), lines
        with open_store(folder / "cx.db") as store:
            assert len(store.batch(Response)) == 1
