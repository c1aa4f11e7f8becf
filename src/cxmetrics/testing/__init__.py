"""A kit for testing what is built on cxmetrics; nothing in the library imports it.

* `SourceSuite`, `MetricSuite`, `StoreSuite`: batteries of tests to subclass.
* `Vendor`: a server on this machine that answers as recorded, and misbehaves on request.
* `FakeClock`: a clock that stands still.
* `cxmetrics.testing.strategies`, `cxmetrics.testing.records`: Hypothesis strategies for scales,
  ratings, rows, frames, tallies, cubes and records.

It needs `pytest` and `hypothesis`, which the library itself does not: install cxmetrics[testing].
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cxmetrics.testing.clock import FakeClock as FakeClock
    from cxmetrics.testing.suites.metric import MetricSuite as MetricSuite
    from cxmetrics.testing.suites.source import SourceSuite as SourceSuite
    from cxmetrics.testing.suites.store import StoreSuite as StoreSuite
    from cxmetrics.testing.vendor import Vendor as Vendor

_LATE = {
    "FakeClock": "cxmetrics.testing.clock",
    "MetricSuite": "cxmetrics.testing.suites.metric",
    "SourceSuite": "cxmetrics.testing.suites.source",
    "StoreSuite": "cxmetrics.testing.suites.store",
    "Vendor": "cxmetrics.testing.vendor",
}
"""Names that are imported when they are used: who wants a clock does not pay for a server."""


def __getattr__(name: str) -> Any:
    if name in _LATE:
        return getattr(importlib.import_module(_LATE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
