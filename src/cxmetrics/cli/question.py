"""What the command line asks: the options shared by `measure` and `report`."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from attrs import fields, frozen

from cxmetrics.cli.target import TargetType
from cxmetrics.errors import NotFoundError, ScaleError, UsageError, did_you_mean
from cxmetrics.metrics import Metric
from cxmetrics.plugins import registry
from cxmetrics.scale import Scale
from cxmetrics.stats.distributions import check_level

if TYPE_CHECKING:
    from cxmetrics.cli.answers import Answers


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


FACTS: Final = ("self-selected", "panel", "mixed-timing")
"""What may be declared of a sample."""

_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.argument("file", type=click.Path(path_type=Path), required=False),
    click.option(
        "--store",
        "target",
        type=TargetType(),
        is_flag=False,
        flag_value="",
        help="Measure what was pulled into a store, in place of a FILE: a path, or "
        "postgresql://USER@HOST/DATABASE; --store alone: the environment variable CXMETRICS_STORE, "
        "else cxmetrics.db here.",
    ),
    click.option(
        "--zone",
        metavar="ZONE",
        default="UTC",
        show_default=True,
        help="With --store: where days, weeks and months begin, for instance Europe/Paris.",
    ),
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
        help="The column of ratings (of a store: `rating`). Repeated: one row holds several "
        "ratings, which become groups (`item`).",
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
        "--declare",
        "facts",
        type=click.Choice(FACTS),
        multiple=True,
        help="What is known of the sample and no number shows: every result then says so.",
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
    click.option(
        "--sheet",
        metavar="NAME",
        help="The sheet of a workbook. Left out: the first that is shown.",
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
    """The shared options, as they were typed; a verb that has only some leaves the others out."""

    file: Path | None
    target: str | None = None
    zone: str = "UTC"
    metric_names: tuple[str, ...] = ()
    rating: tuple[str, ...] = ()
    weight: str | None = None
    unit: str | None = None
    strata: str | None = None
    where: tuple[str, ...] = ()
    scale: Scale | None = None
    missing: tuple[str, ...] = ()
    off_scale: str = "error"
    level: float = 0.95
    method: str | None = None
    option: tuple[str, ...] = ()
    encoding: str = "utf-8"
    delimiter: str | None = None
    decimal: str | None = None
    sheet: str | None = None
    facts: tuple[str, ...] = ()

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
        found = [_metric(name) for name in self.metric_names]
        pairs = [pair(text, "--option", "headline=share") for text in self.option]
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

    @contextmanager
    def answers(
        self, *, ratings: Iterable[str] = (), labels: Iterable[str] = ()
    ) -> Iterator[Answers]:
        """Open what is asked: the file, or the store.

        Args:
            ratings: columns of ratings beside `--rating`.
            labels: columns that make groups.

        Raises:
            DataError: the file can't be read as it is.
            StoreError: the store can't be opened.
            UsageError: there is no file and no store, or both; no rating column is named; an
                option is for the other of the two.
        """
        from cxmetrics.cli import answers

        if self.file is None and self.target is None:
            raise UsageError(
                "what is to be measured? Name a FILE, or say --store for what was pulled."
            )
        if self.file is not None and self.target is not None:
            raise UsageError(f"{self.file} and --store: only one of them can be measured.")
        if self.file is not None:
            yield answers.of_file(self, self.file, ratings=ratings, labels=labels)
            return
        for option, value in self._of_files().items():
            if value is not None:
                raise UsageError(f"{option} is for files: a store has read them already.")
        with answers.of_store(self, ratings) as found:
            yield found

    def _of_files(self) -> dict[str, str | None]:
        encoding = None if self.encoding == "utf-8" else self.encoding
        return {
            "--encoding": encoding,
            "--delimiter": self.delimiter,
            "--decimal": self.decimal,
            "--sheet": self.sheet,
        }

    @property
    def codes(self) -> list[Any]:
        """The missing codes: numbers as numbers, and every one as the text it is."""
        found: list[Any] = []
        for code in self.missing:
            number = as_number(code.replace(",", ".") if self.decimal == "," else code)
            found += [code] if number is None else [number]
        return found


def _metric(name: str) -> Metric:
    try:
        found: Metric = registry.find("metric", name)
    except NotFoundError:
        typed = name.replace("-", "_").lower()
        if any(concept.name == typed for concept in registry.every("concept")):
            raise UsageError(
                f"{name!r} is no metric of one rating: `cxmetrics metrics {typed}` says what to "
                "type for it."
            ) from None
        raise
    return found


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


def pair(text: str, option: str, example: str) -> tuple[str, str]:
    """Return the name and the value of NAME=VALUE.

    Raises:
        UsageError: there is no sign, or no name.
    """
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise UsageError(f"{option} {text!r}: write {option} {example}.")
    return name.strip(), value
