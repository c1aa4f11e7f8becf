"""The question "what goes with the outcome?", asked of rows or of moments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from cxmetrics.engines import OffScale
from cxmetrics.engines.products import moments as collect_moments
from cxmetrics.errors import DataError, UsageError
from cxmetrics.items.checks import refuse_items
from cxmetrics.items.levers import PARTS, SEED, Drivers, Method
from cxmetrics.scale import Scale
from cxmetrics.stats import importance
from cxmetrics.stats.distributions import check_level
from cxmetrics.summaries import Moments
from cxmetrics.summaries.moments import Gaps

_NOT_POSITIVE: Final = -1e-9
_NO_RELATION: Final = 1e-9
_FREE: Final = 16  # up to so many drivers a thousand replicates of all subsets take a second or two


def drivers(
    data: Any,
    *,
    outcome: str,
    items: Sequence[str] = (),
    scale: Scale | Mapping[str, Scale] | None = None,
    outcome_scale: Scale | None = None,
    weight: str | None = None,
    unit: str | None = None,
    where: Any = None,
    missing: Sequence[Any] = (),
    off_scale: OffScale = "error",
    gaps: Gaps = "listwise",
    method: Method | None = None,
    level: float = 0.95,
    replicates: int | None = None,
    seed: int = SEED,
) -> Drivers:
    """Split the variance of an outcome that goes with its drivers among them.

    The shares are LMG (the Shapley value of R²) for up to 20 drivers and Johnson's relative weights
    above. They sum to R², are never negative and carry no sign: `correlation` has it. Rows are
    drawn for the intervals (percentile bootstrap, seeded); of large samples, 1,000 random parts.

    Args:
        data: columns by name or a data frame, one row a respondent; or `Moments` with the outcome
            among the items.
        outcome: the column to explain, for instance the 0-10 recommendation.
        items: the columns of the drivers; of moments, all others where left out.
        scale: the scale of the drivers, or scales by name; ratings off it are refused.
        outcome_scale: the scale of the outcome.
        weight: the column of survey weights.
        unit: the column that says which rows belong together (customer, store, day).
        where: rows to keep.
        missing: values that stand for "no answer".
        off_scale: `"error"`, or `"set_aside"` to treat ratings off their scale as missing.
        gaps: `"listwise"`: only rows with everything; `"pairwise"`: every pair that is there.
        method: `"lmg"` or `"johnson"`; None for LMG up to 20 drivers.
        level: of the intervals.
        replicates: of the bootstrap; None for 1,000, and fewer for LMG of more than 16 drivers.
        seed: of the bootstrap: the same seed, the same intervals.

    Raises:
        ColumnError: a column is missing (the close names are said) or holds the wrong values.
        DataError: an item has no variance, drivers are linear combinations of each other, there are
            too few complete rows, or pairwise correlations contradict each other.
        UsageError: the outcome is a driver too, or an argument makes no sense.

    References:
        Grömping 2006, Journal of Statistical Software 17(1); Johnson 2000, Multivariate Behavioral
        Research 35:1-19; Tonidandel, LeBreton & Johnson 2009.

    Example:
        >>> from cxmetrics.datasets import company
        >>> survey = company(2_000, seed=2026).wide()
        >>> phases = ["csat_purchase", "csat_delivery", "csat_use"]
        >>> found = drivers(survey, outcome="recommend", items=phases)
        >>> abs(sum(driver.share for driver in found.values()) - found.r2) < 1e-12
        True
        >>> print(found)
        Drivers of recommend: R² 0.20  (95 % interval 0.11 to 0.32; n = 204 of 486)
          csat_use       42.8 %  (17.5 to 69.2 %; r +0.31)
          csat_delivery  38.9 %  (13.1 to 67.8 %; r +0.29)
          csat_purchase  18.3 %  (2.7 to 44.0 %; r +0.23)
          ! INCOMPLETE_ROWS: 58 % of the rows miss an item and are left out (csat_delivery is ...
    """
    names = tuple(items)
    if isinstance(data, Moments):
        names = names or tuple(name for name in data.items if name != outcome)
    if outcome in names:
        raise UsageError(
            f"{outcome!r} is the outcome and a driver at once: leave it out of the drivers."
        )
    if not names:
        raise UsageError("no driver is named: say items=[…].")
    check_level(level)
    if method is None:
        method = "lmg" if len(names) <= importance.MOST else "johnson"
    if method not in {"lmg", "johnson"}:
        raise UsageError(f"method is 'lmg' or 'johnson', not {method!r}.")
    if method == "lmg" and len(names) > importance.MOST:
        raise UsageError(
            f"LMG looks at all subsets of up to {importance.MOST} drivers, not of {len(names)}: "
            "use method='johnson', or fewer drivers."
        )
    if replicates is None:
        beyond = max(len(names) - _FREE, 0) if method == "lmg" else 0
        replicates = max(PARTS >> beyond, 200)
    if replicates < 100:
        raise UsageError(f"{replicates} replicates make no interval: ask for 100 or more.")
    if isinstance(data, Moments):
        given = {
            "weight": weight,
            "unit": unit,
            "where": where,
            "scale": scale,
            "outcome_scale": outcome_scale,
        }
        said = [name for name, value in given.items() if value is not None]
        if said or missing:
            first = (*said, "missing")[0]
            raise UsageError(f"moments are collected already: {first}= is for rows.")
        found = data.only([outcome, *names])
    else:
        scales = dict(scale) if isinstance(scale, Mapping) else {}
        if isinstance(scale, Scale):
            scales = dict.fromkeys(names, scale)
        if outcome_scale is not None:
            scales[outcome] = outcome_scale
        found = collect_moments(
            data,
            [outcome, *names],
            scale=scales,
            weight=weight,
            unit=unit,
            where=where,
            missing=missing,
            off_scale=off_scale,
            gaps=gaps,
            parts=PARTS,
        )
    _refuse(found)
    return Drivers(moments=found, importance=method, level=level, replicates=replicates, seed=seed)


def _refuse(found: Moments) -> None:
    """Refuse moments of which no regression can be made.

    Raises:
        DataError: always says which columns, and what to do.
    """
    names = found.items
    refuse_items(found, least=len(names) + 1)
    whole = found.correlation
    if np.linalg.eigvalsh(whole)[0] < _NOT_POSITIVE:
        raise DataError(
            "the pairwise correlations contradict each other (no complete sample has them): use "
            "gaps='listwise', or leave out the drivers with the most gaps."
        )
    if not np.abs(whole[0, 1:]).max() > _NO_RELATION:
        raise DataError(
            f"no driver is correlated with {names[0]!r} at all: there is nothing to split."
        )
    twins = [repr(names[place + 1]) for place in importance.entangled(whole[1:, 1:])]
    if twins:
        raise DataError(
            f"{', '.join(twins[:-1])} and {twins[-1]} say the same: one is a linear combination of "
            "the others, so their shares can't be told apart. Leave one out."
        )
