"""Functions into options: what a keyword of the library is called and how it is typed."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import click
from attrs import frozen

from cxmetrics.cli.question import ScaleType, as_number, pair
from cxmetrics.errors import UsageError
from cxmetrics.scale import Scale

_SCALES: Final = {"zero_to_ten": "0:10", "one_to_five": "1:5"}
_SPAN: Final = {"s": 1, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800}


@frozen(kw_only=True)
class Keyword:
    """A keyword of a function, as it is typed on the command line.

    Attributes:
        name: in Python.
        kind: how it is typed: `"text"`, `"texts"`, `"numbers"`, `"whole"`, `"number"`, `"choice"`,
            `"scale"`, `"span"`, `"pairs"`, `"lists"` or `"weights"`.
        choices: of a choice.
        default: what holds where nothing is said; `inspect.Parameter.empty` where it must be given.
        help: one sentence.
    """

    name: str
    kind: str
    choices: tuple[str, ...]
    default: Any
    help: str

    @property
    def flag(self) -> str:
        """The option, `--like-this`."""
        return f"--{self.name.replace('_', '-')}"

    @property
    def required(self) -> bool:
        """Whether it has to be given."""
        return self.default is inspect.Parameter.empty

    def option(self) -> click.Option:
        """Return the option of the command line."""
        shown = "" if self.required or self.default in (None, ()) else _spelled(self.default)
        several = self.kind in {"texts", "pairs", "lists", "weights"}
        told = [*(["repeatable"] if several else []), *([f"default: {shown}"] if shown else [])]
        return click.Option(
            (self.flag, self.name),
            metavar=self.metavar or None,
            type=click.Choice(self.choices) if self.kind == "choice" else _TYPED[self.kind][1],
            multiple=several,
            required=self.required,
            help=self.help + (f"  [{'; '.join(told)}]" if told else ""),
        )

    @property
    def metavar(self) -> str:
        """How a value is written, in capitals; "" for a choice."""
        metavar = _TYPED[self.kind][0]
        column = re.match(r"(for each its |the |a )?(columns?|items)\b", self.help, re.IGNORECASE)
        return metavar.replace("TEXT", "COL") if column else metavar

    def read(self, typed: Any) -> Any:
        """Return the value that was typed; None and () where nothing was.

        Raises:
            UsageError: it can't be read so.
        """
        if typed is None or typed == ():
            return typed
        if self.kind == "numbers":
            return tuple(self._number(part) for part in typed.strip("{}[]()").split(","))
        if self.kind == "span":
            return _span(typed, self.flag)
        if self.kind not in {"pairs", "lists", "weights"}:
            return typed
        found: dict[str, Any] = {}
        for text in typed:
            name, value = pair(text, self.flag, self.metavar)
            if name in found:
                raise UsageError(f"{self.flag} {name} is given twice.")
            if self.kind == "lists":
                found[name] = tuple(part.strip() for part in value.split(","))
            else:
                found[name] = value if self.kind == "pairs" else self._number(value)
        return found

    def _number(self, text: str) -> float:
        number = as_number(text)
        if number is None:
            raise UsageError(f"{self.flag} {text}: this is no number.")
        return number


_TYPED: Final[Mapping[str, tuple[str, Any]]] = {
    "text": ("TEXT", str),
    "texts": ("TEXT", str),
    "numbers": ("N,N", str),
    "whole": ("N", int),
    "number": ("N", float),
    "choice": ("", None),
    "scale": ("LOW:HIGH", ScaleType()),
    "span": ("48h", str),
    "pairs": ("NAME=TEXT", str),
    "lists": ("NAME=TEXT,TEXT", str),
    "weights": ("NAME=N", str),
}


def keywords(function: Callable[..., Any], *, without: Collection[str] = ()) -> list[Keyword]:
    """Return the keywords of a function that can be typed, in its order.

    Args:
        function: its keyword-only parameters are read, with their annotations and its docstring.
        without: names to leave out.

    Raises:
        TypeError: a keyword that must be given has an annotation that can't be typed.
    """
    hints = get_type_hints(function)
    told = dict(_told(inspect.getdoc(function) or ""))
    found = []
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY or name in without:
            continue
        kind, choices = _kind(hints[name])
        if not kind:
            if parameter.default is inspect.Parameter.empty:
                raise TypeError(f"{function.__name__}: {name} can't be typed: {hints[name]}.")
            continue
        found.append(
            Keyword(
                name=name,
                kind=kind,
                choices=choices,
                default=parameter.default,
                help=told.get(name, ""),
            )
        )
    return found


def typed(text: str, known: Collection[Keyword]) -> str:
    """Return a message in which Python's keywords are the options that are typed for them.

    Example:
        >>> sides = Keyword(name="side", kind="text", choices=(), default=None, help="The column.")
        >>> boxes = Keyword(name="positive_boxes", kind="numbers", choices=(), default=(), help="")
        >>> typed("say side=… or side='who', and positive_boxes={4, 5}", [sides, boxes])
        'say --side COL or --side who, and --positive-boxes 4,5'
    """
    by_name = {keyword.name: keyword for keyword in known}
    if not by_name:
        return text
    names = "|".join(sorted(by_name, key=len, reverse=True))

    def option(found: re.Match[str]) -> str:
        keyword, value = by_name[found[1]], found[2] or ""
        inside = value.strip("{}[]'")
        if inside == "…":
            inside = keyword.metavar
        elif value[:1] == "{":
            inside = inside.replace(" ", "")
        elif value[:1] == "[":
            return " ".join(
                f"{keyword.flag} {part.strip(chr(39))}" for part in value[1:-1].split(", ")
            )
        return f"{keyword.flag} {_SCALES.get(inside, inside)}".rstrip()

    value = r"\{[^{}]*\}|\[…\]|\['[^\[\]]*\]|'[^']*'|…|[-+]?\d+(?:\.\d+)?|zero_to_ten"
    text = re.sub(rf"\b({names})=({value})?", option, text)
    bare = "|".join(name for name in by_name if "_" in name)
    return re.sub(rf"\b({bare})\b(?!=)", lambda m: by_name[m[1]].flag, text) if bare else text


def _kind(hint: Any) -> tuple[str, tuple[str, ...]]:
    """Return how a value of this annotation is typed, "" if it can't be."""
    if get_origin(hint) in {Union, UnionType}:
        kinds = [found for each in get_args(hint) if (found := _kind(each))[0]]
        # of a column or several the longer form, of a scale or scales by name the shorter one
        order = ["texts", "lists", "pairs", "scale", "span", "numbers", "number", "whole"]
        kinds.sort(key=lambda found: order.index(found[0]) if found[0] in order else len(order))
        return kinds[0] if kinds else ("", ())
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal and all(isinstance(each, str) for each in args):
        return "choice", args
    plain = {str: "text", int: "whole", float: "number", Scale: "scale", timedelta: "span"}
    if hint in plain:
        return plain[hint], ()
    if origin in {Sequence, Collection, list, tuple, set, frozenset}:
        inner = {_kind(each)[0] for each in args if each is not Ellipsis}
        return (
            "texts" if inner == {"text"} else "numbers" if inner <= {"number", "whole"} else ""
        ), ()
    if origin in {Mapping, dict} and args[0] is str:
        inner_kind = _kind(args[1])[0]
        known = {"text": "pairs", "texts": "lists", "number": "weights", "whole": "weights"}
        return known.get(inner_kind, ""), ()
    return "", ()


