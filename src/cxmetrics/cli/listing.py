"""Lists of things, one a line, and their JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from cxmetrics.cli.screen import Screen
from cxmetrics.cli.words import visible

if TYPE_CHECKING:
    from rich.text import Text


def listing(rows: Sequence[Sequence[str]], here: Screen) -> Iterator[Text]:
    """Yield a table of texts, cut to the width of the screen.

    Args:
        rows: the cells; the first row is the head. What moves the cursor in them is spelled out.
        here: the screen.
    """
    from rich.text import Text

    cells = [[visible(cell).replace("\n", " ") for cell in row] for row in rows]
    widths = [max(Text(row[at]).cell_len for row in cells) for at in range(len(cells[0]))]
    for place, row in enumerate(cells):
        line = Text(style="" if place else "bold")
        for at, (cell, width) in enumerate(zip(row, widths, strict=True)):
            text = Text(cell)
            text.pad_right(width - text.cell_len)
            line.append("  " if at else "").append_text(text)
        line.rstrip()
        line.truncate(here.width, overflow="ellipsis")
        yield line
        if not place:
            wide = sum(widths) + 2 * (len(widths) - 1)
            yield Text(here.signs.rule * min(here.width, wide), style="dim")


def as_json(told: Any) -> None:
    """Print JSON-ready values, in UTF-8 whatever the terminal speaks."""
    text = json.dumps(told, ensure_ascii=False, indent=2, allow_nan=False)
    click.echo(f"{text}\n".encode(), nl=False)
