"""In which language a text is written, or that one can't tell."""

from __future__ import annotations

import re
from typing import Final

from cxmetrics.verbatims.evidence import LANGUAGES, MARKS, WORDS, shapes
from cxmetrics.verbatims.normalise import folded

UNCLEAR: Final = "und"
"""BCP 47 for a language that is not determined."""

_LEAST: Final = 1.0
"""Evidence a language needs: about one small word of its own."""
_LEAD: Final = 1.6
"""How many times the evidence of the next language it needs."""
_THIN: Final = 0.12
"""Evidence a word below which a text is in some language not known here."""
_LOOKED_AT: Final = 1000
_MANY: Final = 50_000

_TOKEN: Final = re.compile(r"[^\W\d_]+")
_ELISION: Final = re.compile(r"(?<![^\W\d_])(?:[jldcnsmt]|qu)'(?=[^\W\d_]{2})")
_CONTRACTION: Final = re.compile(r"n't(?![^\W\d_])|(?<=[^\W\d_])'(?:s|re|ve|ll|m|d)(?![^\W\d_])")
_ACCENTS: Final = re.compile(
    "[" + "".join(sorted({c for marks in MARKS.values() for c in marks})) + "]"
)
_SHAPES: Final = {
    language: tuple((re.compile(pattern), weight) for pattern, weight in patterns)
    for language, patterns in shapes().items()
}


class _Words(dict[str, tuple[tuple[int, float], ...]]):
    """What words count for each language: by the lists, else by their shape."""

    def __missing__(self, word: str) -> tuple[tuple[int, float], ...]:
        known = WORDS.get(word)
        if known is None:
            known = {} if len(word) < 4 else _shaped(word)
        made = tuple((LANGUAGES.index(language), weight) for language, weight in known.items())
        if len(self) < _MANY:
            self[word] = made
        return made


def _shaped(word: str) -> dict[str, float]:
    return {
        language: found
        for language, patterns in _SHAPES.items()
        if (found := sum(weight for pattern, weight in patterns if pattern.search(word)))
    }


_KNOWN: Final = _Words()


def evidence(text: str) -> dict[str, float]:
    """Return what speaks for each language, the strongest first.

    Example:
        >>> evidence("Nobody answered")
        {'en': 2.0}
    """
    return _weighed(text[:_LOOKED_AT])[0]


def _weighed(text: str) -> tuple[dict[str, float], int]:
    """Return the evidence, and how many words there are."""
    plain = folded(text)
    words = _TOKEN.findall(plain)
    sums = [0.0] * len(LANGUAGES)
    for word in words:
        for place, weight in _KNOWN[word]:
            sums[place] += weight
    scores = dict(zip(LANGUAGES, sums, strict=True))
    if "'" in plain:
        elided = len(_ELISION.findall(plain))
        scores["fr"] += 0.7 * elided
        scores["it"] += 0.4 * elided
        scores["en"] += len(_CONTRACTION.findall(plain))
    if not text.isascii():
        for sign in _ACCENTS.findall(text.lower()):
            for language, signs in MARKS.items():
                scores[language] += 0.7 * (sign in signs)
    ordered = sorted(scores.items(), key=lambda item: -item[1])
    return {language: round(score, 3) for language, score in ordered if score}, len(words)


def detect(text: str) -> str:
    """Return the language of a text: en, fr, es, de, it, pt, nl; "und" where that is not clear.

    Small words, endings, accents and elisions are counted for each language; one has to have the
    evidence of a small word of its own, and clearly more than the next. Nothing is guessed: "Wifi"
    is no language. Upper case and missing accents do not matter.

    Example:
        >>> detect("LA CAISSE ETAIT FERMEE"), detect("Mucha demora en la entrada"), detect("Wifi")
        ('fr', 'es', 'und')
    """
    scores, words = _weighed(text[:_LOOKED_AT])
    if not scores:
        return UNCLEAR
    (first, most), *others = scores.items()
    second = others[0][1] if others else 0.0
    if most < _LEAST or most < _LEAD * second or most < _THIN * words:
        return UNCLEAR
    return first
