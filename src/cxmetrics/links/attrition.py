"""Churn: whether those who rated low left more often, with the odds for each point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import exp
from typing import Any

import numpy as np
from attrs import asdict, frozen

from cxmetrics.errors import Caution, ColumnError, DataError, UsageError
from cxmetrics.links.results import lost, read, several
from cxmetrics.metrics.text import count, level_text, p_text
from cxmetrics.stats.distributions import chi_square_p, normal_p, two_sided_z
from cxmetrics.stats.intervals import Interval
from cxmetrics.stats.logistic import concordance, hosmer_lemeshow, logistic
from cxmetrics.stats.multiplicity import Adjustment, adjust

_EVENTS = 10
_MISFIT = 0.05


@frozen(kw_only=True)
class Coefficient:
    """What one more point of a column does to the odds.

    Attributes:
        name: the column.
        value: change of the log odds.
        standard_error: from the inverse information.
        z: value over standard error.
        p_value: two-sided, of this one alone.
        p_adjusted: for the number of columns.
        odds_ratio: the odds are multiplied by this for one more point.
        interval: of the odds ratio (Wald, on the log scale).
    """

    name: str
    value: float
    standard_error: float
    z: float
    p_value: float
    p_adjusted: float
    odds_ratio: float
    interval: Interval


@frozen(kw_only=True, slots=False)
class Churn(Mapping[str, Coefficient]):
    """A logistic model of who left.

    Attributes:
        outcome: the column that says who left.
        intercept: log odds where all columns are 0.
        coefficients: by column.
        n: customers.
        events: how many of them left.
        deviance: -2 log likelihood.
        null_deviance: of the model that knows the churn rate only.
        p_value: of the whole model (likelihood ratio).
        calibration_p: of Hosmer and Lemeshow's test that the predicted rates are right; None with
            fewer than 3 groups of risk.
        concordance: how often, of one who left and one who stayed, the one who left had the higher
            predicted risk; 0.5 is chance.
        level: of the intervals.
        adjustment: how the p-values were adjusted.
        cautions: what a reader has to know.
    """

    outcome: str
    intercept: float
    coefficients: Mapping[str, Coefficient]
    n: int
    events: int
    deviance: float
    null_deviance: float
    p_value: float
    calibration_p: float | None
    concordance: float
    level: float
    adjustment: str
    cautions: tuple[Caution, ...] = ()

    def __getitem__(self, name: str) -> Coefficient:
        return self.coefficients[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.coefficients)

    def __len__(self) -> int:
        return len(self.coefficients)

    def probability(self, **values: float) -> float:
        """Return the predicted chance to leave, 0 to 1, for a value of each column.

        Raises:
            UsageError: a column is left out, or unknown.
        """
        if set(values) != set(self.coefficients):
            raise UsageError(f"say a value of each of: {', '.join(self.coefficients)}.")
        odds = self.intercept + sum(self[name].value * value for name, value in values.items())
        return 1 / (1 + exp(-odds)) if odds > -500 else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        found = asdict(self)
        return {**found, "coefficients": list(found["coefficients"].values())}

    def __str__(self) -> str:
        lines = [
            (
                f"{self.outcome}: {count(self.events)} of {count(self.n)} "
                f"({100 * self.events / self.n:.1f} %), concordance {self.concordance:.2f}, "
                f"{p_text(self.p_value)}"
            )
        ]
        lines += [
            f"  {own.name}: odds × {own.odds_ratio:.2f} a point  "
            f"({level_text(self.level)} interval {own.interval.low:.2f} to "
            f"{own.interval.high:.2f}; {p_text(own.p_adjusted)})"
            for own in self.values()
        ]
        return "\n".join([*lines, *(f"  ! {caution}" for caution in self.cautions)])


def churn(
    data: Any,
    *,
    left: str,
    by: str | Sequence[str],
    where: Any = None,
    missing: Sequence[Any] = (),
    level: float = 0.95,
    adjustment: Adjustment = "holm",
) -> Churn:
    """Model who left by an *earlier* score: logistic regression by maximum likelihood.

    The log odds of leaving are a sum of the columns; `exp(coefficient)` multiplies the odds for one
    more point, with Wald limits. Customers without one of the columns are left out. A rating that
    was given after the decision to leave explains nothing; those who had left already did not
    answer; and where customers were watched for unequal times, a model of the time to churn is
    better. Association, not cause. Hosmer & Lemeshow 1980.

    Args:
        data: columns by name or a data frame, one row a customer.
        left: the column that says who left: true or false, 1 or 0.
        by: the column of the score, and others to hold steady.
        where: rows to keep.
        missing: values that stand for "no answer".
        level: the confidence level.
        adjustment: for the number of columns.

    Raises:
        ColumnError: a column is not there, or `left` holds anything but 1, 0 and nothing.
        DataError: nobody or everybody left, a column has no variance or is a combination of others,
            or it tells perfectly who left (separation): the odds ratio would be infinite.
        UsageError: an argument makes no sense.

    Example:
        >>> rows = {"score": [2] * 40 + [6] * 60 + [9] * 100,
        ...         "left": ([1] * 16 + [0] * 24) + ([1] * 12 + [0] * 48) + ([1] * 8 + [0] * 92)}
        >>> print(churn(rows, left="left", by="score"))
        left: 36 of 200 (18.0 %), concordance 0.71, p < 0.001
          score: odds × 0.75 a point  (95 % interval 0.66 to 0.86; p < 0.001)
    """
    z = two_sided_z(level)
    names = several(by, "column")
    if left in names:
        raise UsageError(f"{left!r} is the outcome and a column at once.")
    columns, _ = read(data, [left, *names], where=where, missing=missing)
    happened = columns[left]
    odd = ~np.isnan(happened) & ~np.isin(happened, (0, 1))
    if odd.any():
        raise ColumnError(
            f"{left!r} holds {happened[odd][0]:g} (index {int(odd.argmax())}): it has to say true "
            "or false, 1 or 0."
        )
    whole = np.column_stack([columns[name] for name in (left, *names)])
    kept = np.isnan(whole).sum(axis=1) == 0
    n = int(kept.sum())
    if n < len(names) + 2:
        raise DataError(
            f"{n} of {count(len(kept))} rows have everything: {len(names)} columns need at least "
            f"{len(names) + 2}."
        )
    y = happened[kept]
    rows = np.column_stack([np.ones(n), *(columns[name][kept] for name in names)])
    for name, column in zip(names, rows.T[1:], strict=True):
        if np.ptp(column) == 0:
            raise DataError(f"{name!r} has no variance: all {count(n)} rows hold {column[0]:g}.")
    events = int(y.sum())
    if events in (0, n):
        who = "nobody" if not events else "everybody"
        raise DataError(f"{who} of {count(n)} left: there is nothing to tell apart.")
    distinct, place = np.unique(rows, axis=0, return_inverse=True)
    trials = np.bincount(place.ravel()).astype(float)
    hits = np.bincount(place.ravel(), y).astype(float)
    fit = logistic(distinct, hits, trials, ("intercept", *names))
    statistics = fit.coefficients / fit.standard_errors
    p_values = [normal_p(float(value)) for value in statistics[1:]]
    coefficients = {
        name: Coefficient(
            name=name,
            value=value,
            standard_error=error,
            z=own_z,
            p_value=p,
            p_adjusted=1.0 if adjusted is None else adjusted,
            odds_ratio=float(np.exp(value)),
            interval=Interval(
                float(np.exp(value - z * error)), float(np.exp(value + z * error)), level, "wald"
            ),
        )
        for name, value, error, own_z, p, adjusted in zip(
            names,
            fit.coefficients[1:].tolist(),
            fit.standard_errors[1:].tolist(),
            statistics[1:].tolist(),
            p_values,
            adjust(p_values, adjustment),
            strict=True,
        )
    }
    calibration = hosmer_lemeshow(fit.fitted, hits, trials)
    cautions = lost(n, len(kept), "rows")
    if min(events, n - events) < _EVENTS * len(names):
        cautions.append(
            Caution(
                "FEW_EVENTS",
                f"{min(events, n - events)} in the rarer group, under {_EVENTS} a column: "
                "coefficients are too large, intervals too short.",
            )
        )
    if calibration is not None and calibration[2] < _MISFIT:
        cautions.append(
            Caution(
                "POOR_FIT",
                "predicted and real churn differ by more than chance: the odds do not change alike "
                "from point to point.",
            )
        )
    return Churn(
        outcome=left,
        intercept=float(fit.coefficients[0]),
        coefficients=coefficients,
        n=n,
        events=events,
        deviance=fit.deviance,
        null_deviance=fit.null_deviance,
        p_value=chi_square_p(max(fit.null_deviance - fit.deviance, 0.0), len(names)),
        calibration_p=None if calibration is None else calibration[2],
        concordance=concordance(fit.fitted, hits, trials),
        level=level,
        adjustment=adjustment,
        cautions=tuple(cautions),
    )
