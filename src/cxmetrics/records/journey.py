"""The journey, and two that are ready made."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from cxmetrics import rules
from cxmetrics.records._base import (
    NO_DIMS,
    FrozenMap,
    Record,
    Scalar,
    frozen_map,
    frozen_tuple,
    is_names,
    together,
)

_stages = rules.Rule(
    code="stages",
    message="must be a list of at least one stage, none blank or given twice",
    holds=lambda value, _: is_names(value) and 0 < len(value) == len(set(value)),
)
_labels = rules.Rule(
    code="labels",
    message="must map language tags to one text a stage",
    holds=lambda value, stages: (
        isinstance(value, Mapping)
        and is_names(stages)
        and not any(rules.language.breaks(tag) for tag in value)
        and all(is_names(texts) and len(texts) == len(stages) for texts in value.values())
    ),
    beside="stages",
)


@frozen(kw_only=True, field_transformer=together)
class Journey(Record):
    """The stages customers go through, in their usual order (FR: parcours client).

    It is the vocabulary, not a path: on a real path a stage may repeat or be left out.

    Attributes:
        id: the journey's id, which `Interaction.journey` names.
        name: what people call it.
        stages: the stages (FR: étapes) in their usual order, distinct, at least one.
        labels: by language tag, one text a stage for pictures and reports.
        dims: anything else to group by.

    Raises:
        RecordError: a value breaks the rule of its field.

    Example:
        >>> trip = Journey(id="trip", name="Trip", stages=["book", "fly"])
        >>> trip.stages
        ('book', 'fly')
        >>> five_a.labels["fr"][0]
        'découverte'
    """

    id: str = field(validator=rules.not_blank)
    name: str = field(validator=rules.not_blank)
    stages: tuple[str, ...] = field(converter=frozen_tuple, validator=_stages)
    labels: Mapping[str, tuple[str, ...]] = field(
        factory=FrozenMap, converter=frozen_map, validator=_labels
    )
    dims: Mapping[str, Scalar] = field(default=NO_DIMS, converter=frozen_map, validator=rules.dims)


five_a = Journey(
    id="five_a",
    name="Five A",
    stages=("aware", "appeal", "ask", "act", "advocate"),
    labels={"fr": ("découverte", "attrait", "recherche", "achat", "recommandation")},
)
"""The five A of Kotler, Kartajaya and Setiawan (2017): from hearing of a brand to advocating it."""

five_phases = Journey(
    id="five_phases",
    name="Five phases",
    stages=("anticipation", "purchase", "delivery", "use", "support"),
    labels={"fr": ("anticipation", "achat", "livraison", "utilisation", "SAV")},
)
"""The five phases of a purchase, from anticipation to support (FR: service après-vente, SAV)."""
