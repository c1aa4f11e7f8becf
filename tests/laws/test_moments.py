"""Laws of moments: adding, splitting, weights, and what follows for drivers and reliability."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

import cxmetrics as cx
from cxmetrics.engines.products import moments
from cxmetrics.stats import importance
from cxmetrics.stats import reliability as maths
from cxmetrics.summaries import Moments

ITEMS = ["y", "a", "b", "c"]
RATING = st.none() | st.integers(1, 5)
ROW = st.tuples(RATING, RATING, RATING, RATING, st.sampled_from([0.125, 0.5, 1.0, 2.0, 3.5]))
ROWS = st.lists(ROW, min_size=1, max_size=40)
GAPS = st.sampled_from(["listwise", "pairwise"])
SCALES = st.sampled_from([None, cx.one_to_five])


def columns(rows: list[tuple[Any, ...]]) -> dict[str, list[Any]]:
    return {name: [row[i] for row in rows] for i, name in enumerate([*ITEMS, "w"])}


def collected(rows: list[tuple[Any, ...]], gaps: str, scale: Any, **options: Any) -> Moments:
    return moments(columns(rows), ITEMS, gaps=gaps, scale=scale, weight="w", **options)  # type: ignore[arg-type]


def arrays(found: Moments) -> dict[str, Any]:
    return {k: v for k, v in found.to_dict().items() if k != "origin"}


@given(ROWS, ROWS, GAPS)
def test_merged_moments_are_the_moments_of_the_union(one: Any, two: Any, gaps: str) -> None:
    scale = cx.one_to_five  # one origin, and weights of eighths: exact
    whole = collected(one + two, gaps, scale)
    assert collected(one, gaps, scale) + collected(two, gaps, scale) == whole
    assert whole - collected(two, gaps, scale) == collected(one, gaps, scale)


@given(ROWS, ROWS, GAPS)
def test_measurements_merge_about_different_origins(one: Any, two: Any, gaps: str) -> None:
    two = [(*(None if v is None else v + 1000 for v in row[:4]), row[4]) for row in two]
    merged = collected(one, gaps, None) + collected(two, gaps, None)
    whole = collected(one + two, gaps, None)
    assert merged.n == whole.n
    assert merged.mean == pytest.approx(whole.mean, nan_ok=True)
    assert merged.correlation == pytest.approx(whole.correlation, abs=1e-9, nan_ok=True)


@given(ROWS, GAPS, SCALES)
def test_parts_add_up_and_survive_json(rows: Any, gaps: str, scale: Any) -> None:
    whole = collected(rows, gaps, scale)
    parts = collected(rows, gaps, scale, parts=7)
    assert parts.parts == min(7, len(rows))
    assert parts == whole == Moments.from_dict(whole.to_dict())


@given(ROWS, GAPS)
def test_a_row_with_weight_two_is_two_rows_in_every_sum(rows: Any, gaps: str) -> None:
    doubled = collected([(*row[:4], 2 * row[4]) for row in rows], gaps, cx.one_to_five)
    twice = collected(rows + rows, gaps, cx.one_to_five)
    for name in ("weights", "sums", "powers", "products"):
        assert np.array_equal(getattr(doubled, name), getattr(twice, name))
    same = {"abs": 1e-12, "nan_ok": True}
    assert doubled.correlation == pytest.approx(twice.correlation, **same)


@given(ROWS, GAPS, st.sampled_from([0.25, 8.0, 1e-6]))
def test_the_unit_of_the_weights_does_not_matter(rows: Any, gaps: str, factor: float) -> None:
    plain = collected(rows, gaps, cx.one_to_five)
    scaled = collected([(*row[:4], factor * row[4]) for row in rows], gaps, cx.one_to_five)
    same: dict[str, Any] = {"rel": 1e-9, "abs": 1e-12, "nan_ok": True}
    assert scaled.n == plain.n
    for name in ("mean", "covariance", "correlation", "n_effective"):
        assert getattr(scaled, name) == pytest.approx(getattr(plain, name), **same)


@given(ROWS, GAPS)
def test_turning_an_item_round_twice_changes_nothing(rows: Any, gaps: str) -> None:
    found = collected(rows, gaps, cx.one_to_five)
    turned = found.reversed(["a"])
    assert arrays(turned.reversed(["a"])) == arrays(found)
    by_hand = [(row[0], None if row[1] is None else 6 - row[1], *row[2:]) for row in rows]
    assert turned == collected(by_hand, gaps, cx.one_to_five)


@st.composite
def correlations(
    draw: st.DrawFn, drivers: int | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    p = drivers or draw(st.integers(1, 7))
    dice = np.random.default_rng(draw(st.integers(0, 10_000)))
    rows = dice.normal(size=(p + 8, p + 1)) + draw(st.floats(0, 3)) * dice.normal(size=(p + 8, 1))
    whole = np.corrcoef(rows.T)
    assume(np.linalg.eigvalsh(whole)[0] > 1e-6)
    return whole[:p, :p], whole[:p, p]


@given(correlations())
def test_shares_are_positive_and_sum_to_r2(found: Any) -> None:
    r2 = importance.coefficients(*found) @ found[1]
    for shares in (importance.lmg(*found), importance.relative_weights(*found)):
        assert shares.sum() == pytest.approx(r2, abs=1e-9)
        assert shares.min() >= -1e-12


@given(correlations(), st.randoms(use_true_random=False))
def test_relabelling_drivers_permutes_their_shares(found: Any, dice: Any) -> None:
    among, outcome = found
    order = list(range(len(outcome)))
    dice.shuffle(order)
    moved = among[np.ix_(order, order)], outcome[order]
    for shares in (importance.lmg, importance.relative_weights, importance.last):
        assert shares(*moved) == pytest.approx(shares(*found)[order], abs=1e-9)


@given(correlations())
def test_turning_a_driver_round_keeps_every_share(found: Any) -> None:
    among, outcome = found
    sign = np.where(np.arange(len(outcome)) % 2, 1.0, -1.0)
    turned = among * np.outer(sign, sign), outcome * sign
    for shares in (importance.lmg, importance.relative_weights):
        assert shares(*turned) == pytest.approx(shares(*found), abs=1e-9)


@given(st.integers(1, 7).flatmap(lambda p: st.tuples(correlations(p), correlations(p))))
def test_replicates_are_computed_as_alone(pair: Any) -> None:
    one, two = pair
    both = np.stack([one[0], two[0]]), np.stack([one[1], two[1]])
    for shares in (importance.lmg, importance.relative_weights, importance.subset_r2):
        found = shares(*both)
        found = found.T if shares is importance.subset_r2 else found
        assert found == pytest.approx(np.stack([shares(*one), shares(*two)]), abs=1e-12)


@given(st.lists(st.floats(0.2, 0.9), min_size=4, max_size=8))
def test_omega_is_never_under_alpha(loadings: list[float]) -> None:
    implied = np.outer(loadings, loadings)
    np.fill_diagonal(implied, 1)
    assert maths.omega(loadings) >= maths.alpha(implied) - 1e-12
    assert maths.one_factor(implied) == pytest.approx(loadings, abs=1e-5)
