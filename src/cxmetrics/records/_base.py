"""What the records share: JSON, immutable mappings and the account of broken rules."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterator, Mapping, Sequence, ValuesView
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, Generic, Self, TypeVar, cast

import attrs
import numpy as np
from attrs import frozen

from cxmetrics.errors import RecordError, did_you_mean
from cxmetrics.rules import FIELDS, KEPT, Rule, is_scale, rules_of, shown
from cxmetrics.scale import Scale

Scalar = str | int | float | bool | None
"""What a dim may hold."""

V = TypeVar("V")


@frozen(repr=False)
class FrozenMap(Mapping[str, V], Generic[V]):
    """A mapping nobody can change, so that a record can be hashed.

    Example:
        >>> FrozenMap({"country": "FR"})
        {'country': 'FR'}
    """

    _items: dict[str, V] = attrs.field(factory=dict, converter=dict, eq=False)

    def __getitem__(self, key: str) -> V:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, key: object) -> bool:
        return key in self._items

    def items(self) -> ItemsView[str, V]:
        """Return the pairs."""
        return self._items.items()

    def values(self) -> ValuesView[V]:
        """Return the values."""
        return self._items.values()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and self._items == dict(other)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return repr(self._items)


def frozen_map(value: Mapping[str, Any]) -> FrozenMap[Any]:
    """Freeze a mapping and the lists in it; leave anything else for the rules to refuse."""
    if type(value) is FrozenMap:
        return value
    if type(value) is dict or isinstance(value, Mapping):
        if list in map(type, value.values()):
            value = {key: frozen_tuple(item) for key, item in value.items()}
        return FrozenMap(value)
    return value  # type: ignore[unreachable]  # what the types forbid can still be handed over


NO_DIMS: Final[FrozenMap[Any]] = FrozenMap()


def frozen_tuple(value: list[Any] | tuple[Any, ...]) -> tuple[Any, ...]:
    """Make a list a tuple; leave anything else for the rules to refuse."""
    return tuple(value) if isinstance(value, list) else value


def is_names(value: object) -> bool:
    """Say whether a value is a tuple of texts that are not blank."""
    return isinstance(value, tuple) and all(isinstance(v, str) and v.strip() for v in value)


names = Rule(
    code="names",
    message="must be a list of texts that are not blank",
    holds=lambda value, _: is_names(value),
)
"""A tuple of texts; it has no column form, so its record is not read from a frame."""


@frozen(kw_only=True)
class Offence:
    """One field of one row breaks one rule.

    Attributes:
        field: the field, or the key that is none.
        rule: the rule's code; "missing" for a field left out, "unknown" for a key that is none.
        message: how the sentence about the field goes on.
        value: the value, as given.
    """

    field: str
    rule: str
    message: str
    value: object = None

    def __str__(self) -> str:
        said = "" if self.rule in {"missing", "unknown"} else f", not {shown(self.value)}"
        return f"{self.field} {self.message}{said}"


@frozen
class _Together:
    """Checks the fields of a record in one go: a validator a field costs ten times as much.

    It only looks for a broken rule; where there is one, the fields are asked one by one, in their
    order, so that the error is theirs.
    """

    values: Callable[[object], tuple[Any, ...]]
    checks: tuple[tuple[int, Any, Callable[[Any, Any], bool], int], ...]

    def __call__(self, instance: Record, _: attrs.Attribute[Any], __: object) -> None:
        values = self.values(instance)
        for at, needless, holds, beside in self.checks:
            value = values[at]
            if value is not needless and (value is None or not holds(value, values[beside])):
                for field in attrs.fields(type(instance)):
                    field.metadata[KEPT](instance, field, getattr(instance, field.name))


def together(_: type, fields: list[attrs.Attribute[Any]]) -> list[attrs.Attribute[Any]]:
    """Have one validator check all fields of a class: what attrs calls a `field_transformer`."""
    places = {FIELDS: len(fields), **{field.name: at for at, field in enumerate(fields)}}
    checks = tuple(
        (at, _needless(field, fields), rule.holds, places.get(rule.beside, at))
        for at, field in enumerate(fields)
        for rule in rules_of(field)
    )
    kept = [
        field.evolve(metadata={**field.metadata, KEPT: field.validator}, validator=None)
        for field in fields
    ]
    check = _Together(attrgetter(*(field.name for field in fields), FIELDS), checks)
    return [*kept[:-1], kept[-1].evolve(validator=check)]


def _needless(field: attrs.Attribute[Any], fields: Sequence[attrs.Attribute[Any]]) -> object:
    """Return the one value that is known to keep the rules of a field: None, or its default."""
    rules = rules_of(field)
    if all(rule.optional for rule in rules):
        return None
    beside = {"": None, FIELDS: tuple(fields)}
    judged = all(
        rule.beside in beside and not rule.breaks(field.default, beside[rule.beside])
        for rule in rules
    )
    return field.default if judged else attrs.NOTHING


@frozen
class Record:
    """What every record can do; the classes below it hold the fields and their rules."""

    def to_dict(self) -> dict[str, Any]:
        """Return the record as JSON-ready values, datetimes in ISO 8601."""
        return {name: _json(getattr(self, name)) for name in fields_of(type(self))}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build the record that `to_dict` wrote.

        Raises:
            RecordError: a field is missing, unknown, or breaks a rule.
        """
        fields = fields_of(cls)
        values = {key: _read(fields[key], data[key]) if key in fields else None for key in data}
        for offence in _misfits(cls, values):
            raise RecordError(f"{cls.__name__}.{offence}.")
        return cls(**values)


def fields_of(record: type[Record]) -> dict[str, attrs.Attribute[Any]]:
    """Return the fields of a record class by name."""
    return attrs.fields_dict(record)


def offences(record: type[Record], data: Mapping[str, Any]) -> list[Offence]:
    """List the rules that values break: all of them, where the class itself stops at the first.

    Args:
        record: the class.
        data: the values by field, as the class would take them.
    """
    found = list(_misfits(record, data))
    values: dict[str, Any] = {FIELDS: attrs.fields(record)}
    for name, field in fields_of(record).items():
        convert = cast("Callable[[Any], Any] | None", field.converter)
        values[name] = convert(data.get(name)) if convert else data.get(name)
    found += [
        Offence(field=name, rule=rule.code, message=rule.message, value=data[name])
        for name, field in fields_of(record).items()
        for rule in rules_of(field)
        if name in data and rule.breaks(values[name], values.get(rule.beside))
    ]
    return found


def _misfits(record: type[Record], data: Mapping[str, Any]) -> Iterator[Offence]:
    """List the fields that are left out, and the keys that are no field."""
    fields = fields_of(record)
    for name, field in fields.items():
        if name not in data and field.default is attrs.NOTHING:
            yield Offence(field=name, rule="missing", message="must be given")
    for key in data:
        if key not in fields:
            message = f"is not a field: {did_you_mean(str(key), fields)}"
            yield Offence(field=str(key), rule="unknown", message=message, value=data[key])


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Scale):
        return value.to_dict()
    if isinstance(value, Mapping):
        return {key: _json(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_json(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value


def _read(field: attrs.Attribute[Any], value: Any) -> Any:
    """Undo `_json`; what can't be read is left for the rules to refuse."""
    codes = {rule.code for rule in rules_of(field)}
    if "aware" in codes and isinstance(value, str):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            return value
    return (
        Scale.from_dict(value) if is_scale.code in codes and isinstance(value, Mapping) else value
    )
