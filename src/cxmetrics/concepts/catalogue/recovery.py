"""Service recovery: customers whose failure was repaired beside those who had none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from attrs import evolve, frozen

from cxmetrics.concepts._base import Concept, Worked
from cxmetrics.concepts.answers import Answers, answers
from cxmetrics.concepts.breakdown import counted, difference_of, estimate_of
from cxmetrics.concepts.estimate import Estimate, Gap, adjusted
from cxmetrics.engines.columns import columns_of
from cxmetrics.engines.query import OffScale
from cxmetrics.errors import Caution, DataError, IntervalError
from cxmetrics.metrics import Metric, Score, Scores
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import count
from cxmetrics.plugins import registry
from cxmetrics.scale import Scale, yes_no
from cxmetrics.stats.distributions import check_level

if TYPE_CHECKING:
    from numpy.typing import NDArray

Fate = Literal["none", "recovered", "unrecovered"]
FATES: Final[tuple[Fate, ...]] = ("none", "recovered", "unrecovered")
_SAID: Final[Mapping[str, str]] = {
    "none": "no failure",
    "recovered": "recovered",
    "unrecovered": "not recovered",
}
_PAIRS: Final[tuple[tuple[Fate, Fate], ...]] = (
    ("recovered", "none"),
    ("recovered", "unrecovered"),
    ("unrecovered", "none"),
)


@frozen(kw_only=True)
class RecoveredOutcome:
    """What one outcome is in each group.

    Attributes:
        name: the outcome.
        means: by group: no failure, recovered, not recovered.
        gap: recovered minus no failure, p-value Holm-adjusted over the outcomes; None where a group
            is too small.
    """

    name: str
    means: Mapping[str, Estimate]
    gap: Gap | None

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "name": self.name,
            "means": {name: one.to_dict() for name, one in self.means.items()},
            "gap": None if self.gap is None else self.gap.to_dict(),
        }


@frozen(kw_only=True)
class Recovery:
    """Satisfaction and outcomes after a failure, apart from each other.

    Attributes:
        scores: by group: `"none"`, `"recovered"`, `"unrecovered"`.
        gaps: recovered minus none, recovered minus not recovered, not recovered minus none;
            p-values Holm-adjusted.
        rate: percent of the failures that were recovered.
        outcomes: of what customers did, each on its own.
        cautions: what a reader has to know.
    """

    scores: Mapping[str, Score]
    gaps: tuple[Gap, ...]
    rate: Estimate
    outcomes: tuple[RecoveredOutcome, ...]
    cautions: tuple[Caution, ...]

    @property
    def paradox(self) -> bool:
        """Whether recovered customers score above those without failure, beyond chance."""
        better = -1 if next(iter(self.scores.values())).metric.direction == "lower" else 1
        return any(
            gap.significant and better * gap.value > 0
            for gap in self.gaps
            if gap.name == _name(*_PAIRS[0])
        )

    @property
    def title(self) -> str:
        """The news in one line."""
        metric = next(iter(self.scores.values())).metric
        first = next((gap for gap in self.gaps if gap.name == _name(*_PAIRS[0])), None)
        beside = "" if first is None else f", {first.texts()[0]} beside no failure"
        kind = " (recovery paradox)" if self.paradox else ""
        return f"{metric.title} after recovery{beside}{kind}; recovered {self.rate.texts()[0]}"

    def sheet(self) -> Sheet:
        """Return the table."""
        rows = []
        for fate, score in self.scores.items():
            rows.append((_SAID[fate], *estimate_of(score).texts()))
        rows.append(("failures recovered", *self.rate.texts()))
        rows += [(gap.name, *gap.texts()) for gap in self.gaps]
        for one in self.outcomes:
            rows += [(f"{one.name}, {_SAID[f]}", *e.texts()) for f, e in one.means.items()]
            if one.gap is not None:
                rows.append((f"{one.name}, {one.gap.name}", *one.gap.texts()))
        return Sheet(
            title=self.title,
            head=("group", "value", "interval", "n or p"),
            rows=rows,
            notes=(
                "The paradox is known of satisfaction, not of outcomes (de Matos et al. 2007).",
            ),
            cautions=self.cautions,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "scores": {fate: score.summary() for fate, score in self.scores.items()},
            "gaps": [gap.to_dict() for gap in self.gaps],
            "rate": self.rate.to_dict(),
            "paradox": self.paradox,
            "outcomes": [one.to_dict() for one in self.outcomes],
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __str__(self) -> str:
        return str(self.sheet())

    def _repr_html_(self) -> str:
        return self.sheet().html()


def service_recovery(
    data: Any,
    *,
    failed: str = "failed",
    recovered: str = "recovered",
    rating: str = "rating",
    metric: str = "nps",
    scale: Scale | None = None,
    outcomes: Sequence[str] = (),
    weight: str | None = None,
    unit: str | None = None,
    strata: str | None = None,
    where: Any = None,
    missing: Sequence[Any] = (),
    off_scale: OffScale = "error",
    level: float = 0.95,
) -> Recovery:
    """Compare customers whose failure was repaired with those who had none.

    Three groups: no failure, failure recovered, failure not recovered. The *service recovery
    paradox* is a recovered group above the failure-free one. A meta-analysis finds it for
    satisfaction only, not for repurchase, word of mouth or image: so `outcomes` are told apart.
    Tests are two-sided and Holm-adjusted.

    Args:
        data: one row a customer (or case).
        failed: the column that says whether something went wrong, yes or no.
        recovered: the column that says whether it was put right; of no meaning without a failure.
        rating: the column of ratings.
        metric: the name of the metric.
        scale: of the ratings, where it is not the metric's own.
        outcomes: columns of what customers did: bought again (yes or no), revenue.
        weight: the column of survey weights.
        unit: the column that says who answered.
        strata: the column of sampling strata.
        where: rows to keep.
        missing: values that stand for "no answer".
        off_scale: what to do with ratings that are no point of the scale.
        level: the confidence level.

    Raises:
        ColumnError: a column is not there.
        DataError: there was no failure, or it is not said whether one was recovered.
        ScaleError: a value is no rating, or no yes or no.

    References:
        de Matos, Henrique & Rossi 2007, Journal of Service Research 10:60-77.

    Example:
        >>> found = service_recovery({
        ...     "failed": [0] * 60 + [1] * 60, "recovered": [0] * 60 + [1] * 40 + [0] * 20,
        ...     "rating": [9, 8, 7] * 20 + [10, 9, 9, 7] * 10 + [2, 5] * 10,
        ... })
        >>> found.paradox, round(found.rate.value, 1)
        (True, 66.7)
    """
    check_level(level)
    own: Metric = registry.find("metric", metric)
    own = own.using(scale=scale) if scale is not None else own
    extra = [name for name in (weight, unit, strata) if name is not None]
    options: dict[str, Any] = {"weight": weight, "unit": unit, "strata": strata}
    read = answers(
        data,
        [failed, recovered, *outcomes],
        scale={failed: yes_no, recovered: yes_no},
        where=where,
        missing=missing,
        **options,
    )
    broke, mended = read.items[failed], read.items[recovered]
    unsaid = (broke == 1) & np.isnan(mended)
    if not (broke == 1).any():
        raise DataError(f"{failed!r} says of nobody that something went wrong.")
    if unsaid.all() or not ((broke == 1) & ~unsaid).any():
        raise DataError(f"{recovered!r} says of no failure whether it was put right.")
    fate = np.where(broke == 0, 0, np.where(mended == 1, 1, 2))
    fate[np.isnan(broke) | unsaid] = -1
    columns = columns_of(data, [rating, *extra], where=where)
    scores: Scores = own.told(data, where)(
        {**columns, " fate": [FATES[f] if f >= 0 else None for f in fate]},
        rating=rating,
        by=" fate",
        where={" fate": list(FATES)},
        missing=missing,
        off_scale=off_scale,
        level=level,
        **options,
    )
    known: dict[str, Score] = {name: scores[name] for name in FATES if name in scores}
    lost = int((fate < 0).sum())
    said = f"{count(lost)} of {count(read.rows)} rows do not say what became of them: in no group."
    return Recovery(
        scores=known,
        gaps=tuple(adjusted(list(_gaps(known)))),
        rate=_rate(read, fate, level),
        outcomes=tuple(_outcomes(read, outcomes, fate, level)),
        cautions=(
            *([Caution("INCOMPLETE_ROWS", said)] if lost else []),
            Caution("SURVIVORS", "who left after a failure did not answer: groups are survivors."),
            *(
                evolve(own, message=f"{_SAID[fate]}: {own.message}")
                for fate, score in known.items()
                for own in score.cautions
            ),
        ),
    )


def _name(first: Fate, second: Fate) -> str:
    return f"{_SAID[first]} − {_SAID[second]}"


def _gaps(scores: Mapping[str, Score]) -> Iterator[Gap]:
    for first, second in _PAIRS:
        if first in scores and second in scores:
            try:
                found = scores[first].compare(scores[second])
            except IntervalError:
                continue
            yield Gap.of(_name(first, second), found.difference, unit=found.unit)


def _rate(read: Answers, fate: NDArray[np.intp], level: float) -> Estimate:
    mended = np.where(fate > 0, (fate == 1).astype(float), np.nan)
    groups = np.zeros(len(fate), np.intp)
    return estimate_of(counted(mended, read, groups, level=level).overall)


def _outcomes(
    read: Answers, names: Sequence[str], fate: NDArray[np.intp], level: float
) -> list[RecoveredOutcome]:
    """Return yes and no as shares, everything else as means."""
    told: list[tuple[str, dict[str, Estimate], Gap | None]] = []
    for name in names:
        values = read.items[name]
        if set(np.unique(values[~np.isnan(values)])) <= {0.0, 1.0}:
            scores = counted(values, read, fate, level=level, keep=fate >= 0)
            means: dict[str, Estimate] = {
                f: estimate_of(scores[g]) for g, f in enumerate(FATES) if g in scores
            }
            both = {"none", "recovered"} <= set(means)
            gap = difference_of(_name("recovered", "none"), scores, 1, 0) if both else None
        else:
            found = read.averages(values, groups=fate, size=len(FATES))
            means = {
                f: Estimate.of(found, g, unit="rating", level=level)
                for g, f in enumerate(FATES)
                if found.n[g]
            }
            named = _name("recovered", "none")
            gap = Gap.between(named, found, 1, 0, unit="rating", level=level)
        told.append((name, means, gap))
    fixed = iter(adjusted([gap for _, _, gap in told if gap is not None]))
    return [
        RecoveredOutcome(name=name, means=means, gap=None if gap is None else next(fixed))
        for name, means, gap in told
    ]


CONCEPTS = (
    Concept(
        name="service_recovery",
        title="Service recovery",
        french="récupération de service, rattrapage par le SAV",
        topic="memory",
        call="cxmetrics.concepts.catalogue.recovery:service_recovery",
        unit="that of the metric",
        direction="higher",
        scale="that of the metric, with yes or no: failed, recovered",
        formula="score of failure-recovered customers minus that of failure-free ones",
        interval="that of the metric's comparison (Holm); Newcombe or Welch of outcomes",
        reference="de Matos, Henrique & Rossi 2007, Journal of Service Research 10:60-77",
        limits=(
            "The paradox is known of satisfaction, not of what customers do afterwards.",
            "Customers who left after a failure did not answer.",
            "A failure that was repaired costs twice: do not make failures to repair them.",
        ),
        example=Worked(
            code=(
                "found = cx.concept('service_recovery')({\n"
                "    'failed': [0] * 60 + [1] * 60,\n"
                "    'recovered': [0] * 60 + [1] * 40 + [0] * 20,\n"
                "    'rating': [9, 8, 7] * 20 + [10, 9, 9, 7] * 10 + [2, 5] * 10,\n"
                "})\n"
                "for fate, score in found.scores.items():\n"
                "    print(fate, round(score.value, 1))"
            ),
            shows="none 33.3\nrecovered 75.0\nunrecovered -100.0",
            source="by hand: 20 of 60 promoters; 30 of 40; 20 of 20 detractors",
        ),
    ),
)
