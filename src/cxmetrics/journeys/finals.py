"""What came of each path: a final score, or an outcome, brought to the path it belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from attrs import frozen

from cxmetrics.batch import Batch
from cxmetrics.engines.columns import columns_of
from cxmetrics.engines.encode import encode
from cxmetrics.engines.instants import Zone, instants
from cxmetrics.errors import Caution, DataError
from cxmetrics.journeys.path import Paths
from cxmetrics.links.results import measured
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_NOWHERE: Final = -1


@frozen(kw_only=True, eq=False, repr=False)
class Finals:
    """One number a path, where there is one.

    Attributes:
        name: of the column they come from.
        values: shape (paths,): NaN where nothing is known.
        unmatched: rows of the data that belong to none of the paths.
        cautions: what a reader has to know.
    """

    name: str
    values: Floats
    unmatched: int
    cautions: tuple[Caution, ...] = ()

    def __array__(self, dtype: Any = None, copy: Any = None) -> NDArray[Any]:
        return np.array(self.values, dtype=dtype)

    def __len__(self) -> int:
        return len(self.values)

    @property
    def known(self) -> int:
        """Paths of which it is known."""
        return int((~np.isnan(self.values)).sum())

    @property
    def title(self) -> str:
        """Of how many paths it is known."""
        return f"{self.name} of {count(self.known)} of {count(len(self.values))} paths"

    def sheet(self) -> Sheet:
        """Return the title and the cautions."""
        return Sheet(title=self.title, head=(), cautions=self.cautions)

    def __str__(self) -> str:
        return str(self.sheet())

    def __repr__(self) -> str:
        return f"<Finals {self.title}>"


def finals(
    paths: Paths,
    data: Any,
    *,
    value: str = "rating",
    customer: str = "customer",
    journey: str | None = None,
    at: str | None = None,
    zone: Zone = None,
    where: Any = None,
    missing: Sequence[Any] = (),
    name: str | None = None,
) -> Finals:
    """Bring a final score or an outcome to the path it belongs to.

    By `journey`, where the data name it and the paths were split by it; by `at`, to the customer's
    latest path that had begun then; otherwise to every path of the customer.

    Args:
        paths: the paths.
        data: answers or outcomes: a frame, columns by name, or a batch; one row a customer, or a
            path.
        value: the column of the score, the yes or no (1, 0), or the amount.
        customer: the column of the customer's id.
        journey: the column of the journey's or case's id.
        at: the column of the moment.
        zone: where the clocks stood that wrote moments without a time zone.
        where: rows to keep, such as `{"question": "nps"}`.
        missing: values that stand for "nothing".
        name: what to call it; the label of `where` if it is one, else the column.

    Returns:
        The values with `UNMATCHED` where rows belong to no path, and `SURVIVORS` where paths have
        none.

    Raises:
        ColumnError: a column is missing or holds the wrong values.
        DataError: two rows belong to one path, or no row belongs to any.

    Example:
        >>> from datetime import UTC, datetime
        >>> from cxmetrics.journeys import paths
        >>> log = {"customer": ["a", "a", "b"], "stage": ["ask", "buy", "ask"],
        ...        "at": [datetime(2026, 3, day, tzinfo=UTC) for day in (1, 2, 3)]}
        >>> found = finals(paths(log), {"customer": ["b", "c"], "rating": [9, 3]})
        >>> found.values.tolist(), found.unmatched
        ([nan, 9.0], 1)
    """
    if isinstance(data, Batch):
        data = data.require().native()
    chosen = list(where.values()) if isinstance(where, Mapping) else []
    called = name or (chosen[0] if [type(x) for x in chosen] == [str] else value)
    used = [journey] if journey is not None else [customer, *([at] if at else [])]
    columns = columns_of(data, [value, *used], where=where)
    numbers = measured(columns[value], value, missing)
    there = ~np.isnan(numbers)
    if journey is not None:
        place = _places(columns[journey], _labels(paths, journey))
        rows = np.flatnonzero(there & (place != _NOWHERE))
        own = place[rows]
    else:
        who = _places(columns[customer], paths.customers.tolist())
        if at is not None:
            moments, undated = instants(columns[at], at, zone)
            own = _latest(paths, who, moments)
            there = there if undated is None else there & ~undated
            rows = np.flatnonzero(there & (own != _NOWHERE))
            own = own[rows]
        else:
            rows, own = _all(paths, who, there)
    twice = np.flatnonzero(np.bincount(own, minlength=len(paths)) > 1)
    if len(twice):
        label = paths.customers[paths.owner[twice[0]]]
        raise DataError(
            f"{count(len(twice))} paths have several values of {value!r}, the first of customer "
            f"{label!r}: choose with where={{'question': …}} or {{'kind': …}}, or say at= or "
            "journey= so that each finds its own path."
        )
    found = np.full(len(paths), np.nan)
    found[own] = numbers[rows]
    if not len(own):
        raise DataError(
            f"none of {count(int(there.sum()))} values of {value!r} belongs to one of "
            f"{count(len(paths))} paths: are the ids of {journey or customer!r} those of the paths?"
        )
    lost = int(there.sum()) - len(np.unique(rows))
    return Finals(
        name=called,
        values=found,
        unmatched=lost,
        cautions=tuple(_cautions(called, lost, int(there.sum()), found)),
    )


def _cautions(name: str, lost: int, rows: int, found: Floats) -> list[Caution]:
    cautions = []
    if lost:
        cautions.append(
            Caution("UNMATCHED", f"{count(lost)} of {count(rows)} values belong to no path.")
        )
    gone = int(np.isnan(found).sum())
    if gone:
        cautions.append(
            Caution(
                "SURVIVORS",
                f"{name} is known of {count(len(found) - gone)} of {count(len(found))} paths. Who "
                "left, was not asked or did not answer has none, and may differ.",
            )
        )
    return cautions


def _labels(paths: Paths, journey: str) -> list[Any]:
    if paths.journey is None:
        raise DataError(
            f"journey={journey!r}: these paths were not split by a journey: "
            "paths(data, journey=…), or match by customer and at=."
        )
    return list(paths.journey.tolist())


def _places(column: Any, labels: Sequence[Any]) -> Ints:
    """Return the place of each label among `labels`, -1 where it is none of them.

    Raises:
        DataError: one of them is there twice.
    """
    known: dict[Any, int] = {}
    for place, label in enumerate(labels):
        if label is not None and known.setdefault(label, place) != place:
            raise DataError(
                f"the journey {label!r} is several paths (a gap, or several customers): match by "
                "customer and at=."
            )
    found = encode(column)
    table = np.array([known.get(label, _NOWHERE) for label in found.labels], dtype=np.int64)
    return table[found.codes] if len(table) else np.zeros(0, dtype=np.int64)


def _all(paths: Paths, who: Ints, there: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Return (row, path) of every path of each row's customer."""
    many = np.bincount(paths.owner, minlength=len(paths.customers))
    first = np.cumsum(many) - many
    rows = np.flatnonzero(there & (who != _NOWHERE))
    sizes = many[who[rows]]
    inside = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    order = np.argsort(paths.owner, kind="stable")
    return np.repeat(rows, sizes), order[np.repeat(first[who[rows]], sizes) + inside]


