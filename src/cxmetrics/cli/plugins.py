"""`cxmetrics plugins`: what is installed, what it offers, and what failed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
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
    """List what is installed: version, what each offers, what is not tested, what failed.

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
    here = screen()
    here.show(_listed(found, here))


def _listed(found: list[PluginInfo], here: Screen) -> Iterator[Text | str]:
    rows = [("name", "version", "distribution", "offers")]
    rows += [
        (info.name, info.version or "–", info.distribution or _file(info), _offers(info))
        for info in found
    ]
    yield from listing(rows, here, wrap=True)
    skips = [f"{what}: {why}" for info in found for what, why in info.skips.items()]
    if skips:
        yield ""
        yield "Not tested by the suite for sources:"
    for text in skips:
        yield from here.prose(f"  {visible(text)}", indent="    ")
    for info in found:
        if info.failure is not None:
            yield ""
            yield from here.prose(f"! {info.name}: {visible(info.failure)}.", indent="  ")


def _file(info: PluginInfo) -> str:
    return f"the file {Path(info.origin).name}"


def _offers(info: PluginInfo) -> str:
    if info.blocked:
        return "blocked"
    told = []
    for kind, names in info.offers.items():
        several = "s" if len(names) > 1 else ""
        listed = (
            f"{len(names)} {kind}s" if len(names) > _FEW else f"{kind}{several} {', '.join(names)}"
        )
        told += [listed] * bool(names)
    return "; ".join(["failed"] * (info.failure is not None) + told) or "nothing"
