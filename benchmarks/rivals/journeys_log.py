"""A made-up event log, and how a rival's job over it is timed, in a process of its own."""

from __future__ import annotations

import gc
import json
import resource
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

STEPS = ("aware", "appeal", "ask", "act", "advocate")
_MOVES = np.array(
    [  # to aware, appeal, ask, act, advocate, and out
        [0.30, 0.40, 0.15, 0.03, 0.00, 0.12],
        [0.08, 0.25, 0.47, 0.10, 0.00, 0.10],
        [0.02, 0.10, 0.38, 0.38, 0.02, 0.10],
        [0.00, 0.03, 0.12, 0.50, 0.28, 0.07],
        [0.02, 0.03, 0.05, 0.40, 0.40, 0.10],
    ]
)


def events(rows: int, *, mixed: bool) -> dict[str, Any]:
    """Return about that many events of a tenth as many customers: customer, code, second.

    Args:
        rows: how many.
        mixed: whether rows are in no order; else they are in the order of time, as logs are.
    """
    rng = np.random.default_rng(2026)
    here = np.zeros(rows // 10, dtype=np.int8)
    who = np.arange(rows // 10)
    second = rng.integers(0, 300 * 86_400, rows // 10)
    parts = []
    odds = _MOVES.cumsum(axis=1)
    while len(who):
        parts.append((who, here, second))
        here = (rng.random(len(who))[:, None] > odds[here]).sum(axis=1).astype(np.int8)
        second = second + 1 + rng.exponential(86_400, len(who)).astype(np.int64)
        stay = here < len(STEPS)
        who, here, second = who[stay], here[stay], second[stay]
    customer, code, at = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = rng.permutation(len(at)) if mixed else np.argsort(at, kind="stable")
    ids = rng.permutation(rows // 10) + 1_000_000
    return {"customer": ids[customer[order]], "code": code[order], "at": at[order]}


def peak() -> float:
    """Return the most memory the process has held since `forget`, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def forget() -> None:
    """Begin to measure memory anew, where the system can."""
    flag = Path("/proc/self/clear_refs")
    if flag.exists():
        flag.write_text("5")


def report(job: Callable[[], dict[str, Any]], *, repeats: int, warm: Callable[[], Any]) -> None:
    """Run a job and print its median seconds, its memory above the data's, and its answers.

    Args:
        job: what is timed.
        repeats: how often.
        warm: the same for a small log: what is imported then is nobody's working memory.
    """
    warm()
    gc.collect()
    forget()
    idle = peak()
    answers = job()
    above = peak() - idle
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        job()
        times.append(time.perf_counter() - start)
    print(json.dumps({"seconds": median(times), "memory": above, "answers": answers}))
