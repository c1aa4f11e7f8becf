"""The sample beside the population: two dots a category, and the way between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cxmetrics.plots._base import Plot
from cxmetrics.plots.extra import extra
from cxmetrics.plots.theme import LIGHT, finished
from cxmetrics.survey.coverage import Coverage
from cxmetrics.survey.margins import key_text

if TYPE_CHECKING:
    from altair.typing import ChartType

_STEP, _WIDTH = 22, 420


def coverage(found: Coverage) -> ChartType:
    """Draw the share of each category among respondents and in the population."""
    alt = extra("altair")
    rows = [
        {
            "margin": row.margin,
            "category": key_text(row.key),
            "sample": 100 * row.before,
            "population": 100 * row.population,
            "n": row.n,
        }
        for row in found.rows
    ]
    panels = []
    for margin in dict.fromkeys(row["margin"] for row in rows):
        own = [row for row in rows if row["margin"] == margin]
        base = alt.Chart(alt.Data(values=own)).encode(
            y=alt.Y("category:N", sort=None, title=None),
            tooltip=["category:N", "n:Q", "sample:Q", "population:Q"],
        )
        axis = alt.Axis(title="percent", grid=True)
        x = alt.X("population:Q", axis=axis, scale=alt.Scale(zero=True))
        way = base.mark_rule(color=LIGHT.muted, strokeWidth=2).encode(x=x, x2="sample:Q")
        known = base.mark_tick(color=LIGHT.ink, thickness=3, size=14).encode(x=x)
        dots = base.mark_point(color=LIGHT.positive, filled=True, size=80, opacity=1)
        panels.append(
            alt.layer(way, known, dots.encode(x="sample:Q")).properties(
                width=_WIDTH, height=_STEP * len(own), title=margin
            )
        )
    worst = found.worst
    return finished(
        alt.vconcat(*panels).resolve_scale(x="shared"),
        title="Respondents beside the population",
        subtitle=(
            f"dot: respondents, bar: population; furthest apart: {key_text(worst.key)} "
            f"({100 * worst.gap:+.1f} points)"
        ),
    )


def _draw(result: Any) -> ChartType:
    """Draw the coverage of whatever has one."""
    return coverage(getattr(result, "coverage", result))


plots = (Plot(name="coverage", title="respondents beside the population", draw=_draw),)
