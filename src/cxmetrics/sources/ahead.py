"""Asking for pages before their turn, so that a walk does not wait for each one."""

from __future__ import annotations

import json
from concurrent.futures import Future
from hashlib import blake2b
from threading import Thread
from typing import TYPE_CHECKING

from attrs import define, field

if TYPE_CHECKING:
    from cxmetrics.sources.http import Http
    from cxmetrics.sources.message import Answer, Request
    from cxmetrics.sources.paginators import Paginator


def fingerprint(request: Request) -> bytes:
    """Return what tells two requests apart."""
    text = json.dumps(request.to_dict(), sort_keys=True, separators=(",", ":"))
    return blake2b(text.encode(), digest_size=8).digest()


@define
class Ahead:
    """Sends requests in the order they are asked, some of them already under way.

    What is sent ahead is a guess: an answer is only used where exactly its request is asked, so a
    wrong guess costs a request and changes nothing.

    Attributes:
        http: what asks the vendor; from several threads where `most` is above 1.
        paginator: guesses what follows.
        most: how many requests may be under way.
    """

    http: Http
    paginator: Paginator
    most: int
    _under_way: dict[bytes, Future[Answer]] = field(factory=dict, init=False)

    def send(self, request: Request) -> Answer:
        """Return the answer to a request."""
        future = self._under_way.pop(fingerprint(request), None) if self._under_way else None
        return self.http.send(request) if future is None else future.result()

    def prepare(self, request: Request | None, *, size: int, left: int | None) -> None:
        """Ask for what follows a page, and for what will probably follow that.

        Args:
            request: what follows.
            size: how many records the page has.
            left: how many records are still to come, where the vendor tells.
        """
        if self.most == 1:
            return
        pages = self.most if left is None else min(self.most, -(-left // max(size, 1)) or 1)
        wanted: dict[bytes, Request] = {}
        while request is not None and len(wanted) < pages:
            wanted[fingerprint(request)] = request
            request = self.paginator.guess(request, size)
        self._under_way = {
            key: self._under_way.get(key) or self._start(each) for key, each in wanted.items()
        }

    def _start(self, request: Request) -> Future[Answer]:
        # Daemon threads, not a pool: an interrupted pull ends at once, whatever is under way.
        future: Future[Answer] = Future()
        Thread(target=self._run, args=(request, future), daemon=True).start()
        return future

    def _run(self, request: Request, future: Future[Answer]) -> None:
        try:
            future.set_result(self.http.send(request))
        except BaseException as error:  # noqa: BLE001  # raised where the answer is asked for
            future.set_exception(error)
