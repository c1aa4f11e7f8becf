"""Event logs, and what a loop over their rows makes of them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest

Log = dict[str, list[Any]]
Event = tuple[dt.datetime, int, str]
"""When, in which row, at which step."""


def walked(log: Log, gap: dt.timedelta | None) -> list[tuple[Any, list[Event]]]:
    """Return (customer, events) of each path, the slow way."""
    by: dict[Any, list[Event]] = defaultdict(list)
    rows = zip(log["customer"], log["stage"], log["at"], strict=True)
    for row, (customer, step, at) in enumerate(rows):
        by[customer].append((at, row, step))
    found = []
    for customer in sorted(by):
        events = sorted(by[customer], key=lambda event: event[:2])
        path = [events[0]]
        for event in events[1:]:
            if gap is not None and event[0] - path[-1][0] > gap:
                found.append((customer, path))
                path = []
            path.append(event)
        found.append((customer, path))
    return found


@pytest.fixture(scope="session")
def loop() -> Callable[[Log, dt.timedelta | None], list[tuple[Any, list[Event]]]]:
    """The slow way."""
    return walked
