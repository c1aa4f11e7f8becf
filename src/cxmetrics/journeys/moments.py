"""The moments of a path: its peak, its end, its mean, and what may be left of them in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from cxmetrics.engines.encode import numeric
from cxmetrics.engines.ratings import rated
from cxmetrics.errors import Caution, DataError, UsageError
from cxmetrics.journeys.path import Paths
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import count, number
from cxmetrics.scale import Scale
from cxmetrics.stats.episodes import episodes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

NAMES = ("peak", "end", "mean", "trend", "low", "first")


@frozen(kw_only=True, eq=False, repr=False)
class PathMoments(Mapping[str, Any]):
    """What was felt on each path, in a few numbers; a mapping of columns, one row a path.

    Attributes:
        customer: shape (paths,): whose path it is.
        journey: shape (paths,): label of the journey; None where the paths have none.
        n: shape (paths,): moments with a rating.
        peak: shape (paths,): the rating farthest from the middle of the scale, the later of equals.
        end: shape (paths,): the last rating; the peak is the end where there is one moment.
        mean: shape (paths,): of the ratings.
        trend: shape (paths,): slope, points of the scale from one moment to the next; undefined
            with one moment.
        low: shape (paths,): the lowest rating.
        first: shape (paths,): the first rating.
        failed: shape (paths,): whether there was a failure; None where nobody said what one is.
        recovered: shape (paths,): whether a failure was repaired.
        rule: what was taken for a failure and a repair.
        scale: of the ratings.
        cautions: what a reader has to know.
    """

    customer: NDArray[Any]
    journey: NDArray[Any] | None
    n: Ints
    peak: Floats
    end: Floats
    mean: Floats
    trend: Floats
    low: Floats
    first: Floats
    failed: Bools | None
    recovered: Bools | None
    rule: str
    scale: Scale
    cautions: tuple[Caution, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        known = ("customer", "journey", *NAMES, "n", "failed", "recovered")
        return tuple(name for name in known if getattr(self, name) is not None)

    def __getitem__(self, name: str) -> Any:
        if name not in self.columns:
            raise KeyError(name)
        return getattr(self, name)

    def __iter__(self) -> Any:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    @property
    def defined(self) -> Bools:
        """Shape (paths,): whether the path has a moment."""
        found: Bools = self.n > 0
        return found

    @property
    def title(self) -> str:
        """How many paths have moments."""
        some = int(self.defined.sum())
        return (
            f"Moments of {count(some)} of {count(len(self.n))} paths, "
            f"{count(int(self.n.sum()))} ratings from {self.scale.low:g} to {self.scale.high:g}"
        )

    def sheet(self) -> Sheet:
        """Return means over the paths as a table."""
        rows = []
        for name in NAMES:
            own = self[name][~np.isnan(self[name])]
            if own.size:
                ends = [number(float(x), "rating") for x in np.quantile(own, [0.1, 0.9])]
                spread = own.std(ddof=1) if own.size > 1 else np.nan
                cells = (number(float(own.mean()), "rating"), number(float(spread), "rating"))
                rows.append((name, *cells, *ends, count(int(own.size))))
        notes = [self.rule] if self.rule else []
        if self.failed is not None and self.recovered is not None:
            notes.append(
                f"{count(int(self.failed.sum()))} paths with a failure, "
                f"{count(int(self.recovered.sum()))} of them repaired."
            )
        return Sheet(
            title=self.title,
            head=("moment", "mean", "sd", "10 %", "90 %", "paths"),
            rows=rows,
            notes=notes,
            cautions=self.cautions,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values: one list a column, None where undefined."""
        found: dict[str, Any] = {}
        for name in self.columns:
            values = self[name].tolist()
            found[name] = [None if value != value else value for value in values]
        return {
            "columns": found,
            "scale": self.scale.spell(),
            "rule": self.rule,
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __str__(self) -> str:
        return str(self.sheet())

    def _repr_html_(self) -> str:
        return self.sheet().html()

    def __repr__(self) -> str:
        return f"<PathMoments: {int(self.defined.sum())} of {len(self.n)} paths>"


def path_moments(
    paths: Paths,
    felt: Any,
    *,
    scale: Scale | str,
    failure: Any = None,
    repair: Any = None,
    recovery: tuple[float, float] | None = None,
    missing: Sequence[Any] = (),
) -> PathMoments:
    """Sum up what was felt on each path.

    The *peak* is the rating with the largest distance from the middle of the scale, the later of
    equals; the *end* the last rating; the *trend* the least-squares slope from one moment to the
    next. A moment without a rating is no moment; a path without any has no peak, and is counted.

    A path is *recovered* where a failure was repaired later (or at once). Say what that is by two
    columns, `failure` and `repair`; or by ratings, `recovery=(low, high)`: a moment of at most
    `low`, and a later one of at least `high`.

    Args:
        paths: the paths.
        felt: the ratings, one a row of the data that the paths were made of (after `where`).
        scale: of the ratings, such as `"-5:5"`; its middle defines the peak.
        failure: true where something went wrong, one a row of the data.
        repair: true where it was put right.
        recovery: see above.
        missing: values that stand for "no rating".

    Raises:
        DataError: no moment has a rating.
        ScaleError: a rating is no point of the scale.
        UsageError: a column has not one value a row of the data, or `recovery` makes no sense.

    References:
        Kahneman, Fredrickson, Schreiber & Redelmeier 1993, Psychological Science 4:401-405; Alaybek
        et al. 2022, Organizational Behavior and Human Decision Processes 170:104149 (peak and end
        tell about as much as the mean: keep all of them).

    Example:
        >>> from datetime import UTC, datetime
        >>> from cxmetrics.journeys import paths
        >>> log = {"customer": ["a", "a", "a"], "stage": ["ask", "buy", "use"],
        ...        "at": [datetime(2026, 3, day, tzinfo=UTC) for day in (1, 2, 3)]}
        >>> found = path_moments(paths(log), [2, -4, 4], scale="-5:5", recovery=(-3, 3))
        >>> [found[name].tolist() for name in ("peak", "end", "low", "recovered")]
        [[4.0], [4.0], [-4.0], [True]]
    """
    if isinstance(scale, str):
        scale = Scale.parse(scale)
    values, _ = rated(of_events(paths, felt, "felt"), "felt", scale, missing=missing)
    there = ~np.isnan(values)
    if not there.any():
        raise DataError("no moment on any path has a rating: there is nothing to sum up.")
    path = np.repeat(np.arange(len(paths)), paths.lengths)[there]
    middle = (scale.low + scale.high) / 2
    found = episodes(values[there], path, size=len(paths), middle=middle)
    failed, recovered, rule = _recovered(paths, values, failure, repair, recovery)
    bare = int((found.n == 0).sum())
    cautions = []
    if bare:
        cautions.append(
            Caution(
                "INCOMPLETE_ROWS",
                f"{count(bare)} of {count(len(paths))} paths have no rated moment: their peak, end "
                "and mean are undefined, not 0.",
            )
        )
    return PathMoments(
        customer=paths.customers[paths.owner],
        journey=paths.journey,
        n=found.n,
        **{name: getattr(found, name) for name in NAMES},
        failed=failed,
        recovered=recovered,
        rule=rule,
        scale=scale,
        cautions=tuple(cautions),
    )


def of_events(paths: Paths, column: Any, name: str) -> Any:
    """Return a column of the data in the order of the events of the paths.

    Raises:
        UsageError: it has not one value a row of the data that the paths were made of.
    """
    if hasattr(column, "to_numpy"):
        column = column.to_numpy()
    if not isinstance(column, np.ndarray):
        values = np.empty(len(column), dtype=object)
        values[:] = list(column)
        column = values
    needed = int(paths.rows.max(initial=-1)) + 1 if paths.height is None else paths.height
    fits = len(column) >= needed if paths.height is None else len(column) == needed
    if column.ndim != 1 or not fits:
        raise UsageError(
            f"{name} has {len(column)} values, and the paths were made of {needed} rows: hand over "
            "one value a row of those data, after where=."
        )
    return column[paths.rows]


def _recovered(
    paths: Paths,
    values: Floats,
    failure: Any,
    repair: Any,
    recovery: tuple[float, float] | None,
) -> tuple[Bools | None, Bools | None, str]:
    """Return which paths failed, which were repaired, and by which rule."""
    if (failure is None) != (repair is None):
        raise UsageError("say both failure= and repair=, or neither.")
    if failure is not None and recovery is not None:
        raise UsageError("say what a recovery is once: by failure= and repair=, or by recovery=.")
    if failure is not None:
        broken = _truths(of_events(paths, failure, "failure"), "failure")
        mended = _truths(of_events(paths, repair, "repair"), "repair")
        rule = "Recovered: a failure, and a repair with it or after it on the same path."
    elif recovery is not None:
        low, high = recovery
        if not low < high:
            raise UsageError(f"recovery=({low:g}, {high:g}): the low rating comes first.")
        with np.errstate(invalid="ignore"):  # a missing rating is neither
            broken, mended = values <= low, values >= high
        rule = f"Recovered: a moment of {low:g} or less, and a later one of {high:g} or more."
    else:
        return None, None, ""
    if not len(paths):
        return np.zeros(0, np.bool_), np.zeros(0, np.bool_), rule
    # The first failure of a path and its last repair say whether one came after the other.
    at = np.arange(len(values))
    first = np.minimum.reduceat(np.where(broken, at, len(values)), paths.starts[:-1])
    last = np.maximum.reduceat(np.where(mended, at, -1), paths.starts[:-1])
    return first < len(values), last >= first, rule


def _truths(column: Any, name: str) -> Bools:
    values = numeric(column, name, boolean=True).astype(float)
    if not np.isin(values, (0, 1)).all():
        raise UsageError(f"{name} is true or false for every event, nothing else.")
    found: Bools = values == 1
    return found
