"""`cxmetrics concept NAME FILE`: an index, a barometer, a gap, … of a file of answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from attrs import evolve

from cxmetrics.cli.answers import of_file
from cxmetrics.cli.events import order_of
from cxmetrics.cli.examples import example
from cxmetrics.cli.listing import as_json
from cxmetrics.cli.question import FACTS, Question
from cxmetrics.cli.rows import rows_of_file, rows_of_store
from cxmetrics.cli.screen import screen
from cxmetrics.cli.sheets import sheet_lines
from cxmetrics.cli.signature import Keyword, keywords, typed
from cxmetrics.cli.target import TargetType
from cxmetrics.cli.words import spoken
from cxmetrics.errors import Caution, ColumnError, CxError, DataError, NotFoundError, UsageError
from cxmetrics.plugins import registry

if TYPE_CHECKING:
    from cxmetrics.cli.answers import Answers
    from cxmetrics.concepts import Concept

_OWN: Final = {"where", "missing", "off_scale", "level"}


class _Concepts(click.Group):
    """One verb a concept, made of its signature when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return [_typed(concept.name) for concept in _every()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        concept = _known(cmd_name)
        if concept.verb:
            raise UsageError(f"{concept.title} has a verb of its own: {concept.verb}.")
        return _command(concept)


def _known(asked: str) -> Concept:
    name = asked.replace("-", "_").lower()
    try:
        found: Concept = registry.find("concept", name)
    except NotFoundError:
        if any(metric.name == name for metric in registry.every("metric")):
            raise UsageError(
                f"{name!r} is a metric of one rating: cxmetrics measure FILE --metric {name} "
                "--rating COL."
            ) from None
        raise
    return found


def _every() -> list[Concept]:
    known: list[Concept] = registry.every("concept")
    return [concept for concept in known if not concept.verb]


def _typed(name: str) -> str:
    return name.replace("_", "-")


@click.group(
    cls=_Concepts,
    name="concept",
    short_help="Compute an index, a barometer, a gap, … of a file.",
    epilog="`cxmetrics metrics` lists them with unit, direction, scale and source. The examples "
    "read files that company().write(FOLDER) of cxmetrics.datasets makes up, or a survey of yours.",
)
def concept() -> None:
    """Compute a concept that takes more than one rating: one row of FILE is one respondent.

    \b
    Examples:
      cxmetrics concept cxi answers.csv --items needs --items ease --items emotion
      cxmetrics concept memory --help
      cxmetrics concept five-a survey.csv
      cxmetrics concept delivery-gap both.csv --side who --rating q1 --format json
    """  # noqa: D301  # click reads the \b as "leave these lines as they are"


def _command(told: Concept) -> click.Command:
    every = keywords(told.function, without=_OWN)
    takes = signature(told.function).parameters
    left = _OWN - {"where", *takes}  # rows are kept before anything is computed
    shared = [option for name, option in _SHARED.items() if name not in left]

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
        help=f"{told.title} ({told.french}).\n\nAsked: {told.scale}.\n\n"
        f"Formula: {told.formula}.\n\nInterval: {typed(told.interval, every)}.\n\n"
        f"\b\nExample:\n{_indented(example(told, every))}",
        short_help=f"{told.title}.",
        epilog=" ".join((*told.limits, told.notice)).strip() or None,
    )


def _indented(lines: Sequence[str]) -> str:
    return "\n".join(f"  {line}" for line in lines)


