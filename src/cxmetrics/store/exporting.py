"""Exports: one file a stream, whole or not at all, the same bytes for the same records."""

from __future__ import annotations

import csv
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import sqlalchemy as sa
from attrs import frozen

from cxmetrics.errors import StoreError, UsageError, did_you_mean
from cxmetrics.sources._base import STREAMS
from cxmetrics.sources.files.formulas import guard
from cxmetrics.store.places import make_folder
from cxmetrics.store.rows import moment, sealed
from cxmetrics.store.statements import in_order, upsert
from cxmetrics.store.tables import EXPORTS, NAMES, RECORDS, columns_of

if TYPE_CHECKING:
    import pyarrow as pa

    from cxmetrics.store.database import Database

Format = Literal["parquet", "csv"]

_PART: Final = 20_000  # rows held at a time, and in one group of a Parquet file
_EXACT: Final = 2**53  # whole numbers beyond are no doubles
_LEFT_OUT: Final = {"dims", "scale_labels"}


@frozen(kw_only=True)
class _Columns:
    """What one stream is exported as.

    Attributes:
        names: the columns of the file, in order.
        kinds: what each holds: text, number, boolean, datetime.
        dims: from a column to the dim it holds.
    """

    names: tuple[str, ...]
    kinds: dict[str, str]
    dims: dict[str, str]


def export(
    database: Database, folder: str | os.PathLike[str], format_: str, now: int, *, raw: bool
) -> dict[str, Path]:
    """Write the records that are not gone; see `Store.export`."""
    if format_ not in get_args(Format):
        raise UsageError(f"no export as {format_!r}: {did_you_mean(format_, get_args(Format))}")
    place = Path(folder).expanduser().absolute()
    made: dict[str, Path] = {}
    try:
        make_folder(place)
        with database.writing() as connection:  # first, so that none is made that is not known of
            upsert(connection, EXPORTS, [sealed(str(place), format_, now)])
        with database.reading() as connection:
            for stream in RECORDS:
                file = place / f"{stream}.{format_}"
                columns = _columns(connection, stream)
                if columns is None:
                    file.unlink(missing_ok=True)
                    continue
                with _replaced(file) as temporary:
                    parts = _parts(connection, stream, columns)
                    if format_ == "csv":
                        _write_csv(temporary, columns, parts, raw=raw)
                    else:
                        _write_parquet(temporary, columns, parts)
                made[stream] = file
        _write_list(place, made)
    except OSError as error:
        raise StoreError(
            f"the export to {str(place)!r} can't be written ({error.strerror or error}): what was "
            "there before is untouched, file by file."
        ) from None
    return made


def _columns(connection: sa.Connection, stream: str) -> _Columns | None:
    """Return the columns of a stream; None where it has no record."""
    table = RECORDS[stream]
    if not connection.execute(sa.select(1).select_from(table).limit(1)).first():
        return None
    kinds = {"source": "text", **columns_of(STREAMS[stream])}
    for name in _LEFT_OUT & kinds.keys():
        del kinds[name]
    own = sa.select(NAMES.c.dim).where(NAMES.c.stream == stream)
    dims = {}
    for dim in sorted(connection.execute(own).scalars()):
        name = f"dims.{dim}" if dim in kinds else dim
        dims[name] = dim
    kinds |= _kinds_of_dims(connection, table, dims)
    return _Columns(names=tuple(kinds), kinds=kinds, dims=dims)


def _kinds_of_dims(
    connection: sa.Connection, table: sa.Table, dims: dict[str, str]
) -> dict[str, str]:
    """Return what each dim holds: one kind where all rows agree, else text."""
    found: dict[str, set[type]] = {dim: set() for dim in dims.values()}
    distinct = sa.select(table.c.dims).where(table.c.gone_at.is_(None)).distinct()
    for (spelled,) in connection.execute(distinct.execution_options(yield_per=_PART)):
        for dim, value in json.loads(spelled).items():
            large = type(value) is int and abs(value) > _EXACT
            found[dim].add(str if large else type(value))
    kinds = {}
    for name, dim in dims.items():
        own = found[dim] - {type(None)}
        number = "number" if own and own <= {int, float} else "text"
        kinds[name] = "boolean" if own == {bool} else number
    return kinds


def _parts(
    connection: sa.Connection, stream: str, columns: _Columns
) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows of a stream as Python values, some at a time, sorted by source and id."""
    table = RECORDS[stream]
    fields = [name for name in columns.names if name not in columns.dims]
    wanted = (
        sa.select(*(table.c[name] for name in fields), table.c.dims)
        .where(table.c.gone_at.is_(None))
        .order_by(*in_order(table, connection.dialect.name))
        .execution_options(yield_per=_PART)
    )
    read: list[Callable[[Any], Any] | None] = [
        moment if columns.kinds[name] == "datetime" else None for name in fields
    ]
    for rows in connection.execute(wanted).partitions():
        part = []
        for *values, spelled in rows:
            dims = json.loads(spelled)
            part.append(
                (
                    *(v if r is None else r(v) for v, r in zip(values, read, strict=True)),
                    *(_dim(dims.get(dim), columns.kinds[n]) for n, dim in columns.dims.items()),
                )
            )
        yield part


def _dim(value: Any, kind: str) -> Any:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value) if kind == "text" else float(value) if kind == "number" else value


# -- the formats -----------------------------------------------------------------------------------


def _write_csv(
    file: Path, columns: _Columns, parts: Iterator[Sequence[tuple[Any, ...]]], *, raw: bool
) -> None:
    safe: Callable[[str], str] = str if raw else guard
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)  # ending lines as RFC 4180 does, it quotes every line break
        writer.writerow(map(safe, columns.names))
        for part in parts:
            writer.writerows([_cell(value, safe) for value in row] for row in part)


def _cell(value: Any, safe: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return safe(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return int(value) if value.is_integer() else repr(value)
    return value if value is None else value.astimezone(UTC).isoformat()


def _write_parquet(
    file: Path, columns: _Columns, parts: Iterator[Sequence[tuple[Any, ...]]]
) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    kinds: dict[str, pa.DataType] = {
        "text": pa.string(),
        "number": pa.float64(),
        "boolean": pa.bool_(),
        "datetime": pa.timestamp("us", "UTC"),
    }
    schema = pa.schema([(name, kinds[columns.kinds[name]]) for name in columns.names])
    with parquet.ParquetWriter(
        file, schema, compression="zstd", write_page_checksum=True, version="2.6"
    ) as writer:
        for part in parts:
            arrays = [
                pa.array(values, field.type)
                for values, field in zip(zip(*part, strict=True), schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


def _write_list(place: Path, made: dict[str, Path]) -> None:
    """Say which files belong together, and what their bytes are."""
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in made.values()}
    with _replaced(place / "export.json") as temporary:
        temporary.write_text(json.dumps({"sha256": files}, indent=2) + "\n")


@contextmanager
def _replaced(file: Path) -> Iterator[Path]:
    """Write beside a file and put the result in its place when it is on the disk."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        yield temporary
        _sync(temporary)
        temporary.replace(file)
        if os.name == "posix":
            _sync(file.parent)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
