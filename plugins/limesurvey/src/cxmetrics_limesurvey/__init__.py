"""LimeSurvey for cxmetrics: answers, participants and invitations, by RemoteControl 2."""

from __future__ import annotations

from cxmetrics import hookimpl
from cxmetrics_limesurvey.source import Config, LimeSurvey

__all__ = ["Config", "LimeSurvey"]

cxmetrics_hook_api = 1


@hookimpl
def cxmetrics_sources() -> list[type[LimeSurvey]]:
    """Offer the source."""
    return [LimeSurvey]
