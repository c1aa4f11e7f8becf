"""Scores over time: control charts, change points, mix and rate, seasons, planned comparisons."""

from cxmetrics.trends.control import ControlChart, ControlPoint, control_chart
from cxmetrics.trends.decomposition import Decomposition, Segment, decompose
from cxmetrics.trends.remembering import Cusum, CusumPoint, Ewma, EwmaPoint, cusum, ewma
from cxmetrics.trends.turning import ChangePoint, ChangePoints, change_points
from cxmetrics.trends.waves import minimum_detectable, planned, year_on_year

__all__ = [
    "ChangePoint",
    "ChangePoints",
    "ControlChart",
    "ControlPoint",
    "Cusum",
    "CusumPoint",
    "Decomposition",
    "Ewma",
    "EwmaPoint",
    "Segment",
    "change_points",
    "control_chart",
    "cusum",
    "decompose",
    "ewma",
    "minimum_detectable",
    "planned",
    "year_on_year",
]
