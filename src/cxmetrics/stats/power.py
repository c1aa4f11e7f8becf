"""Margins, power and detectable differences, from the variance of one answer.

Every metric is planned by one number, the variance of a single answer: p(1 - p) for a share,
p + d - (p - d)^2 for a net score, s^2 for a mean, that of the influence for a smooth score. Normal
approximation: intervals of a handful of answers are wider than planned.
"""

from __future__ import annotations

from math import ceil, inf, isfinite, sqrt

from attrs import frozen

from cxmetrics.errors import UsageError
from cxmetrics.stats.distributions import check_level, normal_p, normal_quantile, two_sided_z


def positive(**values: float) -> None:
    """Refuse values that are not above 0.

    Raises:
        UsageError: one is not.
    """
    for name, value in values.items():
        if not value > 0:
            raise UsageError(f"{name} must be above 0, not {value!r}.")


@frozen(kw_only=True)
class Worth:
    """What n answers are worth: from their number to a standard error, and back.

    Attributes:
        variance: of one answer; for a difference, the sum over both groups, less twice the
            covariance of a panel.
        deff: the design effect that weights or clusters will have.
        population: how many customers there are; infinite where they are many.
        pseudo: answers that the method adds by itself (3 for net scores; -1 for the t test).

    Raises:
        UsageError: a number is not above 0.

    Example:
        >>> Worth(variance=0.25).answers(0.05 / 1.96)
        385
        >>> Worth(variance=0.25, population=1000).answers(0.05 / 1.96)
        278
        >>> round(1.96 * Worth(variance=0.25, population=1000).error(278), 4)
        0.05
    """

    variance: float
    deff: float = 1.0
    population: float = inf
    pseudo: float = 0.0

    def __attrs_post_init__(self) -> None:
        positive(variance=self.variance, deff=self.deff, population=self.population)

    def error(self, n: float) -> float:
        """Return the standard error of n answers (of n in each group, for a difference).

        `sqrt(variance / (n / deff + pseudo) * (N - n) / (N - 1))`.

        Raises:
            UsageError: n is under 2, or more than the population.
        """
        if n < 2:
            raise UsageError(f"a margin takes at least 2 answers, not {n:g}.")
        if n > self.population:
            raise UsageError(f"{n:g} answers of a population of {self.population:g}.")
        left = (self.population - n) / (self.population - 1) if isfinite(self.population) else 1.0
        return sqrt(self.variance / (n / self.deff + self.pseudo) * left)

    def answers(self, error: float) -> int:
        """Return the answers that give a standard error, rounded up, at least 2.

        `n0 = (variance / error^2 - pseudo) deff`, then `n0 / (1 + (n0 - 1) / N)` (Cochran 1977).
        """
        positive(error=error)
        n = max((self.variance / error**2 - self.pseudo) * self.deff, 1.0)
        if isfinite(self.population):
            n /= 1 + (n - 1) / self.population
        return max(ceil(n - 1e-9), 2)


def detectable(error: float, *, level: float = 0.95, power: float = 0.8) -> float:
    """Return the smallest difference that a test finds with this power.

    `(z_level + z_power) * error`.

    Example:
        >>> round(detectable(0.0357), 3)
        0.1
    """
    return (two_sided_z(level) + normal_quantile(check_level(power))) * error


def power_of(difference: float, *, error: float, level: float = 0.95) -> float:
    """Return the chance that a two-sided test finds a difference.

    Example:
        >>> round(power_of(0.1, error=0.0357), 2)
        0.8
    """
    positive(error=error)
    away, z = abs(difference) / error, two_sided_z(level)
    return (_below(away - z)) + (_below(-away - z))


def of_difference(
    first: float, second: float, *, overlap: float = 0.0, correlation: float = 0.0
) -> float:
    """Return the variance of a difference per answer in each group.

    `v1 + v2 - 2 overlap correlation sqrt(v1 v2)`: with a panel, the same customers answer twice,
    and what stays the same in them does not blur the change.

    Args:
        first: variance of one answer of the first group or wave.
        second: of the second.
        overlap: the share of customers who are in both, 0 to 1.
        correlation: between their two answers, -1 to 1.

    Raises:
        UsageError: a number is out of its range, or nothing would be left to vary.
    """
    if not 0 <= overlap <= 1 or not -1 < correlation < 1:
        raise UsageError(
            f"an overlap is from 0 to 1 and a correlation between -1 and 1, not {overlap!r} and "
            f"{correlation!r}."
        )
    return first + second - 2 * overlap * correlation * sqrt(first * second)


def _below(z: float) -> float:
    tail = normal_p(z) / 2
    return tail if z < 0 else 1 - tail
