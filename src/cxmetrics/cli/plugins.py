"""`cxmetrics plugins`: what is installed, what it offers, and what failed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import attrs
import click

from cxmetrics.cli.listing import as_json, listing
from cxmetrics.cli.screen import Screen, screen
from cxmetrics.cli.words import visible
from cxmetrics.plugins import PluginInfo, installed

if TYPE_CHECKING:
    from rich.text import Text

_FEW = 3


@click.command(short_help="List the plugins: versions, what they offer, what failed.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="json: a list of objects.",
)
def plugins(*, form: str) -> None:
    """List the plugins that are installed: version, distribution, what each offers, what failed.

    All of them are imported to be asked. Leave one out with CXMETRICS_BLOCK_PLUGINS=NAME, all with
    `cxmetrics --safe`.

    \b
    Examples:
      cxmetrics plugins
      cxmetrics plugins --format json
    """  # noqa: D301  # click reads the \b as "leave these lines as they are"
    found = installed()
    if form == "json":
        as_json([attrs.asdict(info) for info in found])
        return
    screen().show(_listed(found, screen()))


def _listed(found: list[PluginInfo], here: Screen) -> Iterator[Text | str]:
    rows = [("name", "version", "distribution", "offers")]
    rows += [
        (info.name, info.version or "–", info.distribution or info.origin, _offers(info))
        for info in found
    ]
    yield from listing(rows, here)
    for info in found:
        if info.failure is not None:
            yield ""
            yield from here.prose(f"! {info.name}: {visible(info.failure)}.", indent="  ")


def _offers(info: PluginInfo) -> str:
    if info.blocked:
        return "blocked"
    told = [
        f"{kind} {', '.join(names)}" if len(names) <= _FEW else f"{len(names)} {kind}s"
        for kind, names in info.offers.items()
        if names
    ]
    return "; ".join(["failed"] * (info.failure is not None) + told) or "nothing"
