"""How alike texts are, by the words they share: to choose typical ones that differ."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from math import log, sqrt
from typing import Final

from attrs import frozen

from cxmetrics.verbatims.normalise import folded

SAME: Final = 0.6
"""From this cosine on two texts say the same."""
LAMBDA: Final = 0.5
"""How much likeness to a text that was chosen already counts against one."""
_SHORT, _LONG = 4, 40
_LOOKED_AT: Final = 300
_WORD: Final = re.compile(r"[^\W\d_]{2,}")


@frozen
class Chosen:
    """A text that was chosen.

    Attributes:
        place: of the text.
        centrality: cosine to the mean of all texts, 0 to 1, less for very short and long ones.
        alike: how many texts say the same, itself among them.
    """

    place: int
    centrality: float
    alike: int


def typical(texts: Sequence[str], number: int) -> list[Chosen]:
    """Choose texts that are near to what all say and far from each other.

    Each text is the vector of its words, weighted by log(1 + texts / texts with the word); the
    first choice is nearest to the mean of all, the next ones are weighed down by their likeness to
    those chosen (maximal marginal relevance; Carbonell & Goldstein 1998). Texts under 4 words
    count half, beyond 40 words less and less. What says nearly the same (cosine from 0.6) is
    chosen once. Ties are broken by the text, so the order of the texts does not matter.

    Args:
        texts: to choose from.
        number: at most so many.

    Example:
        >>> said = ["The queue was long", "Such a long queue at the till", "the queue was LONG!",
        ...         "A long queue, and nobody helped", "Nice shoes"]
        >>> [(said[each.place], each.alike) for each in typical(said, 2)]
        [('The queue was long', 2), ('Such a long queue at the till', 1)]
    """
    bags = [tuple(sorted(set(_WORD.findall(folded(text))))) for text in texts]
    rows: dict[tuple[str, ...], list[int]] = {}
    for place, bag in enumerate(bags):
        if bag:
            rows.setdefault(bag, []).append(place)
    found = Counter(word for bag, places in rows.items() for word in bag for _ in places)
    total = sum(map(len, rows.values()))
    weight = {word: log(1 + total / n) for word, n in found.items()}
    vectors = {bag: _unit({word: weight[word] for word in bag}) for bag in rows}
    mean: dict[str, float] = defaultdict(float)
    for bag, vector in vectors.items():
        for word, value in vector.items():
            mean[word] += value * len(rows[bag])
    centre = _unit(mean)
    fit = {bag: _dot(vector, centre) * _readable(len(bag)) for bag, vector in vectors.items()}
    first = {bag: min(places, key=lambda place: texts[place]) for bag, places in rows.items()}
    # A chosen one is compared with the next few hundred only: the others are far from typical.
    able = sorted(fit, key=lambda bag: (-round(fit[bag], 9), texts[first[bag]]))[:_LOOKED_AT]
    nearest = dict.fromkeys(able, 0.0)
    chosen: list[tuple[str, ...]] = []
    while len(chosen) < number:
        left = [bag for bag in able if nearest[bag] < SAME and bag not in chosen]
        if not left:
            break
        best = max(left, key=lambda bag: round(fit[bag] - LAMBDA * nearest[bag], 9))
        chosen.append(best)
        for bag in able:
            nearest[bag] = max(nearest[bag], _dot(vectors[bag], vectors[best]))
    alike = {
        best: sum(
            len(places) for bag, places in rows.items() if _dot(vectors[bag], vectors[best]) >= SAME
        )
        for best in chosen
    }
    return [Chosen(first[bag], fit[bag], alike[bag]) for bag in chosen]


def _readable(words: int) -> float:
    return 0.5 if words < _SHORT else min(1.0, _LONG / words)


def _unit(vector: dict[str, float]) -> dict[str, float]:
    size = sqrt(sum(value * value for value in vector.values()))
    return {word: value / size for word, value in vector.items()} if size else {}


def _dot(one: dict[str, float], other: dict[str, float]) -> float:
    small, large = (one, other) if len(one) < len(other) else (other, one)
    return sum(value * large[word] for word, value in small.items() if word in large)
