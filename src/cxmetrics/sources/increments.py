"""Increments: where a walk starts, and how far the watermark may move when it ends.

Three rules. An increment asks again for what came shortly before the watermark, because records
become visible late. The watermark moves when the walk has ended; earlier only where the vendor
guarantees the order, and as long as it is seen to hold. It never passes the moment the walk began:
what changes while the vendor's pages are read may jump from a page that is to come to one that was.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

from attrs import Factory, define, evolve, field, frozen

from cxmetrics.errors import UsageError
from cxmetrics.sources._base import Mark, Since, Stream
from cxmetrics.sources.state import State

LEAST_OVERLAP: Final = timedelta(hours=1)
"""An increment of a stream that is not ordered starts at least this much before the watermark."""

_SKEW: Final = timedelta(days=1)
_MOST_AT_MARK: Final = 1_000


@frozen(kw_only=True)
class Start:
    """Where a walk starts, and why.

    Attributes:
        since: what the adapter is told.
        state: what is stored so far; a new one where everything is read again.
        resumed: whether a walk that was interrupted goes on.
        pinned: whether the walk leaves the state alone, because it leaves a gap.
        notes: what a person should know.
    """

    since: Since
    state: State
    resumed: bool = False
    pinned: bool = False
    notes: tuple[str, ...] = ()

    def anew(self, stream: Stream, now: datetime) -> Start:
        """Return the start of the same increment from its first page."""
        note = "the walk that was interrupted can't go on where it was: it starts again"
        plain = evolve(self.state, resume=None, seen=None, began=None, objects=0)
        since = Since(mark=_moved_back(stream, plain.mark, now))
        return evolve(self, since=since, state=plain, resumed=False, notes=(*self.notes, note))


def start(
    stream: Stream,
    state: State | None,
    *,
    filters: str,
    version: int,
    now: datetime,
    since: Mark | None = None,
    full: bool = False,
) -> Start:
    """Decide where a walk starts.

    Args:
        stream: what is known of it.
        state: where it has been read to; None where it never was.
        filters: the hash of the settings that decide which records come.
        version: of the adapter.
        now: the time.
        since: where the user wants to start; None for where the last walk ended.
        full: True to read everything, whatever was read before.

    Raises:
        UsageError: `since` is a time without a time zone, or comes with `full`.
    """
    if since is not None and full:
        raise UsageError("a full pull reads everything: leave since= out.")
    if isinstance(since, datetime) and since.utcoffset() is None:
        raise UsageError("since= needs a time zone, such as datetime(2026, 1, 1, tzinfo=UTC).")
    doubt = _doubt(stream, state, filters, version, now) if state else ""
    notes = [f"{doubt}: everything is read again"] if doubt else []
    kept = State(field=stream.follows, filters=filters, version=version)
    if state is not None and not doubt:
        kept = state
    if full or stream.follows == "nothing":
        if since is not None:
            notes.append("every pull of this stream reads everything: since is not heeded")
        since = None
    elif since is not None and isinstance(since, datetime) == (stream.follows == "id"):
        notes.append(f"since is no mark of a stream followed by its {stream.follows}: all is read")
        since, full = None, True
    if kept.resume is not None and since is None and not full:
        notes.append("goes on where the walk before was interrupted")
        again = Since(mark=kept.start, resume=kept.resume)
        return Start(since=again, state=kept, resumed=True, notes=tuple(notes))
    if full:
        mark, pinned = None, False
    elif since is not None:
        read_to = kept.mark if kept.mark is not None or kept.resume is None else _lowest(since)
        mark, pinned = since, read_to is not None and _above(since, read_to)
        if pinned:
            notes.append(
                "asked for what is later than all that was read: the watermark stays, and the "
                "next pull without since reads what lies between"
            )
    else:
        mark, pinned = _moved_back(stream, kept.mark, now), False
    return Start(since=Since(mark=mark), state=kept, pinned=pinned, notes=tuple(notes))


def _doubt(stream: Stream, state: State, filters: str, version: int, now: datetime) -> str:
    """Say why what was read before is no help, "" where it is."""
    if state.field != stream.follows:
        return f"the stream is followed by {stream.follows!r} and not by {state.field!r} any more"
    if state.filters != filters:
        return "the settings that decide which records come have changed"
    if state.version != version:
        return f"the adapter reads in another way (version {version}, not {state.version})"
    if isinstance(state.mark, datetime) and state.mark > now + _SKEW:
        return f"the watermark lies in the future ({state.mark:%Y-%m-%d %H:%M} UTC)"
    return ""


def _moved_back(stream: Stream, mark: Mark | None, now: datetime) -> Mark | None:
    if mark is None or not isinstance(mark, datetime):
        return None if mark is None else mark - stream.reread
    overlap = stream.overlap if stream.ordered else max(stream.overlap, LEAST_OVERLAP)
    try:
        return min(mark, now) - overlap
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


def _above(one: Mark, other: Mark) -> bool:
    """Say whether a mark is higher than another of its kind; other kinds don't get here."""
    return cast("int", one) > cast("int", other)


