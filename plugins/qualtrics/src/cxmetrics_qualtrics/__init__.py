"""Qualtrics for cxmetrics: answers, invitations and contacts."""

from __future__ import annotations

from cxmetrics import hookimpl
from cxmetrics_qualtrics.source import Config, Qualtrics

__all__ = ["Config", "Qualtrics"]

cxmetrics_hook_api = 1


@hookimpl
def cxmetrics_sources() -> list[type[Qualtrics]]:
    """Offer the source."""
    return [Qualtrics]
