"""The receipts of the pulls."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from cxmetrics.sources.receipt import Receipt
from cxmetrics.store.database import Database
from cxmetrics.store.rows import sealed
from cxmetrics.store.tables import RECEIPTS, STATES


def save(database: Database, receipt: Receipt) -> None:
    """Keep the receipt of a pull."""
    row = (receipt.source, receipt.status, json.dumps(receipt.to_dict()))
    with database.writing() as connection:
        if not database.sqlite:
            connection.execute(sa.text(f"LOCK TABLE {RECEIPTS.name} IN EXCLUSIVE MODE"))
        latest = sa.select(sa.func.coalesce(sa.func.max(RECEIPTS.c.number), 0))
        number = connection.execute(latest).scalar_one() + 1
        connection.execute(sa.insert(RECEIPTS).values(sealed(number, *row)))


def receipts(database: Database, source: str | None) -> tuple[Receipt, ...]:
    """Return the receipts, the latest last."""
    wanted = sa.select(RECEIPTS.c.receipt).order_by(RECEIPTS.c.number)
    if source is not None:
        wanted = wanted.where(RECEIPTS.c.source == source)
    with database.reading() as connection:
        told = connection.execute(wanted).scalars().all()
    return tuple(Receipt.from_dict(json.loads(each)) for each in told)


def latest_of(connection: sa.Connection) -> dict[tuple[str, str], tuple[datetime, dict[str, Any]]]:
    """Return when each stream was last pulled, and what came of it, by source and stream."""
    found: dict[tuple[str, str], tuple[datetime, dict[str, Any]]] = {}
    wanted = sa.select(RECEIPTS.c.receipt).order_by(RECEIPTS.c.number.desc())
    left = {
        (source, stream)
        for source, stream in connection.execute(sa.select(STATES.c.source, STATES.c.stream))
    }
    for (spelled,) in connection.execute(wanted):
        receipt = json.loads(spelled)
        for each in receipt["streams"]:
            key = (receipt["source"], each["stream"])
            left.discard(key)
            found.setdefault(key, (datetime.fromisoformat(receipt["ended_at"]), each))
        if not left:  # whoever pulled has a state: the older receipts tell nothing new
            break
    return found
