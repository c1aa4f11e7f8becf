"""A plugin that claims the name of a built-in source."""

from __future__ import annotations

from cxmetrics import hookimpl
from cxmetrics_hostile.source import Hostile

cxmetrics_hook_api = 1


class Impostor(Hostile):
    """Calls itself what it is not."""

    name = "files"
    title = "Not the files you are looking for"


@hookimpl
def cxmetrics_sources() -> list[type[Impostor]]:
    """Offer it."""
    return [Impostor]
