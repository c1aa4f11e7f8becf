"""Cross themes with the score."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isnan
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
from attrs import evolve, frozen

from cxmetrics.engines.query import OffScale
from cxmetrics.errors import DataError, UsageError, did_you_mean
from cxmetrics.metrics import Comparison, Metric, Score, Scores, linear
from cxmetrics.metrics.comparison import adjusted_pairs
from cxmetrics.metrics.text import count
from cxmetrics.scale import yes_no
from cxmetrics.stats.distributions import check_level, t_quantile
from cxmetrics.stats.intervals import Interval
from cxmetrics.stats.multiplicity import Adjustment
from cxmetrics.summaries import Label, Tally
from cxmetrics.verbatims.answers import Answers, answers, read_of
from cxmetrics.verbatims.burden import Impact, Impacts, Reference

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxmetrics.verbatims.dictionary import Dictionary
    from cxmetrics.verbatims.evaluating import Evaluation
    from cxmetrics.verbatims.reading import Readings

    Bools = NDArray[np.bool_]

_MENTIONS = linear("mentions", yes_no, {0: 0, 1: 100}, unit="percent", title="share")
_LISTED = 8


def impact(
    data: Any,
    *,
    by: str | None = None,
    text: str | None = None,
    rating: str | None = None,
    metric: Metric | None = None,
    themes: Sequence[str] | None = None,
    dictionary: Dictionary | None = None,
    language: str | None = None,
    readings: Readings | None = None,
    reference: Reference = "texts",
    weight: str | None = None,
    unit: str | None = None,
    strata: str | None = None,
    where: Any = None,
    missing: Sequence[Any] = (),
    off_scale: OffScale = "error",
    adjustment: Adjustment = "holm",
    level: float = 0.95,
    evaluation: Evaluation | None = None,
) -> Impacts:
    """Say how often each theme is mentioned, and what the score is where it is.

    *Difference*: the score of the answers that mention the theme minus that of those that do not
    (never minus the total, which holds them), with the interval and the test that fit the metric
    (`cxmetrics.stats.compare`): weights, units and strata are known to it. P-values are adjusted
    for the number of themes. *Share*: of the compared answers that mention it, and the same
    within each part of the metric, such as the detractors (Wilson, on the effective number with
    weights). *Burden*: the score of the others minus the score of all, which is share times
    (others minus mentioned): points of the score lost by these answers, if they were as the others;
    positive is bad, whichever way the scale points. Its interval is linearised.

    An answer without a text, or with one in a language that the dictionary does not speak, is not
    an answer without the theme: it is left out and counted. Association, not cause: one text may
    hold several themes, and who is unhappy finds more to say.

    Args:
        data: columns by name, a data frame, a `Batch` of responses, or a store.
        by: the column that makes groups: `.groups` holds the same of each, their p-values adjusted
            together.
        text: the column of texts; of a batch and a store `verbatim`.
        rating: the column of ratings; of a batch and a store `rating`.
        metric: what is made of the ratings; NPS if left out.
        themes: the keys of the themes to look at; all of the dictionary if left out.
        dictionary: says how themes are found; the built-in one if left out.
        language: a column of language tags, or the language of all texts ("en", "fr"); detected
            if left out.
        readings: what `read` made of the same texts before, to read them once.
        reference: `"texts"` compares answers with a text; `"all"` takes those without a text for
            answers that do not mention the theme.
        weight: the column of survey weights; an answer of weight 0 is none.
        unit: the column that says who answered.
        strata: the column of sampling strata.
        where: rows to keep.
        missing: ratings that stand for "no answer".
        off_scale: `"error"` or `"set_aside"`.
        adjustment: `"holm"`, or `"bh"` for exploration.
        level: the confidence level.
        evaluation: of the dictionary against labelled texts, as `evaluate` returns it; without it
            there is the caution NOT_EVALUATED.

    Raises:
        ColumnError: a column is missing or holds the wrong kind of values.
        DataError: no answer has a text that was read and a rating.
        ScaleError: a rating is no point of the scale.
        UsageError: an argument makes no sense, or a theme is unknown.

    References:
        Holm 1979; Benjamini & Hochberg 1995; Lewis & Sauro 2021; Newcombe 1998; Wilson 1927.

    Example:
        >>> rows = {"score": [2, 3, 9, 10, 0, 9, 1, 10] * 10,
        ...         "why": ["Waited 40 minutes on the phone", "An endless queue at the till",
        ...                 "Friendly staff", "All went well", "I waited for days", None,
        ...                 "The queue was endless", "Friendly and helpful staff"] * 10}
        >>> found = impact(rows, text="why", rating="score", language="en")
        >>> waiting = next(iter(found.values()))
        >>> waiting.key, waiting.n, waiting.difference, waiting.significant
        ('waiting', 40, -200.0, True)
        >>> round(waiting.burden, 1), round(found.spoken.value, 1)  # 100 for the others
        (114.3, -14.3)
    """
    check_level(level)
    if reference not in get_args(Reference):
        raise UsageError(f"reference is 'texts' or 'all', not {reference!r}.")
    found = answers(
        data,
        text=text,
        rating=rating,
        metric=metric,
        language=language,
        by=by,
        weight=weight,
        unit=unit,
        strata=strata,
        where=where,
        missing=missing,
        off_scale=off_scale,
    )
    own = read_of(found, readings, dictionary)
    for key in themes or ():
        if key not in own.keys:
            raise UsageError(f"no theme {key!r}; {did_you_mean(key, own.keys)}")
    if evaluation is not None and evaluation.fingerprint != own.dictionary.fingerprint:
        raise UsageError("the evaluation is of another dictionary: evaluate the one that is used.")
    crossing = _Crossing(
        answers=found,
        readings=own,
        keys=own.keys if themes is None else tuple(dict.fromkeys(themes)),
        reference=reference,
        adjustment=adjustment,
        level=level,
        evaluation=evaluation,
    )
    everything = np.ones(len(found.ratings), dtype=bool)
    whole = crossing.adjusted([crossing.group(everything, {})])[0]
    if by is None:
        return whole
    groups = crossing.adjusted(list(crossing.groups(everything, by)))
    shown = {each.group[by]: each for each in groups}
    return evolve(whole, groups=shown, left_out=tuple(x for x in found.groups if x not in shown))


@frozen(kw_only=True, eq=False)
class _Crossing:
    """What is the same for every group."""

    answers: Answers
    readings: Readings
    keys: tuple[str, ...]
    reference: Reference
    adjustment: Adjustment
    level: float
    evaluation: Evaluation | None

    @property
    def texts(self) -> Bools:
        """Return which rows have a text."""
        return np.array([text is not None for text in self.answers.texts])

    @property
    def rated(self) -> Bools:
        """Return which rows have a rating that counts."""
        found = ~np.isnan(self.answers.ratings)
        weight = self.answers.columns.get("weight")
        return found if weight is None else found & (weight > 0)

    def base(self, rows: Bools) -> Bools:
        """Return which rows are compared."""
        heard = self.readings.read
        spoken = heard if self.reference == "texts" else heard | ~self.texts
        found: Bools = rows & spoken & self.rated
        return found

    def measured(self, metric: Metric, rows: Bools, by: Any = None, ratings: Any = None) -> Scores:
        """Return a metric of some rows, by labels (left out: all in one group)."""
        beside = {name: column[rows] for name, column in self.answers.columns.items()}
        own = self.answers.ratings[rows] if ratings is None else ratings
        named: dict[str, Any] = {name: name for name in beside}
        columns = {"rating": own, "by": np.zeros(len(own), np.int8) if by is None else by, **beside}
        return metric(columns, rating="rating", by="by", level=self.level, **named)

    def groups(self, rows: Bools, by: str) -> Iterator[Impacts]:
        """Yield the themes of each group; with a floor nothing small can be told from the rest."""
        labels, names = self.answers.labels, self.answers.groups
        scores = self.measured(self.answers.metric, self.base(rows), labels[self.base(rows)])
        found = [
            self.group(labels == place, {by: name})
            for place, name in enumerate(names)
            if place in scores and not scores[place].tally.suppressed
        ]
        hidden = tuple(dict.fromkeys(name for each in found for name in each.hidden))
        for each in found:
            kept = {key: theme for key, theme in each.items() if theme.name not in hidden}
            yield evolve(each, themes=kept, hidden=hidden)

    def group(self, rows: Bools, label: dict[str, Label]) -> Impacts:
        """Return the themes of some rows, p-values not adjusted yet."""
        metric, base, texts = self.answers.metric, self.base(rows), rows & self.texts
        heard = texts & self.readings.read
        if not base.any():
            raise DataError(
                f"none of the {count(int(texts.sum()))} texts was read and has a rating beside it: "
                "is it the right column, and a language of the dictionary?"
            )
        parts, names = self.answers.parts()[base], self.readings.names
        themes: list[Impact] = []
        absent: list[str] = []
        hidden: list[str] = []
        for key in self.keys:
            mask = self.readings.themes[base, self.readings.keys.index(key)]
            hits = int(mask.sum())
            if not hits:
                absent.append(names[key])
            elif min(hits, mask.size - hits or hits) < metric.floor:
                hidden.append(names[key])
            else:
                themes.append(self.theme(key, names[key], base, mask, parts))
        return Impacts(
            metric=metric,
            themes={each.key: each for each in sorted(themes, key=_heaviest)},
            absent=tuple(absent),
            hidden=tuple(hidden),
            rows=int(rows.sum()),
            texts=int(texts.sum()),
            unread=int((texts & ~heard).sum()),
            unrated=int((heard & np.isnan(self.answers.ratings)).sum()),
            spoken=self.measured(metric, base).overall,
            silent=self.measured(metric, rows & ~self.texts & self.rated).overall,
            reference=self.reference,
            adjustment=self.adjustment,
            level=self.level,
            group=label,
            evaluation=self.evaluation,
            about=self.answers.cautions,
        )

    def theme(self, key: str, name: str, base: Bools, mask: Bools, parts: Any) -> Impact:
        """Return one theme, compared within some rows."""
        metric = self.answers.metric
        scores = self.measured(metric, base, mask.astype(np.int8))
        mentioned, others = (
            evolve(scores[side], group={"theme": group})
            if side in scores
            else Score(metric, Tally.of(metric.scale), {"theme": group}, level=self.level)
            for side, group in ((1, name), (0, f"without {name}"))
        )
        able = None not in (mentioned.interval_or_none, others.interval_or_none)
        comparison = mentioned.compare(others) if able else None
        shares = self.measured(_MENTIONS, base, parts, mask.astype(np.int8))
        burden, interval = _burden(scores, comparison, shares.overall)
        # a part under the floor alone would be the total minus the others
        open_ = all(each.n >= metric.floor for each in shares.values())
        return Impact(
            key=key,
            name=name,
            share=shares.overall,
            parts={
                part.name: shares[place]
                for place, part in enumerate(metric.parts)
                if place in shares and open_
            },
            mentioned=mentioned,
            others=others,
            comparison=comparison,
            burden=burden,
            burden_interval=interval,
        )

    def adjusted(self, found: list[Impacts]) -> list[Impacts]:
        """Adjust the p-values of all themes of all groups for their number."""
        pairs = {
            (place, key): each.comparison
            for place, impacts in enumerate(found)
            for key, each in impacts.items()
            if each.comparison is not None
        }
        told = dict(zip(pairs, adjusted_pairs(list(pairs.values()), self.adjustment), strict=True))
        return [
            evolve(
                impacts,
                themes={
                    key: evolve(each, comparison=told.get((place, key)))
                    for key, each in impacts.items()
                },
            )
            for place, impacts in enumerate(found)
        ]


def _heaviest(each: Impact) -> tuple[bool, float]:
    return isnan(each.burden), -each.burden


def _burden(
    scores: Scores, comparison: Comparison | None, share: Score
) -> tuple[float, Interval | None]:
    """Return the score of the others minus the score of all, turned so that more is worse."""
    sign = 1.0 if scores.metric.direction == "higher" else -1.0
    if 0 not in scores or not scores[0].defined:
        return float("nan"), None
    rest, whole = scores[0].sample, scores.overall.sample
    value = sign * (rest.estimate - whole.estimate)
    if comparison is None:
        return value, None
    gradient = np.zeros((len(scores), rest.share.size)) - whole.influence / whole.tally.total
    gradient[list(scores).index(0)] += rest.influence / rest.tally.total
    design = scores.cube.cells.units
    variance = float(design.covariance(gradient).sum()) * design.fitting
    df = scores[1].sample.degrees_of_freedom
    if isnan(variance) or df < 1:
        return value, None
    level = comparison.interval.level
    if not variance:  # no spread is seen: the limits of share and difference still speak
        ends = [
            -sign * x * share.interval().high / 100
            for x in (comparison.interval.low, comparison.interval.high)
        ]
        return value, Interval(min(*ends, value), max(*ends, value), level, "linearised")
    margin = t_quantile(0.5 + level / 2, df) * variance**0.5
    return value, Interval(value - margin, value + margin, level, "linearised")
