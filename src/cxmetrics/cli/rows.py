"""Rows of respondents: a file whose columns get their types, or answers of a store side by side."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from attrs import evolve

from cxmetrics.cli.answers import of_file, of_store
from cxmetrics.cli.question import Question, as_number
from cxmetrics.errors import DataError

if TYPE_CHECKING:
    from cxmetrics.cli.answers import Answers

_FALSE: Final = {"false", "no"}
_TRUTHS: Final = {"true", "yes", *_FALSE}


def rows_of_store(question: Question, per: Sequence[str]) -> Answers:
    """Bring the answers of a store side by side."""
    from cxmetrics.records import Response
    from cxmetrics.survey import wide

    with of_store(question, ()) as found:
        rows = wide(found.data.batch(Response, where=found.where), per=per)
        return evolve(found, where=None, data={name: _moments(rows[name]) for name in rows})


def _moments(values: Any) -> Any:
    """Return a column with times as what they are, which a store writes as texts."""
    texts = [value for value in values if value is not None] if isinstance(values, list) else []
    if not texts or not all(isinstance(text, str) and _is_time(text) for text in texts):
        return values
    return [None if text is None else datetime.fromisoformat(text) for text in values]


def rows_of_file(question: Question, *, labels: Collection[str]) -> Answers:
    """Read the file; texts that are numbers all through are numbers.

    A CSV knows no types, and only the concept knows which columns hold ratings. So every column
    that holds nothing but numbers, times (ISO 8601), or yes and no, is read as such, labels apart.
    """
    assert question.file is not None  # noqa: S101  # click has asked for it
    first = of_file(question, question.file, whole=True)
    numeric, truths, times = [], [], []
    for name in first.data.column_names:
        if name in labels or str(first.data[name].type) not in {"string", "large_string"}:
            continue
        found = {str(value).strip() for value in first.data[name].unique().to_pylist() if value}
        found -= {str(code) for code in question.missing} | {""}
        if found and all(_is_number(text, question.decimal) for text in found):
            numeric.append(name)
        elif found and {text.casefold() for text in found} <= _TRUTHS:
            truths.append(name)
        elif found and all(_is_time(text) for text in found):
            times.append(name)
    if numeric:
        first = of_file(question, question.file, ratings=numeric, whole=True)
    return evolve(first, data=_with_times(_with_truths(first.data, truths), times))


def _is_number(text: str, decimal: str | None) -> bool:
    return as_number(text.replace(",", ".") if decimal == "," else text) is not None


def _with_truths(table: Any, names: list[str]) -> Any:
    """Return the table with yes and no, true and false, as what they are."""
    import pyarrow as pa

    for name in names:
        texts = [
            None if text is None else text.strip().casefold() for text in table[name].to_pylist()
        ]
        truths = [None if not text else text not in _FALSE for text in texts]
        at = table.column_names.index(name)
        table = table.set_column(at, name, pa.array(truths, type=pa.bool_()))
    return table


def _is_time(text: str) -> bool:
    try:
        return ":" in text and bool(datetime.fromisoformat(text))
    except ValueError:
        return False


def _with_times(table: Any, names: list[str]) -> Any:
    """Return the table with times as what they are; mixed zones become UTC."""
    import pyarrow as pa

    for name in names:
        texts = [None if not text else text.strip() for text in table[name].to_pylist()]
        times = [datetime.fromisoformat(text) if text else None for text in texts]
        zoned = {time.tzinfo is not None for time in times if time is not None}
        if len(zoned) > 1:
            raise DataError(f"{name!r} mixes times with and without a zone: write all of one kind.")
        zone: Any = "UTC" if zoned == {True} else None
        kind = pa.timestamp("us", tz=zone)
        at = table.column_names.index(name)
        table = table.set_column(at, name, pa.array(times, type=kind))
    return table
