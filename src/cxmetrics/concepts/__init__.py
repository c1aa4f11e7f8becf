"""Customer experience beyond one rating: indices, barometers, memory, gaps, maturity."""

from __future__ import annotations

from cxmetrics.concepts._base import TOPICS, Concept, Topic, Worked
from cxmetrics.concepts.estimate import Estimate, Gap
from cxmetrics.plugins import collected, hookimpl

__all__ = ["TOPICS", "Concept", "Estimate", "Gap", "Topic", "Worked"]


@hookimpl
def cxmetrics_concepts() -> list[Concept]:
    """Register the built-in concepts through the door that plugins use."""
    return collected("cxmetrics.concepts.catalogue", "CONCEPTS")
