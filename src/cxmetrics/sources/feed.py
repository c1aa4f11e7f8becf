"""A feed: an adapter with its settings and secrets, ready to be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from cxmetrics.batch import Batch
from cxmetrics.errors import InvalidRecordsError
from cxmetrics.sources._base import Mark, Source, Stream, StreamName
from cxmetrics.sources.transport.vault import Vault

if TYPE_CHECKING:
    from cxmetrics.sources.steps import Step
    from cxmetrics.sources.transport.connection import Http


@frozen(kw_only=True, eq=False, repr=False)
class Feed:
    """An adapter with its settings and secrets, ready to be read.

    `cxmetrics.source` makes one; `store.pull` takes one.

    Attributes:
        source: the adapter; its secrets are masked.
        vault: the secrets, for the transport.
    """

    source: Source[Any]
    vault: Vault = field(factory=Vault)

    @property
    def key(self) -> str:
        """What its records are stored under, such as `zendesk:acme`."""
        account = self.source.account
        return f"{self.source.name}:{account}" if account else self.source.name

    @property
    def streams(self) -> tuple[Stream, ...]:
        """What it delivers."""
        return self.source.streams

    def connect(self, **seams: Any) -> Http | None:
        """Return what asks the vendor, or None for a source that asks nobody.

        Args:
            **seams: what tests put in place: see `cxmetrics.sources.http.connect`.
        """
        if not self.source.base():
            return None
        from cxmetrics.sources.http import connect  # httpx, only for who asks a vendor

        return connect(self.source, self.vault, **seams)

    def read(
        self,
        stream: StreamName = "responses",
        *,
        since: Mark | None = None,
        steps: Sequence[Step] = (),
        **seams: Any,
    ) -> Batch[Any]:
        r"""Read a stream as a whole, without a store: nothing is kept, and nothing is remembered.

        Args:
            stream: which one.
            since: read what is at or after it; left out, everything.
            steps: what happens to each record before it is checked.
            **seams: what tests put in place: see `connect`.

        Returns:
            The records, all of them valid.

        Raises:
            SourceError: the source can't be read.
            InvalidRecordsError: something was refused, or less came than the vendor counts;
                `.report` is the receipt. `store.pull` keeps the rest, and what was refused too.

        Example:
            >>> import cxmetrics as cx
            >>> from tempfile import TemporaryDirectory
            >>> from pathlib import Path
            >>> with TemporaryDirectory() as folder:
            ...     path = Path(folder, "answers.csv")
            ...     _ = path.write_text("number,recommend\n1,9\n2,10\n3,3\n")
            ...     mapped = {"columns": {"id": "number"}, "ratings": {"nps": "recommend"}}
            ...     answers = cx.source("files", path=path, scale="0:10", **mapped).read()
            >>> len(answers), round(cx.nps(answers).value, 1)
            (3, 33.3)
        """
        from cxmetrics.sources.walk import read

        batch, receipt = read(self, stream, since=since, steps=steps, **seams)
        if receipt.status != "complete":
            why = f"{self.key}: {stream} are {receipt.status}: {'; '.join(receipt.reasons)}."
            raise InvalidRecordsError(why, receipt)
        return batch

    def __repr__(self) -> str:
        return f"<Feed {self.key}>"
