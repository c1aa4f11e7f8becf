"""A walk: one stream of a source, page by page, from where it was read to, and the proof of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final, cast

from attrs import evolve

from cxmetrics.batch import Batch
from cxmetrics.errors import (
    CxError,
    DataError,
    DriftError,
    LimitError,
    PagingError,
    RefusedError,
    RetryError,
    UsageError,
    did_you_mean,
)
from cxmetrics.sources import increments
from cxmetrics.sources._base import Mark, Page, Stream, StreamName
from cxmetrics.sources.clock import SystemClock
from cxmetrics.sources.paging import MOST_PAGES
from cxmetrics.sources.portion import Changes, Entry, Portion
from cxmetrics.sources.reading import Found, Reader, said
from cxmetrics.sources.receipt import StreamReceipt
from cxmetrics.sources.seen import Seen
from cxmetrics.sources.state import State, filters_hash

if TYPE_CHECKING:
    from cxmetrics.sources.clock import Clock
    from cxmetrics.sources.feed import Feed
    from cxmetrics.sources.http import Http
    from cxmetrics.sources.steps import Step

_MOST_REASONS: Final = 50
_FRUITLESS: Final = 100
_OTHER: Final = "other reasons"


class Walk:
    """One walk over one stream: iterate it once for the portions, then ask for the receipt.

    Every page becomes a portion; the last portion has no entries and carries the new watermark. An
    error of the source is raised out of the iteration; what was yielded before it stays good.

    What is kept in memory does not grow with the vendor's data, but for 8 bytes an object.

    Attributes:
        stream: what is known of the stream.
        reader: reads its objects.

    Args:
        feed: the source with its settings.
        http: what asks the vendor; None for a source that asks nobody.
        stream: the name of the stream.
        state: where it has been read to; None where it never was.
        since: start there, in place of the watermark.
        full: read everything.
        steps: what happens to each record before it is checked.
        clock: tells the time; by default that of `http`, or the machine's.

    Raises:
        UsageError: the source has no such stream; `since` makes no sense; a step does not fit.
    """

    def __init__(
        self,
        feed: Feed,
        http: Http | None,
        stream: StreamName,
        state: State | None,
        *,
        since: Mark | None = None,
        full: bool = False,
        steps: Sequence[Step] = (),
        clock: Clock | None = None,
    ) -> None:
        self._source, self._http = feed.source, http
        self.stream = stream_of(feed, stream)
        self._clock = clock or getattr(http, "clock", None) or SystemClock()
        self._began = self._clock.now()
        self._start = increments.start(
            self.stream,
            state,
            filters=filters_hash(feed.source.filters(stream)),
            version=feed.source.version,
            now=self._began,
            since=since,
            full=full,
        )
        self._course = increments.Course(self.stream, self._start, self._began)
        self.reader = Reader(feed.source, self.stream, [step.begin(self.stream) for step in steps])
        self._seen, self._gone = Seen(), Seen()
        self._skipped: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        self._pages = self._objects = self._nameless = self._unread = self._fruitless = 0
        self._total: int | None = None
        self._ended = self._proved = False
        self._error: BaseException | None = None

    # -- walking -----------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[Portion]:
        self._began = self._clock.now()
        self._course = increments.Course(self.stream, self._start, self._began)
        try:
            for page in self._all_pages():
                yield self._portion(page)
        except GeneratorExit:
            raise
        except BaseException as error:
            self._error = error
            raise
        self._ended = True
        met = self.objects + self._gone.count + self._before
        self._proved = self._total is None or met >= self._total
        state = self._course.ended() if self._proved else self._course.unproved()
        yield Portion(state=state, last=self._proved)

    def _all_pages(self) -> Iterator[Page]:
        """Yield the pages; where an interrupted walk can't go on, from the first one."""
        http = cast("Http", self._http)  # None for sources that ask nobody
        pages = iter(self._source.pages(http, self.stream.name, self._start.since))
        if self._start.resumed:
            try:
                first = next(pages, None)
            except RefusedError:
                self._start = self._start.anew(self.stream, self._began)
                self._course = increments.Course(self.stream, self._start, self._began)
                yield from self._all_pages()
                return
            if first is not None:
                yield first
        yield from pages

    def _portion(self, page: Page) -> Portion:
        self._heed_the_vendors_clock()
        found, nameless, came = self._read(page)
        gone = [self.reader.named(str(ident)) for ident in page.gone]
        for ident in gone:
            found.pop(ident, None)
        before = self._seen.count
        self._seen.add(found)
        self._gone.add(self._seen.missing(gone))
        self._pages += 1
        self._guard(page, fruitful=self._seen.count > before or bool(nameless or gone))
        self._objects += came
        self._nameless += len(nameless)
        if page.total is not None and page.total >= 0:
            self._total = page.total
        kept = [*found.values(), *nameless]
        skipped = Counter(reason for each in kept for reason in each.skipped)
        refused = [refusal for each in kept for refusal in each.refused]
        for reason, count in skipped.items():
            _count(self._skipped, reason, count)
        for refusal in refused:
            _count(self._reasons, refusal.reasons[0], 1)
        return Portion(
            state=self._course.after_page(page.cursor, self._before + self.objects),
            entries=[each.entry for each in found.values() if each.entry is not None],
            refused=refused,
            skipped=dict(skipped),
            gone=gone,
            objects=came,
        )

    def _guard(self, page: Page, *, fruitful: bool) -> None:
        """Stop an adapter that walks for ever; `paging.walk` stops vendors much earlier."""
        try:
            json.dumps(page.cursor, allow_nan=False)
        except (TypeError, ValueError, RecursionError):
            raise DriftError("the cursor of a page is no JSON value.", "$") from None
        self._fruitless = 0 if fruitful else self._fruitless + 1
        if self._fruitless > _FRUITLESS:
            raise PagingError(f"{self._fruitless} pages in a row brought nothing new: it loops.")
        if self._pages > MOST_PAGES:
            raise LimitError(f"the walk has more than {MOST_PAGES:,} pages.")

    def _read(self, page: Page) -> tuple[dict[str, Found], list[Found], int]:
        """Return the objects of a page by id, those without one, and how many came."""
        records, read = page.records, self.reader.read
        found: dict[str, Found] = {}
        nameless: list[Found] = []
        came = 0
        for each in (
            self.reader.batch(records)
            if isinstance(records, Batch)
            else map(read, records, repeat(page.context))
        ):
            came += 1
            ident = each.id
            self._unread += each.entry is None
            if not ident:
                nameless.append(each)
                continue
            self._course.meet(ident, each.mark)
            other = found.get(ident)
            if other is None or not _older(each, other):
                found[ident] = each if each.entry or not other else _beside(each, other)
        return found, nameless, came

    def _heed_the_vendors_clock(self) -> None:
        """Let the walk have begun earlier where the vendor's clock is behind ours."""
        if self._http is not None:
            began = self._began - (self._clock.now() - self._http.now())
            self._course.began = min(self._course.began, began)

    # -- the account -------------------------------------------------------------------------------

    @property
    def objects(self) -> int:
        """How many distinct objects came."""
        return self._seen.count + self._nameless

    @property
    def refused(self) -> int:
        """How many objects, or records of them, were refused."""
        return self._reasons.total()

    @property
    def resumed(self) -> bool:
        """Whether it went on where a walk before was interrupted."""
        return self._start.resumed

    @property
    def _before(self) -> int:
        """How many came before the walk was interrupted."""
        return self._start.state.objects if self._start.resumed else 0

    @property
    def total(self) -> int | None:
        """How many the vendor says there are."""
        return self._total

    @property
    def whole(self) -> bool:
        """Whether the walk met every object there is, so that what it did not meet is gone."""
        start = self._start
        everything = start.since.mark is None and not start.resumed and not self._unread
        return everything and self._ended and self._proved

    def missing(self, idents: Sequence[str]) -> list[str]:
        """Return those of the ids that the walk did not meet."""
        return self._seen.missing(idents)

    def receipt(
        self, changes: Changes | None = None, error: BaseException | None = None
    ) -> StreamReceipt:
        """Return what the walk did.

        Args:
            changes: what was written.
            error: why it was given up, where the source is not the cause.
        """
        error = error or self._error
        reasons = list(self._faults(error))
        failed = error is not None or not self._ended
        return StreamReceipt(
            stream=self.stream.name,
            status="failed" if failed else "partial" if reasons else "complete",
            reasons=tuple(reasons),
            notes=tuple(self._remarks()),
            pages=self._pages,
            objects=self.objects,
            repeated=self._objects - self.objects,
            total=self._total,
            changes=changes or Changes(),
            skipped=dict(self._skipped),
            resume_at=error.resume_at if isinstance(error, RetryError) else None,
        )

    def _faults(self, error: BaseException | None) -> Iterator[str]:
        if error is not None:
            yield told(error)
        elif not self._ended:
            yield "it was not read to its end"
        if self._ended and not self._proved:
            before = f", with {self._before} of the walk before" if self._before else ""
            yield f"{self._total} objects announced, {self.objects} received{before}"
        if self._reasons:
            most = self._reasons.most_common(3)
            listed = "; ".join(f"{reason} ({count}×)" for reason, count in most)
            yield f"{self.refused} refused and kept raw: {listed}"

    def _remarks(self) -> Iterator[str]:
        yield from self._start.notes
        if self._course.disordered:
            yield "what the vendor sends in order was not: the watermark moved at the end only"
        if self._error is not None and self.resumed and not self._pages:
            yield "it failed where the walk before was interrupted: if that stays so, pull in full"
        if not self._ended:
            return
        if self._course.untouched:
            yield (
                "nothing that was at the watermark came again: it was deleted, or the vendor's "
                "filter leaves out its own boundary"
            )
        if self.objects and not self._course.marked and self.stream.follows != "nothing":
            yield "no object has a mark: the watermark can't move, and every pull reads everything"


