"""Journeys: what customers did, what they felt on the way, and what became of it."""

from cxmetrics.journeys.complement import PainPoints, StepVerdict, pain_points
from cxmetrics.journeys.contrast import FlowDifference, compare_flows
from cxmetrics.journeys.crossing import Crossing, Crossings, crossings
from cxmetrics.journeys.duration import Duration, Durations, durations
from cxmetrics.journeys.eventlog import EventLog
from cxmetrics.journeys.exchange import read_event_log, write_event_log
from cxmetrics.journeys.figure import Figure, Gauge
from cxmetrics.journeys.finals import Finals, finals
from cxmetrics.journeys.journey_type import JourneyType
from cxmetrics.journeys.map import JourneyMap
from cxmetrics.journeys.map_touchpoint import MapTouchpoint
from cxmetrics.journeys.moments import PathMoments, path_moments
from cxmetrics.journeys.pain import PainRule
from cxmetrics.journeys.path import Paths
from cxmetrics.journeys.reach import Funnel, Reach, funnel
from cxmetrics.journeys.recall import Recall, Recalled, recall
from cxmetrics.journeys.scoring import PathAnswers, along, path_answers
from cxmetrics.journeys.sessions import paths
from cxmetrics.journeys.stage_flow import StageFlow
from cxmetrics.journeys.transition import (
    Dependence,
    Transition,
    Transitions,
    dependence,
    transitions,
)
from cxmetrics.journeys.truth_moments import TruthMoment, TruthMoments, moments_of_truth
from cxmetrics.journeys.types import typical_journeys
from cxmetrics.journeys.typical import TypicalJourneys
from cxmetrics.journeys.variant import Variants
from cxmetrics.journeys.xes import read_xes, write_xes

__all__ = [
    "Crossing",
    "Crossings",
    "Dependence",
    "Duration",
    "Durations",
    "EventLog",
    "Figure",
    "Finals",
    "FlowDifference",
    "Funnel",
    "Gauge",
    "JourneyMap",
    "JourneyType",
    "MapTouchpoint",
    "PainPoints",
    "PainRule",
    "PathAnswers",
    "PathMoments",
    "Paths",
    "Reach",
    "Recall",
    "Recalled",
    "StageFlow",
    "StepVerdict",
    "Transition",
    "Transitions",
    "TruthMoment",
    "TruthMoments",
    "TypicalJourneys",
    "Variants",
    "along",
    "compare_flows",
    "crossings",
    "dependence",
    "durations",
    "finals",
    "funnel",
    "moments_of_truth",
    "pain_points",
    "path_answers",
    "path_moments",
    "paths",
    "read_event_log",
    "read_xes",
    "recall",
    "transitions",
    "typical_journeys",
    "write_event_log",
    "write_xes",
]
