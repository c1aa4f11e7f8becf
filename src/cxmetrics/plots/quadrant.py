"""The importance-performance matrix, with names that do not cover each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from cxmetrics.errors import UsageError
from cxmetrics.items import Drivers, Priorities
from cxmetrics.items.priorities import QUADRANTS
from cxmetrics.metrics.text import count, level_text
from cxmetrics.plots._base import Plot
from cxmetrics.plots.extra import extra
from cxmetrics.plots.groups import spaced
from cxmetrics.plots.theme import LIGHT, finished

if TYPE_CHECKING:
    from altair.typing import ChartType

_WIDTH: Final = 640
_HEIGHT: Final = 440
_LETTER: Final = 6.6  # a generous mean width of a letter at 12 px
_LINE: Final = 15
_DOT: Final = 6
_AIR: Final = 0.07
_LONGEST: Final = 28
_NEAR: Final = 10
_RINGS: Final = (_NEAR, 24, 40)
_SWEEPS: Final = 4


@frozen
class _Box:
    """A rectangle in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: _Box) -> float:
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        return wide * high if wide > 0 and high > 0 else 0.0


def quadrant(result: Any) -> ChartType:
    """Draw drivers by importance and performance, cut at their means.

    A filled dot is in its quadrant with both intervals; a hollow one crosses a cut.

    Raises:
        UsageError: the result is neither drivers nor priorities.
    """
    if isinstance(result, Drivers):
        result = result.priorities()
    if not isinstance(result, Priorities):
        raise UsageError(
            f"the quadrant draws drivers, not a {type(result).__name__}: call drivers(…) first."
        )
    alt = extra("altair")
    rows = [_row(name, result) for name in result]
    x, y = (_domain(rows, axis) for axis in ("x", "y"))
    placed = _placed(rows, result.cuts, x, y)
    horizontal = alt.X(
        "x:Q",
        scale=alt.Scale(domain=x, nice=False, zero=False),
        axis=alt.Axis(title=_performance(result), tickCount=6),
    )
    vertical = alt.Y(
        "y:Q",
        scale=alt.Scale(domain=y, nice=False, zero=False),
        axis=alt.Axis(title="importance: share of R², %", tickCount=6),
    )
    base = alt.Chart(alt.Data(values=rows), width=_WIDTH, height=_HEIGHT).encode(
        x=horizontal, y=vertical
    )
    crosses = [
        base.mark_rule(color=LIGHT.muted, opacity=0.55).encode(
            **{axis: channel, f"{axis}2": f"{axis}_high:Q"}
        )
        for axis, channel in (
            ("x", alt.X("x_low:Q", scale=alt.Scale(domain=x, nice=False, zero=False))),
            ("y", alt.Y("y_low:Q", scale=alt.Scale(domain=y, nice=False, zero=False))),
        )
    ]
    dots = base.mark_point(size=70, strokeWidth=1.6, opacity=1, color=LIGHT.ink).encode(
        fill=alt.condition("datum.determined", alt.value(LIGHT.ink), alt.value(LIGHT.paper))
    )
    layers = [*_ground(result, x, y), *crosses, *_leaders(placed), dots, *_names(placed)]
    drivers = result.drivers
    weighted = ", weighted" if drivers.moments.weighted else ""
    return finished(
        alt.layer(*layers),
        title=f"What to improve first for {spaced(drivers.outcome)}",
        subtitle=f"{len(result)} drivers, n = {count(drivers.n)}{weighted}; crosses: "
        f"{level_text(drivers.level)} intervals; hollow: an interval crosses a mean",
    )


def _row(name: str, result: Priorities) -> dict[str, Any]:
    found = result[name]
    label = spaced(name)
    label = label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1]}…"
    row: dict[str, Any] = {"label": label, "determined": found.determined}
    for axis, value, interval in (
        ("x", found.performance, found.performance_interval),
        ("y", found.driver.percent, found.driver.interval),
    ):
        row |= {
            axis: value,
            f"{axis}_low": value if interval is None else interval.low,
            f"{axis}_high": value if interval is None else interval.high,
        }
    return row