def _lowest(mark: Mark) -> Mark:
    return datetime.min.replace(tzinfo=UTC) if isinstance(mark, datetime) else -(2**63)


@define
class Course:
    """What a walk has met so far, and the state it may leave behind.

    Attributes:
        stream: what is known of the stream.
        start: where the walk started.
        began: when, by the earlier of our clock and the vendor's.
        ordered: whether the marks may still be trusted not to fall.
    """

    stream: Stream
    start: Start
    began: datetime
    ordered: bool = field(init=False)
    _seen: Mark | None = field(init=False)
    _at_seen: list[str] = Factory(list)
    _expected: set[str] = field(init=False)

    def __attrs_post_init__(self) -> None:
        state = self.start.state
        self.ordered = self.stream.ordered
        self._seen = state.seen if self.start.resumed else None
        self._expected = set() if self.start.resumed else set(state.at_mark)
        if self.start.resumed and state.began is not None:
            self.began = min(self.began, state.began)

    def meet(self, ident: str, mark: Mark | None) -> None:
        """Note an object and the value of the field the stream is followed by."""
        if self._expected:
            self._expected.discard(ident)
        if mark is None or self.stream.follows == "nothing":
            return
        seen: Any = self._seen
        if mark == seen:
            if len(self._at_seen) < _MOST_AT_MARK:
                self._at_seen.append(ident)
        elif seen is None or mark > seen:
            self._seen, self._at_seen = mark, [ident]
        else:
            self.ordered = False

    @property
    def marked(self) -> bool:
        """Whether any object had a mark."""
        return self._seen is not None

    @property
    def disordered(self) -> bool:
        """Whether marks fell on a walk that the vendor guarantees to be ordered."""
        return self.stream.ordered and not self.ordered

    @property
    def untouched(self) -> bool:
        """Whether no object at the watermark came again, though the increment asked for them."""
        old, asked = self.start.state, self.start.since.mark
        covers = asked is None or (old.mark is not None and not _above(asked, old.mark))
        return covers and bool(old.at_mark) and self._expected == set(old.at_mark)

    def after_page(self, cursor: object, objects: int) -> State:
        """Return the state to store with a page.

        Args:
            cursor: where the adapter can go on after it.
            objects: how many distinct objects came so far.
        """
        state = self.start.state
        if self.start.pinned:
            return state
        if self.ordered:
            state = self._advanced()
        elif self.stream.ordered and self.start.resumed:
            # Earlier pages moved the watermark in good faith: take it back.
            state = evolve(state, mark=state.start, at_mark=())
        if cursor is None:
            return evolve(state, resume=None, seen=None, start=None, began=None, objects=0)
        return evolve(
            state,
            resume=cursor,
            seen=self._seen,
            start=self.start.since.mark,
            began=self.began,
            objects=objects,
        )

    def ended(self) -> State:
        """Return the state after a walk that ended well and brought all that was announced."""
        if self.start.pinned:
            return self.start.state
        advanced = self._advanced()
        asked = self.start.since.mark
        if advanced.mark is None and asked is not None:
            # Nothing came, and what is before the mark that was asked for is not wanted.
            capped = min(asked, self.began) if isinstance(asked, datetime) else asked
            advanced = evolve(advanced, mark=capped)
        return evolve(advanced, resume=None, seen=None, start=None, began=None, objects=0)

    def unproved(self) -> State:
        """Return the state after a walk that ended and did not bring what was announced."""
        state = self.start.state
        if self.start.pinned:
            return state
        if self.stream.ordered and self.start.resumed:
            state = evolve(state, mark=state.start, at_mark=())
        return evolve(state, resume=None, seen=None, start=None, began=None, objects=0)

    def _advanced(self) -> State:
        state, seen = self.start.state, self._seen
        if seen is None:
            return state
        at_mark = tuple(self._at_seen) if len(self._at_seen) < _MOST_AT_MARK else ()
        if isinstance(seen, datetime) and seen > self.began:
            seen, at_mark = self.began, ()
        if state.mark is not None:
            if _above(state.mark, seen):
                return state
            if seen == state.mark:
                at_mark = tuple(dict.fromkeys((*state.at_mark, *at_mark)))[:_MOST_AT_MARK]
        return evolve(state, mark=seen, at_mark=at_mark)
