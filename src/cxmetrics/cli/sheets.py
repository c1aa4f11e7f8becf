"""Results of several rows on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cxmetrics.cli.screen import Screen
from cxmetrics.cli.words import visible

if TYPE_CHECKING:
    from rich.text import Text

    from cxmetrics.metrics.sheet import Sheet


def sheet_lines(sheet: Sheet, here: Screen) -> Iterator[Text | str]:
    """Yield a result as lines that fit the screen; what moves the cursor is spelled out."""
    from rich.text import Text

    for text in here.prose(visible(sheet.title)):
        yield Text(text, style="bold")
    if sheet.rows:
        yield ""
        for place, written in enumerate(sheet.lines()):
            line = Text(visible(written), style="" if place else "bold")
            line.truncate(here.width, overflow="ellipsis")
            yield line
            if not place:
                yield Text(here.signs.rule * min(here.width, len(written)), style="dim")
    if sheet.notes or sheet.cautions:
        yield ""
    for note in sheet.notes:
        yield from here.prose(visible(note))
    for caution in sheet.cautions:
        yield from here.prose(visible(f"! {caution}"), indent="  ")
