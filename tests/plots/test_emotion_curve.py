"""The emotion curve as a chart: what it holds, gaps, names, and what it refuses."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import cxmetrics as cx
from cxmetrics.concepts.catalogue.curve import emotion_curve
from cxmetrics.concepts.emotion_curve import EmotionCurve
from cxmetrics.errors import UsageError
from cxmetrics.plots import DARK, LIGHT, save, themed

STEPS = ["first_look", "order", "parcel_at_home", "help"]


def made(groups: int = 1, *, without: str | None = None) -> EmotionCurve:
    dice = np.random.default_rng(1)
    n = 60 * groups
    felt = dice.normal(size=(n, 1)) + np.array([0.5, 1.0, 3.0, -1.5]) + dice.normal(size=(n, 4))
    data: dict[str, Any] = {
        "who": np.repeat(np.arange(n), 4),
        "step": np.tile(STEPS, n),
        "felt": np.clip(np.rint(felt), -5, 5).ravel(),
        "persona": np.repeat([f"p{k % groups}" for k in range(n)], 4),
    }
    return emotion_curve(
        data,
        rating="felt",
        step="step",
        order=STEPS,
        scale=cx.Scale(-5, 5),
        unit="who",
        by="persona" if groups > 1 else None,
        where=None if without is None else {"step": [s for s in STEPS if s != without]},
    )


def values(spec: Any, key: str) -> list[dict[str, Any]]:
    """Every row of data that holds a key."""
    found = []
    if isinstance(spec, dict):
        rows = spec.get("data", {}).get("values", []) if isinstance(spec.get("data"), dict) else []
        found += [row for row in rows if key in row]
        for value in spec.values():
            found += values(value, key)
    elif isinstance(spec, list):
        for value in spec:
            found += values(value, key)
    return found


def test_one_curve_holds_its_means_and_names_peak_and_low() -> None:
    result = made()
    spec = result.plot().to_dict()
    own = result.curves[None].steps
    rows = values(spec, "run")
    assert {(row["step"], row["value"], row["low"], row["n"]) for row in rows} == {
        (step, one.value, one.interval.low if one.interval else None, one.n)
        for step, one in own.items()
    }
    texts = [row["text"] for row in values(spec, "text")]
    peak, low = (f"{own[step].value:.2f}" for step in ("parcel_at_home", "help"))
    assert f"peak {peak}" in texts
    assert f"low {low}".replace("-", "\N{MINUS SIGN}") in texts
    assert "first look" in texts
    assert spec["title"]["text"].startswith("Emotion curve: peak parcel at home")


def test_where_low_is_good_the_peak_is_the_lowest() -> None:
    moments = {"step": ["ask", "buy"] * 4, "felt": [1, 4, 2, 5, 1, 4, 2, 3]}
    for scale, peak in ((cx.one_to_five, "buy"), (cx.one_to_five.reversed, "ask")):
        found = emotion_curve(
            moments, rating="felt", step="step", order=["ask", "buy"], scale=scale
        )
        assert found.curves[None].peak.step == peak
        assert found.curves[None].low.step != peak


def test_a_step_nobody_rated_breaks_the_line() -> None:
    rows = values(made(without="order").plot().to_dict(), "run")
    runs = {row["step"]: row["run"] for row in rows}
    assert "order" not in runs
    assert runs["first_look"] != runs["parcel_at_home"] == runs["help"]


def test_several_curves_are_named_in_their_colours() -> None:
    spec = made(3).plot().to_dict()
    texts = [row["text"] for row in values(spec, "text")]
    assert [text for text in texts if "●" in text] == ["● p0", "● p1", "● p2"]
    written = json.dumps(spec)
    assert all(colour in written for colour in LIGHT.lines[:3])
    assert LIGHT.lines[3] not in written
    dark = json.dumps(themed(made(3).plot(), DARK).to_dict())
    assert LIGHT.ink not in dark
    assert DARK.ink in dark


def test_it_is_drawn(tmp_path: Any) -> None:
    file = tmp_path / "curve.svg"
    save(made(2).plot(), file)
    drawn = file.read_text("utf-8")
    assert "parcel at" in drawn
    assert "NaN" not in drawn


def test_what_it_refuses() -> None:
    with pytest.raises(UsageError, match="7 curves can't be told apart"):
        made(7).plot()
    with pytest.raises(UsageError, match="draws an emotion curve, not a Score"):
        cx.nps([10, 9, 3]).plot("emotion_curve")
