"""Kinds of settings: what is allowed, and how a text becomes a value, strictly."""

from __future__ import annotations

import difflib
import math
import re
import types
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias, Union, get_args, get_origin
from urllib.parse import urlsplit

from attrs import evolve, frozen

from cxmetrics.records import FrozenMap
from cxmetrics.sources.secret import Secret

Url: TypeAlias = Annotated[str, "url"]
"""The address of a server, http or https, without user, query and fragment."""

Zone: TypeAlias = Annotated[str, "zone"]
"""The name of a time zone, such as Europe/Paris."""


class MisfitError(ValueError):
    """A value is not of its kind; the message goes on after the name of the setting."""


@frozen(kw_only=True)
class Kind:
    """A kind of setting.

    Attributes:
        name: for listings: "whole number".
        allowed: how a sentence about the setting goes on: "is a whole number, such as 30".
        read: a text to a value; None or ValueError where it is not one.
        holds: says whether a value that is no text is of the kind.
        choices: the only values, where there are only so many.
        several: whether it takes a list of texts.
        ids: whether whole numbers are taken as texts, as ids are.
    """

    name: str
    allowed: str
    read: Callable[[str], Any]
    holds: Callable[[Any], bool] = lambda _: False
    choices: tuple[Any, ...] = ()
    several: bool = False
    ids: bool = False

    def take(self, given: Any) -> Any:
        """Return a value of the kind: texts are read, anything else has to be of the kind.

        Raises:
            MisfitError: it is not; what was given is not in the message.
        """
        value = given
        if self.several and isinstance(given, list | tuple):
            value = tuple(str(each) if type(each) is int else each for each in given)
        elif self.ids and type(given) is int:
            value = str(given)
        if isinstance(value, str):
            try:
                value = self.read(value)
            except MisfitError:
                raise
            except ValueError:
                value = None
        elif not self.holds(value):
            value = None
        if value is None:
            raise MisfitError(self.allowed)
        for each in value if self.several and self.choices else (value,):
            if self.choices and each not in self.choices:
                raise MisfitError(self.allowed)
        return value


def kind_of(annotation: Any, choices: Sequence[Any] = ()) -> Kind:
    """Return the kind that an annotation stands for; `None` in a union means optional.

    Args:
        annotation: the type, resolved.
        choices: the only values, where the type does not say them (`Literal`).

    Raises:
        TypeError: there is no such kind of setting.

    Example:
        >>> kind_of(int | None).take("30"), kind_of(tuple[str, ...]).take("a, b")
        (30, ('a', 'b'))
    """
    one = annotation
    if get_origin(one) in {Union, types.UnionType}:
        inner = [each for each in get_args(one) if each is not type(None)]
        one = inner[0] if len(inner) == 1 else one
    several = get_origin(one) is tuple and get_args(one)[1:] == (...,)
    if several:
        one = get_args(one)[0]
    if get_origin(one) is Literal:
        choices, one = get_args(one), type(get_args(one)[0])
    elif get_origin(one) is Annotated:
        one = get_args(one)[1]
    key = Mapping if one == Mapping[str, str] else (tuple, one) if several else one
    found = _KINDS.get(key)
    if found is None:
        raise TypeError(
            f"{annotation}: a setting is a str, int, float, bool, date, datetime, timedelta, Path, "
            "Url, Zone, Secret, Literal, tuple[str, ...] or Mapping[str, str]."
        )
    if not choices:
        return found
    listed = ", ".join(map(str, choices))
    words = f"takes {'some' if several else 'one'} of: {listed}"
    return evolve(found, name=listed, allowed=words, choices=tuple(choices))


# -- from texts ------------------------------------------------------------------------------------


def _whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[+-]?[0-9]{1,18}", text.strip()) else None


def _number(text: str) -> float | None:
    plain = re.fullmatch(r"[+-]?([0-9]{1,18}\.?[0-9]{0,18}|\.[0-9]{1,18})", text.strip())
    return float(text) if plain else None


def _truth(text: str) -> bool | None:
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    return words.get(text.strip().casefold())


