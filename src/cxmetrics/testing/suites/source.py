"""`SourceSuite`: the tests that every source has to pass."""

from __future__ import annotations

from cxmetrics.testing.suites.drifting import DriftingTests
from cxmetrics.testing.suites.failing import FailingTests
from cxmetrics.testing.suites.guarding import GuardingTests
from cxmetrics.testing.suites.reading import ReadingTests
from cxmetrics.testing.suites.walking import WalkingTests


class SourceSuite(ReadingTests, WalkingTests, FailingTests, DriftingTests, GuardingTests):
    """The tests that every source has to pass: subclass it, and pytest finds them.

    The source runs unchanged, by the real transport over real sockets, against a vendor on this
    machine that answers as recorded; the clock is a fake one, the store a real one.

    Attributes:
        source: the class of the adapter.
        settings: what it is told. Secrets, and the address of the vendor, are made up where they
            have to be given and are left out.
        pages: what the vendor answers, by stream: a list of JSON pages, of which each new request
            gets the next one; or answers by route, `{"GET /v1/surveys": [page, page],
            "/v1/me": {...}}`; or a function of the request. One function may serve all streams: a
            method `pages(self, asked)`.
        expect: the records that come of it, by stream, as records or as what their `to_dict`
            gives; or only how many.
        now: the time of the clock, later than all that is recorded.

    A test that does not hold for a source is named in `Source.skips`, with the reason; users see it
    in `cxmetrics plugins`.

    Example:
        ```python
        class TestAcme(SourceSuite):
            source = Acme
            settings = {"token": "an-invented-token"}
            pages = {"responses": json.loads(Path("tests/recorded/responses.json").read_text())}
            expect = {"responses": 3}
        ```
    """
