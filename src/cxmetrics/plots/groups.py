"""What charts want to know of the groups of a result: labels, gaps, words, shares."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any, Final

from attrs import frozen

from cxmetrics.errors import MergeError, UsageError
from cxmetrics.metrics import Comparisons, Metric, Score, Scores
from cxmetrics.metrics.text import group_text, level_text
from cxmetrics.summaries import Key, Label

_UNPRINTABLE: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]+"
)
_LETTERS_SHOWN = 6

ITEM: Final = "item"
"""The dimension of wide data: one group a rating column."""


@frozen
class Group:
    """One group of a result.

    Attributes:
        place: its number, from 0, in the order of the result.
        key: under which the scores have it; None for a score of its own.
        label: its labels as text that can be drawn.
        score: its score.
    """

    place: int
    key: Key
    label: str
    score: Score

    @property
    def gap(self) -> str:
        """Why there is nothing to draw, or an empty text."""
        if self.score.tally.suppressed:
            return "hidden: too few answers to show"
        return "" if self.score.defined else "no answers"


def groups_of(result: Score | Scores) -> list[Group]:
    """Return the groups of a result, in its order."""
    pairs = [(None, result)] if isinstance(result, Score) else list(result.items())
    return [
        Group(place, key, label_of(score.group), score) for place, (key, score) in enumerate(pairs)
    ]


def printable(text: object) -> str:
    r"""Return a text without control characters, which neither SVG nor a reader can take.

    Example:
        >>> printable("north\x00\nwest")
        'north west'
    """
    return _UNPRINTABLE.sub(" ", str(text)).strip()


def label_of(group: Mapping[str, Label]) -> str:
    """Return the labels of a group as text that can be drawn.

    The items of wide data are named after their columns: underscores become spaces.
    """
    texts = {
        dim: spaced(label) if dim == ITEM and isinstance(label, str) else label
        for dim, label in group.items()
    }
    return printable(group_text(texts))


def spaced(name: str) -> str:
    """Return the name of a column as words.

    Example:
        >>> spaced("boarding_area")
        'boarding area'
    """
    return printable(name.replace("_", " "))


def share_text(share: float) -> str:
    """Write a share, 0 to 1, in whole percent; a trace is not rounded to nothing.

    Example:
        >>> share_text(0.192), share_text(0.001), share_text(0.0), share_text(float("nan"))
        ('19 %', '<1 %', '0 %', '–')
    """
    if isnan(share):
        return "–"
    return "<1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"


def share_of(score: Score, points: Sequence[float]) -> float:
    """Return the weighted share, 0 to 1, of some points; NaN without answers."""
    places = [score.tally.scale.points.index(point) for point in points]
    return float(score.share[places].sum())


def share_axis(result: Score | Scores) -> str:
    """Return the title of an axis of shares."""
    scores = [group.score for group in groups_of(result)]
    weighted = any(score.tally.weighted for score in scores)
    return f"share of answers, %{' (weighted)' if weighted else ''}"


def score_axis(metric: Metric) -> str:
    """Return the title of an axis of scores, with its unit."""
    units = {"points": "points", "percent": "%", "rating": f"on {metric.scale}"}
    return f"{title_of(metric)}, {units[metric.unit]}"


def level_of(result: Score | Scores) -> str:
    """Return the level of the result's intervals as text."""
    return level_text(result.level)


def dims_of(result: Score | Scores) -> tuple[str, ...]:
    """Return the names of the dimensions as text that can be drawn."""
    names = result.group if isinstance(result, Score) else result.cube.dims
    return tuple(spaced(name) for name in names)


def title_of(metric: Metric) -> str:
    """Return the title of a metric as the start of a heading; "eNPS" stays what it is."""
    title = printable(metric.title)
    return title[:1].upper() + title[1:] if title.split(" ")[0].islower() else title


def headline(result: Score | Scores) -> str:
    """Return the words "NPS by wave"."""
    title = title_of(result.metric)
    if isinstance(result, Score):
        return f"{title}: {label_of(result.group)}" if result.group else title
    return f"{title} by {' and '.join(dims_of(result))}"


def comparisons_of(result: Score | Scores) -> Comparisons | None:
    """Return all pairs, compared; None where there are too few or too many groups for it."""
    if isinstance(result, Score):
        return None
    try:
        pairs = result.compare()
    except UsageError:  # more pairs than can be compared with sense
        return None
    return pairs if len(pairs) else None


def letters_text(letters: str) -> str:
    """Write the letters of the lower groups, or how many there are.

    Example:
        >>> letters_text("A C"), letters_text("A B C D E F G H")
        ('A C', '8 groups')
    """
    found = letters.split()
    return letters if len(found) <= _LETTERS_SHOWN else f"{len(found)} groups"


def finite(value: float) -> float | None:
    """Return a number as a chart can hold it: an undefined one is null, never 0."""
    return None if isnan(value) else float(value)


def reference_of(result: Score | Scores) -> Score | None:
    """Return the score of all groups together, where it can be told."""
    if isinstance(result, Score):
        return None
    try:
        return result.overall if result.overall.defined else None
    except MergeError:  # groups were hidden by hand: their sum would give them away
        return None


def row(group: Group, **more: Any) -> dict[str, Any]:
    """Return what every chart's data say of a group."""
    interval = group.score.interval_or_none
    return {
        "place": group.place,
        "label": group.label,
        "value": finite(group.score.value),
        "low": None if interval is None else float(interval.low),
        "high": None if interval is None else float(interval.high),
        "n": None if group.score.tally.suppressed else group.score.n,
        **more,
    }
