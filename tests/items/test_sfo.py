"""The airport: what goes with recommendation, and whether cleanliness is one thing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import cxmetrics as cx
from cxmetrics.items import drivers, reliability

TOUCHPOINTS = [
    "artwork",
    "restaurants",
    "shops",
    "signs_inside",
    "walkways",
    "info_screens",
    "wifi",
    "road_signs",
    "airtrain",
    "clean_boarding",
    "clean_restrooms",
    "feel_safe",
    "ease_getting_here",
    "ease_wayfinding",
    "ease_security",
]
CLEAN = ["clean_boarding", "clean_restrooms", "clean_restaurants", "clean_overall"]


@pytest.fixture(scope="module")
def sfo(shared: Path) -> pd.DataFrame:
    return pd.read_csv(shared / "data" / "sfo" / "sfo_2017_2018_tidy.csv")


def test_drivers_of_recommendation(sfo: pd.DataFrame) -> None:
    options: dict[str, Any] = {
        "outcome": "recommend",
        "items": TOUCHPOINTS,
        "scale": cx.one_to_five,
        "outcome_scale": cx.zero_to_ten,
        "weight": "weight",
    }
    found = drivers(sfo, gaps="pairwise", **options)
    assert round(found.r2, 2) == 0.41
    assert list(found)[:3] == ["ease_security", "ease_wayfinding", "restaurants"]
    assert list(found)[-1] == "wifi"
    assert sum(driver.share for driver in found.values()) == pytest.approx(found.r2)
    assert all(driver.above_noise and driver.correlation > 0 for driver in found.values())
    assert found.compare("ease_security", "wifi").significant
    assert not found.compare("info_screens", "signs_inside").significant
    listwise = drivers(sfo, **options)
    assert listwise.n == sfo[["recommend", *TOUCHPOINTS]].notna().all(axis=1).sum() == 1333
    assert [caution.code for caution in listwise.cautions] == ["INCOMPLETE_ROWS"]
    matrix = found.priorities()
    assert matrix["restaurants"].quadrant == "improve first"
    assert not matrix["restaurants"].determined  # it may be as important as the mean
    assert matrix["ease_security"].quadrant == "keep up"
    assert matrix["ease_security"].determined
    assert len(found.plot("quadrant").to_dict()["layer"]) > 10


def test_cleanliness_is_one_thing(sfo: pd.DataFrame) -> None:
    found = reliability(sfo, items=CLEAN, scale=cx.one_to_five)
    rows = sfo[CLEAN].dropna()
    formula = 4 / 3 * (1 - rows.var().sum() / rows.sum(axis=1).var())
    assert found.alpha == pytest.approx(formula)
    assert found.n == len(rows)
    assert found.omega is not None
    assert 0.9 < found.alpha < found.omega < 0.92
    assert found.alpha_interval.width < 0.02
    assert all(item.alpha_dropped < found.alpha for item in found.items)  # type: ignore[operator]
