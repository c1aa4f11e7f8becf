"""Charts that remember: CUSUM and EWMA find small shifts that no single period shows."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any, Literal

from attrs import asdict, frozen

from cxmetrics.errors import Caution, UsageError
from cxmetrics.metrics import Scores
from cxmetrics.metrics.text import number
from cxmetrics.stats import charts
from cxmetrics.stats.power import positive
from cxmetrics.summaries import Label
from cxmetrics.trends.control import ControlChart, ControlPoint, control_chart


@frozen(kw_only=True)
class CusumPoint:
    """One period of a CUSUM.

    Attributes:
        label: the period.
        z: its distance from the target, in sigmas.
        up: the sum of what lay above, less the slack.
        down: of what lay below.
        signal: which sum is over the decision limit.
    """

    label: Label
    z: float
    up: float
    down: float
    signal: Literal["up", "down"] | None


@frozen(kw_only=True)
class Cusum:
    """Cumulative sums of a score over time.

    Attributes:
        title: the metric.
        unit: of the target.
        dim: the dimension of time.
        target: what the score should be.
        slack: k, in sigmas.
        limit: h, in sigmas.
        points: the periods that have answers.
        cautions: what a reader has to know.
    """

    title: str
    unit: str
    dim: str
    target: float
    slack: float
    limit: float
    points: tuple[CusumPoint, ...]
    cautions: tuple[Caution, ...] = ()

    @property
    def first(self) -> CusumPoint | None:
        """The first period with a signal."""
        return next((point for point in self.points if point.signal), None)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {**asdict(self), "first": None if self.first is None else self.first.label}

    def __str__(self) -> str:
        found = self.first
        news = "no signal" if found is None else f"first signal {found.label} ({found.signal})"
        return "\n".join(
            [
                (
                    f"CUSUM of {self.title} by {self.dim}, "
                    f"target {number(self.target, self.unit)}: "
                    f"{news}  (k = {self.slack:g}, h = {self.limit:g})"
                ),
                *(f"  ! {caution}" for caution in self.cautions),
            ]
        )


def cusum(
    scores: Scores,
    *,
    target: float | None = None,
    slack: float = 0.5,
    limit: float = 5.0,
    baseline: int | Sequence[Label] | None = None,
) -> Cusum:
    """Sum up how far a score lies from its target, and signal when it goes on for too long.

    `C+ = max(0, C+ + z - k)`, `C- = max(0, C- - z - k)`; a signal where one is over h. Sigmas are
    those of `control_chart`. With k = .5 and h = 5 a shift of one sigma is found in about 10
    periods, and a calm series signals once in about 465. Page 1954; Montgomery.

    Args:
        scores: by one column of time.
        target: what the score should be; the score of the baseline if left out.
        slack: k, half the shift to be found, in sigmas.
        limit: h.
        baseline: see `control_chart`.

    Raises:
        DataError: fewer than 3 periods have answers, or no answer differs.
        UsageError: slack or limit are not above 0, or the scores have several dimensions.

    Example:
        >>> from cxmetrics import csat
        >>> ratings = ([5, 5, 2, 4] * 10) * 8 + ([5, 2, 2, 4] * 10) * 6
        >>> weeks = [f"2026-W{week:02}" for week in range(1, 15) for _ in range(40)]
        >>> found = cusum(csat(ratings, by=weeks), baseline=8)
        >>> found.first.label, found.first.signal
        ('2026-W10', 'down')
    """
    positive(slack=slack, limit=limit)
    chart = control_chart(scores, baseline=baseline)
    aim = _aim(chart, target)
    seen = answered(chart)
    z = [(value - aim) / sigma for _, value, sigma in seen]
    sums = charts.cusum(z, slack=slack)
    points = tuple(
        CusumPoint(
            label=point.label,
            z=own,
            up=up,
            down=down,
            signal="up" if up > limit else "down" if down > limit else None,
        )
        for (point, _, _), own, up, down in zip(
            seen, z, sums.up.tolist(), sums.down.tolist(), strict=True
        )
    )
    return Cusum(
        title=chart.title,
        unit=chart.unit,
        dim=chart.dim,
        target=aim,
        slack=slack,
        limit=limit,
        points=points,
        cautions=chart.cautions,
    )


def _aim(chart: ControlChart, target: float | None) -> float:
    """Return the target, or the centre of the chart."""
    if target is not None and not isfinite(target):
        raise UsageError(f"a target is a finite number, not {target!r}.")
    return chart.centre if target is None else float(target)


def answered(chart: ControlChart) -> list[tuple[ControlPoint, float, float]]:
    """Return the periods of a chart that have a value, with value and sigma."""
    return [
        (point, point.value, point.sigma)
        for point in chart.points
        if point.value is not None and point.sigma is not None
    ]


@frozen(kw_only=True)
class EwmaPoint:
    """One period of an EWMA.

    Attributes:
        label: the period.
        value: the score.
        mean: the weighted average so far.
        low: the lower limit of the average.
        high: the upper limit.
    """

    label: Label
    value: float
    mean: float
    low: float
    high: float

    @property
    def out(self) -> bool:
        """Whether the average is outside its limits."""
        return not self.low <= self.mean <= self.high


@frozen(kw_only=True)
class Ewma:
    """An exponentially weighted moving average of a score.

    Attributes:
        title: the metric.
        unit: of the score.
        dim: the dimension of time.
        target: where it starts, and what the limits lie around.
        weight: of the newest period.
        width: of the limits, in standard deviations of the average.
        points: the periods that have answers.
        cautions: what a reader has to know.
    """

    title: str
    unit: str
    dim: str
    target: float
    weight: float
    width: float
    points: tuple[EwmaPoint, ...]
    cautions: tuple[Caution, ...] = ()

    @property
    def out(self) -> tuple[EwmaPoint, ...]:
        """The periods at which the average is outside its limits."""
        return tuple(point for point in self.points if point.out)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        found = asdict(self)
        for own, point in zip(found["points"], self.points, strict=True):
            own["out"] = point.out
        return found

    def __str__(self) -> str:
        last = self.points[-1]
        return "\n".join(
            [
                (
                    f"EWMA of {self.title} by {self.dim}: {number(last.mean, self.unit)} at "
                    f"{last.label}, {len(self.out)} of {len(self.points)} periods outside  "
                    f"(weight {self.weight:g}, target {number(self.target, self.unit)})"
                ),
                *(f"  ! {caution}" for caution in self.cautions),
            ]
        )


def ewma(
    scores: Scores,
    *,
    target: float | None = None,
    weight: float = 0.2,
    width: float = 3.0,
    baseline: int | Sequence[Label] | None = None,
) -> Ewma:
    """Smooth a score over time, with limits for the smoothed line.

    `E_t = weight * score_t + (1 - weight) * E_(t-1)`, starting at the target; limits `target ±
    width * sd(E_t)` that widen over the first periods, each period with its own answers. Roberts
    1959.

    Args:
        scores: by one column of time.
        target: what the score should be; the score of the baseline if left out.
        weight: of the newest period, .1 to .2 for small shifts.
        width: of the limits.
        baseline: see `control_chart`.

    Raises:
        DataError: fewer than 3 periods have answers, or no answer differs.
        UsageError: weight or width make no sense, or the scores have several dimensions.

    Example:
        >>> from cxmetrics import csat
        >>> ratings = ([5, 5, 2, 4] * 10) * 8 + ([5, 2, 2, 4] * 10) * 6
        >>> weeks = [f"2026-W{week:02}" for week in range(1, 15) for _ in range(40)]
        >>> ewma(csat(ratings, by=weeks), baseline=8).out[0].label
        '2026-W10'
    """
    positive(width=width)
    chart = control_chart(scores, baseline=baseline)
    aim = _aim(chart, target)
    seen = answered(chart)
    smoothed = charts.ewma(
        [value for _, value, _ in seen], [sigma for *_, sigma in seen], target=aim, weight=weight
    )
    points = tuple(
        EwmaPoint(
            label=point.label,
            value=value,
            mean=mean,
            low=aim - width * sigma,
            high=aim + width * sigma,
        )
        for (point, value, _), mean, sigma in zip(
            seen, smoothed.mean.tolist(), smoothed.sigma.tolist(), strict=True
        )
    )
    return Ewma(
        title=chart.title,
        unit=chart.unit,
        dim=chart.dim,
        target=aim,
        weight=weight,
        width=width,
        points=points,
        cautions=chart.cautions,
    )
