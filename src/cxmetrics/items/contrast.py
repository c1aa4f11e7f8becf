"""One attribute: what low ratings of it cost, and what high ones bring."""

from __future__ import annotations

from typing import Any, Literal

from attrs import asdict, frozen

from cxmetrics.stats.intervals import Interval

Role = Literal["basic", "performance", "excitement"]
"""Basic: low ratings cost more than high ones bring; excitement: the reverse."""


@frozen(kw_only=True)
class Effect:
    """What low, or high, ratings of an attribute go with, against those in the middle.

    Attributes:
        value: the coefficient, in units of the outcome.
        standard_error: of the coefficient.
        p_value: two-sided.
        interval: of the coefficient.
        n: rows with such a rating.
    """

    value: float
    standard_error: float
    p_value: float
    interval: Interval
    n: int

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return asdict(self)


@frozen(kw_only=True)
class Contrast:
    """One attribute.

    Attributes:
        name: its column.
        penalty: of low ratings, mostly below 0.
        reward: of high ratings.
        contrast: what low ratings cost minus what high ones bring; above 0: basic.
        asymmetry: (reward - cost) / (|reward| + |cost|), -1 basic to 1 excitement.
        role: by the interval of `contrast`; performance where it holds 0.
    """

    name: str
    penalty: Effect
    reward: Effect
    contrast: Effect
    asymmetry: float
    role: Role

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return asdict(self)
