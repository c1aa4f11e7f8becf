"""The terminal: how wide, whether in colour, and which signs it can show."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

import click
from attrs import frozen

from cxmetrics.cli.words import visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_NARROWEST: Final = 40
_PAGE: Final = 100


@frozen(kw_only=True)
class Signs:
    """The signs that pictures are made of.

    Attributes:
        line, left, right: a whole cell of an interval, its left and its right half.
        dot: the score.
        mark: the reference line.
        rule: under the head of a table.
        tones: what a part of a bar is made of where there is no colour.
        heights: of a sparkline, from nothing upwards; empty where there is none.
    """

    line: str
    left: str
    right: str
    dot: str
    mark: str
    rule: str
    tones: Mapping[str, str]
    heights: str


UNICODE: Final = Signs(
    line="─",
    left="╴",
    right="╶",
    dot="●",
    mark="┊",
    rule="─",
    tones={"negative": "▒", "neutral": "·", "positive": "█"},
    heights=" ▁▂▃▄▅▆▇█",
)
ASCII: Final = Signs(
    line="-",
    left="-",
    right="-",
    dot="o",
    mark="|",
    rule="-",
    tones={"negative": "-", "neutral": ".", "positive": "+"},
    heights="",
)

_SPELLED: Final = str.maketrans(
    {"−": "-", "–": "-", "…": "...", "·": "|", "≥": ">=", "≤": "<=", "’": "'", "★": "*", "→": "->"}
    | {"×": "x", "²": "2", "“": '"', "”": '"'}
)


@frozen(kw_only=True)
class Screen:
    """Where results are shown.

    Attributes:
        console: what knows the terminal.
    """

    console: Console

    @property
    def width(self) -> int:
        """Columns."""
        return max(self.console.width, _NARROWEST)

    @property
    def colour(self) -> bool:
        """Whether colours can be told apart."""
        return self.console.color_system is not None and not self.console.no_color

    @property
    def unicode(self) -> bool:
        """Whether signs beyond ASCII arrive."""
        return self.console.encoding.lower().startswith("utf")

    @property
    def signs(self) -> Signs:
        """The signs that pictures are made of."""
        return UNICODE if self.unicode else ASCII

    def show(self, lines: Iterable[Text | str]) -> None:
        """Write lines to stdout, in signs that arrive."""
        with self.console.capture() as captured:
            for line in lines:
                self.console.print(line, markup=False, no_wrap=True, overflow="ignore", crop=False)
        text = captured.get()
        if not self.unicode:
            encoding = self.console.encoding
            text = text.translate(_SPELLED).encode(encoding, "replace").decode(encoding)
        click.echo(text, nl=False, color=True)  # rich has left colours out where none are wanted

    def prose(self, text: str, *, indent: str = "") -> list[str]:
        """Return a paragraph as lines of the width of the screen."""
        from rich.text import Text

        room = min(self.width, _PAGE) - len(indent)
        first, *others = Text(visible(text)).wrap(self.console, room)
        return [first.plain.rstrip(), *(indent + line.plain.rstrip() for line in others)]


def screen() -> Screen:
    """Return the screen of this process: stdout as it is now."""
    from rich.console import Console  # loaded only to draw

    return Screen(console=Console(file=sys.stdout, highlight=False))
