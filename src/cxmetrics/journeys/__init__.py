"""Journeys: what customers did, what they felt on the way, and what became of it."""

from cxmetrics.journeys.path import Paths
from cxmetrics.journeys.sessions import paths
from cxmetrics.journeys.variant import Variants

__all__ = ["Paths", "Variants", "paths"]
