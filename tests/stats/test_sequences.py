"""Distances of sequences, against a dynamic programme written out cell by cell."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics.errors import UsageError
from cxmetrics.stats.sequences import (
    distances,
    distances_to,
    edit_distance,
    transition_costs,
)

STEPS = 5
PATHS = st.lists(st.lists(st.integers(0, STEPS - 1), max_size=9).map(tuple), min_size=1, max_size=8)
INDELS = st.sampled_from([0.5, 0.7, 1.0, 1.5])


@st.composite
def costs(draw: Any) -> Any:
    """One number, or a symmetric table with 0 on the diagonal, in exact binary fractions."""
    if draw(st.booleans()):
        return draw(st.sampled_from([0.0, 0.5, 1.0, 2.0, 5.0]))
    cells = draw(st.lists(st.integers(0, 24), min_size=STEPS**2, max_size=STEPS**2))
    table = np.triu(np.array(cells).reshape(STEPS, STEPS) / 8, 1)
    return table + table.T


def flat(paths: list[tuple[int, ...]]) -> tuple[np.ndarray, np.ndarray]:
    codes = np.array([code for path in paths for code in path], dtype=np.int16)
    return codes, np.cumsum([0, *map(len, paths)])


def naive(a: tuple[int, ...], b: tuple[int, ...], indel: float, fee: Any) -> float:
    """Needleman-Wunsch, one cell after the other."""
    table = fee * (1 - np.eye(STEPS + 1)) if np.ndim(fee) == 0 else fee
    row = [indel * j for j in range(len(b) + 1)]
    for i, x in enumerate(a, 1):
        above, row = row, [indel * i]
        for j, y in enumerate(b, 1):
            row.append(min(above[j] + indel, row[j - 1] + indel, above[j - 1] + table[x, y]))
    return row[-1]


@given(paths=PATHS, indel=INDELS, fee=costs())
def test_every_pair_costs_what_the_programme_says(
    paths: list[tuple[int, ...]], indel: float, fee: Any
) -> None:
    found = distances(*flat(paths), indel=indel, substitution=fee)
    expected = [[naive(a, b, indel, fee) for b in paths] for a in paths]
    assert found == pytest.approx(np.array(expected), abs=1e-12)


@given(paths=PATHS, indel=INDELS, fee=st.sampled_from([1.0, 1.5, 2.0, 4.0]))
def test_one_cost_for_all_is_a_metric(
    paths: list[tuple[int, ...]], indel: float, fee: float
) -> None:
    found = distances(*flat(paths), indel=indel, substitution=fee)
    same = [[a == b for b in paths] for a in paths]
    assert ((found == 0) == same).all()
    assert (found == found.T).all()
    assert (found[:, None, :] <= found[:, :, None] + found[None, :, :]).all()


@given(paths=PATHS, fee=costs(), normalise=st.sampled_from(["none", "length", "max"]))
def test_to_a_few_is_a_part_of_the_whole(
    paths: list[tuple[int, ...]], fee: Any, normalise: Any
) -> None:
    codes, starts = flat(paths)
    whole = distances(codes, starts, substitution=fee, normalise=normalise)
    few, asked = np.arange(len(paths))[::-2], np.arange(len(paths))[::-1]
    found = distances_to(codes, starts, few, among=asked, substitution=fee, normalise=normalise)
    assert (found == whole[np.ix_(asked, few)]).all()


@given(paths=PATHS, fee=st.sampled_from([0.5, 1.0, 2.0, 3.0]))
def test_the_largest_possible_distance_is_one(paths: list[tuple[int, ...]], fee: float) -> None:
    codes, starts = flat(paths)
    found = distances(codes, starts, substitution=fee, normalise="max")
    assert found.min() >= 0
    assert found.max() <= 1
    for at, a in enumerate(paths):
        for to, b in enumerate(paths):
            if (a or b) and not set(a) & set(b):
                assert found[at, to] == 1


def test_more_sequences_than_a_tile() -> None:
    rng = np.random.default_rng(5)
    paths = [tuple(rng.integers(0, 6, length)) for length in rng.integers(1, 12, 300)]
    found = distances(*flat(paths), substitution=1.5)
    assert (found == found.T).all()
    for a, b in rng.integers(0, 300, (200, 2)):
        assert found[a, b] == naive(paths[a], paths[b], 1.0, 1.5)


def test_a_thousand_repeats() -> None:
    found = distances(*flat([(0, 1) * 1000, (0, 1, 2) * 1000, (0,)]))
    assert found[0].tolist() == [0, 1000, 1999]
    assert found[1, 2] == 2999


@given(paths=PATHS, weights=st.lists(st.integers(1, 4), min_size=8, max_size=8))
def test_rates_count_frequencies(paths: list[tuple[int, ...]], weights: list[int]) -> None:
    times = weights[: len(paths)]
    found = transition_costs(*flat(paths), size=STEPS, weights=np.array(times))
    counts = np.zeros((STEPS, STEPS))
    for path, many in zip(paths, times, strict=True):
        for here, onward in pairwise(path):
            counts[here, onward] += many
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    expected = (2 - share - share.T) * (1 - np.eye(STEPS))
    assert found == pytest.approx(expected)
    distances(*flat(paths), substitution=found)  # symmetric to the last digit


def test_the_truth_vector(shared: Path) -> None:
    vectors = json.loads((shared / "reference" / "truth.json").read_text())
    (vector,) = (v for v in vectors if v["method"] == "journey.edit_distance")
    assert edit_distance(vector["input"]["a"], vector["input"]["b"]) == vector["expected"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"indel": 0.0}, "indel=0.0"),
        ({"indel": float("nan")}, "indel=nan"),
        ({"substitution": -1.0}, "0 or more"),
        ({"substitution": np.array([[0.0, 1.0], [2.0, 0.0]])}, "symmetric"),
        ({"substitution": np.array([[0.0]])}, "a row and a column for each of 2 steps"),
        ({"normalise": "longest"}, "no normalisation 'longest'"),
    ],
)
def test_costs_that_make_no_sense(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        distances(np.array([0, 1]), np.array([0, 1, 2]), **changed)
