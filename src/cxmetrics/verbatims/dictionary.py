"""Dictionaries: which words speak of which theme, as data that anybody can read and change."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Self

from attrs import evolve, field, frozen

from cxmetrics.errors import NotFoundError, UsageError, did_you_mean
from cxmetrics.verbatims.theme import (
    KINDS,
    ByLanguage,
    Idiom,
    Polarity,
    Theme,
    by_language,
    check_patterns,
    joined,
)

_HERE: Final = Path(__file__).parent / "themes"


def _themes(value: Iterable[Theme]) -> tuple[Theme, ...]:
    return tuple(value)


def _idioms(value: Iterable[Idiom]) -> tuple[Idiom, ...]:
    return tuple(value)


def _tones(value: Mapping[str, Mapping[str, Iterable[str]]]) -> Mapping[str, ByLanguage]:
    return MappingProxyType({language: by_language(lists) for language, lists in value.items()})


@frozen(kw_only=True, eq=False)
class Dictionary:
    """Themes, idioms and words of praise and blame: all that reading texts goes by.

    Attributes:
        themes: in the order in which results list them.
        idioms: see `Idiom`.
        tones: words of praise and blame by language: `{"en": {"negative": (...), ...}}`.
        name: what it is called.
        version: of its content; `fingerprint` tells two contents apart anyway.

    Example:
        >>> own = Dictionary.default().add("luggage", en=["bags?", "luggage"], fr=["bagages?"])
        >>> own["luggage"].patterns["fr"], len(own) == len(Dictionary.default()) + 1
        (('bagages?',), True)
    """

    themes: tuple[Theme, ...] = field(converter=_themes)
    idioms: tuple[Idiom, ...] = field(default=(), converter=_idioms)
    tones: Mapping[str, ByLanguage] = field(factory=dict, converter=_tones)
    name: str = "own"
    version: str = "1"

    def __attrs_post_init__(self) -> None:
        keys = [theme.key for theme in self.themes]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise UsageError(f"two themes are called {twice[0]!r}.")
        for idiom in self.idioms:
            if idiom.theme is not None:
                self[idiom.theme]
        for language, lists in self.tones.items():
            for tone, patterns in lists.items():
                if tone not in {"negative", "positive"}:
                    raise UsageError(f"tones are 'negative' or 'positive', not {tone!r}.")
                check_patterns(f"tones, {tone}", "patterns", {language: patterns})

    @staticmethod
    @cache
    def default() -> Dictionary:
        """Return the built-in dictionary of customer experience, English and French."""
        found = Dictionary(themes=(), name="cxmetrics", version="1")
        for language in ("en", "fr"):
            text = (_HERE / f"{language}.toml").read_text(encoding="utf-8")
            found = found.merge(Dictionary.from_toml(text))
        return evolve(found, name="cxmetrics", version="1")

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the themes."""
        return tuple(theme.key for theme in self.themes)

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages that have patterns."""
        return tuple(dict.fromkeys(each for theme in self.themes for each in theme.languages))

    @cached_property
    def fingerprint(self) -> str:
        """Twelve characters that change with the content, not with the name."""
        content = self.to_dict()
        del content["name"], content["version"]
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dictionary) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __len__(self) -> int:
        return len(self.themes)

    def __iter__(self) -> Iterator[Theme]:
        return iter(self.themes)

    def __getitem__(self, key: str) -> Theme:
        for theme in self.themes:
            if theme.key == key:
                return theme
        raise NotFoundError(f"there is no theme {key!r}; {did_you_mean(key, self.keys)}")

    def __contains__(self, key: object) -> bool:
        return key in self.keys

    def add(
        self,
        theme: Theme | str,
        *,
        label: str | Mapping[str, str] | None = None,
        polarity: Polarity | None = None,
        **patterns: Sequence[str] | Mapping[str, Sequence[str]],
    ) -> Dictionary:
        """Return the dictionary with a theme more; a known theme gets the patterns beside its own.

        Args:
            theme: a theme, or the key of one that is made of what follows.
            label: its name for people, or names by language.
            polarity: "irritant" or "wow".
            patterns: by language: a list of patterns, or the lists by kind
                (`en={"negative": [...]}`).

        Raises:
            UsageError: a pattern can't be used; says which.
        """
        if isinstance(theme, str):
            labels = {"en": label} if isinstance(label, str) else dict(label or {})
            theme = _theme(theme, {"label": labels, "polarity": polarity, **patterns})
        known = theme.key in self
        placed = [each.extended(theme) if each.key == theme.key else each for each in self.themes]
        return evolve(self, themes=placed if known else (*placed, theme))

    def without(self, *keys: str) -> Dictionary:
        """Return the dictionary without some themes, and without the idioms that speak of them.

        Raises:
            NotFoundError: there is no such theme.
        """
        for key in keys:
            self[key]
        return evolve(
            self,
            themes=[theme for theme in self.themes if theme.key not in keys],
            idioms=[idiom for idiom in self.idioms if idiom.theme not in keys],
        )

    def merge(self, other: Dictionary) -> Dictionary:
        """Return both together: themes of one key have the patterns of both.

        To override a theme, `without` it first.
        """
        made = evolve(self, name=other.name, version=other.version)
        for theme in other.themes:
            made = made.add(theme)
        languages = dict.fromkeys((*self.tones, *other.tones))
        return evolve(
            made,
            idioms=dict.fromkeys((*self.idioms, *other.idioms)),
            tones={
                each: joined(self.tones.get(each, {}), other.tones.get(each, {}))
                for each in languages
            },
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "name": self.name,
            "version": self.version,
            "themes": {theme.key: theme.to_dict() for theme in self.themes},
            "tones": {
                language: {tone: list(patterns) for tone, patterns in lists.items()}
                for language, lists in self.tones.items()
            },
            "idioms": [
                {
                    name: value
                    for name, value in (
                        ("language", idiom.language),
                        ("tone", idiom.tone),
                        ("theme", idiom.theme),
                        ("patterns", list(idiom.patterns)),
                    )
                    if value is not None
                }
                for idiom in self.idioms
            ],
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return a dictionary from plain values.

        ```python
        {"themes": {"luggage": {"label": {"en": "Luggage"},
                                "en": {"patterns": ["bags?"], "negative": ["lost my bag"]},
                                "fr": ["bagages?"]}}}
        ```

        Raises:
            UsageError: something is not known, or a pattern can't be used; says which.
        """
        _known("the dictionary", values, ("name", "version", "themes", "tones", "idioms"))
        for number, idiom in enumerate(values.get("idioms", ())):
            _known(f"idiom {number}", idiom, ("language", "tone", "theme", "patterns"))
            if not {"language", "patterns"} <= set(idiom):
                raise UsageError(f"idiom {number} needs a language and patterns.")
        return cls(
            themes=[_theme(key, each) for key, each in values.get("themes", {}).items()],
            idioms=[Idiom(**each) for each in values.get("idioms", ())],
            tones=values.get("tones", {}),
            name=values.get("name", "own"),
            version=str(values.get("version", "1")),
        )

    @classmethod
    def from_toml(cls, text: str | Path) -> Self:
        """Return a dictionary from TOML: its text, or the path of a file.

        Raises:
            UsageError: it is no TOML, or as `from_dict`.

        Example:
            >>> own = Dictionary.from_toml('''
            ... [themes.luggage]
            ... label.en = "Luggage"
            ... en.patterns = ["bags?", "luggage"]
            ... fr.patterns = ["bagages?"]
            ... ''')
            >>> own.keys, own.languages
            (('luggage',), ('en', 'fr'))
        """
        where = str(text) if isinstance(text, Path) else "the text"
        if isinstance(text, Path):
            text = text.read_text(encoding="utf-8")
        try:
            return cls.from_dict(tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"{where} is no TOML: {error}.") from None

    def to_toml(self) -> str:
        """Return TOML that `from_toml` reads, for a file that people change."""
        return "\n".join(_toml(self.to_dict()))


