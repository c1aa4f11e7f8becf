"""What every test may ask for, and how hard Hypothesis tries."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

SHARED = Path(__file__).resolve().parents[2] / "shared"

# In CI the same examples every time: a red build is about the change, not about the dice.
settings.register_profile(
    "cxmetrics", deadline=None, max_examples=60, derandomize="CI" in os.environ
)
settings.load_profile("cxmetrics")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real survey data and truth vectors beside the repository."""
    if not SHARED.is_dir():
        pytest.skip("the folder shared/ beside the repository is absent")
    return SHARED