def _performance(result: Priorities) -> str:
    scale = result.drivers.moments.scales[1]
    if result.unit == "percent":
        return "performance: mean rating, % of the scale"
    return "performance: mean rating" + (
        "" if scale is None else f" on {scale.low:g}-{scale.high:g}"
    )


def _domain(rows: Sequence[dict[str, Any]], axis: str) -> list[float]:
    """Return the range of an axis: every interval, with air for names."""
    low = min(row[f"{axis}_low"] for row in rows)
    high = max(row[f"{axis}_high"] for row in rows)
    air = _AIR * (high - low) or 1.0
    return [low - air, high + air]


def _ground(result: Priorities, x: list[float], y: list[float]) -> list[Any]:
    """Draw the four quadrants, their names in the corners, and the two lines."""
    alt = extra("altair")
    importance, performance = result.cuts
    middle = (performance - x[0]) / (x[1] - x[0]) * _WIDTH
    level = (y[1] - importance) / (y[1] - y[0]) * _HEIGHT
    corners = (
        ("improve first", LIGHT.negative, 0.10, (0, middle), (0, level)),
        ("keep up", LIGHT.positive, 0.08, (middle, _WIDTH), (0, level)),
        ("low priority", LIGHT.neutral, 0.10, (0, middle), (level, _HEIGHT)),
        ("possible overkill", LIGHT.neutral, 0.22, (middle, _WIDTH), (level, _HEIGHT)),
    )
    one = alt.Chart(alt.Data(values=[{}]), width=_WIDTH, height=_HEIGHT)
    layers = [
        one.mark_rect(color=colour, opacity=opacity).encode(
            x=alt.value(left), x2=alt.value(right), y=alt.value(top), y2=alt.value(bottom)
        )
        for _, colour, opacity, (left, right), (top, bottom) in corners
    ]
    layers += [
        one.mark_text(
            align="left" if left == 0 else "right",
            baseline="top" if top == 0 else "bottom",
            color=LIGHT.muted,
            fontStyle="italic",
            fontSize=13,
        ).encode(
            x=alt.value(8 if left == 0 else _WIDTH - 8),
            y=alt.value(8 if top == 0 else _HEIGHT - 8),
            text=alt.value(name),
        )
        for name, _, _, (left, _right), (top, _bottom) in corners
    ]
    for ends in (
        {"x": middle, "y": 0, "y2": _HEIGHT},
        {"y": level, "x": 0, "x2": _WIDTH},
    ):
        places = {channel: alt.value(place) for channel, place in ends.items()}
        layers.append(one.mark_rule(color=LIGHT.muted, strokeDash=[4, 3]).encode(**places))
    return layers


def _names(placed: Sequence[dict[str, Any]]) -> list[Any]:
    alt = extra("altair")
    layers = []
    for side in ("left", "center", "right"):
        values = [row for row in placed if row["side"] == side]
        if values:
            chart = alt.Chart(alt.Data(values=values))
            mark = chart.mark_text(align=side, baseline="middle", fontSize=12, color=LIGHT.ink)
            layers.append(mark.encode(**_at("at_x", "at_y"), text="label:N"))
    return layers


def _leaders(placed: Sequence[dict[str, Any]]) -> list[Any]:
    """Draw a line from a dot to its name, where the name had to move away."""
    alt = extra("altair")
    values = [row for row in placed if row["ring"] > _NEAR]
    if not values:
        return []
    chart = alt.Chart(alt.Data(values=values)).mark_rule(color=LIGHT.muted, strokeWidth=0.8)
    return [chart.encode(**_at("at_x", "at_y"), **_at("dot_x", "dot_y", end="2"))]


def _at(x: str, y: str, end: str = "") -> dict[str, Any]:
    """Encode places in pixels of the chart."""
    alt = extra("altair")
    if end:
        return {"x2": alt.X2(f"{x}:Q"), "y2": alt.Y2(f"{y}:Q")}
    return {
        "x": alt.X(f"{x}:Q", scale=None, axis=None),
        "y": alt.Y(f"{y}:Q", scale=None, axis=None),
    }


