"""Which store: the option of every command that reads or writes one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import click

from cxmetrics.errors import UsageError


class TargetType(click.ParamType[str]):
    """A path, or the URL of a PostgreSQL database without its password."""

    name = "PATH|URL"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse a password that everybody on this machine could read."""
        text = str(value)
        if "://" in text and urlsplit(text).password is not None:
            self.fail(
                "a password on the command line can be read by everybody on this machine: put the "
                "whole URL into the environment variable CXMETRICS_STORE, or the password into "
                "PGPASSWORD or ~/.pgpass.",
                param,
                ctx,
            )
        return text


_NAMES: Final = ("--store", "target")
_ABOUT: Final = (
    "The store: an SQLite file, or postgresql://USER@HOST/DATABASE. Default: the environment "
    "variable CXMETRICS_STORE, else cxmetrics.db here."
)

stored = click.option(*_NAMES, type=TargetType(), help=_ABOUT)
"""Gives a command the option `--store`, handed over as `target`."""


def option() -> click.Option:
    """Return the option `--store`, for a command that is made by hand."""
    return click.Option(_NAMES, type=TargetType(), help=_ABOUT)


def existing(target: str | None) -> str:
    """Return the address of a store that is there, for a command that only looks.

    Raises:
        UsageError: there is no such file.
    """
    asked = target or os.environ.get("CXMETRICS_STORE") or "cxmetrics.db"
    if "://" not in asked and not Path(asked).expanduser().exists():
        raise UsageError(
            f"there is no store {asked!r}: `cxmetrics pull SOURCE` makes one, and --store PATH "
            "names another."
        )
    return asked
