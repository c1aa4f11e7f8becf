"""Options: one attrs class says what a source is told, in Python, on the command line, in docs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, get_type_hints

import attrs
from attrs import NOTHING, frozen

from cxmetrics.sources.kinds import Kind, kind_of
from cxmetrics.sources.secret import MASK, Secret

if TYPE_CHECKING:
    from cxmetrics.sources._base import Source

RESERVED: Final = frozenset(
    [
        *("accept_shrink", "ca_file", "format", "full", "help", "since", "step", "store", "stream"),
        *("form", "steps", "streams", "target", "trust_env"),
    ]
)
"""Names that the commands and functions which read a source have taken."""

_TOLD: Final = "cxmetrics.option"


@frozen
class _Told:
    help: str
    secret: bool
    choices: tuple[Any, ...]


def option(
    default: Any = NOTHING,
    *,
    help: str,  # noqa: A002  # the word of every command line
    secret: bool = False,
    choices: Sequence[Any] = (),
    validator: Callable[[Any, Any, Any], Any] | None = None,
) -> Any:
    """Declare a setting of a source, as a field of its attrs class.

    The annotation says what is allowed: `str`, `int`, `float`, `bool`, `date`, `datetime`,
    `timedelta` (days), `Path`, `Url`, `Zone` (both of `cxmetrics.sources.kinds`), `Secret`, a
    `Literal`, `tuple[str, ...]`, `Mapping[str, str]`, each also `| None`.

    Args:
        default: what holds where nothing is said; left out, the setting must be given.
        help: one sentence for the reader of `--help`.
        secret: whether it must never show; its annotation is `Secret`.
        choices: the only values, where the annotation does not say them.
        validator: an attrs validator for what the kind does not check.

    Example:
        >>> @frozen(kw_only=True)
        ... class Config:
        ...     subdomain: str = option(help="What comes before .zendesk.com.")
        ...     token: Secret = option(secret=True, help="An API token.")
        >>> Config(subdomain="acme", token="s3cr3t")
        Config(subdomain='acme', token=Secret('••••'))
    """
    return attrs.field(
        default=default,
        converter=_hidden if secret else None,  # runs before validators, which quote values
        validator=validator,
        metadata={_TOLD: _Told(help, secret, tuple(choices))},
    )


@frozen(kw_only=True)
class Option:
    """A setting of a source.

    Attributes:
        source: the name of the source.
        name: the name of the field.
        kind: what is allowed.
        help: one sentence.
        default: what holds where nothing is said; `attrs.NOTHING` where it must be given.
        secret: whether it never shows.
    """

    source: str
    name: str
    kind: Kind
    help: str
    default: Any
    secret: bool

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.default is NOTHING

    @property
    def variable(self) -> str:
        """The environment variable, such as `CXMETRICS_ZENDESK_TOKEN`."""
        return re.sub(r"[^A-Z0-9]", "_", f"CXMETRICS_{self.source}_{self.name}".upper())

    @property
    def flag(self) -> str:
        """The option of the command line, "" for a secret."""
        return "" if self.secret else f"--{self.name.replace('_', '-')}"

    @property
    def default_text(self) -> str:
        """The default in the words of the command line, "" for none."""
        return "" if self.required or self.default is None else spell(self.default)

    def row(self) -> dict[str, Any]:
        """Return what is to be known of it, as JSON-ready values: a row of a table."""
        return {
            "name": self.name,
            "kind": self.kind.name,
            "required": self.required,
            "default": self.default_text,
            "secret": self.secret,
            "option": self.flag,
            "variable": self.variable,
            "help": self.help,
        }


def options_of(source: type[Source[Any]]) -> tuple[Option, ...]:
    """Return the settings of a source, in the order of its class.

    Raises:
        TypeError: the class is none of attrs, a field is not made with `option`, has an annotation
            that is no kind of setting, is a secret and no `Secret` (or the other way round), or
            has a name that is taken.
    """
    config = source.Config
    if not attrs.has(config):
        raise TypeError(f"{source.name}: Config is to be an attrs class.")
    hints = get_type_hints(config, include_extras=True)
    found = [_option(source.name, field, hints[field.name]) for field in attrs.fields(config)]
    variables = {
        text
        for each in found
        for text in ([f"{each.name}_file", f"{each.name}_command"] if each.secret else [])
    }
    for each in found:
        if each.name in variables | RESERVED or each.name.startswith("_"):
            raise TypeError(f"{source.name}: a setting can't be called {each.name!r}: rename it.")
    return tuple(found)


def _option(source: str, field: attrs.Attribute[Any], hint: Any) -> Option:
    told = field.metadata.get(_TOLD)
    if told is None:
        raise TypeError(f"{source}: declare {field.name} with cxmetrics.sources.config.option().")
    kind = kind_of(hint, told.choices)
    if told.secret != (kind.name == "secret"):
        raise TypeError(f"{source}: {field.name} is a secret: Secret and secret=True go together.")
    return Option(
        source=source,
        name=field.name,
        kind=kind,
        help=told.help,
        default=field.default,
        secret=told.secret,
    )


def spell(value: Any) -> str:
    """Return a value as it is typed; never that of a secret.

    Example:
        >>> spell(("a", "b")), spell(True), spell(timedelta(days=14))
        ('a,b', 'true', '14')
    """
    if isinstance(value, Secret):
        return MASK
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, timedelta):
        return f"{value / timedelta(days=1):g}"
    if isinstance(value, Mapping):
        return ",".join(f"{name}={each}" for name, each in value.items())
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _hidden(value: str | Secret | None) -> Secret | None:
    return value if value is None or isinstance(value, Secret) else Secret(value)
