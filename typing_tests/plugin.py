"""What the type checker of a plugin's author, or of a warehouse's, sees; checked, never run."""

# pyright: reportUnnecessaryTypeIgnoreComment=true
from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, assert_type

from attrs import frozen

import cxmetrics as cx
from cxmetrics.metrics import Example, Part
from cxmetrics.plugins import PluginInfo, installed, registry
from cxmetrics.sources import Page, Since, Source, Stream
from cxmetrics.sources._base import StreamName
from cxmetrics.sources.config import Secret, option
from cxmetrics.sources.feed import Feed
from cxmetrics.sources.transport.connection import Http
from cxmetrics.stats.intervals import IntervalMethod
from cxmetrics.stats.sample import Sample

delight = cx.Metric(
    name="delight",
    title="delight rate",
    unit="percent",
    scale=cx.yes_no,
    values=(0.0, 100.0),
    parts=(Part("others", (0,), "negative"), Part("delighted", (1,), "positive")),
    examples=(Example(counts={0: 1, 1: 3}, value=75.0, source="3 / 4"),),
)


def limits(sample: Sample, level: float) -> tuple[float, float]:
    successes, trials = sample.proportion()
    assert_type(successes, float)
    assert_type(sample.scaled(level), float)
    return sample.scaled(successes / trials), sample.bounds[1]


upper_bound = IntervalMethod(
    name="upper", title="upper bound", kinds=frozenset({"share"}), reference="none", compute=limits
)


@cx.hookimpl
def cxmetrics_metrics() -> Iterable[cx.Metric]:
    return [delight]


@cx.hookimpl
def cxmetrics_intervals() -> list[IntervalMethod]:
    return [upper_bound]


class Warehouse:
    """Anything with this method can be measured."""

    def __init__(self, rows: Any) -> None:
        self._rows = rows

    def __cx_tally__(self, query: cx.Query) -> cx.Cube:
        assert_type(query.rating, tuple[str, ...])
        assert_type(query.weight, str | None)
        return cx.collect(self._rows, query)


@frozen(kw_only=True)
class VendorConfig:
    """The settings of a source."""

    subdomain: str = option(help="What comes before .vendor.test.")
    token: Secret = option(secret=True, help="An API token.")
    size: int = option(5, help="How many objects a page.")


class Vendor(Source[VendorConfig]):
    """A source."""

    name = "vendor"
    title = "Vendor"
    Config = VendorConfig
    streams = (Stream(name="responses"),)

    def base(self) -> str:
        assert_type(self.config.subdomain, str)
        assert_type(self.config.token, Secret)
        return f"https://{self.config.subdomain}.vendor.test"

    def pages(self, http: Http, stream: StreamName, since: Since) -> Iterator[Page]:
        assert_type(http.get(stream, params={"since": str(since.at)}).status, int)
        yield Page([])


@cx.hookimpl
def cxmetrics_sources() -> list[type[Source[Any]]]:
    return [Vendor]


def pull() -> None:
    feed = cx.source("vendor", subdomain="acme")
    assert_type(feed, Feed)
    assert_type(feed.streams, tuple[Stream, ...])
    with cx.open_store() as store:
        assert_type(store.pull(feed).exit_code, int)
        assert_type(cx.nps(store, by="month"), cx.Scores)
    assert_type(cx.metric("nps"), cx.Metric)
    assert_type(installed(), list[PluginInfo])


def use(rows: Any) -> None:
    assert_type(cx.nps(Warehouse(rows), rating="q"), cx.Score)
    assert_type(delight(rows, rating="q", by="shop"), cx.Scores)
    hooks = registry.every("metric")
    assert_type(hooks, list[Any])


def wrong() -> None:
    # Each must be refused: an ignore that is not needed is an error here.
    cx.Metric("delight")  # type: ignore[call-arg]  # by name only
    Part("others", (0,), "red")  # type: ignore[arg-type]  # no such tone
    IntervalMethod(name="x", title="x", kinds={"share"}, reference="", compute=limits)  # type: ignore[arg-type]  # frozen set
    registry.find("colour", "x")  # type: ignore[arg-type]  # no such kind of plugin
