"""What a pull did, counted: success is proved, not assumed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal, Self

import attrs
from attrs import Factory, frozen

from cxmetrics.sources._base import StreamName
from cxmetrics.sources.portion import Changes

Status = Literal["complete", "partial", "failed"]

_EXIT: Final[Mapping[str, int]] = {"complete": 0, "partial": 3, "failed": 4}


@frozen(kw_only=True)
class StreamReceipt:
    """What a pull did with one stream.

    Attributes:
        stream: its name.
        status: "complete": the walk ended by the vendor's own rule, the vendor's own count is
            reached, and nothing was refused; "partial": it ended and something of that fails;
            "failed": it did not end.
        reasons: why it is not complete, one sentence each.
        pages: how many were stored.
        objects: distinct objects of the vendor that came.
        repeated: objects that came more than once.
        total: the vendor's own count; None where it gives none.
        changes: what was written.
        skipped: objects without a record, by reason.
        resume_at: when to come back, where the vendor asks to wait.
    """

    stream: StreamName
    status: Status
    reasons: tuple[str, ...] = ()
    pages: int = 0
    objects: int = 0
    repeated: int = 0
    total: int | None = None
    changes: Changes = Factory(Changes)
    skipped: Mapping[str, int] = Factory(dict)
    resume_at: datetime | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the receipt as JSON-ready values."""
        told = attrs.asdict(self)
        told["reasons"], told["skipped"] = list(self.reasons), dict(self.skipped)
        told["resume_at"] = self.resume_at.isoformat() if self.resume_at else None
        return told

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build the receipt that `to_dict` wrote."""
        resume = data["resume_at"]
        own = {
            "reasons": tuple(data["reasons"]),
            "changes": Changes(**data["changes"]),
            "resume_at": datetime.fromisoformat(resume) if resume else None,
        }
        return cls(**{**data, **own})


@frozen(kw_only=True)
class Receipt:
    """What a pull did.

    Attributes:
        source: the key of the source, such as `zendesk:acme`.
        started_at: when it began.
        ended_at: when it ended.
        streams: one receipt a stream.
    """

    source: str
    started_at: datetime
    ended_at: datetime
    streams: tuple[StreamReceipt, ...]

    @property
    def status(self) -> Status:
        """The worst of the streams: "complete", "partial" or "failed"."""
        return max((s.status for s in self.streams), key=_EXIT.__getitem__, default="complete")

    @property
    def exit_code(self) -> int:
        """0 complete, 3 partial, 4 failed."""
        return _EXIT[self.status]

    def to_dict(self) -> dict[str, Any]:
        """Return the receipt as JSON-ready values."""
        return {
            "source": self.source,
            "status": self.status,
            "started_at": self.started_at.isoformat(),
            "ended_at": self.ended_at.isoformat(),
            "streams": [stream.to_dict() for stream in self.streams],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build the receipt that `to_dict` wrote."""
        return cls(
            source=data["source"],
            started_at=datetime.fromisoformat(data["started_at"]),
            ended_at=datetime.fromisoformat(data["ended_at"]),
            streams=tuple(map(StreamReceipt.from_dict, data["streams"])),
        )
