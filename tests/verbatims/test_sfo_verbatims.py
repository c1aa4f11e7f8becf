"""The airport: what 347 passengers wrote about their problem, and what they recommend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import cxmetrics as cx
from cxmetrics.verbatims import Impacts, impact, quotes, read


@pytest.fixture(scope="module")
def sfo(shared: Path) -> pd.DataFrame:
    frame = pd.read_csv(shared / "data" / "sfo" / "sfo_2017_2018_tidy.csv")
    return frame[frame["wave"] == 2018].reset_index(drop=True)


@pytest.fixture(scope="module")
def readings(sfo: pd.DataFrame) -> Any:
    return read(sfo["problem_verbatim"])


@pytest.fixture(scope="module")
def found(sfo: pd.DataFrame, readings: Any) -> Impacts:
    return impact(
        sfo, text="problem_verbatim", rating="recommend", weight="weight", readings=readings
    )


def test_the_base_is_what_the_file_holds(sfo: pd.DataFrame, found: Impacts) -> None:
    assert (found.rows, found.texts) == (2809, 347)
    assert found.unread <= 10  # a few in Spanish
    assert found.spoken.n == found.texts - found.unread - found.unrated
    said = sfo["problem_verbatim"].notna()
    assert found.silent.value == pytest.approx(
        cx.nps(sfo[~said], rating="recommend", weight="weight").value
    )
    # Who had a problem worth writing about recommends much less: said, not left to be guessed.
    assert found.silent.value - found.spoken.value > 30
    assert "SELF_SELECTED" in {caution.code for caution in found.cautions}


def test_weighted_scores_are_those_of_the_rows(
    sfo: pd.DataFrame, readings: Any, found: Impacts
) -> None:
    base = readings.read & sfo["recommend"].notna().to_numpy()
    for key, each in found.items():
        has = readings.themes[:, readings.keys.index(key)] & base
        own, others = (
            cx.nps(sfo[rows], rating="recommend", weight="weight") for rows in (has, base & ~has)
        )
        assert each.mentioned.value == pytest.approx(own.value)
        weight = sfo["weight"].to_numpy()
        share = weight[has].sum() / weight[base].sum()
        assert each.share.value == pytest.approx(100 * share)
        if each.comparison is not None:
            expected = own.compare(others).interval
            assert each.comparison.interval.low == pytest.approx(expected.low)
            assert each.comparison.interval.high == pytest.approx(expected.high)
        assert each.burden == pytest.approx(-share * (own.value - others.value))


def test_what_passengers_write_about(found: Impacts, readings: Any) -> None:
    most = sorted(found.values(), key=lambda each: -each.n)[:3]
    assert {each.key for each in most} == {"security", "waiting", "wayfinding"}
    assert found["delay"].burden > 0
    assert readings.covered > 0.7
    assert all(each.burden_interval is not None for each in found.values() if each.n > 5)


def test_quotes_are_of_the_airport_and_unlike_each_other(sfo: pd.DataFrame, readings: Any) -> None:
    told = quotes(
        sfo,
        text="problem_verbatim",
        rating="recommend",
        theme="waiting",
        number=3,
        readings=readings,
    )
    assert len(told) == 9
    assert len({quote.text for quote in told}) == 9
    assert all(sfo["problem_verbatim"][quote.row] == quote.text for quote in told)
    assert np.mean([quote.alike for quote in told]) >= 1
