"""Least squares: coefficients, how sure they are, and how much each column explains."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from math import inf, isfinite, nan, sqrt
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, get_args

import numpy as np
from attrs import asdict, frozen

from cxmetrics.errors import DataError, UsageError, did_you_mean
from cxmetrics.stats.distributions import check_level, normal_p, t_p, t_quantile, two_sided_z
from cxmetrics.stats.importance import lmg
from cxmetrics.stats.intervals import Interval

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

Errors = Literal["classic", "robust", "cluster"]
"""Where the standard errors come from."""

_NOISE: Final = 1e-12
_EXACT: Final = 1e-24  # of the variance
_TWIN: Final = 0.05  # part of a singular direction from which on a column is blamed


@frozen(kw_only=True)
class Effect:
    """A coefficient, or a sum of coefficients.

    Attributes:
        value: in units of the outcome.
        standard_error: of the value.
        statistic: value over standard error, Student's t or z.
        df: degrees of freedom of t; infinite for z.
        p_value: two-sided, of this one alone.
        interval: of the value.
    """

    value: float
    standard_error: float
    statistic: float
    df: float
    p_value: float
    interval: Interval

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values; what is infinite or undefined is None."""
        own = asdict(self)
        return {**own, **{k: None for k in ("statistic", "df") if not isfinite(own[k])}}


@frozen(kw_only=True, slots=False, eq=False)
class LeastSquares:
    """A fitted regression.

    Attributes:
        names: of the columns, without the intercept.
        coefficients: shape (columns + 1,): the intercept, then one a column.
        covariance: shape (columns + 1, columns + 1): of the coefficients.
        df: degrees of freedom of t: rows minus coefficients, or clusters minus 1.
        n: rows.
        r2: share of the outcome's variance that the columns explain, 0 to 1.
        sigma: standard deviation of the residuals.
        errors: where the standard errors come from.
        correlation: shape (columns + 1, columns + 1), the outcome first.
    """

    names: tuple[str, ...]
    coefficients: Floats
    covariance: Floats
    df: float
    n: int
    r2: float
    sigma: float
    errors: Errors
    correlation: Floats

    @property
    def standard_errors(self) -> Floats:
        """Shape (columns + 1,)."""
        found: Floats = np.sqrt(np.diag(self.covariance))
        return found

    @cached_property
    def shares(self) -> Floats:
        """Shape (columns,): the part of R² of each column (LMG); they sum to R²."""
        return lmg(self.correlation[1:, 1:], self.correlation[0, 1:])

    def effect(self, column: str | ArrayLike, *, level: float = 0.95) -> Effect:
        """Return a coefficient with its t interval.

        Args:
            column: its name; or shape (columns + 1,): what to sum, such as `[0, 1, -1]` for the
                difference of two coefficients.
            level: the confidence level.

        Raises:
            UsageError: no column has that name.
        """
        return effect_of(self, column, level=level)


