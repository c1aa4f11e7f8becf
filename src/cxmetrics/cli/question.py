"""What the command line asks of a file: the options shared by `measure` and `report`."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np
from attrs import fields, frozen

from cxmetrics.engines.encode import plain
from cxmetrics.errors import DataError, ScaleError, UsageError, did_you_mean
from cxmetrics.metrics import Metric, Score, Scores, measure
from cxmetrics.plugins import registry
from cxmetrics.scale import Scale
from cxmetrics.stats.distributions import check_level

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxmetrics.sources import FileTable


class ScaleType(click.ParamType[Scale]):
    """`1:5`, or `1:5!` where low is good."""

    name = "LOW:HIGH"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Scale:
        """Read a scale, or fail as click does."""
        if isinstance(value, Scale):
            return value
        try:
            return Scale.parse(value)
        except ScaleError as error:
            self.fail(str(error), param, ctx)


_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.argument("file", type=click.Path(path_type=Path)),
    click.option(
        "--metric",
        "metric_names",
        metavar="NAME",
        multiple=True,
        help="What to compute: nps, csat, ces2, … (`cxmetrics metrics` lists them). May be "
        "repeated for metrics of one scale.",
    ),
    click.option(
        "--rating",
        metavar="COL",
        multiple=True,
        help="The column of ratings. Repeated: one row holds several ratings, which become groups "
        "(`item`).",
    ),
    click.option("--weight", metavar="COL", help="The column of survey weights."),
    click.option(
        "--unit",
        metavar="COL",
        help="The column that says who answered, where one customer may answer more than once.",
    ),
    click.option("--strata", metavar="COL", help="The column of sampling strata."),
    click.option(
        "--where",
        metavar="COL=VALUE",
        multiple=True,
        help="Keep only such rows. Repeated for one column: any of the values; for several "
        "columns: all of them.",
    ),
    click.option(
        "--scale",
        type=ScaleType(),
        help="The scale of the ratings where it is not the metric's own, for instance 1:7; 1:5! "
        "where low is good.",
    ),
    click.option(
        "--missing",
        metavar="CODE",
        multiple=True,
        help="A rating that stands for 'no answer', such as 99 or n/a.",
    ),
    click.option(
        "--off-scale",
        type=click.Choice(["error", "set-aside"]),
        default="error",
        show_default=True,
        help="What to do about ratings that are no point of the scale: refuse, or count them and "
        "go on without them.",
    ),
    click.option(
        "--level", type=float, default=0.95, show_default=True, help="The confidence level."
    ),
    click.option(
        "--method",
        metavar="NAME",
        help="The interval method; `cxmetrics metrics NAME` lists those that fit.",
    ),
    click.option(
        "--option",
        metavar="NAME=VALUE",
        multiple=True,
        help="An option of the metric, such as positive=4,5 or headline=share.",
    ),
    click.option(
        "--encoding",
        default="utf-8",
        show_default=True,
        help="How the texts of the file are encoded, for instance cp1252.",
    ),
    click.option(
        "--delimiter",
        metavar="SIGN",
        help="What separates the columns of a CSV: a sign, or comma, semicolon, tab, pipe. Left "
        "out: the one that the header shows.",
    ),
    click.option(
        "--decimal", metavar="SIGN", help="The decimal sign of a CSV: '.' (default) or ','."
    ),
)


def asks(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the shared options, handed over as one `question`."""

    @functools.wraps(command)
    def bundled(**given: Any) -> None:
        shared = {name: given.pop(name) for name in [field.name for field in fields(Question)]}
        command(question=Question(**shared), **given)

    for option in reversed(_OPTIONS):
        bundled = option(bundled)
    return bundled


