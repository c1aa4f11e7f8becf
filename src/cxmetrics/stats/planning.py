"""How many answers are enough: the three classic questions; `power` answers the others."""

from __future__ import annotations

from math import ceil

from cxmetrics.stats.distributions import check_level, normal_quantile, two_sided_z
from cxmetrics.stats.power import positive

_PSEUDO = 3


def answers_for_net(margin: float, *, variance: float = 1.0, level: float = 0.95) -> int:
    """Return the answers that give a net score (NPS / 100) this margin of error.

    `n = z^2 variance / margin^2 - 3`, the 3 being the pseudo-counts of the adjusted Wald interval
    (Lewis & Sauro 2021). The variance per answer is p + d - (p - d)^2; 1 is the worst case.

    Args:
        margin: half the width of the interval, on -1 to 1: 0.1 is 10 points.
        variance: per answer; .45 to .65 is typical.
        level: the confidence level.

    Example:
        >>> answers_for_net(0.1)
        382
    """
    positive(margin=margin, variance=variance)
    return max(ceil(two_sided_z(level) ** 2 * variance / margin**2 - _PSEUDO), 2)


def answers_to_tell_nets_apart(
    difference: float,
    *,
    variances: tuple[float, float] = (1.0, 1.0),
    level: float = 0.95,
    power: float = 0.8,
) -> int:
    """Return the answers *per group* that show a difference of two net scores.

    `n = (v1 + v2) (z_level + z_power)^2 / difference^2 - 3`.

    Args:
        difference: to be detected, on -1 to 1.
        variances: per answer, of each group.
        level: 1 minus the two-sided error of the first kind.
        power: the chance to detect it.

    Example:
        >>> answers_to_tell_nets_apart(0.1, variances=(0.61, 0.61))
        955
    """
    positive(difference=difference, variances=min(variances))
    z = two_sided_z(level) + normal_quantile(check_level(power))
    return max(ceil(sum(variances) * z**2 / difference**2 - _PSEUDO), 2)


def answers_for_share(
    margin: float, *, share: float = 0.5, population: int | None = None, level: float = 0.95
) -> int:
    """Return the answers that give a share this margin of error.

    Without a population `z^2 p (1-p) / m^2`, rounded up. With one, Krejcie & Morgan (1970):
    `z^2 N p (1-p) / (m^2 (N-1) + z^2 p (1-p))`, rounded to the nearest as in their table.

    Args:
        margin: half the width of the interval, 0 to 1.
        share: the expected share; 0.5 is the worst case.
        population: the number of customers, if it is small.
        level: the confidence level.

    Example:
        >>> answers_for_share(0.05), answers_for_share(0.05, population=1000)
        (385, 278)
    """
    positive(margin=margin, share=share, rest=1 - share)
    spread = two_sided_z(level) ** 2 * share * (1 - share)
    if population is None:
        return ceil(spread / margin**2)
    positive(population=population)
    return min(round(spread * population / (margin**2 * (population - 1) + spread)), population)
