"""The drawing of a stage flow: counts beyond everything that moves, few crossings, all told."""

from __future__ import annotations

from datetime import date
from itertools import combinations, pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxmetrics as cx
from cxmetrics.errors import DataError, UsageError
from cxmetrics.journeys import StageFlow, paths
from cxmetrics.plots import LIGHT
from cxmetrics.plots.drawing.flow_layout import FlowLayout, laid_out
from cxmetrics.plots.drawing.ribbons import Ribbon
from cxmetrics.plots.drawing.shapes import Box
from cxmetrics.records import five_a

SVG = "{http://www.w3.org/2000/svg}"


def flowing(size: int, *, seed: int = 0) -> StageFlow:
    """Make up a flow; how much goes where depends on the seed."""

    def count(i: int, j: int) -> int:
        roll = (i * 31 + j * 17 + seed * 7 + i * j * 5) % 23
        if j == i + 1:
            return 200 + 30 * roll
        return roll * 7 if roll % 3 == 0 else 0

    stages = [f"Étape très longue {k}" if k % 3 == 0 else f"Stage {k}" for k in range(size)]
    return StageFlow(
        stages=stages,
        transitions=[[count(i, j) for j in range(size)] for i in range(size)],
        starts=[900, *[20 * (k % 3) for k in range(1, size)]],
        ends=[40 * (k % 4) for k in range(size)],
        open=[15 * (k % 2) for k in range(size)],
        notes=["Made up."],
    )


def strokes(layout: FlowLayout) -> list[tuple[object, Box]]:
    """The pieces of the arcs, as thick as they are drawn."""
    found: list[tuple[object, Box]] = []
    for arc in layout.arcs:
        half = arc.line.width / 2
        for (x1, y1), (x2, y2) in pairwise(arc.line.points):
            left, right = sorted((x1, x2))
            top, bottom = sorted((y1, y2))
            wide = half if left == right else 0.0
            high = half if top == bottom else 0.0
            found.append((arc, Box(left - wide, top - high, right + wide, bottom + high)))
    return found


def heights(ribbon: Ribbon, box: Box) -> list[float]:
    """The upper edge of a ribbon along a box."""
    found = []
    for (x1, y1), (x2, y2) in pairwise(ribbon.sampled(40)):
        if x1 < box.right and x2 > box.left:
            found += [y1, y2]
    return found


def collisions(layout: FlowLayout) -> list[str]:
    """List what covers what."""
    found = []
    page = Box(0, 0, layout.width, layout.height)
    counts = {id(r.label): r for r in layout.ribbons if r.label is not None}
    labels = layout.labels
    found += [f"{t.lines} leaves the page" for t in labels if not t.box.inside(page)]
    for one, two in combinations(labels, 2):
        if one.box.meets(two.box):
            found.append(f"{one.lines} over {two.lines}")
    for label in labels:
        box, own = label.box, counts.get(id(label))
        found += [f"{label.lines} on a bar" for bar in layout.bars if box.meets(bar)]
        found += [f"{label.lines} on a stub" for stub in layout.stubs if box.meets(stub.box)]
        found += [f"{label.lines} on an arc" for _, piece in strokes(layout) if box.meets(piece)]
        if label.part not in ("title", "subtitle"):
            found += [f"{label.lines} on a guide" for line in layout.guides if line.crosses(box)]
        for ribbon in layout.ribbons:
            tops = heights(ribbon, box)
            if ribbon is own:
                if min(tops) < box.top - label.size and max(tops) > box.top:
                    found.append(f"{label.lines} leaves its ribbon")
            elif tops and min(tops) < box.bottom - 1 and max(tops) + ribbon.thick > box.top + 1:
                found.append(f"{label.lines} on a ribbon")
    for ribbon in layout.ribbons:
        for bar in layout.bars:
            inner = Box(bar.left + 1, bar.top + 0.5, bar.right - 1, bar.bottom)
            tops = heights(ribbon, inner)
            if tops and max(tops) + ribbon.thick > inner.top and min(tops) < inner.bottom:
                found.append(f"{ribbon.told} through a bar")
    return found