def _told(doc: str) -> Iterator[tuple[str, str]]:
    """Yield the names of a docstring's Args with the first sentence of what it says of them."""
    section = re.search(r"^Args:\n(.*?)(?:\n\S|\Z)", doc, re.MULTILINE | re.DOTALL)
    if section is None:
        return
    for found in re.finditer(r"^    (\w+): (.*?)(?=^    \w+: |\Z)", section[1] + "\n", re.M | re.S):
        text = " ".join(found[2].split())
        sentence = re.match(r".*?[.:;](?= |$)", text)
        said = (sentence[0] if sentence else text).rstrip(".:;").replace("`", "")
        yield found[1], said[:1].upper() + said[1:] + "."


def _spelled(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{name}={_spelled(each)}" for name, each in value.items())
    if isinstance(value, timedelta):
        return f"{value.total_seconds() / 3_600:g}h"
    if isinstance(value, Scale):
        return value.spell()
    if isinstance(value, tuple | list | set | frozenset):
        return (", " if isinstance(next(iter(value), ""), str) else ",").join(map(_spelled, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _span(text: str, flag: str) -> timedelta:
    """Return the time that a text such as 48h writes."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|min|h|d|w)", text.strip())
    if found is None:
        raise UsageError(f"{flag} {text}: write a number and one of s, min, h, d, w, such as 48h.")
    return timedelta(seconds=float(found[1]) * _SPAN[found[2]])
