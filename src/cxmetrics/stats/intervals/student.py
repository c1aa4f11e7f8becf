"""The t interval on the linearised standard error."""

from __future__ import annotations

from cxmetrics.stats.distributions import check_level, t_quantile
from cxmetrics.stats.intervals._base import IntervalMethod
from cxmetrics.stats.sample import Sample


def _compute(sample: Sample, level: float) -> tuple[float, float]:
    quantile = t_quantile(0.5 + check_level(level) / 2, sample.degrees_of_freedom)
    margin = quantile * sample.sure_variance**0.5
    return sample.estimate - margin, sample.estimate + margin


methods = (
    IntervalMethod(
        name="t",
        title="Student t on the linearised (Taylor) standard error",
        kinds=frozenset({"share", "net", "mean", "smooth"}),
        reference="Student 1908; Binder 1983, International Statistical Review 51:279-292",
        caution=(
            "The textbook interval of an unweighted mean. With weights, units or strata it is "
            "design-based, degrees of freedom = units that carry the answers (Kish's effective "
            "number of their weights) - strata; short of nominal below 30 answers "
            "for shares and net scores."
        ),
        compute=_compute,
        sees_spread=True,
    ),
)
