"""Fatigue: do customers who were asked often answer less?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from attrs import frozen

from cxmetrics.engines import tally
from cxmetrics.errors import DataError, UsageError
from cxmetrics.metrics import Scores, linear
from cxmetrics.metrics.text import interval_text, number
from cxmetrics.scale import yes_no
from cxmetrics.survey.asked import DAY, customers, given, named, seconds, truths

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

response_rate = linear(
    "response_rate", yes_no, {1: 100, 0: 0}, unit="percent", title="Response rate"
)
"""Percent of delivered invitations that were answered."""


@frozen(eq=False, kw_only=True)
class Fatigue:
    """Response rates by how often the customer had been asked shortly before.

    Attributes:
        scores: the response rate of each number of recent invitations, with intervals that know
            that one customer was asked several times.
        days: what "recent" means.
        pressure: invitations per customer and year (FR: pression de sollicitation).
        customers: how many were asked.
        dropped: invitations from the start of the log, whose past is not known.
    """

    scores: Scores
    days: float
    pressure: float
    customers: int
    dropped: int

    @property
    def change(self) -> Any:
        """The rate of those asked most often minus that of those asked for the first time.

        Raises:
            UsageError: all invitations have the same number of recent ones before them.
        """
        keys = list(self.scores)
        if len(keys) < 2:
            raise UsageError("nobody was asked more often than others: nothing to compare.")
        return self.scores[keys[-1]].compare(self.scores[keys[0]])

    def to_native(self, backend: str = "polars") -> Any:
        """Return one row for each number of recent invitations."""
        return self.scores.to_native(backend)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "days": self.days,
            "pressure": self.pressure,
            "customers": self.customers,
            "dropped": self.dropped,
            "rates": [score.summary() for score in self.scores.values()],
        }

    def plot(self) -> Any:
        """Return a chart of the rates (altair); the extra `report` has to be installed."""
        return self.scores.plot("trend")

    def __str__(self) -> str:
        about = (
            f"{self.customers:,} customers, {self.pressure:.1f} invitations per customer and year"
        )
        lines = [f"Response rate by invitations in the {self.days:g} days before  ({about})"]
        for key, score in self.scores.items():
            about = interval_text(score.interval_or_none, "percent")
            lines.append(
                f"  {key!s:>3}  {number(score.value, 'percent'):>7}  {about:>16}  n = {score.n:,}"
            )
        if self.dropped:
            lines.append(f"  {self.dropped:,} invitations at the start of the log left out.")
        lines.append("  Not an effect: who is asked often differs from who is asked rarely.")
        return "\n".join(lines)


def recent(codes: NDArray[Any], times: NDArray[np.float64], *, days: float) -> Ints:
    """Count, for each invitation, those of the same customer in the days before.

    Args:
        codes: shape (rows,): customers, as whole numbers.
        times: shape (rows,): seconds.
        days: how far to look back; an invitation exactly that long ago counts.

    Example:
        >>> recent(np.array([0, 0, 1, 0]), np.array([0, 5, 5, 100]) * 86400.0, days=90).tolist()
        [0, 1, 0, 0]
    """
    order = np.lexsort((times, codes))
    # One long line of time: each customer's stretch lies beyond the reach of the one before.
    reach = float(np.ptp(times)) + days * DAY + 1
    line = codes[order] * reach + (times[order] - times.min())
    first = np.searchsorted(line, line - days * DAY, side="left")
    same = np.searchsorted(line, line, side="left")  # asked at the same moment: neither is before
    found = np.empty(len(codes), np.int64)
    found[order] = same - first
    return found


def fatigue(
    invitations: Any,
    *,
    days: float = 365,
    most: int = 5,
    start: Literal["drop", "keep"] = "drop",
) -> Fatigue:
    """Return the response rate by number of recent invitations (FR: pression de sollicitation).

    Bounced invitations count as no invitation. The intervals take customers as the units, so that
    one who was asked ten times is not ten customers.

    Args:
        invitations: a `Batch` of `Invitation`, or rows with their columns: `customer`, `sent_at`,
            `answered_at`, and `delivered` if it is known.
        days: how long an invitation is recent.
        most: this many and more are one group.
        start: the first `days` of the log have an unknown past: `"drop"` them, or `"keep"` them as
            if nobody had been asked before.

    Raises:
        ColumnError: a column is missing or holds no moments.
        DataError: there is no invitation, or the log is shorter than `days`.
        UsageError: `days` or `most` is not above 0.
    """
    if not days > 0 or most < 1:
        raise UsageError(f"days and most are above 0, not {days!r} and {most!r}.")
    columns = named(invitations, ["customer", "sent_at", "answered_at"], maybe=("delivered",))
    codes, times = customers(columns["customer"]).codes, seconds(columns["sent_at"], "sent_at")
    answered = given(columns["answered_at"])
    arrived = np.ones(len(times), dtype=bool)
    if "delivered" in columns:
        arrived = truths(columns["delivered"], "delivered") != 0
    codes, times, answered = codes[arrived], times[arrived], answered[arrived]
    if not times.size:
        raise DataError("no invitation arrived: there is no response rate.")
    before = recent(codes, times, days=days)
    span = float(np.ptp(times)) / DAY
    known = np.ones(len(times), dtype=bool)
    if start == "drop":
        known = times >= times.min() + days * DAY
        if not known.any():
            raise DataError(
                f"the log spans {span:.0f} days, so nobody's past {days:g} days are known: look "
                "back fewer days, or say start='keep' where the log begins with the customers."
            )
    asked = len(np.unique(codes))
    labels = [f"{most}+" if number >= most else number for number in before[known].tolist()]
    cube = tally(
        {"answered": answered[known].astype(np.int8), "before": labels, "customer": codes[known]},
        yes_no,
        rating="answered",
        by="before",
        unit="customer",
    )
    return Fatigue(
        scores=response_rate.of(cube),
        days=days,
        pressure=len(codes) / asked * 365.25 / max(span, 1.0),
        customers=asked,
        dropped=int((~known).sum()),
    )
