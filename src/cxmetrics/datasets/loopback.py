"""A small HTTP server that only this machine can reach: what made-up vendors stand on."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from functools import cached_property
from http import HTTPStatus
from http.client import responses
from io import BufferedReader
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import parse_qsl, urlsplit

from attrs import Factory, define, field, frozen

_LINGER_NOT: Final = struct.pack("ii", 1, 0)  # closing then sends RST instead of FIN
_LONGEST_LINE: Final = 65_536


@frozen(kw_only=True, slots=False)
class Asked:
    """One request that was received.

    Attributes:
        method: "GET", "POST".
        target: path and query, as sent.
        headers: lower-case names.
        body: as sent.
    """

    method: str
    target: str
    headers: Mapping[str, str] = Factory(dict)
    body: bytes = b""

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @cached_property
    def query(self) -> dict[str, str]:
        """The query by name, decoded; of a repeated name the last."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    def json(self) -> Any:
        """Return the body, read as JSON."""
        return json.loads(self.body)


@frozen
class Reply:
    """One answer.

    Attributes:
        body: as sent.
        status: the HTTP status.
        headers: added to Content-Type and Content-Length, or in their place.
        delay: seconds to wait before it is sent.
        send: where given, it writes all of the answer itself, in any shape; then the connection
            is closed.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = Factory(dict)
    delay: float = field(default=0, kw_only=True)
    send: Callable[[Wire], None] | None = field(default=None, kw_only=True)

    @classmethod
    def of(cls, value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Self:
        """Return a JSON answer."""
        return cls(json.dumps(value, ensure_ascii=False).encode(), status, headers or {})

    def head(self) -> bytes:
        """Return the status line and the headers, as sent."""
        told: dict[str, object] = {}
        if self.status != HTTPStatus.NO_CONTENT:
            told = {"Content-Type": "application/json", "Content-Length": len(self.body)}
        return head(self.status, told | dict(self.headers))


def head(status: int, headers: Mapping[str, object]) -> bytes:
    """Return a status line and headers, as sent."""
    lines = [
        f"HTTP/1.1 {status} {responses.get(status, '')}",
        *(f"{name}: {headers[name]}" for name in headers),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


@define
class Wire:
    """One connection, for an answer that writes itself."""

    _connection: socket.socket
    _ending: threading.Event

    def write(self, data: bytes) -> None:
        """Send bytes; what the client no longer wants is an `OSError`, which ends the answer."""
        self._connection.sendall(data)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait, or until the server is closed; say whether it was."""
        return self._ending.wait(seconds)

    def reset(self) -> None:
        """Break the connection off with RST."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        self._connection.close()


class Loopback:
    """A server on a free port of 127.0.0.1, one thread a connection; a context manager.

    Args:
        respond: makes the answer to a request. What it raises is answered with status 500 and
            raised again at the end of the `with` block.

    Attributes:
        url: its address, such as "http://127.0.0.1:49152".

    Example:
        >>> from urllib.request import urlopen
        >>> with Loopback(lambda asked: Reply.of({"path": asked.path})) as server:
        ...     urlopen(f"{server.url}/hello").read()
        b'{"path": "/hello"}'
    """

    def __init__(self, respond: Callable[[Asked], Reply]) -> None:
        self._respond = respond
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._ending = threading.Event()
        self._open: dict[threading.Thread, socket.socket] = {}
        self._raised: list[Exception] = []
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._door = threading.Thread(target=self._accept, name="loopback", daemon=True)
        self._door.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ending.set()
        with contextlib.suppress(OSError):  # the portable way to wake a thread out of accept()
            socket.create_connection(self._listening.getsockname(), timeout=1).close()
        self._door.join()
        self._listening.close()
        for thread, connection in list(self._open.items()):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join()
        if self._raised and error is None:
            raise self._raised[0]

    def _accept(self) -> None:
        while True:
            connection, _ = self._listening.accept()
            if self._ending.is_set():
                connection.close()
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._open[thread] = connection
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with connection, connection.makefile("rb") as stream:
                while (asked := _read(stream)) and self._answer(asked, connection):
                    pass
        except OSError:
            pass  # the client left
        finally:
            del self._open[threading.current_thread()]

    def _answer(self, asked: Asked, connection: socket.socket) -> bool:
        """Answer one request; say whether the connection stays open."""
        try:
            reply = self._respond(asked)
        except Exception as error:  # noqa: BLE001  # raised again at the end of the block
            self._raised.append(error)
            reply = Reply.of({"error": "the server's own function failed"}, status=500)
        if reply.delay and self._ending.wait(reply.delay):
            return False
        if reply.send:
            reply.send(Wire(connection, self._ending))
            return False
        connection.sendall(reply.head() + reply.body)
        return asked.headers.get("connection", "").lower() != "close"


def _read(stream: BufferedReader) -> Asked | None:
    words = stream.readline(_LONGEST_LINE).decode("latin-1").split()
    if len(words) != 3:  # method, target, version; or the client left
        return None
    headers = {}
    while line := stream.readline(_LONGEST_LINE).strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", 0)))
    return Asked(method=words[0], target=words[1], headers=headers, body=body)
