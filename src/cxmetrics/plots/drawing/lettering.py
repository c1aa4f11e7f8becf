"""How wide text is, without a font: measured with room, so that what is placed also fits."""

from __future__ import annotations

from typing import Final
from unicodedata import combining, east_asian_width

from cxmetrics.plots.groups import printable

_WIDTHS: Final = {
    **dict.fromkeys("ijl'’|", 0.23),
    **dict.fromkeys(" .,:;!ft/\\I[]()-\u00a0`·ïîíì", 0.30),
    "\u202f": 0.20,
    **dict.fromkeys('r*"“”°', 0.37),
    **dict.fromkeys("ckszvxyJ", 0.51),
    **dict.fromkeys("ABEKPSVXY&ÀÂÄÉÈÊË", 0.69),
    **dict.fromkeys("CDHNRUwÇÙÛÜ", 0.74),
    **dict.fromkeys("GOQÔÖ", 0.79),
    **dict.fromkeys("mM", 0.85),
    **dict.fromkeys("W%œæ—…", 0.97),
    **dict.fromkeys("ŒÆ@→", 1.03),
}
_OTHER: Final = 0.58
_CAPITAL: Final = 0.72
_WIDE: Final = 1.05
_ROOM: Final = 1.06
"""Arial's widths; the fonts of other systems are up to 6 % wider."""
_BOLD: Final = 1.07


def width_of(text: str, size: float, *, weight: int = 400) -> float:
    """Return how wide a text is, in pixels, with room for other fonts.

    Example:
        >>> round(width_of("Pays", 11)), round(width_of("Pays", 11, weight=600))
        (27, 29)
    """
    heavy = _BOLD if weight > 400 else 1.0
    return sum(_letter(letter) for letter in text) * size * heavy * _ROOM


def _letter(letter: str) -> float:
    known = _WIDTHS.get(letter)
    if known is not None:
        return known
    if combining(letter):
        return 0.0
    if east_asian_width(letter) in "WF":
        return _WIDE
    return _CAPITAL if letter.isupper() else _OTHER


def wrapped(text: str, width: float, size: float, *, weight: int = 400) -> tuple[str, ...]:
    """Break a text into lines of a width; a word that is wider than a line is broken too.

    Nothing is cut: all letters are there, on as many lines as it takes, of about one length.

    Example:
        >>> wrapped("Receives the parcel", 60, 11)
        ('Receives', 'the parcel')
        >>> "".join(wrapped("Donaudampfschiffahrt", 50, 11)).replace("-", "")
        'Donaudampfschiffahrt'
    """
    words = [
        piece
        for word in printable(text).replace("\u2028", " ").split(" ")
        if word
        for piece in _pieces(word, width, size, weight)
    ]
    if not words:
        return ("",)
    lines = _filled(words, width, size, weight)
    if len(lines) > 1:  # the narrowest width with as many lines: no line of one short word
        low, high = max(width_of(word, size, weight=weight) for word in words), width
        while high - low > size / 4:
            middle = (low + high) / 2
            if len(_filled(words, middle, size, weight)) > len(lines):
                low = middle
            else:
                high = middle
        lines = _filled(words, high, size, weight)
    return tuple(lines)


def _filled(words: list[str], width: float, size: float, weight: int) -> list[str]:
    lines = [words[0]]
    for word in words[1:]:
        longer = f"{lines[-1]} {word}"
        if width_of(longer, size, weight=weight) <= width and not lines[-1].endswith(_BROKEN):
            lines[-1] = longer
        else:
            lines.append(word)
    return [line.replace(_BROKEN, "-") for line in lines]


_BROKEN: Final = "\ufeff"  # marks the end of a piece of a broken word


def _pieces(word: str, width: float, size: float, weight: int) -> list[str]:
    """Break a word that is wider than a line into pieces that end in a hyphen."""
    pieces, piece = [], ""
    if width_of(word, size, weight=weight) <= width:
        return [word]
    for letter in word:
        if piece and width_of(f"{piece}{letter}-", size, weight=weight) > width:
            pieces.append(piece + _BROKEN)
            piece = ""
        piece += letter
    return [*pieces, piece]
