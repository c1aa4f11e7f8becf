"""Moments of a path against a loop, recovery, final scores, and what memory keeps of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics.datasets import blueprint as plan
from cxmetrics.datasets import company
from cxmetrics.errors import DataError, ScaleError, UsageError
from cxmetrics.journeys import Paths, paths
from cxmetrics.journeys.finals import finals, latest_before
from cxmetrics.journeys.memory import memory
from cxmetrics.journeys.moments import PathMoments, path_moments
from cxmetrics.journeys.recall import recall
from cxmetrics.stats.regression import least_squares

START = datetime(2026, 3, 1, tzinfo=UTC)


def walked(*lengths: int) -> Paths:
    """One path a customer, 0, 1, 2 ..., of the given lengths."""
    who = [k for k, length in enumerate(lengths) for _ in range(length)]
    log = {
        "customer": who,
        "stage": ["a"] * len(who),
        "at": [START + timedelta(hours=k) for k in range(len(who))],
    }
    return paths(log)


@given(st.lists(st.lists(st.none() | st.integers(-5, 5), min_size=1, max_size=7), min_size=1))
def test_agrees_with_a_loop(felt: list[list[int | None]]) -> None:
    flat = [x for own in felt for x in own]
    if all(x is None for x in flat):
        with pytest.raises(DataError, match="no moment on any path"):
            path_moments(walked(*map(len, felt)), flat, scale="-5:5")
        return
    found = path_moments(walked(*map(len, felt)), flat, scale="-5:5", recovery=(-3, 3))
    for k, given_ in enumerate(felt):
        own = [x for x in given_ if x is not None]
        assert found.n[k] == len(own)
        if not own:
            assert np.isnan([found.peak[k], found.end[k], found.mean[k], found.trend[k]]).all()
            continue
        peak = own[0]
        for x in own:
            peak = x if abs(x) >= abs(peak) else peak
        assert found.peak[k] == peak
        assert (found.end[k], found.first[k], found.low[k]) == (own[-1], own[0], min(own))
        assert found.mean[k] == pytest.approx(np.mean(own))
        if len(own) == 1:
            assert np.isnan(found.trend[k])
            assert found.peak[k] == found.end[k]
        else:
            slope = np.polyfit(range(len(own)), own, 1)[0]
            assert found.trend[k] == pytest.approx(slope, abs=1e-9)
        assert found.failed is not None
        assert found.recovered is not None
        assert found.failed[k] == (min(own) <= -3)
        assert found.recovered[k] == any(
            own[i] <= -3 and own[j] >= 3 for i in range(len(own)) for j in range(i, len(own))
        )
    bare = sum(all(x is None for x in own) for own in felt)
    assert [c.code for c in found.cautions] == (["INCOMPLETE_ROWS"] if bare else [])


@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow"])
def test_columns_of_frames_are_read_too(backend: Any) -> None:
    import narwhals as nw

    made = {"felt": [1, None, -3], "broken": [True, False, False], "mended": [False, True, False]}
    frame = nw.from_dict(made, backend=backend).to_native()
    found = path_moments(
        walked(2, 1), frame["felt"], scale="-5:5", failure=frame["broken"], repair=frame["mended"]
    )
    assert found.peak.tolist() == [1, -3]
    assert found.recovered is not None
    assert found.recovered.tolist() == [True, False]


def test_the_peak_is_farthest_from_the_middle_of_any_scale() -> None:
    found = path_moments(walked(3, 2), [7, 0, 9, 10, 0], scale="0:10")
    assert found.peak.tolist() == [0, 0]  # 0 is 5 from the middle, 9 is 4; 10 and 0: the later


def test_order_is_that_of_time_not_of_rows() -> None:
    log = {
        "customer": ["a"] * 3,
        "stage": ["x"] * 3,
        "at": [START + timedelta(k) for k in (2, 0, 1)],
    }
    found = path_moments(paths(log), [5, 1, 2], scale="1:5")
    assert (found.first[0], found.end[0], found.trend[0]) == (1, 5, 2)


def test_failure_and_repair_by_columns() -> None:
    broken = [1, 0, 0, 0, 1, 1, 0, 0]
    mended = [0, 1, 1, 0, 1, 0, 0, 0]
    found = path_moments(
        walked(2, 2, 1, 2, 1), [0] * 8, scale="-5:5",
        failure=[bool(x) for x in broken], repair=np.array(mended),
    )  # fmt: skip
    assert found.failed is not None
    assert found.recovered is not None
    assert found.failed.tolist() == [True, False, True, True, False]
    assert found.recovered.tolist() == [True, False, True, False, False]
    assert "3 paths with a failure, 2 of them repaired" in str(found)


@pytest.mark.parametrize(
    ("felt", "options", "error", "words"),
    [
        ([1, 2], {}, UsageError, "felt has 2 values, .* of 3 rows"),
        ([1, 2, 3, 4], {}, UsageError, "felt has 4 values, .* of 3 rows"),
        ([1, 2, 6], {}, ScaleError, "no point of the scale"),
        ([1, 2, 3], {"failure": [0, 1, 0]}, UsageError, "both failure= and repair="),
        ([1, 2, 3], {"recovery": (3, 1)}, UsageError, "the low rating comes first"),
        (
            [1, 2, 3],
            {"failure": [0, 1, 2], "repair": [0, 0, 0]},
            UsageError,
            "failure is true or false",
        ),
        (
            [1, 2, 3],
            {"failure": [0, 1, 0], "repair": [0, 0, 0], "recovery": (1, 3)},
            UsageError,
            "what a recovery is once",
        ),
    ],
)
def test_refuses(felt: Any, options: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        path_moments(walked(3), felt, scale="1:5", **options)


def test_missing_codes_are_no_moments() -> None:
    found = path_moments(walked(3), [1, 99, 4], scale="1:5", missing=[99])
    assert (found.n[0], found.mean[0]) == (2, 2.5)


# -- final scores ----------------------------------------------------------------------------------

TIMES = st.integers(0, 6)


@given(
    st.lists(st.tuples(st.integers(0, 2), TIMES), max_size=8),
    st.lists(st.tuples(st.integers(-1, 2), TIMES), max_size=8),
)
def test_latest_before_agrees_with_a_loop(
    things: list[tuple[int, int]], rows: list[tuple[int, int]]
) -> None:
    owner, at = (np.array([t[k] for t in things], dtype=np.int64) for k in (0, 1))
    who, moments = (np.array([r[k] for r in rows], dtype=np.int64) for k in (0, 1))
    expected = []
    for own, moment in rows:
        before = [(t, k) for k, (o, t) in enumerate(things) if o == own and t <= moment]
        expected.append(max(before)[1] if before else -1)
    assert latest_before(owner, at, who, moments).tolist() == expected


@pytest.fixture
def two_visits() -> Paths:
    log = {
        "customer": ["a", "a", "b", "a"],
        "stage": ["x"] * 4,
        "at": [START + timedelta(days=d) for d in (0, 1, 2, 20)],
        "case": ["j1", "j1", "j2", "j3"],
    }
    return paths(log, journey="case")


def test_finals_by_customer_journey_and_time(two_visits: Paths) -> None:
    told = {
        "customer": ["a", "z"],
        "case": ["j3", "j9"],
        "rating": [4, 1],
        "at": [START + timedelta(days=5), START],
    }
    by_customer = finals(two_visits, told)
    by_journey = finals(two_visits, told, journey="case")
    by_time = finals(two_visits, told, at="at")
    labels = two_visits.journey
    assert labels is not None
    for found, expected in (
        (by_customer, {"j1": 4, "j3": 4}),
        (by_journey, {"j3": 4}),
        (by_time, {"j1": 4}),
    ):
        known = dict(zip(labels.tolist(), found.values.tolist(), strict=True))
        assert {k: v for k, v in known.items() if v == v} == expected
        assert found.unmatched == 1
        assert [c.code for c in found.cautions] == ["UNMATCHED", "SURVIVORS"]


def test_finals_refuse_to_choose(two_visits: Paths) -> None:
    with pytest.raises(DataError, match=r"2 paths have several values .* customer 'a'"):
        finals(two_visits, {"customer": ["a", "a"], "rating": [4, 1]})
    with pytest.raises(DataError, match="none of 1 values"):
        finals(two_visits, {"customer": ["z"], "rating": [4]})
    with pytest.raises(DataError, match="not split by a journey"):
        finals(walked(1), {"customer": [0], "rating": [4], "case": [1]}, journey="case")


def test_a_journey_needs_no_customer(two_visits: Paths) -> None:
    found = finals(two_visits, {"case": ["j3"], "rating": [4]}, journey="case", name="visit")
    assert (found.known, found.name) == (1, "visit")


def test_missing_finals_are_not_zero(two_visits: Paths) -> None:
    found = finals(two_visits, {"customer": ["a", "b"], "rating": [None, 3]})
    assert found.known == 1
    assert found.unmatched == 0


# -- memory ----------------------------------------------------------------------------------------


def remembered(customers: int, seed: int) -> tuple[PathMoments, Any]:
    shop = company(customers, seed=seed)
    log = shop.interactions
    found = paths(log, step="touchpoint", journey="case", zone="UTC")
    moments = path_moments(
        found, log["felt"], scale="-5:5", failure=log["failure"], repair=log["recovered"]
    )
    return moments, finals(found, shop.responses, journey="case", where={"question": "nps"})


def test_finds_the_planted_memory() -> None:
    moments, final = remembered(25_000, seed=5)
    plain = recall(moments, final, scale="0:10")
    found = recall(moments, final, scale="0:10", model="bounded")
    planted = {
        "peak": plan.MEMORY_PEAK,
        "end": plan.MEMORY_END,
        "mean": plan.MEMORY_MEAN,
        "recovered": plan.MEMORY_RECOVERY,
    }
    for name, value in planted.items():
        assert value in found[name].interval, (name, found[name])
    assert plain["mean"].interval.high < 0.25, "least squares can't: the best rating ends at 10"
    assert any("too flat: model='bounded'" in note for note in plain.notes)
    assert sum(own.percent for own in found.values()) == pytest.approx(100)
    assert [c.code for c in found.cautions] == ["SURVIVORS"]
    assert found["peak"].p_adjusted >= found["peak"].p_value


def test_paths_of_one_customer_are_not_independent() -> None:
    rng = np.random.default_rng(2)
    felt = rng.integers(-5, 6, 240)
    log = {
        "customer": [k // 6 for k in range(240)],
        "stage": ["a"] * 240,
        "at": [START + timedelta(hours=k) for k in range(240)],
        "case": [k // 3 for k in range(240)],
    }
    walks = paths(log, journey="case")
    moments = path_moments(walks, felt, scale="-5:5")
    mood = np.repeat(rng.normal(size=40), 2)
    final = 5 + 0.5 * moments.mean + mood + rng.normal(size=80) / 5
    found = recall(moments, final, on=["mean", "end"])
    columns = np.column_stack([moments.mean, moments.end])
    shared = least_squares(final, columns, clusters=np.arange(80) // 2)
    assert found["mean"].standard_error == pytest.approx(shared.standard_errors[1])


def test_recall_refuses() -> None:
    moments, final = remembered(300, seed=1)
    with pytest.raises(UsageError, match="did you mean 'peak'"):
        recall(moments, final, on=["peek"])
    with pytest.raises(UsageError, match="needs the scale"):
        recall(moments, final, model="bounded")
    with pytest.raises(UsageError, match="3 final scores for"):
        recall(moments, [1, 2, 3])
    with pytest.raises(DataError, match="at least 7 are needed"):
        recall(moments, np.full(len(moments.n), np.nan))


def test_moments_as_columns_and_json() -> None:
    import json

    found = path_moments(walked(2, 1), [1, None, None], scale="1:5")
    assert json.loads(json.dumps(found.to_dict()))["columns"]["peak"] == [1.0, None]
    assert list(found) == ["customer", "peak", "end", "mean", "trend", "low", "first", "n"]


def test_rows_that_say_nothing_of_a_repair_are_counted() -> None:
    rng = np.random.default_rng(1)
    lived: dict[str, Any] = {f"m{k}": rng.integers(1, 6, 200).tolist() for k in range(3)}
    lived["remembered"] = (rng.integers(0, 6, 200) + np.array(lived["m2"])).tolist()
    lived["repaired"] = [None] * 150 + [0, 1] * 25
    found = memory(lived, moments=["m0", "m1", "m2"], recovered="repaired")
    (said,) = (own for own in found.cautions if own.code == "INCOMPLETE_ROWS")
    assert said.message.startswith("150 rows say nothing of repaired")
    full = {**lived, "repaired": [0] * 150 + [0, 1] * 25}
    assert not memory(full, moments=["m0", "m1", "m2"], recovered="repaired").cautions
