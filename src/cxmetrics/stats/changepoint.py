"""Where a series of counts changes: likelihood ratios of all splits, and their chance."""

from __future__ import annotations

from itertools import permutations as orders
from math import factorial
from typing import TYPE_CHECKING, Final

import numpy as np
from attrs import frozen

from cxmetrics.errors import DataError, UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

_BLOCK: Final = 1 << 20


def likelihood_ratios(counts: ArrayLike) -> Floats:
    """Return twice the log likelihood ratio of a split after each period but the last.

    `2 (log L before + log L after - log L pooled)` of multinomial counts. The largest one says
    where; it is not chi-square, because it was chosen.

    Args:
        counts: shape (..., periods, categories), for instance promoters, passives, detractors.

    Returns:
        Shape (..., periods - 1).

    Example:
        >>> ratios = likelihood_ratios([[5, 5], [5, 5], [9, 1]])
        >>> [round(float(ratio), 3) for ratio in ratios]
        [1.132, 5.202]
    """
    sums = np.cumsum(np.asarray(counts, dtype=float), axis=-2)
    whole = sums[..., -1:, :]
    before = sums[..., :-1, :]
    found: Floats = 2 * (_log(before) + _log(whole - before) - _log(whole))
    np.maximum(found, 0.0, out=found)
    return found


def _log(counts: Floats) -> Floats:
    """Return the largest log likelihood of counts, 0 log 0 being 0."""
    total = counts.sum(axis=-1)
    safe = np.where(counts > 0, counts, 1.0)
    found: Floats = (counts * np.log(safe)).sum(axis=-1)
    found -= total * np.log(np.where(total > 0, total, 1.0))
    return found


@frozen
class Split:
    """The most likely split of a series in two.

    Attributes:
        after: how many periods lie before the change.
        ratio: its likelihood ratio.
        p_value: how often shuffled periods have a split at least as likely.
        exact: whether all orders of the periods were tried, not a sample of them.
    """

    after: int
    ratio: float
    p_value: float
    exact: bool


def best_split(
    counts: ArrayLike, *, least: int = 3, permutations: int = 9_999, seed: int = 0
) -> Split:
    """Find the most likely split, and test it by shuffling the periods.

    Whole periods are shuffled, so what makes periods differ beyond chance (weather, who was on
    duty) is in the shuffled series too. Periods that lean on their neighbours or come in seasons
    can't be shuffled: the p-value is then too small.

    Args:
        counts: shape (periods, categories).
        least: the fewest periods on each side.
        permutations: how many orders are tried; all of them where there are no more.
        seed: of the shuffling.

    Raises:
        DataError: there are fewer than twice `least` periods.
        UsageError: `least` or `permutations` is under 1.

    Example:
        >>> calm, rough = [50, 30, 20], [40, 30, 30]
        >>> split = best_split([calm] * 6 + [rough] * 6)
        >>> split.after, split.p_value < 0.01
        (6, True)
    """
    rows = np.asarray(counts, dtype=float)
    if least < 1 or permutations < 1:
        raise UsageError("least and permutations are at least 1.")
    periods = len(rows)
    if periods < 2 * least:
        raise DataError(
            f"a change with {least} periods on each side needs {2 * least}; there are {periods}."
        )
    ratios = likelihood_ratios(rows)[least - 1 : periods - least]
    place = int(np.argmax(ratios))
    ratio = float(ratios[place])
    exact = factorial(min(periods, 20)) <= permutations
    if exact:
        tried = np.array(list(orders(range(periods))))
    else:
        dice = np.random.default_rng(seed)
        tried = dice.permuted(np.tile(np.arange(periods), (permutations, 1)), axis=1)
    bar = ratio * (1 - 1e-9)
    step = max(_BLOCK // max(rows.size, 1), 1)
    as_high = sum(
        int(
            (
                likelihood_ratios(rows[block])[:, least - 1 : periods - least].max(axis=1) >= bar
            ).sum()
        )
        for block in (tried[start : start + step] for start in range(0, len(tried), step))
    )
    p = as_high / len(tried) if exact else (as_high + 1) / (len(tried) + 1)
    return Split(place + least, ratio, p, exact)
