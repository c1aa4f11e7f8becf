"""`cxmetrics drivers`: which ratings of a file go with its outcome."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cxmetrics.cli.answers import of_file
from cxmetrics.cli.question import Question, ScaleType
from cxmetrics.cli.screen import Screen, screen
from cxmetrics.cli.words import visible
from cxmetrics.errors import DataError, UsageError
from cxmetrics.metrics.text import level_text, limits, number
from cxmetrics.scale import Scale

if TYPE_CHECKING:
    from rich.text import Text

    from cxmetrics.items import Drivers


@click.command(
    epilog="Exit codes: 0 ok; 1 the data can't be measured as they are; 2 wrong usage.",
    short_help="Say which ratings go with an outcome.",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--outcome", metavar="COL", required=True, help="The column to explain, such as recommend."
)
@click.option(
    "--driver",
    "items",
    metavar="COL",
    multiple=True,
    help="A column that may drive it. Repeat it: up to 20 are split exactly (LMG).",
)
@click.option("--weight", metavar="COL", help="The column of survey weights.")
@click.option(
    "--unit", metavar="COL", help="The column that says which rows belong together (customer, day)."
)
@click.option("--where", metavar="COL=VALUE", multiple=True, help="Keep only such rows.")
@click.option("--scale", type=ScaleType(), help="The scale of the drivers, for instance 1:5.")
@click.option("--outcome-scale", type=ScaleType(), help="The scale of the outcome: 0:10.")
@click.option("--missing", metavar="CODE", multiple=True, help="A value that means 'no answer'.")
@click.option(
    "--off-scale",
    type=click.Choice(["error", "set-aside"]),
    default="error",
    show_default=True,
    help="Refuse ratings that are no point of their scale, or treat them as missing.",
)
@click.option(
    "--gaps",
    type=click.Choice(["listwise", "pairwise"]),
    default="listwise",
    show_default=True,
    help="Use rows that have everything, or every pair that is there.",
)
@click.option(
    "--method",
    type=click.Choice(["lmg", "johnson"]),
    help="How R² is split. Default: lmg up to 20 drivers, else johnson.",
)
@click.option("--level", type=float, default=0.95, show_default=True, help="Of the intervals.")
@click.option(
    "--plot",
    "chart",
    type=click.Path(path_type=Path),
    help="Write the importance-performance matrix to this .svg, .png, .pdf or .html file.",
)
@click.option("--encoding", default="utf-8", show_default=True, help="Of the texts of the file.")
@click.option("--delimiter", metavar="SIGN", help="What separates the columns of a CSV.")
@click.option("--decimal", metavar="SIGN", help="The decimal sign of a CSV: '.' or ','.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="json: one object with the drivers, the most important first.",
)
def drivers(
    *,
    file: Path,
    outcome: str,
    items: tuple[str, ...],
    weight: str | None,
    unit: str | None,
    where: tuple[str, ...],
    scale: Scale | None,
    outcome_scale: Scale | None,
    missing: tuple[str, ...],
    off_scale: str,
    gaps: str,
    method: str | None,
    level: float,
    chart: Path | None,
    encoding: str,
    delimiter: str | None,
    decimal: str | None,
    form: str,
) -> None:
    """Split what goes with an outcome among the ratings of FILE, with intervals.

    \b
    Examples:
      cxmetrics drivers answers.csv --outcome recommend --driver wifi --driver signs
      cxmetrics drivers answers.csv --outcome recommend --driver wifi --driver signs \\
        --weight w --scale 1:5 --outcome-scale 0:10 --gaps pairwise --plot priorities.svg
      cxmetrics drivers answers.csv --outcome recommend --driver wifi --driver signs --format json
    """  # noqa: D301  # click reads the \b as "leave these lines as they are"
    from cxmetrics.items import drivers as split

    if not items:
        raise UsageError("no driver is named: say --driver COL, once for each.")
    question = Question(
        file=file,
        rating=(outcome, *items),
        weight=weight,
        unit=unit,
        where=where,
        missing=missing,
        off_scale=off_scale,
        level=level,
        encoding=encoding,
        delimiter=delimiter,
        decimal=decimal,
    )
    answers = of_file(question, file)
    try:
        found = split(
            answers.data,
            outcome=outcome,
            items=items,
            scale=scale,
            outcome_scale=outcome_scale,
            weight=weight,
            unit=unit,
            missing=tuple(question.codes),
            off_scale=off_scale.replace("-", "_"),  # type: ignore[arg-type]  # click has checked it
            gaps=gaps,  # type: ignore[arg-type]  # the same
            method=method,  # type: ignore[arg-type]  # the same
            level=level,
        )
    except DataError as error:
        error.args = (answers.with_lines(str(error)), *error.args[1:])
        raise
    answers.announce(form)
    if chart is not None:
        from cxmetrics.plots import save  # the extra `report`

        save(found.plot("quadrant"), chart)
        click.echo(visible(str(chart)), err=True)
    if form == "json":
        summary = {**found.summary(), "priorities": found.priorities().to_dict()["items"]}
        text = json.dumps(summary, ensure_ascii=False, indent=2, allow_nan=False)
        click.echo(f"{text}\n".encode(), nl=False)  # bytes: UTF-8 whatever the terminal speaks
        return
    here = screen()
    here.show(_table(found, here))


def _table(found: Drivers, here: Screen) -> Iterator[Text | str]:
    from rich.text import Text

    priorities = found.priorities()
    head = ("driver", "share", f"{level_text(found.level)} interval", "r", "mean", "priority")
    rows: list[tuple[str, ...]] = [head]
    for name, driver in found.items():
        priority = priorities[name]
        interval = driver.interval
        ends = "–" if interval is None else limits(interval.low, interval.high, "percent")
        rows.append(
            (
                visible(name),
                number(driver.percent, "percent"),
                ends,
                number(driver.correlation, "rating", difference=True),
                number(priority.performance, priorities.unit),
                f"{priority.quadrant}{'' if priority.determined else ' ?'}",
            )
        )
    widths = [max(len(row[place]) for row in rows) for place in range(len(head))]
    for text in here.prose(found.title):
        yield Text(text, style="bold")
    yield ""
    for place, row in enumerate(rows):
        cells = [
            text.ljust(width) if column in {0, len(head) - 1} else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        line = Text("  ".join(cells).rstrip(), style="" if place else "bold")
        line.truncate(here.width, overflow="ellipsis")
        yield line
        if not place:
            yield Text(here.signs.rule * min(here.width, sum(widths) + 10), style="dim")
    yield ""
    for caution in found.cautions:
        yield from here.prose(f"! {caution.message}", indent="  ")
    yield from here.prose(found.method)
    yield from here.prose(
        "Priority: importance and mean rating against their means; ? where an interval crosses one."
    )
