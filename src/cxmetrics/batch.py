"""Batches: many records of one class, as rows or as columns, with an account of the offenders."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, TypeVar, cast, get_args

import attrs
import numpy as np
from attrs import frozen

from cxmetrics.errors import ColumnError, InvalidRecordsError, RecordError, UsageError, did_you_mean
from cxmetrics.records import Offence, Record
from cxmetrics.records._base import fields_of, offences
from cxmetrics.records._columns import Broken, columnar, dtype_of, judge, shape, table_of
from cxmetrics.rules import cells, scale_of, shown
from cxmetrics.scale import Scale

if TYPE_CHECKING:
    import narwhals as nw

    Frame = nw.DataFrame[Any]

R = TypeVar("R", bound=Record)
Backend = Literal["pandas", "polars", "pyarrow"]

_SHOWN = 5
_CHUNK = 10_000  # rows turned into records at a time


@frozen(kw_only=True)
class Offenders:
    """The rows of a batch that break one rule of one field.

    Attributes:
        field: the field; for the rules "missing" and "unknown" the key left out or not known.
        rule: the code of the rule.
        message: how the sentence about the field goes on.
        count: how many rows.
        rows: the numbers of the first few rows, from 0.
        values: their values.
    """

    field: str
    rule: str
    message: str
    count: int
    rows: tuple[int, ...]
    values: tuple[object, ...]

    def __str__(self) -> str:
        rows = ", ".join(
            f"{row}: {shown(v)}" for row, v in zip(self.rows, self.values, strict=True)
        )
        more = ", …" if self.count > len(self.rows) else ""
        return f"{self.field} ({self.rule}, {self.count}×) {self.message}; rows {rows}{more}"


@frozen(kw_only=True)
class Report:
    """How many records of a batch are valid, and which rules the others break.

    Attributes:
        record: the name of the class.
        n: rows given.
        n_valid: rows that keep every rule.
        offenders: one entry a field and rule that is broken; a row may be in several.
        ignored: columns of the frame that were not read: neither fields nor dims.
    """

    record: str
    n: int
    n_valid: int
    offenders: tuple[Offenders, ...] = ()
    ignored: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"{self.record}: {self.n_valid} of {self.n} rows are valid."]
        lines += [f"  {each}" for each in self.offenders]
        if self.ignored:
            lines.append(f"  columns not read: {', '.join(self.ignored)}")
        return "\n".join(lines)


@frozen(kw_only=True)
class Rejected:
    """A row that broke a rule.

    Attributes:
        row: its number, from 0.
        data: its values by field or column.
        reasons: every rule it breaks.
    """

    row: int
    data: Mapping[str, Any]
    reasons: tuple[Offence, ...]

    def __str__(self) -> str:
        return f"row {self.row}: {'; '.join(map(str, self.reasons))}"


@frozen(eq=False)
class _Rows(Generic[R]):
    """Records, and among them the mappings that did not become one."""

    rows: list[R | Mapping[str, Any]]

    def __len__(self) -> int:
        return len(self.rows)

    def pick(self, numbers: Sequence[int]) -> list[Mapping[str, Any]]:
        return [cast("Mapping[str, Any]", self.rows[number]) for number in numbers]

    def take(self, keep: np.ndarray[Any, np.dtype[np.bool_]]) -> _Rows[R]:
        return _Rows([row for row, kept in zip(self.rows, keep, strict=True) if kept])

    def records(self, _: type[R]) -> Iterator[R]:
        return iter(cast("list[R]", self.rows))

    def scales(self) -> Iterable[Scale]:
        return (row.scale for row in cast("list[Any]", self.rows) if hasattr(row, "scale"))

    def native(self, record: type[R]) -> dict[str, list[Any]]:
        rows = cast("list[Any]", self.rows)
        columns = {name: [getattr(row, name) for row in rows] for name in fields_of(record)}
        own = columns.pop("dims")
        if "scale" in columns:
            columns["scale"] = [scale.spell() for scale in columns["scale"]]
        names = dict.fromkeys(name for dims in own for name in dims)
        return columns | {name: [dims.get(name) for dims in own] for name in names}

    def to_native(self, record: type[R], backend: Backend) -> Any:
        import narwhals as nw

        fields, columns = fields_of(record), {}
        for name, values in self.native(record).items():
            dtype = dtype_of(fields.get(name), values, backend)
            if isinstance(dtype, nw.Datetime):  # a column holds one time zone
                values = [value and value.astimezone(UTC) for value in values]
            try:
                columns[name] = nw.new_series(name, values, dtype, backend=backend)
            except (TypeError, ValueError) as error:
                raise ColumnError(
                    f"The dim {name!r} holds values of several kinds; a column of {backend} "
                    f"holds one: {error}"
                ) from error
        return nw.from_dict(columns).to_native()


@frozen(eq=False)
class _Columns(Generic[R]):
    """A frame whose columns bear the names of fields and dims."""

    frame: Frame
    dims: tuple[str, ...]
    constants: Mapping[str, Any]

    def __len__(self) -> int:
        return len(self.frame)

    def pick(self, numbers: Sequence[int]) -> list[Mapping[str, Any]]:
        part = self.frame[list(numbers)]
        rows = zip(*(cells(part[name]) for name in part.columns), strict=True)
        return [dict(zip(part.columns, row, strict=True)) for row in rows]

    def take(self, keep: np.ndarray[Any, np.dtype[np.bool_]]) -> _Columns[R]:
        return attrs.evolve(self, frame=self.frame.filter(keep.tolist()))

    def records(self, record: type[R]) -> Iterator[R]:
        build = cast("Callable[..., R]", record)
        for start in range(0, len(self), _CHUNK):
            for row in self.pick(range(start, min(start + _CHUNK, len(self)))):
                values = {**row, **self.constants}
                dims = {name: values.pop(name) for name in self.dims}
                yield build(**values, dims=dims)

    def scales(self) -> Iterable[Scale]:
        if "scale" not in self.frame.columns or not len(self):
            return ()
        if "scale" in self.constants:
            return (self.constants["scale"],)
        return filter(None, map(scale_of, sorted(set(cells(self.frame["scale"])))))

    def native(self, _: type[R]) -> Any:
        return self.frame.to_native()

    def to_native(self, _: type[R], backend: Backend) -> Any:
        name = {"pandas": "to_pandas", "polars": "to_polars", "pyarrow": "to_arrow"}[backend]
        return getattr(self.frame, name)()


@frozen(slots=False, eq=False, repr=False)
class Batch(Generic[R]):
    """Records of one class: the valid ones are the batch, the others are kept aside, explained.

    Make one with `Batch.of` from rows or with `Batch.read` from a frame. Nothing is converted:
    a text is not a number, and a datetime without a time zone is not a datetime.

    Attributes:
        record: the class of the records.

    Example:
        >>> from cxmetrics.records import Response
        >>> rows = [{"id": f"r{i}", "rating": i, "scale": "0:10"} for i in (8, 10, 12)]
        >>> batch = Batch.of(Response, rows)
        >>> [response.rating for response in batch]
        [8, 10]
        >>> print(batch.check())
        Response: 2 of 3 rows are valid.
          rating (on_scale, 1×) must be a point of the row's scale; rows 2: 12
    """

    record: type[R]
    _held: _Rows[R] | _Columns[R]
    _broken: tuple[Broken, ...] = ()
    _ignored: tuple[str, ...] = ()

    @classmethod
    def of(cls, record: type[R], rows: Iterable[R | Mapping[str, Any]]) -> Self:
        """Gather rows.

        Args:
            record: the class of the records.
            rows: records, or mappings from field to value as the class takes them; a mapping
                that breaks a rule is an offender.

        Raises:
            UsageError: a row is neither a mapping nor a record of the class.
        """
        held: list[R | Mapping[str, Any]] = []
        broken: dict[Offence, list[int]] = {}
        for number, row in enumerate(rows):
            if isinstance(row, record):
                held.append(row)
                continue
            if not isinstance(row, Mapping):
                raise UsageError(
                    f"row {number} is a {type(row).__name__}: give {record.__name__} records, "
                    "or mappings of their fields."
                )
            try:
                held.append(record(**row))
            except (RecordError, TypeError):  # a wrong keyword is a TypeError
                found = offences(record, row)
                if not found:
                    raise
                held.append(row)
                for offence in found:
                    broken.setdefault(attrs.evolve(offence, value=None), []).append(number)
        return cls(record, _Rows(held), tuple(Broken(each, rows) for each, rows in broken.items()))

    @classmethod
    def read(
        cls,
        record: type[R],
        frame: Any,
        *,
        rename: Mapping[str, str] | None = None,
        dims: Sequence[str] = (),
        constants: Mapping[str, Any] | None = None,
    ) -> Self:
        """Take the columns of a data frame for fields, and judge them as columns.

        Args:
            record: the class of the records; `Persona` and `Journey` hold lists: use `Batch.of`.
            frame: a pandas, polars or pyarrow frame; a lazy one (polars, DuckDB) is collected.
            rename: from a column of the frame to the field or dim it holds.
            dims: the columns to keep as dims, by their new names. Columns that are neither
                fields nor dims are not read; the report lists them.
            constants: from a field or dim that is no column to the value of every row.

        Raises:
            ColumnError: a column is missing, there twice, or holds the wrong kind of values.
            RecordError: a constant breaks a rule.
            UsageError: the frame is of no known kind, or a name is no field or dim.

        Example:
            >>> import polars
            >>> from cxmetrics.records import Response
            >>> from cxmetrics.scale import zero_to_ten
            >>> answers = polars.DataFrame({"id": ["a", "b"], "q1": [9, None], "shop": ["N", "S"]})
            >>> batch = Batch.read(
            ...     Response, answers,
            ...     rename={"q1": "rating"}, dims=["shop"], constants={"scale": zero_to_ten},
            ... )
            >>> [(response.rating, response.dims["shop"]) for response in batch]
            [(9, 'N'), (None, 'S')]
        """
        fixed = dict(constants or {})
        if isinstance(fixed.get("scale"), str):
            fixed["scale"] = scale_of(fixed["scale"]) or fixed["scale"]
        table, ignored = shape(record, table_of(frame), dict(rename or {}), dims, fixed)
        broken = judge(record, table, dims, fixed)
        return cls(record, _Columns(table, tuple(dims), fixed), broken, ignored)

    @cached_property
    def _keep(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        keep = np.ones(len(self._held), dtype=bool)
        for broken in self._broken:
            keep[broken.rows] = False
        return keep

    @cached_property
    def _kept(self) -> _Rows[R] | _Columns[R]:
        return self._held.take(self._keep) if self._broken else self._held

    def check(self) -> Report:
        """Count the offenders by field and rule."""
        return Report(
            record=self.record.__name__,
            n=len(self._held),
            n_valid=len(self),
            offenders=tuple(
                Offenders(
                    field=broken.offence.field,
                    rule=broken.offence.rule,
                    message=broken.offence.message,
                    count=len(broken.rows),
                    rows=tuple(first := list(map(int, broken.rows[:_SHOWN]))),
                    values=tuple(row.get(broken.offence.field) for row in self._held.pick(first)),
                )
                for broken in self._broken
            ),
            ignored=self._ignored,
        )

    def valid(self) -> Batch[R]:
        """Return the batch without its offenders, and without the memory of them."""
        return Batch(self.record, self._kept)

    @property
    def rejected(self) -> tuple[Rejected, ...]:
        """The rows that broke a rule, with every reason."""
        reasons: dict[int, list[Offence]] = {}
        for broken in self._broken:
            for row in map(int, broken.rows):
                reasons.setdefault(row, []).append(broken.offence)
        numbers = sorted(reasons)
        return tuple(
            Rejected(
                row=number,
                data=data,
                reasons=tuple(attrs.evolve(o, value=data.get(o.field)) for o in reasons[number]),
            )
            for number, data in zip(numbers, self._held.pick(numbers), strict=True)
        )

    def require(self) -> Self:
        """Return the batch itself where every row is valid.

        Raises:
            InvalidRecordsError: some are not; the error carries the report.
        """
        if self._broken:
            report = self.check()
            raise InvalidRecordsError(
                f"{report}\nCorrect them, or go on without them: batch.valid().", report
            )
        return self

    @property
    def scales(self) -> tuple[Scale, ...]:
        """The distinct scales of the valid records; none where the class has no scale."""
        return tuple(dict.fromkeys(self._kept.scales()))

    def native(self) -> Any:
        """Return the valid records as columns, in what they came in.

        Returns:
            The native frame of a batch that was read from one; a dict from column to list of a
            batch of rows. One column a field and a dim; a scale is its text ("0:10").
        """
        return self._kept.native(self.record)

    def to_native(self, backend: Backend) -> Any:
        """Return the valid records as a frame of pandas, polars or pyarrow.

        Raises:
            ColumnError: a dim holds values of several kinds.
            UsageError: the backend is none of the three, or the records hold lists.
        """
        if backend not in get_args(Backend):
            raise UsageError(f"no frame of {backend!r}: {did_you_mean(backend, get_args(Backend))}")
        columnar(self.record)
        return self._kept.to_native(self.record, backend)

    def __len__(self) -> int:
        return int(self._keep.sum())

    def __iter__(self) -> Iterator[R]:
        return self._kept.records(self.record)

    def __repr__(self) -> str:
        return f"<Batch: {len(self)} of {len(self._held)} {self.record.__name__} rows are valid>"
