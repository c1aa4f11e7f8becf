"""Journeys: what customers did, what they felt on the way, and what became of it."""

from cxmetrics.journeys.contrast import FlowDifference, compare_flows
from cxmetrics.journeys.duration import Duration, Durations, durations
from cxmetrics.journeys.figure import Figure, Gauge
from cxmetrics.journeys.map import JourneyMap
from cxmetrics.journeys.map_touchpoint import MapTouchpoint
from cxmetrics.journeys.pain import PainRule
from cxmetrics.journeys.path import Paths
from cxmetrics.journeys.reach import Funnel, Reach, funnel
from cxmetrics.journeys.sessions import paths
from cxmetrics.journeys.stage_flow import StageFlow
from cxmetrics.journeys.transition import (
    Dependence,
    Transition,
    Transitions,
    dependence,
    transitions,
)
from cxmetrics.journeys.variant import Variants

__all__ = [
    "Dependence",
    "Duration",
    "Durations",
    "Figure",
    "FlowDifference",
    "Funnel",
    "Gauge",
    "JourneyMap",
    "MapTouchpoint",
    "PainRule",
    "Paths",
    "Reach",
    "StageFlow",
    "Transition",
    "Transitions",
    "Variants",
    "compare_flows",
    "dependence",
    "durations",
    "funnel",
    "paths",
    "transitions",
]
