"""How far a pull is, on a terminal only."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[str, int, int | None], None]


@contextmanager
def progress() -> Iterator[Progress | None]:
    """Show where a pull is, on a terminal only."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    began = time.monotonic()
    at, pages = "", 0
    with Console(stderr=True, highlight=False).status("asking …") as status:

        def show(stream: str, objects: int, total: int | None) -> None:
            nonlocal at, pages
            at, pages = stream, pages + 1 if stream == at else 1
            of = f" of {total:,}" if total is not None else ""
            spent = time.monotonic() - began
            status.update(f"{stream}: {objects:,}{of} · page {pages:,} · {spent:.0f} s")

        yield show
