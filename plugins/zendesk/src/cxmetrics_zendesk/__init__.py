"""Zendesk for cxmetrics: CSAT answers, tickets and users."""

from __future__ import annotations

from cxmetrics import hookimpl
from cxmetrics_zendesk.source import Config, Zendesk

__all__ = ["Config", "Zendesk"]

cxmetrics_hook_api = 1


@hookimpl
def cxmetrics_sources() -> list[type[Zendesk]]:
    """Offer the source."""
    return [Zendesk]