def _day(text: str) -> date | None:
    plain = re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text.strip())
    return date.fromisoformat(text.strip()) if plain else None


def _instant(text: str) -> datetime | None:
    value = datetime.fromisoformat(text.strip())
    return value if value.tzinfo else None


def _days(text: str) -> timedelta | None:
    number = _number(text)
    return timedelta(days=number) if number is not None and abs(number) < 1e6 else None


def _texts(text: str) -> tuple[str, ...] | None:
    parts = tuple(part.strip() for part in text.split(","))
    return parts if all(parts) else None


def _pairs(text: str) -> Mapping[str, str] | None:
    pairs = [[part.strip() for part in pair.split("=", 1)] for pair in text.split(",")]
    if any(len(pair) != 2 or not all(pair) for pair in pairs):
        return None
    found: dict[str, Any] = {name: value for name, value in pairs}  # noqa: C416  # for the checker
    return FrozenMap(found) if len(found) == len(pairs) else None


def _zone(text: str) -> str:
    from zoneinfo import ZoneInfo, available_timezones

    try:
        ZoneInfo(text.strip())
    except (LookupError, ValueError, OSError):
        close = difflib.get_close_matches(text, available_timezones(), n=1) or ["Europe/Paris"]
        raise MisfitError(f"is the name of a time zone, such as {close[0]}") from None
    return text.strip()


def _url(text: str) -> str | None:
    address = text.strip()
    parts = urlsplit(address)
    if "@" in parts.netloc:
        raise MisfitError("is an address without user and password in it")
    odd = not address.isprintable() or re.search(r"[\s\\?#]", address)
    if odd or parts.scheme not in {"http", "https"} or not parts.hostname:
        return None
    return address if parts.port != 0 else None  # ValueError where it is no number


def _is(*kinds: type) -> Callable[[Any], bool]:
    return lambda value: type(value) in kinds and (type(value) is not float or math.isfinite(value))


def _is_texts(value: Any) -> bool:
    parts = value if isinstance(value, tuple) else ()
    return bool(parts) and all(isinstance(part, str) and part for part in parts)


_KINDS: Final[Mapping[Any, Kind]] = {
    str: Kind(name="text", allowed="is a text", read=lambda text: text or None, ids=True),
    int: Kind(
        name="whole number", allowed="is a whole number, such as 30", read=_whole, holds=_is(int)
    ),
    float: Kind(
        name="number", allowed="is a number, such as 0.5", read=_number, holds=_is(int, float)
    ),
    bool: Kind(name="yes or no", allowed="is true or false", read=_truth, holds=_is(bool)),
    date: Kind(name="date", allowed="is a date, such as 2026-03-01", read=_day, holds=_is(date)),
    datetime: Kind(
        name="time",
        allowed="is a time with its offset, such as 2026-03-01T09:00:00+01:00",
        read=_instant,
        holds=lambda value: isinstance(value, datetime) and value.tzinfo is not None,
    ),
    timedelta: Kind(
        name="days", allowed="is a number of days, such as 14", read=_days, holds=_is(timedelta)
    ),
    Path: Kind(
        name="path",
        allowed="is the path of a file or folder",
        read=lambda text: Path(text).expanduser() if text.strip() else None,
        holds=lambda value: isinstance(value, Path),
    ),
    (tuple, str): Kind(
        name="texts",
        allowed="is a list of texts, separated by commas",
        read=_texts,
        holds=_is_texts,
        several=True,
        ids=True,
    ),
    Mapping: Kind(
        name="name=value",
        allowed="is a list of pairs NAME=VALUE, separated by commas, each name once",
        read=_pairs,
        holds=lambda value: (
            isinstance(value, Mapping)
            and all(isinstance(each, str) and each for pair in value.items() for each in pair)
        ),
    ),
    "url": Kind(
        name="address", allowed="is an address, such as https://survey.example.org", read=_url
    ),
    "zone": Kind(name="time zone", allowed="is the name of a time zone", read=_zone),
    Secret: Kind(name="secret", allowed="is a text that is not blank", read=lambda _: None),
}
