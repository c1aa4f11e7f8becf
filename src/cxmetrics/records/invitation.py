"""The invitation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from attrs import field, frozen

from cxmetrics import rules
from cxmetrics.records._base import NO_DIMS, Record, Scalar, frozen_map, together


@frozen(kw_only=True, field_transformer=together)
class Invitation(Record):
    """One customer was asked to answer a survey (FR: sollicitation).

    Invitations, answered or not, give the response rate (FR: taux de réponse) and the contact
    pressure (FR: pression de sollicitation).

    Attributes:
        id: the invitation's id.
        customer: the customer's id.
        survey: the id of the survey (FR: enquête).
        sent_at: when it was sent.
        channel: the way it was sent (FR: canal).
        delivered: whether it arrived; None where that is not known.
        answered_at: when it was answered, not before `sent_at`; None where it was not.
        touchpoint: the id of the touchpoint (FR: point de contact) it asks about.
        dims: anything else to group by.

    Raises:
        RecordError: a value breaks the rule of its field.

    Example:
        >>> from datetime import UTC, datetime
        >>> sent = datetime(2026, 3, 1, tzinfo=UTC)
        >>> Invitation(id="v1", customer="c1", survey="s1", sent_at=sent).delivered is None
        True
    """

    id: str = field(validator=rules.not_blank)
    customer: str = field(validator=rules.not_blank)
    survey: str = field(validator=rules.not_blank)
    sent_at: datetime = field(validator=rules.aware)
    channel: str | None = field(default=None, validator=rules.optional(rules.not_blank))
    delivered: bool | None = field(default=None, validator=rules.optional(rules.boolean))
    answered_at: datetime | None = field(
        default=None, validator=rules.optional(rules.aware, rules.not_before("sent_at"))
    )
    touchpoint: str | None = field(default=None, validator=rules.optional(rules.not_blank))
    dims: Mapping[str, Scalar] = field(default=NO_DIMS, converter=frozen_map, validator=rules.dims)
