"""The persona."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from cxmetrics import rules
from cxmetrics.records._base import (
    NO_DIMS,
    Record,
    Scalar,
    frozen_map,
    frozen_tuple,
    names,
    together,
)


@frozen(kw_only=True, field_transformer=together)
class Persona(Record):
    """A typical customer a team designs for (FR: persona, client type).

    Attributes:
        id: the persona's id, which `Customer.persona` names.
        name: what the team calls it.
        description: who it is, in a few sentences; may be empty.
        goals: what it wants to get done (FR: objectifs).
        dims: anything else to group by.

    Raises:
        RecordError: a value breaks the rule of its field.

    Example:
        >>> Persona(id="p1", name="Frequent flyer", goals=["board fast"]).goals
        ('board fast',)
    """

    id: str = field(validator=rules.not_blank)
    name: str = field(validator=rules.not_blank)
    description: str = field(default="", validator=rules.text)
    goals: tuple[str, ...] = field(default=(), converter=frozen_tuple, validator=names)
    dims: Mapping[str, Scalar] = field(default=NO_DIMS, converter=frozen_map, validator=rules.dims)
