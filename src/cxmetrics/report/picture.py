"""Charts as SVG inside the page, in the colours of the page around them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final
from xml.etree import ElementTree as ET

from attrs import frozen

from cxmetrics.metrics import Score, Scores
from cxmetrics.metrics.text import number
from cxmetrics.plots.groups import groups_of, headline
from cxmetrics.plots.saving import svg_of
from cxmetrics.plots.theme import LIGHT

_SVG: Final = "http://www.w3.org/2000/svg"
_ELEMENTS: Final = frozenset(
    ("g", "path", "text", "tspan", "rect", "line", "circle", "defs", "clipPath")
)
_ATTRIBUTES: Final = frozenset(
    (
        *("x", "y", "x1", "x2", "y1", "y2", "dx", "dy", "r", "cx", "cy", "d", "width", "height"),
        *("viewBox", "transform", "fill", "fill-opacity", "stroke", "stroke-width", "opacity"),
        *("stroke-opacity", "stroke-dasharray", "stroke-linecap", "stroke-linejoin"),
        *("stroke-miterlimit", "text-anchor", "font-size", "font-weight", "font-style"),
        *("id", "clip-path"),
    )
)
_REFERENCE: Final = re.compile(r"url\(#([\w-]+)\)")
_TOLD: Final = 12


@frozen
class Drawing:
    """One drawing of a chart.

    Attributes:
        svg: markup, safe to put into a page as it is.
        width: in pixels, as drawn.
    """

    svg: str
    width: int


@frozen
class Picture:
    """A chart in the page.

    Attributes:
        wide: for paper and large screens.
        narrow: for phones.
        title: what is shown.
        caption: how to read it.
    """

    wide: Drawing
    narrow: Drawing
    title: str
    caption: str


def picture(wide: Any, narrow: Any, result: Score | Scores, *, name: str) -> Picture:
    """Draw a chart for the page.

    Args:
        wide: an altair chart.
        narrow: the same for phones.
        result: what they show.
        name: unique in the page; the ids in the drawings start with it.
    """
    spec = wide.to_dict()
    words = _in_words(result)
    return Picture(
        wide=_drawing(spec, words, name),
        narrow=_drawing(narrow.to_dict(), words, f"{name}-narrow"),
        title=str(spec["title"]["text"]),
        caption=str(spec["title"]["subtitle"]),
    )


def _drawing(spec: dict[str, Any], words: str, name: str) -> Drawing:
    """Draw a specification without its title, which the page sets in type.

    The drawing is parsed and rebuilt from a list of known elements and attributes, so that
    nothing else, whatever a label holds, reaches the page. Each colour of the light theme becomes
    a CSS variable: one drawing serves light, dark and print.
    """
    config = {**spec["config"], "background": "transparent"}
    bare = {key: value for key, value in spec.items() if key != "title"}
    root = ET.fromstring(svg_of({**bare, "config": config}))  # noqa: S314  # our own drawing
    clean = ET.Element("svg", dict(_attributes(root, name)))
    clean.set("xmlns", _SVG)
    clean.set("role", "img")
    clean.set("aria-label", words)
    clean.extend(_cleaned(root, name))
    return Drawing(ET.tostring(clean, encoding="unicode"), round(float(root.get("width", "0"))))


def _in_words(result: Score | Scores) -> str:
    """Return the picture in words: the score of each group, the first few of them."""
    groups = groups_of(result)
    if isinstance(result, Score):
        return f"{headline(result)}: {groups[0].gap or number(result.value, result.metric.unit)}."
    told = [
        f"{group.label} {group.gap or number(group.score.value, result.metric.unit)}"
        for group in groups[:_TOLD]
    ]
    more = f"; {len(groups) - _TOLD} more in the table" if len(groups) > _TOLD else ""
    return f"{headline(result)}: {'; '.join(told)}{more}."


def _cleaned(element: ET.Element, name: str) -> Iterator[ET.Element]:
    """Yield clean copies of what is inside an element."""
    for child in element:
        tag = child.tag.removeprefix(f"{{{_SVG}}}")
        if tag not in _ELEMENTS or child.get("display") == "none":
            continue
        clean = ET.Element(tag, dict(_attributes(child, name)))
        clean.text, clean.tail = child.text, child.tail
        clean.extend(_cleaned(child, name))
        yield clean


def _attributes(element: ET.Element, name: str) -> Iterator[tuple[str, str]]:
    for key, value in element.items():
        if key not in _ATTRIBUTES:
            continue
        if key == "id":
            yield key, f"{name}-{value}"
        elif key in {"fill", "stroke"}:
            yield key, _COLOURS.get(value.lower(), value)
        elif "url(" in value:
            local = _REFERENCE.fullmatch(value)
            if local:
                yield key, f"url(#{name}-{local[1]})"
        else:
            yield key, value


_COLOURS: Final = {colour: f"var(--{role})" for role, colour in reversed(list(LIGHT.roles()))}
"""Where two roles share a colour, the first one names it."""
