"""A million events of a hundred thousand customers to transitions, variants, funnel and durations.

Against polars, DuckDB and pandas in their own form, and against PM4Py and retentioneering in
environments of their own (made on first use under benchmarks/.rivals). Every job runs in a process
of its own, which gets the same log as columns in memory, and must end with the same answers; those
tools that have no funnel or no variants are timed without. Growth: ten times the events.

Ours keeps times in buckets: medians are right to 0.8 %, those of the others exact.

    python benchmarks/bench_journeys.py [--events 1000000] [--growth 10000000] [--no-tools]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from math import isclose
from typing import Any

from _rivals import HERE, own_python, python_with

ENGINES = ("polars", "duckdb", "pandas")
TOOLS = {"pm4py": ("pm4py==2.7.23.11",), "retentioneering": ("retentioneering==5.2.4",)}
WITHOUT = {"pm4py": "has no funnel", "retentioneering": "has no variants"}


def run(python: str, script: str, *arguments: str) -> dict[str, Any]:
    """Run one job and return its figures."""
    command = [python, str(HERE / "rivals" / script), *arguments]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    if found.returncode:
        sys.exit(found.stderr[-3000:])
    figures: dict[str, Any] = json.loads(found.stdout.splitlines()[-1])
    return figures


def agree(name: str, answers: dict[str, Any], ours: dict[str, Any]) -> None:
    """Stop where a rival found something else."""
    for key, value in answers.items():
        if key == "medians":
            assert set(value) == set(ours[key]), (name, key)
            pairs = ((value[move], ours[key][move]) for move in value)
            assert all(isclose(a, b, rel_tol=0.008, abs_tol=1) for a, b in pairs), (name, key)
        else:
            assert value == ours[key], (name, key, value, ours[key])


def show(name: str, figures: dict[str, Any], ours: dict[str, Any], note: str = "") -> None:
    print(
        f"  {name:<36} {1000 * figures['seconds']:>9.0f} ms "
        f"{figures['seconds'] / ours['seconds']:>7.1f}x   {figures['memory']:>6.0f} MiB "
        f"{figures['memory'] / ours['memory']:>5.1f}x   {note}",
        flush=True,
    )


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--events", type=int, default=1_000_000)
    arguments.add_argument("--growth", type=int, default=10_000_000)
    arguments.add_argument("--no-tools", action="store_true")
    asked = arguments.parse_args()
    small, large = str(asked.events), str(asked.growth)
    all_ours = {}
    for order, words in (("time", "in the order of time"), ("mixed", "in no order")):
        ours = run(own_python(), "journeys_frames.py", "cxmetrics", small, order, "9")
        all_ours[order] = ours
        print(f"\n{asked.events:,} events, {words}: median time, memory above the data's own")
        show("cxmetrics", ours, ours)
        for engine in ENGINES:
            repeats = "1" if engine == "pandas" else "5"
            found = run(own_python(), "journeys_frames.py", engine, small, order, repeats)
            agree(engine, found["answers"], ours["answers"])
            show(engine, found, ours)
    if not asked.no_tools:
        print("\nJourney tools, the log in the order of time, three of the four outputs")
        for name, packages in TOOLS.items():
            found = run(python_with(name, *packages), f"journeys_{name}.py", small, "1")
            agree(name, found["answers"], all_ours["time"]["answers"])
            show(packages[0], found, all_ours["time"], WITHOUT[name])
    print(f"\n{asked.growth:,} events")
    for order, ours in all_ours.items():
        found = run(own_python(), "journeys_frames.py", "cxmetrics", large, order, "3")
        show(f"cxmetrics, {order}", found, ours)
        each = found["seconds"] / ours["seconds"] / (asked.growth / asked.events)
        print(f"    {each:.2f}x the time an event")


if __name__ == "__main__":
    main()
