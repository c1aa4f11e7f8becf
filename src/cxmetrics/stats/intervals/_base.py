"""What an interval method is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from attrs import asdict, frozen

from cxmetrics.stats.sample import Kind, Sample


@frozen
class Interval:
    """A confidence interval, in the unit of its score.

    Attributes:
        low: the lower limit.
        high: the upper limit.
        level: the confidence level, 0.95 for 95 %.
        method: the name of the method that made it.
    """

    low: float
    high: float
    level: float
    method: str

    @property
    def width(self) -> float:
        """High minus low."""
        return self.high - self.low

    @property
    def margin(self) -> float:
        """Half the width."""
        return self.width / 2

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return asdict(self)


Compute: TypeAlias = Callable[[Sample, float], tuple[float, float]]
"""From a sample and a level to the limits, in the unit of the score."""


def on_share(limits: Callable[..., tuple[float, float]]) -> Compute:
    """Apply limits of a proportion, `limits(x, n, level=)`, to a share on its effective n."""

    def compute(sample: Sample, level: float) -> tuple[float, float]:
        low, high = limits(*sample.proportion(), level=level)
        return sample.scaled(low), sample.scaled(high)

    return compute


def on_net(limits: Callable[..., tuple[float, float]]) -> Compute:
    """Apply limits of a net score, `limits(positive, negative, n, level=)`, on its effective n."""

    def compute(sample: Sample, level: float) -> tuple[float, float]:
        low, high = limits(*sample.trinomial(), level=level)
        return sample.scaled(low), sample.scaled(high)

    return compute


@frozen(kw_only=True)
class IntervalMethod:
    """One way to make an interval: a file in this package, or an object from a plugin.

    Attributes:
        name: what to pass as `method=`.
        title: its name in the literature.
        kinds: the kinds of score it is right for.
        reference: author and year.
        caution: when not to use it.
        compute: from a sample and a level to (low, high), in the unit of the score.
        independent: whether it needs unweighted, independent answers.
        sees_spread: whether it collapses to zero width when all answers are the same.
    """

    name: str
    title: str
    kinds: frozenset[Kind]
    reference: str
    caution: str = ""
    compute: Compute
    independent: bool = False
    sees_spread: bool = False
