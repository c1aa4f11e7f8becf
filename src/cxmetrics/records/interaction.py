"""The interaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from attrs import field, frozen

from cxmetrics import rules
from cxmetrics.records._base import NO_DIMS, Record, Scalar, frozen_map, together


@frozen(kw_only=True, field_transformer=together)
class Interaction(Record):
    """One contact of a customer with a touchpoint (FR: interaction, contact).

    Attributes:
        id: the interaction's id, which `Response.interaction` names.
        customer: the customer's id.
        touchpoint: the id of the touchpoint (FR: point de contact).
        at: when it happened.
        journey: the id of the journey (FR: parcours) it is part of.
        stage: the stage of that journey (FR: étape).
        channel: the way taken (FR: canal), where it is not the touchpoint's own.
        dims: anything else to group by.

    Raises:
        RecordError: a value breaks the rule of its field.

    Example:
        >>> from datetime import UTC, datetime
        >>> at = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
        >>> Interaction(id="i1", customer="c1", touchpoint="checkout", at=at).to_dict()["at"]
        '2026-03-01T09:30:00+00:00'
    """

    id: str = field(validator=rules.not_blank)
    customer: str = field(validator=rules.not_blank)
    touchpoint: str = field(validator=rules.not_blank)
    at: datetime = field(validator=rules.aware)
    journey: str | None = field(default=None, validator=rules.optional(rules.not_blank))
    stage: str | None = field(default=None, validator=rules.optional(rules.not_blank))
    channel: str | None = field(default=None, validator=rules.optional(rules.not_blank))
    dims: Mapping[str, Scalar] = field(default=NO_DIMS, converter=frozen_map, validator=rules.dims)
