"""From scores to the parts of a journey map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from attrs import define, evolve, field

from cxmetrics.errors import Caution, CautionCode, DataError, did_you_mean
from cxmetrics.journeys.figure import Figure, Gauge
from cxmetrics.journeys.map import EMOTION, SCORE
from cxmetrics.journeys.map_touchpoint import EVERYONE, MapTouchpoint
from cxmetrics.journeys.pain import PainRule
from cxmetrics.journeys.wording import Text
from cxmetrics.metrics import Score, Scores
from cxmetrics.metrics.text import listed
from cxmetrics.records import Journey, Persona, Touchpoint

_SHOWN: Final = 6


def read_map(
    *,
    journey: Journey,
    touchpoints: Sequence[Touchpoint],
    scores: Scores | None,
    emotions: Scores | None,
    stages: Scores | Mapping[str, Any] | None,
    personas: Sequence[Persona],
    irritants: Mapping[str, Sequence[Text]],
    moments_of_truth: Sequence[str],
    pain_points: Iterable[str] | PainRule,
    wows: Sequence[str],
    notes: Sequence[Text],
) -> dict[str, Any]:
    """Return the arguments of `JourneyMap` but titles and channels; see `JourneyMap.of`."""
    ids = [one.id for one in touchpoints]
    told = _Told()
    of_score = {} if scores is None else _by_touchpoint(scores, ids, told)
    of_emotion = {} if emotions is None else _by_persona(emotions, ids, personas, told)
    score = SCORE if scores is None else Gauge.of(scores.metric)
    emotion = EMOTION if emotions is None else Gauge.of(emotions.metric, title=EMOTION.title)
    rule = pain_points if isinstance(pain_points, PainRule) else None
    sore = () if isinstance(pain_points, PainRule) else pain_points
    marked = {
        "moment_of_truth": _ids(moments_of_truth, ids, "moments_of_truth"),
        "pain_point": _ids(sore, ids, "pain_points"),
        "wow": _ids(wows, ids, "wows"),
    }
    _ids(irritants, ids, "irritants")
    made = []
    for record in touchpoints:
        if record.stage is None:
            raise DataError(f"touchpoint {record.id!r} has no stage: give it one of the journey.")
        made.append(
            MapTouchpoint(
                id=record.id,
                name=_named(record),
                channel=record.channel,
                stage=record.stage,
                score=of_score.get(record.id),
                emotions=of_emotion.get(record.id, {}),
                irritants=tuple(irritants.get(record.id, ())),
                **{mark: record.id in of_mark for mark, of_mark in marked.items()},
            )
        )
    if rule is not None:
        made = [evolve(one, pain_point=rule.holds(one, score)) for one in made]
        notes = (*notes, {tag: rule.text(score, emotion, tag) for tag in ("en", "fr")})
    return {
        "journey": journey,
        "touchpoints": made,
        "personas": _people(personas, of_emotion),
        "stage_scores": _of_stages(stages, journey, told),
        "score": score,
        "emotion": emotion,
        "notes": notes,
        "cautions": told.cautions(),
    }


@define
class _Told:
    """What the scores say of themselves, gathered by code."""

    where: dict[CautionCode, dict[str, str]] = field(factory=dict)

    def add(self, name: str, score: Score) -> Figure | None:
        """Return a score as a figure, and remember its cautions."""
        for caution in score.cautions:
            self.where.setdefault(caution.code, {})[name] = caution.message
        return Figure.of(score)

    def unmatched(self, names: Iterable[object], what: str) -> None:
        """Remember groups that are not on the map."""
        for name in names:
            self.where.setdefault("UNMATCHED", {})[str(name)] = f"scores of {what} not on the map"

    def cautions(self) -> tuple[Caution, ...]:
        """Return one caution a code."""
        found = []
        for code, where in self.where.items():
            messages = list(dict.fromkeys(where.values()))
            message = messages[0].rstrip(".") if len(messages) == 1 else _COMMON.get(code, "")
            found.append(Caution(code, f"{listed(where, _SHOWN)}: {message or 'see the scores'}."))
        return tuple(found)


_COMMON: Final[dict[str, str]] = {
    "SMALL_SAMPLE": "under 30 answers: read the interval, not the score",
    "LOW_EFFECTIVE_N": "worth under 30 independent answers",
    "EXTREME_WEIGHTS": "unequal weights widen the intervals",
    "OFF_SCALE": "ratings off the scale, set aside",
}


def _by_touchpoint(scores: Scores, ids: Sequence[str], told: _Told) -> dict[str, Figure]:
    if len(scores.cube.dims) != 1:
        raise DataError(
            f"scores are by {', '.join(scores.cube.dims)}: measure them by the touchpoint alone."
        )
    told.unmatched([key for key in scores if key not in ids], "touchpoints")
    found = {str(key): told.add(str(key), one) for key, one in scores.items() if key in ids}
    _some(found, scores, ids)
    return {key: one for key, one in found.items() if one is not None}


def _by_persona(
    scores: Scores, ids: Sequence[str], personas: Sequence[Persona], told: _Told
) -> dict[str, dict[str, Figure]]:
    dims = scores.cube.dims
    if len(dims) > 2:
        raise DataError(f"emotions are by {', '.join(dims)}: measure by touchpoint and persona.")
    hits = [sum(group[at] in ids for group in scores.cube.groups) for at in range(len(dims))]
    place = hits.index(max(hits))
    known = {persona.id for persona in personas}
    found: dict[str, dict[str, Figure]] = {}
    strangers: dict[str, None] = {}
    others: dict[str, None] = {}
    for group, score in zip(scores.cube.groups, scores.values(), strict=True):
        where = group[place]
        who = EVERYONE if len(dims) == 1 else group[1 - place]
        if where not in ids:
            strangers[str(where)] = None
        elif who is None or (known and who not in known and who != EVERYONE):
            others[str(who)] = None
        else:
            name = f"{who} at {where}" if who else str(where)
            figure = told.add(name, score)
            if figure is not None:
                found.setdefault(str(where), {})[str(who)] = figure
    _some(found, scores, ids)
    told.unmatched(strangers, "touchpoints")
    told.unmatched(others, "personas")
    return found


def _some(found: Mapping[str, object], scores: Scores, ids: Sequence[str]) -> None:
    if not found:
        raise DataError(
            f"no group of the scores by {', '.join(scores.cube.dims)} is a touchpoint of the map "
            f"({', '.join(ids[:_SHOWN])} …): compare the labels."
        )


def _of_stages(
    stages: Scores | Mapping[str, Any] | None, journey: Journey, told: _Told
) -> dict[str, Figure]:
    found = {}
    for key, given in ({} if stages is None else stages).items():
        stage = str(key)
        if isinstance(stages, Scores) and stage not in journey.stages:
            told.unmatched([stage], "stages")
            continue
        if isinstance(given, Score):
            figure = told.add(stage, given)
            if figure is None:
                continue
            given = Figure.of(given, titled="yes")
        found[stage] = Figure.read(given)
    return found


def _people(
    personas: Sequence[Persona], emotions: Mapping[str, Mapping[str, Figure]]
) -> tuple[Persona, ...]:
    if personas:
        return tuple(personas)
    found = sorted({who for one in emotions.values() for who in one if who})
    return tuple(Persona(id=who, name=who) for who in found)


def _ids(given: Iterable[str], ids: Sequence[str], name: str) -> set[str]:
    found = set(given)
    for one in found:
        if one not in ids:
            raise DataError(f"{name} has {one!r}, no touchpoint: {did_you_mean(one, ids)}")
    return found


def _named(record: Touchpoint) -> Text:
    """Return the name, by language where dims such as `name_fr` hold others."""
    others = {
        key.removeprefix("name_"): value
        for key, value in record.dims.items()
        if key.startswith("name_") and isinstance(value, str) and value.strip()
    }
    return {"en": record.name, **others} if others else record.name
