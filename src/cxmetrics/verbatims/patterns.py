"""Patterns of a dictionary: regular expressions with three shorthands, and none that runs away."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import Final

from attrs import frozen

from cxmetrics.verbatims.normalise import folded

DEAREST: Final = 100_000
"""Ways to match that a pattern may have; at worst about a millisecond for each word of a text."""
REPEATS: Final = 60
"""How often an unbounded repeat (`*`, `+`, `{2,}`) repeats at most."""
LONGEST: Final = 2_000
SHOWN: Final = 4
"""Characters of a beginning."""
_HEADS: Final = 2_000
_DEAR: Final = (
    f"a repeat within a repeat can match in too many ways (more than {DEAREST:,}): take one away, "
    "or bound it ({0,3})"
)

_GAP: Final = (  # over a negation there is no gap: "parcel was not late" is no late parcel
    r"(?:[ ,]{1,2}+(?!(?:no|without|pas|sans|aucune?|\w+n't|<not>)\b)"
    r"[\w'/&-]++){0,3}?[ ,]{1,2}+"
)
_ANY_ENDING: Final = r"\w*+"
_NOT: Final = (
    "(?:not|never|cannot|(?:do|does|did|is|was|are|were|ca|could|wo|would|has|have|had|should)n'?t"
    "|pas|jamais|plus|rien|guere)"
)
_QUANTIFIER: Final = re.compile(r"([*+?]|\{(\d*)(,?)(\d*)\})([+?]?)")
_GROUP: Final = re.compile(r"\((\?(?::|=|!|<=|<!|>))?(?!\?)")
_SET: Final = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]")
_ESCAPES: Final = frozenset(r"wWsSdDbB.^$*+?{}[]\|()/-'\" &~<>#!,:;%@=")


class BadPatternError(ValueError):
    """A pattern can't be used; the message says why, without the pattern."""


@frozen
class Pattern:
    """A pattern ready for use.

    Attributes:
        expression: the regular expression, over normal text.
        heads: what a match can begin with: up to `SHOWN` characters each; "" is anything.
    """

    expression: str
    heads: frozenset[str]


