from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

import cxmetrics as cx
from cxmetrics.plots.theme import finished
from cxmetrics.report.picture import picture

alt: Any = pytest.importorskip("altair", reason="the extra `report` is not installed")
PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="


def test_only_known_elements_and_attributes_reach_the_page() -> None:
    data = alt.Data(values=[{"x": 1, "to": "https://example.org/", "text": "kept"}])
    base = alt.Chart(data).encode(x="x:Q")
    chart = finished(
        base.mark_image(url=PIXEL)
        + base.mark_point().encode(href="to:N")
        + base.mark_text(tooltip=True).encode(text="text:N"),
        title="t",
        subtitle="s",
    )
    shown = picture(chart, chart, cx.nps([9, 3]), name="one")
    for drawing in (shown.wide, shown.narrow):
        root = ET.fromstring(drawing.svg)
        tags = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert tags <= {"svg", "g", "path", "text", "line", "rect", "defs", "clipPath", "circle"}
        assert "kept" in {element.text for element in root.iter()}
        assert "example.org" not in drawing.svg
        assert "data:" not in drawing.svg
        assert "style" not in {name for element in root.iter() for name in element.attrib}


def test_ids_of_two_drawings_differ_and_point_at_themselves() -> None:
    data = alt.Data(values=[{"x": 1}, {"x": 2}])
    chart = finished(alt.Chart(data).mark_point(clip=True).encode(x="x:Q"), title="t", subtitle="s")
    shown = picture(chart, chart, cx.nps([9, 3]), name="one")
    ids = []
    for drawing in (shown.wide, shown.narrow):
        root = ET.fromstring(drawing.svg)
        own = {element.attrib["id"] for element in root.iter() if "id" in element.attrib}
        used = {e.attrib["clip-path"] for e in root.iter() if "clip-path" in e.attrib}
        assert used
        assert used == {f"url(#{name})" for name in own}
        ids.append(own)
    assert not ids[0] & ids[1]


def test_title_and_caption_are_left_to_the_page() -> None:
    score = cx.nps([9, 3, 10])
    shown = picture(score.plot(), score.plot(), score, name="one")
    assert shown.title == "NPS: ratings given"
    assert shown.title not in shown.wide.svg
    assert shown.wide.svg.count('aria-label="NPS: +33.3."') == 1
