"""Columns into small integers: ratings into point numbers, labels into group numbers.

Nothing is coerced in silence: a text where a number belongs, a half point, an infinity or a
negative weight is an error that says where, never a guess.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import numbers
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from cxmetrics.errors import ColumnError, ScaleError, did_you_mean
from cxmetrics.scale import Scale
from cxmetrics.summaries import Label

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.intp]

_POOL = 4096
_MISSING_TYPES = {"NAType", "NaTType"}


def is_series(column: object) -> bool:
    """Say whether a column is a narwhals series."""
    return hasattr(column, "_compliant_series")


def no_column(name: str, known: Iterable[str]) -> ColumnError:
    """Return the error about a column that is not there, with the close names."""
    return ColumnError(f"there is no column {name!r}; {did_you_mean(name, known)}")


def is_missing(value: Any) -> bool:
    """Say whether a Python value means "nothing there": None, NaN, NA, blank text."""
    if value is None or type(value).__name__ in _MISSING_TYPES:
        return True
    if isinstance(value, str):
        return not value.strip()
    return isinstance(value, float | np.floating) and bool(np.isnan(value))


def plain(value: Any) -> Label:
    """Return a label as JSON can hold it: numpy scalars unpacked, dates as ISO text."""
    if is_missing(value):
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time() and value.tzinfo is None
        return value.date().isoformat() if midnight else value.isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value
    if isinstance(value, numbers.Real | Decimal):
        number = float(value)
        return int(number) if number.is_integer() else number
    return str(value)


# -- ratings ---------------------------------------------------------------------------------------


def numeric(
    column: Any, name: str, *, missing: Sequence[Any] = (), boolean: bool = False
) -> NDArray[Any]:
    """Return a column as an integer or float array in which NaN means missing.

    Args:
        column: a narwhals series, a numpy array or a sequence of Python values.
        name: how to call it in errors.
        missing: codes that stand for "no answer"; only texts are replaced here, numbers are
            recognised where the points are.
        boolean: whether True and False are ratings (on a 0-1 scale).

    Raises:
        ColumnError: it holds texts, dates or booleans.
    """
    if is_series(column):
        array = _from_series(column, boolean=boolean)
    elif isinstance(column, np.ndarray):
        array = column
    else:
        array = np.empty(len(column), dtype=object)
        array[:] = list(column)
    if array.ndim != 1:
        raise ColumnError(f"{name!r} has {array.ndim} dimensions: give one rating a row.")
    if array.dtype.kind in "iuf":
        return array
    if array.dtype.kind == "b" and boolean:
        return array.view(np.int8)
    if array.dtype.kind in "OUSTb":
        return _from_objects(array, name, missing, boolean=boolean)
    raise ColumnError(f"{name!r} holds {array.dtype} values; a rating is a number.")


def _from_series(series: Any, *, boolean: bool) -> NDArray[Any]:
    import narwhals as nw  # here a frame has been handed over, so it is loaded already

    dtype = series.dtype
    if dtype.is_numeric():
        if dtype == nw.Decimal:
            series = series.cast(nw.Float64)
        array: NDArray[Any] = series.to_numpy()
        return array
    if dtype == nw.Boolean and boolean:
        whole: NDArray[Any] = series.cast(nw.Int8).to_numpy()
        return whole
    objects = np.empty(len(series), dtype=object)
    objects[:] = series.to_list()
    return objects


def _from_objects(
    array: NDArray[Any], name: str, missing: Sequence[Any], *, boolean: bool
) -> NDArray[np.float64]:
    values = np.full(len(array), np.nan)
    for place, value in enumerate(array.tolist()):
        if is_missing(value) or (missing and value in missing):
            continue
        number = isinstance(value, numbers.Real | Decimal)
        if not number or (isinstance(value, bool) and not boolean):
            hint = (
                "convert the column to numbers first; nothing is converted in silence"
                if isinstance(value, str)
                else "a rating is a number, None or NaN"
            )
            codes = ", or declare it with missing=[…]" if isinstance(value, str) else ""
            raise ColumnError(
                f"{name!r} holds {value!r} ({type(value).__name__}) at index {place}: "
                f"{hint}{codes}."
            )
        values[place] = float(value)
    return values


def point_codes(values: NDArray[Any], scale: Scale, missing: NDArray[Any]) -> Codes:
    """Return the number of each rating's point: 0 to size-1, `size` missing, `size`+1 off scale."""
    size = scale.size
    if values.dtype.kind in "iu" and scale.step == 1 and float(scale.low).is_integer():
        codes = values.astype(np.intp)
        codes -= int(scale.low)
        off = codes.view(np.uintp) >= size
        if off.any():
            codes[off] = size + 1
    else:
        floats = values.astype(np.float64)
        steps = (floats - scale.low) / scale.step
        nearest = np.rint(steps)
        with np.errstate(invalid="ignore"):
            on = (np.abs(steps - nearest) <= 1e-9) & (nearest >= 0) & (nearest < size)
        codes = np.where(on, nearest, size + 1).astype(np.intp)
        codes[np.isnan(floats)] = size
    if missing.size:
        codes[np.isin(values, missing)] = size
    return codes


