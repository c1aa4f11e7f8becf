"""Memory without a log: the remembered score against moments that stand side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cxmetrics.concepts.answers import answers
from cxmetrics.engines.query import OffScale
from cxmetrics.errors import Caution, UsageError
from cxmetrics.journeys.moments import NAMES, PathMoments
from cxmetrics.journeys.recall import Model, Recall, recall
from cxmetrics.metrics.text import count
from cxmetrics.scale import Scale, one_to_five, yes_no, zero_to_ten
from cxmetrics.stats.episodes import episodes


def memory(
    data: Any,
    *,
    moments: Sequence[str],
    remembered: str = "remembered",
    scale: Scale = one_to_five,
    remembered_scale: Scale = zero_to_ten,
    recovered: str | None = None,
    on: Sequence[str] = (),
    model: Model = "least_squares",
    unit: str | None = None,
    where: Any = None,
    missing: Sequence[Any] = (),
    off_scale: OffScale = "error",
    level: float = 0.95,
) -> Recall:
    """Explain what is remembered by the peak, the end and the mean of the moments.

    A memory is not the mean of its moments. The *peak* is the rating farthest from the middle of
    the scale (the later of equals), the *end* the last rating given. One regression gives the
    effect of each with its interval, and the share of the variance that goes with each (LMG).
    Peak-end explains about as much as the mean: keep both, and let the data decide.

    Of a log of interactions, `cxmetrics.journeys.path_moments` and `recall` do the same.

    Args:
        data: one row a respondent.
        moments: the columns of the moments, in the order they were lived.
        remembered: the column of the score that was given afterwards.
        scale: of the moments.
        remembered_scale: of the remembered score.
        recovered: the column that says whether a failure on the way was put right, yes or no.
            Rows that say nothing count as nothing put right, and are counted in a caution.
        on: which of peak, end, mean, trend, low, first explain it; peak, end and mean if left out,
            and the recovery where it is known.
        model: `"bounded"` where many remembered scores are at the end of their scale.
        unit: the column that says who answered, where one may answer more than once.
        where: rows to keep.
        missing: values that stand for "no answer".
        off_scale: what to do with ratings that are no point of their scale.
        level: the confidence level.

    Raises:
        ColumnError: a column is not there.
        DataError: too few respondents have a memory and moments.
        ScaleError: a rating is no point of its scale.
        UsageError: fewer than two moments are named.

    References:
        Kahneman, Fredrickson, Schreiber & Redelmeier 1993, Psychological Science 4:401-405; Alaybek
        et al. 2022, Organizational Behavior and Human Decision Processes 170:104149.

    Example:
        >>> from cxmetrics.datasets import company
        >>> phases = [f"csat_{name}" for name in ("anticipation", "purchase", "delivery", "use")]
        >>> found = memory(company(4_000).wide(), moments=phases, remembered="recommend")
        >>> list(found), round(found.r2, 1)
        (['peak', 'end', 'mean'], 0.2)
    """
    if len(moments) < 2:
        raise UsageError("name the columns of two moments or more, in the order they were lived.")
    flags = [] if recovered is None else [recovered]
    read = answers(
        data,
        [*moments, remembered, *flags],
        scale={
            **dict.fromkeys(moments, scale),
            remembered: remembered_scale,
            **dict.fromkeys(flags, yes_no),
        },
        unit=unit,
        where=where,
        missing=missing,
        off_scale=off_scale,
    )
    felt = read.matrix(moments)
    there = ~np.isnan(felt)
    middle = (scale.low + scale.high) / 2
    found = episodes(felt[there], np.nonzero(there)[0], size=read.rows, middle=middle)
    bare = int((found.n == 0).sum())
    said = f"{count(bare)} of {count(read.rows)} rows have no rated moment: no peak, not 0."
    mended = None if recovered is None else read.items[recovered] == 1
    unsaid = 0 if recovered is None else int(np.isnan(read.items[recovered]).sum())
    mute = f"{count(unsaid)} rows say nothing of {recovered}: they count as no failure put right."
    sums = PathMoments(
        customer=np.arange(read.rows) if read.unit is None else read.unit,
        journey=None,
        n=found.n,
        **{name: getattr(found, name) for name in NAMES},
        failed=None,
        recovered=mended,
        rule="" if recovered is None else f"Recovered: {recovered} says so.",
        scale=scale,
        cautions=(
            *read.cautions,
            *([Caution("INCOMPLETE_ROWS", said)] if bare else []),
            *([Caution("INCOMPLETE_ROWS", mute)] if unsaid else []),
        ),
    )
    return recall(
        sums,
        read.items[remembered],
        on=on,
        scale=remembered_scale,
        model=model,
        level=level,
        counted="respondents",
    )
