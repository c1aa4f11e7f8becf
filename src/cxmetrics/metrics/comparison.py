"""Differences between groups: one pair, or all pairs with significance letters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from cxmetrics.metrics.text import group_text, level_text, limits, number, p_text
from cxmetrics.stats.compare import Difference
from cxmetrics.stats.intervals import Interval
from cxmetrics.stats.multiplicity import Adjustment, adjust
from cxmetrics.summaries import Key, Label


@frozen
class Comparison:
    """The score of one group minus that of another.

    Attributes:
        first: the labels of the first group.
        second: the labels of the second group.
        unit: the unit of the score.
        difference: estimate, interval and test.
        p_adjusted: the p-value after adjustment for the number of comparisons, if any.
        adjustment: how it was adjusted.
    """

    first: Mapping[str, Label]
    second: Mapping[str, Label]
    unit: str
    difference: Difference
    p_adjusted: float | None = None
    adjustment: str | None = None

    @property
    def value(self) -> float:
        """First minus second, in the unit of the score."""
        return self.difference.value

    @property
    def interval(self) -> Interval:
        """The interval of the difference (not adjusted for several comparisons)."""
        return self.difference.interval

    @property
    def p_value(self) -> float:
        """The p-value that decides: adjusted if there are several comparisons."""
        return self.difference.p_value if self.p_adjusted is None else self.p_adjusted

    @property
    def significant(self) -> bool:
        """Whether the p-value is at most 1 minus the level of the interval."""
        return self.p_value <= 1 - self.interval.level

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "first": dict(self.first),
            "second": dict(self.second),
            "unit": self.unit,
            **self.difference.to_dict(),
            "p_adjusted": self.p_adjusted,
            "adjustment": self.adjustment,
            "significant": self.significant,
        }

    def __str__(self) -> str:
        interval = limits(self.interval.low, self.interval.high, self.unit, difference=True)
        adjusted = f" ({self.adjustment}-adjusted)" if self.p_adjusted is not None else ""
        return (
            f"{group_text(self.first)} minus {group_text(self.second)}: "
            f"{number(self.value, self.unit, difference=True)}  "
            f"({level_text(self.interval.level)} interval {interval}; "
            f"{p_text(self.p_value)}{adjusted})"
        )


@frozen
class Comparisons(Sequence[Comparison]):
    """Several comparisons, adjusted together.

    Attributes:
        pairs: the comparisons, p-values adjusted.
        names: the letter of each group, `A`, `B`, ...; empty where letters make no sense.
        letters: for each group, the letters of the groups it is significantly higher than.
        adjustment: how the p-values were adjusted.
    """

    pairs: tuple[Comparison, ...]
    names: Mapping[Key, str]
    letters: Mapping[Key, str]
    adjustment: Adjustment

    def __getitem__(self, place: Any) -> Any:
        return self.pairs[place]

    def __len__(self) -> int:
        return len(self.pairs)

    def __iter__(self) -> Iterator[Comparison]:
        return iter(self.pairs)

    @property
    def significant(self) -> list[Comparison]:
        """The comparisons that are significant after adjustment."""
        return [pair for pair in self.pairs if pair.significant]

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "adjustment": self.adjustment,
            "pairs": [pair.to_dict() for pair in self.pairs],
        }

    def __str__(self) -> str:
        return "\n".join(str(pair) for pair in self.pairs)


def adjusted_pairs(pairs: Sequence[Comparison], adjustment: Adjustment) -> tuple[Comparison, ...]:
    """Return comparisons with their p-values adjusted for being several."""
    p_values = adjust([pair.difference.p_value for pair in pairs], adjustment)
    return tuple(
        evolve(pair, p_adjusted=p, adjustment=adjustment)
        for pair, p in zip(pairs, p_values, strict=True)
    )


def letter(place: int) -> str:
    """Return the letter of the group at a place: A to Z, then AA, AB, ...

    Example:
        >>> letter(0), letter(25), letter(26)
        ('A', 'Z', 'AA')
    """
    text = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        text = chr(65 + rest) + text
    return text
