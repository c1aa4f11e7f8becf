"""Wow: the customers who got much more than they expected."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from attrs import frozen

from cxmetrics.concepts._base import Concept, Worked
from cxmetrics.concepts.answers import Answers, answers
from cxmetrics.concepts.breakdown import Group, Shares, counted, estimate_of, shares
from cxmetrics.concepts.estimate import Estimate, Gap
from cxmetrics.engines.query import OffScale
from cxmetrics.errors import Caution, DataError, IntervalError, UsageError
from cxmetrics.items.contrasts import Contrast, penalty_reward
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import count, level_text, limits, number, p_text
from cxmetrics.scale import Scale, yes_no
from cxmetrics.stats.averages import averages
from cxmetrics.stats.distributions import check_level

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

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
        cautions=(*read.cautions, *found.cautions),
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
    found = averages(
        read.items[outcome],
        groups=codes,
        size=3,
        weights=read.weight,
        units=read.unit,
        strata=read.strata,
    )
    bounds = None if scale is None else (scale.low, scale.high)
    means: dict[Kind, Estimate] = {
        name: Estimate.of(found, place, unit="rating", level=level, bounds=bounds)
        for place, name in enumerate(KINDS)
        if found.n[place]
    }
    try:
        lift = found.difference(0, 1, level=level, bounds=bounds)
    except IntervalError:
        return means, None
    return means, Gap.of(f"{outcome}, wow minus {other}", lift, unit="rating")


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
