"""`cxmetrics measure`: scores of a file or a store, as a table, JSON or CSV."""

from __future__ import annotations

import csv
import io
import json

import click

from cxmetrics.cli.answers import Answers
from cxmetrics.cli.question import Question, asks
from cxmetrics.cli.screen import screen
from cxmetrics.cli.table import table
from cxmetrics.metrics import Score, Scores
from cxmetrics.metrics.scores import flat


@click.command(
    epilog="Exit codes: 0 ok; 1 the data can't be measured as they are; 2 wrong usage.",
    short_help="Compute scores of a file of answers, or of a store.",
)
@asks
@click.option(
    "--by", metavar="COL", multiple=True, help="The column of groups. Repeated: their combinations."
)
@click.option(
    "--compare/--no-compare",
    default=None,
    help="Letters that say which groups are significantly higher than which. Default: up to 26 "
    "groups are compared.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="json: a list of score objects; csv: one row a group.",
)
def measure(*, question: Question, by: tuple[str, ...], compare: bool | None, form: str) -> None:
    """Compute scores of FILE, or of what was pulled into a store, with confidence intervals.

    FILE is csv, tsv, txt, xlsx, jsonl, json or parquet.

    \b
    Examples:
      cxmetrics measure answers.csv --metric nps --rating recommend
      cxmetrics measure answers.csv --metric nps --rating recommend --by shop --weight w
      cxmetrics measure answers.csv --metric csat --metric mean_rating --rating wifi --rating signs
      cxmetrics measure answers.csv --metric nps --rating q1 --missing 99 --where year=2026
      cxmetrics measure answers.csv --metric csat --rating q2 --scale 1:7 --option positive=6,7
      cxmetrics measure answers.csv --metric nps --rating q1 --format json
      cxmetrics measure --store --metric nps --where question=nps --by month
    """  # noqa: D301  # click reads the \b as "leave these lines as they are"
    metrics = question.metrics()
    with question.answers(labels=by) as answers:
        found = answers.scores(metrics, by=by)
    answers.announce(form)
    if form == "table":
        here = screen()
        for place, result in enumerate(found):
            lines = table(result, title=title(result, answers), screen=here, compare=compare)
            here.show([*(["", ""] if place else []), *lines])
        return
    scores = [
        score
        for result in found
        for score in (result.values() if isinstance(result, Scores) else [result])
    ]
    text = _json(scores) if form == "json" else _csv(scores)
    click.echo(text.encode(), nl=False)  # bytes: UTF-8 whatever the terminal speaks


def title(result: Score | Scores, answers: Answers) -> str:
    """Say what the numbers are about, after the name of the metric."""
    asked = answers.question
    by = f"by {', '.join(result.cube.dims)}" if isinstance(result, Scores) else ""
    rating = f"of {answers.rating[0]}" if len(answers.rating) == 1 else ""
    where = f"where {', '.join(asked.where)}" if asked.where else ""
    weight = f"weighted by {asked.weight}" if asked.weight else ""
    about = " · ".join(part for part in (answers.name, where, weight) if part)
    return f"{' '.join(part for part in (rating, by) if part)} · {about}"


def _json(scores: list[Score]) -> str:
    objects = [score.summary() for score in scores]
    return json.dumps(objects, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _csv(scores: list[Score]) -> str:
    rows = [flat(score) for score in scores]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
