"""Texts that a spreadsheet would run: marked when written, the mark taken off when read."""

from __future__ import annotations

import unicodedata
from typing import Final

_STARTS: Final = tuple("=+-@\t\r\n")


def guard(text: str) -> str:
    """Return a text as it may stand in a cell: with an apostrophe before it where it is a formula.

    Spreadsheets run what begins with `=`, `+`, `-`, `@`, a tab or a line break, also after blanks
    and in full-width letters. A text that begins with an apostrophe before such a sign gets another
    one, so that `unguard` always gives back what there was.

    Example:
        >>> guard("=SUM(A1)"), guard("fine"), guard("'=1")
        ("'=SUM(A1)", 'fine', "''=1")
    """
    return f"'{text}" if _runs(text) else text


def unguard(text: str) -> str:
    """Return the text that was guarded.

    Example:
        >>> unguard("'=SUM(A1)"), unguard("'tis fine"), unguard(guard("'=1"))
        ('=SUM(A1)', "'tis fine", "'=1")
    """
    return text[1:] if text.startswith("'") and _runs(text[1:]) else text


def _runs(text: str) -> bool:
    bare = text.lstrip("'")
    if not bare:
        return False
    if bare[0] in _STARTS:
        return True
    if bare[0].isalnum() and bare[0].isascii():
        return False  # most texts
    plain = unicodedata.normalize("NFKC", bare[:8]).lstrip()
    return plain.startswith(_STARTS) or bare.lstrip().startswith(_STARTS)
