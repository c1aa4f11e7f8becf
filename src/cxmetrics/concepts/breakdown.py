"""Groups of a concept: their order and names, and shares of yes by group against all others.

Shares are counted by the engine of the metrics, so their intervals and comparisons are those of any
share: Wilson and Newcombe, on the effective number of answers where answers are weighted or not
independent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
from attrs import frozen

from cxmetrics.concepts.answers import Answers
from cxmetrics.concepts.estimate import Estimate, Gap, adjusted, small
from cxmetrics.errors import Caution, DataError, IntervalError, UsageError, did_you_mean
from cxmetrics.metrics import Score, Scores, linear
from cxmetrics.metrics.text import label_text
from cxmetrics.scale import yes_no
from cxmetrics.summaries import Label
from cxmetrics.summaries.design import label_order

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

Group: TypeAlias = "Label | tuple[Label, ...]"
"""The label of a group, or a tuple of labels where several columns make groups."""

_YES: Final = linear("yes", yes_no, {0: 0, 1: 100}, unit="percent", title="share")


def group_name(group: Group) -> str:
    """Write the label of a group.

    Example:
        >>> group_name("parcel"), group_name((2018, None))
        ('parcel', '2018 · (missing)')
    """
    return " · ".join(label_text(label) for label in _labels(group))


def in_order(read: Answers, order: Sequence[Label] = ()) -> list[int]:
    """Return the numbers of the groups that have rows: those of `order` first, then by label.

    Raises:
        UsageError: `order` names a group that is not there.
    """
    names = {int(group): group_name(read.labels[group]) for group in np.unique(read.groups)}
    wanted = [label_text(label) for label in order]
    for name in wanted:
        if name not in names.values():
            raise UsageError(f"no group {name!r}; {did_you_mean(name, names.values())}")

    def key(group: int) -> tuple[Any, ...]:
        name = names[group]
        place = wanted.index(name) if name in wanted else len(wanted)
        return place, tuple(map(label_order, _labels(read.labels[group])))

    return sorted(names, key=key)


def _labels(group: Group) -> tuple[Label, ...]:
    return group if isinstance(group, tuple) else (group,)


@frozen(kw_only=True)
class Shares:
    """Percent of yes.

    Attributes:
        overall: of all.
        groups: of each group; empty without groups.
        gaps: each group minus all others together, adjusted by Holm.
    """

    overall: Estimate
    groups: Mapping[Group, Estimate]
    gaps: tuple[Gap, ...]

    def rows(self) -> list[tuple[str, ...]]:
        """Return a line for all and one a group: share, interval, n, difference, p-value."""
        told = {gap.name: gap.texts() for gap in self.gaps}
        rows: list[tuple[str, ...]] = [("all", *self.overall.texts(), "", "")]
        for group, one in self.groups.items():
            value, _, p = told.get(group_name(group), ("–", "–", "–"))
            rows.append((group_name(group), *one.texts(), value, p))
        return rows if self.groups else [row[:4] for row in rows]

    @property
    def head(self) -> tuple[str, ...]:
        """The columns after the name."""
        return ("share", "interval", "n", *(("minus others", "p") if self.groups else ()))

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """Groups with few answers; all together where there are no groups."""
        named = {group_name(group): one for group, one in self.groups.items()}
        each = named or {"all": self.overall}
        return tuple(caution for name, one in each.items() for caution in small(one.n, name))

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "overall": self.overall.to_dict(),
            "groups": [{"group": group, **one.to_dict()} for group, one in self.groups.items()],
            "against_others": [gap.to_dict() for gap in self.gaps],
        }


def shares(
    yes: Floats, read: Answers, *, level: float, keep: NDArray[np.bool_] | None = None
) -> Shares:
    """Return the share of yes, in all and by group where there are groups.

    Args:
        yes: shape (rows,): 1, 0, or NaN where it is not known.
        read: what groups, weights, units and strata are taken from.
        level: the confidence level.
        keep: shape (rows,): the rows to count; all if left out.

    Raises:
        DataError: nobody answered.
    """
    found = counted(yes, read, read.groups, level=level, keep=keep)
    overall = estimate_of(found.overall)
    if isnan(overall.value):
        raise DataError("nobody answered all that is needed: there is no share.")
    places = [group for group in in_order(read) if group in found]
    if read.labels == ((),):
        return Shares(overall=overall, groups={}, gaps=())
    pairs = {int(str(pair.first["group"])): pair.difference for pair in found.against_rest()}
    gaps = [
        Gap.of(group_name(read.labels[group]), pairs[group], unit="percent")
        for group in places
        if group in pairs
    ]
    return Shares(
        overall=overall,
        groups={read.labels[group]: estimate_of(found[group]) for group in places},
        gaps=tuple(adjusted(gaps)),
    )


def counted(
    yes: Floats,
    read: Answers,
    groups: Ints,
    *,
    level: float,
    keep: NDArray[np.bool_] | None = None,
) -> Scores:
    """Count yes and no by group, by the number of the group."""
    rows = slice(None) if keep is None else keep
    columns: dict[str, Any] = {"yes": yes[rows], "group": groups[rows]}
    options: dict[str, Any] = {}
    for name in ("weight", "unit", "strata"):
        own = getattr(read, name)
        if own is not None:
            columns[name], options[name] = own[rows], name
    return _YES(columns, rating="yes", by="group", level=level, **options)


def estimate_of(score: Score, *, sampled: bool = True) -> Estimate:
    """Return a score as an estimate, without an interval where everybody was asked."""
    return Estimate(
        value=score.value,
        interval=score.interval_or_none if sampled else None,
        n=score.n,
        n_effective=score.n_effective,
        unit=score.metric.unit,
    )


def difference_of(name: str, found: Scores, first: int, second: int) -> Gap:
    """Return one share minus another, not adjusted; without interval where one has no spread."""
    value = found[first].value - found[second].value
    try:
        return Gap.of(name, found[first].compare(found[second]).difference, unit="percent")
    except IntervalError:
        return Gap(
            name=name, value=value, interval=None, p_value=None, p_adjusted=None, unit="percent"
        )
