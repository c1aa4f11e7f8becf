"""The satisfaction index: overall satisfaction, expectations, ideal, from 1-10 to 0-100."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from cxmetrics.concepts._base import Concept, Worked
from cxmetrics.concepts.composed import Index
from cxmetrics.concepts.composite import Composite
from cxmetrics.engines.query import OffScale
from cxmetrics.errors import UsageError, did_you_mean
from cxmetrics.scale import Scale, one_to_ten

ROLES: Final[tuple[str, ...]] = ("satisfaction", "expectancy", "ideal")


def satisfaction_index(
    data: Any,
    *,
    satisfaction: str = "satisfaction",
    expectancy: str = "expectancy",
    ideal: str = "ideal",
    scale: Scale = one_to_ten,
    weights: Mapping[str, float] | None = None,
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
    """Measure a satisfaction index of three questions, 0 to 100, with declared weights.

    `100 * sum of w (mean - 1) / 9` for ratings from 1 to 10, the weights w summing to 1; with equal
    weights `(S + E + I - 3) / 27 * 100`. All 1 make 0, all 10 make 100.

    Interval: t of the respondents' composites, design-based with `weight`, `unit` and `strata`. It
    takes the weights for known: weights estimated from the same answers make it too narrow.

    Args:
        data: columns by name or a data frame, one row a respondent.
        satisfaction: the column of overall satisfaction.
        expectancy: the column of how far expectations were met.
        ideal: the column of how near it comes to the ideal.
        scale: what all three are answered on.
        weights: by `satisfaction`, `expectancy` and `ideal`, summing to 1; equal where left out.
        minimum: questions a respondent has to answer, the others filled in by their own mean; all
            where left out.
        bands: names of levels with their lower limit; none are built in.
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
        ScaleError: a rating is no point of the scale.
        UsageError: the weights do not sum to 1, or an argument makes no sense.

    References:
        Fornell et al. 1996, Journal of Marketing 60(4):7-18. The weights of that index are
        estimated per company and proprietary; here they are declared.

    Example:
        >>> found = satisfaction_index({"satisfaction": [8], "expectancy": [7], "ideal": [6]})
        >>> round(found.value, 2)
        66.67
    """
    columns: dict[str, str] = dict(zip(ROLES, (satisfaction, expectancy, ideal), strict=True))
    for role in weights or ():
        if role not in columns:
            raise UsageError(f"weights= names {role!r}; {did_you_mean(role, ROLES)}")
    recipe = Composite.of(
        tuple(columns.values()),
        scale=scale,
        weights=None if weights is None else {columns[role]: w for role, w in weights.items()},
        minimum=minimum,
        title="Satisfaction index",
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
        level=level,
    )


CONCEPTS = (
    Concept(
        name="satisfaction_index",
        title="Satisfaction index (three questions, declared weights)",
        french="indice de satisfaction à trois questions",
        topic="index",
        call="cxmetrics.concepts.catalogue.satisfaction:satisfaction_index",
        unit="0 to 100",
        direction="higher",
        scale="satisfaction, confirmation of expectations, comparison with the ideal, each 1:10",
        formula="100 * sum of weight * (mean - 1) / 9, weights summing to 1",
        interval="t interval of respondent composites (design-based with unit=, weight=, strata=)",
        reference="after Fornell et al. 1996, Journal of Marketing 60(4):7-18",
        limits=(
            "Not the ACSI: its weights are estimated by its owner per company and not public.",
            "Weights estimated from the same answers make the interval too narrow.",
        ),
        example=Worked(
            code=(
                'answers = {"satisfaction": [8, 9, 4], "expectancy": [7, 9, 5], '
                '"ideal": [6, 8, 3]}\n'
                'index = cx.concept("satisfaction_index")\n'
                "print(round(index({name: x[:1] for name, x in answers.items()}).value, 2))\n"
                "print(round(index(answers).value, 2))"
            ),
            shows="66.67\n61.73",
            source="(8 + 7 + 6 - 3) / 27 * 100; the mean of 66.67, 85.19 and 33.33",
        ),
        notice=(
            "ACSI is a trademark of the American Customer Satisfaction Index LLC; this is not it."
        ),
    ),
)
