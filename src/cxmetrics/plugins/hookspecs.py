"""The hooks, all of them. They register objects; behaviour lives in the objects.

A plugin is a module (or object) with functions of these names, marked `@hookimpl`, that a
distribution announces under the entry-point group `cxmetrics`:

```toml
[project.entry-points.cxmetrics]
acme = "cxmetrics_acme"
```
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pluggy

PROJECT = "cxmetrics"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def cxmetrics_metrics() -> Iterable[Any]:  # type: ignore[empty-body]  # a specification
    """Return the metrics to offer, `cxmetrics.Metric` objects."""


@hookspec
def cxmetrics_intervals() -> Iterable[Any]:  # type: ignore[empty-body]  # a specification
    """Return interval methods, `cxmetrics.stats.intervals.IntervalMethod` objects."""


@hookspec
def cxmetrics_plots() -> Iterable[Any]:  # type: ignore[empty-body]  # a specification
    """Return plots, `cxmetrics.plots.Plot` objects."""
