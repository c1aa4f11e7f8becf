"""The event log: one row an event, in the order of its case, as process-mining tools hold it."""

from __future__ import annotations

import gzip
import io
import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import numpy as np
from attrs import field, frozen

from cxmetrics.batch import Batch
from cxmetrics.engines.columns import columns_of
from cxmetrics.engines.encode import encode, is_missing, is_series, plain
from cxmetrics.engines.instants import EPOCH, MICROSECOND
from cxmetrics.errors import ColumnError, DataError, UsageError, did_you_mean
from cxmetrics.journeys.path import Paths
from cxmetrics.metrics.text import count
from cxmetrics.rules import cells

if TYPE_CHECKING:
    pass

CASE: Final = "case:concept:name"
ACTIVITY: Final = "concept:name"
TIME: Final = "time:timestamp"
RESOURCE: Final = "org:resource"
OF_CASES: Final = "case:"
"""What the name of a column begins with that belongs to the case, not to the event."""


@frozen(kw_only=True, eq=False, repr=False)
class EventLog(Mapping[str, Sequence[Any]]):
    """An event log that was read: columns by name, so `paths` and every metric take it as it is.

    Attributes:
        columns: lists of one length, one row an event; None where an event lacks an attribute.
            Names that begin with `case:` hold attributes of the case.
        attributes: of the log itself.
        notes: what was not kept, and what a reader should know.

    Example:
        >>> log = EventLog(columns={"customer": ["a", "a"], "touchpoint": ["shop", "till"]})
        >>> log, log["touchpoint"]
        (<EventLog of 2 events: customer, touchpoint>, ['shop', 'till'])
    """

    columns: Mapping[str, Sequence[Any]]
    attributes: Mapping[str, Any] = field(factory=dict)
    notes: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Sequence[Any]:
        if name not in self.columns:
            raise ColumnError(f"no column {name!r}; {did_you_mean(name, self.columns)}")
        return self.columns[name]

    def __contains__(self, name: object) -> bool:
        return name in self.columns

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    @property
    def height(self) -> int:
        """The number of events."""
        return len(next(iter(self.columns.values()), ()))

    def __repr__(self) -> str:
        return f"<EventLog of {count(self.height)} events: {', '.join(self.columns)}>"


@frozen(kw_only=True)
class Roles:
    """Which columns hold the case, the activity, the time and the resource."""

    case: str
    activity: str
    at: str
    resource: str | None = None

    def __attrs_post_init__(self) -> None:
        names = [name for name in (self.case, self.activity, self.at, self.resource) if name]
        if len(set(names)) < len(names):
            raise UsageError(f"one column has two parts to play: {', '.join(names)}.")

    @property
    def standard(self) -> dict[str, str]:
        """From a column to the name that process mining gives it."""
        found = {self.case: CASE, self.activity: ACTIVITY, self.at: TIME}
        return found if self.resource is None else {**found, self.resource: RESOURCE}

    def own(self, columns: Mapping[str, Any], where: str) -> dict[str, Any]:
        """Return columns of standard names under their own ones.

        Raises:
            DataError: a column has such a name already.
        """
        back = {standard: name for name, standard in self.standard.items()}
        found: dict[str, Any] = {}
        for name, column in columns.items():
            called = back.get(name, name)
            if called in found or (called != name and called in columns):
                raise DataError(
                    f"{where} has an attribute {called!r} of its own, beside {name!r}: say another "
                    f"name for it, such as case='case id', activity='step' or at='time'."
                )
            found[called] = column
        first = [name for name in self.standard if name in found]
        return {name: found[name] for name in dict.fromkeys((*first, *found))}


@frozen(kw_only=True)
class Cases:
    """Events laid out for writing.

    Attributes:
        columns: by standard name, Python values, None where missing; the case apart.
        names: of the cases.
        order: the rows, case by case, in the order in which they came.
        starts: where the rows of each case begin in `order`, and the end.
        attributes: of the log.
    """

    columns: Mapping[str, list[Any]]
    names: Sequence[str]
    order: Sequence[int]
    starts: Sequence[int]
    attributes: Mapping[str, Any]


def cases_of(data: Any, roles: Roles) -> Cases:
    """Lay out paths, columns, a frame or a batch by case.

    Raises:
        ColumnError: a column is missing, an event has no case, or a time is none.
        DataError: there is no event, or an attribute of a case differs between its events.
    """
    if isinstance(data, Paths):
        return _of_paths(data)
    columns = _columns(data, roles)
    case = columns.pop(CASE)
    found = encode(case)
    if not len(case):
        raise DataError("there is no event to write.")
    nobody = found.labels.index(None) if None in found.labels else -1
    gone = np.flatnonzero(found.codes == nobody)
    if len(gone):
        raise ColumnError(
            f"{count(len(gone))} events have no {roles.case!r} (the first at index {gone[0]}): an "
            "event belongs to a case. Leave them out first."
        )
    names = [str(label) for label in found.labels]
    if len(set(names)) < len(names):
        raise ColumnError(f"two cases of {roles.case!r} are written alike: make them texts.")
    order = np.argsort(found.codes, kind="stable")
    first = np.unique(found.codes[order], return_index=True)[1]
    rank = np.argsort(order[first], kind="stable")  # cases in the order of their first event
    starts = np.append(first, len(order))
    rows = np.concatenate([order[starts[k] : starts[k + 1]] for k in rank])
    sizes = np.diff(starts)[rank]
    laid = Cases(
        columns={name: _values(column) for name, column in columns.items()},
        names=[names[found.codes[order[first[k]]]] for k in rank],
        order=rows.tolist(),
        starts=[0, *np.cumsum(sizes).tolist()],
        attributes=data.attributes if isinstance(data, EventLog) else {},
    )
    _check_times(laid.columns[TIME], roles.at)
    for name in [name for name in laid.columns if name.startswith(OF_CASES)]:
        _refuse_varying(laid, name)
    return laid


