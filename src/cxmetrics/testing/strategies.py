"""Hypothesis strategies: scales, ratings, rated rows, frames, tallies and cubes.

They draw what real data hold and tidy examples do not: missing ratings, blank and missing labels,
customers who answer twice, weights of 0, empty groups. Weights are dyadic (multiples of 1/8), so
that sums of them are exact and a law about tallies can be asserted with `==`.

Example:
    >>> from hypothesis import given, settings
    >>> from cxmetrics.scale import zero_to_ten
    >>> @settings(max_examples=20, database=None)
    ... @given(tallies(zero_to_ten), tallies(zero_to_ten))
    ... def addition_commutes(a, b):
    ...     assert a + b == b + a
    >>> addition_commutes()
"""

from __future__ import annotations

from typing import Any, TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from cxmetrics.engines import tally
from cxmetrics.scale import Scale
from cxmetrics.summaries import Cube, Tally

__all__ = ["Columns", "cubes", "frames", "ratings", "rows", "scales", "tallies", "weights"]

Columns: TypeAlias = dict[str, list[Any]]
"""Columns by name, all of one length."""

_GROUPS = ("web", "shop", "phone", "", " ", None)
_WAVES = (2023, 2024, 2025)
_STRATA = ("north", "south")


def scales(*, max_points: int = 11) -> SearchStrategy[Scale]:
    """Draw scales: any start, steps of 1, 1/2 or 1/4, either direction, 2 to `max_points` points.

    Args:
        max_points: the largest scale, at least 2.
    """

    def build(low: int, step: float, points: int, reverse: bool) -> Scale:  # noqa: FBT001  # called by hypothesis
        return Scale(low, low + step * (points - 1), step=step, reverse=reverse)

    return st.builds(
        build,
        st.integers(-5, 5),
        st.sampled_from([1, 0.5, 0.25]),
        st.integers(2, max_points),
        st.booleans(),
    )


def ratings(scale: Scale, *, missing: bool = True) -> SearchStrategy[float | None]:
    """Draw one rating: a point of the scale, or None where missing ratings are wanted."""
    points: SearchStrategy[float | None] = st.sampled_from(scale.points)
    return points | st.none() if missing else points


def weights(*, zero: bool = True) -> SearchStrategy[float]:
    """Draw a dyadic weight: a multiple of 1/8, from 0 (or 1/8) to 4."""
    return st.integers(0 if zero else 1, 32).map(lambda eighths: eighths / 8)


@st.composite
def rows(
    draw: st.DrawFn,
    scale: Scale,
    *,
    items: int = 1,
    missing: bool = True,
    weighted: bool = False,
    units: bool = False,
    strata: bool = False,
    prefix: str = "",
    min_rows: int = 0,
    max_rows: int = 25,
) -> Columns:
    """Draw rated rows as columns by name.

    Args:
        draw: given by hypothesis.
        scale: the points of the ratings.
        items: how many rating columns: `rating`, or `item1`, `item2`, ... if there are several.
        missing: whether ratings and labels may be missing.
        weighted: whether there is a column `weight`, with a weight above 0 for at least one of the
            ratings.
        units: whether there is a column `unit`; names repeat.
        strata: whether there is a column `stratum`; a unit stays within one. Every stratum holds at
            least two units or rows.
        prefix: what the names of the units start with: draws with different prefixes share none.
        min_rows: the fewest rows.
        max_rows: the most rows.

    Returns:
        Also the columns `group` (texts, some blank or missing) and `wave` (whole numbers).
    """
    names = ["rating"] if items == 1 else [f"item{number + 1}" for number in range(items)]
    label = st.sampled_from(_GROUPS if missing else _GROUPS[:3])
    fields: list[SearchStrategy[Any]] = [ratings(scale, missing=missing)] * items
    fields += [label, st.sampled_from(_WAVES)]
    drawn = draw(st.lists(st.tuples(*fields), min_size=min_rows, max_size=max_rows))
    columns: Columns = {
        name: [row[place] for row in drawn] for place, name in enumerate((*names, "group", "wave"))
    }
    size = len(drawn)

    def more(strategy: SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(strategy, min_size=size, max_size=size))

    if weighted:
        columns["weight"] = more(weights())
        rated = [
            place for place, row in enumerate(drawn) if any(r is not None for r in row[:items])
        ]
        if rated and not any(columns["weight"][place] for place in rated):
            columns["weight"][rated[0]] = 1.0
    numbers = list(range(size))
    if units:
        numbers = more(st.integers(0, max(size, 4)))
        columns["unit"] = [f"{prefix}{number}" for number in numbers]
    if strata:
        homes = [_STRATA[number % 2] for number in numbers]
        lonely = any(
            len({n for n, home in zip(numbers, homes, strict=True) if home == name}) == 1
            for name in _STRATA
        )
        columns["stratum"] = [_STRATA[0]] * size if lonely else homes
    return columns


def frames(scale: Scale, *, backend: str = "polars", **options: Any) -> SearchStrategy[Any]:
    """Draw rated rows as a native data frame.

    Args:
        scale: the points of the ratings.
        backend: `"pandas"`, `"polars"` or `"pyarrow"`; it has to be installed.
        **options: those of `rows`.
    """
    return rows(scale, **options).map(lambda columns: _frame(columns, backend))


def _frame(columns: Columns, backend: Any) -> Any:
    import narwhals as nw

    def kind(name: str) -> Any:
        if name in {"group", "unit", "stratum"}:
            return nw.String
        return nw.Int64 if name == "wave" else nw.Float64

    made = {
        name: nw.new_series(name, values, kind(name), backend=backend)
        for name, values in columns.items()
    }
    return nw.from_dict(made).to_native()


def cubes(
    scale: Scale, *, by: tuple[str, ...] = ("group",), **options: Any
) -> SearchStrategy[Cube]:
    """Draw cubes collected from rows.

    Args:
        scale: the points of the ratings.
        by: the dimensions, of `group` and `wave`.
        **options: those of `rows`.
    """

    def collected(columns: Columns) -> Cube:
        own = {"weight": "weight", "unit": "unit", "strata": "stratum"}
        found = {what: name for what, name in own.items() if name in columns}
        rated = [name for name in columns if name.startswith(("rating", "item"))]
        return tally(columns, scale, rating=rated, by=by, **found)  # type: ignore[arg-type]  # the three names above

    return rows(scale, **options).map(collected)


def tallies(
    scale: Scale, *, weighted: bool = False, max_off_scale: int = 3, **options: Any
) -> SearchStrategy[Tally]:
    """Draw tallies collected from rows, some of them empty.

    Args:
        scale: the points of the ratings.
        weighted: whether weights are given; they are dyadic.
        max_off_scale: up to how many ratings were set aside.
        **options: those of `rows`; `units=True` with different `prefix`es for tallies that share no
            unit.
    """

    def aside(number: int) -> list[Any]:
        return [scale.high + scale.step] * number

    def collected(columns: Columns, off: int) -> Tally:
        own = {"weight": "weight", "unit": "unit", "strata": "stratum"}
        found: dict[str, Any] = {w: name for w, name in own.items() if name in columns}
        longer = {name: values + values[:1] * off for name, values in columns.items()}
        rows_ = len(columns["rating"])
        longer["rating"] = columns["rating"] + aside(len(longer["group"]) - rows_)
        return tally(longer, scale, rating="rating", off_scale="set_aside", **found).overall

    drawn = rows(scale, weighted=weighted, **options)
    return st.builds(collected, drawn, st.integers(0, max_off_scale))
