"""Means of numbers by group: the linearised covariance, intervals and differences.

A tally serves ratings on a scale; composites, remembered moments and amounts have no scale. For
them the rows are read once and this is kept.
"""

from __future__ import annotations

from math import ceil, hypot, sqrt
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from attrs import frozen

from cxmetrics.errors import IntervalError
from cxmetrics.stats.compare import Difference, inverted
from cxmetrics.stats.distributions import check_level, t_p, t_quantile, two_sided_z
from cxmetrics.stats.intervals import Interval
from cxmetrics.stats.intervals.clopper_pearson import clopper_pearson

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

_ROUNDING: Final = 1e-12


@frozen(kw_only=True, eq=False)
class Averages:
    """Weighted means of groups, and how they vary together.

    Attributes:
        n: shape (groups,): rows with a number.
        missing: shape (groups,): rows without one.
        n_effective: shape (groups,): Kish's effective number of rows.
        units: shape (groups,): units that carry the group: rows, or respondents.
        units_effective: shape (groups,): Kish's effective number of those.
        mean: shape (groups,): NaN without rows.
        covariance: shape (groups, groups): linearised (Taylor) covariance of the means; NaN where
            a group, or a stratum of it, has a single unit.
        df: shape (groups,): effective units, rounded up, minus the strata.
    """

    n: Ints
    missing: Ints
    n_effective: Floats
    units: Ints
    units_effective: Floats
    mean: Floats
    covariance: Floats
    df: Floats

    def standard_error(self, group: int) -> float:
        """Return the standard error of one mean."""
        return sqrt(self.covariance[group, group])

    def interval(
        self,
        group: int,
        *,
        level: float = 0.95,
        bounds: tuple[float, float] | None = None,
    ) -> Interval | None:
        """Return the t interval of one mean.

        Args:
            group: which.
            level: the confidence level.
            bounds: the lowest and highest possible value: the interval stays within, and where all
                values are the same it reaches as far as the share of others that Clopper-Pearson
                can't exclude; without bounds there is then no interval.

        Returns:
            None under two units, or where nothing varies and nothing bounds it.
        """
        check_level(level)
        variance = self.covariance[group, group]
        if not variance > 0 and bounds is None:
            return None
        if np.isnan(variance) or self.df[group] < 1:
            return None
        mean = float(self.mean[group])
        if not variance > 0:
            assert bounds is not None  # noqa: S101  # the case without them has returned
            most = clopper_pearson(0, self.units_effective[group], level=level)[1]
            low, high = mean - most * (mean - bounds[0]), mean + most * (bounds[1] - mean)
            return Interval(low, high, level, "unanimous")
        reach = t_quantile(0.5 + level / 2, float(self.df[group])) * sqrt(variance)
        low, high = mean - reach, mean + reach
        if bounds is not None:
            low, high = max(low, bounds[0]), min(high, bounds[1])
        return Interval(low, high, level, "t")

    def difference(
        self,
        first: int,
        second: int,
        *,
        level: float = 0.95,
        bounds: tuple[float, float] | None = None,
    ) -> Difference:
        """Return one mean minus another: Welch's t, or with the covariance of shared units.

        Args:
            first: which.
            second: which is taken off.
            level: the confidence level.
            bounds: the lowest and highest possible value of each mean: where a group does not vary
                the variances are recovered from the intervals of both (Zou & Donner 2008).

        Raises:
            IntervalError: a group, or a stratum of it, has a single unit; or nothing varies and
                nothing bounds it.
        """
        check_level(level)
        for group in (first, second):
            if np.isnan(self.covariance[group, group]) or self.df[group] < 1:
                raise IntervalError(
                    "a comparison needs at least 2 different respondents in each group and "
                    f"stratum; here {'is' if self.units[group] == 1 else 'are'} "
                    f"{self.units[group]}."
                )
        one, two = self.covariance[first, first], self.covariance[second, second]
        shared = self.covariance[first, second]
        variance = one + two - 2 * shared
        still = bounds is not None and not (one and two)
        if still or not variance > _ROUNDING * (one + two):
            return self._unvaried(first, second, level, bounds)
        if shared:
            df = float(min(self.df[first], self.df[second]))
        else:
            df = float((one + two) ** 2 / (one**2 / self.df[first] + two**2 / self.df[second]))
        value = float(self.mean[first] - self.mean[second])
        error = sqrt(variance)
        reach = t_quantile(0.5 + level / 2, df) * error
        low, high = value - reach, value + reach
        if bounds is not None:
            most = bounds[1] - bounds[0]
            low, high = max(low, -most), min(high, most)
        interval = Interval(low, high, level, "paired" if shared else "welch")
        return Difference(value, error, value / error, df, t_p(value / error, df), interval, "t")

    def against(
        self,
        group: int,
        value: float,
        *,
        level: float = 0.95,
        bounds: tuple[float, float] | None = None,
    ) -> Difference:
        """Return a mean minus a declared value, taken for exact: one-sample t.

        Args:
            group: which.
            value: what it is compared with.
            level: the confidence level.
            bounds: the lowest and highest possible value; see `interval`.

        Raises:
            IntervalError: the group has no interval.
        """

        def limits(at: float) -> Interval:
            own = self.interval(group, level=at, bounds=bounds)
            if own is None:
                raise IntervalError("a comparison needs at least 2 different respondents who vary.")
            return Interval(own.low - value, own.high - value, at, own.method)

        interval = limits(level)
        gap, error = float(self.mean[group] - value), self.standard_error(group)
        if not error:
            return Difference(
                gap, error, None, None, inverted(limits), interval, "interval inversion"
            )
        df = float(self.df[group])
        return Difference(gap, error, gap / error, df, t_p(gap / error, df), interval, "t")

    def _unvaried(
        self, first: int, second: int, level: float, bounds: tuple[float, float] | None
    ) -> Difference:
        """Compare groups of which one does not vary, or which vary as one: their limits speak."""
        if bounds is None:
            raise IntervalError(
                "no respondent differs from another, and the numbers have no bounds: there is no "
                "spread to compare the groups by."
            )
        value = float(self.mean[first] - self.mean[second])

        def limits(at: float) -> Interval:
            mine, theirs = (
                self.interval(group, level=at, bounds=bounds) for group in (first, second)
            )
            assert mine is not None and theirs is not None  # noqa: PT018, S101  # bounded
            low = hypot(self.mean[first] - mine.low, theirs.high - self.mean[second])
            high = hypot(mine.high - self.mean[first], self.mean[second] - theirs.low)
            return Interval(value - low, value + high, at, "mover")

        interval = limits(level)
        error = interval.width / (2 * two_sided_z(level))
        p = inverted(limits)
        return Difference(value, error, value / error, None, p, interval, "interval inversion")


