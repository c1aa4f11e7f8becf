"""`cxmetrics new`: the files of a plugin, to start from; a key for pseudonyms."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final

import click

from cxmetrics.cli.words import visible
from cxmetrics.errors import NotFoundError, PluginError, UsageError
from cxmetrics.plugins import registry

_FILES: Final = {
    "pyproject.toml": "pyproject.toml.in",
    "README.md": "README.md.in",
    "src/cxmetrics_{module}/__init__.py": "source.py.in",
    "src/cxmetrics_{module}/py.typed": "",
    "tests/recorded/responses.json": "responses.json.in",
    "tests/test_source.py": "test_source.py.in",
}


@click.group(short_help="Write the files of a plugin, to start from, or a key for pseudonyms.")
def new() -> None:
    """Write the files of a plugin, to start from, or a key for pseudonyms."""


@new.command(short_help="Write a source: an adapter with its tests.")
@click.argument("name")
@click.option("--title", help="What it is called in listings. Default: the name.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=Path(),
    help="Where to put the folder cxmetrics-NAME. Default: here.",
)
def source(*, name: str, title: str | None, folder: Path) -> None:
    """Write a plugin with a source called NAME: an adapter that works, and tests that pass.

    Change its settings, its address, its paging and its reading to those of your vendor, and the
    recorded pages to pages as that vendor sends them.

    \b
    Examples:
      cxmetrics new source acme
      cxmetrics new source acme --title "Acme surveys" --folder plugins
    """  # noqa: D301  # click reads the \b as "leave these lines as they are"
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise UsageError(f"{name!r} is no name: use small letters, digits and single hyphens.")
    if title is not None and not re.fullmatch(r"[^\"\\\x00-\x1f]{1,80}", title):
        raise UsageError("a title is one line of up to 80 letters, without quotes and backslashes.")
    _free(name)
    home = folder / f"cxmetrics-{name}"
    if home.exists():
        raise UsageError(f"{home} exists already: choose another name or --folder.")
    module = name.replace("-", "_")
    words = {
        "name": name,
        "module": module,
        "cls": "".join(part.capitalize() for part in name.split("-")),
        "title": title or name.replace("-", " ").capitalize(),
        "variable": f"CXMETRICS_{module.upper()}",
    }
    templates = files("cxmetrics.cli") / "new_source"
    try:
        for place, template in _FILES.items():
            path = home / place.format(module=module)
            path.parent.mkdir(parents=True, exist_ok=True)
            text = (templates / template).read_text("utf-8") if template else ""
            path.write_text(Template(text).substitute(words), "utf-8")
    except OSError as error:
        raise UsageError(f"{home} can't be written: {error.strerror}.") from error
    click.echo(visible(str(home)))
    click.echo(
        f"Try it:\n  cd {visible(str(home))}\n  pip install -e '.[test]'\n  pytest\n"
        f"  cxmetrics sources {name}",
        err=True,
    )


@new.command(short_help="Write a key for the step pseudonymise.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def key(*, file: Path) -> None:
    """Write a random key for `--step pseudonymise` into FILE, which only you can read.

    Keep it apart from the store, and do not lose it: with another key every customer is somebody
    else.
    """
    from cxmetrics.sources.steps import Pseudonymise

    Pseudonymise.new_key(file)
    click.echo(visible(str(file)))
    click.echo(
        f"Name it where you pull:\n  export CXMETRICS_PSEUDONYMISE_KEY_FILE={visible(str(file))}",
        err=True,
    )


def _free(name: str) -> None:
    """Refuse the name of a source that is there.

    Raises:
        UsageError: it is taken.
    """
    try:
        registry.find("source", name)
    except (NotFoundError, PluginError):
        return
    raise UsageError(f"a source is called {name!r} already: choose another name.")
