"""Mappings: which column of a file is which field of a record, and how a row becomes records."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal, Self

import attrs
from attrs import Factory, frozen

from cxmetrics.errors import ConfigError, DataError, ScaleError, did_you_mean
from cxmetrics.records import Response
from cxmetrics.records._base import fields_of
from cxmetrics.rules import rules_of
from cxmetrics.scale import Scale
from cxmetrics.sources._base import STREAMS, Read
from cxmetrics.sources.strict import instant, number

_TRUE: Final = frozenset({"true", "yes", "y", "1", "oui", "vrai"})
_FALSE: Final = frozenset({"false", "no", "n", "0", "non", "faux"})
_UPDATED: Final = "updated_at"


@frozen(kw_only=True)
class FileMapping:
    """How the rows of a file become the records of one stream.

    Attributes:
        stream: which.
        columns: from a field of the record to the column that holds it; `id` may name several
            columns ("respondent+wave"), and `updated_at` the stamp of the last change.
        ratings: from the name of a question to the column of its ratings: one response each.
        comments: from the name of a question to the column of its comment.
        scales: from the name of a question to its scale, where it is not `scale`.
        scale: of all ratings, spelled ("0:10"; "1:5!" where low is good).
        dims: columns to keep as dims, by their own names or as "dim=column".
        constants: from a field or dim to the value of every row.
        codes: ratings that texts stand for: {"good": "1", "bad": "0"}.
        missing: texts that stand for "no answer".
        zone: of times that don't say it.
        date_format: of times that are not ISO 8601, as for `strptime`.
        decimal: the decimal sign of texts that are numbers.
        by_content: whether rows are told apart by what they hold, where no column is an id.
    """

    stream: str
    columns: Mapping[str, str] = Factory(dict)
    ratings: Mapping[str, str] = Factory(dict)
    comments: Mapping[str, str] = Factory(dict)
    scales: Mapping[str, str] = Factory(dict)
    scale: str | None = None
    dims: Sequence[str] = ()
    constants: Mapping[str, str] = Factory(dict)
    codes: Mapping[str, str] = Factory(dict)
    missing: Sequence[str] = ()
    zone: str | None = None
    date_format: str | None = None
    decimal: Literal[".", ","] = "."
    by_content: bool = False

    def check(self) -> Self:
        """Return the mapping itself where it makes sense.

        Raises:
            ConfigError: it does not; says what to do.
        """
        record = STREAMS[self.stream]
        known = {*fields_of(record), _UPDATED} - {"dims"}
        for field in self.columns:
            if field not in known:
                raise ConfigError(
                    f"columns: {record.__name__} has no field {field!r}: "
                    f"{did_you_mean(field, known)} What is to be kept beside them is a dim (dims)."
                )
        if not self.by_content and "id" not in self.columns:
            raise ConfigError(
                "columns: say which column tells the rows apart, columns id=COLUMN (several: "
                "id=COLUMN+COLUMN). A file without one can be told by_content: then a row that is "
                "corrected counts as another one."
            )
        if record is Response:
            self._check_ratings()
        elif self.ratings or self.comments or self.scale or self.scales:
            raise ConfigError(f"ratings and scales belong to responses, not to {self.stream}.")
        missing = [
            name
            for name, each in fields_of(record).items()
            if each.default is attrs.NOTHING
            and name not in {"id", "rating", "scale", *self.columns, *self.constants}
        ]
        if missing:
            raise ConfigError(
                f"columns: {record.__name__} needs {', '.join(missing)}: say columns "
                f"{missing[0]}=COLUMN, or constants {missing[0]}=VALUE for one value in all rows."
            )
        return self

    def _check_ratings(self) -> None:
        if ("rating" in self.columns) == bool(self.ratings):
            raise ConfigError(
                "name the column of ratings, columns rating=COLUMN, or one for each question, "
                "ratings nps=COLUMN,csat=COLUMN."
            )
        asked = set(self.ratings)
        for option, given in {"scales": self.scales, "comments": self.comments}.items():
            for name in given:
                if name not in asked:
                    raise ConfigError(
                        f"{option}: no question {name!r}: {did_you_mean(name, asked)}"
                    )
        for name in asked or {""}:
            told = self.scales.get(name, self.scale or self.constants.get("scale"))
            if told is None and "scale" not in self.columns:
                raise ConfigError(
                    f"declare the scale of {name or 'the ratings'}: scale 0:10, or scales "
                    "nps=0:10,csat=1:5. It is never guessed from the answers."
                )
            try:
                Scale.parse(told or "0:1")
            except ScaleError as error:
                raise ConfigError(f"scale: {error}") from error

    @property
    def used(self) -> list[str]:
        """The columns that are read."""
        parts = [part for name in self.columns for part in self._parts(name)]
        others = [*self.ratings.values(), *self.comments.values()]
        return list(dict.fromkeys([*parts, *others, *self._dims.values()]))

    @cached_property
    def _dims(self) -> dict[str, str]:
        pairs = [(dim, dim) if "=" not in dim else tuple(dim.split("=", 1)) for dim in self.dims]
        return {name.strip(): column.strip() for name, column in pairs}

    def _parts(self, field: str) -> list[str]:
        column = self.columns[field]
        return column.split("+") if field == "id" else [column]

    def to_dict(self) -> dict[str, Any]:
        """Return JSON values."""
        told = attrs.asdict(self, recurse=False)
        return {
            name: dict(value)
            if isinstance(value, Mapping)
            else list(value)
            if isinstance(value, tuple | list)
            else value
            for name, value in told.items()
        }

    # -- rows --------------------------------------------------------------------------------------

    def read(self, raw: Mapping[str, Any]) -> Read:
        """Read a row that `objects` made.

        Raises:
            DataError: a value can't be right; says which column, and never the value.
        """
        values = raw["values"]
        if raw.get("repeated"):
            raise DataError("another row of the file has the same id and holds other things.")
        name = raw.get("id") or self.ident(values)
        if not name:
            raise DataError(f"the column {self.columns['id']!r} is blank: a row needs its id.")
        fields, extra = self._constants
        told = {
            field: value
            for field, column in self.columns.items()
            if field not in {"id", "rating"}
            and (value := self._value(values[column], field, column)) is not None
        }
        stamp = told.pop(_UPDATED, None)
        dims = {d: values[column] for d, column in self._dims.items() if not _blank(values[column])}
        shared = {**fields, **told, "dims": {**extra, **dims}}
        records = (
            list(self._responses(name, values, shared))
            if self.stream == "responses"
            else [{**shared, "id": name}]
        )
        return Read(id=name, records=records, updated_at=stamp, mark=raw["number"])

    def ident(self, values: Mapping[str, Any]) -> str:
        """Return the id of a row, "" where a part of it is blank."""
        parts = [_text(values[column]) for column in self._parts("id")]
        return "" if None in parts else "+".join(map(str, parts))

    def _responses(
        self, name: str, values: Mapping[str, Any], shared: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        columns = self.ratings or {"": self.columns["rating"]}
        for at, (question, column) in enumerate(columns.items()):
            told = self.scales.get(question, self.scale)
            found = {**shared, "id": f"{name}:{question}" if question else name}
            found |= {"scale": told} if told else {}
            found |= {"question": question} if question else {}
            found["rating"] = self._rating(values[column])
            comment = self.comments.get(question)
            if comment is not None:
                found["verbatim"] = _words(values[comment])
            elif at and not self.comments:
                found.pop("verbatim", None)  # one comment for several ratings goes with the first
            yield found

    def _rating(self, cell: Any) -> Any:
        text = _text(cell)
        if text is None or text in self.missing:
            return None
        text = self.codes.get(text, text)
        try:
            return number(text, decimal=self.decimal) if isinstance(cell, str) else cell
        except DataError:
            return text  # refused with its text, and the row's other ratings are not

    @cached_property
    def _constants(self) -> tuple[dict[str, Any], dict[str, Any]]:
        fields = {k: self._value(v, k, k) for k, v in self.constants.items() if k in self._kinds}
        return fields, {k: v for k, v in self.constants.items() if k not in self._kinds}

    @cached_property
    def _kinds(self) -> dict[str, str]:
        """What the fields of the record hold: numbers, times, texts."""
        fields = fields_of(STREAMS[self.stream]).items()
        kinds = {name: next(iter(rules_of(field)[0].kinds), "text") for name, field in fields}
        return {**kinds, _UPDATED: "datetime"}

    def _value(self, cell: Any, field: str, column: str) -> Any:
        """Return the value of a field, None where the cell is blank."""
        if _blank(cell) or (self.missing and _text(cell) in self.missing):
            return None
        kind = self._kinds[field]
        try:
            if kind == "number":
                return number(cell, decimal=self.decimal) if isinstance(cell, str) else cell
            if kind == "datetime":
                return self._instant(cell)
            if kind == "boolean":
                return _truth(cell)
        except DataError as error:
            raise DataError(f"the column {column!r}: {error}") from error
        return _words(cell) if field == "verbatim" else _text(cell)

    def _instant(self, cell: Any) -> datetime:
        text: Any = cell.strip() if isinstance(cell, str) else cell
        if self.date_format and isinstance(text, str):
            try:
                text = datetime.strptime(text, self.date_format)
            except ValueError:
                raise DataError(f"a time that is not of the form {self.date_format}.") from None
        return instant(text, zone=self.zone)


def objects(
    found: Sequence[Mapping[str, Any]], places: Sequence[str], first: int
) -> list[dict[str, Any]]:
    """Return rows as objects: their number and place in the file, and their values as JSON."""
    return [
        {
            "number": first + at,
            "place": places[at],
            "values": {name: _json(value) for name, value in row.items()},
        }
        for at, row in enumerate(found)
    ]


def fingerprint(values: Mapping[str, Any]) -> str:
    """Return what tells a row by what it holds."""
    text = json.dumps(values, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def load(path: Path) -> dict[str, Any]:
    """Read a mapping from a TOML or JSON file.

    Raises:
        ConfigError: there is no such file, or it is neither.
    """
    try:
        text = path.read_text("utf-8")
        data = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"the mapping {str(path)!r} can't be read: {error.strerror}.") from error
    except ValueError as error:
        raise ConfigError(f"the mapping {str(path)!r}: {error}.") from error
    if not isinstance(data, dict):
        raise ConfigError(f"the mapping {str(path)!r} is no table of settings.")
    return data


def _json(value: Any) -> Any:
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _text(value: Any) -> str | None:
    if _blank(value):
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1 << 53:
        return str(int(value))
    return str(value).strip()


def _words(value: Any) -> str | None:
    """Return a comment as it was written."""
    return value if isinstance(value, str) and value.strip() else _text(value)


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().casefold()
    if word in _TRUE | _FALSE:
        return word in _TRUE
    raise DataError("neither yes nor no.")
