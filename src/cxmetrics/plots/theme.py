"""Colours and type of the charts, by role, on light and on dark.

Charts are drawn with the light colours. Each role has one colour in each theme, so a finished
chart is turned dark, or into CSS variables, by exchanging colours: the shapes stay the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from cxmetrics.metrics import Metric
from cxmetrics.metrics._base import Tone
from cxmetrics.metrics.boxes import points_text
from cxmetrics.metrics.card import TONES
from cxmetrics.plots.extra import extra

if TYPE_CHECKING:
    from altair.typing import ChartType

FONT: Final = (
    'system-ui, -apple-system, "Segoe UI", "Helvetica Neue", "Liberation Sans", Arial, sans-serif'
)
"""One stack for charts and pages; the figures of each of these fonts are tabular by default."""

_MOST_BANDS = 11
_MERGED_BANDS = 5


@frozen(kw_only=True)
class Theme:
    """A colour for each role.

    The base are the tones of the notebook card (Okabe & Ito 2008), which colour-blind readers tell
    apart; orange is a shade darker on light, so that white figures on it can be read (4.5 to 1).

    Attributes:
        paper: the ground, and text on `negative`, `positive` and both ends of `steps`.
        ink: text and marks, and text on all other fills.
        muted: secondary text.
        faint: grid lines.
        negative: the bad end.
        neutral: the middle.
        positive: the good end, and single lines.
        steps: from the bad end to the good one, 11 colours.
        series: further lines of one chart, after `positive` and `negative`.
    """

    paper: str
    ink: str
    muted: str
    faint: str
    negative: str
    neutral: str
    positive: str
    steps: tuple[str, ...]
    series: tuple[str, ...]

    def roles(self) -> Iterator[tuple[str, str]]:
        """Yield the name and the colour of each role."""
        for name in ("paper", "ink", "muted", "faint", "negative", "neutral", "positive"):
            yield name, getattr(self, name)
        for name, colours in (("step", self.steps[1:-1]), ("series", self.series)):
            yield from ((f"{name}-{place}", colour) for place, colour in enumerate(colours, 1))

    @property
    def lines(self) -> tuple[str, ...]:
        """The colours of the lines of one chart."""
        return (self.positive, self.negative, *self.series)

    def tone(self, tone: Tone) -> tuple[str, str]:
        """Return the fill of a tone, and the colour of text on it."""
        if tone == "neutral":
            return self.neutral, self.ink
        return (self.negative if tone == "negative" else self.positive), self.paper

    def step(self, place: int, of: int) -> tuple[str, str]:
        """Return fill and text colour of one of `of` steps, 0 being the bad end."""
        last = len(self.steps) - 1
        slot = round(place * last / max(of - 1, 1))
        return self.steps[slot], self.paper if slot in {0, last} else self.ink


LIGHT: Final = Theme(
    paper="#ffffff",
    ink="#1c2128",
    muted="#5b6572",
    faint="#e4e7eb",
    negative="#c25400",
    neutral="#b4b9c0",
    positive=TONES["positive"].lower(),
    steps=(
        *("#c25400", "#dd854c", "#e69e72", "#e9b495", "#e7c6b3", "#d7d9dd"),
        *("#b6d2ea", "#98c7ef", "#76b8f0", "#4fa6e9", TONES["positive"].lower()),
    ),
    series=("#007a5a", "#a8457f", "#8a6500", "#4d5560"),
)
"""On white."""

DARK: Final = Theme(
    paper="#14171c",
    ink="#e8eaed",
    muted="#a3abb6",
    faint="#2c323b",
    negative="#f0883e",
    neutral="#565e69",
    positive="#58a6e0",
    steps=(
        *("#f0883e", "#8f5128", "#7c4c2d", "#6c4832", "#5a4539", "#424447"),
        *("#3a4d5c", "#345570", "#2f5e83", "#296898", "#58a6e0"),
    ),
    series=("#3dbb94", "#d98fbc", "#d9b13b", "#b3bac4"),
)
"""On near black."""


@frozen
class Band:
    """A run of points that is drawn as one piece.

    Attributes:
        name: for people, with its points.
        points: the points of the scale.
        fill: the light colour.
        text: the light colour of text on it.
    """

    name: str
    points: tuple[float, ...]
    fill: str
    text: str


def bands(metric: Metric) -> tuple[Band, ...]:
    """Return the pieces of a metric's answers, bad end first.

    A metric with parts has those. Without, each point is a piece, from the bad end's colour to the
    good one's; a scale of more than 11 points is cut into 5 runs.
    """
    if metric.parts:
        return tuple(
            Band(f"{part.name} {points_text(part.points)}", part.points, *LIGHT.tone(part.tone))
            for part in metric.parts
        )
    scale = metric.scale
    points = scale.points[::-1] if scale.reverse else scale.points
    if scale.size <= _MOST_BANDS:
        runs: list[tuple[float, ...]] = [(point,) for point in points]
        names = [f"{point:g} {scale.label(point)}" if scale.labels else "" for point in points]
    else:
        cuts = [round(place * scale.size / _MERGED_BANDS) for place in range(_MERGED_BANDS + 1)]
        runs = [points[start:end] for start, end in pairwise(cuts)]
        names = [""] * len(runs)
    return tuple(
        Band(name or points_text(run), run, *LIGHT.step(place, len(runs)))
        for place, (run, name) in enumerate(zip(runs, names, strict=True))
    )


CONFIG: Final[dict[str, Any]] = {
    "aria": False,  # the page labels the picture as a whole; hundreds of labelled marks drown it
    "background": LIGHT.paper,
    "font": FONT,
    "padding": {"left": 4, "right": 8, "top": 8, "bottom": 6},
    "view": {"stroke": None},
    "axis": {
        "domain": False,
        "grid": False,
        "gridColor": LIGHT.faint,
        "labelColor": LIGHT.muted,
        "labelFontSize": 11,
        "labelPadding": 6,
        "ticks": False,
        "titleColor": LIGHT.muted,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "titlePadding": 10,
    },
    "legend": {"labelColor": LIGHT.ink, "labelFontSize": 12, "symbolType": "square", "title": None},
    "text": {"color": LIGHT.ink, "fontSize": 12},
    "title": {
        "anchor": "start",
        "color": LIGHT.ink,
        "fontSize": 15,
        "fontWeight": 600,
        "frame": "group",
        "offset": 14,
        "subtitleColor": LIGHT.muted,
        "subtitleFontSize": 12,
        "subtitlePadding": 6,
    },
}
"""What all charts share."""


def finished(chart: Any, *, title: str, subtitle: str) -> ChartType:
    """Return a chart with its title and the common look."""
    alt = extra("altair")
    words = alt.TitleParams(title, subtitle=subtitle)
    whole: ChartType = chart.properties(title=words).configure(**CONFIG)
    return whole


def themed(chart: ChartType, theme: Theme) -> ChartType:
    """Return a chart in another theme, for instance `themed(scores.plot(), DARK)`."""
    alt = extra("altair")
    colours = dict(zip((c for _, c in LIGHT.roles()), (c for _, c in theme.roles()), strict=True))
    exchanged: ChartType = alt.Chart.from_dict(_exchanged(chart.to_dict(), colours))
    return exchanged


def _exchanged(spec: Any, colours: Mapping[str, str]) -> Any:
    """Exchange colours everywhere but in data and words, where a label may look like one."""
    if isinstance(spec, dict):
        return {
            key: value
            if key in {"data", "datasets"} or (key == "text" and isinstance(value, str))
            else _exchanged(value, colours)
            for key, value in spec.items()
        }
    if isinstance(spec, list):
        return [_exchanged(entry, colours) for entry in spec]
    return colours.get(spec, spec) if isinstance(spec, str) else spec