@frozen(kw_only=True)
class Question:
    """The shared options, as they were typed."""

    file: Path
    metric_names: tuple[str, ...]
    rating: tuple[str, ...]
    weight: str | None
    unit: str | None
    strata: str | None
    where: tuple[str, ...]
    scale: Scale | None
    missing: tuple[str, ...]
    off_scale: str
    level: float
    method: str | None
    option: tuple[str, ...]
    encoding: str
    delimiter: str | None
    decimal: str | None

    def metrics(self) -> list[Metric]:
        """Return the metrics with their options.

        Raises:
            UsageError: none is named, or none has an option of that name.
            NotFoundError: a name is unknown.
            ScaleError: a metric does not fit the scale.
        """
        if not self.metric_names:
            known = ", ".join(metric.name for metric in registry.every("metric"))
            raise UsageError(f"which metric? Say --metric NAME, one of: {known}.")
        check_level(self.level)
        if self.method is not None:
            registry.find("interval", self.method)
        found: list[Metric] = [registry.find("metric", name) for name in self.metric_names]
        pairs = [_pair(text, "--option", "headline=share") for text in self.option]
        known_options = {name for metric in found for name in options_of(metric)}
        for name, _ in pairs:
            if name not in known_options:
                names = " and ".join(metric.name for metric in found)
                raise UsageError(
                    f"{names}: no option {name!r}; {did_you_mean(name, known_options)}"
                )
        return [
            with_options(metric, self.scale, [(n, v) for n, v in pairs if n in options_of(metric)])
            for metric in found
        ]

    def read(self, *, ratings: Iterable[str] = (), labels: Iterable[str] = ()) -> Answers:
        """Read the file.

        Args:
            ratings: columns of ratings beside `--rating`.
            labels: columns that make groups.

        Raises:
            DataError: the file can't be read as it is.
            UsageError: no rating column is named.
        """
        from cxmetrics.sources import read_file  # loads pyarrow

        wheres = [_pair(text, "--where", "shop=Lyon") for text in self.where]
        weights = [] if self.weight is None else [self.weight]
        others = [name for name in (self.unit, self.strata) if name is not None]
        numeric = dict.fromkeys((*self.rating, *ratings, *weights))
        used = dict.fromkeys((*numeric, *labels, *others, *(name for name, _ in wheres)))
        file = read_file(
            self.file,
            encoding=self.encoding,
            delimiter=self.delimiter,
            decimal=self.decimal,
            missing=self.codes,
            numeric=list(numeric),
            columns=list(used) if used else None,
        )
        if not self.rating and not tuple(ratings):
            columns = ", ".join(file.table.column_names)
            raise UsageError(
                f"which column holds the ratings? Say --rating COL, one of: {columns}."
            )
        kept: NDArray[np.bool_] | None = None
        for name in dict.fromkeys(name for name, _ in wheres):
            values = [value for other, value in wheres if other == name]
            mask = _mask(file.table[name], name, values)
            kept = mask if kept is None else kept & mask
        return Answers(question=self, file=file, kept=kept)

    @property
    def codes(self) -> list[Any]:
        """The missing codes: numbers as numbers, and every one as the text it is."""
        found: list[Any] = []
        for code in self.missing:
            number = as_number(code.replace(",", ".") if self.decimal == "," else code)
            found += [code] if number is None else [number]
        return found


@frozen(kw_only=True)
class Answers:
    """The rows of a file that were asked for.

    Attributes:
        question: what was asked.
        file: all rows.
        kept: shape (rows,): which of them `--where` keeps; None for all.
    """

    question: Question
    file: FileTable
    kept: NDArray[np.bool_] | None

    def scores(
        self, metrics: Sequence[Metric], *, rating: Sequence[str], by: Sequence[str] = ()
    ) -> list[Score | Scores]:
        """Measure; errors say lines of the file.

        Raises:
            DataError: the answers can't be measured as they are.
            UsageError: the question makes no sense.
        """
        asked = self.question
        try:
            found = measure(
                self.rows(),
                metrics,
                rating=rating[0] if len(rating) == 1 else list(rating),
                by=list(by) or None,
                weight=asked.weight,
                unit=asked.unit,
                strata=asked.strata,
                missing=tuple(asked.codes),
                off_scale=asked.off_scale.replace("-", "_"),
                level=asked.level,
                method=asked.method,
            )
        except DataError as error:
            error.args = (self.with_lines(str(error)), *error.args[1:])
            raise
        return list(found.values())

    def rows(self) -> Any:
        """Return the rows as a pyarrow table; that none is left is an error."""
        import pyarrow as pa

        table = self.file.table
        if self.kept is not None:
            table = table.filter(pa.array(self.kept))
        if not table.num_rows:
            raise DataError(f"no row is left by --where {' --where '.join(self.question.where)}.")
        return table

    def with_lines(self, message: str) -> str:
        """Return a message about rows with the lines of the file in place of their numbers."""
        return re.sub(r"(at )?\bindex (\d+)", self._line, message)

    def _line(self, found: re.Match[str]) -> str:
        row = int(found[2])
        if self.kept is not None:
            row = int(self.kept.nonzero()[0][row])
        return ("on " if found[1] else "") + self.file.place(row)


