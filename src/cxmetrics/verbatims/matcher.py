"""Find what a dictionary knows in many texts at once: one search a theme, over all of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain, groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from attrs import frozen

from cxmetrics.verbatims.dictionary import Dictionary
from cxmetrics.verbatims.patterns import SHOWN, Pattern, prepared
from cxmetrics.verbatims.scope import Scope
from cxmetrics.verbatims.theme import KINDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

UNTOLD: Final = 9
"""The tone of a mention about which nothing is said."""
SIGNS: Final = {"negative": -1, "positive": 1}

_END: Final = r"(?:(?<=')|(?!\w))"
_MANY: Final = 100_000
_WORD: Final = re.compile(r"\b\w")


@frozen(kw_only=True)
class Rule:
    """Where a hit comes from.

    Attributes:
        theme: the key of the theme; None of idioms without one and of words of praise and blame.
        kind: "patterns", "negative", "positive", "idiom".
        language: of the pattern.
        pattern: as it was written.
    """

    theme: str | None
    kind: str
    language: str
    pattern: str


@frozen(kw_only=True, eq=False)
class Hits:
    """Where patterns match: columns of one length, ordered by start."""

    starts: Ints
    ends: Ints
    rules: Ints
    signs: Ints

    @classmethod
    def of(cls, found: Iterable[tuple[int, int, int, int]]) -> Hits:
        """Make columns of (start, end, rule, sign)."""
        table = np.array(sorted(found), dtype=np.int64).reshape(-1, 4)
        return cls(starts=table[:, 0], ends=table[:, 1], rules=table[:, 2], signs=table[:, 3])

    def only(self, kept: Bools) -> Hits:
        """Return some of them."""
        return Hits(
            starts=self.starts[kept],
            ends=self.ends[kept],
            rules=self.rules[kept],
            signs=self.signs[kept],
        )

    def holds(self, starts: Ints, ends: Ints) -> Bools:
        """Say of each place whether it lies within a hit; hits do not overlap here."""
        if not len(self.starts):
            return np.zeros(len(starts), dtype=bool)
        last = np.searchsorted(self.starts, starts, side="right") - 1
        held: Bools = (last >= 0) & (self.ends[last] >= ends)
        return held


_Rule: TypeAlias = tuple[int, Pattern, int]
"""The number of a rule, -1 to pass over what matches; its pattern; its sign."""


class _Search:
    """Many lists of patterns, looked for together: at each word, only those that can begin there.

    Within a list the first pattern that matches wins, and takes its words from the others.
    """

    def __init__(self, lists: Sequence[Sequence[_Rule]]) -> None:
        self._lists = lists
        self._by_head: dict[str, list[tuple[int, int]]] = {}
        self._others: list[tuple[int, list[_Rule]]] = []
        for slot, rules in enumerate(lists):
            for order, (_, pattern, _) in enumerate(rules):
                for head in pattern.heads:
                    self._by_head.setdefault(head, []).append((slot, order))
            odd = [rule for rule in rules if not any(map(_begins_word, rule[1].heads))]
            signs = [rule for rule in odd if all(map(str.isascii, rule[1].heads))]  # ":)"
            emoji = [rule for rule in odd if rule not in signs]
            self._others += [(slot, each) for each in (signs, emoji) if each]
        self._known: dict[str, tuple[tuple[int, re.Pattern[str], list[_Rule]], ...]] = {}

    def _starting(self, key: str) -> tuple[tuple[int, re.Pattern[str], list[_Rule]], ...]:
        """Return, for the first characters of a word, the lists with patterns that may match."""
        places = {place for size in range(SHOWN + 1) for place in self._by_head.get(key[:size], ())}
        made = []
        for slot, those in groupby(sorted(places), key=itemgetter(0)):
            rules = [self._lists[slot][order] for _, order in those]
            made.append((slot, _expression(rules), rules))
        if len(self._known) > _MANY:
            self._known.clear()
        return self._known.setdefault(key, tuple(made))

    def __call__(self, lines: str) -> list[list[tuple[int, int, int, int]]]:
        """Return for each list (start, end, rule, sign) of what matches, one text a line."""
        found: list[list[tuple[int, int, int, int]]] = [[] for _ in self._lists]
        done = [0] * len(self._lists)
        known = self._known
        for word in _WORD.finditer(lines):
            place = word.start()
            key = lines[place : place + SHOWN]
            beginning = known.get(key)
            if beginning is None:
                beginning = self._starting(key)
            for slot, expression, rules in beginning:
                if place < done[slot]:
                    continue
                hit = expression.match(lines, place)
                if hit and "\n" in hit[0]:  # a pattern that runs over the end of a text
                    hit = expression.match(lines, place, lines.index("\n", place))
                if hit and hit.lastindex:
                    done[slot] = hit.end()
                    rule, _, sign = rules[hit.lastindex - 1]
                    if rule >= 0:
                        found[slot].append((place, hit.end(), rule, sign))
        ascii_only = lines.isascii()
        for slot, rules in self._others:
            if ascii_only and not any(map(str.isascii, rules[0][1].heads)):
                continue
            for hit in _expression(rules).finditer(lines):
                rule, _, sign = rules[(hit.lastindex or 1) - 1]
                found[slot].append((hit.start(), hit.end(), rule, sign))
        return found


def _begins_word(head: str) -> bool:
    return not head or head[0].isalnum() or head[0] == "_"


@lru_cache(maxsize=10_000)
def _compiled(expressions: tuple[str, ...]) -> re.Pattern[str]:
    # An empty group behind a pattern tells which one matched; around it, it would cost more.
    return re.compile(f"(?:{'|'.join(f'{each}()' for each in expressions)}){_END}", re.MULTILINE)


def _expression(rules: Sequence[_Rule]) -> re.Pattern[str]:
    return _compiled(tuple(pattern.expression for _, pattern, _ in rules))


class Matcher:
    """A dictionary, ready to be found in texts of one language."""

    def __init__(self, dictionary: Dictionary, language: str) -> None:
        self.language = language
        self.rules: list[Rule] = []
        keys = dictionary.keys
        themes = [
            [
                self._rule(theme.key, kind, pattern)
                for kind in KINDS
                for pattern in getattr(theme, kind).get(language, ())
            ]
            for theme in dictionary.themes
        ]
        idioms = [
            self._rule(idiom.theme, "idiom", pattern, SIGNS.get(idiom.tone or "", 0))
            for idiom in dictionary.idioms
            if idiom.language == language
            for pattern in idiom.patterns
        ]
        tones = [
            self._rule(None, tone, pattern)
            for tone, patterns in dictionary.tones.get(language, {}).items()
            for pattern in patterns
        ]
        self._search = _Search([idioms, tones, *themes])
        self.theme_of = np.array(
            [-1 if rule.theme is None else keys.index(rule.theme) for rule in self.rules] or [-1]
        )

    def _rule(self, theme: str | None, kind: str, pattern: str, sign: int | None = None) -> _Rule:
        if kind == "excludes":
            return -1, prepared(pattern), 0
        self.rules.append(Rule(theme=theme, kind=kind, language=self.language, pattern=pattern))
        own = SIGNS.get(kind, 0) if sign is None else sign
        return len(self.rules) - 1, prepared(pattern), own

    def __call__(self, lines: str) -> tuple[Hits, Hits, Hits]:
        """Return where idioms, words of praise and blame, and themes are, one text a line."""
        idioms, tones, *themes = self._search(lines)
        return Hits.of(idioms), Hits.of(tones), Hits.of(chain.from_iterable(themes))


@lru_cache(maxsize=16)
def matcher(dictionary: Dictionary, language: str) -> Matcher:
    """Return the matcher of a dictionary and a language; it is made once."""
    return Matcher(dictionary, language)


@frozen(kw_only=True, eq=False)
class Found:
    """Mentions in many texts, one a line: columns of one length, and the tone of what else is said.

    Attributes:
        starts, ends: places in the lines.
        rules: numbers of rules of the matcher.
        tones: -1, 1, 0 where both are said, `UNTOLD` where nothing is.
        negated: whether a negation reaches the mention.
        told_at, told: for each clause whether it praises (1), blames (-1), or one of each.
    """

    starts: Ints
    ends: Ints
    rules: Ints
    tones: Ints
    negated: Bools
    told_at: Ints
    told: Ints


def find(by: Matcher, lines: str, polarity: Ints) -> Found:
    """Find mentions with their negation and tone.

    Args:
        by: the matcher.
        lines: texts in normal form, one a line.
        polarity: of each theme: -1 an irritant, 1 a wow, else 0.
    """
    scope = Scope.of(lines, by.language)
    idioms, words, themes = by(lines)
    scope = scope.without(idioms.holds(scope.starts, scope.starts))
    themes = themes.only(~idioms.holds(themes.starts, themes.ends))
    words = words.only(~idioms.holds(words.starts, words.ends))

    negated = scope.negated(themes.starts, themes.ends)
    own = np.where(negated, -themes.signs, themes.signs)
    loaded = own != 0
    words = words.only(~_covered(len(lines), themes.only(loaded), words.starts))
    turned = np.where(scope.negated(words.starts, words.ends), -words.signs, words.signs)
    told_at = np.concatenate([words.starts, idioms.starts, themes.starts[loaded]])
    told = np.concatenate([turned, idioms.signs, own[loaded]])

    near = _said(scope.clause(told_at), told, scope.clause(themes.starts))
    far = _said(scope.sentence(told_at), told, scope.sentence(themes.starts))
    # What a thing is like: by its own pattern; by its clause; by not being there; by what it is;
    # by the rest of the sentence if that is all praise or all blame.
    itself = polarity[by.theme_of[themes.rules]]
    absent = scope.absent(themes.starts)
    tones = np.where(loaded, own, near)
    untold = tones == UNTOLD
    lacking = np.where(itself != 0, -itself, -1)
    inborn = np.where(itself != 0, np.where(negated, -itself, itself), UNTOLD)
    tones = np.where(untold, np.where(absent, lacking, inborn), tones)
    found = untold & (tones != UNTOLD)
    told_at = np.concatenate([told_at, themes.starts[found]])
    told = np.concatenate([told, tones[found]])
    tones = np.where((tones == UNTOLD) & (far != 0), far, tones)

    # A clause praises or blames once, however many words it takes.
    clauses = scope.clause(told_at)
    order = np.lexsort((told, clauses))
    order = order[told[order] != 0]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (np.diff(clauses[order]) != 0) | (np.diff(told[order]) != 0)

    named = idioms.only(by.theme_of[idioms.rules] >= 0)
    return Found(
        starts=np.concatenate([themes.starts, named.starts]),
        ends=np.concatenate([themes.ends, named.ends]),
        rules=np.concatenate([themes.rules, named.rules]),
        tones=np.concatenate([tones, named.signs]),
        negated=np.concatenate([negated, np.zeros(len(named.starts), dtype=bool)]),
        told_at=told_at[order[first]],
        told=told[order[first]],
    )


def _covered(size: int, hits: Hits, places: Ints) -> Bools:
    """Say of each place whether it lies within a hit; hits may overlap."""
    change = np.zeros(size + 1, dtype=np.int32)
    np.add.at(change, hits.starts, 1)
    np.add.at(change, hits.ends, -1)
    found: Bools = np.cumsum(change)[places] > 0
    return found


def _said(where: Ints, told: Ints, asked: Ints) -> Ints:
    """Return what is said in each stretch: 1, -1, 0 for both, `UNTOLD`."""
    size = int(max(where.max(initial=0), asked.max(initial=0))) + 1
    good = np.bincount(where[told > 0], minlength=size)[asked] > 0
    bad = np.bincount(where[told < 0], minlength=size)[asked] > 0
    return np.where(good | bad, good.astype(np.int64) - bad, UNTOLD)
