"""A record class as columns: which columns of a frame are fields, which rows break rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from attrs import field, frozen

from cxmetrics.errors import ColumnError, RecordError, UsageError, did_you_mean
from cxmetrics.records._base import Offence, Record, fields_of
from cxmetrics.rules import cells, kind, rules_of, scalar, shown
from cxmetrics.scale import Scale

if TYPE_CHECKING:
    import narwhals as nw

    Frame = nw.DataFrame[Any]


@frozen(eq=False)
class Broken:
    """One rule of one field and the rows that break it."""

    offence: Offence
    rows: np.ndarray[Any, np.dtype[np.intp]] = field(converter=np.asarray)


def columnar(record: type[Record]) -> None:
    """Refuse a class that holds lists: they are no columns."""
    for name, each in fields_of(record).items():
        if name != "dims" and not rules_of(each)[0].kinds:
            raise UsageError(
                f"{record.__name__}.{name} is no column: use Batch.of, iterate, or to_dict()."
            )


def dtype_of(each: attrs.Attribute[Any] | None, values: list[Any], backend: str) -> Any:
    """Return the dtype of a column, or None to let the backend choose it."""
    import narwhals as nw

    if each is None:  # a dim; polars won't mix whole and other numbers unasked
        kinds = {type(value) for value in values if value is not None}
        return nw.Float64() if kinds == {int, float} else None
    if backend == "pandas" and rules_of(each)[0].kinds == ["boolean"]:
        return None  # as booleans pandas would turn None into False
    return {
        "text": nw.String(),
        "number": nw.Float64(),
        "boolean": nw.Boolean(),
        "datetime": nw.Datetime("us", "UTC"),
    }[rules_of(each)[0].kinds[0]]


def table_of(frame: Any) -> Frame:
    """Return any frame as an eager one."""
    import narwhals as nw

    try:
        table = nw.from_native(frame)
    except TypeError as error:
        raise UsageError(
            f"{type(frame).__name__} is not a data frame of pandas, polars, pyarrow or DuckDB; "
            "for records or mappings use Batch.of."
        ) from error
    except nw.exceptions.DuplicateError as error:
        raise ColumnError(f"two columns of the frame have one name: {error}") from error
    return table.collect() if isinstance(table, nw.LazyFrame) else table


def shape(
    record: type[Record],
    table: Frame,
    rename: dict[str, str],
    dims: Sequence[str],
    constants: dict[str, Any],
) -> tuple[Frame, tuple[str, ...]]:
    """Return the frame with the columns of the record only, and the names of the others."""
    import narwhals as nw

    seen = list(map(str, table.columns))  # in pandas a name may be a number
    columnar(record)
    fields = {name: each for name, each in fields_of(record).items() if name != "dims"}
    for name in [*rename.values(), *constants]:
        if name not in fields and name not in dims:
            raise UsageError(
                f"{record.__name__} has no field {name!r}: {did_you_mean(name, fields)} "
                "A dim is named in dims= too."
            )
    for name in dims:
        if name in fields_of(record):
            raise UsageError(f"{name!r} is a field of {record.__name__}: leave it out of dims=.")
    for name in rename:
        if name not in table.columns:
            raise ColumnError(f"no column {name!r} to rename: {did_you_mean(name, seen)}")
    columns = [rename.get(name, name) for name in table.columns]
    for name in [*fields, *dims]:
        if columns.count(name) + (name in constants) > 1:
            raise ColumnError(f"{name!r} is given twice: rename or drop one column or constant.")
    mandatory = [name for name, each in fields.items() if each.default is attrs.NOTHING]
    for name in [*mandatory, *dims]:
        if name not in columns and name not in constants:
            raise ColumnError(
                f"{record.__name__} needs a column {name!r}: {did_you_mean(name, seen)} "
                "Say rename={column: field}, or constants={field: value} for one value in all rows."
            )
    for name, value in constants.items():
        for rule in rules_of(fields[name]) if name in fields else [scalar]:
            if not rule.beside and rule.breaks(value):
                raise RecordError(f"the constant {name!r} {rule.message}, not {shown(value)}.")
    wanted = [name for name in [*fields, *dims] if name in columns]
    table = (
        table.rename(rename)
        .with_columns(
            nw.lit(value.spell() if isinstance(value, Scale) else value).alias(name)
            for name, value in constants.items()
        )
        .select(*wanted, *constants)
    )
    return table, tuple(str(name) for name in columns if name not in wanted)


def judge(
    record: type[Record], table: Frame, dims: Sequence[str], constants: Mapping[str, Any]
) -> tuple[Broken, ...]:
    """Find the rows that break rules, by columns.

    Raises:
        ColumnError: no value of a column can be right, because of what it holds.
    """
    judged = [
        (name, rule)
        for name, rules in [
            *((name, rules_of(each)) for name, each in fields_of(record).items() if name != "dims"),
            *((name, (scalar,)) for name in dims),
        ]
        for rule in rules
        if name in table.columns and (rule.beside or name not in constants)
    ]
    for name, rule in judged:
        column = table[name]
        if not rule.beside and kind(column) not in [*rule.kinds, "mixed"]:
            present = column.drop_nulls()
            if len(present):
                raise ColumnError(
                    f"the column of {name!r} holds {column.dtype} ({shown(cells(present[:1])[0])}, "
                    f"...), but {name} {rule.message}: convert the column first."
                )
    flags = table.select(
        rule.column(table, name).alias(f"{i}") for i, (name, rule) in enumerate(judged)
    )
    broken = (
        Broken(
            Offence(field=name, rule=rule.code, message=rule.message),
            np.flatnonzero(flags[f"{i}"].to_numpy()),
        )
        for i, (name, rule) in enumerate(judged)
    )
    return tuple(each for each in broken if len(each.rows))
