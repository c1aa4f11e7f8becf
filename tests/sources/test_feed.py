"""A feed: what it is called, and reading it as a whole without a store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import frozen

import cxmetrics as cx
from cxmetrics.errors import InvalidRecordsError, SourceError, TransportError, UsageError
from cxmetrics.sources import Page, Read, Since, Source, Stream
from cxmetrics.sources.config import configure, option


@frozen(kw_only=True)
class Config:
    shop: str = option("", help="Which shop.")


class Shelf(Source[Config]):
    """A source that asks nobody: its pages are a class attribute."""

    name = "shelf"
    title = "Shelf"
    Config = Config
    streams = (Stream(name="responses"),)
    held: tuple[Page | Exception, ...] = ()

    @property
    def account(self) -> str:
        return self.config.shop

    def pages(self, http: Any, stream: str, since: Since) -> Iterator[Page]:
        assert http is None
        for page in self.held:
            if isinstance(page, Exception):
                raise page
            yield page

    def read(self, stream: str, raw: Any, context: Mapping[str, Any]) -> Read:
        name, rating, day = raw
        stamp = datetime(2026, 3, day, tzinfo=UTC)
        record = {"id": name, "rating": rating, "scale": "0:10"}
        return Read(id=name, records=[record], updated_at=stamp)


def shelf(*held: Page | Exception, **given: Any) -> Any:
    return configure(type("Held", (Shelf,), {"held": held}), given, environ={})


def test_a_feed_is_called_by_its_source_and_its_account() -> None:
    assert (shelf().key, shelf(shop="eu").key) == ("shelf", "shelf:eu")
    assert [stream.name for stream in shelf().streams] == ["responses"]
    assert shelf().connect() is None


def test_it_is_read_as_a_whole_and_measured() -> None:
    batch = shelf(Page([("a", 9, 1), ("b", 10, 2)]), Page([("c", 3, 3)])).read()
    assert [record.id for record in batch] == ["a", "b", "c"]
    assert cx.nps(batch).value == pytest.approx(100 / 3)


def test_of_an_object_that_comes_again_the_later_version_counts() -> None:
    pages = (Page([("a", 9, 1), ("b", 9, 5)]), Page([("a", 3, 2), ("b", 0, 4), ("c", 1, 6)]))
    batch = shelf(*pages, Page([], gone=["c"])).read()
    assert {record.id: record.rating for record in batch} == {"a": 3, "b": 9}


@pytest.mark.parametrize("page", [Page([("a", 11, 1)]), Page([("a", 9, 1)], total=5)])
def test_what_is_not_complete_is_an_error_with_the_receipt(page: Page) -> None:
    with pytest.raises(InvalidRecordsError, match="shelf: responses are partial: ") as caught:
        shelf(page).read()
    assert caught.value.report.status == "partial"  # type: ignore[attr-defined]


def test_an_error_of_the_source_is_raised() -> None:
    with pytest.raises(SourceError, match="no line"):
        shelf(Page([("a", 9, 1)]), TransportError("no line")).read()
    with pytest.raises(UsageError, match="responses"):
        shelf().read("answers")


def test_the_facade_finds_configures_and_names_what_is_wrong() -> None:
    feed = cx.source("demo", url="http://127.0.0.1:9", token="an-invented-token")
    assert feed.key == "demo"
    assert "an-invented-token" not in repr(feed)
    with pytest.raises(cx.CxError, match="did you mean 'demo'"):
        cx.source("dmo")
    with pytest.raises(cx.CxError, match="did you mean 'page_size'"):
        cx.source("demo", page_sise=1, url="http://127.0.0.1:9", token="x")
