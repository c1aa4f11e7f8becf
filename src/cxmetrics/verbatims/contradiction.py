"""Contradictions: a good rating with a bitter text, a bad one with praise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from attrs import asdict, frozen

from cxmetrics.engines.query import OffScale
from cxmetrics.errors import Caution, UsageError
from cxmetrics.metrics import Metric, Score, linear
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import MINUS, count, label_text, level_text, limits, number
from cxmetrics.scale import yes_no
from cxmetrics.summaries import Label
from cxmetrics.verbatims.answers import Answers, answers, is_stored, read_of, shown, texts_of
from cxmetrics.verbatims.tone import sentiment

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxmetrics.verbatims.dictionary import Dictionary
    from cxmetrics.verbatims.reading import Readings

    Ints = NDArray[np.int8]

NEUTRAL = 0.05
"""The tone of an engine is neutral up to this distance from 0 (Hutto & Gilbert 2014)."""

_LISTED, _SHOWN = 20, 300
_RATE = linear("contradictions", yes_no, {0: 0, 1: 100}, unit="percent", title="contradictions")


@frozen(kw_only=True)
class Mismatch:
    """An answer whose text says the opposite of its rating.

    Attributes:
        row: its number among the rows that were kept.
        label: what it is called in the data; None where no column says so.
        rating: the rating.
        part: of the metric: promoters with a bitter text, detractors with praise.
        language: of the text.
        text: mail addresses, phone, card and account numbers masked.
        reason: what was found in the text.
    """

    row: int
    label: Label
    rating: float
    part: str
    language: str
    text: str
    reason: str


@frozen(kw_only=True, eq=False)
class Mismatches(Sequence[Mismatch]):
    """Answers whose text says the opposite of their rating.

    Attributes:
        engine: what told the tone: `"themes"`, or an engine of a plugin.
        found: the answers, in the order of the rows.
        rate: of the answers that could be judged, in percent.
        untold: texts of good or bad ratings whose tone can't be told: nothing said, or both.
        cautions: what a reader has to know.
    """

    engine: str
    found: tuple[Mismatch, ...]
    rate: Score
    untold: int
    cautions: tuple[Caution, ...]

    @overload
    def __getitem__(self, place: int) -> Mismatch: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Mismatch]: ...

    def __getitem__(self, place: int | slice) -> Mismatch | Sequence[Mismatch]:
        return self.found[place]

    def __len__(self) -> int:
        return len(self.found)

    def __iter__(self) -> Iterator[Mismatch]:
        return iter(self.found)

    @property
    def title(self) -> str:
        """The news in one line."""
        interval = self.rate.interval_or_none
        ends = (
            "no interval"
            if interval is None
            else f"{level_text(interval.level)} interval "
            f"{limits(interval.low, interval.high, 'percent')}"
        )
        return (
            f"{count(len(self))} of {count(self.rate.n)} texts say the opposite of their rating: "
            f"{number(self.rate.value, 'percent')}  ({ends})"
        )

    def sheet(self) -> Sheet:
        """Return the first of them as lines."""
        rest = len(self) - _LISTED
        how = (
            f"Tone told by {self.engine}; {count(self.untold)} more texts of good or bad ratings "
            "say nothing clear. The rating may be mistaken (a scale read the wrong way round), so "
            "may the tone (irony): read before you change a number. Where only problems were asked "
            "for, blame contradicts nothing."
        )
        return Sheet(
            title=self.title,
            head=("text",),
            notes=[
                *map(_line, self[:_LISTED]),
                *([f"… and {count(rest)} more."] if rest > 0 else []),
                how,
            ],
            cautions=self.cautions,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "engine": self.engine,
            "rate": self.rate.summary(),
            "untold": self.untold,
            "mismatches": [asdict(each) for each in self],
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __str__(self) -> str:
        return str(self.sheet())

    def _repr_html_(self) -> str:
        return self.sheet().html()


def mismatch(
    data: Any,
    *,
    text: str | None = None,
    rating: str | None = None,
    metric: Metric | None = None,
    engine: str = "themes",
    neutral: float = NEUTRAL,
    dictionary: Dictionary | None = None,
    language: str | None = None,
    readings: Readings | None = None,
    label: str | None = None,
    where: Any = None,
    missing: Sequence[Any] = (),
    off_scale: OffScale = "error",
    level: float = 0.95,
) -> Mismatches:
    """Find good ratings with a bitter text, and bad ones with praise.

    Good and bad are the parts of the metric (promoters and detractors). The tone of a text is told
    by the themes it mentions: bitter where all that say how it was say it was bad, praise where
    all say it was good; a text that says both, or neither, contradicts nothing. Or an engine of a
    plugin tells it, from `neutral` on.

    Args:
        data: columns by name, a data frame, a `Batch` of responses, or a store.
        text: the column of texts; of a batch and a store `verbatim`.
        rating: the column of ratings; of a batch and a store `rating`.
        metric: whose parts; NPS if left out.
        engine: `"themes"`, or the name of a sentiment engine.
        neutral: distance from 0 up to which the tone of an engine tells nothing.
        dictionary: says how themes are found; the built-in one if left out.
        language: a column of language tags, or the language of all texts; detected if left out.
        readings: what `read` made of the same texts before.
        label: the column that says what the answers are called; of a batch and a store `id`.
        where: rows to keep.
        missing: ratings that stand for "no answer".
        off_scale: `"error"` or `"set_aside"`.
        level: the confidence level of the rate.

    Returns:
        The answers, and their rate among the texts of good or bad ratings whose tone was told
        (Wilson).

    Raises:
        ColumnError: a column is missing or holds the wrong kind of values.
        NotFoundError: no engine has that name; says how to install one.
        ScaleError: a rating is no point of the scale.
        UsageError: the metric has no good and bad end.

    Example:
        >>> rows = {"score": [10, 0, 9, 2], "why": [
        ...     "I waited 40 minutes, call me: 06 12 34 56 78", "Friendly staff, thank you",
        ...     "Friendly staff, thank you", "I waited for an hour"]}
        >>> for each in mismatch(rows, text="why", rating="score", language="en"):
        ...     print(each.row, each.part, each.text, "|", each.reason)
        0 promoters I waited 40 minutes, call me: <PHONE> | ...
        1 detractors Friendly staff, thank you | ...
    """
    found = answers(
        data,
        text=text,
        rating=rating,
        metric=metric,
        language=language,
        by="id" if label is None and is_stored(data) else label,
        where=where,
        missing=missing,
        off_scale=off_scale,
    )
    side = _sides(found)
    own = read_of(found, readings, dictionary)
    masked = texts_of(own)
    cautions = [*found.metric.about_data, *found.cautions]
    values = own.positive.astype(bool) * 1.0 - own.negative.astype(bool)
    if engine != "themes":
        told = sentiment(found.texts, language=own.languages, engine=engine)
        values = np.nan_to_num(told.values)
        cautions += told.cautions
    tone = np.where(np.abs(values) > (neutral if engine != "themes" else 0), np.sign(values), 0)

    def reason(row: int) -> str:
        if engine == "themes":
            return _reason(own, row)
        return f"tone {values[row]:+.2f} ({engine})".replace("-", MINUS)

    clear = (side != 0) & np.array([each is not None for each in found.texts])
    judged = clear & (tone != 0)
    against = np.flatnonzero(judged & (tone != side))
    parts = found.parts()
    return Mismatches(
        engine=engine,
        found=tuple(
            Mismatch(
                row=row,
                label=found.groups[found.labels[row]],
                rating=float(found.ratings[row]),
                part=found.metric.parts[parts[row]].name,
                language=own.languages[row],
                text=masked[row],
                reason=reason(row),
            )
            for row in against.tolist()
        ),
        rate=_RATE((tone != side)[judged].astype(np.int8), level=level),
        untold=int((clear & ~judged).sum()),
        cautions=tuple(cautions),
    )


def _sides(found: Answers) -> Ints:
    """Return 1 where the rating is good, -1 where it is bad, 0 between and where there is none."""
    metric = found.metric
    if metric.floor:
        raise UsageError(
            f"{metric.name} is for employees, whose texts are not listed one by one: use quotes, "
            "which keeps to a floor."
        )
    worth = np.array([{"negative": -1, "neutral": 0, "positive": 1}[p.tone] for p in metric.parts])
    if not {-1, 1} <= {*worth.tolist()}:
        raise UsageError(
            f"{metric.name} has no good and bad end of its scale: use a metric such as nps or csat."
        )
    return np.append(worth, 0)[found.parts()].astype(np.int8)


def _reason(own: Readings, row: int) -> str:
    """Say what a text blames or praises."""
    tone = "negative" if own.negative[row] else "positive"
    about = dict.fromkeys(own.names[m.theme] for m in own[row].mentions if m.tone == tone)
    said = f": {', '.join(about)}" if about else ""
    return ("only blame" if tone == "negative" else "only praise") + said


def _line(each: Mismatch) -> str:
    name = f"row {each.row}" if each.label is None else label_text(each.label)
    return f"{name}, rated {each.rating:g}, {each.reason}: “{shown(each.text, _SHOWN)}”"
