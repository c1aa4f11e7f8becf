"""`cxmetrics metrics`: the catalogue of metrics and concepts, and one of them in full."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from cxmetrics.cli.listing import as_json, listing
from cxmetrics.cli.question import options_of
from cxmetrics.cli.screen import Screen, screen
from cxmetrics.cli.table import table
from cxmetrics.errors import NotFoundError, did_you_mean
from cxmetrics.metrics import Metric
from cxmetrics.metrics.text import number
from cxmetrics.plugins import registry
from cxmetrics.stats.intervals import IntervalMethod, default_method, methods_for

if TYPE_CHECKING:
    from rich.text import Text

    from cxmetrics.concepts import Concept


@click.command(short_help="List metrics and concepts, or explain one.")
@click.argument("name", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="json: a list of objects, or one object.",
)
def metrics(*, name: str | None, form: str) -> None:
    """List the metrics and concepts, or explain the one called NAME: formula, options, an example.

    A metric makes a score of ratings (`measure`), a concept takes more than one rating (`concept`).

    \b
    Examples:
      cxmetrics metrics
      cxmetrics metrics csat
      cxmetrics metrics five_a
      cxmetrics metrics --format json
    """  # noqa: D301  # click reads the \b as "leave these lines as they are"
    metrics: list[Metric] = registry.every("metric")
    concepts: list[Concept] = registry.every("concept")
    here = screen()
    if name is None:
        if form == "json":
            as_json([*map(_told, metrics), *map(_told_of, concepts)])
        else:
            here.show([*_listed(metrics, here), "", *_listed_concepts(concepts, here)])
        return
    wanted = name.replace("-", "_")
    concept = next((each for each in concepts if each.name == wanted), None)
    if concept is not None:
        if form == "json":
            as_json(_told_of(concept))
        else:
            here.show(_explained_concept(concept, here))
        return
    known = [*(each.name for each in metrics), *(each.name for each in concepts)]
    metric = next((each for each in metrics if each.name == wanted), None)
    if metric is None:
        raise NotFoundError(f"no metric or concept is called {name!r}; {did_you_mean(name, known)}")
    if form == "json":
        as_json(_told_in_full(metric))
    else:
        here.show(_explained(metric, here))


def _sample(metric: Metric) -> Any:
    """Return a sample of one answer a point: enough to ask what kind of score it is."""
    return metric(list(metric.scale.points)).sample


def _told(metric: Metric) -> dict[str, Any]:
    return {
        "name": metric.name,
        "title": metric.title,
        "scale": metric.scale.spell(),
        "unit": metric.unit,
        "direction": metric.direction,
        "default_interval": default_method(_sample(metric)),
        "reference": metric.reference,
    }


def _told_of(concept: Concept) -> dict[str, Any]:
    return {
        **{name: getattr(concept, name) for name in ("name", "title", "french", "topic", "scale")},
        "unit": concept.unit,
        "direction": concept.direction,
        "formula": concept.formula,
        "default_interval": concept.interval,
        "reference": concept.reference,
        "limits": list(concept.limits),
        "notice": concept.notice,
        "command": verb_of(concept),
    }


def verb_of(concept: Concept) -> str:
    """Return what to type for a concept."""
    return concept.verb or f"cxmetrics concept {concept.name.replace('_', '-')} FILE"


def _listed_concepts(found: list[Concept], here: Screen) -> Iterator[Text | str]:
    from cxmetrics.concepts import TOPICS

    good = {"higher": "high", "lower": "low", "none": "–"}
    rows: list[tuple[str, ...]] = [("name", "title", "unit", "good is", "asked", "reference")]
    for topic in TOPICS:
        for one in (concept for concept in found if concept.topic == topic):
            words = (one.title, one.unit, good[one.direction], one.scale, one.reference)
            rows.append((one.name, *words))
    yield from listing(rows, here)
    yield ""
    yield from here.prose(
        "The second list takes more than one rating: cxmetrics concept NAME FILE, or the verb that "
        "cxmetrics metrics NAME tells."
    )


def _explained_concept(concept: Concept, here: Screen) -> Iterator[Text | str]:
    from rich.text import Text

    yield Text(f"{concept.title} ({concept.french})", style="bold")
    yield ""
    best = {"higher": "; high is good", "lower": "; low is good", "none": ""}[concept.direction]
    facts = {
        "Type": verb_of(concept),
        "Asked": concept.scale,
        "Formula": concept.formula,
        "Unit": f"{concept.unit}{best}",
        "Interval": concept.interval,
        "Reference": concept.reference,
        "Limits": " ".join(concept.limits),
        "Notice": concept.notice,
    }
    for word, text in facts.items():
        if text:
            yield from here.prose(f"{word + ':':<11}{text}", indent=" " * 11)
    yield ""
    yield from here.prose(f"Worked example in Python ({concept.example.source}):")
    yield ""
    yield from (f"  {line}" for line in concept.example.code.splitlines())
    yield ""
    yield from (f"  {line}" for line in concept.example.shows.splitlines())


def _told_in_full(metric: Metric) -> dict[str, Any]:
    return {
        **_told(metric),
        "question": metric.question,
        "formula": metric.formula,
        "options": {name: _default(metric, name) for name in options_of(metric)},
        "intervals": methods_for(_sample(metric)),
        "notes": metric.notes,
        "notice": metric.notice,
    }


def _default(metric: Metric, name: str) -> Any:
    """Return what an option is set to where nothing is said."""
    value = metric.options.get(name, options_of(metric)[name].default)
    if value is inspect.Parameter.empty:
        return None
    return sorted(value) if isinstance(value, set | frozenset) else value


def _listed(found: list[Metric], here: Screen) -> Iterator[Text | str]:
    heads = ("name", "title", "scale", "unit", "good is", "interval", "reference")
    rows: list[tuple[str, ...]] = [heads]
    for metric in found:
        told = _told(metric)
        good = "high" if metric.direction == "higher" else "low"
        rows.append(
            (
                metric.name,
                metric.title,
                told["scale"],
                metric.unit,
                good,
                told["default_interval"],
                metric.reference,
            )
        )
    yield from listing(rows, here)
    yield ""
    yield "cxmetrics metrics NAME explains one. A scale that ends in ! is one where low is good."


def _explained(metric: Metric, here: Screen) -> Iterator[Text | str]:
    from rich.text import Text

    sample = _sample(metric)
    own = default_method(sample)
    low, high = sample.bounds
    best = "high" if metric.direction == "higher" else "low"
    yield Text(f"{metric.title} (--metric {metric.name})", style="bold")
    yield ""
    facts = {
        "Question": metric.question,
        "Formula": metric.formula,
        "Scale": f"{metric.scale}, --scale for another" if metric.factory else str(metric.scale),
        "Score": f"{number(low, metric.unit)} to {number(high, metric.unit)}; {best} is good",
        "Reference": metric.reference,
        "Notes": metric.notes,
        "Notice": metric.notice,
    }
    for word, text in facts.items():
        if text:
            yield from here.prose(f"{word + ':':<11}{text}", indent=" " * 11)
    yield ""
    options = options_of(metric)
    if options:
        yield Text("Options", style="bold")
        for name in options:
            default = _default(metric, name)
            said = (
                "none"
                if default is None
                else str(default).lower()
                if isinstance(default, bool)
                else str(default)
            )
            choices = _choices(metric, name)
            yield f"  --option {name}=…  (default: {said}{choices})"
        yield ""
    yield Text("Intervals (--method)", style="bold")
    for method in methods_for(sample):
        about: IntervalMethod = registry.find("interval", method)
        mark = " (default)" if method == own else ""
        text = f"  {method}{mark}: {about.title}; {about.reference}. {about.caution}"
        yield from here.prose(text.rstrip(), indent="    ")
    for example in metric.examples[:1]:
        ratings = [point for point, times in example.counts.items() for _ in range(times)]
        yield ""
        shown = ", ".join(f"{times} × {point:g}" for point, times in example.counts.items())
        yield from here.prose(f"Worked example ({example.source}); answers: {shown}.")
        yield ""
        yield from table(metric(ratings), title="· worked example", screen=here)


def _choices(metric: Metric, name: str) -> str:
    """Return the values that an option may take, where its annotation lists them."""
    from typing import Literal, get_args, get_origin, get_type_hints

    factory = metric.factory
    kind = get_type_hints(factory).get(name) if factory is not None else None
    if get_origin(kind) is not Literal:
        return ""
    return "; one of: " + ", ".join(map(str, get_args(kind)))
