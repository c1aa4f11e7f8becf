"""The tests that every source has to pass."""

from __future__ import annotations

from typing import ClassVar

import pytest

from cxmetrics.testing import SourceSuite
from cxmetrics_zendesk import Zendesk

DAY = 86_400


class TestZendesk(SourceSuite):
    source = Zendesk
    expect: ClassVar = {"responses": 10, "customers": 4, "interactions": 4}

    @pytest.fixture(autouse=True)
    def _served(self, desk):
        self.settings = {"subdomain": "acme", "email": "agent@example.test", "token": desk.token}
        desk.size = 2
        desk.survey("S1", 1, [1, 2, 3, 4, 5])
        for number in range(1, 6):
            at = desk.start + number * 40 * DAY
            words = "ok" if number == 2 else None
            desk.rate(number, "good" if number % 2 else "bad", at=at, comment=words)
            desk.respond(f"A{number}", number, at=at, words=words, reason="O1")
            gone = number == 3
            status = "deleted" if gone else "solved"
            desk.ticket(number, at=desk.start + number // 2, status=status)
            desk.user(number, at=desk.start + number, active=not gone)
        self._desk = desk

    def pages(self, asked):
        return self._desk(asked)
