"""Reading an answer to its end: decoded by us, and bounded in size and time."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from cxmetrics.errors import LimitError, SourceError, TransportError
from cxmetrics.sources.clock import Clock

_PIECE: Final = 1 << 20


class BrokenBodyError(Exception):
    """An answer can't be read to its end.

    Attributes:
        kind: what it is in the end.
        again: whether asking again may help.
    """

    def __init__(
        self, message: str, kind: type[SourceError] = TransportError, *, again: bool = True
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.again = again


def receive(
    chunks: Iterable[bytes],
    headers: Mapping[str, str],
    write: Callable[[bytes], Any],
    *,
    most: int,
    until: float,
    clock: Clock,
) -> None:
    """Read the body of an answer.

    Args:
        chunks: as they come from the wire.
        headers: by lower-case name.
        write: takes the decoded pieces.
        most: bytes that may come, on the wire and decoded.
        until: the deadline, on the clock's `monotonic`.
        clock: tells the time.

    Raises:
        BrokenBodyError: it is cut, corrupt, too large or too slow.
    """
    layers = headers.get("content-encoding", "").lower().replace(" ", "").split(",")
    layers = [layer for layer in layers if layer not in ("", "identity")]
    if len(layers) > 1:
        raise BrokenBodyError("the body is compressed more than once", LimitError, again=False)
    if layers and layers[0] not in ("gzip", "x-gzip"):
        raise BrokenBodyError("the body is compressed in a way that was not asked for")
    length = headers.get("content-length") if "transfer-encoding" not in headers else None
    announced = int(length) if length and length.isascii() and length.isdigit() else None
    too_large = BrokenBodyError(f"the body is larger than {_size(most)}", LimitError, again=False)
    if announced is not None and announced > most:
        raise too_large
    gunzip = Gunzip() if layers else None
    raw = decoded = 0
    for chunk in chunks:
        if clock.monotonic() >= until:
            raise BrokenBodyError("the answer took too long", LimitError)
        raw += len(chunk)
        for piece in (chunk,) if gunzip is None else gunzip.feed(chunk):
            decoded += len(piece)
            if decoded > most:
                raise too_large
            write(piece)
        if raw > most:
            raise too_large
    if announced is not None and raw != announced:
        raise BrokenBodyError(f"the body has {raw} of {announced} bytes")
    if gunzip is not None and raw and not gunzip.ended:
        raise BrokenBodyError("the body is compressed and cut")


class Gunzip:
    """Decompresses gzip in pieces of a bounded size, and knows whether the end was there.

    Several members in a row are one body, as the format says; anything else after the end is not.
    """

    def __init__(self) -> None:
        self._member = zlib.decompressobj(31)

    @property
    def ended(self) -> bool:
        """Whether the data ended where the format says, checksum included."""
        return self._member.eof

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what the next compressed bytes hold.

        Raises:
            BrokenBodyError: they are no gzip.
        """
        while data:
            if self._member.eof:
                self._member = zlib.decompressobj(31)
            try:
                piece = self._member.decompress(data, _PIECE)
                yield piece
                while len(piece) == _PIECE and not self._member.eof:
                    piece = self._member.decompress(self._member.unconsumed_tail, _PIECE)
                    yield piece
            except zlib.error:
                raise BrokenBodyError("the body is compressed and corrupt") from None
            data = self._member.unused_data if self._member.eof else b""


def _size(number: int) -> str:
    return f"{number / 2**20:.3g} MiB" if number >= 2**20 else f"{number} bytes"
