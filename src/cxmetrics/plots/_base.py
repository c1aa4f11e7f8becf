"""What a plot is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from altair.typing import ChartType

    from cxmetrics.metrics import Score, Scores


@frozen(kw_only=True)
class Plot:
    """One way to draw scores: a file in this package, or an object from a plugin.

    Attributes:
        name: what to pass to `score.plot(…)`.
        title: what it shows.
        draw: from a score, or scores by group, to a chart. Draw with the colours of
            `cxmetrics.plots.LIGHT`, then `themed` and the report can turn the chart dark.
    """

    name: str
    title: str
    draw: Callable[[Score | Scores], ChartType]
