"""A touchpoint as it stands on a journey map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Self

from attrs import field, frozen

from cxmetrics.errors import DataError, did_you_mean
from cxmetrics.journeys.figure import Figure, figures
from cxmetrics.journeys.wording import Text, check_text, frozen_text, frozen_texts, plain_text
from cxmetrics.records._base import FrozenMap

EVERYONE: Final = ""
"""The persona of an emotion that is not told by persona."""

MARKS: Final = ("moment_of_truth", "pain_point", "wow")

_FIELDS: Final = ("id", "name", "channel", "stage", "score", "emotions", *MARKS, "irritants")


def _emotions(given: Any) -> FrozenMap[Figure]:
    if isinstance(given, Mapping):
        return figures(given)
    return figures({} if given is None else {EVERYONE: given})


def _score(given: Any) -> Figure | None:
    return None if given is None else Figure.read(given)


def _irritants(given: str | Iterable[Text]) -> tuple[Text, ...]:
    return frozen_texts([given] if isinstance(given, str) else given)


@frozen(kw_only=True)
class MapTouchpoint:
    """A touchpoint on a journey map; only id, channel and stage are needed.

    Attributes:
        id: its id, distinct within a map.
        name: what people call it, or by language; the id if left out.
        channel: the swimlane it stands in (FR: canal).
        stage: the stage of the journey (FR: étape).
        score: a number, `(value, low, high)`, a `Figure` or a `Score`; in the map's `score` gauge.
        emotions: one of these by persona; without personas one alone, for all customers.
        moment_of_truth: whether it decides what customers keep in mind (FR: moment de vérité).
        pain_point: whether it hurts (FR: point de douleur).
        wow: whether it delights beyond what was expected (FR: enchantement).
        irritants: what annoys here, in the customers' words.

    Raises:
        DataError: a field is blank, or holds something else.

    Example:
        >>> pays = MapTouchpoint(id="Pays", channel="Web", stage="Purchase", emotions=-2)
        >>> pays.name, pays.emotions[EVERYONE].value
        ('Pays', -2.0)
    """

    id: str
    name: Text = field(default="", converter=frozen_text)
    channel: str
    stage: str
    score: Figure | None = field(default=None, converter=_score)
    emotions: Mapping[str, Figure] = field(default=None, converter=_emotions)
    moment_of_truth: bool = False
    pain_point: bool = False
    wow: bool = False
    irritants: tuple[Text, ...] = field(default=(), converter=_irritants)

    def __attrs_post_init__(self) -> None:
        if isinstance(self.name, str) and not self.name.strip():
            object.__setattr__(self, "name", self.id)
        for name in ("id", "channel", "stage"):
            given = getattr(self, name)
            if not isinstance(given, str) or not given.strip():
                raise DataError(f"{name} of touchpoint {self.id!r} must be text that is not blank.")
        check_text(self.name, f"the name of touchpoint {self.id!r}")
        for mark in MARKS:
            if not isinstance(getattr(self, mark), bool):
                raise DataError(f"{mark} of touchpoint {self.id!r} must be True or False.")
        for text in self.irritants:
            check_text(text, f"an irritant of touchpoint {self.id!r}")

    @property
    def marks(self) -> tuple[str, ...]:
        """Those that are set, of `moment_of_truth`, `pain_point` and `wow`."""
        return tuple(mark for mark in MARKS if getattr(self, mark))

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values; what is not there is left out."""
        found: dict[str, Any] = {"id": self.id}
        if self.name != self.id:
            found["name"] = plain_text(self.name)
        found |= {"channel": self.channel, "stage": self.stage}
        if self.score is not None:
            found["score"] = self.score.to_dict()
        if self.emotions:
            found["emotions"] = {who: felt.to_dict() for who, felt in self.emotions.items()}
        found |= dict.fromkeys(self.marks, True)
        if self.irritants:
            found["irritants"] = [plain_text(text) for text in self.irritants]
        return found

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build the touchpoint that `to_dict` wrote.

        Raises:
            DataError: a key is missing or unknown.
        """
        for key in data:
            if key not in _FIELDS:
                raise DataError(
                    f"{key!r} is no field of a touchpoint: {did_you_mean(key, _FIELDS)}"
                )
        for key in ("id", "channel", "stage"):
            if key not in data:
                raise DataError(f"touchpoint {data.get('id', '')!r} has no {key}.")
        return cls(**data)
