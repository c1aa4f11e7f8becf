"""The survey vendor of the made-up company; see `cxmetrics.datasets.vendor`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from cxmetrics.errors import DriftError
from cxmetrics.sources._base import Page, Read, Since, Source, Stream, StreamName
from cxmetrics.sources.config import Secret, Url, option
from cxmetrics.sources.strict import instant, member

if TYPE_CHECKING:
    from cxmetrics.sources.auth import Auth
    from cxmetrics.sources.http import Http


@frozen(kw_only=True)
class DemoConfig:
    """The settings of the demo vendor."""

    url: Url = option(help="The address of the demo vendor, such as http://127.0.0.1:8080.")
    token: Secret = option(secret=True, help="The token of the demo vendor.")
    page_size: int = option(default=100, help="How many objects to ask for at once, up to 1000.")


class DemoSource(Source[DemoConfig]):
    """Reads the made-up company over HTTP, as if it were a vendor's: the adapter to learn from."""

    name = "demo"
    title = "The demo: a made-up company behind a survey vendor's API on this machine"
    Config = DemoConfig
    streams = tuple(
        Stream(name=name, follows="updated", ordered=True)
        for name in ("responses", "customers", "interactions", "invitations", "outcomes")
    )
    origin = "http://127.0.0.1"
    reference = "cxmetrics.datasets.vendor"

    def base(self) -> str:
        """Return the address of the API."""
        return f"{self.config.url.rstrip('/')}/v1/"

    def auth(self) -> Auth:
        """Show the token."""
        from cxmetrics.sources.auth import HeaderToken

        return HeaderToken("Authorization", "token", prefix="Bearer ")

    def pages(self, http: Http, stream: StreamName, since: Since) -> Iterator[Page]:
        """Walk over one stream, oldest update first."""
        from cxmetrics.sources.message import Request
        from cxmetrics.sources.paging import Cursor, walk

        ask = Request(
            stream,
            params={
                "limit": self.config.page_size,
                "updated_since": since.at.isoformat() if since.at else None,
            },
        )
        yield from walk(
            http,
            Cursor(at="$.next_cursor", more="$.has_more"),
            ask=ask,
            records="$.data",
            total="$.total",
            since=since,
        )

    def read(self, stream: StreamName, raw: Any, context: Mapping[str, Any]) -> Read:  # noqa: ARG002
        """Read one object: its fields under our names."""
        key = member(raw, "$.id", str)
        fields, times = _FIELDS[stream]
        try:
            values = {ours: raw[theirs] for ours, theirs in fields.items()}
            for ours in times:
                values[ours] = None if raw[ours] is None else instant(raw[ours])
            if stream == "responses":
                low, high = (member(raw, f"$.scale.{end}", int) for end in ("min", "max"))
                values["scale"] = f"{low}:{high}"
            updated_at = instant(raw["updated_at"])
        except KeyError as error:
            path = f"$.{error.args[0]}"
            raise DriftError(f"{path}: missing from an object of {stream}.", path) from None
        return Read(id=key, records=(values,), updated_at=updated_at)


_SAME: Final = {"id": "id", "dims": "tags"}
_OF_CONTACT: Final = {**_SAME, "customer": "contact"}
_FIELDS: Final[Mapping[StreamName, tuple[Mapping[str, str], tuple[str, ...]]]] = {
    "responses": (
        {
            **_OF_CONTACT,
            "rating": "score",
            "question": "question",
            "verbatim": "comment",
            "language": "language",
            "weight": "weight",
            "touchpoint": "touchpoint",
            "interaction": "interaction",
        },
        ("asked_at", "answered_at"),
    ),
    "customers": ({**_SAME, "persona": "persona"}, ("since",)),
    "interactions": (
        {
            **_OF_CONTACT,
            "touchpoint": "touchpoint",
            "journey": "journey",
            "stage": "stage",
            "channel": "channel",
        },
        ("at",),
    ),
    "invitations": (
        {
            **_OF_CONTACT,
            "survey": "survey",
            "channel": "channel",
            "delivered": "delivered",
            "touchpoint": "touchpoint",
        },
        ("sent_at", "answered_at"),
    ),
    "outcomes": ({**_OF_CONTACT, "kind": "kind", "value": "value"}, ("at",)),
}
"""By stream: the vendor's name of each of our fields, and the fields that are times."""

SOURCES: Final = (DemoSource,)
