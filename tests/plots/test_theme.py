from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

import cxmetrics as cx
from cxmetrics.plots import DARK, LIGHT, Theme, themed
from cxmetrics.plots.theme import bands


def luminance(colour: str) -> float:
    """Relative luminance after WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(first: str, second: str) -> float:
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_text_can_be_read_on_every_fill(theme: Theme) -> None:
    fills = [theme.tone(tone) for tone in ("negative", "neutral", "positive")]
    fills += [theme.step(place, 11) for place in range(11)]
    assert min(contrast(fill, text) for fill, text in fills) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_text_and_lines_can_be_read_on_paper(theme: Theme) -> None:
    for colour in (theme.ink, theme.muted, *theme.lines):
        assert contrast(colour, theme.paper) >= 4.5


def test_each_light_colour_becomes_one_dark_colour() -> None:
    light, dark = list(LIGHT.roles()), list(DARK.roles())
    assert [name for name, _ in light] == [name for name, _ in dark]
    colours = [colour for _, colour in light]
    assert len(set(colours)) == len(colours)


def every(spec: Any, key: str) -> list[Any]:
    """Return all values under a key, however deep."""
    if isinstance(spec, dict):
        inner = [found for value in spec.values() for found in every(value, key)]
        return inner + ([spec[key]] if key in spec else [])
    return [f for entry in spec for f in every(entry, key)] if isinstance(spec, list) else []


def test_dark_exchanges_colours_but_not_data() -> None:
    label = LIGHT.positive  # a shop called like a colour
    chart = cx.csat([5, 4, 2, 1], by=[label, label, "b", "b"]).plot()
    light, dark = chart.to_dict(), themed(chart, DARK).to_dict()
    assert every(light, "data") == every(dark, "data")
    assert dark["config"]["background"] == DARK.paper
    (fills,) = [scale["range"] for scale in every(dark, "scale") if "range" in scale]
    assert fills == [DARK.negative, DARK.neutral, DARK.positive]
    panels = cx.csat([5, 4, 2, 1], by=[label, label, "b", "b"]).plot("distribution")
    assert label in [panel["title"]["text"] for panel in themed(panels, DARK).to_dict()["concat"]]


def test_parts_are_the_bands_of_a_metric_that_has_them() -> None:
    assert [band.name for band in bands(cx.nps)] == [
        "detractors 0–6",
        "passives 7–8",
        "promoters 9–10",
    ]


def test_without_parts_each_point_is_a_band_from_bad_to_good() -> None:
    names = [band.name for band in bands(cx.mean_rating)]
    assert names == ["1", "2", "3", "4", "5"]
    turned = bands(cx.mean_rating.using(scale="1:5!"))
    assert [band.points for band in turned] == [(5,), (4,), (3,), (2,), (1,)]
    assert turned[0].fill == LIGHT.negative
    assert turned[-1].fill == LIGHT.positive


@pytest.mark.parametrize("scale", ["0:100", "0:50", "1:7", "0:11"])
def test_bands_cover_every_point_once(scale: str) -> None:
    found = bands(cx.mean_rating.using(scale=scale))
    points = [point for band in found for point in band.points]
    assert points == list(cx.Scale.parse(scale).points)
    assert all(a.fill != b.fill for a, b in pairwise(found))
