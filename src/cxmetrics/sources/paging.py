"""Walking over a vendor's pages, with the guards against walks that loop, skip or end early."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import attrs
from attrs import define, evolve, field

from cxmetrics.errors import CxError, LimitError, PagingError, RefusedError, UsageError
from cxmetrics.sources._base import Page, Since
from cxmetrics.sources.ahead import Ahead, fingerprint
from cxmetrics.sources.message import Answer, Request
from cxmetrics.sources.paginators import (
    Cursor,
    LastId,
    LinkHeader,
    NextUrl,
    Offset,
    PageNumber,
    Paginator,
    Whole,
    connection,
    id_of,
)
from cxmetrics.sources.strict import member

if TYPE_CHECKING:
    from cxmetrics.sources.http import Http

__all__ = [
    "Cursor",
    "LastId",
    "LinkHeader",
    "NextUrl",
    "Offset",
    "PageNumber",
    "Paginator",
    "Whole",
    "connection",
    "walk",
]

Records: TypeAlias = "str | Callable[[Answer], Sequence[Any]]"
Total: TypeAlias = "str | Callable[[Answer], int | None]"

MOST_PAGES: Final = 100_000
_FRUITLESS: Final = 3
_RESTARTS: Final = 2
_STALE: Final = frozenset({400, 404, 409, 410, 422})
"""What vendors say to a cursor they no longer know."""


def walk(
    http: Http,
    paginator: Paginator,
    *,
    ask: Request | str,
    records: Records,
    since: Since | None = None,
    total: Total = "",
    context: Mapping[str, Any] | None = None,
    most_pages: int = MOST_PAGES,
    ahead: int = 1,
) -> Iterator[Page]:
    """Walk over all pages of one list.

    Each page carries a cursor, from which a later call goes on (`since.resume`) with the same
    guards. The pages before are handed over when it raises because

    * a request comes again, after any number of others,
    * more than 3 pages in a row are empty or repeat earlier ones, and still more is to follow,
    * the vendor announced more than came, or pages were repeated and no total proves that nothing
      is missing,
    * data moved under a `PageNumber` or an `Offset`: the total changed, or a page does not start
      with the last record of the one before. The walk starts again first, twice.

    A cursor that the vendor refuses when the walk is resumed makes it start again, too.

    Args:
        http: what asks the vendor.
        paginator: how the vendor pages.
        ask: the first request, or its path; what it says is said for every page.
        records: the JSON path of the list of records, or a function that finds it in an answer.
        since: the cursor to go on from. The filter by time belongs into `ask`.
        total: the JSON path of the number of records the whole walk has, or a function that finds
            it in an answer; "" where the vendor tells none. Declare it where there is one: it
            proves that nothing is missing.
        context: what `Source.read` needs beside a record.
        most_pages: how many pages there may be.
        ahead: how many requests may be under way at once, where the vendor allows several. Only
            for `PageNumber` and `Offset` more than 2 are of use; without a total, as many requests
            past the end are made in vain.

    Yields:
        Pages in the order of the vendor.

    Raises:
        PagingError: the walk loops, repeats, moved or ended early.
        DriftError: an answer does not have the documented shape.
        OriginError: the address of the next page leads to another host.
        LimitError: there are more than `most_pages` pages.

    Example:
        ```python
        def pages(self, http, stream, since):
            ask = Request("responses", params={"updated_since": since.at and since.at.isoformat()})
            by = NextUrl(at="$.links.next")
            yield from walk(http, by, ask=ask, records="$.data", total="$.count", since=since)
        ```
    """
    if most_pages < 1 or ahead < 1:
        raise UsageError("most_pages and ahead are whole numbers from 1.")
    course = _Course(
        http,
        paginator,
        Request(ask) if isinstance(ask, str) else ask,
        records,
        total,
        context,
        most_pages,
        ahead,
    )
    yield from course.pages(since.resume if since else None)


class _MovedError(Exception):
    """The data moved: start again."""


@define
class _Trail:
    """What is remembered of a walk, small enough to be stored with every page.

    Attributes:
        pages: how many there were.
        received: how many records, without those that came again.
        total: the smallest number of them that the vendor announced.
        fruitless: how many pages in a row brought nothing new.
        doubt: whether something came again: only a total then proves that nothing is missing.
        last: the fingerprint of the last record, where pages are told by position.
    """

    pages: int = 0
    received: int = 0
    total: int | None = None
    fruitless: int = 0
    doubt: bool = False
    last: str | None = None


@define
class _Course:
    """One call of `walk`."""

    http: Http
    paginator: Paginator
    ask: Request
    records: Records
    total: Total
    context: Mapping[str, Any] | None
    most_pages: int
    ahead: int
    trail: _Trail = field(factory=_Trail, init=False)
    requests: set[bytes] = field(factory=set, init=False)
    contents: set[bytes] = field(factory=set, init=False)

    def pages(self, resume: Any) -> Iterator[Page]:
        start = self.paginator.first(self.ask)
        request: Request | None = start
        if resume is not None:
            self.trail = _Trail(**resume["trail"])
            request = Request.from_dict(resume["next"]) if resume["next"] else None
        restarts = 0
        while True:
            try:
                yield from self._from(request)
            except _MovedError as moved:
                restarts += 1
                if restarts > _RESTARTS:
                    raise self._error(
                        f"the data moved while they were read, {restarts} times: {moved}. Pull "
                        "again when less is changed there."
                    ) from None
            except RefusedError as error:
                if resume is None or self.contents or error.status not in _STALE:
                    raise
                resume = None  # the vendor forgot the cursor
            else:
                return
            request, self.trail = start, _Trail(pages=self.trail.pages)
            self.requests.clear()
            self.contents.clear()

    def _from(self, request: Request | None) -> Iterator[Page]:
        ahead = Ahead(self.http, self.paginator, self.ahead)
        while request is not None:
            self.requests.add(fingerprint(request))
            answer = ahead.send(request)
            found = self._found(answer)
            announced = self._announced(answer)
            fresh = self._fresh(found)
            request = self._following(answer, found)
            # Judged before the page is handed over: what leads nowhere is no cursor to go on from.
            wrong = self._wrong(request, fruitful=bool(fresh))
            left = None if announced is None else announced - self.trail.received
            ahead.prepare(None if wrong else request, size=len(found), left=left)
            yield Page(
                fresh,
                None if wrong else self._cursor(request),
                total=self.trail.total,
                context=self.context,
            )
            if wrong:
                raise wrong

    def _found(self, answer: Answer) -> Sequence[Any]:
        if callable(self.records):
            return self.records(answer)
        found: list[Any] = member(answer.json(), self.records, list)
        return found

    def _announced(self, answer: Answer) -> int | None:
        """Return how many records the vendor says there are, and note it."""
        if callable(self.total):
            said = self.total(answer)
        else:
            said = member(answer.json(), self.total, (int, type(None))) if self.total else None
        if said is None or said < 0:  # some vendors say -1 for "not counted"
            return None
        before = self.trail.total
        if self.paginator.moves and before not in {None, said}:
            raise _MovedError(f"{before:,} records were announced, then {said:,}")
        # What comes or goes on a walk by cursor may or may not be on a page yet to come.
        self.trail.total = said if before is None else min(before, said)
        return said

    def _fresh(self, found: Sequence[Any]) -> Sequence[Any]:
        """Return the records that did not come before, and note what did."""
        trail, moves = self.trail, self.paginator.moves
        fresh = found
        if moves and trail.last is not None:
            ids = [_mark(id_of(record, self.paginator.id)) for record in found]
            if overlap := self.paginator.overlap:
                if ids[overlap - 1 : overlap] != [trail.last]:
                    raise _MovedError("a page does not start with the last record before it")
                fresh = found[overlap:]
            elif trail.last in ids:
                trail.doubt = True
                fresh = found[ids.index(trail.last) + 1 :]
        if moves and found:
            trail.last = _mark(id_of(found[-1], self.paginator.id))
        if found and not self._is_new(found):
            # One record may well come again, where a cursor includes its own record.
            trail.doubt |= len(found) > 1
            fresh = ()
        trail.pages += 1
        trail.received += len(fresh)
        return fresh

    def _is_new(self, found: Sequence[Any]) -> bool:
        """Say whether a page did not come before: some vendors ignore the parameter they page by.

        Its length, first and last record tell.
        """
        text = f"{len(found)} {found[0]!r} {found[-1]!r}"
        content = blake2b(text.encode(errors="backslashreplace"), digest_size=8).digest()
        known = content in self.contents
        self.contents.add(content)
        return not known

    def _following(self, answer: Answer, found: Sequence[Any]) -> Request | None:
        following = self.paginator.next(answer, found)
        if not isinstance(following, str):
            return following
        asked = answer.request
        if following.startswith("?"):
            following = asked.path.partition("?")[0] + following
        # The address carries every parameter: those of the request would double or replace them.
        return evolve(asked, path=self.http.resolve(following), params={})

    def _wrong(self, following: Request | None, *, fruitful: bool) -> Exception | None:
        """Return why the walk can't end here, or can't go on."""
        trail = self.trail
        if following is None:
            return self._short()
        trail.fruitless = 0 if fruitful else trail.fruitless + 1
        if fingerprint(following) in self.requests:
            return self._error(f"page {trail.pages} leads back to an earlier one: it never ends.")
        if trail.fruitless > _FRUITLESS:
            return self._error(
                f"{trail.fruitless} pages in a row brought nothing new, and more is to follow: "
                "does the vendor page otherwise?"
            )
        if trail.pages >= self.most_pages:
            return LimitError(
                f"{self.ask.path}: more than {self.most_pages:,} pages. Narrow what is asked for, "
                "or raise most_pages."
            )
        return None

    def _short(self) -> Exception | None:
        trail = self.trail
        if trail.total is None:
            lack = "records came twice, and no total proves that none is missing"
        else:
            lack = f"{trail.total:,} announced, {trail.received:,} received"
        if trail.doubt and self.paginator.moves and trail.received < (trail.total or 1 << 62):
            return _MovedError(lack)
        if trail.doubt if trail.total is None else trail.received < trail.total:
            return self._error(f"the walk ended early: {lack}.")
        return None

    def _cursor(self, following: Request | None) -> dict[str, Any]:
        told = attrs.asdict(self.trail, filter=lambda field, value: value != field.default)
        return {"next": following and following.to_dict(), "trail": told}

    def _error(self, what: str) -> CxError:
        return PagingError(f"{self.ask.path}: {what}")


def _mark(key: str | int) -> str:
    """Return what tells a record, and not who it is of: it is stored with the cursor."""
    return blake2b(str(key).encode(errors="backslashreplace"), digest_size=8).hexdigest()