def missing_numbers(missing: Sequence[Any]) -> NDArray[np.float64]:
    """Return the missing codes that are numbers."""
    found = [float(code) for code in missing if isinstance(code, numbers.Real | Decimal)]
    return np.array(found, dtype=float)


def refuse_off_scale(
    values: NDArray[Any], name: str, scale: Scale, missing: NDArray[Any], count: int
) -> None:
    """Raise the error that shows the first ratings which are no point of the scale.

    Raises:
        ScaleError: always.
    """
    places = np.flatnonzero(point_codes(values, scale, missing) == scale.size + 1)[:4]
    shown = ", ".join(f"{plain(values[p])!r} (index {p})" for p in places)
    raise ScaleError(
        f"{count} of {len(values)} ratings in {name!r} are no point of the scale {scale}: {shown}. "
        "Correct them, name the right scale, declare codes with missing=[…], or pass "
        "off_scale='set_aside' to count them and go on without them."
    )


# -- weights ---------------------------------------------------------------------------------------


def weights(column: Any, name: str) -> NDArray[np.float64]:
    """Return a weight column as floats, every one finite and at least 0.

    Raises:
        ColumnError: a weight is missing, negative, infinite or no number.
    """
    values = numeric(column, name).astype(np.float64)
    faults = (
        ("missing", np.isnan(values)),
        ("negative", values < 0),
        ("infinite", np.isinf(values)),
    )
    for word, bad in faults:
        if bad.any():
            refuse_weights(name, word, int(bad.sum()), f", first at index {int(bad.argmax())}")
    return values


def refuse_weights(name: str, fault: str, count: int, where: str = "") -> None:
    """Raise the error about weights that can't be used.

    Raises:
        ColumnError: always.
    """
    number, are = ("1 weight", "is") if count == 1 else (f"{count} weights", "are")
    raise ColumnError(
        f"{number} in {name!r} {are} {fault}{where}: a weight is a finite number of at least "
        "0. Repair them, or leave those rows out on purpose with where=…."
    )


# -- labels ----------------------------------------------------------------------------------------


@frozen
class Labels:
    """A column of labels as codes.

    Attributes:
        codes: shape (rows,): the place of each row's label in `labels`.
        labels: the distinct labels; None stands for missing.
    """

    codes: NDArray[Any]
    labels: tuple[Label, ...]


def encode(column: Any) -> Labels:
    """Number the distinct values of a column.

    Categorical columns and small integers are not scanned twice; texts go through the dictionary
    encoder of the library that holds them.
    """
    if is_series(column):
        found = _encode_series(column)
        if found is not None:
            return found
        column = column.to_list()
    if isinstance(column, np.ndarray) and column.dtype.kind in "iub":
        return _encode_integers(column)
    if isinstance(column, np.ndarray) and column.dtype.kind == "M":
        column = column.astype("datetime64[us]" if column.dtype != "<M8[D]" else "datetime64[D]")
    if isinstance(column, np.ndarray) and column.dtype.kind == "f":
        distinct, codes = np.unique(column, return_inverse=True)
        return _compact(codes, [plain(value) for value in distinct])
    return _encode_objects(column.tolist() if isinstance(column, np.ndarray) else column)


def wanted(value: Any) -> list[Label]:
    """Return the labels that a `where` asks for: one, or any collection of them."""
    several = isinstance(value, Iterable) and not isinstance(value, str)
    return [plain(label) for label in value] if several else [plain(value)]


def _encode_objects(values: Sequence[Any]) -> Labels:
    places: dict[Label, int] = {}
    seen: dict[Any, int] = {}
    codes = np.empty(len(values), dtype=np.intp)
    for row, value in enumerate(values):
        try:
            code = seen.get(value)
        except TypeError:
            raise ColumnError(
                f"{value!r} (index {row}) can't name a group: a label is a text, a number, True, "
                "False, a date or missing."
            ) from None
        if code is None:
            code = places.setdefault(plain(value), len(places))
            seen[value] = code
        codes[row] = code
    return Labels(codes, tuple(places))


