"""The response."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, cast

from attrs import field, frozen

from cxmetrics import rules
from cxmetrics.records._base import NO_DIMS, Record, Scalar, frozen_map, together
from cxmetrics.scale import Scale


def _scale(value: Scale | str) -> Scale:
    """Read a scale from its text; a text that is none is left for the rule to refuse."""
    return cast(Scale, (rules.scale_of(value) or value) if isinstance(value, str) else value)


@frozen(kw_only=True, field_transformer=together)
class Response(Record):
    """One answer to one question (FR: réponse).

    Attributes:
        id: the response's id.
        rating: the point of the scale that was given (FR: note); None where the question was
            not answered, which is not a zero.
        scale: the scale the question offers, or its text such as "0:10" (FR: échelle).
        question: the name of the question or its metric: "nps", "csat", "ces2".
        customer: the customer's id; None for an anonymous answer.
        respondent: who answers: "customer", or "employee" for the symmetry of attentions
            (FR: symétrie des attentions).
        verbatim: the comment, in the words of the customer (FR: verbatim); the place to look
            for small repeated annoyances (FR: irritants).
        language: the language of the verbatim, as a BCP 47 tag: "en", "fr-CA".
        weight: what the answer counts for (FR: pondération, redressement), 0 or more.
        asked_at: when the question was asked.
        answered_at: when it was answered, not before `asked_at`.
        touchpoint: the id of the touchpoint (FR: point de contact) it is about.
        interaction: the id of the interaction it is about.
        dims: anything else to group by: country, wave, segment.

    Raises:
        RecordError: a value breaks the rule of its field.

    Example:
        >>> from cxmetrics.scale import zero_to_ten
        >>> answer = Response(id="r1", rating=9, scale=zero_to_ten, verbatim="Très bien")
        >>> Response.from_dict(answer.to_dict()) == answer
        True
        >>> Response(id="r2", rating=11, scale=zero_to_ten)
        Traceback (most recent call last):
        cxmetrics.errors.RecordError: Response.rating must be a point of the row's scale, not 11.
    """

    id: str = field(validator=rules.not_blank)
    rating: float | None = field(validator=rules.optional(rules.finite, rules.on_scale("scale")))
    scale: Scale = field(converter=_scale, validator=rules.is_scale)
    question: str | None = field(default=None, validator=rules.optional(rules.not_blank))
    customer: str | None = field(default=None, validator=rules.optional(rules.not_blank))
    respondent: Literal["customer", "employee"] = field(
        default="customer", validator=rules.one_of("customer", "employee")
    )
    verbatim: str | None = field(default=None, validator=rules.optional(rules.text))
    language: str | None = field(default=None, validator=rules.optional(rules.language))
    weight: float = field(default=1.0, validator=rules.at_least(0))
    asked_at: datetime | None = field(default=None, validator=rules.optional(rules.aware))
    answered_at: datetime | None = field(
        default=None, validator=rules.optional(rules.aware, rules.not_before("asked_at"))
    )
    touchpoint: str | None = field(default=None, validator=rules.optional(rules.not_blank))
    interaction: str | None = field(default=None, validator=rules.optional(rules.not_blank))
    dims: Mapping[str, Scalar] = field(default=NO_DIMS, converter=frozen_map, validator=rules.dims)
