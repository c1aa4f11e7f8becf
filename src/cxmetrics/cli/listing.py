"""Lists of things, one a line, and their JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from cxmetrics.cli.screen import Screen
from cxmetrics.cli.words import visible

if TYPE_CHECKING:
    from rich.text import Text

_GAP: Final = 2
_NARROW: Final = 24


def listing(rows: Sequence[Sequence[str]], here: Screen, *, wrap: bool = False) -> Iterator[Text]:
    """Yield a table of texts that fits the screen.

    Args:
        rows: the cells; the first row is the head. What moves the cursor in them is spelled out.
        here: the screen.
        wrap: whether what is too long in the last column goes on below; else it is cut.
    """
    from rich.text import Text

    cells = [[visible(cell).replace("\n", " ") for cell in row] for row in rows]
    widths = [max(Text(row[at]).cell_len for row in cells) for at in range(len(cells[0]))]
    before = sum(widths[:-1]) + _GAP * len(widths[:-1])
    wrap = wrap and here.width - before >= _NARROW
    for place, row in enumerate(cells):
        line = Text(style="" if place else "bold")
        for cell, width in zip(row[:-1], widths, strict=False):
            text = Text(cell)
            text.pad_right(width - text.cell_len + _GAP)
            line.append_text(text)
        last = Text(row[-1])
        first, *others = last.wrap(here.console, here.width - before) if wrap else [last]
        line.append_text(first)
        line.rstrip()
        line.truncate(here.width, overflow="ellipsis")
        yield line
        for other in others:
            yield Text(" " * before + other.plain.rstrip())
        if not place:
            rule = min(here.width, before + widths[-1])
            yield Text(here.signs.rule * rule, style="dim")


def as_json(told: Any) -> None:
    """Print JSON-ready values, in UTF-8 whatever the terminal speaks."""
    text = json.dumps(told, ensure_ascii=False, indent=2, allow_nan=False)
    click.echo(f"{text}\n".encode(), nl=False)
