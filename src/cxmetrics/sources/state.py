"""Where a stream has been read to: small, and stored with the records."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Self

from attrs import frozen

from cxmetrics.sources._base import Mark


@frozen(kw_only=True)
class State:
    """Where a stream has been read to.

    Attributes:
        field: what the stream is followed by ("updated", "created", "id", "nothing").
        mark: the watermark: everything up to it has been read and stored; None before the first
            complete walk.
        at_mark: ids of objects whose mark is the watermark itself, none where they are many: they
            have to come again with the next increment, or the vendor's filter leaves them out.
        filters: the hash of the settings that decide which records come.
        version: of the adapter that read.
        resume: the cursor of the last stored page of a walk under way; None when it ended.
        seen: the highest mark on the walk under way; it becomes the watermark when the walk ends.
        start: the mark that the walk under way asked from; None for all.
        began: when the walk under way began: the watermark never passes it, because what changes
            during a walk may be missed by it.
        objects: how many distinct objects the stored pages of the walk under way had.
    """

    field: str
    mark: Mark | None = None
    at_mark: tuple[str, ...] = ()
    filters: str = ""
    version: int = 1
    resume: Any = None
    seen: Mark | None = None
    start: Mark | None = None
    began: datetime | None = None
    objects: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the state as JSON-ready values."""
        return {
            "field": self.field,
            "mark": _told(self.mark),
            "at_mark": list(self.at_mark),
            "filters": self.filters,
            "version": self.version,
            "resume": self.resume,
            "seen": _told(self.seen),
            "start": _told(self.start),
            "began": _told(self.began),
            "objects": self.objects,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build the state that `to_dict` wrote; what an older version did not write is left out."""
        return cls(
            field=data["field"],
            mark=_heard(data.get("mark")),
            at_mark=tuple(data.get("at_mark", ())),
            filters=data.get("filters", ""),
            version=data.get("version", 1),
            resume=data.get("resume"),
            seen=_heard(data.get("seen")),
            start=_heard(data.get("start")),
            began=_moment(data.get("began")),
            objects=data.get("objects", 0),
        )


def filters_hash(filters: Mapping[str, Any]) -> str:
    """Return a short hash of settings: equal settings, equal hash.

    Example:
        >>> filters_hash({"a": 1, "b": 2}) == filters_hash({"b": 2, "a": 1})
        True
    """
    text = json.dumps(filters, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _told(mark: Mark | None) -> str | int | None:
    return mark.astimezone(UTC).isoformat() if isinstance(mark, datetime) else mark


def _heard(value: str | int | None) -> Mark | None:
    return _moment(value) if isinstance(value, str) else value


def _moment(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)
