"""Lines of emotions by step, with their peak, low and end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from cxmetrics.concepts.breakdown import Group
from cxmetrics.concepts.estimate import Estimate, Gap
from cxmetrics.errors import Caution
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import level_text, number
from cxmetrics.plugins import registry
from cxmetrics.scale import Scale


@frozen(kw_only=True)
class Extreme:
    """The step that felt best, or worst.

    Attributes:
        step: its name.
        value: its mean.
        rivals: steps that are not told apart from it, so that one of them may be the true one.
    """

    step: str
    value: float
    rivals: tuple[str, ...]

    def __str__(self) -> str:
        told = f"{self.step} {number(self.value, 'rating')}"
        return f"{told} (or {', '.join(self.rivals)})" if self.rivals else told


@frozen(kw_only=True)
class Curve:
    """One line.

    Attributes:
        name: of the persona or group; "" for all.
        steps: the mean of each step that has ratings, in order.
        changes: each step minus the one before, adjusted by Holm over all curves.
        peak: where it felt best.
        low: where it felt worst.
        end: the last step that has ratings.
    """

    name: str
    steps: Mapping[str, Estimate]
    changes: tuple[Gap, ...]
    peak: Extreme
    low: Extreme
    end: str


@frozen(kw_only=True)
class EmotionCurve:
    """Emotions by step, one curve a group.

    Attributes:
        order: the steps, in order.
        curves: by group; the one curve of all has the key None.
        scale: of the ratings, if it was said.
        level: the confidence level.
        cautions: what a reader has to know.
    """

    order: tuple[str, ...]
    curves: Mapping[Group, Curve]
    scale: Scale | None
    level: float
    cautions: tuple[Caution, ...]

    @property
    def emotions(self) -> Mapping[tuple[Group, str], Estimate]:
        """The mean by group and step, as a journey map takes it."""
        return {
            (group, step): one
            for group, curve in self.curves.items()
            for step, one in curve.steps.items()
        }

    @property
    def title(self) -> str:
        """The news in one line."""
        if len(self.curves) > 1:
            return f"Emotion curves of {len(self.curves)} groups over {len(self.order)} steps"
        (own,) = self.curves.values()
        return f"Emotion curve: peak {own.peak}, low {own.low}"

    def sheet(self) -> Sheet:
        """Return the table."""
        rows = []
        for curve in self.curves.values():
            changes = {gap.name.split(" − ")[0]: gap.texts() for gap in curve.changes}
            for step, one in curve.steps.items():
                value, ends, n = one.texts()
                change, _, p = changes.get(step, ("", "", ""))
                named = {"peak": curve.peak.step, "low": curve.low.step, "end": curve.end}
                mark = " ".join(word for word, own in named.items() if own == step)
                name = " · ".join(filter(None, (curve.name, step)))
                rows.append((name, value, ends, n, change, p, mark))
        notes = [f"{level_text(self.level)} intervals; change: from the step before, Holm."]
        if len(self.curves) > 1:
            notes += [f"{c.name}: peak {c.peak}; low {c.low}." for c in self.curves.values()]
        return Sheet(
            title=self.title,
            head=("step", "mean", "interval", "n", "change", "p", ""),
            rows=rows,
            notes=notes,
            cautions=self.cautions,
        )

    def plot(self, kind: str = "emotion_curve") -> Any:
        """Return a chart (altair); the extra `report` has to be installed.

        Args:
            kind: the name of the chart; plugins may add others.
        """
        return registry.find("plot", kind).draw(self)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "order": list(self.order),
            "level": self.level,
            "curves": [
                {
                    "group": group,
                    "steps": [{"step": step, **one.to_dict()} for step, one in own.steps.items()],
                    "changes": [gap.to_dict() for gap in own.changes],
                    **{
                        name: {"step": e.step, "value": e.value, "rivals": list(e.rivals)}
                        for name, e in (("peak", own.peak), ("low", own.low))
                    },
                    "end": own.end,
                }
                for group, own in self.curves.items()
            ],
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __str__(self) -> str:
        return str(self.sheet())

    def _repr_html_(self) -> str:
        return self.sheet().html()
