"""What a user's type checker sees of a store and of tables of a database; checked, never run."""

# pyright: reportUnnecessaryTypeIgnoreComment=true
from __future__ import annotations

from pathlib import Path
from typing import Any, assert_type

import cxmetrics as cx
from cxmetrics.records import Customer, Response
from cxmetrics.sources.portion import Changes
from cxmetrics.sources.receipt import Receipt
from cxmetrics.store.forgetting import Erasure
from cxmetrics.store.store import Store


def a_store(path: Path, answers: list[Response]) -> None:
    with cx.open_store(path, zone="Europe/Paris") as store:
        assert_type(store, Store)
        assert_type(store.put(answers), Changes)
        assert_type(store.pull("zendesk", subdomain="acme"), Receipt)
        assert_type(store.batch(Response), cx.Batch[Response])
        assert_type(store.batch(Customer, where={"country": "FR"}), cx.Batch[Customer])
        assert_type(store.forget("c1"), Erasure)
        assert_type(store.export(path, format="csv"), dict[str, Path])
        assert_type(cx.nps(store, by=["channel", "month"]), cx.Scores)
        assert_type(cx.nps(store), cx.Score)
        store.export(path, format="xlsx")  # type: ignore[arg-type]


def a_table(engine: Any) -> None:
    assert_type(cx.nps(cx.sql_table(engine, "answers"), rating="q1"), cx.Score)
