"""Strict reading: JSON that means one thing only, and its members or the path that is missing."""

from __future__ import annotations

import json
import math
import re
from functools import lru_cache
from typing import Any, Final, NoReturn, TypeVar, overload

import numpy as np
from attrs import frozen

from cxmetrics.errors import DriftError, UsageError
from cxmetrics.sources.scalars import KINDS, instant, kind_of, number

__all__ = ["JsonError", "instant", "member", "number", "parse"]

T = TypeVar("T")

DEPTH: Final = 200
"""How deep values may be nested; the same on every machine and at every depth of the call stack."""

DIGITS: Final = 20
"""How many digits a whole number may have."""


class JsonError(DriftError):
    """An answer is no JSON, or JSON that two programs would read differently.

    Attributes:
        path: where, as a JSON path; "$" where it is no JSON at all.
        broken: whether it is no JSON at all, as after a cut or from an error page.
    """

    def __init__(self, message: str, path: str = "$", *, broken: bool = False) -> None:
        super().__init__(message, path)
        self.broken = broken


# A hook in Python for every number and object doubles the time of a page. So it is read by the C
# parser with one hook that counts keys, and looked over as bytes: only a page that gives a reason
# for doubt (some are innocent) is read again slowly, which also finds the place.

# Digits (and plus, for exponents) look alike, and blanks do.
_CLASSES: Final = bytes.maketrans(b"123456789+E\t\n\r", b"0000000000e   ")
_LONE: Final = re.compile(
    rb"\\u[dD][89abAB]..(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..)\\u[dD][c-fC-F]", re.DOTALL
)
_NO_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
_ONE_KIND: Final = bytes.maketrans(b"{}", b"[]")
# Possessive, and to the end where a text has none: linear on whatever comes.
_TEXTS: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_CHUNK: Final = 1 << 20


def parse(data: bytes | str) -> Any:
    """Read JSON strictly.

    Refused beside what is no JSON: NaN and infinities, numbers too large for a float, whole numbers
    of more than 20 digits, a key twice in one object, lone surrogates, NUL, a byte order mark,
    anything but UTF-8, nesting deeper than 200, text after the end.

    Args:
        data: the whole text, or its bytes in UTF-8.

    Raises:
        JsonError: with the JSON path, or the position.

    Example:
        >>> parse(b'{"id": 1, "score": 9}')
        {'id': 1, 'score': 9}
        >>> parse('[{"id": 1, "id": 2}]')
        Traceback (most recent call last):
        cxmetrics.sources.strict.JsonError: $[0]: a key comes twice.
    """
    try:
        raw, text = (data, data.decode()) if isinstance(data, bytes) else (data.encode(), data)
    except UnicodeDecodeError as error:
        raise JsonError(f"no JSON: not UTF-8 at byte {error.start}.", broken=True) from None
    except UnicodeEncodeError as error:
        raise JsonError(f"a lone surrogate at character {error.start}.") from None
    if _deeper(raw):
        raise JsonError(f"nested deeper than {DEPTH}.")
    keys = 0

    def count(found: dict[str, Any]) -> dict[str, Any]:
        nonlocal keys
        keys += len(found)
        return found

    try:
        value = _read(text, object_hook=count, parse_constant=_constant)
    except _DoubtError:
        return _slowly(text)
    return _slowly(text) if _doubtful(raw, keys) else value


class _DoubtError(Exception):
    """A page is to be read slowly."""


def _constant(_: str) -> NoReturn:
    raise _DoubtError


def _read(text: str, **hooks: Any) -> Any:
    """Run the parser, its errors said in our words: without a piece of the text."""
    try:
        return json.loads(text, **hooks)
    except json.JSONDecodeError as error:
        if not text.strip():
            raise JsonError("no JSON: the body is empty.", broken=True) from None
        if text.startswith("\ufeff"):
            raise JsonError("no JSON: it starts with a byte order mark.", broken=True) from None
        raise JsonError(
            f"no JSON: {error.msg} at character {error.pos} (line {error.lineno}).", broken=True
        ) from None
    except RecursionError:
        raise JsonError(f"nested deeper than {DEPTH}.") from None
    except ValueError:  # a whole number of thousands of digits
        raise _DoubtError from None


def _doubtful(raw: bytes, keys: int) -> bool:
    """Tell whether a page may hold what is refused; False is certain, True is not."""
    classes = raw.translate(_CLASSES)
    if b"0" * (DIGITS + 1) in classes:
        return True
    if _exponent(raw, classes):
        return True
    if b"\\" in raw and b"\\u" in raw:
        if b"\\u0000" in raw:
            return True
        if (b"\\ud" in raw or b"\\uD" in raw) and (b"\\\\u" in raw or _LONE.search(raw)):
            return True
    # Every key ends in `":`, unless a blank comes between; a key that came twice is one too many.
    spaced = b" :" in classes and b'" ' in classes
    return spaced or classes.count(b'":') != keys


def _exponent(raw: bytes, classes: bytes) -> bool:
    """Tell whether a number may have an exponent of three digits; letters of ids often look so."""
    at = classes.find(b"0e000")
    while at >= 0:
        first = at
        while first and raw[first - 1] in b"0123456789.-":
            first -= 1
        if not first or raw[first - 1] in b":,[ \t\r\n":
            return True
        at = classes.find(b"0e000", at + 1)
    return False


def _deeper(raw: bytes) -> bool:
    """Tell whether values are nested too deep, before the parser meets them."""
    found = _too_deep(raw.translate(_ONE_KIND, _NO_BRACKETS))
    if found is False:
        return False
    # Texts hold brackets as well: look at those outside.
    return _too_deep(_TEXTS.sub(b"", raw).translate(_ONE_KIND, _NO_BRACKETS)) is True


