"""Being stopped: by Ctrl-C or a signal, promptly, and with nothing half written."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, NoReturn

PATIENCE: Final = 4.0
"""Seconds after which the process ends even where something still waits: for a lock, a socket, a
thread. A store loses nothing by that, as it loses nothing by a crash."""

_STOPS: Final = (signal.SIGINT, signal.SIGTERM)


class TerminatedError(KeyboardInterrupt):
    """SIGTERM: like Ctrl-C, so that whatever cleans up after one cleans up after the other."""


@contextmanager
def stoppable() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end what is done inside within 5 seconds; asked twice, at once.

    Raises:
        KeyboardInterrupt: Ctrl-C.
        TerminatedError: SIGTERM.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals belong to the main thread
        return
    # Python tells the main thread of a signal when it comes back from C, where a database may wait
    # for half a minute; a socket is told at once, and a thread of its own looks at the clock.
    told, tell = socket.socketpair()
    tell.settimeout(0)
    threading.Thread(target=_watch, args=(told,), daemon=True).start()
    stopped = False

    def stop(number: int, _: Any) -> NoReturn:
        nonlocal stopped
        stopped = True
        raise TerminatedError if number == signal.SIGTERM else KeyboardInterrupt

    before = {each: signal.signal(each, stop) for each in _STOPS}
    descriptor = signal.set_wakeup_fd(tell.fileno(), warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(descriptor)
        for number, handler in before.items():
            signal.signal(number, handler)
        if stopped:
            tell.detach()  # the clock runs on: the process itself may not come to its end
        else:
            tell.close()


def _watch(told: socket.socket) -> None:
    """End the process some time after the first signal, or with the second."""
    with told:
        while number := told.recv(1):
            if number[0] in _STOPS:
                told.settimeout(PATIENCE)
                with suppress(TimeoutError):
                    told.recv(1)
                os._exit(128 + number[0])


def code_of(stop: KeyboardInterrupt) -> int:
    """Return what to exit with: 143 after SIGTERM, 130 after Ctrl-C."""
    return 128 + (signal.SIGTERM if isinstance(stop, TerminatedError) else signal.SIGINT)
