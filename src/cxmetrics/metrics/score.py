"""A score: a number that keeps its evidence and can be asked again."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from math import isnan
from typing import TYPE_CHECKING, Any, Self

from attrs import asdict, field, frozen

from cxmetrics.errors import Caution, IntervalError, UsageError
from cxmetrics.metrics._base import Metric, metric_of
from cxmetrics.metrics.comparison import Comparison
from cxmetrics.metrics.text import count, group_text, level_text, limits, number
from cxmetrics.plugins import registry
from cxmetrics.stats.compare import difference
from cxmetrics.stats.distributions import check_level
from cxmetrics.stats.intervals import Interval, IntervalMethod, default_method, interval_of
from cxmetrics.stats.sample import Sample
from cxmetrics.summaries import Label, Tally

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SMALL = 30
"""Under this many answers a score carries the caution SMALL_SAMPLE."""


@frozen(slots=False, eq=False)
class Score:
    """One metric of one group.

    Attributes:
        metric: what was computed.
        tally: the answers it was computed from.
        group: the labels of the group; empty for all.
        level: the confidence level used when none is asked for.
        interval_method: the method used when none is asked for; None for the metric's default.

    Example:
        >>> from cxmetrics import nps
        >>> score = nps([10, 9, 9, 8, 7, 10, 3, None])
        >>> round(score.value, 1), score.n, score.n_missing
        (42.9, 7, 1)
        >>> print(score)
        NPS +42.9  (95 % interval −16.4 to +76.4; n = 7, 1 missing)
          detractors 14 % · passives 29 % · promoters 57 %
          ! SMALL_SAMPLE: 7 answers, under 30: read the interval, not the score.
        >>> score == Score.from_dict(score.to_dict())
        True
    """

    metric: Metric
    tally: Tally
    group: Mapping[str, Label] = field(factory=dict)
    level: float = field(default=0.95, kw_only=True)
    interval_method: str | None = field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        check_level(self.level)
        if self.interval_method is not None:
            registry.find("interval", self.interval_method)

    @cached_property
    def sample(self) -> Sample:
        """The evidence in the form that `cxmetrics.stats` works on."""
        return self.metric.sample(self.tally)

    @property
    def value(self) -> float:
        """The score, in the metric's unit; NaN where it is undefined or suppressed."""
        return self.sample.estimate

    @property
    def defined(self) -> bool:
        """Whether there is a score at all."""
        return not isnan(self.value)

    @property
    def standard_error(self) -> float:
        """The standard error, in the metric's unit; NaN without spread to see (n < 2).

        Unweighted shares and net scores: multinomial, divisor n. Means: s / sqrt(n). With weights,
        units or strata: linearised (Taylor).
        """
        few = self.n < 2 or not self.defined
        return float("nan") if few else self.sample.standard_error

    @property
    def n(self) -> int:
        """Valid answers."""
        return self.tally.n

    @property
    def n_missing(self) -> int:
        """Ratings asked for and not given: neither zero nor passive, simply not there."""
        return self.tally.missing

    @property
    def n_off_scale(self) -> int:
        """Ratings set aside because they are no point of the scale."""
        return self.tally.off_scale

    @property
    def n_effective(self) -> float:
        """Answers divided by the design effect."""
        return self.sample.n_effective

    @property
    def deff(self) -> float:
        """Design effect of weights (Kish), or of weights, units and strata together."""
        return self.sample.deff

    @property
    def share(self) -> NDArray[np.float64]:
        """Shape (points,): weighted share of each point, 0 to 1."""
        return self.tally.share

    @cached_property
    def parts(self) -> dict[str, float]:
        """Weighted share, 0 to 1, of each named part, bad end first (or of each point)."""
        shares = dict(zip(self.tally.scale.points, self.share.tolist(), strict=True))
        if not self.metric.parts:
            return {f"{point:g}": share for point, share in shares.items()}
        return {part.name: sum(shares[p] for p in part.points) for part in self.metric.parts}

    def interval(self, level: float | None = None, *, method: str | None = None) -> Interval:
        """Return the confidence interval.

        Args:
            level: the confidence level; the score's own if left out.
            method: a method name (`cxmetrics.stats.intervals`); the score's own if left out.

        Raises:
            IntervalError: there are fewer than 2 answers, or the group is suppressed.
            UsageError: the method does not fit.
        """
        return interval_of(
            self.sample,
            level=self.level if level is None else level,
            method=method or self.interval_method,
        )

    @cached_property
    def _own_interval(self) -> Interval | None:
        try:
            return self.interval()
        except IntervalError:
            return None

    @property
    def interval_or_none(self) -> Interval | None:
        """The default interval, or None where there can't be one (a caution says why)."""
        return self._own_interval

    def compare(
        self, other: Score, *, level: float | None = None, method: str | None = None
    ) -> Comparison:
        """Return this score minus another, with interval and test.

        Args:
            other: a score of the same metric.
            level: the confidence level; the score's own if left out.
            method: see `cxmetrics.stats.compare.difference`.

        Raises:
            IntervalError: a group has fewer than 2 answers.
            UsageError: the metrics differ, or the method does not fit.
        """
        if self.metric != other.metric:
            raise UsageError(
                f"{self.metric.name} and {other.metric.name} (or their options) differ: "
                "only scores of one metric can be compared."
            )
        found = difference(
            self.sample, other.sample, level=self.level if level is None else level, method=method
        )
        return Comparison(self.group, other.group, self.metric.unit, found)

    @cached_property
    def cautions(self) -> tuple[Caution, ...]:
        """What a reader of the number has to know."""
        return (*self.metric.about_data, *self.metric.cautions, *_cautions(self))

    @property
    def method(self) -> str:
        """How the number was made, in sentences."""
        made = [self.metric.formula or self.metric.title]
        weighted = ", weighted" if self.tally.weighted else ""
        answers = "1 answer" if self.n == 1 else f"{count(self.n)} answers"
        made.append(f"{answers} on {self.tally.scale}{weighted}.")
        design = self.tally.design
        if design is not None:
            units, strata = int(design.units.sum()), len(design.strata)
            grouped = f" in {strata} strata" if design.strata != (None,) else ""
            finite = " of a finite population" if design.population is not None else ""
            made.append(
                f"Variance from {count(units)} units{grouped}{finite} (Taylor linearisation), "
                f"design effect {self.deff:.2f}."
            )
            if design.calibration is not None:
                made.append(
                    f"Weights calibrated on {', '.join(design.calibration.margins)}: the variance "
                    "is that of the residuals (Deville & Särndal 1992)."
                )
        elif self.tally.weighted:
            made.append(f"Effective sample size {count(self.n_effective)} (Kish).")
        if self.interval_or_none is not None:
            used = self.interval_or_none.method
            asked: IntervalMethod = registry.find(
                "interval", self.interval_method or default_method(self.sample)
            )
            made.append(
                f"{level_text(self.level)} interval: {asked.title} ({asked.reference})."
                if used == asked.name
                else f"No spread is seen: {level_text(self.level)} interval from the "
                f"{'Jeffreys' if self.sample.kind == 'smooth' else 'Clopper-Pearson'} upper limit "
                "for the share of answers that differ."
            )
        return " ".join(made)

    def plot(self, kind: str | None = None) -> Any:
        """Return a chart (altair); the extra `report` has to be installed.

        Args:
            kind: `"shares"` or `"distribution"` (the default); plugins may add others.
        """
        return registry.find("plot", kind or "distribution").draw(self)

    def summary(self) -> dict[str, Any]:
        """Return the score as the stable JSON object, without the evidence.

        What is undefined or hidden is None, never 0.
        """
        interval = self.interval_or_none
        return {
            "metric": self.metric.name,
            "group": dict(self.group),
            "value": _finite(self.value),
            "unit": self.metric.unit,
            "interval": None if interval is None else interval.to_dict(),
            "standard_error": _finite(self.standard_error),
            "n": None if self.tally.suppressed else self.n,
            "n_missing": None if self.tally.suppressed else self.n_missing,
            "n_effective": None if self.tally.suppressed else _finite(self.n_effective),
            "deff": _finite(self.deff),
            "parts": {name: _finite(share) for name, share in self.parts.items()},
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the stable JSON object plus the evidence, from which `from_dict` rebuilds it."""
        return {
            **self.summary(),
            "evidence": {
                "metric": self.metric.to_dict(),
                "tally": self.tally.to_dict(),
                "level": self.level,
                "method": self.interval_method,
                "cautions": [asdict(caution) for caution in self.metric.about_data],
            },
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild the score that `to_dict` wrote.

        Raises:
            NotFoundError: its metric is not registered here.
        """
        evidence = data["evidence"]
        return cls(
            metric_of(evidence),
            Tally.from_dict(evidence["tally"]),
            dict(data["group"]),
            level=evidence["level"],
            interval_method=evidence["method"],
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Score) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]  # holds arrays: equal by value, not hashable

    def __str__(self) -> str:
        unit = self.metric.unit
        group = f"{group_text(self.group)}: " if self.group else ""
        if not self.defined:
            head = f"{group}{self.metric.title} not defined  (n = {self.n_text}{self._gaps()})"
        else:
            interval = self.interval_or_none
            about = (
                "no interval"
                if interval is None
                else f"{level_text(interval.level)} interval "
                f"{limits(interval.low, interval.high, unit)}"
            )
            head = (
                f"{group}{self.metric.title} {number(self.value, unit)}  "
                f"({about}; n = {count(self.n)}{self._gaps()})"
            )
        lines = [head]
        if self.defined and self.metric.parts:
            lines.append("  " + " · ".join(f"{k} {100 * v:.0f} %" for k, v in self.parts.items()))
        lines += [f"  ! {caution}" for caution in self.cautions]
        return "\n".join(lines)

    @property
    def n_text(self) -> str:
        """The number of answers as people read it; hidden where the group is suppressed."""
        return "hidden" if self.tally.suppressed else count(self.n)

    def _gaps(self) -> str:
        effective = f", effective {count(self.n_effective)}" if self.deff > 1.005 else ""
        missing = f", {count(self.n_missing)} missing" if self.n_missing else ""
        off = f", {count(self.n_off_scale)} off scale" if self.n_off_scale else ""
        return f"{effective}{missing}{off}"

    def __repr__(self) -> str:
        group = f" {group_text(self.group)}:" if self.group else ""
        return (
            f"<Score{group} {self.metric.name} {number(self.value, self.metric.unit)}, n={self.n}>"
        )

    def _repr_html_(self) -> str:
        from cxmetrics.metrics.card import card  # only notebooks draw cards

        return card(self)


