"""What a vendor was recorded to answer, played to whoever asks."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from attrs import Factory, define, field

from cxmetrics.datasets.loopback import Asked, Reply
from cxmetrics.errors import UsageError
from cxmetrics.testing.vendor import Vendor

Recorded: TypeAlias = "Sequence[Any] | Mapping[str, Any] | Callable[[Asked], Any]"
"""Answers: a list of pages, answers by route, or a function of the request."""

Identity: TypeAlias = tuple[str, str, tuple[tuple[str, str], ...], str]

_METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"})


def identity(asked: Asked) -> Identity:
    """Return what makes two requests one: not the order of parameters, nor of keys."""
    try:
        body = json.dumps(json.loads(asked.body), sort_keys=True)
    except ValueError:
        body = asked.body.decode(errors="replace")
    query = parse_qsl(urlsplit(asked.target).query, keep_blank_values=True)
    return (asked.method, asked.path, tuple(sorted(query)), body)


@define
class _Turns:
    """Pages in their order: each new request gets the next one, a repeated one the same."""

    pages: Sequence[Any]
    _known: dict[Identity, int] = Factory(dict)
    _next: int = 0

    def restart(self) -> None:
        self._next = 0

    def __call__(self, asked: Asked) -> Any:
        key = identity(asked)
        at = self._known.setdefault(key, self._next)
        self._next = at + 1
        if at < len(self.pages):
            return self.pages[at]
        del self._known[key]
        return Reply.of({"error": f"{len(self.pages)} pages were recorded, no more"}, status=404)


@define
class _Route:
    method: str
    path: str
    query: frozenset[tuple[str, str]]
    give: Any

    def fits(self, asked: Asked) -> bool:
        return (
            asked.path == self.path
            and self.method in {"", asked.method}
            and self.query <= set(asked.query.items())
        )


@define
class Script:
    """Plays what was recorded.

    Attributes:
        recorded: a list of pages, as JSON values or `Reply`: each new request gets the next one;
            answers by route, `"GET /v1/surveys?page=2"` or `"/v1/surveys"`, each a list of pages or
            one answer; or a function of the request.
        told: the requests and their right answers, in order.

    Example:
        >>> script = Script({"/surveys": [{"page": 1}, {"page": 2}], "/me": {"name": "Ann"}})
        >>> for target in ("/surveys", "/surveys?page=2", "/surveys", "/me"):
        ...     print(script.answer(Asked(method="GET", target=target)).body.decode())
        {"page": 1}
        {"page": 2}
        {"page": 1}
        {"name": "Ann"}
    """

    recorded: Recorded
    told: list[tuple[Asked, Reply]] = field(factory=list, init=False)
    _turns: list[_Turns] = field(factory=list, init=False)
    _routes: list[_Route] = field(factory=list, init=False)
    _give: Any = field(init=False)

    def __attrs_post_init__(self) -> None:
        if isinstance(self.recorded, Mapping):
            self._routes = [self._route(key, given) for key, given in self.recorded.items()]
            self._routes.sort(key=lambda route: -len(route.query))
            self._give = self._by_route
        else:
            self._give = self._giver(self.recorded)

    @property
    def filters(self) -> bool:
        """Whether it can answer an increment with less: a list of pages is always the whole."""
        return callable(self.recorded)

    def restart(self) -> None:
        """Begin another walk: a request that never came before gets the first page again."""
        for turns in self._turns:
            turns.restart()

    def answer(self, asked: Asked) -> Reply:
        """Return what a request gets."""
        given = self._give(asked)
        if callable(given):
            given = given(asked)
        if isinstance(given, bytes):
            given = Reply(given)
        reply = given if isinstance(given, Reply) else Reply.of(given)
        self.told.append((asked, reply))
        return reply

    def _by_route(self, asked: Asked) -> Any:
        for route in self._routes:
            if route.fits(asked):
                return route.give(asked)
        return Reply.of({"error": f"no route for {asked.method} {asked.path}"}, status=404)

    def _giver(self, given: Any) -> Any:
        if isinstance(given, list | tuple):
            self._turns.append(_Turns(copy.deepcopy(given)))
            return self._turns[-1]
        return given if callable(given) else lambda _: given

    def _route(self, key: str, given: Any) -> _Route:
        method, _, target = key.rpartition(" ")
        parts = urlsplit(target)
        if not target.startswith("/") or (method and method not in _METHODS):
            raise UsageError(
                f"pages: {key!r} is no route such as 'GET /v1/surveys' or '/v1/surveys?page=2'."
            )
        query = frozenset(parse_qsl(parts.query, keep_blank_values=True))
        return _Route(method, parts.path, query, self._giver(given))


class RecordedVendor(Vendor):
    """A vendor that plays a script; a context manager.

    Args:
        script: what it plays; put another one in its place at any time.
    """

    def __init__(self, script: Script) -> None:
        super().__init__()
        self.script = script

    def _right(self, asked: Asked) -> Reply:
        return self.script.answer(asked)
