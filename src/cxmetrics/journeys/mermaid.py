"""A journey map as Mermaid `journey` text, which wikis and repositories draw."""

from __future__ import annotations

import re
from math import floor
from typing import Final

from cxmetrics.errors import UsageError, did_you_mean
from cxmetrics.journeys.map import JourneyMap
from cxmetrics.journeys.map_touchpoint import MapTouchpoint
from cxmetrics.journeys.wording import said

_SPECIAL: Final = re.compile(r"[#:;,<>&{}%]")
_KEYWORD: Final = re.compile(r"^(title|section|journey|acctitle|accdescr)\b", re.IGNORECASE)
_BLANK: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_STEPS: Final = 5


def mermaid(
    journey_map: JourneyMap, *, language: str = "en", numbers: str = "emotion", persona: str = ""
) -> str:
    """Return a map as Mermaid `journey` text.

    Mermaid's tasks have whole scores from 1 to 5 and no intervals. The number of a touchpoint,
    between the bad and the good end of its gauge, becomes `1 + 4 * share`, rounded half up. With
    several personas it is the plain mean of theirs. A touchpoint without a number gets 3 and says
    `(no rating)`, because Mermaid draws no task without a score. Comments in the text say all this.

    Args:
        journey_map: the map.
        language: of its names.
        numbers: `"emotion"`, or `"score"` for the scores of the touchpoints.
        persona: the id of one persona; all if left out.

    Raises:
        UsageError: `numbers` is neither, or the persona has no emotion on the map.

    Example:
        >>> from cxmetrics.journeys import JourneyMap, MapTouchpoint
        >>> pays = MapTouchpoint(id="Pays: by card", channel="Web", stage="Buy", emotions=-2)
        >>> print(mermaid(JourneyMap(title="Shop", journey=["Buy"], touchpoints=[pays])))
        journey
            %% Scores: Emotion from -5 to 5 (good), turned into 1 to 5 and rounded.
            title Shop
            section Buy
              Pays#58; by card: 2
    """
    if numbers not in ("emotion", "score"):
        raise UsageError(f"numbers must be 'emotion' or 'score', not {numbers!r}.")
    voices = journey_map.voices
    if persona and persona not in voices:
        raise UsageError(f"no emotion of {persona!r} on the map: {did_you_mean(persona, voices)}")
    if persona:
        voices = (persona,)
    gauge = journey_map.emotion if numbers == "emotion" else journey_map.score
    bad, good = (gauge.low, gauge.high) if gauge.direction == "higher" else (gauge.high, gauge.low)
    told = (
        f"Scores: {_written(said(gauge.title, language))} from {bad:g} to {good:g} (good), turned "
        "into 1 to 5 and rounded"
    )
    mean = "; mean of the personas named" if numbers == "emotion" and len(voices) > 1 else ""
    lines = ["journey", f"    %% {told}{mean}."]
    lines.append(f"    title {_written(said(journey_map.title, language))}")
    missing = 0
    for stage in journey_map.journey.stages:
        inside = [one for one in journey_map.ordered if one.stage == stage]
        if not inside:  # Mermaid draws no section without tasks
            continue
        lines.append(f"    section {_written(journey_map.stage_name(stage, language))}")
        for one in inside:
            share = _share(one, journey_map, numbers, voices)
            missing += share is None
            score = 3 if share is None else floor(1 + (_STEPS - 1) * share + 0.5)
            name = _written(said(one.name, language)) + (" (no rating)" if share is None else "")
            actors = [
                _written(journey_map.persona_name(who, language))
                for who in voices
                if who and who in one.emotions
            ]
            lines.append(f"      {name}: {score}{': ' if actors else ''}{', '.join(actors)}")
    if missing:
        lines.insert(2, f"    %% No rating: {missing}, drawn as 3 because Mermaid needs a score.")
    return "\n".join(lines)


def _share(
    one: MapTouchpoint, journey_map: JourneyMap, numbers: str, voices: tuple[str, ...]
) -> float | None:
    if numbers == "score":
        return None if one.score is None else journey_map.score.good(one.score.value)
    felt = [one.emotions[who].value for who in voices if who in one.emotions]
    return journey_map.emotion.good(sum(felt) / len(felt)) if felt else None


def _written(text: str) -> str:
    """Escape what Mermaid would read as its own: marks become its entities, `#58;` for a colon."""
    flat = _BLANK.sub(" ", text).strip() or "-"
    safe = _SPECIAL.sub(lambda found: f"#{ord(found[0])};", flat)
    return f"#{ord(safe[0])};{safe[1:]}" if _KEYWORD.match(safe) else safe
