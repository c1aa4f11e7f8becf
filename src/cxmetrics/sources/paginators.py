"""How vendors page: one small paginator a way; `cxmetrics.sources.paging.walk` follows them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from attrs import evolve, frozen

from cxmetrics.errors import DriftError
from cxmetrics.sources.strict import member

if TYPE_CHECKING:
    from cxmetrics.sources.message import Answer, Request


class Paginator(ABC):
    """Which request follows an answer. Subclass it for a vendor with a way of its own.

    Attributes:
        moves: whether a page is told by its position, which shifts when the vendor's data change
            during the walk; `walk` then has it proved that nothing was skipped.
        overlap: how many records at the end of a page are asked again at the start of the next.
        id: the JSON path of the id in a record; needed where `moves`.
    """

    moves: ClassVar[bool] = False
    overlap: int = 0
    id: str = ""

    def first(self, ask: Request) -> Request:
        """Return the request of the first page."""
        return ask

    @abstractmethod
    def next(self, answer: Answer, records: Sequence[Any]) -> Request | str | None:
        """Return what follows an answer: a request, an address the vendor gave, None at the end.

        Args:
            answer: its `request` is the one it answers.
            records: what it holds.

        Raises:
            DriftError: the answer does not say what it should.
        """

    def guess(self, ask: Request, size: int) -> Request | None:  # noqa: ARG002  # for subclasses
        """Return what will probably follow a page of `size` records; None where none can know."""
        return None


@frozen
class Whole(Paginator):
    """Everything is in one answer: a static file."""

    def next(self, answer: Answer, records: Sequence[Any]) -> None:
        """Return None: nothing follows."""


@frozen(kw_only=True)
class _Flagged(Paginator):
    """The answer may say by a flag whether more follows.

    Attributes:
        more: the JSON path of a boolean that is true where more follows; "" for none.
        end: the JSON path of a boolean that is true on the last page; "" for none.
    """

    more: str = ""
    end: str = ""

    def _goes_on(self, answer: Answer) -> bool | None:
        """Say whether more follows; None where the vendor gives no flag."""
        if self.more:
            return bool(member(answer.json(), self.more, bool))
        return not member(answer.json(), self.end, bool) if self.end else None


@frozen(kw_only=True)
class _Given(_Flagged):
    """The answer gives a cursor or an address.

    Attributes:
        at: its JSON path.
        absent_at_end: whether the vendor leaves it away on the last page. Else the last page has
            null or "" there, and its absence is drift, not the end.
    """

    at: str
    absent_at_end: bool = False

    def _given(self, answer: Answer) -> str | int | None:
        goes_on = self._goes_on(answer)
        if goes_on is False:
            return None
        value = self._value(answer.json())
        if value is None and goes_on:
            raise DriftError(f"{self.at}: more is to follow, and it does not say where.", self.at)
        return value

    def _value(self, body: Any) -> str | int | None:
        try:
            value = member(body, self.at, (str, int, type(None)))
        except DriftError as error:
            if self.absent_at_end and _lacks(body, error.path):
                return None
            raise
        return None if value in {None, ""} else value


@frozen(kw_only=True)
class NextUrl(_Given):
    """The answer holds the address of the next page, absolute or relative to the base.

    Example:
        >>> zendesk = NextUrl(at="$.links.next", more="$.meta.has_more")
        >>> zendesk_tickets = NextUrl(at="$.after_url", end="$.end_of_stream")
        >>> surveymonkey = NextUrl(at="$.links.next", absent_at_end=True)
    """

    def next(self, answer: Answer, records: Sequence[Any]) -> str | None:  # noqa: ARG002
        """Return the address that the answer gives."""
        given = self._given(answer)
        return None if given is None else str(given)


@frozen(kw_only=True)
class LinkHeader(Paginator):
    """The answer's `Link` header holds the address of the next page.

    Attributes:
        rel: what the link is called.
    """

    rel: str = "next"

    def next(self, answer: Answer, records: Sequence[Any]) -> str | None:  # noqa: ARG002
        """Return the address that the header gives."""
        return answer.links().get(self.rel)


@frozen(kw_only=True)
class Cursor(_Given):
    """The answer gives a cursor, which the next request hands back.

    Attributes:
        param: the parameter that says it; in a JSON body its path, "$.paging.cursor".

    Example:
        >>> hubspot = Cursor(at="$.paging.next.after", param="after", absent_at_end=True)
        >>> intercom = Cursor(
        ...     at="$.pages.next.starting_after",
        ...     param="$.pagination.starting_after",
        ...     absent_at_end=True,
        ... )
    """

    param: str = "cursor"

    def next(self, answer: Answer, records: Sequence[Any]) -> Request | None:  # noqa: ARG002
        """Return the same request with the cursor that the answer gives."""
        given = self._given(answer)
        if given is None:
            return None
        return told(answer.request, self.param, given)


def connection(at: str, *, variable: str = "after") -> Cursor:
    """Return the paginator of a GraphQL connection: `pageInfo { hasNextPage endCursor }`.

    The records are at `{at}.nodes`, or in `{at}.edges` under `node`.

    Args:
        at: the JSON path of the connection, such as "$.data.feedback".
        variable: the variable of the query that takes the cursor.

    Example:
        >>> medallia = connection("$.data.feedback")
        >>> medallia.at, medallia.param
        ('$.data.feedback.pageInfo.endCursor', '$.variables.after')
    """
    return Cursor(
        at=f"{at}.pageInfo.endCursor",
        more=f"{at}.pageInfo.hasNextPage",
        param=f"$.variables.{variable}",
    )


@frozen(kw_only=True)
class LastId(_Flagged):
    """The next page starts after (or before) the last record of this one.

    Attributes:
        id: the JSON path of the id in a record.
        param: the parameter that says it; in a JSON body its path, "$.paging.cursor".
        full: where the vendor documents that a page with fewer records is the last one: how many
            records a full page has, which may be fewer than were asked; None to go on until a
            page is empty.

    Example:
        >>> typeform = LastId(id="$.token", param="before", full=1000)
    """

    id: str
    param: str
    full: int | None = None

    def next(self, answer: Answer, records: Sequence[Any]) -> Request | None:
        """Return the same request with the id of the last record."""
        goes_on = self._goes_on(answer)
        if not (len(records) >= (self.full or 1) if goes_on is None else goes_on):
            return None
        if not records:
            raise DriftError(
                "more is to follow a page without records: nothing to go on from.", "$"
            )
        return told(answer.request, self.param, id_of(records[-1], self.id))


@frozen(kw_only=True)
class _Positioned(_Flagged):
    """A page is told by its position.

    Attributes:
        param: the parameter that says it; in a JSON body its path, "$.paging.cursor".
        start: the position of the first page or record.
        full: where the vendor documents that a page with fewer records is the last one: how many
            records a full page has, which may be fewer than were asked; None to go on until a
            page brings nothing.
        id: the JSON path of the id in a record.
    """

    moves: ClassVar[bool] = True

    param: str
    start: int = 0
    full: int | None = None
    id: str = "$.id"

    def first(self, ask: Request) -> Request:
        """Return the request of the first page."""
        return told(ask, self.param, self.start)

    def _at(self, ask: Request) -> int:
        if self.param.startswith("$."):
            return member(ask.json, self.param, int)
        return cast("int", ask.params[self.param])

    def _to(self, ask: Request, position: int) -> Request:
        return told(ask, self.param, position)


@frozen(kw_only=True)
class PageNumber(_Positioned):
    """Pages have numbers.

    A number can't be asked with an overlap: what shifts between two pages is noticed by the
    vendor's total, and by records that come twice. Prefer another way where the vendor has one.

    Attributes:
        pages: the JSON path of the number of pages; "" where the vendor tells none.

    Example:
        >>> delighted = PageNumber(full=100)  # with params={"per_page": 100}
        >>> alchemer = PageNumber(pages="$.total_pages")
    """

    param: str = "page"
    start: int = 1
    pages: str = ""

    def next(self, answer: Answer, records: Sequence[Any]) -> Request | None:
        """Return the same request with the next number."""
        number, goes_on = self._at(answer.request), self._goes_on(answer)
        if goes_on is None and self.pages:
            goes_on = number - self.start + 1 < member(answer.json(), self.pages, int)
        if goes_on is None:
            goes_on = len(records) >= (self.full or 1)
        return self._to(answer.request, number + 1) if goes_on else None

    def guess(self, ask: Request, size: int) -> Request:  # noqa: ARG002
        """Return the same request with the next number."""
        return self._to(ask, self._at(ask) + 1)


@frozen(kw_only=True)
class Offset(_Positioned):
    """Records have positions, and a request says the first one.

    Each page but the first is asked to start with the last record of the page before: where it
    does not, the data moved. So pages need two records or more.

    Attributes:
        overlap: 1; 0 for a vendor who wants multiples of the page's size.

    Example:
        >>> formbricks = Offset(param="skip", full=250)  # with params={"limit": 250}
    """

    param: str = "offset"
    overlap: int = 1

    def next(self, answer: Answer, records: Sequence[Any]) -> Request | None:
        """Return the same request with the position after the records that came."""
        goes_on = self._goes_on(answer)
        if goes_on is None:
            goes_on = len(records) >= max(self.full or 0, self.overlap + 1)
        if not goes_on:
            return None
        # By what came, not by what was asked: a vendor may give less than the limit.
        step = len(records) - self.overlap if records else self.full or 0
        return self._to(answer.request, self._at(answer.request) + step)

    def guess(self, ask: Request, size: int) -> Request:
        """Return the same request with the position after a page of that size."""
        return self._to(ask, self._at(ask) + size - self.overlap)


def told(ask: Request, param: str, value: str | int) -> Request:
    """Return a request that says something more: all else, the filters too, stays as it is."""
    if param.startswith("$."):
        return evolve(ask, json=_with(ask.json, param[2:].split("."), value))
    return evolve(ask, params={**ask.params, param: value})


def id_of(record: Any, path: str) -> str | int:
    """Return the id of a record.

    Raises:
        DriftError: it has none.
    """
    value: str | int = member(record, path, (str, int))
    return value


def _lacks(body: Any, path: str) -> bool:
    """Say whether a member is absent or null, rather than of another kind."""
    try:
        return member(body, path) is None
    except DriftError:
        return True


def _with(body: Any, names: Sequence[str], value: str | int) -> Any:
    inner = body if isinstance(body, Mapping) else {}
    name, *rest = names
    return {**inner, name: _with(inner.get(name), rest, value) if rest else value}
