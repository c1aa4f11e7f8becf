"""The control chart: what it holds, in both themes, and what it refuses."""

from __future__ import annotations

import pytest

import cxmetrics as cx
from cxmetrics.errors import UsageError
from cxmetrics.plots import DARK, LIGHT, themed
from cxmetrics.plots.control import control
from cxmetrics.trends import ControlChart, control_chart


def made(*, low: int = 3) -> ControlChart:
    periods = [[9] * (50 + i % 3) + [3] * 20 for i in range(14)] + [[low] * 60 + [9] * 20]
    labels = [f"2025-W{i:02}" for i, own in enumerate(periods, 1) for _ in own]
    return control_chart(
        cx.nps([rating for own in periods for rating in own], by=labels), baseline=14
    )


def test_it_names_the_periods_outside() -> None:
    chart = made()
    text = str(chart.plot().to_dict())
    assert [point.label for point in chart.out] == ["2025-W15"]
    assert "1 of 15 periods outside their limits" in text
    assert "'text': '−50.0'" in text
    assert "2025-W15" in text


def test_it_turns_dark() -> None:
    chart = made().plot()
    dark = str(themed(chart, DARK).to_dict())
    for role, colour in LIGHT.roles():
        if colour in str(chart.to_dict()) and role not in {"paper"}:
            assert colour not in dark, role


def test_a_gap_is_no_point() -> None:
    scores = cx.nps([9, 3, 8, None, 9, 3] * 9, by=[2020, 2021, 2022, 2023, 2024, 2022] * 9)
    spec = control_chart(scores).plot().to_dict()
    values = spec["layer"][0]["data"]["values"]
    assert [row["label"] for row in values] == ["2020", "2021", "2022", "2024"]
    assert values[-1]["at"] == 4


def test_something_else_is_refused() -> None:
    with pytest.raises(UsageError, match="draws a control chart, not a Score"):
        control(cx.nps([9, 3]))
