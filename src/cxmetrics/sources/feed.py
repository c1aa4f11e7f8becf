"""A feed: an adapter with its settings and secrets, ready to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from cxmetrics.sources._base import Source, Stream
from cxmetrics.sources.vault import Vault

if TYPE_CHECKING:
    from cxmetrics.sources.http import Http


@frozen(kw_only=True, eq=False)
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
        from cxmetrics.sources.http import connect  # loads httpx

        return connect(self.source, self.vault, **seams)
