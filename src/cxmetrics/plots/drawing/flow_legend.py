"""What stands below a stage flow: the legend, and what the drawing leaves out."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Final

from cxmetrics.journeys.stage_flow import Move, StageFlow
from cxmetrics.journeys.wording import count_text, said, share_text, word
from cxmetrics.plots.drawing.lettering import width_of, wrapped
from cxmetrics.plots.drawing.shapes import Box, Label

PAD: Final = 20.0
ABOUT: Final = 10.5
COUNT: Final = 11.0
THINNEST: Final = 1.5
"""Moves that would be thinner are counted in a note."""


def legend_of(
    flow: StageFlow, language: str, top: float, right: float
) -> tuple[tuple[tuple[Box, str], ...], list[Label]]:
    """Return the boxes of the legend, what each is for, and their texts."""
    kinds = {move.kind for move in flow.moves}
    used = [("forward", "forward")] if "forward" in kinds else []
    used += [("back", "back")] if kinds - {"forward"} else []
    used += [("ends", "began or left")]
    used += [("stand", "stand")] if any(flow.open) else []
    swatches, x = [], PAD
    labels: list[Label] = []
    for kind, key in used:
        text = word(key, language)
        if labels and x + 26 + width_of(text, COUNT) > right:
            x, top = PAD, top + 20
        swatches.append((Box(x, top + 1.5, x + 20, top + 12.5), kind))
        labels.append(
            Label(lines=(text,), x=x + 26, top=top, size=COUNT, anchor="start", part="legend")
        )
        x = labels[-1].box.right + 24
    return tuple(swatches), labels


def notes_of(
    flow: StageFlow,
    thick: Mapping[Move, float],
    unit: float,
    language: str,
    top: float,
    right: float,
) -> list[Label]:
    """Place the notes, with what is drawn thinner than it is and what is not drawn."""
    texts = [said(note, language) for note in flow.notes]
    capped = [move for move, width in thick.items() if width < move.count * unit]
    if capped:
        names = ", ".join(flow.name(move.start, language) for move in capped)
        texts.append(word("capped", language, names=names))
    left_out = [move.count for move in flow.moves if move not in thick]
    if left_out:
        whole = sum(move.count for move in flow.moves)
        texts.append(
            word(
                "merged",
                language,
                many=count_text(len(left_out), language),
                all=count_text(len(flow.moves), language),
                least=count_text(ceil(THINNEST / unit), language),
                unit=word(flow.unit, language),
                sum=count_text(sum(left_out), language),
                share=share_text(sum(left_out) / whole, language),
            )
        )
    found: list[Label] = []
    for text in texts:
        lines = wrapped(text, right - PAD, ABOUT)
        found.append(
            Label(
                lines=lines, x=PAD, top=top, size=ABOUT, anchor="start", role="muted", part="note"
            )
        )
        top = found[-1].box.bottom + 3
    return found
