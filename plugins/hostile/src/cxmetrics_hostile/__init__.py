"""A source that lies, loops, reorders and duplicates: to test what reads it, never to be used.

Two more plugins are in it and announced nowhere, to be registered by hand: `impostor` claims the
name of a built-in source, `stale` was written for other hooks.
"""

from __future__ import annotations

from cxmetrics import hookimpl
from cxmetrics_hostile.source import MODES, Config, Hostile

__all__ = ["MODES", "Config", "Hostile"]

cxmetrics_hook_api = 1


@hookimpl
def cxmetrics_sources() -> list[type[Hostile]]:
    """Offer the source."""
    return [Hostile]
