"""Moments of truth: the steps at which what is felt goes with the final score, or the outcome."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import exp, inf, sqrt
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from attrs import asdict, evolve, frozen

from cxmetrics.engines.encode import missing_numbers, numeric
from cxmetrics.errors import Caution, DataError, UsageError
from cxmetrics.journeys.finals import Finals
from cxmetrics.journeys.moments import of_events
from cxmetrics.journeys.path import Paths
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import count, interval_text, listed, number, p_cell
from cxmetrics.stats.intervals import Interval
from cxmetrics.stats.logistic import logistic
from cxmetrics.stats.multiplicity import Adjustment, adjust
from cxmetrics.stats.regression import Effect, effect_of, least_squares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

LEAST: Final = 30
"""Paths that a step needs before it enters the model."""
_EVENTS: Final = 10
_SPANNED: Final = 1e-6


@frozen(kw_only=True)
class TruthMoment:
    """One step in the model.

    Attributes:
        step: its label.
        effect: of one more point felt there, the other steps held steady: points of the final
            score, or change of the log odds of a yes-or-no outcome.
        p_adjusted: its p-value, adjusted for the number of steps.
        spread: standard deviation of what is felt there, over the paths that were there.
        impact: effect times spread: what one usual difference there goes with; the ranking.
        odds_ratio: of one more point felt, with its interval; None for a score.
        visit: of having been there (at its mean) against not; None where it can't be told apart.
        n: paths with something felt there.
        reach: share of the paths of the model that were there.
        decides: whether the adjusted p-value is at most 1 minus the level.
    """

    step: str
    effect: Effect
    p_adjusted: float
    spread: float
    impact: float
    odds_ratio: Interval | None
    visit: Effect | None
    n: int
    reach: float
    decides: bool


@frozen(kw_only=True, slots=False, eq=False)
class TruthMoments(Mapping[str, TruthMoment]):
    """The steps, those with the largest impact first.

    Attributes:
        outcome: what was explained.
        yes_no: whether it is a yes-or-no outcome (logistic regression).
        steps: by label.
        omitted: steps that are not in the model, and why.
        n: paths in the model.
        r2: share of variance explained; None for a yes-or-no outcome.
        level: of the intervals.
        adjustment: of the p-values.
        cautions: what a reader has to know.
    """

    outcome: str
    yes_no: bool
    steps: Mapping[str, TruthMoment]
    omitted: Mapping[str, str]
    n: int
    r2: float | None
    level: float
    adjustment: str
    cautions: tuple[Caution, ...]

    def __getitem__(self, step: str) -> TruthMoment:
        return self.steps[step]

    def __iter__(self) -> Iterator[str]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def decisive(self) -> tuple[str, ...]:
        """The moments of truth: steps whose association is significant, the largest first."""
        return tuple(step for step, own in self.items() if own.decides)

    @property
    def title(self) -> str:
        """The first moments of truth, by name."""
        first = listed(self.decisive, 3) or "none that stands out"
        return f"Moments of truth for {self.outcome}: {first}  (n = {count(self.n)} paths)"

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values, the largest impact first."""
        steps = [
            {
                **asdict(own),
                "effect": own.effect.to_dict(),
                "visit": None if own.visit is None else own.visit.to_dict(),
            }
            for own in self.values()
        ]
        return {**asdict(self), "steps": steps, "decisive": list(self.decisive)}

    def sheet(self) -> Sheet:
        """Return one row a step."""
        head = ("step", "odds × a point" if self.yes_no else "effect of a point", "limits", "p")
        rows = []
        for own in self.values():
            ends = own.effect.interval if own.odds_ratio is None else own.odds_ratio
            value = own.effect.value if own.odds_ratio is None else exp(own.effect.value)
            signed = not self.yes_no
            rows.append(
                (
                    own.step,
                    number(value, "rating", difference=signed),
                    interval_text(ends, "rating", difference=signed),
                    p_cell(own.p_adjusted),
                    number(own.spread, "rating"),
                    number(own.impact, "rating", difference=True),
                    number(100 * own.reach, "percent"),
                )
            )
        unit = "log odds" if self.yes_no else "points of the final score"
        return Sheet(
            title=self.title,
            head=(*head, "spread", "impact", "reach"),
            rows=rows,
            notes=[
                f"Impact (the ranking): effect of a point times the spread felt there, {unit}.",
                f"p-values are {self.adjustment}-adjusted for {len(self)} steps.",
                "Associated with, not caused by: who feels well in one place may in others.",
                *(f"Not in the model: {step}, {why}." for step, why in self.omitted.items()),
            ],
            cautions=self.cautions,
        )

    def __str__(self) -> str:
        return str(self.sheet())

    def _repr_html_(self) -> str:
        return self.sheet().html()


