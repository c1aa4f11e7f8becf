"""`cxmetrics concept NAME FILE`: an index, a barometer, a gap, … of a file of answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from attrs import evolve

from cxmetrics.cli.answers import of_file, of_store
from cxmetrics.cli.listing import as_json
from cxmetrics.cli.question import Question, as_number
from cxmetrics.cli.screen import screen
from cxmetrics.cli.sheets import sheet_lines
from cxmetrics.cli.signature import Keyword, keywords
from cxmetrics.cli.target import TargetType
from cxmetrics.errors import DataError, UsageError
from cxmetrics.plugins import registry

if TYPE_CHECKING:
    from cxmetrics.cli.answers import Answers
    from cxmetrics.concepts import Concept

_OWN: Final = {"where", "missing", "off_scale", "level"}
_FALSE: Final = {"false", "no"}
_TRUTHS: Final = {"true", "yes", *_FALSE}


class _Concepts(click.Group):
    """One verb a concept, made of its signature when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return [_typed(concept.name) for concept in _every()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        concept: Concept = registry.find("concept", cmd_name.replace("-", "_"))
        if concept.verb:
            raise UsageError(f"{concept.title} has a verb of its own: {concept.verb}.")
        return _command(concept)


def _every() -> list[Concept]:
    known: list[Concept] = registry.every("concept")
    return [concept for concept in known if not concept.verb]


def _typed(name: str) -> str:
    return name.replace("_", "-")


@click.group(
    cls=_Concepts,
    name="concept",
    short_help="Compute an index, a barometer, a gap, … of a file.",
    epilog="`cxmetrics metrics` lists them with their unit and source.",
)
def concept() -> None:
    """Compute a concept that takes more than one rating: one row of FILE is one respondent.

    \b
    Examples:
      cxmetrics concept cxi answers.csv --items needs --items ease --items emotion
      cxmetrics concept five-a survey.csv
      cxmetrics concept delivery-gap both.csv --side who --rating q1 --format json
    """  # noqa: D301  # click reads the \b as "leave these lines as they are"


def _command(told: Concept) -> click.Command:
    every = keywords(told.function, without=_OWN)
    takes = signature(told.function).parameters
    shared = [option for name, option in _SHARED.items() if name not in _OWN or name in takes]

    def run(**given: Any) -> None:
        _run(told, every, given)

    return click.Command(
        _typed(told.name),
        callback=run,
        params=[
            click.Argument(("file",), type=click.Path(path_type=Path), required=False),
            *(keyword.option() for keyword in every),
            *(_option(*option) for option in shared),
        ],
        help=f"{told.title} ({told.french}).\n\nFormula: {told.formula}.\n\n"
        f"Interval: {told.interval}.",
        short_help=f"{told.title}.",
        epilog=" ".join((*told.limits, told.notice)).strip() or None,
    )


_SHARED: Final[Mapping[str, tuple[str, dict[str, Any]]]] = {
    "where": (
        "--where",
        {"metavar": "COL=VALUE", "multiple": True, "help": "Keep only such rows."},
    ),
    "missing": (
        "--missing",
        {"metavar": "CODE", "multiple": True, "help": "A value that means 'no answer'."},
    ),
    "off_scale": (
        "--off-scale",
        {
            "type": click.Choice(["error", "set-aside"]),
            "default": "error",
            "show_default": True,
            "help": "Refuse ratings that are no point of their scale, or treat them as missing.",
        },
    ),
    "level": (
        "--level",
        {"type": float, "default": 0.95, "show_default": True, "help": "Of the intervals."},
    ),
    "target": (
        "--store",
        {
            "type": TargetType(),
            "is_flag": False,
            "flag_value": "",
            "help": "In place of a FILE: a store, its answers side by side (cxmetrics.wide).",
        },
    ),
    "per": (
        "--per",
        {
            "metavar": "COL",
            "multiple": True,
            "default": ("customer", "asked_at"),
            "show_default": True,
            "help": "With --store: the columns that make one row.",
        },
    ),
    "encoding": (
        "--encoding",
        {"default": "utf-8", "show_default": True, "help": "Of the texts of the file."},
    ),
    "delimiter": ("--delimiter", {"metavar": "SIGN", "help": "What separates columns of a CSV."}),
    "decimal": ("--decimal", {"metavar": "SIGN", "help": "The decimal sign of a CSV: '.' or ','."}),
    "form": (
        "--format",
        {
            "type": click.Choice(["table", "json"]),
            "default": "table",
            "show_default": True,
            "help": "json: one object.",
        },
    ),
}


def _option(flag: str, details: dict[str, Any]) -> click.Option:
    own = {"--format": "form", "--store": "target"}.get(flag)
    return click.Option((flag, own) if own else (flag,), **details)


def _run(told: Concept, every: list[Keyword], given: Mapping[str, Any]) -> None:
    options: dict[str, Any] = {}
    for keyword in every:
        value = keyword.read(given[keyword.name])
        if value is not None and value != ():
            options[keyword.name] = value
    question = Question(
        file=given["file"],
        target=given["target"],
        zone="UTC",
        metric_names=(),
        rating=(),
        weight=None,
        unit=None,
        strata=None,
        where=given.get("where", ()),
        scale=None,
        missing=given.get("missing", ()),
        off_scale=given.get("off_scale", "error"),
        level=given.get("level", 0.95),
        method=None,
        option=(),
        encoding=given["encoding"],
        delimiter=given["delimiter"],
        decimal=given["decimal"],
        sheet=None,
    )
    if (question.file is None) == (question.target is None):
        raise UsageError("what is to be measured? Name a FILE, or say --store; one of them.")
    stored = question.target is not None
    answers = _of_store(question, given["per"]) if stored else _of_file(question, options)
    if answers.where:
        options["where"] = answers.where
    if "missing" in given:
        options["missing"] = tuple(question.codes)
    if "off_scale" in given:
        options["off_scale"] = given["off_scale"].replace("-", "_")
    if "level" in given:
        options["level"] = given["level"]
    try:
        found = told(answers.data, **options)
    except DataError as error:
        error.args = (answers.with_lines(str(error)), *error.args[1:])
        raise
    answers.announce(given["form"])
    if given["form"] == "json":
        as_json(found.to_dict())
        return
    here = screen()
    here.show(sheet_lines(found.sheet(), here))


def _of_store(question: Question, per: Sequence[str]) -> Answers:
    """Bring the answers of a store side by side."""
    from cxmetrics.records import Response
    from cxmetrics.survey import wide

    with of_store(question, ()) as found:
        return evolve(found, data=wide(found.data.batch(Response), per=per))


def _of_file(question: Question, options: Mapping[str, Any]) -> Answers:
    """Read the file; texts that are numbers all through are numbers.

    A CSV knows no types, and only the concept knows which columns hold ratings. So every column
    that holds nothing but numbers, times (ISO 8601), or yes and no, is read as such, labels apart.
    """
    assert question.file is not None  # noqa: S101  # click has asked for it
    labels = options.get("by", ())
    first = of_file(question, question.file, whole=True)
    numeric, truths, times = [], [], []
    for name in first.data.column_names:
        if name in labels or str(first.data[name].type) not in {"string", "large_string"}:
            continue
        found = {str(value).strip() for value in first.data[name].unique().to_pylist() if value}
        found -= {str(code) for code in question.missing} | {""}
        if found and all(_is_number(text, question.decimal) for text in found):
            numeric.append(name)
        elif found and {text.casefold() for text in found} <= _TRUTHS:
            truths.append(name)
        elif found and all(_is_time(text) for text in found):
            times.append(name)
    if numeric:
        first = of_file(question, question.file, ratings=numeric, whole=True)
    return evolve(first, data=_with_times(_with_truths(first.data, truths), times))


def _is_number(text: str, decimal: str | None) -> bool:
    return as_number(text.replace(",", ".") if decimal == "," else text) is not None


def _with_truths(table: Any, names: list[str]) -> Any:
    """Return the table with yes and no, true and false, as what they are."""
    import pyarrow as pa

    for name in names:
        texts = [
            None if text is None else text.strip().casefold() for text in table[name].to_pylist()
        ]
        truths = [None if not text else text not in _FALSE for text in texts]
        at = table.column_names.index(name)
        table = table.set_column(at, name, pa.array(truths, type=pa.bool_()))
    return table


def _is_time(text: str) -> bool:
    try:
        return ":" in text and bool(datetime.fromisoformat(text))
    except ValueError:
        return False


def _with_times(table: Any, names: list[str]) -> Any:
    """Return the table with times as what they are; mixed zones become UTC."""
    import pyarrow as pa

    for name in names:
        texts = [None if not text else text.strip() for text in table[name].to_pylist()]
        times = [datetime.fromisoformat(text) if text else None for text in texts]
        zoned = {time.tzinfo is not None for time in times if time is not None}
        if len(zoned) > 1:
            raise DataError(f"{name!r} mixes times with and without a zone: write all of one kind.")
        kind = pa.timestamp("us", tz="UTC" if zoned == {True} else None)
        at = table.column_names.index(name)
        table = table.set_column(at, name, pa.array(times, type=kind))
    return table