def read(
    feed: Feed,
    stream: StreamName = "responses",
    *,
    since: Mark | None = None,
    steps: Sequence[Step] = (),
    **seams: Any,
) -> tuple[Batch[Any], StreamReceipt]:
    """Read a stream without a store: all its records in memory, and what the walk did.

    Of several versions of an object the latest is kept. Whether everything came is for the receipt
    to say: look at its `status`.

    Args:
        feed: the source with its settings.
        stream: which stream.
        since: start there; None for all.
        steps: what happens to each record before it is checked.
        **seams: what tests put in place: see `cxmetrics.sources.http.connect`.

    Raises:
        SourceError: it can't be read to its end.
        UsageError: the source has no such stream; `since` makes no sense.
    """
    kept: dict[str, Entry] = {}
    gone = 0
    with feed.connect(**seams) or nullcontext() as http:
        walk = Walk(feed, http, stream, None, since=since, steps=steps, clock=seams.get("clock"))
        for portion in walk:
            for entry in portion.entries:
                held = kept.get(entry.object)
                if held is None or not _before(entry, held):
                    kept[entry.object] = entry
            gone += sum(kept.pop(ident, None) is not None for ident in portion.gone)
    batch = Batch.of(walk.stream.record, (r for entry in kept.values() for r in entry.records))
    return batch, walk.receipt(Changes(new=len(batch), gone=gone))


