"""What a plot is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import frozen


@frozen(kw_only=True)
class Plot:
    """One way to draw scores: a file in this package, or an object from a plugin.

    Attributes:
        name: what to pass to `score.plot(…)`.
        title: what it shows.
        draw: from a score, scores by group or another result, to a chart of altair or a `Drawing`.
            Draw with the colours of `cxmetrics.plots.LIGHT`, then `themed` and the report can turn
            the chart dark.
    """

    name: str
    title: str
    draw: Callable[..., Any]
