"""Contact rules: who may be asked again, and what the rules do to the sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from attrs import field, frozen

from cxmetrics.engines.encode import encode
from cxmetrics.errors import Caution, DataError, UsageError
from cxmetrics.summaries import Label
from cxmetrics.summaries.cube import to_frame
from cxmetrics.survey.asked import DAY, customers, given, named, seconds, truths

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@frozen(kw_only=True)
class Cap:
    """At most so many invitations of one customer in so many days.

    With `most=1` it is a quarantine: an invitation may follow exactly `days` after the last one.

    Attributes:
        days: the length of the window.
        most: invitations allowed in it.
        survey: the survey it is a rule for; None for every survey.
        channel: the channel it is a rule for; None for every channel.
        counting: which earlier invitations count: `"any"`, or those of the `"same"` survey.

    Raises:
        UsageError: the window or the number is not above 0.

    Example:
        >>> print(Cap(days=90, survey="transactional"))
        1 in 90 days for transactional
    """

    days: float
    most: int = 1
    survey: str | None = None
    channel: str | None = None
    counting: Literal["any", "same"] = "any"

    def __attrs_post_init__(self) -> None:
        if not self.days > 0 or self.most < 1 or int(self.most) != self.most:
            raise UsageError(
                f"a cap allows a whole number of invitations in some days, not {self.most!r} in "
                f"{self.days!r}."
            )
        if self.counting not in {"any", "same"}:
            raise UsageError(f"counting is 'any' or 'same', not {self.counting!r}.")

    def __str__(self) -> str:
        about = [part for part in (self.survey, self.channel) if part is not None]
        of = " of the same survey" if self.counting == "same" else ""
        target = f" for {' by '.join(about)}" if about else ""
        return f"{self.most} in {self.days:g} days{of}{target}"


QUARANTINE = (
    Cap(days=90, survey="transactional"),
    Cap(days=180, survey="relational", counting="same"),
)
"""What vendors of survey tools advise; practice, not science."""


@frozen(kw_only=True)
class ContactRules:
    """Who may be asked (FR: règles de pression de sollicitation).

    Attributes:
        caps: quarantines and caps; all of them hold.
        excluded: customers who may not be asked, by reason: opted out, open ticket.
        priority: surveys that go first where several want a customer at the same moment.
    """

    caps: tuple[Cap, ...] = field(default=QUARANTINE, converter=tuple)
    excluded: Mapping[str, Collection[Label]] = field(factory=dict)
    priority: tuple[str, ...] = field(default=("relational",), converter=tuple)

    def select(self, candidates: Any, *, history: Any = None) -> Selection:
        """Walk through planned invitations in the order of time, and say which may be sent.

        What is allowed counts for what follows. The rules change who is heard: of a customer with
        many contacts a smaller part can be asked about. `inclusion` is that part, allowed over
        planned, for the customer and survey; weighting by 1 over it undoes the imbalance, taking
        the contacts of one customer as exchangeable.

        Args:
            candidates: what one would send: a `Batch` of `Invitation`, or rows with the columns
                `customer`, `survey`, `sent_at`, and `channel` if a cap names one.
            history: what was sent before, in the same form; bounced ones do not count.

        Raises:
            ColumnError: a column is missing, a customer has no name, a time is none.
            DataError: there is no candidate, or the history is later than the candidates.

        Example:
            >>> from datetime import datetime
            >>> day = [datetime(2026, 1, 1), datetime(2026, 2, 1), datetime(2026, 6, 1)]
            >>> calls = {"customer": ["c"] * 3, "survey": ["transactional"] * 3, "sent_at": day}
            >>> selection = ContactRules().select(calls)
            >>> selection.allowed.tolist(), selection.inclusion.round(2).tolist()
            ([True, False, True], [0.67, 0.67, 0.67])
            >>> print(selection)
            2 of 3 may be asked; 1 of 1 customers at least once
              1 stopped by: 1 in 90 days for transactional
        """
        asked = _read(candidates, self.caps)
        past = None if history is None else _read(history, self.caps, arrived=True)
        if not asked.times.size:
            raise DataError("there is no candidate: nobody to decide about.")
        log: dict[Label, list[tuple[float, Label, Label]]] = {}
        if past is not None and past.times.size:
            if past.times.max() > asked.times.min():
                raise DataError(
                    "the history holds invitations later than the first candidate: hand over what "
                    "was sent before, or all of it as candidates."
                )
            order = np.argsort(past.times, kind="stable")
            for row in order.tolist():
                log.setdefault(past.customer[row], []).append(past.entry(row))
        barred = {who: reason for reason, names in self.excluded.items() for who in names}
        rank = {survey: place for place, survey in enumerate(self.priority)}
        turn = np.array([rank.get(str(survey), len(rank)) for survey in asked.survey])
        reasons = [""] * len(asked.times)
        for row in np.lexsort((turn, asked.times)).tolist():
            who, entry = asked.customer[row], asked.entry(row)
            own = log.setdefault(who, [])
            reasons[row] = barred.get(who) or self._stops(own, entry)
            if not reasons[row]:
                own.append(entry)
        return _selection(asked, reasons)

    def _stops(
        self, log: list[tuple[float, Label, Label]], entry: tuple[float, Label, Label]
    ) -> str:
        """Return the cap that forbids an invitation after those of the log, or nothing."""
        time, survey, channel = entry
        for cap in self.caps:
            if cap.survey not in {None, survey} or cap.channel not in {None, channel}:
                continue
            counted = 0
            for then, other, way in reversed(log):
                if time - then >= cap.days * DAY:
                    break
                same = cap.counting == "any" or other == survey
                counted += same and (cap.channel is None or way == cap.channel)
            if counted >= cap.most:
                return str(cap)
        return ""


@frozen(eq=False, kw_only=True)
class Selection:
    """Which planned invitations may be sent.

    Attributes:
        allowed: shape (rows,), in the order of the candidates.
        reason: shape (rows,): the rule that stops it; empty where it is allowed.
        inclusion: shape (rows,): the part of the contacts of this customer and survey that may be
            asked about: the inclusion probability that the rules imply.
        customers: how many customers are among the candidates.
        reached: how many of them may be asked at least once.
        stopped: how many invitations each rule stops.
    """

    allowed: NDArray[np.bool_]
    reason: tuple[str, ...]
    inclusion: Floats
    customers: int
    reached: int
    stopped: Mapping[str, int]

    @property
    def weights(self) -> Floats:
        """Shape (rows,): 1 over the inclusion probability; 0 where it may not be sent."""
        return np.divide(1.0, self.inclusion, out=np.zeros(len(self.inclusion)), where=self.allowed)

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """What a user of the sample has to know."""
        own = self.weights[self.allowed]
        if not own.size:
            return (Caution("NO_ANSWERS", "nobody may be asked under these rules."),)
        deff = float(own.size * (own**2).sum() / own.sum() ** 2)
        if deff <= 2:
            return ()
        return (
            Caution(
                "EXTREME_WEIGHTS",
                f"the weights that undo the rules multiply the variance by {deff:.1f}.",
            ),
        )

    def to_native(self, backend: str = "polars") -> Any:
        """Return one row a candidate: `allowed`, `reason`, `inclusion`, `weight`."""
        return to_frame(
            {
                "allowed": self.allowed.tolist(),
                "reason": list(self.reason),
                "inclusion": self.inclusion.tolist(),
                "weight": self.weights.tolist(),
            },
            backend,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values, without the rows."""
        return {
            "planned": len(self.allowed),
            "allowed": int(self.allowed.sum()),
            "customers": self.customers,
            "reached": self.reached,
            "stopped": dict(self.stopped),
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __str__(self) -> str:
        sent = f"{int(self.allowed.sum()):,} of {len(self.allowed):,} may be asked"
        reached = f"{self.reached:,} of {self.customers:,} customers at least once"
        lines = [
            f"{sent}; {reached}",
            *(f"  {many:,} stopped by: {rule}" for rule, many in self.stopped.items()),
            *(f"  ! {caution}" for caution in self.cautions),
        ]
        return "\n".join(lines)


@frozen(eq=False, kw_only=True)
class _Asked:
    customer: list[Label]
    survey: list[Label]
    channel: list[Label]
    times: Floats

    def entry(self, row: int) -> tuple[float, Label, Label]:
        return float(self.times[row]), self.survey[row], self.channel[row]


def _read(data: Any, caps: tuple[Cap, ...], *, arrived: bool = False) -> _Asked:
    ways = ["channel"] if any(cap.channel is not None for cap in caps) else []
    columns = named(
        data, ["customer", "survey", "sent_at", *ways], maybe=("delivered",) if arrived else ()
    )
    times = seconds(columns["sent_at"], "sent_at")
    keep = np.ones(len(times), dtype=bool)
    if "delivered" in columns and given(columns["delivered"]).any():
        keep = truths(columns["delivered"], "delivered") != 0

    def column(name: str) -> list[Label]:
        own = customers(columns[name]) if name == "customer" else encode(columns[name])
        return [own.labels[code] for code in own.codes[keep].tolist()]

    return _Asked(
        customer=column("customer"),
        survey=column("survey"),
        channel=column("channel") if ways else [None] * int(keep.sum()),
        times=times[keep],
    )


def _selection(asked: _Asked, reasons: list[str]) -> Selection:
    allowed = np.array([not reason for reason in reasons])
    planned: Counter[tuple[Label, Label]] = Counter()
    granted: Counter[tuple[Label, Label]] = Counter()
    keys = list(zip(asked.customer, asked.survey, strict=True))
    for key, yes in zip(keys, allowed.tolist(), strict=True):
        planned[key] += 1
        granted[key] += yes
    return Selection(
        allowed=allowed,
        reason=tuple(reasons),
        inclusion=np.array([granted[key] / planned[key] for key in keys]),
        customers=len(set(asked.customer)),
        reached=len({key[0] for key, many in granted.items() if many}),
        stopped=dict(Counter(reason for reason in reasons if reason).most_common()),
    )
