"""What the tests of a source share: its settings, its recorded vendor, and an undisturbed walk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any, ClassVar, Final, NoReturn

import pytest

from cxmetrics.records import FrozenMap, Record
from cxmetrics.sources._base import STREAMS, Source, StreamName
from cxmetrics.store import open_store
from cxmetrics.store.store import Store
from cxmetrics.testing.script import Recorded
from cxmetrics.testing.stand import Plain, Shelf, Stand, Went

_NUMBERS: Final = count(1)


class SuiteBase:
    """What the author of a source says, and what every test of it is handed."""

    source: ClassVar[type[Source[Any]]]
    settings: Mapping[str, Any] = FrozenMap()
    pages: Any = FrozenMap()
    expect: Mapping[str, int | Sequence[Record | Mapping[str, Any]]] = FrozenMap()
    now: ClassVar[datetime] = datetime(2030, 1, 1, tzinfo=UTC)

    # -- for pytest --------------------------------------------------------------------------------

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run a test that asks for `stream` once for each stream that is expected."""
        if "stream" in metafunc.fixturenames:
            metafunc.parametrize("stream", [name for name in STREAMS if name in self.expect])

    @pytest.fixture(autouse=True)
    def _skipped(self, request: pytest.FixtureRequest) -> None:
        """Leave out what the source says does not hold for it."""
        skips = self.source.skips
        for name in (request.node.name, request.function.__name__):
            if str(skips.get(name, "")).strip():
                pytest.skip(f"{self.source.name}: {skips[name]}")

    @pytest.fixture
    def stand(self) -> Iterator[Stand]:
        """The source, its vendor on this machine, and a clock."""
        with self._stand() as stand:
            yield stand

    @pytest.fixture(scope="class")
    @classmethod
    def _store(cls) -> Iterator[Store]:
        with open_store(":memory:", now=lambda: cls.now) as store:
            yield store

    @pytest.fixture
    def shelf(self, _store: Store) -> Callable[[], Shelf]:
        """Makes an empty place in a store, each time it is called."""
        return lambda: Shelf(_store, f"{self.source.name}:{next(_NUMBERS)}")

    @pytest.fixture
    def once(self, stream: StreamName) -> Plain:
        """What an undisturbed walk over the stream brings; skips where it does not end."""
        plain = self._plain(stream)
        if plain.went.error is not None:
            pytest.skip("the plain walk fails: see test_all_records_come")
        return plain

    @pytest.fixture
    def plain(self, once: Plain) -> Plain:
        """The same; skips where another walk brings other records."""
        tells = {"ids": "test_ids_are_unique_and_stable", "values": "test_values_are_stable"}
        if once.wavers:
            pytest.skip(f"two walks differ: see {tells[once.wavers]}")
        return once

    @pytest.fixture
    def http_plain(self, plain: Plain) -> Plain:
        """The same; skips where nothing is asked over HTTP."""
        if not plain.told:
            pytest.skip("this stream asks nothing over HTTP")
        return plain

    # -- for tests ---------------------------------------------------------------------------------

    def _stand(self) -> Stand:
        return Stand(self.source, self.settings, self._recorded, self.now)

    def _recorded(self, stream: str) -> Recorded:
        if callable(self.pages):
            return self.pages  # type: ignore[no-any-return]
        given: Recorded = self.pages.get(stream, ())
        return given

    def _plain(self, stream: StreamName) -> Plain:
        """Return the undisturbed walk over a stream, walked once for all tests of the class."""
        held: dict[str, Plain] = self.__class__.__dict__.get("_plains", {})
        if stream not in held:
            with self._stand() as stand:
                held[stream] = stand.plain(stream)
            type(self)._plains = held  # type: ignore[attr-defined]
        return held[stream]


def differences(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """Say how records by id differ, a line each, at most ten."""
    lines = [f"{ident}: missing" for ident in wanted if ident not in found]
    lines += [f"{ident}: not expected" for ident in found if ident not in wanted]
    for ident in wanted:
        other = found.get(ident, wanted[ident])
        lines += [
            f"{ident}: {name} is {other.get(name)!r}, expected {value!r}"
            for name, value in wanted[ident].items()
            if other.get(name) != value
        ]
    more = len(lines) - 10
    return [*lines[:10], *([f"and {more} more"] if more > 0 else [])]


def no_crash(went: Went, when: str) -> None:
    """Fail where the adapter raised what is no `SourceError`."""
    __tracebackhide__ = True
    if went.crash:
        fail(
            f"{when}, the source crashes with {went.crash}.\nRead answers with "
            "`cxmetrics.sources.strict.member`, which tells what is not as documented."
        )


def fail(message: str, *lines: str) -> NoReturn:
    """Fail a test with a message for the author of the source, and lines of detail."""
    __tracebackhide__ = True
    pytest.fail("\n  ".join([message, *lines]), pytrace=False)
