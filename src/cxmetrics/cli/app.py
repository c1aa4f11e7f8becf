"""The program: its verbs, how it fails, what it exits with."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Any

import click

import cxmetrics
from cxmetrics.cli.compare import compare
from cxmetrics.cli.demo import demo
from cxmetrics.cli.drivers import drivers
from cxmetrics.cli.measure import measure
from cxmetrics.cli.metrics import metrics
from cxmetrics.cli.plan import plan
from cxmetrics.cli.report import report
from cxmetrics.cli.trend import trend
from cxmetrics.cli.weight import weight
from cxmetrics.cli.words import spoken, visible
from cxmetrics.errors import CxError, NotFoundError, UsageError


class _Program(click.Group):
    """A group of verbs that turns the library's errors into messages and exit codes."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except CxError as error:
            if ctx.params["traceback"]:
                traceback.print_exc()
            click.echo(f"Error: {visible(spoken(str(error)))}", err=True)
            ctx.exit(2 if isinstance(error, UsageError | NotFoundError) else 1)
        except BrokenPipeError:  # the reader, `head` for instance, has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)
        return result


@click.group(
    cls=_Program,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 ok; 1 the data can't be measured as they are; 2 wrong usage; 3 and 4 are "
    "kept for pulls that end incomplete or fail. Results go to stdout, messages to stderr.",
)
@click.version_option(cxmetrics.__version__, prog_name="cxmetrics", message="%(prog)s %(version)s")
@click.option(
    "--traceback",
    is_flag=True,
    envvar="CXMETRICS_TRACEBACK",
    help="Before an error message, show where in the program it was raised (also: the environment "
    "variable CXMETRICS_TRACEBACK=1).",
)
def app(*, traceback: bool) -> None:  # read from the context where errors end
    """Measure customer experience and defend the number.

    NPS, CSAT, CES and other scores of a file of answers, each with its confidence interval.

    \b
    Start here:
      cxmetrics demo
      cxmetrics metrics
      cxmetrics measure answers.csv --metric nps --rating recommend
      cxmetrics measure answers.csv --metric nps --rating recommend --by shop
      cxmetrics report answers.csv --metric nps --rating recommend --by shop -o report.html
    """  # noqa: D301  # click reads the \b as "leave these lines as they are"


for verb in (measure, report, compare, trend, drivers, weight, plan, metrics, demo):
    app.add_command(verb)