def averages(
    values: Floats,
    *,
    groups: Ints | None = None,
    size: int = 1,
    weights: Floats | None = None,
    units: Ints | None = None,
    strata: Ints | None = None,
) -> Averages:
    """Return the means of groups with their linearised covariance.

    With weights w, group total W and unit totals z of `w (x - mean) / W`, the covariance is
    `sum over strata of m / (m - 1) * sum over units of (z - mean z)(z - mean z)'`, m the units of
    the stratum that carry the group: Taylor linearisation, which for plain rows is s^2 / n.

    Args:
        values: shape (rows,): numbers, NaN where missing.
        groups: shape (rows,): the group of each row, 0 to `size` - 1; below 0 means none.
        size: the number of groups.
        weights: shape (rows,): survey weights; a row of weight 0 counts as missing.
        units: shape (rows,): codes of who answered, from 0; each row is one without.
        strata: shape (rows,): codes of the strata, from 0.

    Example:
        >>> found = averages(np.array([1.0, 2.0, 4.0, 5.0]), groups=np.array([0, 0, 1, 1]), size=2)
        >>> found.mean.tolist(), found.covariance.diagonal().round(9).tolist()
        ([1.5, 4.5], [0.25, 0.25])
    """
    rows = len(values)
    groups = np.zeros(rows, np.intp) if groups is None else groups
    within = groups >= 0
    there = within & ~np.isnan(values)
    if weights is not None:
        there &= weights > 0
    missing = np.bincount(groups[within & ~there], minlength=size)
    group, x = groups[there], values[there]
    w = np.ones(len(x)) if weights is None else weights[there]
    total, square = _sum(w, group, size), _sum(w**2, group, size)
    n = np.bincount(group, minlength=size)
    # about a whole number near the mean: far from 0 the last digits stay, and the mean of
    # equal whole numbers is exact
    start = float(np.round(np.average(x, weights=w))) if len(x) else 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = start + _sum(w * (x - start), group, size) / total
        kish = np.where(square > 0, total**2 / square, 0.0)
    apart = x - mean[group]
    apart[np.abs(apart) <= _ROUNDING * (np.abs(x) + abs(start))] = 0.0  # rounding of a mean
    influence = w * apart / total[group]
    if units is None and strata is None:
        covariance, carriers, df = _apart(influence, group, n, kish, size)
        effective = kish
    else:
        unit = (
            np.arange(len(x)) if units is None else np.unique(units[there], return_inverse=True)[1]
        )
        layer = np.zeros(len(x), np.intp) if strata is None else strata[there]
        covariance, carriers, effective, df = _covariance(influence, w, group, unit, layer, size)
    return Averages(
        n=n,
        missing=missing,
        n_effective=kish,
        units=carriers,
        units_effective=effective,
        mean=mean,
        covariance=covariance,
        df=df,
    )


