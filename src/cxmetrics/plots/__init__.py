"""Charts of scores, one a file; altair is imported when the first one is drawn.

`score.plot()` and `scores.plot("trend")` draw them; `save` writes them to files.
"""

from __future__ import annotations

from cxmetrics.plots._base import Plot
from cxmetrics.plots.saving import save
from cxmetrics.plots.svg import Drawing
from cxmetrics.plots.theme import DARK, LIGHT, Theme, themed
from cxmetrics.plugins import collected, hookimpl

__all__ = ["DARK", "LIGHT", "Drawing", "Plot", "Theme", "save", "themed"]


@hookimpl
def cxmetrics_plots() -> list[Plot]:
    """Register the built-in plots through the door that plugins use."""
    return collected(__name__, "plots")
