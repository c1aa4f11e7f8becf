"""What `cxmetrics new source` writes is a plugin whose tests pass at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def home(run: Any, tmp_path: Path) -> Path:
    made = run("new", "source", "acme-voice", "--title", "Acme & Söhne", "--folder", str(tmp_path))
    assert made.exit_code == 0, made.stderr
    return tmp_path / "cxmetrics-acme-voice"


def python(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    src = Path(__file__).resolve().parents[2] / "src"
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=home,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(home / "src"), str(src)])},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_tests_of_a_new_source_pass_and_bite(home: Path) -> None:
    done = python(home, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "46 passed, 2 skipped" in done.stdout
    source = home / "src" / "cxmetrics_acme_voice" / "__init__.py"
    text = source.read_text("utf-8")
    assert '"rating": member(raw, "$.score"' in text
    source.write_text(text.replace('"$.score"', '"$.skore"'), "utf-8")
    done = python(home, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "all_records")
    assert done.returncode == 1
    assert "$.skore: missing" in done.stdout


def test_a_new_source_keeps_to_the_style_of_the_house(home: Path) -> None:
    pytest.importorskip("ruff")
    for check in (("check", "--select", "E,F,I,UP,B,SIM,RET"), ("format", "--check")):
        done = python(home, "-m", "ruff", check[0], "--line-length", "100", *check[1:], ".")
        assert done.returncode == 0, done.stdout + done.stderr
