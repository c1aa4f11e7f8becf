"""What the report says in sentences, so that nobody has to read a chart to know the news."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import frozen

from cxmetrics.errors import CautionCode
from cxmetrics.metrics import Comparison, Score, Scores
from cxmetrics.metrics.text import count, level_text, limits, number, p_text
from cxmetrics.plots.groups import (
    Group,
    comparisons_of,
    groups_of,
    headline,
    label_of,
)
from cxmetrics.plots.moments import in_order

_NAMED = 3

EXPLAINED: Final[dict[CautionCode, str]] = {
    "NO_ANSWERS": "Nobody gave a valid answer, so there is no score. That is not a score of 0.",
    "NO_INTERVAL": "There are too few answers, or too few different people, to say how far chance "
    "alone may have moved the score.",
    "SMALL_SAMPLE": "With fewer than 30 answers one person more or less moves the score a lot: "
    "read the interval, not the score.",
    "LOW_EFFECTIVE_N": "There are enough answers, but unequal weights or several answers of the "
    "same people make them worth fewer than 30 independent ones.",
    "EXTREME_WEIGHTS": "A few answers count so much more than others that the interval is wide: "
    "trim the weights, or weight on fewer variables.",
    "UNANIMOUS": "All answers are worth the same. The interval is a cautious bound on how many "
    "others may be out there.",
    "OFF_SCALE": "Some ratings are no point of the scale. They were set aside, not corrected.",
    "NONSTANDARD_SCALE": "The question was not asked in its standard form: do not compare with "
    "scores published elsewhere.",
    "SUSPECT_SCALE": "No rating is in the upper half of the scale: perhaps a shorter scale was "
    "used, and the score is wrong.",
    "SUPPRESSED": "Groups too small to protect the people in them are hidden, and where needed "
    "another one, so that nobody can work them out.",
    "INCOMPLETE_DATA": "Not all answers are here: the last transfer of them was not complete, and "
    "the numbers may change when it is.",
    "NOT_CONVERGED": "The weights do not bring every category to its share of the population.",
    "NEGATIVE_WEIGHTS": "Some answers would count less than nothing: weight another way.",
    "INCOMPLETE_ROWS": "Some people did not give everything that is needed and are left out: the "
    "result is about the others.",
    "COLLINEAR": "Some of the ratings say nearly the same, so the split between them is arbitrary.",
    "SUPPRESSOR": "A rating goes one way alone and the other way beside the others: do not read "
    "it as a lever.",
    "REVERSED_ITEM": "One question runs against the others: perhaps its scale was turned round.",
    "NO_COMMON_FACTOR": "The questions do not measure one thing together.",
    "AMBIGUOUS_CATEGORY": "The two most frequent categories can't be told apart: ask more people.",
    "CONVERTED_SCALE": "The ratings were given on another scale and converted: do not compare "
    "with ratings that were given on this one.",
    "EMPTY_PERIOD": "Nobody answered in some periods. They are left out, not taken as 0.",
    "UNDATED": "Some answers do not say when they were given, and are left out.",
    "SHORT_SERIES": "There are too few periods to say much: limits will move, and small shifts "
    "can't be seen.",
    "FLAT_SERIES": "The periods do not differ at all, so only the chance within each of them is "
    "allowed for.",
    "SEGMENT_ONCE": "A group of people was asked in one of the waves only: its coming or going is "
    "counted as a change of who answered.",
    "MIX_SHIFT": "The total moved the other way than the groups in it, because other people "
    "answered: the change of the total misleads.",
    "TRENDING": "Both series rise or fall over time, and any two that do seem to belong together.",
    "ECOLOGICAL": "This is about stores or periods, not about people: what holds of stores need "
    "not hold of their customers.",
    "UNMATCHED": "Some groups have a score or a result, not both, and are left out.",
    "FEW_EVENTS": "Too few people left to say how much each rating has to do with it.",
    "POOR_FIT": "The model does not predict the real rates well: the risk does not change evenly "
    "from point to point.",
    "CENSORED": "Some journeys were still under way when the data end: what comes later is not "
    "known.",
    "SIMULTANEOUS": "Some events of one customer have the same time: their order is that of the "
    "rows.",
    "UNSTABLE": "With slightly other customers the groups would look different: do not build on "
    "each of them.",
    "LOW_COVERAGE": "The typical journeys tell less of the story than was asked for.",
    "NO_STRUCTURE": "The journeys do not fall into groups: any number of types is a cut through "
    "a cloud.",
    "SPARSE": "Some steps are rare: their shares are guesses.",
    "UNKNOWN_STAGE": "Some events name a step nobody declared; they were set aside, not guessed.",
    "SURVIVORS": "Only those who stayed could answer: the others may have seen it differently.",
    "IMPUTED": "For some people a missing answer was replaced by the mean of their others.",
    "LOW_RELIABILITY": "The questions of the index do not hang together well: it measures "
    "several things at once.",
    "SELF_SELECTED": "People chose themselves to answer: the interval knows chance, not who "
    "stayed silent.",
    "PANEL_CONDITIONING": "The same people are asked again and again, which changes how they "
    "answer.",
    "POOLED_TIMING": "Answers given at once and answers given later are mixed; they measure "
    "different things.",
    "DIFFERENT_WORDING": "The two sides were asked different questions: part of the gap is the "
    "wording.",
    "DECLARED_FIGURE": "One side is a figure somebody stated, or everybody was asked: there is "
    "no interval for it.",
    "RATIO_ABOVE_ONE": "More customers reached the later stage than the one before: the path is "
    "not a funnel.",
    "UNBOUNDED": "Nobody said the opposite, so only a lower bound of the ratio exists.",
    "DISAGREEMENT": "Those who judged the same thing do not agree, which one number hides.",
    "UNKNOWN_LANGUAGE": "Some comments are in a language that is not read here; they are "
    "counted, not classified.",
    "NOT_EVALUATED": "Nobody has compared the themes with a person's reading yet.",
}
"""Each caution for someone who does not compute."""


@frozen
class Change:
    """The last two waves of one line, compared.

    Attributes:
        before: the wave before.
        after: the last wave.
        comparison: after minus before; None where one has too few answers.
    """

    before: Score
    after: Score
    comparison: Comparison | None

    @property
    def shown(self) -> bool:
        """Whether the interval of the change excludes 0."""
        return self.comparison is not None and 0 not in self.comparison.interval

    @property
    def verdict(self) -> str:
        """`better`, `worse`, or an empty text where no change is shown."""
        if self.comparison is None or not self.shown:
            return ""
        up = self.comparison.value > 0
        return "better" if up == (self.after.metric.direction == "higher") else "worse"


def waves_of(scores: Scores, time: str) -> list[Group]:
    """Return the groups that have a label of time, in the order of time."""
    known = [group for group in groups_of(scores) if group.score.group[time] is not None]
    order = {
        label: place
        for place, label in enumerate(in_order(group.score.group[time] for group in known))
    }
    return sorted(known, key=lambda group: order[group.score.group[time]])


def last_change(waves: list[Group]) -> Change | None:
    """Compare the last two waves that have a score; None if there are not two."""
    able = [group.score for group in waves if group.score.defined]
    if len(able) < 2:
        return None
    before, after = able[-2:]
    testable = before.interval_or_none is not None and after.interval_or_none is not None
    return Change(before, after, after.compare(before) if testable else None)


def _amount(value: float, unit: str) -> str:
    """Write the size of a change, without its sign: "5.3 points"."""
    names = {"points": "points", "percent": "percentage points", "rating": "scale points"}
    text = number(abs(value), "rating" if unit == "rating" else "points")
    return f"{text.removeprefix('+')} {names[unit]}"


def change_sentence(change: Change, *, subject: str) -> str:
    """Say what happened between two waves, and how sure that is."""
    before, after = label_of(change.before.group), label_of(change.after.group)
    found = change.comparison
    if found is None:
        return (
            f"{subject}: {before} and {after} can't be compared, one of them has too few answers."
        )
    level = level_text(found.interval.level)
    between = limits(found.interval.low, found.interval.high, found.unit, difference=True)
    if change.shown:
        moved = "rose" if found.value > 0 else "fell"
        low = " Low is good." if change.after.metric.direction == "lower" else ""
        return (
            f"{subject} {moved} by {_amount(found.value, found.unit)} between {before} and "
            f"{after}; the {level} interval of the change ({between}) excludes 0.{low}"
        )
    needed = _amount(found.interval.margin, found.unit)
    return (
        f"{subject}: no change can be shown between {before} and {after}; the {level} interval of "
        f"the change ({between}) includes 0. With these answers a change of about {needed} would "
        "have been needed to be seen."
    )


def score_sentence(score: Score) -> str:
    """Say what a score is, and within which limits."""
    name = headline(score)
    if score.tally.suppressed:
        return f"{name} is hidden: too few answers to show without singling people out."
    if not score.defined:
        return f"{name} has no answers, and so no score."
    interval = score.interval_or_none
    value = number(score.value, score.metric.unit)
    if interval is None:
        return f"{name} is {value}; there are too few answers for an interval."
    between = limits(interval.low, interval.high, score.metric.unit)
    return f"{name} is {value}; the {level_text(interval.level)} interval is {between}."


def groups_sentence(scores: Scores) -> str:
    """Say which groups differ, after allowing for the number of comparisons."""
    pairs = comparisons_of(scores)
    if pairs is None:
        return "The groups were not compared with each other: there are too few or too many."
    level = level_text(scores.level)
    differing = pairs.significant
    if not differing and len(pairs) == 1:
        return f"The groups can't be told apart: their difference is not significant ({level})."
    if not differing:
        return (
            f"No two groups can be told apart: none of {count(len(pairs))} comparisons is "
            f"significant (Holm-adjusted, {level})."
        )
    first, last = _ends(scores)
    spread = f"Best: {_named(first)}; worst: {_named(last)}."
    if len(differing) <= _NAMED:
        news = "; ".join(
            f"{label_of(pair.first if pair.value > 0 else pair.second)} is higher than "
            f"{label_of(pair.second if pair.value > 0 else pair.first)} ({p_text(pair.p_value)})"
            for pair in differing
        )
        return f"{spread} Significant differences (Holm-adjusted, {level}): {news}."
    return (
        f"{spread} {count(len(differing))} of {count(len(pairs))} pairs of groups differ "
        f"significantly (Holm-adjusted, {level}); the letters in the chart say which."
    )


def lines_sentence(pairs: Mapping[str, Comparison], *, level: float) -> str:
    """Say which of several lines moved between their last two waves."""
    if not pairs:
        return "No line has two waves that can be compared."
    how = f"({count(len(pairs))} compared, Holm-adjusted, {level_text(level)})"
    moved = {name: pair for name, pair in pairs.items() if pair.significant}
    if not moved:
        return f"Between the last two waves no change can be shown for any of the lines {how}."
    news = "; ".join(
        f"{name} {number(pair.value, pair.unit, difference=True)}" for name, pair in moved.items()
    )
    return f"Between the last two waves a change is shown for: {news} {how}."


def _ends(scores: Scores) -> tuple[Score, Score]:
    able = [scores[key] for key in scores.rank() if scores[key].defined]
    return able[0], able[-1]


def _named(score: Score) -> str:
    return f"{label_of(score.group)} ({number(score.value, score.metric.unit)})"
