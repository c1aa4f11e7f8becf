"""`cxmetrics journeys`: what customers did, in which order, and how long it took."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from attrs import frozen

from cxmetrics.cli.events import MomentType, SpanType, ZoneType, events_of, order_of, responses_of
from cxmetrics.cli.journey_tables import Found
from cxmetrics.cli.listing import as_json
from cxmetrics.cli.question import Question
from cxmetrics.cli.screen import screen
from cxmetrics.cli.sheets import sheet_lines
from cxmetrics.cli.target import TargetType
from cxmetrics.cli.words import visible
from cxmetrics.errors import DataError, UsageError

if TYPE_CHECKING:
    from cxmetrics.cli.answers import Answers
    from cxmetrics.journeys import Paths

_SPOKEN: Final = (
    (r'zone="([\w/]+)"( or zone="UTC")?', r"--zone \1"),
    (r"unknown='set_aside'", "--unknown set-aside"),
    (r"pass journey=…, or make the paths with order=….", "say --order a,b,c."),
    (r"stages=\[[^]]*\]|paths\(\.\.\., order=…\)|order=…", "--order a,b,c"),
    (r"gap=…", "--gap 30d"),
)
"""How the library says it to Python, and how it is said here."""


@click.command(
    epilog="Exit codes: 0 ok; 1 the data can't be read as they are; 2 wrong usage.",
    short_help="Follow customers along their journeys.",
)
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
    "--store",
    "target",
    type=TargetType(),
    is_flag=False,
    flag_value="",
    help="The interactions of a store, in place of a FILE.",
)
@click.option("--customer", metavar="COL", default="customer", show_default=True)
@click.option("--at", metavar="COL", default="at", show_default=True, help="When it happened.")
@click.option(
    "--step",
    metavar="COL",
    default="stage",
    show_default=True,
    help="Where it happened: stage, touchpoint, or another column.",
)
@click.option("--journey", metavar="COL", help="The column of the case: paths are split by it too.")
@click.option(
    "--gap", type=SpanType(), help="Inactivity that ends a path: 30d, 12h. Default: none does."
)
@click.option("--until", type=MomentType(), help="The end of observation. Default: the last event.")
@click.option(
    "--zone", metavar="ZONE", type=ZoneType(), help="Of times without one: Europe/Paris, UTC."
)
@click.option(
    "--order",
    metavar="A,B,C",
    help="The steps in their usual order; or five_a, five_phases. Funnel and --plot need it.",
)
@click.option(
    "--unknown",
    type=click.Choice(["error", "set-aside"]),
    default="error",
    show_default=True,
    help="Refuse steps that --order does not have, or count them and leave them out.",
)
@click.option("--where", metavar="COL=VALUE", multiple=True, help="Keep only such events.")
@click.option(
    "--by", metavar="COL", help="Compare groups of paths, by this column of their first event."
)
@click.option("--types", is_flag=True, help="Find the typical journeys too.")
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="Variants.")
@click.option("--level", type=float, default=0.95, show_default=True, help="Of the intervals.")
@click.option(
    "--plot",
    "picture",
    type=click.Path(path_type=Path),
    help="Draw the flow between the steps to this .svg, .png or .pdf file.",
)
@click.option(
    "--map",
    "chart",
    type=click.Path(path_type=Path),
    help="Draw the journey map: columns touchpoint, stage and channel are needed.",
)
@click.option(
    "--responses",
    type=click.Path(path_type=Path),
    help="With --map: the file of answers, with a column interaction (ids) or touchpoint.",
)
@click.option("--metric", metavar="NAME", default="csat", show_default=True, help="With --map.")
@click.option("--rating", metavar="COL", default="rating", show_default=True, help="With --map.")
@click.option(
    "--responses-where", metavar="COL=VALUE", multiple=True, help="Keep only such answers."
)
@click.option("--felt", metavar="COL", help="With --map: the column of emotions, -5 to 5.")
@click.option("--theme", type=click.Choice(["light", "dark", "print"]), default="light")
@click.option("--encoding", default="utf-8", show_default=True, help="Of the texts of the file.")
@click.option("--delimiter", metavar="SIGN", help="What separates the columns of a CSV.")
@click.option("--sheet", metavar="NAME", help="Of a workbook. Left out: the first that is shown.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="json: one object.",
)
def journeys(*, form: str, picture: Path | None, chart: Path | None, **given: Any) -> None:
    """Follow customers along their journeys: paths, variants, transitions, funnel and durations.

    One row of FILE (CSV, JSON, Parquet, XLSX, or an event log in XES) is one event.

    \b
    Examples:
      cxmetrics journeys events.csv --zone Europe/Paris --gap 30d
      cxmetrics journeys events.csv --zone UTC --step touchpoint --journey case --types
      cxmetrics journeys events.csv --zone UTC --order ask,buy,use --plot flow.svg
      cxmetrics journeys log.xes.gz --step touchpoint --format json
      cxmetrics journeys --store --by channel
      cxmetrics journeys events.csv --zone UTC --map map.svg --felt felt \\
        --responses answers.csv --responses-where question=csat
    """  # noqa: D301  # click reads the \b as "leave these lines as they are"
    asked = _Asked(**given)
    try:
        with events_of(
            asked.question,
            customer=asked.customer,
            step=asked.step,
            at=asked.at,
            others=[name for name in (asked.journey, asked.by) if name],
        ) as events:
            try:
                walked = asked.paths(events)
                found = Found.of(
                    walked,
                    events,
                    by=asked.by,
                    types=asked.types,
                    top=asked.top,
                    level=asked.level,
                )
            except DataError as error:
                error.args = (events.with_lines(str(error)), *error.args[1:])
                raise
            events.announce(form)
            if picture is not None:
                _saved(_drawn(walked).plot(theme=asked.theme), picture)
            if chart is not None:
                from cxmetrics.cli.journey_map import drawn_map

                _saved(drawn_map(walked, asked, events).plot(theme=asked.theme), chart)
    except (DataError, UsageError) as error:
        message = _spoken(str(error))
        for option, default in (("customer", "customer"), ("at", "at"), ("step", "stage")):
            if message.startswith(f"there is no column {default!r}"):
                message += f" Say --{option} COL for another."
        error.args = (message, *error.args[1:])
        raise
    if form == "json":
        as_json(found.to_dict())
        return
    here = screen()
    for place, sheet in enumerate(found.sheets()):
        here.show([*([""] if place else []), *sheet_lines(sheet, here)])


@frozen(kw_only=True)
class _Asked:
    """The options, as they were typed."""

    file: Path | None
    target: str | None
    customer: str
    at: str
    step: str
    journey: str | None
    gap: timedelta | None
    until: datetime | None
    zone: str | None
    order: str | None
    unknown: str
    where: tuple[str, ...]
    by: str | None
    types: bool
    top: int
    level: float
    responses: Path | None
    metric: str
    rating: str
    responses_where: tuple[str, ...]
    felt: str | None
    theme: str
    encoding: str
    delimiter: str | None
    sheet: str | None

    @property
    def question(self) -> Question:
        return Question(
            file=self.file,
            target=self.target,
            zone=self.zone or "UTC",
            metric_names=(self.metric,),
            where=self.where,
            level=self.level,
            encoding=self.encoding,
            delimiter=self.delimiter,
            sheet=self.sheet,
        )

    def paths(self, events: Answers) -> Paths:
        from cxmetrics.journeys import paths

        return paths(
            events.data,
            step=self.step,
            customer=self.customer,
            at=self.at,
            journey=self.journey,
            gap=self.gap,
            until=self.until,
            zone=self.zone,
            order=order_of(self.order),
            unknown=self.unknown.replace("-", "_"),  # type: ignore[arg-type]  # click has checked it
            where=events.where,
        )

    def answers(self) -> Any:
        """Return the answers that go on the map; None where there are none."""
        if self.responses is None:
            return None
        return responses_of(self.question, self.responses, self.rating, self.responses_where)


def _drawn(walked: Paths) -> Any:
    from cxmetrics.journeys import StageFlow

    return StageFlow.of(walked.flow())


def _saved(drawing: Any, path: Path) -> None:
    drawing.save(path)
    click.echo(visible(str(path)), err=True)


def _spoken(message: str) -> str:
    for python, option in _SPOKEN:
        message = re.sub(python, option, message)
    return message
