"""The net experience index: needs, ease and emotion, each % good minus % bad."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from cxmetrics.concepts._base import Concept, Worked
from cxmetrics.concepts.boxes import reaches
from cxmetrics.concepts.composed import Index
from cxmetrics.concepts.composite import Composite
from cxmetrics.engines.query import OffScale
from cxmetrics.scale import Scale, one_to_five

ITEMS: Final = ("needs", "ease", "emotion")


def cxi(
    data: Any,
    *,
    items: Sequence[str] = ITEMS,
    scale: Scale | Mapping[str, Scale] = one_to_five,
    positive: Collection[float] = (4, 5),
    negative: Collection[float] = (1, 2),
    reverse: Sequence[str] = (),
    minimum: int | None = None,
    bands: Mapping[str, float] | None = None,
    by: str | Sequence[str] | None = None,
    weight: str | None = None,
    unit: str | None = None,
    strata: str | None = None,
    where: Any = None,
    missing: Sequence[Any] = (),
    off_scale: OffScale = "error",
    level: float = 0.95,
) -> Index:
    """Measure the net experience index: the mean of the net scores of a few items.

    Per item the percent of good ratings minus the percent of bad ones; the index is their mean,
    -100 to 100. It is computed for each respondent first (+100, 0 or -100 an item, averaged), so
    its interval holds how the items go together: items taken for independent would look surer.

    Interval: t of the respondents' composites, design-based with `weight`, `unit` and `strata`;
    adjusted Wald for the single items.

    Args:
        data: columns by name or a data frame, one row a respondent.
        items: the columns: did it meet needs, was it easy, was it enjoyable.
        scale: what they are answered on, or scales by name.
        positive: the good boxes, once low-is-good items are turned round.
        negative: the bad boxes.
        reverse: items whose wording runs against the others; they are turned round.
        minimum: items a respondent has to answer, the others filled in by their own mean; all
            where left out.
        bands: names of levels with their lower limit, such as `good=75`; none are built in, for
            published ones differ by year and country.
        by: the column or columns that make groups.
        weight: the column of survey weights.
        unit: the column that says who answered, where one may answer more than once.
        strata: the column of sampling strata.
        where: rows to keep.
        missing: values that stand for "no answer".
        off_scale: `"error"`, or `"set_aside"` to treat ratings off their scale as missing.
        level: of the intervals.

    Raises:
        ColumnError: a column is missing (the close names are said) or holds the wrong values.
        ScaleError: a rating or a box is no point of its scale.
        UsageError: an argument makes no sense.

    References:
        Forrester's CxPi (2007-2013) as Manning and Burns published it; its successor, the
        CX Index of 2014 on, is proprietary and not this.

    Example:
        >>> answers = {"needs": [5, 4, 2, 5], "ease": [4, 4, 1, 3], "emotion": [5, 3, 2, 4]}
        >>> found = cxi(answers)
        >>> {name: round(part.value) for name, part in found.parts.items()}, round(found.value, 1)
        ({'needs': 50, 'ease': 25, 'emotion': 25}, 33.3)
    """
    recipe = Composite.of(
        items,
        scale=scale,
        positive=positive,
        negative=negative,
        reverse=reverse,
        minimum=minimum,
        low=-100,
        high=100,
        title="Net experience index",
    )
    for own in scale.values() if isinstance(scale, Mapping) else (scale,):
        reaches(positive, own.high, own, "positive")  # items have been turned round
        reaches(negative, own.low, own, "negative")
    return recipe(
        data,
        by=by,
        weight=weight,
        unit=unit,
        strata=strata,
        where=where,
        missing=missing,
        off_scale=off_scale,
        bands=bands,
        level=level,
    )


CONCEPTS = (
    Concept(
        name="cxi",
        title="Net experience index (CXi type)",
        french="indice d'expérience client (type CXi)",
        topic="index",
        call="cxmetrics.concepts.catalogue.net_index:cxi",
        unit="points, -100 to 100",
        direction="higher",
        scale="needs, ease, emotion, each 1:5 unless said",
        formula="mean over the items of % good (4, 5) minus % bad (1, 2)",
        interval="t interval of respondent composites (design-based with unit=, weight=, strata=)",
        reference="Forrester's CxPi, public formula of 2007-2013",
        limits=(
            "Not the CX Index of 2014 on, which is modelled, weighted by loyalty and proprietary.",
            "Bands such as good or poor changed by year and country; none are built in.",
            "Net scores leave the middle of the scale out; look at the items too.",
        ),
        example=Worked(
            code=(
                "answers = {\n"
                '    "needs": [5, 4, 3, 2, 5, 4, 1, 5, 3, 4],\n'
                '    "ease": [4, 4, 5, 2, 3, 5, 2, 4, 4, 1],\n'
                '    "emotion": [5, 3, 3, 1, 4, 4, 2, 5, 2, 4],\n'
                "}\n"
                'found = cx.concept("cxi")(answers)\n'
                "print(found.title)\n"
                "print([round(part.value) for part in found.parts.values()])\n"
                "print(round(found.standard_error, 4))"
            ),
            shows=(
                "Net experience index: +30.0 (95 % interval −24.4 to +84.4), n = 10\n"
                "[40, 30, 20]\n"
                "24.0627"
            ),
            source="the published formula, by hand; 16.5 if the items were taken for independent",
        ),
        notice="Forrester CX Index and CxPi are trademarks of Forrester Research, Inc.",
    ),
)
