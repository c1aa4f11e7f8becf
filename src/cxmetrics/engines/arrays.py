"""The engine for columns in memory: numpy, in chunks that stay in the cache.

Three rules keep it fast: never sort, never widen a whole column (only a chunk of it), never make a
weight column where there is none.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import compress
from typing import TYPE_CHECKING, Any

import numpy as np

from cxmetrics.engines.assemble import Rows, assemble, cube_of
from cxmetrics.engines.encode import (
    Labels,
    encode,
    is_series,
    missing_numbers,
    no_column,
    numeric,
    point_codes,
    refuse_off_scale,
    wanted,
    weights,
)
from cxmetrics.errors import ColumnError, UsageError
from cxmetrics.summaries import Cube, Label

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxmetrics.engines.query import Query

CHUNK = 1 << 18
_PARALLEL = 1 << 21
_SMALL = CHUNK // 8


def count_columns(columns: Mapping[str, Any], query: Query) -> Cube:
    """Answer a query from columns held in memory.

    Args:
        columns: by name, narwhals series, numpy arrays or sequences of one length.
        query: what to count.

    Raises:
        ColumnError: a column is missing, of another length, or of the wrong kind.
        ScaleError: a rating is no point of the scale and is not to be set aside.
    """
    if not isinstance(query.where, Mapping | None):
        raise UsageError("where= is {column: label or labels} for plain columns.")
    names = dict.fromkeys((*query.columns, *(query.where or ())))
    used = {name: column_of(columns, name) for name in names}
    if len({len(column) for column in used.values()}) > 1:
        sizes = ", ".join(f"{name} {len(column)}" for name, column in used.items())
        raise ColumnError(f"the columns differ in length: {sizes}.")
    if query.where:
        used = kept_rows(used, query.where)
    boolean = query.scale.points == (0, 1)
    ratings = [
        numeric(used[name], name, missing=query.missing, boolean=boolean) for name in query.rating
    ]
    weight = None if query.weight is None else weights(used[query.weight], query.weight)
    groups, labels = joint_groups([encode(used[name]) for name in query.by], len(ratings[0]))
    if len(ratings) > 1 or query.unit or query.strata:
        missing = missing_numbers(query.missing)
        codes = np.stack([point_codes(column, query.scale, missing) for column in ratings], axis=1)
        cube = assemble(
            query,
            Rows(
                points=codes,
                groups=np.zeros(len(codes), np.intp) if groups is None else groups,
                labels=labels,
                weight=weight,
                unit=None if query.unit is None else encode(used[query.unit]),
                strata=None if query.strata is None else encode(used[query.strata]),
            ),
        )
    else:
        bins = _histogram(ratings[0], groups, len(labels), weight, query)
        cube = cube_of(query, labels, *bins)
    if query.off_scale == "error" and cube.cells.off_scale.any():
        _refuse(ratings, query)
    return cube


def kept_rows(used: dict[str, Any], where: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the rows that `where` asks for, before anything in the others can be wrong."""
    keep = np.ones(len(next(iter(used.values()))), dtype=bool)
    for name, value in where.items():
        found = encode(used[name])
        labels = wanted(value)
        keep &= np.array([label in labels for label in found.labels], dtype=bool)[found.codes]
    return {name: _rows_of(column, keep) for name, column in used.items()}


def _rows_of(column: Any, keep: NDArray[np.bool_]) -> Any:
    if isinstance(column, np.ndarray):
        return column[keep]
    if is_series(column):
        return column.filter(keep.tolist())
    return list(compress(column, keep))


def column_of(columns: Mapping[str, Any], name: str) -> Any:
    """Return a column, or raise the error that says the close names."""
    if name not in columns:
        raise no_column(name, columns)
    column = columns[name]
    if isinstance(column, np.ndarray | list | tuple) or is_series(column):
        return column
    import narwhals as nw  # a series of some library, which is loaded already

    return nw.from_native(column, series_only=True, pass_through=True)


def _refuse(ratings: Sequence[NDArray[Any]], query: Query) -> None:
    missing = missing_numbers(query.missing)
    for values, name in zip(ratings, query.rating, strict=True):
        off = int((point_codes(values, query.scale, missing) == query.scale.size + 1).sum())
        if off:
            refuse_off_scale(values, name, query.scale, missing, off)


def joint_groups(
    columns: Sequence[Labels], rows: int
) -> tuple[NDArray[Any] | None, list[tuple[Label, ...]]]:
    """Number the combinations of labels: codes (None without columns) and the label tuples."""
    if not columns:
        return None, [()]
    first = columns[0]
    codes: NDArray[Any] = first.codes
    labels: list[tuple[Label, ...]] = [(label,) for label in first.labels]
    for column in columns[1:]:
        many = len(column.labels)
        if len(labels) * many > max(1 << 20, 4 * rows):  # more combinations than rows: compress
            present, codes = np.unique(codes, return_inverse=True)
            labels = [labels[place] for place in present]
        codes = _mixed(codes, column.codes, many, np.min_scalar_type(-len(labels) * many))
        labels = [(*old, new) for old in labels for new in column.labels]
    return codes, labels


