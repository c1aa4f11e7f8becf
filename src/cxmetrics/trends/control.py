"""The control chart: which periods are further from the centre than chance alone takes them."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Any, Final

import numpy as np
from attrs import asdict, frozen

from cxmetrics.errors import Caution, DataError, UsageError, did_you_mean
from cxmetrics.metrics import Scores
from cxmetrics.metrics.text import count, limits, number
from cxmetrics.plugins import registry
from cxmetrics.stats.charts import between_periods
from cxmetrics.summaries import Label
from cxmetrics.trends.series import THIN, Series, run_text

_LEAST: Final = 3  # of two periods none can lie outside
_FEW: Final = 12
_WIDTH: Final = 3.0


@frozen(kw_only=True)
class ControlPoint:
    """One period.

    Attributes:
        label: the period.
        n: answers.
        value: the score; None without answers.
        sigma: its standard deviation, chance within and between the periods; None without answers.
        low: the lower limit.
        high: the upper limit.
        z: distance from the centre, in sigmas.
        baseline: whether centre and limits come from it.
    """

    label: Label
    n: int
    value: float | None
    sigma: float | None
    low: float | None
    high: float | None
    z: float | None
    baseline: bool

    @property
    def out(self) -> bool:
        """Whether it lies outside its limits."""
        return self.z is not None and abs(self.z) > _WIDTH


@frozen(kw_only=True)
class ControlChart:
    """A score over time between the limits that chance draws.

    Attributes:
        metric: the name of the metric.
        title: the same for people.
        unit: of the score.
        dim: the dimension of time.
        centre: the score of the baseline.
        sigma_z: how much more periods differ than their answers explain; 1 is not at all.
        points: the periods in order.
        cautions: what a reader has to know.

    Example:
        >>> from cxmetrics import csat
        >>> weeks = {f"2026-W{week:02}": [5] * (70 + week % 3) + [2] * 30 for week in range(1, 14)}
        >>> weeks["2026-W14"] = [5] * 40 + [2] * 60
        >>> answers = [rating for week in weeks.values() for rating in week]
        >>> labels = [week for week, given in weeks.items() for _ in given]
        >>> chart = control_chart(csat(answers, by=labels), baseline=13)
        >>> [point.label for point in chart.out]
        ['2026-W14']
    """

    metric: str
    title: str
    unit: str
    dim: str
    centre: float
    sigma_z: float
    points: tuple[ControlPoint, ...]
    cautions: tuple[Caution, ...] = ()

    @property
    def out(self) -> tuple[ControlPoint, ...]:
        """The periods outside their limits."""
        return tuple(point for point in self.points if point.out)

    @property
    def baseline(self) -> tuple[Label, ...]:
        """The periods that centre and limits come from."""
        return tuple(point.label for point in self.points if point.baseline)

    @property
    def method(self) -> str:
        """How it was made, in sentences."""
        return (
            f"Centre: {run_text(self.baseline)} pooled. Limits: centre ± {_WIDTH:g} sigma, the "
            "chance within a period times the "
            f"{self.sigma_z:.2f} by which periods differ more than that (Laney 2002)."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        found = asdict(self)
        for own, point in zip(found["points"], self.points, strict=True):
            own["out"] = point.out
        return found

    def plot(self) -> Any:
        """Return a chart (altair); the extra `report` has to be installed."""
        return registry.find("plot", "control").draw(self)

    def __str__(self) -> str:
        lines = [
            (
                f"{self.title} by {self.dim}: centre {number(self.centre, self.unit)}, "
                f"{len(self.out)} of {len(self.points)} periods outside their limits  "
                f"(sigma_z {self.sigma_z:.2f})"
            )
        ]
        for point in self.out:
            assert point.low is not None  # noqa: S101  # a point outside has limits
            assert point.high is not None  # noqa: S101  # the same
            assert point.value is not None  # noqa: S101  # the same
            lines.append(
                f"  {point.label}: {number(point.value, self.unit)}, limits "
                f"{limits(point.low, point.high, self.unit)}  (n = {count(point.n)})"
            )
        return "\n".join([*lines, *(f"  ! {caution}" for caution in self.cautions)])


def control_chart(
    scores: Scores,
    *,
    baseline: int | Sequence[Label] | None = None,
    least_sigma_z: float = 0.0,
) -> ControlChart:
    """Set a score over time between control limits (Laney's p' chart, for every metric).

    Centre: the pooled score of the baseline. Chance within period i: `sigma_i = sqrt(v / n_i)`, v
    the variance of one pooled answer (p(1 - p) of a share, p + d - NPS² of the NPS, s² of a mean),
    n_i effective answers. With many answers a period that alone would put every period outside, for
    periods differ by more than chance; so `sigma_z`, the mean moving range of the standardised
    values over 1.128, widens (or narrows) the limits: `centre ± 3 sigma_i sigma_z`.

    Laney 2002, Quality Engineering 14:531-537. For the NPS this is the same logic, not a published
    chart. Limits keep to the possible range.

    Args:
        scores: by one column of time.
        baseline: the periods that were normal, or how many of the first; all if left out. Freeze it
            once, and new periods are judged by what was normal before them.
        least_sigma_z: sigma_z is not taken smaller than this; 1 never narrows the limits.

    Raises:
        DataError: fewer than 3 periods of the baseline have answers, or no answer differs.
        UsageError: the scores have several dimensions, or the baseline is unknown.
    """
    series = Series.of(scores, least=_LEAST)
    normal = _baseline(series, baseline)
    sample = scores.metric.sample(series.pooled(normal))
    variance = float((sample.share * sample.influence**2).sum())
    if not variance:
        raise DataError(
            f"all answers of the baseline are worth the same ({sample.estimate:g}): there is no "
            "chance to draw limits from."
        )
    centre = sample.estimate
    within = {label: sqrt(variance / series.score(label).n_effective) for label in series.answered}
    z = [(series.score(label).value - centre) / within[label] for label in normal]
    sigma_z = max(between_periods(z), least_sigma_z)
    cautions = [*series.gaps(), *_few(series, normal)]
    if sigma_z < 1e-9:
        cautions.append(
            Caution("FLAT_SERIES", "the periods do not differ at all: sigma_z was taken as 1.")
        )
        sigma_z = 1.0
    low, high = (-np.inf, np.inf) if sample.kind == "smooth" else sample.bounds
    points = []
    for label in series.labels:
        score = series.score(label)
        if not score.defined:
            points.append(
                ControlPoint(
                    label=label,
                    n=score.n,
                    value=None,
                    sigma=None,
                    low=None,
                    high=None,
                    z=None,
                    baseline=False,
                )
            )
            continue
        sigma = within[label] * sigma_z
        points.append(
            ControlPoint(
                label=label,
                n=score.n,
                value=score.value,
                sigma=sigma,
                low=max(centre - _WIDTH * sigma, float(low)),
                high=min(centre + _WIDTH * sigma, float(high)),
                z=(score.value - centre) / sigma,
                baseline=label in normal,
            )
        )
    return ControlChart(
        metric=scores.metric.name,
        title=scores.metric.title,
        unit=scores.metric.unit,
        dim=series.dim,
        centre=centre,
        sigma_z=sigma_z,
        points=tuple(points),
        cautions=tuple(cautions),
    )


def _baseline(series: Series, asked: int | Sequence[Label] | None) -> tuple[Label, ...]:
    """Return the periods with answers that the baseline is made of."""
    if asked is None:
        found = series.answered
    elif isinstance(asked, int):
        found = series.answered[: max(asked, 0)]
    else:
        for label in asked:
            if label not in series.labels:
                known = [str(known) for known in series.labels]
                raise UsageError(
                    f"no period {label!r} in {series.dim!r}; {did_you_mean(str(label), known)}"
                )
        found = tuple(label for label in series.answered if label in set(asked))
    if len(found) < _LEAST:
        raise DataError(
            f"a baseline needs at least {_LEAST} periods with answers; this one has {len(found)}."
        )
    return found


def _few(series: Series, normal: tuple[Label, ...]) -> list[Caution]:
    """Say where the limits are rough."""
    found = []
    if len(normal) < _FEW:
        found.append(
            Caution(
                "SHORT_SERIES",
                f"limits from {len(normal)} periods, under {_FEW} (better 20): they will move.",
            )
        )
    thin = [label for label in series.answered if series.score(label).n_effective < THIN]
    if thin:
        found.append(
            Caution(
                "SMALL_SAMPLE",
                f"{len(thin)} of {len(series.answered)} periods have under {THIN} answers: their "
                "limits are rough.",
            )
        )
    return found
