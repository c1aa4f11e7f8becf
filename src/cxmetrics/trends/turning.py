"""Change points: where a score took a step, tested against shuffled periods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import comb
from typing import Any, Final

import numpy as np
from attrs import frozen

from cxmetrics.errors import Caution
from cxmetrics.metrics import Comparison, Score, Scores
from cxmetrics.metrics.text import limits, number, p_text
from cxmetrics.stats.changepoint import Split, best_split
from cxmetrics.stats.distributions import check_level
from cxmetrics.stats.multiplicity import adjust
from cxmetrics.summaries import Label
from cxmetrics.trends.series import Series


@frozen(kw_only=True)
class ChangePoint:
    """One step.

    Attributes:
        at: the first period after the step.
        before: the score of the periods since the step before.
        after: of the periods up to the next step tested.
        change: after minus before. Its interval does not know that the step was looked for, so it
            is somewhat too far from 0.
        ratio: the likelihood ratio of the split.
        p_value: of a split between the neighbouring steps, adjusted (Holm) for their number.
    """

    at: Label
    before: Score
    after: Score
    change: Comparison
    ratio: float
    p_value: float

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "at": self.at,
            "before": self.before.summary(),
            "after": self.after.summary(),
            "change": self.change.to_dict(),
            "ratio": self.ratio,
            "p_value": self.p_value,
        }

    def __str__(self) -> str:
        unit, interval = self.change.unit, self.change.interval
        return (
            f"{self.at}: {number(self.before.value, unit)} to {number(self.after.value, unit)}  "
            f"(change {number(self.change.value, unit, difference=True)}, interval "
            f"{limits(interval.low, interval.high, unit, difference=True)}; "
            f"{p_text(self.p_value)})"
        )


@frozen(kw_only=True)
class ChangePoints(Sequence[ChangePoint]):
    """The steps of a score over time.

    Attributes:
        changes: the steps that are more than chance, in order.
        tested: how many splits were tested.
        p_value: of the most likely split of the whole series, unadjusted.
        likeliest: where that split is.
        title: the metric.
        dim: the dimension of time.
        level: 1 minus the chance of a step where there is none.
        cautions: what a reader has to know.
    """

    changes: tuple[ChangePoint, ...]
    tested: int
    p_value: float
    likeliest: Label
    title: str
    dim: str
    level: float
    cautions: tuple[Caution, ...] = ()

    def __getitem__(self, place: Any) -> Any:
        return self.changes[place]

    def __len__(self) -> int:
        return len(self.changes)

    def __iter__(self) -> Iterator[ChangePoint]:
        return iter(self.changes)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "changes": [change.to_dict() for change in self.changes],
            "tested": self.tested,
            "p_value": self.p_value,
            "likeliest": self.likeliest,
            "level": self.level,
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __str__(self) -> str:
        steps = f"{len(self)} step{'' if len(self) == 1 else 's'}" if self else "no step"
        lines = [
            (
                f"{self.title} by {self.dim}: {steps}  (likeliest {self.likeliest}, "
                f"{p_text(self.p_value)}; {self.tested} tested)"
            )
        ]
        lines += [f"  {change}" for change in self.changes]
        return "\n".join([*lines, *(f"  ! {caution}" for caution in self.cautions)])


_MOST_ORDERS: Final = 9_999
_ROUNDS: Final = 100


def change_points(
    scores: Scores,
    *,
    least: int = 3,
    permutations: int = _MOST_ORDERS,
    level: float | None = None,
    seed: int = 0,
) -> ChangePoints:
    """Find the periods at which a score took a step.

    For each split of the series the likelihood ratio of the answers (detractors, passives,
    promoters; or whatever is worth the same to the metric); the largest says where, and the share
    of shuffled series whose largest is as large is the p-value: it was chosen, so it is not
    chi-square, and whole periods are shuffled, so that periods which differ by more than chance are
    allowed for. Where a step is found, the parts before and after are searched (binary
    segmentation); in the end each step is tested between its neighbours, Holm-adjusted. Without any
    step at all, one is found with the chance that `level` leaves. Weighted answers count by their
    effective number.

    A step that goes back after a while hides from a single split: look at `cusum` too, or at a
    shorter stretch. Seasons and slow drifts are no steps: compare with the year before.

    Args:
        scores: by one column of time.
        least: the fewest periods on each side of a step.
        permutations: how many orders of the periods are tried.
        level: 1 minus the chance of a false step; the scores' own if left out.
        seed: of the shuffling.

    Raises:
        DataError: fewer than twice `least` periods have answers.
        UsageError: an argument makes no sense, or the scores have several dimensions.

    Example:
        >>> from cxmetrics import nps
        >>> calm, rough = [9] * 50 + [7] * 30 + [3] * 20, [9] * 38 + [7] * 32 + [3] * 30
        >>> months = [f"2026-{month:02}" for month in range(1, 11) for _ in range(100)]
        >>> found = change_points(nps(calm * 5 + rough * 5, by=months))
        >>> found[0].at, round(found[0].change.value, 1)
        ('2026-06', -22.0)
    """
    series = Series.of(scores, least=2 * max(least, 1))
    alpha = 1 - check_level(scores.level if level is None else level)
    labels = series.answered
    counts = _counts(series)
    search = {"least": least, "permutations": permutations, "seed": seed}
    first = best_split(counts, **search)
    cuts, tested = _searched(counts, first, alpha, search)
    changes = []
    for start, cut, end, ratio, p in _settled(counts, cuts, alpha, search):
        before, after = series.halves(labels[start:cut], labels[cut:end])
        changes.append(
            ChangePoint(
                at=labels[cut],
                before=before,
                after=after,
                change=after.compare(before, level=1 - alpha),
                ratio=ratio,
                p_value=p,
            )
        )
    cautions = list(series.gaps())
    fewest = 1 / comb(len(labels), len(labels) // 2)
    if 2 * fewest > alpha:
        cautions.append(
            Caution(
                "SHORT_SERIES",
                f"{len(labels)} periods can be shuffled in too few ways to prove any step.",
            )
        )
    return ChangePoints(
        changes=tuple(changes),
        tested=tested,
        p_value=first.p_value,
        likeliest=labels[first.after],
        title=scores.metric.title,
        dim=series.dim,
        level=1 - alpha,
        cautions=tuple(cautions),
    )


def _counts(series: Series) -> np.ndarray:
    """Return answers by period and by what they are worth, on the effective sample size."""
    metric = series.scores.metric
    points = metric.scale.size
    worth = np.arange(points) if metric.values is None else np.array(metric.values)
    _, place = np.unique(worth, return_inverse=True)
    return np.array(
        [
            np.bincount(place, series.score(label).share * series.score(label).n_effective)
            for label in series.answered
        ]
    )


def _searched(
    counts: np.ndarray, first: Split, alpha: float, search: Mapping[str, int]
) -> tuple[list[int], int]:
    """Cut in two while a cut is significant; return the cuts, and how many were tested."""
    row, cuts, tested = [(0, len(counts), first)], [], 1
    while row:
        adjusted = adjust([split.p_value for *_, split in row])
        parts = []
        for (start, end, split), p in zip(row, adjusted, strict=True):
            if p is not None and p <= alpha:
                cut = start + split.after
                cuts.append(cut)
                parts += [(start, cut), (cut, end)]
        row = [
            (start, end, best_split(counts[start:end], **search))
            for start, end in parts
            if end - start >= 2 * search["least"]
        ]
        tested += len(row)
    return sorted(cuts), tested


def _settled(
    counts: np.ndarray, cuts: list[int], alpha: float, search: Mapping[str, int]
) -> list[tuple[int, int, int, float, float]]:
    """Test each cut between its neighbours, move it to where it is likeliest, drop what is chance.

    The first cut of a staircase may lie between the steps: only its neighbours put it right.
    """
    for turn in range(_ROUNDS):
        bounds = [0, *cuts, len(counts)]
        stretches = list(zip(bounds, bounds[2:], strict=False))
        splits = [best_split(counts[start:end], **search) for start, end in stretches]
        p = [1.0 if own is None else own for own in adjust([s.p_value for s in splits])]
        places = [start + s.after for (start, _), s in zip(stretches, splits, strict=True)]
        if cuts and max(p) > alpha:
            del cuts[p.index(max(p))]
            continue
        moved = next((i for i, at in enumerate(places) if at != cuts[i]), None)
        if moved is None or turn == _ROUNDS - 1:
            return [
                (start, cut, end, split.ratio, own)
                for (start, end), cut, split, own in zip(stretches, cuts, splits, p, strict=True)
            ]
        cuts[moved] = places[moved]
    return []
