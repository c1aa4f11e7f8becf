"""Advocacy: what customers did, and whether those who said they would are those who did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from attrs import evolve, frozen

from cxmetrics.concepts._base import Concept, Worked
from cxmetrics.concepts.answers import Answers, answers
from cxmetrics.concepts.breakdown import (
    Group,
    Shares,
    counted,
    difference_of,
    estimate_of,
    group_name,
    in_order,
    shares,
)
from cxmetrics.concepts.estimate import Estimate, Gap, adjusted
from cxmetrics.concepts.exposure import check_counts
from cxmetrics.engines.query import OffScale
from cxmetrics.errors import Caution, DataError, UsageError
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import count, level_text
from cxmetrics.scale import zero_to_ten
from cxmetrics.stats.averages import Averages
from cxmetrics.stats.distributions import check_level

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

INTENTS: Final = ("promoters", "passives", "detractors")
"""By what customers said, 9-10, 7-8 and 0-6."""


@frozen(kw_only=True)
class Advocacy:
    """What customers did.

    Attributes:
        acts: the share of customers with each act, positive ones first.
        shares: the share with at least one positive act, in all, by group, and each group minus all
            others.
        number: the mean number of positive acts of a customer.
        numbers: the same by group.
        acted: of promoters, passives and detractors, the share with a positive act; empty without
            an intent.
        warned: of each, the share with a negative act; empty without negative acts.
        said: promoters minus detractors who acted, detractors minus promoters who warned, adjusted
            by Holm.
        incomplete: rows that lack an act, and are left out of `shares` and `number`.
        level: the confidence level.
        cautions: what a reader has to know.
    """

    acts: Mapping[str, Estimate]
    shares: Shares
    number: Estimate
    numbers: Mapping[Group, Estimate]
    acted: Mapping[str, Estimate]
    warned: Mapping[str, Estimate]
    said: tuple[Gap, ...]
    incomplete: int
    level: float
    cautions: tuple[Caution, ...]

    @property
    def overall(self) -> Estimate:
        """The share of customers with at least one positive act, in percent."""
        return self.shares.overall

    @property
    def groups(self) -> Mapping[Group, Estimate]:
        """The same by group."""
        return self.shares.groups

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Each group minus all others together, adjusted by Holm."""
        return self.shares.gaps

    @property
    def title(self) -> str:
        """The news in one line."""
        value, ends, n = self.overall.texts()
        return (
            f"Advocacy: {value} acted  ({level_text(self.level)} interval {ends}; n = {n}), "
            f"{self.number.texts()[0]} acts each"
        )

    def sheet(self) -> Sheet:
        """Return the table."""
        rows: list[tuple[str, ...]] = [(name, *one.texts()) for name, one in self.acts.items()]
        rows.append(("at least one", *self.overall.texts()))
        rows.append(("acts a customer", *self.number.texts()))
        for what, own in (("acted", self.acted), ("warned", self.warned)):
            rows += [(f"{intent} who {what}", *one.texts()) for intent, one in own.items()]
        for group, one in self.groups.items():
            rows.append((f"{group_name(group)}, at least one", *one.texts()))
        notes = ["{}: {} ({}; {}).".format(gap.name, *gap.texts()) for gap in self.said]
        notes += [
            "{} minus all others: {} ({}; {}).".format(gap.name, *gap.texts())
            for gap in self.gaps
            if gap.significant
        ]
        return Sheet(
            title=self.title,
            head=("act", "share", "interval", "n"),
            rows=rows,
            notes=notes,
            cautions=self.cautions,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "acts": {name: one.to_dict() for name, one in self.acts.items()},
            "at_least_one": self.shares.to_dict(),
            "number": self.number.to_dict(),
            "numbers": [{"group": group, **one.to_dict()} for group, one in self.numbers.items()],
            "acted": {name: one.to_dict() for name, one in self.acted.items()},
            "warned": {name: one.to_dict() for name, one in self.warned.items()},
            "said": [gap.to_dict() for gap in self.said],
            "incomplete": self.incomplete,
            "level": self.level,
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __str__(self) -> str:
        return str(self.sheet())

    def _repr_html_(self) -> str:
        return self.sheet().html()


def advocacy(
    data: Any,
    *,
    acts: Sequence[str],
    negative: Sequence[str] = (),
    intent: str | None = None,
    by: str | Sequence[str] | None = None,
    weight: str | None = None,
    unit: str | None = None,
    strata: str | None = None,
    where: Any = None,
    missing: Sequence[Any] = (),
    off_scale: OffScale = "error",
    level: float = 0.95,
) -> Advocacy:
    """Measure what customers did: recommended, wrote a review, referred, defended, bought again.

    Acts of engagement are facts, or told by the customer, where a recommendation rating is an
    intent. With `intent` both are set side by side: of the promoters, how many acted; of the
    detractors, how many warned others. Only customers of whom every act is known count for "at
    least one" and for the number, because an unknown act can only add to them.

    Args:
        data: columns by name or a data frame, one row a customer.
        acts: the columns of positive acts, yes/no or how often.
        negative: the columns of negative acts, such as a bad review or a warning.
        intent: the column of the recommendation rating 0 to 10.
        by: the column or columns that make groups.
        weight: the column of survey weights.
        unit: the column that says which customer a row is about.
        strata: the column of sampling strata.
        where: rows to keep.
        missing: values that stand for "no answer".
        off_scale: `"error"`, or `"set_aside"` to count intents that are no point of 0 to 10.
        level: the confidence level.

    Returns:
        Shares with Wilson's intervals, on the effective number of answers; the mean number of acts
        with a t interval; groups against all others together, and promoters against detractors
        (Newcombe, N-1 chi-square), each family adjusted by Holm.

    Raises:
        ColumnError: a column is not there, or an act is no whole number from 0 on.
        DataError: of nobody every act is known.
        UsageError: no act is named.

    References:
        Van Doorn et al. 2010, Journal of Service Research 13:253-266 (engagement behaviours);
        Newcombe 1998.

    Example:
        >>> made = {
        ...     "review": [1, 0, 0, 1, 0, 0],
        ...     "referred": [2, 0, 1, 0, 0, 0],
        ...     "intent": [10, 9, 10, 7, 3, 8],
        ... }
        >>> found = advocacy(made, acts=["review", "referred"], intent="intent")
        >>> found.overall.value, round(found.number.value, 2)
        (50.0, 0.83)
        >>> round(found.acted["promoters"].value, 1)
        66.7
    """
    check_level(level)
    if not acts:
        raise UsageError("no act is named: say acts=[…], one column an act.")
    columns = [*acts, *negative]
    read = answers(
        data,
        [*columns, *([intent] if intent else [])],
        scale={intent: zero_to_ten} if intent else None,
        by=by,
        weight=weight,
        unit=unit,
        strata=strata,
        where=where,
        missing=missing,
        off_scale=off_scale,
    )
    for name in columns:
        check_counts(read.items[name], name)
    good = read.matrix(acts)
    number = good.sum(axis=1)  # NaN where an act is not known
    if np.isnan(number).all():
        raise DataError("of nobody every act is known: name fewer acts.")
    some = np.where(np.isnan(number), np.nan, number > 0)
    found = shares(some, read, level=level)
    whole = np.zeros(read.rows, np.intp)
    each = {name: _yes(read.items[name]) for name in columns}
    places = [] if read.labels == ((),) else in_order(read)
    means = read.averages(number, groups=read.groups, size=len(read.labels))
    most = float(len(acts)) if not (good > 1).any() else None
    acted, warned, said = _told(read, intent, some, negative, level)
    return Advocacy(
        acts={
            name: estimate_of(counted(yes, read, whole, level=level).overall)
            for name, yes in each.items()
        },
        shares=found,
        number=_mean(read.averages(number), 0, most, level),
        numbers={read.labels[group]: _mean(means, group, most, level) for group in places},
        acted=acted,
        warned=warned,
        said=said,
        incomplete=int(np.isnan(number).sum()),
        level=level,
        cautions=(*read.cautions, *_cautions(number), *found.cautions),
    )


def _yes(values: Floats) -> Floats:
    return np.where(np.isnan(values), np.nan, values > 0)


def _mean(found: Averages, group: int, most: float | None, level: float) -> Estimate:
    """Return a mean number of acts: at least 0, and at most `most` where acts are yes or no."""
    bounds = None if most is None else (0.0, most)
    one = Estimate.of(found, group, unit="rating", level=level, bounds=bounds)
    own = one.interval
    return one if own is None else evolve(one, interval=evolve(own, low=max(own.low, 0.0)))


def _told(
    read: Answers, intent: str | None, some: Floats, negative: Sequence[str], level: float
) -> tuple[dict[str, Estimate], dict[str, Estimate], tuple[Gap, ...]]:
    """Return who acted and who warned, by what they said, and promoters against detractors."""
    if intent is None:
        return {}, {}, ()
    rating = read.items[intent]
    keep = ~np.isnan(rating)
    kind = np.select([rating >= 9, rating >= 7], [0, 1], 2)
    families = [("acted", some)]
    if negative:
        against = read.matrix(negative).sum(axis=1)
        families.append(("warned", _yes(against)))
    told: list[dict[str, Estimate]] = []
    gaps = []
    for what, yes in families:
        found = counted(yes, read, kind, level=level, keep=keep)
        told.append(
            {
                name: estimate_of(found[place])
                for place, name in enumerate(INTENTS)
                if place in found and found[place].n
            }
        )
        first, second = (0, 2) if what == "acted" else (2, 0)
        if {INTENTS[first], INTENTS[second]} <= set(told[-1]):
            name = f"{INTENTS[first]} minus {INTENTS[second]} who {what}"
            gaps.append(difference_of(name, found, first, second))
    return told[0], told[1] if negative else {}, tuple(adjusted(gaps))


def _cautions(number: Floats) -> Iterator[Caution]:
    lost = int(np.isnan(number).sum())
    if lost:
        yield Caution(
            "INCOMPLETE_ROWS",
            f"of {count(lost)} of {count(len(number))} customers an act is not known: they are "
            "left out of 'at least one' and of the number of acts.",
        )


_EXAMPLE: Final = """from cxmetrics.concepts.catalogue.acts import advocacy

customers = {
    "review": [1, 0, 0, 1, 0, 0, 1, 0],
    "referred": [2, 0, 1, 0, 0, 0, 1, 0],
    "warned": [0, 0, 0, 0, 1, 0, 0, 1],
    "recommend": [10, 9, 10, 7, 3, 8, 9, 5],
}
acts = ["review", "referred"]
print(advocacy(customers, acts=acts, negative=["warned"], intent="recommend"))"""

CONCEPTS: Final = (
    Concept(
        name="advocacy",
        title="Engagement and advocacy acts",
        french="engagement : actes de recommandation",
        topic="emotion",
        call="cxmetrics.concepts.catalogue.acts:advocacy",
        unit="percent of customers",
        direction="higher",
        scale="yes/no, or how often, for each act; recommendation 0 to 10 for the intent",
        formula="Customers with at least one positive act over customers of whom every act is "
        "known; mean number of acts; promoters who acted, detractors who warned",
        interval="Wilson for shares, on the effective number of answers; t for the number of acts",
        reference="Van Doorn et al. 2010; Newcombe 1998",
        limits=(
            "Acts that customers tell of are remembered and flattered; counted ones are not.",
            "More acts on the list make a higher share: keep the list.",
            "Intent asked after the act is a memory of it, not its cause.",
        ),
        example=Worked(
            code=_EXAMPLE,
            shows="""Advocacy: 50.0 % acted  (95 % interval 21.5 to 78.5 %; n = 8), 0.88 acts each
  act                      share         interval  n
  review                  37.5 %   13.7 to 69.4 %  8
  referred                37.5 %   13.7 to 69.4 %  8
  warned                  25.0 %    7.1 to 59.1 %  8
  at least one            50.0 %   21.5 to 78.5 %  8
  acts a customer           0.88     0.00 to 1.82  8
  promoters who acted     75.0 %   30.1 to 95.4 %  4
  passives who acted      50.0 %    9.5 to 90.5 %  2
  detractors who acted     0.0 %    0.0 to 65.8 %  2
  promoters who warned     0.0 %    0.0 to 49.0 %  4
  passives who warned      0.0 %    0.0 to 65.8 %  2
  detractors who warned  100.0 %  34.2 to 100.0 %  2
  promoters minus detractors who acted: +75.0 pts (−4.6 to +95.4 pts; p = 0.114).
  detractors minus promoters who warned: +100.0 pts (+18.0 to +100.0 pts; p = 0.067).
  ! SMALL_SAMPLE: all: 8 answers, under 30: read the interval, not the score.""",
            source="constructed",
        ),
    ),
)
