"""`cxmetrics report`: scores of a file or a store as one HTML page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from cxmetrics.cli.question import Question, ScaleType, asks, with_options
from cxmetrics.cli.words import visible
from cxmetrics.errors import UsageError
from cxmetrics.metrics import Score, Scores
from cxmetrics.plugins import registry
from cxmetrics.scale import Scale

_PEEK = 1 << 16


@click.command(
    epilog="Exit codes: 0 ok; 1 the data can't be measured as they are; 2 wrong usage.",
    short_help="Write a report of a file or a store: one HTML page.",
)
@asks
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="The .html file to write.",
)
@click.option(
    "--by",
    metavar="COL",
    multiple=True,
    help="A column of groups. Repeated: each is a section of its own.",
)
@click.option("--time", metavar="COL", help="The column of months, waves or days: a trend.")
@click.option(
    "--item", metavar="COL", multiple=True, help="A column of ratings of one touchpoint; repeated."
)
@click.option(
    "--item-metric",
    metavar="NAME",
    default="csat",
    show_default=True,
    help="The metric of the --item columns.",
)
@click.option("--item-scale", type=ScaleType(), help="Their scale, where it is not the metric's.")
@click.option("--title", help="The title of the page. Default: the metrics and the file.")
@click.option("--source", help="Where the answers come from. Default: the name of the file.")
@click.option("--note", metavar="TEXT", multiple=True, help="A sentence for the reader; repeated.")
@click.option("--force", is_flag=True, help="Overwrite a file that is no report of this program.")
def report(
    *,
    question: Question,
    output: Path,
    by: tuple[str, ...],
    time: str | None,
    item: tuple[str, ...],
    item_metric: str,
    item_scale: Scale | None,
    title: str | None,
    source: str | None,
    note: tuple[str, ...],
    force: bool,
) -> None:
    """Write the scores of FILE, or of what was pulled into a store, as one HTML page.

    It needs nothing else and runs no script. Where it is, is printed.

    A report that this program wrote before is overwritten; any other file only with --force.

    \b
    Examples:
      cxmetrics report answers.csv --metric nps --rating recommend --by shop -o report.html
      cxmetrics report answers.csv --metric nps --rating recommend --time month --by shop \\
        --item wifi --item signs --item-metric csat --title "Our year" -o report.html
      cxmetrics report --store --metric nps --where question=nps --time month -o report.html
    """  # noqa: D301  # click reads the \b as "leave these lines as they are"
    allowed(output, question.file, force=force)
    metrics = question.metrics()
    splits: list[tuple[str, ...]] = [(), *((name,) for name in dict.fromkeys((time, *by)) if name)]
    results: list[Score | Scores] = []
    labels = (*by, *(() if time is None else (time,)))
    with question.answers(ratings=item, labels=labels) as answers:
        if answers.rating:
            found = [answers.scores(metrics, by=split) for split in splits]
            results += [scores for of_metric in zip(*found, strict=True) for scores in of_metric]
        if item:
            items = with_options(registry.find("metric", item_metric), item_scale)
            results += answers.scores([items], rating=item)
    names = ", ".join(dict.fromkeys(result.metric.title for result in results))
    publish(
        output,
        results,
        title=title or f"{names} · {answers.name}",
        source=source or answers.source,
        time=(time,) if time and answers.rating else (),
        notes=(*_told(question), *(f"{text}." for text in answers.notes), *note),
        banner=answers.incomplete,
    )


def allowed(output: Path, data: Path | None = None, *, force: bool = False) -> None:
    """Refuse to write over anything but a report.

    Raises:
        UsageError: the name does not end in .html, the folder is absent, or the file is another.
    """
    if output.suffix.lower() not in {".html", ".htm"}:
        raise UsageError(f"-o {output}: a report is one HTML page, name it {output.stem}.html.")
    if not output.parent.is_dir():
        raise UsageError(f"-o {output}: there is no folder {str(output.parent)!r}.")
    if output.is_dir() or (data is not None and output.exists() and output.samefile(data)):
        raise UsageError(f"-o {output} is a folder or the data themselves: choose another name.")
    if output.exists() and not force:
        with output.open("rb") as file:
            start = file.read(_PEEK)
        if b'name="generator" content="cxmetrics' not in start:
            raise UsageError(
                f"-o {output} exists and is no report of cxmetrics: choose another name, or say "
                "--force."
            )


def publish(
    output: Path,
    results: Sequence[Score | Scores],
    *,
    title: str,
    source: str,
    time: tuple[str, ...],
    notes: tuple[str, ...],
    banner: str = "",
    more: Mapping[str, Sequence[Any]] | None = None,
) -> None:
    """Write the page, and print where it is.

    Raises:
        UsageError: the file can't be written, or the extra `report` is not installed.
    """
    from cxmetrics.report import write  # loads templates and charts

    click.echo("Writing the report …", err=True)
    try:
        write(
            output,
            results,
            title=title,
            source=source,
            time=time,
            notes=notes,
            banner=banner,
            more=more,
        )
    except OSError as error:
        raise UsageError(f"-o {output} can't be written: {error.strerror}.") from error
    click.echo(visible(str(output)))


def _told(question: Question) -> list[str]:
    """Say what was done to the data, as the reader of a report has to know it."""
    told = []
    if question.where:
        told.append(f"Only rows where {', '.join(question.where)}.")
    if question.weight:
        told.append(f"Weighted by {question.weight}.")
    return told
