"""A source whose pages a test writes down: for walks, steps and stores, without HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from cxmetrics.sources import Page, Read, Since, Source, Stream
from cxmetrics.sources.feed import Feed
from cxmetrics.sources.strict import instant

Pages = Callable[[Since], Iterable[Page]]
Reads = Callable[[Any, Mapping[str, Any]], Read]


def scripted(
    pages: Pages | Iterable[Page],
    *streams: Stream,
    read: Reads | None = None,
    version: int = 1,
    filters: Mapping[str, Any] | None = None,
    name: str = "scripted",
) -> Feed:
    """Return a feed that delivers what is written down.

    Args:
        pages: what a walk gives, or a function of where it starts.
        streams: what is known of its streams; by default answers, followed by their last change.
        read: reads an object; by default one such as
            `{"id": "a", "at": "2026-01-01T00:00:00Z", "rating": 9}`, with any other field of a
            response beside them, on a scale from 0 to 10 where none is given.
        version: of the reading.
        filters: the settings that decide which records come.
        name: of the source.

    Example:
        >>> from cxmetrics.sources.walk import read
        >>> answers = [{"id": "a", "at": "2026-01-01T00:00:00Z", "rating": 9}]
        >>> batch, receipt = read(scripted([Page(answers)]))
        >>> [answer.rating for answer in batch], receipt.status
        ([9], 'complete')
    """
    given_pages, given_streams, reads = pages, streams or (Stream(name="responses"),), read
    given_name, given_version, given_filters = name, version, dict(filters or {})

    class Scripted(Source[None]):
        name = given_name
        title = "Written down"
        streams = given_streams
        version = given_version

        def filters(self, stream: str) -> Mapping[str, Any]:  # noqa: ARG002
            return given_filters

        def pages(self, http: Any, stream: str, since: Since) -> Iterator[Page]:  # noqa: ARG002
            yield from given_pages(since) if callable(given_pages) else given_pages

        def read(self, stream: str, raw: Any, context: Mapping[str, Any]) -> Read:  # noqa: ARG002
            return (reads or plain)(raw, context)

    return Feed(source=Scripted(None))


def plain(raw: Any, _: Mapping[str, Any]) -> Read:
    """Read an object whose keys are the fields of a response, and "at" for its last change."""
    fields = {"scale": "0:10", **raw}
    return Read(id=raw["id"], updated_at=instant(fields.pop("at")), records=[fields])
