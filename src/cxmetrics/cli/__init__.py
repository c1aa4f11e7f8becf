"""The command line: `cxmetrics demo`, `measure`, `pull` and the other verbs, one a file.

Nothing but `main` lives here, so that the entry point works, and says what to install, where the
extra `cli` is absent.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit.

    The codes: 0 ok, 1 the data can't be measured, 2 wrong usage, 3 a pull is incomplete, 4 a pull
    failed, 130 and 143 a pull was stopped.

    Args:
        arguments: what follows the name of the program; None for those of the process.
    """
    try:
        import click  # noqa: F401  # the extra `cli`
        import rich  # noqa: F401  # the same
    except ImportError as error:
        sys.stderr.write(
            f'Error: the command line needs {error.name}: pip install "cxmetrics[cli]"\n'
        )
        raise SystemExit(2) from None
    from cxmetrics.cli.app import app  # imports click

    app(args=None if arguments is None else list(arguments), prog_name="cxmetrics")
