"""What a vendor can do wrong: faults for `Vendor.misbehave`.

A fault is a function of a request and its right answer that returns the wrong one.

```python
vendor.misbehave(faults.status(429, retry_after="2"), at=3)
vendor.misbehave(faults.cut(keep=0.5), every=2)
```
"""

from __future__ import annotations

import gzip as packer
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from attrs import evolve

from cxmetrics.datasets.loopback import Asked, Reply, Wire, head

Fault: TypeAlias = Callable[[Asked, Reply], Reply]
"""A function of a request and its right answer that returns the wrong one."""

_PIECE: Final = 65_536


# ---------------------------------------------------------------- another answer


def status(
    code: int,
    *,
    retry_after: str | None = None,
    body: bytes = b"<html><body>Something went wrong</body></html>",
    headers: Mapping[str, str] | None = None,
) -> Fault:
    """Answer with a status and a body that is not JSON."""
    told = {"Content-Type": "text/html", **(headers or {})}
    if retry_after is not None:
        told["Retry-After"] = retry_after
    return lambda _asked, _reply: Reply(body, code, told)


def body(data: bytes, *, content_type: str = "application/json") -> Fault:
    """Answer with status 200 and other bytes: `b""`, `b"null"`, `b"<html>"`, `b'{"error": 1}'`."""
    return lambda _asked, _reply: Reply(data, headers={"Content-Type": content_type})


def html() -> Fault:
    """Answer with status 200 and a page for people, as a login wall does."""
    return body(b"<!doctype html><title>Please sign in</title>", content_type="text/html")


def no_content() -> Fault:
    """Answer with 204, which has no body."""
    return lambda _asked, _reply: Reply(status=204)


def changed(edit: Callable[[Any], Any]) -> Fault:
    """Edit the JSON of the right answer: drop a key, repeat a cursor, point to another host."""

    def fault(_asked: Asked, reply: Reply) -> Reply:
        edited = json.dumps(edit(json.loads(reply.body)), ensure_ascii=False)
        return evolve(reply, body=edited.encode())

    return fault


def headers(**given: str) -> Fault:
    """Add headers, underscores for hyphens: `headers(Date="...", Content_Type="text/html")`."""
    names = {name.replace("_", "-"): value for name, value in given.items()}
    return lambda _asked, reply: evolve(reply, headers={**reply.headers, **names})


def redirect(url: str, *, code: int = 302) -> Fault:
    """Redirect to another address."""
    return lambda _asked, _reply: Reply(status=code, headers={"Location": url})


def meanwhile(action: Callable[[], object]) -> Fault:
    """Do something at the vendor's, such as moving its data, and answer what was right before."""

    def fault(_asked: Asked, reply: Reply) -> Reply:
        action()
        return reply

    return fault


# ---------------------------------------------------------------- a broken connection


def closed() -> Fault:
    """Close the connection without an answer."""
    return lambda _asked, _reply: _sent(lambda _: None)


def reset(*, after: int = 0) -> Fault:
    """Break the connection off with RST, after so many bytes of the answer."""

    def fault(_asked: Asked, reply: Reply) -> Reply:
        def send(wire: Wire) -> None:
            wire.write((reply.head() + reply.body)[:after])
            wire.reset()

        return _sent(send)

    return fault


def cut(*, keep: float = 0.5) -> Fault:
    """Announce the whole body, send a part of it and close."""

    def fault(_asked: Asked, reply: Reply) -> Reply:
        return _sent(lambda wire: wire.write(reply.head() + _part(reply.body, keep)))

    return fault


def cut_unannounced(*, keep: float = 0.5) -> Fault:
    """Send a part of the body without announcing its length, and close."""

    def fault(_asked: Asked, reply: Reply) -> Reply:
        top = head(reply.status, {"Content-Type": "application/json", "Connection": "close"})
        return _sent(lambda wire: wire.write(top + _part(reply.body, keep)))

    return fault


