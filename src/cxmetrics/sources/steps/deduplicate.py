"""De-duplicate: leave out answers that were sent twice."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from attrs import field, frozen

from cxmetrics.errors import UsageError
from cxmetrics.sources._base import Stream, StreamName
from cxmetrics.sources.steps._base import Fields, Step

_MOST = 100_000


def _positive(_: object, __: object, value: timedelta) -> None:
    if value <= timedelta(0):
        raise UsageError("within= is longer than nothing.")


@frozen(kw_only=True)
class Deduplicate(Step):
    """Leave out answers that repeat another: a form sent twice, a survey answered again.

    An answer repeats another where customer, question, rating and verbatim are the same, and both
    were given shortly one after the other. The one that comes first from the source is kept.
    Answers without a customer or without a time are kept. Looked at are the last 100,000 answers
    of one pull: what an earlier pull brought is not seen, unless the increments overlap.

    Attributes:
        within: how far apart they may be.

    Raises:
        UsageError: `within` is not above zero.

    Example:
        >>> from datetime import UTC
        >>> from cxmetrics.sources import Stream
        >>> step = Deduplicate(within=timedelta(minutes=10)).begin(Stream(name="responses"))
        >>> noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
        >>> answer = {"customer": "c1", "question": "nps", "rating": 9, "answered_at": noon}
        >>> step.apply("responses", {**answer, "id": "r1"})
        >>> later = noon + timedelta(minutes=2)
        >>> step.apply("responses", {**answer, "id": "r2", "answered_at": later})
        'repeats another answer'
    """

    name: ClassVar[str] = "deduplicate"

    within: timedelta = field(default=timedelta(minutes=10), validator=_positive)
    _given: OrderedDict[Hashable, dict[Any, datetime]] = field(
        factory=OrderedDict, init=False, eq=False, repr=False
    )

    def begin(self, stream: Stream) -> Step:  # noqa: ARG002
        """Return a step that remembers nothing yet."""
        return Deduplicate(within=self.within)

    def apply(self, stream: StreamName, fields: Fields) -> str | None:
        """Leave out an answer that repeats one of this walk."""
        at, customer = fields.get("answered_at"), fields.get("customer")
        if stream != "responses" or customer is None or not isinstance(at, datetime):
            return None
        if at.utcoffset() is None:
            return None  # its rule says so
        key = (customer, *(fields.get(name) for name in ("question", "rating", "verbatim")))
        given = self._given.setdefault(hash(key), {})
        self._given.move_to_end(hash(key))
        own = fields.get("id")
        if any(id_ != own and abs(at - other) <= self.within for id_, other in given.items()):
            return "repeats another answer"
        given[own] = at
        if len(self._given) > _MOST:
            self._given.popitem(last=False)
        return None


STEPS = (Deduplicate,)
