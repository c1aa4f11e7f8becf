"""Both databases pass the tests that everything which keeps what is pulled has to pass."""

from __future__ import annotations

from cxmetrics.testing import StoreSuite


class TestStores(StoreSuite):
    """The fixture `store` opens one database after the other."""
