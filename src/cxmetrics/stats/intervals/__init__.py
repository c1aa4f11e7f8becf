"""Interval methods, one a file; `interval_of` chooses, guards and applies one."""

from __future__ import annotations

from typing import Final

import numpy as np

from cxmetrics.errors import UsageError
from cxmetrics.plugins import collected, hookimpl, registry
from cxmetrics.stats.intervals._base import Interval, IntervalMethod, on_net, on_share
from cxmetrics.stats.intervals.clopper_pearson import clopper_pearson
from cxmetrics.stats.intervals.jeffreys import jeffreys
from cxmetrics.stats.sample import Sample

__all__ = [
    "DEFAULTS",
    "Interval",
    "IntervalMethod",
    "interval_of",
    "methods_for",
    "on_net",
    "on_share",
]

DEFAULTS: Final = {"share": "wilson", "net": "adjusted_wald", "mean": "t", "smooth": "bca"}
"""The method of each kind of score; smooth scores of weighted or clustered answers use `t`."""


_STEPS = 51


@hookimpl
def cxmetrics_intervals() -> list[IntervalMethod]:
    """Register the built-in methods through the door that plugins use."""
    return collected(__name__, "methods")


def methods_for(sample: Sample) -> list[str]:
    """Return the names of the methods that fit a sample."""
    known: list[IntervalMethod] = registry.every("interval")
    return [
        method.name
        for method in known
        if sample.kind in method.kinds and (sample.independent or not method.independent)
    ]


def default_method(sample: Sample) -> str:
    """Return the name of the method that is used when none is asked for."""
    if sample.kind == "smooth" and not sample.independent:
        return "t"
    return DEFAULTS[sample.kind]


def interval_of(sample: Sample, *, level: float = 0.95, method: str | None = None) -> Interval:
    """Return the confidence interval of a score.

    The result lies within the possible range and contains the estimate. When no spread is seen
    (all answers are worth the same, or all units agree), methods that read it would return a
    single point; instead an upper limit U for "none of n differ" is used: the lowest and highest
    score if up to a share U of the answers were at another point (method `unanimous`). U is
    Clopper-Pearson's, which makes up for the t interval of skewed ratings being short of nominal
    under 30 answers, and Jeffreys' for smooth scores, whose BCa interval is not.

    Args:
        sample: the evidence.
        level: the confidence level.
        method: a name from `methods_for`; None for the default of the kind of score.

    Raises:
        IntervalError: there are fewer than 2 answers, or no unit to spare.
        UsageError: the method is unknown or does not fit.
    """
    sample.at_least(2)
    name = method or default_method(sample)
    chosen: IntervalMethod = registry.find("interval", name)
    if sample.kind not in chosen.kinds:
        raise UsageError(
            f"method {name!r} is not made for a {sample.kind} score; "
            f"use one of: {', '.join(methods_for(sample))}."
        )
    if chosen.independent and not sample.independent:
        raise UsageError(
            f"method {name!r} resamples independent answers, but these carry weights, units or "
            f"strata; use one of: {', '.join(methods_for(sample))}."
        )
    if chosen.sees_spread and (sample.unanimous or not sample.variance):
        name = "unanimous"
        low, high = _unanimous(sample, level)
    else:
        low, high = chosen.compute(sample, level)
    worst, best = sample.bounds
    if sample.kind != "smooth":
        low, high = max(low, worst), min(high, best)
    return Interval(min(low, sample.estimate), max(high, sample.estimate), level, name)


def _unanimous(sample: Sample, level: float) -> tuple[float, float]:
    n = sample.n_effective
    if sample.design is not None:
        n = min(n, sample.design.carriers)
    limits = jeffreys if sample.kind == "smooth" else clopper_pearson
    most = limits(0, n, level=level)[1]
    # A linear score is extreme at the limit; a smooth one may be anywhere before it.
    others = np.array([most]) if sample.kind != "smooth" else np.linspace(0, most, _STEPS)
    corners = np.eye(sample.share.size)
    mixed = (1 - others[:, None, None]) * sample.share + others[:, None, None] * corners
    values = sample.at(mixed)
    return float(values.min()), float(values.max())