@cache
def prepared(pattern: str) -> Pattern:
    """Return the regular expression that a pattern stands for, over normal text.

    It is folded like the texts are, its shorthands are written out, no group captures, and no
    repeat is unbounded.

    Raises:
        BadPatternError: it is no regular expression, or one of those that are refused.

    Example:
        >>> made = prepared("Délai (dépassé|tenu)")
        >>> made.expression, made.heads
        ('delai (?:(?:depasse|tenu))', frozenset({'dela'}))
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
    plain = plain.replace(" ~ ", _GAP).replace("<not>", _NOT)
    plain = re.sub(r"(?<=[^\W_])~", lambda _: _ANY_ENDING, plain)
    part = _Reader(plain).read()
    try:
        expression = re.compile(part.made)
    except re.error as error:
        raise BadPatternError(f"it is no regular expression: {error.msg}") from None
    if expression.fullmatch(""):
        raise BadPatternError("it matches nothing at all, which is everywhere")
    if part.ways > DEAREST:
        raise BadPatternError(_DEAR)
    return Pattern(part.made, frozenset(head for head, _ in part.heads))


@frozen
class _Part:
    """A piece of a pattern: as it is written anew, its ways to match, and how a match may begin.

    Beginnings are up to `SHOWN` characters, and whether the piece ends with them.
    """

    made: str
    ways: int
    heads: frozenset[tuple[str, bool]]


_NOTHING: Final = frozenset({("", True)})
_ANYTHING: Final = frozenset({("", False)})


def _then(first: frozenset[tuple[str, bool]], then: _Part) -> frozenset[tuple[str, bool]]:
    heads = set()
    for head, whole in first:
        if not whole or len(head) == SHOWN:
            heads.add((head[:SHOWN], False))
            continue
        for more, ended in then.heads:
            joined = (head + more)[:SHOWN]
            heads.add((joined, ended and len(head + more) <= SHOWN))
    return frozenset(heads) if len(heads) <= _HEADS else _ANYTHING


class _Reader:
    """Reads a regular expression once, and writes it anew."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def read(self) -> _Part:
        found = self._choice()
        if self.at < len(self.text):
            raise BadPatternError("it closes a bracket that was not opened")
        return found

    def _next(self) -> str:
        return self.text[self.at : self.at + 1]

    def _choice(self) -> _Part:
        branches = [self._sequence()]
        while self._next() == "|":
            self.at += 1
            branches.append(self._sequence())
        if len(branches) == 1:
            return branches[0]
        # Branches that begin with different letters can't both match.
        sums: Counter[str] = Counter()
        for branch in branches:
            for letter in {head[:1] for head, _ in branch.heads}:
                sums[letter] += branch.ways
        made = "|".join(branch.made for branch in branches)
        ways = sums.pop("", 0) + max(sums.values(), default=0)
        return _Part(f"(?:{made})", ways, frozenset().union(*(each.heads for each in branches)))

    def _sequence(self) -> _Part:
        found = _Part("", 1, _NOTHING)
        while self._next() not in {"", "|", ")"}:
            then = self._repeated(self._atom())
            found = _Part(
                found.made + then.made,
                min(found.ways * then.ways, DEAREST + 1),
                _then(found.heads, then),
            )
        return found

    def _atom(self) -> _Part:
        character = self._next()
        if character == "(":
            return self._group()
        if character == "[":
            return self._set()
        if character == "\\":
            escaped = self.text[self.at + 1 : self.at + 2]
            if escaped not in _ESCAPES:
                raise BadPatternError(f"the escape \\{escaped} is not understood here")
            self.at += 2
            heads = _ANYTHING if escaped.isalpha() else frozenset({(escaped, True)})
            return _Part("\\" + escaped, 1, _NOTHING if escaped in "bB" else heads)
        if character in "*+?":
            raise BadPatternError(f"there is nothing to repeat with {character}")
        self.at += 1
        if character in "^$":
            return _Part(character, 1, _NOTHING)
        heads = _ANYTHING if character == "." else frozenset({(character, True)})
        return _Part(character, 1, heads)

    def _group(self) -> _Part:
        opened = _GROUP.match(self.text, self.at)
        if opened is None:
            raise BadPatternError("named groups, flags and back references are not understood here")
        self.at = opened.end()
        inner = self._choice()
        if self._next() != ")":
            raise BadPatternError("it opens a bracket that is not closed")
        self.at += 1
        if opened[1] in {None, "?:"}:
            return _Part(f"(?:{inner.made})", inner.ways, inner.heads)
        if inner.ways > DEAREST:
            raise BadPatternError(_DEAR)
        # What looks ahead or back takes nothing, and like "?>" is not tried in another way.
        heads = inner.heads if opened[1] == "?>" else _NOTHING
        return _Part(f"({opened[1]}{inner.made})", 1, heads)

    def _set(self) -> _Part:
        found = _SET.match(self.text, self.at)
        if found is None:
            raise BadPatternError("it opens a set [ that is not closed")
        self.at = found.end()
        inner = found[0][1:-1]
        heads = _ANYTHING
        if inner[0] != "^" and "\\" not in inner:
            wide = re.sub(
                "(.)-(.)", lambda m: "".join(map(chr, range(ord(m[1]), ord(m[2]) + 1))), inner
            )
            heads = frozenset((each, True) for each in wide)
        return _Part(found[0], 1, heads)

    def _repeated(self, part: _Part) -> _Part:
        found = _QUANTIFIER.match(self.text, self.at)
        if found is None:
            return part
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
        heads = part.heads if most == 1 else frozenset((head, False) for head, _ in part.heads)
        heads = heads if least else heads | _NOTHING
        if kind == "+":  # possessive: never tried in another way, so it may be as long as it likes
            return _Part(part.made + found[0], part.ways, heads)
        total = 0
        for times in range(least, most + 1):
            total = min(total + part.ways**times, DEAREST + 1)
            if total > DEAREST:
                break
        written = sign + kind if sign == "?" else f"{{{least},{most}}}{kind}"
        return _Part(part.made + written, total, heads)
