"""What retentioneering tells of the same log: transitions, median times, funnel; no variants."""

from __future__ import annotations

import os
import sys
from typing import Any

os.environ["RETENTIONEERING_NO_TRACK"] = "1"

import pandas as pd
from journeys_log import STEPS, events, report
from retentioneering import Eventstream

SCHEMA = {"path_cols": ["user_id"], "event_col": "event", "timestamp_col": "timestamp"}


def frame_of(rows: int) -> pd.DataFrame:
    log = events(rows, mixed=False)
    return pd.DataFrame(
        {
            "user_id": log["customer"],
            "event": pd.Categorical.from_codes(log["code"], STEPS).astype(str),
            "timestamp": pd.to_datetime(log["at"] * 1_000_000, unit="us"),
        }
    )


def job(frame: pd.DataFrame) -> dict[str, Any]:
    stream = Eventstream(frame, schema=SCHEMA)
    moves = stream.transition_graph_data(edge_weight="count")
    times = stream.transition_graph_data(edge_weight="time_median")
    funnel = stream.funnel_data(steps=list(STEPS))["steps"]
    names = {"path_start": "START", "path_end": "END"}
    return {
        "moves": {
            f"{names.get(a, a)}>{names.get(b, b)}": int(moves.loc[a, b])
            for a in moves.index
            for b in moves.columns
            if moves.loc[a, b] > 0
        },
        "reached": [step["unique_paths"] for step in funnel],
        "medians": {
            f"{a}>{b}": times.loc[a, b].total_seconds()
            for a in STEPS
            for b in STEPS
            if moves.loc[a, b] > 0
        },
    }


given = frame_of(int(sys.argv[1]))
small = frame_of(1_000)
report(lambda: job(given), repeats=int(sys.argv[2]), warm=lambda: job(small))
