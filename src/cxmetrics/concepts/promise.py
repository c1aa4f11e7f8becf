"""What became of a promise: more than was expected, kept, or not kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from attrs import frozen

from cxmetrics.concepts.breakdown import Group, Shares
from cxmetrics.concepts.estimate import Estimate, Gap
from cxmetrics.errors import Caution
from cxmetrics.items.contrast import Contrast
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import count, level_text, limits, number, p_text

Kind = Literal["wow", "kept", "broken"]
KINDS: Final[dict[Kind, str]] = {
    "wow": "wow",
    "kept": "promise kept",
    "broken": "promise not kept",
}
"""What an experience can be, the best first."""


@frozen(kw_only=True)
class Wow:
    """Who was surprised, who was satisfied, and what it goes with.

    Attributes:
        shares: the share of wow, in all, by group, and each group minus all others.
        kinds: the share of wow, of promises kept and of promises not kept; of wow only where there
            is no rating.
        outcomes: the mean outcome of each kind (without a rating all others are `"kept"`); empty
            without an outcome.
        lift: outcome of wow minus that of promises kept (of all others without a rating); None
            without an outcome, or where one side is too small.
        contrast: what a promise not kept costs against what a wow brings, both against a promise
            kept; None where there is no outcome, or a kind is absent.
        rule: what counts as what, in a sentence.
        incomplete: rows that lack an answer, and are left out.
        level: the confidence level.
        cautions: what a reader has to know.
    """

    shares: Shares
    kinds: Mapping[Kind, Estimate]
    outcomes: Mapping[Kind, Estimate]
    lift: Gap | None
    contrast: Contrast | None
    rule: str
    incomplete: int
    level: float
    cautions: tuple[Caution, ...]

    @property
    def overall(self) -> Estimate:
        """The share of wow in all, in percent."""
        return self.shares.overall

    @property
    def groups(self) -> Mapping[Group, Estimate]:
        """The share of wow of each group."""
        return self.shares.groups

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Each group minus all others together, adjusted by Holm."""
        return self.shares.gaps

    @property
    def attractive(self) -> bool | None:
        """Whether wow behaves as an attractive attribute: it brings more than its absence costs.

        None where that can't be told. A top box that is only the good end of satisfaction brings
        what its lack costs: it is a performance attribute.
        """
        return None if self.contrast is None else self.contrast.role == "excitement"

    @property
    def title(self) -> str:
        """The news in one line."""
        value, ends, n = self.overall.texts()
        lost = f", {count(self.incomplete)} incomplete" if self.incomplete else ""
        return f"Wow: {value}  ({level_text(self.level)} interval {ends}; n = {n}{lost})"

    def sheet(self) -> Sheet:
        """Return the table."""
        wide = len(self.shares.head)
        blank = [""] * (wide - 3)
        rows = [[KINDS[kind], *one.texts(), *blank] for kind, one in self.kinds.items()]
        rows += [list(row) for row in self.shares.rows()[1:]]
        return Sheet(
            title=self.title,
            head=("", *self.shares.head),
            rows=rows,
            notes=(self.rule, *self._told()),
            cautions=self.cautions,
        )

    def _told(self) -> Iterator[str]:
        if self.outcomes:
            names = dict(KINDS) if len(self.kinds) > 1 else {**KINDS, "kept": "others"}
            means = (f"{names[kind]} {one.texts()[0]}" for kind, one in self.outcomes.items())
            yield f"Mean outcome: {', '.join(means)}."
        if self.lift is not None:
            value, ends, p = self.lift.texts()
            yield f"{self.lift.name}: {value} ({ends}; {p})."
        if self.contrast is not None:
            own = self.contrast
            gap = own.contrast
            ends = limits(gap.interval.low, gap.interval.high, "rating", difference=True)
            value, p = number(gap.value, "rating", difference=True), p_text(gap.p_value)
            cost, gain = (number(n, "rating") for n in (-own.penalty.value, own.reward.value))
            yield f"A promise not kept costs {cost}, a wow brings {gain}: {_ROLES[own.role]}"
            yield f"(cost minus gain {value}, {ends}; {p})."

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            **self.shares.to_dict(),
            "kinds": {kind: one.to_dict() for kind, one in self.kinds.items()},
            "outcomes": {kind: one.to_dict() for kind, one in self.outcomes.items()},
            "lift": None if self.lift is None else self.lift.to_dict(),
            "contrast": None if self.contrast is None else self.contrast.to_dict(),
            "attractive": self.attractive,
            "rule": self.rule,
            "incomplete": self.incomplete,
            "level": self.level,
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __str__(self) -> str:
        return str(self.sheet())

    def _repr_html_(self) -> str:
        return self.sheet().html()


_ROLES: Final = {
    "excitement": "an attractive attribute",
    "performance": "not told from the good end of satisfaction",
    "basic": "a basic attribute: its lack weighs more",
}
