"""Customer orientation, told by employees: items in themes, themes in pillars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cxmetrics.concepts._base import Concept, Worked
from cxmetrics.concepts.answers import answers
from cxmetrics.concepts.cells import ordered
from cxmetrics.concepts.coherence import consistency
from cxmetrics.concepts.composite import Composite
from cxmetrics.concepts.profile import Column, Profile, profile
from cxmetrics.engines.query import OffScale
from cxmetrics.errors import UsageError, did_you_mean
from cxmetrics.scale import Scale
from cxmetrics.stats.distributions import check_level


def customer_orientation(
    data: Any,
    *,
    pillars: Mapping[str, Sequence[str]],
    themes: Mapping[str, Sequence[str]] | None = None,
    scale: Scale,
    reverse: Sequence[str] = (),
    weights: Mapping[str, float] | None = None,
    low: float = 0,
    high: float = 100,
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
    """Measure how customer-oriented employees say their company is, by theme and pillar.

    For each employee a theme is the mean of its items, a pillar the mean of its themes, the total
    the mean of the pillars or their weighted mean. So a theme of ten items counts no more than one
    of two. The items are yours: no questionnaire is shipped.

    Interval: t of the employees' scores, design-based with `weight`, `unit` and `strata`. Alpha and
    omega are of the items of each pillar.

    Args:
        data: columns by name or a data frame, one row an employee.
        pillars: the themes of each pillar, by name; its items where there are no themes.
        themes: the items (columns) of each theme, by name.
        scale: what all items are answered on.
        reverse: items whose wording runs against the others; they are turned round.
        weights: of the pillars, by name, summing to 1; equal where left out.
        low: what the worst answers make.
        high: what the best answers make.
        minimum: items of each theme an employee has to answer, the others filled in by the mean of
            their own in it; all where left out.
        floor: groups of fewer employees are hidden, and at least two of them.
        by: the column or columns that make groups, such as the team.
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
        UsageError: a theme or an item stands nowhere or twice, or an argument makes no sense.

    References:
        The structure of pillars, themes and items is common practice; Nunnally 1978 on composites.

    Example:
        >>> from cxmetrics.scale import one_to_five
        >>> staff = {"listens": [4, 5, 3, 4, 2, 5], "shares": [4, 4, 3, 5, 2, 4],
        ...     "decides": [2, 3, 1, 4, 2, 3]}
        >>> found = customer_orientation(staff, scale=one_to_five, pillars={
        ...     "link with customers": ["listens", "shares"], "autonomy": ["decides"]})
        >>> {name: round(part.value, 1) for name, part in found.parts.items()}
        {'total': 53.1, 'link with customers': 68.8, 'autonomy': 37.5}
    """
    check_level(level)
    alone = themes is None
    inner = {name: tuple(items) for name, items in (pillars if themes is None else themes).items()}
    outer = {name: (name,) if alone else tuple(parts) for name, parts in pillars.items()}
    _check(outer, inner)
    share = _weights(outer, weights)
    recipes = {
        name: Composite.of(
            items,
            scale=scale,
            reverse=[item for item in reverse if item in items],
            low=low,
            high=high,
            minimum=None if minimum is None else min(minimum, len(items)),
        )
        for name, items in inner.items()
    }
    items = tuple(item for own in inner.values() for item in own)
    for name in reverse:
        if name not in items:
            raise UsageError(f"reverse= names {name!r}; {did_you_mean(name, items)}")
    found = ordered(
        answers(
            data,
            items,
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
    worth = {name: recipe.worth(found) for name, recipe in recipes.items()}
    joined = {name: recipe.joined(worth[name]) for name, recipe in recipes.items()}
    by_pillar = [np.mean([joined[part][0] for part in parts], axis=0) for parts in outer.values()]
    total = np.average(by_pillar, axis=0, weights=list(share.values()))
    columns, values = [Column(name="total", depth=0, low=low, high=high)], [total]
    for (name, parts), own in zip(outer.items(), by_pillar, strict=True):
        columns.append(Column(name=name, depth=1, low=low, high=high))
        values.append(own)
        if not alone:
            columns += [Column(name=part, depth=2, low=low, high=high) for part in parts]
            values += [joined[part][0] for part in parts]
    filled = np.any([some for _, some in joined.values()], axis=0) & ~np.isnan(total)
    return profile(
        np.column_stack(values),
        found,
        grouped=by,
        floor=floor,
        consistencies={
            name: consistency(
                np.hstack([worth[part] for part in parts]),
                [item for part in parts for item in inner[part]],
                found,
                level=level,
            )
            for name, parts in outer.items()
        },
        name="Customer orientation (employees)",
        columns=tuple(columns),
        filled=int(filled.sum()),
        level=level,
        notes=(
            f"For each employee: {'pillar = mean of its items' if alone else _HOW}, rescaled to "
            f"{low:g} to {high:g}; total = "
            + (
                "mean of the pillars."
                if weights is None
                else "pillars weighted " + ", ".join(f"{n} {w:g}" for n, w in share.items()) + "."
            ),
        ),
    )


_HOW = "theme = mean of its items, pillar = mean of its themes"


def _check(outer: Mapping[str, Sequence[str]], inner: Mapping[str, Sequence[str]]) -> None:
    """Refuse what stands nowhere or twice."""
    placed = [theme for parts in outer.values() for theme in parts]
    items = [item for own in inner.values() for item in own]
    for what, listed in (("theme", placed), ("item", items)):
        twice = [name for place, name in enumerate(listed) if name in listed[:place]]
        if twice:
            raise UsageError(f"{what} {twice[0]!r} stands in two places.")
    for theme in placed:
        if theme not in inner:
            raise UsageError(f"pillar of {theme!r}: no such theme; {did_you_mean(theme, inner)}")
    lost = [theme for theme in inner if theme not in placed]
    if lost:
        raise UsageError(f"theme {lost[0]!r} stands in no pillar.")
    empty = [name for name, own in (*outer.items(), *inner.items()) if not own]
    if empty or not outer:
        raise UsageError(f"{empty[0]!r} is empty." if empty else "no pillar is named.")
    shared = [name for name, parts in outer.items() if name in inner and tuple(parts) != (name,)]
    for name in (*shared, *({"total"} & {*outer, *inner})):
        raise UsageError(f"{name!r} names two things: choose another name.")


def _weights(
    outer: Mapping[str, Sequence[str]], weights: Mapping[str, float] | None
) -> dict[str, float]:
    if weights is None:
        return dict.fromkeys(outer, 1 / len(outer))
    for name in (*weights, *outer):
        if name not in outer or name not in weights:
            raise UsageError(f"weights= has to name each pillar: {', '.join(outer)}.")
    total = sum(weights.values())
    if abs(total - 1) > 1e-9 or min(weights.values()) <= 0:
        raise UsageError(f"the weights sum to {total:g}, not to 1: divide each by {total:g}.")
    return {name: weights[name] for name in outer}


CONCEPTS = (
    Concept(
        name="customer_orientation",
        title="Customer orientation, told by employees",
        french="orientation client vue par les collaborateurs",
        topic="gap",
        call="cxmetrics.concepts.catalogue.orientation:customer_orientation",
        unit="0 to 100 unless said",
        direction="higher",
        scale="your items, all on one scale, answered by employees",
        formula="employee: theme = mean of items, pillar = mean of themes, total = mean of pillars",
        interval="t interval of employees' scores (design-based with unit=, weight=, strata=)",
        reference="Nunnally 1978, Psychometric Theory (composites)",
        limits=(
            "What employees say of the company, not what customers feel: compare by unit.",
            "Not the Customer Orientation Score: its items, weights and scoring are not public.",
            "Groups under the floor are hidden, at least two of them.",
        ),
        example=Worked(
            code=(
                "staff = {\n"
                '    "listens": [4, 5, 3, 4, 2, 5],\n'
                '    "shares": [4, 4, 3, 5, 2, 4],\n'
                '    "decides": [2, 3, 1, 4, 2, 3],\n'
                "}\n"
                'found = cx.concept("customer_orientation")(\n'
                "    staff,\n"
                "    scale=cx.one_to_five,\n"
                '    pillars={"link with customers": ["listens", "shares"], '
                '"autonomy": ["decides"]},\n'
                ")\n"
                "print({name: round(part.value, 2) for name, part in found.parts.items()})"
            ),
            shows="{'total': 53.12, 'link with customers': 68.75, 'autonomy': 37.5}",
            source="by hand: means 3.75 and 2.5 on 1-5 make 68.75 and 37.5",
        ),
        notice=(
            "COS and Customer Orientation Score are trademarks of Academics for Business; this is "
            "not theirs."
        ),
    ),
)
