"""Tests of drift: the vendor changes its answers one day, and somebody has to be told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from cxmetrics.datasets.loopback import Asked, Reply
from cxmetrics.errors import DataError, DriftError
from cxmetrics.sources.reading import Reader
from cxmetrics.testing import faults
from cxmetrics.testing.edits import Edit, edits
from cxmetrics.testing.stand import Plain, Stand, crashed
from cxmetrics.testing.suites.base import SuiteBase, differences, fail, no_crash

_MOST_SHAPES: Final = 6
_MOST_ANSWERS: Final = 4
_DEPTH: Final = 4
_UNKNOWN: Final = {"cx_unknown": {"a": [1, None, "é"]}}


class DriftingTests(SuiteBase):
    """Tests of answers that are not as documented."""

    def test_drift_of_an_object_is_told(self, stand: Stand, plain: Plain) -> None:
        """Each member of an object, gone or of another type, is refused, or makes no difference."""
        source, name = stand.feed().source, plain.stream.name
        reader = Reader(source, plain.stream)
        for raw, context in _shapes(plain):
            before = _ids(reader, raw, context)
            for edit in edits(raw):
                _is_told(source, name, edit, context)
                found = reader.read(edit.value, context)
                if found.refused or found.skipped:
                    continue
                after = _ids(reader, edit.value, context)
                if len(after) != len(before) or (edit.removes and after != before):
                    fail(
                        f"an object {edit.what} becomes {len(after)} records "
                        f"({', '.join(after) or 'none'}), and nobody is told; before: "
                        f"{', '.join(before)}. Read what is needed with `member`, which raises a "
                        "DriftError, or say why there is none with `Read(skipped=...)`."
                    )

    def test_a_rating_that_is_gone_is_told(self, stand: Stand, plain: Plain) -> None:
        """A vendor that renames the rating must not turn every answer into one without."""
        reader = Reader(stand.feed().source, plain.stream)
        for raw, context in _shapes(plain):
            before = _rated(reader, raw, context)
            for edit in edits(raw) if before else ():
                if not edit.removes or reader.read(edit.value, context).refused:
                    continue
                lost = before.keys() - _rated(reader, edit.value, context).keys()
                ids = set(_ids(reader, edit.value, context))
                if lost & ids:
                    fail(
                        f"an answer {edit.what} has no rating any more, and nobody is told: read "
                        "it with `member`. Where the vendor leaves out what was not answered, say "
                        "so in `skips`."
                    )

    def test_drift_of_an_answer_is_told(self, stand: Stand, http_plain: Plain) -> None:
        """Each member around the objects, gone or of another type, costs no record in silence."""
        plain = http_plain
        for asked, value in _answers(plain):
            for edit in edits(value, lists=False, depth=_DEPTH):
                stand.vendor.behave()
                stand.vendor.misbehave(
                    lambda _, reply, other=edit.value: Reply.of(other, headers=reply.headers),  # type: ignore[misc]
                    when=lambda each, first=asked: _same(each, first),  # type: ignore[misc]
                )
                went = stand.walk(plain.stream.name)
                when = f"an answer to {asked.method} {asked.path} comes {edit.what}"
                no_crash(went, when)
                if isinstance(went.error, DriftError) and not went.error.path.startswith("$"):
                    fail(f"{when}: the DriftError has no JSON path, but {went.error.path!r}.")
                missing = [ident for ident in plain.went.records if ident not in went.records]
                same = went.receipt.skipped == plain.went.receipt.skipped  # else it is told why
                if went.complete and missing and same:
                    fail(
                        f"{when}, and the walk is complete with {len(missing)} records missing, "
                        f"{missing[0]!r} among them: tell it with a DriftError."
                    )

    def test_unknown_fields_are_accepted(self, stand: Stand, plain: Plain) -> None:
        """Vendors add members every month: they change nothing."""
        source, name = stand.feed().source, plain.stream.name
        reader = Reader(source, plain.stream)
        for raw, context in plain.raws:
            if not isinstance(raw, dict):
                continue
            try:
                source.read(name, {**raw, **_UNKNOWN}, context)
            except Exception as error:  # noqa: BLE001  # told below
                fail(f"an object with one more member is not read: {crashed(error)}")
            one, other = reader.read(raw, context), reader.read({**raw, **_UNKNOWN}, context)
            if one.entry != other.entry:
                fail(f"an object with one more member, `cx_unknown`, becomes another: {one.id}")
        if not plain.told:
            return
        stand.vendor.misbehave(faults.changed(_one_more), when=_has_json(plain))
        went = stand.walk(plain.stream.name)
        no_crash(went, "answers have one member more")
        lines = differences(plain.went.records, went.records)
        if went.error is not None or lines:
            fail(f"answers with one more member, `cx_unknown`, make trouble. {went.said}", *lines)

    def test_no_object_is_a_crash(self, stand: Stand, plain: Plain) -> None:
        """Where an object is expected, null, a number, a text or a list is drift."""
        if not plain.raws:
            pytest.skip("the stream hands over finished records")
        source, name = stand.feed().source, plain.stream.name
        context = plain.raws[0][1]
        for value, what in ((None, "null"), (7, "a number"), ("cx", "a text"), ([], "a list")):
            _is_told(
                source, name, Edit(what=f"that is {what}", removes=False, value=value), context
            )


def _is_told(source: Any, name: Any, edit: Edit, context: Mapping[str, Any]) -> None:
    """Fail where reading raises what is no drift."""
    __tracebackhide__ = True
    try:
        tuple(source.read(name, edit.value, context).records)
    except DriftError as error:
        if not error.path.startswith("$"):
            fail(f"an object {edit.what}: the DriftError has no JSON path, but {error.path!r}.")
    except DataError:
        pass
    except Exception as error:  # noqa: BLE001  # a crash, told
        fail(
            f"an object {edit.what} crashes the source with {crashed(error)}.\nRead it with "
            "`cxmetrics.sources.strict.member`, which raises a DriftError that names the path."
        )


def _ids(reader: Reader, raw: Any, context: Mapping[str, Any]) -> list[str]:
    entry = reader.read(raw, context).entry
    return [str(each.id) for each in entry.records] if entry else []  # type: ignore[attr-defined]


def _rated(reader: Reader, raw: Any, context: Mapping[str, Any]) -> dict[str, float]:
    entry = reader.read(raw, context).entry
    return {
        str(each.id): each.rating  # type: ignore[attr-defined]
        for each in (entry.records if entry else ())
        if getattr(each, "rating", None) is not None
    }


def _shapes(plain: Plain) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    """Yield objects that differ in their members or in the kinds of these."""
    seen: set[str] = set()
    for raw, context in plain.raws:
        shape = json.dumps(_shape(raw), sort_keys=True)
        if shape not in seen and len(seen) < _MOST_SHAPES and isinstance(raw, dict):
            seen.add(shape)
            yield raw, context


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_shape(inner) for inner in value[:2]]
    return type(value).__name__


def _answers(plain: Plain) -> Iterator[tuple[Asked, Any]]:
    """Yield the first JSON answer of each kind of request."""
    seen: set[str] = set()
    for asked, reply in plain.told:
        value = _json(reply)
        shape = json.dumps([asked.method, asked.path, _shape(value)], sort_keys=True)
        if isinstance(value, dict) and shape not in seen and len(seen) < _MOST_ANSWERS:
            seen.add(shape)
            yield asked, value


def _same(one: Asked, other: Asked) -> bool:
    return (one.method, one.target, one.body) == (other.method, other.target, other.body)


def _json(reply: Reply) -> Any:
    try:
        return json.loads(reply.body)
    except ValueError:
        return None


def _has_json(plain: Plain) -> Any:
    objects = {asked.target for asked, reply in plain.told if isinstance(_json(reply), dict)}
    return lambda asked: asked.target in objects


def _one_more(value: Any) -> Any:
    return {**value, **_UNKNOWN} if isinstance(value, dict) else value