@pytest.mark.parametrize("size", [3, 5, 8, 12])
def test_nothing_collides(size: int) -> None:
    for seed in range(4):
        assert collisions(laid_out(flowing(size, seed=seed), "fr")) == []


@settings(max_examples=50)
@given(st.integers(1, 9), st.data())
def test_any_flow_has_no_collisions(size: int, data: st.DataObject) -> None:
    counts = st.sampled_from([0, 0, 1, 3, 20, 90, 400, 12_345])
    row = st.lists(counts, min_size=size, max_size=size)
    stages = data.draw(
        st.lists(
            st.text(
                st.characters(categories=["L", "N", "P", "Zs"]), min_size=1, max_size=40
            ).filter(lambda text: text.strip()),
            min_size=size,
            max_size=size,
            unique=True,
        )
    )
    flow = StageFlow(
        stages=stages,
        transitions=data.draw(st.lists(row, min_size=size, max_size=size)),
        starts=data.draw(row),
        ends=data.draw(row),
    )
    assert collisions(laid_out(flow, "en")) == []


def test_the_sides_of_a_bar_hold_what_comes_and_goes() -> None:
    flow = flowing(6)
    layout = laid_out(flow, "en")
    unit = layout.ribbons[0].thick / layout.ribbons[0].move.count
    for at, bar in enumerate(layout.bars):
        assert bar.bottom - bar.top == pytest.approx(unit * flow.visits[at])
        for came, x in ((True, bar.left), (False, bar.right)):
            taken = [
                (r.spots[-1 if came else 0][1], r.thick)
                for r in layout.ribbons
                if (r.move.end if came else r.move.start) == at
            ]
            taken += [
                (a.line.points[-1 if came else 0][1] - a.line.width / 2, a.line.width)
                for a in layout.arcs
                if (a.move.end if came else a.move.start) == at
            ]
            taken += [
                (s.box.top, s.box.bottom - s.box.top)
                for s in layout.stubs
                if (s.box.right if came else s.box.left) == x
            ]
            taken.sort()
            for (y, thick), (below, _) in pairwise(taken):
                assert y + thick <= below + 0.3  # strokes are written with one decimal
            assert taken[0][0] >= bar.top - 0.1
            assert sum(taken[-1]) <= bar.bottom + 0.1


def crossings(layout: FlowLayout) -> int:
    """Count how often two ribbons change places between neighbouring stages."""
    found = 0
    for one, two in combinations(layout.ribbons, 2):
        there = dict(one.spots)
        both = [(there[x], y) for x, y in two.spots if x in there]
        found += sum((a < b) != (c < d) for (a, b), (c, d) in pairwise(both) if a != b and c != d)
    return found


def test_ribbons_cross_only_where_they_must() -> None:
    """Of two ribbons a-c and b-d with a < b < c < d one crossing can't be avoided."""
    for seed in range(4):
        layout = laid_out(flowing(8, seed=seed), "en")
        pairs = combinations([(r.move.start, r.move.end) for r in layout.ribbons], 2)
        needed = sum(
            min(one, two)[0] < max(one, two)[0] < min(one, two)[1] < max(one, two)[1]
            for one, two in pairs
        )
        assert crossings(layout) <= needed


def test_what_is_too_thin_is_counted() -> None:
    flow = StageFlow(
        stages=["a", "b", "c"],
        transitions=[[0, 9_990, 7], [3, 0, 9_000], [0, 0, 0]],
        starts=[10_000, 0, 0],
        ends=[0, 990, 9_007],
    )
    layout = laid_out(flow, "en")
    assert [ribbon.move.count for ribbon in layout.ribbons] == [9_990, 9_000]
    assert layout.arcs == ()
    (note,) = [label for label in layout.texts if label.part == "note"]
    assert "2 of 4, 10 visits together" in " ".join(note.lines)
    assert len(flow.sheet().rows) == 7  # the table holds them all


