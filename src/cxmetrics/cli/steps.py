"""Steps of a pull from the command line: `--step drop:fields=verbatim,agent`."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any, get_type_hints

import attrs

from cxmetrics.errors import ConfigError, CxError, UsageError, did_you_mean
from cxmetrics.plugins import registry
from cxmetrics.sources.config import Option
from cxmetrics.sources.credentials import secret_of
from cxmetrics.sources.kinds import Kind, MisfitError, kind_of


def step_of(text: str) -> Any:
    """Return the step that was typed: NAME, or NAME:SETTING=VALUE,SETTING=VALUE.

    A value goes on after a comma where no other setting starts. A secret, such as the key of
    `pseudonymise`, is taken from the environment: CXMETRICS_PSEUDONYMISE_KEY, with _FILE or
    _COMMAND after it where it is in a file or printed by a program.

    Raises:
        NotFoundError: no step has that name.
        UsageError: a setting is unknown, lacks its value, or is not of its kind.
        ConfigError: a secret is missing.
    """
    name, _, rest = text.partition(":")
    step: type[Any] = registry.find("step", name)
    kinds = _kinds(step)
    pairs = hasattr(step, "by")  # label:by=FIELD,VALUE=TOUCHPOINT: all but `by` are pairs
    given = _given(text, rest, [*kinds, *["by"] * pairs])
    try:
        if pairs and "by" in given:
            return step.by(given.pop("by"), given)
        for key in given:
            if key not in kinds:
                raise UsageError(f"--step {name}: no setting {key!r}; {did_you_mean(key, kinds)}")
        values = {}
        for field in attrs.fields(step):
            kind = kinds.get(field.name)
            if kind is not None and (field.name in given or kind.name == "secret"):
                values[field.name] = _value(name, field.name, given, kind)
            elif field.init and field.default is attrs.NOTHING:
                how = "by=FIELD,VALUE=TOUCHPOINT" if pairs else f"{field.name}=…"
                raise UsageError(f"--step {name} needs more: write --step {name}:{how}")
        return step(**values)
    except CxError:
        raise
    except (TypeError, ValueError) as error:
        raise UsageError(f"--step {name}: {error}") from None


def _kinds(step: type[Any]) -> dict[str, Kind]:
    """Return the settings that can be typed, by name."""
    hints = get_type_hints(step, include_extras=True)
    found = {}
    for field in attrs.fields(step):
        with suppress(TypeError):  # what no text can say
            if field.init:
                found[field.name] = kind_of(hints[field.name])
    return found


def _given(text: str, rest: str, known: Collection[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    last = ""
    for part in rest.split(",") if rest else ():
        key, sign, value = (each.strip() for each in part.partition("="))
        if sign and (key in known or "by" in found or not last):
            last, found[key] = key, value
        elif last:
            found[last] += f",{part.strip()}"
        else:
            raise UsageError(f"--step {text}: write --step NAME:SETTING=VALUE.")
    return found


def _value(name: str, key: str, given: Mapping[str, str], kind: Kind) -> Any:
    if kind.name == "secret":
        if key in given:
            raise UsageError(f"--step {name}: {key} is a secret and is not taken from here.")
        option = Option(source=name, name=key, kind=kind, help="", default=None, secret=True)
        try:
            secret = secret_of(option, None, os.environ)
        except MisfitError as error:
            raise ConfigError(f"--step {name}: {key} {error}.") from None
        if secret is None:
            raise ConfigError(
                f"--step {name} needs its {key}: put it into the environment variable "
                f"{option.variable}, or the path of a file that holds it into "
                f"{option.variable}_FILE (`cxmetrics new key FILE` makes one)."
            )
        return secret
    try:
        return kind.take(given[key])
    except MisfitError as error:
        raise UsageError(f"--step {name}: {key} {error}, not {given[key]!r}.") from None