_SHARED: Final[Mapping[str, tuple[str, dict[str, Any]]]] = {
    "where": (
        "--where",
        {
            "metavar": "COL=VALUE",
            "multiple": True,
            "help": "Keep only such rows; with --store: such answers.  [repeatable]",
        },
    ),
    "missing": (
        "--missing",
        {
            "metavar": "CODE",
            "multiple": True,
            "help": "A value that means 'no answer', such as 99 or n/a.  [repeatable]",
        },
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
    "facts": (
        "--declare",
        {
            "type": click.Choice(FACTS),
            "multiple": True,
            "help": "What is known of the sample and no number shows: the result then says so.  "
            "[repeatable]",
        },
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
            "help": "With --store: the columns that make one row.  [repeatable]",
        },
    ),
    "encoding": (
        "--encoding",
        {"default": "utf-8", "show_default": True, "help": "Of the texts, such as cp1252."},
    ),
    "delimiter": ("--delimiter", {"metavar": "SIGN", "help": "What separates columns of a CSV."}),
    "decimal": ("--decimal", {"metavar": "SIGN", "help": "The decimal sign of a CSV: '.' or ','."}),
    "sheet": (
        "--sheet",
        {"metavar": "NAME", "help": "Of a workbook. Left out: the first that is shown."},
    ),
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
    own = {"--format": "form", "--store": "target", "--declare": "facts"}.get(flag)
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
        where=given.get("where", ()),
        missing=given.get("missing", ()),
        off_scale=given.get("off_scale", "error"),
        level=given.get("level", 0.95),
        encoding=given["encoding"],
        delimiter=given["delimiter"],
        decimal=given["decimal"],
        sheet=given["sheet"],
        facts=given["facts"],
    )
    if (question.file is None) == (question.target is None):
        raise UsageError("what is to be measured? Name a FILE, or say --store; one of them.")
    try:
        stored = question.target is not None
        if stored:
            answers = rows_of_store(question, given["per"])
        else:
            answers = rows_of_file(question, labels=options.get("by", ()))
        if "missing" in given:
            options["missing"] = tuple(question.codes)
        if "off_scale" in given:
            options["off_scale"] = given["off_scale"].replace("-", "_")
        if "level" in given:
            options["level"] = given["level"]
        names = list(answers.data) if stored else answers.data.column_names
        for each in every:
            if each.kind == "texts" and each.name in options:
                options[each.name] = _parted(each, options[each.name], names)
        found = _computed(told, answers, options, every)
    except CxError as error:
        error.args = (typed(str(error), every), *error.args[1:])
        raise
    answers.announce(given["form"])
    if given["form"] == "json":
        printed = found.to_dict()
        if answers.cautions:
            own = [caution.to_dict() for caution in answers.cautions]
            printed["cautions"] = [*own, *printed.get("cautions", ())]
        as_json(printed)
        return
    sheet = found.sheet()
    sheet = evolve(
        sheet,
        notes=[spoken(typed(note, every)) for note in sheet.notes],
        cautions=[
            Caution(each.code, spoken(typed(each.message, every))) for each in sheet.cautions
        ],
    )
    here = screen()
    here.show(sheet_lines(sheet, here))


def _parted(keyword: Keyword, values: Sequence[str], columns: Sequence[str]) -> tuple[str, ...]:
    """Return columns that were typed with commas between one by one, and steps in their order."""
    found: list[str] = []
    for value in values:
        parts = [part.strip() for part in value.split(",")]
        if keyword.name == "order" and len(values) == 1:
            order: Any = order_of(value)
            found += getattr(order, "stages", order)
        elif value not in columns and set(parts) <= {*columns}:
            found += parts
        else:
            found.append(value)
    return tuple(found)


def _computed(
    told: Concept, answers: Answers, options: Mapping[str, Any], every: Sequence[Keyword]
) -> Any:
    """Compute it; errors name lines of the file, and the options that name columns."""
    try:
        return told(answers.data, **options)
    except DataError as error:
        message = answers.with_lines(str(error))
        text = re.match(r"'(.*?)' holds '.*' \(str\) on line \d+", message)
        if text is not None and answers.question.file is not None:
            for keyword in every:
                if "yes" in keyword.help and text[1] in _named(options.get(keyword.name)):
                    raise ColumnError(
                        f"{text[0]}: {keyword.flag} takes a column of yes and no, or of numbers."
                    ) from None
            # what in the column is no number?
            of_file(answers.question, answers.question.file, ratings=[text[1]], whole=True)
        lacks = re.match(r"there is no column '(.*?)'", message)
        if lacks is not None and isinstance(error, ColumnError):
            message += _who_names(lacks[1], told, options, every)
        error.args = (message, *error.args[1:])
        raise


def _who_names(
    column: str, told: Concept, options: Mapping[str, Any], every: Sequence[Keyword]
) -> str:
    """Say which option names a column that nobody has typed; "" for one that somebody has."""
    if any(column in _named(value) for value in options.values()):
        return ""
    for keyword in every:
        if keyword.name not in options and column in _named(keyword.default):
            return f" Say {keyword.flag} {keyword.metavar} for another."
    return f" cxmetrics concept {_typed(told.name)} --help says which option names another."


def _named(value: Any) -> set[str]:
    if isinstance(value, str):
        return {value}
    parts = value.values() if isinstance(value, Mapping) else value
    return set().union(*map(_named, parts)) if isinstance(value, Mapping | tuple | list) else set()
