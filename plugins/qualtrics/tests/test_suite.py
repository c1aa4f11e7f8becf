"""The tests that every source has to pass."""

from __future__ import annotations

from typing import ClassVar

import pytest

from cxmetrics.testing import SourceSuite
from cxmetrics_qualtrics import Qualtrics


class TestQualtrics(SourceSuite):
    source = Qualtrics
    expect: ClassVar = {"responses": 10, "customers": 3, "invitations": 3}

    @pytest.fixture(autouse=True)
    def _served(self, qualtrics):
        self.settings = {"datacenter": "fra1", "token": qualtrics.token,
                         "survey": qualtrics.survey, "directory": "POOL_1"}  # fmt: skip
        qualtrics.size = 2
        for day in range(1, 6):
            words = {"QID2_TEXT": "Merci"} if day == 2 else {}
            qualtrics.add(f"R_{day}", at=f"2026-03-0{day}T10:00:00Z", QID1=day, QID3=day, **words)
        people = range(1, 4)
        qualtrics.contacts = [
            {"contactId": f"CID_{n}", "extRef": f"C{n}", "language": "fr"} for n in people
        ]
        qualtrics.distributions = [{"id": "EMD_1", "requestType": "Invite"}]
        qualtrics.histories["EMD_1"] = [
            {"contactId": f"CID_{n}", "status": "Opened", "sentAt": "2026-02-20T08:00:00Z",
             "responseCompletedAt": None}
            for n in people
        ]  # fmt: skip
        self._qualtrics = qualtrics

    def pages(self, asked):
        return self._qualtrics(asked)
