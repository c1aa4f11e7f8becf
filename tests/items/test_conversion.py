"""Scale conversion: the mark that never comes off, and equal percentile ranks."""

from __future__ import annotations

import json

import numpy as np
import pytest

import cxmetrics as cx
from cxmetrics.errors import MergeError, ScaleError
from cxmetrics.items import equipercentile, rescale

FIVE = cx.Tally.of(cx.one_to_five, {1: 5, 2: 5, 3: 10, 4: 50, 5: 30})


def test_converted_ratings_carry_their_mark_everywhere() -> None:
    made = rescale(cx.one_to_five, cx.zero_to_ten)
    rows = made([1, 4, None, 5, 99], missing=[99])
    assert rows.values == (0.0, 7.5, None, 10.0, None)
    assert rows.converted == (True, True, False, True, False)
    frame = rows.to_native("pandas")
    assert frame["converted"].tolist() == [True, True, False, True, False]
    assert frame["conversion"][0] == "from 1-5 (linear)"
    told = made.counted(FIVE)
    score = cx.mean_rating.using(scale=told.scale)(told)
    again = cx.Score.from_dict(json.loads(json.dumps(score.to_dict())))
    for one in (score, again):
        assert "CONVERTED_SCALE" in {caution.code for caution in one.cautions}
        assert "converted from 1-5" in one.method
    assert score.value == pytest.approx(made.mean(FIVE)) == pytest.approx((3.95 - 1) * 2.5)
    assert score.interval().width == pytest.approx(2.5 * cx.mean_rating(FIVE).interval().width)


def test_converted_and_native_ratings_never_mix() -> None:
    ten = cx.Tally.of(cx.Scale(0, 10, step=2.5), {0: 3, 10: 4})
    told = rescale(cx.one_to_five, cx.zero_to_ten).counted(FIVE)
    assert told.scale.points == ten.scale.points
    with pytest.raises(MergeError, match="converted from 1-5"):
        told + ten
    with pytest.raises(ScaleError, match="converted"):
        assert cx.mean_rating.using(scale=ten.scale)(told).value
    with pytest.raises(ScaleError, match="converted already"):
        rescale(told.scale, cx.one_to_ten)


def test_cubes_convert_too() -> None:
    cube = cx.tally([1, 5, 4, 4], cx.one_to_five, by=["n", "n", "s", "s"])
    told = rescale(cx.one_to_five, cx.zero_to_ten).counted(cube)
    scores = cx.mean_rating.using(scale=told.scale)(told)
    assert {group: score.value for group, score in scores.items()} == {"n": 5.0, "s": 7.5}


def test_dawes_takes_three_tenths_off_and_only_where_he_measured() -> None:
    plain, dawes = (rescale(cx.one_to_seven, cx.one_to_ten, method=m) for m in ("linear", "dawes"))  # type: ignore[arg-type]
    assert plain.values == pytest.approx([1 + 1.5 * x for x in range(7)])
    assert dawes.mean(cx.Tally.of(cx.one_to_seven, {6: 4})) == pytest.approx(8.2)
    with pytest.raises(ScaleError, match="5 and 7 points"):
        rescale(cx.one_to_five, cx.zero_to_ten, method="dawes")


def bridge(n: int, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return ratings of the same people on 1-5 and 0-10, from one latent opinion."""
    dice = np.random.default_rng(seed)
    latent = dice.normal(size=n)
    five = np.digitize(latent, [-1.5, -0.7, 0.2, 1.1]) + 1.0
    return five, np.digitize(latent, np.linspace(-2, 1.6, 10)).astype(float)


def link(data: dict[str, object]) -> object:
    return equipercentile(
        data,
        source="five",
        target="ten",
        source_scale=cx.one_to_five,
        target_scale=cx.zero_to_ten,
    )


def test_equipercentile_keeps_percentile_ranks() -> None:
    five, ten = bridge(4000, seed=1)
    found = link({"five": five, "ten": ten})
    assert found.n == (4000, 4000)
    edges = np.append(np.arange(-0.5, 10), 10.5)
    shares = np.append(0, np.cumsum(np.bincount(ten.astype(int), minlength=11) / 4000))
    for point, value in zip(range(1, 6), found.values, strict=True):
        rank = (five < point).mean() + (five == point).mean() / 2
        assert np.interp(value, edges, shares) == pytest.approx(rank, abs=1e-9)
    assert found.mean(cx.Tally.of(cx.one_to_five, np.bincount(five.astype(int))[1:].tolist())) == (
        pytest.approx(ten.mean(), abs=0.15)
    )
    assert [caution.code for caution in found.cautions] == ["CONVERTED_SCALE"]
    with pytest.raises(ScaleError, match="not evenly spaced"):
        found.counted(FIVE)
    assert found([5, None]).values == (found.values[4], None)


def test_a_random_split_links_as_the_same_people_do_less_surely() -> None:
    five, ten = bridge(4000, seed=1)
    both = link({"five": five, "ten": ten})
    half = np.arange(4000) % 2 == 0
    split = link({"five": np.where(half, five, np.nan), "ten": np.where(half, np.nan, ten)})
    assert split.n == (2000, 2000)
    assert split.values == pytest.approx(both.values, abs=0.3)
    for one, two in zip(both.intervals, split.intervals, strict=True):
        assert one.width < two.width


def test_intervals_of_a_split_bridge_cover() -> None:
    truth = np.array(link(dict(zip(("five", "ten"), bridge(400_000, seed=0), strict=True))).values)
    hits = np.zeros(5)
    for seed in range(80):
        five, ten = bridge(600, seed=100 + seed)
        half = np.arange(600) % 2 == 0
        found = link({"five": np.where(half, five, np.nan), "ten": np.where(half, np.nan, ten)})
        hits += [value in interval for value, interval in zip(truth, found.intervals, strict=True)]
    assert (hits >= 70).all(), hits  # 76 expected, sd 1.9


def test_json() -> None:
    five, ten = bridge(90, seed=2)
    found = link({"five": five, "ten": ten})
    json.dumps(found.to_dict(), allow_nan=False)
    assert "SMALL_SAMPLE" in {caution.code for caution in found.cautions}
    assert json.loads(json.dumps(rescale(cx.one_to_five, cx.one_to_ten)([1]).to_dict()))[
        "converted"
    ] == [True]
