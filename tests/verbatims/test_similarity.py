"""Typical texts: near to all, far from each other, the same whatever the order."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from cxmetrics.verbatims.similarity import SAME, typical

SAID = (
    ["The queue at the till was far too long"] * 3
    + ["the queue at the till was FAR too long!!"] * 2
    + ["A long queue at the till, and nobody opened another one"]
    + ["I was charged twice for one pair of shoes"] * 2
    + ["Parking was full"]
)
WORDS = st.lists(
    st.sampled_from(["queue", "till", "long", "staff", "rude", "price", "parcel", "late"]),
    max_size=6,
)


def test_what_many_say_comes_first_and_once() -> None:
    found = typical(SAID, 3)
    assert SAID[found[0].place].startswith("The queue at the till")
    assert found[0].alike >= 5
    assert len({SAID[each.place].casefold().strip("!") for each in found}) == 3


def test_the_order_of_the_texts_does_not_matter() -> None:
    first = [SAID[each.place] for each in typical(SAID, 4)]
    for seed in range(5):
        mixed = random.Random(seed).sample(SAID, len(SAID))
        assert [mixed[each.place] for each in typical(mixed, 4)] == first


@given(st.lists(WORDS.map(" ".join), max_size=25), st.integers(1, 6))
def test_no_two_chosen_texts_say_the_same(texts: list[str], number: int) -> None:
    found = typical(texts, number)
    assert len(found) <= number
    for each in found:  # alone with the others, none is left out for saying the same
        others = [texts[other.place] for other in found if other is not each]
        assert 0 <= each.centrality <= 1 + 1e-9
        assert each.alike >= 1
        bags = {frozenset(text.split()) for text in others}
        assert frozenset(texts[each.place].split()) not in bags
    assert SAME < 1


def test_texts_without_a_word_are_never_chosen() -> None:
    assert typical(["", "!!!", "12", "👍"], 3) == []
    assert typical([], 3) == []


def test_nearly_the_same_is_chosen_once() -> None:
    said = ["The parcel came very late again", "The parcel came very late today", "Nice warm shoes"]
    found = typical(said, 3)
    assert [each.alike for each in found] == [2, 1]
    assert {said[each.place] for each in found} == {said[0], said[2]}


def test_a_short_shout_does_not_stand_for_sentences() -> None:
    said = ["queue", "queue bad shop north", "queue nice bakery south", "queue cold car park"]
    assert said[typical(said, 1)[0].place] != "queue"
