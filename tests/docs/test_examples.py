"""Every python block of every page runs, in order, as a reader would run them."""

from __future__ import annotations

import doctest
import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
BLOCK = re.compile(r"^( *)```(?:python|pycon)\b[^\n]*\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
LENIENT = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def blocks(page: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the source of each python block of a page."""
    text = page.read_text("utf-8")
    for found in BLOCK.finditer(text):
        yield text.count("\n", 0, found.start()) + 2, dedent(found[2])


PAGES = [page for page in sorted(DOCS.rglob("*.md")) if any(blocks(page))]


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(DOCS)) for page in PAGES])
def test_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks share their names within a page; those with prompts must print what they show."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MKDOCS_CONFIG_DIR", str(DOCS.parent))  # as mkdocs does
    monkeypatch.syspath_prepend(str(DOCS))
    names: dict[str, Any] = {"__name__": "__main__"}
    for line, source in blocks(page):
        if source.startswith(">>>"):
            parsed = doctest.DocTestParser().get_doctest(
                source, names, f"{page.name}:{line}", str(page), line - 1
            )
            report: list[str] = []
            runner = doctest.DocTestRunner(optionflags=LENIENT)
            runner.run(parsed, out=report.append, clear_globs=False)
            names.update(parsed.globs)
            assert not report, "".join(report)
        else:
            padded = "\n" * (line - 1) + source  # so that a traceback shows the line of the page
            exec(compile(padded, str(page), "exec", dont_inherit=True), names)


def test_every_block_is_found() -> None:
    fences = sum(
        page.read_text("utf-8").count("```python") + page.read_text("utf-8").count("```pycon")
        for page in DOCS.rglob("*.md")
    )
    assert sum(len(list(blocks(page))) for page in PAGES) == fences > 60
