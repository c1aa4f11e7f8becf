"""The score along the path: answers brought to the events they are about, then counted as ever."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from attrs import frozen

from cxmetrics.batch import Batch
from cxmetrics.engines.columns import columns_of
from cxmetrics.engines.encode import encode
from cxmetrics.engines.instants import Zone, instants
from cxmetrics.errors import Caution, ColumnError, DataError, UsageError, did_you_mean
from cxmetrics.journeys.eventlog import names_of
from cxmetrics.journeys.finals import latest_before
from cxmetrics.journeys.moments import of_events
from cxmetrics.journeys.path import Paths
from cxmetrics.metrics import Metric, Scores
from cxmetrics.metrics.text import count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

HOT: Final = dt.timedelta(hours=48)
"""Up to this delay an answer is hot (FR: à chaud); a choice of ours, there is no agreed limit."""
_OWN: Final = ("step", "path", "timing", "delay")
_NOWHERE: Final = -1


@frozen(kw_only=True, slots=False, eq=False, repr=False)
class PathAnswers(Mapping[str, Any]):
    """Answers with the event each is about: columns, ready for every metric.

    Beside the columns of the answers there are `step`, `path` (its number), `delay` (hours from
    the event to the answer) and `timing` (`"hot"` or `"cold"`); columns of the events and labels of
    the paths come where they were handed over. Where a name is in both, it is that of the event.

    Attributes:
        paths: the paths.
        event: shape (answers,): the place of the event in the paths, -1 where there is none.
        answers: columns of the answers.
        events: columns of the data that the paths were made of.
        labels: labels of the paths, by name.
        hours: shape (answers,): from the event to the answer; NaN where a time is missing.
        hot: the longest delay of a hot answer.
        rule: how answers were matched.
    """

    paths: Paths
    event: Ints
    answers: Any
    events: Any
    labels: Mapping[str, Any]
    hours: NDArray[np.float64]
    hot: dt.timedelta
    rule: str

    @cached_property
    def matched(self) -> NDArray[np.bool_]:
        """Shape (answers,): whether the answer is about an event of the paths."""
        found: NDArray[np.bool_] = self.event != _NOWHERE
        return found

    @property
    def unmatched(self) -> int:
        """Answers that are about none."""
        return int((~self.matched).sum())

    @property
    def names(self) -> tuple[str, ...]:
        """The columns."""
        of_events = [] if self.events is None else names_of(self.events)
        known = (*_OWN, *self.labels, *of_events, *names_of(self.answers))
        return tuple(dict.fromkeys(known))

    def __contains__(self, name: object) -> bool:
        return name in self.names  # without making the column

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, name: str) -> Any:
        event = self.event[self.matched]
        if name == "step":
            return np.array(self.paths.steps, dtype=object)[self.paths.codes[event]]
        if name == "path":
            return self._path
        if name in ("delay", "timing"):
            hours = self.hours[self.matched]
            if name == "delay":
                return hours
            cold = hours > self.hot.total_seconds() / 3600
            words = np.where(cold, "cold", "hot").astype(object)
            words[np.isnan(hours) | (hours < 0)] = None  # before its event: neither
            return words
        if name in self.labels:
            return np.asarray(self.labels[name], dtype=object)[self._path]
        if self.events is not None and name in names_of(self.events):
            column = columns_of(self.events, [name])[name]
            return of_events(self.paths, column, name)[event]
        if name in names_of(self.answers):
            column = columns_of(self.answers, [name])[name]
            if hasattr(column, "filter"):
                return column.filter(self.matched.tolist())
            if isinstance(column, np.ndarray):
                return column[self.matched]
            return [own for own, kept in zip(column, self.matched, strict=True) if kept]
        raise ColumnError(f"there is no column {name!r}; {did_you_mean(name, self.names)}")

    @cached_property
    def _path(self) -> Ints:
        event = self.event[self.matched]
        return np.searchsorted(self.paths.starts, event, side="right") - 1

    def __cx_cautions__(self, where: Any) -> tuple[Caution, ...]:
        """Return what every score of these answers has to say."""
        found = []
        if self.unmatched:
            found.append(
                Caution(
                    "UNMATCHED",
                    f"{count(self.unmatched)} of {count(len(self.event))} answers are about no "
                    f"event of these paths and are left out ({self.rule}).",
                )
            )
        early = int((self.hours[self.matched] < 0).sum())
        if early:
            found.append(
                Caution(
                    "UNDATED",
                    f"{count(early)} answers were given before the event they are about: neither "
                    "hot nor cold. Were the times written in one zone?",
                )
            )
        pooled = self._pooled()
        if pooled is not None and not (isinstance(where, Mapping) and "timing" in where):
            found.append(pooled)
        return tuple(found)

    def _pooled(self) -> Caution | None:
        timing = self["timing"]
        hot, cold = (int((timing == word).sum()) for word in ("hot", "cold"))
        if not hot or not cold:
            return None
        hours = self.hot.total_seconds() / 3600
        return Caution(
            "POOLED_TIMING",
            f"{count(hot)} hot and {count(cold)} cold answers (later than {hours:g} hours) are "
            "counted together: by='timing' keeps them apart.",
        )

    def __repr__(self) -> str:
        return (
            f"<PathAnswers: {int(self.matched.sum())} of {len(self.event)} answers are about one "
            f"of {self.paths.events} events>"
        )


def path_answers(
    paths: Paths,
    answers: Any,
    *,
    data: Any = None,
    interaction: str = "interaction",
    id: str = "id",  # noqa: A002  # the name of the column
    within: dt.timedelta | None = None,
    customer: str = "customer",
    asked: str = "asked_at",
    answered: str | None = "answered_at",
    hot: dt.timedelta = HOT,
    labels: Mapping[str, Sequence[Any]] | None = None,
    zone: Zone = None,
    where: Any = None,
) -> PathAnswers:
    """Bring answers to the events they are about.

    By id: the column `interaction` of the answers names the column `id` of the data. Or, with
    `within`, the customer's nearest earlier event that is at most so long before the question. What
    matches nothing is left out and counted (`UNMATCHED`).

    Args:
        paths: the paths.
        answers: one row an answer: a frame, columns by name, or a batch of responses.
        data: the data that the paths were made of (after `where`); for ids and columns of events.
        interaction: the column of the answers that names an event.
        id: the column of the data with the ids.
        within: match by customer and time instead.
        customer: the column of the customer's id in the answers.
        asked: the column of when they were asked.
        answered: the column of when they answered; None where it does not matter.
        hot: the longest delay between event and answer of a hot answer.
        labels: labels of the paths, such as `{"type": types.labels()}`.
        zone: where the clocks stood that wrote moments without a time zone.
        where: answers to keep, such as `{"question": "csat"}`.

    Raises:
        ColumnError: a column is missing.
        DataError: no answer matches.
        UsageError: `data` is needed and missing, or `labels` has not one a path.

    Example:
        >>> from datetime import UTC, datetime
        >>> from cxmetrics import csat
        >>> from cxmetrics.journeys import paths
        >>> log = {"id": ["i1", "i2"], "customer": ["a", "a"], "stage": ["ask", "buy"],
        ...        "at": [datetime(2026, 3, day, tzinfo=UTC) for day in (1, 2)]}
        >>> said = {"interaction": ["i2", "i9"], "rating": [5, 1]}
        >>> found = path_answers(paths(log), said, data=log)
        >>> {step: score.value for step, score in csat(found, rating="rating", by="step").items()}
        {'buy': 100.0}
        >>> found.unmatched
        1
    """
    answers, data = (
        own.require().native() if isinstance(own, Batch) else own for own in (answers, data)
    )
    known = names_of(answers)
    answers = columns_of(answers, known, where=where)
    rows = len(next(iter(answers.values()), ()))
    for name, own in (labels or {}).items():
        if len(own) != len(paths):
            raise UsageError(f"labels {name!r}: {len(own)} for {len(paths)} paths.")
    if within is None:
        if data is None:
            raise UsageError(
                "matching by id needs the data that the paths were made of: data=…; or match by "
                "customer and time: within=timedelta(hours=48)."
            )
        event = _by_id(paths, answers, data, interaction, id)
        rule = f"matched by {interaction}"
    else:
        event = _by_time(paths, answers, customer, asked, within, zone)
        rule = f"matched to the customer's nearest earlier event within {within}"
    if not (event != _NOWHERE).any():
        raise DataError(
            f"none of {count(rows)} answers is about one of {count(paths.events)} events ({rule}): "
            "are these the ids of the same data?"
        )
    hours = np.full(rows, np.nan)
    if answered is not None and answered in answers:
        moments, missing = instants(answers[answered], answered, zone)
        hours = (moments - paths.at[np.maximum(event, 0)]) / 3.6e9
        hours[event == _NOWHERE] = np.nan
        if missing is not None:
            hours[missing] = np.nan
    return PathAnswers(
        paths=paths,
        event=event,
        answers=answers,
        events=data,
        labels=dict(labels or {}),
        hours=hours,
        hot=hot,
        rule=rule,
    )


def _by_id(paths: Paths, answers: Any, data: Any, interaction: str, name: str) -> Ints:
    about = encode(columns_of(answers, [interaction])[interaction])
    ids = encode(of_events(paths, columns_of(data, [name])[name], name))
    if len(ids.labels) < len(ids.codes):
        twice = np.flatnonzero(np.bincount(ids.codes) > 1)
        label = ids.labels[twice[0]] if len(twice) else None
        raise DataError(f"the id {label!r} is that of several events: ids name one each.")
    place = np.empty(len(ids.labels), dtype=np.int64)
    place[ids.codes] = np.arange(len(ids.codes))
    known = dict(zip(ids.labels, place.tolist(), strict=True))
    known.pop(None, None)  # an answer about nothing is not about an event without an id
    table = np.array([known.get(label, _NOWHERE) for label in about.labels], dtype=np.int64)
    found: Ints = table[about.codes]
    return found


def _by_time(
    paths: Paths, answers: Any, customer: str, asked: str, within: dt.timedelta, zone: Zone
) -> Ints:
    if within <= dt.timedelta(0):
        raise UsageError(f"within is a time above 0, not {within}.")
    columns = columns_of(answers, [customer, asked])
    who = encode(columns[customer])
    known = {label: at for at, label in enumerate(paths.customers.tolist())}
    table = np.array([known.get(label, _NOWHERE) for label in who.labels], dtype=np.int64)
    owner = np.repeat(paths.owner, paths.lengths)
    moments, missing = instants(columns[asked], asked, zone)
    event = latest_before(owner, paths.at, table[who.codes], moments)
    microseconds = within // dt.timedelta(microseconds=1)
    late = moments - paths.at[np.maximum(event, 0)] > microseconds
    event[late] = _NOWHERE
    if missing is not None:
        event[missing] = _NOWHERE
    return event


def along(
    paths: Paths,
    answers: Any,
    metric: Metric,
    *,
    by: str | Sequence[str] = "step",
    rating: str = "rating",
    level: float = 0.95,
    weight: str | None = None,
    unit: str | None = None,
    missing: Sequence[Any] = (),
    off_scale: Any = "error",
    **matching: Any,
) -> Scores:
    """Return the score at each step of the path, or by anything else known of the events.

    Args:
        paths: the paths.
        answers: the answers; or `PathAnswers`, matched before.
        metric: what to compute.
        by: `"step"`, `"timing"` (hot or cold), a column of the events (`"touchpoint"`,
            `"channel"`), of the answers (`"persona"`), a label of the paths (`"type"`), or several.
        rating: the column of ratings.
        level: of the intervals.
        weight: the column of survey weights.
        unit: the column that says who answered; `"customer"` where a customer may answer at several
            steps, so that differences know it.
        missing: values that stand for "no answer".
        off_scale: `"error"` or `"set_aside"`.
        **matching: as in `path_answers`: data, within, where, labels ...

    Returns:
        Scores whose cautions say what matched nothing, and whether hot and cold answers are
        together.
    """
    found = answers
    if not isinstance(answers, PathAnswers):
        found = path_answers(paths, answers, **matching)
    elif matching:
        raise UsageError(f"these answers are matched already: {next(iter(matching))}= is too late.")
    names = [by] if isinstance(by, str) else list(by)
    said = metric.told(found, {"timing": ()} if "timing" in names else None)
    columns = {
        name: found[name]
        for name in dict.fromkeys([rating, *names, *(own for own in (weight, unit) if own)])
    }
    return said(
        columns,
        by=names,
        rating=rating,
        weight=weight,
        unit=unit,
        missing=missing,
        off_scale=off_scale,
        level=level,
    )
