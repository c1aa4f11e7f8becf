"""Quotes: masked, of many, unlike each other, from every part and language, from no small group."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxmetrics as cx
from cxmetrics.datasets import company
from cxmetrics.errors import UsageError
from cxmetrics.verbatims import quotes
from cxmetrics.verbatims.dictionary import Dictionary
from cxmetrics.verbatims.reading import read

WORDS = Dictionary.from_dict(
    {"themes": {"queue": {"en": ["queues?"], "fr": ["files?"]}, "price": {"en": ["price"]}}}
)
SAID = {
    "en": [
        "The queue at the till was far too long today",
        "the queue at the till was FAR too long today!",
        "A queue of forty people in front of one open counter",
        "Nobody helped while the queue went round the corner",
        "The price was wrong and I was charged twice",
    ],
    "fr": [
        "La file devant la caisse était beaucoup trop longue",
        "Une file de quarante personnes devant un seul guichet",
    ],
}


def rows() -> dict[str, Any]:
    texts = [(text, tag, score) for tag in SAID for text in SAID[tag] for score in (1, 2, 9)]
    texts += [(None, "en", 3), ("Unrated queue", "en", None), ("The queue was short", "en", 8)]
    why, spoken, score = zip(*texts, strict=True)
    return {"why": list(why), "spoken": list(spoken), "score": list(score)}


OWN: dict[str, Any] = {
    "text": "why",
    "rating": "score",
    "language": "spoken",
    "dictionary": WORDS,
}


def test_every_part_and_language_has_its_places() -> None:
    found = quotes(rows(), theme="queue", number=3, **OWN)
    assert Counter(quote.part for quote in found) == {
        "detractors": 3,
        "passives": 1,
        "promoters": 3,
    }
    for part in ("detractors", "promoters"):
        own = Counter(quote.language for quote in found if quote.part == part)
        assert own == {"en": 2, "fr": 1}
    assert all("queue" in quote.themes for quote in found)
    assert found.theme == "queue"
    assert found.texts == 4 * 3 + 2 * 3 + 1


def test_what_many_say_is_quoted_once_and_counted() -> None:
    found = [q for q in quotes(rows(), theme="queue", number=9, **OWN) if q.part == "detractors"]
    plain = [quote.text.casefold().strip("!") for quote in found]
    assert len(plain) == len(set(plain)) == 5  # one of two is said in two ways
    most = max(found, key=lambda quote: quote.alike)
    assert most.alike == 4  # two ratings, two ways to write it
    assert "4 of them nearly the same" in most.reason
    assert "of detractors in en" in most.reason


def test_places_that_a_language_leaves_empty_go_to_the_others() -> None:
    data = {"why": ["La file était longue"] * 9 + SAID["en"][:1] + SAID["en"][2:4],
            "spoken": ["fr"] * 9 + ["en"] * 3, "score": [0] * 12}  # fmt: skip
    found = quotes(data, theme="queue", number=4, **OWN)
    assert Counter(quote.language for quote in found) == {"fr": 1, "en": 1}
    data = {"why": ["La file était longue"] * 5 + [SAID["en"][0], *SAID["en"][2:4]] * 2,
            "spoken": ["fr"] * 5 + ["en"] * 6, "score": [0] * 11}  # fmt: skip
    found = quotes(
        data, theme="queue", number=4, **OWN
    )  # two places each, but French says one thing
    assert Counter(quote.language for quote in found) == {"fr": 1, "en": 3}


def test_in_all_places_go_by_size_with_one_at_least() -> None:
    data = rows()
    found = quotes(data, number=4, per="all", **OWN)
    assert len(found) == 4
    assert Counter(q.part for q in found) == {"detractors": 2, "passives": 1, "promoters": 1}
    assert [q.part for q in found] == sorted(q.part for q in found)  # the bad end first


@given(st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(random: Any) -> None:
    data = rows()
    order = list(range(len(data["why"])))
    random.shuffle(order)
    mixed = {name: [values[place] for place in order] for name, values in data.items()}
    one, other = (
        [(q.text, q.part, q.language, q.alike, q.reason) for q in quotes(each, number=3, **OWN)]
        for each in (data, mixed)
    )
    assert one == other


def test_the_row_is_where_the_text_stands() -> None:
    data = rows()
    for quote in quotes(data, number=3, **OWN):
        assert data["why"][quote.row] == quote.text
        assert data["score"][quote.row] == quote.rating
        assert data["spoken"][quote.row] == quote.language


def test_personal_data_never_leave() -> None:
    data = {"why": ["The queue was long, write to jo@example.org or call 06 12 34 56 78"] * 3,
            "spoken": ["en"] * 3, "score": [0, 1, 2]}  # fmt: skip
    for keep in ("masked", "original"):
        own = read(data["why"], language="en", dictionary=WORDS, keep=keep)  # type: ignore[arg-type]
        found = quotes(data, text="why", rating="score", readings=own)
        written = json.dumps(found.to_dict()) + str(found) + found._repr_html_()
        assert "jo@example" not in written
        assert "12 34 56" not in written
        assert "<EMAIL>" in found[0].text


def test_readings_without_texts_can_not_be_quoted() -> None:
    data = rows()
    own = read(data["why"], language=data["spoken"], dictionary=WORDS, keep="nothing")
    with pytest.raises(UsageError, match="keep='masked'"):
        quotes(data, text="why", rating="score", readings=own)


# -- the floor -------------------------------------------------------------------------------------


def test_no_quote_from_a_small_group_part_or_language() -> None:
    data = {
        "why": ["The queue was long"] * 6 + ["A long queue again"] * 2 + ["La file est longue"],
        "score": [0] * 6 + [10] * 2 + [0],
        "spoken": ["en"] * 8 + ["fr"],
        "team": ["a"] * 9,
    }
    assert {(q.part, q.language) for q in quotes(data, by="team", **OWN)} == {
        ("detractors", "en"),
        ("promoters", "en"),
        ("detractors", "fr"),
    }
    found = quotes(data, by="team", floor=5, **OWN)
    assert {(q.part, q.language) for q in found} == {("detractors", "en")}
    assert found.held == 3
    assert {caution.code for caution in found.cautions} == {"SUPPRESSED"}
    assert not quotes(data, by="team", floor=8, **OWN)


def test_employee_metrics_bring_their_floor() -> None:
    data = {"why": ["The queue was long"] * 9, "score": [0] * 5 + [10] * 4, "spoken": ["en"] * 9}
    found = quotes(data, metric=cx.enps, **OWN)
    assert (found.floor, {q.part for q in found}, found.held) == (5, {"detractors"}, 4)
    assert {q.part for q in quotes(data, metric=cx.enps, floor=0, **OWN)} == {
        "detractors",
        "promoters",
    }


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 10), st.sampled_from(["en", "fr"])),
                min_size=1, max_size=40), st.integers(0, 6))  # fmt: skip
def test_whatever_is_quoted_stands_for_a_floor_of_answers(given: list[Any], floor: int) -> None:
    team, score, spoken = zip(*given, strict=True)
    data = {"why": [f"{SAID[tag][0]} {'x' * (place + 2)}" for place, tag in enumerate(spoken)],
            "team": list(team), "score": list(score), "spoken": list(spoken)}  # fmt: skip
    for quote in quotes(data, by="team", floor=floor, **OWN):
        points = {"detractors": range(7), "passives": (7, 8), "promoters": (9, 10)}[quote.part]
        cell = [t == quote.group and s in points and tag == quote.language for t, s, tag in given]
        assert sum(cell) >= floor


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"number": 0}, "1 or more"),
        ({"per": "language"}, "'part' or 'all'"),
        ({"theme": "queu"}, "did you mean 'queue'"),
        ({"floor": -1}, "0 or more"),
    ],
)
def test_what_is_wrong_is_said(change: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        quotes(rows(), **{**OWN, **change})


def test_a_metric_without_parts_is_quoted_as_one() -> None:
    found = quotes(rows(), metric=cx.mean_rating.using(scale=cx.zero_to_ten), number=2, **OWN)
    assert len(found) == 2
    assert {quote.part for quote in found} == {""}


def test_the_generated_company_in_both_languages() -> None:
    data = company(12_000, seed=2026).wide()
    found = quotes(data, text="verbatim", rating="recommend", theme="waiting", number=2)
    assert Counter(q.language for q in found if q.part == "detractors") == {"en": 1, "fr": 1}
    assert all("minutes" in q.text for q in found if q.part == "detractors")
    ratings = np.array([quote.rating for quote in found])
    assert (np.diff(ratings) >= 0).sum() >= len(found) - 3  # from the bad end to the good one
