"""Configuration: from what a user says to an adapter that is ready to be read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from cxmetrics.errors import ConfigError, PluginLoadError, did_you_mean
from cxmetrics.plugins import registry
from cxmetrics.rules import shown
from cxmetrics.sources._base import Source
from cxmetrics.sources.credentials import Masked, keep, secret_of
from cxmetrics.sources.feed import Feed
from cxmetrics.sources.kinds import MisfitError, Url, Zone
from cxmetrics.sources.options import Option, option, options_of
from cxmetrics.sources.secret import Secret
from cxmetrics.sources.transport.vault import Vault

__all__ = [
    "Option",
    "Secret",
    "Url",
    "Zone",
    "configure",
    "option",
    "options_of",
    "source",
    "source_class",
]


def source(name: str, **settings: Any) -> Feed:
    """Return a source that is ready to be pulled.

    Settings that are not given are taken from the environment: `CXMETRICS_<SOURCE>_<SETTING>`. A
    secret may also be in a file that only you can read (`…_FILE`), be printed by a program
    (`…_COMMAND`), or be kept in the keyring of the system, if the package `keyring` is installed.

    Args:
        name: of a source that is built in or installed; `cxmetrics sources` lists them.
        **settings: what the source is told; `cxmetrics sources NAME` explains each.

    Raises:
        NotFoundError: no source has that name.
        PluginLoadError: the plugin that offers it can't be used.
        ConfigError: settings are missing, unknown or not of their kind: all of them are told.
    """
    return configure(source_class(name), settings)


def source_class(name: str) -> type[Source[Any]]:
    """Return the class of a source by its name.

    Raises:
        NotFoundError: no source has that name.
        PluginLoadError: what a plugin offers under it is none.
    """
    found = registry.find("source", name)
    if not (isinstance(found, type) and issubclass(found, Source)):
        raise PluginLoadError(f"{name!r} is registered as a source and is no class of Source.")
    return found


def configure(
    source: type[Source[Any]],
    given: Mapping[str, Any],
    *,
    environ: Mapping[str, str] | None = None,
) -> Feed:
    """Return a source with its settings: as given, else from the environment, else their default.

    Args:
        source: the class of the adapter.
        given: settings by name, as values or as texts; None stands for "not given".
        environ: the environment variables; None for those of the process.

    Raises:
        ConfigError: settings are missing, unknown or not of their kind. All are told at once, with
            what is allowed and how to give them; the value of a secret never is.
    """
    variables = os.environ if environ is None else environ
    options = options_of(source)
    known = {option.name for option in options}
    wrong = [
        f"there is no setting {name!r}; {did_you_mean(name, known)[:-1]}"
        for name in given
        if name not in known
    ]
    values: dict[str, Any] = {}
    secrets: dict[str, Secret] = {}
    for each in options:
        try:
            value = _value(each, given.get(each.name), variables)
        except MisfitError as error:
            wrong.append(f"{each.name} {error}")
            continue
        if isinstance(value, Secret):
            secrets[each.name], values[each.name] = value, Masked()
        elif value is not None:
            values[each.name] = value
        elif each.required:
            wrong.append(_lacking(each))
    adapter: Source[Any] | None = None
    if not wrong:
        try:
            adapter = source(source.Config(**values))
        except (TypeError, ValueError) as error:  # a validator of the adapter's own
            wrong.append(str(error).removesuffix("."))
    if adapter is None:
        raise ConfigError(_told(source.name, wrong))
    by_hand = {name for name in secrets if given.get(name) is not None}

    def changed(name: str, secret: Secret) -> None:
        own = next(each for each in options if each.name == name)
        keep(own, secret, None if name in by_hand else variables)

    return Feed(source=adapter, vault=Vault(secrets, changed=changed))


def _value(option: Option, given: Any, environ: Mapping[str, str]) -> Any:
    """Return the value of an option, None where nobody says it.

    Raises:
        MisfitError: it is not of its kind.
    """
    if option.secret:
        return secret_of(option, given, environ)
    value, where = given, ""
    if value is None:
        value, where = environ.get(option.variable) or None, f" ({option.variable})"
    if value is None:
        return None
    try:
        return option.kind.take(value)
    except MisfitError as error:
        said = "" if option.kind.name == "address" else f", not {shown(value)}"  # it may hold one
        raise MisfitError(f"{error}{said}{where}") from None


def _lacking(option: Option) -> str:
    if option.secret:
        return (
            f"{option.name} must be given (in Python {option.name}=…): put it into the environment "
            f"variable {option.variable}, the path of a file that holds it into "
            f"{option.variable}_FILE, or a program that prints it into {option.variable}_COMMAND"
        )
    return (
        f"{option.name} must be given (in Python {option.name}=…): say {option.flag}, or set the "
        f"environment variable {option.variable}"
    )


def _told(name: str, wrong: Iterable[str]) -> str:
    several = list(wrong)
    if len(several) == 1:
        return f"{name}: {several[0]}."
    return "\n  - ".join([f"{name} is not configured:", *(f"{text}." for text in several)])
