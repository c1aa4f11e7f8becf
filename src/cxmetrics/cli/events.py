"""Events to walk along: the rows of a file, an event log in XES, or what a store holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import click
from attrs import evolve

from cxmetrics.cli.answers import Answers, of_file, of_store
from cxmetrics.cli.question import Question, as_number, pair
from cxmetrics.errors import DataError, UsageError

if TYPE_CHECKING:
    from cxmetrics.records import Journey

_UNITS: Final = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_XES: Final = (".xes", ".xes.gz")


class SpanType(click.ParamType[timedelta]):
    """A time such as `30d`, `12h`, `45m` or `2w`."""

    name = "TIME"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Read a time, or fail as click does."""
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([wdhms])", str(value).strip(), re.ASCII)
        if found is None or not float(found[1]):
            self.fail(f"{value!r} is no time above 0: write 30d, 12h, 45m or 2w.", param, ctx)
        return timedelta(**{_UNITS[found[2]]: float(found[1])})


class MomentType(click.ParamType[datetime]):
    """A moment in ISO 8601."""

    name = "MOMENT"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read a moment, or fail as click does."""
        if isinstance(value, datetime):
            return value
        try:
            return datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(
                f"{value!r} is no moment: write 2026-03-31 or 2026-03-31T18:00+02:00.", param, ctx
            )


class ZoneType(click.ParamType[str]):
    """A time zone by its name."""

    name = "ZONE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name, or fail as click does."""
        try:
            return ZoneInfo(str(value)).key
        except (ValueError, OSError, KeyError):
            self.fail(f"{value!r} is no time zone: write Europe/Paris or UTC.", param, ctx)


def order_of(typed: str | None) -> Journey | list[str] | None:
    """Return the order of the steps: a ready-made journey by name, or labels.

    Raises:
        UsageError: a label is blank.
    """
    from cxmetrics.records import five_a, five_phases

    if typed is None:
        return None
    ready = {"five_a": five_a, "five_phases": five_phases}
    if typed in ready:
        return ready[typed]
    found = [label.strip() for label in typed.split(",")]
    if not all(found):
        raise UsageError(f"--order {typed!r}: write the steps with commas between: ask,buy,use.")
    return found


@contextmanager
def events_of(
    question: Question, *, customer: str, step: str, at: str, others: Sequence[str]
) -> Iterator[Answers]:
    """Open what is asked.

    Args:
        question: the file or the store, how it is to be read, and which rows are wanted.
        customer: the column of the customer's id.
        step: the column of the steps.
        at: the column of the moments.
        others: other columns that are needed.

    Raises:
        DataError: the file can't be read as it is.
        StoreError: the store can't be opened.
        UsageError: there is no file and no store, or both.
    """
    from cxmetrics.journeys import read_xes
    from cxmetrics.journeys.eventlog import ACTIVITY, CASE, TIME
    from cxmetrics.records import Interaction

    if (question.file is None) == (question.target is None):
        raise UsageError("where are the events? Name a FILE, or say --store; one of them.")
    if question.target is not None:
        with of_store(question, ()) as found:
            batch = found.data.batch(Interaction, where=found.where)
            yield evolve(found, data=batch.require().native(), where=None)
        return
    assert question.file is not None  # noqa: S101  # one of the two is there
    if question.file.name.casefold().endswith(_XES):
        log = read_xes(question.file, case=CASE, activity=ACTIVITY, at=TIME)
        meant = {customer: CASE, step: ACTIVITY, at: TIME}
        taken = {own: standard for own, standard in meant.items() if own not in log}
        notes = [f"{own} is {standard} of the event log" for own, standard in taken.items()]
        yield Answers(
            question=question,
            name=question.file.name,
            source=question.file.name,
            data={**log, **{own: log[standard] for own, standard in taken.items()}},
            rating=(),
            notes=(*log.notes, *notes),
            where=_wanted(question.where),
        )
        return
    found = of_file(question, question.file, labels=(customer, step, at, *others), whole=True)
    yield evolve(found, data=_dated(found, at))


def _wanted(typed: Sequence[str]) -> Mapping[str, list[Any]] | None:
    """Return what typed labels can mean where columns have types of their own."""
    found: dict[str, list[Any]] = {}
    for name, value in (pair(text, "--where", "channel=web") for text in typed):
        number = as_number(value)
        truth = {"true": True, "false": False}.get(value.casefold())
        meant = [value, *(other for other in (number, truth) if other is not None)]
        found.setdefault(name, []).extend(meant if value.strip() else [None])
    return found or None


def _dated(answers: Answers, at: str) -> Any:
    """Return the table with its moments read, where they are texts.

    Raises:
        DataError: one is none; says the line.
    """
    import pyarrow as pa

    table = answers.data
    kind = table[at].type if at in table.column_names else None
    if kind is None or not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return table
    found = []
    for row, text in enumerate(table[at].to_pylist()):
        try:
            found.append(datetime.fromisoformat(text.strip()) if text else None)
        except ValueError:
            where = f"index {row}" if answers.place is None else answers.place(row)
            raise DataError(
                f"{at!r} holds {text!r} on {where}, no moment in ISO 8601 such as "
                "2026-03-01T09:30:00+01:00: write it so, or say --at COL for another column."
            ) from None
    columns = {name: table[name] for name in table.column_names if name != at}
    return {**columns, at: found}  # Arrow holds one time zone a column


def responses_of(question: Question, file: Path, rating: str, where: Sequence[str]) -> Any:
    """Read the file of answers that goes with the events, and say what was done to it."""
    asked = evolve(question, file=file, target=None, rating=(rating,), where=tuple(where))
    found = of_file(asked, file, whole=True)
    found.announce("")
    return _dated(found, "answered_at")
