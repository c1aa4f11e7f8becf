"""Ranks of means, and how sure they are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from attrs import asdict, frozen

from cxmetrics.stats.averages import Averages
from cxmetrics.stats.distributions import t_quantile
from cxmetrics.stats.multiplicity import adjust

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DRAWS: Final = 10_000
_SEED: Final = 19_610_401


@frozen(kw_only=True)
class Rank:
    """The rank of one mean among others, the highest first.

    Attributes:
        place: by the means as they are.
        low: the best rank that is not excluded.
        high: the worst.
        first: the share of draws in which it comes first.
    """

    place: int
    low: int
    high: int
    first: float

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return asdict(self)


def ranks(
    found: Averages,
    groups: Sequence[int],
    *,
    level: float = 0.95,
    bounds: tuple[float, float],
    draws: int = DRAWS,
    seed: int = _SEED,
) -> list[Rank | None]:
    """Return the rank of each mean with its limits and its chance to be the first.

    Limits: all pairs are compared (Welch's t, or with the covariance of shared units), Holm keeps
    the chance of any false order at 1 - `level`; a group ranks behind those proved higher and
    before those proved lower. So all limits hold together at `level`, and are wide where players
    are close (Al Mohamad, Goeman & van Zwet 2022,
    Biometrics, with Tukey's test in place of Holm's).

    `first`: the means are drawn around their estimates with their joint covariance (t, each with
    its degrees of freedom), `draws` times. It is the chance that a group is the best given these
    answers and no other knowledge; equal groups share it.

    Args:
        found: the means.
        groups: which of them.
        level: of the limits together.
        bounds: the lowest and highest possible value, for groups that do not vary.
        draws: how many.
        seed: of the draws.

    Returns:
        One a group; None where it has under two units, so that nothing is known of its spread.

    Example:
        >>> from cxmetrics.stats.averages import averages
        >>> rows = np.array([9.0, 8, 9, 8, 5, 4, 5, 4, 8, 8, 9, 9])
        >>> found = averages(rows, groups=np.repeat([0, 1, 2], 4), size=3)
        >>> [(r.place, r.low, r.high) for r in ranks(found, [0, 1, 2], bounds=(0, 10))]
        [(1, 1, 2), (3, 3, 3), (1, 1, 2)]
    """
    able = [g for g in groups if found.covariance[g, g] >= 0 and found.df[g] >= 1]
    pairs = list(combinations(range(len(able)), 2))
    differences = [found.difference(able[a], able[b], level=level, bounds=bounds) for a, b in pairs]
    higher = np.zeros((len(able), len(able)), bool)
    adjusted = adjust([difference.p_value for difference in differences])
    for (a, b), difference, p in zip(pairs, differences, adjusted, strict=True):
        if p is not None and p <= 1 - level:
            higher[(a, b) if difference.value > 0 else (b, a)] = True
    first = _first(found, able, level, bounds, draws, seed)
    mean = np.round(found.mean[able], 9)
    made = {
        group: Rank(
            place=1 + int((mean > mean[place]).sum()),
            low=1 + int(higher[:, place].sum()),
            high=len(able) - int(higher[place].sum()),
            first=float(first[place]),
        )
        for place, group in enumerate(able)
    }
    return [made.get(group) for group in groups]


def _first(
    found: Averages,
    able: list[int],
    level: float,
    bounds: tuple[float, float],
    draws: int,
    seed: int,
) -> Floats:
    if not able:
        return np.zeros(0)
    covariance = found.covariance[np.ix_(able, able)].copy()
    for place, group in enumerate(able):
        if not covariance[place, place]:  # nothing varies: as far as its interval reaches
            interval = found.interval(group, level=level, bounds=bounds)
            assert interval is not None  # noqa: S101  # bounded
            reach = t_quantile(0.5 + level / 2, found.df[group])
            covariance[place, place] = (interval.width / 2 / reach) ** 2
    dice = np.random.default_rng(seed)
    normal = dice.multivariate_normal(np.zeros(len(able)), covariance, size=draws, method="eigh")
    df = found.df[able]
    scale = np.sqrt(df / dice.chisquare(df, size=(draws, len(able))))
    best = (found.mean[able] + normal * scale).argmax(axis=1)
    return np.bincount(best, minlength=len(able)) / draws
