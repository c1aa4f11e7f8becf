"""Edits of JSON values: what a vendor may leave out, rename, or give another type one day."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, Final

from attrs import frozen

from cxmetrics.sources.strict import step

Keys = tuple[str | int, ...]

_OTHERS: Final[tuple[tuple[type, tuple[Any, ...]], ...]] = (
    (bool, ("cx", {"cx": 1})),
    (str, (7, {"cx": 1})),
    (int, ("cx", {"cx": 1})),
    (float, ("cx", {"cx": 1})),
    (dict, ("cx", ["cx"])),
    (list, ("cx", {"cx": 1})),
    (type(None), ({"cx": 1},)),
)
_WORDS: Final = {str: "a text", int: "a number", dict: "an object", list: "a list"}


@frozen(kw_only=True)
class Edit:
    """One change to JSON values.

    Attributes:
        what: in words: "without $.score".
        removes: whether the member is gone; else it has another type.
        value: what came of it.
    """

    what: str
    removes: bool
    value: Any


def path_of(keys: Keys) -> str:
    """Return the JSON path of a member.

    Example:
        >>> path_of(("result", "elements", 0, "id"))
        '$.result.elements[0].id'
    """
    return "$" + "".join(f"[{key}]" if isinstance(key, int) else step(key) for key in keys)


def members(value: Any, *, lists: bool = True, depth: int = 8) -> Iterator[Keys]:
    """Yield the keys of every member of JSON values, outer ones first.

    Args:
        value: the values.
        lists: whether to look into lists, at their first two elements.
        depth: how deep to look.
    """
    left: list[tuple[Keys, Any]] = [((), value)]
    while left:
        keys, item = left.pop(0)
        if keys:
            yield keys
        if len(keys) >= depth:
            continue
        if isinstance(item, dict):
            if keys and not lists and len(item) > 1 and all(map(_is_object, item.values())):
                continue  # a map of things by their ids, no object with documented members
            left += [((*keys, key), inner) for key, inner in item.items()]
        elif isinstance(item, list) and lists:
            left += [((*keys, at), inner) for at, inner in enumerate(item[:2])]


def edits(value: Any, *, lists: bool = True, depth: int = 8) -> Iterator[Edit]:
    """Yield the values with one member gone, or of another type, each member in its turn."""
    for keys in members(value, lists=lists, depth=depth):
        if not isinstance(keys[-1], int):
            what = f"without {path_of(keys)}"
            yield Edit(what=what, removes=True, value=without(value, keys))
        held = at(value, keys)
        for kind, others in _OTHERS:
            if type(held) is kind:
                for other in others:
                    what = f"with {_WORDS[type(other)]} at {path_of(keys)}"
                    yield Edit(what=what, removes=False, value=replaced(value, keys, other))


def at(value: Any, keys: Keys) -> Any:
    """Return a member."""
    for key in keys:
        value = value[key]
    return value


def replaced(value: Any, keys: Keys, other: Any) -> Any:
    """Return a copy of the values in which a member is another."""
    copied = copy.deepcopy(value)
    at(copied, keys[:-1])[keys[-1]] = other
    return copied


def without(value: Any, keys: Keys) -> Any:
    """Return a copy of the values that lacks a member."""
    copied = copy.deepcopy(value)
    del at(copied, keys[:-1])[keys[-1]]
    return copied


def texts(value: Any) -> Iterator[str]:
    """Yield every text in JSON values, keys too."""
    left = [value]
    while left:
        item = left.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            left += [*item.keys(), *item.values()]
        elif isinstance(item, list | tuple):
            left += item


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)
