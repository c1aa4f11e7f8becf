"""The method appendix: how each number was made, written by the numbers themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from attrs import frozen

from cxmetrics.metrics import Metric, Score, Scores
from cxmetrics.metrics.boxes import points_text
from cxmetrics.metrics.text import level_text
from cxmetrics.plots.groups import groups_of, headline, title_of
from cxmetrics.plugins import registry
from cxmetrics.stats.intervals import IntervalMethod

_UNANIMOUS: Final = (
    "Used where all answers are worth the same: the score if a share U of the answers were at the "
    "other end, U being the upper Clopper-Pearson limit for none of n."
)
_COMPARISONS: Final = {
    "adjusted_wald": "adjusted Wald interval of a difference of net scores "
    "(Rocks 2016; Lewis & Sauro 2021)",
    "newcombe": "Newcombe's hybrid score interval of a difference of shares (Newcombe 1998), "
    "tested by the N-1 chi-square (Campbell 2007)",
    "welch": "Welch's t for two means (Welch 1947)",
    "wald": "Wald interval of a difference, linearised variances",
    "paired": "t with the covariance of customers who are in both groups (Taylor linearisation)",
    "mover": "intervals of the two scores combined (Zou & Donner 2008)",
}


@frozen(kw_only=True)
class About:
    """A metric, explained.

    Attributes:
        title: its name.
        facts: name and text of each thing to know.
        notice: trademark notice, or an empty text.
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    notice: str


@frozen(kw_only=True)
class Method:
    """The appendix.

    Attributes:
        metrics: each metric once.
        results: name of each result, and how it was computed.
        intervals: name and text of each interval method that was used.
    """

    metrics: tuple[About, ...]
    results: tuple[tuple[str, str], ...]
    intervals: tuple[tuple[str, str], ...]


def method_of(results: Sequence[Score | Scores]) -> Method:
    """Gather the appendix from the results."""
    metrics: list[Metric] = []
    for result in results:
        if result.metric not in metrics:
            metrics.append(result.metric)
    return Method(
        metrics=tuple(_about(metric) for metric in metrics),
        results=tuple((headline(result), _made(result)) for result in results),
        intervals=tuple(_intervals(results)),
    )


def _about(metric: Metric) -> About:
    parts = "; ".join(f"{part.name} {points_text(part.points)}" for part in metric.parts)
    labels = metric.scale.labels
    scale = f"{metric.scale} ({', '.join(labels)})" if labels else str(metric.scale)
    facts = {
        "Formula": metric.formula,
        "Question": f"“{metric.question}”" if metric.question else "",
        "Scale": scale,
        "Parts": parts,
        "Good": "high values" if metric.direction == "higher" else "low values",
        "Reference": metric.reference,
        "Notes": metric.notes,
    }
    return About(
        title=title_of(metric),
        facts=tuple((name, text) for name, text in facts.items() if text),
        notice=metric.notice,
    )


def _made(result: Score | Scores) -> str:
    """Return the method of a score, or of one group that stands for all."""
    if isinstance(result, Score):
        return "Hidden." if result.tally.suppressed else result.method
    groups = [group for group in groups_of(result) if not group.gap]
    if not groups:
        return "No group has a score."
    most = max(groups, key=lambda group: group.score.n)
    text = f"For {most.label}, the group with most answers: {most.score.method}"
    test = _comparison(result)
    return f"{text} {test}" if test else text


def _comparison(scores: Scores) -> str:
    able = [score for score in scores.values() if score.interval_or_none is not None]
    if len(able) < 2:
        return ""
    found = able[1].compare(able[0]).difference
    name = _COMPARISONS.get(found.interval.method, found.interval.method)
    return (
        f"Groups are compared by: {name}; {level_text(scores.level)}; p-values of several "
        "comparisons are adjusted after Holm 1979."
    )


def _intervals(results: Sequence[Score | Scores]) -> list[tuple[str, str]]:
    names: list[str] = []
    for result in results:
        for group in groups_of(result):
            interval = group.score.interval_or_none
            if interval is not None and interval.method not in names:
                names.append(interval.method)
    found = []
    for name in names:
        if name == "unanimous":
            found.append(("Unanimous answers", _UNANIMOUS))
            continue
        chosen: IntervalMethod = registry.find("interval", name)
        caution = f" {chosen.caution}" if chosen.caution else ""
        found.append((chosen.title, f"{chosen.reference}.{caution}"))
    return found
