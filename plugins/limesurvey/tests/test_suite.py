"""The tests that every source has to pass."""

from __future__ import annotations

from typing import ClassVar

import pytest

from cxmetrics.testing import SourceSuite
from cxmetrics_limesurvey import LimeSurvey


class TestLimeSurvey(SourceSuite):
    source = LimeSurvey
    expect: ClassVar = {"responses": 15, "customers": 3, "invitations": 3}

    @pytest.fixture(autouse=True)
    def _served(self, lime):
        self.settings = {"url": "https://lime.example", "user": "demo", "password": lime.password,
                         "survey": "1234", "zone": "Europe/Paris", "window": 2,
                         "scales": {"EFFORT": "1:7"}}  # fmt: skip
        for number in (1, 2, 7, 30, 31):
            words = "Merci" if number == 2 else ""
            lime.add(number, NPS=str(number % 11), CSAT="4", EFFORT="2", WHY=words)
        for number in (1, 2, 3):
            lime.invite(number)
        self._lime = lime

    def pages(self, asked):
        return self._lime(asked)
