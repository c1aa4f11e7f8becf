"""How long it takes from one step to another, with those who still wait."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from attrs import frozen

from cxmetrics.errors import Caution, UsageError, did_you_mean
from cxmetrics.journeys.survival import Survival
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import count
from cxmetrics.stats.distributions import check_level
from cxmetrics.summaries.flow import Flow
from cxmetrics.summaries.waits import ERROR, middle

if TYPE_CHECKING:
    from numpy.typing import NDArray

Between = Literal["moves", "next", "reach"]
"""Which times are asked for."""

_SHOWN = 12
_UNITS = ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min"), (1.0, "s"))


@frozen(kw_only=True)
class Duration:
    """The time from one step to another.

    Attributes:
        source: the step it is counted from.
        target: the step it is counted to; None for whichever comes next.
        n: waits that ended.
        waiting: waits that did not end within what was seen.
        quantiles: by share, the time after which that share of the waits is over; None where the
            waits were not seen for long enough.
        interval: of the median; a limit is None where the waits were not seen for long enough.
        level: its confidence level.
    """

    source: str
    target: str | None
    n: int
    waiting: int
    quantiles: Mapping[float, dt.timedelta | None]
    interval: tuple[dt.timedelta | None, dt.timedelta | None]
    level: float

    @property
    def median(self) -> dt.timedelta | None:
        """The time after which half of the waits are over."""
        return self.quantiles[0.5]

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values: seconds."""
        return {
            "from": self.source,
            "to": self.target,
            "n": self.n,
            "waiting": self.waiting,
            "quantiles": {f"{q:g}": _seconds(t) for q, t in self.quantiles.items()},
            "interval": [_seconds(t) for t in self.interval],
            "level": self.level,
        }


