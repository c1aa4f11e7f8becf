"""One contact with the vendor: the address, the credentials, the answer within limits.

No error is raised from a frame that holds a secret: what failed is returned as a `Failure`, and
becomes an error where only the request is known.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from typing import IO, Final, Protocol
from urllib.parse import urlencode

from attrs import define, evolve, field, frozen

from cxmetrics.errors import (
    ConfigError,
    LimitError,
    OriginError,
    RefusedError,
    RetryError,
    UsageError,
)
from cxmetrics.sources import slot
from cxmetrics.sources.clock import Clock
from cxmetrics.sources.message import Request, encoded, pairs
from cxmetrics.sources.policy import Policy
from cxmetrics.sources.transport import network
from cxmetrics.sources.transport.body import BrokenBodyError, receive
from cxmetrics.sources.transport.failure import Failure, phrase, plain
from cxmetrics.sources.transport.keyring import Keyring, Signed, header
from cxmetrics.sources.transport.origin import Origins, Target, merged
from cxmetrics.sources.transport.rate import Budget
from cxmetrics.sources.transport.vault import Vault

logger = logging.getLogger("cxmetrics.http")

_HOPS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_ERROR_BODY: Final = 256 * 1024
_QUOTED: Final = re.compile(r"(?:bytearray\()?b['\"].*", re.DOTALL)
_FIXED: Final = {"user-agent": "cxmetrics", "accept-encoding": "gzip"}


@frozen
class Opened:
    """The head of an answer, and its body to come.

    Attributes:
        status: of HTTP.
        headers: names and values as they came.
        chunks: of the body, not decoded.
    """

    status: int
    headers: Sequence[tuple[bytes, bytes]]
    chunks: Iterable[bytes]


class WireError(Exception):
    """A connection failed.

    Attributes:
        again: whether another try may help.
        sure: whether nothing of the request was sent.
    """

    def __init__(self, message: str, *, again: bool = True, sure: bool = False) -> None:
        super().__init__(message)
        self.again = again
        self.sure = sure


class Wire(Protocol):
    """What carries requests."""

    def ask(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None
    ) -> AbstractContextManager[Opened]:
        """Send a request; the answer is closed at the end of the context.

        Raises:
            WireError: the connection failed.
            UsageError: it can't be sent.
        """
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


@define
class Call:
    """A request on its way, over all its tries.

    Attributes:
        request: what is asked.
        target: where.
        most: how many bytes the answer may have.
        deadline: how many seconds it may take.
        sink: where a download goes.
        signed: how it is signed, for the requests of the scheme itself.
        once: whether it is not repeated at all.
        tries: how many there were.
        renewed: whether the credentials were renewed for it.
    """

    request: Request
    target: Target
    most: int
    deadline: float
    sink: IO[bytes] | None = None
    signed: Signed | None = None
    once: bool = False
    tries: int = 0
    renewed: bool = False


@frozen
class Reply:
    """An answer before it is judged."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)  # of a login it is a secret
    target: Target = field(repr=False)


