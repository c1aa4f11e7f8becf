"""Answers side by side: one row an occasion on which somebody was asked, a column a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from cxmetrics.batch import Batch
from cxmetrics.engines.arrays import joint_groups
from cxmetrics.engines.columns import columns_of
from cxmetrics.engines.encode import encode, numeric
from cxmetrics.errors import DataError, UsageError
from cxmetrics.metrics.text import count

_OF_ANSWERS: Final = frozenset({"id", "scale", "verbatim"})


def wide(
    responses: Any,
    *,
    per: Sequence[str] = ("customer", "asked_at"),
    question: str = "question",
    rating: str = "rating",
) -> dict[str, Any]:
    """Bring the answers of one person on one occasion into one row.

    Concepts, drivers and indices want one row a respondent and one column a question; sources and
    stores hold one row an answer. Answers without one of the columns `per` (anonymous ones) can't
    be told to belong together: each has a row of its own.

    Args:
        responses: a `Batch[Response]`, as `store.batch(Response)` returns it, a data frame or
            columns by name.
        per: the columns that make an occasion.
        question: the column that names the question.
        rating: the column of ratings.

    Returns:
        Columns by name: those of `per`; one a question, NaN where it was not answered; what is the
        same in all answers of every occasion (weight, language, segment); `verbatim`, the first
        text of the occasion. Columns that differ within an occasion, such as the id, are left out.

    Raises:
        ColumnError: a column is not there.
        DataError: there are no answers, or a question was answered twice on one occasion.
        UsageError: a question is called like a column.

    Example:
        >>> answers = {"customer": ["a", "a", "b"], "asked_at": [1, 1, 1],
        ...            "question": ["ease", "nps", "nps"], "rating": [4, 9, 3]}
        >>> found = wide(answers)
        >>> found["customer"], found["nps"].tolist(), found["ease"].tolist()
        (['a', 'b'], [9.0, 3.0], [4.0, nan])
    """
    data = responses.require().native() if isinstance(responses, Batch) else responses
    names = _names(data)
    wanted = list(dict.fromkeys((*per, question, rating, *names)))
    columns = columns_of(data, wanted)
    rows = len(columns[rating])
    if not rows:
        raise DataError("there are no answers.")
    row = _occasions([encode(columns[name]) for name in per], rows)
    size = int(row.max()) + 1
    first = np.full(size, rows)
    np.minimum.at(first, row, np.arange(rows))
    asked = encode(columns[question])
    values = numeric(columns[rating], rating, boolean=True).astype(float)
    found: dict[str, Any] = {}
    for name in names:
        if name in {question, rating} or (name in _OF_ANSWERS and name not in per):
            continue
        own = encode(columns[name])
        codes = np.asarray(own.codes)
        if (codes == codes[first[row]]).all():
            found[name] = [own.labels[code] for code in codes[first]]
    for place, label in enumerate(asked.labels):
        at = np.flatnonzero(asked.codes == place)
        if label is None or not at.size:
            continue
        key = str(label)
        if key in found:
            raise UsageError(f"the question {key!r} is called like a column: rename one.")
        twice = np.flatnonzero(np.bincount(row[at], minlength=size) > 1)
        if twice.size:
            keys = zip(per, (encode(columns[name]) for name in per), strict=True)
            where = ", ".join(f"{n}={key.labels[key.codes[first[twice[0]]]]!r}" for n, key in keys)
            raise DataError(
                f"{key!r} was answered more than once on {count(int(twice.size))} occasions "
                f"(first: {where}): say per= the columns that tell them apart, such as interaction."
            )
        found[key] = np.full(size, np.nan)
        found[key][row[at]] = values[at]
    if "verbatim" in names and "verbatim" not in per:
        found["verbatim"] = _texts(columns["verbatim"], row, size)
    return found


def _names(data: Any) -> list[str]:
    if isinstance(data, Mapping):
        return list(data)
    import narwhals as nw  # a frame has been handed over

    return list(nw.from_native(data).collect_schema().names())


def _occasions(keys: Sequence[Any], rows: int) -> Any:
    """Number the occasions in the order of their first answer; who has no key is alone."""
    if not keys:
        raise UsageError("per= names no column: what makes an occasion?")
    code, _ = joint_groups(keys, rows)
    alone = np.zeros(rows, bool)
    for key in keys:
        if None in key.labels:
            alone |= np.asarray(key.codes) == list(key.labels).index(None)
    assert code is not None  # noqa: S101  # there is a key
    code = code.astype(np.int64)
    code[alone] = int(code.max()) + 1 + np.arange(int(alone.sum()))
    _, first, found = np.unique(code, return_index=True, return_inverse=True)
    rank = np.empty(first.size, np.int64)
    rank[np.argsort(first)] = np.arange(first.size)
    return rank[found]


def _texts(column: Any, row: Any, size: int) -> list[str | None]:
    texts = column.to_list() if hasattr(column, "to_list") else list(column)
    found: list[str | None] = [None] * size
    for at, text in zip(row.tolist(), texts, strict=True):
        if found[at] is None and isinstance(text, str) and text.strip():
            found[at] = text
    return found
