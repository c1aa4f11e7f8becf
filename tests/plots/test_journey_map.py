"""The drawing of a journey map: nothing collides, nothing is cut, everybody can read it."""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxmetrics as cx
from cxmetrics.errors import UsageError
from cxmetrics.journeys import Figure, Gauge, JourneyMap, MapTouchpoint
from cxmetrics.plots import DARK, LIGHT, Theme
from cxmetrics.plots.drawing import curve
from cxmetrics.plots.drawing.lettering import width_of, wrapped
from cxmetrics.plots.drawing.map_layout import MapLayout, laid_out, step_role
from cxmetrics.plots.drawing.shapes import Box, Label
from cxmetrics.plots.svg import PRINT, Drawing
from cxmetrics.records import five_phases

SVG = "{http://www.w3.org/2000/svg}"
NAMES = (
    "Pays",
    "Reads reviews",
    "Compare les offres concurrentes",
    "Contacte le service après-vente par téléphone",
    "Discute par messagerie instantanée avec un conseiller",
    "Rechtsschutzversicherungsgesellschaften anrufen",
)


def mapped(many: int, channels: int = 5, personas: int = 2, *, seed: int = 0) -> JourneyMap:
    """Make up a map; which touchpoint has what depends on the seed."""
    stages = [f"Stage {k}" if k % 2 else "Service après-vente" for k in range(1, 6)]
    stages[0] = "Anticipation"
    stages[3] = "Utilisation"
    people = ["Janine", "Le parent pressé", "La jeune exploratrice", "Le senior prudent"][:personas]
    touchpoints = []
    for k in range(many):
        roll = (k * 7 + seed * 13) % 11
        felt = (roll * 3 + seed) % 8 - 3.0
        score = 35.0 + 6 * roll
        touchpoints.append(
            MapTouchpoint(
                id=f"{NAMES[(k + seed) % len(NAMES)]} {k}",
                channel=f"Canal {'numéro ' * (k % 3)}{(k * (seed + 3)) % channels}",
                stage=stages[min(4, k * 5 // many)],
                score=Figure(value=score, low=score - 5, high=min(100, score + 9), n=10 + roll**3),
                emotions={
                    who: (felt - p / 2, max(-5, felt - p / 2 - 0.6), felt - p / 2 + 0.5)
                    for p, who in enumerate(people)
                    if (k + p + seed) % 6
                },
                moment_of_truth=roll == 3,
                pain_point=roll in (1, 3),
                wow=roll in (3, 9),
                irritants=["Card refused twice", "Il faut rappeler plusieurs fois"][: roll % 3],
            )
        )
    return JourneyMap(
        title="Parcours d’achat en ligne avec livraison à domicile",
        subtitle="Made up",
        journey=list(dict.fromkeys(stages)),
        touchpoints=[t for t in touchpoints if t.stage in stages],
        score=Gauge(title="CSAT"),
        stage_scores={stages[0]: {"value": 18, "low": 9, "high": 27, "title": "NPS"}},
        notes=["A note that says how the numbers were made and what they do not say."],
    )


def collisions(layout: MapLayout) -> list[str]:
    """List what covers what."""
    found = []
    page = Box(0, 0, layout.width, layout.height)
    labels, discs, icons = layout.labels, layout.discs, layout.icons
    found += [f"{t.lines} leaves the page" for t in labels if not t.box.inside(page)]
    for one, two in combinations(labels, 2):
        if one.box.meets(two.box):
            found.append(f"{one.lines} over {two.lines}")
    for disc in discs:
        found += [f"{d.lines} in a circle" for d in labels if d.box.meets(disc.box)]
        if disc.label is not None and not disc.label.box.inside(disc.box):
            found.append(f"{disc.label.lines} leaves its circle")
    for one, two in combinations(discs, 2):
        if one.box.meets(two.box):
            found.append("two circles")
    for line in layout.lines:
        found += [f"{t.lines} on a {line.part}" for t in labels if line.crosses(t.box)]
        if line.part != "grid":  # marks stand on the scale
            found += [f"an icon on a {line.part}" for i in icons if line.crosses(i.box)]
    for row in layout.rows:
        drawn = [
            ((x1, y1 + row.shift), (x2, y2 + row.shift))
            for one in row.curves
            for (x1, y1), (x2, y2) in pairwise(one.samples)
            if 0 < x2 - x1 < 40
        ]
        if drawn:
            field = Box(
                min(a[0] for a, _ in drawn),
                min(min(a[1], b[1]) for a, b in drawn),
                max(b[0] for _, b in drawn),
                max(max(a[1], b[1]) for a, b in drawn),
            )
            for part in (*labels, *icons):
                box = part.box
                if box.meets(field):
                    near = [(a, b) for a, b in drawn if a[0] < box.right and b[0] > box.left]
                    found += [f"{part} on a curve" for a, b in near if box.crossed(*a, *b)]
    for icon in icons:
        found += [f"{t.lines} on an icon" for t in labels if t.box.meets(icon.box)]
    for one, two in combinations(icons, 2):
        if one.box.meets(two.box):
            found.append("two icons")
    for one, two in combinations(layout.cards, 2):
        if one.box.meets(two.box):
            found.append("two cards")
    for card in layout.cards:
        found += [f"{t.lines} leaves its card" for t in card.labels if not t.box.inside(card.box)]
    return found


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(("many", "channels", "personas"), [(3, 2, 1), (12, 5, 2), (30, 8, 4)])
def test_nothing_collides(many: int, channels: int, personas: int, language: str) -> None:
    for seed in range(3):
        layout = laid_out(mapped(many, channels, personas, seed=seed), language)
        assert len(layout.discs) == many
        assert collisions(layout) == []


def test_collisions_would_be_seen() -> None:
    layout = laid_out(mapped(12), "en")
    disc, row = layout.discs[0], next(row for row in layout.rows if row.discs)
    bad = Label(lines=("x" * 30,), x=disc.x, top=disc.y + 4, size=11)
    object.__setattr__(row, "texts", (*row.texts, bad))
    felt = next(row for row in layout.rows if row.curves)
    x, y, *_ = felt.curves[0].marks[0]
    worse = Label(lines=("x",), x=x, top=y + felt.shift - 5, size=11)
    object.__setattr__(felt, "texts", (*felt.texts, worse))
    told = " ".join(collisions(layout))
    for what in ("in a circle", "on a route", "over", "on a curve"):
        assert what in told


texts = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=60
).filter(lambda text: text.strip())


@settings(max_examples=40)
@given(st.data())
def test_any_map_has_no_collisions(data: st.DataObject) -> None:
    stages = data.draw(st.lists(texts, min_size=1, max_size=5, unique=True))
    people = data.draw(st.lists(texts, max_size=4, unique=True))
    channels = data.draw(st.lists(texts, min_size=1, max_size=8, unique=True))
    felt = st.floats(-5, 5)
    ids = data.draw(st.lists(texts, min_size=1, max_size=12, unique=True))
    touchpoints = []
    for name in ids:
        score = data.draw(st.none() | st.floats(0, 100))
        touchpoints.append(
            MapTouchpoint(
                id=name,
                channel=data.draw(st.sampled_from(channels)),
                stage=data.draw(st.sampled_from(stages)),
                score=score,
                emotions={who: data.draw(felt) for who in people if data.draw(st.booleans())},
                moment_of_truth=data.draw(st.booleans()),
                pain_point=data.draw(st.booleans()),
                wow=data.draw(st.booleans()),
                irritants=data.draw(st.lists(texts, max_size=2)),
            )
        )
    made = JourneyMap(title=data.draw(texts), journey=stages, touchpoints=touchpoints)
    assert collisions(laid_out(made, data.draw(st.sampled_from(["en", "fr"])))) == []


def test_no_text_is_cut() -> None:
    made = mapped(30, 8, 4)
    layout = laid_out(made, "fr")
    told = {
        re.sub(r"\W", "", "".join(label.lines)) for label in layout.labels
    }  # hyphens of broken words apart
    for one in made.touchpoints:
        assert re.sub(r"\W", "", one.id) in told
        assert re.sub(r"\W", "", one.channel) in told
        for text in one.irritants:
            assert re.sub(r"\W", "", str(text)) in told


@given(texts, st.floats(20, 200), st.sampled_from([10.0, 11.0, 20.0]))
def test_wrapped_text_keeps_every_letter(text: str, width: float, size: float) -> None:
    lines = wrapped(text, width, size)
    kept = [c for c in "".join(lines) if c not in " -"]
    assert kept == [c for c in "".join(wrapped(text, 1e9, size)) if c not in " -"]
    for line in lines:
        assert width_of(line, size) <= max(width, 2 * size * 1.2)  # one letter and its hyphen


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=12))
def test_a_curve_stays_between_its_points(values: list[float]) -> None:
    points = [(30.0 * place, value) for place, value in enumerate(values)]
    each = 8
    inner = curve.sampled(points, each=each)
    for place, (one, two) in enumerate(pairwise(values)):
        for _, y in inner[place * each : (place + 1) * each + 1]:
            assert min(one, two) - 1e-9 <= y <= max(one, two) + 1e-9


