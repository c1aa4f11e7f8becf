"""Where records come from: files, and the programs of vendors."""

from __future__ import annotations

from typing import Any

from cxmetrics.plugins import collected, hookimpl
from cxmetrics.sources._base import Mark, Page, Read, Since, Source, Stream, StreamName
from cxmetrics.sources.files import FileTable, read_file

__all__ = [
    "FileTable",
    "Mark",
    "Page",
    "Read",
    "Since",
    "Source",
    "Stream",
    "StreamName",
    "read_file",
]


@hookimpl
def cxmetrics_sources() -> list[type[Source[Any]]]:
    """Register the built-in sources through the door that plugins use."""
    return collected("cxmetrics.sources.catalogue", "SOURCES")


@hookimpl
def cxmetrics_steps() -> list[Any]:
    """Register the built-in steps through the door that plugins use."""
    return collected("cxmetrics.sources.steps", "STEPS")
