"""The door to what the extra `report` installs; the one place that says how to get it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from cxmetrics.errors import UsageError


def extra(name: str) -> Any:
    """Return a module of the extra `report`: altair, vl_convert or jinja2.

    Raises:
        UsageError: it is not installed.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise UsageError(
            f"charts and reports need {name}, which is not here: install cxmetrics[report]."
        ) from error
