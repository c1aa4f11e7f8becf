"""The pages of sources say what their classes say, and the promises name tests that exist."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from cxmetrics.errors import NotFoundError
from cxmetrics.plugins import registry
from cxmetrics.sources.config import options_of, source_class

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
VENDORS = sorted(page.stem for page in (DOCS / "guides" / "vendors").glob("*.md"))


@pytest.fixture
def vendors(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(DOCS))
    monkeypatch.setenv("MKDOCS_CONFIG_DIR", str(ROOT))
    monkeypatch.delitem(sys.modules, "vendors", raising=False)
    import vendors  # it lies with the pages

    yield vendors
    sys.modules.pop("vendors")


@pytest.mark.parametrize("name", VENDORS)
def test_a_vendor_s_page_says_every_setting_and_stream(vendors: ModuleType, name: str) -> None:
    try:
        source = source_class(name)
    except NotFoundError:
        pytest.skip(f"cxmetrics-{name} is not installed")
    text = vendors.page(name)
    for option in options_of(source):
        assert f"\n| `{option.name}` | " in text
        assert option.help[:20] in text.replace("`", "")
    for stream in source.streams:
        assert f"\n| `{stream.name}` | " in text
    for section in ("What becomes what", "Increments", "How it is tested"):
        assert f"\n## {section}" in text
    for reason in source.skips.values():
        assert reason in text


def test_a_vendor_that_is_not_installed_is_said(
    vendors: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(name: str) -> None:
        raise NotFoundError(name)

    monkeypatch.setattr(vendors, "source_class", absent)
    assert "is not installed" in vendors.page("zendesk")


def test_every_source_has_a_page() -> None:
    pages = {*VENDORS, "files", "demo", "hostile"}  # `demo` on the page of pulls; no page for lies
    assert {source.name for source in registry.every("source")} <= pages


def test_every_step_is_on_the_page_of_pulls_and_in_the_reference() -> None:
    guide = (DOCS / "guides" / "pull.md").read_text("utf-8")
    reference = (DOCS / "reference" / "steps.md").read_text("utf-8")
    for step in registry.every("step"):
        assert f"\n| {step.name} | " in guide
        assert f"::: cxmetrics.sources.steps.{step.__name__}\n" in reference


def test_what_authors_use_is_in_the_reference() -> None:
    told = "".join(
        (DOCS / "reference" / f"{name}.md").read_text("utf-8") for name in ("http", "sources")
    )
    inner = {"Auth", "Renewed", "Session", "Signature", "Verdict"}  # to write a scheme of one's own
    for module in ("auth", "http", "jobs", "paging", "strict"):
        for name in importlib.import_module(f"cxmetrics.sources.{module}").__all__:
            assert name in inner or f"::: cxmetrics.sources.{module}.{name}\n" in told, name


def test_every_promise_names_tests_that_exist() -> None:
    text = (DOCS / "policies" / "guarantees.md").read_text("utf-8")
    named = set(re.findall(r"`([\w/]*test_\w+\.py)`", text))
    files = [str(path.relative_to(ROOT)) for path in ROOT.glob("tests/**/test_*.py")]
    assert len(named) > 15
    for name in named:
        assert [file for file in files if file == name or file.endswith(f"/{name}")], name
