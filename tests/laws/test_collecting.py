"""Counting commutes with cutting, joining and shuffling the rows, and with regrouping the cube."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import cxmetrics as cx
from cxmetrics.errors import ColumnError, MergeError, UsageError
from cxmetrics.testing import strategies as cxst

SCALE = cx.one_to_five
WEIGHTED = cxst.rows(SCALE, weighted=True)
DESIGN = cxst.rows(SCALE, weighted=True, units=True, strata=True, min_rows=1)


def collected(columns: cxst.Columns, **options: Any) -> cx.Cube:
    names = {"weight": "weight", "unit": "unit", "strata": "stratum"}
    found: dict[str, Any] = {what: name for what, name in names.items() if name in columns}
    rated = [name for name in columns if name.startswith(("rating", "item"))]
    return cx.tally(columns, SCALE, **{"rating": rated, **found, **options})


def picked(columns: cxst.Columns, places: list[int]) -> cxst.Columns:
    return {name: [values[place] for place in places] for name, values in columns.items()}


def usable(*parts: cxst.Columns) -> bool:
    """Ratings whose weights are all zero are refused, so they can't be collected."""
    rated = [
        [w for w, r in zip(part["weight"], part["rating"], strict=True) if r is not None]
        for part in parts
    ]
    return all(any(weights) for weights in rated if weights)


@given(WEIGHTED, st.data())
def test_collecting_commutes_with_splitting(columns: cxst.Columns, data: st.DataObject) -> None:
    size = len(columns["rating"])
    first = data.draw(st.lists(st.booleans(), min_size=size, max_size=size))
    parts = [picked(columns, [i for i, f in enumerate(first) if f == side]) for side in (1, 0)]
    assume(usable(*parts))
    whole = collected(columns, by=["group", "wave"])
    assert collected(parts[0], by=["group", "wave"]) + collected(
        parts[1], by=["group", "wave"]
    ) == (whole)
    bare = [collected({k: v for k, v in part.items() if k != "weight"}).overall for part in parts]
    assert sum(bare) == collected({k: v for k, v in columns.items() if k != "weight"}).overall


@given(DESIGN, st.data())
def test_shuffled_rows_count_the_same(columns: cxst.Columns, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(columns["rating"]))))
    plain = {name: values for name, values in columns.items() if name != "stratum"}
    for by in ((), ("group",), ("group", "wave")):
        assert collected(picked(plain, order), by=by) == collected(plain, by=by)


def test_shuffled_strata_count_the_same() -> None:
    # Once: the strata keep the order in which they were met, so equal data give unequal cubes.
    rows = {"rating": [1, 2, 3, 4], "stratum": ["b", "b", "a", "a"], "unit": [1, 2, 3, 4]}
    assert collected(picked(rows, [3, 1, 0, 2])) == collected(rows)


@given(DESIGN)
def test_rolling_up_equals_not_splitting(columns: cxst.Columns) -> None:
    cube = collected(columns, by=["group", "wave"])
    assert cube.roll_up("group") == collected(columns, by="group")
    assert cube.roll_up("wave", "group") == collected(columns, by=["wave", "group"])
    assert cube.overall == collected(columns).overall
    assert cube.roll_up("wave").overall == cube.overall


@given(cxst.rows(SCALE, items=3, weighted=True, strata=True, min_rows=2))
def test_wide_items_roll_up(columns: cxst.Columns) -> None:
    cube = collected(columns, by="wave")
    assert cube.dims == ("item", "wave")
    assert cube.roll_up("item") == collected(columns)
    answered = [
        len([v for v in columns[name] if v is not None]) for name in ("item1", "item2", "item3")
    ]
    assert [tally.n for tally in cube.roll_up("item").values()] == answered
    # Each sheet is a unit, as if the rows were made long and named by their sheet.
    sheets = list(range(len(columns["wave"])))
    long = {
        "rating": columns["item1"] + columns["item2"] + columns["item3"],
        "item": ["item1"] * len(sheets) + ["item2"] * len(sheets) + ["item3"] * len(sheets),
        **{name: columns[name] * 3 for name in ("weight", "stratum")},
        "unit": sheets * 3,
    }
    wide, named = (
        made.to_dict()
        for made in (cube.roll_up("item"), collected(long, rating="rating", by="item"))
    )
    for made in (wide, named):  # one knows its units by row, the other by name
        made["design"].pop("rows", None)
    assert wide == named


