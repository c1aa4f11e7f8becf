"""The emotion ratio: how many positive emotions for one negative."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations
from math import inf, isfinite, nan
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from attrs import evolve

from cxmetrics.concepts._base import Concept, Worked
from cxmetrics.concepts.answers import answers
from cxmetrics.concepts.breakdown import Group, group_name
from cxmetrics.concepts.estimate import Estimate, small
from cxmetrics.concepts.mentions import (
    Mentions,
    boxes_of,
    counts_only,
    of_counts,
    of_ratings,
    of_words,
)
from cxmetrics.concepts.ratio import EmotionRatio, EmotionRatios, Factor
from cxmetrics.engines.query import OffScale
from cxmetrics.errors import Caution, DataError, UsageError
from cxmetrics.metrics.text import count
from cxmetrics.scale import Scale, yes_no
from cxmetrics.stats import odds
from cxmetrics.stats.averages import Averages, averages
from cxmetrics.stats.distributions import check_level
from cxmetrics.stats.intervals import Interval
from cxmetrics.stats.multiplicity import adjust

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def emotion_ratio(
    data: Any,
    *,
    rating: str | None = None,
    scale: Scale | None = None,
    positive_boxes: Collection[float] = (),
    negative_boxes: Collection[float] = (),
    positive: Sequence[str] = (),
    negative: Sequence[str] = (),
    benchmark: float | None = None,
    order: Sequence[str] = (),
    by: str | Sequence[str] | None = None,
    weight: str | None = None,
    unit: str | None = None,
    strata: str | None = None,
    where: Any = None,
    missing: Sequence[Any] = (),
    off_scale: OffScale = "error",
    level: float = 0.95,
) -> EmotionRatios:
    """Count positive emotions for one negative, with the interval of that ratio.

    Positive and negative emotions are counted, neutral answers apart. Of independent answers the
    interval is exact: the odds `L / (1 - L)` and `U / (1 - U)` of Clopper-Pearson's limits of
    positive / (positive + negative). It is wide: 15 for 5 is 3 : 1, and anything from 1.0 to 10.6.
    Where one respondent gives several emotions, or with weights or strata, they are not
    independent: the interval is that of the log ratio with a linearised variance over respondents
    and Student's t. Without a negative emotion there is a lower limit only.

    The net emotion `(P - N) / (P + N)` says the same between -100 and 100 points. No benchmark is
    built in: "17 positive for each negative" of leaders and "2 to 1" of the last 5 % were told
    of one American study of 2017, "15 for 5" has no known source, and the positivity ratio 2.9 of
    Losada was refuted (Brown, Sokal & Friedman 2013). Give the one you believe in.

    Args:
        data: one row an answer, or an interaction; or counts, `{"positive": 15, "negative": 5}`,
            where `"neutral"` may be added.
        rating: the column of ratings of an emotion.
        scale: of the ratings; on a scale around 0, such as -5:5, the sign decides.
        positive_boxes: ratings that are positive, where the sign does not say so.
        negative_boxes: ratings that are negative.
        positive: the columns of positive words, yes/no, several a respondent.
        negative: the columns of negative words.
        benchmark: a ratio to test against.
        order: the groups in their order, such as before, during, after.
        by: the column or columns that make groups.
        weight: the column of survey weights.
        unit: the column that says who answered.
        strata: the column of sampling strata.
        where: rows to keep.
        missing: values that stand for "no answer".
        off_scale: `"error"`, or `"set_aside"` to count ratings that are no point of the scale.
        level: the confidence level.

    Returns:
        The ratio of all, of each group, and every two groups compared by the difference of their
        log ratios (z, or t with the covariance of shared respondents), adjusted by Holm.

    Raises:
        ColumnError: a column is not there, or holds no numbers.
        DataError: there is no emotion.
        ScaleError: a rating is no point of the scale, or a word neither yes nor no.
        UsageError: neither ratings nor words nor counts are named, or it is not said what is
            positive.

    References:
        Clopper & Pearson 1934; Haldane 1956 (half an emotion is added in comparisons with an empty
        cell); Brown, Sokal & Friedman 2013, American Psychologist 68:801-813.

    Example:
        >>> found = emotion_ratio({"positive": 15, "negative": 5}, benchmark=2)
        >>> found.overall.text, found.overall.interval_text
        ('3.0 : 1', '1.0 to 10.6')
    """
    check_level(level)
    if benchmark is not None and not (benchmark > 0 and isfinite(benchmark)):
        raise UsageError(f"benchmark={benchmark!r}: a ratio above 0, such as 3 for 3 : 1.")
    cautions: tuple[Caution, ...] = ()
    if counts_only(data):
        found = of_counts(data)
    else:
        options: dict[str, Any] = {
            "by": by,
            "weight": weight,
            "unit": unit,
            "strata": strata,
            "where": where,
            "missing": missing,
            "off_scale": off_scale,
        }
        if rating is not None and not (positive or negative):
            boxes = boxes_of(scale, positive_boxes, negative_boxes)
            read = answers(data, [rating], scale=scale, **options)
            found = of_ratings(read, read.items[rating], boxes, order)
        elif rating is None and positive and negative:
            read = answers(data, [*positive, *negative], scale=yes_no, **options)
            signs = np.array([1.0] * len(positive) + [0.0] * len(negative))
            found = of_words(read, read.matrix([*positive, *negative]), signs, order)
        else:
            raise UsageError(
                "say rating=… (a column of ratings), or positive=[…] and negative=[…] (yes/no "
                "columns of words), or hand over counts {'positive': 15, 'negative': 5}."
            )
        cautions = read.cautions
    return _measured(found, benchmark, level, cautions)


def _measured(
    found: Mentions, benchmark: float | None, level: float, cautions: tuple[Caution, ...]
) -> EmotionRatios:
    if not len(found.sign):
        raise DataError("there is no emotion, neither positive nor negative.")
    together = np.zeros(len(found.sign), np.intp)
    neutral = None if found.neutral is None else np.array([found.neutral.sum()])
    (overall,), _ = _ratios(evolve(found, group=together, neutral=neutral), 1, benchmark, level)
    groups: dict[Group, EmotionRatio] = {}
    factors: list[Factor] = []
    if found.names:
        many = len(found.names)
        each, parts = _ratios(found, many, benchmark, level)
        tested = adjust([one.p_value for one in each])
        each = [evolve(one, p_value=p) for one, p in zip(each, tested, strict=True)]
        groups = dict(zip(found.names, each, strict=True))
        pairs = [
            _factor(found, parts, groups, pair, level) for pair in combinations(range(many), 2)
        ]
        factors = [pair for pair in pairs if pair is not None]
        p_adjusted = adjust([one.p_value for one in factors])
        factors = [evolve(one, p_adjusted=p) for one, p in zip(factors, p_adjusted, strict=True)]
    method = "Exact interval: odds of Clopper-Pearson's limits."
    if not found.independent:
        why = "Several emotions of one respondent" if found.weight is None else "Weighted"
        method = (
            f"{why}: t interval of the log ratio, variance linearised over "
            f"{count(overall.respondents)} respondents."
        )
    return EmotionRatios(
        overall=overall,
        groups=groups,
        factors=tuple(factors),
        benchmark=benchmark,
        missing=found.missing,
        level=level,
        method=method,
        cautions=(*cautions, *_cautions(overall, groups)),
    )


def _ratios(
    found: Mentions, many: int, benchmark: float | None, level: float
) -> tuple[list[EmotionRatio], Averages]:
    """Return the ratio of each group, and the shares of positive emotions behind them."""
    parts = averages(
        found.sign,
        groups=found.group,
        size=many,
        weights=found.weight,
        units=found.unit,
        strata=found.strata,
    )
    heavy = np.ones(len(found.sign)) if found.weight is None else found.weight
    positive = np.bincount(found.group, heavy * found.sign, minlength=many)
    negative = np.bincount(found.group, heavy * (1 - found.sign), minlength=many)
    each = []
    for place, (good, bad) in enumerate(zip(positive.tolist(), negative.tolist(), strict=True)):
        interval, p = _interval(found, parts, place, (good, bad), benchmark, level)
        each.append(
            EmotionRatio(
                value=good / bad if bad else inf if good else nan,
                interval=interval,
                positive=good,
                negative=bad,
                neutral=None if found.neutral is None else float(found.neutral[place]),
                n=int(parts.n[place]),
                respondents=int(parts.units[place]),
                net=_net(interval, parts, place),
                p_value=p,
            )
        )
    return each, parts


def _interval(
    found: Mentions,
    parts: Averages,
    place: int,
    counts: tuple[float, float],
    benchmark: float | None,
    level: float,
) -> tuple[Interval | None, float | None]:
    if not sum(counts):
        return None, None
    if found.independent:
        p = None if benchmark is None else odds.exact_p(*counts, ratio=benchmark)
        return odds.exact_interval(*counts, level=level), p
    p = None if benchmark is None else odds.linearised_p(parts, place, ratio=benchmark)
    return odds.linearised_interval(parts, place, level=level), p


def _net(interval: Interval | None, parts: Averages, place: int) -> Estimate:
    """Return the net emotion; its limits are those of the ratio, turned into points."""

    def points(ratio: float) -> float:
        return 100 * (ratio - 1) / (ratio + 1) if isfinite(ratio) else 100.0

    return Estimate(
        value=100 * (2 * float(parts.mean[place]) - 1),
        interval=None
        if interval is None
        else evolve(interval, low=points(interval.low), high=points(interval.high)),
        n=int(parts.n[place]),
        n_effective=float(parts.n_effective[place]),
        unit="points",
    )


def _factor(
    found: Mentions,
    parts: Averages,
    groups: Mapping[Group, EmotionRatio],
    pair: tuple[int, int],
    level: float,
) -> Factor | None:
    first, second = (groups[found.names[place]] for place in pair)
    if not first.n or not second.n:
        return None
    made = (
        odds.factor(
            (first.positive, first.negative), (second.positive, second.negative), level=level
        )
        if found.independent
        else odds.linearised_factor(parts, *pair, level=level)
    )
    if made is None:
        return None
    value, interval, p = made
    name = " over ".join(group_name(found.names[place]) for place in pair)
    return Factor(name=name, value=value, interval=interval, p_value=p)


def _cautions(overall: EmotionRatio, groups: Mapping[Group, EmotionRatio]) -> Iterator[Caution]:
    named = {group_name(group): one for group, one in groups.items()} or {"all": overall}
    for name, one in named.items():
        yield from small(one.n, name)
    bare = [name for name, one in named.items() if one.value == inf]
    if bare:
        yield Caution(
            "UNBOUNDED",
            f"{', '.join(bare)}: no negative emotion, so the ratio has a lower limit only.",
        )


_ABOUT: Final = """import cxmetrics as cx
from cxmetrics.concepts.catalogue.emotions import emotion_ratio

