"""Messages for the terminal: options instead of Python arguments, nothing that moves the cursor."""

from __future__ import annotations

import re
from typing import Final

_SPOKEN: Final[tuple[tuple[str, str], ...]] = (
    (r" ?\(in Python [^()]*(?:\([^()]*\))?[^()]*\)", ""),
    (r", or in Python say [^.]*\.", "."),
    (r"missing=\[…\]", "--missing CODE"),
    (r"off_scale='set_aside'", "--off-scale set-aside"),
    (r"where=…", "--where COL=VALUE"),
    (r"\b(where|per)=(?=[ ,.?)])", r"--\1"),
    (r"where=\{'(\w+)': '?([^'{}]*)'?\}", r"--where \1=\2"),
    (r" with accept_shrink=True \(--accept-shrink\)", " with --accept-shrink"),
    (r"rating='…'( \(or a list of columns\))?", "--rating COL"),
    (r"scale='([^']*)'", r"--scale \1"),
    (r"scale=Scale\(([-\d.]+), ([-\d.]+)\)", r"--scale \1:\2"),
    (r"\b(gaps|method)='(\w+)'", r"--\1 \2"),
    (r"\b([a-z_]+)=\{([^{}]*)\}", r"--option \1={\2}"),
    (r"\b([a-z]+_max)=([-\d.]+)", r"--option \1=\2"),
)
"""How the library says it to Python, and how it is said here."""

_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\N{ARABIC LETTER MARK}\N{LEFT-TO-RIGHT MARK}"
    "\N{RIGHT-TO-LEFT MARK}\N{LEFT-TO-RIGHT EMBEDDING}-\N{RIGHT-TO-LEFT OVERRIDE}"
    "\N{LEFT-TO-RIGHT ISOLATE}-\N{POP DIRECTIONAL ISOLATE}]"
)


def spoken(message: str) -> str:
    """Return a message of the library in the words of the command line.

    Example:
        >>> spoken("declare codes with missing=[…], or pass off_scale='set_aside'")
        'declare codes with --missing CODE, or pass --off-scale set-aside'
        >>> spoken("say which ratings count, for instance positive={9, 10}.")
        'say which ratings count, for instance --option positive=9,10.'
    """
    for python, option in _SPOKEN:
        message = re.sub(python, option, message)
    return re.sub(r"=\{([^{}]*)\}", lambda m: "=" + m[1].replace(" ", ""), message)


def visible(text: str) -> str:
    r"""Return a text from the data with control and direction characters spelled out.

    A label must not colour the terminal, move the cursor or turn the line round.

    Example:
        >>> visible("shop\x1b[31m 1")
        'shop\\x1b[31m 1'
    """
    return _HIDDEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
