"""Customer experience beyond one rating: indices, barometers, memory, gaps, maturity."""

from __future__ import annotations

from cxmetrics.concepts._base import TOPICS, Concept, Topic, Worked
from cxmetrics.concepts.estimate import Estimate, Gap
from cxmetrics.plugins import collected, hookimpl, registry

__all__ = ["TOPICS", "Concept", "Estimate", "Gap", "Topic", "Worked", "concept"]


@hookimpl
def cxmetrics_concepts() -> list[Concept]:
    """Register the built-in concepts through the door that plugins use."""
    return collected("cxmetrics.concepts.catalogue", "CONCEPTS")


def concept(name: str) -> Concept:
    """Return the concept of a name, from here or from a plugin; call it with data.

    Raises:
        NotFoundError: there is none; the close names are said.

    Example:
        >>> concept("delivery_gap").title
        'Delivery gap'
    """
    found: Concept = registry.find("concept", name)
    return found
