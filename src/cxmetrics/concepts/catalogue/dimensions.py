"""The barometer: criteria from 0 to 10, several players of a sector, three lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from attrs import evolve

from cxmetrics.concepts._base import Concept, Worked
from cxmetrics.concepts.answers import Answers, answers
from cxmetrics.concepts.benchmark import BOUNDS, Cell, gaps_of, ranked, verdict_of
from cxmetrics.concepts.cells import averaged, ordered
from cxmetrics.concepts.coherence import consistency
from cxmetrics.concepts.composite import Composite
from cxmetrics.concepts.estimate import Estimate
from cxmetrics.concepts.sector import OVERALL, Barometer, Standing
from cxmetrics.engines.query import OffScale
from cxmetrics.errors import UsageError, did_you_mean
from cxmetrics.metrics.text import level_text
from cxmetrics.scale import Scale
from cxmetrics.stats.distributions import check_level

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FRENCH: Final[Mapping[str, str]] = {
    "cognitive": "cognitif",
    "emotional": "émotionnel",
    "relational": "relationnel",
    "sensory": "sensoriel",
    "social": "social",
    "societal": "sociétal",
}
"""The six usual criteria, English to French. Five of the names are attested for the AFNOR
barometer; the sixth (here: sensory), its questions and its aggregation are not public."""
CRITERIA: Final = tuple(FRENCH)


def barometer(
    data: Any,
    *,
    criteria: Mapping[str, Sequence[str]],
    scale: Scale | Mapping[str, Scale],
    reverse: Sequence[str] = (),
    player: str | None = None,
    reference: str | None = None,
    sector: Mapping[str, float] | None = None,
    minimum: int | None = None,
    above: float = 0,
    below: float = 0,
    rule: Literal["interval", "holm"] = "interval",
    overall: Literal["none", "equal"] = "none",
    by: str | Sequence[str] | None = None,
    weight: str | None = None,
    unit: str | None = None,
    strata: str | None = None,
    where: Any = None,
    missing: Sequence[Any] = (),
    off_scale: OffScale = "error",
    level: float = 0.95,
) -> Barometer:
    """Measure an experience on several criteria from 0 to 10, and compare the players of a sector.

    Ratings are rescaled to 0-10 (low-is-good items turned round); a respondent's criterion is the
    mean of its items; a player's is the mean over respondents. Each player is compared with all
    others together, with a reference player, or with declared values of the sector. *Strength*: the
    interval of the difference lies above 0; *to improve*: below 0; *to watch*: otherwise. There is
    no overall score unless you ask for one.

    Interval: t of the respondents' scores, design-based with `weight`, `unit` and `strata`;
    differences by Welch's t, or with the covariance of shared respondents; one-sample t against a
    declared value, which is taken for exact.

    Args:
        data: columns by name or a data frame, one row a respondent (of a player, in a phase).
        criteria: the items (columns) of each criterion, by name: cognitive, emotional, relational,
            sensory, social, societal, or yours.
        scale: what the items are answered on, or scales by name.
        reverse: items whose wording runs against the others; they are turned round.
        player: the column that says whose customer answers.
        reference: the player whom the others are compared with, in place of all others.
        sector: declared scores of the sector by criterion, 0 to 10, in place of all others.
        minimum: items of each criterion a respondent has to answer, the others filled in by the
            mean of their own in it; all where left out.
        above: a strength lies wholly above this difference.
        below: what is to be improved lies wholly below this difference.
        rule: `"interval"`, or `"holm"` to ask also for an adjusted p-value under 1 - level.
        overall: `"equal"` adds the mean of all criteria, each weighing the same.
        by: the column or columns that split the barometer: phase, channel.
        weight: the column of survey weights.
        unit: the column that says who answered, where one rates several players or phases.
        strata: the column of sampling strata.
        where: rows to keep.
        missing: values that stand for "no answer".
        off_scale: `"error"`, or `"set_aside"` to treat ratings off their scale as missing.
        level: of the intervals.

    Raises:
        ColumnError: a column is missing (the close names are said) or holds the wrong values.
        ScaleError: a rating is no point of its scale.
        UsageError: a criterion is empty, an item stands in two, or an argument makes no sense.

    References:
        The form (criteria from 0 to 10, sector, phases) follows AFNOR's barometers, whose questions
        and aggregation are not public. Ranks: Al Mohamad, Goeman & van Zwet 2022, Biometrics.

    Example:
        >>> from cxmetrics.scale import one_to_five
        >>> rated = {"bank": list("aaaabbbb"), "clear": [5, 5, 4, 5, 2, 3, 2, 1],
        ...     "warm": [4, 3, 4, 5, 4, 5, 3, 4]}
        >>> found = barometer(rated, player="bank", scale=one_to_five, criteria={
        ...     "cognitive": ["clear"], "emotional": ["warm"]})
        >>> found.lists("a")
        {'strength': ('cognitive',), 'watch': ('emotional',), 'improve': ()}
    """
    check_level(level)
    items = _items(criteria)
    _refuse(criteria, items, reverse, player, reference, sector, above, below)
    dims = () if by is None else (by,) if isinstance(by, str) else tuple(by)
    found = ordered(
        answers(
            data,
            items,
            scale=scale,
            by=[*dims, *([] if player is None else [player])] or None,
            weight=weight,
            unit=unit,
            strata=strata,
            where=where,
            missing=missing,
            off_scale=off_scale,
        )
    )
    labels = tuple(label if isinstance(label, tuple) else (label,) for label in found.labels)
    cells = [(label[: len(dims)], None if player is None else label[-1]) for label in labels]
    found, unnamed = _without_unnamed(found, cells, named=player is not None)
    values, about = _scored(found, criteria, scale, reverse, minimum, level)
    names = list(criteria)
    if overall == "equal":
        values = np.column_stack([values, values.mean(axis=1)])
        names.append(OVERALL)
    means = averaged(values, found, found.groups, len(cells))
    kept = [place for place, (_, who) in enumerate(cells) if player is None or who is not None]
    standings = [
        Standing(
            criterion=name,
            player=cells[place][1],
            part=cells[place][0],
            estimate=Estimate.of(means[number], place, unit="rating", level=level, bounds=BOUNDS),
        )
        for place in kept
        for number, name in enumerate(names)
    ]
    gaps, against, comparisons = gaps_of(
        values, found, means, cells, kept, names, reference=reference, sector=sector, level=level
    )
    if player is not None:
        standings = ranked(standings, kept, means, level)
    return Barometer(
        standings=tuple(
            evolve(own, gap=gap, verdict=verdict_of(own, gap, above, below, rule))
            for own, gap in zip(standings, gaps, strict=True)
        ),
        criteria={name: tuple(own) for name, own in criteria.items()},
        against=against,
        comparisons=comparisons,
        rule=_rule_text(above, below, rule, level),
        unnamed=unnamed,
        needed="all of them" if minimum is None else f"at least {minimum}",
        level=level,
        noticed=found.cautions,
        **about,
    )


def _items(criteria: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    if not criteria:
        raise UsageError("no criterion is named.")
    for name, own in criteria.items():
        if isinstance(own, str) or not own:
            raise UsageError(f"criterion {name!r} needs a list of columns, not {own!r}.")
    items = tuple(item for own in criteria.values() for item in own)
    twice = [item for place, item in enumerate(items) if item in items[:place]]
    if twice:
        raise UsageError(f"{twice[0]!r} stands in two criteria.")
    return items


def _refuse(
    criteria: Mapping[str, Sequence[str]],
    items: Sequence[str],
    reverse: Sequence[str],
    player: str | None,
    reference: str | None,
    sector: Mapping[str, float] | None,
    above: float,
    below: float,
) -> None:
    for name in reverse:
        if name not in items:
            raise UsageError(f"reverse= names {name!r}; {did_you_mean(name, items)}")
    for name, value in (sector or {}).items():
        if name not in criteria:
            raise UsageError(f"sector= names {name!r}; {did_you_mean(name, criteria)}")
        if not (isfinite(value) and 0 <= value <= 10):
            raise UsageError(f"sector= {name}={value!r}: a score is between 0 and 10.")
    if OVERALL in criteria:
        raise UsageError(f"no criterion may be called {OVERALL!r}: that is the mean of all.")
    if reference is not None and (player is None or sector is not None):
        raise UsageError("reference= names a player: it needs player=, and excludes sector=.")
    if not below <= above:
        raise UsageError(f"below={below!r} has to be at most above={above!r}.")


def _without_unnamed(found: Answers, cells: list[Cell], *, named: bool) -> tuple[Answers, int]:
    """Leave out rows without a player: they may belong to any."""
    lost = np.array([named and who is None for _, who in cells])
    gone = lost[found.groups]
    return evolve(found, groups=np.where(gone, -1, found.groups)), int(gone.sum())


def _scored(
    found: Answers,
    criteria: Mapping[str, Sequence[str]],
    scale: Scale | Mapping[str, Scale],
    reverse: Sequence[str],
    minimum: int | None,
    level: float,
) -> tuple[Floats, dict[str, Any]]:
    """Return the criteria of each respondent, and what is said of each criterion."""
    inside = found.groups >= 0
    columns, coherent, incomplete = [], {}, {}
    for name, own in criteria.items():
        recipe = Composite.of(
            own,
            scale={item: scale[item] for item in own if item in scale}
            if isinstance(scale, Mapping)
            else scale,
            reverse=[item for item in own if item in reverse],
            low=BOUNDS[0],
            high=BOUNDS[1],
            minimum=None if minimum is None else min(minimum, len(own)),
        )
        worth = np.where(inside[:, None], recipe.worth(found), np.nan)
        value, filled = recipe.joined(worth)
        columns.append(value)
        coherent[name] = consistency(worth, recipe.names, found, level=level)
        counted = int((~np.isnan(value)).sum())
        incomplete[name] = int(inside.sum()), counted, int(filled.sum())
    return np.column_stack(columns), {"consistencies": coherent, "incomplete": incomplete}


def _rule_text(above: float, below: float, rule: str, level: float) -> str:
    also = "" if rule == "interval" else " and the adjusted p-value agrees"
    return (
        f"Strength: the {level_text(level)} interval of the difference lies above {above:g}{also}; "
        f"to improve: below {below:g}{also}; to watch: otherwise."
    )


CONCEPTS = (
    Concept(
        name="barometer",
        title="Barometer by criteria, several players",
        french="baromètre de l'expérience client par critères",
        topic="index",
        call="cxmetrics.concepts.catalogue.dimensions:barometer",
        unit="0 to 10 a criterion",
        direction="higher",
        scale="your items, rescaled to 0-10, in six criteria or as many as you name",
        formula="respondent: mean of the criterion's items, 0-10; player: mean over respondents",
        interval=(
            "t interval of respondents' scores (design-based with unit=, weight=, strata=); "
            "differences by Welch's t or paired, Holm; simultaneous rank limits"
        ),
        reference="form after AFNOR's sector barometers; ranks Al Mohamad et al. 2022, Biometrics",
        limits=(
            "Not AFNOR's barometer: its sixth criterion, questions and aggregation are not public.",
            "A sector is who was asked: the same questions, the same population, the same time.",
            "No overall score by default: criteria are not exchangeable.",
            "P(1st) is a chance given these answers, not a proof; read the rank limits.",
        ),
        example=Worked(
            code=(
                "rated = {\n"
                '    "bank": list("aaaabbbb"),\n'
                '    "clear": [5, 5, 4, 5, 2, 3, 2, 1],\n'
                '    "warm": [4, 3, 4, 5, 4, 5, 3, 4],\n'
                "}\n"
                'found = cx.concept("barometer")(\n'
                '    rated, player="bank", scale=cx.one_to_five, '
                'criteria={"cognitive": ["clear"], "emotional": ["warm"]}\n'
                ")\n"
                "for own in found.standings:\n"
                "    print(own.player, own.criterion, own.estimate.value, own.verdict)"
            ),
            shows=(
                "a cognitive 9.375 strength\n"
                "a emotional 7.5 watch\n"
                "b cognitive 2.5 improve\n"
                "b emotional 7.5 watch"
            ),
            source="by hand: means 4.75, 4, 2 and 4 on 1-5, 2.5 points each above 1",
        ),
        notice="Indiko is a trademark of AFNOR; this is not its barometer.",
    ),
)
