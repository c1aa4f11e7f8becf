"""Maturity: a self-assessment in stages, by competency and assessor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from attrs import frozen

from cxmetrics.concepts._base import Concept, Worked
from cxmetrics.concepts.answers import answers
from cxmetrics.concepts.estimate import Estimate
from cxmetrics.engines.columns import columns_of
from cxmetrics.engines.encode import encode
from cxmetrics.engines.query import OffScale
from cxmetrics.errors import Caution, DataError, UsageError
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import count, label_text, number
from cxmetrics.scale import Scale, one_to_five
from cxmetrics.stats.averages import averages
from cxmetrics.stats.distributions import check_level

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_ROUNDING: Final = 1e-12
SIX_STAGES: Final = ("absent", "studied", "backed", "managed", "aligned", "embedded")
"""No topic; a few people study it; leaders back it with means; measures and processes are built on
it; incentives and people management agree with it; it is in the culture."""


@frozen(kw_only=True)
class Competency:
    """One family of competencies, or the total.

    Attributes:
        name: the family.
        score: mean over the assessors, on the scale of the items; its interval holds if they are a
            sample of those who could have judged.
        lowest: the score of the strictest assessor.
        highest: that of the kindest.
        stage: how many cut-points the mean reaches, plus 1.
        agreement: r_wg, 1 minus the variance between assessors over that of random answers; 1 is
            one voice, 0 chance; None with one assessor.
    """

    name: str
    score: Estimate
    lowest: float
    highest: float
    stage: int
    agreement: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values: a spoke of a radar chart."""
        return {
            "name": self.name,
            "score": self.score.to_dict(),
            "lowest": self.lowest,
            "highest": self.highest,
            "stage": self.stage,
            "agreement": self.agreement,
        }


