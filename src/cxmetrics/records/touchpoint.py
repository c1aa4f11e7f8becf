"""The touchpoint."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from cxmetrics import rules
from cxmetrics.records._base import NO_DIMS, Record, Scalar, frozen_map, together


@frozen(kw_only=True, field_transformer=together)
class Touchpoint(Record):
    """A place where customer and company meet (FR: point de contact).

    Attributes:
        id: the touchpoint's id, which interactions and responses name.
        name: what people call it.
        channel: the way it is reached (FR: canal): "web", "shop", "phone".
        stage: the stage of the journey it belongs to (FR: étape).
        dims: anything else to group by.

    Raises:
        RecordError: a value breaks the rule of its field.

    Example:
        >>> Touchpoint(id="checkout", name="Checkout page", channel="web", stage="purchase").stage
        'purchase'
    """

    id: str = field(validator=rules.not_blank)
    name: str = field(validator=rules.not_blank)
    channel: str = field(validator=rules.not_blank)
    stage: str | None = field(default=None, validator=rules.optional(rules.not_blank))
    dims: Mapping[str, Scalar] = field(default=NO_DIMS, converter=frozen_map, validator=rules.dims)
