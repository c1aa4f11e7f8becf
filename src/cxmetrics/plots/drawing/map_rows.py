"""The rows of a journey map: what each may hold, their heads, and the stages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from attrs import frozen

from cxmetrics.plots.drawing.columns import ABOUT, STAGE, STAGE_ABOUT, StageColumn
from cxmetrics.plots.drawing.lettering import wrapped
from cxmetrics.plots.drawing.shapes import Box, Card, Disc, Icon, Label, Line, block_height
from cxmetrics.plots.drawing.voices import Curve

PAD: Final = 20.0
"""Around the drawing."""
HEAD: Final = 12.0
"""The size of the heads of the rows."""
HEADS: Final = 124.0
"""The greatest width of the heads of the rows."""
GAP: Final = 6.0
"""Between lanes, and between cards."""

_NOTCH: Final = 12.0


@frozen(kw_only=True)
class Row:
    """One row of the drawing.

    Attributes:
        bottom: where the next row begins.
        texts: its labels.
        chevrons: paths of the heads of the stages.
        lanes: boxes of the swimlanes.
        grid: lines of a scale.
        curves: of the emotions, measured from `shift`.
        keys: (line, path of the mark, colour role).
        routes: lines between touchpoints.
        discs: of touchpoints.
        icons: of marks.
        cards: with irritants.
        shift: where the emotions begin.
    """

    bottom: float
    texts: tuple[Label, ...] = ()
    chevrons: tuple[str, ...] = ()
    lanes: tuple[Box, ...] = ()
    grid: tuple[Line, ...] = ()
    curves: tuple[Curve, ...] = ()
    keys: tuple[tuple[Line, str, str], ...] = ()
    routes: tuple[Line, ...] = ()
    discs: tuple[Disc, ...] = ()
    icons: tuple[Icon, ...] = ()
    cards: tuple[Card, ...] = ()
    shift: float = 0.0


def row_head(lines: Sequence[tuple[str, str]], middle: float, part: str) -> list[Label]:
    """Return the head of a row around a height: texts with their roles, the first one bold."""
    blocks = []
    for at, (text, role) in enumerate(lines):
        size = HEAD if at == 0 else ABOUT
        broken = wrapped(text, HEADS, size, weight=400 if at else 600)
        blocks.append((broken, size, 400 if at else 600, role))
    top = middle - sum(block_height(broken, size) for broken, size, *_ in blocks) / 2
    found = []
    for broken, size, weight, role in blocks:
        found.append(
            Label(
                lines=broken, x=PAD, top=top, size=size, anchor="start", weight=weight, role=role,
                part=part,
            )
        )  # fmt: skip
        top += found[-1].height
    return found


def head_height(text: str) -> float:
    """Return how high the head of a row is."""
    return block_height(wrapped(text, HEADS, HEAD, weight=600), HEAD)


def stage_row(stages: Sequence[StageColumn], top: float) -> Row:
    """Draw the stages as chevrons, with their score."""
    high = max(stage.height for stage in stages) + 18
    texts: list[Label] = []
    paths = []
    for at, stage in enumerate(stages):
        left, right, middle = stage.left, stage.right - 4, top + high / 2
        notch = _NOTCH if at else 0.0
        paths.append(
            f"M{left:.1f},{top:.1f}H{right - _NOTCH + 4:.1f}L{right + 4:.1f},{middle:.1f}"
            f"L{right - _NOTCH + 4:.1f},{top + high:.1f}H{left:.1f}"
            f"L{left + notch:.1f},{middle:.1f}Z"
        )
        x = (left + notch + right) / 2
        y = middle - stage.height / 2
        texts.append(Label(lines=stage.name, x=x, top=y, size=STAGE, weight=600, part="stage"))
        if stage.about:
            texts.append(
                Label(
                    lines=stage.about, x=x, top=texts[-1].box.bottom, size=STAGE_ABOUT,
                    role="muted", part="stage score",
                )
            )  # fmt: skip
    return Row(bottom=top + high, texts=tuple(texts), chevrons=tuple(paths))
