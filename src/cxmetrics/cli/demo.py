"""`cxmetrics demo`: a made-up company, measured and reported."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from cxmetrics.cli.report import allowed, publish
from cxmetrics.cli.screen import screen
from cxmetrics.cli.table import table
from cxmetrics.metrics import Score, Scores
from cxmetrics.plugins import registry

_PHASE = "csat_"


@click.command(short_help="Show scores and a report of a made-up company.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("report.html"),
    show_default=True,
    help="Where to write the report.",
)
@click.option(
    "--customers", type=int, default=2000, show_default=True, help="How many, 100 to 5,000,000."
)
@click.option("--seed", type=int, default=2026, show_default=True, help="The same seed, the same.")
def demo(*, output: Path, customers: int, seed: int) -> None:
    """Make up a company, measure its survey and write a report: what this program does, in one go.

    \b
    Examples:
      cxmetrics demo
      cxmetrics demo -o demo.html --customers 20000
    """  # noqa: D301  # click reads the \b as "leave these lines as they are"
    from cxmetrics.datasets import company  # loads what makes the data up

    allowed(output)
    click.echo(
        f"Making up a company of {customers:,} customers (seed {seed}): no real person answered.",
        err=True,
    )
    wide = company(customers=customers, seed=seed).wide()
    results = list(_measured(wide))
    here = screen()
    for place, (title, result) in enumerate(results):
        lines = table(result, title=f"{title} · made-up data", screen=here, legend=place == 0)
        here.show([*(["", ""] if place else []), *lines])
    here.show([""])
    publish(
        output,
        [result for _, result in results],
        title="A company that does not exist",
        source=f"made-up data: cxmetrics.datasets.company(customers={customers}, seed={seed})",
        time=("month",),
        notes=("These data are generated: no customer and no company stand behind them.",),
    )
    click.echo(
        f"Open {output} in a browser. Next, with a file of your own:\n"
        "  cxmetrics measure answers.csv --metric nps --rating COLUMN\n"
        "  cxmetrics report answers.csv --metric nps --rating COLUMN --by COLUMN -o report.html",
        err=True,
    )


def _measured(wide: Any) -> Iterator[tuple[str, Score | Scores]]:
    """Measure the survey: recommendation as a whole and by group, satisfaction by phase."""
    nps, csat = registry.find("metric", "nps"), registry.find("metric", "csat")
    data = {name: wide[name] for name in wide}
    yield "of the whole company", nps(data, rating="recommend", weight="weight")
    for by in ("persona", "segment", "month"):
        yield f"by {by}", nps(data, rating="recommend", weight="weight", by=by)
    phases = {name.removeprefix(_PHASE): data[name] for name in data if name.startswith(_PHASE)}
    yield (
        "by phase of the journey",
        csat({**phases, "weight": data["weight"]}, rating=list(phases), weight="weight"),
    )
