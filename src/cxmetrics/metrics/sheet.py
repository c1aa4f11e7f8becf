"""A result of several rows: one table for the terminal, the notebook and the report."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from attrs import field, frozen

from cxmetrics.errors import Caution

_CELL = "padding:2px 12px 2px 0;text-align:"


@frozen(kw_only=True)
class Sheet:
    """What a result shows of itself, ready to be laid out.

    Attributes:
        title: the news in one line.
        head: the names of the columns.
        rows: texts, one a column; those of the first column are names, the others mostly numbers.
        notes: sentences below: how it was computed, what it does not say.
        cautions: what a reader has to know.

    Example:
        >>> print(Sheet(title="Two shops", head=("shop", "NPS"), rows=(("Lyon", "+40.0"),)))
        Two shops
          shop    NPS
          Lyon  +40.0
    """

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]] = field(factory=tuple)
    notes: Sequence[str] = ()
    cautions: Sequence[Caution] = ()

    @property
    def widths(self) -> list[int]:
        """The longest text of each column."""
        return [
            max(len(row[at]) for row in (self.head, *self.rows)) for at in range(len(self.head))
        ]

    def lines(self) -> list[str]:
        """Return head and rows as aligned texts: the first column to the left."""
        return [
            "  ".join(
                text.rjust(width) if at else text.ljust(width)
                for at, (text, width) in enumerate(zip(row, self.widths, strict=True))
            ).rstrip()
            for row in (self.head, *self.rows)
        ]

    def __str__(self) -> str:
        return "\n".join(
            [
                self.title,
                *(f"  {line}" for line in (self.lines() if self.rows else ())),
                *(f"  {note}" for note in self.notes),
                *(f"  ! {caution}" for caution in self.cautions),
            ]
        )

    def html(self) -> str:
        """Return an HTML table without scripts, for notebooks."""
        notes = "".join(f'<div style="opacity:.75">{escape(note)}</div>' for note in self.notes)
        return grid(self.title, self.head, self.rows, cautions=self.cautions) + notes


def grid(
    title: str,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    cautions: Sequence[Caution] = (),
) -> str:
    """Return a table: texts to the left in the first column, to the right in the others.

    Example:
        >>> "<b>A &amp; B</b>" in grid("A & B", ["name", "value"], [["x", "1"]])
        True
    """

    def line(cells: Sequence[str], tag: str) -> str:
        sides = ["left", *["right"] * (len(cells) - 1)]
        return "".join(
            f'<{tag} style="{_CELL}{side}">{escape(cell)}</{tag}>'
            for side, cell in zip(sides, cells, strict=True)
        )

    body = "".join(f"<tr>{line(row, 'td')}</tr>" for row in rows)
    notes = "".join(f'<div style="opacity:.75">⚠ {escape(str(c))}</div>' for c in cautions)
    return (
        f"<div><b>{escape(title)}</b></div><table><thead><tr>{line(head, 'th')}</tr></thead>"
        f"<tbody>{body}</tbody></table>{notes}"
    )
