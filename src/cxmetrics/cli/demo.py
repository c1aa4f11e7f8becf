"""`cxmetrics demo`: a made-up company, from a vendor on this machine to a report."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cxmetrics.cli.progress import progress
from cxmetrics.cli.report import allowed, publish
from cxmetrics.cli.screen import screen
from cxmetrics.cli.stopping import code_of, stoppable
from cxmetrics.cli.table import table
from cxmetrics.cli.words import visible
from cxmetrics.errors import StoreError, UsageError
from cxmetrics.metrics import Score, Scores, metric

if TYPE_CHECKING:
    from cxmetrics.store.store import Store

_PHASES = ("anticipation", "purchase", "delivery", "use", "support")


@click.command(short_help="Pull, measure and report a made-up company: the whole road in one go.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("report.html"),
    show_default=True,
    help="Where to write the report.",
)
@click.option(
    "--store",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to keep what is pulled, made anew each time. Default: cxmetrics-demo.db beside the "
    "report.",
)
@click.option(
    "--customers",
    type=int,
    default=2000,
    show_default=True,
    help="How many, 100 to 5,000,000. A customer has about 18 records.",
)
@click.option("--seed", type=int, default=2026, show_default=True, help="The same seed, the same.")
def demo(*, output: Path, path: Path | None, customers: int, seed: int) -> None:
    """Take the whole road: a vendor's API, a store, scores, a report. No real person answered.

    A company is made up, a vendor of surveys on this machine serves its data, and they are pulled
    over HTTP as from any vendor.

    \b
    Examples:
      cxmetrics demo
      cxmetrics demo -o demo.html --customers 20000
    """  # noqa: D301  # click reads the \b as "leave these lines as they are"
    from cxmetrics.cli.demo_sections import sections  # loads what reads texts and paths
    from cxmetrics.datasets import company  # loads what makes the data up
    from cxmetrics.datasets.vendor import DemoVendor
    from cxmetrics.sources.config import source
    from cxmetrics.store import open_store  # loads SQLAlchemy

    allowed(output)
    place = path or output.with_name("cxmetrics-demo.db")
    click.echo(
        f"Making up a company of {customers:,} customers (seed {seed}): no real person answered.",
        err=True,
    )
    made = company(customers=customers, seed=seed)
    here = screen()
    _clear(place)
    try:
        with stoppable(), open_store(place) as store, DemoVendor(made) as vendor:
            click.echo(f"Pulling it from {vendor.url} into {visible(str(place))} …", err=True)
            with progress() as shown:
                feed = source("demo", url=vendor.url, token=vendor.token, page_size=1000)
                receipt = store.pull(feed, progress=shown)
            here.show([*visible(str(receipt)).splitlines(), ""])
            results = list(_measured(store))
            click.echo("Reading verbatims and journeys …", err=True)
            more = sections(store, made)
            banner = store.incomplete()
    except KeyboardInterrupt as stop:
        sys.exit(code_of(stop))
    for number, (title, result) in enumerate(results):
        lines = table(result, title=f"{title} · made-up data", screen=here, legend=number == 0)
        here.show([*(["", ""] if number else []), *lines])
    here.show([""])
    publish(
        output,
        [result for _, result in results],
        title="A company that does not exist",
        source=f"made-up data: cxmetrics.datasets.company(customers={customers}, seed={seed})",
        time=("month",),
        notes=("These data are generated: no customer and no company stand behind them.",),
        banner=banner,
        more=more,
    )
    name = visible(str(place))
    click.echo(
        f"Open {output} in a browser. What was pulled is in {name}:\n"
        f"  cxmetrics store info --store {name}\n"
        f"  cxmetrics measure --store {name} --metric nps --where question=nps --by region\n"
        "Next, with a file or a vendor of your own:\n"
        "  cxmetrics measure answers.csv --metric nps --rating COLUMN\n"
        "  cxmetrics report answers.csv --metric nps --rating COLUMN --by COLUMN -o report.html\n"
        "  cxmetrics sources",
        err=True,
    )
    sys.exit(receipt.exit_code)


def _clear(place: Path) -> None:
    """Remove the store of an earlier demo, and no other file.

    Raises:
        UsageError: the file is another.
    """
    from cxmetrics.store import open_store  # loads SQLAlchemy

    if not place.exists():
        return
    try:
        with open_store(place) as store:
            others = {kept.source for kept in store.info().streams} - {"demo"}
    except StoreError:
        others = {"another program"}
    if others:
        raise UsageError(
            f"{place} holds what is not of a demo ({', '.join(sorted(others))}): name another "
            "file with --store."
        )
    for end in ("", "-wal", "-shm", "-journal"):
        place.with_name(place.name + end).unlink(missing_ok=True)


def _measured(store: Store) -> Iterator[tuple[str, Score | Scores]]:
    """Measure the survey: recommendation as a whole and by group, satisfaction by phase."""
    nps, csat = metric("nps"), metric("csat")
    asked = {"question": "nps"}
    yield "of the whole company", nps(store, where=asked, weight="weight")
    for by in ("persona", "segment"):
        yield f"by {by}", nps(store, where=asked, weight="weight", by=by)
    year = {**asked, "year": 2025}  # who was asked at its very end has not answered in the next
    yield "by month", nps(store, where=year, weight="weight", by="month")
    phases = {"question": [f"csat_{phase}" for phase in _PHASES]}
    yield (
        "by phase of the journey",
        csat(store, where=phases, weight="weight", unit="customer", by="question"),
    )
