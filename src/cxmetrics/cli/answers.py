"""Answers to measure: the rows of a file, or what was pulled into a store."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click
import numpy as np
from attrs import frozen

from cxmetrics.cli.question import Question, as_number, pair
from cxmetrics.cli.screen import screen
from cxmetrics.cli.target import existing
from cxmetrics.cli.words import visible
from cxmetrics.engines.encode import plain
from cxmetrics.errors import Caution, DataError, UsageError, did_you_mean
from cxmetrics.metrics import Metric, Score, Scores, measure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxmetrics.store.store import Store


@frozen(kw_only=True)
class Answers:
    """What was asked for.

    Attributes:
        question: what was asked.
        name: what it is called, for titles.
        source: where it comes from, for the reader of a report.
        data: what is measured.
        rating: the column or columns of ratings.
        where: the labels that are wanted by column, for a store.
        notes: what was done to the data.
        incomplete: why they are not all there is; "" where they are.
        place: turns the number of a row into a place in the file.
    """

    question: Question
    name: str
    source: str
    data: Any
    rating: tuple[str, ...]
    where: Mapping[str, Sequence[Any]] | None = None
    notes: tuple[str, ...] = ()
    incomplete: str = ""
    place: Callable[[int], str] | None = None

    def scores(
        self, metrics: Sequence[Metric], *, rating: Sequence[str] = (), by: Sequence[str] = ()
    ) -> list[Score | Scores]:
        """Measure; errors say lines of the file, results that the data are incomplete.

        Args:
            metrics: what to compute.
            rating: the columns; left out, those that were asked for.
            by: the columns of groups.

        Raises:
            DataError: the answers can't be measured as they are.
            UsageError: the question makes no sense.
        """
        asked, columns = self.question, tuple(rating) or self.rating
        try:
            found = measure(
                self.told,
                metrics,
                rating=columns[0] if len(columns) == 1 else list(columns),
                by=list(by) or None,
                weight=asked.weight,
                unit=asked.unit,
                strata=asked.strata,
                where=self.where,
                missing=tuple(asked.codes),
                off_scale=asked.off_scale.replace("-", "_"),
                level=asked.level,
                method=asked.method,
            )
        except DataError as error:
            error.args = (self.with_lines(str(error)), *error.args[1:])
            raise
        results = list(found.values())
        if self.place is None and not any(map(_asked, results)):
            raise DataError(self._nothing(metrics[0], columns))
        return results

    @property
    def told(self) -> Any:
        """Return the data with what was declared of them."""
        if not self.question.facts:
            return self.data
        from cxmetrics.survey import declare

        facts: Any = [fact.replace("-", "_") for fact in self.question.facts]
        return declare(self.data, facts)

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """What is known of the data: that they are not all there is, what was declared."""
        gaps = (Caution("INCOMPLETE_DATA", self.incomplete),) if self.incomplete else ()
        return (*gaps, *(self.told.cautions if self.question.facts else ()))

    def _nothing(self, metric: Metric, rating: Sequence[str]) -> str:
        """Say why a store has no answer to give, with the labels that are close."""
        asked = self.where or {}
        if not asked:
            return f"{self.name} holds no answers yet: `cxmetrics pull SOURCE` brings them."
        told = f"no answer is left by --where {' --where '.join(self.question.where)}."
        for name, labels in asked.items():
            others = {each: asked[each] for each in asked if each != name}
            with suppress(DataError):  # without it there may be several scales
                known = metric(self.data, rating=rating[0], by=[name], where=others or None)
                texts = [str(group) for group in known if group is not None]
                if texts and not {*texts} & {*map(str, labels)}:
                    return f"--where {name}={labels[0]}: no answer has it; " + did_you_mean(
                        str(labels[0]), texts
                    )
        return told

    def announce(self, form: str) -> None:
        """Say what was done to the data, and whether they are incomplete.

        Args:
            form: "table", whose first line says it, so that whoever copies the table has to cut it
                off; of any other form the values speak for themselves.
        """
        for note in self.notes:
            click.echo(f"{visible(self.name)}: {visible(note)}.", err=True)
        said = [caution.message for caution in self.cautions]
        if form == "table" and said:
            here = screen()
            here.show([line for text in said for line in here.prose(f"! {text}", indent="  ")])
            here.show([""])
        elif self.incomplete:
            click.echo(visible(self.incomplete), err=True)

    def with_lines(self, message: str) -> str:
        """Return a message about rows with the lines of the file in place of their numbers."""
        return re.sub(r"(at )?\b(?:index|row) (\d+)", self._line, message)

    def _line(self, found: re.Match[str]) -> str:
        if self.place is None:
            return found[0]
        return ("on " if found[1] else "") + self.place(int(found[2]))


def _asked(result: Score | Scores) -> int:
    """Return how many ratings were asked for."""
    overall = result.overall if isinstance(result, Scores) else result
    return overall.n + overall.n_missing + overall.n_off_scale


# -- a file ----------------------------------------------------------------------------------------


def of_file(
    question: Question,
    path: Path,
    *,
    ratings: Iterable[str] = (),
    labels: Iterable[str] = (),
    whole: bool = False,
) -> Answers:
    """Read a file.

    Args:
        question: what is asked.
        path: the file.
        ratings: columns of ratings beside `--rating`.
        labels: columns that make groups.
        whole: whether every column is read, and none has to be one of ratings.

    Raises:
        DataError: the file can't be read as it is, or no row is left.
        UsageError: no rating column is named.
    """
    from cxmetrics.sources import read_file  # loads pyarrow

    wheres = [pair(text, "--where", "shop=Lyon") for text in question.where]
    weights = [] if question.weight is None else [question.weight]
    others = [name for name in (question.unit, question.strata) if name is not None]
    numeric = dict.fromkeys((*question.rating, *ratings, *weights))
    used = dict.fromkeys((*numeric, *labels, *others, *(name for name, _ in wheres)))
    rated = bool(question.rating or tuple(ratings)) and not whole
    file = read_file(
        path,
        encoding=question.encoding,
        delimiter=question.delimiter,
        decimal=question.decimal,
        missing=question.codes,
        numeric=list(numeric),
        columns=list(used) if used and rated else None,
        sheet=question.sheet,
    )
    if not rated and not whole:
        columns = ", ".join(file.table.column_names)
        raise UsageError(f"which column holds the ratings? Say --rating COL, one of: {columns}.")
    kept: NDArray[np.bool_] | None = None
    for name in dict.fromkeys(name for name, _ in wheres):
        values = [value for other, value in wheres if other == name]
        mask = _mask(file.table[name], name, values)
        kept = mask if kept is None else kept & mask
    table = file.table if kept is None else file.table.filter(_arrow(kept))
    if not table.num_rows:
        raise DataError(f"no row is left by --where {' --where '.join(question.where)}.")
    rows = None if kept is None else kept.nonzero()[0]
    return Answers(
        question=question,
        name=path.name,
        source=path.name,
        data=table,
        rating=question.rating,
        notes=tuple(file.notes),
        place=lambda row: file.place(row if rows is None else int(rows[row])),
    )


def _mask(column: Any, name: str, values: Sequence[str]) -> NDArray[np.bool_]:
    """Return which rows hold one of the values, as they were typed; blank means missing."""
    import pyarrow as pa
    from pyarrow import compute as pc

    known = column.unique().to_pylist()
    wanted, blank = [], False
    for value in values:
        found = [label for label in known if _same(label, value)]
        if not found:
            labels = [str(plain(label)) for label in known if label is not None]
            raise DataError(f"--where {name}={value}: no row has it; {did_you_mean(value, labels)}")
        wanted += found
        blank = blank or None in found
    mask = pc.is_in(column, value_set=pa.array(wanted, type=column.type), skip_nulls=not blank)
    return np.asarray(mask.to_pylist(), dtype=bool)


def _arrow(mask: NDArray[np.bool_]) -> Any:
    import pyarrow as pa

    return pa.array(mask)


def _same(label: Any, typed: str) -> bool:
    """Say whether a label of the data is the one that was typed."""
    shown = plain(label)
    if shown is None:
        return not typed.strip()
    if isinstance(shown, bool):
        return str(shown).casefold() == typed.casefold()
    return str(shown) == typed or (isinstance(shown, int | float) and as_number(typed) == shown)


# -- a store ---------------------------------------------------------------------------------------


@contextmanager
def of_store(question: Question, items: Iterable[str]) -> Iterator[Answers]:
    """Open a store.

    Args:
        question: what is asked.
        items: columns of items, which a store does not have.

    Raises:
        StoreError: it can't be opened.
        DataError: it holds no answers, or none is left.
        UsageError: items are asked for.
    """
    from cxmetrics.store import open_store  # loads SQLAlchemy

    if tuple(items) or len(question.rating) > 1:
        raise UsageError(
            "a store holds one rating a record, in the column rating: for items say --by question "
            "or --by touchpoint."
        )
    asked = existing(question.target)
    with open_store(asked, zone=question.zone) as store:
        where: dict[str, list[Any]] = {}
        for name, value in (pair(text, "--where", "question=nps") for text in question.where):
            where.setdefault(name, []).extend(_labels(value))
        sources = where.get("source")
        yield Answers(
            question=question,
            name=urlsplit(asked).path.rpartition("/")[2] or "the store",
            source=", ".join(map(str, sources or _sources(store))),
            data=store,
            rating=question.rating or ("rating",),
            where=where or None,
            incomplete=store.incomplete(sources=sources),
        )


def _labels(typed: str) -> list[Any]:
    """Return what a typed value can mean in a store, where columns have types of their own."""
    if not typed.strip():
        return [None]
    found: list[Any] = [typed]
    number = as_number(typed)
    truth = {"true": True, "false": False}.get(typed.casefold())
    return found + [value for value in (number, truth) if value is not None]


def _sources(store: Store) -> list[str]:
    return sorted({receipt.source for receipt in store.receipts()})
