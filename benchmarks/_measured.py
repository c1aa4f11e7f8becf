"""Run a job in a process of its own and print what it cost: seconds and memory, as JSON."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Callable


def report(job: Callable[[], int]) -> None:
    """Run the job and print its figures; the job returns how many records it has stored.

    Memory is the peak of the process in MiB; what it weighed before the job, imports and all, is
    told beside it.
    """
    idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = time.perf_counter()
    records = job()
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"records": records, "seconds": seconds, "idle": idle, "peak": peak}))