def test_where_there_is_no_reading_the_line_is_broken() -> None:
    felt = [1, 2, None, 3, 1]
    made = JourneyMap(
        title="Gap",
        journey=["a"],
        touchpoints=[
            MapTouchpoint(id=str(k), channel="web", stage="a", emotions=value)
            for k, value in enumerate(felt)
        ],
    )
    row = next(row for row in laid_out(made, "en").rows if row.curves)
    (one,) = row.curves
    assert len(one.lines) == 2
    assert len(one.bridges) == 1
    assert len(one.marks) == 4
    assert "nothing is interpolated" in made.plot().svg


# -- what the file says ----------------------------------------------------------------------------


def parsed(drawing: Drawing) -> ET.Element:
    return ET.fromstring(drawing.svg)


@pytest.mark.parametrize("theme", ["light", "dark", "print", "auto"])
def test_the_file_stands_alone(theme: str) -> None:
    drawing = mapped(12).plot(theme=theme)
    root = parsed(drawing)
    assert root.get("role") == "img"
    words = {root.find(f"{SVG}{tag}").get("id"): tag for tag in ("title", "desc")}  # type: ignore[union-attr]
    assert set(root.get("aria-labelledby", "").split()) == set(words)
    assert not [e for e in root.iter() if e.tag.removeprefix(SVG) in ("script", "image", "use")]
    outside = drawing.svg.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "http" not in outside
    assert "url(" not in outside
    assert ("<style>" in drawing.svg) == (theme == "auto")
    colours = {"light": LIGHT, "dark": DARK, "print": PRINT}
    for name, own in colours.items():
        if theme != "auto":
            assert (own.paper in drawing.svg and own.ink in drawing.svg) == (
                name == theme or (own.ink == colours[theme].ink)
            )


