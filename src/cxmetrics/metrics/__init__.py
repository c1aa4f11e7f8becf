"""Metrics, and the scores they make."""

from __future__ import annotations

from cxmetrics.metrics._base import Example, Metric, Part
from cxmetrics.metrics.catalogue.average import mean_rating
from cxmetrics.metrics.catalogue.box_shares import bottom_box, net_box, top_box
from cxmetrics.metrics.catalogue.effort import ces1, ces2, net_easy
from cxmetrics.metrics.catalogue.net_promoter import enps, nps
from cxmetrics.metrics.catalogue.satisfaction import csat, dsat
from cxmetrics.metrics.comparison import Comparison, Comparisons
from cxmetrics.metrics.custom import linear, smooth
from cxmetrics.metrics.score import Score
from cxmetrics.metrics.scores import Scores
from cxmetrics.metrics.several import measure, metric
from cxmetrics.plugins import collected, hookimpl

__all__ = [
    "Comparison",
    "Comparisons",
    "Example",
    "Metric",
    "Part",
    "Score",
    "Scores",
    "bottom_box",
    "ces1",
    "ces2",
    "csat",
    "dsat",
    "enps",
    "linear",
    "mean_rating",
    "measure",
    "metric",
    "net_box",
    "net_easy",
    "nps",
    "smooth",
    "top_box",
]


@hookimpl
def cxmetrics_metrics() -> list[Metric]:
    """Register the built-in metrics through the door that plugins use."""
    return collected("cxmetrics.metrics.catalogue", "METRICS")
