"""Plans: how many answers a question takes, or what a number of answers can tell."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, inf, isfinite
from typing import Any

import numpy as np
from attrs import asdict, frozen

from cxmetrics.errors import Caution, UsageError
from cxmetrics.metrics import Metric, Score
from cxmetrics.metrics.text import level_text, number
from cxmetrics.stats.distributions import check_level, two_sided_z
from cxmetrics.stats.power import Worth, detectable, of_difference, power_of
from cxmetrics.stats.sample import Sample
from cxmetrics.summaries import Tally

SMALL = 30


@frozen(kw_only=True)
class Plan:
    """What a survey of some size can tell.

    Attributes:
        metric: the name of the metric.
        title: its name for people.
        unit: its unit, in which margin and differences are.
        n: answers; in each wave where two are compared.
        invitations: to be sent for them; None where no response rate was given.
        margin: half the width of the interval of one score.
        difference: the difference of two waves, asked for or just detectable.
        level: the confidence level.
        power: the chance to find the difference.
        waves: 1, or 2 where a difference was asked for.
        overlap: the share of customers in both waves.
        deviation: standard deviation of one answer, in the unit of the score.
        assumed: what that comes from.
        deff: the design effect.
        population: how many customers there are; None for many.
        cautions: what a reader has to know.
    """

    metric: str
    title: str
    unit: str
    n: int
    invitations: int | None
    margin: float
    difference: float
    level: float
    power: float
    waves: int
    overlap: float
    deviation: float
    assumed: str
    deff: float
    population: float | None
    cautions: tuple[Caution, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return asdict(self)

    def __str__(self) -> str:
        def points(value: float) -> str:
            return number(value, self.unit, difference=True).removeprefix("+")

        each = " in each of two waves" if self.waves == 2 else ""
        panel = f" ({100 * self.overlap:.0f} % the same customers)" if self.overlap else ""
        sent = "" if self.invitations is None else f"; {self.invitations:,} invitations{each}"
        of = "" if self.population is None else f" of {self.population:,.0f} customers"
        design = "" if self.deff == 1 else f"; design effect {self.deff:g}"
        power = f"{100 * self.power:.0f} %"
        lines = [
            f"{self.title}: {self.n:,} answers{of}{each}{panel}{sent}",
            f"  margin of one score ±{points(self.margin)} ({level_text(self.level)} level)",
            f"  difference of two waves: {points(self.difference)} found with power {power}",
            f"  assumed: {self.assumed} (standard deviation {self.deviation:.3g}){design}",
        ]
        return "\n".join([*lines, *(f"  ! {caution}" for caution in self.cautions)])


def plan(
    metric: Metric,
    *,
    n: int | None = None,
    margin: float | None = None,
    difference: float | None = None,
    expected: Score | Tally | Mapping[float, float] | None = None,
    level: float = 0.95,
    power: float = 0.8,
    population: float | None = None,
    deff: float = 1.0,
    overlap: float = 0.0,
    correlation: float = 0.5,
    response_rate: float | None = None,
) -> Plan:
    """Plan a survey: say what you want to know, get the rest (FR: taille d'échantillon).

    One of: `margin`, the answers that give it; `difference`, the answers in each of two waves that
    show it; `n`, the margin and the difference that so many answers give; `n` with `difference`,
    the power.

    `n = z^2 v / margin^2` and `n = (v1 + v2 - 2 overlap correlation sqrt(v1 v2)) (z_level +
    z_power)^2 / difference^2`, less 3 for net scores (the pseudo-counts of the adjusted Wald
    interval, Lewis & Sauro 2021), times the design effect; for N customers divided by
    `1 + (n - 1) / N` (Cochran 1977).

    Args:
        metric: what will be measured.
        n: answers, in each wave.
        margin: half the width of the interval, in the unit of the score (10 for ±10 points).
        difference: between two waves or groups, in the unit of the score.
        expected: what answers look like: a score or tally of an earlier survey, or counts (or
            shares) by point. Left out: the worst case, half the answers at each end.
        level: the confidence level.
        power: the chance to find the difference.
        population: how many customers there are, where they are few.
        deff: the design effect that weights or clusters will have (1.2 to 1.5 is usual).
        overlap: the share of customers who answer in both waves; 1 for a panel.
        correlation: between their two answers.
        response_rate: 0 to 1, to know how many to invite.

    Raises:
        UsageError: nothing or too much is asked, a number is out of range, or a smooth metric has
            no expected answers.

    Example:
        >>> from cxmetrics import nps
        >>> plan(nps, margin=10).n
        382
        >>> print(plan(nps, difference=10, expected={10: 0.405, 8: 0.39, 0: 0.205}))
        NPS: 892 answers in each of two waves
          margin of one score ±4.9 (95 % level)
          difference of two waves: 10.0 found with power 80 %
          assumed: expected answers, score +20.0 (standard deviation 75.5)
    """
    wanted = {"n": n, "margin": margin, "difference": difference}
    asked = {name for name, value in wanted.items() if value is not None}
    if asked not in ({"n"}, {"margin"}, {"difference"}, {"n", "difference"}):
        raise UsageError(
            "say what you want: margin=…, difference=…, n=…, or n=… with difference=… to get the "
            "power."
        )
    check_level(level)
    check_level(power)
    sample, assumed = _sample(metric, expected)
    spread = _spread(sample, metric)
    far = spread if difference is None else _after(sample, difference, spread)
    size = inf if population is None else population
    net = 3.0 if sample.kind == "net" else 0.0
    one = Worth(variance=spread, deff=deff, population=size, pseudo=net)
    two = Worth(
        variance=of_difference(spread, far, overlap=overlap, correlation=correlation),
        deff=deff,
        population=size,
        pseudo=-1.0 if sample.kind == "mean" else net,
    )
    # A smooth score may be anywhere between its corners, and beyond.
    widest = inf if sample.kind == "smooth" else sample.bounds[1] - sample.bounds[0]
    for name, value in (("margin", margin), ("difference", difference)):
        if value is not None and not 0 < abs(value) < widest:
            raise UsageError(
                f"{metric.name} goes from {sample.bounds[0]:g} to {sample.bounds[1]:g}, so a "
                f"{name} is above 0 and under {widest:g}, not {value!r}."
            )
    if n is None and margin is not None:
        n = one.answers(margin / two_sided_z(level))
    elif n is None and difference is not None:
        n = two.answers(abs(difference) / detectable(1.0, level=level, power=power))
    assert n is not None  # noqa: S101  # one of the three was asked for
    error = two.error(n)
    if difference is None:
        difference = detectable(error, level=level, power=power)
    elif error:
        power = power_of(difference, error=error, level=level)
    else:
        power = 1.0  # everybody answers
    cautions = []
    if n < SMALL:
        cautions.append(
            Caution("SMALL_SAMPLE", f"{n} answers, under {SMALL}: the interval will be wider.")
        )
    if response_rate is not None and not 0 < response_rate <= 1:
        raise UsageError(f"a response rate is above 0 and at most 1, not {response_rate!r}.")
    sent = None if response_rate is None else ceil(n / response_rate - 1e-9)
    if sent is not None and sent > size:
        cautions.append(
            Caution(
                "SMALL_SAMPLE",
                f"{sent:,} invitations are more than the {size:,.0f} customers there are.",
            )
        )
    return Plan(
        metric=metric.name,
        title=metric.title,
        unit=metric.unit,
        n=n,
        invitations=sent,
        margin=two_sided_z(level) * one.error(n),
        difference=abs(difference),
        level=level,
        power=power,
        waves=2 if "difference" in asked else 1,
        overlap=overlap,
        deviation=float(np.sqrt(spread)),
        assumed=assumed,
        deff=deff,
        population=population if population is not None and isfinite(population) else None,
        cautions=tuple(cautions),
    )


def _sample(metric: Metric, expected: Any) -> tuple[Sample, str]:
    """Return answers as they are expected, and what they come from."""
    if expected is None:
        if metric.values is None:
            raise UsageError(
                f"{metric.name} is a smooth metric, whose worst case is not known: say "
                "expected={point: share, …}, or hand over the score of an earlier survey."
            )
        worth = np.array(metric.values)
        ends = {metric.scale.points[int(worth.argmin())]: 1, metric.scale.points[worth.argmax()]: 1}
        return metric.sample(Tally.of(metric.scale, ends)), "the worst case, half at each end"
    if isinstance(expected, Score):
        expected = expected.tally
    if not isinstance(expected, Tally):
        for point, share in expected.items():
            if not 0 <= share < inf:
                raise UsageError(f"{share!r} of the answers at {point!r}: a share is at least 0.")
        fine = 1e9 / max(sum(expected.values()), 1e-300)  # a tally counts whole answers
        counts = {point: round(fine * float(share)) for point, share in expected.items()}
        expected = Tally.of(metric.scale, counts)
    sample = metric.sample(expected)
    if not sample.n:
        raise UsageError("the expected answers are none.")
    return sample, f"expected answers, score {number(sample.estimate, metric.unit)}"


def _spread(sample: Sample, metric: Metric) -> float:
    """Return the variance of one answer."""
    variance = float((sample.share * sample.influence**2).sum())
    if variance <= 0:
        raise UsageError(
            f"the expected answers are all worth the same to {metric.name}, so nothing can be "
            "planned from them: expect some that differ."
        )
    return variance


def _after(sample: Sample, difference: float, spread: float) -> float:
    """Return the variance of an answer once the score has moved: it depends on a share."""
    if sample.kind != "share":
        return spread
    low, high = sample.bounds
    for move in (difference, -difference):
        share = (sample.estimate + move - low) / (high - low)
        if 0 < share < 1:
            return share * (1 - share) * (high - low) ** 2
    return spread
