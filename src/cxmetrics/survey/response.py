"""Response rates: of those who were asked, how many answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import nan
from typing import Any, Literal

import numpy as np
from attrs import asdict, field, frozen

from cxmetrics.engines.arrays import joint_groups
from cxmetrics.engines.encode import encode
from cxmetrics.errors import DataError, IntervalError, UsageError, did_you_mean
from cxmetrics.metrics.text import label_text, level_text, limits
from cxmetrics.stats.intervals import Interval
from cxmetrics.stats.intervals.wilson import wilson
from cxmetrics.summaries import Key, Label
from cxmetrics.summaries.cube import to_frame
from cxmetrics.summaries.design import label_order
from cxmetrics.survey.asked import given, named, truths
from cxmetrics.survey.respondents import columns_of

Rate = Literal["RR1", "RR2", "RR3", "RR4", "RR5", "RR6"]

_PARTIAL = {"RR2", "RR4", "RR6"}
_RATES = ("RR1", "RR2", "RR3", "RR4", "RR5", "RR6")


def _whole(_: object, attribute: Any, value: float) -> None:
    if not value >= 0 or int(value) != value:
        raise UsageError(f"{attribute.name} is a number of cases, not {value!r}.")


@frozen(kw_only=True)
class Dispositions:
    """What became of the invitations (AAPOR Standard Definitions, 10th edition 2023).

    Attributes:
        complete: answered in full (I).
        partial: answered in part (P).
        refused: said no (R).
        not_reached: arrived, no answer (NC).
        other: arrived, could not answer (O).
        unknown: not known whether they arrived (UH + UO).
        bounced: did not arrive: not eligible, in no rate.

    Example:
        >>> mail = Dispositions(complete=180, partial=20, not_reached=700, unknown=100, bounced=50)
        >>> mail.rate(), round(mail.rate("RR3", eligible=0.9), 4), mail.completion
        (0.18, 0.1818, 0.9)
        >>> print(mail)
        response rate 18.0 %  (RR1; 95 % interval 15.7 to 20.5 %; 1,000 asked, 50 bounced apart)
          complete 180 · partial 20 · not_reached 700 · unknown 100; completion 90.0 %
    """

    complete: int = field(default=0, validator=_whole)
    partial: int = field(default=0, validator=_whole)
    refused: int = field(default=0, validator=_whole)
    not_reached: int = field(default=0, validator=_whole)
    other: int = field(default=0, validator=_whole)
    unknown: int = field(default=0, validator=_whole)
    bounced: int = field(default=0, validator=_whole)

    @property
    def asked(self) -> int:
        """Invitations that arrived, or may have: the base of RR1."""
        return self._eligible + self.unknown

    @property
    def _eligible(self) -> int:
        return self.complete + self.partial + self.refused + self.not_reached + self.other

    def _parts(self, kind: str, eligible: float | None) -> tuple[int, float]:
        if kind not in _RATES:
            raise UsageError(f"no response rate {kind!r}; {did_you_mean(kind, _RATES)}")
        if kind in {"RR3", "RR4"}:
            if eligible is None or not 0 <= eligible <= 1:
                raise UsageError(
                    f"{kind} needs the share of unknown cases that are eligible: eligible=0.9."
                )
        else:
            eligible = 0.0 if kind in {"RR5", "RR6"} else 1.0
        answers = self.complete + (self.partial if kind in _PARTIAL else 0)
        return answers, self._eligible + eligible * self.unknown

    def rate(self, kind: Rate = "RR1", *, eligible: float | None = None) -> float:
        """Return an AAPOR response rate, 0 to 1; NaN where nobody was asked.

        `RR1 = I / ((I + P) + (R + NC + O) + (UH + UO))`, the lowest; RR2 also counts partial
        answers; RR3 and RR4 take only the eligible part of the unknown cases; RR5 and RR6 none.

        Args:
            kind: the AAPOR name.
            eligible: for RR3 and RR4: the share of unknown cases that are eligible.

        Raises:
            UsageError: the kind is unknown, or `eligible` is missing.
        """
        answers, base = self._parts(kind, eligible)
        return answers / base if base else nan

    @property
    def completion(self) -> float:
        """Of those who began, the share that finished; NaN where nobody did."""
        began = self.complete + self.partial
        return self.complete / began if began else nan

    def interval(
        self, level: float = 0.95, *, kind: Rate = "RR1", eligible: float | None = None
    ) -> Interval:
        """Return the Wilson interval of a response rate, in percent.

        Raises:
            IntervalError: fewer than 2 were asked.
        """
        answers, base = self._parts(kind, eligible)
        if base < 2:
            raise IntervalError(f"an interval needs at least 2 invitations; there are {base:g}.")
        low, high = wilson(answers, base, level=level)
        return Interval(100 * low, 100 * high, level, "wilson")

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values; undefined ones are None."""
        kinds: tuple[Rate, ...] = ("RR1", "RR2", "RR5", "RR6")
        rates = {kind.lower(): self.rate(kind) for kind in kinds}
        rates["completion"] = self.completion
        known = {name: None if np.isnan(value) else value for name, value in rates.items()}
        interval = self.interval().to_dict() if self.asked > 1 else None
        return {**asdict(self), "asked": self.asked, **known, "interval": interval}

    def __str__(self) -> str:
        bounced = f", {self.bounced:,} bounced apart" if self.bounced else ""
        if not self.asked:
            return f"response rate not defined  (nobody was asked{bounced})"
        about = "no interval"
        if self.asked > 1:
            own = self.interval()
            interval = limits(own.low, own.high, "percent")
            about = f"{level_text(own.level)} interval {interval}"
        parts = [
            f"{name} {value:,}"
            for name, value in asdict(self).items()
            if value and name != "bounced"
        ]
        completion = f"; completion {100 * self.completion:.1f} %" if self.partial else ""
        return (
            f"response rate {100 * self.rate():.1f} %  (RR1; {about}; {self.asked:,} asked"
            f"{bounced})\n  {' · '.join(parts)}{completion}"
        )


