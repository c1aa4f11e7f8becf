"""A plugin that was written for hooks of another version."""

from __future__ import annotations

from cxmetrics import hookimpl
from cxmetrics_hostile.source import Hostile

cxmetrics_hook_api = 999


@hookimpl
def cxmetrics_sources() -> list[type[Hostile]]:
    """Offer what nobody should get."""
    return [Hostile]