def test_repeats_do_not_drown_the_rest() -> None:
    flow = StageFlow(
        stages=["a", "b"],
        transitions=[[57_000, 900], [100, 40]],
        starts=[1_000, 0],
        ends=[200, 800],
    )
    layout = laid_out(flow, "en")
    loop = next(arc for arc in layout.arcs if arc.move.start == arc.move.end == 0)
    assert loop.label.lines == ("57,000",)
    assert loop.line.width < layout.ribbons[0].thick
    note = " ".join(line for label in layout.texts if label.part == "note" for line in label.lines)
    assert "Not to scale, so that the rest stays visible: repeats of a." in note
    assert collisions(layout) == []


def test_the_file() -> None:
    drawing = flowing(5).plot(language="fr")
    root = ET.fromstring(drawing.svg)
    assert root.get("role") == "img"
    known = {colour for _, colour in LIGHT.roles()} | {"none"}
    for element in root.iter():
        for key in ("fill", "stroke"):
            assert element.get(key, "none") in known
    words = "\n".join(root.itertext())
    for text in ("visites", "sortent ici", "retours et répétitions", "encore ouverts"):
        assert text in words
    assert "visits" not in words
    assert "Passage le plus fréquent" in drawing.described


def test_from_the_flow_of_paths() -> None:
    days = [date(2026, 1, day) for day in range(1, 8)]
    log = {
        "customer": ["ann"] * 4 + ["bob"] * 3,
        "stage": ["aware", "ask", "aware", "act", "aware", "ask", "ask"],
        "at": [*days[:4], *days[:3]],
    }
    found = paths(log, order=five_a, zone="UTC").flow()
    flow = StageFlow.of(found, journey=five_a)
    assert flow.stages == five_a.stages
    assert flow.visits == (3, 0, 3, 1, 0)
    assert flow.transitions[0] == (0, 0, 2, 1, 0)
    assert flow.transitions[2] == (1, 0, 1, 0, 0)
    assert flow.name(4, "fr") == "recommandation"
    drawing = flow.plot()
    assert drawing.sheet == flow.sheet()
    assert "2" in {e.text for e in ET.fromstring(drawing.svg).iter()}
    unordered = paths(log, zone="UTC").flow()
    with pytest.raises(DataError, match="no declared order"):
        StageFlow.of(unordered)
    assert StageFlow.of(unordered, journey=five_a).visits == flow.visits


def test_json_and_back() -> None:
    flow = flowing(4)
    assert StageFlow.from_dict(flow.to_dict()) == flow
    with pytest.raises(DataError, match="does not say format"):
        StageFlow.from_dict({})
    with pytest.raises(DataError, match="of version 2"):
        StageFlow.from_dict({**flow.to_dict(), "version": 2})


TWO = {"stages": ["a", "b"], "transitions": [[0, 5], [1, 0]], "starts": [5, 0], "ends": [1, 4]}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"stages": []}, "at least one"),
        ({"stages": ["a", "a"]}, "given twice"),
        ({"stages": ["a", " "]}, "none blank"),
        ({"transitions": [[0, 5]]}, "2 rows of 2 counts"),
        ({"transitions": [[0, -5], [1, 0]]}, "0 or more, not -5"),
        ({"transitions": [[0, None], [1, 0]]}, "missing is not zero"),
        ({"starts": [5]}, "starts must be 2 counts"),
        ({"ends": [float("nan"), 1]}, "0 or more"),
        ({"visits": [3, 5]}, "has 3 visits, and 6 came in or went out"),
        ({"unit": "people"}, "'visits' or 'customers'"),
        ({"names": {"c": "C"}}, "Known: a, b"),
    ],
)
def test_bad_flows_say_what_is_wrong(change: dict[str, object], words: str) -> None:
    with pytest.raises(DataError, match=words):
        StageFlow(**{**TWO, **change})  # type: ignore[arg-type]


def test_other_results_are_refused() -> None:
    with pytest.raises(UsageError, match="a StageFlow or a Flow, not a Score"):
        cx.nps([10, 9, 3]).plot("stage_flow")
