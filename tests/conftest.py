"""What every test may ask for, and how hard Hypothesis tries."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

SHARED = Path(__file__).resolve().parents[2] / "shared"

# The same examples every time: a red test is about the change, not about the dice.
# To look further: pytest --hypothesis-profile=explore
settings.register_profile("same", deadline=None, max_examples=60, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=500)
settings.load_profile("same")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real survey data and truth vectors beside the repository."""
    if not SHARED.is_dir():
        pytest.skip("the folder shared/ beside the repository is absent")
    return SHARED