@frozen(kw_only=True, eq=False, repr=False)
class Durations:
    """Times between steps.

    Attributes:
        between: which: see `durations`.
        rows: the most frequent first.
        cautions: what a reader has to know.
    """

    between: Between
    rows: tuple[Duration, ...]
    notes: tuple[str, ...] = ()
    cautions: tuple[Caution, ...] = ()

    def of(self, source: str, target: str | None = None) -> Duration | None:
        """Return one row; None where no such wait was seen."""
        found = (row for row in self.rows if (row.source, row.target) == (source, target))
        return next(found, None)

    def sheet(self) -> Sheet:
        """Return the rows as a table."""
        shares = list(self.rows[0].quantiles) if self.rows else [0.5]
        names = {0.25: "quarter", 0.5: "half", 0.75: "three quarters"}
        hidden = len(self.rows) - _SHOWN
        more = [f"{count(hidden)} less frequent ones are not shown."] if hidden > 0 else []
        return Sheet(
            title={
                "moves": "Time between two events",
                "next": "Time to the next event",
                "reach": "Time from one step to the next in order",
            }[self.between],
            head=(
                "from → to",
                "n",
                "waiting",
                *(names.get(q, f"{100 * q:g} %") for q in shares),
                "half, interval",
            ),
            rows=[
                (
                    row.source if row.target is None else f"{row.source} → {row.target}",
                    count(row.n),
                    count(row.waiting),
                    *(_text(time) for time in row.quantiles.values()),
                    f"{_text(row.interval[0])} to {_text(row.interval[1])}",
                )
                for row in self.rows[:_SHOWN]
            ],
            notes=[*self.notes, *more],
            cautions=self.cautions,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "between": self.between,
            "durations": [row.to_dict() for row in self.rows],
            "relative_error": ERROR,
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __str__(self) -> str:
        return str(self.sheet())

    def _repr_html_(self) -> str:
        return self.sheet().html()


def durations(
    flow: Flow,
    *,
    between: Between = "moves",
    quantiles: Sequence[float] = (0.25, 0.5, 0.75),
    level: float = 0.95,
) -> Durations:
    """Return how long it takes between steps: the median and other quantiles.

    Times are Kaplan-Meier quantiles: waits that are not over count as long as they were seen.
    A flow keeps times in buckets 1/64 apart, so a quantile is wrong by less than 0.8 % of itself.

    Args:
        flow: what was counted.
        between: `"moves"`: from each event to the next, by both steps, those only that went on;
            `"next"`: from each step to whatever comes next, with the paths that may go on, and,
            where a gap ends paths, with those that ended, as waits longer than the gap;
            `"reach"`: from the first time at a step to the first time after it at the next in the
            declared order, with the paths that may still get there. Paths that ended without
            getting there are not waiting: they are the drop-off of `funnel`.
        quantiles: shares of the waits; the median is always there.
        level: the confidence level of the median's interval (Brookmeyer & Crowley 1982).

    Raises:
        UsageError: the quantiles or the kind of time do not exist, or the order is not declared.

    Example:
        >>> from datetime import UTC, datetime
        >>> from cxmetrics.journeys import paths
        >>> log = {
        ...     "customer": ["a", "a", "b", "b", "c", "c"],
        ...     "stage": ["ask", "act"] * 3,
        ...     "at": [datetime(2026, 3, day, tzinfo=UTC) for day in (1, 2, 1, 3, 1, 9)],
        ... }
        >>> row = durations(paths(log).flow()).of("ask", "act")
        >>> row.n, round(row.median / dt.timedelta(days=1), 1)
        (3, 2.0)
    """
    check_level(level)
    if between not in get_args(Between):
        raise UsageError(f"no time {between!r}; {did_you_mean(between, get_args(Between))}")
    if not all(0 < q < 1 for q in quantiles):
        raise UsageError("quantiles are shares between 0 and 1.")
    shares = sorted({0.5, *quantiles})
    k, steps = len(flow.steps), flow.steps
    rows = []

    def add(source: str, target: str | None, over: _Cells, waiting: _Cells, beyond: int) -> None:
        row = _row(source, target, over, waiting, beyond, shares, level)
        if row.n or row.waiting:
            rows.append(row)

    if between == "moves":
        for i, j in zip(*np.nonzero(flow.counts[:k, :k]), strict=True):
            add(steps[i], steps[j], flow.waits.cell(int(i) * (k + 1) + int(j)), _EMPTY, 0)
    elif between == "next":
        for i in range(k):
            beyond = 0 if flow.gap is None else int(flow.counts[i, k])
            add(steps[i], None, _row_of(flow, i), flow.waits.cell(i * (k + 1) + k), beyond)
    else:
        if not flow.declared:
            raise UsageError('"reach" needs an order of the steps: paths(..., order=…).')
        for level_ in range(1, k):
            over, waiting = flow.climbs.cell(level_), flow.climbs.cell(k + level_)
            add(steps[level_ - 1], steps[level_], over, waiting, 0)
    if between != "reach":
        rows.sort(key=lambda row: -row.n)
    notes = [f"Times are right to {100 * ERROR:.1f} %."]
    if flow.gap is not None and between == "moves":
        gap = dt.timedelta(microseconds=flow.gap)
        notes.append(f"No time is longer than the gap, {gap}, which ends a path.")
    cautions = tuple(c for c in flow.cautions if c.code in {"CENSORED", "SIMULTANEOUS"})
    return Durations(between=between, rows=tuple(rows), notes=tuple(notes), cautions=cautions)


_Cells = tuple[Any, Any]
_EMPTY: _Cells = (np.zeros(0, np.int64), np.zeros(0, np.int64))


def _row_of(flow: Flow, step: int) -> _Cells:
    """Return the waits from one step to any other, in buckets."""
    parts = [flow.waits.cell(step * (len(flow.steps) + 1) + j) for j in range(len(flow.steps))]
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))  # type: ignore[return-value]


def _row(
    source: str,
    target: str | None,
    over: _Cells,
    waiting: _Cells,
    beyond: int,
    shares: Sequence[float],
    level: float,
) -> Duration:
    buckets, place = np.unique(np.concatenate([over[0], waiting[0]]), return_inverse=True)
    ended, open_ = np.zeros(len(buckets) + 1, np.int64), np.zeros(len(buckets) + 1, np.int64)
    np.add.at(ended, place[: len(over[0])], over[1])
    np.add.at(open_, place[len(over[0]) :], waiting[1])
    open_[-1] = beyond  # longer than all that ended
    times: NDArray[np.float64] = np.append(middle(buckets), np.inf)
    curve = Survival.of(times, ended, open_, level=level)
    found = {q: curve.quantile(q) for q in shares}
    _, low, high = found[0.5]
    return Duration(
        source=source,
        target=target,
        n=int(ended.sum()),
        waiting=int(open_.sum()),
        quantiles={q: _time(value[0]) for q, value in found.items()},
        interval=(_time(low), _time(high)),
        level=level,
    )


def _time(micros: float | None) -> dt.timedelta | None:
    return None if micros is None else dt.timedelta(microseconds=micros)


def _seconds(time: dt.timedelta | None) -> float | None:
    return None if time is None else time.total_seconds()


def _text(time: dt.timedelta | None) -> str:
    if time is None:
        return "not seen"
    seconds = time.total_seconds()
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:g} s"
