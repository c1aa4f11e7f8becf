"""Irritants: small, repeated, below the level of complaints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf, sqrt
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from attrs import asdict, evolve, frozen

from cxmetrics.concepts._base import Concept, Worked
from cxmetrics.concepts.breakdown import counted, estimate_of
from cxmetrics.concepts.estimate import SMALL, Estimate, Gap, adjusted
from cxmetrics.concepts.exposure import Exposure, of_columns, of_mentions
from cxmetrics.concepts.issue import HEAD, Issue, Kind, Rule
from cxmetrics.concepts.severity import severities
from cxmetrics.engines.columns import columns_of
from cxmetrics.engines.query import OffScale
from cxmetrics.errors import Caution, DataError, UsageError, did_you_mean
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import count
from cxmetrics.scale import Scale, zero_to_ten
from cxmetrics.stats.distributions import check_level, two_sided_z
from cxmetrics.stats.intervals import Interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]


@frozen(kw_only=True)
class Irritants:
    """Issues, the heaviest burden first.

    Attributes:
        issues: by name.
        rule: the thresholds.
        score: the name of the score; None without one.
        unit: of severity and burden.
        cases: how many, and what they are.
        method: how severity and burden were computed, a sentence each.
        level: the confidence level.
        cautions: what a reader has to know.
    """

    issues: Mapping[str, Issue]
    rule: Rule
    score: str | None
    unit: str
    cases: tuple[int, str]
    method: tuple[str, ...]
    level: float
    cautions: tuple[Caution, ...]

    def __getitem__(self, name: str) -> Issue:
        return self.issues[name]

    def of(self, kind: Kind) -> list[str]:
        """Return the names of the issues of a kind, the heaviest first."""
        return [name for name, issue in self.issues.items() if issue.kind == kind]

    @property
    def title(self) -> str:
        """The news in one line."""
        found = self.of("irritant")
        named = f": {', '.join(found)}" if found else ""
        n, what = self.cases
        some = "1 irritant" if len(found) == 1 else f"{len(found)} irritants"
        return f"{some} of {len(self.issues)} issues{named}  (n = {count(n)} {what})"

    def sheet(self) -> Sheet:
        """Return the table: columns that nothing is known of are left out."""
        each = list(self.issues.values())
        texts = [line for one in each for line in one.texts(self.unit)]
        kept = [at for at in range(len(HEAD)) if any(own[at] for own in texts)]
        rule = self.rule.told(
            complaints=any(one.complaints is not None for one in each),
            recurrence=any(one.recurrence is not None for one in each),
        )
        return Sheet(
            title=self.title,
            head=[HEAD[at] for at in kept],
            rows=[[own[at] for at in kept] for own in texts],
            notes=(rule, *self.method),
            cautions=self.cautions,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "issues": [one.to_dict() for one in self.issues.values()],
            "rule": asdict(self.rule),
            "score": self.score,
            "unit": self.unit,
            "cases": self.cases[0],
            "cases_are": self.cases[1],
            "method": " ".join(self.method),
            "level": self.level,
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __str__(self) -> str:
        return str(self.sheet())

    def _repr_html_(self) -> str:
        return self.sheet().html()


def irritants(
    data: Any,
    *,
    items: Sequence[str] = (),
    issue: str | None = None,
    customer: str | None = None,
    separator: str | None = None,
    occurrences: str | None = None,
    score: str | None = None,
    scale: Scale | None = None,
    score_as: Literal["mean", "nps"] = "mean",
    complaint: str | None = None,
    spread: str | None = None,
    adjust: Literal["none", "others"] = "none",
    control: Sequence[str] = (),
    frequent: float = 0.05,
    repeated: float = 2.0,
    quiet: float = 0.20,
    least: float = 0.0,
    adjustment: Literal["holm", "bh"] = "holm",
    weight: str | None = None,
    unit: str | None = None,
    strata: str | None = None,
    where: Any = None,
    missing: Sequence[Any] = (),
    off_scale: OffScale = "error",
    level: float = 0.95,
) -> Irritants:
    """Find what is small, repeated and not complained about, and rank it by what it costs.

    For each issue: *incidence* I, the share of cases that met it (Wilson); *recurrence* R, how
    often those who met it did (t); *severity* S, the mean score of the others minus that of those
    who met it (Welch's t, or with `adjust="others"` from one regression on all issues and the
    controls, which keeps an issue from being blamed for what it comes with; robust errors, or by
    respondent); *burden* B = I x S, what all cases together lose, with the variance
    `S² var(I) + I² var(S)` (delta method, exact in that incidence and severity are uncorrelated);
    *complaints* C, the share of those who met it who complained (Wilson). There is no published
    standard: the rule that makes an irritant of it is in `Rule`, its thresholds are yours, and the
    result prints them. p-values of severity are adjusted for the number of issues.

    Severity is association: those who meet an issue may differ otherwise.

    Args:
        data: one row a customer with a column an issue (`items`), or one row a contact or mention
            with a column that names the issue (`issue`).
        items: the columns of issues, yes/no or how often, one row a customer.
        issue: the column that names the issue; missing where there was none. Rows of customers who
            met nothing have to be there.
        customer: the column of customers; their rows are one case. Each row is one if left out.
        separator: what stands between several issues of one row.
        occurrences: the column that says how often the issue of a row happened.
        score: the column of a score to compare, such as recommendation.
        scale: of the score.
        score_as: `"mean"`, or `"nps"` to count promoters and detractors of a 0 to 10 rating.
        complaint: the column, yes/no, that says whether the customer complained: of this issue,
            with `issue`; of anything, with `items`.
        spread: the column of places, such as touchpoints or segments, to count where it appears.
        adjust: `"others"` holds the other issues and the controls fixed.
        control: the columns of labels to hold fixed as well, such as the touchpoint.
        frequent: share of cases, 0 to 1, above which an issue is frequent.
        repeated: times among those who met it above which it is frequent, too.
        quiet: share of those who met it, 0 to 1, under which few complain.
        least: score points that do not matter.
        adjustment: `"holm"`, or `"bh"` to explore many issues.
        weight: the column of survey weights.
        unit: the column that says which rows belong to one respondent.
        strata: the column of sampling strata.
        where: rows to keep.
        missing: values that stand for "no answer".
        off_scale: `"error"`, or `"set_aside"` to count scores that are no point of the scale.
        level: the confidence level.

    Raises:
        ColumnError: a column is not there, or holds no numbers.
        DataError: no issue is named in the data, or issues can't be told apart.
        ScaleError: a score is no point of its scale.
        UsageError: neither `items` nor `issue` is given, or the arguments do not fit.

    References:
        Wilson 1927; Welch 1947; MacKinnon & White 1985; Holm 1979; Benjamini & Hochberg 1995. The
        definition of an irritant is ours.

    Example:
        >>> made = {"waiting": [1, 1, 0, 0, 0, 0], "fees": [0, 0, 1, 0, 0, 1]}
        >>> made["felt"] = [1, 2, 4, 5, 4, 5]
        >>> found = irritants(made, items=["waiting", "fees"], score="felt")
        >>> waiting = found["waiting"]
        >>> round(waiting.incidence.value, 1), waiting.severity.value, round(waiting.burden, 2)
        (33.3, 3.0, 1.0)
    """
    check_level(level)
    for name, given, known in (
        ("adjust", adjust, ("none", "others")),
        ("score_as", score_as, ("mean", "nps")),
        ("adjustment", adjustment, ("holm", "bh")),
    ):
        if given not in known:
            raise UsageError(f"no {name}={given!r}; {did_you_mean(given, known)}")
    if bool(items) == (issue is not None):
        raise UsageError("say items=[…] (a column an issue) or issue=… (a column that names it).")
    if control and adjust == "none":
        raise UsageError("control= belongs to adjust='others'.")
    if score_as == "nps" and (scale is None or not scale.same_points(zero_to_ten)):
        raise UsageError("score_as='nps' needs scale=zero_to_ten: the 0 to 10 of a recommendation.")
    rule = Rule(frequent=frequent, repeated=repeated, quiet=quiet, least=least)
    named = (issue, customer, occurrences, score, complaint, spread, weight, unit, strata)
    names = [*items, *control, *(name for name in named if name is not None)]
    data = columns_of(data, names, where=where)  # at once: a database keeps no order of rows
    options: dict[str, Any] = {
        "weight": weight,
        "unit": unit,
        "strata": strata,
        "missing": missing,
        "off_scale": off_scale,
    }
    columns: dict[str, Any] = {
        "score": score,
        "scale": scale,
        "complaint": complaint,
        "spread": spread,
        "control": control,
        "options": options,
    }
    if issue is None:
        found = of_columns(data, items, **columns)
    else:
        more: dict[str, Any] = {
            "customer": customer,
            "separator": separator,
            "occurrences": occurrences,
        }
        found = of_mentions(data, issue, **more, **columns)
    y = found.score
    if y is not None and score_as == "nps":
        y = np.where(np.isnan(y), np.nan, 100.0 * (y >= 9) - 100.0 * (y <= 6))
    bounds = None if scale is None else (float(scale.low), float(scale.high))
    if score_as == "nps":
        bounds = (-100.0, 100.0)
    if y is not None and scale is not None and scale.reverse:
        y, bounds = -y, (-float(scale.high), -float(scale.low))
    fixed = adjust == "others"
    points = "points" if score_as == "nps" else "rating"
    costs, errors = severities(found, y, bounds, points, level, fixed=fixed)
    gaps = iter(adjusted([gap for gap in costs if gap is not None], adjustment))
    costs = [None if gap is None else next(gaps) for gap in costs]
    each = [
        _issue(found, place, severity, error, rule, level)
        for place, (severity, error) in enumerate(zip(costs, errors, strict=True))
    ]
    each.sort(key=lambda one: (-(one.burden if one.burden is not None else -inf), -one.exposed))
    return Irritants(
        issues={one.name: one for one in each},
        rule=rule,
        score=score,
        unit=points,
        cases=(found.read.rows, "customers" if found.customers else "rows"),
        method=_method(score, fixed=fixed, control=control, adjustment=adjustment),
        level=level,
        cautions=(*found.cautions, *_cautions(found, y, each)),
    )


def _issue(
    found: Exposure, place: int, severity: Gap | None, error: float, rule: Rule, level: float
) -> Issue:
    read, met = found.read, found.met[:, place]
    whole = np.zeros(read.rows, np.intp)
    score = counted(met, read, whole, level=level).overall
    if not score.defined:
        raise DataError(f"of {found.issues[place]!r} nothing is known: leave it out.")
    recurrence = None
    if found.often:
        times = found.times[:, place]
        recurrence = Estimate.of(
            read.averages(np.where(times > 0, times, np.nan)), unit="rating", level=level
        )
        ends = recurrence.interval
        if ends is not None:  # who met it did at least once
            recurrence = evolve(recurrence, interval=evolve(ends, low=max(ends.low, 1.0)))
    complaints = None
    hit: Bools = met == 1
    if found.complained is not None and hit.any():
        told = counted(found.complained[:, place], read, whole, level=level, keep=hit)
        complaints = estimate_of(told.overall)
    burden, interval = None, None
    if severity is not None:
        share, spread = score.value / 100, score.standard_error / 100
        burden = share * severity.value
        reach = two_sided_z(level) * sqrt((severity.value * spread) ** 2 + (share * error) ** 2)
        interval = Interval(burden - reach, burden + reach, level, "delta") if reach > 0 else None
    issue = Issue(
        name=found.issues[place],
        incidence=estimate_of(score),
        exposed=int(hit.sum()),
        recurrence=recurrence,
        severity=severity,
        burden=burden,
        burden_interval=interval,
        complaints=complaints,
        spread=None if found.spread is None else (int(found.spread[0][place]), found.spread[1]),
    )
    return evolve(issue, kind=rule.kind(issue))


def _method(
    score: str | None, *, fixed: bool, control: Sequence[str], adjustment: str
) -> tuple[str, ...]:
    if score is None:
        return ("Without a score nothing is known of severity.",)
    others = ", ".join(("the other issues", *control))
    how = f"{others} held fixed (regression)" if fixed else "not adjusted for other issues"
    family = "Holm" if adjustment == "holm" else "Benjamini-Hochberg"
    return (
        f"Severity: {score} without minus with, {how}; p by {family}.",
        "Burden: met x severity, what all cases lose together.",
    )


def _cautions(found: Exposure, y: Floats | None, each: Sequence[Issue]) -> Iterator[Caution]:
    few = [f"{one.name} {one.exposed}" for one in each if one.exposed < SMALL]
    if few:
        yield Caution(
            "SMALL_SAMPLE", f"met by under {SMALL}: {', '.join(few)}: read the intervals."
        )
    lost = int(np.isnan(found.times).any(axis=1).sum())
    scores = 0 if y is None else int(np.isnan(y).sum())
    if lost or scores:
        told = [f"{count(lost)} lack an issue"] if lost else []
        told += [f"{count(scores)} lack the score"] if scores else []
        yield Caution(
            "INCOMPLETE_ROWS",
            f"of {count(len(found.times))} cases {' and '.join(told)}; they count where they can.",
        )


_EXAMPLE: Final = """import cxmetrics as cx
from cxmetrics.concepts.catalogue.annoyances import irritants
from cxmetrics.datasets import company

