"""Pain points and strengths: steps whose score differs from that of all the others together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from attrs import frozen

from cxmetrics.errors import Caution, DataError, UsageError
from cxmetrics.metrics import Scores
from cxmetrics.metrics.comparison import Comparison, adjusted_pairs
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import count, interval_text, label_text, number, p_cell
from cxmetrics.stats.multiplicity import Adjustment

Verdict = Literal["pain point", "strength", "–"]

LEAST: Final = 30
"""Answers that a step needs before it is judged."""


@frozen(kw_only=True)
class StepVerdict:
    """One step against all the others.

    Attributes:
        step: its label.
        n: its answers.
        score: of the step.
        rest: of all the others together.
        comparison: the step minus the others, the p-value adjusted for the number of steps.
        verdict: `"pain point"`, `"strength"` or `"–"`.
    """

    step: Any
    n: int
    score: float
    rest: float
    comparison: Comparison
    verdict: Verdict


@frozen(kw_only=True, slots=False, eq=False)
class PainPoints(Mapping[Any, StepVerdict]):
    """Every step with its verdict, the worst first.

    Attributes:
        steps: by label.
        metric: the title of the metric.
        unit: of the score.
        rule: when a step is a pain point, in a sentence.
        omitted: steps that were not judged, and why.
        cautions: what a reader has to know.
    """

    steps: Mapping[Any, StepVerdict]
    metric: str
    unit: str
    rule: str
    omitted: Mapping[Any, str]
    cautions: tuple[Caution, ...]

    def __getitem__(self, step: Any) -> StepVerdict:
        return self.steps[step]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def of(self, verdict: Verdict) -> tuple[Any, ...]:
        """Return the steps of one verdict, the worst first."""
        return tuple(step for step, own in self.items() if own.verdict == verdict)

    @property
    def title(self) -> str:
        """The pain points by name."""
        found = ", ".join(map(label_text, self.of("pain point"))) or "none"
        return f"Pain points by {self.metric}: {found}"

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "metric": self.metric,
            "rule": self.rule,
            "steps": [
                {
                    "step": own.step,
                    "n": own.n,
                    "score": own.score,
                    "rest": own.rest,
                    "verdict": own.verdict.replace("–", ""),
                    **own.comparison.to_dict(),
                }
                for own in self.values()
            ],
            "omitted": {label_text(step): why for step, why in self.omitted.items()},
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def sheet(self) -> Sheet:
        """Return one row a step."""
        unit = self.unit
        return Sheet(
            title=self.title,
            head=("step", self.metric, "others", "difference", "limits", "p", "n", "verdict"),
            rows=[
                (
                    label_text(own.step),
                    number(own.score, unit),
                    number(own.rest, unit),
                    number(own.comparison.value, unit, difference=True),
                    interval_text(own.comparison.interval, unit, difference=True),
                    p_cell(own.comparison.p_value),
                    count(own.n),
                    own.verdict,
                )
                for own in self.values()
            ],
            notes=[
                self.rule,
                *(f"Not judged: {label_text(step)}, {why}." for step, why in self.omitted.items()),
            ],
            cautions=self.cautions,
        )

    def __str__(self) -> str:
        return str(self.sheet())

    def _repr_html_(self) -> str:
        return self.sheet().html()


def pain_points(
    scores: Scores,
    *,
    margin: float = 0.0,
    least: int = LEAST,
    adjustment: Adjustment = "holm",
    level: float | None = None,
) -> PainPoints:
    """Say which steps score worse than all the others together, and which better.

    A step is a *pain point* where its score is worse than that of all the others together by more
    than `margin`, and the p-value of the difference, adjusted for the number of steps, is at most
    1 minus the level; a *strength* where it is better so. Never against the total, which holds the
    step itself.

    Args:
        scores: by step, touchpoint or stage (`along`).
        margin: how much worse, in units of the score; 0: any difference that is significant.
        least: answers that a step needs to be judged; the others stay in "the others".
        adjustment: for the number of steps.
        level: of the intervals and tests; the scores' own if left out.

    Raises:
        DataError: fewer than 2 steps can be compared.
        UsageError: the scores are by more than one thing, or a number makes no sense.

    Example:
        >>> from cxmetrics import csat
        >>> answers = {"rating": [5, 4] * 40 + [1, 2, 4] * 20, "step": ["use"] * 80 + ["wait"] * 60}
        >>> pain_points(csat(answers, rating="rating", by="step")).of("pain point")
        ('wait',)
    """
    if len(scores.cube.dims) != 1:
        raise UsageError(f"these scores are by {scores.cube.dims}: judge the steps of one thing.")
    if margin < 0 or least < 2:
        raise UsageError(f"margin={margin!r}, least={least!r}: give 0 or more, and 2 or more.")
    better = 1 if scores.metric.direction == "higher" else -1
    found: dict[Any, StepVerdict] = {}
    omitted: dict[Any, str] = {}
    pairs = {
        next(iter(pair.first.values())): pair
        for pair in scores.against_rest(adjustment="none", level=level)
    }
    able = [step for step, score in scores.items() if step in pairs and score.n >= least]
    for step, score in scores.items():
        if step not in able:
            omitted[step] = f"{count(score.n)} answers, under {least}"
    if len(able) < 1 or len(scores.defined) < 2:
        raise DataError(f"no step has {least} answers and others to be compared with.")
    for step, pair in zip(
        able, adjusted_pairs([pairs[step] for step in able], adjustment), strict=True
    ):
        gap = better * pair.value
        verdict: Verdict = "–"
        if pair.significant and abs(gap) > margin:
            verdict = "strength" if gap > 0 else "pain point"
        found[step] = StepVerdict(
            step=step,
            n=scores[step].n,
            score=scores[step].value,
            rest=scores[step].value - pair.value,
            comparison=pair,
            verdict=verdict,
        )
    ranked = sorted(found, key=lambda step: better * found[step].comparison.value)
    at = scores.level if level is None else level
    more = f" by more than {number(margin, scores.metric.unit)}" if margin else ""
    cautions = list(scores.metric.about_data)
    if omitted:
        names = ", ".join(map(label_text, omitted))
        cautions.append(Caution("SPARSE", f"under {least} answers, not judged: {names}."))
    return PainPoints(
        steps={step: found[step] for step in ranked},
        metric=scores.metric.title,
        unit=scores.metric.unit,
        rule=(
            f"Pain point: worse than all the others together{more}, with p at most {1 - at:.2g} "
            f"({adjustment}-adjusted for {len(found)} steps). Strength: better so."
        ),
        omitted=omitted,
        cautions=tuple(cautions),
    )
