"""The engine for moments: products of whole columns, in chunks that stay in the cache.

Small whole numbers are multiplied as 32-bit floats, twice as fast, in chunks so short that every
partial sum is exact (below 2^24). Weights and measurements use 64 bits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from attrs import frozen

from cxmetrics.engines.columns import columns_of
from cxmetrics.engines.encode import (
    encode,
    missing_numbers,
    numeric,
    point_codes,
    refuse_off_scale,
    weights,
)
from cxmetrics.engines.query import OffScale
from cxmetrics.errors import ColumnError, UsageError, did_you_mean
from cxmetrics.scale import Scale
from cxmetrics.summaries.moments import Gaps, Moments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Truths = NDArray[np.bool_]

_CHUNK: Final = 1 << 16
_SHORTEST: Final = 1 << 11
_EXACT: Final = 1 << 24
_SEED: Final = 19_790_101

Scales = Scale | Mapping[str, Scale] | None
"""One scale for all items, or one by name; items without one are measurements."""


@frozen(kw_only=True)
class _Item:
    """A column of numbers; `absent` marks its gaps, None where there are none."""

    values: NDArray[Any]
    absent: Truths | None
    origin: float
    reach: float  # the largest distance from the origin
    whole: bool
    missing: int
    off_scale: int


def moments(
    data: Any,
    items: Sequence[str],
    *,
    scale: Scales = None,
    weight: str | None = None,
    unit: str | None = None,
    where: Any = None,
    missing: Sequence[Any] = (),
    off_scale: OffScale = "error",
    gaps: Gaps = "listwise",
    parts: int = 1,
) -> Moments:
    """Collect the sums and products of items.

    Args:
        data: columns by name or a data frame, one row a respondent.
        items: the columns.
        scale: the scale of the items, or scales by name; ratings that are no point are refused.
            An item without one is a measurement: any finite number (True is 1).
        weight: the column of survey weights.
        unit: the column that says which rows belong together (customer, store, day): parts are then
            made of whole units, so that the bootstrap draws units.
        where: rows to keep.
        missing: values that stand for "no answer".
        off_scale: `"error"`, or `"set_aside"` to count such ratings and treat them as missing.
        gaps: `"listwise"` leaves out rows with a missing item; `"pairwise"` uses, for each pair,
            the rows that have both.
        parts: random parts to keep apart for the bootstrap, at most one a row or unit.

    Raises:
        ColumnError: a column is missing (the close names are said) or holds the wrong values.
        ScaleError: a rating is no point of its scale.
        UsageError: an item is named twice, or an argument makes no sense.

    Example:
        >>> answers = {"wifi": [1, 2, None, 5], "signs": [2, 1, 5, 4]}
        >>> moments(answers, ["wifi", "signs"])
        <Moments of 2 items, listwise: n=3 of 4 rows>
    """
    names = tuple(items)
    _check(names, scale, weight, gaps, off_scale, parts)
    extra = [name for name in (weight, unit) if name is not None]
    columns = columns_of(data, (*names, *extra), where=where)
    scales = scale if isinstance(scale, Mapping) else dict.fromkeys(names, scale)
    read = [_item(columns[n], n, scales.get(n), missing, off_scale) for n in names]
    weighted = None if weight is None else weights(columns[weight], weight)
    rows = len(read[0].values)
    if weighted is not None and rows and not weighted.any():
        raise ColumnError(f"all weights in {weight!r} are zero: there is nothing to measure.")
    order, bounds = _parts(rows, parts, None if unit is None else encode(columns[unit]).codes)
    if gaps == "listwise" and any(item.absent is not None for item in read):
        full = np.ones(rows, dtype=bool)
        for item in read:
            if item.absent is not None:
                full &= ~item.absent
        kept = full if order is None else full[order]
        order = np.flatnonzero(full) if order is None else order[kept]
        bounds = np.concatenate([[0], np.cumsum(kept)])[bounds]
    arrays = _products(read, weighted, order, bounds, gaps)
    return Moments(
        items=names,
        scales=tuple(scales.get(name) for name in names),
        gaps=gaps,
        weighted=weighted is not None,
        rows=rows,
        missing=np.array([item.missing for item in read], np.int64),
        off_scale=np.array([item.off_scale for item in read], np.int64),
        origin=np.array([item.origin for item in read]),
        **arrays,
    )


def _check(
    names: tuple[str, ...],
    scale: Scales,
    weight: str | None,
    gaps: Gaps,
    off_scale: OffScale,
    parts: int,
) -> None:
    twice = [name for place, name in enumerate(names) if name in names[:place]]
    if twice:
        raise UsageError(f"{twice[0]!r} is named twice.")
    if not names:
        raise UsageError("no item is named.")
    if weight in names:
        raise ColumnError(f"{weight!r} is the weight and an item at once.")
    for what, value, known in (
        ("gaps", gaps, ("listwise", "pairwise")),
        ("off_scale", off_scale, ("error", "set_aside")),
    ):
        if value not in known:
            raise UsageError(f"{what} is {known[0]!r} or {known[1]!r}, not {value!r}.")
    if parts < 1:
        raise UsageError(f"parts is at least 1, not {parts!r}.")
    if isinstance(scale, Mapping):
        for name in scale:
            if name not in names:
                raise UsageError(f"scale names {name!r}, no item; {did_you_mean(name, names)}")


def _item(
    column: Any, name: str, scale: Scale | None, missing: Sequence[Any], off_scale: OffScale
) -> _Item:
    boolean = scale is None or scale.points == (0, 1)
    values = numeric(column, name, missing=missing, boolean=boolean)
    codes = missing_numbers(missing)
    absent: Truths | None = np.isnan(values) if values.dtype.kind == "f" else None
    if codes.size:
        coded = np.isin(values, codes)
        absent = coded if absent is None else absent | coded
    off = 0
    if scale is not None and not _on(values, scale):
        point = point_codes(values, scale, codes)
        aside = point == scale.size + 1
        off = int(aside.sum())
        if off and off_scale == "error":
            refuse_off_scale(values, name, scale, codes, off)
        absent = aside if absent is None else absent | aside
    elif scale is None and values.dtype.kind == "f" and np.isinf(values).any():
        place = int(np.isinf(values).argmax())
        raise ColumnError(f"{name!r} holds an infinite number at index {place}.")
    if absent is not None and not absent.any():
        absent = None
    present = values if absent is None else values[~absent]
    if not present.size:
        low = high = 0.0
    else:
        low, high = float(present.min()), float(present.max())
    origin = (low + high) / 2 if scale is None else (scale.low + scale.high) / 2
    origin = float(np.floor(origin))  # whole, so that whole numbers stay whole
    gone = 0 if absent is None else int(absent.sum()) - off
    return _Item(
        values=values,
        absent=absent,
        origin=origin,
        reach=max(abs(low - origin), abs(high - origin)),
        whole=values.dtype.kind in "iu" or bool((present == np.floor(present)).all()),
        missing=gone,
        off_scale=off,
    )


def _on(values: NDArray[Any], scale: Scale) -> bool:
    """Say whether whole numbers are all on a scale of whole numbers, without encoding them."""
    if values.dtype.kind not in "iu" or scale.step != 1 or not float(scale.low).is_integer():
        return False
    return not values.size or bool(values.min() >= scale.low and values.max() <= scale.high)


def _parts(
    rows: int, parts: int, unit: NDArray[Any] | None
) -> tuple[NDArray[np.intp] | None, NDArray[np.int64]]:
    """Deal rows, or whole units, into random parts: the order of the rows, and where parts end."""
    if parts == 1:
        return None, np.array([0, rows])
    dice = np.random.default_rng(_SEED)
    if unit is None:
        many = min(parts, max(rows, 1))
        return dice.permutation(rows), np.arange(many + 1) * rows // many
    distinct, member = np.unique(unit, return_inverse=True)
    many = min(parts, max(len(distinct), 1))
    part = (dice.permutation(len(distinct)) * many // max(len(distinct), 1))[member]
    order = np.argsort(part, kind="stable")
    return order, np.concatenate([[0], np.cumsum(np.bincount(part, minlength=many))])


def _products(
    read: list[_Item],
    weight: Floats | None,
    order: NDArray[np.intp] | None,
    bounds: NDArray[np.int64],
    gaps: Gaps,
) -> dict[str, Floats]:
    many, parts = len(read), len(bounds) - 1
    reach = max((item.reach for item in read), default=0.0)
    exact = int(_EXACT // max(reach**2, 1.0))
    narrow = weight is None and all(item.whole for item in read) and exact >= _SHORTEST
    chunk = min(_CHUNK, exact) if narrow else _CHUNK
    kind: Any = np.float32 if narrow else np.float64
    holes = gaps == "pairwise" and any(item.absent is not None for item in read)
    columns = [item.values if order is None else item.values[order] for item in read]
    absent = [
        None if not holes or item.absent is None else _taken(item.absent, order) for item in read
    ]
    own = None if weight is None else _taken(weight, order)
    out = {
        name: np.zeros((parts, many, many))
        for name in ("counts", "weights", "squares", "sums", "powers", "products")
    }
    rows = np.empty((many + 1, chunk), dtype=kind)  # ones, then the items: one product gives all
    rows[0] = 1
    for part, piece in _pieces(bounds, chunk):
        size = piece.stop - piece.start
        block = rows[:, :size]
        for line, column, item in zip(block[1:], columns, read, strict=True):
            if item.origin:
                np.subtract(column[piece], item.origin, out=line, dtype=kind, casting="unsafe")
            else:
                line[:] = column[piece]
        w = None if own is None else own[piece]
        if holes:
            gapped = [None if gap is None else gap[piece] for gap in absent]
            found = _with_holes(block[1:], gapped, w)
        else:
            found = _without(block, w)
        for name, value in zip(out, found, strict=True):
            out[name][part] += value
    return out


def _taken(column: NDArray[Any], order: NDArray[np.intp] | None) -> NDArray[Any]:
    return column if order is None else column[order]


def _pieces(bounds: NDArray[np.int64], chunk: int) -> Iterator[tuple[int, slice]]:
    for part in range(len(bounds) - 1):
        for start in range(int(bounds[part]), int(bounds[part + 1]), chunk):
            yield part, slice(start, min(start + chunk, int(bounds[part + 1])))


def _without(block: NDArray[Any], weight: Floats | None) -> tuple[Any, ...]:
    """Multiply rows without gaps: every pair of items has the same rows."""
    gram = block @ block.T if weight is None else (block * weight) @ block.T
    total, sums, products = gram[0, 0], gram[1:, :1], gram[1:, 1:]
    powers = np.diag(products)[:, None]
    number = block.shape[1]
    squares = number if weight is None else weight @ weight
    return number, total, squares, sums, powers, products


def _with_holes(
    values: NDArray[Any], absent: list[Truths | None], weight: Floats | None
) -> tuple[Any, ...]:
    """Multiply rows with gaps: a gap counts as nothing in every pair it is part of."""
    there = np.ones_like(values)
    for line, mask, gap in zip(values, there, absent, strict=True):
        if gap is not None:
            line[gap] = 0
            mask[gap] = 0
    count = there @ there.T
    if weight is None:
        heavy, squares, total = there, count, count
    else:
        heavy = there * weight
        squares, total = heavy @ heavy.T, heavy @ there.T
    return (
        count,
        total,
        squares,
        values @ heavy.T,
        (values * values) @ heavy.T,
        values @ values.T if weight is None else (values * weight) @ values.T,
    )
