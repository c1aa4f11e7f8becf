"""Label: say which touchpoint a record is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Self

from attrs import field, frozen

from cxmetrics.errors import UsageError
from cxmetrics.records import FrozenMap
from cxmetrics.records._base import fields_of
from cxmetrics.sources._base import Stream, StreamName
from cxmetrics.sources.steps._base import Fields, Step

_Rules = tuple[tuple[FrozenMap[Any], str], ...]


def _rules(given: Iterable[tuple[Mapping[str, Any], str]]) -> _Rules:
    return tuple((FrozenMap(dict(when)), touchpoint) for when, touchpoint in given)


def _named(_: object, __: object, rules: _Rules) -> None:
    for _when, touchpoint in rules:
        if not touchpoint.strip():
            raise UsageError("a touchpoint is a text that is not blank.")


@frozen
class Label(Step):
    """Set the touchpoint of records that have none, by their fields and dims.

    Attributes:
        rules: pairs of conditions and touchpoint; the first whose conditions all hold decides. A
            condition is a field or dim and its value.
        replace: True to set it also where the source gave one.

    Raises:
        UsageError: a touchpoint is blank.

    Example:
        >>> label = Label([({"survey": "SV_1", "channel": "mail"}, "delivery")])
        >>> answer = {"question": "nps", "dims": {"survey": "SV_1", "channel": "mail"}}
        >>> label.apply("responses", answer)
        >>> answer["touchpoint"]
        'delivery'
    """

    name: ClassVar[str] = "label"

    rules: _Rules = field(converter=_rules, validator=_named)
    replace: bool = field(default=False, kw_only=True)

    @classmethod
    def by(cls, name: str, touchpoints: Mapping[Any, str]) -> Self:
        """Return the step that goes by one field or dim.

        Example:
            >>> Label.by("survey", {"SV_1": "delivery", "SV_2": "support"}).rules[1]
            ({'survey': 'SV_2'}, 'support')
        """
        return cls([({name: value}, touchpoint) for value, touchpoint in touchpoints.items()])

    def begin(self, stream: Stream) -> Step:
        """Leave streams alone whose records are about no touchpoint."""
        return self if "touchpoint" in fields_of(stream.record) else _NOTHING

    def apply(self, stream: StreamName, fields: Fields) -> None:  # noqa: ARG002
        """Set the touchpoint."""
        if fields.get("touchpoint") is not None and not self.replace:
            return
        dims = fields.get("dims")
        known = {**dims, **fields} if isinstance(dims, Mapping) else fields
        for when, touchpoint in self.rules:
            if all(name in known and known[name] == value for name, value in when.items()):
                fields["touchpoint"] = touchpoint
                return


_NOTHING = Label([])

STEPS = (Label,)
