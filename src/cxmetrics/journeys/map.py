"""The journey map: stages, touchpoints, what customers feel there, and what decides."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Self

from attrs import field, fields, frozen

from cxmetrics.errors import Caution, DataError, did_you_mean
from cxmetrics.journeys.figure import Figure, Gauge, figures
from cxmetrics.journeys.map_touchpoint import EVERYONE, MapTouchpoint
from cxmetrics.journeys.wording import (
    Text,
    check_text,
    frozen_text,
    frozen_texts,
    named_texts,
    plain_text,
    said,
    word,
)
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.plugins import registry
from cxmetrics.records import Journey, Persona

if TYPE_CHECKING:
    from cxmetrics.journeys.pain import PainRule
    from cxmetrics.metrics import Scores
    from cxmetrics.records import Touchpoint

FORMAT: Final = "cxmetrics.journey_map"
VERSION: Final = 1
_TINY: Final = 1e-9

SCORE: Final = Gauge(title="score")
EMOTION: Final = Gauge(title={"en": "Emotion", "fr": "Émotion"}, unit="rating", low=-5.0, high=5.0)
"""Emotions from -5 to 5."""


def _journey(given: Any) -> Any:
    """Take a list of stages for a journey."""
    if isinstance(given, Journey | str) or not isinstance(given, Sequence):
        return given
    return Journey(id="journey", name="Journey", stages=tuple(given))


def _personas(given: Iterable[Persona | str]) -> tuple[Any, ...]:
    return tuple(Persona(id=one, name=one) if isinstance(one, str) else one for one in given)


def _tuple(given: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(given)


@frozen(kw_only=True, slots=False)
class JourneyMap:
    """A journey map (FR: carte du parcours client), from data or by hand.

    Nothing in it is computed: it holds what the drawing, the table, JSON and Mermaid show. Build it
    by hand in a workshop, without a single number if there is none, or with `JourneyMap.of` from
    scores, which then bring their intervals.

    Attributes:
        title: what the map is about.
        journey: the stages; a list of names is enough.
        touchpoints: in the usual order within a stage.
        personas: in the order of the drawing, names or `Persona`; found in the touchpoints if left
            out.
        channels: names of channels by language, and the order of the swimlanes; a channel that no
            touchpoint uses has an empty lane.
        stage_scores: a number a stage, with its own title and unit where it has them.
        score: what the scores of touchpoints are.
        emotion: what the emotions are.
        subtitle: below the title.
        notes: sentences to print below the drawing.
        cautions: what a reader has to know.

    Raises:
        DataError: a stage, persona or touchpoint is unknown or given twice, or a number is out of
            its range.

    Example:
        >>> workshop = JourneyMap(
        ...     title="Buying a phone",
        ...     journey=["before", "purchase"],
        ...     touchpoints=[
        ...         MapTouchpoint(id="Reads reviews", channel="Web", stage="before", emotions=1),
        ...         MapTouchpoint(id="Pays", channel="Web", stage="purchase", emotions=-2),
        ...     ],
        ... )
        >>> print(workshop)
        Buying a phone
             touchpoint     stage  channel  Emotion, all customers
          Reads reviews    before      Web                    1.00
                   Pays  purchase      Web                   −2.00
        >>> JourneyMap.from_json(workshop.to_json()) == workshop
        True
    """

    title: Text = field(converter=frozen_text)
    journey: Journey = field(converter=_journey)
    touchpoints: tuple[MapTouchpoint, ...] = field(converter=_tuple)
    personas: tuple[Persona, ...] = field(default=(), converter=_personas)
    channels: Mapping[str, Text] = field(factory=dict, converter=named_texts)
    stage_scores: Mapping[str, Figure] = field(factory=dict, converter=figures)
    score: Gauge = SCORE
    emotion: Gauge = EMOTION
    subtitle: Text = field(default="", converter=frozen_text)
    notes: tuple[Text, ...] = field(default=(), converter=frozen_texts)
    cautions: tuple[Caution, ...] = field(default=(), converter=_tuple)

    def __attrs_post_init__(self) -> None:
        check_text(self.title, "the title of the map")
        check_text(self.subtitle, "the subtitle of the map", blank="yes")
        for text in self.notes:
            check_text(text, "a note")
        for channel, text in self.channels.items():
            check_text(text, f"the name of channel {channel!r}")
        if not isinstance(self.journey, Journey):
            raise DataError(f"journey must be a Journey or a list of stages, not {self.journey!r}.")
        self._check_touchpoints()
        if not self.personas:
            found = dict.fromkeys(who for one in self.touchpoints for who in one.emotions if who)
            object.__setattr__(self, "personas", _personas(found))
        self._check_numbers()

    def _check_touchpoints(self) -> None:
        if not self.touchpoints:
            raise DataError("a map needs at least one touchpoint: touchpoints=[MapTouchpoint(…)].")
        seen = set()
        for one in self.touchpoints:
            if not isinstance(one, MapTouchpoint):
                raise DataError(f"touchpoints holds {one!r}: it takes MapTouchpoint(…).")
            if one.stage not in self.journey.stages:
                raise DataError(
                    f"touchpoint {one.id!r} is in stage {one.stage!r}, which {self.journey.id!r} "
                    f"does not have: {did_you_mean(one.stage, self.journey.stages)}"
                )
            if one.id in seen:
                raise DataError(
                    f"touchpoint {one.id!r} is given twice: a second visit needs an id of its own."
                )
            seen.add(one.id)

    def _check_numbers(self) -> None:
        for stage in self.stage_scores:
            if stage not in self.journey.stages:
                raise DataError(
                    f"stage_scores has {stage!r}, which is no stage: "
                    f"{did_you_mean(stage, self.journey.stages)}"
                )
        known = [persona.id for persona in self.personas]
        for persona in known:
            if known.count(persona) > 1:
                raise DataError(f"persona {persona!r} is given twice.")
        for one in self.touchpoints:
            if one.score is not None:
                _within(one.score, self.score, f"the score of {one.id!r}")
            for who, felt in one.emotions.items():
                if who != EVERYONE and who not in known:
                    raise DataError(
                        f"touchpoint {one.id!r} has an emotion of {who!r}, who is no persona of "
                        f"the map: {did_you_mean(who, known)}"
                    )
                _within(felt, self.emotion, f"the emotion at {one.id!r}")

    # -- asking ------------------------------------------------------------------------------------

    @property
    def ordered(self) -> tuple[MapTouchpoint, ...]:
        """The touchpoints by stage, in their order within each."""
        stages = self.journey.stages
        return tuple(sorted(self.touchpoints, key=lambda one: stages.index(one.stage)))

    @property
    def lanes(self) -> tuple[str, ...]:
        """The channels in the order of the swimlanes: those named first, then as they come."""
        return tuple(dict.fromkeys((*self.channels, *(one.channel for one in self.ordered))))

    @property
    def voices(self) -> tuple[str, ...]:
        """The ids of the personas that have emotions, and `EVERYONE` first if it has."""
        told = {who for one in self.touchpoints for who in one.emotions}
        return tuple(who for who in (EVERYONE, *(p.id for p in self.personas)) if who in told)

    def stage_name(self, stage: str, language: str = "en") -> str:
        """Return the name of a stage: its label in the language, or as it is."""
        labels = self.journey.labels
        base = language.split("-")[0].lower()
        tag = next((t for t in (language, *labels) if t in labels and t.split("-")[0] == base), "")
        return labels[tag][self.journey.stages.index(stage)] if tag else stage

    def persona_name(self, persona: str, language: str = "en") -> str:
        """Return the name of a persona: the dim `name_fr` holds the French one."""
        if persona == EVERYONE:
            return word("everyone", language)
        record = next(one for one in self.personas if one.id == persona)
        own = record.dims.get(f"name_{language.split('-')[0].lower()}")
        return own if isinstance(own, str) and own.strip() else record.name

    def channel_name(self, channel: str, language: str = "en") -> str:
        """Return the name of a channel."""
        return said(self.channels.get(channel, channel), language)

    def sheet(self, language: str = "en") -> Sheet:
        """Return the table behind the drawing: one row a touchpoint, then one a stage scored.

        Args:
            language: `"en"` or `"fr"`.
        """
        from cxmetrics.journeys.map_sheet import sheet_of  # it is long, and asks for the map

        return sheet_of(self, language)

    def mermaid(self, *, language: str = "en", numbers: str = "emotion", persona: str = "") -> str:
        """Return the map as Mermaid `journey` text; see `cxmetrics.journeys.mermaid`."""
        from cxmetrics.journeys.mermaid import mermaid

        return mermaid(self, language=language, numbers=numbers, persona=persona)

    def plot(self, kind: str | None = None, *, theme: str = "light", language: str = "en") -> Any:
        """Return the drawing (SVG); the extra `report` has to be installed.

        Args:
            kind: `"journey_map"`; plugins may add others.
            theme: `"light"`, `"dark"`, `"print"`, or `"auto"`, which follows the page.
            language: `"en"` or `"fr"`.

        Returns:
            An object with `.svg`, `.sheet` and `.save("map.svg")`; notebooks show it.
        """
        draw = registry.find("plot", kind or "journey_map").draw
        return draw(self, theme=theme, language=language)

    # -- from data, JSON ---------------------------------------------------------------------------

    @classmethod
    def of(
        cls,
        *,
        title: Text,
        journey: Journey | Sequence[str],
        touchpoints: Iterable[Touchpoint],
        scores: Scores | None = None,
        emotions: Scores | None = None,
        stages: Scores | Mapping[str, Any] | None = None,
        personas: Iterable[Persona] = (),
        channels: Mapping[str, Text] | None = None,
        irritants: Mapping[str, Sequence[Text]] | None = None,
        moments_of_truth: Iterable[str] = (),
        pain_points: Iterable[str] | PainRule = (),
        wows: Iterable[str] = (),
        subtitle: Text = "",
        notes: Iterable[Text] = (),
    ) -> Self:
        """Build a map from scores.

        Args:
            title: what the map is about.
            journey: the stages.
            touchpoints: records with a stage of the journey, in order. A dim `name_fr` is read as
                the French name.
            scores: by touchpoint.
            emotions: mean ratings by touchpoint, or by touchpoint and persona.
            stages: scores by stage, or a mapping from stage to `Score`, `Figure` or number; each
                keeps its own name and unit.
            personas: in the order of the drawing; ids where left out.
            channels: names by language, and the order of the swimlanes.
            irritants: texts by touchpoint.
            moments_of_truth: ids of touchpoints.
            pain_points: ids, or the `PainRule` that finds them and is told in the notes.
            wows: ids.
            subtitle: below the title.
            notes: sentences.

        Returns:
            The map. A group without a score has no number, never 0; groups of the scores that are
            not on the map are told by the caution UNMATCHED, small ones by SMALL_SAMPLE.

        Raises:
            DataError: an id is unknown, or the scores are not by touchpoint.
        """
        from cxmetrics.journeys.map_reading import read_map

        parts = read_map(
            journey=_journey(journey),
            touchpoints=tuple(touchpoints),
            scores=scores,
            emotions=emotions,
            stages=stages,
            personas=tuple(personas),
            irritants=irritants or {},
            moments_of_truth=tuple(moments_of_truth),
            pain_points=pain_points,
            wows=tuple(wows),
            notes=tuple(notes),
        )
        return cls(title=title, subtitle=subtitle, channels=channels or {}, **parts)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values, from which `from_dict` builds the same map."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "title": plain_text(self.title),
            "subtitle": plain_text(self.subtitle),
            "journey": self.journey.to_dict(),
            "personas": [persona.to_dict() for persona in self.personas],
            "channels": {key: plain_text(text) for key, text in self.channels.items()},
            "score": self.score.to_dict(),
            "emotion": self.emotion.to_dict(),
            "stage_scores": {key: one.to_dict() for key, one in self.stage_scores.items()},
            "touchpoints": [one.to_dict() for one in self.touchpoints],
            "notes": [plain_text(text) for text in self.notes],
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def to_json(self, *, indent: int | None = 2) -> str:
        """Return the map as JSON text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=indent)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build the map that `to_dict` wrote.

        Raises:
            DataError: it is no map, was written by a newer cxmetrics, or breaks a rule.
        """
        given: Any = data
        if not isinstance(given, Mapping) or given.get("format") != FORMAT:
            raise DataError(f"this is no journey map: it does not say format={FORMAT!r}.")
        if data.get("version") != VERSION:
            raise DataError(
                f"the map is of version {data.get('version')!r}, this cxmetrics reads {VERSION}: "
                "update cxmetrics."
            )
        parts = {key: value for key, value in data.items() if key not in ("format", "version")}
        for key in parts:
            if key not in _KEYS:
                raise DataError(f"{key!r} is no part of a journey map: {did_you_mean(key, _KEYS)}")
        for key in ("title", "journey", "touchpoints"):
            if key not in parts:
                raise DataError(f"the map has no {key!r}.")
        readers: dict[str, Callable[[Any], Any]] = {
            "journey": lambda value: (
                Journey.from_dict(value) if isinstance(value, Mapping) else value
            ),
            "personas": lambda value: [
                Persona.from_dict(one) if isinstance(one, Mapping) else one for one in value
            ],
            "touchpoints": lambda value: [MapTouchpoint.from_dict(one) for one in value],
            "score": lambda value: Gauge(**value),
            "emotion": lambda value: Gauge(**value),
            "cautions": lambda value: [Caution(one["code"], one["message"]) for one in value],
        }
        for key, read in readers.items():
            if key in parts:
                parts[key] = read(parts[key])
        return cls(**parts)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Build the map that `to_json` wrote.

        Raises:
            DataError: the text is no JSON, or no map.
        """
        try:
            data = json.loads(text)
        except ValueError as error:
            raise DataError(f"this is no JSON: {error}.") from error
        return cls.from_dict(data)

    def __str__(self) -> str:
        return str(self.sheet())

    def _repr_html_(self) -> str:
        return self.sheet().html()


_KEYS: Final = tuple(part.name for part in fields(JourneyMap))


def _within(figure: Figure, gauge: Gauge, where: str) -> None:
    if figure.unit not in ("", gauge.unit):
        raise DataError(
            f"{where} is in {figure.unit}, the others in {gauge.unit}: one map shows one kind of "
            "number at its touchpoints."
        )
    low, high = figure.ends
    for value in (low, figure.value, high):
        if not gauge.low - _TINY <= value <= gauge.high + _TINY:
            raise DataError(
                f"{where} is {value:g}, outside {gauge.low:g} to {gauge.high:g}: say what the "
                "numbers are with score=Gauge(…) or emotion=Gauge(…)."
            )
