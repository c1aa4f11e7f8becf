"""The pages of sources, written from their classes and READMEs when the pages are built."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Final

from cxmetrics.errors import NotFoundError, PluginLoadError
from cxmetrics.sources import Source, Stream
from cxmetrics.sources.config import options_of, source_class

FOLLOWS: Final = {
    "updated": "by its last change: edits come again",
    "created": "by when it was created: edits are found by `--full`",
    "id": "by a number that grows: edits are found by `--full`",
    "nothing": "not at all: it is read as a whole each time",
}
_HOME: Final = "https://pypi.org/project/cxmetrics/"
SECTIONS: Final = re.compile(r"^## (.+)\n", re.MULTILINE)


def settings(name: str) -> str:
    """Return the table of the settings of a source."""
    source = source_class(name)
    lines = ["| setting | what it says | default |", "|---|---|---|"]
    for option in options_of(source):
        row = option.row()
        default = "**required**" if row["required"] else row["default"]
        said = f"{_kind(row['kind'])}{_cell(row['help'])}"
        lines.append(f"| `{row['name']}` | {said} | {_code(default)} |")
    variable = next(option.variable for option in options_of(source))
    lines += ["", f"As environment variables they are called `{variable}` and so on."]
    return "\n".join(lines)


def streams(name: str) -> str:
    """Return the table of the streams of a source."""
    lines = [
        "| stream | an increment follows it | asks again for | deletions |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| `{stream.name}` | {FOLLOWS[stream.follows]} | {_again(stream)} | "
        f"{'told by the vendor' if stream.deletes else 'found by `--full`'} |"
        for stream in source_class(name).streams
    ]
    return "\n".join(lines)


def page(name: str) -> str:
    """Return the page of a plugin: its README, with settings and streams from its class."""
    try:
        source: type[Source[Any]] = source_class(name)
    except (NotFoundError, PluginLoadError):
        return f"*`cxmetrics-{name}` is not installed where these pages were built.*"
    head, *rest = SECTIONS.split(readme(name))
    told = dict(zip(rest[::2], rest[1::2], strict=True))
    told["Options"] = f"{settings(name)}\n\nHow to give [a secret](../pull.md#secrets)."
    introduction = head.split("\n", 1)[1].strip().replace(f"[cxmetrics]({_HOME})", "cxmetrics")
    origin = source.origin if "`" in source.origin else f"`{source.origin}`"
    lines = [introduction, "", f"It talks to {origin}. [Reference]({source.reference}).", ""]
    for title, text in told.items():
        lines += [f"## {title}", "", text.strip(), ""]
        if title == "Options":
            lines += ["## Streams", "", streams(name), ""]
    if source.skips:
        lines += ["## Not tested by the suite", ""]
        lines += [f"- `{test}`: {why}" for test, why in source.skips.items()]
    return "\n".join(lines)


def readme(name: str) -> str:
    """Return the README of a plugin of this repository."""
    root = os.environ.get("MKDOCS_CONFIG_DIR") or Path(__file__).resolve().parents[1]
    return Path(root, "plugins", name, "README.md").read_text("utf-8")


def _again(stream: Stream) -> str:
    if stream.follows == "nothing":
        return "everything"
    if stream.follows == "id":
        return f"the last {stream.reread:,} numbers" if stream.reread else "the last one"
    hours = stream.overlap.total_seconds() / 3600
    return f"{hours / 24:g} days" if hours > 48 else f"{hours:g} hours"


def _kind(name: str) -> str:
    if name == "text":
        return ""
    choices = name.split(", ")
    return f"*{name}.* " if len(choices) == 1 else " or ".join(f"`{c}`" for c in choices) + ". "


def _cell(text: str) -> str:
    return re.sub(r"(?<!`)\b([A-Z_]+=[A-Z_]+)\b", r"`\1`", text).replace("|", r"\|")


def _code(text: str) -> str:
    return text if not text or text.startswith("**") else f"`{text}`"
