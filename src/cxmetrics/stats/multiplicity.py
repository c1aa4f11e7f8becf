"""Adjusted p-values for several comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from cxmetrics.errors import UsageError, did_you_mean

Adjustment = Literal["holm", "bh", "by", "hochberg", "bonferroni", "none"]


def adjust(p_values: Sequence[float | None], method: Adjustment = "holm") -> list[float | None]:
    """Return p-values adjusted for their number.

    Args:
        p_values: one a comparison; a missing one is left out of the count and stays missing.
        method: `"holm"` (family-wise error, no assumption, the default), `"bh"` (false discovery
            rate, for exploration), `"by"` (false discovery rate under any dependence),
            `"hochberg"`, `"bonferroni"` or `"none"`.

    Returns:
        Adjusted p-values in the order given, monotone in the raw ones, at most 1.

    Raises:
        UsageError: the method is unknown.

    References:
        Holm 1979; Hochberg 1988; Benjamini & Hochberg 1995, JRSS-B 57:289-300; Benjamini &
        Yekutieli 2001.

    Example:
        >>> adjust([0.01, 0.04, None, 0.03])
        [0.03, 0.06, None, 0.06]
    """
    if method not in get_args(Adjustment):
        raise UsageError(f"no adjustment {method!r}; {did_you_mean(method, get_args(Adjustment))}")
    raw = np.array([np.nan if p is None else p for p in p_values], dtype=float)
    present = ~np.isnan(raw)
    p = raw[present]
    m = p.size
    order = np.argsort(p, kind="stable")
    ranked = p[order]
    rank = np.arange(1.0, m + 1)
    if method == "holm":
        ranked = np.maximum.accumulate(ranked * (m - rank + 1))
    elif method == "hochberg":
        ranked = _down(ranked * (m - rank + 1))
    elif method == "bh":
        ranked = _down(ranked * m / rank)
    elif method == "by":
        ranked = _down(ranked * m * (1 / rank).sum() / rank)
    elif method == "bonferroni":
        ranked = ranked * m
    adjusted = np.empty(m)
    adjusted[order] = np.minimum(ranked, 1.0)
    raw[present] = adjusted
    return [None if np.isnan(value) else float(value) for value in raw]


def _down(values: NDArray[np.float64]) -> NDArray[np.float64]:
    lowest: NDArray[np.float64] = np.minimum.accumulate(values[::-1])[::-1]
    return lowest
