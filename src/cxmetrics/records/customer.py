"""The customer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from attrs import field, frozen

from cxmetrics import rules
from cxmetrics.records._base import NO_DIMS, Record, Scalar, frozen_map, together


@frozen(kw_only=True, field_transformer=together)
class Customer(Record):
    """A person or company whose experience is measured (FR: client).

    Attributes:
        id: the customer's id, pseudonymous where it can be.
        persona: the id of the persona (persona, client type) the customer is of.
        since: when the customer became one (FR: client depuis).
        dims: anything else to group by: country, plan, segment.

    Raises:
        RecordError: a value breaks the rule of its field.

    Example:
        >>> Customer(id="c1", persona="traveller", dims={"country": "FR"}).dims["country"]
        'FR'
    """

    id: str = field(validator=rules.not_blank)
    persona: str | None = field(default=None, validator=rules.optional(rules.not_blank))
    since: datetime | None = field(default=None, validator=rules.optional(rules.aware))
    dims: Mapping[str, Scalar] = field(default=NO_DIMS, converter=frozen_map, validator=rules.dims)
