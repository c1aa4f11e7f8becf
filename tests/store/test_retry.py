"""What an adapter refused is read again when it has learnt to."""

from __future__ import annotations

from typing import Any

import pytest

from cxmetrics.errors import DriftError, StoreLockedError
from cxmetrics.records import Response
from cxmetrics.sources import Page, Read
from cxmetrics.sources.steps import Pseudonymise
from cxmetrics.testing.scripted import plain, scripted

ANSWERS = [
    {"id": ident, "at": "2026-01-01T00:00:00Z", "rating": rating, "customer": "ana@example.test"}
    for ident, rating in (("a", 9), ("b", 3), ("c", 11))
]


def moved(raw: Any, _: Any) -> Read:
    raise DriftError("the score is not where it was", "$.score")


def test_a_newer_adapter_reads_what_an_older_one_refused(store: Any) -> None:
    steps = [Pseudonymise("sixteen characters, and more")]
    assert store.pull(scripted([Page(ANSWERS)], read=moved), steps=steps).status == "partial"
    assert len(store.refused()) == 3
    assert store.retry(scripted([], read=moved), steps=steps).new == 0  # the same version
    changes = store.retry(scripted([], read=plain, version=2), steps=steps)
    assert (changes.new, changes.refused) == (2, 1)
    assert {r.id: r.rating for r in store.batch(Response)} == {"a": 9, "b": 3}
    assert {r.customer for r in store.batch(Response)} == {steps[0].pseudonym("ana@example.test")}
    (left,) = store.refused()
    assert (left.object, left.version) == ("c", 2)
    assert store.retry(scripted([], version=2), steps=steps).refused == 0  # not over and over
    assert store.check().sound


def test_not_while_a_pull_is_under_way(store: Any) -> None:
    with store.lock("scripted"), pytest.raises(StoreLockedError):
        store.retry(scripted([]))
