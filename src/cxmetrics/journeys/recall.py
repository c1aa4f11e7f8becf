"""What memory keeps: the final score explained by the peak, the end and the mean of the path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import numpy as np
from attrs import asdict, frozen

from cxmetrics.errors import Caution, DataError, UsageError, did_you_mean
from cxmetrics.items import drivers
from cxmetrics.journeys.finals import Finals
from cxmetrics.journeys.moments import NAMES, PathMoments
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import count, interval_text, level_text, number, p_cell
from cxmetrics.scale import Scale
from cxmetrics.stats.bounded import bounded
from cxmetrics.stats.intervals import Interval
from cxmetrics.stats.multiplicity import Adjustment, adjust
from cxmetrics.stats.regression import least_squares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Model = Literal["least_squares", "bounded"]

_MANY_AT_END: Final = 0.1


@frozen(kw_only=True)
class Recalled:
    """What one moment does to the final score, the others held steady.

    Attributes:
        name: the moment.
        value: points of the final score for one point felt; for `recovered`: yes against no.
        standard_error: of the value.
        interval: of the value.
        p_value: of this one alone.
        p_adjusted: for the number of moments.
        percent: of the explained variance (R²), what goes with this moment (LMG).
        percent_interval: of that (bootstrap of customers); None where it could not be drawn.
    """

    name: str
    value: float
    standard_error: float
    interval: Interval
    p_value: float
    p_adjusted: float
    percent: float
    percent_interval: Interval | None


@frozen(kw_only=True, slots=False, eq=False)
class Recall(Mapping[str, Recalled]):
    """The final score as a sum of what was felt.

    Attributes:
        outcome: what was explained.
        intercept: the final score where all moments are 0.
        moments: by name.
        r2: share of the variance that they explain together (least squares), 0 to 1.
        n: paths, or respondents.
        counted: which of both, in the plural.
        model: least squares or bounded.
        at_ends: share of the final scores at an end of their scale; None where it is not known.
        level: of the intervals.
        adjustment: of the p-values.
        notes: how to read it.
        cautions: what a reader has to know.
    """

    outcome: str
    intercept: float
    moments: Mapping[str, Recalled]
    r2: float
    n: int
    counted: str
    model: Model
    at_ends: float | None
    level: float
    adjustment: str
    notes: tuple[str, ...]
    cautions: tuple[Caution, ...]

    def __getitem__(self, name: str) -> Recalled:
        return self.moments[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.moments)

    def __len__(self) -> int:
        return len(self.moments)

    @property
    def title(self) -> str:
        """What is explained, and how well."""
        return (
            f"{self.outcome[:1].upper()}{self.outcome[1:]} by what was felt: "
            f"R² {number(self.r2, 'rating')}  (n = {count(self.n)} {self.counted})"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        found = asdict(self)
        return {**found, "moments": list(found["moments"].values())}

    def sheet(self) -> Sheet:
        """Return one row a moment."""
        return Sheet(
            title=self.title,
            head=(
                "moment",
                "effect",
                f"{level_text(self.level)} interval",
                "p",
                "of R²",
                "interval",
            ),
            rows=[
                (
                    one.name,
                    number(one.value, "rating", difference=True),
                    interval_text(one.interval, "rating", difference=True),
                    p_cell(one.p_adjusted),
                    number(one.percent, "percent"),
                    interval_text(one.percent_interval, "percent"),
                )
                for one in self.values()
            ],
            notes=self.notes,
            cautions=self.cautions,
        )

    def __str__(self) -> str:
        return str(self.sheet())

    def _repr_html_(self) -> str:
        return self.sheet().html()


def recall(
    moments: PathMoments,
    final: Any,
    *,
    on: Sequence[str] = (),
    scale: Scale | str | None = None,
    model: Model = "least_squares",
    level: float = 0.95,
    adjustment: Adjustment = "holm",
    counted: str = "paths",
) -> Recall:
    """Explain the final (remembered) score by the moments of the path.

    One regression. `"least_squares"`: standard errors that allow for unequal spread (HC3), or for
    customers with several paths (clusters). `"bounded"`: a rating at the end of its scale counts as
    "this or more", one in between as rounded (see `cxmetrics.stats.bounded`); take it where many
    give the best rating, since least squares then finds slopes that are too flat. Shares of the
    variance (LMG) are those of least squares, with bootstrap intervals.

    Peak, end and mean go together: read their shares beside the effects, and do not replace the
    mean by the peak-end rule (Alaybek et al. 2022). Association, not cause.

    Args:
        moments: of the paths.
        final: the final score, one a path; `finals(…)` brings it there.
        on: names of moments; peak, end and mean if left out, and `recovered` where it is known.
        scale: of the final score; needed by `"bounded"`.
        model: see above.
        level: of the intervals.
        adjustment: for the number of moments.
        counted: what the rows of `moments` are, in the plural.

    Raises:
        DataError: too few paths have both, or a moment does not vary or repeats others.
        UsageError: a moment is unknown, or the scale is missing.

    References:
        Kahneman et al. 1993; Alaybek et al. 2022, OBHDP 170:104149; Grömping 2006 (LMG).
    """
    if model not in get_args(Model):
        raise UsageError(f"no model {model!r}; {did_you_mean(model, get_args(Model))}")
    if isinstance(scale, str):
        scale = Scale.parse(scale)
    if model == "bounded" and scale is None:
        raise UsageError("model='bounded' needs the scale of the final score: scale='0:10'.")
    told = [name for name in ("recovered", "failed") if getattr(moments, name) is not None]
    names = tuple(on) or ("peak", "end", "mean", *told[:1])
    able = (*NAMES, "n", *told)
    for name in names:
        if name not in able:
            raise UsageError(f"no moment {name!r}; {did_you_mean(name, able)}")
    y = np.asarray(final, dtype=float)
    if y.shape != moments.peak.shape:
        raise UsageError(f"{y.size} final scores for {moments.peak.size} paths: one a path.")
    columns = np.column_stack([np.asarray(moments[name], dtype=float) for name in names])
    kept = ~np.isnan(y) & ~np.isnan(columns).any(axis=1)
    n = int(kept.sum())
    if n < len(names) + 3:
        raise DataError(
            f"{count(n)} of {count(len(y))} {counted} have a final score and all of "
            f"{', '.join(names)}: at least {len(names) + 3} are needed."
        )
    y, columns = y[kept], columns[kept]
    owner = np.unique(moments.customer[kept].astype(str), return_inverse=True)[1]
    clusters = owner if int(owner.max()) + 1 < n else None
    plain = least_squares(
        y,
        columns,
        names=names,
        clusters=clusters,
        errors=None if clusters is not None else "robust",
    )
    fit: Any = plain
    if model == "bounded":
        assert scale is not None  # noqa: S101  # checked above
        fit = bounded(y, columns, scale=scale, names=names, clusters=clusters)
    outcome = f"{final.name} in the end" if isinstance(final, Finals) else "the final score"
    split = drivers(
        {**dict(zip(names, columns.T, strict=True)), outcome: y, "customer": owner},
        outcome=outcome,
        items=names,
        unit="customer",
        level=level,
    )
    effects = [fit.effect(name, level=level) for name in names]
    p_adjusted = adjust([effect.p_value for effect in effects], adjustment)
    ends = None
    if scale is not None:
        ends = float(np.isin(y, (scale.low, scale.high)).mean())
    return Recall(
        outcome=outcome,
        intercept=float(fit.coefficients[0]),
        moments={
            name: Recalled(
                name=name,
                value=effect.value,
                standard_error=effect.standard_error,
                interval=effect.interval,
                p_value=effect.p_value,
                p_adjusted=1.0 if p is None else p,
                percent=split[name].percent,
                percent_interval=split[name].interval,
            )
            for name, effect, p in zip(names, effects, p_adjusted, strict=True)
        },
        r2=plain.r2,
        n=n,
        counted=counted,
        model=model,
        at_ends=ends,
        level=level,
        adjustment=adjustment,
        notes=tuple(_notes(moments, model, ends, names)),
        cautions=(*moments.cautions, *getattr(final, "cautions", ())),
    )


def _notes(
    moments: PathMoments, model: Model, ends: float | None, names: Sequence[str]
) -> Iterator[str]:
    yield (
        "Effects: points of the final score for one point felt, the other moments held steady. "
        "Association, not cause."
    )
    if "recovered" in names and moments.rule:
        yield moments.rule
    if model == "bounded":
        yield "Ratings at an end of the scale count as beyond it (bounded model)."
    elif ends is not None and ends > _MANY_AT_END:
        yield (
            f"{100 * ends:.0f} % of the final scores are at an end of their scale, so these slopes "
            "are too flat: model='bounded' allows for it."
        )
