"""Normalise: one way to write each word, with the way back to the original text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from attrs import frozen

_SAME: Final = {
    **dict.fromkeys("’‘ʼ′´`‛", "'"),
    **dict.fromkeys("“”„«»", '"'),
    **dict.fromkeys("‐‑‒–—−", "-"),
    **dict.fromkeys("\n\r\v\f\u0085\u2028\u2029", ";"),  # a new line ends a clause
    "…": ".",
    "œ": "oe",
    "Œ": "oe",
    "æ": "ae",
    "Æ": "ae",
}
# fmt: off
_DOUBLED: Final = frozenset({
    "too", "good", "food", "cool", "feel", "free", "need", "room", "book", "soon", "look", "took",
    "week", "see", "three", "speed", "been", "meet", "between", "agree", "keep", "poor", "door",
    "seem", "fee", "fees", "wifi", "all", "call", "well", "will", "tell", "full", "small", "bill",
    "still", "really", "rappelle", "elle", "ville", "nulle", "belle",
})
# fmt: on
"""Words in which a letter that is held for long stands for two, not for one."""
_LONG: Final = 20
_HELD: Final = re.compile(r"([^\W\d_])\1{2,}")
_REPEATED: Final = re.compile(r"([^\W\d_])\1{2,}| {2,}")


def _folded(character: str) -> str:
    """Return what one character becomes: lower case, no accent; nothing for what is not seen."""
    if character in _SAME:
        return _SAME[character]
    parts = unicodedata.normalize("NFKD", character).casefold()
    kept = "".join(
        each for each in parts if unicodedata.category(each) not in {"Mn", "Cf", "Cc", "Cs"}
    )
    if character.isspace() or kept.isspace():
        return " "
    return unicodedata.normalize("NFKD", kept)


class _Table(dict[int, str]):
    """What characters become, filled as they are met."""

    uneven: frozenset[str] = frozenset()

    def __missing__(self, code: int) -> str:
        made = self[code] = _folded(chr(code))
        if len(made) != 1:
            self.uneven |= {chr(code)}
        return made


_TABLE: Final = _Table()


@frozen
class Normal:
    """A text in its normal form.

    Attributes:
        text: lower case, accents and ligatures folded, straight apostrophes and hyphens, one blank
            between words, letters held for effect once; emoji are kept; a new line is ";".
        places: for each character where it begins in the original, and at the end its length; None
            where both agree.
    """

    text: str
    places: Sequence[int] | None = None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return where a piece of the normal text stands in the original.

        Example:
            >>> text = "Trèèès  mauvais, œuf CASSÉ"
            >>> made = normalise(text)
            >>> start = made.text.index("oeuf")
            >>> first, last = made.original(start, start + 4)
            >>> made.text, text[first:last]
            ('tres mauvais, oeuf casse', 'œuf')
        """
        if self.places is None:
            return start, end
        last = self.places[end]
        if end > start and last == self.places[end - 1]:  # the first half of a ligature
            last += 1
        return self.places[start], last


def folded(text: str) -> str:
    """Return a text in lower case without accents, nothing else changed.

    Example:
        >>> folded("L’Œuvre d’Éloïse")
        "l'oeuvre d'eloise"
    """
    return text.translate(_TABLE)


def normalise(text: str) -> Normal:
    """Return the normal form of a text (Unicode NFKC, case, accents, ligatures, held letters).

    Example:
        >>> normalise("SLOOOOW!! C’est  NUUUL 😡").text
        "slow!! c'est nul 😡"
    """
    made = text.translate(_TABLE)
    even = len(made) == len(text) and _TABLE.uneven.isdisjoint(text)
    if even and not _REPEATED.search(made):
        return Normal(made)
    characters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for each in _TABLE[ord(character)]:
            characters.append(each)
            places.append(place)
    places.append(len(text))
    return _shortened("".join(characters), places)


def _shortened(text: str, places: Sequence[int]) -> Normal:
    """Take out what is repeated: letters of a word, blanks."""
    ends = [0]
    for found in _REPEATED.finditer(text):
        kept = found.start() + _kept(text, found)
        ends += [kept, found.end()]
    ends.append(len(text))
    pieces = [(start, end) for start, end in pairwise(ends)][::2]
    return Normal(
        "".join(text[start:end] for start, end in pieces),
        [place for start, end in pieces for place in places[start:end]] + [places[-1]],
    )


def _kept(text: str, found: re.Match[str]) -> int:
    """Return how many of the repeated characters stay: one, of some words two."""
    if found[0][0] == " ":
        return 1
    start, end = found.span()
    first, last = max(start - _LONG, 0), min(end + _LONG, len(text))
    while start > first and text[start - 1].isalpha():
        start -= 1
    while end < last and text[end].isalpha():
        end += 1
    return 2 if _HELD.sub(r"\1\1", text[start:end]) in _DOUBLED else 1