def _encode_integers(values: NDArray[Any]) -> Labels:
    if not values.size:
        return Labels(values.astype(np.intp), ())
    low, high = int(values.min()), int(values.max())
    if high - low <= max(1024, values.size // 4):
        present = np.bincount(values.astype(np.intp) - low)
        distinct = np.flatnonzero(present)
        lookup = np.zeros(len(present), dtype=np.int32)
        lookup[distinct] = np.arange(len(distinct))
        codes: NDArray[Any] = lookup[values.astype(np.intp) - low]
        numbers_ = (distinct + low).tolist()
    else:
        unique, codes = np.unique(values, return_inverse=True)
        numbers_ = unique.tolist()
    if values.dtype.kind == "b":
        return Labels(codes, tuple(bool(number) for number in numbers_))
    return Labels(codes, tuple(numbers_))


def _encode_series(series: Any) -> Labels | None:
    """Use the codes a categorical column holds already, or the library's own encoder."""
    import narwhals as nw  # here a frame has been handed over, so it is loaded already

    native, dtype = series.to_native(), series.dtype
    text = dtype in (nw.String, nw.Categorical, nw.Enum)  # a set would miss Enum([...])
    if text and hasattr(native, "factorize"):  # pandas
        import pandas as pd

        if not isinstance(native.dtype, pd.CategoricalDtype):
            codes, distinct = pd.factorize(native)
            return _compact(codes, [plain(value) for value in distinct])
        return _compact(native.cat.codes.to_numpy(), [plain(v) for v in native.cat.categories])
    if text and nw.get_native_namespace(series).__name__ == "polars":
        import polars as pl

        if dtype == nw.String:
            native = native.cast(pl.Categorical)
        physical = native.to_physical()
        if native.null_count():
            physical = physical.cast(pl.Int64).fill_null(-1)
        return _compact(physical.to_numpy(), _polars_labels(native))
    if text and nw.get_native_namespace(series).__name__ == "pyarrow":
        import pyarrow as pa
        import pyarrow.compute as pc

        array: Any = native
        if not pa.types.is_dictionary(array.type):
            array = pc.dictionary_encode(array)
        if isinstance(array, pa.ChunkedArray):
            array = array.unify_dictionaries().combine_chunks()
        indices = array.indices
        if array.null_count:
            indices = indices.cast(pa.int64()).fill_null(-1)
        return _compact(indices.to_numpy(zero_copy_only=False), array.dictionary.to_pylist())
    if dtype.is_integer() and not series.is_null().any():
        return _encode_integers(series.to_numpy())
    if dtype.is_float():
        return encode(series.to_numpy())
    return None


def _polars_labels(native: Any) -> list[Label]:
    """Return the label of each physical code of a polars Categorical or Enum."""
    known: Any = getattr(native.dtype, "categories", None)
    if hasattr(known, "to_series"):  # Categorical: every text of its pool, maybe of other columns
        known = known.to_series()
    if known is not None and len(known) <= _POOL:
        pool: list[Label] = known.to_list()
        return pool
    distinct = native.drop_nulls().unique()
    places = distinct.to_physical().to_numpy()
    labels: list[Label] = [None] * (int(places.max()) + 1 if places.size else 0)
    for place, label in zip(places.tolist(), distinct.to_list(), strict=True):
        labels[place] = label
    return labels


def _compact(codes: NDArray[Any], labels: Sequence[Any]) -> Labels:
    """Join codes whose labels are the same after `plain` (blank and missing), -1 being missing."""
    places: dict[Label, int] = {}
    final = [places.setdefault(plain(label), len(places)) for label in labels]
    missing = bool((codes < 0).any()) if codes.dtype.kind == "i" and codes.size else False
    if not missing and len(places) == len(labels):
        return Labels(codes, tuple(places))
    final.append(places.setdefault(None, len(places)))
    return Labels(np.array(final, dtype=np.int32)[codes], tuple(places))


# -- units -----------------------------------------------------------------------------------------


def fingerprints(labels: Sequence[Label]) -> NDArray[np.uint64]:
    """Return 64-bit fingerprints of unit names, the same from every engine, sorted.

    They only serve to notice, within a process or across workers, that two parts share a unit;
    they are never serialised.
    """
    found = [
        int.from_bytes(hashlib.blake2b(str(label).encode(), digest_size=8).digest(), "little")
        for label in labels
    ]
    return np.unique(np.array(found, dtype=np.uint64))
