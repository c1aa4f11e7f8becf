"""Logistic regression by maximum likelihood, which says when there is no maximum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from attrs import frozen

from cxmetrics.errors import DataError
from cxmetrics.stats.distributions import chi_square_p

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_STEPS: Final = 30
_FAR: Final = 15.0
_TOLERANCE: Final = 1e-9


@frozen(eq=False)
class Fit:
    """A fitted model.

    Attributes:
        coefficients: shape (columns,): change of the log odds for one more of each column.
        covariance: shape (columns, columns): inverse of the information.
        deviance: -2 log likelihood.
        null_deviance: of the model that knows the mean only.
        fitted: shape (rows,): probabilities.
    """

    coefficients: Floats
    covariance: Floats
    deviance: float
    null_deviance: float
    fitted: Floats

    @property
    def standard_errors(self) -> Floats:
        """Shape (columns,)."""
        found: Floats = np.sqrt(np.diag(self.covariance))
        return found


def logistic(design: Floats, hits: Floats, trials: Floats, names: tuple[str, ...]) -> Fit:
    """Fit the log odds of a hit as a sum of the columns (Newton's method).

    Args:
        design: shape (rows, columns); one column of ones.
        hits: shape (rows,): how often it happened.
        trials: shape (rows,): how often it could have.
        names: of the columns, for errors.

    Raises:
        DataError: it always or never happened; a column separates those to whom it happened from
            the others, so that its coefficient is infinite (Albert & Anderson 1984); or a column is
            a combination of the others.

    Example:
        >>> rows = np.array([[1.0, 0.0], [1.0, 1.0]])
        >>> fit = logistic(rows, np.array([10.0, 30.0]), np.array([50.0, 50.0]), ("one", "x"))
        >>> [round(float(b), 3) for b in fit.coefficients]  # log(10/40), log(30/20 / (10/40))
        [-1.386, 1.792]
    """
    rate = hits.sum() / trials.sum()
    if rate in (0, 1):
        raise DataError(f"it happened to {'nobody' if rate == 0 else 'everybody'}: no model.")
    norms = np.sqrt((design**2).sum(axis=0))
    design = design / norms  # a column in millions is no trouble then
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise DataError(
            f"among {', '.join(names)} one is a combination of the others: leave one out."
        )
    beta = np.zeros(design.shape[1])
    deviance = np.inf
    for _ in range(_STEPS):
        eta = design @ beta
        p = 1 / (1 + np.exp(-np.clip(eta, -500, 500)))
        weight = trials * p * (1 - p)
        step = np.linalg.lstsq(
            design.T @ (design * weight[:, None]), design.T @ (hits - trials * p), rcond=None
        )[0]
        while True:  # a step too far is halved
            proposed = _deviance(design @ (beta + step), hits, trials)
            if proposed <= deviance + 1e-9 or np.abs(step).max() < 1e-12:
                break
            step = step / 2
        beta, deviance = beta + step, proposed
        if np.abs(step).max() <= _TOLERANCE * max(1.0, float(np.abs(beta).max())):
            break
    else:
        _refuse_separation(design, hits, trials, names)
    eta = design @ beta
    if np.abs(eta).max() > _FAR:
        _refuse_separation(design, hits, trials, names)
    p = 1 / (1 + np.exp(-eta))
    weight = trials * p * (1 - p)
    covariance: Floats = np.linalg.inv(design.T @ (design * weight[:, None])).astype(float)
    flat = np.full(len(hits), np.log(rate / (1 - rate)))
    covariance = covariance / np.outer(norms, norms)
    return Fit(beta / norms, covariance, deviance, _deviance(flat, hits, trials), p)


def _deviance(eta: Floats, hits: Floats, trials: Floats) -> float:
    """Return -2 log likelihood, without the constants of grouped rows."""
    return float(2 * (trials * np.logaddexp(0, eta) - hits * eta).sum())


def _refuse_separation(
    design: Floats, hits: Floats, trials: Floats, names: tuple[str, ...]
) -> None:
    """Refuse a design in which some direction never contradicts the outcome (Konis 2007).

    Raises:
        DataError: there is such a direction.
    """
    from scipy.optimize import linprog

    scaled = design / np.abs(design).max(axis=0)
    signed = np.concatenate([scaled[hits > 0], -scaled[hits < trials]])
    found = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=(-1, 1))
    if found.x is not None and signed.sum(axis=0) @ found.x > 1e-7:
        to_blame = [
            name
            for name, own, column in zip(names, found.x, scaled.T, strict=True)
            if abs(own) > 1e-7 and np.ptp(column)
        ]
        raise DataError(
            f"{' and '.join(to_blame)} tells perfectly who is in and who is out (separation), so "
            "the odds ratio is infinite: compare rates in groups, merge rare values, or leave it "
            "out."
        )


def hosmer_lemeshow(
    expected: Floats, hits: Floats, trials: Floats, *, groups: int = 10
) -> tuple[float, int, float] | None:
    """Return chi-square, degrees of freedom and p of observed against expected, by risk.

    Rows with one probability stay together. None with fewer than 3 groups. Hosmer & Lemeshow 1980.
    """
    order = np.argsort(expected, kind="stable")
    levels, starts = np.unique(expected[order], return_index=True)
    many, happened = (np.add.reduceat(a[order], starts) for a in (trials, hits))
    middle = (np.cumsum(many) - many / 2) / many.sum()
    place = np.minimum((middle * groups).astype(int), groups - 1)
    n, seen, due = (
        np.bincount(place, w, minlength=groups) for w in (many, happened, many * levels)
    )
    n, seen, due = n[n > 0], seen[n > 0], due[n > 0]
    if n.size < 3:
        return None
    statistic = float(((seen - due) ** 2 / (due * (1 - due / n))).sum())
    return statistic, n.size - 2, chi_square_p(statistic, n.size - 2)


def concordance(expected: Floats, hits: Floats, trials: Floats) -> float:
    """Return how often a hit had the higher probability than a miss, ties half (area under ROC)."""
    order = np.argsort(expected, kind="stable")
    _, starts = np.unique(expected[order], return_index=True)
    hit, miss = (np.add.reduceat(a[order], starts) for a in (hits, trials - hits))
    below = np.cumsum(miss) - miss
    return float((hit * (below + miss / 2)).sum() / (hit.sum() * miss.sum()))
