from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import cxmetrics as cx
from cxmetrics.errors import UsageError
from cxmetrics.plots import DARK, save, themed

SIGNATURES = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<svg", "html": b"<!DOCTYPE html>"}


@pytest.mark.parametrize("ending", ["png", "pdf", "svg", "html"])
def test_each_format_is_written(ending: str, tmp_path: Path) -> None:
    chart = cx.nps([10, 9, 3, 7], by=["a", "a", "b", "b"]).plot()
    target = save(chart, tmp_path / f"chart.{ending}")
    written = target.read_bytes().lstrip()
    assert written.startswith(SIGNATURES[ending])
    if ending == "html":
        assert b'src="http' not in written


def test_the_drawing_carries_the_numbers(tmp_path: Path) -> None:
    scores = cx.nps([10, 9, 3, 7], by=["a", "a", "b", "b"])
    path = save(themed(scores.plot(), DARK), tmp_path / "chart.svg")
    texts = [element.text for element in ET.parse(path).iter() if element.text]
    assert {"a", "b", "+100.0", "−50.0"} <= set(texts)
    assert DARK.paper in path.read_text("utf-8")


def test_control_characters_in_labels_do_not_break_the_drawing(tmp_path: Path) -> None:
    scores = cx.nps([10, 9, 3, 7], by=["a\x00\x08b", "a\x00\x08b", "\ud800", "\ud800"])
    path = save(scores.plot(), tmp_path / "chart.svg")
    assert "a b" in {element.text for element in ET.parse(path).iter()}


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.png, \.svg, \.pdf, \.html"):
        save(cx.nps([10, 3]).plot(), tmp_path / "chart.gif")
