"""Tests of what a source delivers: how many records, which, and on which scale."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import pytest

from cxmetrics.errors import CxError
from cxmetrics.records import Record
from cxmetrics.scale import Scale
from cxmetrics.sources._base import Read, StreamName
from cxmetrics.sources.config import options_of
from cxmetrics.sources.reading import Reader
from cxmetrics.testing.edits import at, members, path_of, replaced
from cxmetrics.testing.stand import Plain, Stand, as_values
from cxmetrics.testing.suites.base import SuiteBase, differences, fail

_SECRET_NAMES: Final = re.compile(
    r"(?:.*_)?(?:token|password|passwd|secret|api_?key|private_key|access_key)", re.IGNORECASE
)


class ReadingTests(SuiteBase):
    """Tests of what a source delivers."""

    def test_skips_have_reasons(self) -> None:
        """What a source leaves out is told to its users: each skip names a test, and says why."""
        streams = {stream.name for stream in self.source.streams}
        tests = {name for name in dir(self) if name.startswith("test_")}
        for name, reason in self.source.skips.items():
            if not {name, name.partition("[")[0]} & {*tests, *streams}:
                fail(f"skips: {name!r} is no test of the suite, nor a stream of the source.")
            if not str(reason).strip():
                fail(f"skips: {name!r} needs a reason; users see it in `cxmetrics plugins`.")

    def test_every_stream_is_tried(self, stand: Stand) -> None:
        """Each stream the source declares has recorded pages and an expected number of records."""
        declared = {stream.name for stream in stand.feed().streams}
        left = declared - {*self.expect} - {*self.source.skips}
        if left:
            fail(
                f"declared and not tried: {', '.join(sorted(left))}. Say in `pages` what the "
                "vendor answers and in `expect` how many records come of it, or, in `skips` of "
                "the source, why not."
            )
        unknown = {*self.expect} - declared
        if unknown:
            fail(f"expect: {', '.join(sorted(unknown))}: the source declares no such stream.")

    def test_settings_are_documented(self) -> None:
        """Every setting has a sentence of help, and what is secret says so."""
        for option in options_of(self.source):
            if not option.help.strip():
                fail(f"the setting {option.name!r} has no help: it is shown in `--help`.")
            if _SECRET_NAMES.fullmatch(option.name) and not option.secret:
                fail(
                    f"the setting {option.name!r} looks like a secret: declare it as "
                    "`Secret = option(secret=True, help=...)`, or give it another name."
                )

    def test_the_source_introduces_itself(self, stand: Stand) -> None:
        """It has a name, a title, a reference, and the host it talks to."""
        source = self.source
        if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", source.name):
            fail(f"name: {source.name!r}: small letters, digits and single hyphens.")
        for name in ("title", "reference"):
            if not str(getattr(source, name, "")).strip():
                fail(f"{name} is empty: say what it is, and where the vendor documents it.")
        if stand.feed().source.base() and not source.origin.strip():
            fail("origin is empty: users are told which host their credentials go to.")

    def test_all_records_come(self, stream: StreamName) -> None:
        """The walk ends, and brings exactly the records that were expected.

        A source that forgets paging keeps every other promise: only a number from outside tells.
        """
        plain = self._plain(stream)
        went = plain.went
        if went.error is not None:
            fail(f"{stream}: the walk fails: {went.said}")
        wanted, found = self.expect[stream], went.records
        count = wanted if isinstance(wanted, int) else len(wanted)
        if went.refusals and _told_elsewhere(plain):
            pytest.skip("records are refused for what another test tells")
        if not went.complete:
            fail(f"{stream}: the walk is not complete: {went.said}")
        lines: list[str] = []
        if not isinstance(wanted, int):
            records = as_values(_record(plain, given) for given in wanted)
            if len(records) < count:
                fail(f"{stream}: two of the expected records have one id.")
            lines = differences(records, found)
        if len(found) != count or lines:
            asked = f" by {len(plain.told)} requests" if plain.told else ""
            fail(f"{stream}: {count} records expected, {len(found)} came{asked}.", *lines)

    def test_records_are_of_their_class(self, plain: Plain) -> None:
        """A stream of responses delivers responses."""
        for portion in plain.went.portions:
            for entry in portion.entries:
                for record in entry.records:
                    if not isinstance(record, plain.stream.record):
                        fail(f"{record!r} is no {plain.stream.record.__name__}.")

    def test_ids_are_unique_and_stable(self, once: Plain) -> None:
        """No two records share an id, and each has the same one the next time."""
        owners: dict[str, str] = {}
        for portion in once.went.portions:
            for entry in portion.entries:
                for ident in as_values(entry.records):
                    if owners.setdefault(ident, entry.object) != entry.object:
                        fail(f"objects share the record id {ident!r}: one overwrites the other.")
        if once.wavers == "ids":
            fail(
                "a record has another id when it is read again: an id is the vendor's, or made of "
                "the vendor's, never drawn or counted."
            )

    def test_values_are_stable(self, once: Plain) -> None:
        """What did not change at the vendor is the same when it is read again."""
        if once.wavers == "values":
            fail(
                "a record holds something else when it is read again: is anything in it drawn, "
                "counted, or the time of now?"
            )

    def test_times_are_aware(self, stand: Stand, plain: Plain) -> None:
        """Every time has its offset: one without is an hour or a day off somewhere."""
        faults = list(_naive(stand, plain))
        if faults:
            fail(
                f"{faults[0]} has no time zone: read times with `cxmetrics.sources.strict.instant`,"
                " with `zone=` where the vendor's have no offset."
            )

    def test_ratings_are_on_their_scale(self, stand: Stand, plain: Plain) -> None:
        """Ratings are points of the scale they declare; one that is none is refused, not bent."""
        faults = list(_off_scale(stand, plain))
        if faults:
            fail(faults[0])
        reader = Reader(stand.feed().source, plain.stream)
        for raw, context in plain.raws:
            for keys, index in _rating_members(reader, raw, context):
                _off_scale_is_refused(reader, raw, context, keys, index)


# -- what is expected ------------------------------------------------------------------------------


def _record(plain: Plain, given: Record | Mapping[str, Any]) -> Record:
    if isinstance(given, Record):
        return given
    try:
        return plain.stream.record.from_dict(given)
    except CxError as error:
        fail(f"expect: {plain.stream.name}: {error}")


def _told_elsewhere(plain: Plain) -> bool:
    """Say whether records are refused for a reason that a test of its own tells."""
    words = re.compile(r"time zone|rating must|scale must|offset")
    return all(words.search(reason) for reason in plain.went.refusals)


# -- times and ratings -----------------------------------------------------------------------------


def _reads(stand: Stand, plain: Plain) -> Iterator[Read]:
    source = stand.feed().source
    for raw, context in plain.raws:
        try:
            yield source.read(plain.stream.name, raw, context)
        except Exception:  # noqa: BLE001, S112  # refused; told by test_all_records_come
            continue


def _naive(stand: Stand, plain: Plain) -> Iterator[str]:
    for read in _reads(stand, plain):
        times = {"Read.updated_at": read.updated_at, "Read.mark": read.mark}
        for record in read.records:
            times |= dict(_fields(record))
        for name, value in times.items():
            if isinstance(value, datetime) and value.utcoffset() is None:
                yield f"{name} of {read.id}"


def _off_scale(stand: Stand, plain: Plain) -> Iterator[str]:
    for read in _reads(stand, plain):
        for record in read.records:
            told = dict(_fields(record))
            rating, scale = told.get("rating"), told.get("scale")
            if rating is None or scale is None:
                continue
            try:
                scale = scale if isinstance(scale, Scale) else Scale.parse(scale)
                fits = float(rating) in scale.points
            except (CxError, TypeError, ValueError):
                fits = False
            if not fits:
                yield f"the rating {rating!r} of {read.id} is no point of its scale {scale}."


def _fields(record: Record | Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if isinstance(record, Record):
        record = record.to_dict()
    yield from ((str(name), value) for name, value in record.items())


def _rating_members(
    reader: Reader, raw: Any, context: Mapping[str, Any]
) -> Iterator[tuple[tuple[str | int, ...], int]]:
    """Yield the members of an object that are ratings: another point there is another rating."""
    ratings = _ratings(reader, raw, context)
    for keys in members(raw):
        held = at(raw, keys)
        for index, (rating, scale) in enumerate(ratings):
            if rating is None or type(held) not in {int, float, str}:
                continue
            if held not in {rating, f"{rating:g}"}:
                continue
            other = next(point for point in scale.points if point != rating)
            tried = _ratings(reader, replaced(raw, keys, _like(held, other)), context)
            if len(tried) == len(ratings) and tried[index][0] == other:
                yield keys, index
                break


def _off_scale_is_refused(
    reader: Reader,
    raw: Any,
    context: Mapping[str, Any],
    keys: tuple[str | int, ...],
    index: int,
) -> None:
    __tracebackhide__ = True
    held, (_, scale) = at(raw, keys), _ratings(reader, raw, context)[index]
    before = len(_ratings(reader, raw, context))
    half = scale.low + scale.step / 2
    for value in (scale.high + scale.step, scale.low - scale.step, half):
        after = _ratings(reader, replaced(raw, keys, _like(held, value)), context)
        if len(after) < before:
            continue
        became = after[index][0]
        if became is not None:
            fail(
                f"{path_of(keys)} is {value:g}, which is no point of {scale}, and becomes the "
                f"rating {became:g}: hand ratings over as they come. What is off its scale is "
                "refused and kept raw."
            )


def _ratings(reader: Reader, raw: Any, context: Mapping[str, Any]) -> list[tuple[Any, Scale]]:
    entry = reader.read(raw, context).entry
    records = entry.records if entry else ()
    return [(r.rating, r.scale) for r in records if hasattr(r, "rating")]  # type: ignore[attr-defined]


def _like(held: Any, point: float) -> Any:
    """Return a point of a scale as a vendor writes it: as a number or as its text."""
    whole = int(point) if float(point).is_integer() else point
    return str(whole) if isinstance(held, str) else whole