@frozen(eq=False, kw_only=True)
class ResponseRates(Mapping[Key, Dispositions]):
    """Response rates by group: a mapping from group to `Dispositions`.

    Attributes:
        dims: the columns.
        groups: the dispositions of each group.
    """

    dims: tuple[str, ...]
    groups: Mapping[Key, Dispositions]

    def __getitem__(self, key: Key) -> Dispositions:
        return self.groups[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self.groups)

    def __len__(self) -> int:
        return len(self.groups)

    @property
    def overall(self) -> Dispositions:
        """All groups together."""
        names = asdict(Dispositions())
        return Dispositions(**{n: sum(getattr(g, n) for g in self.values()) for n in names})

    def _labels(self, key: Key) -> tuple[Label, ...]:
        return key if isinstance(key, tuple) else (key,)

    def to_native(self, backend: str = "polars") -> Any:
        """Return one row a group, in the data frame library of your choice."""
        rows = []
        for key, own in self.items():
            row = own.to_dict()
            interval = row.pop("interval") or {"low": None, "high": None}
            labels = dict(zip(self.dims, self._labels(key), strict=True))
            rows.append({**labels, **row, "low": interval["low"], "high": interval["high"]})
        return to_frame({name: [row[name] for row in rows] for name in rows[0]}, backend)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "dims": list(self.dims),
            "groups": [{"group": list(self._labels(k)), **v.to_dict()} for k, v in self.items()],
            "overall": self.overall.to_dict(),
        }

    def __str__(self) -> str:
        names = [" · ".join(map(label_text, self._labels(key))) for key in self]
        width = max(map(len, [*names, "all"]))
        shown = [*zip(names, self.values(), strict=True), ("all", self.overall)]
        return "\n".join(f"{name.ljust(width)}  {str(own).splitlines()[0]}" for name, own in shown)


def response_rates(
    invitations: Any, *, by: str | Sequence[str] = (), complete: str | None = None
) -> ResponseRates:
    """Count what became of invitations, by group (FR: taux de réponse).

    Invitations with `delivered` false bounced: they are counted apart, in no rate. Where it is not
    known whether they arrived, they stay in the base of RR1, which is then the lowest rate that the
    data allow. AAPOR 2023, Standard Definitions, 10th edition.

    Args:
        invitations: a `Batch` of `Invitation`, or rows with their columns: `answered_at`, and
            `delivered` if it is known.
        by: the columns that make groups, such as `channel`.
        complete: the column that says whether an answer is complete; without one every answer is.

    Raises:
        ColumnError: a column is missing.
        DataError: there is no invitation, or one bounced and was answered.

    Example:
        >>> from datetime import datetime
        >>> yes = datetime(2026, 3, 2)
        >>> asked = {"answered_at": [yes, None, None, yes, None], "delivered": [True] * 4 + [False],
        ...          "channel": ["sms", "sms", "email", "email", "email"]}
        >>> print(response_rates(asked, by="channel"))
        email  response rate 50.0 %  (RR1; 95 % interval 9.5 to 90.5 %; 2 asked, 1 bounced apart)
        sms    response rate 50.0 %  (RR1; 95 % interval 9.5 to 90.5 %; 2 asked)
        all    response rate 50.0 %  (RR1; 95 % interval 15.0 to 85.0 %; 4 asked, 1 bounced apart)
    """
    dims = (by,) if isinstance(by, str) else tuple(by)
    columns = named(invitations, ["answered_at", *dims], maybe=("delivered",))
    answered = given(columns["answered_at"])
    if not answered.size:
        raise DataError("there is no invitation, so there is no response rate.")
    whole = answered.copy()
    if complete is not None:
        finished = truths(columns_of(invitations, [complete])[complete], complete)
        whole &= finished == 1
    delivered = np.ones(len(answered))
    if "delivered" in columns:
        delivered = truths(columns["delivered"], "delivered")
    bounced = delivered == 0
    if (bounced & answered).any():
        row = int((bounced & answered).argmax())
        raise DataError(f"row {row} was answered though it was not delivered: correct one of them.")
    state = np.select([whole, answered, bounced, np.isnan(delivered)], [0, 1, 3, 4], default=2)
    code, labels = joint_groups([encode(columns[dim]) for dim in dims], len(answered))
    group = np.zeros(len(answered), np.int64) if code is None else code.astype(np.int64)
    table = np.bincount(group * 5 + state, minlength=len(labels) * 5).reshape(-1, 5)
    present = [place for place in range(len(labels)) if table[place].any()]
    present.sort(key=lambda place: [label_order(label) for label in labels[place]])
    found = {}
    for place in present:
        own = table[place].tolist()
        key: Key = labels[place][0] if len(dims) == 1 else labels[place]
        found[key] = Dispositions(
            complete=own[0], partial=own[1], not_reached=own[2], bounced=own[3], unknown=own[4]
        )
    return ResponseRates(dims=dims, groups=found)
