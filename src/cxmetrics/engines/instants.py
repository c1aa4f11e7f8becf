"""When: columns of moments as whole microseconds since 1970, UTC."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from cxmetrics.engines.encode import is_missing, is_series
from cxmetrics.errors import ColumnError, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

Zone = str | dt.tzinfo | None

EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND: Final = dt.timedelta(microseconds=1)
_DAY: Final = 86_400_000_000


def instants(column: Any, name: str, zone: Zone) -> tuple[Ints, Bools | None]:
    """Return a column of moments as microseconds since 1970 UTC, and where there is none.

    Args:
        column: a narwhals series, a numpy array or a sequence of datetimes or dates; a date is its
            midnight. Nanoseconds are cut to microseconds.
        name: how to call it in errors.
        zone: where the clocks stood that wrote the moments without a zone.

    Returns:
        The microseconds (anything where missing), and a mask of the missing; None without one.

    Raises:
        ColumnError: values are no moments, or have no time zone and none is given.
    """
    if is_series(column):
        found = _from_series(column, name, zone)
        if found is not None:
            return found
        column = column.to_list()
    if isinstance(column, np.ndarray):
        if column.dtype.kind == "M":
            missing = np.isnat(column)
            local = column.astype("datetime64[us]").astype(np.int64)
            return utc(local, _clocks(zone, name)), missing if missing.any() else None
        column = column.tolist()
    return _from_objects(column, name, zone)


def micros(moment: dt.datetime | dt.date, name: str, zone: Zone) -> int:
    """Return one moment as microseconds since 1970 UTC.

    Raises:
        ColumnError: it is no moment, or has no time zone and none is given.
    """
    return int(_from_objects([moment], name, zone)[0][0])


def _from_series(series: Any, name: str, zone: Zone) -> tuple[Ints, Bools | None] | None:
    import narwhals as nw  # here a frame has been handed over, so it is loaded already

    dtype = series.dtype
    if dtype == nw.Date:
        series = series.cast(nw.Datetime("us"))
    elif dtype != nw.Datetime:
        return None
    naive = dtype == nw.Date or dtype.time_zone is None
    clocks = _clocks(zone, name) if naive else None
    missing: Bools = series.is_null().to_numpy()
    if missing.any():
        there: Ints = series.filter((~missing).tolist()).dt.timestamp("us").to_numpy()
        values = np.zeros(len(missing), dtype=np.int64)
        values[~missing] = there
    else:
        values = np.asarray(series.dt.timestamp("us").to_numpy(), dtype=np.int64)
    return utc(values, clocks), missing if missing.any() else None


def _from_objects(values: Any, name: str, zone: Zone) -> tuple[Ints, Bools | None]:
    found = np.zeros(len(values), dtype=np.int64)
    missing = np.zeros(len(values), dtype=np.bool_)
    local = np.zeros(len(values), dtype=np.bool_)
    for row, value in enumerate(values):
        if is_missing(value):
            missing[row] = True
            continue
        if isinstance(value, dt.datetime):
            moment = value
        elif isinstance(value, dt.date):
            moment = dt.datetime(value.year, value.month, value.day)
        else:
            raise ColumnError(
                f"{name!r} holds {value!r} ({type(value).__name__}, row {row}): a moment is a "
                "datetime or a date; convert the column first, nothing is parsed in silence."
            )
        if moment.tzinfo is None:
            local[row] = True
            moment = moment.replace(tzinfo=dt.UTC)
        found[row] = (moment - EPOCH) // MICROSECOND
    if local.any():
        if zone is None and not (local | missing).all():
            first = int(local.argmax())
            raise ColumnError(
                f"{name!r} mixes moments with and without a time zone (row {first} has none): say "
                'where those without were written, zone="Europe/Paris".'
            )
        found[local] = utc(found[local], _clocks(zone, name))
    return found, missing if missing.any() else None


def _clocks(zone: Zone, name: str) -> dt.tzinfo:
    if zone is None:
        _refuse(name)
    if isinstance(zone, dt.tzinfo):
        return zone
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(
            f'there is no time zone {zone!r}: name one like "Europe/Paris" or "UTC".'
        ) from None


def _refuse(name: str) -> NoReturn:
    raise ColumnError(
        f"{name!r} holds moments without a time zone: say where the clocks stood that wrote them, "
        'zone="Europe/Paris" or zone="UTC".'
    )


def utc(local: Ints, clocks: dt.tzinfo | None) -> Ints:
    """Turn what clocks showed into UTC.

    An hour that the clocks showed twice is taken for the first; one they skipped is moved on by
    the hour, as `datetime` does (`fold=0`).
    """
    if clocks is None or not local.size:
        return local
    low, high = int(local.min()), int(local.max())
    days = range(low // _DAY - 2, high // _DAY + 3)
    bounds, offsets = [], [_offset(days[0] * _DAY, clocks)]
    for day in days[1:]:
        after = _offset(day * _DAY, clocks)
        if after == offsets[-1]:
            continue
        lower, upper = (day - 1) * _DAY, day * _DAY  # the change lies in (lower, upper]
        while upper - lower > 1_000_000:
            middle = (lower + upper) // 2
            lower, upper = (middle, upper) if _offset(middle, clocks) != after else (lower, middle)
        change = -(-lower // 1_000_000) * 1_000_000
        bounds.append(change + max(offsets[-1], after))
        offsets.append(after)
    if len(offsets) == 1:
        return local - offsets[0]
    moments: Ints = local - np.array(offsets)[np.searchsorted(bounds, local, side="right")]
    return moments


def _offset(at: int, clocks: dt.tzinfo) -> int:
    found = (EPOCH + at * MICROSECOND).astimezone(clocks).utcoffset()
    return 0 if found is None else found // MICROSECOND