def _too_deep(brackets: bytes) -> bool | None:
    """Tell whether a nest of brackets is too deep; None where they don't match."""
    level = 0
    for at in range(0, len(brackets), _CHUNK):
        chunk = np.frombuffer(brackets[at : at + _CHUNK], np.uint8)
        levels = level + np.where(chunk == ord("["), 1, -1).cumsum()
        if levels.min() < 0:
            return None
        if levels.max() > DEPTH:
            return True
        level = int(levels[-1])
    return None if level else False


@frozen
class _Refused:
    """Stands in the values where something is refused."""

    why: str


def _slowly(text: str) -> Any:
    def whole(digits: str) -> Any:
        if len(digits.lstrip("-")) > DIGITS:
            return _Refused(f"a whole number of more than {DIGITS} digits.")
        return int(digits)

    def real(digits: str) -> Any:
        found = float(digits)
        return found if math.isfinite(found) else _Refused("a number too large.")

    def pairs(found: list[tuple[str, Any]]) -> Any:
        members = dict(found)
        return members if len(members) == len(found) else _Refused("a key comes twice.")

    value = _read(
        text,
        object_pairs_hook=pairs,
        parse_int=whole,
        parse_float=real,
        parse_constant=lambda name: _Refused(f"{name} is no number."),
    )
    left: list[tuple[str, Any]] = [("$", value)]
    while left:
        path, item = left.pop()
        if isinstance(item, _Refused):
            raise JsonError(f"{path}: {item.why}", path)
        if isinstance(item, dict):
            for key in item:
                _check_text(path, key)
            left += reversed([(path + step(key), member) for key, member in item.items()])
        elif isinstance(item, list):
            left += reversed([(f"{path}[{n}]", member) for n, member in enumerate(item)])
        elif isinstance(item, str):
            _check_text(path, item)
    return value


def _check_text(path: str, text: str) -> None:
    if "\0" in text:
        raise JsonError(f"{path}: a text with NUL.", path)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise JsonError(f"{path}: a lone surrogate.", path) from None


def step(key: str) -> str:
    """Return a key as a step of a JSON path; one that may be personal data is not shown.

    Example:
        >>> step("elements"), step("two words"), step("ann@example.test")
        ('.elements', '["two words"]', '["…"]')
    """
    if _NAME.fullmatch(key):
        return f".{key}"
    return f'["{key}"]' if _HARMLESS.fullmatch(key) else '["…"]'


# --- members of an answer -------------------------------------------------------------------------

_NAME: Final = re.compile(r"[A-Za-z_$][\w$-]{0,63}", re.ASCII)
_HARMLESS: Final = re.compile(r"[\w$ .:/-]{1,40}", re.ASCII)
_STEP: Final = re.compile(r"\.([\w$-]+)|\[([0-9]+)\]|\[\"([^\"]+)\"\]", re.ASCII)
_ABSENT: Final = object()


@lru_cache(maxsize=1024)
def _steps(path: str) -> tuple[tuple[str, str | int], ...]:
    """Return the steps of a JSON path, each with the path that leads to it."""
    found: list[tuple[str, str | int]] = []
    at = 1 if path.startswith("$") else 0
    while at < len(path) or not at:
        match = _STEP.match(path, at) if at else None
        if match is None:
            raise UsageError(f"{path!r} is no JSON path such as '$.result.elements[0]'.")
        key, index, quoted = match.groups()
        found.append((path[:at], int(index) if index else key or quoted))
        at = match.end()
    return tuple(found)


@overload
def member(value: Any, path: str, kind: type[T], *, default: Any = ...) -> T: ...
@overload
def member(
    value: Any, path: str, kind: tuple[type, ...] | None = None, *, default: Any = ...
) -> Any: ...
def member(
    value: Any, path: str, kind: type | tuple[type, ...] | None = None, *, default: Any = _ABSENT
) -> Any:
    """Return the member of JSON values at a path, of the documented kind.

    Args:
        value: what `Answer.json()` gave, or a part of it.
        path: such as `$.result.elements[0].id`; names of other letters in brackets, `$["a b"]`.
        kind: its type, or several; `float` takes whole numbers too, `bool` is no number. None for
            any.
        default: what to return where the last step is absent; without it that is drift.

    Raises:
        DriftError: it is not there, or of another kind.

    Example:
        >>> member({"result": {"elements": [1]}}, "$.result.elements", list)
        [1]
        >>> member({"result": {}}, "$.result.elements", list)
        Traceback (most recent call last):
        cxmetrics.errors.DriftError: $.result.elements: missing, expected an array.
    """
    at: Any
    steps = _steps(path)
    for n, (so_far, at) in enumerate(steps):
        container = list if isinstance(at, int) else dict
        if not isinstance(value, container):
            raise DriftError(
                f"{so_far}: expected {KINDS[container]}, found {kind_of(value)}.", so_far
            )
        try:
            value = value[at]
        except LookupError:
            if default is not _ABSENT and n == len(steps) - 1:
                return default
            wanted = _names(kind) if n == len(steps) - 1 else "more below it"
            missing = steps[n + 1][0] if n + 1 < len(steps) else path
            raise DriftError(f"{missing}: missing, expected {wanted}.", missing) from None
    if kind is None:
        return value
    kinds = kind if isinstance(kind, tuple) else (kind,)
    # bool is an int to Python, a whole number is a number to JSON.
    if type(value) in kinds or (type(value) is int and float in kinds):
        return value
    raise DriftError(f"{path}: expected {_names(kind)}, found {kind_of(value)}.", path)


def _names(kind: type | tuple[type, ...] | None) -> str:
    kinds = kind if isinstance(kind, tuple) else (kind,) if kind else ()
    return " or ".join(KINDS.get(k, k.__name__) for k in kinds) or "something"
