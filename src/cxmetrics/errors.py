"""Every exception the library raises, and the codes of its cautions.

```
CxError
├── DataError                 the data can't be measured as they are
│   ├── ScaleError            a rating is not a point of its scale
│   ├── ColumnError           a column is missing or has the wrong kind of values
│   ├── RecordError           one record breaks a rule
│   ├── InvalidRecordsError   a batch has offenders; `.report` lists them by rule
│   ├── MergeError            two summaries can't be added
│   └── IntervalError         too few answers for an interval
├── UsageError                a call asks for something that does not exist or makes no sense
├── NotFoundError             an unknown name; says the close ones
├── PluginError               a plugin can't be used
│   ├── PluginLoadError       it failed to load, or wants another hook API
│   └── PluginConflictError   two claim one name; both are named
├── SourceError               a source can't be read, by what the caller can do about it
│   ├── ConfigError           correct the configuration
│   ├── AuthError             the vendor refuses the credentials: renew them
│   ├── RetryError            come back at `.resume_at`; what was read is kept
│   ├── RefusedError          the vendor refuses the request (4xx): it is not repeated
│   ├── TransportError        the network or the vendor failed, and again after every try
│   ├── DriftError            an answer does not look as documented; `.path` is its JSON path
│   ├── PagingError           the walk loops, ends early or moved while it was read
│   ├── OriginError           an address leads to another host: never contacted
│   └── LimitError            an answer or a walk is larger or slower than allowed
└── StoreError                the store can't be used
    ├── StoreLockedError      somebody else is pulling into it
    ├── StoreVersionError     it was written by a newer cxmetrics
    └── StoreDamagedError     what it holds is not what was written
```

A *caution* is not an exception: it is data on a result (`Score.cautions`), printed, serialised
and shown in reports. A number that needs care is still a number.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal, get_args

from attrs import frozen


class CxError(Exception):
    """Base of every error the library raises on purpose."""


class DataError(CxError, ValueError):
    """The data can't be measured as they are."""


class ScaleError(DataError):
    """A rating is not a point of its scale, or a metric does not fit the scale."""


class ColumnError(DataError):
    """A column is missing, or holds the wrong kind of values."""


