"""The program: its verbs, how it fails, what it exits with."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from pathlib import Path
from typing import Any

import click
from attrs import evolve

import cxmetrics
from cxmetrics.cli.compare import compare
from cxmetrics.cli.concept import concept
from cxmetrics.cli.define import DefinitionType, defined
from cxmetrics.cli.demo import demo
from cxmetrics.cli.drivers import drivers
from cxmetrics.cli.journeys import journeys
from cxmetrics.cli.limits import limits
from cxmetrics.cli.measure import measure
from cxmetrics.cli.metrics import metrics
from cxmetrics.cli.new import new
from cxmetrics.cli.plan import plan
from cxmetrics.cli.plugins import plugins
from cxmetrics.cli.pull import pull
from cxmetrics.cli.report import report
from cxmetrics.cli.sources import sources
from cxmetrics.cli.store import store
from cxmetrics.cli.trend import trend
from cxmetrics.cli.verbatims import verbatims
from cxmetrics.cli.weight import weight
from cxmetrics.cli.words import spoken, visible
from cxmetrics.errors import ConfigError, CxError, NotFoundError, PluginError, UsageError
from cxmetrics.plugins import Settings, hookimpl, register, registry

_WRONG = (UsageError, NotFoundError, ConfigError, PluginError)


@hookimpl
def cxmetrics_commands() -> list[click.Command]:
    """Register the built-in verbs through the door that plugins use."""
    of_answers = [measure, report, compare, trend, drivers, verbatims, concept, weight, plan]
    return [demo, *of_answers, journeys, metrics, sources, pull, store, limits, plugins, new]


class _Program(click.Group):
    """A group of verbs that turns the library's errors into messages and exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        try:
            return [command.name for command in registry.every("command")]
        except PluginError as error:
            click.echo(f"Error: {visible(str(error))}", err=True)
            return [str(command.name) for command in cxmetrics_commands()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        found = registry.find("command", cmd_name)
        return found if isinstance(found, click.Command) else None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            for definition in ctx.params["define"]:
                register(defined(definition))
            result = super().invoke(ctx)
            sys.stdout.flush()
        except CxError as error:
            if ctx.params["traceback"]:
                click.echo(visible(traceback.format_exc()), err=True, nl=False)
            click.echo(f"Error: {visible(spoken(str(error)))}", err=True)
            failed = 4 if ctx.invoked_subcommand == "pull" else 1
            ctx.exit(2 if isinstance(error, _WRONG) else failed)
        except BrokenPipeError:  # the reader, `head` for instance, has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)
        return result


def _chosen(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """Decide which plugins are used before anything is looked up."""
    ctx.meta[f"cxmetrics.{param.name}"] = value
    settings = Settings.of(os.environ)
    folder = ctx.meta.get("cxmetrics.plugins_dir") or settings.folder
    safe = bool(ctx.meta.get("cxmetrics.safe"))
    registry.use(evolve(settings, folder=folder, safe=safe or settings.safe))
    return value


class _Messages(logging.Formatter):
    """Log lines for a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return visible(super().format(record))


def _loud(_: click.Context, __: click.Parameter, value: bool) -> bool:  # noqa: FBT001  # as click calls
    """Show what the library logs, on stderr."""
    if value:
        handler = logging.StreamHandler()
        handler.setFormatter(_Messages("%(asctime)s %(message)s", "%H:%M:%S"))
        logger = logging.getLogger("cxmetrics")
        logger.handlers = [handler]
        logger.setLevel(logging.DEBUG)
    return value


@click.group(
    cls=_Program,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 ok; 1 the data can't be measured as they are; 2 wrong usage; 3 a pull is "
    "incomplete; 4 a pull failed. Results go to stdout, messages to stderr.",
)
@click.version_option(cxmetrics.__version__, prog_name="cxmetrics", message="%(prog)s %(version)s")
@click.option(
    "--traceback",
    is_flag=True,
    envvar="CXMETRICS_TRACEBACK",
    help="Before an error message, show where in the program it was raised (also: the environment "
    "variable CXMETRICS_TRACEBACK=1).",
)
@click.option(
    "-v",
    "--verbose",
    is_flag=True,
    envvar="CXMETRICS_VERBOSE",
    callback=_loud,
    help="Show what a source is asked, and what is waited for (also: CXMETRICS_VERBOSE=1).",
)
@click.option(
    "--plugins-dir",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    envvar="CXMETRICS_PLUGINS_DIR",
    is_eager=True,
    callback=_chosen,
    help="A folder of plugins, one a file (also: CXMETRICS_PLUGINS_DIR).",
)
@click.option(
    "--define",
    metavar="DEFINITION",
    multiple=True,
    envvar="CXMETRICS_DEFINE",
    type=DefinitionType(),
    help="A metric of your own in one line, for instance 'strict 0:10 0-7=-100 8-9=0 10=100' "
    "(also: CXMETRICS_DEFINE, several with ; between them).",
)
@click.option(
    "--safe",
    is_flag=True,
    is_eager=True,
    callback=_chosen,
    help="Use nothing but what cxmetrics brings itself: no plugin is imported (also: "
    "CXMETRICS_SAFE=1).",
)
def app(**_: object) -> None:  # read from the context where they are needed
    """Measure customer experience and defend the number.

    NPS, CSAT, CES and other scores, each with its confidence interval: of a file of answers, or of
    what is pulled from a vendor.

    \b
    Start here:
      cxmetrics demo
    \b
    With a file:
      cxmetrics measure answers.csv --metric nps --rating recommend --by shop
      cxmetrics report answers.csv --metric nps --rating recommend --by shop -o report.html
    \b
    With a vendor:
      cxmetrics sources
      cxmetrics pull SOURCE --help
      cxmetrics measure --store --metric nps --by month
    """  # noqa: D301  # click reads the \b as "leave these lines as they are"