def names_of(data: Any) -> list[str]:
    """Return the names of all columns.

    Raises:
        UsageError: the data have none.
    """
    if isinstance(data, Mapping):
        return list(data)
    import narwhals as nw  # here a frame has been handed over

    try:
        frame: Any = nw.from_native(data)
    except TypeError:
        raise UsageError(
            f"a {type(data).__name__} has no columns: hand over columns by name, a data frame or a "
            "batch of records."
        ) from None
    return list(frame.collect_schema())


def _of_paths(paths: Paths) -> Cases:
    """Return each path as a case: by its journey where that names one path, else by customer."""
    if not paths.events:
        raise DataError("there is no event to write.")
    customer = [plain(label) for label in paths.customers[paths.owner].tolist()]
    of_paths: dict[str, list[Any]] = {"customer": customer}
    names = [str(label) for label in customer]
    if paths.journey is not None:
        of_paths["journey"] = [plain(label) for label in paths.journey.tolist()]
        if None not in of_paths["journey"]:
            names = [str(label) for label in of_paths["journey"]]
    if len(set(names)) < len(names):
        names = [f"{name} / {place + 1}" for place, name in enumerate(names)]
    if paths.gap is not None:
        of_paths["censored"] = paths.censored.tolist()
    lengths = paths.lengths.tolist()
    columns: dict[str, list[Any]] = {
        ACTIVITY: [paths.steps[code] for code in paths.codes.tolist()],
        TIME: [EPOCH + at * MICROSECOND for at in paths.at.tolist()],
    }
    for name, values in of_paths.items():
        columns[OF_CASES + name] = [
            value for value, many in zip(values, lengths, strict=True) for _ in range(many)
        ]
    return Cases(
        columns=columns,
        names=names,
        order=range(paths.events),
        starts=paths.starts.tolist(),
        attributes={},
    )


def _columns(data: Any, roles: Roles) -> dict[str, Any]:
    if isinstance(data, Batch):
        data = data.require().native()
    names = names_of(data)
    found = columns_of(data, dict.fromkeys((*roles.standard, *names)))
    standard = roles.standard
    columns = {standard.get(name, name): found[name] for name in found}
    if len(columns) < len(found):
        twice = next(name for name in found if standard.get(name, name) in set(found) - {name})
        raise ColumnError(
            f"{twice!r} is written as {standard[twice]!r}, and there is a column of that name too: "
            "leave one out."
        )
    return columns


def _values(column: Any) -> list[Any]:
    """Return Python values, None where there is nothing; a blank text is a text here."""
    if is_series(column):
        values = cells(column)
    elif isinstance(column, np.ndarray):
        if column.dtype.kind == "M":
            column = column.astype("datetime64[us]")
        values = column.tolist()
    else:
        values = list(column)
    return [
        None
        if value is None or (not isinstance(value, str) and is_missing(value))
        else value.item()
        if isinstance(value, np.generic)
        else value
        for value in values
    ]


def _check_times(values: Sequence[Any], name: str) -> None:
    for row, value in enumerate(values):
        if value is not None and not hasattr(value, "utcoffset"):
            raise ColumnError(
                f"{name!r} holds {plain(value)!r} at index {row}, which is no time: make datetimes "
                "of the column first."
            )


def _refuse_varying(laid: Cases, name: str) -> None:
    values = laid.columns[name]
    for case, start, end in zip(laid.names, laid.starts, laid.starts[1:], strict=False):
        own = [values[row] for row in laid.order[start:end]]
        if any(value != own[0] or type(value) is not type(own[0]) for value in own):
            raise DataError(
                f"{name!r} differs between the events of the case {case!r}: what begins with "
                f"{OF_CASES!r} belongs to the case. Rename the column."
            )


# -- files -----------------------------------------------------------------------------------------


@contextmanager
def opened(path: str | Path) -> Iterator[IO[bytes]]:
    """Open a file for reading, through gzip where its bytes say so.

    Raises:
        UsageError: it can't be read.
        DataError: it is damaged.
    """
    file = Path(path)
    try:
        with file.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            if not packed:
                yield raw
                return
            with gzip.open(raw) as unpacked:
                yield unpacked  # type: ignore[misc]  # a GzipFile reads as files do
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{file.name!r} is a damaged gzip file: {error}.") from error
    except OSError as error:
        raise UsageError(f"{str(file)!r} can't be read: {error.strerror or error}.") from error


@contextmanager
def replaced(path: str | Path) -> Iterator[IO[str]]:
    """Write a text file whole or not at all; one that ends in `.gz` is packed.

    Raises:
        UsageError: it can't be written.
    """
    file = Path(path)
    temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as raw:
            if file.suffix.lower() == ".gz":
                with gzip.GzipFile(file.stem, "wb", fileobj=raw, mtime=0) as packed:
                    yield from _texts(packed)
            else:
                yield from _texts(raw)
        temporary.replace(file)
    except OSError as error:
        raise UsageError(f"{str(file)!r} can't be written: {error.strerror or error}.") from error
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


def _texts(raw: Any) -> Iterator[IO[str]]:
    text = io.TextIOWrapper(raw, encoding="utf-8", newline="")
    try:
        yield text
    finally:
        text.detach()
