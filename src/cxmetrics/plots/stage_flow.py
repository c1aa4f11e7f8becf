"""The drawing of a stage flow: forward, back, and where customers leave."""

from __future__ import annotations

from typing import Any

from cxmetrics.errors import UsageError
from cxmetrics.journeys import StageFlow
from cxmetrics.journeys.wording import count_text, language_of, said, share_text, word
from cxmetrics.plots._base import Plot
from cxmetrics.plots.drawing.flow_layout import laid_out
from cxmetrics.plots.groups import printable
from cxmetrics.plots.svg import Drawing, drawn
from cxmetrics.summaries.flow import Flow


def stage_flow(result: Any, *, theme: str = "light", language: str = "en") -> Drawing:
    """Draw how often customers went from stage to stage.

    Moves forward are ribbons between the bars of the stages, returns and repeats are arcs below
    them, each with its count. A ribbon or arc is as thick as its count; notes say what is too thin
    to see, and where repeats are so many that their arc is not to scale.

    Args:
        result: a `StageFlow`, or a `Flow` whose steps have a declared order.
        theme: `"light"`, `"dark"`, `"print"`, or `"auto"`, which follows the page.
        language: `"en"` or `"fr"`.

    Raises:
        UsageError: the result is neither.
    """
    if not isinstance(result, StageFlow | Flow):
        raise UsageError(
            f"the stage flow draws a StageFlow or a Flow, not a {type(result).__name__}."
        )
    flow = StageFlow.of(result) if isinstance(result, Flow) else result
    base = language_of(language)
    layout = laid_out(flow, base)
    return drawn(
        "stage_flow.svg.j2",
        theme=theme,
        language=base,
        width=layout.width,
        height=layout.height,
        title=printable(said(flow.title, base) or word("flow", base)),
        described=printable(_in_words(flow, base)),
        sheet=flow.sheet(base),
        layout=layout,
    )


def _in_words(flow: StageFlow, language: str) -> str:
    moves = flow.moves
    largest, back = "–", 0.0
    if moves:
        most = max(moves, key=lambda move: move.count)
        names = f"{flow.name(most.start, language)} → {flow.name(most.end, language)}"
        largest = f"{names} ({count_text(most.count, language)})"
        back = sum(m.count for m in moves if m.kind != "forward") / sum(m.count for m in moves)
    return word(
        "flow desc",
        language,
        stages=len(flow.stages),
        largest=largest,
        back=share_text(back, language),
    )


plots = (
    Plot(
        name="stage_flow",
        title="moves between stages: forward, back, began and left",
        draw=stage_flow,
    ),
)
