"""One's own index: any items, weights, scales and missing rule, declared in one call."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from cxmetrics.concepts._base import Concept, Worked
from cxmetrics.concepts.composed import Index
from cxmetrics.concepts.composite import Composite
from cxmetrics.engines.query import OffScale
from cxmetrics.scale import Scale


def index(
    data: Any,
    *,
    items: Sequence[str],
    scale: Scale | Mapping[str, Scale],
    weights: Mapping[str, float] | None = None,
    reverse: Sequence[str] = (),
    positive: Collection[float] = (),
    negative: Collection[float] = (),
    low: float = 0,
    high: float = 100,
    minimum: int | None = None,
    title: str = "Index",
    bands: Mapping[str, float] | None = None,
    floor: int = 0,
    by: str | Sequence[str] | None = None,
    weight: str | None = None,
    unit: str | None = None,
    strata: str | None = None,
    where: Any = None,
    missing: Sequence[Any] = (),
    off_scale: OffScale = "error",
    level: float = 0.95,
) -> Index:
    """Measure an index of your own: the weighted mean of items, rescaled.

    Each item is rescaled from its own scale to `low` ... `high` (or counted +1, 0, -1 by boxes),
    low-is-good items turned round; the composite of a respondent is the weighted mean; the index is
    the mean over respondents. To keep the recipe, build a `Composite` once and call it.

    Interval: t of the respondents' composites, design-based with `weight`, `unit` and `strata`;
    weights are taken for known. Alpha and omega stand beside it: items that do not go together make
    a number nobody can act on.

    Args:
        data: columns by name or a data frame, one row a respondent.
        items: the columns.
        scale: what they are answered on, or scales by name.
        weights: by column, summing to 1; equal where left out.
        reverse: items whose wording runs against the others; they are turned round. Items on a
            scale where low is good are turned by themselves.
        positive: the boxes that count +1 in place of ratings, once items are turned round.
        negative: the boxes that count -1.
        low: what the worst answers make.
        high: what the best answers make.
        minimum: items a respondent has to answer, the others filled in by their own mean; all
            where left out.
        title: what to call it.
        bands: names of levels with their lower limit.
        floor: groups of fewer respondents are hidden, as employees want it.
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
        UsageError: the weights do not sum to 1, or an argument makes no sense.

    References:
        Nunnally 1978, Psychometric Theory (reliability of composites).

    Example:
        >>> from cxmetrics.scale import one_to_five
        >>> answers = {"wifi": [1, 5, 4], "signs": [3, 5, 4]}
        >>> weights = {"wifi": 0.25, "signs": 0.75}
        >>> round(index(answers, items=weights, scale=one_to_five, weights=weights).value, 1)
        70.8
    """
    recipe = Composite.of(
        tuple(items),
        scale=scale,
        weights=weights,
        reverse=reverse,
        positive=positive,
        negative=negative,
        low=low,
        high=high,
        minimum=minimum,
        title=title,
    )
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
        floor=floor,
        level=level,
    )


CONCEPTS = (
    Concept(
        name="index",
        title="Your own index",
        french="indice composite maison",
        topic="index",
        call="cxmetrics.concepts.catalogue.own_index:index",
        unit="as declared, 0 to 100 by default",
        direction="higher",
        scale="any items, each on its own scale",
        formula="mean over respondents of the weighted mean of their rescaled items",
        interval="t interval of respondent composites (design-based with unit=, weight=, strata=)",
        reference="Nunnally 1978, Psychometric Theory",
        limits=(
            "Weights are a choice; say it. Weights fitted to the same answers need a bootstrap.",
            "Alpha or omega under .7: the items hardly measure one thing, show them apart.",
            "Two house indices with other items or weights can't be compared.",
        ),
        example=Worked(
            code=(
                "answers = {\n"
                '    "quick": [5, 4, 2, 5, 3, 4],\n'
                '    "friendly": [5, 5, 3, 4, 3, 4],\n'
                '    "effort": [1, 2, 6, 2, 4, 3],\n'
                "}\n"
                'found = cx.concept("index")(\n'
                "    answers,\n"
                '    items=["quick", "friendly", "effort"],\n'
                '    scale={"quick": cx.one_to_five, "friendly": cx.one_to_five, '
                '"effort": cx.Scale(1, 7, reverse=True)},\n'
                '    weights={"quick": 0.4, "friendly": 0.4, "effort": 0.2},\n'
                ")\n"
                "print(round(found.value, 2), round(found.reliability.alpha, 2))"
            ),
            shows="71.67 0.95",
            source="0.4 * 70.83 + 0.4 * 75 + 0.2 * 66.67",
        ),
    ),
)