@frozen(kw_only=True)
class Maturity:
    """Where a company stands.

    Attributes:
        name: of the model, as the user calls it.
        competencies: one a family.
        total: the mean of the families.
        stages: the names of the stages, the first one first.
        rule: whether `stage` is that of the total or of the weakest family.
        by_assessor: the stage that each assessor alone would give.
        cautions: what a reader has to know.
    """

    name: str
    competencies: tuple[Competency, ...]
    total: Competency
    stages: tuple[str, ...]
    rule: Literal["total", "weakest"]
    by_assessor: Mapping[str, int]
    cautions: tuple[Caution, ...]

    @property
    def weakest(self) -> Competency:
        """The family that holds the others back."""
        return min(self.competencies, key=lambda one: one.score.value)

    @property
    def stage(self) -> int:
        """The stage, from 1."""
        weakest = min(one.stage for one in self.competencies)
        return self.total.stage if self.rule == "total" else weakest

    @property
    def title(self) -> str:
        """The news in one line."""
        return (
            f"{self.name}: stage {self.stage} of {len(self.stages)}, "
            f"{self.stages[self.stage - 1]} (weakest: {self.weakest.name})"
        )

    def sheet(self) -> Sheet:
        """Return the table."""
        rows = []
        for one in (*self.competencies, self.total):
            value, ends, _ = one.score.texts()
            spread = f"{number(one.lowest, 'rating')} to {number(one.highest, 'rating')}"
            agree = "–" if one.agreement is None else f"{one.agreement:.2f}"
            rows.append(
                (one.name, value, ends, spread, agree, f"{one.stage} {self.stages[one.stage - 1]}")
            )
        told = "of the total" if self.rule == "total" else "of the weakest family"
        votes = [list(self.by_assessor.values()).count(s + 1) for s in range(len(self.stages))]
        voted = ", ".join(f"{s} {n}" for s, n in zip(self.stages, votes, strict=True) if n)
        return Sheet(
            title=self.title,
            head=("competency", "score", "interval", "assessors", "agreement", "stage"),
            rows=rows,
            notes=(f"The stage is that {told}. Assessors by stage: {voted}.",),
            cautions=self.cautions,
        )

    def radar(self) -> list[dict[str, Any]]:
        """Return one row a family for a radar chart: mean, lowest and highest."""
        return [
            {
                "competency": one.name,
                "score": one.score.value,
                "lowest": one.lowest,
                "highest": one.highest,
            }
            for one in self.competencies
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "name": self.name,
            "stage": self.stage,
            "rule": self.rule,
            "stages": list(self.stages),
            "competencies": [one.to_dict() for one in self.competencies],
            "total": self.total.to_dict(),
            "by_assessor": dict(self.by_assessor),
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __str__(self) -> str:
        return str(self.sheet())

    def _repr_html_(self) -> str:
        return self.sheet().html()


def maturity(
    data: Any,
    *,
    competencies: Mapping[str, Sequence[str]],
    cutpoints: Sequence[float],
    stages: Sequence[str] = SIX_STAGES,
    name: str = "Maturity",
    rule: Literal["total", "weakest"] = "total",
    assessor: str | None = None,
    scale: Scale = one_to_five,
    least: int = 0,
    where: Any = None,
    missing: Sequence[Any] = (),
    off_scale: OffScale = "error",
    level: float = 0.95,
) -> Maturity:
    """Place a company on a ladder of stages by what its own people say.

    The score of a family is the mean of its items, the total the mean of the families; the stage
    is 1 plus the number of cut-points that the score reaches. The weakest family is told beside the
    total, because a chain of competencies is as strong as its weakest link. Several assessors are
    never one number alone: their range, their agreement and the stage of each are kept.

    No threshold of a published model is built in: none is public. Cut-points are yours; keep them
    from one year to the next. There is no return on investment to be read from a stage.

    Agreement is r_wg = 1 - s² / σ², s² the variance between assessors and σ² = (A² - 1) / 12 that
    of answers spread evenly over the A points of the scale (James, Demaree & Wolf 1984).

    Args:
        data: one row an assessor, a column an item.
        competencies: the items of each family; the field usually names four: leadership,
            employees, brand values, closeness to customers.
        cutpoints: the scores from which on the next stage is reached, ascending, one fewer than
            the stages.
        stages: the names of the stages.
        name: what the model is called.
        rule: whether the stage is that of the total or of the weakest family.
        assessor: the column that names the assessors.
        scale: of the items.
        least: the fewest items of a family an assessor must rate; all if 0.
        where: rows to keep.
        missing: values that stand for "don't know".
        off_scale: what to do with ratings that are no point of the scale.
        level: the confidence level.

    Raises:
        ColumnError: a column is not there.
        DataError: nobody rated every family.
        ScaleError: a rating is no point of the scale.
        UsageError: cut-points and stages do not fit.

    References:
        Temkin Group 2010, The four customer experience core competencies (stages and families);
        James, Demaree & Wolf 1984, Journal of Applied Psychology 69:85-98.

    Example:
        >>> found = maturity(
        ...     {"vision": [4, 3], "means": [3, 3], "trust": [2, 2], "listening": [4, 3]},
        ...     competencies={"leadership": ["vision", "means"], "employees": ["trust"],
        ...                   "customers": ["listening"]},
        ...     cutpoints=[1.5, 2.5, 3.2, 4, 4.6],
        ... )
        >>> found.title
        'Maturity: stage 3 of 6, backed (weakest: employees)'
    """
    check_level(level)
    names = tuple(stages)
    cuts = np.asarray(cutpoints, dtype=float)
    _check(cuts, names, competencies, scale)
    items = list(dict.fromkeys(item for family in competencies.values() for item in family))
    found = answers(data, items, scale=scale, where=where, missing=missing, off_scale=off_scale)
    families = np.column_stack(
        [_family(found.matrix(list(own)), least) for own in competencies.values()]
    )
    whole = np.asarray(~np.isnan(families).any(axis=1))
    if not whole.any():
        raise DataError("no assessor rated enough items of every family: lower least=.")
    scores = np.column_stack([families, families.mean(axis=1)])[whole]
    who = _assessors(data, assessor, where, len(whole), whole)
    noise = (scale.size**2 - 1) / 12 * scale.step**2
    told = [
        _competency(one, column, cuts, noise, scale, level)
        for one, column in zip((*competencies, "total"), scores.T, strict=True)
    ]
    stage_of = 1 + (scores[:, :, None] >= cuts - _ROUNDING).sum(axis=2)  # of each assessor
    placed = stage_of[:, -1] if rule == "total" else stage_of[:, :-1].min(axis=1)
    lost = int((~whole).sum())
    cautions = list(found.cautions)
    if lost:
        said = f"{count(lost)} of {count(len(whole))} assessors rated too little and are left out."
        cautions.append(Caution("INCOMPLETE_ROWS", said))
    if np.ptp(placed) > 1:
        ends = f"{names[placed.min() - 1]} and {names[placed.max() - 1]}"
        cautions.append(Caution("DISAGREEMENT", f"assessors place it between {ends}."))
    if len(scores) == 1:
        cautions.append(Caution("NO_INTERVAL", "one assessor: one opinion."))
    return Maturity(
        name=name,
        competencies=tuple(told[:-1]),
        total=told[-1],
        stages=names,
        rule=rule,
        by_assessor={label: int(stage) for label, stage in zip(who, placed, strict=True)},
        cautions=tuple(cautions),
    )


def _check(
    cuts: Floats, stages: tuple[str, ...], families: Mapping[str, Sequence[str]], scale: Scale
) -> None:
    if len(cuts) != len(stages) - 1:
        raise UsageError(
            f"{len(stages)} stages have {len(stages) - 1} cut-points, not {len(cuts)}."
        )
    if any(not low < high for low, high in pairwise(cuts)):
        raise UsageError("the cut-points have to ascend.")
    if cuts.size and not (scale.low < cuts[0] and cuts[-1] <= scale.high):
        raise UsageError(f"cut-points lie above {scale.low:g} and up to {scale.high:g}, the scale.")
    if not families:
        raise UsageError("no family of competencies is named.")
    for name, own in families.items():
        if isinstance(own, str) or not own:
            raise UsageError(f"{name}: name its items in a list.")


def _family(ratings: Floats, least: int) -> Floats:
    """Return the mean of each row that rates enough items, NaN for the others."""
    rated = (~np.isnan(ratings)).sum(axis=1)
    enough = rated >= (least or ratings.shape[1])
    total = np.nansum(ratings, axis=1)
    return np.where(enough & (rated > 0), total / np.maximum(rated, 1), np.nan)


def _assessors(data: Any, column: str | None, where: Any, rows: int, whole: Any) -> list[str]:
    if column is None:
        return [str(row + 1) for row in range(rows) if whole[row]]
    found = encode(columns_of(data, [column], where=where)[column])
    named = [label_text(found.labels[code]) for code in found.codes]
    twice = next((name for name in named if named.count(name) > 1), None)
    if twice is not None:
        raise DataError(f"assessor {twice!r} is there twice: one row is one assessor.")
    return [name for name, kept in zip(named, whole, strict=True) if kept]


def _competency(
    name: str, scores: Floats, cuts: Floats, noise: float, scale: Scale, level: float
) -> Competency:
    found = averages(scores)
    spread = float(scores.var(ddof=1)) if len(scores) > 1 else None
    return Competency(
        name=name,
        score=Estimate.of(found, unit="rating", level=level, bounds=(scale.low, scale.high)),
        lowest=float(scores.min()),
        highest=float(scores.max()),
        stage=1 + int((found.mean[0] >= cuts - _ROUNDING).sum()),
        agreement=None if spread is None else max(0.0, 1 - spread / noise),
    )


CONCEPTS = (
    Concept(
        name="maturity",
        title="Maturity self-assessment",
        french="auto-diagnostic de maturité",
        topic="maturity",
        call="cxmetrics.concepts.catalogue.maturity_model:maturity",
        unit="stage",
        direction="higher",
        scale="items of competency families, 1:5 unless said",
        formula="stage = 1 + cut-points reached by the mean of the family means",
        interval="t interval over the assessors, if they are a sample; range and r_wg beside it",
        reference="Temkin Group 2010; James, Demaree & Wolf 1984",
        limits=(
            "Statements and thresholds of published models are not public: yours are arguments.",
            "A company judges itself: compare with what its customers say.",
            "Do not ask a return on investment of a stage.",
        ),
        example=Worked(
            code=(
                "found = cx.concept('maturity')(\n"
                "    {'vision': [4, 3], 'trust': [2, 2]},\n"
                "    competencies={'leadership': ['vision'], 'employees': ['trust']},\n"
                "    cutpoints=[1.5, 2.5, 3.2, 4, 4.6],\n"
                ")\n"
                "print(found.title)"
            ),
            shows="Maturity: stage 3 of 6, backed (weakest: employees)",
            source="by hand: leadership 3.5, employees 2, mean 2.75, two cut-points reached",
        ),
        notice="Maturity models and the names of their stages belong to their authors.",
    ),
)
