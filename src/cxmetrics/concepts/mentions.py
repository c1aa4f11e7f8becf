"""Emotions as rows, from counts, from ratings, or from words of a list."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeGuard

import numpy as np
from attrs import frozen

from cxmetrics.concepts.answers import Answers
from cxmetrics.concepts.breakdown import Group, in_order
from cxmetrics.errors import UsageError
from cxmetrics.scale import Scale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

COUNTS: Final = ("positive", "negative", "neutral")


@frozen(kw_only=True, eq=False, slots=False)
class Mentions:
    """Emotions, one a row: 1 positive, 0 negative.

    Attributes:
        sign: shape (emotions,).
        group: shape (emotions,): index into `names`.
        weight: shape (emotions,), or None.
        unit: shape (emotions,): codes of who said it.
        strata: shape (emotions,), or None.
        neutral: neutral answers by group, weighted; None where that can't be told.
        missing: rows without an answer, or with a word that is not answered.
        names: of the groups, in order; empty without groups.
    """

    sign: Floats
    group: Ints
    weight: Floats | None
    unit: Ints
    strata: Ints | None
    neutral: Floats | None
    missing: int = 0
    names: tuple[Group, ...] = ()

    @cached_property
    def independent(self) -> bool:
        """Whether every emotion is a draw of its own, so that the exact interval holds."""
        if self.weight is not None or self.strata is not None:
            return False
        return not len(self.unit) or int(np.bincount(self.unit).max()) == 1


def counts_only(data: Any) -> TypeGuard[Mapping[str, float]]:
    """Say whether data are counts by name, not columns."""
    return isinstance(data, Mapping) and all(isinstance(n, int | float) for n in data.values())


def of_counts(data: Mapping[str, float]) -> Mentions:
    """Return emotions from `{"positive": 15, "negative": 5}`, each its own respondent.

    Raises:
        UsageError: the counts have other names, or are no counts.
    """
    unknown = [name for name in data if name not in COUNTS]
    if unknown or not {"positive", "negative"} <= set(data):
        raise UsageError(f"counts are 'positive', 'negative' and perhaps 'neutral', not {data!r}.")
    for name, n in data.items():
        if n < 0 or n != int(n):
            raise UsageError(f"{name}={n!r}: emotions are counted in whole numbers.")
    sign = np.repeat([1.0, 0.0], [int(data["positive"]), int(data["negative"])])
    neutral = data.get("neutral")
    return Mentions(
        sign=sign,
        group=np.zeros(len(sign), np.intp),
        weight=None,
        unit=np.arange(len(sign)),
        strata=None,
        neutral=None if neutral is None else np.array([float(neutral)]),
    )


def boxes_of(
    scale: Scale | None, positive: Collection[float], negative: Collection[float]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return positive and negative points: as declared, else by the sign.

    Raises:
        UsageError: nothing says what is positive, or both overlap.
    """
    good, bad = tuple(sorted(positive)), tuple(sorted(negative))
    if not good and not bad and scale is not None and scale.low < 0 < scale.high:
        above = tuple(point for point in scale.points if point > 0)
        below = tuple(point for point in scale.points if point < 0)
        good, bad = (below, above) if scale.reverse else (above, below)
    if not good or not bad:
        raise UsageError(
            "it is not said what is positive: give positive_boxes and negative_boxes, or a scale "
            "with points on both sides of 0."
        )
    if set(good) & set(bad):
        raise UsageError(f"positive_boxes={good} and negative_boxes={bad} overlap.")
    return good, bad


def of_ratings(
    read: Answers,
    values: Floats,
    boxes: tuple[tuple[float, ...], tuple[float, ...]],
    order: Sequence[str],
) -> Mentions:
    """Return an emotion for each rating that is positive or negative, `boxes` in that order."""
    sign = np.full(len(values), np.nan)
    for worth, points in zip((1.0, 0.0), boxes, strict=True):
        sign[np.isin(values, points)] = worth
    known = ~np.isnan(sign)
    neutral = np.isnan(sign) & ~np.isnan(values)
    absent = int(np.isnan(values).sum())
    return _mentions(
        read, np.flatnonzero(known), sign[known], order, neutral=neutral, missing=absent
    )


def of_words(read: Answers, said: Floats, signs: Floats, order: Sequence[str]) -> Mentions:
    """Return an emotion for each yes, `said` of shape (rows, words), 1 or 0 or NaN."""
    rows, words = np.nonzero(said == 1)
    absent = int(np.isnan(said).any(axis=1).sum())
    return _mentions(read, rows, signs[words], order, missing=absent)


def _mentions(
    read: Answers,
    rows: Ints,
    sign: Floats,
    order: Sequence[str],
    *,
    missing: int,
    neutral: NDArray[np.bool_] | None = None,
) -> Mentions:
    """Take groups, weights and respondents of the rows that emotions are in."""
    places = in_order(read, order)
    slot = np.zeros(len(read.labels), np.intp)
    slot[places] = np.arange(len(places))
    unit = np.arange(read.rows) if read.unit is None else read.unit
    heavy = np.ones(read.rows) if read.weight is None else read.weight
    apart = None
    if neutral is not None:
        apart = np.zeros(len(places))
        np.add.at(apart, slot[read.groups[neutral]], heavy[neutral])
    return Mentions(
        sign=sign,
        group=slot[read.groups[rows]],
        weight=None if read.weight is None else heavy[rows],
        unit=unit[rows],
        strata=None if read.strata is None else read.strata[rows],
        neutral=apart,
        missing=missing,
        names=() if read.labels == ((),) else tuple(read.labels[group] for group in places),
    )
