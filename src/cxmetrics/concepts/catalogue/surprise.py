"""Wow: the customers who got much more than they expected."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from cxmetrics.concepts._base import Concept, Worked
from cxmetrics.concepts.answers import Answers, answers
from cxmetrics.concepts.breakdown import counted, estimate_of, shares
from cxmetrics.concepts.estimate import Estimate, Gap
from cxmetrics.concepts.promise import KINDS, Kind, Wow
from cxmetrics.engines.query import OffScale
from cxmetrics.errors import DataError, UsageError
from cxmetrics.items.contrast import Contrast
from cxmetrics.items.contrasts import penalty_reward
from cxmetrics.links.results import lost
from cxmetrics.scale import Scale, yes_no
from cxmetrics.stats.distributions import check_level

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def wow(
    data: Any,
    *,
    rating: str | None = None,
    scale: Scale | None = None,
    top: Collection[float] = (),
    kept: Collection[float] = (),
    surprise: str | None = None,
    outcome: str | None = None,
    outcome_scale: Scale | None = None,
    by: str | Sequence[str] | None = None,
    weight: str | None = None,
    unit: str | None = None,
    strata: str | None = None,
    where: Any = None,
    missing: Sequence[Any] = (),
    off_scale: OffScale = "error",
    level: float = 0.95,
) -> Wow:
    """Count the customers who were surprised, not only satisfied.

    Wow is the top box of a question on expectations (disconfirmation: "much better than expected"),
    or a top rating that comes with a coded surprise, or the code alone. Satisfied without it is a
    *promise kept*; anything below a *promise not kept*. There is no standard formula: the boxes are
    yours, and the result names them.

    A wow that deserves the name is an *attractive* attribute (Kano): it lifts the outcome above
    that of a promise kept, by more than a promise not kept lowers it. With an outcome, such as the
    recommendation 0 to 10, both are measured: the lift (Welch's t, or with the covariance of shared
    respondents), and the contrast of penalty and reward. A top box that fails it is the good end of
    satisfaction under another name.

    Args:
        data: columns by name or a data frame, one row an answer or an experience.
        rating: the column of the rating of expectations met, or of satisfaction.
        scale: of the rating.
        top: the ratings that are a wow; the best point of the scale if left out.
        kept: the ratings that keep the promise, `top` apart; those from the middle of the scale on
            if left out.
        surprise: the column, yes/no, that says whether a surprise was told; with a rating both are
            needed for a wow.
        outcome: the column of an outcome to compare, such as recommendation.
        outcome_scale: of the outcome.
        by: the column or columns that make groups.
        weight: the column of survey weights.
        unit: the column that says who answered.
        strata: the column of sampling strata.
        where: rows to keep.
        missing: values that stand for "no answer".
        off_scale: `"error"`, or `"set_aside"` to count ratings that are no point of the scale.
        level: the confidence level.

    Returns:
        The shares with Wilson's intervals, by group against all others together (adjusted by Holm).

    Raises:
        ColumnError: a column is not there, or holds no numbers.
        DataError: nobody answered.
        ScaleError: a rating is no point of the scale.
        UsageError: neither rating nor surprise is named, or it is not said which ratings are top.

    References:
        Oliver 1980, Journal of Marketing Research 17:460-469 (disconfirmation); Oliver, Rust &
        Varki 1997, Journal of Retailing 73:311-336 (delight); Kano et al. 1984; Brandt 1987.

    Example:
        >>> from cxmetrics.scale import one_to_five
        >>> made = {"expected": [5, 3, 4, 3, 2, 5], "told": [1, 0, 0, 0, 0, 0]}
        >>> found = wow(made, rating="expected", scale=one_to_five, surprise="told")
        >>> [round(one.value) for one in found.kinds.values()]
        [17, 67, 17]
    """
    check_level(level)
    if rating is None and surprise is None:
        raise UsageError(
            "say rating=… (a column of ratings), surprise=… (a yes/no column) or both."
        )
    boxes = None if rating is None else _boxes(scale, top, kept)
    given = {rating: scale, surprise: yes_no, outcome: outcome_scale}
    names = [name for name in given if name is not None]
    read = answers(
        data,
        names,
        scale={name: own for name, own in given.items() if name and own is not None},
        by=by,
        weight=weight,
        unit=unit,
        strata=strata,
        where=where,
        missing=missing,
        off_scale=off_scale,
    )
    kind = _kinds(read, rating, surprise, boxes)
    known = ~np.isnan(kind)
    if not known.any():
        raise DataError("nobody answered all that is needed to tell a wow.")
    found = shares(np.where(known, kind == 1, np.nan), read, level=level)
    kinds: dict[Kind, Estimate] = {"wow": found.overall}
    if boxes is not None:
        whole = np.zeros(read.rows, np.intp)
        others: tuple[tuple[Kind, int], ...] = (("kept", 0), ("broken", -1))
        for name, code in others:
            yes = np.where(known, kind == code, np.nan)
            kinds[name] = estimate_of(counted(yes, read, whole, level=level).overall)
    other = "no wow" if boxes is None else "promise kept"
    outcomes, lift = _outcomes(read, outcome, outcome_scale, kind, other, level)
    return Wow(
        shares=found,
        kinds=kinds,
        outcomes=outcomes,
        lift=lift,
        contrast=_contrast(read, outcome, kind, level) if boxes is not None else None,
        rule=_rule(rating, surprise, boxes),
        incomplete=int((~known).sum()),
        level=level,
        cautions=(*read.cautions, *lost(int(known.sum()), read.rows, "rows"), *found.cautions),
    )


def _boxes(
    scale: Scale | None, top: Collection[float], kept: Collection[float]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the points that are a wow, and those that keep the promise."""
    best, good = tuple(sorted(top)), tuple(sorted(kept))
    if scale is not None:
        best = best or (scale.best,)
        middle = (scale.low + scale.high) / 2
        good = good or tuple(
            point
            for point in scale.points
            if (point <= middle if scale.reverse else point >= middle)
        )
    if not best or not good:
        raise UsageError(
            "say scale=…, or which ratings are a wow (top=) and which satisfy (kept=)."
        )
    return best, tuple(point for point in good if point not in best)


