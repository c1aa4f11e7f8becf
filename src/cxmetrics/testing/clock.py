"""A clock that stands still until it is told to go on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import RLock

from attrs import define, field


@define
class FakeClock:
    """A clock for tests: sleeping takes no time, and moves it.

    Attributes:
        time: what `now` says, aware.
        slept: every wait asked for, in seconds.

    Example:
        >>> clock = FakeClock()
        >>> clock.sleep(90)
        >>> str(clock.now()), clock.slept
        ('2026-01-01 00:01:30+00:00', [90])
    """

    time: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    slept: list[float] = field(factory=list)
    _seconds: float = field(default=0.0, init=False)
    _lock: RLock = field(factory=RLock, init=False, repr=False)

    def now(self) -> datetime:
        """Return the time of day, aware."""
        return self.time

    def monotonic(self) -> float:
        """Return the seconds gone by."""
        return self._seconds

    def sleep(self, seconds: float) -> None:
        """Note the wait and move on by it."""
        with self._lock:
            self.slept.append(seconds)
            self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Move on without anybody sleeping."""
        with self._lock:
            self._seconds += seconds
            self.time += timedelta(seconds=seconds)
