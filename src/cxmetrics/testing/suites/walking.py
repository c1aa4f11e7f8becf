"""Tests of walks: again, interrupted, in order, from a mark, into the future."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

import pytest

from cxmetrics.sources._base import Mark
from cxmetrics.testing.script import identity
from cxmetrics.testing.stand import Plain, Shelf, Stand
from cxmetrics.testing.suites.base import SuiteBase, differences, fail, no_crash

_MOST_BREAKS: Final = 12
_FAR: Final = 1 << 40


class WalkingTests(SuiteBase):
    """Tests of walks over a stream."""

    def test_a_second_pull_changes_nothing(
        self, stand: Stand, plain: Plain, shelf: Callable[[], Shelf]
    ) -> None:
        """What came once and did not change is unchanged when it comes again."""
        own = shelf()
        stand.walk(plain.stream.name, shelf=own)
        before = own.records(plain.stream)
        again = stand.walk(plain.stream.name, shelf=own)
        no_crash(again, "pulled a second time")
        if plain.went.complete and not again.complete:
            fail(f"the second pull is not complete: {again.said}")
        changes, lines = again.receipt.changes, differences(before, own.records(plain.stream))
        if changes.new or changes.changed or lines:
            fail(
                f"the second pull brings {changes.new} new records and {changes.changed} changed "
                "ones, though nothing happened at the vendor.",
                *lines,
            )

    def test_an_interrupted_pull_loses_nothing(
        self, stand: Stand, plain: Plain, shelf: Callable[[], Shelf]
    ) -> None:
        """Interrupted after any page, the next pull goes on and the store ends up the same."""
        for pages in _breaks(plain):
            own = shelf()
            stand.walk(plain.stream.name, shelf=own, most=pages)
            rest = stand.walk(plain.stream.name, shelf=own)
            when = f"resumed after page {pages}"
            no_crash(rest, when)
            lines = differences(plain.went.records, own.records(plain.stream))
            if lines or (plain.went.complete and not rest.complete):
                cursor = plain.went.portions[pages - 1].state.resume
                fail(
                    f"{when}, the pull does not end as it should: is the cursor of that page, "
                    f"{cursor!r}, where its successor starts? {rest.said}",
                    *lines,
                )

    def test_the_cursor_never_goes_back(
        self, stand: Stand, plain: Plain, shelf: Callable[[], Shelf]
    ) -> None:
        """A walk that is resumed does not start over, and no watermark falls."""
        came: list[set[str]] = [
            {entry.object for entry in portion.entries} for portion in plain.went.portions
        ]
        for pages in _breaks(plain):
            if plain.went.portions[pages - 1].state.resume is None:
                continue  # this walk can't be resumed, and says so
            own = shelf()
            stand.walk(plain.stream.name, shelf=own, most=pages)
            rest = stand.walk(plain.stream.name, shelf=own)
            # The last page may come again, and an object may be on several pages.
            done = set().union(*came[: pages - 1]) - set().union(*came[pages - 1 :])
            again = done & {e.object for portion in rest.portions for e in portion.entries}
            if again:
                fail(
                    f"resumed after page {pages}, the walk goes back: {len(again)} objects of "
                    "earlier pages come again. The cursor of a page says where the next one starts."
                )
        own = shelf()
        walks = (stand.walk(plain.stream.name, shelf=own) for _ in range(2))
        marks = [portion.state.mark for went in walks for portion in went.portions]
        told = [mark for mark in marks if mark is not None]
        if any(later < earlier for earlier, later in pairwise(told)):  # type: ignore[operator]
            fail("the watermark falls: the next increment would read what was read, or skip.")

    def test_marks_are_in_order_where_it_is_declared(self, plain: Plain) -> None:
        """`ordered=True` is a guarantee of the vendor, by which a cut walk moves the watermark."""
        if not plain.stream.ordered:
            pytest.skip("the stream is not declared as ordered")
        marks = [found.mark for found in plain.found if found.mark is not None]
        for before, after in pairwise(marks):
            if after < before:  # type: ignore[operator]
                fail(
                    f"{after} comes after {before}, and the stream is declared as ordered: leave "
                    "`ordered=True` out, or ask the vendor to sort."
                )

    def test_the_watermark_moves(
        self, stand: Stand, plain: Plain, shelf: Callable[[], Shelf]
    ) -> None:
        """What a stream is followed by is told with its objects, or every pull reads everything."""
        if plain.stream.follows == "nothing":
            pytest.skip("every pull of this stream reads everything, as it declares")
        if not any(each.entry for each in plain.found):
            pytest.skip("nothing could be read: see test_all_records_come")
        own = shelf()
        stand.walk(plain.stream.name, shelf=own)
        state = own.cursor(plain.stream.name)
        if state is None or state.mark is None:
            fail(
                f"no object has a mark: the stream follows {plain.stream.follows!r}, so `read` "
                "has to return `Read(mark=...)`, or `updated_at`."
            )

    def test_an_increment_asks_for_what_is_new(self, stand: Stand, plain: Plain) -> None:
        """From a mark on, the vendor is asked for less, and nothing at or after it is left out."""
        marks = _marks(plain)
        if not marks:
            pytest.skip("the stream is not followed by a mark")
        mark = max(marks.values())
        script = stand.script(plain.stream.name)
        went = stand.walk(plain.stream.name, since=mark)
        no_crash(went, f"asked for what came since {mark}")
        if went.error is not None:
            fail(f"asked for what came since {mark}, the walk fails: {went.said}")
        if plain.told:
            if {identity(asked) for asked, _ in script.told} <= plain.asked:
                fail(
                    f"an increment since {mark} asks for the same as a full walk: put `since.at` "
                    '(or `since.number`) into the request, or declare `follows="nothing"`.'
                )
        elif went.receipt.objects >= len(plain.raws) > 1 and len(set(marks.values())) > 1:
            fail(f"an increment since {mark} reads everything: heed `since`.")
        came = {entry.object for portion in went.portions for entry in portion.entries}
        lost = [ident for ident, each in marks.items() if each >= mark and ident not in came]
        if lost:
            fail(
                f"an increment since {mark} leaves out {lost[0]!r}, which has that very mark: "
                "where the vendor's filter excludes its own boundary, ask for a little before it."
            )

    def test_the_future_holds_nothing(
        self, stand: Stand, plain: Plain, shelf: Callable[[], Shelf]
    ) -> None:
        """Asked for what is to come, a source brings nothing, and goes on well."""
        if not _marks(plain):
            pytest.skip("the stream is not followed by a mark")
        since: Any = _FAR
        if plain.stream.follows != "id":
            since = stand.clock.now() + timedelta(days=3650)
        own = shelf()
        stand.walk(plain.stream.name, shelf=own)
        before, state = own.records(plain.stream), own.cursor(plain.stream.name)
        went = stand.walk(plain.stream.name, shelf=own, since=since)
        no_crash(went, f"asked for what comes after {since}")
        if went.error is not None:
            fail(f"asked for what comes after {since}, the walk fails: {went.said}")
        filters = not plain.told or stand.script(plain.stream.name).filters
        later = [ident for ident, mark in _marks(plain).items() if mark >= since]
        if filters and went.receipt.objects > len(later):
            fail(
                f"asked for what comes after {since}, the source brings {went.receipt.objects} "
                "objects: the filter of the request is not heeded."
            )
        if own.cursor(plain.stream.name) != state or own.records(plain.stream) != before:
            fail(f"a walk from {since} on changes what was read before.")

    def test_deletions_are_told_where_it_is_declared(self, plain: Plain) -> None:
        """`deletes=True` says that the vendor tells what it deleted: one such page is recorded."""
        if not plain.stream.deletes:
            pytest.skip("the stream is not declared to tell deletions")
        if not any(portion.gone for portion in plain.went.portions):
            fail(
                "the stream is declared to tell deletions, and no recorded page tells one: record "
                "one, hand its id over as `Page(gone=...)`, or leave `deletes=True` out."
            )


def _breaks(plain: Plain) -> Iterator[int]:
    """Yield after how many pages to interrupt: the last portion is no page."""
    pages = len(plain.went.portions) - 1
    yield from range(1, min(pages, _MOST_BREAKS) + 1)
    if pages > _MOST_BREAKS:
        yield pages


def _marks(plain: Plain) -> dict[str, Any]:
    """Return the marks of a stream by object; none where it is not followed by any."""
    if plain.stream.follows == "nothing":
        return {}
    kind: type[Mark] = int if plain.stream.follows == "id" else datetime
    return {
        each.id: each.mark for each in plain.found if each.entry and isinstance(each.mark, kind)
    }