class RecordError(DataError):
    """One record breaks a rule of its class.

    Attributes:
        reason: the message without the value: what is kept of a record that a source delivers,
            where no personal data may be told.
    """

    def __init__(self, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason


class InvalidRecordsError(DataError):
    """A batch holds records that break rules.

    Attributes:
        report: the offenders, counted by rule.
    """

    def __init__(self, message: str, report: object) -> None:
        super().__init__(message)
        self.report = report


class MergeError(DataError):
    """Two summaries can't be added or subtracted without losing the truth."""


class IntervalError(DataError):
    """There are too few answers for an interval."""


class UsageError(CxError, ValueError):
    """A call asks for something that does not exist or makes no sense."""


class NotFoundError(CxError, LookupError):
    """No object of that name is known."""


class PluginError(CxError):
    """A plugin can't be used."""


class PluginLoadError(PluginError):
    """A plugin failed to load, or was written for another hook API."""


class PluginConflictError(PluginError):
    """Two plugins claim the same name."""


class SourceError(CxError):
    """A source can't be read.

    No message holds a secret or a query; of an answer that is refused it shows the first 200
    characters at most, secrets and mail addresses taken out.
    """


class ConfigError(SourceError, ValueError):
    """The configuration of a source is incomplete or wrong: correct it."""


class AuthError(SourceError):
    """The vendor refuses the credentials: renew them."""


class RetryError(SourceError):
    """The vendor is to be left alone for a while; what was read so far is kept.

    Attributes:
        resume_at: when it may be asked again, aware.
    """

    def __init__(self, message: str, resume_at: datetime) -> None:
        super().__init__(message)
        self.resume_at = resume_at


class RefusedError(SourceError):
    """The vendor refuses a request for good.

    Attributes:
        status: the HTTP status.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class TransportError(SourceError):
    """The network or the vendor failed, and again after every try."""


class DriftError(SourceError, ValueError):
    """An answer of the vendor does not have the documented shape.

    Attributes:
        path: the JSON path of what is missing or of another kind, such as `$.result.status`.
    """

    def __init__(self, message: str, path: str) -> None:
        super().__init__(message)
        self.path = path


class PagingError(SourceError):
    """A walk over pages loops, ends before the vendor's own total, or moved while it was read."""


class OriginError(SourceError):
    """An address leads to another origin than the configured one: it was not contacted."""


class LimitError(SourceError):
    """An answer or a walk is larger or slower than allowed."""


class StoreError(CxError):
    """The store can't be used."""


class StoreLockedError(StoreError):
    """Somebody else is pulling into the store."""


class StoreVersionError(StoreError):
    """The store was written by a newer cxmetrics, or by another program."""


class StoreDamagedError(StoreError):
    """What the store holds is not what was written."""


CautionCode = Literal[
    "NO_ANSWERS",
    "NO_INTERVAL",
    "SMALL_SAMPLE",
    "LOW_EFFECTIVE_N",
    "EXTREME_WEIGHTS",
    "UNANIMOUS",
    "OFF_SCALE",
    "NONSTANDARD_SCALE",
    "SUSPECT_SCALE",
    "SUPPRESSED",
    "INCOMPLETE_DATA",
    "NOT_CONVERGED",
    "NEGATIVE_WEIGHTS",
    "INCOMPLETE_ROWS",
    "COLLINEAR",
    "SUPPRESSOR",
    "REVERSED_ITEM",
    "NO_COMMON_FACTOR",
    "AMBIGUOUS_CATEGORY",
    "CONVERTED_SCALE",
    "EMPTY_PERIOD",
    "UNDATED",
    "SHORT_SERIES",
    "FLAT_SERIES",
    "SEGMENT_ONCE",
    "MIX_SHIFT",
    "TRENDING",
    "ECOLOGICAL",
    "UNMATCHED",
    "FEW_EVENTS",
    "POOR_FIT",
    "CENSORED",
    "SIMULTANEOUS",
    "UNSTABLE",
    "LOW_COVERAGE",
    "NO_STRUCTURE",
    "SPARSE",
    "UNKNOWN_STAGE",
    "SURVIVORS",
    "IMPUTED",
    "LOW_RELIABILITY",
    "SELF_SELECTED",
    "PANEL_CONDITIONING",
    "POOLED_TIMING",
    "DIFFERENT_WORDING",
    "DECLARED_FIGURE",
    "RATIO_ABOVE_ONE",
    "UNBOUNDED",
    "DISAGREEMENT",
    "UNKNOWN_LANGUAGE",
    "NOT_EVALUATED",
]
"""What a caution can be about; new codes may be added, none is renamed."""

CAUTION_CODES: Final[tuple[str, ...]] = get_args(CautionCode)


@frozen
class Caution:
    """Something a reader of the number has to know.

    Attributes:
        code: one of `CAUTION_CODES`; stable, for programs.
        message: a sentence, for people.

    Example:
        >>> str(Caution("SMALL_SAMPLE", "12 answers: under 30, read the interval, not the score."))
        'SMALL_SAMPLE: 12 answers: under 30, read the interval, not the score.'
    """

    code: CautionCode
    message: str

    def to_dict(self) -> dict[str, str]:
        """Return JSON-ready values."""
        return {"code": self.code, "message": self.message}

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the half-sentence that names the close matches of an unknown name.

    Example:
        >>> did_you_mean("recomend", ["wave", "recommend"])
        "did you mean 'recommend'? Known: recommend, wave."
    """
    names = sorted(set(known))
    close = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
    shown = ", ".join(names[:30]) + (", …" if len(names) > 30 else "")
    listing = f"Known: {shown}." if names else "None is known."
    if not close:
        return listing
    return f"did you mean {' or '.join(map(repr, close))}? {listing}"
