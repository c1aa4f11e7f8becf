"""`Vendor`: a server on this machine that answers as recorded, and misbehaves on request."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from attrs import Factory, define, evolve, frozen

from cxmetrics.datasets.loopback import Asked, Loopback, Reply, Wire
from cxmetrics.testing.faults import Fault

__all__ = ["Answer", "Asked", "Reply", "Vendor", "Wire"]

Answer: TypeAlias = "Reply | Callable[[Asked], Any] | Any"
"""What a route gives: a `Reply`, a function of the request that returns one or JSON values, or
JSON values themselves (mappings, lists, texts, numbers, None)."""

_TEXT: Final = ("application/json", "text/", "application/xml")


@frozen
class _Route:
    method: str
    path: str
    query: frozenset[tuple[str, str]]
    when: Callable[[Asked], bool] | None
    give: Callable[[Asked], Answer]

    def fits(self, asked: Asked) -> bool:
        return (
            (asked.method, asked.path) == (self.method, self.path)
            and self.query <= set(asked.query.items())
            and (self.when is None or self.when(asked))
        )


@define
class _Spell:
    """A fault, and the requests it befalls."""

    fault: Fault
    at: Collection[int]
    every: int
    path: str
    when: Callable[[Asked], bool] | None
    count: int = 0

    def strikes(self, asked: Asked) -> bool:
        if not asked.path.startswith(self.path) or not (self.when is None or self.when(asked)):
            return False
        self.count += 1
        return self.count in self.at if self.at else self.count % self.every == 0


@define
class _Pages:
    """Recorded pages in order: each new request gets the next one, a repeated one the same."""

    pages: tuple[Answer, ...]
    given: dict[tuple[str, bytes], int] = Factory(dict)

    def __call__(self, asked: Asked) -> Answer:
        number = self.given.setdefault((asked.target, asked.body), len(self.given))
        if number < len(self.pages):
            return self.pages[number]
        return Reply.of({"error": f"{len(self.pages)} pages were recorded"}, status=404)


class Vendor(Loopback):
    """A vendor on this machine, for the tests of an adapter; a context manager.

    Say what it answers with `on` and `pages`, and how it misbehaves with `misbehave`. What has
    no route is answered with 404.

    Args:
        token: what a request has to show, else it is answered with 401; None for nothing.
        header: in which header.
        prefix: what stands before the token there.
        origin: the address of the real vendor in recorded answers, such as
            "https://api.acme.com": it becomes the address of this server.

    Attributes:
        url: its address, such as "http://127.0.0.1:49152".
        log: the requests received, in order, those that failed too.

    Example:
        >>> from urllib.request import urlopen
        >>> from cxmetrics.testing import faults
        >>> with Vendor() as vendor:
        ...     vendor.on("GET", "/surveys", {"surveys": ["NPS 2026"]})
        ...     vendor.misbehave(faults.status(503), at=2)
        ...     answer = urlopen(f"{vendor.url}/surveys?page=1").read()
        >>> answer, [asked.query for asked in vendor.log]
        (b'{"surveys": ["NPS 2026"]}', [{'page': '1'}])
    """

    def __init__(
        self,
        *,
        token: str | None = None,
        header: str = "Authorization",
        prefix: str = "Bearer ",
        origin: str = "",
    ) -> None:
        super().__init__(self.respond)
        self.log: list[Asked] = []
        self._header, self._shown = header.lower(), None if token is None else prefix + token
        self._origin = origin
        self._routes: list[_Route] = []
        self._spells: list[_Spell] = []
        self._one_by_one = threading.Lock()

    def on(
        self,
        method: str,
        target: str,
        *answers: Answer,
        when: Callable[[Asked], bool] | None = None,
    ) -> None:
        """Say what a request is answered with; of several routes that fit the newest holds.

        Args:
            method: "GET", "POST".
            target: the path; a query in it names parameters the request must have, among others.
            answers: what it gets; of several, one after another, and the last from then on.
            when: says more about the requests that are meant, for instance by their body.
        """
        turn = iter(range(len(answers) - 1))

        def give(_: Asked) -> Answer:
            return answers[next(turn, len(answers) - 1)]

        self._routes.insert(0, _route(method, target, when, give))

    def pages(
        self,
        target: str,
        *pages: Answer,
        method: str = "GET",
        when: Callable[[Asked], bool] | None = None,
    ) -> None:
        """Serve recorded pages in their order.

        The first request that differs from all before gets the next page, and gets the same page
        when it comes again: after a fault, or when a walk is resumed.

        Args:
            target: the path, as in `on`.
            pages: what to answer, page by page.
            method: "GET", "POST".
            when: as in `on`.
        """
        self._routes.insert(0, _route(method, target, when, _Pages(pages)))

    def misbehave(
        self,
        fault: Fault,
        *,
        at: int | Collection[int] = (),
        every: int = 1,
        path: str = "",
        when: Callable[[Asked], bool] | None = None,
    ) -> None:
        """Do something wrong.

        Args:
            fault: what, one of `cxmetrics.testing.faults`, or a function of the request and the
                right answer that returns the wrong one.
            at: at which requests, counted from 1 among those that `path` and `when` choose.
            every: where `at` is not given, at every so many-th request: 1 for all.
            path: only requests whose path starts with it.
            when: only requests of which this is true.
        """
        places = {at} if isinstance(at, int) else frozenset(at)
        self._spells.append(_Spell(fault, places, every, path, when))

    def behave(self) -> None:
        """Do nothing wrong any more."""
        self._spells.clear()

    def respond(self, asked: Asked) -> Reply:
        """Answer one request."""
        with self._one_by_one:
            self.log.append(asked)
            reply = self._right(asked)
            for spell in self._spells:
                if spell.strikes(asked):
                    reply = spell.fault(asked, reply)
        return reply

    def _right(self, asked: Asked) -> Reply:
        if self._shown is not None and asked.headers.get(self._header) != self._shown:
            return Reply.of({"error": "unauthorized"}, status=401)
        route = next((route for route in self._routes if route.fits(asked)), None)
        if route is None:
            return Reply.of({"error": f"no route for {asked.method} {asked.path}"}, status=404)
        answer = route.give(asked)
        if callable(answer):
            answer = answer(asked)
        reply = answer if isinstance(answer, Reply) else Reply.of(answer)
        return self._moved(reply) if self._origin else reply

    def _moved(self, reply: Reply) -> Reply:
        body = reply.body.replace(self._origin.encode(), self.url.encode())
        headers = {k: v.replace(self._origin, self.url) for k, v in reply.headers.items()}
        return evolve(reply, body=body, headers=headers)


def _route(
    method: str,
    target: str,
    when: Callable[[Asked], bool] | None,
    give: Callable[[Asked], Answer],
) -> _Route:
    parts = urlsplit(target)
    query = frozenset(parse_qsl(parts.query, keep_blank_values=True))
    return _Route(method, parts.path, query, when, give)
