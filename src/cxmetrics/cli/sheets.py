"""Results of several rows on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from attrs import frozen

from cxmetrics.cli.screen import Screen
from cxmetrics.cli.words import visible

if TYPE_CHECKING:
    from rich.text import Text

    from cxmetrics.metrics.sheet import Sheet

_GAP: Final = 2
_NUMBER: Final = 24
"""No number nor interval is wider, so a wider column holds texts, which may go on below."""
_MOST: Final = 4
"""Lines of one cell."""


def sheet_lines(sheet: Sheet, here: Screen) -> Iterator[Text | str]:
    """Yield a result as lines that fit the screen; what moves the cursor is spelled out.

    A long text goes on below. Where the columns still need more room than there is, those that are
    left follow in a table of their own with the same names: no number is cut.
    """
    from rich.text import Text

    for text in here.prose(visible(sheet.title)):
        yield Text(text, style="bold")
    if sheet.rows:
        cells = [[_one_line(text) for text in row] for row in (sheet.head, *sheet.rows)]
        for block in _blocks(cells, here.width):
            yield ""
            yield from block.lines(cells, here)
    if sheet.notes or sheet.cautions:
        yield ""
    for note in sheet.notes:
        yield from here.prose(visible(note))
    for caution in sheet.cautions:
        yield from here.prose(visible(f"! {caution}"), indent="  ")


@frozen(kw_only=True)
class _Block:
    """Columns that stand side by side.

    Attributes:
        columns: which.
        widths: of each, in cells of the screen.
        texts: which of them hold texts that are wrapped.
    """

    columns: Sequence[int]
    widths: Sequence[int]
    texts: frozenset[int]

    def lines(self, cells: Sequence[Sequence[str]], here: Screen) -> Iterator[Text]:
        """Yield the head, a rule, and the rows."""
        from rich.text import Text

        for place, row in enumerate(cells):
            parts = [
                self._wrapped(row[at], width, here)
                for at, width in zip(self.columns, self.widths, strict=True)
            ]
            for level in range(max(map(len, parts))):
                line = Text(style="" if place else "bold")
                for at, width, part in zip(self.columns, self.widths, parts, strict=True):
                    line.append(" " * _GAP if at else "")
                    text = part[level] if level < len(part) else Text()
                    blank = width - text.cell_len
                    text.pad_left(blank) if at and at not in self.texts else text.pad_right(blank)
                    line.append_text(text)
                line.rstrip()
                yield line
            if not place:
                yield Text(here.signs.rule * _total(self.widths), style="dim")

    @staticmethod
    def _wrapped(cell: str, width: int, here: Screen) -> list[Text]:
        from rich.text import Text

        text = Text(cell)
        if text.cell_len <= width:
            return [text]
        lines = list(text.wrap(here.console, width))
        for line in lines:
            line.rstrip()
        if len(lines) > _MOST:
            lines = lines[:_MOST]
            lines[-1].append(" …")
            lines[-1].truncate(width, overflow="ellipsis")
        return lines


def _blocks(cells: Sequence[Sequence[str]], room: int) -> Iterator[_Block]:
    """Yield the columns, as many side by side as there is room for, each time with the names."""
    from rich.cells import cell_len

    head = cells[0]
    natural = [max(cell_len(row[at]) for row in cells) for at in range(len(head))]
    widths = _shrunk(natural, room)
    widths[1:] = (min(width, room - widths[0] - _GAP) for width in widths[1:])
    texts = frozenset(at for at, width in enumerate(widths) if width < natural[at])
    left = list(range(1, len(head)))
    while left:
        most = len(left)
        while most > 1 and _total([widths[0], *(widths[at] for at in left[:most])]) > room:
            most -= 1
        own = most
        while own and own < len(left) and _goes_with_the_one_before(head[left[own]]):
            own -= 1  # an interval stays beside its number
        columns = [0, *left[: own or most]]
        yield _Block(columns=columns, widths=[widths[at] for at in columns], texts=texts)
        del left[: own or most]


def _shrunk(widths: Sequence[int], room: int) -> list[int]:
    """Return widths that fit, if they do once the columns of texts are narrower."""
    found = list(widths)
    while _total(found) > room and max(found) > _NUMBER:
        found[found.index(max(found))] -= 1
    return found


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + _GAP * (len(widths) - 1)


def _goes_with_the_one_before(head: str) -> bool:
    return not head or "interval" in head


def _one_line(text: str) -> str:
    return visible(text).replace("\n", " ").replace("\t", " ")