def stream_of(feed: Feed, name: str) -> Stream:
    """Return a stream of a feed by its name.

    Raises:
        UsageError: the source does not deliver it.
    """
    streams = {stream.name: stream for stream in feed.source.streams}
    for known in streams.values():
        if known.name == name:
            return known
    raise UsageError(f"{feed.source.name} has no stream {name!r}: {did_you_mean(name, streams)}")


def told(error: BaseException) -> str:
    """Return why a walk was given up, without a value of the vendor's in it."""
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    if isinstance(error, CxError) and not isinstance(error, DataError):
        return f"{type(error).__name__}: {error}"
    return said(error)


def _count(reasons: Counter[str], reason: str, count: int) -> None:
    """Count a reason, and put rare ones together where there are very many."""
    known = reason in reasons or len(reasons) < _MOST_REASONS
    reasons[reason if known else _OTHER] += count


def _beside(refused: Found, read: Found) -> Found:
    """Return an object of which a version was read and a later one refused: none undoes another."""
    return evolve(read, refused=refused.refused)


def _older(one: Found, other: Found) -> bool:
    return one.entry is not None and other.entry is not None and _before(one.entry, other.entry)


def _before(one: Entry, other: Entry) -> bool:
    """Say whether a version is older than another; without stamps the order of arrival decides."""
    first, second = one.updated_at, other.updated_at
    return first is not None and second is not None and first < second
