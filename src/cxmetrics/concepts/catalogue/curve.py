"""The emotion curve: how it felt, step by step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from attrs import evolve

from cxmetrics.concepts._base import Concept, Worked
from cxmetrics.concepts.answers import answers
from cxmetrics.concepts.breakdown import Group, group_name, in_order
from cxmetrics.concepts.emotion_curve import Curve, EmotionCurve, Extreme
from cxmetrics.concepts.estimate import SMALL, Estimate, Gap, adjusted
from cxmetrics.engines.columns import columns_of
from cxmetrics.engines.encode import encode
from cxmetrics.engines.query import OffScale
from cxmetrics.errors import Caution, DataError, IntervalError, UsageError
from cxmetrics.metrics.text import count, label_text
from cxmetrics.records import Journey
from cxmetrics.scale import Scale
from cxmetrics.stats.averages import Averages
from cxmetrics.stats.distributions import check_level

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]


def emotion_curve(
    data: Any,
    *,
    rating: str,
    step: str,
    order: Sequence[str] | Journey,
    scale: Scale | None = None,
    by: str | Sequence[str] | None = None,
    weight: str | None = None,
    unit: str | None = None,
    strata: str | None = None,
    where: Any = None,
    missing: Sequence[Any] = (),
    off_scale: OffScale = "error",
    level: float = 0.95,
) -> EmotionCurve:
    """Draw how it felt along the journey: the mean emotion of each step with its interval.

    Each rating counts once, at its step. Where one respondent rates several steps, say `unit`: the
    steps then covary, and a change from one to the next is a paired comparison. The peak is the
    step with the best mean, the low that with the worst; beside each stand its *rivals*, the
    steps whose mean is not significantly behind (one-sided t, Bonferroni over the other steps): the
    step that is truly highest is the peak or one of its rivals at the confidence level (subset
    selection, Gupta 1965). The curve is of moments as they were rated; what is remembered of them
    is another question, see the concept of memory.

    Args:
        data: one row a moment: an interaction, or an answer about one.
        rating: the column of ratings of the emotion.
        step: the column of stages or touchpoints.
        order: the steps in their order, or a `Journey`, whose stages they are.
        scale: of the ratings.
        by: the column or columns that make curves, such as the persona.
        weight: the column of survey weights.
        unit: the column that says who answered.
        strata: the column of sampling strata.
        where: rows to keep.
        missing: values that stand for "no answer".
        off_scale: `"error"`, or `"set_aside"` to count ratings that are no point of the scale.
        level: the confidence level.

    Raises:
        ColumnError: a column is not there, or holds no numbers.
        DataError: no step of the order has a rating.
        ScaleError: a rating is no point of the scale.
        UsageError: the order is empty or names a step twice.

    References:
        Gupta 1965, Technometrics 7:225-245; Kahneman, Fredrickson, Schreiber & Redelmeier 1993 for
        why peak and end are told.

    Example:
        >>> moments = {
        ...     "who": [1, 1, 2, 2, 3, 3, 4, 4],
        ...     "step": ["order", "parcel"] * 4,
        ...     "felt": [1, 3, 0, 2, 1, 4, 2, 3],
        ... }
        >>> found = emotion_curve(
        ...     moments, rating="felt", step="step", order=["order", "parcel"], unit="who"
        ... )
        >>> print(found.curves[None].peak, found.curves[None].changes[0].texts()[0])
        parcel 3.00 +2.00
    """
    check_level(level)
    steps = _steps(order)
    dims = () if by is None else (by,) if isinstance(by, str) else tuple(by)
    extra = [name for name in (weight, unit, strata) if name is not None]
    data = columns_of(data, [rating, step, *dims, *extra], where=where)
    read = answers(
        data,
        [rating],
        scale=scale,
        by=by,
        weight=weight,
        unit=unit,
        strata=strata,
        missing=missing,
        off_scale=off_scale,
    )
    labels = encode(data[step])
    names = [label_text(label) for label in labels.labels]
    slot = np.array([steps.index(name) if name in steps else -1 for name in names], np.intp)
    at = slot[labels.codes]
    values = read.items[rating]
    _some(at, values, step, steps, names)
    places = in_order(read)
    which = np.zeros(len(read.labels), np.intp)
    which[places] = np.arange(len(places))
    many = len(steps)
    found = read.averages(
        values, groups=np.where(at < 0, -1, which[read.groups] * many + at), size=len(places) * many
    )
    whole = read.labels == ((),)
    curves = {
        None if whole else read.labels[group]: _curve(
            "" if whole else group_name(read.labels[group]),
            found,
            {name: place * many + at for at, name in enumerate(steps)},
            scale,
            level,
        )
        for place, group in enumerate(places)
    }
    drawn = {group: own for group, own in curves.items() if own is not None}
    tested = iter(adjusted([gap for own in drawn.values() for gap in own.changes]))
    drawn = {
        group: evolve(own, changes=tuple(next(tested) for _ in own.changes))
        for group, own in drawn.items()
    }
    return EmotionCurve(
        order=steps,
        curves=drawn,
        scale=scale,
        level=level,
        cautions=(*read.cautions, *_cautions(drawn, steps, names, at, values)),
    )


def _steps(order: Sequence[str] | Journey) -> tuple[str, ...]:
    steps = order.stages if isinstance(order, Journey) else tuple(order)
    if isinstance(order, str) or not steps or len(set(steps)) < len(steps):
        raise UsageError(f"order={order!r}: name the steps in their order, each once.")
    return steps


def _some(at: Ints, values: Floats, step: str, steps: Sequence[str], names: Sequence[str]) -> None:
    if not (~np.isnan(values[at >= 0])).any():
        raise DataError(
            f"no step of the order ({', '.join(steps)}) has a rating; {step!r} holds "
            f"{', '.join(names[:10])}."
        )


def _curve(
    name: str,
    found: Averages,
    cells: Mapping[str, int],
    scale: Scale | None,
    level: float,
) -> Curve | None:
    """Return the curve of one group; None where it has no rating at all."""
    there = {step: cell for step, cell in cells.items() if found.n[cell]}
    if not there:
        return None
    bounds = None if scale is None else (scale.low, scale.high)
    best = -1 if scale is not None and scale.reverse else 1
    changes = []
    for before, after in pairwise(there):
        change = Gap.between(
            f"{after} − {before}",
            found,
            there[after],
            there[before],
            unit="rating",
            level=level,
            bounds=bounds,
        )
        if change is not None:
            changes.append(change)
    return Curve(
        name=name,
        steps={
            step: Estimate.of(found, cell, unit="rating", level=level, bounds=bounds)
            for step, cell in there.items()
        },
        changes=tuple(changes),
        peak=_extreme(found, there, best, bounds, level),
        low=_extreme(found, there, -best, bounds, level),
        end=list(there)[-1],
    )


def _extreme(
    found: Averages,
    there: Mapping[str, int],
    sign: int,
    bounds: tuple[float, float] | None,
    level: float,
) -> Extreme:
    """Return the step that is highest (`sign` 1) or lowest, and those that may be it instead."""
    best = max(there, key=lambda step: sign * found.mean[there[step]])
    rivals = []
    for step, cell in there.items():
        if step == best:
            continue
        try:
            ahead = found.difference(there[best], cell, level=level, bounds=bounds)
        except IntervalError:
            rivals.append(step)
            continue
        one_sided = ahead.p_value / 2
        if one_sided * (len(there) - 1) > 1 - level:
            rivals.append(step)
    return Extreme(step=best, value=float(found.mean[there[best]]), rivals=tuple(rivals))


def _cautions(
    curves: Mapping[Group, Curve],
    steps: Sequence[str],
    names: Sequence[str],
    at: Ints,
    values: Floats,
) -> Iterator[Caution]:
    outside = int((at < 0).sum())
    if outside:
        others = [name for name in names if name not in steps]
        shown = ", ".join(others[:5]) + (", …" if len(others) > 5 else "")
        yield Caution(
            "UNKNOWN_STAGE",
            f"{count(outside)} of {count(len(at))} rows are at no step of the order ({shown}) and "
            "are left out.",
        )
    absent = int(np.isnan(values[at >= 0]).sum())
    if absent:
        yield Caution("INCOMPLETE_ROWS", f"{count(absent)} rows have no rating and are left out.")
    few = [
        " · ".join(filter(None, (own.name, step)))
        for own in curves.values()
        for step, one in own.steps.items()
        if one.n < SMALL
    ]
    if few:
        yield Caution("SMALL_SAMPLE", f"under {SMALL} ratings: {', '.join(few)}.")
    empty = [step for step in steps if not any(step in own.steps for own in curves.values())]
    if empty:
        yield Caution("NO_ANSWERS", f"no rating at {', '.join(empty)}.")


_EXAMPLE: Final = """from cxmetrics.concepts.catalogue.curve import emotion_curve

