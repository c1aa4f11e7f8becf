"""Drivers: against regressions refitted subset by subset, intervals, the quadrant."""

from __future__ import annotations

import json
from itertools import combinations, permutations
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import statsmodels.api as sm

import cxmetrics as cx
from cxmetrics.engines.products import moments
from cxmetrics.errors import DataError
from cxmetrics.items import Drivers, drivers
from cxmetrics.stats import importance

NAMES = ["a", "b", "c", "d"]


def survey(n: int = 400, *, seed: int = 5, gaps: float = 0.0) -> pd.DataFrame:
    """Return ratings with a common part; the outcome listens to a most, to d not at all."""
    dice = np.random.default_rng(seed)
    common = dice.normal(size=n)
    rows = {name: np.clip(np.rint(3 + common + dice.normal(size=n)), 1, 5) for name in NAMES}
    taste = 0.9 * rows["a"] + 0.5 * rows["b"] + 0.3 * rows["c"] + dice.normal(size=n)
    rows["y"] = np.clip(np.rint(2 + taste), 0, 10)
    frame = pd.DataFrame(rows)
    frame[dice.random(frame.shape) < gaps] = np.nan
    frame["w"] = dice.choice([0.5, 1.0, 2.5], n)
    return frame


def refitted(frame: pd.DataFrame, names: tuple[str, ...], weight: Any) -> float:
    if not names:
        return 0.0
    model = sm.WLS(frame["y"], sm.add_constant(frame[list(names)]), weights=weight)
    return float(model.fit().rsquared)


@pytest.mark.parametrize("weight", [None, "w"])
def test_every_subset_is_the_r2_of_a_regression(weight: str | None) -> None:
    frame = survey()
    found = drivers(frame, outcome="y", items=NAMES, weight=weight)
    w = 1.0 if weight is None else frame["w"]
    whole = found.moments.correlation
    subsets = importance.subset_r2(whole[1:, 1:], whole[1:, 0])
    for size in range(5):
        for places in combinations(range(4), size):
            number = sum(1 << place for place in places)
            alone = refitted(frame, tuple(NAMES[place] for place in places), w)
            assert subsets[number] == pytest.approx(alone, abs=1e-10)


@pytest.mark.parametrize("weight", [None, "w"])
def test_shares_are_the_mean_over_all_orders(weight: str | None) -> None:
    frame = survey()
    w = 1.0 if weight is None else frame["w"]
    r2 = {
        frozenset(chosen): refitted(frame, chosen, w)
        for size in range(5)
        for chosen in combinations(NAMES, size)
    }
    orders = list(permutations(NAMES))
    gains = dict.fromkeys(NAMES, 0.0)
    for order in orders:
        for place, name in enumerate(order):
            gains[name] += r2[frozenset(order[: place + 1])] - r2[frozenset(order[:place])]
    found = drivers(frame, outcome="y", items=NAMES, weight=weight)
    fitted = sm.WLS(frame["y"], sm.add_constant(frame[NAMES]), weights=w).fit()
    for name, driver in found.items():
        assert driver.share == pytest.approx(gains[name] / len(orders), abs=1e-10)
        without = frozenset(NAMES) - {name}
        assert driver.last == pytest.approx(r2[frozenset(NAMES)] - r2[without], abs=1e-10)
        assert driver.first == pytest.approx(r2[frozenset([name])], abs=1e-10)
        assert np.sign(driver.beta) == np.sign(fitted.params[name])
    assert found.r2 == pytest.approx(fitted.rsquared, abs=1e-12)
    assert next(iter(found)) == "a"
    assert [d.share for d in found.values()] == sorted(d.share for d in found.values())[::-1]


