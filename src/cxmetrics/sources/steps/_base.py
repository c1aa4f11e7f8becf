"""What a step is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from attrs import frozen

from cxmetrics.sources._base import Stream, StreamName

Fields = dict[str, Any]
"""The values of one record by field, as its class takes them; not checked yet."""

_DEEPEST = 64


@frozen
class Step:
    """What happens to records between a source and the store; base of every step.

    Subclasses are small frozen attrs classes. What a step does twice must be what it does once:
    an object that was refused is read again, through the same steps, after an upgrade.

    Attributes:
        name: what users call it.
    """

    name: ClassVar[str] = ""

    def begin(self, stream: Stream) -> Step:  # noqa: ARG002  # for subclasses
        """Return the step for one walk: itself, unless it remembers records.

        Raises:
            UsageError: it can't do what it is to do with records of this stream.
        """
        return self

    def apply(self, stream: StreamName, fields: Fields) -> str | None:
        """Change the values of a record in place, or say why it is left out.

        Args:
            stream: what kind of record it is.
            fields: its values, as the source gave them: they may still break rules.

        Returns:
            None to keep the record, or the reason to leave it out, which is counted.
        """
        raise NotImplementedError

    def ident(self, stream: StreamName, ident: str) -> str:  # noqa: ARG002  # for subclasses
        """Return what to call an object of the vendor by in the store."""
        return ident

    def raw(
        self,
        stream: StreamName,  # noqa: ARG002  # for subclasses
        value: Any,
        records: Sequence[Mapping[str, Any]],  # noqa: ARG002  # for subclasses
    ) -> Any:
        """Return an object that is refused as it may be kept.

        Args:
            stream: the stream it is of.
            value: JSON values, as the vendor sent them.
            records: the fields of its records, as far as they could be read.
        """
        return value


def each_leaf(
    value: Any, change: Callable[[str, Any], Any], key: str = "", *, depth: int = 0
) -> Any:
    """Return JSON values with every text, number and truth in them changed.

    Args:
        value: JSON values; what is nested deeper than 64 is left out.
        change: from the key that leads to a leaf (of a list: to the list), and the leaf, to what
            takes its place.
        key: that leads to the value.
        depth: how deep the value is nested.
    """
    if depth > _DEEPEST:
        return None
    if isinstance(value, Mapping):
        return {k: each_leaf(item, change, str(k), depth=depth + 1) for k, item in value.items()}
    if isinstance(value, list | tuple):
        return [each_leaf(item, change, key, depth=depth + 1) for item in value]
    return change(key, value)


def plain_key(key: str) -> str:
    """Return a key without case and signs: `Requester_ID` and `requesterId` are one."""
    return "".join(filter(str.isalnum, key)).casefold()
