"""Which store: the option of every command that reads or writes one."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

import click

from cxmetrics.cli.words import visible


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


def told(target: object) -> str:
    """Return a store's address as it may be shown: without a password."""
    text = str(target)
    parts = urlsplit(text)
    if "://" in text and parts.password is not None:
        text = text.replace(f":{parts.password}@", ":••••@")
    return visible(text)
