"""`cxmetrics store`: what was pulled, whether it is sound, and how to get it out or away."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from cxmetrics.cli.listing import as_json, listing
from cxmetrics.cli.screen import screen
from cxmetrics.cli.steps import step_of
from cxmetrics.cli.target import existing, stored
from cxmetrics.cli.words import visible
from cxmetrics.errors import UsageError
from cxmetrics.sources._base import STREAMS

if TYPE_CHECKING:
    from cxmetrics.store.store import Store

_form = click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How to print it.",
)
_source = click.option("--source", metavar="KEY", help="Only of this source, such as zendesk:acme.")


@click.group(short_help="Look at a store: what it holds, whether it is sound; export, forget.")
def store() -> None:
    """Look at what was pulled: counts, receipts, what was refused; check, export, forget.

    \b
    Examples:
      cxmetrics store info
      cxmetrics store refused
      cxmetrics store export answers --as csv
    """  # noqa: D301  # click reads the \b as "leave these lines as they are"


@contextmanager
def _opened(target: str | None) -> Iterator[Store]:
    from cxmetrics.store import open_store  # loads SQLAlchemy

    with open_store(existing(target)) as found:
        yield found


@store.command(short_help="Count what it holds, by source and stream.")
@stored
@_form
def info(*, target: str | None, form: str) -> None:
    """Count what the store holds, by source and stream, and say how each last pull ended."""
    with _opened(target) as found:
        told = found.info()
    if form == "json":
        as_json(told.to_dict())
        return
    here = screen()
    rows: list[tuple[str, ...]] = [
        ("source", "stream", "records", "gone", "refused", "read to", "last pull")
    ]
    for kept in told.streams:
        ended = f"{kept.pulled_at:%Y-%m-%d %H:%M %Z}" if kept.pulled_at else "–"
        rows.append(
            (
                *(kept.source, kept.stream),
                *(f"{count:,}" for count in (kept.records, kept.gone, kept.refused)),
                "–" if kept.read_to is None else str(kept.read_to)[:16],
                " ".join(filter(None, (kept.status, ended))),
            )
        )
    size = "" if told.size is None else f", {told.size / 2**20:,.1f} MiB"
    erased = f", {told.erased} customers forgotten" if told.erased else ""
    here.show([f"{visible(told.where)}{size}{erased}", "", *listing(rows, here)])


@store.command(short_help="Compare every record with its checksum.")
@stored
def check(*, target: str | None) -> None:
    """Compare every record with its checksum. Exit code 1: something is damaged.

    What is damaged is named. `cxmetrics pull SOURCE --full` brings records back that the vendor
    still has.
    """
    with _opened(target) as found:
        told = found.check()
    screen().show(visible(str(told)).splitlines())
    sys.exit(0 if told.sound else 1)


@store.command(short_help="Write its records to files.")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@stored
@click.option(
    "--as",
    "form",
    type=click.Choice(["parquet", "csv"]),
    default="parquet",
    show_default=True,
    help="The format of the files.",
)
@click.option(
    "--raw",
    is_flag=True,
    help="Leave texts as they are that a spreadsheet would run as formulas.",
)
def export(*, folder: Path, target: str | None, form: Any, raw: bool) -> None:
    """Write the records that are not gone into FOLDER, one file a stream, and print the paths."""
    with _opened(target) as found:
        written = found.export(folder, format=form, raw=raw)
    for path in written.values():
        click.echo(visible(str(path)))
    if not written:
        click.echo("The store holds no records: nothing was written.", err=True)


@store.command(short_help="Erase a customer, and prove it.")
@click.argument("customer")
@stored
@click.option(
    "--pseudonymised",
    is_flag=True,
    help="CUSTOMER is the real id, and the store has pseudonyms: compute it with the key "
    "(CXMETRICS_PSEUDONYMISE_KEY, _FILE or _COMMAND).",
)
@click.option("--yes", is_flag=True, help="Don't ask.")
@_form
def forget(*, customer: str, target: str | None, pseudonymised: bool, yes: bool, form: str) -> None:
    """Erase CUSTOMER, an id as it is stored, and prove that nothing remains.

    `-` for CUSTOMER reads the id from stdin, so that it is in no history of the shell. Later pulls
    do not bring the customer back. What can't be reached from here is printed. Exit code 1:
    something remains.
    """
    who = sys.stdin.readline().strip() if customer == "-" else customer
    if pseudonymised:
        who = step_of("pseudonymise").pseudonym(who)
    with _opened(target) as found:
        if not yes:
            _agreed()
        erasure = found.forget(who)
    if form == "json":
        as_json(erasure.to_dict())
    else:
        here = screen()
        here.show(part for line in str(erasure).splitlines() for part in here.prose(line))
    sys.exit(0 if erasure.complete else 1)


def _agreed() -> None:
    """Ask, where somebody can be asked.

    Raises:
        UsageError: nobody can.
    """
    if not sys.stdin.isatty():
        raise UsageError("this can't be undone: say --yes.")
    click.confirm("Erase the customer? It can't be undone.", abort=True, err=True)


@store.command(short_help="Delete records that are older than so many days.")
@click.argument("stream", type=click.Choice(list(STREAMS)))
@click.option("--older-than", "days", type=click.IntRange(min=1), required=True, metavar="DAYS")
@stored
@click.option("--yes", is_flag=True, help="Don't ask.")
def expire(*, stream: str, days: int, target: str | None, yes: bool) -> None:
    """Delete the records of STREAM that are older than so many days; run it after each pull."""
    with _opened(target) as found:
        if not yes:
            if not sys.stdin.isatty():
                raise UsageError("this can't be undone: say --yes.")
            click.confirm(f"Delete {stream} older than {days} days?", abort=True, err=True)
        count = found.expire(STREAMS[stream], timedelta(days=days))
    click.echo(f"{count:,} deleted.")


@store.command(short_help="List what broke rules and is kept raw.")
@stored
@_source
@click.option("--stream", type=click.Choice(list(STREAMS)), help="Only of this stream.")
@click.option(
    "--raw", is_flag=True, help="With --format json: what the vendor sent; may be personal."
)
@_form
def refused(
    *, target: str | None, source: str | None, stream: str | None, raw: bool, form: str
) -> None:
    """List what broke rules and is kept as it came, with the reasons.

    It is read again by the next pull after an upgrade of its source, and leaves the list when a
    later version of it is good.
    """
    with _opened(target) as found:
        told = found.refused(source, stream=stream)
    if form == "json":
        hidden = set() if raw else {"raw", "context"}
        as_json(
            [
                {
                    name: str(value) if name == "refused_at" else value
                    for name, value in attrs.asdict(each, recurse=False).items()
                    if name not in hidden
                }
                for each in told
            ]
        )
        return
    here = screen()
    if not told:
        here.show(["Nothing is refused."])
        return
    rows = [("source", "stream", "object", "why")]
    rows += [(r.source, r.stream, r.record or r.object or "–", "; ".join(r.reasons)) for r in told]
    here.show(listing(rows, here, wrap=True))


@store.command(short_help="Print the receipts of the pulls.")
@stored
@_source
@click.option("--last", type=click.IntRange(min=1), metavar="N", help="Only the last N.")
@_form
def receipts(*, target: str | None, source: str | None, last: int | None, form: str) -> None:
    """Print the receipts of the pulls, the latest last: what came, what changed, what failed."""
    with _opened(target) as found:
        told = found.receipts(source)
    told = told[-last:] if last else told
    if form == "json":
        as_json([receipt.to_dict() for receipt in told])
        return
    here = screen()
    for place, receipt in enumerate(told):
        when = f"{receipt.started_at:%Y-%m-%d %H:%M:%S %Z}"
        here.show([*([""] if place else []), when, *visible(str(receipt)).splitlines()])
    if not told:
        here.show(["Nothing was pulled."])
