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
└── PluginError               a plugin failed to load, or two claim one name
```

A *caution* is not an exception: it is data on a result (`Score.cautions`), printed, serialised
and shown in reports. A number that needs care is still a number.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
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
    """One record breaks a rule of its class."""


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
    """A plugin failed to load, or two plugins claim the same name."""


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
