"""The outcome."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from attrs import field, frozen

from cxmetrics import rules
from cxmetrics.records._base import NO_DIMS, Record, Scalar, frozen_map, together


@frozen(kw_only=True, field_transformer=together)
class Outcome(Record):
    """What a customer did for the business afterwards (FR: résultat).

    Attributes:
        id: the outcome's id.
        customer: the customer's id.
        kind: what it is: "churn" (FR: attrition), "revenue" (FR: chiffre d'affaires),
            "repurchase" (FR: réachat).
        value: how much: money, a count, or 1 for yes and 0 for no.
        at: when it happened or was booked.
        dims: anything else to group by.

    Raises:
        RecordError: a value breaks the rule of its field.

    Example:
        >>> from datetime import UTC, datetime
        >>> at = datetime(2026, 6, 30, tzinfo=UTC)
        >>> Outcome(id="o1", customer="c1", kind="revenue", value=129.9, at=at).value
        129.9
    """

    id: str = field(validator=rules.not_blank)
    customer: str = field(validator=rules.not_blank)
    kind: str = field(validator=rules.not_blank)
    value: float = field(validator=rules.finite)
    at: datetime = field(validator=rules.aware)
    dims: Mapping[str, Scalar] = field(default=NO_DIMS, converter=frozen_map, validator=rules.dims)
