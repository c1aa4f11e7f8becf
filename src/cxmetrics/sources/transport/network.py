"""The wire: a deadline on every read, also of headers, and logs without addresses.

A time-out of httpx holds for one read, so a vendor that sends a byte now and then is waited for
without end. Here the time left of the whole answer limits each read, connecting included.
"""

from __future__ import annotations

import logging
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpcore
from httpcore import NetworkBackend, NetworkStream

ERRORS: Final = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
)
"""What the wire raises where a connection fails."""

_LOGGERS: Final = ("httpcore.connection", "httpcore.http11", "httpcore.proxy")
_now = threading.local()


@contextmanager
def limited(left: Callable[[], float]) -> Iterator[None]:
    """Limit what this thread does on the wire.

    Args:
        left: the seconds that are left.
    """
    _now.left = left
    try:
        yield
    finally:
        _now.left = None


def _limit(timeout: float | None, error: type[Exception]) -> float | None:
    left = getattr(_now, "left", None)
    if left is None:
        return timeout
    seconds: float = left()
    if seconds <= 0:
        raise error("the deadline has passed")
    return seconds if timeout is None else min(timeout, seconds)


class Backend(NetworkBackend):
    """Sockets whose reads and writes keep the deadline."""

    def __init__(self) -> None:
        self._real = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> NetworkStream:
        """Connect."""
        timeout = _limit(timeout, httpcore.ConnectTimeout)
        return _Stream(self._real.connect_tcp(host, port, timeout, local_address, socket_options))


class _Stream(NetworkStream):
    def __init__(self, real: NetworkStream) -> None:
        self._real = real

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._real.read(max_bytes, _limit(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._real.write(buffer, _limit(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._real.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> NetworkStream:
        timeout = _limit(timeout, httpcore.ConnectTimeout)
        return _Stream(self._real.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._real.get_extra_info(info)


def pool(context: ssl.SSLContext, connections: int, **proxy: Any) -> httpcore.ConnectionPool:
    """Return a pool of connections that keep the deadline.

    Args:
        context: verifies certificates.
        connections: how many at most.
        **proxy: `proxy_url` and `proxy_auth`, if there is one.
    """
    for name in _LOGGERS:
        # Headers of answers may hold cookies and links with keys: of ours only the event is logged.
        logging.getLogger(name).addFilter(_event_only)
    make = httpcore.HTTPProxy if proxy else httpcore.ConnectionPool
    return make(
        ssl_context=context,
        max_connections=connections,
        max_keepalive_connections=connections,
        keepalive_expiry=30.0,
        network_backend=Backend(),
        **proxy,
    )


def _event_only(record: logging.LogRecord) -> bool:
    if getattr(_now, "left", None) is not None:
        record.msg, record.args = record.getMessage().split(" ", 1)[0], ()
    return True