print(emotion_ratio({"positive": 15, "negative": 5}))"""

CONCEPTS: Final = (
    Concept(
        name="emotion_ratio",
        title="Emotion ratio",
        french="ratio d'émotions positives et négatives",
        topic="emotion",
        call="cxmetrics.concepts.catalogue.emotions:emotion_ratio",
        unit="positive for 1 negative",
        direction="higher",
        scale="ratings around 0 (such as -5 to 5), declared boxes of any scale, or yes/no words",
        formula="Positive emotions divided by negative ones, neutral answers apart; net emotion "
        "(P - N) / (P + N) beside it",
        interval="exact for independent answers (odds of Clopper-Pearson's limits); else t on the "
        "log ratio, variance linearised over respondents",
        reference="Clopper & Pearson 1934; Brown, Sokal & Friedman 2013",
        limits=(
            "Few emotions prove little: 15 for 5 may be anything from 1 : 1 to 10 : 1.",
            "No benchmark is built in: the figures that circulate are of one study or of none.",
            "A list with more positive words brings more positive emotions: keep the list.",
        ),
        example=Worked(
            code=_ABOUT,
            shows="""Emotion ratio 3.0 : 1  (95 % interval 1.0 to 10.6; n = 20 emotions)
  group    ratio     interval    net       interval  counts  neutral
  all    3.0 : 1  1.0 to 10.6  +50.0  +1.8 to +82.7  15 : 5        –
  Exact interval: odds of Clopper-Pearson's limits.
  ! SMALL_SAMPLE: all: 20 answers, under 30: read the interval, not the score.""",
            source="R binom.test: 15 of 20, 95 %",
        ),
    ),
)