# -- texts into values -----------------------------------------------------------------------------


def options_of(metric: Metric) -> dict[str, inspect.Parameter]:
    """Return the options of a metric, the scale apart, by name."""
    if metric.factory is None:
        return {}
    known = inspect.signature(metric.factory).parameters
    return {name: known[name] for name in known if name not in {"name", "scale"}}


def with_options(
    metric: Metric, scale: Scale | None, pairs: Iterable[tuple[str, str]] = ()
) -> Metric:
    """Return a metric on another scale, or with options that were typed."""
    known = options_of(metric)
    options: dict[str, Any] = {name: _value(name, text, known[name]) for name, text in pairs}
    if scale is not None:
        options["scale"] = scale
    return metric.using(**options)


def as_number(text: str) -> float | None:
    """Return the number that a text writes, or None.

    Example:
        >>> as_number("99"), as_number("-1.5"), as_number("n/a"), as_number("nan")
        (99, -1.5, None, None)
    """
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", text.strip(), re.ASCII):
        return None
    value = float(text)
    return int(value) if value.is_integer() else value


def _value(name: str, text: str, option: inspect.Parameter) -> Any:
    """Return the value of an option, of the kind that the metric takes.

    Raises:
        UsageError: it is of another kind.
    """
    kind = str(option.annotation)
    if any(word in kind for word in ("Collection", "Sequence", "Iterable")):
        parts = [part.strip() for part in text.strip("{}[]()").split(",")]
        numbers = [as_number(part) for part in parts]
        return tuple(
            part if number is None else number for part, number in zip(parts, numbers, strict=True)
        )
    number, truth = as_number(text), {"true": True, "false": False}.get(text.casefold())
    for word, value, example in (
        ("bool", truth, "true or false"),
        ("int", int(number) if number is not None and number % 1 == 0 else None, "a whole number"),
        ("float", number, "a number"),
    ):
        if re.search(rf"\b{word}\b", kind):
            if value is None:
                raise UsageError(f"--option {name}={text}: {name} is {example}.")
            return value
    return text


def _pair(text: str, option: str, example: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise UsageError(f"{option} {text!r}: write {option} {example}.")
    return name.strip(), value


def _mask(column: Any, name: str, values: Sequence[str]) -> NDArray[np.bool_]:
    """Return which rows hold one of the values, as they were typed; blank means missing."""
    import pyarrow as pa
    from pyarrow import compute as pc

    known = column.unique().to_pylist()
    wanted, blank = [], False
    for value in values:
        found = [label for label in known if _same(label, value)]
        if not found:
            labels = [str(plain(label)) for label in known if label is not None]
            raise DataError(f"--where {name}={value}: no row has it; {did_you_mean(value, labels)}")
        wanted += found
        blank = blank or None in found
    mask = pc.is_in(column, value_set=pa.array(wanted, type=column.type), skip_nulls=not blank)
    return np.asarray(mask.to_pylist(), dtype=bool)


def _same(label: Any, typed: str) -> bool:
    """Say whether a label of the data is the one that was typed."""
    shown = plain(label)
    if shown is None:
        return not typed.strip()
    if isinstance(shown, bool):
        return str(shown).casefold() == typed.casefold()
    return str(shown) == typed or (isinstance(shown, int | float) and as_number(typed) == shown)
