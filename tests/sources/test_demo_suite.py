"""The tests that every source has to pass, for the source of the demo."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from cxmetrics.datasets import company
from cxmetrics.datasets.loopback import Asked
from cxmetrics.datasets.vendor import DemoVendor
from cxmetrics.sources._base import STREAMS
from cxmetrics.sources.catalogue.demo import DemoSource
from cxmetrics.testing import SourceSuite

SHOP = company(customers=100, seed=3)


def pages(stream: str) -> list[Any]:
    """Return three pages of a stream as the vendor of the demo sends them."""
    shown = {"authorization": "Bearer t0ken"}
    ask = Asked(method="GET", target=f"/v1/{stream}?limit=7", headers=shown)
    with DemoVendor(SHOP, token="t0ken") as vendor:
        found = json.loads(vendor.respond(ask).body)["data"]
    return [
        {"data": found[at : at + 3], "total": 7, "has_more": at < 6, "next_cursor": cursor}
        for at, cursor in ((0, "c1"), (3, "c2"), (6, None))
    ]


PAGES = {stream: pages(stream) for stream in STREAMS}
IDS = {
    stream: {each["id"] for page in PAGES[stream] for each in page["data"]} for stream in STREAMS
}


class TestDemo(SourceSuite):
    source = DemoSource
    settings: ClassVar[Any] = {"page_size": 3}
    pages: ClassVar[Any] = PAGES
    expect: ClassVar[Any] = {
        stream: [each for each in SHOP.records(stream) if each.id in IDS[stream]]
        for stream in STREAMS
    }