def test_correlations_are_those_of_pandas() -> None:
    frame = survey(gaps=0.2)
    pair = moments(frame, ["y", *NAMES], gaps="pairwise")
    assert pair.correlation == pytest.approx(frame[["y", *NAMES]].corr().to_numpy(), abs=1e-12)
    full = frame[["y", *NAMES]].dropna()
    listwise = moments(frame, ["y", *NAMES])
    assert listwise.n == len(full)
    assert listwise.correlation == pytest.approx(full.corr().to_numpy(), abs=1e-12)
    assert listwise.covariance == pytest.approx(full.cov().to_numpy(), abs=1e-12)
    assert listwise.missing.tolist() == frame[["y", *NAMES]].isna().sum().tolist()


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int64, np.float32])
def test_narrow_columns_are_counted_exactly(kind: Any) -> None:
    dice = np.random.default_rng(3)
    rows = {name: dice.integers(0, 11, 200_000).astype(kind) for name in "xyz"}
    found = moments(rows, ["x", "y", "z"], scale=cx.zero_to_ten)
    wide = np.stack([rows[name].astype(np.int64) - 5 for name in "xyz"])
    assert np.array_equal(found.products[0], wide @ wide.T)
    assert np.array_equal(found.sums[0, :, 0], wide.sum(axis=1))


def test_large_whole_numbers_are_not_multiplied_narrowly() -> None:
    dice = np.random.default_rng(3)
    rows = {name: dice.integers(0, 200_000, 50_000) for name in "xy"}
    found = moments(rows, ["x", "y"])
    truth = np.corrcoef(rows["x"], rows["y"])
    assert found.correlation == pytest.approx(truth, abs=1e-12)


@pytest.mark.parametrize(
    "made",
    [
        pl.from_pandas,
        lambda frame: pl.from_pandas(frame).lazy(),
        pa.Table.from_pandas,
        lambda frame: {name: frame[name].tolist() for name in frame},
        lambda frame: {name: frame[name].to_numpy() for name in frame},
    ],
)
def test_every_frame_gives_the_same(made: Any) -> None:
    frame = survey(gaps=0.1)
    options: dict[str, Any] = {"outcome": "y", "items": NAMES, "weight": "w", "gaps": "pairwise"}
    assert drivers(made(frame), **options) == drivers(frame, **options)


def test_where_and_missing_codes() -> None:
    frame = survey()
    coded = frame.assign(shop=["n", "s"] * 200)
    coded.loc[::7, "a"] = 99
    found = drivers(
        coded, outcome="y", items=NAMES, where={"shop": "n"}, missing=[99], scale=cx.one_to_five
    )
    kept = coded[(coded["shop"] == "n") & (coded["a"] != 99)]
    assert found.n == len(kept)
    assert found.r2 == pytest.approx(refitted(kept, tuple(NAMES), 1.0), abs=1e-10)


def test_intervals_cover_as_often_as_they_say() -> None:
    """The truth: the shares in a hundred times as many rows of the same kind."""
    truth = drivers(survey(200_000, seed=1), outcome="y", items=NAMES)
    hits = dict.fromkeys(NAMES, 0)
    inside = 0
    for seed in range(60):
        found = drivers(survey(300, seed=1000 + seed), outcome="y", items=NAMES, replicates=300)
        for name in NAMES:
            hits[name] += truth[name].percent in found[name].interval  # type: ignore[operator]
        gap = truth["a"].percent - truth["b"].percent
        inside += gap in found.compare("a", "b").interval
    assert all(hit >= 51 for hit in hits.values()), hits  # 57 expected, sd 1.7
    assert inside >= 51


def test_parts_have_the_spread_of_the_row_bootstrap() -> None:
    frame = survey(20_000, seed=9)
    found = drivers(frame, outcome="y", items=NAMES)  # 1,000 parts of 20 rows
    dice = np.random.default_rng(0)
    rows = frame[["y", *NAMES]].to_numpy()
    drawn = []
    for _ in range(300):
        whole = np.corrcoef(rows[dice.integers(0, len(rows), len(rows))].T)
        shares = importance.lmg(whole[1:, 1:], whole[1:, 0])
        drawn.append(100 * shares / shares.sum())
    spread = np.std(drawn, axis=0)
    for place, name in enumerate(NAMES):
        interval = found[name].interval
        assert interval is not None
        assert interval.width / 3.92 == pytest.approx(spread[place], rel=0.15)


