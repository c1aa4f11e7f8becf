"""Engines only count: rows in, a cube out, no statistics.

`tally` is the door: it takes a list, a numpy array, columns by name, any data frame that narwhals
knows (pandas, polars eager and lazy, pyarrow, DuckDB, Dask, PySpark), a `Batch`, or any object with
a `__cx_tally__(query)` method, which is asked first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from cxmetrics.batch import Batch
from cxmetrics.engines.arrays import count_columns
from cxmetrics.engines.encode import wanted
from cxmetrics.engines.query import OffScale, Query
from cxmetrics.engines.scales import require_scale
from cxmetrics.errors import UsageError
from cxmetrics.scale import Scale
from cxmetrics.summaries import Cube

__all__ = ["Column", "OffScale", "Query", "collect", "tally"]

Column: TypeAlias = str | Sequence[Any] | Any
"""A column: its name in the data, or its values beside a list of ratings."""


def collect(data: Any, query: Query) -> Cube:
    """Answer a query from whatever holds the rows.

    Args:
        data: an object with `__cx_tally__(query)`, a `Batch`, a data frame, or columns by name.
        query: what to count.

    Raises:
        ColumnError: a column is missing, or holds the wrong kind of values.
        InvalidRecordsError: a batch holds offenders: look at them, then hand over
            `batch.valid()`.
        ScaleError: a rating is no point of the scale.
        UsageError: nobody knows how to count this kind of data.
    """
    own = getattr(data, "__cx_tally__", None)
    if own is not None:
        cube: Cube = own(query)
        return cube
    if isinstance(data, Batch):
        return collect(_batch_columns(data, query), query)
    if isinstance(data, Mapping):
        return count_columns(data, query)
    import narwhals as nw  # loads no data frame library, but costs a tenth of a second

    try:
        frame: Any = nw.from_native(data)
    except TypeError:
        raise UsageError(
            f"can't count the ratings of a {type(data).__name__}: hand over a list, an array, "
            "columns by name, a data frame (pandas, polars, pyarrow, DuckDB, Dask, PySpark), or "
            "an object with a __cx_tally__ method."
        ) from None
    from cxmetrics.engines.frames import count_frame  # see above

    return count_frame(frame, query)


def tally(
    data: Any,
    scale: Scale,
    *,
    rating: str | Sequence[str] | None = None,
    by: Column | Mapping[str, Column] | None = None,
    weight: Column | None = None,
    unit: Column | None = None,
    strata: Column | None = None,
    where: Any = None,
    missing: Sequence[Any] = (),
    off_scale: OffScale = "error",
) -> Cube:
    """Count ratings by group and point of the scale.

    Args:
        data: a sequence or array of ratings, or anything with named columns (see `collect`).
        scale: the points of the scale.
        rating: the column of ratings; several columns are wide data (one row a respondent): they
            become the dimension `item`, and the items of one row share a unit. Left out for a
            bare sequence of ratings, and for a `Batch`, whose ratings are known.
        by: the column or columns that make groups. Beside a bare sequence: the labels themselves,
            or `{name: labels}`.
        weight: the column of survey weights, or the weights.
        unit: the column that says who answered, where one customer may answer more than once.
        strata: the column of sampling strata.
        where: rows to keep: `{column: label or labels}`; for frames also a narwhals expression.
        missing: values that stand for "no answer", such as 99 or "N/A".
        off_scale: `"error"`, or `"set_aside"` to count such ratings and go on without them.

    Returns:
        One tally a group. Missing ratings (None, NaN, blank, declared codes) are counted, never
        replaced.

    Raises:
        ColumnError: a column is missing (the close names are said) or holds the wrong kind of
            values, or weights are missing, negative or all zero.
        ScaleError: a rating is no point of the scale.
        UsageError: the arguments do not fit the data.

    Example:
        >>> from cxmetrics.scale import one_to_five
        >>> answers = {"signs": [5, 4, None], "wifi": [2, 99, 3]}
        >>> cube = tally(answers, one_to_five, rating=["signs", "wifi"], missing=[99])
        >>> [(item, part.n, part.missing) for item, part in cube.items()]
        [('signs', 2, 1), ('wifi', 2, 1)]
    """
    options: dict[str, Any] = {"where": where, "missing": tuple(missing), "off_scale": off_scale}
    if _bare(data):
        if rating is not None:
            raise UsageError("rating= names a column, but the data are a bare list of ratings.")
        columns: dict[str, Any] = {"rating": data}  # a series too: the engine knows them
        groups = by if isinstance(by, Mapping) else {} if by is None else {"group": by}
        for what, values in (
            *groups.items(),
            ("weight", weight),
            ("unit", unit),
            ("strata", strata),
        ):
            if isinstance(values, str):
                raise UsageError(
                    f"{what}={values!r} names a column, but the data are a bare list of ratings: "
                    "give the values themselves, as many as ratings."
                )
            if values is not None:
                columns[what] = values
        options |= {what: what for what in ("weight", "unit", "strata") if what in columns}
        query = Query(scale=scale, rating=("rating",), by=tuple(groups), **options)
        return collect(columns, query)
    if rating is None and isinstance(data, Batch):
        rating = "rating"
    if rating is None and not hasattr(data, "__cx_tally__"):
        raise UsageError("which column holds the ratings? Say rating='…' (or a list of columns).")
    for what, name in (("weight", weight), ("unit", unit), ("strata", strata)):
        if name is not None and not isinstance(name, str):
            raise UsageError(
                f"{what}= is the name of a column of the data, not {type(name).__name__}."
            )
    options |= {"weight": weight, "unit": unit, "strata": strata}
    query = Query(scale=scale, rating=_names(rating or "rating"), by=_names(by or ()), **options)
    return collect(data, query)


def _names(names: Any) -> tuple[str, ...]:
    found = (names,) if isinstance(names, str) else tuple(names)
    wrong = [name for name in found if not isinstance(name, str)]
    if wrong:
        raise UsageError(f"{wrong[0]!r} is no column name.")
    return found


def _bare(data: Any) -> bool:
    """Say whether the data are ratings alone, without column names."""
    if isinstance(data, np.ndarray):
        return True
    if isinstance(data, Sequence) and not isinstance(data, str | bytes | Batch):
        return True
    return type(data).__name__ in {"Series", "ChunkedArray"} or (
        hasattr(data, "__array__") and not hasattr(data, "columns")
    )


def _batch_columns(batch: Batch[Any], query: Query) -> Any:
    batch.require()
    if "rating" in query.rating:
        chosen = query.where.get("scale") if isinstance(query.where, Mapping) else None
        texts = None if chosen is None else wanted(chosen)
        scales = [s for s in batch.scales if texts is None or s.spell() in texts]
        require_scale(scales, query, "the batch")
    return batch.native()