def _sum(numbers: NDArray[Any], group: Ints, size: int) -> Floats:
    return np.bincount(group, weights=numbers, minlength=size).astype(float)


def _apart(
    influence: Floats, group: Ints, n: Ints, kish: Floats, size: int
) -> tuple[Floats, Ints, Floats]:
    """Return what `_covariance` does where each row is a unit: groups have none in common."""
    covariance = np.diag(n / np.maximum(n - 1, 1) * _sum(influence**2, group, size))
    lonely = n < 2
    covariance[lonely, :] = np.nan
    covariance[:, lonely] = np.nan
    return covariance, n, np.ceil(np.round(kish, 9)) - 1


def _covariance(
    influence: Floats, w: Floats, group: Ints, unit: Ints, layer: Ints, size: int
) -> tuple[Floats, Ints, Floats, Floats]:
    """Return the covariance of the means, the units of each group, what they are worth, and df."""
    covariance = np.zeros((size, size))
    carriers = np.zeros(size, np.intp)
    weight, square = np.zeros(size), np.zeros(size)
    layers = np.zeros(size)
    for stratum in np.unique(layer):
        here = layer == stratum
        cell = unit[here] * size + group[here]
        pairs, place = np.unique(cell, return_inverse=True)
        z = np.bincount(place, weights=influence[here])
        u = np.bincount(place, weights=w[here])
        who, where = pairs // size, pairs % size
        m = np.bincount(where, minlength=size)
        carriers += m
        layers += m > 0
        weight += _sum(u, where, size)
        square += _sum(u**2, where, size)
        centre = _sum(z, where, size) / np.maximum(m, 1)
        factor = m / np.maximum(m - 1, 1)
        covariance += _products((z - centre[where]) * np.sqrt(factor)[where], who, where, size)
        lonely = m == 1  # says nothing of the spread within its stratum
        covariance[lonely, :] = np.nan
        covariance[:, lonely] = np.nan
    with np.errstate(invalid="ignore", divide="ignore"):
        effective = np.where(square > 0, weight**2 / square, 0.0)
    df = np.array([ceil(round(e, 9)) for e in effective]) - np.maximum(layers, 1)
    nobody = carriers == 0
    covariance[nobody, :] = np.nan
    covariance[:, nobody] = np.nan
    return covariance, carriers, effective, df.astype(float)


def _products(z: Floats, who: Ints, where: Ints, size: int) -> Floats:
    """Sum, over units, the products of what they add to every two groups."""
    from scipy.sparse import csr_array

    people = np.unique(who, return_inverse=True)[1]
    matrix = csr_array((z, (people, where)), shape=(len(z), size))
    return np.asarray((matrix.T @ matrix).toarray(), dtype=float)
