"""A stand: an adapter, its recorded vendor on this machine, and a clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from typing import Any, Literal, Self

from attrs import Factory, define, field, frozen

from cxmetrics.datasets.loopback import Asked, Reply
from cxmetrics.errors import SourceError
from cxmetrics.records import Record
from cxmetrics.sources._base import Mark, Since, Source, Stream, StreamName
from cxmetrics.sources.config import configure, options_of
from cxmetrics.sources.feed import Feed
from cxmetrics.sources.portion import Changes, Portion
from cxmetrics.sources.reading import Found, Reader
from cxmetrics.sources.receipt import StreamReceipt
from cxmetrics.sources.state import State
from cxmetrics.sources.walk import Walk, stream_of
from cxmetrics.store.store import Store
from cxmetrics.testing.clock import FakeClock
from cxmetrics.testing.detour import Detour, only
from cxmetrics.testing.script import Identity, Recorded, RecordedVendor, Script, identity
from cxmetrics.testing.vendor import Vendor

ELSEWHERE = "https://elsewhere.example"
"""A host that no adapter declares."""

_ADDRESS = "https://{}.example"


@frozen(kw_only=True)
class Went:
    """How a walk went.

    Attributes:
        portions: what it yielded.
        receipt: what it says of itself.
        error: what it raised; None where it ended.
        refused_hosts: what was to be contacted beside the vendor, past the transport.
    """

    portions: tuple[Portion, ...]
    receipt: StreamReceipt
    error: Exception | None
    refused_hosts: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether it ended, and says that nothing is missing."""
        return self.error is None and self.receipt.status == "complete"

    @property
    def crash(self) -> str:
        """What no adapter is to raise, in words; "" where it raised nothing, or a `SourceError`."""
        if self.error is None or isinstance(self.error, SourceError):
            return ""
        return crashed(self.error)

    @property
    def said(self) -> str:
        """Why it is not complete, in words."""
        if self.error is None:
            return "; ".join(self.receipt.reasons)
        return self.crash or f"{type(self.error).__name__}: {self.error}"

    @property
    def records(self) -> dict[str, Any]:
        """The records by id as JSON values, of the latest version of each object."""
        return standing(self.portions)

    @property
    def refusals(self) -> tuple[str, ...]:
        """Why objects were refused, each reason once."""
        why = [reason for p in self.portions for each in p.refused for reason in each.reasons]
        return tuple(dict.fromkeys(why))


@frozen(kw_only=True)
class Plain:
    """What an undisturbed walk over a stream brings, and what the vendor was asked for it.

    Attributes:
        stream: what is known of the stream.
        went: how it went.
        raws: the objects as the adapter hands them over, each with its context.
        found: what reading each gives, when they are handed over once more.
        told: the requests and their answers.
    """

    stream: Stream
    went: Went
    raws: tuple[tuple[Any, Mapping[str, Any]], ...]
    found: tuple[Found, ...]
    told: tuple[tuple[Asked, Reply], ...]

    @property
    def wavers(self) -> Literal["", "ids", "values"]:
        """What differs from one walk to the next."""
        entries = [each.entry for each in self.found if each.entry is not None]
        again = standing([Portion(state=State(field=""), entries=entries)])
        gone = {ident for portion in self.went.portions for ident in portion.gone}
        if not {*self.went.records} <= {*again}:
            return "ids"
        same = all(again[ident] == held for ident, held in self.went.records.items())
        return "" if same or gone else "values"

    @property
    def asked(self) -> set[Identity]:
        """What was asked for."""
        return {identity(asked) for asked, _ in self.told}


def crashed(error: BaseException) -> str:
    """Return an error and its place, on one line."""
    trace, where = error.__traceback__, ""
    while trace is not None:
        code = trace.tb_frame.f_code
        where = f" ({code.co_filename.rsplit('/', 1)[-1]}, line {trace.tb_lineno})"
        trace = trace.tb_next
    return f"{type(error).__name__}: {error}{where}"


def standing(portions: Iterable[Portion]) -> dict[str, Any]:
    """Return the records that some portions leave behind, by id, as JSON values."""
    held: dict[str, tuple[datetime | None, Sequence[Record]]] = {}
    for portion in portions:
        for entry in portion.entries:
            stamp = held[entry.object][0] if entry.object in held else None
            if stamp is None or entry.updated_at is None or entry.updated_at >= stamp:
                held[entry.object] = (entry.updated_at, entry.records)
        for ident in portion.gone:
            held.pop(ident, None)
    return as_values(record for _, records in held.values() for record in records)


@define
class Notes:
    """What a store does, for walks of which only the records matter: quick, and no store."""

    portions: list[Portion] = Factory(list)

    def cursor(self, _: StreamName) -> State | None:
        """Return where the stream has been read to."""
        return self.portions[-1].state if self.portions else None

    def write(self, _: StreamName, portion: Portion) -> Changes:
        """Note what a page became."""
        self.portions.append(portion)
        return Changes()

    def records(self, _: Stream) -> dict[str, Any]:
        """Return the records of the stream by id, as JSON values."""
        return standing(self.portions)


