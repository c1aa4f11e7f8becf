"""Faults of the wire itself, over real sockets (T6, T7, T8, T9)."""

from __future__ import annotations

import gzip
import json
import socket
import struct
import threading
import time
import tracemalloc
import zlib
from datetime import timedelta

import pytest

from cxmetrics.errors import LimitError, TransportError
from cxmetrics.sources.clock import SystemClock
from cxmetrics.sources.http import Request

BODY = json.dumps({"rows": [{"id": n, "score": 9} for n in range(50)]}).encode()
ROWS = json.loads(BODY)


def reset(connection):
    """End a connection the hard way."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def http(body=BODY, *headers, length=True, status="200 OK"):
    lines = [f"HTTP/1.1 {status}", "Connection: close", *headers]
    lines += [f"Content-Length: {len(body)}"] if length is True else []
    return "\r\n".join([*lines, "", ""]).encode() + body


def chunked(*chunks, end=b"0\r\n\r\n"):
    parts = [b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks]
    return http(b"".join(parts) + end, "Transfer-Encoding: chunked", length=False)


GOOD = http()
ZIPPED = gzip.compress(BODY)


def zipped(body):
    return http(body, "Content-Encoding: gzip")


def after(prefix):
    """Send a part and reset the connection."""

    def play(connection):
        connection.sendall(prefix)
        time.sleep(0.02)  # the part arrives before the reset does
        reset(connection)

    return play


BROKEN = {
    "reset before": reset,
    "end before": b"",
    "end in the head": GOOD[:20],
    "reset in the body": after(GOOD[:-200]),
    "short body": GOOD[:-1],
    "chunk cut": chunked(BODY, end=b"")[:-30],
    "chunks without an end": chunked(BODY, end=b""),
    "bad chunk size": chunked(end=b"zz\r\nxx\r\n0\r\n\r\n"),
    "cut where only the end of the connection tells": http(BODY[:-5], length=False),
    "no HTTP at all": b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
    "bad header": http(BODY, "no colon here"),
    "a length that is none": http(BODY, "Content-Length: many", length=False),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_t6_a_broken_connection_is_asked_again(served, fault):
    vendor = served(BROKEN[fault], GOOD)
    assert vendor.http.get("x").json() == ROWS
    assert len(vendor.heads) == 2


@pytest.mark.parametrize("fault", BROKEN)
def test_t6_a_connection_that_stays_broken_stops(served, fault):
    vendor = served(BROKEN[fault])
    with pytest.raises(Exception, match=r"GET /x: .*tried 5 times") as caught:
        vendor.http.get("x")
    assert type(caught.value).__module__ == "cxmetrics.errors"
    assert len(vendor.heads) == 5


def test_t6_a_connection_that_is_refused(served):
    vendor = served(GOOD)
    vendor.server.close()
    with pytest.raises(TransportError, match="ConnectError"):
        vendor.http.get("x")
    assert len(vendor.clock.slept) == 4


def test_t6_a_kept_connection_that_ended_meanwhile_is_no_matter(served):
    def once(connection):
        connection.sendall(GOOD.replace(b"Connection: close\r\n", b""))

    vendor = served(once)
    assert [vendor.http.get("x").json() for _ in range(3)] == [ROWS] * 3


CORRUPT = bytearray(ZIPPED)
CORRUPT[len(ZIPPED) // 2] ^= 0xFF
MISLABELLED = {
    "without its trailer": zipped(ZIPPED[:-8]),
    "without the last byte": zipped(ZIPPED[:-1]),
    "cut in half": zipped(ZIPPED[: len(ZIPPED) // 2]),
    "cut in its head": zipped(ZIPPED[:5]),
    "corrupt": zipped(bytes(CORRUPT)),
    "wrong checksum": zipped(ZIPPED[:-8] + b"\0" * 8),
    "bytes after the end": zipped(ZIPPED + b"junk"),
    "a second member that is cut": zipped(ZIPPED + ZIPPED[:-3]),
    "plain, called gzip": zipped(BODY),
    "deflate, called gzip": zipped(zlib.compress(BODY)),
    "gzip, not called so": http(ZIPPED),
    "brotli": http(BODY, "Content-Encoding: br"),
    "deflate": http(zlib.compress(BODY), "Content-Encoding: deflate"),
}


@pytest.mark.parametrize("fault", MISLABELLED)
def test_t7_a_compressed_body_that_is_broken_is_asked_again_and_then_stops(served, fault):
    assert served(MISLABELLED[fault], GOOD).http.get("x").json() == ROWS
    vendor = served(MISLABELLED[fault])
    with pytest.raises(Exception, match="tried 5 times"):
        vendor.http.get("x")
    assert len(vendor.heads) == 5


def test_t7_compressed_bodies_that_are_whole(served):
    half = len(BODY) // 2
    members = gzip.compress(BODY[:half]) + gzip.compress(b"") + gzip.compress(BODY[half:])
    for body in (ZIPPED, members):
        vendor = served(zipped(body))
        assert vendor.http.get("x").json() == ROWS
        assert b"accept-encoding: gzip\r\n" in vendor.heads[0].lower()
    one_by_one = b"".join(b"1\r\n%c\r\n" % byte for byte in ZIPPED) + b"0\r\n\r\n"
    answer = http(one_by_one, "Transfer-Encoding: chunked", "Content-Encoding: gzip", length=False)
    assert served(answer).http.get("x").json() == ROWS


def drip(connection):
    connection.sendall(GOOD[:60])
    for at in range(60, len(GOOD), 4):
        connection.sendall(GOOD[at : at + 4])
        time.sleep(0.02)


def drip_head(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(1000):
        connection.sendall(b"X-%d: y\r\n" % number)
        time.sleep(0.02)


def stall(connection):
    connection.sendall(GOOD[:-10])
    time.sleep(1.5)


class Fast(SystemClock):
    """The clock of this machine, but nobody sleeps."""

    def sleep(self, seconds):
        pass


@pytest.mark.parametrize("slow", [drip, drip_head, stall])
def test_t8_one_deadline_holds_for_the_whole_answer(served, slow):
    began = time.monotonic()
    vendor = served(slow, clock=Fast(), deadline=timedelta(seconds=0.15), tries=2)
    with pytest.raises(LimitError, match=r"took too long \(tried 2 times\)"):
        vendor.http.get("x")
    assert time.monotonic() - began < 1.2
    assert len(vendor.heads) == 2


def test_t8_a_slow_answer_is_asked_again(served):
    vendor = served(stall, GOOD, clock=Fast(), deadline=timedelta(seconds=0.2))
    assert vendor.http.get("x").json() == ROWS


MIB = 2**20


def deflated(total):
    """Return `total` zeros as gzip, without squeezing them all: the blocks are the same."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = squeeze.compress(bytes(MIB)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    check = 0
    for _ in range(total // MIB if total < 100 * MIB else 0):  # nobody gets to the end of a bomb
        check = zlib.crc32(bytes(MIB), check)
    end = squeeze.flush() + struct.pack("<II", check, total % 2**32)
    return gzip.compress(b"")[:10] + block * (total // MIB) + end


def endless(connection):
    connection.sendall(http(b"", "Transfer-Encoding: chunked", length=False))
    block = b"100000\r\n" + b" " * MIB + b"\r\n"
    for _ in range(700):
        connection.sendall(block)


def announced(connection):
    connection.sendall(http(b"", f"Content-Length: {700 * MIB}", length=False))


BOMB = deflated(1024 * MIB)
BOMBS = {
    "gzip 1 GiB": zipped(BOMB),
    "gzip in gzip": http(gzip.compress(BOMB), "Content-Encoding: gzip, gzip"),
    "60 encodings": http(ZIPPED, "Content-Encoding: " + ", ".join(["gzip"] * 60)),
    "60 headers": http(ZIPPED, *["Content-Encoding: gzip"] * 60),
    "700 MiB plain": endless,
    "700 MiB announced": announced,
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_t9_a_bomb_stops_and_the_memory_stays_below_150_mib(served, bomb):
    vendor = served(BOMBS[bomb])
    tracemalloc.start()
    try:
        with pytest.raises(LimitError, match=r"larger than 64 MiB|more than once"):
            vendor.http.get("x")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 150 * MIB
    assert len(vendor.heads) == 1  # it is not asked for again


def test_t9_gzip_in_gzip_with_one_label_stays_what_it_is(served):
    answer = served(zipped(gzip.compress(BOMB))).http.send(Request("x", as_json=False))
    assert answer.body == BOMB


@pytest.mark.parametrize("status", ["500 Oops", "302 Found", "403 No"])
def test_t9_a_bomb_in_an_error_or_redirect_is_not_read_to_its_end(served, status):
    body = http(BOMB, "Content-Encoding: gzip", "Location: /y", status=status)
    vendor = served(body, tries=1)
    tracemalloc.start()
    try:
        with pytest.raises(Exception, match=r"500|redirected|403"):
            vendor.http.get("x")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20 * MIB


def test_a_download_is_a_file_and_a_broken_one_starts_anew(served):
    large = bytes(range(256)) * 4096 * 12  # 12 MiB: more than is kept in memory
    vendor = served(http(large)[:-5000], http(b"busy", status="503 Busy"), http(large))
    with vendor.http.download("f") as file:
        assert file.read() == large
        file.seek(5)
        assert file.read(3) == b"\x05\x06\x07"
    assert len(vendor.heads) == 3


def test_a_download_is_bounded(served):
    vendor = served(zipped(deflated(8 * MIB)))
    with pytest.raises(LimitError, match="1 MiB"), vendor.http.download("f", most=MIB):
        pass
    with vendor.http.download("f") as file:
        assert len(file.read()) == 8 * MIB


def test_several_threads_share_one_connection(served):
    def keep(connection):
        answer = GOOD.replace(b"Connection: close\r\n", b"")
        connection.sendall(answer)
        while connection.recv(65536):
            connection.sendall(answer)

    vendor = served(keep)
    found, threads = [], []
    for _ in range(8):
        ask = lambda: found.extend(vendor.http.get("x").json() for _ in range(20))  # noqa: E731
        threads.append(threading.Thread(target=ask))
        threads[-1].start()
    for thread in threads:
        thread.join()
    assert found == [ROWS] * 160
    assert len(vendor.heads) <= 10