def _kinds(
    read: Answers,
    rating: str | None,
    surprise: str | None,
    boxes: tuple[tuple[float, ...], tuple[float, ...]] | None,
) -> Floats:
    """Return 1 for a wow, 0 for a promise kept, -1 for one that was not; NaN where unknown."""
    if rating is None or boxes is None:
        assert surprise is not None  # noqa: S101  # one of the two is named
        return read.items[surprise]
    values = read.items[rating]
    top, good = (np.isin(values, points) for points in boxes)
    kind = np.where(top, 1.0, np.where(good, 0.0, -1.0))
    kind[np.isnan(values)] = np.nan
    if surprise is not None:
        told = read.items[surprise]
        kind[top & (told == 0)] = 0.0
        kind[np.isnan(told)] = np.nan  # also under the top: who skips the code is not like others
    return kind


def _rule(
    rating: str | None,
    surprise: str | None,
    boxes: tuple[tuple[float, ...], tuple[float, ...]] | None,
) -> str:
    if boxes is None:
        return f"Wow: {surprise} is yes. No standard formula exists."
    top, good = ("{" + ", ".join(f"{p:g}" for p in points) + "}" for points in boxes)
    told = "" if surprise is None else f" and {surprise} is yes"
    also = "" if surprise is None else " or top without surprise"
    return f"Wow: {rating} in {top}{told}; kept: in {good}{also}. No standard formula exists."


def _outcomes(
    read: Answers,
    outcome: str | None,
    scale: Scale | None,
    kind: Floats,
    other: str,
    level: float,
) -> tuple[dict[Kind, Estimate], Gap | None]:
    """Return the mean outcome of each kind, and that of wow minus the next one."""
    if outcome is None:
        return {}, None
    codes = np.select([kind == 1, kind == 0, kind == -1], [0, 1, 2], -1)
    found = read.averages(read.items[outcome], groups=codes, size=3)
    bounds = None if scale is None else (scale.low, scale.high)
    means: dict[Kind, Estimate] = {
        name: Estimate.of(found, place, unit="rating", level=level, bounds=bounds)
        for place, name in enumerate(KINDS)
        if found.n[place]
    }
    named = f"{outcome}, wow minus {other}"
    return means, Gap.between(named, found, 0, 1, unit="rating", level=level, bounds=bounds)


def _contrast(read: Answers, outcome: str | None, kind: Floats, level: float) -> Contrast | None:
    """Return penalty and reward of the promise; None where a kind is absent."""
    if outcome is None:
        return None
    columns: dict[str, Any] = {"promise": kind, "outcome": read.items[outcome]}
    options: dict[str, str] = {}
    for name in ("weight", "unit"):
        own = getattr(read, name)
        if own is not None:
            columns[name], options[name] = own, name
    try:
        found = penalty_reward(
            columns,
            outcome="outcome",
            items=["promise"],
            low={-1},
            high={1},
            level=level,
            **options,
        )
    except DataError:
        return None
    return found["promise"]


_EXAMPLE: Final = """import cxmetrics as cx
from cxmetrics.concepts.catalogue.surprise import wow

answers = {
    "expected": [5, 3, 4, 3, 2, 5, 3, 4, 3, 1],
    "recommend": [10, 8, 8, 7, 6, 10, 8, 8, 7, 6],
}
print(wow(answers, rating="expected", scale=cx.one_to_five, outcome="recommend"))"""

CONCEPTS: Final = (
    Concept(
        name="wow",
        title="Wow, enchantment",
        french="enchantement, effet wow",
        topic="emotion",
        call="cxmetrics.concepts.catalogue.surprise:wow",
        unit="percent of answers",
        direction="higher",
        scale="much worse to much better than expected, or a rating with a coded surprise",
        formula="Share of the top box of disconfirmation, or of top ratings with a surprise; "
        "beside it promises kept and not kept, and the lift of an outcome over a promise kept",
        interval="Wilson for shares; Welch's t for the lift; t of the regression for the contrast",
        reference="Oliver 1980; Oliver, Rust & Varki 1997; Kano et al. 1984; Brandt 1987",
        limits=(
            "No standard formula exists: the boxes are a choice, and part of the number.",
            "What surprised once is expected the next time.",
            "The outcome has a ceiling: those who already gave 10 can't be lifted.",
        ),
        example=Worked(
            code=_EXAMPLE,
            shows="""Wow: 20.0 %  (95 % interval 5.7 to 51.0 %; n = 10)
                     share        interval   n
  wow               20.0 %   5.7 to 51.0 %  10
  promise kept      60.0 %  31.3 to 83.2 %  10
  promise not kept  20.0 %   5.7 to 51.0 %  10
  Wow: expected in {5}; kept: in {3, 4}. No standard formula exists.
  Mean outcome: wow 10.00, promise kept 7.67, promise not kept 6.00.
  recommend, wow minus promise kept: +2.33 (+1.79 to +2.88; p < 0.001).
  A promise not kept costs 1.67, a wow brings 2.33: not told from the good end of satisfaction
  (cost minus gain −0.67, −2.00 to +0.67; p = 0.275).
  ! SMALL_SAMPLE: all: 10 answers, under 30: read the interval, not the score.""",
            source="constructed",
        ),
    ),
)
