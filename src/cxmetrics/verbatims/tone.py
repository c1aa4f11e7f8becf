"""Sentiment: what an engine of a plugin makes of the tone of texts. None is built in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from attrs import frozen

from cxmetrics.engines.encode import is_missing
from cxmetrics.errors import Caution, DataError, NotFoundError, UsageError
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import MINUS, count
from cxmetrics.plugins import registry

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@runtime_checkable
class Sentiment(Protocol):
    """What a plugin registers by the hook `cxmetrics_sentiments`.

    Attributes:
        name: of the engine, for instance vader.
        languages: the codes of the languages it was made for: `("en",)`.
        reference: author and year.
        licence: of the library and of its word list.
    """

    name: str
    languages: Sequence[str]
    reference: str
    licence: str

    def score(self, texts: Sequence[str], language: str) -> Sequence[float]:
        """Return the tone of each text, -1 (bitter) to 1 (delighted).

        NaN where it finds nothing to judge by: that is not 0, which is as much good as bad.

        Args:
            texts: not blank.
            language: one of `languages`.
        """
        ...


@frozen(kw_only=True, eq=False)
class Sentiments:
    """The tone of texts, by an engine.

    Attributes:
        engine: its name.
        languages: those it was made for.
        reference: author and year of it.
        values: shape (texts,): -1 to 1; NaN where it was not, or could not be, asked.
        other: texts in languages that it was not made for, by language; "" for unknown ones.
        blind: texts of its languages in which it found nothing to judge by.
        empty: missing or blank texts.
    """

    engine: str
    languages: tuple[str, ...]
    reference: str
    values: Floats
    other: Mapping[str, int]
    blind: int
    empty: int

    @property
    def title(self) -> str:
        """The news in one line."""
        judged = int((~np.isnan(self.values)).sum())
        asked = len(self.values) - self.empty
        return f"Tone of {count(judged)} of {count(asked)} texts, by {self.engine}"

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """What a reader has to know."""
        found = [
            Caution(
                "NOT_EVALUATED",
                f"nobody has compared {self.engine} with people on these texts: word lists take "
                "'never again' or a long wait for neutral. Label a sample and evaluate it.",
            )
        ]
        if self.other:
            told = ", ".join(f"{name or 'unknown'} {count(n)}" for name, n in self.other.items())
            found.append(
                Caution(
                    "UNKNOWN_LANGUAGE",
                    f"{self.engine} was made for {', '.join(self.languages)}; texts in other "
                    f"languages are not judged: {told}.",
                )
            )
        return tuple(found)

    def sheet(self) -> Sheet:
        """Return it as a table."""
        sides = (
            ("negative", self.values < 0),
            ("0", self.values == 0),
            ("positive", self.values > 0),
        )
        judged = int((~np.isnan(self.values)).sum())
        rows = [
            (name, count(int(side.sum())), f"{100 * side.sum() / judged:.1f} %")
            for name, side in sides
            if judged
        ]
        mean = f"{np.nanmean(self.values):+.2f}".replace("-", MINUS) if judged else "–"
        return Sheet(
            title=self.title,
            head=("tone", "texts", "share"),
            rows=rows,
            notes=[
                f"Mean {mean} on a scale from −1 to +1 ({self.reference}).",
                (
                    f"Not judged, which is not neutral: {count(self.blind)} without a word that "
                    f"{self.engine} knows, {count(sum(self.other.values()))} in other languages."
                ),
            ],
            cautions=self.cautions,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values; a text that was not judged is null."""
        return {
            "engine": self.engine,
            "languages": list(self.languages),
            "reference": self.reference,
            "values": [None if np.isnan(value) else value for value in self.values.tolist()],
            "other": dict(self.other),
            "blind": self.blind,
            "empty": self.empty,
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __str__(self) -> str:
        return str(self.sheet())

    def _repr_html_(self) -> str:
        return self.sheet().html()


def sentiment(
    texts: Sequence[str | None],
    *,
    language: str | Sequence[str | None],
    engine: str,
) -> Sentiments:
    """Ask an engine for the tone of texts.

    Nothing is built in: engines come with plugins, `pip install cxmetrics-sentiment` brings
    `vader` (English) and `textblob-fr` (French). A text in a language that the engine was not made
    for is not judged (NaN): most engines would answer 0 in silence.

    Args:
        texts: None or blank where there is none.
        language: of all texts, or one a text: `"en"`, `"fr-CA"`; None or `"und"` where unknown.
        engine: its name.

    Raises:
        NotFoundError: no engine has that name; says how to install one.
        DataError: the engine answers with something else than one number from -1 to 1 a text.
        UsageError: there are more languages than texts, or fewer.

    Example:
        >>> sentiment(["Great!"], language="en", engine="oracle")
        Traceback (most recent call last):
        cxmetrics.errors.NotFoundError: no sentiment is called 'oracle'; ...
    """
    found = engine_of(engine)
    spoken = [language] * len(texts) if isinstance(language, str) else list(language)
    if len(spoken) != len(texts):
        raise UsageError(
            f"{len(spoken)} languages for {len(texts)} texts: give one, or one a text."
        )
    known = {primary(each): each for each in found.languages}
    values = np.full(len(texts), np.nan)
    rows: dict[str, list[int]] = {}
    other: dict[str, int] = {}
    empty = 0
    for row, (text, tag) in enumerate(zip(texts, spoken, strict=True)):
        own = primary(tag)
        if is_missing(text):
            empty += 1
        elif own in known:
            rows.setdefault(own, []).append(row)
        else:
            other[own] = other.get(own, 0) + 1
    for own, places in rows.items():
        distinct = dict.fromkeys(str(texts[row]) for row in places)  # the same words, the same tone
        told = _checked(found, list(distinct), known[own])
        tone = dict(zip(distinct, told.tolist(), strict=True))
        values[places] = [tone[str(texts[row])] for row in places]
    asked = sum(map(len, rows.values()))
    return Sentiments(
        engine=found.name,
        languages=tuple(found.languages),
        reference=found.reference,
        values=values,
        other=dict(sorted(other.items())),
        blind=asked - int((~np.isnan(values)).sum()),
        empty=empty,
    )


def engine_of(name: str) -> Sentiment:
    """Return an engine by its name.

    Raises:
        NotFoundError: there is none; says how to install one.
    """
    try:
        found: Sentiment = registry.find("sentiment", name)
    except NotFoundError as error:
        raise NotFoundError(
            f"{error} Engines come with plugins: `pip install cxmetrics-sentiment` brings vader "
            "(English) and textblob-fr (French)."
        ) from None
    return found


def primary(tag: str | None) -> str:
    """Return the language of a tag, without its region; "" where it is unknown.

    Example:
        >>> primary("fr-CA"), primary("EN"), primary(None), primary("und")
        ('fr', 'en', '', '')
    """
    if tag is None or is_missing(tag):
        return ""
    own = tag.replace("_", "-").partition("-")[0].casefold()
    return "" if own == "und" else own


def _checked(engine: Sentiment, texts: list[str], language: str) -> Floats:
    values = np.asarray(engine.score(texts, language), dtype=np.float64)
    if values.shape != (len(texts),):
        raise DataError(
            f"the engine {engine.name!r} answered {values.size} numbers for {len(texts)} texts: "
            "that is a defect of its plugin."
        )
    wrong = np.abs(values) > 1  # NaN is not
    if wrong.any():
        raise DataError(
            f"the engine {engine.name!r} answered {values[wrong][0]:g}, which is not between −1 "
            "and 1: that is a defect of its plugin."
        )
    return values
