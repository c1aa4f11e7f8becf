"""Reading: one object of the vendor becomes records, or is refused, or holds none."""

from __future__ import annotations

import math
import traceback
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from cxmetrics.errors import DataError, DriftError, RecordError, UsageError
from cxmetrics.records import FrozenMap, Record
from cxmetrics.records._base import fields_of, offences
from cxmetrics.sources._base import Mark, Read, Source, Stream, StreamName
from cxmetrics.sources.portion import Entry, Refusal
from cxmetrics.sources.steps._base import Step, each_leaf
from cxmetrics.sources.strict import number

if TYPE_CHECKING:
    from cxmetrics.batch import Batch

_LONGEST_ID: Final = 500
_NOTHING: Final[Mapping[str, Any]] = FrozenMap()


@frozen(kw_only=True)
class Found:
    """What one object of the vendor is.

    Attributes:
        id: what the store calls it; "" where it has no id.
        entry: its records; None where it is refused as a whole.
        refused: it, or records of it, that break rules.
        skipped: why it, or records of it, are left out.
        mark: the value of the field the stream is followed by.
    """

    id: str
    entry: Entry | None = None
    refused: tuple[Refusal, ...] = ()
    skipped: tuple[str, ...] = ()
    mark: Mark | None = None


class Reader:
    """Reads the objects of one walk through an adapter and the steps.

    Args:
        source: the adapter.
        stream: which of its streams.
        steps: what is done to each record before it is checked; begun already.
    """

    def __init__(self, source: Source[Any], stream: Stream, steps: Sequence[Step] = ()) -> None:
        self._source, self._stream, self._steps = source, stream, tuple(steps)
        self._name: StreamName = stream.name
        self._class = stream.record
        self._fields = tuple(fields_of(stream.record))

    def read(self, raw: Any, context: Mapping[str, Any] | None = None) -> Found:
        """Read one object as the vendor sent it, or take a record that is finished."""
        if isinstance(raw, Record):
            return self._finished(raw)
        context = context or _NOTHING
        try:
            read = self._source.read(self._name, raw, context)
            ident = self._ident(read.id)
            updated_at, mark = self._stamps(read)
            given = tuple(read.records)
        except Exception as error:  # noqa: BLE001  # a vendor's JSON may break any reading
            return self._unread(raw, context, error)
        records: list[Record] = []
        skipped = [read.skipped] if read.skipped is not None else []
        reasons: list[tuple[str, tuple[str, ...]]] = []
        for each in given:
            made = self._record(each)
            if isinstance(made, Record):
                records.append(made)
            elif isinstance(made, str):
                skipped.append(made)
            else:
                reasons.append((_id_of(each), made))
        if len(records) > 1 and len({record.id for record in records}) < len(records):  # type: ignore[attr-defined]
            return self._unread(raw, context, DataError("two of its records have one id"))
        refused: tuple[Refusal, ...] = ()
        if reasons:
            kept, beside = self._kept(raw, given), _plain(context)
            refused = tuple(
                Refusal(object=ident, record=record, raw=kept, reasons=why, context=beside)
                for record, why in reasons
            )
        elif not given and not skipped:
            skipped.append("holds no record")
        entry = None
        if records or not refused:
            entry = Entry(object=ident, records=tuple(records), updated_at=updated_at)
        return Found(id=ident, entry=entry, refused=refused, skipped=tuple(skipped), mark=mark)

    def batch(self, batch: Batch[Any]) -> Iterator[Found]:
        """Take the rows of a batch: the valid ones, then those it has put aside."""
        for record in batch:
            yield self._finished(record)
        for row in batch.rejected:
            data = dict(row.data)
            why = tuple(f"{each.field} {each.message}" for each in row.reasons)
            ident = self.named(_id_of(data))
            refusal = Refusal(object=ident, raw=self._kept(data, (data,)), reasons=why)
            yield Found(id=ident, refused=(refusal,))

    # -- one record --------------------------------------------------------------------------------

    def _record(self, given: Record | Mapping[str, Any]) -> Record | str | tuple[str, ...]:
        """Return the checked record, why it is left out, or the rules it breaks."""
        if isinstance(given, self._class):
            if not self._steps:
                return given
            fields: Any = {name: getattr(given, name) for name in self._fields}
        elif type(given) is dict or isinstance(given, Mapping):
            fields = dict(given) if self._steps else given
        else:
            return (f"it is no {self._class.__name__}, nor a mapping of its fields",)
        rating = fields.get("rating")
        if isinstance(rating, str):
            try:
                fields = {**fields, "rating": number(rating)}
            except DataError:
                return ("rating must be a number, and is a text that is none written plainly",)
        for step in self._steps:
            reason = step.apply(self._name, fields)
            if reason is not None:
                return reason
        try:
            record = self._class(**fields)
        except (RecordError, TypeError):  # a wrong keyword is a TypeError
            broken = tuple(f"{each.field} {each.message}" for each in offences(self._class, fields))
            return broken or ("it can't be made a record",)
        return record

    def _finished(self, record: Record) -> Found:
        if not isinstance(record, self._class):
            raise UsageError(
                f"{self._source.name} delivers a {type(record).__name__} in its {self._name}."
            )
        made = self._record(record)
        ident = self.named(record.id)  # type: ignore[attr-defined]
        if isinstance(made, Record):
            return Found(id=ident, entry=Entry(object=ident, records=(made,)))
        if isinstance(made, str):
            return Found(id=ident, entry=Entry(object=ident, records=()), skipped=(made,))
        data = record.to_dict()
        refusal = Refusal(object=ident, raw=self._kept(data, (data,)), reasons=made)
        return Found(id=ident, refused=(refusal,))

    # -- what is beside the records ----------------------------------------------------------------

    def named(self, ident: str) -> str:
        """Return what the store calls an object of the vendor."""
        for step in self._steps:
            ident = step.ident(self._name, ident)
        return ident

    def _ident(self, given: Any) -> str:
        ident = given if type(given) is str else str(given) if type(given) is int else ""
        if not ident.strip():
            raise DataError("the object has no id that is a text or a whole number.")
        if len(ident) > _LONGEST_ID:
            raise DataError(f"the object's id is longer than {_LONGEST_ID} characters.")
        return self.named(ident) if self._steps else ident

    def _stamps(self, read: Read) -> tuple[datetime | None, Mark | None]:
        updated_at = _instant(read.updated_at, "the time of its last change")
        mark: Any = read.mark
        if self._stream.follows == "nothing":
            return updated_at, None
        if self._stream.follows == "id":
            if mark is not None and type(mark) is not int:
                raise DataError("the mark of a stream followed by its id is a whole number.")
            return updated_at, mark
        return updated_at, updated_at if mark is None else _instant(mark, "its mark")

    # -- what is refused ---------------------------------------------------------------------------

    def _unread(self, raw: Any, context: Mapping[str, Any], error: Exception) -> Found:
        """Refuse an object as a whole."""
        try:
            ident = self.named(self._source.ident(self._name, raw)[:_LONGEST_ID])
        except Exception:  # noqa: BLE001  # an adapter's own, on an object it could not read
            ident = ""
        refusal = Refusal(
            object=ident, raw=self._kept(raw, ()), reasons=(said(error),), context=_plain(context)
        )
        return Found(id=ident, refused=(refusal,))

    def _kept(self, raw: Any, given: Sequence[Any]) -> Any:
        """Return a refused object as it may be kept."""
        known = [
            each if isinstance(each, Mapping) else {f: getattr(each, f) for f in self._fields}
            for each in given
            if isinstance(each, Mapping | self._class)
        ]
        value = _plain(raw)
        for step in self._steps:
            value = step.raw(self._name, value, known)
        return value


