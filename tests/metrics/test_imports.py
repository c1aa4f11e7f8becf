"""What importing costs: who only counts must not pay for statistics, frames or charts."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "scipy",
    "httpx",
    "duckdb",
    "altair",
    "click",
    "pandas",
    "polars",
    "pyarrow",
    "jinja2",
    "rich",
    "sqlalchemy",
    "hypothesis",
    "cxmetrics.testing",
)


def loaded(program: str, names: tuple[str, ...]) -> list[str]:
    """Run a program in a fresh interpreter and return which of the modules it loaded."""
    report = f"import sys; print([n for n in {names!r} if n in sys.modules])"
    found = subprocess.run(
        [sys.executable, "-c", f"{program}\n{report}"], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    names_loaded: list[str] = eval(found.stdout.splitlines()[-1])
    return names_loaded


@pytest.mark.parametrize(
    "program",
    [
        "import cxmetrics",
        "import cxmetrics as cx; cx.nps([9, 10]).value",
        "import cxmetrics as cx; str(cx.nps([9, 10, 3]))",
        "import cxmetrics as cx; cx.csat({'r': [5, 4], 'g': [1, 2]}, rating='r', by='g').overall",
        "import cxmetrics as cx; cx.measure([5, 4, 2], [cx.csat, cx.mean_rating])",
        "import cxmetrics as cx; cx.metric('nps'), cx.source, cx.open_store",
    ],
)
def test_nothing_heavy_is_loaded(program: str) -> None:
    assert loaded(program, HEAVY) == []


def test_a_frame_loads_its_own_library_only() -> None:
    program = "import polars, cxmetrics as cx; cx.nps(polars.DataFrame({'r': [9]}), rating='r')"
    assert set(loaded(program, HEAVY)) == {"polars"}


def test_an_interval_loads_special_functions_only() -> None:
    program = "import cxmetrics as cx; cx.mean_rating([5, 4, 2]).interval()"
    assert loaded(program, ("scipy.special", "scipy.stats", "scipy.sparse")) == ["scipy.special"]


def test_every_public_name_is_there() -> None:
    program = """
import cxmetrics as cx
for name in dir(cx):
    getattr(cx, name)
"""
    assert loaded(program, ("altair", "cxmetrics.testing")) == []
