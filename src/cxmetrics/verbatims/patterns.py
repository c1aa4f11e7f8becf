"""Patterns of a dictionary: regular expressions with three shorthands, and none that runs away."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from cxmetrics.verbatims.normalise import folded

DEAREST: Final = 100_000
"""Ways to match that a pattern may have; at worst about a millisecond for each word of a text."""
REPEATS: Final = 60
"""How often an unbounded repeat (`*`, `+`, `{2,}`) repeats at most."""
LONGEST: Final = 2_000

_GAP: Final = r"(?:[ ,]{1,2}+[\w'/&-]++){0,3}?[ ,]{1,2}+"
_ANY_ENDING: Final = r"\w*+"
_NOT: Final = (
    "(?:not|never|cannot|(?:do|does|did|is|was|are|were|ca|could|wo|would|has|have|had|should)n'?t"
    "|pas|jamais|plus|rien|guere)"
)
_QUANTIFIER: Final = re.compile(r"([*+?]|\{(\d*)(,?)(\d*)\})([+?]?)")
_ESCAPES: Final = frozenset(r"wWsSdDbB.^$*+?{}[]\|()/-'\" &~<>#!,:;%@=")


class BadPatternError(ValueError):
    """A pattern can't be used; the message says why, without the pattern."""


@cache
def prepared(pattern: str) -> str:
    """Return the regular expression that a pattern stands for, over normal text.

    It is folded like the texts are, its shorthands are written out, no group captures, and no
    repeat is unbounded.

    Raises:
        BadPatternError: it is no regular expression, or one of those that are refused.

    Example:
        >>> prepared("Délai (dépassé)")
        'delai (?:depasse)'
        >>> prepared("(a+)+b")
        Traceback (most recent call last):
        cxmetrics.verbatims.patterns.BadPatternError: a repeat within a repeat can match in too \
many ways (more than 100,000): take one away, or bound it ({0,3})
    """
    if not pattern.strip():
        raise BadPatternError("it is empty")
    if len(pattern) > LONGEST:
        raise BadPatternError(f"it is longer than {LONGEST:,} characters")
    plain = re.sub(r"\\.|[^\\]+", lambda m: m[0] if m[0][0] == "\\" else folded(m[0]), pattern)
    plain = plain.replace("<not>", _NOT).replace(" ~ ", _GAP)
    plain = re.sub(r"(?<=[^\W_])~", lambda _: _ANY_ENDING, plain)
    made, ways = _Reader(plain).read()
    try:
        expression = re.compile(made)
    except re.error as error:
        raise BadPatternError(f"it is no regular expression: {error.msg}") from None
    if expression.fullmatch(""):
        raise BadPatternError("it matches nothing at all, which is everywhere")
    if ways > DEAREST:
        raise BadPatternError(
            f"a repeat within a repeat can match in too many ways (more than {DEAREST:,}): take "
            "one away, or bound it ({0,3})"
        )
    return made


class _Reader:
    """Reads a regular expression once, writes it anew, and counts in how many ways it can match."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def read(self) -> tuple[str, int]:
        start = self.at
        made, ways = self._sequence()
        if self._next() == "|":  # one atom, whatever it is put beside
            self.at = start
            made, ways = self._choice()
            made = f"(?:{made})"
        if self.at < len(self.text):
            raise BadPatternError("it closes a bracket that was not opened")
        return made, ways

    def _next(self) -> str:
        return self.text[self.at : self.at + 1]

    def _choice(self) -> tuple[str, int]:
        branches = [self._sequence()]
        while self._next() == "|":
            self.at += 1
            branches.append(self._sequence())
        heads: dict[str, int] = {}
        for made, ways in branches:
            # Branches that begin with different letters can't both match.
            head = made[:1] if made[:1].isalnum() and made[1:2] not in {"?", "*", "{"} else ""
            heads[head] = heads.get(head, 0) + ways
        anywhere = heads.pop("", 0)
        return "|".join(made for made, _ in branches), anywhere + max(heads.values(), default=0)

    def _sequence(self) -> tuple[str, int]:
        made, ways = "", 1
        while self._next() not in {"", "|", ")"}:
            atom, inner = self._atom()
            repeat, inner = self._repeated(inner)
            made += atom + repeat
            ways = min(ways * inner, DEAREST + 1)
        return made, ways

    def _atom(self) -> tuple[str, int]:
        character = self._next()
        if character == "(":
            return self._group()
        if character == "[":
            return self._set(), 1
        if character == "\\":
            escaped = self.text[self.at + 1 : self.at + 2]
            if escaped not in _ESCAPES:
                raise BadPatternError(f"the escape \\{escaped} is not understood here")
            self.at += 2
            return "\\" + escaped, 1
        if character in "*+?":
            raise BadPatternError(
                f"it is no regular expression: nothing to repeat with {character}"
            )
        self.at += 1
        return character, 1

    def _group(self) -> tuple[str, int]:
        opened = re.compile(r"\((\?(?::|=|!|<=|<!|>))?(?!\?)").match(self.text, self.at)
        if opened is None:
            raise BadPatternError("named groups, flags and back references are not understood here")
        self.at = opened.end()
        made, ways = self._choice()
        if self._next() != ")":
            raise BadPatternError("it opens a bracket that is not closed")
        self.at += 1
        return f"({opened[1] or '?:'}{made})", ways

    def _set(self) -> str:
        found = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]").match(self.text, self.at)
        if found is None:
            raise BadPatternError("it opens a set [ that is not closed")
        self.at = found.end()
        return found[0]

    def _repeated(self, ways: int) -> tuple[str, int]:
        found = _QUANTIFIER.match(self.text, self.at)
        if found is None:
            return "", ways
        self.at = found.end()
        sign, low, comma, high, kind = found.groups()
        least = int(low or 0) if low is not None else int(sign == "+")
        if sign == "?":
            most = 1
        elif sign in "*+":
            most = REPEATS
        else:
            most = int(high) if high else (REPEATS if comma else least)
        if most > 10 * REPEATS or least > most:
            raise BadPatternError(f"it repeats {most} times: {10 * REPEATS} are allowed")
        if kind == "+":  # possessive: never tried in another way, so it may be as long as it likes
            return found[0], ways
        total = 0
        for times in range(least, most + 1):
            total = min(total + ways**times, DEAREST + 1)
            if total > DEAREST:
                break
        return f"{{{least},{most}}}{kind}" if sign != "?" else sign + kind, total
