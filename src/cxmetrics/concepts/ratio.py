"""Ratios of positive to negative emotions: of all, by group, and one over another."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any, Final

from attrs import asdict, frozen

from cxmetrics.concepts.breakdown import Group, group_name
from cxmetrics.concepts.estimate import Estimate
from cxmetrics.errors import Caution
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import count, level_text, limits, number, p_text
from cxmetrics.stats.intervals import Interval

_MOST_TOLD: Final = 6


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


@frozen(kw_only=True)
class EmotionRatios:
    """The emotion ratio, of all and by group.

    Attributes:
        overall: of all.
        groups: by group; empty without groups.
        factors: every two groups compared, adjusted by Holm; where emotions are not independent,
            only groups that have both kinds.
        benchmark: the ratio to compare with, if one was given.
        missing: rows without an answer.
        level: the confidence level.
        method: how the intervals were made, in a sentence.
        cautions: what a reader has to know.
    """

    overall: EmotionRatio
    groups: Mapping[Group, EmotionRatio]
    factors: tuple[Factor, ...]
    benchmark: float | None
    missing: int
    level: float
    method: str
    cautions: tuple[Caution, ...]

    @property
    def title(self) -> str:
        """The news in one line."""
        missing = f", {count(self.missing)} missing" if self.missing else ""
        return (
            f"Emotion ratio {self.overall.text}  ({level_text(self.level)} interval "
            f"{self.overall.interval_text}; n = {count(self.overall.n)} emotions{missing})"
        )

    def sheet(self) -> Sheet:
        """Return the table."""
        head = ["group", "ratio", "interval", "net", "interval", "counts", "neutral"]
        rows = []
        for name, one in (
            ("all", self.overall),
            *((group_name(group), one) for group, one in self.groups.items()),
        ):
            net, ends, _ = one.net.texts()
            both = f"{_count(one.positive)} : {_count(one.negative)}"
            neutral = "–" if one.neutral is None else _count(one.neutral)
            row = [name, one.text, one.interval_text, net, ends, both, neutral]
            if self.benchmark is not None:
                row.insert(3, "–" if one.p_value is None else p_text(one.p_value))
            rows.append(row)
        if self.benchmark is not None:
            head.insert(3, f"against {self.benchmark:g} : 1")
        told = [str(one) for one in self.factors if one.significant]
        more = [f"and {len(told) - _MOST_TOLD} more"] if len(told) > _MOST_TOLD else []
        return Sheet(
            title=self.title,
            head=head,
            rows=rows,
            notes=(self.method, *told[:_MOST_TOLD], *more),
            cautions=self.cautions,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "overall": self.overall.to_dict(),
            "groups": [{"group": group, **one.to_dict()} for group, one in self.groups.items()],
            "factors": [one.to_dict() for one in self.factors],
            "benchmark": self.benchmark,
            "missing": self.missing,
            "level": self.level,
            "method": self.method,
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __str__(self) -> str:
        return str(self.sheet())

    def _repr_html_(self) -> str:
        return self.sheet().html()


def _count(value: float) -> str:
    return count(int(value)) if float(value).is_integer() else count(value)