def cut_chunks(*, keep: float = 0.5) -> Fault:
    """Send the body in chunks and close before the last one."""

    def fault(_asked: Asked, reply: Reply) -> Reply:
        part = _part(reply.body, keep)
        return _sent(lambda wire: wire.write(_chunked(reply) + b"%x\r\n%b\r\n" % (len(part), part)))

    return fault


def bad_chunk() -> Fault:
    """Send the body in chunks whose length is no number."""

    def fault(_asked: Asked, reply: Reply) -> Reply:
        return _sent(lambda wire: wire.write(_chunked(reply) + b"zz\r\n" + reply.body))

    return fault


def cut_gzip(*, without: int = 8) -> Fault:
    """Pack the body and leave the last bytes away (8: the check sum), lengths agreeing."""
    return lambda _asked, reply: _packed(reply, packer.compress(reply.body)[:-without])


def corrupt_gzip() -> Fault:
    """Pack the body and change a byte in the middle."""

    def fault(_asked: Asked, reply: Reply) -> Reply:
        data = bytearray(packer.compress(reply.body))
        data[len(data) // 2] ^= 0xFF
        return _packed(reply, bytes(data))

    return fault


def mislabelled_gzip() -> Fault:
    """Call a plain body packed."""
    return lambda _asked, reply: _packed(reply, reply.body)


# ---------------------------------------------------------------- too slow, too large


def late(seconds: float) -> Fault:
    """Wait, then give the right answer."""
    return lambda _asked, reply: evolve(reply, delay=seconds)


def stall(*, after: int = 0) -> Fault:
    """Send so many bytes of the answer, then nothing, and keep the connection."""

    def fault(_asked: Asked, reply: Reply) -> Reply:
        def send(wire: Wire) -> None:
            wire.write((reply.head() + reply.body)[:after])
            wire.wait()

        return _sent(send)

    return fault


def drip(*, bytes_each: int = 4, seconds: float = 0.25) -> Fault:
    """Send the answer drop by drop: no read times out, and it takes for ever."""

    def fault(_asked: Asked, reply: Reply) -> Reply:
        def send(wire: Wire) -> None:
            whole = reply.head() + reply.body
            for start in range(0, len(whole), bytes_each):
                wire.write(whole[start : start + bytes_each])
                if wire.wait(seconds):
                    return

        return _sent(send)

    return fault


def bomb(size: int, *, layers: int = 1) -> Fault:
    """Send `size` zeros, packed `layers` times (0: plain), made while they are sent."""

    def fault(_asked: Asked, _reply: Reply) -> Reply:
        def send(wire: Wire) -> None:
            told = {"Content-Type": "application/json", "Connection": "close"}
            if layers:
                told["Content-Encoding"] = ", ".join(["gzip"] * layers)
            wire.write(head(200, told))
            for piece in _zeros(size, layers):
                wire.write(piece)

        return _sent(send)

    return fault


def encodings(count: int) -> Fault:
    """Pack the body again and again, and say so: `Content-Encoding: gzip, gzip, ...`."""

    def fault(_asked: Asked, reply: Reply) -> Reply:
        data = reply.body
        for _ in range(count):
            data = packer.compress(data)
        return _packed(reply, data, ", ".join(["gzip"] * count))

    return fault


def _sent(send: Callable[[Wire], None]) -> Reply:
    return Reply(send=send)


def _part(data: bytes, share: float) -> bytes:
    return data[: int(len(data) * share)]


def _packed(reply: Reply, data: bytes, encoding: str = "gzip") -> Reply:
    return evolve(reply, body=data, headers={**reply.headers, "Content-Encoding": encoding})


def _chunked(reply: Reply) -> bytes:
    return head(reply.status, {"Content-Type": "application/json", "Transfer-Encoding": "chunked"})


def _zeros(size: int, layers: int) -> Iterator[bytes]:
    pieces: Iterator[bytes] = (b"0" * min(_PIECE, size - start) for start in range(0, size, _PIECE))
    for _ in range(layers):
        pieces = _squeezed(pieces)
    return pieces


def _squeezed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    for piece in pieces:
        yield squeeze.compress(piece)
    yield squeeze.flush()
