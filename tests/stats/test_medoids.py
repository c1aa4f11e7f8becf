"""Medoids and silhouettes: the truth vector, all subsets, items written out one by one."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics.errors import UsageError
from cxmetrics.stats.medoids import jaccard, pam, silhouettes

POINTS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=3, max_size=9, unique=True
)
TIMES = st.lists(st.integers(1, 5), min_size=9, max_size=9)


def apart(points: list[tuple[int, int]] | np.ndarray) -> np.ndarray:
    """City-block distances: whole numbers, so that sums are exact."""
    values = np.array(points, dtype=np.float64)
    found: np.ndarray = np.abs(values[:, None] - values).sum(axis=2)
    return found


def cost(distances: np.ndarray, medoids: tuple[int, ...], times: np.ndarray) -> float:
    return float(distances[list(medoids)].min(axis=0) @ times)


def test_the_truth_vector(shared: Path) -> None:
    vectors = json.loads((shared / "reference" / "truth.json").read_text())
    (vector,) = (v for v in vectors if v["method"] == "journey.pam_silhouette")
    points, expected = np.array(vector["input"]["points"]), vector["expected"]
    distances = np.sqrt(((points[:, None] - points) ** 2).sum(axis=2))
    found = pam(distances, 3)
    assert (found.of + 1).tolist() == expected["clusters"]
    tied = {1: {1, 2}, 2: {1, 2}, 4: {3, 4}}  # of two points either is the medoid
    for got, want in zip(found.medoids + 1, expected["medoids"], strict=True):
        assert got in tied.get(want, {want})
    own = silhouettes(distances, found.of)
    assert own == pytest.approx(expected["silhouette"], abs=vector["tol"])
    assert own.mean() == pytest.approx(expected["avg"], abs=vector["tol"])


@given(points=POINTS, times=TIMES, k=st.integers(1, 3))
def test_no_exchange_saves_anything(
    points: list[tuple[int, int]], times: list[int], k: int
) -> None:
    """A local minimum of the sum, and the sum is what the items cost."""
    distances, weights = apart(points), np.array(times[: len(points)])
    found = pam(distances, k, weights=weights)
    chosen = tuple(found.medoids.tolist())
    assert found.cost == cost(distances, chosen, weights)
    assert (distances[found.medoids[found.of], np.arange(len(points))]).sum() == (
        distances[list(chosen)].min(axis=0).sum()
    )
    assert found.of[found.medoids].tolist() == list(range(k))
    for out in chosen:
        for item in set(range(len(points))) - set(chosen):
            other = tuple(item if medoid == out else medoid for medoid in chosen)
            assert cost(distances, other, weights) >= found.cost


def test_mostly_the_best_of_all_subsets() -> None:
    """PAM is a local search: of 60 small random sets it may miss the optimum of a few."""
    rng = np.random.default_rng(11)
    best = 0
    for _ in range(60):
        distances, times = apart(rng.integers(0, 100, (10, 2))), rng.integers(1, 9, 10)
        least = min(cost(distances, chosen, times) for chosen in combinations(range(10), 3))
        found = pam(distances, 3, weights=times).cost
        assert found <= 1.15 * least
        best += found == least
    assert best >= 54


@given(points=POINTS, times=TIMES, k=st.integers(2, 3))
def test_a_weight_is_a_frequency(points: list[tuple[int, int]], times: list[int], k: int) -> None:
    weights = np.array(times[: len(points)])
    rows = np.repeat(np.arange(len(points)), weights)
    once, each = apart(points), apart(np.array(points)[rows])
    found, spread = pam(once, k, weights=weights), pam(each, k)
    assert rows[spread.medoids].tolist() == found.medoids.tolist()
    assert spread.cost == found.cost
    own = silhouettes(once, found.of, weights=weights)
    assert silhouettes(each, found.of[rows]) == pytest.approx(own[rows])


@given(points=POINTS, times=TIMES, seed=st.integers(0, 99))
def test_the_order_of_the_items_does_not_matter(
    points: list[tuple[int, int]], times: list[int], seed: int
) -> None:
    """Except among equals, where the lower index is taken: here no two sums are equal."""
    rng = np.random.default_rng(seed)
    values = np.array(points) + rng.random((len(points), 2))
    weights = np.array(times[: len(points)]) + rng.random(len(points))
    order = rng.permutation(len(points))
    found = pam(apart(values), 2, weights=weights)
    moved = pam(apart(values[order]), 2, weights=weights[order])
    assert set(order[moved.medoids]) == set(found.medoids)
    assert moved.cost == pytest.approx(found.cost)
    own = silhouettes(apart(values), found.of, weights=weights)
    again = silhouettes(apart(values[order]), moved.of, weights=weights[order])
    assert again == pytest.approx(own[order])


def test_equals_go_to_the_lower_index() -> None:
    square = apart([(0, 0), (0, 1), (1, 0), (1, 1)])
    assert pam(square, 1).medoids.tolist() == [0]
    assert pam(square, 2).medoids.tolist() == pam(square * 0.1, 2).medoids.tolist() == [0, 1]
    assert pam(np.zeros((4, 4)), 2).of.tolist() == [0, 1, 0, 0]


@given(points=POINTS, seed=st.integers(0, 99))
def test_silhouettes_by_the_book(points: list[tuple[int, int]], seed: int) -> None:
    of = np.random.default_rng(seed).permutation(np.arange(len(points)) % 3)
    distances = apart(points)
    for item, got in enumerate(silhouettes(distances, of)):
        own = [j for j in range(len(points)) if of[j] == of[item] and j != item]
        if not own:
            assert got == 0
            continue
        a = distances[item, own].mean()
        b = min(distances[item, of == other].mean() for other in {0, 1, 2} - {of[item]})
        assert got == pytest.approx((b - a) / max(a, b))


def test_silhouettes_of_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(3)
    distances, of = apart(rng.integers(0, 50, (40, 2))), rng.integers(0, 4, 40)
    expected = metrics.silhouette_samples(distances, of, metric="precomputed")
    assert silhouettes(distances, of) == pytest.approx(expected)


def test_jaccard_knows_no_names() -> None:
    of = np.array([0, 0, 1, 1, 2])
    weights = np.array([3, 1, 2, 2, 5])
    assert jaccard(of, (of + 1) % 3, size=3, weights=weights).tolist() == [1, 1, 1]
    other = np.array([0, 1, 1, 1, 1])  # 3 of 3 + 1; 4 of 4 + 1 + 5; 5 of 5 + 1 + 4
    assert jaccard(of, other, size=3, weights=weights) == pytest.approx([0.75, 0.4, 0.5])


def test_what_makes_no_sense() -> None:
    pair = np.array([[0.0, 1.0], [1.0, 0.0]])
    with pytest.raises(UsageError, match="k=3: give 1 to 2"):
        pam(pair, 3)
    with pytest.raises(UsageError, match="2 weights above 0"):
        pam(pair, 1, weights=np.array([1, 0]))
    with pytest.raises(UsageError, match="two or more"):
        silhouettes(pair, np.array([0, 0]))
