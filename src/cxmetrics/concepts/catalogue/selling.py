"""SOCO: customer orientation of salespeople, against selling orientation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from attrs import evolve

from cxmetrics.concepts._base import Concept, Worked
from cxmetrics.concepts.answers import answers
from cxmetrics.concepts.cells import ordered
from cxmetrics.concepts.coherence import consistency
from cxmetrics.concepts.composite import Composite
from cxmetrics.concepts.profile import Column, Profile, profile
from cxmetrics.engines.query import OffScale
from cxmetrics.errors import Caution, UsageError
from cxmetrics.scale import Scale
from cxmetrics.stats.distributions import check_level

SCALE: Final = Scale(1, 9)
"""How often, 1 never to 9 always."""
_FORMS: Final = {12: "Saxe & Weitz 1982", 5: "Thomas, Soutar & Ryan 2001"}


def soco(
    data: Any,
    *,
    customer: Sequence[str],
    selling: Sequence[str],
    scale: Scale = SCALE,
    minimum: int | None = None,
    floor: int = 5,
    by: str | Sequence[str] | None = None,
    weight: str | None = None,
    unit: str | None = None,
    strata: str | None = None,
    where: Any = None,
    missing: Sequence[Any] = (),
    off_scale: OffScale = "error",
    level: float = 0.95,
) -> Profile:
    """Score the SOCO scale: selling orientation against customer orientation.

    The sum of all items, the selling-oriented ones turned round (10 - rating on 1-9): 24 to 216 for
    the full form of 12 and 12 items, 10 to 90 for the short one of 5 and 5. High is
    customer-oriented. Beside it the mean of each half. The wording belongs to its authors: you say
    which columns hold which half.

    Interval: t of the respondents' sums, design-based with `weight`, `unit` and `strata`.

    Args:
        data: columns by name or a data frame, one row a salesperson (or a customer who rates one).
        customer: the columns of the customer-oriented items.
        selling: the columns of the selling-oriented items, as they were rated.
        scale: what all items are answered on.
        minimum: items a respondent has to answer, the others filled in by their own mean; all
            where left out.
        floor: groups of fewer respondents are hidden, and at least two of them.
        by: the column or columns that make groups.
        weight: the column of survey weights.
        unit: the column that says who answered, where one may answer more than once.
        strata: the column of sampling strata.
        where: rows to keep.
        missing: values that stand for "no answer".
        off_scale: `"error"`, or `"set_aside"` to treat ratings off the scale as missing.
        level: of the intervals.

    Raises:
        ColumnError: a column is missing (the close names are said) or holds the wrong values.
        ScaleError: a rating is no point of the scale.
        UsageError: a half has no item, or an argument makes no sense.

    References:
        Saxe & Weitz 1982, Journal of Marketing Research 19:343-351; short form Thomas, Soutar &
        Ryan 2001; rated by customers Brown, Widing & Coulter 1991, JAMS 19:347.

    Example:
        >>> rated = {"c1": [9, 7], "c2": [8, 6], "s1": [2, 5], "s2": [1, 3]}
        >>> found = soco(rated, customer=["c1", "c2"], selling=["s1", "s2"], floor=0)
        >>> {name: round(part.value, 2) for name, part in found.parts.items()}
        {'sum': 29.5, 'customer-oriented': 7.5, 'selling-oriented, turned round': 7.25}
    """
    check_level(level)
    names = (*customer, *selling)
    if not (customer and selling):
        raise UsageError("give both halves: customer= and selling= name columns.")
    if scale.reverse:
        raise UsageError("the scale counts upwards (9 = always); selling items are turned here.")
    low, high = len(names) * scale.low, len(names) * scale.high
    recipe = Composite.of(names, scale=scale, reverse=selling, minimum=minimum, low=low, high=high)
    found = ordered(
        answers(
            data,
            names,
            scale=scale,
            by=by,
            weight=weight,
            unit=unit,
            strata=strata,
            where=where,
            missing=missing,
            off_scale=off_scale,
        )
    )
    worth = recipe.worth(found)
    total, filled = recipe.joined(worth)
    halves = worth[:, : len(customer)], worth[:, len(customer) :]
    each = [np.where(np.isnan(total), np.nan, _mean(half)) / len(names) for half in halves]

    def half(name: str) -> Column:
        return Column(name=name, depth=1, low=scale.low, high=scale.high)

    told = (
        f"Sum of {len(customer)} customer-oriented and {len(selling)} selling-oriented items, the "
        f"latter turned round: {low:g} to {high:g}, high is customer-oriented. Halves: mean "
        f"rating, {scale.low:g} to {scale.high:g}."
    )
    own = profile(
        np.column_stack([total, *each]),
        found,
        grouped=by,
        floor=floor,
        consistencies={"all items": consistency(worth, names, found, level=level)},
        name="Customer orientation of selling (SOCO)",
        columns=(
            Column(name="sum", depth=0, low=low, high=high),
            half("customer-oriented"),
            half("selling-oriented, turned round"),
        ),
        filled=int(filled.sum()),
        level=level,
        notes=(told,),
    )
    form = tuple(_form(len(customer), len(selling), scale))
    return evolve(own, noticed=(*own.noticed, *form))


def _mean(half: Any) -> Any:
    """Return the mean of what was answered; NaN without any."""
    there = ~np.isnan(half)
    with np.errstate(invalid="ignore"):
        return np.where(there, half, 0.0).sum(axis=1) / there.sum(axis=1)


def _form(customer: int, selling: int, scale: Scale) -> Iterator[Caution]:
    if customer != selling or customer not in _FORMS or scale.points != SCALE.points:
        yield Caution(
            "NONSTANDARD_SCALE",
            f"{customer} + {selling} items on {scale}: the published forms have 12 + 12 or 5 + 5 "
            "on 1-9; don't compare with their figures.",
        )


CONCEPTS = (
    Concept(
        name="soco",
        title="SOCO: selling orientation, customer orientation",
        french="orientation client des vendeurs (SOCO)",
        topic="gap",
        call="cxmetrics.concepts.catalogue.selling:soco",
        unit="sum, 24 to 216 (short form 10 to 90)",
        direction="higher",
        scale="24 (or 10) items, each 1:9, half of them turned round",
        formula="sum of customer-oriented ratings and of 10 minus selling-oriented ratings",
        interval="t interval of respondents' sums (design-based with unit=, weight=, strata=)",
        reference="Saxe & Weitz 1982, Journal of Marketing Research 19:343-351",
        limits=(
            "The wording is copyrighted and not shipped: scoring only.",
            "Answered by salespeople of themselves it is flattered; customers may rate them too.",
        ),
        example=Worked(
            code=(
                'customer = [f"c{n}" for n in range(1, 13)]\n'
                'selling = [f"s{n}" for n in range(1, 13)]\n'
                "best = dict.fromkeys(customer, [9]) | dict.fromkeys(selling, [1])\n"
                "worst = dict.fromkeys(customer, [1]) | dict.fromkeys(selling, [9])\n"
                "for rated in (best, worst):\n"
                '    found = cx.concept("soco")(rated, customer=customer, selling=selling, '
                "floor=0)\n"
                "    print(found.value)"
            ),
            shows="216.0\n24.0",
            source="24 items on 1-9: 24 * 9 and 24 * 1",
        ),
    ),
)
