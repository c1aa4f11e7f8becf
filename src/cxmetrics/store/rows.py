"""Records as rows and back, without losing anything, and the checksum of a row."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any, Final, Generic, TypeVar, overload

import attrs
import numpy as np

from cxmetrics.errors import DataError
from cxmetrics.records import FrozenMap, Record
from cxmetrics.scale import Scale
from cxmetrics.store.tables import ENVELOPE, columns_of, kinds_of

R = TypeVar("R", bound=Record)
Row = tuple[Any, ...]

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST: Final = -62_135_596_800_000_000  # the year 1, and the end of the year 9999
_LAST: Final = 253_402_300_799_999_999
_CACHED: Final = 1024
_PLAIN: Final = frozenset({str, int, float, type(None)})
_SPELLED: Final = re.compile(r"\\x00|\\u0000|\\ud[89a-f]")  # the same, by `ascii` and by JSON

UNKEPT: Final = re.compile("[\0\ud800-\udfff]")
"""What no database keeps in a text: the NUL character, and halves of surrogate pairs."""


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError


_spell = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain
).encode


def json_of(value: Any) -> str:
    """Return JSON text, the same for the same value."""
    return _spell(value)


def micros(moment: datetime) -> int:
    """Return a moment as microseconds since 1970.

    Raises:
        ValueError: it lies outside the years 1 to 9999 of UTC.
    """
    since = moment - EPOCH
    found = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    if not _FIRST <= found <= _LAST:
        raise ValueError("lies outside the years 1 to 9999 of UTC")
    return found


@overload
def moment(count: int) -> datetime: ...
@overload
def moment(count: None) -> None: ...
def moment(count: int | None) -> datetime | None:
    """Return the moment that `micros` told."""
    return None if count is None else EPOCH + timedelta(microseconds=count)


def seal(values: tuple[Any, ...]) -> int:
    """Return the checksum of a row's other columns, the same on every database.

    `ascii` spells every text, number and None in its own way, the same in every Python: `repr`
    would ask a table of characters that grows.
    """
    digest = hashlib.blake2b(ascii(values).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def sealed(*values: Any) -> Row:
    """Return a row with its checksum."""
    return (*values, seal(values))


class Codec(Generic[R]):
    """Turns the records of one class into rows and back.

    A row is the envelope, the fields in their order, and the checksum. What a database can't keep
    exactly is refused, never bent: NUL characters, halves of surrogate pairs, whole numbers that
    are no double, moments outside the years of UTC.

    Attributes:
        record: the class.
        columns: the names of the columns of a row, in order.
    """

    def __init__(self, record: type[R]) -> None:
        self.record = record
        self._kinds = kinds_of(record)
        self.columns = (*ENVELOPE, *columns_of(record), "checksum")
        self._fields: Any = attrgetter(*self._kinds)
        self._convert = [
            (place, _CONVERT[kind])
            for place, kind in enumerate(self._kinds.values())
            if kind in _CONVERT
        ]
        self._scale = list(self._kinds).index("scale") if "scale" in self._kinds else None
        self._scales: dict[int, tuple[Scale, str, str | None]] = {}

    def fields(self, record: R) -> list[Any]:
        """Return the values of the columns that hold the fields.

        Raises:
            DataError: a database can't keep one; says which field and why, not the value.
        """
        values = list(self._fields(record))
        for place, convert in self._convert:
            value = values[place]
            if value is not None:
                try:
                    values[place] = convert(value)
                except (ValueError, OverflowError) as error:
                    raise DataError(f"{list(self._kinds)[place]} {error}.") from None
        if self._scale is not None:
            values[self._scale : self._scale + 1] = self._spelled(values[self._scale])
        return values

    def row(
        self,
        source: str,
        object_: str,
        updated_at: int | None,
        gone_at: int | None,
        fields: Sequence[Any],
    ) -> Row:
        """Return the whole row, sealed.

        Raises:
            DataError: a text holds what no database keeps; says which field.
        """
        values = (source, object_, updated_at, gone_at, *fields)
        if not _PLAIN.issuperset(map(type, values)):  # an enumeration, a text of numpy
            values = tuple(str.__str__(v) if isinstance(v, str) else v for v in values)
        spelled = ascii(values)
        if _SPELLED.search(spelled):
            self._refuse(values)
        digest = hashlib.blake2b(spelled.encode(), digest_size=8).digest()
        return (*values, int.from_bytes(digest, "big", signed=True))

    def record_of(self, row: Sequence[Any]) -> R:
        """Return the record a row holds."""
        given = dict(zip(self.columns, row, strict=True))
        values: dict[str, Any] = {}
        for name, kind in self._kinds.items():
            value = given[name]
            if value is None:
                values[name] = None
            elif kind == "datetime":
                values[name] = moment(value)
            elif kind == "scale":
                values[name] = scale_from(value, given[f"{name}_labels"])
            elif kind == "dims":
                values[name] = json.loads(value)
            elif kind == "boolean":
                values[name] = bool(value)
            elif name == "rating":
                values[name] = int(value) if value.is_integer() else value
            else:
                values[name] = value
        return self.record(**values)

    def gone(self, row: Row, updated_at: int | None, gone_at: int) -> Row:
        """Return a row as that of a record that is gone; the first time it was found so stays."""
        source, object_, _, was_gone, *fields, _ = row
        return self.row(source, object_, updated_at, was_gone or gone_at, fields)

    def neutral(self, row: Sequence[Any]) -> Row:
        """Return a row as every database would give it: True and False as 1 and 0."""
        return tuple(int(value) if value.__class__ is bool else value for value in row)

    def _spelled(self, scale: Scale) -> tuple[str, str | None]:
        known = self._scales.get(id(scale))
        if known is None or known[0] is not scale:
            if len(self._scales) >= _CACHED:
                self._scales.clear()
            labels = json_of(scale.labels) if scale.labels else None
            known = self._scales[id(scale)] = (scale, scale.spell(), labels)
        return known[1:]

    def _refuse(self, values: Sequence[Any]) -> None:
        """Refuse texts with what no database keeps, if they really have it."""
        for name, value in zip(self.columns, values, strict=False):
            texts = _texts(json.loads(value)) if name == "dims" else [value]
            for text in texts:
                if isinstance(text, str) and (found := UNKEPT.search(text)):
                    what = "a NUL character" if found[0] == "\0" else "half a surrogate pair"
                    raise DataError(f"{name} holds {what}.")


def scale_from(spelled: str, labels: str | None) -> Scale:
    """Return the scale that two columns hold."""
    scale = Scale.parse(spelled)
    return scale if labels is None else attrs.evolve(scale, labels=json.loads(labels))


_codecs: Final[dict[type[Record], Codec[Any]]] = {}


def codec_of(record: type[R]) -> Codec[R]:
    """Return the codec of a record class."""
    if record not in _codecs:
        _codecs[record] = Codec(record)
    return _codecs[record]


def _number(value: Any) -> float:
    number = float(value)
    if number != value:
        raise ValueError("is a whole number with more digits than a database keeps")
    return number + 0.0  # SQLite knows no -0.0


def _dims(value: FrozenMap[Any]) -> str:
    return _spell(value._items) if value._items else "{}"  # its own dict: a copy takes longer


_CONVERT: Final[Mapping[str, Callable[[Any], Any]]] = {
    "number": _number,
    "boolean": int,
    "datetime": micros,
    "dims": _dims,
}


def _texts(dims: Mapping[str, Any]) -> Iterable[str]:
    for name, value in dims.items():
        yield name
        if isinstance(value, str):
            yield value
