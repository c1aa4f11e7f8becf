"""Everything that has to pass: `nox` runs the sessions below, `nox -s bench` the benchmarks."""

from __future__ import annotations

import shutil
from pathlib import Path

import nox

nox.needs_version = ">=2024.10"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["lint", "types", "tests", "scaffold", "docs"]
nox.options.error_on_missing_interpreters = False


def install(session: nox.Session, *groups: str) -> None:
    """Install the project with dependency groups of pyproject.toml, editable."""
    found = nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), *groups)
    own = [entry for entry in found if entry.startswith("cxmetrics[")]
    others = [entry for entry in found if entry not in own]
    extras = own[0].removeprefix("cxmetrics") if own else ""
    session.install("-e", f".{extras}", *others)


def install_plugins(session: nox.Session) -> None:
    """Install the plugins of this repository, editable."""
    for folder in sorted(Path("plugins").glob("*/pyproject.toml")):
        session.install("-e", str(folder.parent))


@nox.session
def lint(session: nox.Session) -> None:
    """Style, and the floors of the house."""
    install(session, "lint")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("lint-imports")


@nox.session
def types(session: nox.Session) -> None:
    """Two type checkers that agree."""
    install(session, "types")
    install_plugins(session)
    session.run("mypy")
    session.run("pyright", env={"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"})


@nox.session
def tests(session: nox.Session) -> None:
    """Tests and the examples of every docstring."""
    install(session, "test")
    install_plugins(session)
    session.run("pytest", "-n", "auto", *session.posargs)


@nox.session
def scaffold(session: nox.Session) -> None:
    """A plugin as `cxmetrics new source` writes it installs, and its tests pass at once."""
    folder = Path(session.create_tmp()).resolve()
    shutil.rmtree(folder / "cxmetrics-acme", ignore_errors=True)
    session.install(".[cli]")
    session.run("cxmetrics", "new", "source", "acme", "--folder", str(folder))
    session.install(f"{folder / 'cxmetrics-acme'}[test]")
    session.run("pytest", "-q", str(folder / "cxmetrics-acme"))
    session.run("cxmetrics", "sources", "acme")


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation: warnings are errors, every example runs."""
    install(session, "docs", "test")
    install_plugins(session)
    session.run("mkdocs", "build", "--strict", env={"NO_MKDOCS_2_WARNING": "1"})
    session.run("pytest", "tests/docs")


@nox.session
def bench(session: nox.Session) -> None:
    """The benchmarks: ratios of one run, never part of the tests."""
    install(session, "bench")
    for script in sorted(Path("benchmarks").glob("bench_*.py")):
        session.run("python", str(script))