def _latest(paths: Paths, who: Ints, moments: Ints) -> Ints:
    """Return the latest path of each row's customer that had begun at a moment, -1 without one."""
    begun = paths.at[paths.starts[:-1]]
    return latest_before(paths.owner, begun, who, moments)


def latest_before(owner: Ints, at: Ints, who: Ints, moments: Ints) -> Ints:
    """Return, for each row, the last of its owner's things that was there by a moment.

    Args:
        owner: shape (things,).
        at: shape (things,): when.
        who: shape (rows,): the owner asked for, -1 for none.
        moments: shape (rows,).

    Returns:
        Shape (rows,): the place of the thing; -1 where there is none.

    Example:
        >>> latest_before(np.array([0, 0, 1]), np.array([1, 5, 2]), np.array([0, 0, 1, -1]),
        ...               np.array([5, 4, 1, 9])).tolist()
        [1, 0, -1, -1]
    """
    things = len(owner)
    owners = np.concatenate([owner, who])
    order = np.lexsort((np.arange(things + len(who)), np.concatenate([at, moments]), owners))
    is_thing = order < things  # of equal moments the thing comes first, by its place
    last = np.maximum.accumulate(np.where(is_thing, np.arange(len(order)), -1))
    found = np.full(things + len(who), _NOWHERE)
    candidate = order[np.maximum(last, 0)]
    same = (last >= 0) & (owners[candidate] == owners[order])
    found[order] = np.where(same, candidate, _NOWHERE)
    rows = found[things:]
    return np.where(who == _NOWHERE, _NOWHERE, rows)