@pytest.mark.parametrize("unit", [None, "who"])
def test_the_order_of_the_rows_does_not_matter(unit: str | None) -> None:
    """Parts are dealt at random: sorted rows must not make parts of alike people."""
    frame = survey(4000).assign(who=range(4000))
    ordered = frame.sort_values(["a", "y"], ignore_index=True).assign(who=range(4000))
    options: dict[str, Any] = {"outcome": "y", "items": NAMES, "unit": unit}
    one, two = (drivers(rows, **options)["a"] for rows in (frame, ordered))
    for name in ("interval", "performance_interval"):
        assert getattr(two, name).width == pytest.approx(getattr(one, name).width, rel=0.15)


def test_a_driver_alone_has_all_of_r2_in_every_replicate() -> None:
    alone = drivers(survey(), outcome="y", items=["a"])["a"].interval
    assert alone is not None
    assert [alone.low, alone.high] == pytest.approx([100, 100])


def test_units_widen_the_intervals() -> None:
    frame = survey(200)
    copies = pd.concat([frame.assign(who=range(200))] * 5, ignore_index=True)
    honest = drivers(copies, outcome="y", items=NAMES, unit="who")
    naive = drivers(copies, outcome="y", items=NAMES)
    once = drivers(frame, outcome="y", items=NAMES)
    for name in NAMES:
        widths = [found[name].interval.width for found in (honest, naive, once)]  # type: ignore[union-attr]
        assert widths[0] == pytest.approx(widths[2], rel=0.15)
        assert widths[0] > 1.6 * widths[1]


def test_noise_is_not_above_noise() -> None:
    frame = survey(2000, seed=11)
    frame["dice"] = np.random.default_rng(1).integers(1, 6, 2000)
    found = drivers(frame, outcome="y", items=[*NAMES, "dice"])
    assert found["a"].above_noise
    assert not found["dice"].above_noise
    whole = moments(frame, ["y", *NAMES]).correlation
    rows = frame[["y", *NAMES]].to_numpy()
    rows = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    shares = []
    for seed in range(400):  # really add a random column, many times
        random = np.random.default_rng(seed).normal(size=2000)
        with_it = (rows.T @ (random - random.mean())) / 2000 / random.std()
        among = np.eye(5)
        among[:4, :4], among[:4, 4], among[4, :4] = whole[1:, 1:], with_it[1:], with_it[1:]
        shares.append(importance.lmg(among, np.append(whole[1:, 0], with_it[0]))[4])
    without = drivers(frame, outcome="y", items=NAMES).noise
    assert without == pytest.approx(np.quantile(shares, 0.95), rel=0.15)


def test_more_than_twenty_drivers_have_relative_weights() -> None:
    dice = np.random.default_rng(2)
    rows = {f"x{i}": dice.normal(size=900) for i in range(22)}
    rows["y"] = sum(rows.values()) + dice.normal(size=900)
    found = drivers(rows, outcome="y", items=list(rows)[:-1])
    assert found.importance == "johnson"
    assert all(d.share == pytest.approx(d.relative_weight) for d in found.values())
    assert sum(d.share for d in found.values()) == pytest.approx(found.r2)


def test_moments_give_the_same_shares_without_intervals() -> None:
    frame = survey()
    found = drivers(frame, outcome="y", items=NAMES)
    again = drivers(type(found.moments).from_dict(found.moments.to_dict()), outcome="y")
    assert [d.share for d in again.values()] == [d.share for d in found.values()]
    assert again["a"].interval is None
    assert "NO_INTERVAL" in {caution.code for caution in again.cautions}
    with pytest.raises(DataError, match="nothing to draw"):
        again.compare("a", "b")


def test_the_same_seed_gives_the_same_intervals_and_another_level_a_wider_one() -> None:
    frame = survey()
    one, two = (drivers(frame, outcome="y", items=NAMES) for _ in range(2))
    assert one == two
    wide = drivers(frame, outcome="y", items=NAMES, level=0.99)
    assert wide["a"].interval.width > one["a"].interval.width  # type: ignore[union-attr]
    pair = one.compare("a", "d")
    assert pair.significant
    assert pair.value == pytest.approx(-one.compare("d", "a").value)
    assert one.compare("a", "d", level=0.5).interval.width < pair.interval.width


