"""The settings of a source as options of the command line; secrets never are."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

import click

from cxmetrics.errors import PluginLoadError
from cxmetrics.sources import Source
from cxmetrics.sources.config import Option, options_of
from cxmetrics.sources.credentials import is_told


def settings_of(source: type[Source[Any]]) -> tuple[Option, ...]:
    """Return the settings of a source.

    Raises:
        PluginLoadError: its author declared them wrongly.
    """
    try:
        return options_of(source)
    except TypeError as error:
        raise PluginLoadError(f"the source {source.name!r} can't be used: {error}") from error


def options(source: type[Source[Any]]) -> list[click.Option]:
    """Return the settings of a source as options; the secret ones are left to the environment."""
    return [_option(setting) for setting in settings_of(source) if not setting.secret]


def _option(setting: Option) -> click.Option:
    about = setting.help + (f"  [default: {setting.default_text}]" if setting.default_text else "")
    flag = setting.flag
    if setting.kind.name == "yes or no":
        return click.Option([f"{flag}/--no-{flag[2:]}", setting.name], default=None, help=about)
    several = setting.kind.several or setting.kind.name == "name=value"
    return click.Option(
        [flag, setting.name],
        metavar="|".join(map(str, setting.kind.choices)) or setting.kind.name.upper(),
        multiple=several,
        help=about + (" Required." if setting.required else ""),
    )


def given(source: type[Source[Any]], typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that were typed, and ask for required secrets that nobody told.

    Args:
        source: the class of the adapter.
        typed: the values of its options.
    """
    found: dict[str, Any] = {}
    for setting in settings_of(source):
        value = typed.get(setting.name)
        if isinstance(value, tuple):
            value = ",".join(value) or None
        if setting.secret and setting.required and not is_told(setting, os.environ):
            value = _asked(setting)
        if value is not None:
            found[setting.name] = value
    return found


def _asked(setting: Option) -> str | None:
    """Ask for a secret, unseen; None where nobody sits at a terminal."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    answer: str = click.prompt(
        f"{setting.source}: {setting.name} ({setting.help.rstrip('.')})", hide_input=True, err=True
    )
    return answer


def secrets_told(source: type[Source[Any]]) -> str:
    """Say where the secrets of a source are taken from, for its help."""
    names = [setting.variable for setting in settings_of(source) if setting.secret]
    if not names:
        return ""
    return (
        f"Secrets come from the environment: {', '.join(names)}; or a file that only you can read "
        "(the variable with _FILE after its name), a program that prints it (_COMMAND), or the "
        "keyring. At a terminal they are asked for, unseen."
    )
