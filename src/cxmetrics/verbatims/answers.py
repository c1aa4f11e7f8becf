"""Answers with a text and a rating, from whatever holds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from cxmetrics.batch import Batch
from cxmetrics.engines.columns import columns_of
from cxmetrics.engines.declared import Declared
from cxmetrics.engines.encode import (
    encode,
    is_missing,
    is_series,
    wanted,
    weights,
)
from cxmetrics.engines.query import OffScale, Query
from cxmetrics.engines.ratings import rated
from cxmetrics.engines.scales import require_scale
from cxmetrics.errors import Caution, ColumnError, DataError, UsageError
from cxmetrics.metrics import Metric
from cxmetrics.metrics.text import count
from cxmetrics.plugins import registry
from cxmetrics.records import Response
from cxmetrics.summaries.design import label_order
from cxmetrics.verbatims.reading import Readings, read

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxmetrics.summaries import Label
    from cxmetrics.verbatims.dictionary import Dictionary

    Floats = NDArray[np.float64]


@frozen(kw_only=True, eq=False)
class Answers:
    """What was read, one entry a row.

    Attributes:
        metric: with what the data say of themselves.
        texts: None where there is none.
        ratings: shape (rows,): points of the metric's scale, NaN where there is none.
        columns: weight, unit, strata, by those names, as far as they were asked for.
        labels: shape (rows,): index into `groups`.
        groups: the labels of the groups, in order; `(None,)` where none were asked for.
        language: of all texts, of each, or None where it is to be detected.
        cautions: what was set aside.
    """

    metric: Metric
    texts: list[str | None]
    ratings: Floats
    columns: dict[str, NDArray[Any]]
    labels: NDArray[np.intp]
    groups: tuple[Label, ...]
    language: str | list[str | None] | None
    cautions: tuple[Caution, ...]

    def parts(self) -> NDArray[np.intp]:
        """Return the place of each rating's part in `metric.parts`, -1 where it has none."""
        found = np.full(len(self.ratings), -1)
        for place, part in enumerate(self.metric.parts):
            found[np.isin(self.ratings, part.points)] = place
        return found


def answers(
    data: Any,
    *,
    text: str | None,
    rating: str | None,
    metric: Metric | None,
    language: str | None,
    by: str | None = None,
    weight: str | None = None,
    unit: str | None = None,
    strata: str | None = None,
    where: Any = None,
    missing: Sequence[Any] = (),
    off_scale: OffScale = "error",
) -> Answers:
    """Read the columns of texts and ratings, and what is beside them.

    Args:
        data: columns by name, a data frame, a batch of responses, or a store.
        text: the column of texts; of a batch and a store `verbatim`.
        rating: the column of ratings; of a batch and a store `rating`.
        metric: what is made of the ratings; NPS if left out.
        language: a column of language tags, or the language of all texts; of a batch and a store
            their column `language` if left out.
        by: the column that makes groups.
        weight: the column of survey weights.
        unit: the column that says who answered.
        strata: the column of sampling strata.
        where: rows to keep.
        missing: ratings that stand for "no answer".
        off_scale: `"error"`, or `"set_aside"` to treat such ratings as missing.

    Raises:
        ColumnError: a column is missing or holds the wrong kind of values.
        DataError: there is no row with a text.
        ScaleError: a rating is no point of the scale.
        UsageError: the columns of texts and ratings are not named.
    """
    chosen: Metric = registry.find("metric", "nps") if metric is None else metric
    scale = chosen.scale
    query = Query(scale=scale, rating=("rating",), missing=tuple(missing), off_scale=off_scale)
    chosen = chosen.told(data, where)
    while isinstance(data, Declared):
        data = data.data
    if _is_store(data):
        data, where = data.batch(Response, where=where), None
    if isinstance(data, Batch):
        wanted_scales = where.get("scale") if isinstance(where, Mapping) else None
        texts = None if wanted_scales is None else wanted(wanted_scales)
        own = [each for each in data.require().scales if texts is None or each.spell() in texts]
        require_scale(own, query, "the batch")
        data = data.native()
        text, rating = text or "verbatim", rating or "rating"
        if language is None and "language" in (data if isinstance(data, Mapping) else data.columns):
            language = "language"
    if text is None or rating is None:
        raise UsageError("which columns hold the texts and the ratings? Say text='…', rating='…'.")
    extra = {"weight": weight, "unit": unit, "strata": strata, "by": by}
    constant = language if language is not None and is_tag(language) else None
    tags = None if constant else language
    names = [text, rating, *filter(None, extra.values()), *filter(None, [tags])]
    columns = columns_of(data, names, where=where)
    ratings, aside = _ratings(columns[rating], rating, query)
    beside: dict[str, NDArray[Any]] = {}
    if weight is not None:
        beside["weight"] = weights(columns[weight], weight)
    for what, name in (("unit", unit), ("strata", strata)):
        if name is not None:
            beside[what] = _codes(columns[name])
    labels, groups = _groups(None if by is None else columns[by], len(ratings))
    return Answers(
        metric=chosen,
        texts=_texts(columns[text], text),
        ratings=ratings,
        columns=beside,
        labels=labels,
        groups=groups,
        language=constant if tags is None else _texts(columns[tags], tags),
        cautions=aside,
    )