def _known(owner: str, values: object, names: Sequence[str]) -> None:
    if not isinstance(values, Mapping):
        raise UsageError(f"{owner} is a table of {', '.join(names)}, not {values!r}.")
    for name in values:
        if name not in names:
            raise UsageError(f"{owner} has no {name!r}; {did_you_mean(str(name), names)}")


def _theme(key: str, values: object) -> Theme:
    """Make a theme of plain values: everything but label and polarity is a language."""
    owner = f"theme {key!r}"
    if not isinstance(values, Mapping):
        raise UsageError(f"{owner} is a table of languages, label and polarity, not {values!r}.")
    lists: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
    for language, given in values.items():
        if language in {"label", "polarity"}:
            continue
        kinds = {"patterns": given} if isinstance(given, str | list | tuple) else given
        _known(f"{owner}, {language}", kinds, KINDS)
        for kind, patterns in kinds.items():
            lists[kind][language] = patterns
    label = values.get("label") or {}
    return Theme(
        key=key,
        labels={"en": label} if isinstance(label, str) else label,
        polarity=values.get("polarity"),
        **lists,
    )


def _toml(values: Mapping[str, Any]) -> Iterator[str]:
    def text(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")

    yield f"name = {text(values['name'])}"
    yield f"version = {text(values['version'])}"
    for key, theme in values["themes"].items():
        yield f"\n[themes.{key}]"
        for name, value in theme.items():
            if isinstance(value, str):
                yield f"{name} = {text(value)}"
            else:
                yield from (f"{name}.{inner} = {text(each)}" for inner, each in value.items())
    for language, lists in values["tones"].items():
        yield f"\n[tones.{language}]"
        yield from (f"{tone} = {text(patterns)}" for tone, patterns in lists.items())
    for idiom in values["idioms"]:
        yield "\n[[idioms]]"
        yield from (f"{name} = {text(value)}" for name, value in idiom.items())