def said(error: BaseException) -> str:
    """Return why something failed, without a value of the vendor's in it."""
    if isinstance(error, RecordError):
        return error.reason or "a value breaks a rule of its record"
    if isinstance(error, DriftError) or type(error) is DataError:
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return f"the adapter does not expect this: {type(error).__name__}{where}"


def _instant(value: Any, what: str) -> datetime | None:
    """Return a moment in UTC, where two of one zone compare by the instant."""
    if value is None or (isinstance(value, datetime) and value.tzinfo is UTC):
        return value
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise DataError(f"{what} is no time with a time zone.")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise DataError(f"{what} is out of range.") from None


def _id_of(given: Any) -> str:
    """Return the id of what was read, as text: 12345 and "12345" are one id; "" for none."""
    found = given.get("id") if isinstance(given, Mapping) else None
    return str(found) if isinstance(found, str) or type(found) is int else ""


def _plain(value: Any) -> Any:
    """Return what an adapter read as JSON values."""
    return each_leaf(value, _leaf)


def _leaf(_: str, leaf: Any) -> Any:
    if isinstance(leaf, float):
        return leaf if math.isfinite(leaf) else str(leaf)
    if leaf is None or isinstance(leaf, str | int):
        return leaf
    if isinstance(leaf, datetime):
        return leaf.isoformat()
    spelled = getattr(leaf, "spell", None) or getattr(leaf, "item", None)  # a scale; numpy
    return spelled() if callable(spelled) else f"<{type(leaf).__name__}>"
