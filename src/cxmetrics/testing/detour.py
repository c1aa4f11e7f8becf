"""The way to a vendor in tests: every host is one on this machine, and none but the vendor's."""

from __future__ import annotations

import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from cxmetrics.sources.http import _Network

if TYPE_CHECKING:
    from cxmetrics.sources._base import Source

_PORTS: Final = {"https": 443, "http": 80}
_CONNECTS: Final = frozenset({"socket.connect", "socket.sendto", "socket.getaddrinfo"})
_watching: list[Callable[[str, tuple[Any, ...]], None]] = []
_hooked: list[bool] = []


class Detour(_Network):
    """Real HTTP over real sockets that ends at a server of the test, whatever host is asked.

    An adapter keeps its own addresses: requests to `https://acme.zendesk.com` arrive at the vendor
    of the test, with that host in their header; those to any host the adapter does not declare
    arrive at another server, which should see none.

    Args:
        source: declares the hosts.
        vendor: the address of the server that stands for them.
        elsewhere: the address of the server that stands for all others.
    """

    def __init__(self, source: Source[Any], *, vendor: str, elsewhere: str) -> None:
        super().__init__(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), trust_env=False)
        self._declared = declared(source)
        self._vendor, self._elsewhere = vendor, elsewhere

    def handle_request(self, request: Any) -> Any:
        """Send a request to the server that stands for its host."""
        url = request.url
        own = any(_covers(each, str(url)) for each in self._declared)
        port = urlsplit(self._vendor if own else self._elsewhere).port
        request.url = url.copy_with(scheme="http", host="127.0.0.1", port=port)
        return super().handle_request(request)


def declared(source: Source[Any]) -> tuple[str, ...]:
    """Return the addresses of all hosts that a source declares."""
    policy = source.policy()
    more = (*policy.trusted_origins, *policy.export_origins) if policy else ()
    return (source.base(), *more)


def _covers(address: str, url: str) -> bool:
    """Say whether a URL leads to the origin of an address, or below one with a star."""
    one, other = urlsplit(address), urlsplit(url)
    ports = [parts.port or _PORTS.get(parts.scheme) for parts in (one, other)]
    if one.scheme != other.scheme or ports[0] != ports[1]:
        return False
    host, asked = (one.hostname or "").lower(), (other.hostname or "").lower()
    return asked.endswith(host[1:]) if host.startswith("*.") else asked == host


@contextmanager
def only(*allowed: str) -> Iterator[list[str]]:
    """Keep Python code from contacting anything but some servers of this machine.

    Args:
        allowed: their addresses.

    Yields:
        What was to be contacted beside them; it got an `OSError`.
    """
    ports = {urlsplit(each).port for each in allowed}
    refused: list[str] = []

    def watch(event: str, given: tuple[Any, ...]) -> None:
        address = given[:2] if event == "socket.getaddrinfo" else given[-1]
        if not isinstance(address, tuple) or (address[0] == "127.0.0.1" and address[1] in ports):
            return
        refused.append(f"{address[0]}:{address[1]}")
        raise PermissionError(f"a test keeps everybody from contacting {refused[-1]}")

    if not _hooked:
        _hooked.append(True)
        sys.addaudithook(_audit)  # can't be taken away again: one for all
    _watching.append(watch)
    try:
        yield refused
    finally:
        _watching.remove(watch)


def _audit(event: str, given: tuple[Any, ...]) -> None:
    if _watching and event in _CONNECTS:
        _watching[-1](event, given)