class Exchange:
    """Contacts the vendor.

    Attributes:
        budget: of the requests it allows.
        date: the last `Date` of the vendor and when it came; None before.
    """

    def __init__(
        self,
        *,
        origins: Origins,
        policy: Policy,
        keyring: Keyring,
        vault: Vault,
        clock: Clock,
        wire: Wire,
    ) -> None:
        self._origins = origins
        self._policy = policy
        self._keyring = keyring
        self._vault = vault
        self._clock = clock
        self._wire = wire
        self.budget = Budget(policy.rate, clock)
        self.date: tuple[str, float] | None = None

    def told(self, call: Call, target: Target) -> str:
        """Return method and path, for texts."""
        return f"{call.request.method} {plain(self._vault.scrub(target.path))}"

    def reply(self, call: Call, signed: Signed) -> Reply | Failure:
        """Contact the vendor; redirects are followed where the address may be contacted.

        Raises:
            OriginError: one leads where nothing may be contacted.
        """
        target, carried = call.target, signed if call.target.trust != "export" else None
        for _ in range(_HOPS + 1):
            reply = self._contact(call, target, carried)
            if isinstance(reply, Failure) or reply.status not in _REDIRECTS:
                return reply
            what = f"{self.told(call, target)}: {phrase(reply.status)}"
            location = reply.headers.get("location", "").strip()
            if not location or not (call.request.method in ("GET", "HEAD") or reply.status > 303):
                what += " that can't be followed"
                return Failure(what=what, kind=RefusedError, status=reply.status)
            target = self._origins.locate(location, seen_from=target)
            if target.trust == "export":
                carried = None  # and it stays so: a foreign host does not lead back in
        what = f"{self.told(call, target)}: redirected more than {_HOPS} times"
        return Failure(what=what, kind=LimitError)

    def _contact(self, call: Call, target: Target, signed: Signed | None) -> Reply | Failure:
        most_wait = self._policy.most_wait.total_seconds()
        wait = self.budget.take(most_wait) if signed is not None else 0.0
        if wait > most_wait:
            what = f"{self.told(call, target)}: the declared budget of requests is used up"
            return Failure(what=what, kind=RetryError, told=wait)
        if wait > 0:
            self._clock.sleep(wait)
        began = self._clock.monotonic()
        until = began + call.deadline
        try:
            with network.limited(lambda: until - self._clock.monotonic()):
                reply = self._exchanged(call, target, signed, until)
        except BrokenBodyError as error:
            failed = Failure(what=str(error), kind=error.kind, again=error.again)
        except WireError as error:
            # What the vendor sent, such as a bad header, is quoted as bytes: it may be private.
            said = plain(_QUOTED.sub("…", self._vault.scrub(str(error))))[:200]
            failed = Failure(what=said, again=error.again, sure=error.sure)
            if self._clock.monotonic() >= until:
                failed = Failure(what="the answer took too long", kind=LimitError, again=True)
        except (ConfigError, UsageError, OriginError) as error:
            failed = Failure(what=str(error).rstrip("."), kind=type(error))
        else:
            if logger.isEnabledFor(logging.DEBUG):
                took = 1000 * (self._clock.monotonic() - began)
                logger.debug("%s: %s, %.0f ms", self.told(call, target), reply.status, took)
            return reply
        return evolve(failed, what=f"{self.told(call, target)}: {failed.what}")

    def _exchanged(self, call: Call, target: Target, signed: Signed | None, until: float) -> Reply:
        url, headers, content = self._built(call, target, signed)
        pieces: list[bytes] = []
        with self._wire.ask(call.request.method, url, headers, content) as opened:
            found = _headers(opened.headers)
            if target.trust == "own" and "date" in found:
                self.date = found["date"], self._clock.monotonic()
            write, most = pieces.append, call.most
            fine = 200 <= opened.status < 300
            if fine and call.sink is not None:
                call.sink.seek(0)
                call.sink.truncate()
                write = call.sink.write  # type: ignore[assignment]
            if not fine:
                most = min(most, _ERROR_BODY)
            if opened.status not in _REDIRECTS and call.request.method != "HEAD":
                # Of an error the beginning is enough.
                with suppress(*(() if fine else (BrokenBodyError,))):
                    receive(opened.chunks, found, write, most=most, until=until, clock=self._clock)
        return Reply(opened.status, found, b"".join(pieces), target)

    def _built(
        self, call: Call, target: Target, signed: Signed | None
    ) -> tuple[str, dict[str, str], bytes | None]:
        request, fill = call.request, self._keyring.fill
        headers = {**_FIXED, "accept": "application/json" if request.as_json else "*/*"}
        query, content = target.query, None
        if signed is None:
            self._bare(call, target)
        else:
            for name, value in {**self._policy.headers, **request.headers}.items():
                headers[name.lower()] = header(name, str(slot.filled(value, fill)))
            if request.json is not None:
                headers["content-type"] = "application/json"
                content = json.dumps(
                    slot.filled(request.json, fill), separators=(",", ":"), allow_nan=False
                ).encode()
            elif request.form is not None:
                headers["content-type"] = "application/x-www-form-urlencoded"
                content = urlencode(list(pairs(slot.filled(request.form, fill)))).encode()
        if target is call.target and request.params:  # a redirect has its own query
            added = encoded(slot.filled(request.params, fill))
            query = merged(query, added, frozenset(request.params))
        if signed is not None:
            query = merged(query, signed.query, signed.names)
            headers.update(signed.headers)
        return evolve(target, query=query).url(), headers, content

    def _bare(self, call: Call, target: Target) -> None:
        """Refuse what an origin without credentials must not get."""
        request = call.request
        asked = (request.params, request.headers) if target is call.target else ()
        if request.json is not None or request.form is not None or any(map(slot.has_slots, asked)):
            raise OriginError(f"a body or a secret would go to {target.origin}: not contacted.")


def _headers(raw: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("ascii", "replace").lower(), value.decode("utf-8", "replace")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found
