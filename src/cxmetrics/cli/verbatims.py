"""`cxmetrics verbatims`: what customers write, and what it has to do with the score."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

import click
from attrs import evolve

from cxmetrics.cli.question import Question, asks
from cxmetrics.cli.screen import screen
from cxmetrics.cli.sheets import sheet_lines
from cxmetrics.engines.encode import is_missing
from cxmetrics.errors import DataError, UsageError
from cxmetrics.stats.multiplicity import Adjustment

if TYPE_CHECKING:
    from cxmetrics.cli.answers import Answers
    from cxmetrics.metrics import Metric
    from cxmetrics.metrics.sheet import Sheet

_QUOTES: Final = 3
_FIVE: Final = 5


@click.command(
    epilog="Exit codes: 0 ok; 1 the data can't be measured as they are; 2 wrong usage.",
    short_help="Cross the themes of comments with the score; quote them.",
)
@asks
@click.option("--text", metavar="COL", help="The column of comments (of a store: `verbatim`).")
@click.option(
    "--language",
    metavar="COL|en|fr",
    help="The column of language codes, or the language of all comments. Left out: detected.",
)
@click.option(
    "--dictionary",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A dictionary of themes (.toml) in place of the built-in one.",
)
@click.option("--by", metavar="COL", help="The column of groups: the same for each.")
@click.option("--theme", metavar="KEY", help="Quote comments about this theme.")
@click.option(
    "--quotes",
    "number",
    metavar="N",
    type=click.IntRange(1),
    help="Quote N typical comments of each part of the metric, personal data masked.",
)
@click.option(
    "--floor",
    metavar="N",
    type=click.IntRange(0),
    help="Quote nobody from a group, part and language with fewer answers.",
)
@click.option(
    "--mismatch", is_flag=True, help="List comments that say the opposite of their rating, masked."
)
@click.option(
    "--sentiment",
    "engine",
    metavar="NAME",
    help="With --mismatch: a plugin's engine tells the tone.",
)
@click.option(
    "--labels",
    metavar="COL",
    help="The column of themes that a person gave (`waiting; staff`, `-` for none, blank where "
    "nobody looked): says how far they agree.",
)
@click.option(
    "--adjust",
    type=click.Choice(get_args(Adjustment)),
    default="holm",
    show_default=True,
    help="For the number of themes: holm for conclusions, bh to explore.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="json: one object with impact, and with quotes, mismatches, evaluation where asked for.",
)
def verbatims(
    *,
    question: Question,
    text: str | None,
    language: str | None,
    dictionary: Path | None,
    by: str | None,
    theme: str | None,
    number: int | None,
    floor: int | None,
    mismatch: bool,
    engine: str | None,
    labels: str | None,
    adjust: Adjustment,
    form: str,
) -> None:
    """Say which themes of the comments of FILE go with a better or worse score (NPS, or --metric).

    \b
    Examples:
      cxmetrics verbatims answers.csv --text comment --rating recommend --language fr
      cxmetrics verbatims answers.csv --text comment --rating recommend --theme waiting --quotes 3
      cxmetrics verbatims answers.csv --text comment --rating recommend --mismatch
      cxmetrics verbatims --store --where question=nps --by touchpoint --format json
    """  # noqa: D301  # click reads the \b as "leave these lines as they are"
    from cxmetrics.verbatims.answers import is_tag

    if question.file is not None and text is None:
        raise UsageError("which column holds the comments? Say --text COL.")
    if len(question.rating) > 1:
        raise UsageError("--rating: one column of ratings at a time.")
    usual = not question.metric_names
    if usual:
        question = evolve(question, metric_names=("nps",))
    metric, *others = question.metrics()
    if others:
        raise UsageError("--metric: one metric at a time.")
    tags = None if language is None or is_tag(language) else language
    with question.answers(labels=[name for name in (text, tags, by, labels) if name]) as answers:
        if usual and answers.place is not None:
            _looks_like_nps(answers)
        if form == "json":  # a table says it on its first line
            metric = metric.told(answers.told, answers.where)
        try:
            found = _found(
                answers,
                metric,
                text=text,
                language=language,
                dictionary=dictionary,
                by=by,
                quoted=None if number is None and theme is None else (theme, number or _QUOTES),
                floor=floor,
                tone=(engine or "themes") if mismatch or engine else None,
                labels=labels,
                adjust=adjust,
            )
        except (DataError, UsageError) as error:
            message = re.sub(r"^label (\d+):", r"row \1:", str(error))
            error.args = (answers.with_lines(message), *error.args[1:])
            raise
    answers.announce(form)
    if form == "json":
        told = {name: each.to_dict() for name, each in found.items()}
        written = json.dumps(told, ensure_ascii=False, indent=2, allow_nan=False)
        click.echo(f"{written}\n".encode(), nl=False)  # bytes: UTF-8 whatever the terminal speaks
        return
    here = screen()
    for place, sheet in enumerate(sheet for each in found.values() for sheet in _sheets(each)):
        placed = evolve(sheet, notes=[_placed(note, answers) for note in sheet.notes])
        here.show([*(["", ""] if place else []), *sheet_lines(placed, here)])


def _looks_like_nps(answers: Answers) -> None:
    """Check that ratings nobody has named a metric for reach further than those of a satisfaction.

    Raises:
        UsageError: they don't: as NPS all of them would be detractors.
    """
    name = answers.rating[0]
    ratings = answers.data[name].to_pylist()
    numbers = [each for each in ratings if isinstance(each, int | float)]
    if numbers and max(numbers) <= _FIVE:
        raise UsageError(
            f"no rating in {name!r} is above {_FIVE}, so this is hardly the 0 to 10 of NPS: say "
            "--metric csat for 1 to 5, or --metric nps if it is."
        )


def _placed(note: str, answers: Answers) -> str:
    """Return a note that begins with a row of the data with the line of the file instead."""
    row = re.match(r"row (\d+)\b", note)
    if row is None or answers.place is None:
        return note
    return answers.place(int(row[1])) + note[row.end() :]


def _found(
    asked: Answers,
    metric: Metric,
    *,
    text: str | None,
    language: str | None,
    dictionary: Path | None,
    by: str | None,
    quoted: tuple[str | None, int] | None,
    floor: int | None,
    tone: str | None,
    labels: str | None,
    adjust: Adjustment,
) -> dict[str, Any]:
    """Read the comments once, and make of them what was asked for."""
    from cxmetrics import verbatims as own
    from cxmetrics.engines.columns import columns_of
    from cxmetrics.records import Response
    from cxmetrics.verbatims.answers import answers, read_of
    from cxmetrics.verbatims.evaluating import evaluate

    question = asked.question
    data = asked.data
    if asked.place is None:  # a store: its rows are fetched once
        data = data.batch(Response, where=asked.where)
    words = None if dictionary is None else own.Dictionary.from_toml(dictionary)
    options: dict[str, Any] = {
        "text": text,
        "rating": asked.rating[0],
        "metric": metric,
        "language": language,
        "missing": tuple(question.codes),
        "off_scale": question.off_scale.replace("-", "_"),
    }
    readings = read_of(answers(data, **options), None, words)
    found: dict[str, Any] = {}
    if labels is not None:
        columns = columns_of(data.native() if asked.place is None else data, [labels])
        found["evaluation"] = evaluate(readings, [_labels(x) for x in columns[labels].to_list()])
    beside = {name: getattr(question, name) for name in ("weight", "unit", "strata", "level")}
    found["impact"] = own.impact(
        data,
        by=by,
        readings=readings,
        adjustment=adjust,
        evaluation=found.get("evaluation"),
        **options,
        **beside,
    )
    if quoted is not None:
        theme, number = quoted
        found["quotes"] = own.quotes(
            data, theme=theme, number=number, by=by, floor=floor, readings=readings, **options
        )
    if tone is not None:
        found["mismatches"] = own.mismatch(
            data, engine=tone, readings=readings, level=question.level, **options
        )
    return found


def _labels(cell: Any) -> list[str] | None:
    """Return the themes of a cell: `waiting; staff`, `-` for none, blank where nobody looked."""
    if is_missing(cell):
        return None
    return [key for key in (each.strip() for each in str(cell).split(";")) if key not in {"", "-"}]


def _sheets(result: Any) -> list[Sheet]:
    grouped = getattr(result, "groups", None)
    return [result.sheet(), *([result.groups_sheet()] if grouped else [])]