# -- where the names go ----------------------------------------------------------------------------


def _placed(
    rows: Sequence[dict[str, Any]], cuts: tuple[float, float], x: list[float], y: list[float]
) -> list[dict[str, Any]]:
    """Choose for each name the place around its dot that covers least, in a few sweeps."""

    def across(value: float) -> float:
        return (value - x[0]) / (x[1] - x[0]) * _WIDTH

    def down(value: float) -> float:
        return (y[1] - value) / (y[1] - y[0]) * _HEIGHT

    dots = [(across(row["x"]), down(row["y"])) for row in rows]
    things = [_Box(a - _DOT, b - _DOT, a + _DOT, b + _DOT) for a, b in dots]
    for place, name in enumerate(QUADRANTS):
        wide = len(name) * _LETTER + 20
        left = 0 if place % 2 == 0 else _WIDTH - wide
        top = 0 if place < 2 else _HEIGHT - 26
        things.append(_Box(left, top, left + wide, top + 26))
    thin = [_Box(across(cuts[1]) - 1, 0, across(cuts[1]) + 1, _HEIGHT)]
    thin.append(_Box(0, down(cuts[0]) - 1, _WIDTH, down(cuts[0]) + 1))
    for row, (a, b) in zip(rows, dots, strict=True):
        thin.append(_Box(across(row["x_low"]), b - 1, across(row["x_high"]), b + 1))
        thin.append(_Box(a - 1, down(row["y_high"]), a + 1, down(row["y_low"])))
    options = [_options(row["label"], *dot) for row, dot in zip(rows, dots, strict=True)]
    alone = [
        [
            cost
            + 3 * sum(box.overlap(thing) for thing in things)
            + 2 * sum(box.overlap(line) for line in thin)
            for box, cost, *_ in own
        ]
        for own in options
    ]
    choice = [0] * len(rows)
    for _ in range(_SWEEPS):
        for place, own in enumerate(options):
            others = [options[k][c][0] for k, c in enumerate(choice) if k != place]
            costs = [
                cost + 3 * sum(box.overlap(other) for other in others)
                for (box, *_), cost in zip(own, alone[place], strict=True)
            ]
            choice[place] = costs.index(min(costs))
    found = []
    for row, dot, own, chosen in zip(rows, dots, options, choice, strict=True):
        _, _, side, at_x, at_y, ring = own[chosen]
        found.append(
            {
                "label": row["label"],
                "side": side,
                "at_x": round(at_x, 1),
                "at_y": round(at_y, 1),
                "dot_x": round(dot[0], 1),
                "dot_y": round(dot[1], 1),
                "ring": ring,
            }
        )
    return found


def _options(label: str, x: float, y: float) -> list[tuple[_Box, float, str, float, float, int]]:
    """Return the places around a dot, with the cost of each alone: far away, or off the chart."""
    wide = len(label) * _LETTER
    page = _Box(0, 0, _WIDTH, _HEIGHT)
    found = []
    for ring in _RINGS:
        for place, (dx, dy) in enumerate(
            [(1, 0), (-1, 0), (1, -1), (-1, -1), (1, 1), (-1, 1), (0, -1), (0, 1)]
        ):
            across = ring if dy == 0 else ring - _NEAR / 2
            at_x, at_y = x + dx * across, y + dy * (ring + _LINE / 4)
            side = {1: "left", -1: "right", 0: "center"}[dx]
            left = at_x - {1: 0.0, -1: wide, 0: wide / 2}[dx]
            box = _Box(left, at_y - _LINE / 2, left + wide, at_y + _LINE / 2)
            off = wide * _LINE - box.overlap(page)
            cost = 10 * off + 3 * (ring - _NEAR) + 2 * place
            found.append((box, cost, side, at_x, at_y, ring))
    return found


plots = (
    Plot(name="quadrant", title="importance of drivers against their performance", draw=quadrant),
)
