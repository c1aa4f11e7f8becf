"""The catalogue holds every object of the registry, with example, source and interval."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from inspect import signature
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

import cxmetrics as cx
from cxmetrics.cli.signature import keywords
from cxmetrics.concepts import TOPICS, Concept
from cxmetrics.plugins import registry
from cxmetrics.stats import compare
from cxmetrics.stats.intervals import DEFAULTS, default_method

DOCS = Path(__file__).resolve().parents[2] / "docs"
METRICS: list[cx.Metric] = registry.every("metric")
CONCEPTS: list[Concept] = registry.every("concept")


@pytest.fixture
def catalogue(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(DOCS))
    monkeypatch.delitem(sys.modules, "catalogue", raising=False)
    import catalogue  # it lies with the pages

    yield catalogue
    sys.modules.pop("catalogue")


def section(page: str, name: str) -> str:
    """Return the section with an anchor, up to the next one."""
    found = re.search(rf"^## [^\n]*{{ #{name} }}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, f"no section {name!r}"
    return found[1]


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_metric_has_a_whole_section(catalogue: ModuleType, metric: cx.Metric) -> None:
    text = section(catalogue.metrics(), metric.name)
    method = default_method(metric.sample(cx.Tally.of(metric.scale)))
    assert metric.formula
    assert metric.reference
    assert metric.notes
    assert metric.examples, f"{metric.name} has no worked example"
    assert f"| formula | {metric.formula} |" in text
    assert f"| interval | `{method}`," in text
    assert f"| reference | {metric.reference} |" in text
    assert "95 % interval" in text  # what the example printed
    assert metric.question in text
    assert metric.notice in text
    for example in metric.examples:
        assert f"*Checked against:* {example.source}." in text


def test_every_worked_example_is_right(catalogue: ModuleType) -> None:
    checked = 0
    for metric in METRICS:
        for variant, call, example in catalogue.examples(metric):
            score = variant(cx.Tally.of(variant.scale, example.counts))
            assert score.value == pytest.approx(example.value, abs=1e-9), call
            source = catalogue.code(variant, call, example)
            assert catalogue.ran(source) == str(score)  # the page shows the same number
            checked += 1
    assert checked > len(METRICS)  # the other headlines of CES 2.0 too


def test_a_metric_without_example_is_noticed(catalogue: ModuleType) -> None:
    bare = cx.linear("bare", cx.yes_no, {0: 0, 1: 100})
    plugin = SimpleNamespace(cxmetrics_metrics=cx.hookimpl(lambda: [bare]))
    plugin.cxmetrics_metrics.__name__ = "cxmetrics_metrics"
    registry.register(plugin, "bare")
    try:
        assert "Checked against" not in section(catalogue.metrics(), "bare")
    finally:
        registry.unregister(plugin)


@pytest.mark.parametrize("concept", CONCEPTS, ids=lambda concept: concept.name)
def test_concept_has_a_whole_section(catalogue: ModuleType, concept: Concept) -> None:
    text = catalogue.concept_section(concept)
    for told in ("title", "french", "unit", "scale", "formula", "interval", "reference", "call"):
        assert getattr(concept, told), f"{concept.name} has no {told}"
    assert concept.limits, f"{concept.name} has no limits"
    assert concept.topic in TOPICS
    assert re.fullmatch("[a-z][a-z0-9_]*", concept.name)
    for told in (concept.formula, concept.interval, concept.reference, concept.notice):
        assert told in text
    assert f"*Checked against:* {concept.example.source}." in text


@pytest.mark.parametrize("concept", CONCEPTS, ids=lambda concept: concept.name)
def test_the_worked_example_of_a_concept_runs(catalogue: ModuleType, concept: Concept) -> None:
    assert concept.example.shows
    assert catalogue.ran(concept.example.code) == concept.example.shows


@pytest.mark.parametrize("concept", CONCEPTS, ids=lambda concept: concept.name)
def test_the_function_of_a_concept_says_what_it_is(concept: Concept) -> None:
    doc = concept.function.__doc__ or ""
    for part in ("Args:", "Raises:", "Example:", *(() if concept.verb else ("References:",))):
        assert part in doc, f"{concept.call}: no {part}"
    named = set(re.findall(r"^        (\w+):", doc, re.MULTILINE))
    assert named >= set(signature(concept.function).parameters) - {"options"}
    if not concept.verb:
        assert all(keyword.help for keyword in keywords(concept.function))


def test_every_concept_is_on_the_page(catalogue: ModuleType) -> None:
    page = catalogue.concepts()
    for concept in CONCEPTS:
        assert f"{{ #{concept.name} }}" in page


def test_every_interval_method_has_a_section(catalogue: ModuleType) -> None:
    page = catalogue.intervals()
    for method in registry.every("interval"):
        text = section(page, method.name)
        assert f"| reference | {method.reference} |" in text
        assert method.caution in text
    for name in DEFAULTS.values():
        assert f"`{name}` by default" in page


def test_every_comparison_method_has_a_section(catalogue: ModuleType) -> None:
    assert set(catalogue.COMPARISONS) == set(compare._METHODS)
    page = catalogue.comparisons()
    for name, about in catalogue.COMPARISONS.items():
        assert f"| reference | {about.reference} |" in section(page, name)
    for name in compare.DEFAULTS.values():
        assert f"`{name}` by default" in page
