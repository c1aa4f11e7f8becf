"""What PM4Py tells of the same log: transitions, variants and median times; it has no funnel."""

from __future__ import annotations

import sys
from typing import Any

import pandas as pd
import pm4py
from journeys_log import STEPS, events, report


def frame_of(rows: int) -> pd.DataFrame:
    log = events(rows, mixed=False)
    return pd.DataFrame(
        {
            "case": log["customer"].astype(str),
            "stage": pd.Categorical.from_codes(log["code"], STEPS),
            "at": pd.to_datetime(log["at"] * 1_000_000, unit="us", utc=True),
        }
    )


def job(frame: pd.DataFrame) -> dict[str, Any]:
    rows = pm4py.format_dataframe(frame, case_id="case", activity_key="stage", timestamp_key="at")
    moves, starts, ends = pm4py.discover_dfg(rows)
    times, _, _ = pm4py.discover_performance_dfg(rows, perf_aggregation_key="median")
    variants = sorted(pm4py.get_variants_as_tuples(rows).values(), reverse=True)
    return {
        "moves": {f"{a}>{b}": int(n) for (a, b), n in moves.items()}
        | {f"START>{a}": int(n) for a, n in starts.items()}
        | {f"{a}>END": int(n) for a, n in ends.items()},
        "variants": len(variants),
        "top": [int(n) for n in variants[:20]],
        "medians": {
            f"{a}>{b}": t if isinstance(t, (int, float)) else t["median"]
            for (a, b), t in times.items()
        },
    }


given = frame_of(int(sys.argv[1]))
small = frame_of(1_000)
report(lambda: job(given), repeats=int(sys.argv[2]), warm=lambda: job(small))
