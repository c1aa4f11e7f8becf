"""Themes and idioms: what customers speak of, and the words they do it with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

from attrs import evolve, field, frozen

from cxmetrics.errors import UsageError
from cxmetrics.verbatims.patterns import BadPatternError, prepared

Tone: TypeAlias = Literal["negative", "positive", "neutral"]
Polarity: TypeAlias = Literal["irritant", "wow"]
ByLanguage: TypeAlias = Mapping[str, tuple[str, ...]]

KINDS: Final = ("excludes", "negative", "positive", "patterns")
"""The lists of patterns of a theme; where two match at one place, the earlier one wins."""

_KEY: Final = re.compile(r"[a-z][a-z0-9_]*")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")


def by_language(value: Mapping[str, str | Iterable[str]]) -> ByLanguage:
    """Return lists of patterns by language, not to be changed."""
    return MappingProxyType(
        {
            language: (patterns,) if isinstance(patterns, str) else tuple(patterns)
            for language, patterns in value.items()
        }
    )


def _labels(value: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(value))


def _texts(value: Iterable[str]) -> tuple[str, ...]:
    return tuple(value)


def check_patterns(owner: str, kind: str, value: ByLanguage) -> None:
    """Refuse a list of patterns with a bad language or a bad pattern, saying which."""
    for language, patterns in value.items():
        if not _LANGUAGE.fullmatch(language):
            raise UsageError(f"{owner}: {language!r} is no language; write 'en' or 'fr'.")
        for pattern in patterns:
            _check(f"{owner}, {kind}, {language}", pattern)


def _check(owner: str, pattern: object) -> None:
    if not isinstance(pattern, str):
        raise UsageError(f"{owner}: a pattern is a text, not {pattern!r}.")
    try:
        prepared(pattern)
    except BadPatternError as error:
        raise UsageError(f"{owner}: the pattern {pattern!r} can't be used: {error}.") from None


@frozen(kw_only=True)
class Theme:
    """Something that customers speak of.

    Attributes:
        key: its name for programs: small letters, digits and "_".
        labels: its name for people, by language.
        patterns: what names it, by language; how it was, other words of the clause say.
        negative: what names it and says that it was bad.
        positive: what names it and says that it was good.
        excludes: what looks like it and is not ("waiting room").
        polarity: "irritant" where it is bad by itself (waiting), "wow" where it is good by itself
            (a pleasant surprise), else None. An irritant that is denied or praised ("no waiting")
            is a mention, but does not count as one who had it; a wow that is denied neither.

    Patterns are regular expressions over the normal form of a text (lower case, no accents,
    straight apostrophes) and match whole words. Three shorthands: `~` at the end of a word is any
    ending, ` ~ ` between blanks is up to three words, `<not>` is a word of negation.

    Raises:
        UsageError: the key is none, there is no pattern, or a pattern can't be used; says which.

    Example:
        >>> Theme(key="luggage", patterns={"en": ["bags?", "luggage"]}).label("en")
        'luggage'
    """

    key: str
    labels: Mapping[str, str] = field(factory=dict, converter=_labels)
    patterns: ByLanguage = field(factory=dict, converter=by_language)
    negative: ByLanguage = field(factory=dict, converter=by_language)
    positive: ByLanguage = field(factory=dict, converter=by_language)
    excludes: ByLanguage = field(factory=dict, converter=by_language)
    polarity: Polarity | None = None

    def __attrs_post_init__(self) -> None:
        if not _KEY.fullmatch(str(self.key)):
            raise UsageError(
                f"{self.key!r} is no key of a theme: small letters, digits and '_', a letter first."
            )
        if self.polarity not in {"irritant", "wow", None}:
            raise UsageError(
                f"theme {self.key!r}: a polarity is 'irritant', 'wow' or None, not "
                f"{self.polarity!r}."
            )
        for kind in KINDS:
            check_patterns(f"theme {self.key!r}", kind, getattr(self, kind))
        if not any(any(getattr(self, kind).values()) for kind in KINDS[1:]):
            raise UsageError(f"theme {self.key!r} has no pattern in any language.")

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages it has patterns in."""
        return tuple(dict.fromkeys(each for kind in KINDS for each in getattr(self, kind)))

    def label(self, language: str = "en") -> str:
        """Return its name for people, in another language or as its key where there is none."""
        known = self.labels.get(language) or next(iter(self.labels.values()), None)
        return known or self.key.replace("_", " ")

    def extended(self, other: Theme) -> Theme:
        """Return the theme with the patterns of another one after its own."""
        return evolve(
            self,
            labels={**self.labels, **other.labels},
            polarity=other.polarity or self.polarity,
            patterns=joined(self.patterns, other.patterns),
            negative=joined(self.negative, other.negative),
            positive=joined(self.positive, other.positive),
            excludes=joined(self.excludes, other.excludes),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values, as `Dictionary.from_dict` reads them."""
        made: dict[str, Any] = {"polarity": self.polarity} if self.polarity else {}
        if self.labels:
            made["label"] = dict(self.labels)
        for language in self.languages:
            lists = {kind: list(getattr(self, kind).get(language, ())) for kind in KINDS}
            made[language] = {kind: patterns for kind, patterns in lists.items() if patterns}
        return made


def joined(first: ByLanguage, second: ByLanguage) -> dict[str, tuple[str, ...]]:
    """Return the patterns of both, each once."""
    return {
        language: tuple(dict.fromkeys((*first.get(language, ()), *second.get(language, ()))))
        for language in dict.fromkeys((*first, *second))
    }


@frozen(kw_only=True)
class Idiom:
    """Words that together say something else than one by one: "rien à redire", "can't fault".

    Attributes:
        language: of the patterns.
        patterns: as those of a theme.
        tone: "positive" or "negative"; None where the words only have to be passed over.
        theme: the key of the theme that they speak of, if any.
    """

    language: str
    patterns: tuple[str, ...] = field(converter=_texts)
    tone: Tone | None = None
    theme: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.tone not in {"negative", "positive", None}:
            raise UsageError(f"an idiom is 'positive', 'negative' or None, not {self.tone!r}.")
        check_patterns("an idiom", "patterns", {self.language: self.patterns})
