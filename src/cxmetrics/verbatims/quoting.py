"""Quotes: a few texts that stand for many, masked, with the reason why they were chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args, overload

import numpy as np
from attrs import asdict, frozen

from cxmetrics.engines.query import OffScale
from cxmetrics.errors import Caution, UsageError, did_you_mean
from cxmetrics.metrics import Metric
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import count, label_text
from cxmetrics.summaries import Label
from cxmetrics.verbatims.answers import Answers, answers, read_of, shown, texts_of
from cxmetrics.verbatims.similarity import typical

if TYPE_CHECKING:
    from cxmetrics.verbatims.dictionary import Dictionary
    from cxmetrics.verbatims.reading import Readings

Per = Literal["part", "all"]

_SHOWN = 300
_HOW = (
    "Chosen for being near to what all of their part and language say, and far from each other; "
    "in brackets how many say nearly the same."
)
_LIMITS = "A quote illustrates, it proves nothing. Names are not masked: read before you publish."


@frozen(kw_only=True)
class Quote:
    """A text that stands for many.

    Attributes:
        text: mail addresses, phone, card and account numbers masked.
        rating: beside it.
        part: of the metric, such as detractors; "" where the metric has none.
        language: of the text.
        group: the label of its group; None where none were asked for.
        themes: the keys of the themes it mentions.
        alike: how many texts of its cell say nearly the same, itself among them.
        row: its number among the rows that were kept.
        reason: why it was chosen.
    """

    text: str
    rating: float
    part: str
    language: str
    group: Label
    themes: tuple[str, ...]
    alike: int
    row: int
    reason: str


@frozen(kw_only=True, eq=False)
class Quotes(Sequence[Quote]):
    """Quotes, by group, from the bad end of the metric to the good one.

    Attributes:
        theme: the theme they are about; None for any.
        quotes: those chosen.
        floor: answers that a group, part and language needs to be quoted from.
        held: texts that were held back, because theirs has fewer.
        texts: that could have been chosen.
    """

    theme: str | None
    quotes: tuple[Quote, ...]
    floor: int
    held: int
    texts: int

    @overload
    def __getitem__(self, place: int) -> Quote: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Quote]: ...

    def __getitem__(self, place: int | slice) -> Quote | Sequence[Quote]:
        return self.quotes[place]

    def __len__(self) -> int:
        return len(self.quotes)

    def __iter__(self) -> Iterator[Quote]:
        return iter(self.quotes)

    @property
    def title(self) -> str:
        """The news in one line."""
        about = f" about {self.theme}" if self.theme else ""
        return f"{len(self)} of {count(self.texts)} texts{about}, as they were written"

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """What a reader has to know."""
        if not self.held:
            return ()
        return (
            Caution(
                "SUPPRESSED",
                f"{count(self.held)} texts come from groups with under {self.floor} answers and "
                "are not quoted, so that nobody can be told by what was said.",
            ),
        )

    def sheet(self) -> Sheet:
        """Return them as lines."""
        return Sheet(
            title=self.title,
            head=("quote",),
            notes=[*map(_line, self), _HOW, _LIMITS],
            cautions=self.cautions,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "theme": self.theme,
            "floor": self.floor,
            "held": self.held,
            "texts": self.texts,
            "quotes": [asdict(quote) for quote in self],
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __str__(self) -> str:
        return str(self.sheet())

    def _repr_html_(self) -> str:
        return self.sheet().html()


def quotes(
    data: Any,
    *,
    theme: str | None = None,
    number: int = 5,
    per: Per = "part",
    text: str | None = None,
    rating: str | None = None,
    metric: Metric | None = None,
    by: str | None = None,
    dictionary: Dictionary | None = None,
    language: str | None = None,
    readings: Readings | None = None,
    floor: int | None = None,
    where: Any = None,
    missing: Sequence[Any] = (),
    off_scale: OffScale = "error",
) -> Quotes:
    """Choose texts that stand for many.

    In each group, the places are shared among the parts of the metric (`per="part"`: as many for
    each; `per="all"`: by their numbers of texts) and in each part among the languages, by their
    numbers of texts, one at least for each while there are places. The texts are those nearest to
    what all of their part and language say, and far from each other (see
    `cxmetrics.verbatims.similarity.typical`). The same data give the same quotes, in whatever
    order the rows are.

    Only masked texts leave. A cell of group, part and language with fewer answers than `floor` is
    not quoted at all: who knows the group would know who spoke.

    Args:
        data: columns by name, a data frame, a `Batch` of responses, or a store.
        theme: the key of the theme they mention; None for any text.
        number: of quotes, in each part or in all.
        per: `"part"` or `"all"`.
        text: the column of texts; of a batch and a store `verbatim`.
        rating: the column of ratings; of a batch and a store `rating`.
        metric: whose parts; NPS if left out.
        by: the column that makes groups; each gets its own quotes.
        dictionary: says how themes are found; the built-in one if left out.
        language: a column of language tags, or the language of all texts; detected if left out.
        readings: what `read` made of the same texts before.
        floor: answers that a cell needs; left out, that of the metric (employee data), else 0.
        where: rows to keep.
        missing: ratings that stand for "no answer".
        off_scale: `"error"` or `"set_aside"`.

    Raises:
        ColumnError: a column is missing or holds the wrong kind of values.
        ScaleError: a rating is no point of the scale.
        UsageError: the theme is unknown, or an argument makes no sense.

    References:
        Carbonell & Goldstein 1998.

    Example:
        >>> rows = {"score": [2, 3, 9, 10, 1], "why": [
        ...     "I waited 40 minutes on the phone", "Waited 30 minutes on the phone",
        ...     "Called back at once, jo@example.org is great", "All fine", "Endless wait"]}
        >>> for quote in quotes(rows, text="why", rating="score", number=1, language="en"):
        ...     print(quote.part, quote.alike, quote.text)
        detractors 2 I waited 40 minutes on the phone
        promoters 1 Called back at once, <EMAIL> is great
    """
    if number < 1:
        raise UsageError(f"number is 1 or more, not {number}.")
    if floor is not None and floor < 0:
        raise UsageError(f"floor is 0 or more, not {floor}.")
    if per not in get_args(Per):
        raise UsageError(f"per is 'part' or 'all', not {per!r}.")
    found = answers(
        data,
        text=text,
        rating=rating,
        metric=metric,
        language=language,
        by=by,
        where=where,
        missing=missing,
        off_scale=off_scale,
    )
    own = read_of(found, readings, dictionary)
    masked = texts_of(own)
    if theme is not None and theme not in own.keys:
        raise UsageError(f"no theme {theme!r}; {did_you_mean(theme, own.keys)}")
    least = found.metric.floor if floor is None else floor
    chosen: list[Quote] = []
    held = texts = 0
    for label, cells, silenced in _cells(found, own, theme, least):
        held += silenced
        texts += sum(len(rows) for part in cells.values() for rows in part.values())
        sizes = {part: sum(map(len, spoken.values())) for part, spoken in cells.items()}
        for part, places in _places(sizes, number, per).items():
            chosen += _quotes(found, own, masked, cells[part], places, part, label)
    return Quotes(
        theme=None if theme is None else own.names[theme],
        quotes=tuple(chosen),
        floor=least,
        held=held,
        texts=texts,
    )


Cells = dict[int, dict[str, list[int]]]
"""Rows by part and language."""


def _cells(
    found: Answers, own: Readings, theme: str | None, floor: int
) -> Iterator[tuple[Label, Cells, int]]:
    """Yield each group with the rows that may be quoted, and how many are held back."""
    rated = ~np.isnan(found.ratings)
    parts = found.parts() if found.metric.parts else np.zeros(len(found.ratings), np.intp)
    about = rated if theme is None else rated & own.themes[:, own.keys.index(theme)]
    for place, label in enumerate(found.groups):
        group = found.labels == place
        cells: Cells = {}
        held = 0
        for part in sorted({*parts[group & rated].tolist()} - {-1}):
            cell = group & rated & (parts == part)
            rows: dict[str, list[int]] = {}
            sizes: Counter[str] = Counter()
            for row in np.flatnonzero(cell).tolist():
                if found.texts[row] is not None:
                    sizes[own.languages[row]] += 1
                    if about[row]:
                        rows.setdefault(own.languages[row], []).append(row)
            kept = {name: rows[name] for name in rows if sizes[name] >= floor}
            held += sum(map(len, rows.values())) - sum(map(len, kept.values()))
            if kept:
                cells[part] = kept
        yield label, cells, held


def _places(sizes: Mapping[Any, int], number: int, per: Per) -> dict[Any, int]:
    """Share places among cells: as many for each, or by size with one at least."""
    if per == "part":
        return dict.fromkeys(sizes, number)
    order = sorted(sizes, key=lambda cell: (-sizes[cell], cell))
    found = dict.fromkeys(order[:number], 1)
    total = sum(sizes[cell] for cell in found)
    wanted = {cell: number * sizes[cell] / total for cell in found}
    while sum(found.values()) < number and found:
        best = max(found, key=lambda cell: (wanted[cell] - found[cell], -order.index(cell)))
        found[best] += 1
    return {cell: found[cell] for cell in sorted(found)}


def _quotes(
    found: Answers,
    own: Readings,
    masked: Sequence[str],
    spoken: dict[str, list[int]],
    number: int,
    part: int,
    label: Label,
) -> list[Quote]:
    """Choose in a cell: each language its places, what is left over to the others."""
    name = found.metric.parts[part].name if found.metric.parts else ""
    sizes = {language: len(rows) for language, rows in spoken.items()}
    shared = _places(sizes, number, "all")
    chosen: list[Quote] = []
    left = 0
    for language in sorted(shared, key=lambda each: (sizes[each], each)):
        rows = spoken[language]
        texts = [masked[row] for row in rows]
        picked = typical(texts, shared[language] + left)
        left += shared[language] - len(picked)  # where all say the same, for the next language
        for each in picked:
            row = rows[each.place]
            keys = [key for key, has in zip(own.keys, own.themes[row], strict=True) if has]
            among = f"{count(len(rows))} texts of {name or 'all'} in {language}"
            chosen.append(
                Quote(
                    text=texts[each.place],
                    rating=float(found.ratings[row]),
                    part=name,
                    language=language,
                    group=label,
                    themes=tuple(keys),
                    alike=each.alike,
                    row=row,
                    reason=f"near to what {among} say (centrality {each.centrality:.2f}), "
                    f"{count(each.alike)} of them nearly the same",
                )
            )
    return chosen


def _line(quote: Quote) -> str:
    group = "" if quote.group is None else f"{label_text(quote.group)}, "
    about = f"{group}{quote.part or 'rated'} {quote.rating:g}, {quote.language}"
    return f"{about} ({count(quote.alike)}): “{shown(quote.text, _SHOWN)}”"
