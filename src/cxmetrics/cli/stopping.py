"""Being stopped: by Ctrl-C or a signal, promptly, and with nothing half written."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NoReturn

PATIENCE: Final = 4.0
"""Seconds after which the process ends even where something still waits: for a lock, a socket, a
thread. A store loses nothing by that, as it loses nothing by a crash."""


class TerminatedError(KeyboardInterrupt):
    """SIGTERM: like Ctrl-C, so that whatever cleans up after one cleans up after the other."""


@contextmanager
def stoppable() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end what is done inside within 5 seconds.

    Raises:
        KeyboardInterrupt: Ctrl-C.
        TerminatedError: SIGTERM.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals belong to the main thread
        return
    last: list[threading.Timer] = []

    def stop(number: int, _: Any) -> NoReturn:
        if last:
            os._exit(128 + number)  # asked twice
        timer = threading.Timer(PATIENCE, os._exit, (128 + number,))
        timer.daemon = True
        timer.start()
        last.append(timer)
        raise TerminatedError if number == signal.SIGTERM else KeyboardInterrupt

    before = {each: signal.signal(each, stop) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def code_of(stop: KeyboardInterrupt) -> int:
    """Return what to exit with: 143 after SIGTERM, 130 after Ctrl-C."""
    return 128 + (signal.SIGTERM if isinstance(stop, TerminatedError) else signal.SIGINT)
