"""A small file to measure, and ways to run the program."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner

from cxmetrics.cli.app import app

ROWS = """shop,score,stars,w,wave,who
Lyon,9,5,1,2017,a
Lyon,10,4,2,2017,b
Paris,3,2,0.5,2018,a
Paris,8,4,1,2018,c
Nice,7,3,1,2018,d
"""


@pytest.fixture
def answers(tmp_path):
    """Write the rows, changed where asked, and return the path."""

    def write(*changes, name="answers.csv", encoding="utf-8"):
        text = ROWS
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return str(path)

    return write


@pytest.fixture
def run(monkeypatch):
    """Run the program inside this process."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "CXMETRICS_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)

    def invoke(*arguments, **environment):
        return CliRunner().invoke(app, list(arguments), env=environment, catch_exceptions=False)

    return invoke


@pytest.fixture
def start():
    """Run the program as a process of its own."""

    def launch(*arguments, code="from cxmetrics.cli import main; main()", **options):
        return subprocess.run(
            [sys.executable, "-c", code, *arguments], capture_output=True, timeout=60, **options
        )

    return launch