def moments_of_truth(
    paths: Paths,
    felt: Any,
    final: Any,
    *,
    least: int = LEAST,
    missing: Sequence[Any] = (),
    level: float = 0.95,
    adjustment: Adjustment = "holm",
) -> TruthMoments:
    """Rank the steps by what goes with the final score, or with a yes-or-no outcome.

    One regression of the final score (least squares with robust or cluster standard errors) or of
    the outcome (logistic) on, for each step, the mean felt there around its own mean, and whether
    the path was there at all; a path that was not counts as at the mean. The effect is that of one
    more point felt at the step, the others held steady; *impact* is the effect times the spread of
    what is felt there, and ranks.

    Args:
        paths: the paths; their steps are judged.
        felt: the ratings of the moments, one a row of the data that the paths were made of; missing
            ones count as not there.
        final: the final score or outcome (1 and 0), one a path: `finals(…)`.
        least: paths that a step needs, with something felt there that varies.
        missing: values of `felt` that stand for "no rating".
        level: of the intervals and of what is decisive.
        adjustment: for the number of steps.

    Raises:
        DataError: no step has enough paths, the outcome does not vary, or separation.
        UsageError: a column has the wrong length.

    Example:
        >>> from datetime import UTC, datetime, timedelta
        >>> from cxmetrics.journeys import paths
        >>> log = {"customer": [], "stage": [], "at": []}
        >>> for k in range(200):
        ...     for place, stage in enumerate(("ask", "buy")):
        ...         log["customer"].append(k)
        ...         log["stage"].append(stage)
        ...         log["at"].append(datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=place))
        >>> felt = [x for k in range(200) for x in (k % 5 - 2, k % 7 - 3)]
        >>> final = [5 + 0.1 * (k % 5) + 0.6 * (k % 7) + (k % 3) for k in range(200)]
        >>> found = moments_of_truth(paths(log), felt, final)
        >>> list(found), round(found["buy"].effect.value, 1)
        (['buy', 'ask'], 0.6)
    """
    y = np.asarray(final, dtype=float)
    if y.shape != (len(paths),):
        raise UsageError(f"{y.size} final scores for {len(paths)} paths: one a path.")
    kept = ~np.isnan(y)
    means = _means(paths, felt, missing)[kept]
    y, owner = y[kept], paths.owner[kept]
    if not y.size or np.ptp(y) == 0:
        raise DataError(
            f"the final score does not vary over {count(y.size)} paths: nothing can explain it."
        )
    omitted = {}
    steps = []
    for code, step in enumerate(paths.steps):
        own = means[:, code][~np.isnan(means[:, code])]
        if own.size < least:
            omitted[step] = f"{count(own.size)} paths with something felt there, under {least}"
        elif np.ptp(own) == 0:
            omitted[step] = "the same is felt there on every path"
        else:
            steps.append(code)
    if not steps:
        raise DataError(f"no step has {least} paths with a final score and something felt there.")
    there = ~np.isnan(means[:, steps])
    centred = np.where(there, means[:, steps] - np.nanmean(means[:, steps], axis=0), 0.0)
    spread = np.nanstd(means[:, steps], axis=0, ddof=1)
    visits = _visits(centred, there, least)
    names = [paths.steps[code] for code in steps]
    columns = np.column_stack([centred, there[:, visits].astype(float)])
    labels = (*names, *(f"{names[k]} (visited)" for k in visits))
    yes_no = bool(np.isin(y, (0, 1)).all())
    clusters = owner if len(np.unique(owner)) < len(owner) else None
    fit = _odds(columns, y, labels, clusters) if yes_no else _score(columns, y, labels, clusters)
    effects = [effect_of(fit, name, level=level) for name in names]
    p_adjusted = adjust([effect.p_value for effect in effects], adjustment)
    found = [
        TruthMoment(
            step=name,
            effect=effect,
            p_adjusted=1.0 if p is None else p,
            spread=float(spread[k]),
            impact=effect.value * float(spread[k]),
            odds_ratio=_ratio(effect.interval) if yes_no else None,
            visit=effect_of(fit, f"{name} (visited)", level=level) if k in visits else None,
            n=int(there[:, k].sum()),
            reach=float(there[:, k].mean()),
            decides=(1.0 if p is None else p) <= 1 - level,
        )
        for k, (name, effect, p) in enumerate(zip(names, effects, p_adjusted, strict=True))
    ]
    found.sort(key=lambda own: -abs(own.impact))
    return TruthMoments(
        outcome=final.name if isinstance(final, Finals) else "the final score",
        yes_no=yes_no,
        steps={own.step: own for own in found},
        omitted=omitted,
        n=int(y.size),
        r2=getattr(fit, "r2", None),
        level=level,
        adjustment=adjustment,
        cautions=tuple(_cautions(final, omitted, y, len(labels), yes_no=yes_no)),
    )


