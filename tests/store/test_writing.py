"""What goes into a store comes out of it, the latest version once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from cxmetrics.records import Response
from cxmetrics.scale import zero_to_ten


def answer(ident: str = "r1", rating: float | None = 9, **fields: Any) -> Response:
    return Response(id=ident, rating=rating, scale=zero_to_ten, **fields)


def test_smoke(store: Any) -> None:
    rows = [answer(f"r{n}", n, dims={"a": n}, asked_at=datetime.now(UTC)) for n in range(5)]
    assert store.put(rows).new == 5
    assert store.put(rows).unchanged == 5
    assert list(store.batch(Response)) == rows
    with store.lock("x"):
        pass