class Fitted(Protocol):
    """What every model has from which effects are read: the intercept first, then the columns."""

    @property
    def names(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def coefficients(self) -> Floats: ...  # noqa: D102
    @property
    def covariance(self) -> Floats: ...  # noqa: D102
    @property
    def df(self) -> float: ...  # noqa: D102


def effect_of(fit: Fitted, column: str | ArrayLike, *, level: float = 0.95) -> Effect:
    """Return a coefficient of a model, or a sum of several, with its t interval.

    Args:
        fit: the model; infinite degrees of freedom are the normal distribution.
        column: the name of a column, or shape (columns + 1,): what to sum.
        level: the confidence level.

    Raises:
        UsageError: no column has that name.
    """
    check_level(level)
    if isinstance(column, str):
        if column not in fit.names:
            raise UsageError(f"no column {column!r}; {did_you_mean(column, fit.names)}")
        gradient = np.zeros(len(fit.coefficients))
        gradient[1 + fit.names.index(column)] = 1.0
    else:
        gradient = np.asarray(column, dtype=float)
    value = float(gradient @ fit.coefficients)
    error = sqrt(max(float(gradient @ fit.covariance @ gradient), 0.0))
    t = value / error if error else (inf if value > 0 else -inf if value < 0 else nan)
    normal = fit.df == inf
    margin = (two_sided_z(level) if normal else t_quantile(0.5 + level / 2, fit.df)) * error
    p = normal_p(t) if normal else t_p(t, fit.df)
    return Effect(
        value=value,
        standard_error=error,
        statistic=t,
        df=fit.df,
        p_value=p if error else float(value == 0),
        interval=Interval(value - margin, value + margin, level, "z" if normal else "t"),
    )


def least_squares(
    y: ArrayLike,
    X: ArrayLike,  # noqa: N803  # as everybody writes it
    *,
    names: Sequence[str] | None = None,
    weights: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    errors: Errors | None = None,
) -> LeastSquares:
    """Regress y on the columns of X and an intercept.

    Standard errors: `"classic"` (one residual variance), `"robust"` (HC3: right where the spread
    differs, as it does for ratings near the end of their scale; MacKinnon & White 1985) or
    `"cluster"` (rows of one unit are not independent; Liang & Zeger 1986, with Stata's factor
    `G/(G-1) * (n-1)/(n-p)` and G - 1 degrees of freedom). Weights are survey weights: what a row
    stands for, not how precise it is, so the standard errors are robust with them.

    Args:
        y: shape (n,): the outcome.
        X: shape (n, columns) or (n,), without a column of ones.
        names: of the columns, for errors and effects; `x1`, `x2` … if left out.
        weights: shape (n,), above 0.
        clusters: shape (n,): labels of what belongs together (customer, store).
        errors: see above; by default cluster with clusters, robust with weights, else classic.

    Raises:
        DataError: there is something missing, there are too few rows or clusters, the outcome or a
            column has no variance, a column is a combination of others, or the fit is exact: no
            interval has no width.
        UsageError: the arguments do not fit each other.

    Example:
        >>> found = least_squares([3, 5, 6, 9, 11], [1, 2, 3, 4, 5], names=["touch"])
        >>> effect = found.effect("touch")
        >>> round(effect.value, 3), round(effect.standard_error, 3), round(found.r2, 3)
        (2.0, 0.163, 0.98)
    """
    outcome, columns = np.asarray(y, dtype=float), np.asarray(X, dtype=float)
    columns = columns[:, None] if columns.ndim == 1 else columns
    if outcome.ndim != 1 or columns.ndim != 2 or len(columns) != outcome.size:
        raise UsageError(
            f"y has the shape {outcome.shape} and X {columns.shape}: give (n,) and (n, columns)."
        )
    n, many = columns.shape
    labels = tuple(names) if names is not None else tuple(f"x{k + 1}" for k in range(many))
    w = np.ones(n) if weights is None else np.asarray(weights, dtype=float)
    units = None if clusters is None else np.unique(clusters, return_inverse=True)[1].ravel()
    kind: Errors = errors or ("cluster" if units is not None else "robust")
    if errors is None and units is None and weights is None:
        kind = "classic"
    _check(outcome, columns, labels, w, units, kind, weighted=weights is not None)
    p = many + 1
    if n <= p:
        raise DataError(f"{n} rows for {p} coefficients: at least {p + 1} are needed.")
    w = w / w.mean()
    mean = w @ np.column_stack([outcome, columns]) / n
    centred = np.column_stack([outcome, columns]) - mean
    spread = np.sqrt(w @ centred**2 / n)
    for name, own, size in zip(("the outcome", *labels), spread, np.abs(mean), strict=True):
        if own <= _NOISE * max(size, 1e-300):
            raise DataError(f"{name} has no variance: all {n} rows are the same. Leave it out.")
    scaled = centred / spread
    root = np.sqrt(w)[:, None]
    left, singular, right = np.linalg.svd(scaled[:, 1:] * root, full_matrices=False)
    if singular[-1] <= 1e-7 * singular[0]:
        part = np.abs(right[-1])
        guilty = [repr(name) for name, own in zip(labels, part, strict=True) if own > _TWIN]
        raise DataError(
            f"{' and '.join(guilty)} say the same: one is a combination of the others, so their "
            "effects can't be told apart. Leave one out."
        )
    inverse = (right.T / singular**2) @ right
    slopes = right.T @ ((left.T @ (scaled[:, 0] * root[:, 0])) / singular)
    residual = scaled[:, 0] - scaled[:, 1:] @ slopes
    # In scaled columns the intercept is 0 and independent of the slopes: its part is 1/n.
    bread = np.zeros((p, p))
    bread[0, 0], bread[1:, 1:] = 1 / n, inverse
    design = np.column_stack([np.ones(n), scaled[:, 1:]])
    rest = float(w @ residual**2)
    if rest <= _EXACT * n:
        raise DataError(
            f"{', '.join(labels)} tell the outcome exactly: nothing is left to judge effects by. "
            "Is one of them made of the outcome?"
        )
    df = float(n - p)
    if kind == "classic":
        middle = bread * (rest / df)
    else:
        pull = design * (w * residual)[:, None]
        if kind == "robust":
            leverage = w * ((design @ bread) * design).sum(axis=1)
            pull /= np.maximum(1 - leverage, _NOISE)[:, None]  # a row alone has no residual either
        else:
            assert units is not None  # noqa: S101  # checked with the arguments
            groups = int(units.max()) + 1
            pull = np.stack([np.bincount(units, column) for column in pull.T], axis=1)
            pull *= np.sqrt(groups / (groups - 1) * (n - 1) / df)
            df = float(groups - 1)
        middle = bread @ (pull.T @ pull) @ bread
    back = np.zeros((p, p))  # from scaled columns to the given ones
    back[0, 0] = spread[0]
    back[1:, 1:] = np.diag(spread[0] / spread[1:])
    back[0, 1:] = -spread[0] * mean[1:] / spread[1:]
    correlation: Floats = np.asarray((scaled * w[:, None]).T @ scaled / n, dtype=float)
    coefficients = back @ np.concatenate([[0.0], slopes])
    coefficients[0] += mean[0]
    return LeastSquares(
        names=labels,
        coefficients=coefficients,
        covariance=back @ middle @ back.T,
        df=df,
        n=n,
        r2=max(1 - rest / n, 0.0),
        sigma=float(spread[0] * np.sqrt(rest / (n - p))),
        errors=kind,
        correlation=correlation,
    )


def _check(
    outcome: Floats,
    columns: Floats,
    names: tuple[str, ...],
    w: Floats,
    units: NDArray[np.intp] | None,
    kind: str,
    *,
    weighted: bool,
) -> None:
    if len(names) != columns.shape[1] or not names:
        raise UsageError(f"{len(names)} names for {columns.shape[1]} columns.")
    for what, own in (("weights", w), ("clusters", units)):
        if own is not None and own.shape != outcome.shape:
            raise UsageError(f"{own.size} {what} for {outcome.size} rows.")
    if kind not in get_args(Errors):
        raise UsageError(f"no errors={kind!r}; {did_you_mean(kind, get_args(Errors))}")
    if (kind == "cluster") != (units is not None):
        raise UsageError("errors='cluster' needs clusters=…, and clusters= nothing else.")
    if kind == "classic" and weighted:
        raise UsageError("survey weights say nothing of precision: use errors='robust'.")
    for name, own in zip(("the outcome", *names), (outcome, *columns.T), strict=True):
        if not np.isfinite(own).all():
            raise DataError(
                f"{name} is missing or infinite at index {int((~np.isfinite(own)).argmax())}: "
                "leave such rows out first."
            )
    if not (np.isfinite(w) & (w > 0)).all():
        raise DataError("a weight is missing, infinite or not above 0: leave such rows out first.")
    if units is not None and (not units.size or units.max() < 1):
        raise DataError("all rows belong to one cluster: at least 2 are needed.")