moments = {
    "who": [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4],
    "step": ["order", "parcel", "help"] * 4,
    "felt": [1, 3, -2, 0, 2, -1, 1, 4, -3, 2, 3, 0],
}
steps = ["order", "parcel", "help"]
print(emotion_curve(moments, rating="felt", step="step", order=steps, unit="who"))"""

CONCEPTS: Final = (
    Concept(
        name="emotion_curve",
        title="Emotion curve",
        french="courbe des émotions",
        topic="emotion",
        call="cxmetrics.concepts.catalogue.curve:emotion_curve",
        unit="points of the emotion scale",
        direction="higher",
        scale="a rating of the emotion at each moment, such as -5 to 5",
        formula="Mean rating by step, in the order of the journey; change from step to step; the "
        "highest, the lowest and the last step",
        interval="t interval of each mean, linearised over respondents (unit=); changes with the "
        "covariance of shared respondents, Holm; rivals of peak and low by subset selection",
        reference="Kahneman, Fredrickson, Schreiber & Redelmeier 1993; Gupta 1965",
        limits=(
            "A mean hides two camps: look at the emotion ratio of a step, too.",
            "Only those who came as far as a step rate it: later steps have other customers.",
            "It shows moments as rated at the time, not what is remembered of them.",
        ),
        example=Worked(
            code=_EXAMPLE,
            shows="""Emotion curve: peak parcel 3.00, low help −1.50
  step     mean       interval  n  change          p
  order    1.00  −0.30 to 2.30  4
  parcel   3.00   1.70 to 4.30  4   +2.00  p = 0.033     peak
  help    −1.50  −3.55 to 0.55  4   −4.50  p = 0.033  low end
  95 % intervals; change: from the step before, Holm.
  ! SMALL_SAMPLE: under 30 ratings: order, parcel, help.""",
            source="constructed",
        ),
    ),
)