def is_stored(data: Any) -> bool:
    """Say whether data are records of responses: a batch, or a store."""
    return isinstance(data, Batch) or _is_store(data)


def _is_store(data: Any) -> bool:
    return hasattr(data, "__cx_tally__") and hasattr(data, "batch")


def is_tag(text: str) -> bool:
    """Say whether a text is the code of a language, and not the name of a column.

    Example:
        >>> is_tag("fr"), is_tag("language")
        (True, False)
    """
    return len(text) == 2 and text.isascii() and text.isalpha() and text.islower()


def _texts(column: Any, name: str) -> list[str | None]:
    """Return a column of texts, None where there is none."""
    values = column.to_list() if is_series(column) else np.asarray(column, dtype=object).tolist()
    found: list[str | None] = [None if is_missing(value) else value for value in values]
    for row, value in enumerate(found):
        if value is not None and not isinstance(value, str):
            raise ColumnError(f"{value!r} (index {row}) in {name!r} is no text.")
    if not any(value is not None for value in found):
        raise DataError(f"there is no text in {name!r}.")
    return found


def _ratings(column: Any, name: str, query: Query) -> tuple[Floats, tuple[Caution, ...]]:
    scale = query.scale
    values, off = rated(column, name, scale, missing=query.missing, off_scale=query.off_scale)
    told = Caution("OFF_SCALE", f"{count(off)} off the scale {scale}, set aside.")
    return values, (told,) if off else ()


def _groups(column: Any, rows: int) -> tuple[NDArray[np.intp], tuple[Label, ...]]:
    """Number the groups, in the order of their labels; all rows are one where there is none."""
    if column is None:
        return np.zeros(rows, np.intp), (None,)
    found = encode(column)  # a categorical column may know labels that no row has
    used = sorted(np.unique(found.codes).tolist(), key=lambda code: label_order(found.labels[code]))
    places = np.zeros(len(found.labels), np.intp)
    places[used] = np.arange(len(used))
    return places[found.codes], tuple(found.labels[code] for code in used)


def _codes(column: Any) -> NDArray[Any]:
    """Return labels as numbers; the missing one stays missing, for the engine to judge."""
    found = encode(column)
    if None not in found.labels:
        return found.codes
    return np.where(found.codes == found.labels.index(None), np.nan, found.codes)


def read_of(found: Answers, readings: Readings | None, dictionary: Dictionary | None) -> Readings:
    """Return what was read of the texts, now or before.

    Raises:
        UsageError: the readings are of other texts.
    """
    if readings is None:
        return read(found.texts, language=found.language, dictionary=dictionary)
    if len(readings) != len(found.texts):
        raise UsageError(
            f"the readings are of {count(len(readings))} texts, and the data have "
            f"{len(found.texts)} rows: read the texts of the same rows."
        )
    return readings


def texts_of(readings: Readings) -> Sequence[str]:
    """Return the masked texts, blank where there is none.

    Raises:
        UsageError: they were not kept.
    """
    if readings.keep == "nothing":
        raise UsageError("the readings kept no texts: read them with keep='masked'.")
    return [text or "" for text in readings.masked]


def shown(text: str, width: int) -> str:
    """Return a text on one line, cut at a word where it is long.

    Example:
        >>> shown("The queue was endless, again", 20)
        'The queue was …'
    """
    line = " ".join(text.split())
    return line if len(line) <= width else line[:width].rpartition(" ")[0].rstrip(",;") + " …"
