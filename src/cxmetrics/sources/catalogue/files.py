"""Files as a source: CSV, XLSX, JSON and Parquet, with a mapping from columns to fields."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, get_args

import attrs
from attrs import frozen

from cxmetrics.errors import (
    ColumnError,
    ConfigError,
    DataError,
    DriftError,
    UsageError,
    did_you_mean,
)
from cxmetrics.records import FrozenMap
from cxmetrics.sources._base import STREAMS, Page, Read, Since, Source, Stream, StreamName
from cxmetrics.sources.config import Zone, option
from cxmetrics.sources.files import FileTable, read_file
from cxmetrics.sources.files.formulas import unguard
from cxmetrics.sources.files.mapping import FileMapping, fingerprint, load, objects
from cxmetrics.sources.files.reading import format_of

if TYPE_CHECKING:
    from cxmetrics.sources.http import Http

_BLOCK: Final = 2_000
_READING: Final = ("encoding", "delimiter", "decimal", "sheet", "file_format")


@frozen(kw_only=True)
class FilesConfig:
    """The settings of a file."""

    path: Path = option(help="The file: CSV, XLSX, JSON lines, JSON or Parquet.")
    name: str | None = option(
        default=None, help="What the file is called in the store; left out: its file name."
    )
    mapping: Path | None = option(
        default=None,
        help="A TOML or JSON file with these settings, with a table a stream where the file holds "
        "several.",
    )
    rows: Literal["responses", "customers", "interactions", "invitations", "outcomes"] | None = (
        option(default=None, help="What the rows are; left out: as the mapping says, or responses.")
    )
    columns: Mapping[str, str] = option(
        default=FrozenMap(),
        help="FIELD=COLUMN: id=response,customer=client,answered_at=day. Of several columns that "
        "tell a row apart together: id=client+wave.",
    )
    ratings: Mapping[str, str] = option(
        default=FrozenMap(), help="QUESTION=COLUMN: nps=recommend,csat=satisfaction."
    )
    comments: Mapping[str, str] = option(
        default=FrozenMap(), help="QUESTION=COLUMN: the comment that goes with each rating."
    )
    scale: str | None = option(default=None, help="The scale of the ratings: 0:10, or 1:5!.")
    scales: Mapping[str, str] = option(
        default=FrozenMap(), help="QUESTION=SCALE, where the scales differ: nps=0:10,csat=1:5."
    )
    dims: tuple[str, ...] = option(
        default=(), help="Columns to keep, to group by: country,region=area (area is the column)."
    )
    constants: Mapping[str, str] = option(
        default=FrozenMap(), help="FIELD=VALUE of every row: touchpoint=delivery,language=fr."
    )
    codes: Mapping[str, str] = option(
        default=FrozenMap(), help="Ratings that texts stand for: good=1,bad=0."
    )
    missing: tuple[str, ...] = option(default=(), help="Texts that stand for no answer: n/a,99.")
    by_content: bool = option(
        default=False,
        help="Tell rows apart by what they hold, where no column does. Caution: a row that is "
        "corrected then counts as another one.",
    )
    zone: Zone | None = option(default=None, help="The time zone of times that don't say it.")
    date_format: str | None = option(
        default=None, help="Of times that are not ISO 8601: %d/%m/%Y %H:%M."
    )
    encoding: str = option(default="utf-8", help="How texts are encoded, for instance cp1252.")
    delimiter: str | None = option(default=None, help="What separates the columns of a CSV.")
    decimal: Literal[".", ","] = option(default=".", help="The decimal sign of a CSV.")
    sheet: str | None = option(default=None, help="The sheet of a workbook.")
    file_format: Literal["csv", "json", "jsonl", "parquet", "xlsx"] | None = option(
        default=None, help="The format, where the ending of the file does not say it."
    )


class Files(Source[FilesConfig]):
    """A file of answers, customers, interactions, invitations or outcomes.

    The file is read as a whole. What it holds is known by its hash: one that has not changed is not
    read again, but for its last row; one that has is, and what is the same in it changes nothing.
    """

    name = "files"
    title = "Files: CSV, XLSX, JSON lines, JSON and Parquet, with a mapping of columns"
    Config = FilesConfig
    version = 1
    reference = "docs/guides/files.md"
    skips: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("test_drift_of_an_object_is_told", "test_no_object_is_a_crash"),
        "The objects are rows that this source has read itself.",
    )
    streams: ClassVar[tuple[Stream, ...]] = tuple(
        Stream(name=name, follows="id", ordered=True) for name in get_args(StreamName)
    )

    def __init__(self, config: FilesConfig) -> None:
        super().__init__(config)
        self._reading, self._mappings = _told(config)
        # What this file holds, in place of all that files may hold.
        vars(self)["streams"] = tuple(s for s in Files.streams if s.name in self._mappings)

    @property
    def account(self) -> str:
        """The name of the file: its folder may be personal."""
        return self.config.name or self.config.path.name

    def filters(self, stream: StreamName) -> Mapping[str, Any]:
        """Return the hash of the file and the mapping: with others everything is read again."""
        return {"sha256": self._hash, "mapping": self._mapping(stream).to_dict()}

    def pages(self, http: Http, stream: StreamName, since: Since) -> Iterator[Page]:  # noqa: ARG002
        """Walk over the rows, in blocks."""
        mapping = self._mapping(stream)
        done = since.resume["row"] if since.resume else max((since.number or 1) - 1, 0)
        for block in self._blocks(mapping, self._table(mapping)):
            fresh = [row for row in block if row["number"] > done]
            if fresh:
                yield Page(fresh, {"row": fresh[-1]["number"]})

    def read(self, stream: StreamName, raw: Any, context: Mapping[str, Any]) -> Read:  # noqa: ARG002
        """Read a row."""
        return self._mapping(stream).read(raw)

    def ident(self, stream: StreamName, raw: Any) -> str:
        """Return the id of a row, "" where another row has it too."""
        if raw.get("repeated"):
            return ""
        return str(raw.get("id") or self._mapping(stream).ident(raw["values"]))

    # -- the file ----------------------------------------------------------------------------------

    def _mapping(self, stream: str) -> FileMapping:
        if stream not in self._mappings:
            raise UsageError(f"the file holds no {stream}: {did_you_mean(stream, self._mappings)}")
        return self._mappings[stream]

    @cached_property
    def _hash(self) -> str:
        try:
            with self.config.path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise ConfigError(
                f"{str(self.config.path)!r} can't be read: {error.strerror}."
            ) from error

    def _table(self, mapping: FileMapping) -> FileTable:
        try:
            columns = mapping.used if not mapping.by_content else None
            return read_file(self.config.path, columns=columns, **self._reading)
        except (UsageError, ColumnError) as error:
            raise ConfigError(f"files: {error}") from error
        except DataError as error:
            raise DriftError(f"files: {error}", "$") from error

    def _blocks(self, mapping: FileMapping, table: FileTable) -> Iterator[list[dict[str, Any]]]:
        seen: Counter[str] = Counter()
        guarded = format_of(self.config.path, self._reading.get("format")) in {"csv", "xlsx"}
        for start in range(0, table.rows, _BLOCK):
            found = table.table.slice(start, _BLOCK).to_pylist()
            places = [table.place(start + at) for at in range(len(found))]
            block = objects(found, places, start + 1)
            for row in block if guarded else ():
                values = row["values"].items()
                row["values"] = {k: unguard(v) if isinstance(v, str) else v for k, v in values}
            yield [row for row in block if self._is_new(mapping, row, seen)]

    def _is_new(self, mapping: FileMapping, row: dict[str, Any], seen: Counter[str]) -> bool:
        """Say whether a row is not one that came before, word for word.

        A row is named by what it holds, or it is noted that another one has its id and holds other
        things.

        Args:
            mapping: of the stream.
            row: it.
            seen: the names so far: how many have each, or the hash of what it stands for.
        """
        if mapping.by_content:
            name = fingerprint(row["values"])
            seen[name] += 1
            row["id"] = name if seen[name] == 1 else f"{name}-{seen[name]}"
        elif "updated_at" not in mapping.columns:  # else the later of the two is meant
            name = mapping.ident(row["values"])
            holds = hash(tuple(row["values"].values()))
            if name in seen:
                row["repeated"] = True
                return seen[name] != holds
            if name:
                seen[name] = holds
        return True


def _told(config: FilesConfig) -> tuple[dict[str, Any], dict[str, FileMapping]]:
    """Return how to read the file, and the mapping of each stream it holds."""
    data = load(config.mapping) if config.mapping else {}
    tables = {name: data.pop(name) for name in STREAMS if isinstance(data.get(name), dict)}
    given = {
        field.name: getattr(config, field.name)
        for field in attrs.fields(FilesConfig)
        if getattr(config, field.name) != field.default
    }
    named = given.pop("rows", data.pop("rows", None))
    for name in ("path", "name", "mapping"):
        given.pop(name, None)
    streams = [named] if named else list(tables) or ["responses"]
    known = {field.name for field in attrs.fields(FileMapping)} | set(_READING)
    mappings = {}
    reading: dict[str, Any] = {}
    for stream in streams:
        if stream not in STREAMS:
            raise ConfigError(f"mapping: no stream {stream!r}: {did_you_mean(stream, STREAMS)}")
        told = {**data, **tables.get(stream, {}), **given}
        for key in told:
            if key not in known:
                raise ConfigError(f"mapping: no setting {key!r}: {did_you_mean(key, known)}")
        reading = {key.removeprefix("file_"): told[key] for key in _READING if key in told}
        fields = {
            key: _plain(key, told[key]) for key in told if key not in _READING or key == "decimal"
        }
        mappings[stream] = FileMapping(stream=stream, **fields).check()
    return reading, mappings


def _plain(key: str, value: Any) -> Any:
    """Return a setting of a mapping file in the form the options have."""
    if isinstance(value, Mapping):
        return FrozenMap({name: str(each) for name, each in value.items()})
    if isinstance(value, list | tuple):
        return tuple(map(str, value))
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    raise ConfigError(f"mapping: {key} is a text, a list or a table.")


SOURCES = (Files,)
