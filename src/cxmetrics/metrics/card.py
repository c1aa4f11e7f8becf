"""How scores look in a notebook: HTML without scripts, in the colours of the page around it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from cxmetrics.metrics.text import group_text, interval_text, level_text, limits, number

if TYPE_CHECKING:
    from cxmetrics.metrics.score import Score
    from cxmetrics.metrics.scores import Scores

TONES: Final = {"negative": "#D55E00", "neutral": "#B0B0B0", "positive": "#0072B2"}
"""Colours that stay apart for colour-blind readers (Okabe & Ito 2008), on light and dark."""

_WIDTH = 280
_CARD = (
    "display:inline-block;vertical-align:top;min-width:310px;padding:12px 14px;margin:2px;"
    "border:1px solid rgba(128,128,128,.45);border-radius:8px;"
    "font-family:system-ui,sans-serif;font-size:13px;line-height:1.5"
)


def card(score: Score) -> str:
    """Return one score as a card."""
    unit = score.metric.unit
    interval = score.interval_or_none
    head = escape(group_text(score.group)) if score.group else ""
    headline = f"{escape(score.metric.title)} {number(score.value, unit)}"
    about = f"n = {score.n_text}"
    if interval is not None:
        low_high = limits(interval.low, interval.high, unit)
        about = f"{level_text(interval.level)}: {low_high} · {about}"
    lines = [
        f'<div style="{_CARD}">',
        f'<div style="opacity:.75">{head}</div>' if head else "",
        f'<div><span style="font-size:26px;font-weight:700">{headline}</span>&ensp;{about}</div>',
        _bar(score),
        _line(score),
    ]
    if score.defined and score.metric.parts:
        parts = " · ".join(f"{escape(k)} {100 * v:.0f} %" for k, v in score.parts.items())
        lines.append(f"<div>{parts}</div>")
    lines += [f'<div style="opacity:.75">⚠ {escape(str(c))}</div>' for c in score.cautions]
    return "".join([*lines, "</div>"])


def _bar(score: Score) -> str:
    if not (score.defined and score.metric.parts):
        return ""
    boxes, x = [], 0.0
    for part, share in zip(score.metric.parts, score.parts.values(), strict=True):
        wide = share * _WIDTH
        boxes.append(
            f'<rect x="{x:.1f}" width="{wide:.1f}" height="20" fill="{TONES[part.tone]}">'
            f"<title>{escape(part.name)} {100 * share:.1f} %</title></rect>"
        )
        x += wide
    style = "display:block;margin:8px 0 4px"
    return f'<svg width="{_WIDTH}" height="20" style="{style}">{"".join(boxes)}</svg>'


def _line(score: Score) -> str:
    """Draw the score and its interval on the whole range of the metric."""
    if not score.defined:
        return ""
    low, high = score.sample.bounds
    interval = score.interval_or_none

    def x(value: float) -> float:
        return 6 + (value - low) / (high - low) * (_WIDTH - 12)

    middle = x(0 if low < 0 < high else (low + high) / 2)
    band = ""
    if interval is not None:
        band = (
            f'<line x1="{x(interval.low):.1f}" x2="{x(interval.high):.1f}" y1="10" y2="10" '
            'stroke="currentColor" stroke-width="3"/>'
        )
    return (
        f'<svg width="{_WIDTH}" height="20" style="display:block">'
        f'<line x1="6" x2="{_WIDTH - 6}" y1="10" y2="10" stroke="currentColor" opacity=".35"/>'
        f'<line x1="{middle:.1f}" x2="{middle:.1f}" y1="5" y2="15" stroke="currentColor" '
        f'opacity=".6"/>{band}'
        f'<circle cx="{x(score.value):.1f}" cy="10" r="5" fill="currentColor"/></svg>'
    )


def table(scores: Scores) -> str:
    """Return scores as a table, one row a group."""
    unit = scores.metric.unit
    cells = "padding:2px 12px 2px 0;text-align:"
    rows = []
    for score in scores.values():
        about = interval_text(score.interval_or_none, unit)
        notes = ", ".join(caution.code for caution in score.cautions)
        rows.append(
            f'<tr><td style="{cells}left">{escape(group_text(score.group))}</td>'
            f'<td style="{cells}right"><b>{number(score.value, unit)}</b></td>'
            f'<td style="{cells}right">{about}</td><td style="{cells}right">{score.n_text}</td>'
            f'<td style="{cells}left">{_bar(score)}</td>'
            f'<td style="{cells}left">{escape(notes)}</td></tr>'
        )
    head = "".join(
        f'<th style="{cells}{side}">{escape(text)}</th>'
        for text, side in (
            (" · ".join(scores.cube.dims), "left"),
            (scores.metric.title, "right"),
            (f"{level_text(scores.level)} interval", "right"),
            ("n", "right"),
            ("", "left"),
            ("", "left"),
        )
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
