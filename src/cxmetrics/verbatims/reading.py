"""Read texts: their language, and which themes they speak of, how."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args, overload

import numpy as np
from attrs import frozen

from cxmetrics.errors import Caution, UsageError
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import count, limits, number
from cxmetrics.records.masking import redacted
from cxmetrics.stats.intervals.wilson import wilson
from cxmetrics.verbatims.desk import Desk, Language, polarity_of, texts_of
from cxmetrics.verbatims.dictionary import Dictionary
from cxmetrics.verbatims.language import UNCLEAR, detect, evidence
from cxmetrics.verbatims.matcher import UNTOLD, Rule
from cxmetrics.verbatims.mention import Mention, Reading
from cxmetrics.verbatims.theme import Tone

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]

Keep: TypeAlias = Literal["masked", "original", "nothing"]

_AT_ONCE: Final = 20_000
_LITTLE: Final = 0.5
_TONES: Final[Mapping[int, Tone | None]] = {
    -1: "negative",
    0: "neutral",
    1: "positive",
    UNTOLD: None,
}


@frozen(kw_only=True, eq=False)
class Readings(Sequence[Reading]):
    """What was read of many texts, in columns.

    Attributes:
        dictionary: what was read by.
        languages: of each text: "en", "fr" ..., "und" where it is not clear, "" of an empty text.
        texts: as they were kept: personal data masked, as given, or None each.
        detected: how many languages were detected, not given.
        rules: what can match.
        row: of each mention the text.
        theme, start, end, rule, tone, negated: of each mention; places are those of the kept text,
            tones -1, 1, 0 for both, 9 for nothing said.
        positive, negative: of each text, how many clauses praise and how many blame something.
    """

    dictionary: Dictionary
    languages: tuple[str, ...]
    texts: tuple[str | None, ...]
    keep: Keep
    detected: int
    rules: tuple[Rule, ...]
    row: Ints
    theme: Ints
    start: Ints
    end: Ints
    rule: Ints
    tone: Ints
    negated: Bools
    positive: Ints
    negative: Ints

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the themes: the columns of `themes`."""
        return self.dictionary.keys

    @property
    def names(self) -> Mapping[str, str]:
        """The English name of each theme."""
        return {theme.key: theme.label("en") for theme in self.dictionary}

    @cached_property
    def counts(self) -> Bools:
        """Of each mention, whether its text counts as one of the theme."""
        polarity = polarity_of(self.dictionary)[self.theme]
        found: Bools = (polarity == 0) | (self.tone != -polarity)
        return found

    @cached_property
    def themes(self) -> Bools:
        """Shape (texts, themes): which text counts for which theme."""
        made = np.zeros((len(self), len(self.keys)), dtype=bool)
        made[self.row[self.counts], self.theme[self.counts]] = True
        return made

    def toned(self, tone: Tone) -> Bools:
        """Return which text speaks of which theme in a tone: shape (texts, themes)."""
        if tone not in get_args(Tone):
            raise UsageError(f"a tone is one of {', '.join(get_args(Tone))}, not {tone!r}.")
        wanted = self.tone == {name: code for code, name in _TONES.items()}[tone]
        made = np.zeros((len(self), len(self.keys)), dtype=bool)
        made[self.row[wanted], self.theme[wanted]] = True
        return made

    @cached_property
    def read(self) -> Bools:
        """Of each text, whether it is there and in a language of the dictionary, or unclear."""
        known = {*self.dictionary.languages, UNCLEAR}
        return np.array([language in known for language in self.languages], dtype=bool)

    @cached_property
    def masked(self) -> tuple[str | None, ...]:
        """The texts without personal data; None each where nothing was kept."""
        if self.keep != "original":
            return self.texts
        return tuple(None if text is None else redacted(text) for text in self.texts)

    @property
    def n(self) -> int:
        """Texts that were read."""
        return int(self.read.sum())

    @property
    def n_empty(self) -> int:
        """Rows without a text."""
        return self.languages.count("")

    @property
    def by_language(self) -> Mapping[str, int]:
        """How many texts there are in each language, the most frequent first."""
        return dict(Counter(filter(None, self.languages)).most_common())

    @property
    def unread(self) -> Mapping[str, int]:
        """How many texts are in languages that the dictionary does not speak."""
        known = {*self.dictionary.languages, UNCLEAR}
        return {tag: many for tag, many in self.by_language.items() if tag not in known}

    @property
    def covered(self) -> float:
        """The share of the texts read that count for a theme; NaN without texts."""
        return float(self.themes[self.read].any(axis=1).mean()) if self.n else float("nan")

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """What a reader of the numbers has to know."""
        return tuple(_cautions(self))

    @cached_property
    def _firsts(self) -> Ints:
        return np.searchsorted(self.row, np.arange(len(self) + 1))

    def __len__(self) -> int:
        return len(self.languages)

    @overload
    def __getitem__(self, index: int) -> Reading: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Reading]: ...
    def __getitem__(self, index: int | slice) -> Reading | Sequence[Reading]:
        if isinstance(index, slice):
            return [self[each] for each in range(len(self))[index]]
        place = range(len(self))[index]
        return Reading(
            text=self.texts[place],
            language=self.languages[place],
            mentions=tuple(self._mentions(place)),
        )

    def _mentions(self, place: int) -> Iterator[Mention]:
        text = self.texts[place] or ""
        for each in range(self._firsts[place], self._firsts[place + 1]):
            start, end = int(self.start[each]), int(self.end[each])
            yield Mention(
                theme=self.keys[self.theme[each]],
                start=start,
                end=end,
                text=text[start:end],
                negated=bool(self.negated[each]),
                tone=_TONES[int(self.tone[each])],
                counts=bool(self.counts[each]),
                rule=self.rules[self.rule[each]],
            )

    def explain(self, index: int) -> str:
        """Say why a text was read as it was: its language, and the rule behind each mention.

        Example:
            >>> print(read(["Pas d'attente, personnel aimable"]).explain(0))
            fr (fr 5.7, it 0.4)
            waiting 'attente': pattern 'attentes?' (fr), negated, positive, does not count
            staff 'personnel': pattern 'personnels?' (fr), positive
            staff 'aimable': positive 'aimables?' (fr), positive
        """
        found = self[index]
        clues = list(evidence(found.text or "").items())[:2]
        told = ", ".join(f"{tag} {score:.1f}" for tag, score in clues)
        lines = [(found.language or "no text") + (f" ({told})" if told else "")]
        for each in found.mentions:
            kind = "pattern" if each.rule.kind == "patterns" else each.rule.kind
            said = [f"{kind} {each.rule.pattern!r} ({each.rule.language})"]
            said += ["negated"] if each.negated else []
            said += [each.tone or "no tone"]
            said += [] if each.counts else ["does not count"]
            lines.append(f"{each.theme} {each.text!r}: {', '.join(said)}")
        return "\n".join(lines)

    @property
    def title(self) -> str:
        """How many texts were read, and how many speak of a theme."""
        return (
            f"{count(self.n)} texts read by {self.dictionary.name} {self.dictionary.version}: "
            f"{number(100 * self.covered, 'percent')} speak of a theme"
        )

    def _tables(self) -> Iterator[tuple[str, int, int, int]]:
        sizes = self.themes.sum(axis=0)
        bad, good = self.toned("negative").sum(axis=0), self.toned("positive").sum(axis=0)
        for place in np.argsort(-sizes, kind="stable").tolist():
            if sizes[place] or bad[place] or good[place]:
                yield self.keys[place], int(sizes[place]), int(bad[place]), int(good[place])

    def sheet(self) -> Sheet:
        """Return the themes with their share of the texts read (Wilson interval at 95 %)."""
        rows = []
        for key, size, bad, good in self._tables():
            low, high = wilson(size, self.n)
            rows.append(
                (
                    self.names[key],
                    count(size),
                    number(100 * size / self.n, "percent"),
                    limits(100 * low, 100 * high, "percent"),
                    count(bad),
                    count(good),
                )
            )
        languages = ", ".join(f"{tag} {count(many)}" for tag, many in self.by_language.items())
        return Sheet(
            title=self.title,
            head=("theme", "texts", "share", "95 % interval", "negative", "positive"),
            rows=rows,
            notes=(
                f"Languages: {languages or 'none'}. {count(self.n_empty)} rows without a text.",
                f"Fingerprint of the dictionary: {self.dictionary.fingerprint}.",
            ),
            cautions=self.cautions,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready counts; no text is in it."""
        return {
            "dictionary": {
                "name": self.dictionary.name,
                "version": self.dictionary.version,
                "fingerprint": self.dictionary.fingerprint,
            },
            "texts": len(self),
            "read": self.n,
            "empty": self.n_empty,
            "languages": dict(self.by_language),
            "covered": None if not self.n else self.covered,
            "themes": [
                {
                    "key": key,
                    "name": self.names[key],
                    "texts": size,
                    "negative": bad,
                    "positive": good,
                }
                for key, size, bad, good in self._tables()
            ],
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __str__(self) -> str:
        return str(self.sheet())

    def __repr__(self) -> str:
        return f"<Readings of {len(self):,} texts: {len(self.row):,} mentions>"

    def _repr_html_(self) -> str:
        return self.sheet().html()


def read(
    data: Any,
    *,
    text: str | None = None,
    language: Language = None,
    dictionary: Dictionary | None = None,
    keep: Keep = "masked",
) -> Readings:
    """Read texts: find their language and the themes they speak of, offline.

    E-mail addresses, phone, card and account numbers are masked before anything else; only the
    first 100,000 characters of a text are read. A text whose language is unclear is read in every
    language of the dictionary; one in a language that the dictionary does not speak is not read,
    and counted.

    Args:
        data: texts (a list, an array, a series), or columns by name or a data frame.
        text: the column of the texts, where data have columns.
        language: a tag for all texts ("fr"), or one a text (None where unknown), or the name of
            the column of tags; left out, it is detected. Of "fr-CA" the first part counts.
        dictionary: what to read by; left out, the built-in one.
        keep: what is kept of the texts: "masked", "original" (personal data too), "nothing".

    Raises:
        ColumnError: a column is missing, or holds something else than texts.
        UsageError: an argument makes no sense.

    Example:
        >>> found = read(["Waited 45 minutes, nobody answered", "Rien à redire, parfait", None])
        >>> [(each.language, each.themes) for each in found]
        [('en', ('waiting', 'contact')), ('fr', ('overall',)), ('', ())]
    """
    if keep not in get_args(Keep):
        raise UsageError(f"keep is one of {', '.join(get_args(Keep))}, not {keep!r}.")
    dictionary = Dictionary.default() if dictionary is None else dictionary
    texts, tags = texts_of(data, text, language)
    kept = [each if each is None or keep == "original" else redacted(each) for each in texts]
    languages = [
        "" if each is None else tag or detect(each) for each, tag in zip(kept, tags, strict=True)
    ]
    detected = sum(each is not None and not tag for each, tag in zip(kept, tags, strict=True))
    found = Desk(dictionary, len(texts))
    for own in dictionary.languages:
        rows = [at for at, tag in enumerate(languages) if tag in {own, UNCLEAR}]
        for first in range(0, len(rows), _AT_ONCE):
            found.read(own, rows[first : first + _AT_ONCE], kept)
    return Readings(
        dictionary=dictionary,
        languages=tuple(languages),
        texts=(None,) * len(kept) if keep == "nothing" else tuple(kept),
        keep=keep,
        detected=detected,
        **found.columns(),
    )


def _cautions(found: Readings) -> Iterator[Caution]:
    if found.unread:
        told = ", ".join(f"{tag} {count(many)}" for tag, many in found.unread.items())
        speaks = ", ".join(found.dictionary.languages)
        yield Caution(
            "UNKNOWN_LANGUAGE",
            f"texts that were not read, by language: {told}; the dictionary speaks {speaks}.",
        )
    unclear = found.by_language.get(UNCLEAR, 0)
    if unclear > len(found) / 10:
        yield Caution(
            "UNKNOWN_LANGUAGE",
            f"of {count(unclear)} texts the language is unclear; they were read in every language.",
        )
    if found.n and found.covered < _LITTLE:
        yield Caution(
            "LOW_COVERAGE",
            f"only {number(100 * found.covered, 'percent')} of the texts speak of a theme: add "
            "your own words to the dictionary.",
        )
