"""When a touchpoint is a pain point: a rule one can read."""

from __future__ import annotations

from attrs import frozen

from cxmetrics.errors import UsageError
from cxmetrics.journeys.figure import Gauge
from cxmetrics.journeys.map_touchpoint import MapTouchpoint
from cxmetrics.journeys.wording import amount, said, word


@frozen(kw_only=True)
class PainRule:
    """A touchpoint hurts where a number *and its whole interval* lie beyond a limit.

    So no touchpoint is called a pain point by chance alone (at the level of the interval, a
    touchpoint at a time); a number without interval is taken as it is.

    Attributes:
        score: the limit of the score: below it, or above it where less is better.
        emotion: the limit of the emotion; one persona is enough.

    Example:
        >>> rule = PainRule(emotion=0)
        >>> sore = MapTouchpoint(id="Waits", channel="Phone", stage="help", emotions=(-1, -2, -0.2))
        >>> unsure = MapTouchpoint(id="Pays", channel="Web", stage="buy", emotions=(-1, -2, 0.4))
        >>> rule.holds(sore, Gauge(title="score")), rule.holds(unsure, Gauge(title="score"))
        (True, False)
    """

    score: float | None = None
    emotion: float | None = None

    def __attrs_post_init__(self) -> None:
        if self.score is None and self.emotion is None:
            raise UsageError("a PainRule needs a limit: PainRule(score=60) or PainRule(emotion=0).")

    def holds(self, one: MapTouchpoint, score: Gauge) -> bool:
        """Say whether a touchpoint is a pain point."""
        if self.score is not None and one.score is not None:
            low, high = one.score.ends
            if (low > self.score) if score.direction == "lower" else (high < self.score):
                return True
        return self.emotion is not None and any(
            felt.ends[1] < self.emotion for felt in one.emotions.values()
        )

    def text(self, score: Gauge, emotion: Gauge, language: str) -> str:
        """Return the rule in a sentence or two."""
        parts = []
        if self.score is not None:
            key = "pain score above" if score.direction == "lower" else "pain score"
            limit = amount(self.score, score.unit, language)
            parts.append(word(key, language, title=said(score.title, language), limit=limit))
        if self.emotion is not None:
            limit = amount(self.emotion, emotion.unit, language)
            parts.append(word("pain emotion", language, limit=limit))
        return " ".join(parts)
