"""A pull with cxmetrics: fetched, mapped, validated, stored with its cursor page by page."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from _measured import report

import cxmetrics as cx

url, folder = sys.argv[1:3]


def job() -> int:
    with cx.open_store(Path(folder, "ours.db")) as store:
        receipt = store.pull(cx.source("demo", url=url, token="demo"), streams=["responses"])
        assert receipt.status == "complete", receipt
        return receipt.streams[0].changes.new


report(job)