@frozen
class Shelf:
    """A place of its own in a store: one store, which takes a while to open, serves many walks.

    Attributes:
        store: the store.
        source: what its records are stored under.
    """

    store: Store
    source: str

    def cursor(self, stream: StreamName) -> State | None:
        """Return where a stream has been read to."""
        return self.store.cursor(self.source, stream)

    def write(self, stream: StreamName, portion: Portion) -> Changes:
        """Write what a page became."""
        return self.store.write(self.source, stream, portion)

    def records(self, stream: Stream) -> dict[str, Any]:
        """Return the records of a stream by id, as JSON values."""
        return as_values(self.store.batch(stream.record, source=self.source))


def as_values(records: Iterable[Record]) -> dict[str, Any]:
    """Return records by id as JSON values, which tell a change of type too."""
    return {record.id: record.to_dict() for record in records}  # type: ignore[attr-defined]


@define
class Stand:
    """An adapter, its recorded vendor on this machine, and a clock; a context manager.

    Args:
        source: the class of the adapter.
        given: its settings; secrets and an address that must be given are made up where they are
            left out.
        recorded: what the vendor answers, by stream.
        now: the time.
    """

    source: type[Source[Any]]
    given: Mapping[str, Any]
    recorded: Callable[[str], Recorded]
    now: datetime
    clock: FakeClock = field(init=False)
    settings: dict[str, Any] = field(init=False)
    vendor: RecordedVendor = field(init=False)
    elsewhere: Vendor = field(init=False)
    _scripts: dict[str, Script] = Factory(dict)

    def __attrs_post_init__(self) -> None:
        self.clock = FakeClock(self.now)
        self.settings = dict(self.given)
        for each in options_of(self.source):
            if each.required and each.name not in self.settings:
                if each.secret:
                    self.settings[each.name] = f"CANARY/{each.name}+Zx9=7qLw"
                elif each.kind.name == "address":
                    self.settings[each.name] = _ADDRESS.format(self.source.name)
        self.vendor, self.elsewhere = RecordedVendor(Script([])), Vendor()

    def __enter__(self) -> Self:
        self.vendor.__enter__()
        self.elsewhere.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.elsewhere.__exit__(None, None, None)
        self.vendor.__exit__(None, None, None)

    def feed(self) -> Feed:
        """Return the adapter with its settings; nothing is read from the environment."""
        return configure(self.source, self.settings, environ={})

    def script(self, stream: str) -> Script:
        """Return what the vendor plays for a stream."""
        if stream not in self._scripts:
            self._scripts[stream] = Script(self.recorded(stream))
        return self._scripts[stream]

    @contextmanager
    def connected(self, feed: Feed) -> Iterator[Any]:
        """Give the connection of a feed to the vendor; None for a source that asks nobody."""
        seams: dict[str, Any] = {"clock": self.clock, "uniform": lambda low, _: low}
        if feed.source.base():
            seams["transport"] = Detour(
                feed.source, vendor=self.vendor.url, elsewhere=self.elsewhere.url
            )
        opened: AbstractContextManager[Any] = feed.connect(**seams) or nullcontext()
        with opened as http:
            yield http

    def walk(
        self,
        stream: StreamName,
        *,
        shelf: Shelf | Notes | None = None,
        since: Mark | None = None,
        most: int = 0,
        feed: Feed | None = None,
    ) -> Went:
        """Walk over a stream as a pull does, and say how it went.

        Args:
            stream: which.
            shelf: goes on where this left off, and writes there; None to start anew.
            since: start there.
            most: interrupt it after so many portions; 0 for never.
            feed: the adapter; a new one by default.
        """
        feed = feed or self.feed()
        state = shelf.cursor(stream) if shelf else None
        self.vendor.script = self.script(stream)
        if state is None or state.resume is None:
            self.vendor.script.restart()
        portions: list[Portion] = []
        changes, error = Changes(), None
        with only(self.vendor.url, self.elsewhere.url) as refused, self.connected(feed) as http:
            walk = Walk(feed, http, stream, state, since=since, clock=self.clock)
            steps = iter(walk)
            try:
                for portion in steps:
                    if shelf:
                        changes += shelf.write(stream, portion)
                    portions.append(portion)
                    if len(portions) == most:
                        break
            except Exception as raised:  # noqa: BLE001  # what an adapter raises is the question
                error = raised
            steps.close()  # type: ignore[attr-defined]  # a generator
        return Went(
            portions=tuple(portions),
            receipt=walk.receipt(changes),
            error=error,
            refused_hosts=tuple(refused),
        )

    def plain(self, name: StreamName) -> Plain:
        """Return what an undisturbed walk over a stream brings."""
        feed = self.feed()
        stream = stream_of(feed, name)
        script = self.script(name)
        del script.told[:]
        went = self.walk(name, feed=feed)
        told = tuple(script.told)
        given: list[tuple[Any, Mapping[str, Any]]] = []
        if went.error is None:
            script.restart()
            with self.connected(feed) as http:
                for page in feed.source.pages(http, name, Since()):
                    given += [(raw, page.context or {}) for raw in page.records]
        reader = Reader(feed.source, stream)
        found = tuple(reader.read(raw, context) for raw, context in given)
        raws = tuple(each for each in given if not isinstance(each[0], Record))
        return Plain(stream=stream, went=went, raws=raws, found=found, told=told)
