"""The table behind a journey map."""

from __future__ import annotations

from cxmetrics.journeys.figure import Figure
from cxmetrics.journeys.map import JourneyMap
from cxmetrics.journeys.wording import said, word
from cxmetrics.metrics.sheet import Sheet


def sheet_of(journey_map: JourneyMap, language: str) -> Sheet:
    """Return one row a touchpoint, then one a stage that has a score.

    Columns that would be empty everywhere are left out.
    """
    score, voices = journey_map.score, journey_map.voices
    title, felt = (said(gauge.title, language) for gauge in (score, journey_map.emotion))
    head = [word(key, language) for key in ("touchpoint", "stage", "channel")]
    head += [title, word("interval", language), word("answers", language)]
    head += [f"{felt}, {journey_map.persona_name(who, language)}" for who in voices]
    head += [word("marks", language), word("irritants", language)]
    rows = []
    for one in journey_map.ordered:
        cells = [said(one.name, language), journey_map.stage_name(one.stage, language)]
        cells += [journey_map.channel_name(one.channel, language)]
        cells += _scored(one.score, score.unit, language)
        for who in voices:
            cells.append(_felt(one.emotions.get(who), journey_map.emotion.unit, language))
        cells.append(", ".join(word(mark.replace("_", " "), language) for mark in one.marks))
        cells.append("; ".join(said(text, language) for text in one.irritants))
        rows.append(cells)
    for stage in journey_map.journey.stages:
        figure = journey_map.stage_scores.get(stage)
        if figure is not None:
            number = _scored(figure, score.unit, language)
            number[0] = f"{said(figure.title, language)} {number[0]}".strip()
            name = journey_map.stage_name(stage, language)
            rows.append([word("whole stage", language), name, "", *number, *[""] * len(voices)])
            rows[-1] += ["", ""]
    kept = [at for at in range(len(head)) if at < 3 or any(row[at] for row in rows)]
    return Sheet(
        title=said(journey_map.title, language),
        head=[head[at] for at in kept],
        rows=[[row[at] for at in kept] for row in rows],
        notes=[said(note, language) for note in journey_map.notes],
        cautions=journey_map.cautions,
    )


def _scored(figure: Figure | None, unit: str, language: str) -> list[str]:
    if figure is None:
        return ["", "", ""]
    answers = "" if figure.n is None else f"{figure.n}"
    return [
        figure.text(unit, language, finer=1),
        figure.interval_text(unit, language, finer=1),
        answers,
    ]


def _felt(figure: Figure | None, unit: str, language: str) -> str:
    if figure is None:
        return ""
    interval = figure.interval_text(unit, language, finer=1)
    value = figure.text(unit, language, finer=1)
    return f"{value} ({interval})" if interval else value
