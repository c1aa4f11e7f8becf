"""What a source is: where records come from, one class an adapter.

A source does two things. It walks over the vendor's answers (`pages`), asking the `Http` it is
handed for paths; and it reads one object of the vendor into records (`read`). All else is done
for it: credentials, retries, limits, paging guards, validation, quarantine, increments, storing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, Literal, TypeAlias, TypeVar

from attrs import field, frozen

from cxmetrics.records import Customer, Interaction, Invitation, Outcome, Record, Response

if TYPE_CHECKING:
    from cxmetrics.batch import Batch
    from cxmetrics.sources.auth import Auth
    from cxmetrics.sources.http import Http, Policy

C = TypeVar("C")

StreamName = Literal["responses", "customers", "interactions", "invitations", "outcomes"]

STREAMS: Final[Mapping[str, type[Record]]] = {
    "responses": Response,
    "customers": Customer,
    "interactions": Interaction,
    "invitations": Invitation,
    "outcomes": Outcome,
}
"""The streams a source may offer, and the record each delivers."""

Mark: TypeAlias = datetime | int
"""A value of the field a stream is followed by: an aware datetime, or a number that only grows."""


@frozen(kw_only=True)
class Stream:
    """One kind of record a source delivers, and what is known of the way it comes.

    Attributes:
        name: which stream.
        follows: what an increment is asked by: "updated" (edits come again), "created" (edits
            don't), "id" (a number that grows), or "nothing" (every pull is a snapshot).
        ordered: True only where the vendor guarantees that marks never fall along a walk; then
            the watermark is committed with each page, else at the end. It is checked all the same.
        overlap: how far before the watermark an increment starts, where marks are times: records
            may become visible late.
        reread: how many numbers below the watermark an increment starts, where marks are numbers.
        deletes: whether the vendor tells deletions.
    """

    name: StreamName
    follows: Literal["updated", "created", "id", "nothing"] = "updated"
    ordered: bool = False
    overlap: timedelta = timedelta(hours=24)
    reread: int = 0
    deletes: bool = False

    @property
    def record(self) -> type[Record]:
        """The class of the records."""
        return STREAMS[self.name]


@frozen(kw_only=True)
class Since:
    """Where a walk starts.

    Attributes:
        mark: ask for what is at or after this (already moved back by the overlap); None for all.
        resume: the cursor of the last page of a walk that was interrupted, as JSON values; None to
            start anew.
    """

    mark: Mark | None = None
    resume: Any = None

    @property
    def at(self) -> datetime | None:
        """The mark, where it is a time."""
        return self.mark if isinstance(self.mark, datetime) else None

    @property
    def number(self) -> int | None:
        """The mark, where it is a number."""
        return None if isinstance(self.mark, datetime) else self.mark


@frozen
class Page:
    """One page of a walk; a page and its cursor are stored in one transaction.

    Attributes:
        records: the objects as the vendor sent them (kept raw where they are refused), finished
            records, or a `Batch` of records read by columns.
        cursor: where to go on after an interruption, as JSON values; None where the walk can't be
            resumed in the middle.
        total: how many objects the whole walk has by the vendor's own count, where it says so.
        context: what `read` needs beside an object, such as the survey's questions; JSON values.
        gone: ids of objects that the vendor has deleted.
    """

    records: Sequence[Any] | Batch[Any]
    cursor: Any = None
    total: int | None = field(default=None, kw_only=True)
    context: Mapping[str, Any] | None = field(default=None, kw_only=True)
    gone: Sequence[str] = field(default=(), kw_only=True)


@frozen(kw_only=True)
class Read:
    """What one object of the vendor says.

    Attributes:
        id: the vendor's id of the object, as text.
        records: the records it holds: of the stream's class, or mappings of its fields, which are
            validated and, one by one, refused. In a mapping a rating may be the text of a number
            ("9"), nothing else is converted.
        updated_at: the vendor's stamp of its last change; of two versions the later one wins.
        mark: the value of the field the stream is followed by; None for `updated_at`.
        skipped: why it holds no record, where that is in order ("not answered"): counted by reason.
    """

    id: str
    records: Iterable[Record | Mapping[str, Any]] = ()
    updated_at: datetime | None = None
    mark: Mark | None = None
    skipped: str | None = None


class Source(ABC, Generic[C]):
    """Base of every adapter.

    Class attributes:
        name: what users call it: "zendesk".
        title: one line for listings.
        Config: the attrs class of its settings, made with `cxmetrics.sources.config`.
        streams: what it delivers.
        version: of the adapter's reading; raise it when `read` changes, and refused objects are
            read again.
        origin: for listings, the host it talks to, such as "https://{subdomain}.zendesk.com"; ""
            where it talks to none.
        reference: where the vendor documents what is used.
        skips: tests of `cxmetrics.testing.SourceSuite` that do not hold for it, or streams that are
            not tested, each with the reason; users see them in `cxmetrics plugins`.

    Attributes:
        config: the settings; its secrets are masked, only the transport has them.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    Config: ClassVar[type[Any]]
    streams: ClassVar[tuple[Stream, ...]]
    version: ClassVar[int] = 1
    origin: ClassVar[str] = ""
    reference: ClassVar[str] = ""
    skips: ClassVar[Mapping[str, str]] = {}

    def __init__(self, config: C) -> None:
        self.config = config

    @property
    def account(self) -> str:
        """What tells two accounts of one vendor apart, such as a subdomain or survey ids.

        With the name it is the `source` of every stored record; never a secret, never personal.
        """
        return ""

    def base(self) -> str:
        """Return the base address of the API, for instance `https://acme.zendesk.com/api/v2/`."""
        return ""

    def auth(self) -> Auth | None:
        """Return how requests are signed; schemes name fields of the configuration."""
        return None

    def policy(self) -> Policy | None:
        """Return what is special about the vendor: budgets, retries, reset headers, hosts."""
        return None

    def filters(self, stream: StreamName) -> Mapping[str, Any]:  # noqa: ARG002  # for adapters
        """Return the settings that decide which records come, as JSON values.

        A state belongs to its filters: with others the next pull reads everything again.
        """
        return {}

    @abstractmethod
    def pages(self, http: Http, stream: StreamName, since: Since) -> Iterator[Page]:
        """Walk over the vendor's answers.

        Args:
            http: asks for paths below the base, with credentials, retries and limits.
            stream: which of `streams`.
            since: where to start.
        """

    def read(self, stream: StreamName, raw: Any, context: Mapping[str, Any]) -> Read:
        """Read one object of the vendor; pure, and the only place where its shape is known.

        What it raises refuses the object, which is kept raw: the pull goes on. The reason is kept
        and shown, so no value of the object may be in it.

        Raises:
            DriftError: it does not have the documented shape.
            RecordError: a value can't be right; its `reason` is kept.
        """
        raise NotImplementedError(f"{type(self).__name__} delivers objects and does not read them.")

    def ident(self, stream: StreamName, raw: Any) -> str:  # noqa: ARG002  # for adapters
        """Return the vendor's id of an object that `read` refused, as `Read.id` would; "" for none.

        Override it where the id is not at the key "id".
        """
        found = raw.get("id") if isinstance(raw, Mapping) else None
        return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""
