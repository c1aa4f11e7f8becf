"""From columns of texts to columns of mentions, some thousand texts at a time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from cxmetrics.engines.columns import columns_of
from cxmetrics.engines.encode import is_missing, is_series
from cxmetrics.errors import ColumnError, UsageError
from cxmetrics.records.masking import LONGEST
from cxmetrics.verbatims.dictionary import Dictionary
from cxmetrics.verbatims.language import UNCLEAR
from cxmetrics.verbatims.matcher import UNTOLD, Rule, find, matcher
from cxmetrics.verbatims.normalise import normalise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

Language: TypeAlias = str | Sequence[str | None] | None

_MARK: Final = re.compile("<[A-Z]+>")
_POLARITY: Final = {"irritant": -1, "wow": 1, None: 0}


class Desk:
    """Collects mentions, a language and some thousand texts at a time."""

    def __init__(self, dictionary: Dictionary, size: int) -> None:
        self.dictionary = dictionary
        self.polarity = polarity_of(dictionary)
        self.rules: list[Rule] = []
        self.offsets: dict[str, int] = {}
        self.parts: list[Ints] = []
        self.told = np.zeros((2, size), dtype=np.int64)

    def read(self, language: str, rows: Sequence[int], texts: Sequence[str | None]) -> None:
        """Read the texts of some rows by the patterns of one language."""
        by = matcher(self.dictionary, language)
        if language not in self.offsets:
            self.offsets[language] = len(self.rules)
            self.rules += by.rules
        # A mark such as <PHONE> is no word of the customer.
        plain = [_MARK.sub(_blank, (texts[row] or "")[:LONGEST]) for row in rows]
        normal = [normalise(each) for each in plain]
        lengths = np.array([len(each.text) + 1 for each in normal], dtype=np.int64)
        firsts = np.concatenate([[0], np.cumsum(lengths)])[:-1]
        found = find(by, "\n".join(each.text for each in normal), self.polarity)
        line = np.searchsorted(firsts, found.starts, side="right") - 1
        own = np.array(rows, dtype=np.int64)
        starts, ends = found.starts - firsts[line], found.ends - firsts[line]
        for each in np.flatnonzero([each.places is not None for each in normal])[:, None]:
            for at in np.flatnonzero(line == each):
                starts[at], ends[at] = normal[each[0]].original(int(starts[at]), int(ends[at]))
        table = (own[line], starts, ends, by.theme_of[found.rules], found.rules, found.tones)
        part = np.stack([*table, found.negated.astype(np.int64)])
        part[4] += self.offsets[language]
        self.parts.append(part)
        said = own[np.searchsorted(firsts, found.told_at, side="right") - 1]
        size = self.told.shape[1]
        told = [np.bincount(said[found.told == sign], minlength=size) for sign in (1, -1)]
        self.told = np.maximum(self.told, told)  # of an unclear text, the language that says more

    def columns(self) -> dict[str, Any]:
        """Return the columns, ordered by text and place.

        Of two languages that find the same theme in the same words, the one counts that says more.
        """
        table = np.concatenate([np.zeros((7, 0), np.int64), *self.parts], axis=1)
        table = table[:, np.lexsort((table[5] == UNTOLD, -table[2], table[1], table[3], table[0]))]
        again = np.zeros(table.shape[1], dtype=bool)
        before, after = table[:, :-1], table[:, 1:]
        again[1:] = (before[0] == after[0]) & (before[3] == after[3]) & (before[2] >= after[2])
        table = table[:, ~again]
        order = np.lexsort((table[3], table[2], table[1], table[0]))
        row, start, end, theme, rule, tone, negated = table[:, order]
        return {
            "rules": tuple(self.rules),
            "row": row,
            "theme": theme,
            "start": start,
            "end": end,
            "rule": rule,
            "tone": tone,
            "negated": negated.astype(bool),
            "positive": self.told[0],
            "negative": self.told[1],
        }


def _blank(mark: re.Match[str]) -> str:
    return "#" * len(mark[0])


def polarity_of(dictionary: Dictionary) -> Ints:
    """Return of each theme -1 for an irritant, 1 for a wow, else 0."""
    return np.array([_POLARITY[theme.polarity] for theme in dictionary] or [0], dtype=np.int64)


def texts_of(data: Any, text: str | None, language: Language) -> tuple[list[str | None], list[str]]:
    """Return the texts, None where there is none, and their tags, "" where they are not known."""
    if text is not None:
        texts = columns_of(data, [text])[text]
        if isinstance(language, str) and _has(data, language):
            language = columns_of(data, [language])[language]
        data = texts
    elif isinstance(data, str | Mapping) or hasattr(data, "columns"):
        raise UsageError("read takes many texts: a list, or a frame with text= naming the column.")
    texts = _texts(data, text or "the texts")
    if language is None or isinstance(language, str):
        return texts, [_tag(language)] * len(texts)
    tags = _texts(language, "the languages")
    if len(tags) != len(texts):
        raise ColumnError(f"{len(texts)} texts have {len(tags)} languages.")
    return texts, [_tag(each) for each in tags]


def _has(data: Any, name: str) -> bool:
    import narwhals as nw  # loads no data frame library, but costs a tenth of a second

    return name in (data if isinstance(data, Mapping) else nw.from_native(data).collect_schema())


def _texts(column: Any, name: str) -> list[str | None]:
    """Return a column as texts; what is missing or blank is None."""
    if is_series(column) or hasattr(column, "to_list"):
        column = column.to_list()
    made: list[str | None] = []
    for place, each in enumerate(column):
        if is_missing(each):
            made.append(None)
        elif isinstance(each, str):
            made.append(str(each))
        else:
            raise ColumnError(f"{name}: row {place} holds {each!r}, which is no text.")
    return made


def _tag(language: str | None) -> str:
    """Return the language of a tag: "fr" of "fr-CA"; "" where it is unknown."""
    if language is None:
        return ""
    tag = language.replace("_", "-").split("-")[0].strip().lower()
    if not (tag.isalpha() and 2 <= len(tag) <= 3):
        raise UsageError(f"{language!r} is no language; write a tag such as 'en' or 'fr-CA'.")
    return "" if tag == UNCLEAR else tag