@frozen(kw_only=True, eq=False)
class _Odds:
    """A logistic model as effects are read from it."""

    names: tuple[str, ...]
    coefficients: Floats
    covariance: Floats
    df: float


def _score(columns: Floats, y: Floats, names: tuple[str, ...], clusters: Any) -> Any:
    errors: Any = "robust" if clusters is None else "cluster"
    return least_squares(y, columns, names=names, clusters=clusters, errors=errors)


def _odds(columns: Floats, y: Floats, names: tuple[str, ...], clusters: Any) -> _Odds:
    design = np.column_stack([np.ones(len(y)), columns])
    fit = logistic(design, y, np.ones(len(y)), ("intercept", *names))
    covariance, df = fit.covariance, inf
    if clusters is not None:
        place = np.unique(clusters, return_inverse=True)[1]
        many = int(place.max()) + 1
        pull = design * (y - fit.fitted)[:, None]
        sums = np.stack([np.bincount(place, own) for own in pull.T], axis=1)
        covariance = covariance @ (sums.T @ sums) @ covariance * (many / (many - 1))
        df = float(many - 1)
    return _Odds(names=names, coefficients=fit.coefficients, covariance=covariance, df=df)


def _ratio(interval: Interval) -> Interval:
    return evolve(interval, low=exp(interval.low), high=exp(interval.high))


def _means(paths: Paths, felt: Any, missing: Sequence[Any]) -> Floats:
    """Return the mean felt at each step of each path, shape (paths, steps), NaN where none."""
    values = numeric(of_events(paths, felt, "felt"), "felt", missing=missing).astype(float)
    values[np.isin(values, missing_numbers(missing))] = np.nan
    there = ~np.isnan(values)
    path = np.repeat(np.arange(len(paths)), paths.lengths)
    cell = (path * len(paths.steps) + paths.codes)[there]
    size = len(paths) * len(paths.steps)
    n = np.bincount(cell, minlength=size)
    total = np.bincount(cell, values[there], minlength=size)
    with np.errstate(invalid="ignore"):
        return (total / n).reshape(len(paths), len(paths.steps))


def _visits(centred: Floats, there: Bools, least: int) -> list[int]:
    """Return the steps whose visit is told apart from the rest of the model.

    A step that nearly all or nearly none missed, or that always comes with others, has no effect of
    its own.
    """
    basis = [np.ones(len(centred)) / sqrt(len(centred))]
    for column in centred.T:
        _add(basis, column)
    found = []
    for k, own in enumerate(there.T):
        if min(int(own.sum()), int((~own).sum())) >= least and _add(basis, own.astype(float)):
            found.append(k)
    return found


def _add(basis: list[Floats], column: Floats) -> bool:
    """Put a column's own direction to a basis, if it has one."""
    rest = column.astype(float)
    for _ in range(2):  # twice is enough
        for own in basis:
            rest = rest - own * (own @ rest)
    length = float(np.linalg.norm(rest))
    if length <= _SPANNED * float(np.linalg.norm(column)):
        return False
    basis.append(rest / length)
    return True


def _cautions(
    final: Any, omitted: Mapping[str, str], y: Floats, columns: int, *, yes_no: bool
) -> Iterator[Caution]:
    yield from getattr(final, "cautions", ())
    if omitted:
        yield Caution("SPARSE", f"not in the model: {', '.join(omitted)}. See the reasons.")
    if yes_no:
        events = int(min(y.sum(), (1 - y).sum()))
        if events < _EVENTS * columns:
            yield Caution(
                "FEW_EVENTS",
                f"{count(events)} of the rarer outcome for {columns} columns: under {_EVENTS} a "
                "column the odds ratios are unsure.",
            )
