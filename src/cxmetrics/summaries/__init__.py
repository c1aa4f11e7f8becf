"""Mergeable summaries: small, additive, and enough for every score."""

from cxmetrics.summaries.cube import Cube, Key, Label
from cxmetrics.summaries.design import Design
from cxmetrics.summaries.flow import Flow
from cxmetrics.summaries.moments import Moments
from cxmetrics.summaries.tally import Tally

__all__ = ["Cube", "Design", "Flow", "Key", "Label", "Moments", "Tally"]