def test_a_page_may_set_the_colours_of_an_automatic_drawing() -> None:
    svg = mapped(3).plot(theme="auto").svg
    assert 'fill="var(--cx-ink)"' in svg
    assert ":where(.cx-drawing)" in svg
    assert "prefers-color-scheme:dark" in svg
    drawn = svg.split("</style>")[1]
    assert not re.search("#[0-9a-f]{6}", drawn)


def test_the_report_can_exchange_the_colours() -> None:
    known = {colour for _, colour in LIGHT.roles()} | {"none"}
    for element in parsed(mapped(30, 8, 4).plot()).iter():
        for key in ("fill", "stroke"):
            assert element.get(key, "none") in known


def test_hostile_text_stays_text() -> None:
    bad = '</text><script>alert("x")</script>'
    made = JourneyMap(
        title=bad,
        journey=[bad, "b\x00\x08"],
        touchpoints=[
            MapTouchpoint(id=bad, channel=bad, stage=bad, emotions={bad: 1}, irritants=[bad])
        ],
    )
    for theme in ("light", "auto"):
        drawing = made.plot(theme=theme)
        root = parsed(drawing)
        assert not list(root.iter(f"{SVG}script"))
        assert root.find(f"{SVG}title").text == bad  # type: ignore[union-attr]


