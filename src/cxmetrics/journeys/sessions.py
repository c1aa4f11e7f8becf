"""From events in any frame to paths."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from cxmetrics.batch import Batch
from cxmetrics.engines.arrays import kept_rows
from cxmetrics.engines.columns import columns_of
from cxmetrics.engines.encode import encode
from cxmetrics.engines.instants import EPOCH, MICROSECOND, Zone, instants, micros
from cxmetrics.errors import Caution, UsageError, did_you_mean
from cxmetrics.journeys.encoding import MISSING, UNKNOWN, Identities, identities, step_codes
from cxmetrics.journeys.ordering import arranged
from cxmetrics.journeys.path import Paths
from cxmetrics.metrics.text import count
from cxmetrics.records import Interaction, Journey
from cxmetrics.summaries.flow import open_ends

if TYPE_CHECKING:
    from numpy.typing import NDArray

Unknown = Literal["error", "set_aside"]
"""What to do with events at a step that was not declared."""

_JOURNEY = "journey"
_BITS, _ROOM = 63, 2**62
_NOBODY, _NOWHERE, _NEVER = "without a customer", "without a step", "without a time"
_UNDECLARED, _LATER = "at an undeclared step", "after the end of observation"


def paths(
    data: Any,
    *,
    step: str = "stage",
    customer: str = "customer",
    at: str = "at",
    journey: str | Journey | None = None,
    gap: dt.timedelta | None = None,
    until: dt.datetime | None = None,
    zone: Zone = None,
    order: Journey | Sequence[str] | None = None,
    stages: Mapping[Any, str] | None = None,
    unknown: Unknown = "error",
    where: Any = None,
) -> Paths:
    """Return the path of every customer.

    Events are ordered by time; events of one customer at one instant keep the order of the rows,
    with a caution. A new path begins where the customer changes, where the journey changes, and
    where nothing happened for longer than the gap.

    Args:
        data: interactions, one a row: a frame (pandas, polars, pyarrow, DuckDB, Dask, PySpark),
            columns by name, or a batch of `Interaction` (`store.batch(Interaction)`).
        step: the column the steps come from: `"stage"`, `"touchpoint"` or any other.
        customer: the column of the customer's id.
        at: the column of the moment.
        journey: the column of the journey's or case's id, by which paths are split too; events
            without one are paths of their own. A `Journey` keeps the events whose column
            `"journey"` has its id, and declares its stages as `order`.
        gap: the inactivity that ends a path; None: a path is all that a customer did (in the
            journey).
        until: the end of observation; the last event where it is not given. Later events are left
            out. A path whose last event is nearer to it than the gap is censored: it may go on.
        zone: where the clocks stood that wrote the moments without a time zone.
        order: the steps in their usual order, a `Journey` or labels; sorted labels without it.
        stages: from labels of the column to the stage each belongs to; the steps are the stages.
        unknown: what to do with a step that `order` or `stages` does not have: `"error"`, or
            `"set_aside"` to count such events and leave them out.
        where: rows to keep: `{column: label or labels}`; for frames also a narwhals expression.

    Returns:
        The paths, sorted by customer, journey and time. Events without customer, step or time are
        counted in `left_out`. An empty log has no paths.

    Raises:
        ColumnError: a column is missing or holds no moments; moments have no time zone and `zone`
            is not given; a step is not declared.
        InvalidRecordsError: the batch holds records that break rules.
        UsageError: the gap is not positive, or the data are no events.

    Example:
        >>> log = {
        ...     "customer": ["a", "b", "a", "b", "a"],
        ...     "stage": ["aware", "aware", "ask", "act", "act"],
        ...     "at": [dt.datetime(2026, 3, day, tzinfo=dt.UTC) for day in (1, 1, 2, 3, 20)],
        ... }
        >>> found = paths(log, order=["aware", "ask", "act"], gap=dt.timedelta(days=7))
        >>> [found.path(i) for i in range(len(found))]
        [('aware', 'ask'), ('act',), ('aware', 'act')]
        >>> found.censored.tolist()
        [False, True, False]
    """
    if unknown not in get_args(Unknown):
        raise UsageError(f"no way {unknown!r}; {did_you_mean(unknown, get_args(Unknown))}")
    if gap is not None and gap <= dt.timedelta(0):
        raise UsageError(f"the gap is a time of inactivity above 0, not {gap}.")
    wanted = order.stages if isinstance(order, Journey) else order
    split = journey if isinstance(journey, str) else None
    left_out: dict[str, int] = {}
    names = [customer, step, at, *([split] if split else [])]
    if isinstance(journey, Journey):
        wanted = journey.stages if wanted is None else wanted
        names.append(_JOURNEY)
    if wanted is not None and len(set(wanted)) < len(wanted):
        raise UsageError(f"a step is declared twice: {', '.join(wanted)}.")
    columns = columns_of(_events(data), dict.fromkeys(names), where=where)
    whole: NDArray[np.int64] | None = None
    if isinstance(journey, Journey):
        own = _within(columns[_JOURNEY], journey.id)
        if not own.all():
            whole = np.flatnonzero(own)
            left_out["of another journey"] = len(own) - len(whole)
            columns = kept_rows(columns, {_JOURNEY: journey.id})

    who = identities(columns[customer])
    codes, steps = step_codes(
        columns[step], name=step, order=wanted, stages=stages, unknown=unknown
    )
    moments, undated = instants(columns[at], at, zone)
    lost = [
        (_NOBODY, None if who.labels is None else who.codes == MISSING),
        (_NOWHERE, codes == MISSING),
        (_UNDECLARED, codes == UNKNOWN),
        (_NEVER, undated),
    ]
    end = None if until is None else micros(until, "until", zone)
    if end is not None:
        lost.append((_LATER, moments > end))
    keep: NDArray[np.bool_] | None = None
    for reason, mask in lost:
        if mask is None or not mask.any():
            continue
        keep = np.ones(len(codes), dtype=np.bool_) if keep is None else keep
        left_out[reason] = int((mask & keep).sum())
        keep &= ~mask
    parts = identities(columns[split]).kept_missing() if split else None
    if keep is not None:
        rows = np.flatnonzero(keep)
        whole = rows if whole is None else whole[rows]
        codes, moments, who = codes[rows], moments[rows], who.at(rows)
        parts = None if parts is None else parts.at(rows)
    return _cut(
        who, codes, moments, whole, parts,
        steps=steps, gap=gap, end=end, level=step, declared=wanted is not None, left_out=left_out,
    )  # fmt: skip


def _events(data: Any) -> Any:
    if isinstance(data, Batch):
        if data.record is not Interaction:
            raise UsageError(
                f"paths are made of interactions, not of {data.record.__name__} records."
            )
        return data.require().native()
    if hasattr(data, "__cx_tally__"):
        raise UsageError(
            "paths are made of interactions: hand them over with store.batch(Interaction)."
        )
    return data


def _within(column: Any, name: str) -> NDArray[np.bool_]:
    found = encode(column)
    own = np.array([label == name for label in found.labels], dtype=np.bool_)
    mask: NDArray[np.bool_] = own[found.codes]
    return mask


def _cut(
    who: Identities,
    codes: NDArray[Any],
    moments: NDArray[np.int64],
    rows: NDArray[np.int64] | None,
    split: Identities | None,
    *,
    steps: tuple[str, ...],
    gap: dt.timedelta | None,
    end: int | None,
    level: str,
    declared: bool,
    left_out: dict[str, int],
) -> Paths:
    keys, size, many, pairs = who.codes, who.size, 1, None
    if split is not None:
        if size * split.size >= _ROOM:
            who, split = who.dense(), split.dense()
        many = split.size
        keys, size = who.codes.astype(np.int64) * many + split.codes, who.size * many
    if size.bit_length() + len(codes).bit_length() > _BITS:  # owner and row share an integer
        pairs, keys = np.unique(keys, return_inverse=True)
        size = len(pairs)
    pause = None if gap is None else gap // MICROSECOND
    found = arranged(keys, size, codes, moments, gap=pause)
    starts = np.append(found.begins, len(found.codes))
    mine = found.owner if pairs is None else pairs[found.owner]
    labels = None if split is None else split.named(mine % many)
    mine = mine // many
    changes = np.ones(len(mine), dtype=np.bool_)
    changes[1:] = mine[1:] != mine[:-1]
    last = found.at[starts[1:] - 1]
    if end is None and len(last):
        end = int(last.max())
    censored = np.zeros(len(mine), dtype=np.bool_)
    if pause is not None and end is not None:
        censored = end - last < pause
    return Paths(
        steps=steps,
        codes=found.codes,
        at=found.at,
        rows=found.rows if rows is None else rows[found.rows],
        starts=starts,
        owner=np.cumsum(changes) - 1,
        customers=who.named(mine[changes]),
        journey=labels,
        censored=censored,
        gap=gap,
        until=None if end is None else EPOCH + end * MICROSECOND,
        level=level,
        declared=declared,
        left_out=left_out,
        height=len(codes) + sum(left_out.values()),
        cautions=_cautions(len(codes), found.ties, int(censored.sum()), len(mine), left_out),
    )


def _cautions(
    events: int, ties: int, censored: int, many: int, left_out: Mapping[str, int]
) -> tuple[Caution, ...]:
    found = []
    total = events + sum(left_out.values())
    gaps = {why: left_out[why] for why in (_NOBODY, _NOWHERE, _NEVER) if why in left_out}
    if gaps:
        reasons = ", ".join(f"{count(n)} {why}" for why, n in gaps.items())
        found.append(
            Caution(
                "INCOMPLETE_ROWS",
                f"{count(sum(gaps.values()))} of {count(total)} events are in no path: {reasons}.",
            )
        )
    if _UNDECLARED in left_out:
        found.append(
            Caution(
                "UNKNOWN_STAGE",
                f"{count(left_out[_UNDECLARED])} of {count(total)} events are at steps that were "
                "not declared and are left out: paths go on as if they had not happened.",
            )
        )
    if ties:
        found.append(
            Caution(
                "SIMULTANEOUS",
                f"{count(ties)} events happened at the same instant as the one before them: they "
                "keep the order of the rows, which may not be what happened.",
            )
        )
    return (*found, *open_ends(censored, many))
