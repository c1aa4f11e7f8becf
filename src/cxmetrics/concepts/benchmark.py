"""Players of a sector against each other: differences, ranks, verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np
from attrs import evolve

from cxmetrics.concepts.answers import Answers
from cxmetrics.concepts.cells import averaged
from cxmetrics.concepts.estimate import Gap
from cxmetrics.concepts.sector import OVERALL, Standing, Verdict
from cxmetrics.errors import IntervalError, UsageError, did_you_mean
from cxmetrics.metrics.text import label_text
from cxmetrics.stats.averages import Averages
from cxmetrics.stats.compare import Difference
from cxmetrics.stats.multiplicity import adjust
from cxmetrics.stats.ranking import ranks
from cxmetrics.summaries import Label

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BOUNDS: Final = (0.0, 10.0)
"""Of every criterion."""
Cell = tuple[tuple[Label, ...], Label]
"""A part (the labels of `by`) and a player."""


def gaps_of(
    values: Floats,
    found: Answers,
    means: tuple[Averages, ...],
    cells: list[Cell],
    kept: list[int],
    names: list[str],
    *,
    reference: str | None,
    sector: Mapping[str, float] | None,
    level: float,
) -> tuple[list[Gap | None], str, int]:
    """Return the gap of each standing, what it is compared with in words, and Holm's family.

    Args:
        values: shape (rows, criteria).
        found: whose rows they are, in groups.
        means: of each criterion, the means of the groups.
        cells: what each group is.
        kept: the groups that are shown.
        names: of the criteria.
        reference: the player to compare with; all others where left out.
        sector: declared values to compare with.
        level: of the intervals.
    """
    many = len(names)
    alike = {part: [p for p in kept if cells[p][0] == part] for part, _ in cells}
    wanted = _references(reference, cells, kept)
    gaps: list[Gap | None] = []
    mirrored: dict[int, int] = {}
    for place in kept:
        part, who = cells[place]
        others = [p for p in alike[part] if p != place]
        beside = None
        if sector is None and reference is None and others:
            side = np.full(len(cells), -1)
            side[others], side[place] = 1, 0
            groups = np.where(found.groups < 0, -1, side[found.groups])
            beside = averaged(values, found, groups, 2)
        for number, name in enumerate(names):
            told = f"{label_text(who)}, {name}" if who is not None else name
            difference = None
            if sector is not None:
                if name in sector:
                    told += " minus the declared sector"
                    difference = _declared(means[number], place, sector[name], level)
            elif beside is not None:
                told += " minus all others"
                difference = _difference(beside[number], 0, 1, level)
                if len(others) == 1 and others[0] < place:  # each is the other's rest
                    mirrored[len(gaps)] = kept.index(others[0]) * many + number
            elif wanted.get(part, place) != place:
                told += f" minus {reference}"
                difference = _difference(means[number], place, wanted[part], level)
            gaps.append(None if difference is None else Gap.of(told, difference, unit="rating"))
    p_values = [
        None if gap is None or place in mirrored else gap.p_value for place, gap in enumerate(gaps)
    ]
    adjusted = adjust(p_values)
    for place, first in mirrored.items():
        adjusted[place] = adjusted[first]
    against = (
        "the declared value of the sector, taken for exact (one-sample t)"
        if sector is not None
        else f"the player {reference}"
        if reference is not None
        else "all other players together"
    )
    tested = [
        None if gap is None else evolve(gap, p_adjusted=p)
        for gap, p in zip(gaps, adjusted, strict=True)
    ]
    return tested, against, sum(p is not None for p in p_values)


def _references(
    reference: str | None, cells: list[Cell], kept: list[int]
) -> dict[tuple[Label, ...], int]:
    """Return the cell of the reference player in each part that holds it."""
    found = {cells[p][0]: p for p in kept if label_text(cells[p][1]) == reference}
    if reference is not None and not found:
        names = sorted({label_text(cells[p][1]) for p in kept})
        raise UsageError(f"no player {reference!r}; {did_you_mean(reference, names)}")
    return found


def _difference(found: Averages, first: int, second: int, level: float) -> Difference | None:
    try:
        return found.difference(first, second, level=level, bounds=BOUNDS)
    except IntervalError:
        return None


def _declared(found: Averages, place: int, value: float, level: float) -> Difference | None:
    try:
        return found.against(place, value, level=level, bounds=BOUNDS)
    except IntervalError:
        return None


def ranked(
    standings: list[Standing], kept: list[int], means: tuple[Averages, ...], level: float
) -> list[Standing]:
    """Return standings (of the groups kept, criterion by criterion) with their ranks."""
    found, many = list(standings), len(means)
    for part in dict.fromkeys(own.part for own in standings):
        members = [n for n in range(len(kept)) if standings[n * many].part == part]
        if len(members) < 2:
            continue
        for number, own in enumerate(means):
            told = ranks(own, [kept[n] for n in members], level=level, bounds=BOUNDS)
            for member, rank in zip(members, told, strict=True):
                place = member * many + number
                found[place] = evolve(found[place], rank=rank)
    return found


def verdict_of(
    own: Standing, gap: Gap | None, above: float, below: float, rule: str
) -> Verdict | None:
    """Return which list a standing stands in; None without a comparison, and for the overall."""
    if gap is None or gap.interval is None or own.criterion == OVERALL:
        return None
    proved = rule == "interval" or gap.significant
    if gap.interval.low > above and proved:
        return "strength"
    return "improve" if gap.interval.high < below and proved else "watch"