def test_it_speaks_french() -> None:
    score = Figure(value=67.4, low=64, high=70, n=1200)
    touchpoints = [
        MapTouchpoint(
            id="pay",
            name={"en": "Pays", "fr": "Paie"},
            channel="web",
            stage="purchase",
            score=score,
            emotions=(-1.25, -2, 0.5),
            pain_point=True,
        ),
        MapTouchpoint(id="b", channel="web", stage="use", score=80.0),
    ]
    made = JourneyMap(
        title={"en": "Map", "fr": "Carte"},
        journey=five_phases,
        touchpoints=touchpoints,
        stage_scores={"purchase": {"value": 3.92, "low": 3.7, "high": 4.1, "title": "CES",
                                   "unit": "rating"}},
    )  # fmt: skip
    drawing = made.plot(language="fr")
    words = "\n".join(parsed(drawing).itertext())
    for text in ("Carte", "Paie", "achat", "point de douleur", "3,9", "(3,7–4,1)", "1\u202f200",
                 "95\u202f%", "(74\u202f%)", "Émotion"):  # fmt: skip
        assert text in words, text
    for text in ("pain point", "interval ", "below", "Pays", "purchase", " all ", " to "):
        assert text not in words, text
    assert "Point de douleur\u00a0: Paie." in drawing.described
    assert drawing.sheet.head[0] == "point de contact"


def test_a_page_gets_the_table_too() -> None:
    page = mapped(3).plot(language="fr").html()
    assert "Tableau des données" in page
    assert "<table" in page
    assert ET.fromstring(page).find(f".//{SVG}svg") is not None


def test_colours_follow_the_good_end() -> None:
    def fills(direction: Literal["higher", "lower"]) -> list[str]:
        made = JourneyMap(
            title="t",
            journey=["s"],
            touchpoints=[
                MapTouchpoint(id=str(score), channel="web", stage="s", score=score)
                for score in (2, 4, 6)
            ],
            score=Gauge(title="effort", unit="rating", low=1, high=7, direction=direction),
        )
        return [disc.fill for disc in laid_out(made, "en").discs]

    assert fills("higher") == ["negative", "step-5", "positive"]
    assert fills("lower") == ["positive", "step-5", "negative"]


def test_unknown_language_or_theme() -> None:
    made = mapped(3)
    with pytest.raises(UsageError, match="'en' and 'fr', not 'de'"):
        made.plot(language="de")
    with pytest.raises(UsageError, match="did you mean 'dark'"):
        made.plot(theme="drak")


def test_other_results_and_too_many_personas_are_refused() -> None:
    with pytest.raises(UsageError, match="draws a JourneyMap, not a Score"):
        cx.nps([10, 9, 3]).plot("journey_map")
    one = MapTouchpoint(id="a", channel="web", stage="s", emotions={f"p{k}": 1 for k in range(6)})
    with pytest.raises(UsageError, match="at most 5 personas"):
        JourneyMap(title="t", journey=["s"], touchpoints=[one]).plot()


@pytest.mark.parametrize(
    ("ending", "begins"), [("svg", b"<svg"), ("png", b"\x89PNG"), ("pdf", b"%PDF")]
)
@pytest.mark.parametrize("theme", ["dark", "auto"])
def test_it_is_saved(ending: str, begins: bytes, theme: str, tmp_path: Path) -> None:
    drawing = mapped(3).plot(theme=theme)
    assert drawing.save(tmp_path / f"map.{ending}").read_bytes().startswith(begins)
    assert drawing._repr_svg_() == drawing.svg


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.svg, \.png, \.pdf"):
        mapped(3).plot().save(tmp_path / "map.gif")


# -- who can read it -------------------------------------------------------------------------------


def contrast(one: str, two: str) -> float:
    """The ratio of WCAG 2."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def mixed(colour: str, ground: str, share: float) -> str:
    """A colour that is `share` opaque on a ground."""
    parts = [
        round(int(colour[k : k + 2], 16) * share + int(ground[k : k + 2], 16) * (1 - share))
        for k in (1, 3, 5)
    ]
    return "#" + "".join(f"{part:02x}" for part in parts)


@pytest.mark.parametrize("theme", [LIGHT, DARK, PRINT])
def test_every_text_has_enough_contrast(theme: Theme) -> None:
    colours = dict(theme.roles())
    lane, chevron = (mixed(theme.faint, theme.paper, share) for share in (0.45, 0.75))
    for ground in (theme.paper, lane, chevron):
        for role in ("ink", "muted"):
            assert contrast(colours[role], ground) >= 4.5
    for role in ("positive", "series-1", "series-2", "series-3", "series-4"):
        assert contrast(colours[role], theme.paper) >= 4.5  # names of personas
    for place in range(11):
        fill, text = step_role(place)
        assert contrast(colours[fill], colours[text]) >= 4.5
    for role, share in (("positive", 0.42), ("negative", 0.5)):
        assert contrast(theme.ink, mixed(colours[role], theme.paper, share)) >= 4.5
