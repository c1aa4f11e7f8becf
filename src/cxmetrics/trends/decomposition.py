"""What moved a total: the segments' scores (rate), or who was in it (mix)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import asdict, frozen

from cxmetrics.errors import Caution, ColumnError, DataError, UsageError, did_you_mean
from cxmetrics.metrics import Comparison, Comparisons, Scores
from cxmetrics.metrics.comparison import adjusted_pairs
from cxmetrics.metrics.text import count, level_text, limits, number
from cxmetrics.stats.distributions import t_quantile
from cxmetrics.stats.intervals import Interval
from cxmetrics.summaries import Key, Label

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@frozen(kw_only=True)
class Segment:
    """One segment between two waves.

    Attributes:
        key: its label, or labels.
        share_before: its part of the answers (of the weights) in the first wave, 0 to 1.
        share_after: in the second.
        before: its score in the first wave; None where nobody answered.
        after: in the second.
        rate: how much the change of its score moved the total.
        mix: how much the change of its share did, against a segment of average score.
    """

    key: Key
    share_before: float
    share_after: float
    before: float | None
    after: float | None
    rate: float
    mix: float


@frozen(kw_only=True)
class Decomposition:
    """The change of a total, split in rate and mix; the two sum to it.

    Attributes:
        metric: the name of the metric.
        title: the same for people.
        unit: of the score.
        before: the first wave.
        after: the second.
        change: of the total.
        rate: what the total would have changed at a steady mix.
        mix: what it would have changed at steady scores.
        change_interval: of the change.
        rate_interval: of the rate.
        mix_interval: of the mix.
        segments: the segments.
        comparisons: after minus before in each segment that was asked twice, Holm-adjusted.
        cautions: what a reader has to know.
    """

    metric: str
    title: str
    unit: str
    before: Label
    after: Label
    change: float
    rate: float
    mix: float
    change_interval: Interval | None
    rate_interval: Interval | None
    mix_interval: Interval | None
    segments: tuple[Segment, ...]
    comparisons: Comparisons
    cautions: tuple[Caution, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        found = asdict(self, filter=lambda field, _: field.name != "comparisons")
        return {**found, "comparisons": self.comparisons.to_dict()}

    def __str__(self) -> str:
        def told(value: float, interval: Interval | None) -> str:
            text = number(value, self.unit, difference=True)
            if interval is None:
                return f"{text} (no interval)"
            ends = limits(interval.low, interval.high, self.unit, difference=True)
            return f"{text} ({level_text(interval.level)} interval {ends})"

        whole = told(self.change, self.change_interval)
        lines = [
            f"{self.title}, {self.before} to {self.after}: {whole}",
            f"  rate, scores of the segments: {told(self.rate, self.rate_interval)}",
            f"  mix, who answered: {told(self.mix, self.mix_interval)}",
        ]
        for own in sorted(self.segments, key=lambda s: -abs(s.rate + s.mix)):
            key = " · ".join(map(str, own.key)) if isinstance(own.key, tuple) else own.key
            lines.append(
                f"    {'(missing)' if key is None else key}: rate "
                f"{number(own.rate, self.unit, difference=True)}, mix "
                f"{number(own.mix, self.unit, difference=True)}  (share "
                f"{100 * own.share_before:.1f} to {100 * own.share_after:.1f} %)"
            )
        return "\n".join([*lines, *(f"  ! {caution}" for caution in self.cautions)])


def decompose(
    scores: Scores, *, time: str, before: Label = None, after: Label = None
) -> Decomposition:
    """Split the change of a total between two waves in rate and mix.

    With shares s and scores x of the segments: `rate = sum(mean s * change of x)`, `mix = sum(mean
    x * change of s)`, means over the two waves (the midpoint form), so that rate + mix is the
    change. Every segment may rise while the total falls (Simpson's paradox). A segment of one wave
    only has no change of score: it counts as mix.

    Intervals: linearised, t, with units, strata and calibrated weights where they are known.

    Args:
        scores: of a linear metric (NPS, shares, means), by the time and at least one segment.
        time: the dimension of time.
        before: the first wave; the first label if left out.
        after: the second wave; the last label if left out.

    Raises:
        ColumnError: `time` is no dimension.
        DataError: there is one wave only, or a wave has no answers.
        UsageError: the metric is no mean of points, there is no segment, or groups are hidden.

    Example:
        >>> from cxmetrics import csat
        >>> found = decompose(csat(
        ...     [5] * 8 + [2] * 2 + [5] * 4 + [2] * 6 + [5] * 5 + [2] * 1 + [5] * 6 + [2] * 8,
        ...     by={"wave": [1] * 20 + [2] * 20,
        ...         "site": [*"aaaaaaaaaabbbbbbbbbb", *"aaaaaabbbbbbbbbbbbbb"]},
        ... ), time="wave")
        >>> round(found.change, 2), round(found.rate, 2), round(found.mix, 2)
        (-5.0, 3.05, -8.05)
    """
    cube = scores.cube
    if scores.metric.values is None:
        raise UsageError(
            f"{scores.metric.name} is no mean of points, so a total is no mean of its segments: "
            "decompose a share, a net score or a mean."
        )
    if cube.hidden:
        raise UsageError("some groups are hidden, and a decomposition would tell about them.")
    if time not in cube.dims:
        raise ColumnError(
            f"{time!r} is no dimension of these scores; {did_you_mean(time, cube.dims)}"
        )
    if len(cube.dims) < 2:
        raise UsageError(
            f"these scores are by {time!r} only: measure by a segment too, by=[{time!r}, …]."
        )
    axis = cube.dims.index(time)
    waves = [label for label in dict.fromkeys(g[axis] for g in cube.groups) if label is not None]
    first = waves[0] if before is None and waves else before
    last = waves[-1] if after is None and waves else after
    for label in (first, last):
        if label not in waves:
            known = [str(wave) for wave in waves]
            raise DataError(f"no wave {label!r} in {time!r}; {did_you_mean(str(label), known)}")
    if first == last:
        raise DataError(f"one wave only ({first}): a change needs two different waves.")
    two = Scores(
        scores.metric,
        cube.slice(**{time: [first, last]}),
        level=scores.level,
        interval_method=scores.interval_method,
    )
    undated = sum(score.n for score in scores.values() if score.group[time] is None)
    return _split(two, axis, first, last, undated)


def _split(scores: Scores, axis: int, first: Label, last: Label, undated: int) -> Decomposition:
    cube, metric = scores.cube, scores.metric
    worth = np.array(metric.values, dtype=float)
    rest = [group[:axis] + group[axis + 1 :] for group in cube.groups]
    names = list(dict.fromkeys(rest))
    wave = np.array([int(group[axis] == last) for group in cube.groups])
    column = np.array([names.index(name) for name in rest])
    weights = np.zeros((2, len(names), worth.size))
    weights[wave, column] = cube.cells.weights
    own = weights.sum(axis=2)
    total = own.sum(axis=1)
    for label, weight in zip((first, last), total, strict=True):
        if not weight:
            raise DataError(f"the wave {label!r} has no answers.")
    share = own / total[:, None]
    score = np.divide(weights @ worth, own, out=np.full(own.shape, np.nan), where=own > 0)
    whole = weights.sum(axis=1) @ worth / total
    twice = (own > 0).all(axis=0)
    known = np.where(np.isnan(score), score[::-1], score)  # one wave only: its score did not change
    known = np.where(np.isnan(known), 0.0, known)  # asked, and nobody answered: no share either
    moved = np.where(twice, known[1] - known[0], 0.0)
    rate = share.mean(axis=0) * moved
    mix = (known.mean(axis=0) - whole.mean()) * (share[1] - share[0])

    sign = np.array([-1.0, 1.0])[:, None, None]
    of_change = sign * (worth - whole[:, None, None]) / total[:, None, None] + np.zeros_like(
        weights
    )
    steady = (moved - (share @ moved)[:, None]) / (2 * total[:, None])
    within = np.divide(share.mean(axis=0), own, out=np.zeros_like(own), where=own > 0) * twice
    of_rate = steady[..., None] + sign * within[..., None] * (worth - known[..., None])
    values = (float(whole[1] - whole[0]), float(rate.sum()), float(mix.sum()))
    change, steady_mix, shift = (
        _interval(scores, gradient[wave, column], value)
        for gradient, value in zip((of_change, of_rate, of_change - of_rate), values, strict=True)
    )
    segments = tuple(
        Segment(
            key=name[0] if len(name) == 1 else name,
            share_before=float(share[0, i]),
            share_after=float(share[1, i]),
            before=None if np.isnan(score[0, i]) else float(score[0, i]),
            after=None if np.isnan(score[1, i]) else float(score[1, i]),
            rate=float(rate[i]),
            mix=float(mix[i]),
        )
        for i, name in enumerate(names)
    )
    return Decomposition(
        metric=metric.name,
        title=metric.title,
        unit=metric.unit,
        before=first,
        after=last,
        change=values[0],
        rate=values[1],
        mix=values[2],
        change_interval=change,
        rate_interval=steady_mix,
        mix_interval=shift,
        segments=segments,
        comparisons=_compared(scores, axis, first, last),
        cautions=tuple(_cautions(segments, *values[:2], undated=undated, sure=change is not None)),
    )


def _interval(scores: Scores, gradient: Floats, value: float) -> Interval | None:
    """Return the linearised interval of a function of all cells; None where units are too few."""
    sample = scores.metric.sample(scores.cube.overall)
    df = sample.degrees_of_freedom - (1 if sample.design is None else 0)
    design = scores.cube.cells.units
    variance = float(design.covariance(gradient).sum()) * design.fitting
    if df < 1 or np.isnan(variance):
        return None
    margin = t_quantile(0.5 + scores.level / 2, df) * float(np.sqrt(max(variance, 0.0)))
    return Interval(value - margin, value + margin, scores.level, "linearised")


def _compared(scores: Scores, axis: int, first: Label, last: Label) -> Comparisons:
    """Compare each segment with itself, a wave later."""
    pairs: list[Comparison] = []
    keys = dict(zip(scores.cube.groups, scores, strict=True))
    for group, key in keys.items():
        earlier = keys.get((*group[:axis], first, *group[axis + 1 :]))
        if group[axis] != last or earlier is None:
            continue
        if None not in (scores[key].interval_or_none, scores[earlier].interval_or_none):
            pairs.append(scores[key].compare(scores[earlier]))
    return Comparisons(adjusted_pairs(pairs, "holm"), {}, {}, "holm")


def _cautions(
    segments: tuple[Segment, ...], change: float, rate: float, *, undated: int, sure: bool
) -> Iterator[Caution]:
    once = [s.key for s in segments if (s.before is None) != (s.after is None)]
    if once:
        shown = ", ".join(str(key) for key in once[:5])
        yield Caution(
            "SEGMENT_ONCE",
            f"answers in one of the waves only: {shown}. Their coming or going is mix.",
        )
    if change * rate < 0:
        yield Caution(
            "MIX_SHIFT",
            "who answered moved the total the other way than the segments moved: the change of "
            "the total misleads.",
        )
    if undated:
        yield Caution("UNDATED", f"{count(undated)} answers are of no wave, and left out.")
    if not sure:
        yield Caution("NO_INTERVAL", "too few answers or units for an interval.")
