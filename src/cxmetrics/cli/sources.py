"""`cxmetrics sources`: where records can come from, and one source in full."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from cxmetrics.cli.listing import as_json, listing
from cxmetrics.cli.screen import Screen, screen
from cxmetrics.plugins import registry
from cxmetrics.sources import Source, Stream
from cxmetrics.sources.config import Option, options_of, source_class

if TYPE_CHECKING:
    from rich.text import Text

_FOLLOWS = {
    "updated": "what is new or changed since the last pull",
    "created": "what is new since the last pull",
    "id": "what is new since the last pull",
    "nothing": "everything, each time",
}


@click.command(short_help="List the sources, or explain one: its options and streams.")
@click.argument("name", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="json: a list of objects, or one object.",
)
def sources(*, name: str | None, form: str) -> None:
    """List the sources, or explain the one called NAME: options, secrets, streams, documentation.

    \b
    Examples:
      cxmetrics sources
      cxmetrics sources files
      cxmetrics sources --format json
    """  # noqa: D301  # click reads the \b as "leave these lines as they are"
    here = screen()
    if name is None:
        every: list[type[Source[Any]]] = registry.every("source")
        if form == "json":
            as_json([_told(source) for source in every])
        else:
            here.show(_listed(every, here))
        return
    source = source_class(name)
    if form == "json":
        options = [option.row() for option in options_of(source)]
        as_json({**_told(source), "reference": source.reference, "options": options})
        return
    here.show(_explained(source, here))


def _told(source: type[Source[Any]]) -> dict[str, Any]:
    info = registry.owner("source", source.name)
    return {
        "name": source.name,
        "title": source.title,
        "streams": [stream.name for stream in source.streams],
        "origin": source.origin,
        "distribution": "cxmetrics" if info is None else info.distribution,
        "version": source.version,
    }


def _listed(every: list[type[Source[Any]]], here: Screen) -> Iterator[Text | str]:
    rows = [("name", "from", "what")]
    for source in every:
        told = _told(source)
        rows.append((told["name"], told["distribution"] or "a file", told["title"]))
    yield from listing(rows, here, wrap=True)
    yield ""
    yield "cxmetrics sources NAME explains one. Others are plugins: pip install cxmetrics-NAME."


def _explained(source: type[Source[Any]], here: Screen) -> Iterator[Text | str]:
    from rich.text import Text

    info = registry.owner("source", source.name)
    options = options_of(source)
    for line in here.prose(f"{source.title} (cxmetrics pull {source.name})"):
        yield Text(line, style="bold")
    yield ""
    facts = {
        "From": "" if info is None else f"{info.distribution or info.origin} {info.version}",
        "Talks to": source.origin,
        "Reference": source.reference,
    }
    for word, text in facts.items():
        if text.strip():
            yield from here.prose(f"{word + ':':<11}{text.strip()}", indent=" " * 11)
    for title, some in (
        ("Must be given", [option for option in options if option.required]),
        ("May be given", [option for option in options if not option.required]),
    ):
        if some:
            yield ""
            yield Text(title, style="bold")
            for option in some:
                yield from _option(option, here)
    yield ""
    yield Text("Streams (--stream)", style="bold")
    for stream in source.streams:
        yield from here.prose(f"  {stream.name}: {_followed(stream)}", indent="    ")
    yield ""
    yield from here.prose(
        "An option can also be set as an environment variable. A secret is never taken from the "
        "command line, where others can see it: put it into its variable; or the path of a file "
        "that only you can read into the variable with _FILE after its name; or a program that "
        "prints it into the one with _COMMAND."
    )


def _option(option: Option, here: Screen) -> Iterator[str]:
    head = option.variable if option.secret else f"{option.flag} ({option.kind.name})"
    end = f" Default: {option.default_text}." if option.default_text else ""
    yield from here.prose(f"  {head}: {option.help}{end}", indent="      ")
    if not option.secret:
        yield from here.prose(f"      {option.variable}{_set(option)}", indent="      ")
    elif _set(option):
        yield f"      {_set(option).strip()}"


def _set(option: Option) -> str:
    """Say that the environment sets an option; never to what."""
    ends = ("", "_FILE", "_COMMAND") if option.secret else ("",)
    named = [option.variable + end for end in ends if os.environ.get(option.variable + end)]
    return f" (set: {', '.join(named)})" if named else ""


def _followed(stream: Stream) -> str:
    return _FOLLOWS[stream.follows] + ("; deletions are told" if stream.deletes else "")