def codes(found: Drivers) -> set[str]:
    return {caution.code for caution in found.cautions}


def test_cautions() -> None:
    frame = survey(1000, seed=4)
    clean = drivers(frame, outcome="y", items=NAMES)
    assert codes(clean) == set()
    assert codes(drivers(frame[:100], outcome="y", items=NAMES)) >= {"SMALL_SAMPLE"}
    frame["e"] = frame["a"] + np.random.default_rng(1).normal(0, 0.1, 1000)
    assert "COLLINEAR" in codes(drivers(frame, outcome="y", items=[*NAMES, "e"]))
    holes = survey(1000, seed=4, gaps=0.1)
    assert "INCOMPLETE_ROWS" in codes(drivers(holes, outcome="y", items=NAMES))
    assert "INCOMPLETE_ROWS" not in codes(drivers(holes, outcome="y", items=NAMES, gaps="pairwise"))
    frame["w"] = np.where(np.arange(1000) % 50, 0.05, 10)
    weighted = codes(drivers(frame, outcome="y", items=NAMES, weight="w"))
    assert {"LOW_EFFECTIVE_N", "EXTREME_WEIGHTS"} <= weighted
    dice = np.random.default_rng(8)
    clear, both = dice.normal(size=900), dice.normal(size=900)
    suppressed = {"y": clear + 0.3 * both, "x1": clear + both, "x2": both}
    assert "SUPPRESSOR" in codes(drivers(suppressed, outcome="y", items=["x1", "x2"]))


def test_json_has_no_nan_and_texts_say_what_counts() -> None:
    found = drivers(survey(gaps=0.05), outcome="y", items=NAMES, scale=cx.one_to_five)
    for result in (found.to_dict(), found.priorities().to_dict()):
        json.loads(json.dumps(result, allow_nan=False))
    assert str(found).startswith("Drivers of y: R² 0.")
    assert "Association, not cause" in found.method
    assert found._repr_html_().count("<tr>") == 5


def test_quadrants_follow_the_means_and_doubt_the_intervals() -> None:
    frame = survey(4000, seed=3)
    frame["b"] = np.clip(frame["b"] - 1, 1, 5)
    found = drivers(frame, outcome="y", items=NAMES, scale=cx.one_to_five).priorities()
    importance_, performance = found.cuts
    assert importance_ == 25
    assert performance == pytest.approx(frame[NAMES].mean().mean())
    for name, priority in found.items():
        high = priority.driver.percent >= 25
        good = frame[name].mean() >= performance
        names = {(1, 0): "improve first", (1, 1): "keep up", (0, 0): "low priority"}
        assert priority.quadrant == names.get((high, good), "possible overkill")
        assert priority.performance == pytest.approx(frame[name].mean())
    assert found["a"].determined
    doubt = drivers(frame[:60], outcome="y", items=NAMES, scale=cx.one_to_five).priorities()
    assert not all(priority.determined for priority in doubt.values())


def test_low_is_good_scales_are_turned_round_and_mixed_scales_told_in_percent() -> None:
    frame = survey(1000)
    effort = frame.assign(a=6 - frame["a"])
    plain = drivers(frame, outcome="y", items=NAMES, scale=cx.one_to_five).priorities()
    low = {**dict.fromkeys(NAMES, cx.one_to_five), "a": cx.effort_one_to_five}
    turned = drivers(effort, outcome="y", items=NAMES, scale=low).priorities()
    assert turned.unit == "percent"
    for name in NAMES:
        told = 25 * (plain[name].performance - 1)
        assert turned[name].performance == pytest.approx(told)
        assert turned[name].quadrant == plain[name].quadrant
    assert turned["a"].driver.correlation < 0
    half = drivers(frame, outcome="y", items=NAMES, scale={"a": cx.one_to_five})
    with pytest.raises(DataError, match="some drivers have a scale"):
        half.priorities().to_dict()
