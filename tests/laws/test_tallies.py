"""Tallies form a commutative group; those with units merge only where that is the truth."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxmetrics as cx
from cxmetrics.errors import MergeError
from cxmetrics.testing import strategies as cxst

SCALE = cx.one_to_five
ZERO = cx.Tally.of(SCALE)
ANY = st.booleans().flatmap(lambda weighted: cxst.tallies(SCALE, weighted=weighted))
WEIGHTED = cxst.tallies(SCALE, weighted=True)
FACTORS = st.integers(1, 32).map(lambda eighths: eighths / 8)


def design(prefix: str, **options: object) -> st.SearchStrategy[cx.Tally]:
    return cxst.tallies(SCALE, units=True, prefix=prefix, min_rows=1, **options)  # type: ignore[arg-type]


@given(ANY, ANY)
def test_addition_commutes(a: cx.Tally, b: cx.Tally) -> None:
    assert a + b == b + a


@given(ANY, ANY, ANY)
def test_addition_is_associative(a: cx.Tally, b: cx.Tally, c: cx.Tally) -> None:
    assert (a + b) + c == a + (b + c)
    assert sum([a, b, c]) == a + b + c


@given(ANY)
def test_the_empty_tally_is_neutral(a: cx.Tally) -> None:
    assert a + ZERO == a == ZERO + a == a - ZERO


@given(ANY)
def test_every_tally_has_an_inverse(a: cx.Tally) -> None:
    opposite = -a
    nothing = a + opposite
    assert -opposite == a
    assert not nothing.counts.any()
    assert not nothing.weights.any()
    assert not nothing.squares.any()
    assert (nothing.missing, nothing.off_scale) == (0, 0)


@given(ANY, ANY)
def test_what_was_added_can_be_taken_away(a: cx.Tally, b: cx.Tally) -> None:
    back = (a + b) - b
    assert back.counts.tolist() == a.counts.tolist()
    assert back.weights.tolist() == a.weights.tolist()
    assert back.squares.tolist() == a.squares.tolist()
    assert (back.missing, back.off_scale) == (a.missing, a.off_scale)
    if a.weighted or not b.weighted:
        assert back == a


@given(WEIGHTED, ANY, FACTORS)
def test_scaling_weights_distributes(a: cx.Tally, b: cx.Tally, factor: float) -> None:
    assert factor * (a + b) == a * factor + b * factor
    assert (a * factor).counts.tolist() == a.counts.tolist()
    assert (a * factor).n_effective == pytest.approx(a.n_effective)


@given(design("a"), design("b"), st.booleans())
def test_disjoint_units_merge(a: cx.Tally, b: cx.Tally, swap: bool) -> None:
    first, second = (b, a) if swap else (a, b)
    assert first + second == second + first
    assert (first + second) - second == first


@given(
    cxst.rows(SCALE, units=True, strata=True, weighted=True, prefix="a", min_rows=1),
    cxst.rows(SCALE, units=True, strata=True, weighted=True, prefix="b", min_rows=1),
)
def test_merging_equals_collecting_at_once(a: cxst.Columns, b: cxst.Columns) -> None:
    both = {name: a[name] + b[name] for name in a}
    names = {"rating": "rating", "weight": "weight", "unit": "unit", "strata": "stratum"}
    one, two, once = (cx.tally(rows, SCALE, **names).overall for rows in (a, b, both))
    merged = one + two
    assert canonical(merged) == canonical(once)
    assert merged.design is not None
    assert once.design is not None
    assert merged.design.degrees_of_freedom == once.design.degrees_of_freedom


def canonical(tally: cx.Tally) -> dict[str, object]:
    """The same tally, whatever the order in which its strata were met."""
    data = tally.to_dict()
    own = data["design"]
    order = sorted(range(len(own["strata"])), key=lambda h: str(own["strata"][h]))
    data["design"] = {
        "strata": [own["strata"][h] for h in order],
        "units": [own["units"][h] for h in order],
        "totals": [own["totals"][h] for h in order],
        "cross": sorted([order.index(h), i, j, v] for h, i, j, v in own["cross"]),
    }
    return data


def stratified(name: str, first: int) -> cx.Tally:
    return cx.tally([5, 1, 3], SCALE, unit=[first, first + 1, first + 2], strata=[name] * 3).overall


def test_addition_commutes_across_strata() -> None:
    north, south = stratified("north", 1), stratified("south", 11)
    assert north + south == south + north


def test_taking_a_stratum_away_restores() -> None:
    north, south = stratified("north", 1), stratified("south", 11)
    back = (north + south) - south
    assert back.design is not None
    assert back.design.degrees_of_freedom == 2
    assert cx.mean_rating(back).interval() == cx.mean_rating(north).interval()
    assert back == north


def test_shared_units_refuse_to_merge() -> None:
    spring = cx.tally([5, 1, 3], SCALE, unit=["ann", "bob", "cyd"]).overall
    autumn = cx.tally([4, 2], SCALE, unit=["bob", "dan"]).overall
    with pytest.raises(MergeError, match=r"1 units .* collect both parts in one call"):
        spring + autumn
    with pytest.raises(MergeError, match=r"1 units .* only whole units"):
        spring - autumn
    part = cx.tally([1], SCALE, unit=["bob"]).overall
    assert spring - part == cx.tally([5, 3], SCALE, unit=["ann", "cyd"]).overall


def test_units_are_known_by_name_from_every_engine() -> None:
    import polars as pl

    listed = cx.tally([5, 1], SCALE, unit=[1, 2]).overall
    framed = cx.tally(pl.DataFrame({"r": [4], "u": [2.0]}), SCALE, rating="r", unit="u").overall
    with pytest.raises(MergeError, match="1 units"):
        listed + framed


def test_units_have_no_negative() -> None:
    with pytest.raises(MergeError, match="no negative: subtract it from"):
        -cx.tally([5, 1], SCALE, unit=[1, 2]).overall


def test_unknown_overlap_refuses_to_merge() -> None:
    named = cx.tally([5, 1, 3], SCALE, unit=["ann", "bob", "cyd"]).overall
    plain = cx.tally([5, 1], SCALE).overall
    sheets = cx.tally([5, 1], SCALE, strata=["x", "x"]).overall
    thawed = cx.Tally.from_dict(named.to_dict())
    for other, word in ((plain, "same `unit`"), (sheets, "can't be added"), (thawed, "added")):
        with pytest.raises(MergeError, match=word):
            named + other
    assert sheets + sheets == cx.tally([5, 1, 5, 1], SCALE, strata=["x"] * 4).overall


def test_tallies_of_different_scales_refuse_to_merge() -> None:
    with pytest.raises(MergeError, match=r"1-5 and one on 0-10 .* convert the ratings"):
        ZERO + cx.Tally.of(cx.zero_to_ten)
    with pytest.raises(MergeError, match="low is good"):
        ZERO + cx.Tally.of(SCALE.reversed)


def test_suppressed_tallies_refuse_to_merge() -> None:
    hidden = cx.tally([5, 5, 1, 1, 1], SCALE, by=list("aabbb")).suppress(3)["a"]
    assert hidden.suppressed
    with pytest.raises(MergeError, match="collect again"):
        hidden + ZERO
    with pytest.raises(MergeError, match="collect again"):
        ZERO - hidden


def test_scaling_keeps_the_suppression() -> None:
    hidden = cx.tally([5, 5, 1, 1, 1], SCALE, by=list("aabbb")).suppress(3)["a"]
    assert (hidden * 2).suppressed
