"""The budget of requests a vendor allows, kept by all threads together."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from threading import Lock

from cxmetrics.sources.clock import Clock
from cxmetrics.sources.policy import Rate


class Budget:
    """Hands out moments to send at, so that no declared rate is ever exceeded.

    A sliding window: of the last `n` requests the oldest must be `per` ago. Each caller takes the
    next free moment and waits for it outside the lock, so waiting threads keep their order.

    Args:
        rates: what is allowed; none means that only holds count.
        clock: tells the time.
    """

    def __init__(self, rates: Sequence[Rate], clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._held = 0.0
        self._sent: list[tuple[float, deque[float]]] = [
            (rate.per.total_seconds(), deque(maxlen=rate.n)) for rate in rates
        ]

    def take(self, most: float) -> float:
        """Take the next free moment and return the seconds until then.

        Args:
            most: if it is further away than this, it is not taken.
        """
        with self._lock:
            now = self._clock.monotonic()
            at = max(now, self._held)
            for per, sent in self._sent:
                if len(sent) == sent.maxlen:
                    at = max(at, sent[0] + per)
            if at - now <= most:
                for _, sent in self._sent:
                    sent.append(at)
            return at - now

    def hold(self, seconds: float) -> None:
        """Let nobody send for a while: the vendor has asked for it."""
        with self._lock:
            self._held = max(self._held, self._clock.monotonic() + seconds)
