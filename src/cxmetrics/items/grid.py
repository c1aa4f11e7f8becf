"""A result of several rows in a notebook: an HTML table without scripts."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from cxmetrics.errors import Caution

_CELL = "padding:2px 12px 2px 0;text-align:"


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
