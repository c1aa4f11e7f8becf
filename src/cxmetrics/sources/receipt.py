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
_COUNTS: Final = tuple(attrs.fields_dict(Changes))


@frozen(kw_only=True)
class StreamReceipt:
    """What a pull did with one stream.

    Attributes:
        stream: its name.
        status: "complete": the walk ended by the vendor's own rule, the vendor's own count is
            reached, and nothing was refused; "partial": it ended and something of that fails;
            "failed": it did not end.
        reasons: why it is not complete, one sentence each.
        notes: what else a person should know, such as why everything was read again.
        pages: how many were stored.
        objects: distinct objects of the vendor that came.
        repeated: how many times an object came again.
        total: the vendor's own count; None where it gives none.
        changes: what was written.
        skipped: how many objects or records were left out, by reason.
        resume_at: when to come back, where the vendor asks to wait.
    """

    stream: StreamName
    status: Status
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
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
        told["reasons"], told["notes"] = list(self.reasons), list(self.notes)
        told["skipped"] = dict(self.skipped)
        told["resume_at"] = self.resume_at.isoformat() if self.resume_at else None
        return told

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build the receipt that `to_dict` wrote."""
        given = dict(data)
        given["reasons"], given["notes"] = tuple(data["reasons"]), tuple(data["notes"])
        given["changes"] = Changes(**data["changes"])
        at = data["resume_at"]
        given["resume_at"] = None if at is None else datetime.fromisoformat(at)
        return cls(**given)

    def __str__(self) -> str:
        lines = [f"{self.stream}: {self.status}", f"  came: {self._came()}"]
        written = {name: n for name, n in attrs.asdict(self.changes).items() if n}
        told = " · ".join(f"{n:,} {name}" for name, n in written.items())
        lines.append(f"  written: {told or 'nothing'}")
        if self.skipped:
            left = " · ".join(f"{why} {n:,}" for why, n in sorted(self.skipped.items()))
            lines.append(f"  left out: {left}")
        lines += [f"  ! {reason}" for reason in self.reasons]
        if self.resume_at is not None:
            lines.append(f"  come back at {self.resume_at:%Y-%m-%d %H:%M %Z}")
        lines += [f"  ({note})" for note in self.notes]
        return "\n".join(lines)

    def _came(self) -> str:
        objects = f"{self.objects:,} object{'s' if self.objects != 1 else ''}"
        parts = [f"{objects} on {self.pages:,} page{'s' if self.pages != 1 else ''}"]
        if self.repeated:
            parts.append(f"{self.repeated:,} of them again")
        if self.total is not None:
            parts.append(f"the vendor counts {self.total:,}")
        return ", ".join(parts)


@frozen(kw_only=True)
class Receipt:
    """What a pull did.

    Attributes:
        source: the key of the source, such as `zendesk:acme`.
        started_at: when it began.
        ended_at: when it ended.
        streams: one receipt a stream.

    Example:
        >>> from datetime import UTC
        >>> noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
        >>> answers = StreamReceipt(
        ...     stream="responses",
        ...     status="partial",
        ...     reasons=("1 refused and kept raw: rating must be a point of the row's scale (1×)",),
        ...     pages=3,
        ...     objects=250,
        ...     total=250,
        ...     changes=Changes(new=249, refused=1),
        ... )
        >>> receipt = Receipt(source="acme", started_at=noon, ended_at=noon, streams=(answers,))
        >>> print(receipt)
        acme: partial
        responses: partial
          came: 250 objects on 3 pages, the vendor counts 250
          written: 249 new · 1 refused
          ! 1 refused and kept raw: rating must be a point of the row's scale (1×)
        >>> receipt.exit_code
        3
    """

    source: str
    started_at: datetime
    ended_at: datetime
    streams: tuple[StreamReceipt, ...]

    @property
    def status(self) -> Status:
        """The worst of the streams: "complete", "partial" or "failed"."""
        statuses: list[Status] = ["complete", *(stream.status for stream in self.streams)]
        return max(statuses, key=_EXIT.__getitem__)

    @property
    def exit_code(self) -> int:
        """0 complete, 3 partial, 4 failed."""
        return _EXIT[self.status]

    @property
    def changes(self) -> Changes:
        """What was written, of all streams."""
        counts = [attrs.asdict(stream.changes) for stream in self.streams]
        return Changes(**{name: sum(each[name] for each in counts) for name in _COUNTS})

    @property
    def pages(self) -> int:
        """How many pages were stored, of all streams."""
        return sum(stream.pages for stream in self.streams)

    @property
    def resume_at(self) -> datetime | None:
        """When to come back, where the vendor asks to wait."""
        times = [stream.resume_at for stream in self.streams if stream.resume_at is not None]
        return max(times, default=None)

    def to_dict(self) -> dict[str, Any]:
        """Return the receipt as JSON-ready values."""
        return {
            "source": self.source,
            "status": self.status,
            "started_at": self.started_at.isoformat(),
            "ended_at": self.ended_at.isoformat(),
            "changes": attrs.asdict(self.changes),
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

    def __str__(self) -> str:
        return "\n".join([f"{self.source}: {self.status}", *map(str, self.streams)])
