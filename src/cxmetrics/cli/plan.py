"""`cxmetrics plan`: how many answers a question takes."""

from __future__ import annotations

import json

import click

from cxmetrics.cli.question import ScaleType, as_number, with_options
from cxmetrics.cli.screen import screen
from cxmetrics.errors import UsageError
from cxmetrics.metrics import Metric
from cxmetrics.plugins import registry
from cxmetrics.scale import Scale
from cxmetrics.survey import plan as planned


@click.command(
    epilog="Exit codes: 0 ok; 2 wrong usage.",
    short_help="Say how many answers are enough, or what they can tell.",
)
@click.option("--metric", "name", default="nps", show_default=True, help="What will be measured.")
@click.option("--scale", type=ScaleType(), help="Its scale where it is not the metric's own.")
@click.option("--margin", type=float, help="Wanted: half the width of the interval (10 for ±10).")
@click.option("--difference", type=float, help="Wanted: a difference of two waves that is found.")
@click.option("-n", "--answers", type=int, help="Given: answers (in each wave).")
@click.option(
    "--expect",
    metavar="POINT=SHARE",
    multiple=True,
    help="What answers will look like, point by point. Left out: the worst case.",
)
@click.option("--level", type=float, default=0.95, show_default=True, help="The confidence level.")
@click.option("--power", type=float, default=0.8, show_default=True, help="Chance to find it.")
@click.option("--population", type=float, help="How many customers there are, if few.")
@click.option("--deff", type=float, default=1.0, show_default=True, help="The design effect.")
@click.option("--overlap", type=float, default=0.0, help="Share of customers in both waves.")
@click.option(
    "--correlation", type=float, default=0.5, show_default=True, help="Of their two answers."
)
@click.option("--response-rate", type=float, help="0 to 1: to know how many to invite.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="json: one object.",
)
def plan(
    *,
    name: str,
    scale: Scale | None,
    margin: float | None,
    difference: float | None,
    answers: int | None,
    expect: tuple[str, ...],
    level: float,
    power: float,
    population: float | None,
    deff: float,
    overlap: float,
    correlation: float,
    response_rate: float | None,
    form: str,
) -> None:
    """Plan a survey: --margin or --difference say how many answers, -n what they can tell.

    \b
    Examples:
      cxmetrics plan --metric nps --margin 5 --response-rate 0.2
      cxmetrics plan --metric csat --difference 4 --expect 5=40 --expect 4=35 --expect 2=25
      cxmetrics plan --metric nps -n 400 --population 3000 --deff 1.3
    """  # noqa: D301  # click reads the \b as "leave these lines as they are"
    if margin is None and difference is None and answers is None:
        raise UsageError("what do you want to know? Say --margin, --difference or --answers.")
    metric: Metric = with_options(registry.find("metric", name), scale)
    expected: dict[float, float] = {}
    for text in expect:
        point, sign, share = text.partition("=")
        at, own = as_number(point), as_number(share)
        if not sign or at is None or own is None:
            raise UsageError(f"--expect {text!r}: write --expect 9=0.25.")
        expected[at] = own
    found = planned(
        metric,
        n=answers,
        margin=margin,
        difference=difference,
        expected=expected or None,
        level=level,
        power=power,
        population=population,
        deff=deff,
        overlap=overlap,
        correlation=correlation,
        response_rate=response_rate,
    )
    if form == "json":
        text = json.dumps(found.to_dict(), ensure_ascii=False, indent=2, allow_nan=False)
        click.echo(f"{text}\n".encode(), nl=False)  # bytes: UTF-8 whatever the terminal speaks
        return
    screen().show(str(found).splitlines())