def _finite(value: float) -> float | None:
    """Return a number as JSON can hold it: an undefined one is null."""
    return None if isnan(value) else float(value)


def _cautions(score: Score) -> list[Caution]:
    tally, found = score.tally, []
    if tally.suppressed:
        return [
            Caution("SUPPRESSED", "hidden, so that nobody can be singled out in a small group.")
        ]
    if tally.n == 0 or not score.defined:
        return [Caution("NO_ANSWERS", "no valid answer (or no weight): the score is undefined.")]
    if score.interval_or_none is None:
        found.append(Caution("NO_INTERVAL", "too few answers or units for an interval."))
    if tally.n < SMALL:
        plural = "answer" if tally.n == 1 else "answers"
        found.append(
            Caution(
                "SMALL_SAMPLE",
                f"{tally.n} {plural}, under {SMALL}: read the interval, not the score.",
            )
        )
    elif score.n_effective < SMALL:
        found.append(
            Caution(
                "LOW_EFFECTIVE_N",
                f"{tally.n} answers are worth only {score.n_effective:.0f} independent ones.",
            )
        )
    if tally.deff > 2:
        found.append(
            Caution(
                "EXTREME_WEIGHTS",
                f"unequal weights multiply the variance by {tally.deff:.1f}: trim them, or weight "
                "on fewer variables.",
            )
        )
    if score.sample.unanimous and tally.n > 1:
        found.append(
            Caution(
                "UNANIMOUS", "all answers are worth the same: the interval is a cautious bound."
            )
        )
    if tally.off_scale:
        found.append(
            Caution(
                "OFF_SCALE",
                f"{count(tally.off_scale)} off the scale {tally.scale}, set aside.",
            )
        )
    if tally.scale.converted:
        found.append(
            Caution(
                "CONVERTED_SCALE",
                f"ratings converted {tally.scale.converted}: don't compare with ratings that were "
                "given on this scale.",
            )
        )
    used = [p for p, c in zip(tally.scale.points, tally.counts, strict=True) if c]
    middle = (tally.scale.low + tally.scale.high) / 2
    if tally.n >= SMALL and tally.scale.size >= 7 and used[-1] <= middle:
        found.append(
            Caution(
                "SUSPECT_SCALE",
                f"no rating above {used[-1]:g} on {tally.scale}: was a shorter scale used?",
            )
        )
    return found