shop = company(customers=3_000, seed=7)
found = irritants(
    shop.interactions,
    issue="irritant",
    score="felt",
    scale=cx.Scale(-5, 5),
    unit="customer",
    adjust="others",
    control=["touchpoint"],
    frequent=0.01,
)
for name, one in found.issues.items():
    print(name, one.kind, one.incidence.texts()[0], *one.severity.texts()[:2])"""

CONCEPTS: Final = (
    Concept(
        name="irritants",
        title="Irritants",
        french="irritants",
        topic="emotion",
        call="cxmetrics.concepts.catalogue.annoyances:irritants",
        unit="score points lost by all (burden)",
        direction="lower",
        scale="yes/no or how often for each issue, or mentions; any score; yes/no for complaints",
        formula="Burden = incidence x severity, severity = mean score without minus with it; "
        "irritant: frequent, severity above 0, few complaints, by thresholds you give",
        interval="Wilson for incidence and complaints, t for recurrence and severity, delta method "
        "for burden; p-values by Holm or Benjamini-Hochberg",
        reference="our definition; Wilson 1927; Welch 1947; MacKinnon & White 1985",
        limits=(
            "No published standard says what an irritant is: thresholds are a choice and printed.",
            "Severity is association; adjust for what an issue comes with, such as the touchpoint.",
            "An issue nobody was asked about, or nobody tells of, is not found.",
        ),
        example=Worked(
            code=_EXAMPLE,
            shows="""hidden_fees irritant 3.0 % +1.95 +1.83 to +2.07
waiting irritant 1.8 % +2.15 +1.95 to +2.36
late_parcel irritant 1.4 % +2.53 +2.32 to +2.75
till_queue irritant 1.1 % +1.48 +1.29 to +1.66
repeat_story rare 0.8 % +1.61 +1.37 to +1.85
not_ready rare 0.6 % +1.93 +1.66 to +2.21""",
            source="the generated company, in which waiting costs 2.2 and hidden fees 2.0",
        ),
    ),
)
