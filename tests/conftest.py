"""What every test may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real survey data and truth vectors beside the repository."""
    if not SHARED.is_dir():
        pytest.skip("the folder shared/ beside the repository is absent")
    return SHARED
