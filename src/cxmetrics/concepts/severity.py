"""What an issue costs: the score of those who met it, beside that of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxmetrics.concepts.estimate import Gap
from cxmetrics.concepts.exposure import Exposure
from cxmetrics.errors import IntervalError
from cxmetrics.stats.distributions import t_p, t_quantile
from cxmetrics.stats.intervals import Interval
from cxmetrics.stats.regression import least_squares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def severities(
    found: Exposure,
    y: Floats | None,
    bounds: tuple[float, float] | None,
    unit: str,
    level: float,
    *,
    fixed: bool,
) -> tuple[list[Gap | None], list[float]]:
    """Return severity and its standard error by issue."""
    many = len(found.issues)
    if y is None:
        return [None] * many, [0.0] * many
    if fixed:
        return _together(found, y, unit, level)
    read, met = found.read, found.met
    gaps: list[Gap | None] = []
    errors = []
    for place, name in enumerate(found.issues):
        own = met[:, place]
        side = np.where(np.isnan(own), -1, own).astype(np.intp)
        parts = read.averages(y, groups=side, size=2)
        try:
            cost = parts.difference(0, 1, level=level, bounds=bounds)
        except IntervalError:
            gaps.append(None)
            errors.append(0.0)
            continue
        gaps.append(Gap.of(name, cost, unit=unit))
        errors.append(cost.standard_error)
    return gaps, errors


def _together(
    found: Exposure, y: Floats, unit: str, level: float
) -> tuple[list[Gap | None], list[float]]:
    """Return severities with all other issues and the controls held fixed."""
    read, met = found.read, found.met
    whole = ~np.isnan(met).any(axis=1) & ~np.isnan(y)
    if read.weight is not None:
        whole &= read.weight > 0
    met, y = met[whole], y[whole]
    hits = met.sum(axis=0)
    usable = (hits >= 2) & (hits <= len(met) - 2)
    names = [name for name, fit in zip(found.issues, usable, strict=True) if fit]
    blank: list[Gap | None] = [None] * len(found.issues)
    errors = [0.0] * len(found.issues)
    if not names:
        return blank, errors
    controls = found.controls[whole] if found.controls.size else np.zeros((len(met), 0))
    controls = controls[:, np.ptp(controls, axis=0) > 0]
    units = (np.arange(read.rows) if read.unit is None else read.unit)[whole]
    labels = [f"control {place + 1}" for place in range(controls.shape[1])]
    fitted = least_squares(
        y,
        np.column_stack([met[:, usable], controls]),
        names=[*names, *labels],
        weights=None if read.weight is None else read.weight[whole],
        clusters=None if read.unit is None else units,
        errors="cluster" if read.unit is not None else "robust",
    )
    for place, name in enumerate(found.issues):
        if not usable[place]:
            continue
        own = fitted.effect(name, level=level)
        error = own.standard_error
        # The robust error of a rare issue rests on the few who met it.
        rare = min(np.unique(units[met[:, place] == side]).size for side in (0, 1))
        df = min(own.df, rare - 1)
        if df < 1 or not error > 0:
            continue
        reach = t_quantile(0.5 + level / 2, df) * error
        p = t_p(own.value / error, df)
        blank[place] = Gap(
            name=name,
            value=-own.value,
            interval=Interval(-own.value - reach, -own.value + reach, level, "t"),
            p_value=p,
            p_adjusted=p,
            unit=unit,
        )
        errors[place] = error
    return blank, errors
