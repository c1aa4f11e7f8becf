"""Typical journeys: what was planted is found, noise is called noise, nothing is dropped."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxmetrics.datasets import company
from cxmetrics.datasets.company import Company
from cxmetrics.errors import DataError, UsageError
from cxmetrics.journeys import Paths, paths
from cxmetrics.journeys.grouping import Costs, compare, share_of
from cxmetrics.journeys.types import typical_journeys
from cxmetrics.journeys.typical import TypicalJourneys
from cxmetrics.stats.intervals.wilson import wilson
from cxmetrics.stats.sequences import edit_distance


def log(walks: list[str], customers: list[int] | None = None) -> dict[str, Any]:
    """One row a letter, one hour apart; the journeys of one customer are days apart."""
    events = [
        (walk, letter, hour)
        for walk in range(len(walks))
        for hour, letter in enumerate(walks[walk])
    ]
    who = range(len(walks)) if customers is None else customers
    start = np.datetime64("2026-01-01T00:00:00", "us")
    return {
        "customer": np.array([f"C{who[walk]:05}" for walk, _, _ in events]),
        "touchpoint": np.array([letter for _, letter, _ in events]),
        "at": np.array([start + np.timedelta64(500 * w + h, "h") for w, _, h in events]),
        "case": np.array([walk for walk, _, _ in events]),
    }


def made(walks: list[str], customers: list[int] | None = None) -> Paths:
    return paths(log(walks, customers), step="touchpoint", journey="case", zone="UTC")


def noise(size: int, *, seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    return ["".join(rng.choice(list("abcdefgh"), rng.integers(4, 9))) for _ in range(size)]


@cache
def shop() -> tuple[Company, Paths, TypicalJourneys]:
    made_up = company(3_000, seed=2026)
    walked = paths(made_up.interactions, step="touchpoint", journey="case", zone="UTC")
    return made_up, walked, typical_journeys(walked, bootstrap=40)


def rand_index(a: np.ndarray, b: np.ndarray) -> float:
    """Adjusted for chance: 1 is the same partition, 0 what chance gives (Hubert & Arabie 1985)."""

    def pairs(sizes: Iterable[int]) -> float:
        return sum(n * (n - 1) / 2 for n in sizes)

    both = pairs(Counter(zip(a.tolist(), b.tolist(), strict=True)).values())
    one, other = pairs(Counter(a.tolist()).values()), pairs(Counter(b.tolist()).values())
    chance = one * other / pairs([len(a)])
    return (both - chance) / ((one + other) / 2 - chance)


# -- the generated company -------------------------------------------------------------------------


def test_the_planted_types_are_found() -> None:
    made_up, walked, found = shop()
    habits = dict(zip(made_up.customers["id"], made_up.customers["habit"], strict=True))
    habit = np.array([habits[walked.customers[owner]] for owner in walked.owner])
    typical = habit != "varied"
    assert found.k == len(made_up.truth.journeys) == 4

    # One to one: 90 % of the journeys of every habit have one medoid, and each its own.
    home = {}
    for planted in made_up.truth.journeys:
        share = (
            np.bincount(found.of[habit == planted.id], minlength=4) / (habit == planted.id).sum()
        )
        assert share.max() > 0.9
        home[planted.id] = int(share.argmax())
    assert sorted(home.values()) == [0, 1, 2, 3]
    assert rand_index(found.of[typical], habit[typical]) > 0.9

    # The medoid of a habit takes every step that all of its customers take.
    for planted in made_up.truth.journeys:
        always = {step.touchpoint for step in planted.steps if step.probability == 1}
        assert always <= set(found[home[planted.id]].steps)


def test_the_coverage_is_honest() -> None:
    """Most journeys of a habit are characterised, those of none are not: under the planted 82 %."""
    made_up, walked, found = shop()
    habits = dict(zip(made_up.customers["id"], made_up.customers["habit"], strict=True))
    typical = np.array([habits[walked.customers[owner]] != "varied" for owner in walked.owner])
    assert 0.85 < found.characterised[typical].mean() < 0.95
    assert found.characterised[~typical].mean() < 0.05
    assert 0.7 < found.coverage < made_up.truth.typical_share
    assert [caution.code for caution in found.cautions] == ["LOW_COVERAGE"]
    assert "not reached" in found.title
    assert all(one.stability is not None and one.stability > 0.8 for one in found)


def test_noise_is_called_noise() -> None:
    found = typical_journeys(made(noise(600, seed=4)), bootstrap=20)
    codes = {caution.code for caution in found.cautions}
    assert {"NO_STRUCTURE", "LOW_COVERAGE", "UNSTABLE"} <= codes
    assert found.coverage < 0.1


@pytest.mark.parametrize(("steps", "longest"), [("ab", 4), ("abc", 3)])
def test_short_journeys_are_no_types_by_being_short(steps: str, longest: int) -> None:
    """Their silhouettes pass .25 without any pattern: only the comparison with noise tells."""
    rng = np.random.default_rng(8)
    walks = ["".join(rng.choice(list(steps), rng.integers(1, longest + 1))) for _ in range(800)]
    found = typical_journeys(made(walks), bootstrap=0)
    assert found.silhouette is not None
    assert found.silhouette > 0.25
    assert found.structure == "no"
    told = [c.message for c in found.cautions if c.code == "NO_STRUCTURE"]
    assert len(told) == 1
    assert "without any pattern" in told[0]
    blind = typical_journeys(made(walks), bootstrap=0, patternless=0)
    assert "NO_STRUCTURE" not in {caution.code for caution in blind.cautions}
    assert blind.structure == "weak"


def blurred(size: int) -> list[str]:
    """Journeys around three, nearly all of them different."""
    rng = np.random.default_rng(12)
    around = {"abcdefgh": 0.5, "hijklmno": 0.3, "onpqaeci": 0.2}
    walks = []
    for base in rng.choice(list(around), size, p=list(around.values())):
        steps = [
            str(rng.choice(list("abcdefghijklmnop"))) if rng.random() < 0.2 else s for s in base
        ]
        walks.append("".join(s for s in steps if rng.random() > 0.1))
    return walks


def test_the_variants_compared_stand_for_all() -> None:
    """The rare journeys are the less typical ones: left out, the silhouette would be .2 higher."""
    walked = made(blurred(2_500))
    variants = walked.variants()
    assert len(variants) > 1_700
    few, all_of_them = (
        typical_journeys(walked, k=3, most=most, bootstrap=0, patternless=0)
        for most in (250, 2_500)
    )
    assert few.compared <= 250 < all_of_them.compared == len(variants)
    assert few.silhouette == pytest.approx(all_of_them.silhouette, abs=0.04)
    assert few.coverage == pytest.approx(all_of_them.coverage, abs=0.02)
    assert rand_index(few.of, all_of_them.of) > 0.95


@given(counts=st.lists(st.integers(1, 9), min_size=2, max_size=40), most=st.integers(2, 20))
def test_nothing_is_lost_between_the_compared(counts: list[int], most: int) -> None:
    walks = [
        letters for letters, n in zip(noise(40, seed=6), counts, strict=False) for _ in range(n)
    ]
    variants = made(walks).variants()
    found = compare(variants, Costs(), most)
    assert len(found.which) == len(set(found.which.tolist())) <= max(most, 2)
    assert found.weights.sum() == len(walks)
    assert (found.stands[found.which] == np.arange(len(found.which))).all()
    if len(variants) > most:
        head = np.arange(most // 2)
        assert found.which[: len(head)].tolist() == head.tolist()
        assert found.weights[: len(head)].tolist() == variants.counts[: len(head)].tolist()
    else:
        assert found.weights.tolist() == variants.counts.tolist()


# -- what the numbers are --------------------------------------------------------------------------


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), most=st.sampled_from([4, 12, 1_000]))
def test_every_journey_is_counted_where_it_belongs(seed: int, most: int) -> None:
    """Each journey has the nearest medoid, those that were not compared too."""
    rng = np.random.default_rng(seed)
    walks = ["".join(rng.choice(list("abc"), rng.integers(1, 5))) for _ in range(40)]
    found = typical_journeys(made(walks), k=range(2, 5), most=most, bootstrap=0, patternless=0)
    medoids = ["".join(one.steps) for one in found]
    for walk, group, distance in zip(walks, found.of, found.distance, strict=True):
        each = [edit_distance(walk, medoid, normalise="max") for medoid in medoids]
        assert distance == pytest.approx(min(each))
        assert each[group] == pytest.approx(min(each))
    assert found.coverage == pytest.approx((found.distance <= 0.25 + 1e-9).mean())
    assert sum(one.paths for one in found) == len(walks)
    assert [one.paths for one in found] == sorted((one.paths for one in found), reverse=True)
    within = sum(one.paths * one.coverage for one in found)
    assert within == pytest.approx(found.coverage * len(walks))
    assert all(one.exact == walks.count("".join(one.steps)) for one in found)
    count = Counter(walks).most_common()
    for choice in found.choices:
        assert choice.exact == pytest.approx(sum(n for _, n in count[: choice.k]) / len(walks))


def test_customers_twice_change_nothing_but_their_number() -> None:
    walks = noise(80, seed=1) + ["abcd"] * 40 + ["abcde"] * 20 + ["fgh"] * 50 + ["fgha"] * 9
    once = typical_journeys(made(walks), bootstrap=0)
    twice = typical_journeys(made(walks * 2), bootstrap=0)
    assert twice.n == 2 * once.n
    for k, grouping in once.groupings.items():
        other = twice.groupings[k]
        assert grouping.medoids.tolist() == other.medoids.tolist()
        assert grouping.of.tolist() == other.of.tolist()
        # The mean distance within is over the *other* journeys: (n - 1) against (2 n - 1).
        assert grouping.silhouette == pytest.approx(other.silhouette, abs=0.02)
    assert twice.coverage == once.coverage
    assert twice.coverage_interval.width < once.coverage_interval.width


def test_the_order_of_rows_and_the_names_of_customers_do_not_matter() -> None:
    walks = noise(60, seed=2) + ["abcd"] * 30 + ["fgh"] * 25
    table = log(walks)
    order = np.random.default_rng(7).permutation(len(table["case"]))
    moved = {name: column[order] for name, column in table.items()}
    moved["customer"] = np.array([f"X{99_999 - int(name[1:])}" for name in moved["customer"]])
    found = [
        typical_journeys(paths(data, step="touchpoint", journey="case", zone="UTC"), bootstrap=0)
        for data in (table, moved)
    ]
    told = [json.dumps(one.to_dict()) for one in found]
    rounded = [json.loads(text, parse_float=lambda x: round(float(x), 12)) for text in told]
    assert rounded[0] == rounded[1]


def test_customers_and_their_journeys() -> None:
    """One customer made half of all journeys: counts as one, and makes the interval wide."""
    walks = ["abcd"] * 50 + ["hgfe"] * 50
    found = typical_journeys(made(walks, [0] * 50 + list(range(1, 51))), k=2, bootstrap=0)
    assert [one.customers for one in found] == [1, 50]
    assert found.choice.customers == 1.0
    assert found[0].share == 0.5
    assert found[0].share_interval.width > 0.7  # worth 4 independent journeys, not 100
    alone = typical_journeys(made(walks).variants(), k=2, bootstrap=0)
    assert alone.choice.customers is None
    assert [one.customers for one in alone] == [None, None]
    assert alone[0].share_interval.width < 0.2


def test_the_interval_of_a_share() -> None:
    hit = np.arange(40) % 4 == 0
    alone = share_of(hit, np.arange(40), 0.95)
    assert (alone.low, alone.high) == pytest.approx(wilson(10, 40))
    same = share_of(np.repeat(hit, 5), np.repeat(np.arange(40), 5), 0.95)
    assert (same.low, same.high) == pytest.approx(wilson(10, 40), abs=2e-3)
    everybody = share_of(np.ones(200, dtype=np.bool_), np.repeat(np.arange(40), 5), 0.95)
    assert (everybody.low, everybody.high) == pytest.approx(wilson(40, 40))


def test_the_interval_holds_what_it_says() -> None:
    """95 %, on average over how alike the one to four journeys of a customer are."""
    rng = np.random.default_rng(21)
    held = []
    for truth, alike in [(0.5, 0.0), (0.8, 0.5), (0.8, 1.0), (0.95, 0.5)]:
        for _ in range(400):
            owner = np.repeat(np.arange(60), rng.integers(1, 5, 60))
            whole, single = rng.random(60) < truth, rng.random(len(owner)) < truth
            hit = np.where(rng.random(len(owner)) < alike, whole[owner], single)
            held.append(truth in share_of(hit, owner, 0.95))
    assert np.mean(held) == pytest.approx(0.95, abs=0.015)


def test_what_is_there_is_stable_and_what_is_cut_is_not() -> None:
    walks = ["abcd"] * 60 + ["abcde"] * 40 + ["mnop"] * 60 + ["mno"] * 40
    found = typical_journeys(made(walks), k=2, bootstrap=30)
    assert [one.stability for one in found] == [1.0, 1.0]
    assert found == found.at(2)
    cut = typical_journeys(made(noise(200, seed=9)), k=4, bootstrap=30)
    assert max(one.stability or 0.0 for one in cut) < 0.6
    walked = made(noise(200, seed=9))
    alone = typical_journeys(walked.variants(), k=4, bootstrap=30)
    assert max(one.stability or 0.0 for one in alone) < 0.6
    again = typical_journeys(walked, k=4, bootstrap=30)
    assert again.to_dict() == cut.to_dict()


# -- the aim and the number of types ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("aim", "reached", "said"),
    [(0.5, "is reached", None), (0.75, "is reached", "begins at"), (0.9, "not reached", "types")],
)
def test_the_aim_is_not_promised(aim: float, reached: str, said: str | None) -> None:
    rare = ["qr", "stuv", "wxyz", "opq", "klmno", "ijq", "zzyyx", "vwq"] * 3
    walks = ["abcd"] * 40 + ["mnop"] * 30 + ["efgh"] * 10 + rare
    found = typical_journeys(made(walks), k=3, aim=aim, bootstrap=0)
    assert reached in found.title
    told = [c.message for c in found.cautions if c.code == "LOW_COVERAGE"]
    assert len(told) == (said is not None)
    assert said is None or said in told[0]


def test_three_to_five_are_always_reported() -> None:
    found = typical_journeys(made(noise(60, seed=3)), k=7, bootstrap=5)
    assert [choice.k for choice in found.choices] == [3, 4, 5, 7]
    assert [choice.stability is not None for choice in found.choices] == [True] * 4
    assert (found.k, found.at(3).k, len(found.at(3).types)) == (7, 3, 3)
    with pytest.raises(UsageError, match="k=6 was not looked at; there are 3, 4, 5, 7"):
        found.at(6)


def test_the_smallest_number_that_reaches_the_aim() -> None:
    """Four separate perfectly and cover all; three separate as well and reach the aim."""
    walks = ["abcd"] * 50 + ["mnop"] * 30 + ["efgh"] * 19 + ["ijkl"]
    assert typical_journeys(made(walks), bootstrap=0).k == 3
    assert typical_journeys(made(walks), bootstrap=0, aim=1.0).k == 4


def test_three_to_five_are_shown_and_what_more_would_give_is_said() -> None:
    walks = [2 * letter for letter in "abcdefg"] * 10
    found = typical_journeys(made(walks), bootstrap=0)
    assert found.k == 5
    (told,) = (c.message for c in found.cautions if c.code == "LOW_COVERAGE")
    assert "6 types reach it" in told


# -- edges -----------------------------------------------------------------------------------------


def test_few_variants() -> None:
    single = typical_journeys(made(["abc"] * 5), bootstrap=5)
    assert (single.k, single.coverage, single.silhouette) == (1, 1.0, None)
    assert single.coverage_interval.low < 0.6
    assert {caution.code for caution in single.cautions} == {"SMALL_SAMPLE", "LOW_COVERAGE"}
    pair = typical_journeys(made(["abc"] * 40 + ["d"] * 40), bootstrap=5)
    assert (pair.k, pair.silhouette) == (2, 1.0)


def test_a_thousand_repeats() -> None:
    walks = ["ab" * 500, "ab" * 400, "abc", "abd", "abe"] * 4
    found = typical_journeys(made(walks), k=2, bootstrap=2, patternless=1)
    assert sorted(one.paths for one in found) == [8, 12]


def test_no_journey() -> None:
    empty = made(["ab"]).only(np.array([False]))
    with pytest.raises(DataError, match="no journey"):
        typical_journeys(empty)
    with pytest.raises(UsageError, match="of paths, not of a dict"):
        typical_journeys(log(["ab"]))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"k": 0}, "k=0"),
        ({"k": []}, r"k=\[\]"),
        ({"k": [2.5]}, "whole numbers"),
        ({"k": True}, "k=True"),
        ({"k": 4}, "3 variants to choose from"),
        ({"aim": 80}, "did you mean 0.8"),
        ({"radius": -0.1}, "radius=-0.1"),
        ({"normalise": None}, "say radius="),
        ({"normalise": "longest", "radius": 1.0}, "no normalisation 'longest'"),
        ({"distance": "hamming"}, "no distance 'hamming'"),
        ({"distance": "levenshtein", "indel": 2.0}, "levenshtein costs 1"),
        ({"substitution": "rate"}, "give a number, or 'rates'"),
        ({"indel": 0.0}, "indel=0.0"),
        ({"most": 1}, "most=1"),
        ({"bootstrap": -1}, "bootstrap=-1"),
        ({"patternless": -1}, "patternless=-1"),
        ({"level": 95}, "did you mean 0.95"),
    ],
)
def test_arguments_that_make_no_sense(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        typical_journeys(made(["abc", "abd", "x"]), **arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        {"distance": "levenshtein"},
        {"substitution": "rates"},
        {"normalise": None, "radius": 2.0},
        {"normalise": "length", "radius": 0.3},
    ],
)
def test_other_distances(arguments: dict[str, Any]) -> None:
    walks = ["abcd"] * 30 + ["abcde"] * 20 + ["mnop"] * 30 + ["mno"] * 20
    found = typical_journeys(made(walks), k=2, bootstrap=0, **arguments)
    assert {one.steps for one in found} == {tuple("abcd"), tuple("mnop")}
    assert found.costs.text in str(found)


# -- what it shows ---------------------------------------------------------------------------------


def test_labels_are_one_a_journey() -> None:
    walks = ["abcd"] * 30 + ["mnop"] * 20 + ["ayyd"]
    found = typical_journeys(made(walks), k=2, bootstrap=0).named("first", "second")
    assert found.labels() == ["first"] * 30 + ["second"] * 20 + [None]
    assert found.labels(outside="other")[-1] == "other"
    with pytest.raises(UsageError, match="2 different names"):
        found.named("same", "same")


def test_texts_and_json() -> None:
    _, _, found = shop()
    told = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert [one["steps"] for one in told["types"]] == [list(one.steps) for one in found]
    assert [choice["k"] for choice in told["choices"]] == [2, 3, 4, 5, 6, 7, 8]
    text = str(found)
    assert text.splitlines()[0] == found.title
    for one in found:
        assert one.name in text
    for k in (3, 4, 5):
        assert f"k = {k}: " in text
    assert "LOW_COVERAGE" in text
    assert "weak structure" in text
    assert found[0].name in found._repr_html_()
    assert repr(found).startswith("<TypicalJourneys: 4 characterise 73")