@given(WEIGHTED)
def test_slicing_equals_filtering(columns: cxst.Columns) -> None:
    cube = collected(columns, by=["group", "wave"])
    for wave in set(columns["wave"]):
        places = [i for i, w in enumerate(columns["wave"]) if w == wave]
        assume(usable(picked(columns, places)))
        filtered = collected(columns, by=["group", "wave"], where={"wave": wave})
        assert cube.slice(wave=wave) == filtered
        assert filtered == collected(picked(columns, places), by=["group", "wave"])
    if columns["wave"]:
        assert cube.slice(wave=[2023, 2024, 2025]) == cube


@given(WEIGHTED, st.integers(1, 3))
def test_rolling_equals_explicit_filters(columns: cxst.Columns, window: int) -> None:
    cube = collected(columns, by="wave")
    waves = sorted(set(columns["wave"]))
    assume(len(waves) >= window)
    rolled = cube.rolling("wave", window)
    assert list(rolled) == waves[window - 1 :]
    for last, wave in enumerate(waves[window - 1 :], window - 1):
        inside = waves[last - window + 1 : last + 1]
        if usable(picked(columns, [i for i, v in enumerate(columns["wave"]) if v in inside])):
            expected = collected(columns, where={"wave": inside}).overall
            assert rolled[wave] == expected


@given(cxst.cubes(SCALE, by=("group", "wave"), min_rows=1), st.integers(0, 8))
def test_suppression_hides_the_small_and_one_more(cube: cx.Cube, floor: int) -> None:
    hidden = cube.suppress(floor)
    assert list(hidden) == list(cube)
    small = [key for key, tally in cube.items() if 0 < tally.n < floor]
    gone = [key for key, tally in hidden.items() if tally.suppressed]
    assert set(small) <= set(gone)
    for key, tally in hidden.items():
        if key in gone:
            assert (tally.n, tally.missing, tally.off_scale) == (0, 0, 0)
        else:
            assert tally == cube[key]
    answering = [key for key, tally in cube.items() if tally.n]
    shown = [key for key in answering if key not in gone]
    if small:
        # The total minus what is shown is the sum of the hidden: never one group, never too few.
        assert len([key for key in gone if cube[key].n]) >= min(2, len(answering))
        assert not shown or sum(cube[key].n for key in gone) >= floor
        extra = [key for key in gone if key not in small and cube[key].n]
        for key in extra:
            assert cube[key].n <= min((cube[other].n for other in shown), default=10**9)
    else:
        assert hidden == cube


def test_suppression_keeps_the_total_and_says_so() -> None:
    answers = {"r": [10, 9, 2, 3, 10, 9, 8, 1] + [7] * 12, "t": ["a"] * 3 + ["b"] * 5 + ["c"] * 12}
    scores = cx.enps(answers, rating="r", by="t")
    assert [score.n for score in scores.values()] == [0, 0, 12]
    assert scores.overall.n == 20
    assert {c.code for c in scores["a"].cautions} == {"SUPPRESSED"}
    assert "hidden" in str(scores["a"])
    with pytest.raises(MergeError, match="regroup, then suppress"):
        scores.cube.roll_up()


def test_regrouping_by_an_unknown_name_says_the_known_ones() -> None:
    cube = cx.tally([1, 2], SCALE, by={"channel": ["web", "shop"]})
    with pytest.raises(ColumnError, match=r"'chanel' .* did you mean 'channel'"):
        cube.roll_up("chanel")
    with pytest.raises(ColumnError, match="Known labels: channel: shop, web"):
        cube.slice(channel="phone")
    with pytest.raises(UsageError, match="window of 3 over 2 labels"):
        cube.rolling("channel", 3)
