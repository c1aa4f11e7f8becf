"""How far a negation reaches: to the end of its clause, a few words ahead, and back again.

A word of negation turns round what follows it within its clause, up to `REACH` words ahead. A
clause ends with a punctuation mark, with "but" or "mais", and where a new sentence begins after
"and" or "et". Two negations of verbs ("it is not that they are not kind"), or one and "without",
cancel each other; piled-up ones ("jamais eu aucun", "never any") do not: they are one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np
from attrs import evolve, frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

REACH: Final = 5
"""Words ahead that a negation reaches."""
NEAR: Final = 2
"""Words ahead in which "no", "aucun" or "sans" says that a thing is not there."""

_END: Final = r"[.:](?!\d)|[,](?!\d)|[!?;\n()\"]| - |--+|/ "

_CLAUSES: Final[Mapping[str, re.Pattern[str]]] = {
    "en": re.compile(
        _END + r"|\b(?:but|however|although|though|yet|except|whereas|while|because|since|so|then"
        r"|otherwise|unless|despite|and (?:then )?(?:the|a|it|they|we|i|he|she|my|our|when|there"
        r"|very|so|had|have|was|were|is|are|as|yet))\b"
    ),
    "fr": re.compile(
        _END + r"|\b(?:mais|cependant|toutefois|pourtant|neanmoins|sauf|hormis|bien que|quoique"
        r"|alors que|tandis que|parce qu[e']|car|donc|puis|sinon|malgre|en revanche|par contre"
        r"|et (?:puis )?(?:le|la|les|l'|un|une|on|il|elle|ils|elles|je|j'|nous|c'|ce|ca|mon|ma|mes"
        r"|notre|nos|des|du|tres|en|avec|que))\b"
    ),
}

# fmt: off
_TURNS: Final = frozenset({
    ".", "!", "?", ";", "\n", "but", "however", "although", "though", "yet", "except", "whereas",
    "despite", "mais", "cependant", "toutefois", "pourtant", "neanmoins", "sauf", "hormis",
    "malgre", "en revanche", "par contre",
})
# fmt: on

# In the order of the groups: verbs, things, "without"; what looks like one of them comes first.
_NEGATIONS: Final[Mapping[str, re.Pattern[str]]] = {
    "en": re.compile(
        r"\b(?:(?:not|never) (?:only|just|to mention|least)|no (?:matter|doubt|wonder|longer than)"
        r"|nothing but|(?:if|or|why) not|whether or not"
        r"|(not|never|cannot|cant|dont|doesnt|didnt|isnt|wasnt|arent|werent|couldnt|wouldnt|shouldnt"
        r"|wont|hasnt|havent|hadnt|aint|\w+n't|hardly|barely|unable to|fail(?:s|ed|ing)? to)"
        r"|(no|nobody|no ?one|none|nothing|nowhere|neither|nor|zero|lack(?:s|ed|ing)?(?: of)?"
        r"|absence of)|(without|w/o))\b"
    ),
    "fr": re.compile(
        r"\b(?:pas (?:seulement|que(?= d)|uniquement|mal de|mal d')|pourquoi pas|jamais vu"
        r"|sans (?:doute|compter|parler|cesse|arret)|(?:ou|si|et) pas\b(?=$|[.,;!?])"
        r"|(?:une|la|cette|chaque|par|seule|meme) personne|(?:n'|ne )(?:importe|\w+ que)"
        r"|plus (?:que|de|tard|tot)"
        r"|(pas|jamais|guere|aucunement|nullement|(?:(?<=n')|(?<=ne ))\w+ (?:\w+ )?plus|non)"
        r"|(rien|aucune?s?|personne(?= n[e'])|ni|nulle part|zero|absence d[e']|manque d[e'])"
        r"|(sans)|(n'|ne )(?=\w+ (?:\w+ )?(?:pas|jamais|plus|rien|guere|aucun)))\b"
    ),
}  # fmt: skip


@frozen(kw_only=True, eq=False)
class Scope:
    """The clauses and negations of a text, or of many texts one a line.

    Attributes:
        ends: where clauses end: the starts of what ends them.
        turns: where sentences end, or turn with "but".
        blanks: where blanks are, to count words.
        starts: where negations start.
        stops: where they stop.
        kinds: 1 negates a verb, 2 a thing, 3 is "without", 4 the "ne" of the word that follows.
    """

    ends: Ints
    turns: Ints
    blanks: Ints
    starts: Ints
    stops: Ints
    kinds: Ints

    @classmethod
    def of(cls, text: str, language: str) -> Scope:
        """Read a text in normal form; of languages but English and French only the punctuation."""
        clauses = _CLAUSES.get(language) or re.compile(_END)
        negations = _NEGATIONS.get(language)
        found = [each for each in negations.finditer(text) if each.lastindex] if negations else []
        ended = list(clauses.finditer(text))
        points = np.frombuffer(text.encode("utf-32-le", "replace"), dtype=np.uint32)
        return cls(
            ends=_ints([each.start() for each in ended]),
            turns=_ints([each.start() for each in ended if each[0] in _TURNS]),
            blanks=np.flatnonzero(points == ord(" ")),
            starts=_ints([each.start() for each in found]),
            stops=_ints([each.end() for each in found]),
            kinds=_ints([each.lastindex or 0 for each in found]),
        )

    def without(self, inside: Bools) -> Scope:
        """Return the scope without some negations: those that belong to idioms."""
        kept = ~inside
        return evolve(
            self, starts=self.starts[kept], stops=self.stops[kept], kinds=self.kinds[kept]
        )

    def clause(self, places: Ints) -> Ints:
        """Return the number of the clause of each place."""
        return np.searchsorted(self.ends, places, side="right")

    def sentence(self, places: Ints) -> Ints:
        """Return the number of the sentence, or half of it, of each place."""
        return np.searchsorted(self.turns, places, side="right")

    def words(self, places: Ints) -> Ints:
        """Return how many blanks are before each place."""
        return np.searchsorted(self.blanks, places)

    def _before(self, places: Ints, reach: int) -> tuple[Ints, Ints]:
        """Return the range of negations that reach each place."""
        last = np.searchsorted(self.stops, places, side="right")
        clause = np.searchsorted(self.clause(self.starts), self.clause(places))
        near = np.searchsorted(self.words(self.stops), self.words(places) - reach)
        return np.minimum(np.maximum(clause, near), last), last

    def negated(self, places: Ints, ends: Ints) -> Bools:
        """Say for some words, by where they start and end, whether they are turned round."""
        first, last = self._before(places, REACH)

        def many(kind: int) -> Ints:
            sums: Ints = np.concatenate([[0], np.cumsum(self.kinds == kind)])
            return sums[last] - sums[first]

        verbs = many(1)
        turns = np.where(verbs > 0, verbs, np.minimum(many(2), 1)) + many(3)
        # "On n'attend jamais": what negates a French verb comes after it, but for its "ne".
        alone = np.searchsorted(self.starts, places) == np.searchsorted(self.starts, ends)
        turns += np.isin(places, self.stops[self.kinds == 4]) & alone
        negated: Bools = turns % 2 == 1
        return negated

    def absent(self, places: Ints) -> Bools:
        """Say for each place whether "no", "aucun", "without" stands right before it."""
        first, last = self._before(places, NEAR)
        found: Bools = (last > first) & self.negated(places, places)
        return found


def _ints(values: list[int]) -> Ints:
    return np.array(values, dtype=np.int64)
