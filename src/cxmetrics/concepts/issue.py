"""One issue of customers, and the rule that says what it is."""

from __future__ import annotations

from typing import Any, Final, Literal

from attrs import frozen

from cxmetrics.concepts.estimate import Estimate, Gap
from cxmetrics.errors import UsageError
from cxmetrics.metrics.text import MINUS, number
from cxmetrics.stats.intervals import Interval

Kind = Literal["irritant", "incident", "rare", "noise", "undetermined"]
"""What an issue is, see `Rule`."""

HEAD: Final = ("issue", "class", "met", "severity", "burden", "times", "complained", "places")
"""The columns of a table of issues."""


@frozen(kw_only=True)
class Rule:
    """When an issue is what; "above" and "under" are said of a whole interval.

    * *irritant*: it costs score, is frequent (share of customers met, or times each), and few of
      those who met it complain;
    * *incident*: it costs score and more complain than that;
    * *rare*: it costs score, and is neither frequent nor complained about;
    * *noise*: it does not cost more than `least`, or is neither frequent nor shown to cost;
    * *undetermined*: the data do not say.

    Attributes:
        frequent: share of customers, 0 to 1, above which an issue is frequent.
        repeated: mean number of times among those who met it, above which it is frequent, too.
        quiet: share of those who met it, 0 to 1, under which few complain.
        least: score points that do not matter.
    """

    frequent: float
    repeated: float
    quiet: float
    least: float

    def __attrs_post_init__(self) -> None:
        for name in ("frequent", "quiet"):
            if not 0 < getattr(self, name) < 1:
                raise UsageError(f"{name}={getattr(self, name)!r}: a share between 0 and 1.")
        if not self.repeated >= 1 or not self.least >= 0:
            raise UsageError("repeated= is at least 1 (once each), and least= at least 0.")

    def kind(self, issue: Issue) -> Kind:
        """Return what an issue is."""
        costs = issue.costs(self.least)
        often = self.often(issue)
        loud = _beyond(issue.complaints, 100 * self.quiet)
        quiet = issue.complaints is None or loud is False
        if costs is False:
            return "noise"
        if costs and loud:
            return "incident"
        if costs and often and quiet:
            return "irritant"
        if often is False and quiet:
            return "rare" if costs else "noise"
        return "undetermined"

    def often(self, issue: Issue) -> bool | None:
        """Say whether it is frequent; None where the data do not say."""
        share = _beyond(issue.incidence, 100 * self.frequent)
        times = False if issue.recurrence is None else _beyond(issue.recurrence, self.repeated)
        if share or times:
            return True
        return None if share is None or times is None else False

    def told(self, *, complaints: bool, recurrence: bool) -> str:
        """Return the rule in a sentence."""
        times = f" or {self.repeated:g} times each" if recurrence else ""
        few = f", and under {100 * self.quiet:g} % of them complain" if complaints else ""
        return f"Irritant: costs score, above {100 * self.frequent:g} % met it{times}{few}."


def _beyond(one: Estimate | None, limit: float) -> bool | None:
    """Say whether an estimate is above a limit, with its whole interval; None where it is open."""
    if one is None or one.interval is None:
        return None
    return True if one.interval.low > limit else False if one.interval.high < limit else None


def _burden(value: float, unit: str) -> str:
    """Write a burden: of ratings with three decimals, for all share what few lose."""
    return number(value, unit) if unit == "points" else f"{value:.3f}".replace("-", MINUS)


@frozen(kw_only=True)
class Issue:
    """One issue.

    Attributes:
        name: of the issue.
        incidence: percent of cases that met it.
        exposed: cases that met it.
        recurrence: mean number of times among those; None where data are yes and no.
        severity: score of those who did not meet it minus that of those who did: above 0 it costs;
            None without score, or where one side has under 2 cases.
        burden: incidence times severity: score points lost by all cases together.
        burden_interval: by the delta method.
        complaints: percent of the exposed who complained; None if it was not asked.
        spread: at how many places of how many it was seen; None without places.
        kind: by the rule.
    """

    name: str
    incidence: Estimate
    exposed: int
    recurrence: Estimate | None
    severity: Gap | None
    burden: float | None
    burden_interval: Interval | None
    complaints: Estimate | None
    spread: tuple[int, int] | None
    kind: Kind = "undetermined"

    def costs(self, least: float = 0.0) -> bool | None:
        """Say whether it costs more than that: significantly; None where the data do not say."""
        own = self.severity
        if own is None or own.interval is None:
            return None
        if own.interval.high <= least:
            return False
        return True if own.significant and own.interval.low > least else None

    def texts(self, unit: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return two lines of a table under `HEAD`, numbers and their intervals.

        The p-value of severity stands under the class. "" where nothing is known.
        """
        met = self.incidence.texts()
        times = ("", "") if self.recurrence is None else self.recurrence.texts()
        loud = ("", "") if self.complaints is None else self.complaints.texts()
        cost = ("", "", "") if self.severity is None else self.severity.texts()
        own = self.burden_interval
        burden = (
            "" if self.burden is None else _burden(self.burden, unit),
            "" if own is None else f"{_burden(own.low, unit)} to {_burden(own.high, unit)}",
        )
        places = "" if self.spread is None else "{} of {}".format(*self.spread)
        return (
            (self.name, self.kind, met[0], cost[0], burden[0], times[0], loud[0], places),
            ("", cost[2], met[1], cost[1], burden[1], times[1], loud[1], ""),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""

        def told(one: Estimate | Gap | Interval | None) -> dict[str, Any] | None:
            return None if one is None else one.to_dict()

        return {
            "name": self.name,
            "kind": self.kind,
            "incidence": told(self.incidence),
            "exposed": self.exposed,
            "recurrence": told(self.recurrence),
            "severity": told(self.severity),
            "burden": self.burden,
            "burden_interval": told(self.burden_interval),
            "complaints": told(self.complaints),
            "spread": None if self.spread is None else list(self.spread),
        }
