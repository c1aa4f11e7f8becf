"""Variants are what a counter of tuples makes of them; hashes that collide change nothing."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics.errors import UsageError
from cxmetrics.journeys import Paths, paths
from cxmetrics.summaries import sequences

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
walks = st.lists(st.text("abcdefgh", min_size=1, max_size=9), max_size=30)


def of(sequences_: list[str], order: str = "abcdefgh") -> Paths:
    """Return one customer a text, a step a letter."""
    events = [(who, step) for who, walk in enumerate(sequences_) for step in walk]
    return paths(
        {
            "customer": np.array([who for who, _ in events], dtype=np.int64),
            "stage": [step for _, step in events],
            "at": [START + row * dt.timedelta(seconds=1) for row in range(len(events))],
        },
        order=list(order),
    )


def ranked(sequences_: list[str]) -> list[tuple[str, int]]:
    return sorted(Counter(sequences_).items(), key=lambda item: (-item[1], item[0]))


def check(given_: list[str]) -> None:
    found = of(given_).variants()
    assert [
        ("".join(found.sequence(v)), int(found.counts[v])) for v in range(len(found))
    ] == ranked(given_)
    assert ["".join(found.sequence(v)) for v in found.of.tolist()] == given_
    assert found.lengths.tolist() == [len(walk) for walk, _ in ranked(given_)]


@given(walks)
def test_a_counter_finds_the_same_variants(given_: list[str]) -> None:
    check(given_)


@given(walks)
def test_whatever_the_hash_says(given_: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:  # every sequence collides with every other
        patch.setattr(sequences, "hashes", lambda _, starts: np.zeros(len(starts) - 1, np.uint64))
        check(given_)


def test_some_collide() -> None:
    given_ = ["ab", "ba", "ab", "c", "ba", "abc", "a" * 70, "a" * 69 + "b", "a" * 70]
    true = sequences.hashes
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sequences, "hashes", lambda codes, starts: true(codes, starts) % np.uint64(2))
        check(given_)
    check(given_)


def test_long_paths_that_differ_late_are_told_apart_and_ranked() -> None:
    head = "ab" * 600
    check([head + "b", head + "a", head, head + "a", "h", head[:-1], head + "ab", head + "b"])


@given(walks.filter(bool))
def test_coverage_rises_to_one(given_: list[str]) -> None:
    found = of(given_).variants()
    assert (np.diff(found.coverage) > 0).all()
    assert (np.diff(found.counts) <= 0).all()
    assert found.coverage[-1] == 1
    for share in (0.01, 0.3, 0.5, 0.8, 1.0):
        k = found.smallest(share=share)
        assert found.coverage[k - 1] >= share - 1e-9
        assert k == 1 or found.coverage[k - 2] < share


def test_the_table_says_how_far_the_first_few_reach() -> None:
    found = of(["ab"] * 5 + ["ac"] * 3 + ["b", "c"]).variants()
    text = str(found)
    assert "4 variants of 10 paths" in text
    assert "a → b" in text
    assert "2 variants are 80 % of the paths; the first 3 are 90.0 %, 4 are 100.0 %" in text
    said: dict[str, Any] = found.to_dict()
    assert said["smallest_80"] == 2
    assert said["variants"][0] == {"codes": [0, 1], "count": 5, "censored": 0}
    assert "<table>" in found._repr_html_()


def test_errors() -> None:
    found = of(["ab"]).variants()
    with pytest.raises(UsageError, match="there is no variant 1"):
        found.sequence(1)
    with pytest.raises(UsageError, match="above 0 and at most 1"):
        found.smallest(share=80)
