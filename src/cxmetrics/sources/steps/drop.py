"""Drop: leave fields away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

import attrs
from attrs import field, frozen

from cxmetrics.errors import UsageError
from cxmetrics.records._base import fields_of
from cxmetrics.sources._base import Stream, StreamName
from cxmetrics.sources.steps._base import Fields, Step, each_leaf, plain_key

_ALIKE: Final[Mapping[str, tuple[str, ...]]] = {
    "verbatim": (
        *("verbatim", "comment", "comments", "text", "feedback", "remark", "message", "content"),
        *("body", "txt", "freetext", "opentext", "commentaire", "title", "subject", "description"),
    ),
}
"""What vendors call a field, without case and signs."""


@frozen
class Drop(Step):
    """Leave fields or dims away: what is not kept can't leak.

    An object that is refused loses the values of these fields too, as far as it could be read, and
    what stands under keys of their names; for verbatims also under "comment", "text", "feedback"
    and the like. Say with `keys` what else your vendor calls them.

    Attributes:
        fields: names of fields, such as "verbatim", or of dims.
        keys: more keys to clear in objects that are refused.

    Raises:
        UsageError: no field is named, or a stream can't do without one.

    Example:
        >>> answer = {"id": "r1", "verbatim": "Bien", "dims": {"agent": "Ana", "shop": "Lyon"}}
        >>> Drop(["verbatim", "agent"]).apply("responses", answer)
        >>> answer
        {'id': 'r1', 'dims': {'shop': 'Lyon'}}
    """

    name: ClassVar[str] = "drop"

    fields: tuple[str, ...] = field(converter=tuple, validator=attrs.validators.min_len(1))
    keys: tuple[str, ...] = field(default=(), converter=tuple, kw_only=True)

    def begin(self, stream: Stream) -> Drop:
        """Refuse a field that the records of a stream can't do without."""
        for name, each in fields_of(stream.record).items():
            if name in self.fields and each.default is attrs.NOTHING:
                raise UsageError(f"{stream.name} need their {name}: it can't be dropped.")
        return self

    def apply(self, stream: StreamName, fields: Fields) -> None:  # noqa: ARG002
        """Take the fields out."""
        for name in self.fields:
            fields.pop(name, None)
        dims = fields.get("dims")
        if dims and isinstance(dims, Mapping):
            fields["dims"] = {k: value for k, value in dims.items() if k not in self.fields}

    def raw(
        self,
        stream: StreamName,  # noqa: ARG002
        value: Any,
        records: Sequence[Mapping[str, Any]],
    ) -> Any:
        """Clear the values of the fields, wherever they stand, and what is called like them."""
        told = [text for record in records for text in self._values(record)]
        named = {
            plain_key(key) for name in self.fields for key in (name, *_ALIKE.get(name, ()))
        } | set(map(plain_key, self.keys))

        def change(key: str, leaf: Any) -> Any:
            return None if leaf in told or plain_key(key) in named else leaf

        return each_leaf(value, change)

    def _values(self, record: Mapping[str, Any]) -> list[str]:
        dims = record.get("dims")
        places = [record, dims] if isinstance(dims, Mapping) else [record]
        found = (place.get(name) for place in places for name in self.fields)
        return [value for value in found if isinstance(value, str) and value]


STEPS = (Drop,)
