"""Timing: medians of several runs, and ratios between jobs of the same run."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any


def milliseconds(job: Callable[[], Any], *, repeats: int = 7) -> float:
    """Return the median time of a job, after one run to warm up."""
    job()
    times = []
    for _ in range(repeats):
        gc.collect()
        start = time.perf_counter()
        job()
        times.append(1000 * (time.perf_counter() - start))
    return median(times)


def table(title: str, jobs: Mapping[str, Callable[[], Any]], *, repeats: int = 7) -> None:
    """Print the time of every job and its ratio to the first, interleaving nothing but names."""
    times = {name: milliseconds(job, repeats=repeats) for name, job in jobs.items()}
    ours = next(iter(times.values()))
    print(f"\n{title}")
    for name, spent in times.items():
        print(f"  {name:<52} {spent:>10.2f} ms   {spent / ours:>8.2f}x")
