"""Sections of the reader's own choice: drawings, tables of concepts, quotes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from attrs import frozen

from cxmetrics.errors import Caution, UsageError
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.plots.groups import printable
from cxmetrics.report.tables import Table


class Shown(Protocol):
    """What a section can hold: anything that can be laid out as a table.

    A drawing (`map.plot(theme="auto")`) is shown with its table behind it; quotes as quotes.
    """

    def sheet(self) -> Sheet:
        """Return the table."""
        ...


@frozen(kw_only=True)
class Extra:
    """One result of such a section.

    Attributes:
        title: the news in one line.
        drawing: markup of a drawing, "" where there is none.
        width: of the drawing, in pixels.
        quotes: (text, about) of each.
        notes: sentences below.
        table: the data.
        behind: whether the table is behind a drawing or quotes, and opens on demand.
    """

    title: str
    drawing: str
    width: int
    quotes: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    table: Table
    behind: bool


def sections_of(more: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Return the sections as the template shows them.

    Raises:
        UsageError: something has no table.
    """
    return [
        {"id": f"more-{place}", "title": printable(title), "extras": [_extra(one) for one in shown]}
        for place, (title, shown) in enumerate(more.items())
        if shown
    ]


def cautions_of(more: Mapping[str, Sequence[Any]]) -> Iterator[tuple[str, Caution]]:
    """Yield the cautions of such sections with what they are about."""
    for shown in more.values():
        for one in shown:
            sheet = _sheet(one)
            for caution in sheet.cautions:
                yield sheet.title, caution


def _sheet(one: Any) -> Sheet:
    own = getattr(one, "sheet", None)
    sheet = own() if callable(own) else own
    if not isinstance(sheet, Sheet):
        raise UsageError(
            f"a {type(one).__name__} has no table to show: give results with sheet(), or drawings."
        )
    return sheet


def _extra(one: Any) -> Extra:
    sheet, svg = _sheet(one), getattr(one, "svg", "")
    quotes = tuple(_quotes(one))
    return Extra(
        title=printable(sheet.title),
        drawing=svg,
        width=int(getattr(one, "width", 0)),
        quotes=quotes,
        # a drawing has its notes in it; those of quotes begin with the quotes, a line each
        notes=() if svg else tuple(printable(note) for note in sheet.notes[len(quotes) :]),
        table=Table(
            printable(sheet.title),
            tuple(printable(name) for name in sheet.head),
            tuple(tuple(printable(cell) for cell in row) for row in sheet.rows),
        ),
        behind=bool(svg or quotes),
    )


def _quotes(one: Any) -> Iterator[tuple[str, str]]:
    for quote in getattr(one, "quotes", ()):
        about = (f"rating {quote.rating:g}", quote.part, str(quote.group or ""))
        yield printable(quote.text), " · ".join(printable(part) for part in about if part)
