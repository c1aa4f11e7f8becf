"""The tables of the report: the data behind each chart, and what was counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from attrs import frozen

from cxmetrics.errors import MergeError
from cxmetrics.metrics import Comparison, Score, Scores
from cxmetrics.metrics.comparison import adjusted_pairs
from cxmetrics.metrics.text import count, level_text, limits, number, p_text
from cxmetrics.plots.groups import (
    Group,
    comparisons_of,
    dims_of,
    groups_of,
    headline,
    label_of,
    share_of,
    share_text,
    spaced,
)
from cxmetrics.plots.theme import bands

_NONE = "–"


@frozen
class Table:
    """A table of the page.

    Attributes:
        title: what it holds.
        head: the names of the columns.
        rows: the texts, as many as columns.
        words: how many columns, from the left, are words; the others are numbers.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: int = 1


def score_cells(group: Group) -> tuple[str, str, str]:
    """Return score, interval and answers of a group, or why there are none."""
    score, unit = group.score, group.score.metric.unit
    if group.gap:
        return group.gap.split(":")[0], _NONE, score.n_text
    interval = score.interval_or_none
    between = "no interval" if interval is None else limits(interval.low, interval.high, unit)
    return number(score.value, unit), between, score.n_text


def _score_head(result: Score | Scores) -> tuple[str, str, str]:
    return "score", f"{level_text(result.level)} interval", "n"


def group_table(result: Score | Scores) -> Table:
    """Return what the shares chart shows."""
    pieces = bands(result.metric)
    pairs = comparisons_of(result)
    rows = []
    for group in groups_of(result):
        shares = [share_text(share_of(group.score, band.points)) for band in pieces]
        row = [group.label, *shares, *score_cells(group)]
        if pairs is not None:
            row = [pairs.names[group.key], *row, pairs.letters[group.key] or _NONE]
        rows.append(tuple(row))
    what = " · ".join(dims_of(result)) or "group"
    head = [what, *(band.name for band in pieces), *_score_head(result)]
    if pairs is not None:
        head = ["letter", *head, "higher than"]
    return Table(headline(result), tuple(head), tuple(rows), words=1 if pairs is None else 2)


def rating_table(result: Score | Scores, groups: Sequence[Group]) -> Table:
    """Return what the distribution chart shows."""
    scale = result.metric.scale
    rows = tuple(
        (
            f"{point:g} {scale.label(point)}" if scale.labels else f"{point:g}",
            *(share_text(share_of(group.score, [point])) for group in groups),
        )
        for point in scale.points
    )
    return Table(
        f"Share of answers at each point: {headline(result)}",
        ("rating", *(group.label for group in groups)),
        rows,
    )


def wave_table(scores: Scores, waves: Sequence[Group], time: str) -> Table:
    """Return what the trend chart shows, with the change from the wave before."""
    unit = scores.metric.unit
    if len(scores.cube.dims) > 1:
        head = " · ".join(dims_of(scores))
        return Table(
            headline(scores),
            (head, *_score_head(scores)),
            tuple((group.label, *score_cells(group)) for group in waves),
        )
    able = [group for group in waves if group.score.interval_or_none is not None]
    found = [after.score.compare(before.score) for before, after in pairwise(able)]
    after_keys = [group.key for group in able[1:]]
    changes = dict(zip(after_keys, adjusted_pairs(found, "holm"), strict=True))
    rows = tuple(
        (group.label, *score_cells(group), *_change_cells(changes.get(group.key), unit))
        for group in waves
    )
    columns = ("change", f"{level_text(scores.level)} interval of the change", "p (Holm)")
    return Table(headline(scores), (spaced(time), *_score_head(scores), *columns), rows)


def _change_cells(pair: Comparison | None, unit: str) -> tuple[str, str, str]:
    if pair is None:
        return _NONE, _NONE, _NONE
    return (
        number(pair.value, unit, difference=True),
        limits(pair.interval.low, pair.interval.high, unit, difference=True),
        p_text(pair.p_value),
    )


def change_table(scores: Scores, pairs: Mapping[str, Comparison]) -> Table:
    """Return the last change of each line."""
    rows = tuple(
        (name, label_of(pair.second), label_of(pair.first), *_change_cells(pair, pair.unit))
        for name, pair in pairs.items()
    )
    head = ("line", "from", "to", "change", f"{level_text(scores.level)} interval", "p (Holm)")
    return Table("Change between the last two waves", head, rows, words=3)


def count_table(results: Sequence[Score | Scores]) -> Table:
    """Return how many ratings were asked for, given, set aside and weighted."""
    head = ("result", "asked", "answered", "missing", "set aside", "weights", "effective n")
    return Table("Ratings counted", head, tuple(_counted(result) for result in results))


def _counted(result: Score | Scores) -> tuple[str, ...]:
    scores = whole_of(result)
    n = sum(score.n for score in scores)
    missing = sum(score.n_missing for score in scores)
    off = sum(score.n_off_scale for score in scores)
    asked = n + missing + off
    weighted = any(score.tally.weighted for score in scores)
    whole = scores[0] if len(scores) == 1 else None
    effective = "by group" if whole is None else count(whole.n_effective)
    if whole is not None and (whole.tally.suppressed or not whole.defined):
        effective = _NONE
    share = f" ({share_text(missing / asked)})" if missing else ""
    hidden = any(score.tally.suppressed for score in scores)
    return (
        headline(result) + (" (hidden groups not counted)" if hidden else ""),
        count(asked),
        count(n),
        f"{count(missing)}{share}",
        count(off),
        "yes" if weighted else "none",
        effective,
    )


def whole_of(result: Score | Scores) -> list[Score]:
    """Return the score of all groups together, or those of the groups where it can't be told."""
    if isinstance(result, Score):
        return [result]
    try:
        return [result.overall]
    except MergeError:  # hidden by hand
        return list(result.values())