def _mixed(major: NDArray[Any], minor: NDArray[Any], many: int, dtype: Any) -> NDArray[Any]:
    mixed = np.empty(len(major), dtype=dtype)
    for part in _parts(len(major)):
        np.multiply(major[part], many, out=mixed[part], dtype=dtype, casting="unsafe")
        np.add(mixed[part], minor[part], out=mixed[part], dtype=dtype, casting="unsafe")
    return mixed


def _parts(rows: int) -> Iterator[slice]:
    return (slice(start, start + CHUNK) for start in range(0, rows, CHUNK))


def _summed(rows: int, work: Callable[[slice], Sequence[NDArray[Any]]]) -> list[NDArray[Any]]:
    """Add the results of `work` over all chunks, always in the same order.

    Chunks are handed to threads (numpy lets go of the interpreter while it counts); their results
    are added in the order of the rows, so sums of weights do not depend on the machine.
    """
    totals: list[NDArray[Any]] | None = None
    parts = list(_parts(max(rows, 1)))
    threads = min(os.cpu_count() or 1, 8) if rows >= _PARALLEL else 1

    def added(results: Iterator[Sequence[NDArray[Any]]]) -> None:
        nonlocal totals
        for result in results:
            if totals is None:
                totals = [array.copy() for array in result]
            else:
                for total, array in zip(totals, result, strict=True):
                    total += array

    if threads == 1:
        added(map(work, parts))
    else:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(threads) as pool:
            added(pool.map(work, parts))
    assert totals is not None  # noqa: S101  # there is always one part
    return totals


def _histogram(
    values: NDArray[Any],
    groups: NDArray[Any] | None,
    many: int,
    weight: NDArray[np.float64] | None,
    query: Query,
) -> tuple[NDArray[np.int64], NDArray[np.float64] | None, NDArray[np.float64] | None]:
    """Count rows, weights and squared weights: each of shape (groups, points + 2)."""
    missing = missing_numbers(query.missing)
    width = query.scale.size + 2
    if groups is None and weight is None and values.dtype.itemsize == 1:
        return _bytes_histogram(values, query, missing), None, None
    bins = many * width

    narrow = _narrow(values, query, missing)
    small = np.min_scalar_type(-bins)

    def joint(part: slice) -> NDArray[Any]:
        if narrow is not None and groups is not None:
            bins_: NDArray[Any] = np.multiply(groups[part], width, dtype=small, casting="unsafe")
            bins_ += narrow[part]
            return bins_
        codes = point_codes(values[part], query.scale, missing)
        if groups is not None:
            codes += groups[part].astype(np.intp) * width
        return codes

    def work(part: slice) -> Sequence[NDArray[Any]]:
        codes = joint(part)
        counted = [np.bincount(codes, minlength=bins)]
        if weight is not None:
            own = weight[part]
            counted.append(np.bincount(codes, own, minlength=bins))
            counted.append(np.bincount(codes, own * own, minlength=bins))
        return counted

    if bins <= _SMALL:
        results = _summed(len(values), work)
    else:  # too many groups to hold a histogram a chunk: add in place
        results = [np.zeros(bins, np.int64)]
        if weight is not None:
            results += [np.zeros(bins), np.zeros(bins)]
        for part in _parts(len(values)):
            codes = joint(part)
            np.add.at(results[0], codes, 1)
            if weight is not None:
                np.add.at(results[1], codes, weight[part])
                np.add.at(results[2], codes, weight[part] ** 2)
    shaped: list[Any] = [result.reshape(many, width) for result in results]
    return (shaped[0], shaped[1], shaped[2]) if weight is not None else (shaped[0], None, None)


def _narrow(values: NDArray[Any], query: Query, missing: NDArray[Any]) -> NDArray[np.uint8] | None:
    """Return one-byte ratings as point numbers, if all are on the scale, without widening them."""
    scale = query.scale
    integral = scale.step == 1 and float(scale.low).is_integer()
    if values.dtype.itemsize != 1 or not len(values) or not integral or missing.size:
        return None
    points = values.view(np.uint8) - np.uint8(int(scale.low) % 256)
    return points if points.max() < scale.size else None


def _bytes_histogram(
    values: NDArray[Any], query: Query, missing: NDArray[Any]
) -> NDArray[np.int64]:
    """Count one-byte ratings two at a time: half the steps of a plain count."""
    data = np.ascontiguousarray(values).view(np.uint8)
    even = len(data) // 2 * 2
    pairs = data[:even].view(np.uint16)
    used = int(data.max()) + 1 if len(data) else 1
    table = np.zeros(used * 256, np.int64)
    for start in range(0, len(pairs), CHUNK // 4):
        table += np.bincount(pairs[start : start + CHUNK // 4], minlength=used * 256)
    each = np.zeros(256, np.int64)
    each[:used] = table.reshape(used, 256).sum(axis=1)  # the high byte of each pair
    each += table.reshape(used, 256).sum(axis=0)  # the low byte
    if even < len(data):
        each[data[-1]] += 1
    everything = np.arange(256, dtype=np.uint8).view(values.dtype)
    codes = point_codes(everything, query.scale, missing)
    counted = np.bincount(codes, each, minlength=query.scale.size + 2)
    return counted.astype(np.int64)[None, :]
