"""A ratio of positive to negative emotions, and one ratio over another."""

from __future__ import annotations

from math import isfinite
from typing import Any

from attrs import asdict, frozen

from cxmetrics.concepts.estimate import Estimate
from cxmetrics.metrics.text import limits, number, p_text
from cxmetrics.stats.intervals import Interval


@frozen(kw_only=True)
class EmotionRatio:
    """Positive emotions for one negative.

    Attributes:
        value: the ratio; infinite where there is no negative emotion, NaN where there is none at
            all.
        interval: of the ratio; its upper limit is infinite without a negative emotion.
        positive: positive emotions, weighted where weights are given.
        negative: negative ones.
        neutral: answers that are neither; None where that can't be told.
        n: emotions, positive and negative, not weighted.
        respondents: who they come from.
        net: (positive - negative) / (positive + negative), in points.
        p_value: of the test against the benchmark, adjusted for the number of groups; None without
            benchmark.
    """

    value: float
    interval: Interval | None
    positive: float
    negative: float
    neutral: float | None
    n: int
    respondents: int
    net: Estimate
    p_value: float | None = None

    @property
    def text(self) -> str:
        """The ratio in words, such as `"3.0 : 1"`."""
        return _ratio_text(self.value)

    @property
    def interval_text(self) -> str:
        """The interval in words."""
        own = self.interval
        if own is None:
            return "–"
        if not isfinite(own.high):
            return f"{own.low:.1f} or more"
        return f"{own.low:.1f} to {own.high:.1f}"

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values; what is infinite or does not exist is None."""
        known = asdict(self)
        own = known["interval"]
        if own is not None and not isfinite(own["high"]):
            known["interval"] = {**own, "high": None}
        return {**known, "value": _finite(self.value), "net": self.net.to_dict()}


def _ratio_text(value: float) -> str:
    if value != value:
        return "–"
    return f"{value:.1f} : 1" if isfinite(value) else "no negative"


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


@frozen(kw_only=True)
class Factor:
    """The ratio of one group over that of another.

    Attributes:
        name: what is compared.
        value: the first ratio divided by the second.
        interval: of that factor.
        p_value: of this one alone.
        p_adjusted: for the number of comparisons.
    """

    name: str
    value: float
    interval: Interval
    p_value: float
    p_adjusted: float | None = None

    @property
    def significant(self) -> bool:
        """Whether the adjusted p-value is at most 1 minus the level."""
        return self.p_adjusted is not None and self.p_adjusted <= 1 - self.interval.level

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {**asdict(self), "significant": self.significant}

    def __str__(self) -> str:
        ends = limits(self.interval.low, self.interval.high, "rating")
        p = "" if self.p_adjusted is None else f"; {p_text(self.p_adjusted)}"
        return f"{self.name}: × {number(self.value, 'rating')} ({ends}{p})"
