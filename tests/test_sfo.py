"""Real ratings: 5,640 passengers of San Francisco airport in two waves (DataSF, PDDL)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow.csv
import pytest

import cxmetrics as cx

TOUCHPOINTS = ["signs_inside", "wifi", "restaurants", "clean_restrooms", "ease_security"]
FRAMES: dict[str, Callable[[str], Any]] = {
    "pandas": pd.read_csv,
    "polars": lambda path: pl.read_csv(path, infer_schema_length=None),
    "polars lazy": lambda path: pl.scan_csv(path, infer_schema_length=None),
    "pyarrow": pyarrow.csv.read_csv,
    "duckdb": lambda path: duckdb.connect().sql(f"from read_csv('{path}')"),
}


@pytest.fixture(scope="module")
def path(shared: Path) -> str:
    return str(shared / "data" / "sfo" / "sfo_2017_2018_tidy.csv")


@pytest.fixture(scope="module")
def sfo(path: str) -> pd.DataFrame:
    return pd.read_csv(path)


def test_weights_change_the_story(sfo: pd.DataFrame) -> None:
    weighted = cx.nps(sfo, rating="recommend", by="wave", weight="weight")
    plain = cx.nps(sfo, rating="recommend", by="wave")
    assert {k: (round(s.value, 1), s.n) for k, s in weighted.items()} == {
        2017: (40.4, 2746),
        2018: (35.1, 2650),
    }
    assert {k: round(s.value, 1) for k, s in plain.items()} == {2017: 39.8, 2018: 31.0}
    change = weighted[2018].compare(weighted[2017])
    assert round(change.value, 1) == -5.3
    assert change.significant
    assert abs(plain[2018].compare(plain[2017]).value) > abs(change.value) + 3
    row = sfo[sfo.recommend.notna() & (sfo.wave == 2017)]
    code = np.where(row.recommend >= 9, 100, np.where(row.recommend <= 6, -100, 0))
    assert weighted[2017].value == pytest.approx(np.average(code, weights=row.weight))


def test_boarding_areas_with_letters(sfo: pd.DataFrame) -> None:
    options: dict[str, Any] = {"rating": "recommend", "by": "boarding_area", "weight": "weight"}
    areas = cx.nps(sfo, where={"wave": 2018}, **options)
    assert [areas.rank()[0], round(areas["E"].value), areas["E"].n] == ["E", 51, 157]
    found = areas.compare()
    assert len(found) == 21
    assert found.letters["E"].split() == ["A", "C"]
    assert not any(letters for area, letters in found.letters.items() if area != "E")
    gates = cx.nps(sfo, unit="day_of_may", **options)  # interviews of a day share gates and flights
    simple = cx.nps(sfo, **options)
    assert gates["A"].interval().width > simple["A"].interval().width


def test_satisfaction_by_touchpoint(sfo: pd.DataFrame) -> None:
    touchpoints = cx.csat(sfo, rating=TOUCHPOINTS, weight="weight")
    assert list(touchpoints) == TOUCHPOINTS
    for name, score in touchpoints.items():
        rated = sfo[sfo[str(name)].notna()]
        satisfied = np.average(rated[str(name)] >= 4, weights=rated.weight)
        assert score.value == pytest.approx(100 * satisfied)
        assert score.n == len(rated)
        assert score.n_missing == len(sfo) - len(rated)
    pair = touchpoints["signs_inside"].compare(touchpoints["wifi"])
    apart = np.hypot(*(touchpoints[n].sample.variance ** 0.5 for n in ("signs_inside", "wifi")))
    assert pair.difference.standard_error < apart  # the same passengers rate both


@pytest.mark.parametrize("name", FRAMES)
def test_every_frame_counts_the_same(name: str, path: str, sfo: pd.DataFrame) -> None:
    frame = FRAMES[name](path)
    for query in (
        {"rating": "recommend", "by": ["wave", "boarding_area"], "weight": "weight"},
        {"rating": "recommend", "by": "boarding_area", "unit": "day_of_may"},
        {"rating": TOUCHPOINTS, "by": "wave"},
    ):
        scale = cx.zero_to_ten if query["rating"] == "recommend" else cx.one_to_five
        ours, theirs = (cx.tally(data, scale, **query) for data in (frame, sfo))  # type: ignore[arg-type]
        assert ours.groups == theirs.groups
        assert np.array_equal(ours.cells.counts, theirs.cells.counts)
        assert np.array_equal(ours.cells.missing, theirs.cells.missing)
        assert ours.cells.weights == pytest.approx(theirs.cells.weights, rel=1e-12)
