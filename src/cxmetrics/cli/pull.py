"""`cxmetrics pull`: from a source into a store."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from cxmetrics.cli import settings, target
from cxmetrics.cli.listing import as_json
from cxmetrics.cli.progress import progress
from cxmetrics.cli.screen import screen
from cxmetrics.cli.steps import step_of
from cxmetrics.cli.stopping import code_of, stoppable
from cxmetrics.cli.words import spoken, visible
from cxmetrics.errors import PluginError
from cxmetrics.plugins import registry
from cxmetrics.sources import Mark, Source
from cxmetrics.sources.config import configure, source_class
from cxmetrics.sources.receipt import Receipt

_EXITS = (
    "Exit codes: 0 complete; 2 wrong usage or settings; 3 incomplete: something was refused, or "
    "the vendor counts more; 4 failed; 130 and 143 stopped. What was read is kept each time, and "
    "the next pull goes on from there."
)


class MarkType(click.ParamType[Any]):
    """A day, a time with its offset, or a number, where a stream is followed by numbers."""

    name = "DATE|TIME|NUMBER"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Mark:
        """Read a mark, or fail as click does."""
        text = str(value)
        if text.isascii() and text.isdigit() and len(text) < 19:
            return int(text)
        try:
            if len(text) == len("2026-03-01"):
                day = date.fromisoformat(text)
                return datetime(day.year, day.month, day.day, tzinfo=UTC)
            found = datetime.fromisoformat(text)
        except ValueError:
            found = None
        if found is None or found.tzinfo is None:
            self.fail(
                f"{text!r}: write a day (2026-03-01, from midnight UTC), a time with its offset "
                "(2026-03-01T09:00:00+01:00), or a number.",
                param,
                ctx,
            )
        return found


class _Sources(click.Group):
    """A group with a command for each source, made when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        try:
            return [source.name for source in registry.every("source")]
        except PluginError as error:
            click.echo(f"Error: {visible(str(error))}", err=True)
            return []

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        return _command(source_class(cmd_name))


@click.group(
    cls=_Sources,
    short_help="Pull records from a source into a store.",
    subcommand_metavar="SOURCE …",
)
def pull() -> None:
    """Pull records from SOURCE into a store: what is new or changed since the last pull.

    Each source has options of its own: `cxmetrics pull SOURCE --help`. What came, what changed and
    what was refused is printed; a pull that ends early goes on where it was.

    \b
    Examples:
      cxmetrics sources
      cxmetrics pull files --path answers.csv --columns id=response --ratings nps=recommend
      cxmetrics pull demo --help
    """  # noqa: D301  # click reads the \b as "leave these lines as they are"


def _command(source: type[Source[Any]]) -> click.Command:
    streams = [stream.name for stream in source.streams]

    def run(**typed: Any) -> None:
        _run(source, typed)

    common = [
        click.Option(
            ["--stream", "streams"],
            multiple=True,
            type=click.Choice(streams),
            help="Only this stream; repeated. Default: all.",
        ),
        click.Option(
            ["--since"],
            type=MarkType(),
            help="Start here, not where the last pull ended: a day, a time with its offset, or a "
            "number.",
        ),
        click.Option(
            ["--full"],
            is_flag=True,
            help="Read everything again, and mark what the vendor no longer has as gone.",
        ),
        click.Option(
            ["--accept-shrink"],
            is_flag=True,
            help="With --full: mark it even if it is more than 5 % of what is stored.",
        ),
        click.Option(
            ["--step", "steps"],
            metavar="NAME[:SETTING=VALUE,…]",
            multiple=True,
            help="What to do to records before they are stored, in this order: pseudonymise, "
            "redact, drop:fields=verbatim, label:by=survey,S1=shop, deduplicate.",
        ),
        click.Option(
            ["--ca-file"],
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            envvar="CXMETRICS_CA_FILE",
            help="Certificates (PEM) to trust instead of the usual ones.",
        ),
        click.Option(
            ["--trust-env"],
            is_flag=True,
            envvar="CXMETRICS_TRUST_ENV",
            help="Use the proxies and certificates that the environment names.",
        ),
        click.Option(
            ["--format", "form"],
            type=click.Choice(["table", "json"]),
            default="table",
            show_default=True,
            help="How to print the receipt.",
        ),
    ]
    return click.Command(
        source.name,
        params=[*settings.options(source), target.option(), *common],
        callback=run,
        help=f"Pull {source.title} into a store.\n\n"
        f"`cxmetrics sources {source.name}` says more about its options and its streams.",
        short_help=source.title,
        epilog=f"{settings.secrets_told(source)}\n\n{_EXITS}",
    )


def _run(source: type[Source[Any]], typed: dict[str, Any]) -> None:
    from cxmetrics.store import open_store  # loads SQLAlchemy

    info = registry.owner("source", source.name)
    if info is not None:  # a stranger's code: say whose
        whose = " ".join(filter(None, (info.distribution or info.origin, info.version)))
        click.echo(f"Source {visible(source.name)} from {visible(whose)}.", err=True)
    steps = [step_of(text) for text in typed["steps"]]
    feed = configure(source, settings.given(source, typed))
    seams: dict[str, Any] = {"ca_file": typed["ca_file"]} if typed["ca_file"] else {}
    if typed["trust_env"]:
        seams["trust_env"] = True
    try:
        with stoppable(), open_store(typed["target"]) as store, progress() as shown:
            receipt = store.pull(
                feed,
                streams=list(typed["streams"]) or None,
                since=typed["since"],
                full=typed["full"],
                accept_shrink=typed["accept_shrink"],
                steps=steps,
                progress=shown,
                **seams,
            )
    except KeyboardInterrupt as stop:
        click.echo(
            "Stopped. What was read so far is stored; the next pull goes on from there.", err=True
        )
        sys.exit(code_of(stop))
    _tell(receipt, typed["form"])
    sys.exit(receipt.exit_code)


def _tell(receipt: Receipt, form: str) -> None:
    for name, why in registry.failures.items():
        click.echo(f"Plugin {visible(name)}: {visible(why)}.", err=True)
    if form == "json":
        as_json(receipt.to_dict())
        return
    screen().show(visible(spoken(str(receipt))).splitlines())
