"""Remembering which objects came: as a set does, in a tenth of its memory."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics.sources import seen as module
from cxmetrics.sources.seen import Seen

pages = st.lists(st.lists(st.integers(0, 300).map(str), max_size=40), max_size=30)


@given(pages, st.lists(st.integers(0, 400).map(str), max_size=50))
def test_it_is_a_set(given_pages: list[list[str]], asked: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_RECENT", 16)  # settle often
        seen, known = Seen(), set[str]()
        for page in given_pages:
            assert seen.add(page) == len(set(page) - known)
            known |= set(page)
            assert seen.count == len(known)
        assert seen.missing(asked) == [text for text in asked if text not in known]


def test_a_hundred_thousand_objects_take_less_than_three_megabytes() -> None:
    """A set of these ids takes more than eleven; the walk over a million would take ten times."""
    tracemalloc.start()
    seen = Seen()
    for page in range(1000):
        seen.add([f"object-{page}-{number}" for number in range(100)])
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seen.count == 100_000
    assert held < 3_000_000
