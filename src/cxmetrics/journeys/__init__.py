"""Journeys: what customers did, what they felt on the way, and what became of it."""

from cxmetrics.journeys.contrast import FlowDifference, compare_flows
from cxmetrics.journeys.duration import Duration, Durations, durations
from cxmetrics.journeys.path import Paths
from cxmetrics.journeys.reach import Funnel, Reach, funnel
from cxmetrics.journeys.sessions import paths
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
    "FlowDifference",
    "Funnel",
    "Paths",
    "Reach",
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
