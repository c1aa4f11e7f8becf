"""Slots: where a secret goes in a request, without the secret."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from attrs import frozen

_MARK: Final = "$slot"


@frozen
class Slot:
    """A place for a setting or secret, filled by the transport at the moment it sends.

    It may stand anywhere in a JSON or form body, in parameters and in headers.

    Args:
        field: the setting, or what a login put there ("session").
        before: text right before the value.
        after: text right after it.

    Example:
        >>> Slot("token", before="Bearer ")
        Slot(field='token', before='Bearer ', after='')
    """

    field: str
    before: str = ""
    after: str = ""


def has_slots(value: Any) -> bool:
    """Tell whether JSON-like values hold a slot."""
    if isinstance(value, Slot):
        return True
    if isinstance(value, Mapping):
        return any(map(has_slots, value.values()))
    return isinstance(value, list | tuple) and any(map(has_slots, value))


def filled(value: Any, ask: Callable[[str], str | int]) -> Any:
    """Return JSON-like values with every slot filled.

    Args:
        value: mappings, sequences, plain values and slots.
        ask: gives the value of a field.
    """
    if isinstance(value, Slot):
        given = ask(value.field)
        return f"{value.before}{given}{value.after}" if value.before or value.after else given
    if isinstance(value, Mapping):
        return {key: filled(item, ask) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [filled(item, ask) for item in value]
    return value


def told(value: Any) -> Any:
    """Return JSON values in which slots are written as mappings, for cursors."""
    if isinstance(value, Slot):
        return {_MARK: [value.field, value.before, value.after]}
    if isinstance(value, Mapping):
        return {key: told(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [told(item) for item in value]
    return value


def heard(value: Any) -> Any:
    """Return what `told` was given."""
    if isinstance(value, Mapping):
        if set(value) == {_MARK}:
            return Slot(*value[_MARK])
        return {key: heard(item) for key, item in value.items()}
    if isinstance(value, list):
        return [heard(item) for item in value]
    return value
