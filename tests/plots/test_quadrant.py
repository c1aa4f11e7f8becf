"""The charts of drivers: what they hold, and names that do not cover each other."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

import cxmetrics as cx
from cxmetrics.errors import UsageError
from cxmetrics.items import Drivers, drivers
from cxmetrics.plots import DARK, LIGHT, themed
from cxmetrics.plots.quadrant import _LETTER, _LINE, _placed


def made(many: int = 6, *, seed: int = 1) -> Drivers:
    dice = np.random.default_rng(seed)
    common = dice.normal(size=500)
    rows = {
        f"touch_point_{i}": np.clip(np.rint(3 + common + dice.normal(size=500)), 1, 5)
        for i in range(many)
    }
    rows["y"] = common + dice.normal(size=500)
    return drivers(rows, outcome="y", items=list(rows)[:-1], scale=cx.one_to_five)


@pytest.mark.parametrize("seed", range(8))
def test_names_do_not_cover_each_other(seed: int) -> None:
    dice = np.random.default_rng(seed)
    rows = []
    for place in range(16):
        x, y = dice.normal(0, 1, 2)
        near = {"x_low": x - 0.1, "x_high": x + 0.1, "y_low": y - 0.2, "y_high": y + 0.2}
        rows.append({"label": f"touchpoint {place}", "x": x, "y": y, **near})
    boxes = []
    for row in _placed(rows, (0.0, 0.0), [-3, 3], [-3, 3]):
        wide = len(row["label"]) * _LETTER
        left = row["at_x"] - {"left": 0, "right": wide, "center": wide / 2}[row["side"]]
        boxes.append((left, row["at_y"] - _LINE / 2, left + wide, row["at_y"] + _LINE / 2))
    for one, two in combinations(boxes, 2):
        across = min(one[2], two[2]) - max(one[0], two[0])
        down = min(one[3], two[3]) - max(one[1], two[1])
        assert across <= 1 or down <= 1, (one, two)
    for left, top, right, bottom in boxes:
        assert left > -1
        assert top > -1
        assert right < 641
        assert bottom < 441


def test_quadrant_holds_the_drivers_and_turns_dark() -> None:
    found = made()
    chart = found.plot("quadrant")
    text = str(chart.to_dict())
    for name in found:
        assert name.replace("_", " ") in text
    for corner in ("improve first", "keep up", "low priority", "possible overkill"):
        assert corner in text
    dark = str(themed(chart, DARK).to_dict())
    assert LIGHT.ink not in dark
    assert DARK.ink in dark
    assert found.priorities().plot().to_dict() == chart.to_dict()


def test_the_list_of_drivers_holds_shares_and_intervals() -> None:
    found = made()
    spec = found.plot().to_dict()
    values = spec["hconcat"][0]["data"]["values"]
    assert [row["value"] for row in values] == [driver.percent for driver in found.values()]
    assert [row["low"] for row in values] == [d.interval.low for d in found.values()]  # type: ignore[union-attr]


def test_other_results_are_refused() -> None:
    score = cx.nps([10, 9, 3])
    for kind in ("quadrant", "drivers"):
        with pytest.raises(UsageError, match="draws drivers, not a Score"):
            score.plot(kind)
