"""`cxmetrics limits`: the numbers that bound a pull."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import click

from cxmetrics.cli.listing import as_json, listing
from cxmetrics.cli.screen import screen


@click.command(short_help="Show what bounds a pull: sizes, times, tries, pages.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="json: an object; sizes in bytes, times in seconds.",
)
def limits(*, form: str) -> None:
    """Show the numbers that bound any pull, unless a source sets others: nothing is endless.

    What exceeds one ends the pull with an error; what was stored before is kept.
    """
    found = _found()
    if form == "json":
        as_json({name: value for name, (value, _) in found.items()})
        return
    here = screen()
    rows = [("limit", "number", "of what")]
    rows += [(n.replace("_", " "), _spelled(n, v), about) for n, (v, about) in found.items()]
    here.show(
        [
            *listing(rows, here),
            "",
            "Of a source, `policy` may set others: see where it is documented (cxmetrics sources).",
        ]
    )


def _found() -> dict[str, tuple[int, str]]:
    from cxmetrics.cli.stopping import PATIENCE
    from cxmetrics.sources import jobs, paging, zipped
    from cxmetrics.sources.policy import Policy
    from cxmetrics.store.pull import MOST_GONE  # loads SQLAlchemy

    policy = Policy()
    job: Any = attrs.fields_dict(jobs.Job)["deadline"].default

    def seconds(span: timedelta) -> int:
        return round(span.total_seconds())

    return {
        "answer_bytes": (policy.most_bytes, "an answer, decoded"),
        "answer_seconds": (seconds(policy.deadline), "an answer, from the request to its end"),
        "tries": (policy.tries, "one request, where what went wrong may pass"),
        "wait_seconds": (seconds(policy.most_wait), "one request, waiting for the vendor in total"),
        "download_bytes": (policy.most_download, "an export file"),
        "download_seconds": (seconds(policy.download_deadline), "an export file"),
        "job_seconds": (seconds(job), "an export job of the vendor, in one pull"),
        "zip_members": (zipped.MOST_MEMBERS, "an archive"),
        "zip_bytes": (zipped.MOST_BYTES, "the member that is read, unpacked"),
        "zip_ratio": (zipped.RATIO, "unpacked to packed"),
        "pages": (paging.MOST_PAGES, "one walk over a stream"),
        "fruitless_pages": (paging._FRUITLESS, "in a row without a new record"),
        "gone_percent": (round(100 * MOST_GONE), "stored objects found gone (--accept-shrink)"),
        "stop_seconds": (round(PATIENCE), "Ctrl-C and SIGTERM, to the end of the process"),
    }


def _spelled(name: str, value: int) -> str:
    if name.endswith("bytes"):
        return f"{value / 2**30:g} GiB" if value >= 2**30 else f"{value / 2**20:g} MiB"
    if name.endswith("seconds"):
        return f"{value:,} s"
    return f"{value} %" if name.endswith("percent") else f"{value:,}"
