"""The Wald interval: for comparison with other tools, never a default."""

from __future__ import annotations

from cxmetrics.stats.distributions import two_sided_z
from cxmetrics.stats.intervals._base import IntervalMethod
from cxmetrics.stats.sample import Sample


def _compute(sample: Sample, level: float) -> tuple[float, float]:
    margin = two_sided_z(level) * sample.standard_error
    return sample.estimate - margin, sample.estimate + margin


methods = (
    IntervalMethod(
        name="wald",
        title="Wald",
        kinds=frozenset({"share", "net", "mean", "smooth"}),
        reference="Wald 1943; for reference only",
        caution="Covers far less than it says below 50 answers (.82 at n = 5 for a nominal .95).",
        compute=_compute,
        sees_spread=True,
    ),
)
