"""Rivals in environments of their own: made once, kept beside the benchmarks, never installed."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).parent
ENVIRONMENTS = HERE / ".rivals"


def python_with(name: str, *packages: str) -> str:
    """Return the Python of an environment that has the packages; it is made where it is absent."""
    home = ENVIRONMENTS / name
    python = home / "bin" / "python"
    if not (home / "made").exists():
        print(f"  (installing {', '.join(packages)} into an environment of its own)", flush=True)
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *packages], check=True)
        (home / "made").touch()
    return str(python)


def own_python() -> str:
    """Return the Python that runs this."""
    return sys.executable
