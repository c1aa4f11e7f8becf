"""Time, handed in: nothing in a pull reads the machine's clock or sleeps by itself."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol

from attrs import frozen


class Clock(Protocol):
    """What a pull knows of time; `cxmetrics.testing.clock.FakeClock` stands in for it in tests."""

    def now(self) -> datetime:
        """Return the time of day, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never go back, for deadlines and budgets."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


@frozen
class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """Return the time of day, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
