"""Whether the items of a composite measure one thing: alpha and omega beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from cxmetrics.concepts.answers import Answers
from cxmetrics.errors import Caution, DataError
from cxmetrics.items.consistency import Reliability, reliability
from cxmetrics.metrics.text import limits, number
from cxmetrics.stats.intervals import Interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LOW: Final = 0.7
"""Alpha or omega under which items hardly measure one thing (Nunnally 1978)."""


def consistency(
    worth: Floats, names: Sequence[str], found: Answers, *, level: float
) -> Reliability | str:
    """Return alpha and omega of items, or why there is none."""
    if len(names) < 2:
        return "one item has no internal consistency"
    columns: dict[str, Any] = dict(zip(names, worth.T, strict=True))
    weight = None if found.weight is None else " weight"
    unit = None if found.unit is None else " unit"
    columns |= {" weight": found.weight} if weight else {}
    columns |= {" unit": found.unit} if unit else {}
    try:
        return reliability(columns, items=names, weight=weight, unit=unit, level=level)
    except DataError as error:
        return str(error).removesuffix(".")


def agreement(found: Reliability | str) -> str:
    """Write alpha and omega with their intervals, or why there is none."""
    if isinstance(found, str):
        return f"No alpha: {found}"

    def written(name: str, value: float, own: Interval | None) -> str:
        ends = "" if own is None else f" ({limits(own.low, own.high, 'rating')})"
        return f"{name} {number(value, 'rating')}{ends}"

    parts = [written("alpha", found.alpha, found.alpha_interval)]
    if found.omega is not None:
        parts.append(written("omega", found.omega, found.omega_interval))
    if found.spearman_brown is not None:
        parts.append(written("Spearman-Brown", found.spearman_brown, None))
    return ", ".join(parts)


def doubts(found: Reliability | str, what: str) -> Iterator[Caution]:
    """Say where items do not measure one thing."""
    if isinstance(found, str):
        return
    weak = [
        f"{name} {number(value, 'rating')}"
        for name, value in (("alpha", found.alpha), ("omega", found.omega))
        if value is not None and value < LOW
    ]
    if weak:
        yield Caution(
            "LOW_RELIABILITY",
            f"{what}: {' and '.join(weak)}, under {LOW:g}: the items hardly measure one thing.",
        )
    for caution in found.cautions:
        if caution.code in {"REVERSED_ITEM", "NO_COMMON_FACTOR"}:
            yield Caution(caution.code, f"{what}: {caution.message}")
