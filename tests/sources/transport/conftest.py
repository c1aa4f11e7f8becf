"""A vendor that answers by script, and one that speaks bytes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import SimpleNamespace

import httpx
import pytest

from cxmetrics.sources.auth import HeaderToken
from cxmetrics.sources.http import Policy, connect
from cxmetrics.sources.transport.vault import Vault
from cxmetrics.testing.clock import FakeClock

BASE = "https://api.acme.test/v1/"


class Adapter:
    """What `connect` asks of a source."""

    def __init__(self, base, auth, policy, config):
        self.config = SimpleNamespace(**config)
        self._told = base, auth, policy

    def base(self):
        return self._told[0]

    def auth(self):
        return self._told[1]

    def policy(self):
        return self._told[2]


class Scripted:
    """Answers in order; the last one for ever."""

    def __init__(self, answers):
        self.answers, self.asked = list(answers), []
        self._lock = threading.Lock()

    def __call__(self, request):
        request.read()
        with self._lock:
            answer = self.answers[min(len(self.asked), len(self.answers) - 1)]
            self.asked.append(request)
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, int):
            return httpx.Response(answer, text="<html><body>out of order</body></html>")
        if isinstance(answer, tuple):
            status, headers, *body = answer
            return httpx.Response(status, headers=headers, content=body[0] if body else b"{}")
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)


@pytest.fixture
def scene():
    """Connect to a vendor that answers by script: statuses, JSON, (status, headers), errors."""
    opened = []

    def make(*answers, base=BASE, auth=None, secrets=None, config=None, **details):
        script, clock = Scripted(answers), details.pop("clock", None) or FakeClock()
        policy = Policy(**details.pop("policy", {}))
        adapter = Adapter(base, auth or HeaderToken("X-API-TOKEN"), policy, config or {})
        vault = details.pop("vault", None) or Vault(secrets or {"token": "CANARY-token-value"})
        details.setdefault("uniform", lambda low, high: high)
        http = connect(
            adapter, vault, clock=clock, transport=httpx.MockTransport(script), **details
        )
        opened.append(http)
        return SimpleNamespace(http=http, asked=script.asked, clock=clock, vault=vault)

    yield make
    for http in opened:
        http.close()


class Bytes:
    """A server on this machine: each connection is one script, the last one for ever."""

    def __init__(self, *scripts: bytes | Callable[[socket.socket], None]) -> None:
        self.scripts, self.heads = scripts, []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.base = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            script = self.scripts[min(len(self.heads), len(self.scripts) - 1)]
            self.heads.append(b"")
            threading.Thread(
                target=self._play, args=(connection, script, len(self.heads) - 1), daemon=True
            ).start()

    def _play(self, connection, script, number) -> None:
        with connection:
            try:
                while b"\r\n\r\n" not in self.heads[number]:
                    received = connection.recv(65536)
                    if not received:
                        return
                    self.heads[number] += received
                script(connection) if callable(script) else connection.sendall(script)
            except OSError:
                return

    def close(self) -> None:
        with suppress(OSError):  # closed before
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes `accept`
        self._socket.close()


@pytest.fixture
def served(scene):
    """Connect over a real socket to a server that plays bytes."""
    servers, opened = [], []

    def make(*scripts, clock=None, **details):
        server = Bytes(*scripts)
        servers.append(server)
        clock = clock or FakeClock()
        adapter = Adapter(server.base, HeaderToken("X-API-TOKEN"), Policy(), {})
        http = connect(adapter, Vault({"token": "CANARY-token-value"}), clock=clock, **details)
        opened.append(http)
        return SimpleNamespace(http=http, clock=clock, server=server, heads=server.heads)

    yield make
    for http in opened:
        http.close()
    for server in servers:
        server.close()
