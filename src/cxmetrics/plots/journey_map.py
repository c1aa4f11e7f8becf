"""The drawing of a journey map."""

from __future__ import annotations

from typing import Any

from cxmetrics.errors import UsageError
from cxmetrics.journeys import JourneyMap
from cxmetrics.journeys.map_touchpoint import EVERYONE
from cxmetrics.journeys.wording import amount, language_of, said, word
from cxmetrics.plots._base import Plot
from cxmetrics.plots.drawing.map_layout import laid_out
from cxmetrics.plots.groups import printable
from cxmetrics.plots.svg import Drawing, drawn


def journey_map(result: Any, *, theme: str = "light", language: str = "en") -> Drawing:
    """Draw a journey map: stages, emotions, channels, touchpoints, irritants.

    The drawing grows with what it holds: no text is cut and none covers another.

    Args:
        result: a `JourneyMap`.
        theme: `"light"`, `"dark"`, `"print"`, or `"auto"`, which follows the page.
        language: `"en"` or `"fr"`.

    Raises:
        UsageError: the result is no journey map, or has more personas than can be told apart.
    """
    if not isinstance(result, JourneyMap):
        raise UsageError(
            f"the journey map draws a JourneyMap, not a {type(result).__name__}: build one with "
            "JourneyMap(…) or JourneyMap.of(…)."
        )
    base = language_of(language)
    layout = laid_out(result, base)
    return drawn(
        "journey_map.svg.j2",
        theme=theme,
        language=base,
        width=layout.width,
        height=layout.height,
        title=printable(said(result.title, base)),
        described=printable(_in_words(result, base)),
        sheet=result.sheet(base),
        layout=layout,
    )


def _in_words(result: JourneyMap, language: str) -> str:
    """Return the map in sentences: what it holds, where feelings are lowest, what is marked."""
    stages = result.journey.stages
    names = ", ".join(result.stage_name(stage, language) for stage in stages)
    sentences = [
        word(
            "desc",
            language,
            stages=len(stages),
            names=names,
            touchpoints=len(result.touchpoints),
            channels=len(result.lanes),
        )
    ]
    ordered = result.ordered
    for who in result.voices:
        felt = [(one.emotions[who].value, one) for one in ordered if who in one.emotions]
        low, high = (
            f"{said(one.name, language)} ({amount(value, result.emotion.unit, language)})"
            for value, one in (min(felt, key=_value), max(felt, key=_value))
        )
        name = result.persona_name(who, language)
        name = name[0].upper() + name[1:] if who == EVERYONE else name
        sentences.append(word("lowest", language, persona=name, low=low, high=high))
    scored = [(one.score.value, one) for one in ordered if one.score is not None]
    if scored:
        low, high = (
            f"{said(one.name, language)} ({amount(value, result.score.unit, language)})"
            for value, one in (min(scored, key=_value), max(scored, key=_value))
        )
        title = said(result.score.title, language)
        sentences.append(word("lowest score", language, title=title, low=low, high=high))
    for mark in ("moment_of_truth", "pain_point", "wow"):
        marked = [said(one.name, language) for one in ordered if getattr(one, mark)]
        if marked:
            name = word(mark.replace("_", " "), language)
            name = name[0].upper() + name[1:]
            sentences.append(f"{name}{word('colon', language)}{', '.join(marked)}.")
    return " ".join(sentences)


def _value(pair: tuple[float, Any]) -> float:
    return pair[0]


plots = (
    Plot(
        name="journey_map",
        title="stages, emotions, channels, touchpoints and irritants of a journey",
        draw=journey_map,
    ),
)
